"""One dimension of a request: is there a value that is the owner's and that the policies admit for another caller?

The product of the owner's automaton with those of all patterns that must match, and of those without tenants that must
not. Every pattern reads its own copy of the caller's id, so what the product accepts is too much, never too little;
beside each state stands whether some pattern's id began and ended where the owner's did, for then they are one id.
"""

from __future__ import annotations

from typing import Literal

from scanner.base.record import mutable, record
from scanner.prover.solver.id_automaton import IdLanguage, partition
from scanner.prover.solver.pattern import (
    CALLER_GOES_ON,
    CALLER_STARTS,
    NONE,
    OWNER_GOES_ON,
    OWNER_STARTS,
    Pattern,
    Reader,
    Tenant,
    unmet_holes,
)

Outcome = Literal["EMPTY", "SAME", "OPEN", "LIMIT"]
"""No value; only where caller and owner are the same; there may be a value; too many states to tell."""

_GOES_ON = (CALLER_GOES_ON, OWNER_GOES_ON)
_PAIRS = ((CALLER_STARTS, OWNER_STARTS), (OWNER_STARTS, CALLER_STARTS))
APART, TOGETHER, ONE = range(3)
MOST_STATES = 20_000


@record
class Dimension:
    """With `closed` every beginning of an owned value counts, as a listing's prefix does."""

    own: Pattern
    closed: bool = False
    matching: tuple[Pattern, ...] = ()
    avoiding: tuple[Pattern, ...] = ()

    def bound(self, caller: str, owner: str) -> Dimension:
        """The same for two concrete tenants."""
        return Dimension(
            self.own.bound(caller, owner),
            self.closed,
            tuple(each.bound(caller, owner) for each in self.matching),
            tuple(each.bound(caller, owner) for each in self.avoiding),
        )

    def asked_by(self, caller: str) -> Dimension:
        """The same for one concrete caller and whatever owner."""
        return Dimension(
            self.own.asked_by(caller),
            self.closed,
            tuple(each.asked_by(caller) for each in self.matching),
            tuple(each.asked_by(caller) for each in self.avoiding),
        )


@record
class Answer:
    """Of an OPEN one: a value, and what it says of the two ids, where it does."""

    outcome: Outcome
    value: str = ""
    caller: str | None = None
    owner: str | None = None


@mutable
class Work:
    """How many states were looked at, against a limit."""

    states: int = 0
    most: int = 400_000


def decide(dimension: Dimension, language: IdLanguage, work: Work) -> Answer:
    """The answer for all pairs of ids of the language."""
    dimension, head = _without_common_head(dimension)
    if _clash(dimension):
        return Answer("EMPTY")
    unmet = unmet_holes((dimension.own, *dimension.matching, *dimension.avoiding), language)
    own = Reader(dimension.own, language, closed=dimension.closed, without=unmet)
    matching = [Reader(each, language) for each in dimension.matching]
    aligned = [_can_prove_same(each, language) for each in dimension.matching]
    avoiding = [Reader(each, language) for each in dimension.avoiding if not each.varies]
    count = len(matching)
    start = (0, (0,) * count, (APART,) * count, tuple(frozenset((0,)) for _ in avoiding))
    seen = {start}
    order = [start]
    # For each state the one before it, the character's classes and the labels.
    came: list[tuple[int, int, tuple[int, ...]]] = [(-1, 0, ())]
    same = False
    at = 0
    while at < len(order):
        here, states, flags, others = order[at]
        own_moves, own_ends = own.moves(here)
        found = [reader.moves(state) for reader, state in zip(matching, states, strict=True)]
        if (
            own_ends
            and all(ends for _, ends in found)
            and not any(reader.moves(state)[1] for reader, many in zip(avoiding, others, strict=True) for state in many)
        ):
            unfinished = dimension.closed and own.inside_extensible_id(here)
            if any(flag == ONE or (flag == TOGETHER and not unfinished) for flag in flags):
                same = True
            else:
                return _witness(order, came, at, head, dimension, own, language)
        for own_mask, own_label, own_next in own_moves:
            waiting: list[tuple[int, tuple[int, ...], tuple[int, ...]]] = [(own_mask, (), ())]
            for moves, _ in found:
                waiting = [
                    (mask & more, (*nexts, following), (*labels, label))
                    for mask, nexts, labels in waiting
                    for more, label, following in moves
                    if mask & more
                ]
            for mask, nexts, labels in waiting:
                marks = tuple(
                    _flag(flag, label, own_label, able)
                    for flag, label, able in zip(flags, labels, aligned, strict=True)
                )
                for part, rest in _split(mask, avoiding, others):
                    state = (own_next, nexts, marks, rest)
                    if state not in seen:
                        seen.add(state)
                        order.append(state)
                        came.append((at, part, (own_label, *labels)))
        work.states += 1
        if len(order) > MOST_STATES or work.states > work.most:
            return Answer("LIMIT")
        at += 1
    return Answer("SAME" if same else "EMPTY")


def _flag(flag: int, label: int, own_label: int, able: bool) -> int:
    """Whether the two ids being read are over the same characters so far."""
    if flag == ONE or not able:
        return flag
    if flag == TOGETHER:
        mine, owners = label in _GOES_ON, own_label in _GOES_ON
        if mine and owners:
            return TOGETHER
        if not mine and not owners:
            return ONE
        return TOGETHER if (label, own_label) in _PAIRS else APART
    return TOGETHER if (label, own_label) in _PAIRS else APART


def _can_prove_same(pattern: Pattern, language: IdLanguage) -> bool:
    """Where case is ignored two ids over the same characters may differ, unless ids have one case only."""
    return not pattern.fold or not language.alphabet.fold_apart(language.used)


def _split(
    mask: int, avoiding: list[Reader], others: tuple[frozenset[int], ...]
) -> list[tuple[int, tuple[frozenset[int], ...]]]:
    """The classes of `mask` that lead every pattern to be avoided to one set of states."""
    if not avoiding:
        return [(mask, ())]
    edges = [
        [(classes & mask, following) for state in many for classes, _, following in reader.moves(state)[0]]
        for reader, many in zip(avoiding, others, strict=True)
    ]
    masks = [classes for several in edges for classes, _ in several if classes]
    parts = partition([mask, *masks])
    return [
        (
            part,
            tuple(
                frozenset(following for classes, following in several if classes & (part & -part)) for several in edges
            ),
        )
        for part in parts
    ]


def _without_common_head(dimension: Dimension) -> tuple[Dimension, str]:
    """Without the literals that the owner's and all patterns begin with, and those literals."""
    if dimension.closed or any(each.fold for each in (*dimension.matching, *dimension.avoiding)):
        return dimension, ""
    own = dimension.own.tokens
    matching = [each.tokens for each in dimension.matching]
    length = 0
    while length < len(own) and isinstance(own[length], str):
        if all(len(each) > length and each[length] == own[length] for each in matching):
            length += 1
        else:
            break
    if not length:
        return dimension, ""
    avoiding: list[Pattern] = []
    for each in dimension.avoiding:
        tokens = each.tokens
        shared = 0
        while shared < length and shared < len(tokens) and tokens[shared] == own[shared]:
            shared += 1
        if shared == length:
            avoiding.append(each.without_head(length))
        elif shared == len(tokens) or isinstance(tokens[shared], str):
            # It ends, or differs, inside the head: it can match nothing here.
            continue
        else:
            return dimension, ""
    head = "".join(token for token in own[:length] if isinstance(token, str))
    return (
        Dimension(
            dimension.own.without_head(length),
            False,
            tuple(each.without_head(length) for each in dimension.matching),
            tuple(avoiding),
        ),
        head,
    )


def _clash(dimension: Dimension) -> bool:
    """Whether the first characters already differ, so that no automaton has to be built."""
    own = dimension.own.tokens
    if dimension.closed:
        return False
    first = own[0] if own else None
    for each in dimension.matching:
        if each.fold or each.jumps:
            continue
        theirs = each.tokens[0] if each.tokens else None
        if isinstance(first, str) and isinstance(theirs, str) and first != theirs:
            return True
    return False


def _witness(  # noqa: PLR0913  # the search as it stands
    order: list[tuple[int, tuple[int, ...], tuple[int, ...], tuple[frozenset[int], ...]]],
    came: list[tuple[int, int, tuple[int, ...]]],
    at: int,
    head: str,
    dimension: Dimension,
    own: Reader,
    language: IdLanguage,
) -> Answer:
    """Reads a value and the ids in it off the way to an accepting state."""
    last = order[at][0]
    way: list[tuple[int, tuple[int, ...]]] = []
    while at > 0:
        before, mask, labels = came[at]
        way.append((mask, labels))
        at = before
    way.reverse()
    alphabet = language.alphabet
    text = "".join(alphabet.pick(mask, index) for index, (mask, _) in enumerate(way))
    caller = owner = None
    width = len(way[0][1]) if way else 0
    for column in range(width):
        spelled = [labels[column] for _, labels in way]
        caller = caller or _read(text, spelled, CALLER_STARTS, CALLER_GOES_ON)
        owner = owner or _read(text, spelled, OWNER_STARTS, OWNER_GOES_ON)
    if dimension.closed and (owner is None or own.inside_extensible_id(last)):
        owner = _finished(owner or "", language)
    return Answer("OPEN", head + text, caller, owner)


def _read(text: str, labels: list[int], starts: int, goes_on: int) -> str | None:
    word = ""
    for character, label in zip(text, labels, strict=True):
        if label == starts:
            if word:
                break
            word = character
        elif label == goes_on and word:
            word += character
        elif word:
            break
    return word or None


def _finished(beginning: str, language: IdLanguage) -> str | None:
    """An id that begins so."""
    state = 0
    for character in beginning:
        bit = language.alphabet.of(character)
        following = next((target for mask, target in language.moves[state] if mask & bit), None)
        if following is None:
            return None
        state = following
    word = beginning
    while not language.accepting[state] or word == beginning:
        if not language.moves[state] or len(word) > 300:  # noqa: PLR2004  # longer than any id
            return word if language.accepting[state] else None
        mask, state = language.moves[state][0]
        word += language.alphabet.pick(mask, len(word) * 7 + 3)
    return word


def varies(dimension: Dimension) -> bool:
    """Whether tenants matter to the dimension at all."""
    return any(
        isinstance(token, Tenant)
        for pattern in (dimension.own, *dimension.matching, *dimension.avoiding)
        for token in pattern.tokens
    )


__all__ = ["NONE", "Answer", "Dimension", "Work", "decide", "varies"]
