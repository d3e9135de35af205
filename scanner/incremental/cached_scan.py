"""The shelf of one scan: looked for before it, filled after it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from scanner.base.cache import LARGEST, Cache
from scanner.base.problem import Problem
from scanner.base.record import record
from scanner.engine.apply_exceptions import Exceptions
from scanner.engine.builtin_rules import EXCEPTION_CURRENT, EXCEPTION_USED, EXCEPTION_WELL_FORMED
from scanner.engine.judging import Judge
from scanner.findings.report_document import FindingDocument
from scanner.incremental.finding_cache import Shelf, Shelves, packed
from scanner.incremental.rescan import Means, Rescanned, is_shelvable, rescan, shelf_of
from scanner.inputs.discovery import Discovery
from scanner.inputs.reading import Reading
from scanner.language.rule import Rule
from scanner.model.dependency_trace import file_of
from scanner.tenancy.inference.evidence import Evidence
from scanner.text.reading import digest_of

# About what the cache takes as one entry, at 80 bytes a finding; to pack more would be for nothing.
_MOST = LARGEST // 80
_ABOUT_EXCEPTIONS = frozenset(each.id for each in (EXCEPTION_CURRENT, EXCEPTION_USED, EXCEPTION_WELL_FORMED))


@record
class Shelving:
    """`digests` are of the files found, by their paths without links."""

    shelves: Shelves
    discovery: Discovery
    digests: Mapping[str, str]

    @classmethod
    def of(cls, cache: Cache, discovery: Discovery, asked: Iterable[object], *, sql: bool) -> Shelving | None:
        """None where the files are of other kinds, or one cannot be read."""
        if not is_shelvable(discovery, sql=sql):
            return None
        digests: dict[str, str] = {}
        for found in discovery.found:
            digest = digest_of(found.path)
            if digest is None:
                return None
            digests[found.real] = digest
        return cls(Shelves(cache, asked), discovery, digests)

    def rescan(self, means: Means) -> Rescanned | None:
        """None where nothing is kept, or everything has to be judged."""
        shelf = self.shelves.find()
        return rescan(shelf, self.discovery, self.digests, means) if shelf is not None else None

    def shelf_of(
        self, reading: Reading, judge: Judge, rules: Sequence[Rule], evidence: Iterable[Evidence]
    ) -> Shelf | None:
        """What a later scan needs of this one; None where something in it cannot be told apart by files."""
        return shelf_of(reading, self.discovery, self.digests, judge, rules, evidence)

    def keep(
        self,
        shelf: Shelf,
        findings: Sequence[FindingDocument],
        noted: Iterable[Problem],
        *,
        project: Exceptions,
        beside: Exceptions,
    ) -> None:
        """Keeps the findings as they were before the exceptions of the `project`; those `beside` resources stay.

        `noted` is what was said of the templates' own metadata.
        """
        if (project.accepted or project.malformed) and (beside.accepted or beside.malformed):
            return  # which of the two hides a finding, a later scan could not tell
        if len(findings) > _MOST:
            return
        homes = shelf.homes()
        for problem in noted:
            if problem.path not in homes:
                return
            shelf.units[homes[problem.path]].problems.append(problem)
        content = packed(_as_found(findings, homes, project))
        if content is not None:
            dated = bool(beside.accepted or beside.malformed)
            self.shelves.keep(replace(shelf, packed=content, dated=dated))


def _as_found(
    findings: Iterable[FindingDocument], homes: Mapping[str, str], project: Exceptions
) -> Iterator[FindingDocument]:
    for told in findings:
        if told["rule"] in _ABOUT_EXCEPTIONS and file_of(told["resource"]["address"]) not in homes:
            continue
        exception = told.get("exception")
        hidden = exception is not None and project.accepted
        if not hidden and "state" not in told:
            yield told
            continue
        finding = told.copy()
        finding.pop("state", None)
        if exception is not None and hidden:
            finding["verdict"], finding["exception"] = exception["hides"], None
        yield finding


__all__ = ["Shelving"]
