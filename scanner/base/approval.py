"""Who approved of something, as people write it: names and addresses, several at once."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_SEVERAL = re.compile(r"[,;&]|\band\b")
_BRACKETS = re.compile(r"[<>()\[\]]")


def approved_by_another(approved_by: str | None, people: Iterable[str]) -> bool:
    """Whether one of those that `approved_by` names is none of the people, by name or address."""
    known = frozenset(name for each in people for name in _called(each))
    approving = (_called(each) for each in _SEVERAL.split(approved_by or ""))
    return any(each and each.isdisjoint(known) for each in approving)


def _called(said: str) -> frozenset[str]:
    """The names and addresses in words such as `Ann Example <ann@example.com>`, spelled as authors are."""
    seen = "".join(each for each in unicodedata.normalize("NFKC", said) if unicodedata.category(each) != "Cf")
    parts = (" ".join(part.split()) for part in _BRACKETS.split(seen))
    return frozenset(part.removeprefix("mailto:").casefold() for part in parts if part)


__all__ = ["approved_by_another"]
