"""The language of tenant ids as a deterministic automaton over an alphabet."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.base.error import TenantproofError
from scanner.base.record import record
from scanner.prover.solver.alphabet import Alphabet
from scanner.tenancy.identifiers import TenantIds
from scanner.tenancy.pattern import Chain, Chars, Choice, Node, Repeat

# Repeats with more room than this are first proved without their limit: it makes automata small, and loses only
# proofs that rest on the length of ids, which are then tried as written.
_ROOM = 3
_MOST_STATES = 4_000

# "Tag naming limits and requirements" (AWS Tagging User Guide).
TAG_ALPHABET = Chars(((43, 43), (45, 47), (58, 58), (61, 61), (64, 64), (95, 95)), "LZN")


class TooLargeError(TenantproofError):
    """The automaton of the ids has too many states."""


@record
class IdForm:
    """What ids there are: those of the tenancy, of the tag alphabet where tags carry them, but not `without`."""

    ids: TenantIds
    tagged: bool
    without: frozenset[str] = frozenset()

    def is_id(self, text: str) -> bool:
        """Whether the text is an id of a tenant; where tags carry ids, it is a tag value too, with at most 256
        characters."""
        if self.tagged and not (len(text) <= 256 and all(map(TAG_ALPHABET.has, text))):  # noqa: PLR2004  # as AWS limits tag values
            return False
        return text not in self.without and self.ids.is_id(text)

    def sets(self) -> Iterator[Chars]:
        """The sets of characters that the automaton has to tell apart."""
        yield from _sets(self.ids.form)
        if self.tagged:
            yield TAG_ALPHABET


def _sets(node: Node) -> Iterator[Chars]:
    match node:
        case Chars():
            yield node
        case Chain(nodes) | Choice(nodes):
            for each in nodes:
                yield from _sets(each)
        case Repeat(body):
            yield from _sets(body)


class IdLanguage:
    """States are numbers, 0 is the first; `moves[state]` are `(mask, next state)` with disjoint masks.

    With `widened` bounded repeats have no upper limit, which makes the language larger: a proof for it is one for the
    ids as well. No state is a dead end.
    """

    __slots__ = ("accepting", "alphabet", "moves", "used", "widened")

    def __init__(self, form: IdForm, alphabet: Alphabet, *, widened: bool) -> None:
        self.alphabet = alphabet
        self.widened = widened
        inside = alphabet.of_chars(TAG_ALPHABET) if form.tagged else alphabet.all & ~alphabet.holes
        nfa = _Nfa(alphabet, inside, widened)
        final = nfa.build(form.ids.form, 0)
        words = sorted({*form.ids.shared_values, *form.without})
        self.moves, self.accepting = _determinized(nfa, final, words, alphabet)
        self.used = 0
        for moves in self.moves:
            for mask, _ in moves:
                self.used |= mask

    def extends(self, state: int) -> bool:
        """Whether an id may go on from here."""
        return bool(self.moves[state])

    def words(self) -> Iterator[str]:
        """Some ids, short ones first, different ones early."""
        for turn in range(8):
            state, word = 0, ""
            length = 0
            while length < 300:  # noqa: PLR2004  # longer than any id that a tag can hold
                if self.accepting[state] and length >= (1, 3, 2, 4, 1, 5, 6, 8)[turn]:
                    yield word
                    break
                if not self.moves[state]:
                    if self.accepting[state]:
                        yield word
                    break
                moves = self.moves[state]
                mask, state = moves[(turn * 7 + length) % len(moves)] if not self.accepting[state] else moves[0]
                word += self.alphabet.pick(mask, turn * 5 + length * 3 * (turn % 3))
                length += 1


class _Nfa:
    """Thompson's construction over masks."""

    def __init__(self, alphabet: Alphabet, inside: int, widened: bool) -> None:
        self.edges: list[list[tuple[int, int]]] = [[]]
        self.free: list[list[int]] = [[]]
        self._alphabet = alphabet
        self._inside = inside
        self._widened = widened

    def _state(self, *before: int) -> int:
        self.edges.append([])
        self.free.append([])
        new = len(self.edges) - 1
        if new > 4 * _MOST_STATES:
            raise TooLargeError
        for state in before:
            self.free[state].append(new)
        return new

    def build(self, node: Node, start: int) -> int:
        match node:
            case Chars():
                end = self._state()
                self.edges[start].append((self._alphabet.of_chars(node) & self._inside, end))
                return end
            case Chain(nodes):
                for each in nodes:
                    start = self.build(each, start)
                return start
            case Choice(nodes):
                return self._state(*(self.build(each, self._state(start)) for each in nodes))
            case Repeat(body, least, most):
                for _ in range(least):
                    start = self.build(body, start)
                if most is not None and self._widened and most - least > _ROOM:
                    most = None
                if most is None:
                    head = self._state(start)
                    self.free[self.build(body, head)].append(head)
                    return self._state(head)
                ends = [start]
                for _ in range(most - least):
                    start = self.build(body, start)
                    ends.append(start)
                return self._state(*ends)

    def closure(self, states: frozenset[int]) -> frozenset[int]:
        seen = set(states)
        waiting = list(states)
        while waiting:
            for target in self.free[waiting.pop()]:
                if target not in seen:
                    seen.add(target)
                    waiting.append(target)
        return frozenset(seen)


_Moves = list[list[tuple[int, int]]]


def _determinized(nfa: _Nfa, final: int, words: list[str], alphabet: Alphabet) -> tuple[_Moves, list[bool]]:
    """Subset construction, less the empty text and the given words, without dead ends."""
    letters = [tuple(alphabet.of(character) for character in word) for word in words]
    start = (nfa.closure(frozenset({0})), frozenset((index, 0) for index in range(len(words))))
    numbers = {start: 0}
    order = [start]
    moves: _Moves = []
    accepting: list[bool] = []
    for subset, tries in order:
        ends_word = any(at == len(letters[index]) for index, at in tries)
        accepting.append(final in subset and not ends_word)
        edges = [edge for state in subset for edge in nfa.edges[state]]
        masks = [mask for mask, _ in edges]
        masks += [letters[index][at] for index, at in tries if at < len(letters[index])]
        here: dict[int, int] = {}
        for part in partition(masks):
            low = part & -part
            after = nfa.closure(frozenset(target for mask, target in edges if mask & low))
            if not after:
                continue
            going = frozenset((i, at + 1) for i, at in tries if at < len(letters[i]) and letters[i][at] & low)
            following = (after, going)
            if following not in numbers:
                numbers[following] = len(order)
                order.append(following)
                if len(order) > _MOST_STATES:
                    raise TooLargeError
            here[numbers[following]] = here.get(numbers[following], 0) | part
        moves.append([(mask, target) for target, mask in here.items()])
    # The empty text is no id, whatever the pattern says; the start is only met again where the pattern loops to it.
    accepting[0] = False
    return _without_dead_ends(moves, accepting)


def _without_dead_ends(moves: _Moves, accepting: list[bool]) -> tuple[_Moves, list[bool]]:
    before: list[set[int]] = [set() for _ in moves]
    for state, edges in enumerate(moves):
        for _, target in edges:
            before[target].add(state)
    alive = {state for state, accepts in enumerate(accepting) if accepts}
    waiting = list(alive)
    while waiting:
        for state in before[waiting.pop()]:
            if state not in alive:
                alive.add(state)
                waiting.append(state)
    return [[edge for edge in edges if edge[1] in alive] for edges in moves], accepting


def partition(masks: list[int]) -> list[int]:
    """The coarsest disjoint sets of which every mask is a union."""
    parts: list[int] = []
    for mask in masks:
        left = mask
        split: list[int] = []
        for part in parts:
            both = part & left
            if both:
                split.append(both)
                if part & ~both:
                    split.append(part & ~both)
                left &= ~both
            else:
                split.append(part)
        if left:
            split.append(left)
        parts = split
    return parts
