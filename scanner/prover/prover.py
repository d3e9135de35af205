"""The isolation proof over an inventory: every theorem, asked of one resource at a time."""

from __future__ import annotations

from dataclasses import dataclass, field

from scanner.language.theorem import Theorem
from scanner.model.resource import Inventory, Resource
from scanner.model.world import World
from scanner.prover.access_grants import GRANT, grant_stays
from scanner.prover.crossing import cannot_cross, find_leaky
from scanner.prover.escalation import cannot_escalate
from scanner.prover.layout import layout_unambiguous
from scanner.prover.minting import tag_not_caller_chosen
from scanner.prover.proof import NotAsked, Proof
from scanner.prover.recall import Recall
from scanner.prover.replaying import Replay
from scanner.prover.silo import Holdings, cannot_reach_each_other, holdings_of
from scanner.prover.system import System
from scanner.tenancy.tenancy import Tenancy


@dataclass(slots=True)
class Prover:
    """Proves over one inventory under one tenancy; `replay` judges the counterexamples."""

    tenancy: Tenancy
    inventory: Inventory
    replay: Replay
    _system: System = field(init=False)
    _holdings: Recall[Holdings] = field(default_factory=Recall)
    _leaky: Recall[tuple[tuple[Resource, Proof], ...]] = field(default_factory=Recall)

    def __post_init__(self) -> None:
        self._system = System(self.tenancy, self.inventory, self.replay)

    def prove(self, theorem: Theorem, resource: Resource, world: World) -> Proof | NotAsked:
        """What can be said of the resource in this world. Raises Undecided."""
        system = self._system
        match theorem.name:
            case "tag-not-caller-chosen":
                return tag_not_caller_chosen(system, resource, world)
            case "cannot-escalate":
                leaky = self._leaky.get((), world, lambda here: find_leaky(system, here))
                return cannot_escalate(system, resource, leaky, world)
            case "layout-unambiguous":
                return layout_unambiguous(system, resource, world)
            case _ if resource.type == GRANT:
                return grant_stays(system, resource, world)
            case _ if theorem.of == "silo":
                holdings = self._holdings.get((), world, lambda here: holdings_of(system, here))
                return cannot_reach_each_other(system, resource, holdings, world)
            case _:
                return cannot_cross(system, resource, theorem, world)
