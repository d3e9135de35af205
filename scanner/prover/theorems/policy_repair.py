"""Repairs of a policy that leaks, each proved before it is offered."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from typing import TypeVar

from scanner.base.record import record, replace
from scanner.iam.catalogue import catalogue
from scanner.iam.policies import Policy
from scanner.model.partial_text import Text, hole_name, text_of
from scanner.model.unknown import Unknown
from scanner.prover.solver.bench import Possible
from scanner.prover.solver.prepared_policy import prepare
from scanner.prover.system.data_requests import ITEM_ACTIONS
from scanner.prover.system.stores import Store
from scanner.prover.system.system import Actor, Asker
from scanner.tenancy.identifiers import HOLE
from scanner.tenancy.owned import DynamodbItems, KmsContext, OwnedArn, S3Objects, TaggedResources, TaggedS3Objects

_MOST_ROUNDS = 6
_LONGEST = 900
_CONTEXT = "kms:EncryptionContext:"

T = TypeVar("T")
Statement = dict[str, object]
Ask = Callable[["Actor"], tuple[Possible | None, bool]]
"""Of an actor the first leak, None where there is none, and whether the proof is complete and not vacuous."""


@record
class Repair:
    """`text` is what a reader has to do."""

    text: str


def repaired(actor: Actor, asker: Asker, store: Store, leak: Possible, ask: Ask) -> Repair | None:
    """Statements that, in place of those that leak, leave the store isolated and the session's own data in reach."""
    key = asker.declared.tenant_keys[0] if asker.declared is not None and asker.declared.tenant_keys else None
    if key is None or not asker.tagged:
        return None
    variable = f"${{{key}}}"
    changed: dict[tuple[int, int], Statement] = {}
    found: Possible | None = leak
    for _ in range(_MOST_ROUNDS):
        if found is None:
            break
        place = _place(actor, found)
        if place is None:
            return None
        step = _step(actor, place, found, store, variable, ask)
        if step is None:
            return None
        actor, changed[place] = step
        found, _ = ask(actor)
    if found is not None or not changed:
        return None
    isolated, sound = ask(actor)
    if isolated is not None or not sound:
        return None
    parts = []
    for (number, index), statement in sorted(changed.items()):
        shown = json.dumps(_shown(statement), ensure_ascii=False)
        if len(shown) > _LONGEST:
            return None
        parts.append(f"Statement[{index}] of {actor.identity[number].name}: {shown}")
    return Repair("Proved to isolate: " + "; ".join(parts))


def _place(actor: Actor, found: Possible) -> tuple[int, int] | None:
    """Which statement of which identity policy allowed it."""
    for layer, policy, statement in found.decision.allowing:
        if layer == "identity":
            for number, each in enumerate(actor.identity):
                if each is policy and actor.attached[number].source is not None:
                    return number, statement.index
    return None


def _step(
    actor: Actor, place: tuple[int, int], found: Possible, store: Store, variable: str, ask: Ask
) -> tuple[Actor, Statement] | None:
    """The smallest change of the statement after which this shape leaks no more."""
    number, index = place
    written = actor.attached[number].document
    if not isinstance(written, dict):
        return None
    for statement in _candidates(_statement(written, index), found, store, variable):
        changed = _with(actor, number, index, statement)
        after, _ = ask(changed)
        if after is None or after.shape.name != found.shape.name or _place(changed, after) != place:
            return changed, statement
    return None


def _statement(document: dict[str, object], index: int) -> Statement:
    listed = document.get("Statement")
    one = listed[index] if isinstance(listed, list) else listed
    return deepcopy(one) if isinstance(one, dict) else {}


def _with(actor: Actor, number: int, index: int, statement: Statement) -> Actor:
    attached = actor.attached[number]
    document = dict(attached.document) if isinstance(attached.document, dict) else {}
    listed = document.get("Statement")
    document["Statement"] = (
        [statement if at == index else each for at, each in enumerate(listed)]
        if isinstance(listed, list)
        else statement
    )
    policy = Policy.of(attached.name, document)
    return replace(
        actor,
        attached=_put(actor.attached, number, replace(attached, document=document)),
        identity=_put(actor.identity, number, policy),
        prepared=_put(actor.prepared, number, prepare(policy.name, policy.document)),
    )


def _put(items: Sequence[T], at: int, item: T) -> tuple[T, ...]:
    return (*items[:at], item, *items[at + 1 :])


def _candidates(statement: Statement, found: Possible, store: Store, variable: str) -> Iterator[Statement]:
    if "Action" not in statement:
        # A list of what is not meant is no place for a condition on one service.
        return
    conditions = statement.get("Condition")
    block = conditions if isinstance(conditions, dict) else {}
    for operator, keys in block.items():
        if str(operator).startswith("ForAllValues:") and isinstance(keys, dict):
            # A request without the key satisfies `ForAllValues`; this demands that it is there.
            yield _and(statement, "Null", dict.fromkeys(keys, "false"))
    entry = store.entry
    if isinstance(entry, DynamodbItems):
        yield from _for_items(statement, entry, found, variable)
    elif isinstance(entry, S3Objects):
        yield from _for_objects(statement, entry, found, variable)
    elif isinstance(entry, KmsContext):
        wanted = {f"{_CONTEXT}{name}": value.replace(HOLE, variable) for name, value in entry.context.items()}
        yield _and(_without(statement, {name.lower() for name in wanted}), "StringEquals", wanted)
        yield from _listed(statement, found)
    elif isinstance(entry, OwnedArn):
        yield _resource(statement, [entry.arn.replace(HOLE, variable)])
    elif isinstance(entry, TaggedResources):
        yield _and(
            _without(statement, {f"aws:resourcetag/{entry.tag.lower()}"}),
            "StringEquals",
            {f"aws:ResourceTag/{entry.tag}": variable},
        )
    elif isinstance(entry, TaggedS3Objects):
        key = f"s3:ExistingObjectTag/{entry.tag}"
        yield _and(_without(statement, {key.lower()}), "StringEquals", {key: variable})
        yield from _listed(statement, found)


def _for_items(statement: Statement, entry: DynamodbItems, found: Possible, variable: str) -> Iterator[Statement]:
    own = entry.key.replace(HOLE, variable)
    operator = "ForAllValues:StringLike" if "*" in own else "ForAllValues:StringEquals"
    plain = _without(statement, {"dynamodb:leadingkeys"})
    bound = _and(_and(plain, operator, {"dynamodb:LeadingKeys": [own]}), "Null", {"dynamodb:LeadingKeys": "false"})
    if found.shape.name not in ("one key", "several keys", "a transaction"):
        yield from _listed(statement, found, keep=ITEM_ACTIONS)
    yield bound
    for listed in _listed(statement, found, keep=ITEM_ACTIONS):
        yield _and(
            _and(_without(listed, {"dynamodb:leadingkeys"}), operator, {"dynamodb:LeadingKeys": [own]}),
            "Null",
            {"dynamodb:LeadingKeys": "false"},
        )


def _for_objects(statement: Statement, entry: S3Objects, found: Possible, variable: str) -> Iterator[Statement]:
    own = entry.key.replace(HOLE, variable)
    if found.shape.name.startswith("listing"):
        yield _and(_without(statement, {"s3:prefix"}), "StringLike", {"s3:prefix": [own]})
    elif found.shape.name == "objects":
        listed = statement.get("Resource")
        first = listed[0] if isinstance(listed, list) and listed else listed
        yield _resource(statement, [_inside(first, entry.bucket, own)])
    yield from _listed(statement, found)


def _listed(statement: Statement, found: Possible, keep: Sequence[str] = ()) -> Iterator[Statement]:
    """The statement without the actions that leak, wildcards written out."""
    leaking = {action.lower() for action in found.shape.actions}
    names = [
        action.name
        for each in _items(statement.get("Action"))
        for action in (catalogue().matching(each) if "*" not in (each, each[:1]) else ())
    ]
    chosen = [name for name in names if (name in keep if keep else name.lower() not in leaking)]
    if chosen and len(chosen) < len(names):
        yield {**statement, "Action": list(dict.fromkeys(chosen))}


def _items(value: object) -> list[str]:
    return [each for each in (value if isinstance(value, list) else [value]) if isinstance(each, str)]


def _inside(resource: object, bucket: str, own: str) -> object:
    """The bucket that the resource names, with the caller's own keys."""
    parts: list[str | Unknown] = []
    for part in resource.parts if isinstance(resource, Text) else (resource,):
        if isinstance(part, Unknown):
            parts.append(part)
            continue
        before, slash, _ = str(part).partition("/")
        parts.append(before)
        if slash:
            break
    begins = str(parts[0]) if parts else ""
    return text_of([*parts, f"/{own}"]) if begins.startswith("arn:") else f"arn:aws:s3:::{bucket}/{own}"


def _shown(value: object) -> object:
    """As a template would have it with `Fn::Sub`: holes by their names."""
    if isinstance(value, Text):
        return str(value)
    if isinstance(value, Unknown):
        return hole_name(value)
    if isinstance(value, dict):
        return {key: _shown(child) for key, child in value.items()}
    return [_shown(child) for child in value] if isinstance(value, list) else value


def _resource(statement: Statement, resources: list[object]) -> Statement:
    kept = {key: value for key, value in statement.items() if key not in ("Resource", "NotResource")}
    return {**kept, "Resource": resources if len(resources) > 1 else resources[0]}


def _without(statement: Statement, keys: set[str]) -> Statement:
    """The statement without conditions on the keys, given in lower case."""
    conditions = statement.get("Condition")
    left: dict[str, object] = {}
    for operator, block in conditions.items() if isinstance(conditions, dict) else ():
        kept = (
            {key: value for key, value in block.items() if key.lower() not in keys}
            if isinstance(block, dict)
            else block
        )
        if kept:
            left[operator] = kept
    return (
        {**statement, "Condition": left}
        if left
        else {key: value for key, value in statement.items() if key != "Condition"}
    )


def _and(statement: Statement, operator: str, keys: Mapping[str, object]) -> Statement:
    conditions = statement.get("Condition")
    block = dict(conditions) if isinstance(conditions, dict) else {}
    existing = block.get(operator)
    block[operator] = {**(existing if isinstance(existing, dict) else {}), **keys}
    return {**statement, "Condition": block}
