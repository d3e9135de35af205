"""Which texts are numbers: those that JSON has, with a sign and leading zeros allowed. Python's own reading takes more:
`nan`, which compares as equal to nothing and so to everything, `inf`, `3_5`, and the digits of other scripts."""

from __future__ import annotations

import math
import re

_INTEGER = re.compile(r"[-+]?[0-9]{1,18}\Z")
_NUMBER = re.compile(r"[-+]?(?:[0-9]{1,400}(?:\.[0-9]{0,400})?|\.[0-9]{1,400})(?:[eE][-+]?[0-9]{1,3})?\Z")


def number_of(text: str) -> int | float | None:
    """None for what is no number, or none that is finite."""
    if _INTEGER.match(text):
        return int(text)
    if not _NUMBER.match(text):
        return None
    number = float(text)
    return number if math.isfinite(number) else None


__all__ = ["number_of"]
