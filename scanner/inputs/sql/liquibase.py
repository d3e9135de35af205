"""Liquibase's formatted SQL: which changesets of a file run in PostgreSQL, and which only perhaps.

Liquibase documentation, "Example Changelogs: SQL Format": a changeset begins at its line, `dbms` names the databases
that it is for, `ignore` leaves it out, `context` and `labels` choose it where the command names any, `ignoreLines`
leaves lines out, `endDelimiter` ends a statement in place of `;`. What a failed precondition stops, stops the update,
but for `onFail:MARK_RAN` and `CONTINUE`; one that only asks whether what is made is there already holds where that
matters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_HEAD = re.compile(r"\A\ufeff?(?:[ \t]*\n)*[ \t]*(?:--|/\*)[ \t]*liquibase[ \t]+formatted[ \t]+sql\b", re.IGNORECASE)
_CHANGESET = re.compile(
    r"^[ \t]*--[ \t]*changeset[ \t]+(?:\"[^\"\n]+\"|[^:\n]+):(?:\"[^\"\n]+\"|\S+)(?P<attributes>[^\n]*)$", re.I | re.M
)
_ATTRIBUTE = re.compile(r"(\w+)[ \t]*:[ \t]*(\"[^\"]*\"|\S+)")
_IGNORED = re.compile(
    r"^[ \t]*--[ \t]*ignoreLines:(?:start\b.*?^[ \t]*--[ \t]*ignoreLines:end\b[^\n]*|(?P<count>\d+)[^\n]*)",
    re.I | re.M | re.S,
)
_CONDITION = re.compile(r"^[ \t]*--[ \t]*precondition-[^\n]*", re.I | re.M)
_ON_FAIL = re.compile(r"^[ \t]*--[ \t]*preconditions\b[^\n]*\bonFail:(?:MARK_RAN|CONTINUE)\b", re.I | re.M)
_OF_ITSELF = re.compile(r"expectedResult:[\"']?0\b.*\b(?:pg_\w+|information_schema\b)", re.IGNORECASE)
_CHOOSING = ("context", "contextfilter", "contexts", "labels")
_DATABASES = frozenset(["postgresql", "all"])


def is_formatted(text: str) -> bool:
    """Whether Liquibase takes the file for its formatted SQL."""
    return _HEAD.match(text) is not None


def run_by_liquibase(text: str) -> str:
    """The text without what does not run, blanked out so that offsets stay."""
    at, kept = 0, ""
    for begin, end, attributes in _changesets(text):
        kept += _blank(text[at:begin])
        part = text[begin:end]
        runs = _is_run(attributes) and not _may_be_left_out(part)
        kept += _lines(part, attributes.get("enddelimiter")) if runs else _blank(part)
        at = end
    return kept + _blank(text[at:])


def choices_in(text: str) -> Iterator[tuple[int, int]]:
    """Where a changeset that may run or not begins: by what a command names, or by a precondition."""
    for begin, end, attributes in _changesets(text) if is_formatted(text) else ():
        if not _is_run(attributes):
            continue
        line = text.index("\n", begin) if "\n" in text[begin:end] else end
        if any(each in attributes for each in _CHOOSING) or _may_be_left_out(text[begin:end]):
            yield begin, line


def _changesets(text: str) -> Iterator[tuple[int, int, dict[str, str]]]:
    found = list(_CHANGESET.finditer(text))
    ends = [each.start() for each in found[1:]] + [len(text)]
    for each, end in zip(found, ends, strict=True):
        named = _ATTRIBUTE.findall(each["attributes"])
        yield each.start(), end, {key.lower(): value.strip('"') for key, value in named}


def _may_be_left_out(part: str) -> bool:
    """Whether a precondition may leave the changeset out and let the others run."""
    on_fail = _ON_FAIL.search(part) is not None
    return on_fail and any(not _OF_ITSELF.search(each[0]) for each in _CONDITION.finditer(part))


def _is_run(attributes: dict[str, str]) -> bool:
    if attributes.get("ignore", "").lower() == "true":
        return False
    names = [each.strip().lower() for each in attributes.get("dbms", "").split(",") if each.strip()]
    wanted = {each for each in names if not each.startswith("!")}
    refused = {each[1:].strip() for each in names if each.startswith("!")}
    return not refused & _DATABASES and (not wanted or bool(wanted & _DATABASES))


def _lines(part: str, delimiter: str | None) -> str:
    at, kept = 0, ""
    for found in _IGNORED.finditer(part):
        end = found.end()
        for _ in range(int(found["count"] or 0)):
            end = part.find("\n", end + 1) if "\n" in part[end + 1 :] else len(part)
        kept += part[at : found.start()] + _blank(part[found.start() : end])
        at = end
    kept += part[at:]
    word = (delimiter or "").replace("\\n", "").replace("\\r", "").strip()
    if word and word != ";":
        ends = re.compile(rf"(?<!\w){re.escape(word)}(?=[ \t]*$)", re.I | re.M)
        kept = ends.sub(lambda found: ";" + " " * (len(found[0]) - 1), kept)
    return kept


def _blank(text: str) -> str:
    return re.sub(r"[^\n]", " ", text)


__all__ = ["choices_in", "is_formatted", "run_by_liquibase"]
