"""Conditions of a template, decided only when a verdict touches them.

One that rests on choices alone is decided as a whole: two worlds, however many parameters it compares, and
`ConditionLogic` says which of them can be beside what is decided already. One that also rests on what is not the
owner's to choose, or on what another condition decides, is decided comparison by comparison.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import pairwise

from scanner.base.error import TenantproofError
from scanner.inputs.cloudformation.condition_logic import FALSE, TRUE, ConditionLogic
from scanner.inputs.cloudformation.environment import PSEUDO
from scanner.inputs.cloudformation.parameters import scalar
from scanner.inputs.cloudformation.stack_view import StackView
from scanner.model.deferred import settle_all
from scanner.model.partial_text import Text
from scanner.model.resource import same_value
from scanner.model.unknown import Unknown, first_unknown
from scanner.model.world import Probe, TooHardError, UndecidedError, Variable, World

_FUNCTIONS = ("Condition", "Fn::And", "Fn::Or", "Fn::Not", "Fn::Equals")


class _MixedError(TenantproofError):
    """A condition is no matter of choices alone."""


Reading = tuple[int, tuple[str, ...]]
"""A literal, and the assumptions that it was read under."""


class Conditions:
    """The Conditions section of one stack."""

    __slots__ = ("_always_open", "_circles", "_deciding", "_logic", "_read", "_settled", "_stack")

    def __init__(self, stack: StackView) -> None:
        self._stack = stack
        self._settled: dict[str, tuple[bool, tuple[str, ...]]] = {}
        self._always_open: set[str] = set()
        self._circles: dict[str, Unknown] = {}
        self._deciding: set[str] = set()
        self._logic: ConditionLogic | None = None
        self._read: dict[str, Reading | None] | None = None

    @property
    def logic(self) -> ConditionLogic:
        """That of the outermost stack, for parameters and pseudo parameters may be handed down as they are."""
        if self._logic is None:
            around = self._stack.around
            self._logic = ConditionLogic() if around is None else around[0].conditions.logic
        return self._logic

    def holds(self, name: str, world: World) -> bool:
        """Whether the named condition is true in this world. Raises UndecidedError."""
        if (settled := self._settled.get(name)) is not None and world.refused.isdisjoint(settled[1]):
            for note in settled[1]:
                world.assume(note)
            return settled[0]
        if name not in self._stack.raw_conditions:
            return self._guess(name, self._stack.missing(name, f"condition `{name}` is not declared"), world)
        if self._read is None:
            self._read = {}
            self._read_all()
            return self.holds(name, world)
        if (read := self._read.get(name)) is not None and world.refused.isdisjoint(read[1]):
            return self._decided(name, read, world)
        return self._mixed(name, world)

    def _decided(self, name: str, read: Reading, world: World) -> bool:
        for note in read[1]:
            world.assume(note)
        value = world.decides(("when", self._stack.address, name), self.logic)
        world.label(name, value)
        return value

    def _mixed(self, name: str, world: World) -> bool:
        if (circle := self._circles.get(name)) is not None:
            return self._guess(name, circle, world)
        probing = type(world) is Probe
        if probing and name in self._always_open:
            raise TooHardError(name)
        key = ((self._stack.address, name), world.depth > 0, False)
        if (kept := world.kept.get(key)) is not None:
            for note in kept[2]:
                world.assume(note)
            world.touches += kept[3]
            return bool(kept[1])
        if name in self._deciding:
            # By way of an import, an attribute or a nested stack; what stands in conditions alone is in `_circles`.
            return self._guess(name, Unknown("invalid-template", f"condition `{name}` rests on itself"), world)
        touches = world.touches
        before = dict(world.assumptions)
        world.assumptions.clear()
        world.depth += 1
        coarse, world.coarse = world.coarse, False
        self._deciding.add(name)
        try:
            value = world.narrowly(lambda: self._truth(self._stack.raw_conditions[name], world))
        except UndecidedError:
            if probing:
                self._always_open.add(name)
            raise
        finally:
            self._deciding.discard(name)
            world.depth -= 1
            world.coarse = coarse
            notes = tuple(world.assumptions)
            world.assumptions = {**before, **world.assumptions}
        world.kept[key] = (None, value, notes, world.touches - touches)
        if world.touches > touches:
            world.label(name, value)
        elif not world.refused:
            self._settled[name] = (value, notes)
        return value

    def _read_all(self) -> None:
        """Every condition as a literal where it is one, those first that others rest on."""
        raw = self._stack.raw_conditions
        read: dict[str, Reading | None] = {}
        entangled = {name for pair in _compared(raw) if not all(map(self._is_choice, pair)) for name in pair}
        self._circles = dict(_circles({name: [each for each in _named(raw[name]) if each in raw] for name in raw}))
        begun: set[str] = set()
        waiting = [(name, False) for name in reversed([*raw])]
        while waiting:
            name, ready = waiting.pop()
            if name in read:
                continue
            if not ready and name not in begun:
                begun.add(name)
                waiting.append((name, True))
                waiting.extend((below, False) for below in _named(raw[name]) if below in raw and below not in begun)
                continue
            try:
                literal, notes = self._literal(raw[name], read, entangled)
                read[name] = self._settle(name, literal, notes)
            except (_MixedError, UndecidedError, RecursionError):
                read[name] = None
        self._read = read

    def _is_choice(self, name: str) -> bool:
        """Whether nothing but the owner decides the value."""
        parameter = self._stack.parameters.get(name)
        return name in PSEUDO if parameter is None else parameter.variable is None or parameter.variable.choice

    def _settle(self, name: str, literal: int, notes: tuple[str, ...]) -> Reading:
        try:
            if not self.logic.together([literal ^ 1]):
                literal = TRUE
            elif not self.logic.together([literal]):
                literal = FALSE
        except TooHardError:
            pass  # Whoever asks for it will hear so.
        if literal in (TRUE, FALSE):
            self._settled[name] = (literal == TRUE, notes)
        else:
            self.logic.name(("when", self._stack.address, name), literal)
        return literal, notes

    def _literal(self, node: object, read: dict[str, Reading | None], entangled: set[str]) -> Reading:
        """Raises _MixedError."""
        if isinstance(node, dict) and len(node) == 1:
            ((function, argument),) = node.items()
            if function == "Condition" and isinstance(argument, str):
                if (found := read.get(argument)) is None:
                    raise _MixedError
                return found
            if function == "Fn::Not" and isinstance(argument, list) and len(argument) == 1:
                literal, notes = self._literal(argument[0], read, entangled)
                return literal ^ 1, notes
            if function in ("Fn::And", "Fn::Or") and isinstance(argument, list):
                negated = function == "Fn::Or"
                told: dict[str, None] = {}
                literals = []
                for operand in argument:
                    literal, notes = self._literal(operand, read, entangled)
                    told.update(dict.fromkeys(notes))
                    if literal ^ negated == FALSE:
                        return literal, tuple(told)
                    literals.append(literal ^ negated)
                return self.logic.every(literals) ^ negated, tuple(told)
            if function == "Fn::Equals" and isinstance(argument, list) and len(argument) == 2:  # noqa: PLR2004  # two operands
                return self._equality(argument[0], argument[1], entangled)
        if isinstance(node, bool | str) and scalar(node).lower() in ("true", "false"):
            return (TRUE if scalar(node).lower() == "true" else FALSE), ()
        raise _MixedError

    def _equality(self, left: object, right: object, entangled: set[str]) -> Reading:
        """Raises _MixedError, and UndecidedError where another choice stands in one of the operands."""
        probe = Probe()
        one, two = self._operand(left, probe), self._operand(right, probe)
        notes = tuple(probe.assumptions)
        if isinstance(two, Variable):
            one, two = two, one
        if isinstance(one, Variable):
            if not one.choice or one.name in entangled:
                raise _MixedError
            if isinstance(two, Variable) and two.choice and two.name not in entangled:
                return self.logic.same(one, two), notes
            if not isinstance(two, str):
                raise _MixedError
            return self.logic.equals(one, two), notes
        same = same_value(one, two)
        if same is not None:
            return (TRUE if same else FALSE), notes
        unknown = first_unknown([one, two])
        if unknown is None or unknown.cause != "parameter":
            raise _MixedError
        return self.logic.free(self._atom(left, right)), notes

    def _truth(self, node: object, world: World) -> bool:
        if isinstance(node, dict) and len(node) == 1:
            ((function, argument),) = node.items()
            if function == "Condition" and isinstance(argument, str):
                return self.holds(argument, world)
            if function == "Fn::Not" and isinstance(argument, list) and len(argument) == 1:
                return not self._truth(argument[0], world)
            if function == "Fn::And" and isinstance(argument, list):
                return self._all(argument, world, wanted=True)
            if function == "Fn::Or" and isinstance(argument, list):
                return not self._all(argument, world, wanted=False)
            if function == "Fn::Equals" and isinstance(argument, list) and len(argument) == 2:  # noqa: PLR2004  # two operands
                return self._equal(argument[0], argument[1], world)
        if isinstance(node, bool | str) and scalar(node).lower() in ("true", "false"):
            return scalar(node).lower() == "true"
        detail = "a condition is not one of " + ", ".join(f"`{name}`" for name in _FUNCTIONS)
        return self._guess(_canonical(node), Unknown("invalid-template", detail), world)

    def _all(self, operands: list[object], world: World, *, wanted: bool) -> bool:
        """Whether every operand is `wanted`; an operand that settles it without any choice is asked first."""
        open_operands = []
        for operand in operands:
            try:
                probe = Probe()
                if self._truth(operand, probe) is not wanted:
                    world.assumptions.update(probe.assumptions)
                    return False
                world.assumptions.update(probe.assumptions)
            except UndecidedError:
                open_operands.append(operand)
        return all(self._truth(operand, world) is wanted for operand in open_operands)

    def _equal(self, left: object, right: object, world: World) -> bool:
        one, two = self._operand(left, world), self._operand(right, world)
        if isinstance(one, Variable) and isinstance(two, Variable):
            return world.are_equal(one, two)
        if isinstance(two, Variable):
            one, two = two, one
        if isinstance(one, Variable):
            if isinstance(two, str):
                return world.is_equal(one, two)
            value = world.value(one)
            one = one.unknown if value is None else value
        same = same_value(one, two)
        if same is not None:
            return same
        unknown = first_unknown([one, two])
        assert unknown is not None  # noqa: S101  # only unknowns leave an equality open
        return world.holds(self._atom(left, right), unknown, choice=unknown.cause == "parameter")

    def _atom(self, left: object, right: object) -> tuple[str, ...]:
        return ("equals", self._stack.address, _canonical(sorted([_canonical(left), _canonical(right)])))

    def _operand(self, node: object, world: World) -> object:
        """A string, a Text, a list, an Unknown, or the Variable that decides it."""
        stack = self._stack
        if isinstance(node, dict) and len(node) == 1 and isinstance(name := node.get("Ref"), str):
            parameter = stack.parameters.get(name)
            if parameter is not None and parameter.variable is not None:
                return parameter.variable
            if parameter is None and name in PSEUDO:
                variable = stack.environment.variable(name, stack.tested)
                if variable is not None:
                    return variable
        value = settle_all(stack.resolver.resolve(node), world)
        if isinstance(value, Unknown) and value.symbol and value.cause in ("import", "dynamic-reference"):
            return Variable(value.symbol, value.detail, value, choice=False)
        return value if isinstance(value, str | Text | Unknown | list | dict) else scalar(value)

    def _guess(self, atom: str, unknown: Unknown, world: World) -> bool:
        return world.holds(("condition", self._stack.address, atom), unknown, choice=False)


def _canonical(node: object) -> str:
    return json.dumps(node, sort_keys=True, default=str)


def _named(node: object) -> Iterator[str]:
    """The conditions that a condition names."""
    if isinstance(node, dict):
        for key, child in node.items():
            if key == "Condition" and isinstance(child, str):
                yield child
                continue
            if key == "Fn::If" and isinstance(child, list) and child and isinstance(child[0], str):
                yield child[0]
            yield from _named(child)
    elif isinstance(node, list):
        for child in node:
            yield from _named(child)


def _circles(below: dict[str, list[str]]) -> Iterator[tuple[str, Unknown]]:
    """Those that rest on themselves, by way of others or not."""
    left = {name: set(each) for name, each in below.items()}
    above: dict[str, list[str]] = {name: [] for name in below}
    for name, several in left.items():
        for each in several:
            above[each].append(name)
    ready = [name for name, several in left.items() if not several]
    while ready:
        done = ready.pop()
        del left[done]
        for name in above[done]:
            left[name].discard(done)
            if not left[name]:
                ready.append(name)
    for name in left:
        came: dict[str, str] = {}
        waiting = [name]
        while waiting and name not in came:
            each = waiting.pop(0)
            for further in below[each]:
                if further in left and further not in came:
                    came[further] = each
                    waiting.append(further)
        if name in came:
            steps = [name]
            while len(steps) == 1 or steps[-1] != name:
                steps.append(came[steps[-1]])
            circle = " -> ".join(f"`{each}`" for each in reversed(steps))
            yield name, Unknown("invalid-template", f"conditions rest on each other: {circle}")


def _compared(node: object) -> Iterator[tuple[str, str]]:
    """Names that are compared with each other: what is said of one of them is said of the other."""
    if isinstance(node, dict):
        operands = node.get("Fn::Equals")
        if isinstance(operands, list) and all(isinstance(each, dict) and "Ref" in each for each in operands):
            names = [str(each["Ref"]) for each in operands]
            yield from pairwise(names)
        for child in node.values():
            yield from _compared(child)
    elif isinstance(node, list):
        for child in node:
            yield from _compared(child)
