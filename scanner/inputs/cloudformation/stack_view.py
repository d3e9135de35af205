"""What conditions and intrinsic functions ask of the stack that they stand in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from scanner.inputs.cloudformation.condition_logic import ConditionLogic
from scanner.inputs.cloudformation.environment import Environment
from scanner.inputs.cloudformation.output_names import OutputName, WrittenExport
from scanner.inputs.cloudformation.parameters import Parameter
from scanner.model.partial_text import Text
from scanner.model.unknown import Unknown
from scanner.model.world import World


class ResolverView(Protocol):
    """Gives a template's data with its intrinsic functions to be settled in a world."""

    def resolve(self, node: object) -> object:
        """What the node resolves to; what a world must decide is deferred."""


class ConditionsView(Protocol):
    """The Conditions section of a stack."""

    @property
    def logic(self) -> ConditionLogic:
        """How conditions of the outermost stack bear on each other."""

    def holds(self, name: str, world: World) -> bool:
        """Whether the named condition is true. Raises UndecidedError."""


class StackView(Protocol):
    """A stack as its own conditions and functions see it: `Stack` says what each part is."""

    @property
    def address(self) -> str:
        """What the addresses of its resources begin with."""

    @property
    def environment(self) -> Environment:
        """The values of pseudo parameters."""

    @property
    def parameters(self) -> Mapping[str, Parameter]:
        """By name."""

    @property
    def mappings(self) -> Mapping[str, object]:
        """The Mappings section as it is written."""

    @property
    def raw_conditions(self) -> Mapping[str, object]:
        """The Conditions section as it is written."""

    @property
    def tested(self) -> Mapping[str, tuple[str, ...]]:
        """The texts that conditions compare a pseudo parameter with."""

    @property
    def around(self) -> tuple[StackView, str] | None:
        """The stack that this one is nested in, and its logical id there."""

    @property
    def resolver(self) -> ResolverView:
        """For what conditions compare."""

    @property
    def conditions(self) -> ConditionsView:
        """For `Fn::If`."""

    def read(self, name: str, world: World) -> object:
        """What `Ref` gives. Raises UndecidedError."""

    def attribute(self, logical_id: str, attribute: str, world: World) -> object:
        """What `Fn::GetAtt` gives. Raises UndecidedError."""

    def imported(self, name: str | Text | OutputName | WrittenExport, world: World) -> object:
        """What another stack gives under the name. Raises UndecidedError."""

    def missing(self, name: str, detail: str) -> Unknown:
        """Why a name that the template does not declare is not known."""
