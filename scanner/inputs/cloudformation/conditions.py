"""Conditions of a template, decided only when a verdict touches them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from scanner.inputs.cloudformation.environment import PSEUDO
from scanner.inputs.cloudformation.parameters import scalar
from scanner.model.deferred import settle_all
from scanner.model.partial_text import Text
from scanner.model.resource import same_value
from scanner.model.unknown import Unknown, first_unknown
from scanner.model.world import Undecided, Variable, World

if TYPE_CHECKING:
    from scanner.inputs.cloudformation.stack import Stack

_FUNCTIONS = ("Condition", "Fn::And", "Fn::Or", "Fn::Not", "Fn::Equals")


class Conditions:
    """The Conditions section of one stack."""

    __slots__ = ("_open", "_settled", "_stack")

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._open: list[str] = []
        self._settled: dict[str, tuple[bool, tuple[str, ...]]] = {}

    def holds(self, name: str, world: World) -> bool:
        """Whether the named condition is true in this world. Raises Undecided."""
        if (settled := self._settled.get(name)) is not None:
            for note in settled[1]:
                world.assume(note)
            return settled[0]
        if name not in self._stack.raw_conditions:
            return self._guess(name, self._stack.missing(name, f"condition `{name}` is not declared"), world)
        if name in self._open:
            circle = " -> ".join(f"`{each}`" for each in [*self._open[self._open.index(name) :], name])
            return self._guess(name, Unknown("invalid-template", f"conditions rest on each other: {circle}"), world)
        touches = world.touches
        before = dict(world.assumptions)
        world.assumptions.clear()
        world.depth += 1
        self._open.append(name)
        try:
            value = self._truth(self._stack.raw_conditions[name], world)
        finally:
            self._open.pop()
            world.depth -= 1
            notes = tuple(world.assumptions)
            world.assumptions = {**before, **world.assumptions}
        if world.touches > touches:
            world.label(name, value)
        else:
            self._settled[name] = (value, notes)
        return value

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
                probe = World()
                if self._truth(operand, probe) is not wanted:
                    world.assumptions.update(probe.assumptions)
                    return False
                world.assumptions.update(probe.assumptions)
            except Undecided:
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
        atom = _canonical(sorted([_canonical(left), _canonical(right)]))
        return world.holds(("equals", self._stack.address, atom), unknown, choice=unknown.cause == "parameter")

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
