"""A service account and the role of IAM that its pods act as, as one chain: what that reaches, the tenant reaches."""

from __future__ import annotations

from collections.abc import Callable

from scanner.base.record import replace
from scanner.kubernetes.fields import body_of, text_at
from scanner.model.resource import Resource
from scanner.model.unknown import Unknown
from scanner.model.world import World
from scanner.prover.system.pod_roles import PodRole, pod_roles
from scanner.prover.system.principals import tenant_unknown
from scanner.prover.system.proof import Allowing, Counterexample, NotAsked, Proof, worst
from scanner.prover.system.system import Actor, System
from scanner.prover.theorems.namespaces import neighbours_of
from scanner.prover.theorems.ways import Onward

THEOREM = "cannot-cross-tenant"
OfActor = Callable[[Actor], list[Proof]]
OnwardFrom = Callable[[Actor], list[Onward]]
_LONGEST = 4
_NOTES = ("whoever runs a pod as the service account can act as every role that takes its token",)


def pods_stay_with_tenant(
    system: System, account: Resource, of_actor: OfActor, onward: OnwardFrom, world: World
) -> Proof | NotAsked:
    """Whether no role of the account's pods is another tenant's, or reaches another's data. Raises UndecidedError.

    `of_actor` gives what was proved of a role as the pods have it, `onward` the roles that one may take, and why not.
    """
    body = body_of(account)
    namespace, name = text_at(body, "metadata", "namespace"), text_at(body, "metadata", "name")
    near = neighbours_of(account, system.inventory, system.tenancy)
    if not isinstance(namespace, str) or not isinstance(name, str) or not name or near is None:
        unknown = namespace if isinstance(namespace, Unknown) else name if isinstance(name, Unknown) else None
        return _open(unknown) if unknown is not None else NotAsked("it says neither namespace nor name")
    tenant = near.owners.get(namespace)
    if tenant is None:
        return NotAsked("it belongs to no one tenant")
    if isinstance(tenant, Unknown):
        return _open(tenant)
    shown = f"service account {namespace}/{name}"
    proofs = [
        proof
        for each in pod_roles(account, namespace, name, system.inventory, world)
        for proof in _of(each, shown, tenant, system, (of_actor, onward), world)
    ]
    return worst(proofs) if proofs else NotAsked("no role of IAM is for its pods")


def _of(
    found: PodRole, shown: str, tenant: str, system: System, asks: tuple[OfActor, OnwardFrom], world: World
) -> list[Proof]:
    of_actor, _ = asks
    if found.role is None:
        why = found.doubt or Unknown("missing-file", f"the role of {shown} is not in the files scanned")
        return [_open(why.leaving_open(f"what pods of {shown} can do by {found.how}"))]
    role = found.role
    actor = system.actor(role, world, system.ground(role))
    step = f"pods of {shown} act as role {role.logical_id} by {found.how}"
    owner = actor.tenant
    told: list[Proof] = []
    if owner is not None and owner != tenant:
        sentence = (
            f"pods of {shown} of tenant `{tenant}` can act as role {role.logical_id} of tenant `{owner}` by {found.how}"
        )
        example = Counterexample(
            tenant,
            owner,
            shown,
            "sts:AssumeRoleWithWebIdentity",
            actor.arn,
            {},
            (Allowing("AssumeRolePolicyDocument", 0, role, ("Properties", "AssumeRolePolicyDocument")),),
            replayed=True,
            why_no_deny="the trust policy has no Deny that means it",
        )
        told.append(
            Proof(
                THEOREM,
                None,
                "LEAK",
                reach="indirect",
                assumptions=_NOTES,
                counterexample=example,
                sentence=sentence,
                fix=f"Name the service accounts of tenant `{owner}` alone in the trust policy of {role.logical_id}: "
                "a `StringEquals` on the subject, without `*`.",
                cause=(THEOREM, "pod-role", owner, role.logical_id),
            )
        )
    if owner is None and not actor.declared:
        unclear = tenant_unknown(role, system.tenancy.tags, world)
        if unclear is not None:
            return [
                _open(unclear.leaving_open(f"which tenant {role.logical_id} belongs to, as which pods of {shown} act"))
            ]
    if not actor.declared:
        tags = actor.tags if isinstance(actor.tags, Unknown) else {**actor.tags, **dict(found.session_tags)}
        actor = replace(actor, kind="silo", tenant=tenant, tags=tags)
    told += [_through(proof, step, shown, tenant) for proof in of_actor(actor)]
    told += _chained(found, actor, step, shown, tenant, system, asks, world)
    if found.doubt is None:
        return told
    why = found.doubt.leaving_open(f"whether pods of {shown} can act as role {role.logical_id}")
    return [each if each.verdict == "ISOLATED" else _open(why) for each in told]


def _chained(  # noqa: PLR0913  # whose pods, as what, and all that is asked of
    found: PodRole,
    first: Actor,
    step: str,
    shown: str,
    tenant: str,
    system: System,
    asks: tuple[OfActor, OnwardFrom],
    world: World,
) -> list[Proof]:
    """What the pods reach through roles that their role may take ("Role chaining"), each asked as the tenant's own.

    Roles that are declared to act for tenants are asked about as themselves.
    """
    of_actor, onward = asks
    told: list[Proof] = []
    seen = {first.role.address}
    waiting: list[tuple[Actor, str, Unknown | None, int]] = [(first, step, None, 1)]
    while waiting:
        here, way, doubt, length = waiting.pop(0)
        for taken in onward(here):
            role = taken.role
            if role.address in seen:
                continue
            seen.add(role.address)
            theirs = system.actor(role, world, system.ground(role))
            if theirs.declared:
                continue
            led, unsure = f"{way}, which may take role {theirs.name}", doubt or taken.doubt
            tags = theirs.tags if isinstance(theirs.tags, Unknown) else {**theirs.tags, **dict(found.session_tags)}
            owner = theirs.tenant
            if owner is not None and owner != tenant:
                proofs = [_taken(here, theirs, taken, (shown, tenant, owner), led)]
            else:
                theirs = replace(theirs, kind="silo", tenant=tenant, tags=tags)
                proofs = [_through(proof, led, shown, tenant) for proof in of_actor(theirs)]
                if length < _LONGEST:
                    waiting.append((theirs, led, unsure, length + 1))
            leads = [each for each in proofs if each.verdict != "ISOLATED"]
            told += leads if unsure is None else [_open(unsure.leaving_open(led)) for _ in leads[:1]]
    return told


def _taken(here: Actor, theirs: Actor, taken: Onward, whose: tuple[str, str, str], led: str) -> Proof:
    """Another tenant's role at the end of a chain; `whose` are the pods, their tenant and the other one."""
    shown, tenant, owner = whose
    example = Counterexample(
        tenant,
        owner,
        here.arn,
        "sts:AssumeRole",
        theirs.arn,
        {},
        taken.allowed_by,
        replayed=taken.replayed,
        why_no_deny="no Deny applies to it",
        chain=(led,),
    )
    return Proof(
        THEOREM,
        None,
        "LEAK",
        reach="indirect",
        assumptions=_NOTES,
        counterexample=example,
        sentence=f"{led} of tenant `{owner}`",
        fix=f"Take `sts:AssumeRole` on {theirs.name} from the policies of {here.name}, or {here.name} out of the trust "
        "policy.",
        cause=(THEOREM, "role-chain", owner, theirs.name, shown),
    )


def _through(proof: Proof, step: str, shown: str, tenant: str) -> Proof:
    """The role's proof, with the step that leads to it."""
    sentence = f"{step}, and {proof.sentence}" if proof.sentence else step
    notes = tuple(dict.fromkeys((*_NOTES, *proof.assumptions)))
    if proof.verdict != "LEAK":
        why = proof.unknown.leaving_open(step) if proof.unknown is not None else None
        return replace(proof, over=None, assumptions=notes, sentence=sentence, unknown=why)
    example = proof.counterexample
    if example is not None:
        example = replace(example, chain=(step, *example.chain), caller_tenant=example.caller_tenant or tenant)
    return replace(
        proof,
        over=None,
        reach="indirect",
        assumptions=notes,
        sentence=sentence,
        counterexample=example,
        cause=(*proof.cause, shown),
    )


def _open(why: Unknown) -> Proof:
    return Proof(THEOREM, None, "NOT_PROVEN", assumptions=_NOTES, unknown=why, sentence=why.detail)
