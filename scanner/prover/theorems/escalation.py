"""Ways around isolation: from a tenant's session, by steps that IAM allows, to a principal that nothing binds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from scanner.base.record import record
from scanner.iam.organization import RCP
from scanner.iam.policies import Policy, PolicySet
from scanner.language.expressions.theorem import ESCALATE as THEOREM
from scanner.model.deferred import settle
from scanner.model.partial_text import Text
from scanner.model.reference_match import names_resource
from scanner.model.resource import Resource
from scanner.model.unknown import Unknown
from scanner.model.world import World
from scanner.prover.solver.bench import Bench, Possible
from scanner.prover.solver.pattern import Pattern, literal
from scanner.prover.solver.policy_layers import Layers
from scanner.prover.solver.principal_match import Nearness
from scanner.prover.solver.question import Holes, Shape
from scanner.prover.system.closed_world import anywhere
from scanner.prover.system.data_requests import term_tokens
from scanner.prover.system.proof import Counterexample, NotAsked, Proof
from scanner.prover.system.standins import Ground
from scanner.prover.system.system import Actor, Asker, System
from scanner.prover.theorems.cross_tenant import askers
from scanner.prover.theorems.proof_text import allowing, context_of, shown

Leaky = Callable[[], Sequence[tuple[Resource, Proof]]]
"""Finds the roles that reach tenants' data without being one's session, each with the proof of it."""
_LEADING_ON = ("sts", "iam", "lambda", "ssm", "ecs")
_BY_ACCOUNT: frozenset[Nearness] = frozenset({"account"})
_ROLE, _FUNCTION, _MANAGED = "AWS::IAM::Role", "AWS::Lambda::Function", "AWS::IAM::ManagedPolicy"

# "Actions, resources, and condition keys for AWS Identity and Access Management": they change what a role may do.
_REWRITE_ROLE = (
    "iam:PutRolePolicy", "iam:AttachRolePolicy", "iam:DeleteRolePolicy", "iam:DetachRolePolicy",
    "iam:DeleteRolePermissionsBoundary", "iam:PutRolePermissionsBoundary",
)  # fmt: skip
_REWRITE_POLICY = ("iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion")
# What starts code under a role that is passed to it, by the service that must trust the role.
_LAUNCH = {
    "lambda.amazonaws.com": ("lambda:CreateFunction", "lambda:UpdateFunctionConfiguration"),
    "ecs-tasks.amazonaws.com": ("ecs:RunTask", "ecs:StartTask", "ecs:CreateService", "ecs:UpdateService"),
    "ec2.amazonaws.com": ("ec2:RunInstances", "ec2:AssociateIamInstanceProfile"),
    "glue.amazonaws.com": ("glue:CreateJob", "glue:CreateDevEndpoint"),
    "states.amazonaws.com": ("states:CreateStateMachine", "states:UpdateStateMachine"),
    "codebuild.amazonaws.com": ("codebuild:CreateProject", "codebuild:StartBuild"),
    "cloudformation.amazonaws.com": ("cloudformation:CreateStack", "cloudformation:UpdateStack"),
    "sagemaker.amazonaws.com": ("sagemaker:CreateNotebookInstance", "sagemaker:CreateProcessingJob"),
    "pipes.amazonaws.com": ("pipes:CreatePipe",),
    "scheduler.amazonaws.com": ("scheduler:CreateSchedule",),
    "appsync.amazonaws.com": ("appsync:CreateDataSource",),
    "bedrock.amazonaws.com": ("bedrock:CreateAgent",),
}
# Code or attributes that run, or decide, outside this role; whose they are the files do not always say.
_COMMANDS = (
    "ssm:SendCommand", "ssm:StartSession", "ssm:StartAutomationExecution", "ecs:ExecuteCommand",
)  # fmt: skip
_IDENTITY = (
    "cognito-idp:AdminUpdateUserAttributes",
    "cognito-idp:AdminSetUserPassword",
    "cognito-identity:SetPrincipalTagAttributeMap",
)


@record
class Step:
    """A request, and what it leads to; `doubt` says why it may lead nowhere."""

    shape: Shape
    leads_to: str
    policy: object = None
    doubt: Unknown | None = None
    by_trust: bool = False


def cannot_escalate(system: System, role: Resource, leaky: Leaky, world: World) -> Proof | NotAsked:
    """Raises UndecidedError."""
    if not system.tenancy.owned:
        return NotAsked("the tenancy declares no data that could be reached")
    ground = system.ground(role)
    actor = system.actor(role, world, ground)
    if (unclear := actor.unclear(THEOREM)) is not None:
        return unclear
    if actor.kind not in ("session", "silo"):
        return NotAsked("the tenancy does not declare it to act for a tenant")
    notes = ("roles, functions and policies of the files are the ways asked about",)
    doubt: Proof | None = None
    for asker in askers(system, actor, world, ground):
        bench = system.bench(actor, asker)
        if bench is None:
            return NotAsked("there is one tenant only")
        bench.start()
        for step in _steps(system, actor, leaky, world, ground):
            found = _taken(system, actor, asker, step, bench, world)
            if found is None:
                continue
            if isinstance(found, Possible) and found.doubt is None and asker.doubt is not None:
                found = replace(found, doubt=asker.doubt)
            proof = _told(actor, asker, step, found, notes)
            if proof.verdict == "LEAK":
                return proof
            doubt = doubt or proof
    if doubt is not None:
        return doubt
    sentence = f"no session of {actor.name} can change its own limits or become a principal without them"
    return Proof(THEOREM, None, "ISOLATED", assumptions=notes, sentence=sentence)


def _taken(
    system: System, actor: Actor, asker: Asker, step: Step, bench: Bench, world: World
) -> Possible | Unknown | None:
    trust = step.policy
    rcps = system.guards(actor.account, RCP, world, actor.role.address)
    policies = PolicySet(
        identity=actor.identity,
        boundary=(actor.boundary,) if actor.boundary is not None else None,
        trust=trust if step.by_trust else None,  # type: ignore[arg-type]  # a step by trust has the policy of the role taken
        scps=actor.scps.policies,
        rcps=rcps.policies,
    )
    layers = Layers(
        actor.caller,
        actor.prepared,
        (actor.prepared_boundary,) if actor.prepared_boundary is not None else None,
        None,
        system.prepare(trust) if step.by_trust else None,  # type: ignore[arg-type]  # as above
        step.by_trust,
        limits=actor.scps.prepared,
        resource_limits=rcps.prepared,
    )
    holes = system.holes()
    stuck: Unknown | None = None
    for outcome in bench.ask(step.shape, asker.session, layers, policies, holes):
        if isinstance(outcome, Possible):
            return outcome if step.doubt is None or outcome.doubt is not None else replace(outcome, doubt=step.doubt)
        if outcome is not None:
            stuck = stuck or outcome.why
    return stuck


def _steps(system: System, actor: Actor, leaky: Leaky, world: World, ground: Ground) -> Iterator[Step]:
    own = literal(actor.arn)
    yield Step(
        Shape("its own limits", _REWRITE_ROLE, own, meaning="rewrite its own policies"), f"{actor.name} without limits"
    )
    for policy in system.inventory.of_type(_MANAGED):
        if any(each.source is policy for each in actor.attached) and policy.exists(world):
            pattern = _arn(policy, world, ground, system.holes())
            yield Step(
                Shape("its own policy", _REWRITE_POLICY, pattern, meaning="rewrite its own policy"),
                f"{actor.name} without limits",
            )
    found = leaky() if _could_lead_on(system, actor) else ()
    for target, proof in found:
        if target is actor.role or not system.together(target, actor.role):
            continue
        reached = proof.sentence
        # A brokered role is taken without the session policy that its broker would pass.
        surely = proof.counterexample is not None and proof.counterexample.replayed
        doubt = None if surely else proof.unknown
        theirs = system.actor(target, world, ground)
        name = target.logical_id or theirs.arn
        arn = literal(theirs.arn)
        if _lets_in(theirs.trust_policy, actor, frozenset()):
            shape = Shape("assume", ("sts:AssumeRole",), arn, meaning=f"become {name}")
            yield Step(shape, reached, theirs.trust_policy, doubt, True)
        # A trust policy that was not read to its end may name any of the services.
        unread = theirs.trust.unread
        services = theirs.trust.services if unread is None else dict.fromkeys((*theirs.trust.services, *_LAUNCH))
        for service in services if actor.speaks_of("iam") else ():
            launch = _LAUNCH.get(service)
            if launch:
                unsure = doubt if service in theirs.trust.services else doubt or unread
                for action in launch:
                    passing = Shape("pass the role", ("iam:PassRole",), arn, meaning=f"pass {name} to {service}")
                    for starting in anywhere("start", (action,), "start code", ground):
                        yield from _both(system, actor, passing, starting, reached, unsure, world, ground)
        for function in system.inventory.of_type(_FUNCTION) if actor.speaks_of("lambda") else ():
            runs = _runs_as(function, target, world) if function.exists(world) else False
            if runs is not False:
                pattern = _arn(function, world, ground, system.holes())
                shape = Shape(
                    "replace code", ("lambda:UpdateFunctionCode",), pattern, meaning=f"run its own code as {name}"
                )
                yield Step(shape, reached, None, doubt or (runs if isinstance(runs, Unknown) else None))
    if found:
        undeclared = Unknown("undeclared", "which role runs what the command reaches is not in the files")
        for shape in anywhere("run commands", _COMMANDS, "run commands elsewhere", ground):
            yield Step(shape, "another role", None, undeclared)
    if any(key.lower().startswith("aws:principaltag/") for each in actor.declared for key in each.tenant_keys):
        undeclared = Unknown("undeclared", "whether the user pool is the one that tenants sign in to is not declared")
        for shape in anywhere("write the claim", _IDENTITY, "write the attribute that names the tenant", ground):
            yield Step(shape, "any tenant", None, undeclared)


def _could_lead_on(system: System, actor: Actor) -> bool:
    """Whether a role may lead to another one at all: few do, and what all others reach is much to ask.

    It takes a word of its own policies, or a trust policy that names the role itself, which needs no other permission
    then ("Cross-account policy evaluation logic", of requests within one account).
    """
    if any(map(actor.speaks_of, _LEADING_ON)):
        return True
    return any(trust is None or _lets_in(trust, actor, _BY_ACCOUNT) for trust in system.trusting())


def _lets_in(trust: Policy, actor: Actor, but: frozenset[Nearness]) -> bool:
    """Whether a trust policy may name the actor in a way that is none of `but`."""
    document = trust.document
    return document.more is not None or any(actor.caller.possibly(each.principal) - but for each in document.statements)


def _both(  # noqa: PLR0913  # one question
    system: System,
    actor: Actor,
    passing: Shape,
    starting: Shape,
    reached: str,
    doubt: Unknown | None,
    world: World,
    ground: Ground,
) -> Iterator[Step]:
    """Passing a role helps only whoever may also start what runs under it."""
    for asker in askers(system, actor, world, ground):
        bench = system.bench(actor, asker)
        if bench is None:
            return
        started = _taken(system, actor, asker, Step(starting, reached), bench, world)
        if started is not None:
            doubt = doubt or (started.doubt if isinstance(started, Possible) else started)
            shape = replace(passing, meaning=f"{passing.meaning} by `{starting.actions[0]}`")
            yield Step(shape, reached, None, doubt)
            return


def _runs_as(function: Resource, role: Resource, world: World) -> bool | Unknown:
    properties = settle(function.fields.get("Properties"), world)
    if isinstance(properties, Unknown):
        return properties
    value = settle(properties.get("Role"), world) if isinstance(properties, dict) else None
    return names_resource(value, role, world)


def _arn(resource: Resource, world: World, ground: Ground, holes: Holes) -> Pattern:
    arn = ground(resource.names(world).arn)
    return Pattern(term_tokens(arn if isinstance(arn, str | Text | Unknown) else "*", holes))


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
