"""Colours of a terminal; without them the words alone say everything."""

from __future__ import annotations

from scanner.base.record import record

_CODES = {
    "critical": "1;31",
    "high": "31",
    "medium": "33",
    "low": "36",
    "strong": "1",
    "faint": "2",
    "caret": "1;31",
    "fix": "32",
}


@record
class Style:
    """Without `colour`, texts are handed back as they are."""

    colour: bool

    def paint(self, role: str, text: str) -> str:
        """`text` must be printable already: only the colours made here reach the terminal."""
        return f"\x1b[{_CODES[role]}m{text}\x1b[0m" if self.colour and role in _CODES else text
