"""One kind of request that touches another tenant's data, made by one kind of session."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Literal

from scanner.base.record import mutable, record
from scanner.model.unknown import Reference, Unknown
from scanner.prover.solver.alphabet import FIRST_HOLE, MOST_HOLES
from scanner.prover.solver.pattern import FIRST_FREE_HOLE, Pattern

ABSENT: Literal["absent"] = "absent"
"""The request surely lacks the key."""
FREE: Literal["free"] = "free"
"""The caller may give the key any value, or leave it out."""


@record
class Given:
    """A key that every such request carries.

    `many` says that the key is multivalued; then the request carries `extras` further values of the caller's choice.
    """

    pattern: Pattern
    closed: bool = False
    many: bool = False
    extras: int = 0


@record
class Unsure:
    """Nobody has said whether the session carries the key, or with which value."""

    why: Unknown


Value = Given | Unsure | Literal["absent", "free"]


@record
class Session:
    """Who asks. `keys` are by lower-case name; those not listed are free, principal tags as `other_tags` says."""

    arn: str
    account: str
    keys: Mapping[str, Value]
    other_tags: Value = ABSENT
    spelled: Mapping[str, str] = field(default_factory=dict)

    def value(self, key: str) -> Value | None:
        """What the session says of a key, in lower case; None where it says nothing and the action decides."""
        found = self.keys.get(key)
        if found is not None:
            return found
        if key.startswith("aws:principaltag/"):
            return self.other_tags
        # "AWS global condition context keys": only requests that tag, or create with tags, carry these.
        return None


@record
class Shape:
    """What is asked for: `actions` are alike but for their name; `keys` by lower-case name say what the data fixes.

    `spelled` gives keys as AWS writes them. `doubt` says why a request that is allowed is still no proof of a leak.
    `meaning` ends the sentence "the session of one tenant can ...". `also` are actions that the same request needs.
    `copies` is true of streams, exports and backups of the data. `form` is what ARNs of such resources look like, and
    `usual` narrow it to what a reader expects, the plainest first: counterexamples have the first that they can.
    `tags` are those that the one resource has in its file, where others may come from its stack or by hand; None where
    they say whose it is. `account` has what is asked for, where its ARN has none. `facts` are keys, in lower case, that
    what is asked for has by itself: for actions whose requests always carry them, and absent ones for all.
    """

    name: str
    actions: tuple[str, ...]
    resource: Pattern
    keys: Mapping[str, Value] = field(default_factory=dict)
    spelled: Mapping[str, str] = field(default_factory=dict)
    doubt: Unknown | None = None
    meaning: str = ""
    also: tuple[str, ...] = ()
    copies: bool = False
    form: Pattern | None = None
    usual: tuple[Pattern, ...] = ()
    tags: Mapping[str, str] | None = None
    account: str | None = None
    facts: Mapping[str, Value] = field(default_factory=dict)


@mutable
class Holes:
    """The characters that stand for what only deployment, or nobody, knows.

    `is_made` says whether a reference is a name that AWS makes: the id of a custom resource may be any text.
    `could_be` says of such a name whether it may be what a policy has in letters.
    """

    is_made: Callable[[Reference], bool] = lambda reference: reference.attribute == "Ref"
    could_be: Callable[[Reference, str], bool] = lambda _reference, _text: False

    _by_symbol: dict[tuple[str, ...], str] = field(default_factory=dict)
    _unknowns: dict[str, Unknown] = field(default_factory=dict)
    _names: int = 0
    _free: int = 0

    @property
    def any(self) -> bool:
        """Whether anything has a character."""
        return bool(self._unknowns)

    def name(self, unknown: Unknown) -> str | None:
        """The character of a name that deployment makes; None where there are too many."""
        return self._character(unknown, made=True)

    def value(self, unknown: Unknown) -> str | None:
        """The character of a value that may be any text."""
        return self._character(unknown, made=False)

    def known(self, unknown: Unknown) -> str | None:
        """The character that was given to the unknown before; None where none was, or it has no symbol to be known
        by."""
        return self._by_symbol.get(unknown.symbol) if unknown.symbol else None

    def unknown(self, character: str) -> Unknown | None:
        """What a character stands for; None for a character that was never given to anything."""
        return self._unknowns.get(character)

    def _character(self, unknown: Unknown, *, made: bool) -> str | None:
        symbol = unknown.symbol or ("?", str(self._names + self._free))
        found = self._by_symbol.get(symbol)
        if found is not None:
            return found
        used = self._names if made else self._free
        if used >= MOST_HOLES // 2:
            return None
        character = chr((FIRST_HOLE if made else FIRST_FREE_HOLE) + used)
        if made:
            self._names += 1
        else:
            self._free += 1
        self._by_symbol[symbol] = character
        self._unknowns[character] = unknown
        return character
