"""Conditions as logic over the choices they rest on, and whether some assignment makes several of them so.

A named condition is one literal. Whether literals can be true together is first asked of a few hundred random
assignments at once, one bit each, which answers nearly every question; only where none of them is a witness is it
searched for, by unit propagation and branching, with a bound on the work.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from itertools import pairwise

from scanner.model.world import Bound, Key, TooHardError, Variable

FALSE, TRUE = 0, 1
"""Literals: twice the number of a node, and one more where it is negated; node 0 is never true."""
_SAMPLES = 512
_MOST_GATES = 100_000
_MOST_WORK = 60_000
"""Clauses looked at for one question: about a twentieth of a second."""
_MOST_WORK_IN_ALL = 2_000_000


class ConditionLogic:
    """The conditions of a stack and of those nested in it, whose choices are the same."""

    __slots__ = (
        "_atoms",
        "_gates",
        "_hard",
        "_level",
        "_literals",
        "_numbers",
        "_random",
        "_said",
        "_same",
        "_samples",
        "_variables",
        "_vectors",
        "_work",
    )

    def __init__(self) -> None:
        self._gates: list[tuple[int, ...]] = [()]  # the literals of which a node is the conjunction; none for atoms
        self._vectors: list[int] = [0]
        self._numbers: dict[object, int] = {}
        self._atoms: dict[Key, dict[str, int]] = {}  # nodes by variable and literal
        self._samples: dict[Key, list[str]] = {}
        self._variables: dict[Key, Variable] = {}
        self._same: dict[int, tuple[Key, Key]] = {}  # the two that each such node compares
        self._level = True  # whether those that are compared with each other have the same literals
        self._literals: dict[Key, int] = {}
        self._random = random.Random(20)  # noqa: S311  # witnesses are checked, not trusted, and must be the same again
        self._said: dict[frozenset[int], bool] = {}
        self._hard: set[frozenset[int]] = set()
        self._work = 0

    def equals(self, variable: Variable, literal: str) -> int:
        """The literal that says that the variable has this value."""
        if variable.values is not None and literal not in variable.values:
            return FALSE
        known = self._atoms.setdefault(variable.key, {})
        node = known.get(literal)
        if node is None:
            self._level = False
            node = known[literal] = self._node((), _bits(value == literal for value in self._sample(variable)))
        return node * 2

    def same(self, left: Variable, right: Variable) -> int:
        """The literal that says that two variables have one value."""
        if left.key == right.key:
            return TRUE
        one, two = sorted((left.key, right.key))
        if (number := self._numbers.get((one, two))) is None:
            pairs = zip(self._sample(left), self._sample(right), strict=True)
            number = self._numbers[one, two] = self._node((), _bits(a == b for a, b in pairs))
            self._same[number] = (one, two)
            self._level = False
        return number * 2

    def _sample(self, variable: Variable) -> list[str]:
        sample = self._samples.get(variable.key)
        if sample is None:
            self._variables[variable.key] = variable
            domain = variable.values or (*variable.tested, *_NONE_TESTED)
            sample = self._samples[variable.key] = self._random.choices(domain, k=_SAMPLES)
        return sample

    def free(self, atom: Key) -> int:
        """The literal of a comparison that nothing else decides."""
        if (number := self._numbers.get(atom)) is None:
            number = self._numbers[atom] = self._node((), self._random.getrandbits(_SAMPLES))
            self._literals[atom] = number * 2
        return number * 2

    def every(self, literals: Iterable[int]) -> int:
        """The conjunction."""
        inputs = sorted({each for each in literals if each != TRUE})
        if FALSE in inputs or any(one ^ 1 == two for one, two in pairwise(inputs)):
            return FALSE
        if len(inputs) < 2:  # noqa: PLR2004  # nothing to join
            return inputs[0] if inputs else TRUE
        key = tuple(inputs)
        if (number := self._numbers.get(key)) is None:
            vector = _ALL
            for each in key:
                vector &= self._vector(each)
            number = self._numbers[key] = self._node(key, vector)
        return number * 2

    def name(self, key: Key, literal: int) -> None:
        """That the bound of this key in a world is a bound of the literal."""
        self._literals[key] = literal

    def possible(self, bounds: Mapping[Key, Bound]) -> bool:
        """Whether some assignment of the choices is within all bounds. Raises TooHardError."""
        told: set[int] = set()
        for key, bound in bounds.items():
            if (literal := self._literals.get(key)) is not None:
                told.add(literal if bound.equals == "true" else literal ^ 1)
            elif (atoms := self._atoms.get(key)) is not None:
                if bound.equals is not None:
                    told.update(node * 2 + (value != bound.equals) for value, node in atoms.items())
                else:
                    told.update(atoms[value] * 2 + 1 for value in bound.excluded & atoms.keys())
        return self.together(told)

    def together(self, literals: Iterable[int]) -> bool:
        """Whether they can all be true. Raises TooHardError."""
        wanted = frozenset(each for each in literals if each != TRUE)
        if FALSE in wanted:
            return False
        vector = _ALL
        for each in wanted:
            vector &= self._vector(each)
        if vector:
            return True
        known = self._said.get(wanted)
        if known is None:
            if wanted in self._hard or self._work > _MOST_WORK_IN_ALL:
                raise TooHardError
            self._make_level()
            search = _Search(self._clauses(wanted), self._same)
            try:
                known = self._said[wanted] = search.solvable(wanted)
            except TooHardError:
                self._hard.add(wanted)
                raise
            finally:
                self._work += search.work
        return known

    def _node(self, inputs: tuple[int, ...], vector: int) -> int:
        if len(self._gates) >= _MOST_GATES:
            raise TooHardError
        self._gates.append(inputs)
        self._vectors.append(vector)
        return len(self._gates) - 1

    def _vector(self, literal: int) -> int:
        vector = self._vectors[literal >> 1]
        return vector ^ _ALL if literal & 1 else vector

    def _clauses(self, wanted: Iterable[int]) -> list[tuple[int, ...]]:
        """What ties the nodes below these literals to each other, and what a variable may be."""
        clauses: list[tuple[int, ...]] = []
        waiting = [each >> 1 for each in wanted]
        seen: set[int] = set()
        while waiting:
            node = waiting.pop()
            if node in seen:
                continue
            seen.add(node)
            if inputs := self._gates[node]:
                clauses.extend((node * 2 + 1, each) for each in inputs)
                clauses.append((node * 2, *(each ^ 1 for each in inputs)))
                waiting.extend(each >> 1 for each in inputs)
        keys = {key for node in seen for key in self._same.get(node, ())}
        for key, atoms in self._atoms.items():
            mine = list(atoms.values()) if key in keys else [node for node in atoms.values() if node in seen]
            clauses.extend((one * 2 + 1, two * 2 + 1) for at, one in enumerate(mine) for two in mine[at + 1 :])
            values = self._variables[key].values
            if values is not None and mine and len(mine) == len(set(values)):
                clauses.append(tuple(node * 2 for node in mine))
        for node in seen & self._same.keys():
            one, two = (self._variables[key] for key in self._same[node])
            for value in {*self._atoms.get(one.key, ()), *self._atoms.get(two.key, ())}:
                left, right = self.equals(one, value), self.equals(two, value)
                clauses += [(node * 2 + 1, left ^ 1, right), (node * 2 + 1, left, right ^ 1)]
                clauses.append((node * 2, left ^ 1, right ^ 1))
        clauses.append((TRUE,))
        return clauses

    def _make_level(self) -> None:
        """Gives variables that are compared with each other, also by way of others, a node for each literal of any."""
        if self._level:
            return
        groups = _Groups()
        for one, two in self._same.values():
            groups.join(one, two)
        literals: dict[object, set[str]] = {}
        members = dict.fromkeys(key for pair in self._same.values() for key in pair)
        for key in members:
            told = literals.setdefault(groups.of(key), set())
            told.update(self._atoms.get(key, ()))
            told.update(self._variables[key].values or ())
        for key in members:
            for value in sorted(literals[groups.of(key)]):
                self.equals(self._variables[key], value)
        self._level = True


class _Groups:
    """Which things are one."""

    def __init__(self) -> None:
        self._above: dict[object, object] = {}

    def of(self, each: object) -> object:
        while (above := self._above.get(each, each)) != each:
            each = above
        return each

    def join(self, one: object, two: object) -> None:
        self._above[self.of(one)] = self.of(two)


class _Search:
    """Unit propagation and branching over clauses; `work` counts the clauses looked at."""

    def __init__(self, clauses: list[tuple[int, ...]], same: Mapping[int, tuple[Key, Key]]) -> None:
        self.work = 0
        self._clauses: list[tuple[int, ...]] = []
        self._where: dict[int, list[tuple[int, ...]]] = {}
        self._same = same
        for clause in clauses:
            self._add(clause)

    def _add(self, clause: tuple[int, ...]) -> None:
        self._clauses.append(clause)
        for literal in clause:
            self._where.setdefault(literal, []).append(clause)

    def solvable(self, wanted: Iterable[int]) -> bool:
        """Raises TooHardError."""
        true: set[int] = set()
        if not self._propagate(true, [TRUE, *wanted]):
            return False
        # Each entry is what was true before a branch, and the literal still to be tried there.
        waiting: list[tuple[set[int], int]] = []
        while True:
            literal = self._open(true)
            if literal is None:
                broken = self._broken(true)
                if broken is None:
                    return True
                self._add(broken)
            else:
                waiting.append((set(true), literal ^ 1))
                if self._propagate(true, [literal]):
                    continue
            while True:
                if not waiting:
                    return False
                true, literal = waiting.pop()
                if self._propagate(true, [literal]):
                    break

    def _propagate(self, true: set[int], units: list[int]) -> bool:
        while units:
            literal = units.pop()
            if literal in true:
                continue
            if literal ^ 1 in true:
                return False
            true.add(literal)
            for clause in self._where.get(literal ^ 1, ()):
                self.work += 1
                left = None
                for each in clause:
                    if each in true:
                        break
                    if each ^ 1 not in true:
                        if left is not None:
                            break
                        left = each
                else:
                    if left is None:
                        return False
                    units.append(left)
            if self.work > _MOST_WORK:
                raise TooHardError
        return True

    def _broken(self, true: set[int]) -> tuple[int, ...] | None:
        """What cannot all be so: two variables that are one by way of others, and are said to differ."""
        groups = _Groups()
        joined = [node for node in self._same if node * 2 in true]
        for node in joined:
            groups.join(*self._same[node])
        for node, (one, two) in self._same.items():
            if node * 2 + 1 in true and groups.of(one) == groups.of(two):
                return (
                    node * 2,
                    *(each * 2 + 1 for each in joined if groups.of(self._same[each][0]) == groups.of(one)),
                )
        return None

    def _open(self, true: set[int]) -> int | None:
        """A literal of the first clause that is not yet true."""
        for clause in self._clauses:
            self.work += 1
            if not any(each in true for each in clause):
                return next(each for each in clause if each ^ 1 not in true)
        return None


_ALL = (1 << _SAMPLES) - 1
_NONE_TESTED = ("\0", "\0\0")


def _bits(answers: Iterable[bool]) -> int:
    return sum(1 << place for place, answer in enumerate(answers) if answer)
