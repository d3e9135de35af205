"""Ways around isolation: from a tenant's session, by steps that IAM allows, to a principal that nothing binds."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from scanner.base.record import replace
from scanner.iam.escalation_rows import escalation_rows
from scanner.language.expressions.theorem import ESCALATE as THEOREM
from scanner.model.resource import Resource
from scanner.model.unknown import Unknown
from scanner.model.world import World
from scanner.prover.solver.bench import Possible
from scanner.prover.solver.pattern import literal
from scanner.prover.solver.question import Shape
from scanner.prover.system.closed_world import anywhere
from scanner.prover.system.principals import TAG
from scanner.prover.system.proof import Counterexample, NotAsked, Proof
from scanner.prover.system.standins import Ground
from scanner.prover.system.system import Actor, Asker, System
from scanner.prover.theorems.cross_tenant import askers
from scanner.prover.theorems.forged_tags import with_a_forged_tag
from scanner.prover.theorems.proof_text import allowing, context_of, shown
from scanner.prover.theorems.ways import Step, Taker, Way, Ways

_OWN_TAGS = ("iam:TagRole", "iam:UntagRole")
_OWN_TRUST = ("iam:UpdateAssumeRolePolicy",)


def cannot_escalate(
    system: System, role: Resource, ways: Ways, world: World, acting: Actor | None = None
) -> Proof | NotAsked:
    """`acting` is the role as somebody has it, such as the pods of one tenant. Raises UndecidedError."""
    if not system.tenancy.owned:
        return NotAsked("the tenancy declares no data that could be reached")
    ground = system.ground(role)
    actor = acting if acting is not None else system.actor(role, world, ground)
    if (unclear := actor.unclear(THEOREM)) is not None:
        return unclear
    if actor.kind not in ("session", "silo"):
        return NotAsked("the tenancy does not declare it to act for a tenant")
    notes = ("roles, what runs as them and policies of the files are the ways asked about",)
    doubt: Proof | None = None
    taker = Taker(system, actor, world)
    for asker in askers(system, actor, world, ground):
        bench = system.bench(actor, asker)
        if bench is None:
            return NotAsked("there is one tenant only")
        bench.start()
        for step in chain(_steps(taker, ways, ground), with_a_forged_tag(taker, ways, asker, bench)):
            found = taker.may(step, asker, bench)
            if found is None:
                continue
            leads_to = step.leads_to
            if step.target is not None:
                led = _led(taker, ways, step, found, asker)
                if led is None:
                    continue
                way, found = led
                leads_to = way.sentence
                if isinstance(found, Possible) and found.doubt is None and way.doubt is not None:
                    found = replace(found, doubt=way.doubt)
            if isinstance(found, Possible) and found.doubt is None and asker.doubt is not None:
                found = replace(found, doubt=asker.doubt)
            proof = _told(actor, asker, replace(step, leads_to=leads_to), found, notes)
            if proof.verdict == "LEAK":
                return proof
            doubt = doubt or proof
    if doubt is not None:
        return doubt
    sentence = f"no session of {actor.name} can change its own limits or become a principal without them"
    return Proof(THEOREM, None, "ISOLATED", assumptions=notes, sentence=sentence)


def _led(
    taker: Taker, ways: Ways, step: Step, found: Possible | Unknown, asker: Asker
) -> tuple[Way, Possible | Unknown] | None:
    """Where a step leads that whoever takes it is not meant to get, and the request that does; None for nowhere.

    Raises UndecidedError.
    """
    actor = taker.actor
    assert step.target is not None  # noqa: S101  # asked by the caller
    but = {actor.tenant} if actor.tenant is not None else set[str]()
    while (way := ways.beyond(step.target, but)) is not None:
        if way.tenant is None or actor.kind != "session":
            return way, found
        # To the own role of one tenant sessions of that tenant may get.
        others = taker.system.bench(actor, asker, way.tenant)
        if others is not None:
            others.start()
            by_others = taker.may(step, asker, others)
            if by_others is not None:
                return way, by_others
        but.add(way.tenant)
    return None


def _steps(taker: Taker, ways: Ways, ground: Ground) -> Iterator[Step]:
    actor = taker.actor
    yield from ways.steps(taker, ground)
    yield from _who_it_is(actor)
    if ways.leads_to_data():
        undeclared = Unknown("undeclared", "which role runs what the command reaches is not in the files")
        for shape in anywhere("run commands", escalation_rows().commands, "run commands elsewhere", ground):
            yield Step(shape, "another role", None, None, undeclared)
    if _carries_a_tag(actor):
        undeclared = Unknown("undeclared", "whether the user pool is the one that tenants sign in to is not declared")
        people = escalation_rows().on_people()
        for shape in anywhere("write the claim", people, "change who somebody is who signs in", ground):
            yield Step(shape, "any tenant", None, None, undeclared)


def _who_it_is(actor: Actor) -> Iterator[Step]:
    """What changes the tenant that the role itself is of: its tags, and who may take it with which tag."""
    own = literal(actor.arn)
    if _carries_a_tag(actor):
        yield Step(Shape("its own trust", _OWN_TRUST, own, meaning="let itself choose the tenant"), "any tenant")
    if actor.kind == "silo" or any(not each.always for each in actor.declared):
        # "Passing session tags in AWS STS": a session tag takes the place of the role's own tag, if there is one.
        told = any(_reads_a_tag(actor))
        unsure = None if told else Unknown("undeclared", "no policy that was read looks at the tags of the role")
        yield Step(
            Shape("its own tags", _OWN_TAGS, own, meaning="change its own tags"), "any tenant", None, None, unsure
        )


def _carries_a_tag(actor: Actor) -> bool:
    return any(key.lower().startswith(TAG) for each in actor.declared for key in each.tenant_keys)


def _reads_a_tag(actor: Actor) -> Iterator[bool]:
    for policy in actor.prepared:
        for statement in policy.statements:
            read = [key for each in statement.resources for key in each.keys]
            read += [condition.key for condition in statement.conditions]
            read += [key for condition in statement.conditions for each in condition.templates for key in each.keys]
            yield any(key.lower().startswith(TAG) for key in read)


def _told(actor: Actor, asker: Asker, step: Step, found: Possible | Unknown, notes: tuple[str, ...]) -> Proof:
    meaning = step.shape.meaning
    if isinstance(found, Unknown):
        why = found.leaving_open(f"whether a session of {actor.name} can {meaning}")
        return Proof(THEOREM, None, "NOT_PROVEN", assumptions=notes, unknown=why, sentence=why.detail)
    request = found.request
    example = Counterexample(
        request.caller if asker.tagged or actor.tenant else None,
        "",
        asker.session.arn,
        found.action,
        str(shown(request.resource)),
        context_of(request),
        tuple(allowing(actor, found)),
        found.decision.allowed is True,
        "no Deny applies to it",
        (f"{found.action} on {shown(request.resource)}", step.leads_to),
    )
    if found.doubt is not None:
        why = found.doubt.leaving_open(f"a session of {actor.name} can {meaning}")
        return Proof(
            THEOREM, None, "NOT_PROVEN", assumptions=notes, unknown=why, counterexample=example, sentence=why.detail
        )
    return Proof(
        THEOREM,
        None,
        "LEAK",
        reach="indirect",
        assumptions=notes,
        counterexample=example,
        sentence=f"a session of {actor.name} can {meaning} (`{found.action}`); from there: {step.leads_to}",
        fix=f"Take `{found.action}` from {actor.name}, or limit it to resources that lead nowhere.",
        cause=(THEOREM, "", step.shape.name),
    )
