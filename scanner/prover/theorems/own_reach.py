"""Why a declared session reaches nothing of the declared data, its own included: the likeliest reason in a sentence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from scanner.iam.catalogue import catalogue
from scanner.iam.policies import Policy
from scanner.iam.variables import Template
from scanner.prover.solver.prepared_policy import PreparedPolicy, PreparedStatement, prepare
from scanner.prover.solver.question import Shape
from scanner.prover.system.closed_world import NOT_MODELLED
from scanner.prover.system.data_requests import IN_NO_FILE
from scanner.prover.system.stores import Store
from scanner.prover.system.system import Actor, Asker

_MOST_NAMED = 3
_PARTS = 6
_VARIABLE = re.compile(r"\$\{([^{},]{1,300})")
_TAG = "aws:principaltag/"


def why_nothing(actor: Actor, asker: Asker, stores: Sequence[Store], session: str) -> str:
    """`stores` are all that the session was asked of."""
    lead = f"sessions of {actor.name} ({session}) reach none of the declared data, their own tenant's included"
    return f"{lead}: {_likeliest(actor, asker, stores)}"


def names_any(actor: Actor, store: Store) -> bool:
    """Whether a statement that allows anything may name what is in the store."""
    return any(
        statement.statement.effect != "Deny"
        and any(_may_meet(read, shape.resource.tokens) for read in statement.resources for shape in _named(store))
        for policy in actor.prepared
        for statement in policy.statements
    )


def _likeliest(actor: Actor, asker: Asker, stores: Sequence[Store]) -> str:
    if asker.unbound is not None:
        return asker.unbound.why.detail
    services = {each.service for each in stores} - {"", "*"}
    layers: list[tuple[str, tuple[PreparedPolicy, ...]]] = [("its policies", actor.prepared)]
    if isinstance(asker.policy, Policy):
        layers.append((f"`{asker.policy.name}`", (prepare(asker.policy.name, asker.policy.document),)))
    if actor.prepared_boundary is not None:
        layers.append(("its permissions boundary", (actor.prepared_boundary,)))
    for name, policies in layers:
        allows = [each for policy in policies for each in policy.statements if each.statement.effect != "Deny"]
        if not allows:
            return f"{name} allow nothing at all" if name.startswith("its p") else f"{name} allows nothing at all"
        speaking = [each for each in allows if any(map(each.speaks_of, services))]
        if services and not speaking:
            return f"{name} speak of no service that the declared data is in ({_listed(sorted(services))})"
        reason = (
            _old_version(policies)
            or _other_tag(speaking, asker)
            or _without_value(speaking, asker)
            or _other_names(name, speaking, stores)
            or _dead(speaking)
        )
        if reason is not None:
            return reason
    return "no statement allows a request for it, once every policy over the role has had its say"


def _old_version(policies: Sequence[PreparedPolicy]) -> str | None:
    for policy in policies:
        for each in policy.statements:
            if any("${aws:" in text for text in _texts(each)) and not any(_keys(each)):
                return f"the policy {each.policy} is not of version 2012-10-17, so that its variables are plain text"
    return None


def _other_tag(statements: Sequence[PreparedStatement], asker: Asker) -> str | None:
    """Variables over a tag that no session carries."""
    declared = asker.declared.tenant_keys if asker.declared is not None else ()
    for each in statements:
        for key in _keys(each):
            lower = key.lower()
            if lower.startswith(_TAG) and lower not in asker.session.keys and declared:
                return f"its policies read `{key}`, and `tenant_key` is {_listed(declared)}"
    return None


def _without_value(statements: Sequence[PreparedStatement], asker: Asker) -> str | None:
    if asker.declared is None or asker.declared.tenant_keys:
        return None
    found = next((key for each in statements for key in _keys(each) if key.lower().startswith(_TAG)), None)
    return f"its policies read `{found}`, and no `tenant_key` is declared for these sessions" if found else None


def _other_names(name: str, statements: Sequence[PreparedStatement], stores: Sequence[Store]) -> str | None:
    """Statements that name resources none of which begins as a store's ARN does."""
    named: dict[str, None] = {}
    for each in statements:
        selector = each.statement.resource
        if selector is None or selector.negated or selector.terms.more is not None:
            return None
        for read in each.resources:
            if any(_may_meet(read, shape.resource.tokens) for store in stores for shape in _named(store)):
                return None
        named.update(dict.fromkeys(map(str, selector.terms.items)))
    if not named:
        return None
    stores_named = list(dict.fromkeys(each.name for each in stores))
    names = "name" if name == "its policies" else "names"
    return f"{name} {names} {_listed(list(named))}, and the declared data is in {_listed(stores_named)}"


def _named(store: Store) -> Iterator[Shape]:
    """The requests that name what is in the store, not another way to it."""
    return (shape for shape in store.shapes if shape.doubt is not NOT_MODELLED and shape.doubt is not IN_NO_FILE)


def _may_meet(read: Template, tokens: Sequence[object]) -> bool:
    """Whether the letters that both begin with agree in each part of the ARN, up to the first that is none."""
    mine = _parts(piece for token in read.tokens for piece in (token if isinstance(token, str) else (token,)))
    theirs = _parts(tokens)
    if len(theirs) < _PARTS:
        return False  # a request on nothing in particular
    if len(mine) < _PARTS:
        return True  # a wildcard that may stand for several parts
    return all(map(_agree, mine, theirs))


def _parts(tokens: Iterable[object]) -> list[list[object]]:
    parts: list[list[object]] = [[]]
    for token in tokens:
        if token == ":" and len(parts) < _PARTS:  # noqa: S105  # a piece of an ARN
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def _agree(mine: Sequence[object], theirs: Sequence[object]) -> bool:
    for one, other in zip(mine, theirs, strict=False):
        if not isinstance(one, str) or not isinstance(other, str):
            return True
        if one != other:
            return False
    return len(mine) == len(theirs) or not all(isinstance(each, str) for each in (*mine, *theirs))


def _dead(statements: Sequence[PreparedStatement]) -> str | None:
    """A condition on a key that none of the statement's actions carries."""
    known = catalogue()
    for each in statements:
        actions = [pattern.lower() for pattern in each.actions if isinstance(pattern, str) and "*" not in pattern]
        for condition in each.conditions:
            operator = condition.condition.operator
            if operator.negated or operator.if_exists or operator.quantifier == "all" or operator.family == "null":
                continue
            if actions and all(known.presence(action, condition.key) == "never" for action in actions):
                return f"`{each.policy}` asks `{condition.condition.key}` of actions that never carry it"
    return None


def _keys(statement: PreparedStatement) -> Iterator[str]:
    """The keys of its variables as they are written; none where `${...}` is plain text."""
    reads = [*statement.resources, *(read for condition in statement.conditions for read in condition.templates)]
    wanted = {key for read in reads for key in read.keys}
    for text in _texts(statement):
        yield from (key for key in _VARIABLE.findall(text) if key.lower() in wanted)


def _texts(statement: PreparedStatement) -> Iterator[str]:
    selector = statement.statement.resource
    yield from map(str, selector.terms.items if selector is not None else ())
    for condition in statement.statement.conditions:
        yield from map(str, condition.values.items)


def _listed(names: Sequence[str]) -> str:
    shown = [f"`{each}`" for each in names[:_MOST_NAMED]]
    return ", ".join(shown) + (f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else "")
