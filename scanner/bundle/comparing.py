"""What of a bundle's documents is otherwise than its inputs give, leaf by leaf, and what no input decides."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from scanner.findings.report_document import ReportDocument

_MOST_SHOWN = 80
# Times, who ran it, and what the history and a baseline outside of the bundle added.
_UNDECIDED = re.compile(
    r"generated_at|inputs\[None\](?:\.count)?|run\.(?:by|commit|started|ended)|history\b.*|baseline\b.*|findings\[[^\]]*\]\.(?:first_seen|state|moved_from)\b.*"
    r"|decisions\[[^\]]*\]\.matches"
)
UNDECIDED = (
    "no input decides, and nothing was compared of: when it was made and when it ran, by whom and of which commit, "
    "what the history and a baseline add, how many files were no inputs, documents that are attached, how long it is "
    "kept, the digest of an input from which a secret was taken out, columns and last lines where it stood, and "
    "options that change nothing that was judged"
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
        if isinstance(was, Mapping) and path == "inputs[None]" and was.keys() != {"kind", "count"}:
            yield f"{path} is {_shown(was)}, which is no number of files that were left out"
        if _UNDECIDED.fullmatch(path) or (of is not None and of in redacted):
            continue
        if path == "exit_code" and "baseline" in before:
            continue
        yield f"{path} is {_shown(was)} in the bundle, and the inputs give {_shown(is_)}"
    for path in _orders_apart(_keyed(before), _keyed(after), ""):
        yield f"{path or 'the report'} is in another order than the inputs give"


def _orders_apart(was: Any, is_: Any, path: str) -> Iterator[str]:  # Any: JSON
    """Where what both have stands in another order: a reader takes what comes first for the worst."""
    if isinstance(was, Mapping) and isinstance(is_, Mapping):
        if [key for key in was if key in is_] != [key for key in is_ if key in was]:
            yield path
        for key in was.keys() & is_.keys():
            yield from _orders_apart(was[key], is_[key], f"{path}.{key}" if path else str(key))
    elif isinstance(was, list | tuple) and isinstance(is_, list | tuple):
        for at, (one, other) in enumerate(zip(was, is_, strict=False)):
            yield from _orders_apart(one, other, f"{path}[{at}]")


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
    attached = {str(each["attachment"]) for each in report.get("decisions", ()) if each["attachment"] is not None}
    document["errors"] = [each for each in report["errors"] if not _is_of_attachment(each, attached)]
    for name, keys in _KEYS.items():
        if isinstance(document.get(name), list):
            document[name] = _by(document[name], keys)
    return document


def _is_of_attachment(error: Mapping[str, object], attached: Collection[str]) -> bool:
    """What decisions.yaml attaches is in no bundle, so that whether it is there was seen by the scan alone."""
    said = str(error["message"])
    known = any(
        said in (f"there is no attachment `{each}`", f"the attachment `{each}` is not the one that `sha256` is of")
        or said.startswith(f"the attachment `{each}` cannot be read: ")
        for each in attached
    )
    return error.get("kind") == "config" and error.get("level") == "warning" and known


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
        lines = redacted.get(str(was.get("path")), frozenset())
        moved = was.get("line") in lines
        for key in sorted({*was, *is_}, key=str):
            if key == "column" and moved and key in was and key in is_:
                continue
            if key == "end_line" and _is_among(lines, was.get(key), is_.get(key)):
                continue
            named = isinstance(was, _Items)
            here = f"{path}[{key}]" if named else f"{path}.{key}" if path else str(key)
            yield from _apart(was.get(key, _ABSENT), is_.get(key, _ABSENT), here, redacted)
    elif isinstance(was, list | tuple) and isinstance(is_, list | tuple) and len(was) == len(is_):
        for at, (one, other) in enumerate(zip(was, is_, strict=True)):
            yield from _apart(one, other, f"{path}[{at}]", redacted)
    elif type(was) is not type(is_) or was != is_:
        yield path, was, is_


def _is_among(lines: frozenset[int], was: object, is_: object) -> bool:
    """Whether all that lies between two last lines was taken out: what is empty at its end is no part of a value."""
    if not (isinstance(was, int) and isinstance(is_, int)) or was == is_:
        return False
    return lines.issuperset(range(min(was, is_) + 1, max(was, is_) + 1))


_ABSENT = object()


def _shown(value: object) -> str:
    if value is _ABSENT:
        return "absent"
    text = repr(value)
    return text if len(text) <= _MOST_SHOWN else f"{text[: _MOST_SHOWN - 1]}…"


__all__ = ["UNDECIDED", "counts_apart", "leaves_apart"]
