"""What of a bundle's documents is otherwise than its inputs give, leaf by leaf, and what no input decides."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from scanner.findings.report_document import ReportDocument

_MOST_SHOWN = 80
# Times, who ran it, and what the history and a baseline outside of the bundle added.
_UNDECIDED = re.compile(
    r"generated_at|inputs\[None[^\]]*\]|run\.(?!data\b).*|history\b.*|baseline\b.*|findings\[[^\]]*\]\.(?:first_seen|state|moved_from)\b.*"
    r"|decisions\[[^\]]*\]\.matches"
)
UNDECIDED = (
    "no input decides, and nothing was compared of: when it was made and when it ran, by whom and of which commit, "
    "what the history and a baseline add, what was not read, documents that decisions attach, how long it is kept, "
    "columns on lines from which a secret was taken out, and options that change nothing that was judged"
)
_COUNTED = {"status": "status", "population": "population", "met": "met", "deviations": "deviations"}


def leaves_apart(
    before: ReportDocument, after: ReportDocument, redacted: Mapping[str, frozenset[int]]
) -> Iterator[str]:
    """One sentence a leaf. `redacted` are inputs that are kept without their secrets, and on which lines any was.

    The digest is of what they were before, and so is a column on such a line.
    """
    for path, was, is_ in _apart(_keyed(before), _keyed(after), "", redacted):
        digest = re.fullmatch(r"(?:inputs\[(.*)\]|tenancy)\.digest", path)
        of = None if digest is None else digest[1] or str(before["tenancy"].get("source"))
        if _UNDECIDED.fullmatch(path) or (of is not None and of in redacted):
            continue
        if path == "exit_code" and "baseline" in before:
            continue
        yield f"{path} is {_shown(was)} in the bundle, and the inputs give {_shown(is_)}"


def counts_apart(report: ReportDocument, table: bytes) -> Iterator[str]:
    """Where the matrix says another status or number than the report; it may be of any release."""
    try:
        rows = list(csv.DictReader(io.StringIO(table.decode("utf-8-sig")), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        yield f"cannot be read: {error}"
        return
    told = {(row.get("framework"), row.get("control")): row for row in rows}
    if len(told) != len(rows) or len(rows) != len(report["controls"]):
        yield f"has {len(rows):,} rows, and the report {len(report['controls']):,} controls"
    for control in report["controls"]:
        row = told.get((control["framework"], control["id"]), {})
        for column, key in _COUNTED.items():
            value: object = dict(control)[key]
            if row.get(column) != str(value):
                yield f"{control['id']}: {column} is {_shown(row.get(column))}, and the report has {_shown(value)}"


def _keyed(report: ReportDocument) -> dict[str, Any]:
    """Findings by what they are of: an order is no difference, and a missing one is told once."""
    document: dict[str, Any] = dict(report)
    document["errors"] = [each for each in report["errors"] if not _is_of_attachment(each)]
    for name, keys in _KEYS.items():
        if isinstance(document.get(name), list):
            document[name] = _by(document[name], keys)
    return document


def _is_of_attachment(error: Mapping[str, object]) -> bool:
    """What decisions.yaml attaches is in no bundle, so that whether it is there was seen by the scan alone."""
    return error.get("kind") == "config" and error.get("level") == "warning" and "attachment `" in str(error["message"])


_KEYS = {
    "findings": ("id",),
    "inputs": ("path", "kind"),
    "controls": ("framework", "id"),
    "decisions": ("control",),
}


def _by(items: Sequence[Any], keys: Sequence[str]) -> object:
    found: dict[str, Any] = {}
    for each in items:
        if not isinstance(each, Mapping):
            return items
        name = str(each.get(keys[0])) if keys[0] == "path" else " ".join(str(each.get(key)) for key in keys)
        at = 1
        while (key := name if at == 1 else f"{name} ({at})") in found:
            at += 1
        found[key] = each
    return _Items(found)


class _Items(dict[str, Any]):
    """A list that is read by the names of its items."""


def _apart(
    was: Any,  # Any: JSON
    is_: Any,  # Any: JSON
    path: str,
    redacted: Mapping[str, frozenset[int]],
) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(was, Mapping) and isinstance(is_, Mapping):
        moved = was.get("line") in redacted.get(str(was.get("path")), ())
        for key in sorted({*was, *is_}, key=str):
            if key == "column" and moved and key in was and key in is_:
                continue
            named = isinstance(was, _Items)
            here = f"{path}[{key}]" if named else f"{path}.{key}" if path else str(key)
            yield from _apart(was.get(key, _ABSENT), is_.get(key, _ABSENT), here, redacted)
    elif isinstance(was, list | tuple) and isinstance(is_, list | tuple) and len(was) == len(is_):
        for at, (one, other) in enumerate(zip(was, is_, strict=True)):
            yield from _apart(one, other, f"{path}[{at}]", redacted)
    elif type(was) is not type(is_) or was != is_:
        yield path, was, is_


_ABSENT = object()


def _shown(value: object) -> str:
    if value is _ABSENT:
        return "absent"
    text = repr(value)
    return text if len(text) <= _MOST_SHOWN else f"{text[: _MOST_SHOWN - 1]}…"


__all__ = ["UNDECIDED", "counts_apart", "leaves_apart"]
