"""What was found in a commit, again: a commit never changes, so neither does what a scan of it says."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from scanner.base.cache import Cache
from scanner.base.record import record
from scanner.findings.comparison import COMPARED, Known, known_of
from scanner.findings.report_document import SCHEMA, ErrorDocument, ReportDocument, ResourceDocument

_KIND = "base"


@record
class Base:
    """As much of the report of a revision as a comparison needs; `paths` are those of its inputs.

    `suppressed` are the rules of what was accepted, with the address and the other names of each resource: its
    construct path and its ARN.
    """

    known: tuple[Known, ...]
    paths: frozenset[str]
    errors: tuple[ErrorDocument, ...]
    suppressed: frozenset[tuple[str, str, tuple[str, ...]]] = frozenset()

    @classmethod
    def of(cls, report: ReportDocument) -> Base:
        """What a comparison needs of a whole report."""
        known = tuple(known_of(each) for each in report["findings"] if each["verdict"] in COMPARED)
        paths = frozenset(str(each["path"]) for each in report["inputs"] if "path" in each)
        accepted = (each for each in report["findings"] if each["verdict"] == "SUPPRESSED")
        suppressed = frozenset(
            (each["rule"], each["resource"]["address"], _other_names(each["resource"])) for each in accepted
        )
        return cls(known, paths, tuple(report["errors"]), suppressed)


def _other_names(resource: ResourceDocument) -> tuple[str, ...]:
    return tuple(name for name in (resource["construct_path"], resource["arn"]) if name is not None)


class BaseRecall:
    """The place of one commit in the cache. `asked` is the commit, and all that its findings depend on besides."""

    def __init__(self, cache: Cache, asked: Iterable[object]) -> None:
        self._cache = cache
        self._key = json.dumps([SCHEMA, *map(repr, asked)]).encode("ascii")

    def base(self) -> Base | None:
        """What was kept of the commit; None where nothing was, or nothing that can be read."""
        content = self._cache.read(_KIND, self._key)
        if content is None:
            return None
        try:
            entry: Any = json.loads(content)  # Any: as JSON comes in
            known = tuple(Known(**each) for each in entry["known"])
            suppressed = frozenset(
                (str(rule), str(address), tuple(map(str, names))) for rule, address, names in entry["suppressed"]
            )
            return Base(known, frozenset(entry["paths"]), tuple(entry["errors"]), suppressed)
        except (ValueError, TypeError, KeyError, RecursionError):
            return None

    def keep(self, base: Base) -> None:
        """Not where something could not be read: a program that was missing may be there the next time."""
        if any(each["level"] == "error" for each in base.errors):
            return
        entry = {"known": [asdict(each) for each in base.known], "paths": sorted(base.paths), "errors": base.errors}
        entry["suppressed"] = sorted(base.suppressed)
        self._cache.write(_KIND, self._key, json.dumps(entry, separators=(",", ":")).encode("ascii"))


__all__ = ["Base", "BaseRecall"]
