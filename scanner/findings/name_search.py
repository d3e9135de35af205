"""Many names at once, found in a text in time that grows with the text and not with the names."""

from __future__ import annotations

from collections.abc import Callable, Iterable

_HEAD = 2
_ACCOUNT = 12  # digits


class KnownNames:
    """Names in lower case; those of `whole` count only where no letter or digit is beside them."""

    def __init__(self, names: Iterable[str], whole: Callable[[str], bool]) -> None:
        self._names = frozenset(names)
        self._whole = frozenset(name for name in self._names if whole(name))
        lengths: dict[str, set[int]] = {}
        for name in self._names:
            lengths.setdefault(name[:_HEAD], set()).add(len(name))
        # The longest first, by how a name begins; names of one letter are under that letter.
        self._lengths = {head: tuple(sorted(found, reverse=True)) for head, found in lengths.items()}

    def replaced(self, text: str, of: Callable[[str], str]) -> str:
        """The text with `of(name)` in the place of each name: the longest from each place, from left to right."""
        lower = text.lower()
        if len(lower) != len(text):
            # A few letters are two in lower case, and places must stay.
            lower = "".join(each.lower() if len(each.lower()) == 1 else each for each in text)
        out: list[str] = []
        at = kept = 0
        end = len(lower)
        lengths = self._lengths
        while at < end:
            found = lengths.get(lower[at : at + _HEAD]) or ()
            name = next((piece for size in found if self._is_name(piece := lower[at : at + size], lower, at)), None)
            if name is None:
                single = lower[at]
                if single in lengths and self._is_name(single, lower, at):
                    name = single
            if name is None:
                at += 1
                continue
            out += (text[kept:at], of(name))
            at = kept = at + len(name)
        return "".join((*out, text[kept:]))

    def _is_name(self, piece: str, text: str, at: int) -> bool:
        if piece not in self._names:
            return False
        before, after = text[at - 1 : at], text[at + len(piece) : at + len(piece) + 1]
        if piece in self._whole and (_is_plain(before) or _is_plain(after)):
            return False
        if text[max(0, at - 2) : at] != "::" or not _is_plain(text[at - 3 : at - 2] if at > _HEAD else ""):
            return True
        # What follows two colons is part of a type's name, as in `AWS::Cognito::UserPool`; but for an account: the ARNs
        # of IAM and STS have no region before it.
        return len(piece) == _ACCOUNT and piece.isdigit() and not after.isdigit()


def _is_plain(character: str) -> bool:
    return character.isascii() and character.isalnum()


__all__ = ["KnownNames"]
