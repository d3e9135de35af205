"""The resources of the files that an `arn` or `tagged` entry describes and that have a policy of their own.

What is in no file is asked about by its pattern alone: that a resource in no file has no policy is a standing
assumption, except of keys and roles, whose own policy decides in any case.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache

from scanner.base.record import record, replace
from scanner.iam.arn_binding import bind
from scanner.iam.replicas import replica_arns, tags_of_copies
from scanner.iam.resource_arns import resource_arns
from scanner.iam.resource_policies import WITH_POLICY
from scanner.model.partial_text import Text
from scanner.model.resource import Inventory, Resource
from scanner.model.unknown import Unknown
from scanner.model.world import World
from scanner.prover.solver.pattern import Tenant
from scanner.prover.solver.question import Holes, Shape
from scanner.prover.system import owned_resources
from scanner.prover.system.arn_tokens import spelled
from scanner.prover.system.data_requests import owner_pattern, term_tokens
from scanner.prover.system.key_facts import with_facts
from scanner.prover.system.policied_parts import SECOND_NAMES, parts_of, requests_for_part
from scanner.prover.system.principals import tags_of, tenant_unknown
from scanner.prover.system.standins import Ground
from scanner.prover.system.unheld_resources import unheld_resources
from scanner.tenancy import ownership
from scanner.tenancy.identifiers import HOLE, TenantIds
from scanner.tenancy.owned import OwnedArn, TaggedResources
from scanner.tenancy.tenancy import Tenancy

ROLE = "AWS::IAM::Role"
_TYPES = frozenset((*WITH_POLICY, ROLE))
_SEGMENTS = 6
_FORM_HOLE = re.compile(r"\$\{[^}]*\}")
_LATER = "\0"  # stands for what deployment makes; no id has the character


@record
class Held:
    """A resource of one tenant, with the requests for it. `owner` is an Unknown where whose it is is not known.

    `far` says that its ARN is none that the entry's own pattern speaks of.
    """

    resource: Resource
    owner: str | Unknown
    shapes: tuple[Shape, ...]
    far: bool = False


def held_resources(  # noqa: PLR0913  # an entry and all that it is looked up in
    entry: OwnedArn | TaggedResources,
    tenancy: Tenancy,
    inventory: Inventory,
    world: World,
    ground: Ground,
    holes: Holes,
    near: Callable[[Resource], bool],
) -> Iterator[Held]:
    """Each of them that belongs to a tenant. Raises UndecidedError."""
    for kind, named_by in _kinds(entry):
        # What is inferred accuses nobody for what may lie elsewhere.
        unheld = unheld_resources(kind, inventory, world, ground) if tenancy.source != "inferred" else ()
        for resource in (*inventory.of_type(kind), *unheld):
            if not near(resource):
                continue
            named = ownership.is_named_by(named_by, resource, world, tenancy.tenant_ids, inventory)
            if named is False or not resource.exists(world):
                continue
            owner = _owner(named_by, resource, world, ground, tenancy.tenant_ids) if named is True else named
            if owner is None or (isinstance(owner, str) and not tenancy.tenant_ids.is_id(owner)):
                continue
            arn = ground.own_arn(resource, world)
            tags = tags_of(resource, world)
            known = dict(tags) if not isinstance(tags, Unknown) else {}
            # Of a log group's two spellings the one without `:*`: the other is a form below it.
            written = ownership.arn_spellings(arn)[-1] if isinstance(arn, str | Text) else arn
            for number, each in enumerate((written, *replica_arns(resource, arn, world, ground))):
                tokens = term_tokens(each if isinstance(each, str | Text | Unknown) else "*", holes)
                told = tags_of_copies(kind, known) if number else known
                shapes = owned_resources.of_resource(kind, tokens, told, ground, below=not entry.only_resource)
                shapes = with_facts(shapes, resource, world)
                yield Held(resource, owner, _wanted(entry, shapes), far=bool(number))
            for part in parts_of(resource, inventory, world) if not entry.only_resource else ():
                through = _wanted(entry, requests_for_part(part, world, ground, holes))
                # The ARN of a second name of a bucket says nothing of the bucket.
                yield Held(part, owner, through, far=part.type in SECOND_NAMES)


@lru_cache(maxsize=1024)
def _kinds(entry: OwnedArn | TaggedResources) -> tuple[tuple[str, OwnedArn | TaggedResources], ...]:
    """The types to look among, each with the entry as it names resources of the type."""
    kinds: list[tuple[str, OwnedArn | TaggedResources]] = [(kind, entry) for kind in types_with_policy(entry)]
    if isinstance(entry, OwnedArn) and not entry.only_resource:
        for wider, kind in _below(entry.arn):
            if kind not in {each for each, _ in kinds}:
                kinds.append((kind, replace(entry, arn=wider)))
    return tuple(kinds)


def _below(arn: str) -> Iterator[tuple[str, str]]:
    """The types of what has its own policy and an ARN that goes on where the owner's ends, each with such an ARN.

    The whole may be nothing that CloudFormation makes, as a layer is, whose versions are resources.
    """
    arns = resource_arns()
    for form in arns.describing(arn):
        for related in arns.below(form):
            if related.named and related.form.arn.startswith(form.arn):
                rest = _FORM_HOLE.sub("*", related.form.arn.removeprefix(form.arn))
                yield from ((f"{arn}{rest}", kind) for kind in arns.types_of(related.form) if kind in _TYPES)


def wholes_of(
    entry: OwnedArn,
    tenancy: Tenancy,
    inventory: Inventory,
    world: World,
    ground: Ground,
    near: Callable[[Resource], bool],
) -> Iterator[tuple[Resource, Unknown | None]]:
    """The pooled resources in which what the entry names lies, as a prefix does in a bucket; with why that is not sure.

    Their policies are for what is in them. Raises UndecidedError.
    """
    for kind, arn in _wholes(entry.arn):
        unheld = unheld_resources(kind, inventory, world, ground) if tenancy.source != "inferred" else ()
        for resource in (*inventory.of_type(kind), *unheld):
            named = ownership.is_called(arn, resource, world) if near(resource) else False
            if named is not False and resource.exists(world):
                yield resource, named if isinstance(named, Unknown) else None


@lru_cache(maxsize=1024)
def _wholes(arn: str) -> tuple[tuple[str, str], ...]:
    """The types of such resources that can have a policy of their own, each with their ARN."""
    arns = resource_arns()
    found: dict[tuple[str, str], None] = {}
    for form in arns.describing(arn):
        values = bind(form, owner_pattern(arn).tokens)
        if values is None:
            continue
        for related in arns.above(form):
            told = {upper: values[lower] for lower, upper in related.shared if lower in values}
            if not related.named or not all(hole in told for hole in related.form.holes):
                continue
            if any(Tenant.OWNER in tokens for tokens in told.values()):
                continue  # one of each tenant's: the entry describes it by itself
            place = {name: tokens for name, tokens in values.items() if name not in form.holes}
            pattern = spelled(related.form, {**place, **told})
            text = "".join(token if isinstance(token, str) else "*" for token in pattern.tokens)
            found.update(((kind, text), None) for kind in arns.types_of(related.form) if kind in WITH_POLICY)
    return tuple(found)


@lru_cache(maxsize=1024)
def types_with_policy(entry: OwnedArn | TaggedResources) -> tuple[str, ...]:
    """The types of resources that the entry may describe and that can have a policy of their own."""
    if isinstance(entry, TaggedResources):
        return tuple(kind for kind in entry.types if kind in _TYPES)
    arns = resource_arns()
    forms = arns.describing(entry.arn)
    wider = [related.form for form in forms for related in arns.above(form)]
    found = {kind for form in (*forms, *wider) for kind in arns.types_of(form)}
    return tuple(sorted(found & _TYPES))


def _owner(
    entry: OwnedArn | TaggedResources, resource: Resource, world: World, ground: Ground, ids: TenantIds
) -> str | Unknown | None:
    if isinstance(entry, TaggedResources):
        tags = tags_of(resource, world)
        if isinstance(tags, Unknown):
            return tags
        return tags.get(entry.tag) or tenant_unknown(resource, (entry.tag,), world)
    if resource.tenant is not None:
        return resource.tenant
    arn = ground.own_arn(resource, world)
    later = Unknown("deploy-time", f"whose `{resource.logical_id}` is rests on its name, which deployment makes")
    if isinstance(arn, Text):
        arn = "".join(each if isinstance(each, str) else _LATER for each in arn.parts)
    if not isinstance(arn, str):
        return later
    # The shorter spelling first: of a log group `:*` is no part of the tenant's id.
    found: str | None = None
    for written in reversed(ownership.arn_spellings(arn)):
        for pattern in _spellings(entry.arn):
            match = pattern.fullmatch(str(written))
            if match is not None and ids.is_id(match["owner"]):
                return match["owner"]
            if match is not None:
                found = found or _shorter(match, str(written), pattern, ids) or match["owner"]
    if found is not None or _LATER in arn:
        return found if found is not None and _LATER not in found else later
    return Unknown("undeclared", f"whose `{resource.logical_id}` is cannot be read off its name")


def _shorter(match: re.Match[str], text: str, pattern: re.Pattern[str], ids: TenantIds) -> str | None:
    """The longest id in place of one that ran over into what a `*` stands for; None where there is none."""
    start, end = match.span("owner")
    for at in range(end - 1, start, -1):
        owner = text[start:at]
        if ids.is_id(owner) and re.fullmatch(_with_owner(pattern.pattern, owner), text, re.DOTALL):
            return owner
    return None


def _with_owner(pattern: str, owner: str) -> str:
    return pattern.replace("(?P<owner>.+)", re.escape(owner)).replace("(?P=owner)", re.escape(owner))


@lru_cache(maxsize=1024)
def _spellings(arn: str) -> tuple[re.Pattern[str], ...]:
    """What the ARN of an owned resource is like, and of a bucket where the entry names what is in it."""
    name = arn.split(":", _SEGMENTS - 1)[-1]
    written = [*ownership.arn_spellings(arn)]
    if arn.split(":")[2:3] == ["secretsmanager"]:
        written = [*ownership.secret_spellings(arn)]
    if "/" in name and HOLE in name.partition("/")[0]:
        written.append(arn.removesuffix(name) + name.partition("/")[0])
    return tuple(re.compile(_spelled(each), re.DOTALL) for each in map(str, written) if HOLE in each)


def _spelled(arn: str) -> str:
    pieces = [re.escape(piece).replace(r"\*", ".*").replace(r"\?", ".") for piece in arn.split(HOLE)]
    first, *rest = pieces
    return first + "(?P<owner>.+)" + "(?P=owner)".join(rest)


def _wanted(entry: OwnedArn | TaggedResources, shapes: tuple[Shape, ...]) -> tuple[Shape, ...]:
    if isinstance(entry, TaggedResources) or not entry.actions:
        return shapes
    wanted = owned_resources.named_actions(entry.actions)
    narrowed = (replace(shape, actions=tuple(each for each in shape.actions if each in wanted)) for shape in shapes)
    return tuple(shape for shape in narrowed if shape.actions)
