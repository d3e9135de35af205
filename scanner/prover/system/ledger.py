"""What a verdict rests on: how many actions were asked, how many are harmless by a row, and whether any stays open."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from scanner.base.record import record

if TYPE_CHECKING:
    from scanner.prover.solver.bench import Bench
    from scanner.prover.solver.policy_layers import Layers
    from scanner.prover.solver.question import Shape
    from scanner.prover.system.stores import Store

_MOST_TOLD = 8


@record
class Ledger:
    """Of the actions on a store that some statement may allow: `asked` and `not_modelled` count, `harmless` names."""

    asked: int = 0
    harmless: tuple[str, ...] = ()
    not_modelled: int = 0

    @classmethod
    def of(cls, store: Store, layers: Layers, bench: Bench) -> Ledger:
        """What is asked of the store, before it is known whether anything stays open."""
        # A scan that proves nothing needs the record only.
        from scanner.prover.solver.question import Shape
        from scanner.prover.system.closed_world import NOT_MODELLED

        asked: set[str] = set()
        for shape in store.shapes:
            if shape.doubt is not NOT_MODELLED:
                for group in bench.grouped(shape, layers):
                    asked.update(group)
        if not store.harmless:
            return cls(len(asked))
        harmless = bench.grouped(Shape("harmless", store.harmless, store.shapes[0].resource), layers)
        return cls(len(asked), tuple(sorted(name for group in harmless for name in group)))

    def told(self) -> Iterator[str]:
        """The ledger for a reader, with the reason of each harmless row."""
        from scanner.iam.action_rows import action_rows  # as above

        yield f"ledger: {self.asked} actions asked, {len(self.harmless)} harmless, {self.not_modelled} not modelled"
        reasons: dict[str, list[str]] = {}
        for name in self.harmless:
            row = action_rows().row(name)
            reasons.setdefault(row.reason if row is not None else "settings", []).append(name)
        for reason, names in sorted(reasons.items()):
            more = f" and {len(names) - _MOST_TOLD} more" if len(names) > _MOST_TOLD else ""
            yield f"harmless ({reason}): {', '.join(names[:_MOST_TOLD])}{more}"


def together(ledgers: Iterable[Ledger | None]) -> Ledger | None:
    """The ledger of several questions; None where there is none of any."""
    known = [each for each in ledgers if each is not None]
    if not known:
        return None
    harmless = tuple(sorted({name for each in known for name in each.harmless}))
    return Ledger(sum(each.asked for each in known), harmless, sum(each.not_modelled for each in known))


def younger(store: Store, layers: Layers) -> Iterator[Shape]:
    """Requests for actions that a policy names in letters and no document of ours has."""
    from scanner.prover.solver.question import Shape  # as above
    from scanner.prover.system.closed_world import NOT_MODELLED

    named = {
        action
        for statement in layers.statements()
        if statement.statement.effect != "Deny" and not statement.selector.negated
        for action in statement.selector.exact
        if _is_unknown(action)
    }
    if not named or not store.shapes:
        return
    prefixes = store.prefixes
    asked = {name.lower() for shape in store.shapes for name in shape.actions}
    names = tuple(sorted(name for name in named - asked if name.partition(":")[0] in prefixes))
    if names:
        first = store.shapes[0]
        keys = next((shape.keys for shape in store.shapes if shape.doubt is NOT_MODELLED), first.keys)
        yield Shape("an action that is not known", names, first.resource, keys, first.spelled, NOT_MODELLED)


@lru_cache(maxsize=50_000)
def _is_unknown(action: str) -> bool:
    from scanner.iam.catalogue import catalogue  # as above

    return catalogue().action(action) is None
