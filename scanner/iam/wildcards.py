"""Wildcard patterns, matched without backtracking."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum

# A piece between two `*`: its length, and the literals in it with their offsets; `?` are the gaps between them.
_Piece = tuple[int, tuple[tuple[int, str], ...]]


class Wild(Enum):
    """A wildcard of a pattern, apart from the literal characters `*` and `?`."""

    STAR = "*"
    ANY = "?"


GlobToken = str | Wild


def wild_tokens(text: str) -> list[GlobToken]:
    """The text with its `*` and `?` told apart from literals."""
    tokens: list[GlobToken] = []
    start = 0
    for index, character in enumerate(text):
        if character in "*?":
            if start < index:
                tokens.append(text[start:index])
            tokens.append(Wild.STAR if character == "*" else Wild.ANY)
            start = index + 1
    if start < len(text):
        tokens.append(text[start:])
    return tokens


class Glob:
    """`*` stands for any run of characters, also none and also across `/` and `:`; `?` for exactly one.

    The pieces between the stars are found one after the other from the left, which is right for globs and takes
    one pass whatever the pattern.
    """

    __slots__ = ("_first", "_last", "_literal", "_middle", "_shortest", "_tokens")

    def __init__(self, tokens: Iterable[GlobToken]) -> None:
        self._tokens: Sequence[GlobToken] = tuple(tokens)
        pieces: list[list[GlobToken]] = [[]]
        for token in self._tokens:
            if token is Wild.STAR:
                pieces.append([])
            else:
                pieces[-1].append(token)
        built = [_piece(piece) for piece in pieces]
        self._literal: str | None = None
        if len(built) == 1 and all(isinstance(token, str) for token in self._tokens):
            self._literal = "".join(token for token in self._tokens if isinstance(token, str))
        self._first = built[0]
        self._last = built[-1] if len(built) > 1 else None
        self._middle = tuple(piece for piece in built[1:-1] if piece[0])
        self._shortest = sum(piece[0] for piece in built)

    @classmethod
    def of(cls, text: str) -> Glob:
        """Of a text in which every `*` and `?` is a wildcard."""
        return cls(wild_tokens(text))

    def matches(self, text: str) -> bool:
        """Whether the whole text matches, in the case it is written in."""
        if self._literal is not None:
            return text == self._literal
        length = len(text)
        if length < self._shortest:
            return False
        if self._last is None:
            return length == self._first[0] and _stands_at(self._first, text, 0)
        if not _stands_at(self._first, text, 0):
            return False
        start, end = self._first[0], length - self._last[0]
        for piece in self._middle:
            found = _find(piece, text, start, end)
            if found < 0:
                return False
            start = found + piece[0]
        return start <= end and _stands_at(self._last, text, end)

    def matches_within_segments(self, text: str) -> bool:
        """Like `matches`, but a wildcard crosses `:` only where it is a `*` that ends a segment of the pattern.

        "IAM JSON policy elements: Resource": a `*` that is the last character of a segment of an ARN can expand
        beyond the colon; of the others the document only says that they match within a segment.
        """
        if not self.matches(text):
            return False
        if ":" not in text or not self._has_inner_wildcard():
            return True
        # One bit a state, all states at once: state i has read the first i characters of the pattern.
        literals: dict[str, int] = {}
        any_one = crossing = staying = 0
        state = 0
        flat = self._flat()
        for index, token in enumerate(flat):
            if token is Wild.STAR:
                if index + 1 == len(flat) or flat[index + 1] == ":":
                    crossing |= 1 << state
                else:
                    staying |= 1 << state
                continue
            if token is Wild.ANY:
                any_one |= 1 << state
            else:
                literals[str(token)] = literals.get(str(token), 0) | 1 << state
            state += 1
        alive = 1
        for character in text:
            if character == ":":
                alive = (alive & literals.get(":", 0)) << 1 | alive & crossing
            else:
                alive = (alive & (literals.get(character, 0) | any_one)) << 1 | alive & (crossing | staying)
            if not alive:
                return False
        return bool(alive >> state & 1)

    def _flat(self) -> list[GlobToken]:
        flat: list[GlobToken] = []
        for token in self._tokens:
            if isinstance(token, str):
                flat.extend(token)
            elif not (token is Wild.STAR and flat and flat[-1] is Wild.STAR):
                flat.append(token)
        return flat

    def _has_inner_wildcard(self) -> bool:
        last = len(self._tokens) - 1
        for index, token in enumerate(self._tokens):
            if isinstance(token, str):
                continue
            following = self._tokens[index + 1] if index < last else ":"
            ends_segment = following is Wild.STAR or (isinstance(following, str) and following.startswith(":"))
            if token is Wild.ANY or not ends_segment:
                return True
        return False


def _piece(tokens: list[GlobToken]) -> _Piece:
    offset = 0
    literals: list[tuple[int, str]] = []
    for token in tokens:
        if isinstance(token, str):
            if literals and literals[-1][0] + len(literals[-1][1]) == offset:
                literals[-1] = (literals[-1][0], literals[-1][1] + token)
            else:
                literals.append((offset, token))
            offset += len(token)
        else:
            offset += 1
    return offset, tuple(literals)


def _stands_at(piece: _Piece, text: str, position: int) -> bool:
    return all(text.startswith(literal, position + offset) for offset, literal in piece[1])


def _find(piece: _Piece, text: str, start: int, end: int) -> int:
    length, literals = piece
    if not literals:
        return start if start + length <= end else -1
    offset, literal = literals[0]
    position = start
    while position + length <= end:
        found = text.find(literal, position + offset, end)
        if found < 0 or found - offset + length > end:
            return -1
        position = found - offset
        if len(literals) == 1 or _stands_at(piece, text, position):
            return position
        position += 1
    return -1
