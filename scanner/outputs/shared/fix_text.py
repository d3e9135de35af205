"""How to end a finding, so that what is copied from any format is what was proved.

A repaired statement stands in a fix as JSON behind a colon. Wrapped, cut, escaped for Markdown or broken by invisible
characters it is another policy, so it is taken out of the sentence and written apart: in ASCII, whole or not at all.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from scanner.base.record import record
from scanner.base.terminal import one_line

# `[words](address)` is a link to readers of SARIF and Markdown; behind these separators a spreadsheet may begin
# another cell, which it reads as a formula; several blanks are one to many. All are met only inside JSON's strings.
_READ_OTHERWISE = re.compile(r"(?<=\])\(|(?<=[;|])[=+\-@]|(?<=\S ) +")
_DECODER = json.JSONDecoder()
_OPENING = re.compile(r":\s*(?=\{)")
_ELSEWHERE = "(a statement of {:,} characters, whole in the JSON report)"


@record
class FixPart:
    """`words` are a sentence; `statement` is what it ends in, or None."""

    words: str
    statement: dict[str, object] | None

    def code(self, indent: int | None = None) -> str:
        """The statement as JSON in ASCII; empty where there is none."""
        if self.statement is None:
            return ""
        text = json.dumps(self.statement, indent=indent, ensure_ascii=True)
        return _READ_OTHERWISE.sub(lambda found: "".join(f"\\u{ord(each):04x}" for each in found[0]), text)


def parts_of(fix: str) -> tuple[FixPart, ...]:
    """The fix in order, a part for each statement in it; only the last may have none, and an empty fix has no parts."""
    return tuple(_parts(fix))


def exact_line(fix: str, most: int) -> str:
    """On one printable line of at most so many characters; a statement is whole, or said to be elsewhere."""
    parts = parts_of(fix)
    whole = "; ".join(" ".join(filter(None, (one_line(each.words), each.code()))) for each in parts)
    if len(whole) <= most:
        return whole
    named = "; ".join(
        f"{one_line(each.words)} {_ELSEWHERE.format(len(each.code()))}" if each.statement else one_line(each.words)
        for each in parts
    )
    return named if len(named) <= most else f"{named[: most - 1]}…"


def _parts(fix: str) -> Iterator[FixPart]:
    start = 0
    for opening in _OPENING.finditer(fix):
        if opening.start() < start or fix.count("`", start, opening.start()) % 2:
            continue
        try:
            value, end = _DECODER.raw_decode(fix, opening.end())
        except (ValueError, RecursionError):
            continue
        yield FixPart(fix[start : opening.start() + 1].strip(), value)
        start = end + len(fix[end:]) - len(fix[end:].lstrip("; \n"))
    if rest := fix[start:].strip():
        yield FixPart(rest, None)


__all__ = ["FixPart", "exact_line", "parts_of"]
