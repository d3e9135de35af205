"""A whole report again, where nothing that it depends on has changed.

Verdicts rest on more than one file: a policy beside a bucket, a name that another template has, the tenancy, the proof
over all principals. So a report is kept as a whole or not at all, and only where every file that it rests on is known:
for templates that were all read, without a stage, whose files are looked for in many places.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, cast

from scanner.base.cache import Cache
from scanner.findings.report_document import SCHEMA, ReportDocument
from scanner.inputs.discovery import Discovery
from scanner.inputs.reading import Reading
from scanner.outputs.json import plain
from scanner.text.reading import digest_of

_KIND = "report"
_ANEW = ("generated_at", "run")
_OF_ONE_FILE = ("template", "manifest", "sql")


class Recall:
    """One scan's place in the cache. `asked` is all that the report depends on besides the files found."""

    def __init__(self, cache: Cache, discovery: Discovery, asked: Iterable[object]) -> None:
        self._cache = cache
        self._files: dict[str, str] = {}
        self._key: bytes | None = None
        if discovery.problems or any(found.kind not in _OF_ONE_FILE for found in discovery.found):
            return
        said = [SCHEMA, discovery.ignored, *map(repr, asked)]
        for found in discovery.found:
            digest = digest_of(found.path)
            if digest is None:
                return
            self._files[found.real] = digest
            said += [found.real, found.shown, digest, found.named]
        self._key = json.dumps(said).encode("ascii")

    def report(self) -> ReportDocument | None:
        """The report but for what is of this run; None where there is none, or another file has changed since."""
        content = self._cache.read(_KIND, self._key) if self._key is not None else None
        if content is None:
            return None
        try:
            entry: Any = json.loads(content)  # Any: as JSON comes in
            report, others = entry["report"], entry["others"]
            fits = isinstance(others, Mapping) and all(digest_of(Path(path)) == others[path] for path in others)
            whole = isinstance(report, dict) and report["schema"] == SCHEMA and isinstance(report["findings"], list)
        except (ValueError, TypeError, KeyError, RecursionError):
            return None
        return cast("ReportDocument", report) if fits and whole else None

    def keep(self, report: ReportDocument, reading: Reading) -> None:
        """Not where something could not be read: it may be there the next time."""
        if self._key is None or any(each["level"] == "error" for each in report["errors"]):
            return
        others = {path: digest for path, digest in reading.opened.items() if path not in self._files}
        if any(self._files.get(path, digest) != digest for path, digest in reading.opened.items()):
            return  # it was changed while it was read
        if report["run"].get("gaps"):
            return  # what a run did not see is told by that run alone
        lasting = {key: value for key, value in report.items() if key not in _ANEW}
        try:
            content = json.dumps({"report": lasting, "others": others}, separators=(",", ":"), default=plain)
        except (TypeError, ValueError, RecursionError):
            return
        self._cache.write(_KIND, self._key, content.encode("ascii"))


__all__ = ["Recall"]
