"""The stores that tenancy.yaml speaks of, as requests for what is in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from scanner.base.record import record, replace
from scanner.iam.replicas import replica_arns
from scanner.iam.resource_policies import BUCKET
from scanner.iam.terms import Term
from scanner.model.deferred import OpenMap, settle, settle_all
from scanner.model.partial_text import Text
from scanner.model.resource import Inventory, Resource
from scanner.model.unknown import OpenList, Unknown
from scanner.model.world import UndecidedError, World
from scanner.prover.solver.pattern import Token
from scanner.prover.solver.question import Holes, Shape
from scanner.prover.system import data_requests, owned_resources
from scanner.prover.system.closed_world import service_of_type
from scanner.prover.system.held_resources import ROLE, held_resources, wholes_of
from scanner.prover.system.key_facts import with_facts
from scanner.prover.system.policied_parts import arn_of_part, parts_of
from scanner.prover.system.principals import tags_of
from scanner.prover.system.search_bodies import as_domains_say
from scanner.prover.system.standins import Ground
from scanner.prover.system.unheld_resources import unheld_resources
from scanner.tenancy import ownership
from scanner.tenancy.owned import (
    DynamodbItems,
    KmsContext,
    Owned,
    OwnedArn,
    S3Objects,
    TaggedResources,
    TaggedS3Objects,
    TenantAccounts,
)
from scanner.tenancy.tenancy import Tenancy

INDEX_NOTE = "`dynamodb:LeadingKeys` on an index is the index's own partition key"
_ARN_FIELDS = 5


@record
class Store:
    """`target` is the resource of the files that holds the data, None where it is in none.

    `doubt` says why the entry may not speak of this resource at all. `over` is the kind as tenancy.yaml writes it.
    `undeclared_index` says that it may have an index which nobody declared.
    `elsewhere` says that it stands for what no file holds beside resources that one does.
    `owner` is the one tenant that a resource of the files belongs to, None where the pattern says whose what is; with
    `trust` the policy of the resource is a role's, which is one for assuming it only.
    `far` says that its ARN is none that the entry's pattern speaks of, though the data is the entry's.
    `harmless` are the actions on it that rows call so, `unmodelled` says why nothing at all can be asked.
    """

    entry: Owned
    over: str
    service: str
    name: str
    target: Resource | None
    shapes: tuple[Shape, ...]
    account: str | None
    doubt: Unknown | None = None
    notes: tuple[str, ...] = ()
    harmless: tuple[str, ...] = ()
    unmodelled: Unknown | None = None
    undeclared_index: bool = False
    owner: str | Unknown | None = None
    trust: bool = False
    far: bool = False
    elsewhere: bool = False

    @property
    def prefixes(self) -> frozenset[str]:
        """The prefixes of the actions that are asked."""
        return frozenset[str]().union(*(_prefixes(shape.actions) for shape in self.shapes))

    def asked(self, data: str | None) -> Store:
        """The store with the requests for its `items` or its `copies` only."""
        if data is None:
            return self
        return replace(self, shapes=tuple(each for each in self.shapes if each.copies == (data == "copies")))


@lru_cache(maxsize=4096)
def _prefixes(actions: tuple[str, ...]) -> frozenset[str]:
    return frozenset(action.partition(":")[0] for action in actions)


Near = Callable[[Resource], bool]


def service_of(entry: Owned) -> tuple[str, ...]:
    """The prefixes of the services whose rules report on the entry."""
    match entry:
        case DynamodbItems():
            return ("dynamodb",)
        case S3Objects() | TaggedS3Objects():
            return ("s3",)
        case KmsContext():
            return ("kms",)
        case OwnedArn():
            return (entry.arn.split(":")[2] if entry.arn.count(":") >= _ARN_FIELDS else "*",)
        case TaggedResources():
            return tuple(dict.fromkeys(map(service_of_type, entry.types)))
        case TenantAccounts():
            return ()


def stores_of(  # noqa: PLR0913  # an entry and all that it is looked up in
    entry: Owned,
    wants: Callable[[str], bool],
    tenancy: Tenancy,
    inventory: Inventory,
    world: World,
    ground: Ground,
    holes: Holes,
    near: Near = lambda _: True,
) -> Iterator[Store]:
    """The stores an entry means, each with the requests for its data. Raises UndecidedError.

    `wants` says of entries that may be of any service whether it is asked about, `near` of a resource whether it is.
    """
    pooled = not isinstance(entry, OwnedArn | TaggedResources | TenantAccounts)
    harmless = data_requests.harmless_of(entry.kind) if pooled else ()
    match entry:
        case DynamodbItems():
            targets = _targets(entry, ownership.TABLES, tenancy, inventory, world, near)
            for target, doubt in targets:
                own = ground.own_arn(target, world)
                for arn in (own, *replica_arns(target, own, world, ground)):
                    tags = tags_of(target, world) if arn is own else None  # those of a copy are its own
                    yield _table(entry, target, doubt, arn, tags, world, holes)
            if not targets and _is_in_no_file(entry, ownership.TABLES, tenancy, inventory):
                written = ground_arn(f"table/{entry.table}", "dynamodb", ground)
                made = data_requests.dynamodb_items(
                    data_requests.owner_pattern(written).tokens,
                    entry.key,
                    dict(entry.indexes),
                    undeclared="that the table may have, which no file scanned holds,",
                    holes=holes,
                )
                yield Store(
                    entry,
                    entry.kind,
                    "dynamodb",
                    entry.table,
                    None,
                    _with_tags(made),
                    None,
                    None,
                    (INDEX_NOTE,),
                    harmless,
                    undeclared_index=True,
                )
        case S3Objects() | TaggedS3Objects():
            targets = _targets(entry, ownership.BUCKETS, tenancy, inventory, world, near)
            for target, doubt in targets:
                objects = _objects(entry, _arn(target, world, ground, holes), ground)
                name, held = target.logical_id, target.account
                yield Store(entry, entry.kind, "s3", name, target, objects, held, doubt, (), harmless)
                for point in parts_of(target, inventory, world):
                    key = entry.key if isinstance(entry, S3Objects) else None
                    through = tuple(data_requests.through_access_point(arn_of_part(point, world, ground, holes), key))
                    yield Store(entry, entry.kind, "s3", point.logical_id, point, through, held, doubt, (), harmless)
            if not targets and _is_in_no_file(entry, ownership.BUCKETS, tenancy, inventory):
                tokens = data_requests.owner_pattern(f"arn:aws:s3:::{entry.bucket}").tokens
                objects = _objects(entry, tokens, ground)
                yield Store(entry, entry.kind, "s3", entry.bucket, None, objects, None, None, (), harmless)
                for bucket in unheld_resources(BUCKET, inventory, world, ground):
                    named = ownership.is_named_by(entry, bucket, world, tenancy.tenant_ids, inventory)
                    if named is not False and near(bucket) and bucket.exists(world):
                        objects = _objects(entry, _arn(bucket, world, ground, holes), ground)
                        doubt = named if isinstance(named, Unknown) else None
                        yield Store(
                            entry, entry.kind, "s3", bucket.logical_id, bucket, objects, None, doubt, (), harmless
                        )
        case KmsContext():
            targets = _targets(entry, ownership.KEYS, tenancy, inventory, world, near)
            for target, doubt in targets:
                own = ground.own_arn(target, world)
                there = [(target, _tokens(arn, holes)) for arn in (own, *replica_arns(target, own, world, ground))]
                there += [
                    (part, arn_of_part(part, world, ground, holes)) for part in parts_of(target, inventory, world)
                ]
                for copy, copied in there:
                    tags = tags_of(copy, world) if copied == _arn(copy, world, ground, holes) else None
                    asked = _with_tags(data_requests.kms_context(copied, entry.context), copied, tags)
                    asked = with_facts(asked, copy, world)
                    name, held = copy.logical_id, target.account
                    yield Store(entry, entry.kind, "kms", name, copy, asked, held, doubt, (), harmless)
            if not targets and _is_in_no_file(entry, ownership.KEYS, tenancy, inventory):
                tokens = data_requests.owner_pattern(ground_arn("key/*", "kms", ground)).tokens
                asked = _with_tags(data_requests.kms_context(tokens, entry.context))
                yield Store(entry, entry.kind, "kms", entry.key, None, asked, None, None, (), harmless)
        case OwnedArn() | TaggedResources():
            for one in _by_service(entry):
                service = service_of(one)[0]
                if service == "*" or wants(service):
                    yield from _generic(one, service, tenancy, inventory, world, ground, holes, near)
        case TenantAccounts():
            return


def _by_service(entry: OwnedArn | TaggedResources) -> Iterator[OwnedArn | TaggedResources]:
    if isinstance(entry, OwnedArn):
        yield entry
        return
    for type_name in entry.types:
        yield replace(entry, types=(type_name,))


def _generic(  # noqa: PLR0913  # an entry and all that it is looked up in
    entry: OwnedArn | TaggedResources,
    service: str,
    tenancy: Tenancy,
    inventory: Inventory,
    world: World,
    ground: Ground,
    holes: Holes,
    near: Near,
) -> Iterator[Store]:
    """What the entry's pattern or tag describes, then the resources of the files with a policy.

    Raises UndecidedError.
    """
    notes: tuple[str, ...] = ()
    account: str | None = None
    if isinstance(entry, OwnedArn):
        name = entry.arn
        written = entry.arn.split(":")[4] if entry.arn.count(":") >= _ARN_FIELDS else ""
        account = written if written.isdigit() else None
        owned = owned_resources.of_arn(entry, data_requests.owner_pattern(entry.arn), ground)
    else:
        (name,) = entry.types
        owned = owned_resources.of_type(name, entry.tag, ground, below=not entry.only_resource)
        notes = (f"no resource carries `{entry.tag}` in two spellings",)
    unmodelled = None
    if not owned.shapes:
        unmodelled = Unknown("not-modelled", f"AWS's documents list no action on `{name}`, so nothing could be asked")
    if owned.beside:
        kinds = ", ".join(dict.fromkeys(owned.beside))
        notes = (*notes, f"not covered, as their ARNs do not name whose they are: {kinds}")
    held = list(_held(entry, service, tenancy, inventory, world, ground, holes, near))
    trust = not held and service == "iam"
    shapes = tuple(as_domains_say(owned.shapes, name, inventory, world)) if service == "es" else owned.shapes
    whole = Store(entry, entry.kind, service, name, None, shapes, account, None, notes, owned.harmless)
    doubt = None
    if service == "kms" and held:
        doubt = Unknown("missing-file", f"the policies of keys beside those of the files, which `{name}` may mean too")
    whole = replace(whole, unmodelled=unmodelled, trust=trust, doubt=doubt, elsewhere=bool(held))
    around = [*wholes_of(entry, tenancy, inventory, world, ground, near)] if isinstance(entry, OwnedArn) else []
    if not any(unsure is None for _, unsure in around):
        yield whole
    for target, unsure in around:
        yield replace(whole, target=target, account=target.account or account, doubt=doubt or unsure)
    yield from held


def _held(  # noqa: PLR0913  # as above
    entry: OwnedArn | TaggedResources,
    service: str,
    tenancy: Tenancy,
    inventory: Inventory,
    world: World,
    ground: Ground,
    holes: Holes,
    near: Near,
) -> Iterator[Store]:
    """The resources of the files that the entry describes and that have a policy of their own.

    Raises UndecidedError.
    """
    for held in held_resources(entry, tenancy, inventory, world, ground, holes, near):
        target = held.resource
        doubt = held.owner if isinstance(held.owner, Unknown) else None
        yield Store(
            entry,
            entry.kind,
            service,
            target.logical_id or entry.kind,
            target,
            held.shapes,
            target.account,
            doubt,
            owner=held.owner,
            trust=target.type == ROLE,
            far=held.far,
        )


def ground_arn(rest: str, service: str, ground: Ground) -> str:
    """The ARN of something that is in no file: in the account and region at hand."""
    return f"arn:aws:{service}:{ground.region}:{ground.account}:{rest}"


@record
class _Named:
    """The resources that an entry may name: with what it says of them in every world, or None where a world decides."""

    entry: Owned
    known: tuple[tuple[Resource, bool | Unknown | None], ...]


def _targets(
    entry: Owned, types: frozenset[str], tenancy: Tenancy, inventory: Inventory, world: World, near: Near
) -> list[tuple[Resource, Unknown | None]]:
    """Those of them that are near. Raises UndecidedError."""
    found: list[tuple[Resource, Unknown | None]] = []
    for resource, known in _named(entry, types, tenancy, inventory).known:
        if not near(resource):
            continue
        named = known
        if named is None:
            named = ownership.is_named_by(entry, resource, world, tenancy.tenant_ids, inventory)
        if named is not False and resource.exists(world):
            found.append((resource, named if isinstance(named, Unknown) else None))
    sure = [each for each in found if each[1] is None]
    return sure or found


def _is_in_no_file(entry: Owned, types: frozenset[str], tenancy: Tenancy, inventory: Inventory) -> bool:
    """Whether the entry, which names nothing near, names nothing that was read.

    For a declared tenancy everything is near. What is inferred accuses nobody for a store that may lie elsewhere.
    """
    return tenancy.source != "inferred" or not _named(entry, types, tenancy, inventory).known


def _named(entry: Owned, types: frozenset[str], tenancy: Tenancy, inventory: Inventory) -> _Named:
    """Worked out once for all principals: most names are the same in every world, and most are another's."""

    def build() -> _Named:
        known: list[tuple[Resource, bool | Unknown | None]] = []
        for type_name in sorted(types):
            for resource in inventory.of_type(type_name):
                probe = World()
                said: bool | Unknown | None
                try:
                    said = ownership.is_named_by(entry, resource, probe, tenancy.tenant_ids, inventory)
                except UndecidedError:
                    said = None
                if probe.assumptions:
                    said = None  # each world tells on which default it rests
                if said is not False:
                    known.append((resource, said))
        return _Named(entry, tuple(known))

    named = inventory.remember(("named", id(entry), types, id(tenancy)), build)
    assert isinstance(named, _Named)  # noqa: S101  # what was remembered under this key
    return named


def _arn(resource: Resource, world: World, ground: Ground, holes: Holes) -> tuple[Token, ...]:
    return _tokens(ground.own_arn(resource, world), holes)


def _tokens(arn: object, holes: Holes) -> tuple[Token, ...]:
    term: Term = arn if isinstance(arn, str | Text | Unknown) else "*"
    return data_requests.term_tokens(term, holes)


def _objects(entry: S3Objects | TaggedS3Objects, arn: Sequence[Token], ground: Ground) -> tuple[Shape, ...]:
    tokens = tuple(arn)
    if isinstance(entry, S3Objects):
        objects = data_requests.s3_objects(tokens, entry.key)
        return (*_with_tags(objects), *data_requests.through_unknown_access_points(entry.key, ground))
    return (
        *_with_tags(data_requests.tagged_s3_objects(tokens, entry.tag)),
        *data_requests.through_unknown_access_points(None, ground),
    )


def _table(  # noqa: PLR0913  # a table and what is known of it
    entry: DynamodbItems,
    table: Resource,
    doubt: Unknown | None,
    arn: object,
    tags: object,
    world: World,
    holes: Holes,
) -> Store:
    """The table, or the copy of it, that has the ARN. Raises UndecidedError."""
    indexes, undeclared = _indexes(entry, table, world)
    tokens = _tokens(arn, holes)
    shapes: tuple[Shape, ...]
    if undeclared is None and None not in indexes.values() and not isinstance(tags, OpenMap):
        # Nothing here is left to the question: all principals are asked about the same requests.
        own = tuple(tags.items()) if isinstance(tags, Mapping) else ()
        shapes = _items_of(tokens, entry.key, tuple(indexes.items()), own, table.account)
    else:
        asked = data_requests.dynamodb_items(tokens, entry.key, indexes, undeclared=undeclared, holes=holes)
        shapes = _with_tags(asked, tokens, tags)
    notes = (INDEX_NOTE,) if indexes or undeclared else ()
    harmless = data_requests.harmless_of(entry.kind)
    name, held = table.logical_id, table.account
    open_index = undeclared is not None
    return Store(
        entry,
        entry.kind,
        "dynamodb",
        name,
        table,
        shapes,
        held,
        doubt,
        notes,
        harmless,
        undeclared_index=open_index,
    )


@lru_cache(maxsize=4096)
def _items_of(
    arn: tuple[Token, ...],
    key: str,
    indexes: tuple[tuple[str, str | None], ...],
    tags: tuple[tuple[str, str], ...],
    account: str | None,
) -> tuple[Shape, ...]:
    """The requests for what is in a table whose indexes are all known, with the account that it is in."""
    asked = data_requests.dynamodb_items(arn, key, dict(indexes), undeclared=None, holes=Holes())
    return tuple(replace(each, account=account) for each in _with_tags(asked, arn, dict(tags)))


def _with_tags(shapes: Iterable[Shape], arn: Sequence[Token] = (), tags: object = None) -> tuple[Shape, ...]:
    """Requests for what is pooled, whose own tags say nothing of whose data it is. `tags` are those of `arn` alone.

    Without them none is known: it is in no file, or a bucket, whose tags count only where that is asked for ("Enabling
    ABAC in general purpose buckets", Amazon S3 User Guide).
    """
    known = tags if isinstance(tags, Mapping) else {}
    return tuple(replace(each, tags=known if each.resource.tokens == tuple(arn) else {}) for each in shapes)


def _indexes(entry: DynamodbItems, table: Resource, world: World) -> tuple[Mapping[str, str | None], str | None]:
    """The indexes that the table has or the entry names; and why there may be others."""
    properties = settle(table.fields.get("Properties"), world)
    found: dict[str, str | None] = dict(entry.indexes)
    undeclared: str | None = None
    if isinstance(properties, Unknown):
        return found, "that the table may have"
    if not isinstance(properties, dict):
        return found, None
    for kind in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes"):
        listed = settle_all(properties.get(kind), world)
        if isinstance(listed, Unknown | OpenList):
            undeclared = f"that `{table.logical_id}` may have"
        for index in listed if isinstance(listed, list) else []:
            name = index.get("IndexName") if isinstance(index, dict) else None
            if not isinstance(name, str):
                undeclared = f"of `{table.logical_id}` whose name is not known"
            elif name not in found:
                # "Local secondary indexes": they have the partition key of the table itself.
                found[name] = entry.key if kind == "LocalSecondaryIndexes" else None
    return found, undeclared
