"""Write `docs/live-types.md`: which types rules and the prover read, whether accounts tell of them, and the tests."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from scanner.language.library import load_library
from scanner.live.services import SERVICES

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "docs" / "live-types.md"
ROUND_TRIP = ROOT / "tests" / "live" / "round-trip.yaml"
_TYPE = re.compile(r"\b(?:AWS::[A-Za-z0-9]+|Tenantproof::\w+)::\w+|AWS::::Account\b")
_PROOF = ("prover", "iam", "tenancy")
_HEAD = """# Types in live accounts

Written by `scripts/write_live_types.py`. These are all the types of resources that rules, relations between resources
or the prover read. **Collected** names the shards of a snapshot that tell of the type. **Round trip** counts the
examples of rules with it that a test deploys by the services' own calls into [moto](https://docs.getmoto.org), collects
and judges: the verdict must be the template's. Which examples are judged otherwise, or cannot be deployed, and why, is
in `tests/live/round-trip.yaml`.
"""


def read() -> dict[str, list[str]]:
    """By type, who reads it."""
    rules: dict[str, int] = {}
    for rule in load_library().rules:
        text = next(ROOT.glob(f"rules/*/{rule.id}.yaml")).read_text("utf-8").partition("\nexamples:")[0]
        for name in {*_TYPE.findall(text)}:
            rules[name] = rules.get(name, 0) + 1
    found = {name: [f"{number} rule" + "s" * (number > 1)] for name, number in rules.items()}
    files = {"relations": [ROOT / "rules" / "relations.yaml"]}
    files["the proof"] = [path for package in _PROOF for path in (ROOT / "scanner" / package).rglob("*.py")]
    for who, paths in files.items():
        for name in {name for path in paths for name in _TYPE.findall(path.read_text("utf-8"))}:
            found.setdefault(name, []).append(who)
    return dict(sorted(found.items()))


def collected() -> dict[str, str]:
    """By type, the shards that tell of it."""
    found: dict[str, list[str]] = {}
    for service in SERVICES:
        for name in service.types:
            found.setdefault(name, []).append(service.name)
    return {name: ", ".join(shards) for name, shards in found.items()}


def text() -> str:
    table: Mapping[str, Any] = yaml.safe_load(ROUND_TRIP.read_text("utf-8"))
    shards = collected()
    rows = []
    for name, by in read().items():
        where = shards[name] if name in shards else f"no: {table['not collected'].get(name, '?')}"
        number = table["types"].get(name, 0)
        reason = table["cannot be deployed"].get(name) or _without(name, shards)
        rows.append(f"| `{name}` | {', '.join(by)} | {where} | {number or reason} |")
    have = [name for name in read() if name in shards]
    tested = sum(1 for name in have if table["types"].get(name))
    sums = f"\n{len(rows)} types, {len(have)} collected, {tested} with a round trip.\n"
    head = "\n| type | read by | collected | round trip |\n|---|---|---|---|\n"
    return f"{_HEAD}{sums}{head}" + "\n".join(rows) + "\n"


def _without(name: str, shards: Mapping[str, str]) -> str:
    return "no example has it" if name in shards else "-"


if __name__ == "__main__":
    TARGET.write_text(text(), "utf-8")
    print(TARGET)
