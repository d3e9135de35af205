"""The requests of one tenant that reach another's data, tried one by one against the evaluator."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tests.prover.closed_world.asking import PRINCIPAL_TAG, Asked, Try, contexts_of, instances, worth_trying
from tests.prover.closed_world.judgement import surely_reaches
from tests.prover.closed_world.question import Question
from tests.prover.closed_world.reference import Action, Form, glob, reference
from tests.prover.closed_world.store_requests import ciphertexts, items, objects


@dataclass
class Answer:
    """`leak` is a request that is allowed and surely reaches; `open` one that is allowed and may reach."""

    leak: Try | None = None
    open: Try | None = None
    undecided: bool = False
    tried: int = 0


def answer(made: Question, rng: random.Random) -> Answer:
    """What trying says. A leak that it finds is one; that it finds none says so of what it tried."""
    asked = Asked(made, rng)
    found = Answer()
    for caller, owner in made.tenants:
        for tried in _tries(asked, caller, owner):
            found.tried += 1
            said = asked.allowed(tried.action.name, tried.resource, tried.context)
            if said is None:
                found.undecided = True
            elif said and tried.sure and _is_complete(asked, tried):
                found.leak = tried
                return found
            elif said:
                found.open = found.open or tried
    return found


def reaches_own(made: Question, rng: random.Random) -> bool:
    """Whether a request of the caller for what is its own is allowed."""
    asked = Asked(made, rng)
    callers = dict.fromkeys(caller for caller, _ in made.tenants)
    return any(
        tried.sure and asked.allowed(tried.action.name, tried.resource, tried.context) is not False
        for caller in callers
        for tried in _tries(asked, caller, caller)
    )


def _is_complete(asked: Asked, tried: Try) -> bool:
    """Whether the other resources that the action cannot do without can be allowed, too."""
    if tried.action.level in ("Read", "List"):
        return True  # types that AWS lists beside each other are alternatives: what is read is one thing
    others = [
        target
        for target in tried.action.targets
        if target.required and (tried.form is None or target.form.skeleton != tried.form.skeleton)
    ]
    if any(target.required and tried.form == target.form for target in tried.action.targets) and not others:
        return True
    names = {target.form.name for target in tried.action.targets if tried.form == target.form}
    for other in others:
        if other.form.name in names:
            continue  # another spelling of the same
        if not any(
            asked.allowed(tried.action.name, each, {PRINCIPAL_TAG: tried.caller})
            for each in instances(asked, other.form, tried.caller, other.form.filled({}))
        ):
            return False
    return True


# Tries


def _tries(asked: Asked, caller: str, owner: str) -> Iterator[Try]:
    made = asked.made
    match made.kind:
        case "dynamodb-item":
            yield from items(asked, caller, owner)
        case "s3-object" | "s3-object-tag":
            yield from objects(asked, caller, owner)
        case "kms-context":
            yield from ciphertexts(asked, caller, owner)
        case _:
            yield from _resources(asked, caller, owner)


def _resources(asked: Asked, caller: str, owner: str) -> Iterator[Try]:
    made, known = asked.made, reference()
    assert made.form is not None
    fill = {at: each.replace("${tenant}", owner) for at, each in made.fill.items()}
    mine = {at: each.replace("${tenant}", caller) for at, each in made.fill.items()}
    near: list[tuple[str, Form]] = [("itself", each) for each in known.same(made.form)]
    near += [("below", each) for each in known.below(made.form)]
    for relation, form in near:
        ours = None if made.kind in ("tagged", "silo") else glob(form.filled(form.within(made.form, mine)))
        owned = form.within(made.form, fill)
        for resource in instances(asked, form, caller, form.filled(owned)):
            if made.carrier and made.tagged and owner != made.owner and any(each in resource for each in asked.on):
                continue  # its tag says whose it is
            # What the layout gives to both tenants is not another's.
            disputed = caller != owner and ours is not None and ours.fullmatch(resource) is not None
            # A star of the entry stands for what the name in its place may hold.
            disputed = disputed or form.strictly(owned).fullmatch(resource) is None
            for action in worth_trying(asked, form):
                if not _wanted(made, action):
                    continue
                sure = not disputed and surely_reaches(action, tagged=made.tagged)
                how = _how(relation, form, action)
                for context, certain in contexts_of(asked, action, form, caller, owner):
                    yield Try(how, action, form, resource, context, sure and certain, caller, owner)
    if made.kind == "path":
        yield from _above_parameters(asked, fill, caller, owner)


def _how(relation: str, form: Form, action: Action) -> str:
    return relation if action.service == form.namespace else f"{relation}, foreign prefix"


def _above_parameters(asked: Asked, fill: Mapping[int, str], caller: str, owner: str) -> Iterator[Try]:
    """GetParametersByPath gives what lies below the path ("Restricting access to parameters using IAM policies")."""
    form = reference().named("ssm", "parameter")
    action = reference().actions["ssm:GetParametersByPath"]
    steps = fill[form.free[0]].removesuffix("/*").split("/")
    for length in range(1, len(steps) + 1):
        resource = form.filled({form.free[0]: "/".join(steps[:length])})
        for context, certain in contexts_of(asked, action, form, caller, owner):
            yield Try("above", action, form, resource, context, certain, caller, owner)


def _wanted(made: Question, action: Action) -> bool:
    return not made.actions or any(glob(each.lower()).fullmatch(action.name.lower()) for each in made.actions)
