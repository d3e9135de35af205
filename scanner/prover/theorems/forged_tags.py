"""Roles that a tenant's session may take with another tenant's tag, though tenancy.yaml declares no sessions of them.

"Chaining roles with session tags" (IAM User Guide): whoever takes a role from a session passes the tags that it likes,
unless the trust policy binds them or its own tag is transitive.
"""

from __future__ import annotations

from collections.abc import Iterator

from scanner.model.resource import Resource
from scanner.model.unknown import Unknown
from scanner.model.world import World
from scanner.prover.solver.bench import Bench
from scanner.prover.system.principals import TAG
from scanner.prover.system.proof import Proof
from scanner.prover.system.system import Actor, Asker, System
from scanner.prover.theorems.cross_tenant import reached_as_another
from scanner.prover.theorems.tenant_tag import demands_transitive, passing_the_tag
from scanner.prover.theorems.ways import Step, Taker, Ways
from scanner.tenancy import ownership


def with_a_forged_tag(taker: Taker, ways: Ways, asker: Asker, bench: Bench) -> Iterator[Step]:
    """The steps to such roles, from which another tenant's data is reached. Raises UndecidedError."""
    system, actor, world = taker.system, taker.actor, taker.world
    if _may_choose(system, actor, world):
        return
    sealed = False if asker.declared is None or not asker.tagged else _sealed(system, actor, asker, world)
    if sealed is True:
        return
    for role in ways.letting_in(actor):
        if role is actor.role or not system.together(role, actor.role) or _is_trusted(system, role, world):
            continue
        theirs = system.actor(role, world, system.ground(role))
        if theirs.declared:
            continue  # who chooses the tenant of declared sessions is a question of its own
        for tag in _tags_read(system, theirs, asker):
            steps = [Step(passing_the_tag(theirs, tag, extras), "", None, theirs.trust_policy) for extras in (0, 1)]
            # What the tag is good for is dear to work out.
            step = next((each for each in steps if taker.may(each, asker, bench) is not None), None)
            found = reached_as_another(system, theirs, tag, world) if step is not None else None
            if step is not None and found is not None:
                doubt = sealed if isinstance(sealed, Unknown) else None
                yield Step(step.shape, _told(theirs, found), None, theirs.trust_policy, doubt or found.unknown)


def _sealed(system: System, actor: Actor, asker: Asker, world: World) -> bool | Unknown:
    assert asker.declared is not None  # noqa: S101  # asked by the caller
    return demands_transitive(system, actor.role, asker.declared, world, system.ground(actor.role))


def _may_choose(system: System, actor: Actor, world: World) -> bool:
    """Whether the tenancy says that the role may choose the tenant of others' sessions."""
    patterns = {pattern for session in system.tenancy.sessions for pattern in session.binders}
    return any(ownership.is_called(each, actor.role, world) is True for each in patterns)


def _is_trusted(system: System, role: Resource, world: World) -> bool:
    return any(ownership.is_called(each.role, role, world) is True for each in system.tenancy.trusted)


def _tags_read(system: System, theirs: Actor, asker: Asker) -> tuple[str, ...]:
    """The tags that name a tenant and that the role's policies look at, as keys of principals."""
    declared = asker.declared.tenant_keys if asker.declared is not None else ()
    names = [*(f"{TAG}{each}" for each in system.tenancy.tags), *declared]
    wanted = {each.lower(): each for each in names if each.lower().startswith(TAG)}
    policies = (*theirs.prepared, *((theirs.prepared_boundary,) if theirs.prepared_boundary is not None else ()))
    read: dict[str, None] = {}
    for policy in policies:
        for statement in policy.statements:
            keys = [key for each in statement.resources for key in each.keys]
            for condition in statement.conditions:
                keys += [condition.key, *(key for each in condition.templates for key in each.keys)]
            read.update(dict.fromkeys(each.lower() for each in keys if each.lower() in wanted))
    return tuple(wanted[each] for each in read)


def _told(theirs: Actor, found: Proof) -> str:
    example = found.counterexample
    what = f"`{example.action}` on `{example.resource}`" if example is not None else "what that tenant owns"
    return f"with another tenant's tag {theirs.name} reaches {what}"
