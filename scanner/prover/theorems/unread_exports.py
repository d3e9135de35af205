"""Where a question stays open only because a statement names data by the export of a stack that was not read."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.base.record import replace
from scanner.iam.policies import PolicySet
from scanner.model.partial_text import Text
from scanner.model.unknown import Unknown
from scanner.prover.solver.bench import Bench
from scanner.prover.solver.policy_layers import Layers, Level
from scanner.prover.solver.prepared_policy import PreparedStatement
from scanner.prover.solver.question import Holes, Session
from scanner.prover.system.ledger import younger
from scanner.prover.system.stores import Store


def unread_export(
    session: Session, store: Store, bench: Bench, layers: Layers, policies: PolicySet, holes: Holes
) -> Unknown | None:
    """The export of a stack that was not read, where nothing but statements that name it leaves this open.

    What follows of such a name, such as keys that nobody declared or a request that cannot be, follows of not knowing
    it. So the question is asked again without those statements: what is open then as well, is open for itself.
    """
    if store.target is not None or layers.unread() is not None:
        return None
    named = [hole for each in layers.statements() for hole in _imports(store, each)]
    if not named:
        return None
    rest = replace(
        layers,
        identity=_without_imports(store, layers.identity),
        session=None if layers.session is None else _without_imports(store, layers.session),
    )
    for shape in (*store.shapes, *younger(store, layers)):
        if any(outcome is not None for outcome in bench.ask(shape, session, rest, policies, holes)):
            return None
    return named[0].plain()


def _imports(store: Store, prepared: PreparedStatement) -> Iterator[Unknown]:
    """What an Allow leaves open of its resources because another stack exports it, where it may speak of the store."""
    statement, said = prepared.statement, prepared.prefixes()
    if (
        statement.effect == "Deny"
        or statement.resource is None
        or (said is not None and said.isdisjoint(store.prefixes))
    ):
        return
    for term in statement.resource.terms.items:
        holes = (term,) if isinstance(term, Unknown) else term.holes if isinstance(term, Text) else ()
        yield from (hole for hole in holes if hole.cause == "import")


def _without_imports(store: Store, level: Level) -> Level:
    return tuple(
        replace(policy, statements=tuple(each for each in policy.statements if not any(_imports(store, each))))
        for policy in level
    )


__all__ = ["unread_export"]
