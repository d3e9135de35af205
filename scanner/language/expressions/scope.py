"""What an expression may see besides its value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Protocol

from scanner.base.record import mutable
from scanner.language.expressions.relations import Relations
from scanner.language.expressions.theorem import Theorem
from scanner.model.resource import Inventory, Resource
from scanner.model.truth import Truth
from scanner.model.unknown import Unknown
from scanner.model.world import World


class Declared(Protocol):
    """What the tenancy says, as far as rules may ask; `source` is None where there is no tenancy."""

    @property
    def source(self) -> str | None:
        """The path of tenancy.yaml, or `inferred`."""

    @property
    def tags(self) -> tuple[str, ...]:
        """The keys of tags that name a resource's tenant, in the order of the tenancy."""

    @property
    def as_of(self) -> date | None:
        """The day by which age is judged."""
        ...

    def value(self, path: str) -> object:
        """The value at a dotted path of tenancy.yaml, or None."""
        ...

    def is_tenant_id(self, text: str) -> bool:
        """Whether the text may stand where an owner is named: the id of a tenant, or a shared value."""

    def is_id(self, text: str) -> bool:
        """Whether it is the id of one tenant: no shared value."""
        ...

    def is_public_route(self, method: str, path: str) -> bool:
        """Whether the route of an API is declared to need no sign-in; `path` as API Gateway writes it."""

    def entries_of(self, resource: Resource, world: World) -> list[object]:
        """The entries under `owned` that mean the resource, as mappings; open where one may mean it. Raises
        Undecided."""

    def is_called(self, pattern: str, resource: Resource, world: World) -> bool | Unknown:
        """Whether a name in tenancy.yaml, with `*` for any text, means the resource. Raises UndecidedError."""

    def is_principal(self, resource: Resource, world: World) -> bool | Unknown:
        """Whether it is a role whose sessions are declared to act for a tenant. Raises UndecidedError."""


@mutable
class Scope:
    """One evaluation: a resource in a world. `names` are the rule's parameters and its `as:` names.

    `prove` decides a `prove:` verb.
    """

    world: World
    resource: Resource
    inventory: Inventory
    relations: Relations
    declared: Declared
    names: dict[str, object]
    strict_defaults: bool = False
    prove: Callable[[Theorem, Scope], Truth] | None = None

    def bind(self, more: Mapping[str, object]) -> Scope:
        """The same scope with further names; `more` hides names of the same spelling."""
        return Scope(
            self.world,
            self.resource,
            self.inventory,
            self.relations,
            self.declared,
            {**self.names, **more},
            self.strict_defaults,
            self.prove,
        )
