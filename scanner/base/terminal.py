"""Text that a terminal, a print-out or a page shows as it is, whoever wrote it.

Names, tags and paths come from other people. A control character could move the cursor or rewrite what was printed
before; a bidirectional override or an invisible character makes one name look like another ("Unicode Technical Report
#36: Unicode Security Considerations").
"""

from __future__ import annotations

import re
from unicodedata import combining, east_asian_width

# Printable by Unicode's categories, and yet nothing to see.
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0")
# What people wrap their text with; separators that only look like a blank are shown instead.
_BLANKS = re.compile(r"[ \t\r\n]+")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def printable(text: str, keep: str = "") -> str:
    r"""`text` with every character that is not seen as itself as `\xNN`, `\uNNNN` or `\UNNNNNNNN`.

    These are control and format characters, line and paragraph separators, unusual spaces, lone surrogates, private
    and unassigned characters. Those in `keep` stay, such as a line break in a text of several lines.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        character if character in keep or (character.isprintable() and character not in _BLANK) else _escaped(character)
        for character in text
    )


def one_line(text: str) -> str:
    """`text` made printable on one line; blanks and line breaks, as in folded YAML, become one blank."""
    return printable(_BLANKS.sub(" ", text).strip(" "))


def columns(text: str) -> int:
    """How many columns of a terminal printable text takes; colours take none."""
    text = _COLOUR.sub("", text)
    if text.isascii():
        return len(text)
    return sum(0 if combining(each) else 2 if east_asian_width(each) in "WF" else 1 for each in text)


def _escaped(character: str) -> str:
    code = ord(character)
    if code <= 0xFF:  # noqa: PLR2004  # what two digits can hold
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"  # noqa: PLR2004  # what four digits can hold
