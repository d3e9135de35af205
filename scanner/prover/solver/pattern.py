"""What a name, key or value looks like, with the tenants left open: of the caller `a` and of the owner `b`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from enum import Enum

from scanner.base.record import record
from scanner.prover.solver.alphabet import FIRST_HOLE, MOST_HOLES, Alphabet
from scanner.prover.solver.id_automaton import IdLanguage


class Wild(Enum):
    """`SEGMENT_STAR` and `SEGMENT_ANY` do not cross a colon."""

    STAR = "*"
    ANY = "?"
    SEGMENT_STAR = "*:"
    SEGMENT_ANY = "?:"

    __hash__ = object.__hash__  # the members are singletons, and hashing their names is slow


class Tenant(Enum):
    """Whose id stands in a pattern: that of the tenant who asks, or of the one who owns the data."""

    CALLER = "caller"
    OWNER = "owner"

    __hash__ = object.__hash__  # as above


@record
class Among:
    """One character out of `chars`, or out of all others, and with `many` any further run of such.

    With `none` that first one may be missing, too. With `holes` a name that deployment makes may stand among them.
    """

    chars: str
    inverted: bool = False
    many: bool = False
    holes: bool = False
    none: bool = False


Token = str | Wild | Tenant | Among
"""A string is one character."""

# Of the holes the first half stands for names that deployment makes, which equal no literal; the others for values that
# may be any text.
FIRST_FREE_HOLE = FIRST_HOLE + MOST_HOLES // 2
_FIRST_CHARACTER = chr(FIRST_FREE_HOLE)
_SEPARATORS = frozenset("/:")
_STARS = frozenset({Wild.STAR, Wild.SEGMENT_STAR})


@record
class Pattern:
    """With `fold` case is ignored. With `jumps` a hole of the text may be matched by any part that has a wildcard.

    `cut` says that the text has a beginning, which is not among the tokens.
    """

    tokens: tuple[Token, ...]
    fold: bool = False
    jumps: bool = False
    cut: bool = False

    def without_head(self, length: int) -> Pattern:
        """What is left behind the first tokens."""
        return Pattern(self.tokens[length:], self.fold, self.jumps, cut=True)

    @property
    def varies(self) -> bool:
        """Whether it depends on the caller or the owner."""
        return any(isinstance(token, Tenant) for token in self.tokens)

    def bound(self, caller: str, owner: str) -> Pattern:
        """The pattern for two concrete tenants; ids are data, so a `*` in one is only a character."""
        if not self.varies:
            return replace(self, jumps=False) if self.jumps else self
        tokens: list[Token] = []
        for token in self.tokens:
            if token is Tenant.CALLER:
                tokens.extend(caller)
            elif token is Tenant.OWNER:
                tokens.extend(owner)
            else:
                tokens.append(token)
        return Pattern(tuple(tokens), self.fold, cut=self.cut)

    def asked_by(self, caller: str) -> Pattern:
        """The pattern for one concrete caller and whatever owner."""
        tokens = [piece for token in self.tokens for piece in (caller if token is Tenant.CALLER else (token,))]
        return replace(self, tokens=tuple(tokens))

    def literals(self) -> Iterable[str]:
        """The characters that stand for themselves, in order; holes are among them, ids of tenants are not."""
        return (token for token in self.tokens if isinstance(token, str))


ANYTHING = Pattern((Wild.STAR,))


def literal(text: str) -> Pattern:
    """The pattern of this text alone; a `*` or `?` in it is a character."""
    return Pattern(tuple(text))


NONE, CALLER_STARTS, CALLER_GOES_ON, OWNER_STARTS, OWNER_GOES_ON = range(5)
_LABELS = {Tenant.CALLER: (CALLER_STARTS, CALLER_GOES_ON), Tenant.OWNER: (OWNER_STARTS, OWNER_GOES_ON)}

Move = tuple[int, int, int]
"""Classes of characters, label, next state."""


class Reader:
    """A pattern as an automaton over an alphabet, with every id read as any id of the language.

    A state is the number of a token and, inside an id, the language's state there. With `closed` every beginning of
    what the pattern matches is accepted as well. No wildcard stands for one of the characters in `without`.
    """

    __slots__ = ("_cache", "_closed", "_items", "_language", "_pattern", "_width")

    def __init__(self, pattern: Pattern, language: IdLanguage, *, closed: bool = False, without: int = 0) -> None:
        self._pattern = pattern
        self._language = language
        self._closed = closed
        self._width = len(language.moves) + 1
        self._cache: dict[int, tuple[list[Move], bool]] = {}
        alphabet = language.alphabet
        anything = alphabet.all & ~without
        masks = {
            Wild.STAR: anything,
            Wild.ANY: anything,
            Wild.SEGMENT_STAR: anything & ~alphabet.colon,
            Wild.SEGMENT_ANY: anything & ~alphabet.colon,
        }
        items: list[tuple[Token, int]] = []
        for token in pattern.tokens:
            if isinstance(token, str):
                items.append((token, alphabet.folded(token) if pattern.fold else alphabet.of(token)))
            elif isinstance(token, Among):
                mask = _mask(token, alphabet) & anything
                if not token.none:
                    items.append((Wild.ANY, mask))
                if token.many:
                    items.append((Wild.STAR, mask))
            elif isinstance(token, Wild):
                if not (token in _STARS and items and items[-1] == (token, masks[token])):
                    items.append((token, masks[token]))
            else:
                items.append((token, 0))
        self._items = items

    def moves(self, state: int) -> tuple[list[Move], bool]:
        """Where one character leads from a state, and whether the text may end there."""
        found = self._cache.get(state)
        if found is None:
            found = self._cache[state] = self._find(state)
        return found

    def inside_extensible_id(self, state: int) -> bool:
        """Whether the state is inside an id that more characters could follow."""
        token, inner = divmod(state, self._width)
        return inner > 0 and self._language.extends(inner - 1) and token < len(self._items)

    def _find(self, state: int) -> tuple[list[Move], bool]:
        token, inner = divmod(state, self._width)
        if inner == 0:
            moves, accepts = self._from(token)
        else:
            which = self._items[token][0]
            assert isinstance(which, Tenant)  # noqa: S101  # inner states exist in ids only
            moves = [
                (self._spelled(mask), _LABELS[which][1], token * self._width + following + 1)
                for mask, following in self._language.moves[inner - 1]
            ]
            accepts = False
            if self._language.accepting[inner - 1]:
                after, accepts = self._from(token + 1)
                moves = moves + after
            elif self._pattern.jumps:
                moves = moves + self._jumps(token, token + 1)
        return moves, accepts or self._closed

    def _from(self, token: int) -> tuple[list[Move], bool]:
        moves: list[Move] = []
        if self._pattern.jumps:
            moves += self._jumps(token, token)
        while True:
            if token == len(self._items):
                return moves, True
            which, mask = self._items[token]
            if which in _STARS:
                moves.append((mask, NONE, token * self._width))
                token += 1
                continue
            if isinstance(which, Tenant):
                start = _LABELS[which][0]
                moves.extend(
                    (self._spelled(mask), start, token * self._width + following + 1)
                    for mask, following in self._language.moves[0]
                )
            else:
                moves.append((mask, NONE, (token + 1) * self._width))
            return moves, False

    def _jumps(self, token: int, first: int) -> list[Move]:
        """A hole may be what some of the following tokens match; a made name only if a wildcard is among them.

        "Name type" (CloudFormation): made names have neither slash nor colon, but a made ARN begins a text.
        """
        moves: list[Move] = []
        wild, whole = False, True
        names, free = _hole_masks(self._language)
        for end in range(token, len(self._items) + 1):
            last = self._items[end - 1][0] if end > token else None
            wild = wild or isinstance(last, Wild)
            whole = whole and not ((token or self._pattern.cut) and last in _SEPARATORS)
            if end >= first:
                taken = free | (names if wild and whole else 0)
                moves.append((taken, NONE, end * self._width))
                if last in _STARS:
                    # The star takes in what comes after the hole as well.
                    moves.append((taken, NONE, (end - 1) * self._width))
        return moves

    def _spelled(self, mask: int) -> int:
        """In a pattern that ignores case an id stands for its other spellings too."""
        if not self._pattern.fold:
            return mask
        alphabet = self._language.alphabet
        spelled = mask
        for bit, character in alphabet.cased:
            if bit & mask:
                spelled |= alphabet.folded(character)
        return spelled


def _mask(among: Among, alphabet: Alphabet) -> int:
    mask = 0
    for character in among.chars:
        mask |= alphabet.of(character)
    mask = (alphabet.all & ~mask if among.inverted else mask) & ~alphabet.holes
    return mask | alphabet.holes if among.holes else mask


def unmet_holes(patterns: Iterable[Pattern], language: IdLanguage) -> int:
    """The holes for any text that none of the patterns has: they stand for nothing, and a wildcard for none of them."""
    met = 0
    for pattern in patterns:
        for token in pattern.literals():
            met |= language.alphabet.of(token) if token >= _FIRST_CHARACTER else 0
    return _hole_masks(language)[1] & ~met


def _hole_masks(language: IdLanguage) -> tuple[int, int]:
    alphabet = language.alphabet
    half = MOST_HOLES // 2
    names = sum(alphabet.of(chr(FIRST_HOLE + number)) for number in range(half))
    return names, alphabet.holes & ~names
