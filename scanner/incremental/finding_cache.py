"""What a scan found in each file, kept so that a later one judges only the files that a change bears on.

A shelf holds, for every file, what it was judged to be, what its verdicts asked of other files, and what it offers to
theirs (`scanner.model.dependency_trace`). It is of one set of paths under one set of rules, tenancy, exceptions and
options, which are its key in the cache; the files may have changed since, which is what it is for.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, cast

from scanner.base.cache import Cache
from scanner.base.error import TenantproofError
from scanner.base.problem import Problem
from scanner.base.record import record
from scanner.findings.report_document import SCHEMA, FindingDocument
from scanner.incremental.packed_findings import KeptFinding, pack, unpack
from scanner.incremental.scan_units import Unit
from scanner.inputs.reading import Gap
from scanner.model.dependency_trace import Channel, file_of
from scanner.model.unknown import Unknown
from scanner.outputs.json import plain

_KIND = "shelf"


class BrokenError(TenantproofError):
    """A shelf is not what this version writes."""


@record
class ShelvedFile:
    """A file that was found. `real` is its path without links."""

    real: str
    shown: str
    kind: str
    named: bool
    digest: str


@record
class Shelf:
    """`asked` and `offered` are names of units by key.

    `tenancy` is the text of one that was inferred, `evidence` what it rests on as reports have it. `packed` are the
    findings before any exception of the project, as of a day; `dated` says that exceptions with an end are among them.
    """

    files: Sequence[ShelvedFile]
    units: Mapping[str, Unit]
    asked: Mapping[str, Collection[str]]
    offered: Mapping[str, Collection[str]]
    channels: frozenset[Channel]
    tenancy: str | None
    evidence: Sequence[Mapping[str, object]]
    as_of: str
    dated: bool
    packed: Mapping[str, Any]  # Any: as JSON comes in

    def homes(self) -> dict[str, str]:
        """The unit of each file."""
        return {file: unit.name for unit in self.units.values() for file in unit.files}

    def findings(self, wanted: Collection[str], *, others: bool = False) -> list[KeptFinding]:
        """Those on the wanted units, or else all `others`, also those on no file that was scanned.

        Raises BrokenError.
        """
        homes = self.homes()

        def is_wanted(address: str) -> bool:
            return (homes.get(file_of(address)) in wanted) is not others

        try:
            return [*unpack(self.packed, is_wanted)]
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            raise BrokenError from error

    def keys_asked(self, units: Collection[str]) -> set[str]:
        """All keys that verdicts on the units asked of others."""
        return _keys(self.asked, units)

    def keys_offered(self, units: Collection[str]) -> set[str]:
        """All keys under which the units answer to others."""
        return _keys(self.offered, units)

    def asking(self, keys: Iterable[str]) -> set[str]:
        """The units that asked one of the keys."""
        return {unit for key in keys for unit in self.asked.get(key, ())}

    def offering(self, keys: Iterable[str]) -> set[str]:
        """The units that answer to at least one of the keys."""
        return {unit for key in keys for unit in self.offered.get(key, ())}


def _keys(table: Mapping[str, Collection[str]], units: Collection[str]) -> set[str]:
    return {key for key, several in table.items() if any(each in units for each in several)}


class Shelves:
    """The place of one shelf in the cache. `asked` is all that it depends on besides the files."""

    def __init__(self, cache: Cache, asked: Iterable[object]) -> None:
        self._cache = cache
        self._key = json.dumps([SCHEMA, *map(repr, asked)]).encode("ascii")

    def find(self) -> Shelf | None:
        """The shelf that an earlier scan kept; None where there is none, or none that can be read."""
        content = self._cache.read(_KIND, self._key)
        if content is None:
            return None
        try:
            return _shelf(json.loads(content))
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return None

    def keep(self, shelf: Shelf) -> None:
        """Keeps the shelf for the next scan; what cannot be written as JSON is not kept, and nothing is raised."""
        names = {name: number for number, name in enumerate(shelf.units)}
        try:
            entry = {
                "files": [list(asdict(each).values()) for each in shelf.files],
                "units": [_told(each) for each in shelf.units.values()],
                "asked": {key: [names[each] for each in several] for key, several in shelf.asked.items()},
                "offered": {key: [names[each] for each in several] for key, several in shelf.offered.items()},
                "channels": sorted([kind, *parts] for kind, parts in shelf.channels),
                "tenancy": shelf.tenancy,
                "evidence": shelf.evidence,
                "as_of": shelf.as_of,
                "dated": shelf.dated,
                "packed": shelf.packed,
            }
            content = json.dumps(entry, separators=(",", ":"), allow_nan=False, default=plain)
        except (TypeError, ValueError, RecursionError):
            return
        self._cache.write(_KIND, self._key, content.encode("ascii"))


def packed(findings: Iterable[FindingDocument]) -> Mapping[str, Any] | None:  # Any: what JSON can hold
    """None for findings that JSON cannot hold."""
    try:
        return pack(findings)
    except (TypeError, ValueError, RecursionError):
        return None


def _told(unit: Unit) -> list[object]:
    gaps = [[each.what, each.unknown.cause, each.unknown.detail, each.path, each.types] for each in unit.gaps]
    problems = [list(asdict(each).values()) for each in unit.problems]
    return [
        *(unit.name, unit.files, unit.facts, unit.hints, unit.wants, unit.parameters, unit.ignored, unit.inputs),
        *(problems, gaps, unit.census, unit.uncovered, unit.called),
    ]


def _unit(told: Any) -> Unit:  # Any: as JSON comes in
    name, files, facts, hints, wants, parameters, ignored, inputs, problems, gaps, census, uncovered, called = told
    return Unit(
        name,
        tuple(files),
        facts,
        hints,
        tuple(wants),
        tuple(parameters),
        ignored,
        inputs,
        [Problem(*each) for each in problems],
        [Gap(what, Unknown(cause, detail), path, tuple(types)) for what, cause, detail, path, types in gaps],
        census,
        uncovered,
        [tuple(each) for each in called],
    )


def _shelf(entry: Any) -> Shelf:  # Any: as JSON comes in
    units = [_unit(each) for each in entry["units"]]
    names = [each.name for each in units]
    return Shelf(
        [ShelvedFile(*each) for each in entry["files"]],
        {each.name: each for each in units},
        {key: [names[each] for each in several] for key, several in entry["asked"].items()},
        {key: [names[each] for each in several] for key, several in entry["offered"].items()},
        frozenset(cast("Channel", (kind, tuple(parts))) for kind, *parts in entry["channels"]),
        entry["tenancy"],
        entry["evidence"],
        entry["as_of"],
        entry["dated"],
        entry["packed"],
    )


__all__ = ["BrokenError", "Shelf", "ShelvedFile", "Shelves", "packed"]
