"""Adds entries to exceptions.yaml and leaves everything else in the file as its authors wrote it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date

from scanner.acceptance.exceptions_file import load_exceptions
from scanner.base.problem import Problem, ProblemsError
from scanner.base.terminal import one_line
from scanner.findings.report_document import Severity
from scanner.text.reading import read

_BY_HAND = "add the entry by hand"


def with_entry(
    raw: bytes, path: str, entry: Mapping[str, str], as_of: date, severities: Mapping[str, Severity]
) -> bytes:
    """The file with the entry at its end.

    Raises `ProblemsError` where the entry, or the file as it is, is not well-formed.

    `path` is the file's name for messages; `raw` is empty where there is no file yet.
    """
    return with_entries(raw, path, [entry], as_of, severities)


def with_entries(
    raw: bytes, path: str, entries: Sequence[Mapping[str, str]], as_of: date, severities: Mapping[str, Severity]
) -> bytes:
    """As `with_entry`, of several: all of them or none."""
    document = read(raw, path, cloudformation=False)
    load_exceptions(document, as_of, severities)  # refuses what is no list
    before = document.data if isinstance(document.data, list) else []
    text = raw.decode("utf-8")
    end = "\r\n" if "\r\n" in text else "\n"
    indent = ""
    if document.data is not None:
        match = re.match(r"([ ]*)- ", text.splitlines()[document.place((0,)).line - 1]) if before else None
        if match is None:
            raise _refused(path, "is a list in brackets, which cannot be added to line by line", _BY_HAND)
        indent = match[1]
    if text and not text.endswith(("\n", "\r")):
        text += end
    for entry in entries:
        lines = [f"{key}: {_scalar(value)}" for key, value in entry.items()]
        text += "".join(f"{indent}{'- ' if number == 0 else '  '}{line}{end}" for number, line in enumerate(lines))
    try:
        new = text.encode("utf-8")
        after = read(new, path, cloudformation=False)
    except (ProblemsError, UnicodeEncodeError):
        raise _refused(path, "would not be well-formed with this entry", _BY_HAND) from None
    if after.data != [*before, *map(dict, entries)]:
        # Such as where the last text of the file goes on for as long as the file does.
        raise _refused(path, "would not say what it says now with an entry at its end", _BY_HAND)
    for broken in load_exceptions(after, as_of, severities)[1]:
        if broken.number > len(before):
            raise ProblemsError(Problem(path, complaint, kind="exceptions") for complaint in broken.complaints)
    return new


def _scalar(text: str) -> str:
    """Plain where that can be read as nothing but this text."""
    if re.fullmatch(r"[A-Za-z][A-Za-z0-9_./@-]*", text) and text.lower() not in _WORDS:
        return text
    # A JSON string is a YAML one, in which no character has a meaning of its own.
    return text if _DAY.fullmatch(text) else json.dumps(text, ensure_ascii=False)


def _refused(path: str, message: str, hint: str) -> ProblemsError:
    return ProblemsError([Problem(path, message, hint=hint, kind="exceptions")])


def complaints_of(
    entries: Sequence[Mapping[str, str]], as_of: date, severities: Mapping[str, Severity]
) -> dict[int, tuple[str, ...]]:
    """What is wrong with entries, by their number from 0; those that are well-formed are not in it."""
    text = json.dumps([dict(entry) for entry in entries], ensure_ascii=True)
    document = read(text.encode("ascii"), "entries", cloudformation=False)
    return {broken.number - 1: broken.complaints for broken in load_exceptions(document, as_of, severities)[1]}


_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_WORDS = frozenset(("y", "n", "yes", "no", "on", "off", "true", "false", "null"))


def last_day(text: str, as_of: date) -> str:
    """The end of an exception that is written now. Raises ProblemsError for no date, and for one that has passed."""
    try:
        ended = date.fromisoformat(text) < as_of
    except ValueError:
        said, hint = f"must be a date as `YYYY-MM-DD`, not `{one_line(text)}`", None
    else:
        if not ended:
            return text
        said, hint = f"`{text}` has passed, so the exception would hide nothing", "name a day from today on"
    raise ProblemsError([Problem("--until", said, hint=hint, kind="config")])


__all__ = ["complaints_of", "last_day", "with_entries", "with_entry"]
