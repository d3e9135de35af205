"""decisions.yaml: what an entity decided of the specifications that it may answer in its own way.

An addressable specification is implemented, answered by an equivalent alternative, or not reasonable and appropriate
for the entity, which must then say why (45 CFR 164.306(d)(3)).
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from scanner.base.problem import Problem, ProblemsError, did_you_mean
from scanner.findings.report_document import DecisionDocument
from scanner.text.complaint import check
from scanner.text.document import Document
from scanner.text.shape import Date, Items, Key, Record, Text

_NEED_REASON = ("alternative", "not-reasonable")
_MOST_BYTES = 256 * 1024 * 1024


def _inside(text: str) -> str | None:
    path = Path(text)
    return "must be a path inside the folder of this file" if path.is_absolute() or ".." in path.parts else None


DECISIONS = Items(
    Record(
        {
            "control": Key(Text(), "The entry's number, such as 164.312(a)(2)(iii).", required=True),
            "decision": Key(
                Text(choices=("implemented", "alternative", "not-reasonable")), "What was decided.", required=True
            ),
            "by": Key(Text(), "Who decided.", required=True),
            "date": Key(Date(), "When.", required=True),
            "because": Key(Text(), "Why; required for all but `implemented`."),
            "attachment": Key(Text(complain=_inside), "The document, from this file's folder."),
            "sha256": Key(Text(pattern="[0-9a-f]{64}", meaning="a SHA-256 in hexadecimal"), "The document's digest."),
        },
        doc="One decision.",
    )
)


def load_decisions(
    document: Document, controls: Collection[str], folder: Path
) -> tuple[list[DecisionDocument], list[Problem]]:
    """The decisions, and warnings about their attachments, which lie in `folder`. Raises ProblemsError."""
    problems = check(DECISIONS, document, kind="config")
    raw: Any = document.data  # Any: its shape has just been checked
    entries = [] if problems else list(raw or [])
    problems += _wrong(entries, document, controls)
    if problems:
        raise ProblemsError(problems)
    found: list[DecisionDocument] = []
    notes: list[Problem] = []
    for number, entry in enumerate(entries):
        matches, complaint = _matches(entry.get("attachment"), entry.get("sha256"), folder)
        if complaint is not None:
            place = document.place((number, "attachment"))
            notes.append(Problem(document.path, complaint, place.line, place.column, kind="config", level="warning"))
        found.append(
            {
                "control": entry["control"],
                "decision": entry["decision"],
                "by": entry["by"],
                "date": str(entry["date"]),
                "because": entry.get("because"),
                "attachment": entry.get("attachment"),
                "sha256": entry.get("sha256"),
                "matches": matches,
            }
        )
    return found, notes


def _wrong(entries: list[Any], document: Document, controls: Collection[str]) -> Iterator[Problem]:
    seen: set[str] = set()
    for number, entry in enumerate(entries):
        place = document.place((number, "control"))
        control = entry["control"]
        if control not in controls:
            hint = did_you_mean(control, controls)
            message = f"`{control}` is no entry of a framework"
            yield Problem(document.path, message, place.line, place.column, hint, "config")
        if control in seen:
            yield Problem(document.path, f"`{control}` is decided twice", place.line, place.column, kind="config")
        seen.add(control)
        if entry["decision"] in _NEED_REASON and not str(entry.get("because") or "").strip():
            message = f"`{entry['decision']}` needs `because`"
            yield Problem(document.path, message, place.line, place.column, kind="config")


def _matches(attachment: str | None, sha256: str | None, folder: Path) -> tuple[bool | None, str | None]:
    """Whether the attachment has its digest, None where nobody can say; and what is wrong with it."""
    if attachment is None:
        return None, None
    path = folder / attachment
    try:
        if not path.resolve().is_relative_to(folder.resolve()) or not path.is_file():
            return (None if sha256 is None else False), f"there is no attachment `{attachment}`"
        if sha256 is None:
            return None, None
        with path.open("rb") as file:
            same = hashlib.sha256(file.read(_MOST_BYTES)).hexdigest() == sha256
    except (OSError, ValueError, RuntimeError) as error:
        return (None if sha256 is None else False), f"the attachment `{attachment}` cannot be read: {error}"
    return same, None if same else f"the attachment `{attachment}` is not the one that `sha256` is of"


__all__ = ["DECISIONS", "load_decisions"]
