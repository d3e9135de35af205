"""Templates of session policies, and the role that a broker takes with each of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from scanner.iam.effective_policies import attached_policies, trust_document
from scanner.iam.policy_document import parse_document
from scanner.model.resource import Inventory, Resource
from scanner.model.world import Leaf, TooManyWorldsError, World, explore
from scanner.tenancy.inference.evidence import Proposal, seen
from scanner.tenancy.inference.policy_guards import TEMPLATE_KEY, Guard, guards_in, written_in
from scanner.tenancy.inference.store_names import ROLES, Stores

_EVERYTHING = "*"


def fit_session_policies(
    templates: Sequence[Resource], inventory: Inventory, spelled: Mapping[str, Sequence[str]] | None = None
) -> tuple[tuple[Proposal, ...], tuple[Guard, ...]]:
    """The sessions that the templates make, and the guards in those that fit a role.

    A template fits a role that other principals take and that holds everything the template grants; where it fits
    several, which it is is for a person to say. `templates` hold the document under `PolicyDocument`, and are called
    by their path, under which `spelled` has how the tenant's hole is written where that has to be declared.
    """
    stores = Stores(inventory)
    brokered = [role for role in inventory.of_type("AWS::IAM::Role") if _is_brokered(role)] if templates else []
    granted = {role.address: _services_of(role, inventory) for role in brokered}
    proposals: list[Proposal] = []
    guards: list[Guard] = []
    for template in templates:
        here = [guard for written in written_in(template) for guard in guards_in(written) if guard.key == TEMPLATE_KEY]
        asked = {action.partition(":")[0] for guard in here for action in guard.actions}
        fitting = [
            role for role in brokered if asked and (_EVERYTHING in (own := granted[role.address]) or asked <= own)
        ]
        for role in fitting:
            name, path = stores.name(role, ROLES), template.logical_id
            what = (
                f"`{path}` has a hole for the tenant, and grants of what other principals take `{role.logical_id}` for"
            )
            if len(fitting) > 1:
                what += ", as of other roles"
            value: dict[str, object] = {"name": f"sessions with {path}", "roles": [name], "session_policy": path}
            if holes := (spelled or {}).get(path):
                value["hole"] = holes[0]
            evidence = seen(what, template, ("Properties", "PolicyDocument"), World(), strong=len(fitting) == 1)
            proposals.append(Proposal("sessions", value, (evidence,)))
        if fitting:
            guards.extend(here)
    return tuple(proposals), tuple(guards)


def _is_brokered(role: Resource) -> bool:
    """Whether principals take it, and neither services nor people who sign in."""
    for leaf in _everywhere(role):
        items = [
            item
            for statement in parse_document(leaf.result).statements
            if statement.principal is not None and statement.effect == "Allow"
            for item in statement.principal.items
        ]
        if items and all(item.type == "AWS" for item in items):
            return True
    return False


def _everywhere(role: Resource) -> list[Leaf[object]]:
    try:
        return explore(lambda world: trust_document(role, world))
    except TooManyWorldsError:
        return []


def _services_of(role: Resource, inventory: Inventory) -> frozenset[str]:
    """The services that its policies allow anything of; `*` where they allow any."""
    try:
        leaves = explore(lambda world: list(attached_policies(role, inventory, world)))
    except TooManyWorldsError:
        return frozenset()
    return frozenset(service for leaf in leaves for each in leaf.result for service in _services(each.document))


def _services(document: object) -> Iterator[str]:
    for statement in parse_document(document).statements:
        if statement.effect != "Allow":
            continue
        if statement.action.negated:
            yield _EVERYTHING
        for term in statement.action.terms.items:
            yield str(term).lower().partition(":")[0]
