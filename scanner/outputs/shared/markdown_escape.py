"""Other people's words inside Markdown: they say what they say, and link, mention, embed and format nothing.

GitHub and GitLab look for mentions, issue numbers and addresses in the finished text, where no escape is left. A
zero-width space, which both document as the way out, keeps them from seeing one.
"""

from __future__ import annotations

import re
from html import escape

from scanner.outputs.shared.listing import short

MOST_NAME = 200
MOST_PROSE = 1_500

_CODE = re.compile(r"`([^`]+)`")
_SPECIAL = re.compile(r"([\\`*_\[\]<>&|~$])")
_GAP = "&#8203;"
# A user, an issue, a merge request, a milestone; an address, whose scheme is cut off as a host with a gap in it would
# still be a host; `www.` without a scheme.
_REFERENCE = re.compile(r"([@#!%](?=\S)|\w(?=://)|\b[wW]{3}(?=\.)|\b[gG][hH](?=-\d))")
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
    shown = short(text, most)
    parts = _CODE.split(shown)
    return "".join(code(part, most) if number % 2 else _plain(part) for number, part in enumerate(parts))


def element(text: str, most: int = MOST_NAME) -> str:
    """A name as HTML's `code`, for the lines of HTML in which Markdown is not read."""
    return f"<code>{escape(short(text, most)) or ' '}</code>"


def _plain(text: str) -> str:
    # Marks first: an entity's own characters must not be escaped.
    marked = _REFERENCE.sub(lambda found: f"{found[1]}\0", text)
    return _SPECIAL.sub(r"\\\1", marked).replace("\0", _GAP)
