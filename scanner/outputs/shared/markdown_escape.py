"""Other people's words inside Markdown: they say what they say, and link, mention, embed and format nothing.

GitHub and GitLab look for mentions, issue numbers and addresses in the finished text, where no escape is left, but
not in code. A word that could be one is code, therefore: nothing invisible is put into what people copy.
"""

from __future__ import annotations

import re
from html import escape

from scanner.outputs.shared.listing import short

MOST_NAME = 200
MOST_PROSE = 1_500

_CODE = re.compile(r"`([^`]+)`")
_SPECIAL = re.compile(r"([\\`*_\[\]<>&|~$])")
# A user, an issue, a merge request, a milestone; an address, or `www.` without a scheme.
_REFERENCE = re.compile(r"[@#!%]\S|\w://|\b[wW]{3}\.|\b[gG][hH]-\d")
_WORD = re.compile(r"(?:`[^`]+`|\S)+")
_RUN = re.compile(r"`+")


def code(text: str, most: int = MOST_NAME) -> str:
    """A name as a code span, in which nothing is read as markup."""
    shown = short(text, most) or " "
    longest = max((len(run) for run in _RUN.findall(shown)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def prose(text: str, most: int = MOST_PROSE) -> str:
    """A sentence as plain text; what it quotes in backticks is code. Belongs after a word of ours, never first."""
    return _WORD.sub(lambda word: _word(word[0], most), short(text, most))


def element(text: str, most: int = MOST_NAME) -> str:
    """A name as HTML's `code`, for the lines of HTML in which Markdown is not read."""
    return f"<code>{escape(short(text, most)) or ' '}</code>"


def _word(word: str, most: int) -> str:
    """A run without blanks outside of what it quotes."""
    if _REFERENCE.search(_CODE.sub("", word)):
        return code(_CODE.sub(r"\1", word), most)
    parts = _CODE.split(word)
    return "".join(code(part, most) if number % 2 else _SPECIAL.sub(r"\\\1", part) for number, part in enumerate(parts))
