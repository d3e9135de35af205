"""One concrete IAM request about what is in the files: who is named by a logical id, and so is what is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict

from scanner.base.problem import Problem, ProblemsError, did_you_mean
from scanner.base.record import replace
from scanner.iam.effective_policies import GROUP, PRINCIPALS, ROLE, effective_policies
from scanner.iam.evaluator import Decision, decide
from scanner.iam.organization import RCP, SCP, Levels, limits_over
from scanner.iam.policies import Policy, PolicySet
from scanner.iam.request import Request
from scanner.iam.resource_policies import WITH_POLICY, resource_policy
from scanner.iam.simulation import answer, read_question
from scanner.iam.standins import Grounding
from scanner.model.reference_match import names_resource
from scanner.model.resource import Inventory, Resource
from scanner.model.world import Leaf, TooManyWorldsError, World, explore


def ask(question: Mapping[str, object], inventory: Inventory, source: str) -> dict[str, object]:
    """The answer, as `simulate` gives it, with the policies of the principal and of the resource from the inventory.

    What the question spells out itself counts instead. Where the template's choices lead to different answers, the
    decision is UNKNOWN and `worlds` lists them. Raises ProblemsError.
    """
    request = question.get("request")
    if not isinstance(request, Mapping):
        raise ProblemsError([Problem(source, "the question has no `request`")])
    principal = _principal(request.get("principal"), inventory, source)
    try:
        leaves = explore(lambda world: _decide(question, request, principal, inventory, source, world))
    except TooManyWorldsError:
        raise ProblemsError(
            [Problem(source, "more than 64 worlds would have to be asked; pass --parameters")]
        ) from None
    present = [leaf for leaf in leaves if leaf.result is not None]
    if not present:
        raise ProblemsError([Problem(source, f"`{principal.logical_id}` is made in no world")])
    return _combined(present)


def _decide(  # a question and where it is asked
    question: Mapping[str, object],
    request: Mapping[str, object],
    principal: Resource,
    inventory: Inventory,
    source: str,
    world: World,
) -> tuple[Decision, dict[str, str]] | None:
    if not principal.exists(world):
        return None
    ground = Grounding()
    spelled = {**request, "principal": _arn(principal, ground, world, source)}
    named = request.get("resource")
    target = _target(named, inventory, ground, world)
    if target is not None and isinstance(named, str) and not named.startswith("arn:"):
        rest = named.partition("/")
        spelled["resource"] = _arn(target, ground, world, source) + rest[1] + rest[2]
    wanted, given = read_question({**question, "request": spelled}, source)
    from_files = effective_policies(principal, inventory, world, ground)
    policies = PolicySet(
        identity=given.identity if "identity" in question else from_files.identity,
        boundary=given.boundary if "boundary" in question else from_files.boundary,
        session=given.session,
        resource=given.resource,
        trust=given.trust,
        scps=given.scps,
        rcps=given.rcps,
        endpoint=given.endpoint,
        grants=given.grants,
        restrict_public=given.restrict_public,
    )
    held = target.address if target is not None else principal.address
    policies = replace(policies, **_limits(question, wanted, inventory, world, principal.address, held))
    if target is not None and "resource_policy" not in question and target.type in WITH_POLICY:
        policies = replace(policies, resource=resource_policy(target, inventory, world, ground))
    if target is not None and "trust" not in question and target.type == ROLE:
        policies = replace(policies, trust=effective_policies(target, inventory, world, ground).trust)
    return decide(wanted, policies), ground.used


class _Limits(TypedDict, total=False):
    scps: tuple[tuple[Policy, ...], ...]
    rcps: tuple[tuple[Policy, ...], ...]


def _limits(  # a question and where both sides are written
    question: Mapping[str, object], wanted: Request, inventory: Inventory, world: World, caller_at: str, owner_at: str
) -> _Limits:
    """The policies of the organisation over both accounts, where the question does not spell them out."""
    found: _Limits = {}
    caller = wanted.principal.account
    owner = wanted.resource_account or _account_in(wanted.resource) or caller
    if "scps" not in question and caller is not None:
        found["scps"] = _levels(limits_over(caller, SCP, inventory, world, caller_at))
    if "rcps" not in question and owner is not None:
        found["rcps"] = _levels(limits_over(owner, RCP, inventory, world, owner_at))
    return found


def _levels(levels: Levels) -> tuple[tuple[Policy, ...], ...]:
    return tuple(tuple(Policy.of(each.name, each.document) for each in level) for level in levels)


def _account_in(arn: object) -> str | None:
    parts = arn.split(":") if isinstance(arn, str) else []
    return parts[4] if len(parts) > 5 and parts[4].isdigit() else None  # noqa: PLR2004  # an ARN has six parts


def _principal(name: object, inventory: Inventory, source: str) -> Resource:
    """The one principal of that logical id, name or ARN."""
    known = [each for kind in PRINCIPALS if kind != GROUP for each in inventory.of_type(kind)]
    if not isinstance(name, str):
        raise ProblemsError([Problem(source, "`request.principal` is the name of a role or user of the files")])
    found = [each for each in known if name in (each.logical_id, each.address)]
    found = found or [each for each in known if names_resource(name, each, World()) is True]
    if len(found) != 1:
        hint = did_you_mean(name, [each.logical_id for each in known])
        if found:
            hint = "write one of " + ", ".join(f"`{each.address}`" for each in found[:5])
        message = f"`{name}` names {len(found) or 'no'} {'principals' if found else 'principal'} of the files"
        raise ProblemsError([Problem(source, message, hint=hint)])
    return found[0]


def _target(name: object, inventory: Inventory, ground: Grounding, world: World) -> Resource | None:
    """The resource of the files that an ARN, or a logical id with what is below it, is about."""
    if not isinstance(name, str):
        return None
    if not name.startswith("arn:"):
        wanted = name.partition("/")[0]
        return next((each for each in inventory.resources if wanted in (each.logical_id, each.address)), None)
    for kind in (*WITH_POLICY, ROLE):
        for each in inventory.of_type(kind):
            arn = ground(each.names(world).arn)
            if isinstance(arn, str) and (name == arn or name.startswith((arn + "/", arn + ":"))):
                return each
    return None


def _arn(resource: Resource, ground: Grounding, world: World, source: str) -> str:
    arn = ground(resource.names(world).arn)
    if isinstance(arn, str):
        return arn
    message = f"the ARN of `{resource.logical_id}` is `{arn}`"
    raise ProblemsError([Problem(source, message, hint="pass --account and --region, or name it by its ARN")])


def _combined(leaves: list[Leaf[tuple[Decision, dict[str, str]] | None]]) -> dict[str, object]:
    decisions = [leaf.result[0] for leaf in leaves if leaf.result is not None]
    answers = [answer(decision) for decision in decisions]
    assumptions = sorted({note for leaf in leaves for note in leaf.world.assumptions})
    used = {address: name for leaf in leaves if leaf.result is not None for address, name in leaf.result[1].items()}
    notes = [f"`{address}` is called `{name}`" for address, name in sorted(used.items())]
    whole: dict[str, object] = dict(answers[0])
    if len({decision.decision for decision in decisions}) > 1:
        whole = {**whole, "decision": "UNKNOWN", "decisive": [], "worlds": []}
        whole["worlds"] = [{"world": leaf.world.labels, **each} for leaf, each in zip(leaves, answers, strict=True)]
    return {**whole, "assumptions": [*assumptions, *notes]}
