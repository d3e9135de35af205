"""The isolation proof over an inventory: every theorem, asked of one resource at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field
from functools import partial

from scanner.base.record import mutable, replace
from scanner.kubernetes.api_resources import NAMESPACE
from scanner.language.expressions.theorem import Theorem
from scanner.model.resource import Inventory, Resource
from scanner.model.world import World
from scanner.prover.solver.replay import Replay
from scanner.prover.system.proof import NotAsked, Proof, RestsOn
from scanner.prover.system.system import ROLE, Actor, System
from scanner.prover.theorems.access_grants import GRANT, grant_stays
from scanner.prover.theorems.cross_tenant import cannot_cross, find_leaky
from scanner.prover.theorems.escalation import cannot_escalate
from scanner.prover.theorems.key_layout import layout_unambiguous
from scanner.prover.theorems.silo import Holdings, cannot_reach_each_other, holdings_of
from scanner.prover.theorems.tenant_tag import tag_not_caller_chosen
from scanner.prover.theorems.ways import Ways
from scanner.tenancy.tenancy import Tenancy

_CROSS = "cannot-cross-tenant"


@mutable
class Prover:
    """Proves over one inventory under one tenancy; `replay` judges the counterexamples."""

    tenancy: Tenancy
    inventory: Inventory
    replay: Replay
    _system: System = field(init=False)
    _holdings: Holdings | None = None
    _ways: Ways = field(init=False)

    def __post_init__(self) -> None:
        self._system = System(self.tenancy, self.inventory, self.replay)
        self._ways = Ways(self._system, partial(find_leaky, self._system))

    def prove(self, theorem: Theorem, resource: Resource, world: World) -> Proof | NotAsked:
        """What can be said of the resource in this world. Raises UndecidedError."""
        found = self._prove(theorem, resource, world)
        if isinstance(found, NotAsked) or found.verdict != "ISOLATED":
            return found
        more: list[RestsOn] = ["inferred"] if self.tenancy.source == "inferred" else []
        if self.tenancy.trusted or self.tenancy.shared:
            more.append("trust")
        return replace(found, rests_on=tuple(dict.fromkeys((*found.rests_on, *more)))) if more else found

    def _prove(self, theorem: Theorem, resource: Resource, world: World) -> Proof | NotAsked:
        system = self._system
        if resource.type.startswith("Kubernetes::"):
            return self._of_cluster(theorem, resource, world)
        if resource.type not in (ROLE, GRANT) and theorem.name != "layout-unambiguous":
            return NotAsked("it is no role that could make requests")
        match theorem.name:
            case "tag-not-caller-chosen":
                return tag_not_caller_chosen(system, resource, world)
            case "cannot-escalate":
                return cannot_escalate(system, resource, self._ways, world)
            case "layout-unambiguous":
                return layout_unambiguous(system, resource, world)
            case _ if resource.type == GRANT:
                return grant_stays(system, resource, world)
            case _ if theorem.of == "silo":
                if self._holdings is None:
                    self._holdings = holdings_of(system)
                return cannot_reach_each_other(system, resource, self._holdings, world)
            case _:
                return cannot_cross(system, resource, theorem, world)

    def _of_cluster(self, theorem: Theorem, resource: Resource, world: World) -> Proof | NotAsked:
        if theorem.over == "namespace" and resource.type == NAMESPACE:
            from scanner.prover.theorems.namespace_traffic import cannot_connect

            return cannot_connect(resource, self._system)
        if theorem.over == "namespace":
            from scanner.prover.theorems.namespaces import cannot_reach_namespaces

            return cannot_reach_namespaces(resource, self._system, world)
        from scanner.prover.theorems.pod_chain import pods_stay_with_tenant

        return pods_stay_with_tenant(
            self._system,
            resource,
            lambda actor: [*self._of_actor(actor, world)],
            lambda actor: [*self._ways.onward(actor, world)],
            world,
        )

    def _of_actor(self, actor: Actor, world: World) -> Iterator[Proof]:
        """All that is proved of what a role reaches that pods of one tenant act as. Raises UndecidedError."""
        if self._holdings is None:
            self._holdings = holdings_of(self._system)
        role = actor.role
        for found in (
            cannot_reach_each_other(self._system, role, self._holdings, world, actor),
            *(cannot_cross(self._system, role, Theorem(_CROSS, None, of=of), world) for of in ("sessions", "compute")),
            cannot_escalate(self._system, role, self._ways, world, actor),
        ):
            if isinstance(found, Proof):
                yield found
