"""The new access that a change grants: requests that are allowed after it and were not before."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, field, fields, replace

from scanner.base.record import record
from scanner.engine.replay import replay
from scanner.iam.effective_policies import PRINCIPALS, trust_document
from scanner.iam.policies import Policy
from scanner.iam.resource_policies import BESIDE, FUNCTION, INLINE, resource_policy
from scanner.iam.resource_policy_diff import Opening, opened
from scanner.model.resource import Inventory, Resource
from scanner.model.unknown import Unknown
from scanner.model.world import Leaf, TooManyWorldsError, World, explore
from scanner.options import Options
from scanner.prover.system.system import ROLE, System
from scanner.prover.theorems.principal_diff import Gain, gained
from scanner.scanning import read

_GROUP = "AWS::IAM::Group"
_WITH_POLICY = (*INLINE, *BESIDE, FUNCTION)


@record
class Access:
    """New access of one principal, or to one resource by its own policy.

    `actions` begin with that of the example; `resource` and `context` are the example's. `when` names the choices under
    which it is so, `doubt` why it is not sure. `by` are the statements that allow it, as `policy, Statement[0]`.
    """

    principal: str
    actions: tuple[str, ...]
    resource: str
    context: dict[str, object]
    by: tuple[str, ...]
    when: dict[str, object] = field(default_factory=dict)
    doubt: str | None = None
    path: str | None = None
    line: int | None = None

    def document(self) -> dict[str, object]:
        """As the JSON of `tenantproof diff` has it; what is not JSON becomes text."""
        return json.loads(json.dumps(asdict(self), default=str))  # type: ignore[no-any-return]  # a mapping by its form

    def sentence(self) -> str:
        """As `Worker may dynamodb:PutItem and 3 more actions, as on arn:...`."""
        more = f" and {len(self.actions) - 1} more" if len(self.actions) > 1 else ""
        what = f"`{self.actions[0]}`{more}" if self.actions else "more"
        where = f", as on {self.resource}" if self.resource else ""
        when = "".join(f", {name} is {json.dumps(value)}" for name, value in self.when.items())
        under = f" with {json.dumps(self.context)}" if self.context else ""
        doubt = f" (unknown: {self.doubt})" if self.doubt else ""
        return f"{self.principal} {'might' if self.doubt else 'may'} now {what}{where}{under}{when}{doubt}"


def new_access(before: Options, after: Options) -> list[Access]:
    """By principal, in the order of addresses. Raises ProblemsError where either side cannot be read."""
    old, _ = read(replace(before, detached=True))
    new, tenancy = read(replace(after, detached=True))
    systems = System(tenancy, old, replay), System(tenancy, new, replay)
    found: list[Access] = []
    for kind in PRINCIPALS:
        if kind == _GROUP:
            continue  # what a group's policies allow is told of its users
        for principal in new.of_type(kind):
            found += _in_every_world(principal, lambda world, each=principal: _gains(systems, each, world))
    for resource in new.resources:
        if resource.type in _WITH_POLICY or resource.type == ROLE:
            found += _in_every_world(resource, lambda world, each=resource: _openings(old, new, each, world))
    return sorted(found, key=lambda each: (each.principal, each.actions, each.resource, json.dumps(each.when)))


def _in_every_world(resource: Resource, ask: object) -> Iterator[Access]:
    """What is new in each world, told once where it is new in all of them."""
    try:
        leaves: list[Leaf[list[Access]]] = explore(ask)  # type: ignore[arg-type]  # a lambda with a default
    except TooManyWorldsError:
        why = "too many choices of the template to try them all"
        yield Access(resource.address, (), "", {}, (), doubt=why)
        return
    told: dict[str, list[tuple[Access, Leaf[list[Access]]]]] = {}
    for leaf in leaves:
        for access in leaf.result:
            told.setdefault(json.dumps(access.document(), sort_keys=True), []).append((access, leaf))
    for entries in told.values():
        access, leaf = entries[0]
        when = {} if len(entries) == len(leaves) else dict(leaf.world.labels)
        yield Access(**{**{each.name: getattr(access, each.name) for each in fields(access)}, "when": when})


def _gains(systems: tuple[System, System], principal: Resource, world: World) -> list[Access]:
    if not principal.exists(world):
        return []
    return [_told(gain, principal, world) for gain in gained(*systems, principal, world)]


def _told(gain: Gain, principal: Resource, world: World) -> Access:
    places = [
        each.source.source.locate(each.source, each.keys, world) for each in gain.allowed_by if each.source is not None
    ]
    return Access(
        principal.address,
        gain.actions,
        str(gain.resource),
        dict(gain.context),
        tuple(f"{each.policy}, Statement[{each.number}]" for each in gain.allowed_by),
        doubt=gain.doubt.detail if gain.doubt is not None else None,
        path=places[0].path if places else None,
        line=places[0].line if places else None,
    )


def _openings(old: Inventory, new: Inventory, resource: Resource, world: World) -> list[Access]:
    if not resource.exists(world):
        return []
    was = old.at(resource.address)
    if was is not None and not was.exists(world):
        was = None
    found: list[Access] = []
    for name, before, after in _policies(old, new, was, resource, world):
        place = resource.source.locate(resource, (), world)
        found += [_opening(each, resource, name, place.path, place.line) for each in opened(before, after)]
    return found


Sides = tuple[str, Policy | Unknown | None, Policy | Unknown | None]


def _policies(
    old: Inventory, new: Inventory, was: Resource | None, resource: Resource, world: World
) -> Sequence[Sides]:
    if resource.type == ROLE:
        before = Policy.of("trust", trust_document(was, world)) if was is not None else None
        return [("the trust policy", before, Policy.of("trust", trust_document(resource, world)))]
    return [
        (
            "its policy",
            resource_policy(was, old, world) if was is not None else None,
            resource_policy(resource, new, world),
        )
    ]


def _opening(opening: Opening, resource: Resource, policy: str, path: str, line: int | None) -> Access:
    principal = opening.principal or "some principal"
    denied = ", which was denied before" if opening.how == "no longer denied" else ""
    return Access(
        f"{principal} on {resource.address}",
        opening.actions or (("sts:AssumeRole",) if resource.type == ROLE else ()),
        ", ".join(opening.resources),
        {},
        (f"{policy} of {resource.address}, Statement[{opening.statement}]{denied}",),
        doubt=opening.doubt.detail if opening.doubt is not None else None,
        path=path,
        line=line,
    )
