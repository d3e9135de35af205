"""Write the table of fields that no recording has, in `docs/untested.md`; takes the path of the recordings."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from scanner.live.collector_table import Call, Collector, Part, Shape
from scanner.live.services import SERVICES
from tests.live.recorded import Key, key_of, recordings
from tests.live.test_vocabulary import _fields, _members

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "docs" / "untested.md"
MARKS = ("<!-- unrecorded fields -->\n", "<!-- end of unrecorded fields -->\n")


def _deep(value: Any, into: set[str]) -> None:
    if isinstance(value, dict):
        for key, child in value.items():
            if child is not None:
                into.add(key)
            _deep(child, into)
    elif isinstance(value, list):
        for child in value:
            _deep(child, into)


def _recorded(path: Path) -> dict[Key, set[str]]:
    """By call, every name of a field that some real answer had."""
    found: dict[Key, set[str]] = defaultdict(set)
    for _, recording in recordings(path):
        for key, answers in recording.answers.items():
            for _, document in answers:
                if document.get("status_code", 200) < 300:
                    _deep({k: v for k, v in document.get("data", {}).items() if k != "ResponseMetadata"}, found[key])
    return found


def _asked(collector: Collector) -> tuple[list[Call], set[str]]:
    """The calls of a collector, and every name of a field that its expressions read."""
    calls: list[Call] = [collector.listing]
    shapes: list[Shape] = [collector.listing.items or "", collector.summary]
    waiting: list[Part] = [collector.part, *collector.also]
    while waiting:
        part = waiting.pop()
        shapes += [part.id, part.each, part.properties, part.keep or "", part.region or ""]
        shapes += [part.arn] if part.arn and not part.arn.startswith("arn:") else []
        for detail in part.details.values():
            calls.append(detail)
            shapes += [*detail.arguments.values(), detail.items or "", detail.when or "", detail.needless or ""]
        waiting.extend(part.children)
    return calls, {name for shape in shapes if shape for kind, name in _fields(shape) if kind == "read"}


def rows(path: Path) -> Iterator[tuple[Key, list[str], int, int]]:
    """Of each recorded call: what is read and no recording had, how much is read, and how much was told and is not."""
    recorded = _recorded(path)
    read: dict[Key, set[str]] = defaultdict(set)
    known: dict[Key, frozenset[str]] = {}
    for service in SERVICES:
        for collector in service.collectors:
            calls, names = _asked(collector)
            for call in calls:
                key = key_of(service, call)
                if key in recorded:
                    known[key] = _members(call.service or service.name.removesuffix("-cloudfront"), call.operation)
                    read[key] |= names & known[key]
    for key in sorted(read):
        told = recorded[key] & known[key]
        yield key, sorted(read[key] - told), len(read[key]), len(told - read[key])


def table(path: Path) -> str:
    """The table, in Markdown."""
    found = [*rows(path)]
    never = sum(len(names) for _, names, _, _ in found)
    read, unread = sum(count for *_, count, _ in found), sum(count for *_, count in found)
    lines = [
        f"\nOf {read:,} fields that collectors read of {len(found)} recorded calls, {never} were in no recording; ",
        f"{unread:,} that were told are not read, as no rule asks for them.\n",
        "\n| service | call | read, and never recorded |\n|---|---|---|\n",
    ]
    lines += [
        f"| {key[0]} | `{key[1]}` | {', '.join(f'`{name}`' for name in names)} |\n" for key, names, *_ in found if names
    ]
    return "".join(lines)


if __name__ == "__main__":
    text = TARGET.read_text("utf-8")
    before, _, rest = text.partition(MARKS[0])
    TARGET.write_text(f"{before}{MARKS[0]}{table(Path(sys.argv[1]))}{MARKS[1]}{rest.partition(MARKS[1])[2]}", "utf-8")
