"""Parts of a resource that have a policy of their own: whose they are is the whole's, and what they let in is theirs.

From each type's page of the "AWS resource and property types reference": the property of the part that names its whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from scanner.base.record import replace
from scanner.iam.reference_index import pointers_of, pointing_at
from scanner.model.deferred import settle
from scanner.model.partial_text import Text
from scanner.model.reference_match import names_resource
from scanner.model.resource import Inventory, Resource
from scanner.model.unknown import Unknown
from scanner.model.world import World
from scanner.prover.solver.pattern import Token
from scanner.prover.solver.prepared_policy import PreparedPolicy, PreparedStatement
from scanner.prover.solver.question import Holes, Shape
from scanner.prover.system import data_requests, owned_resources
from scanner.prover.system.key_facts import with_facts
from scanner.prover.system.standins import Ground

ACCESS_POINT = "AWS::S3::AccessPoint"
SECOND_NAMES = frozenset({ACCESS_POINT, "AWS::S3Express::AccessPoint"})
"""Types under whose ARNs the objects of a bucket are reached, though these do not name it."""
_POINT = ":accesspoint/"
_TAG = ":resourcetag/"
_REGION = 4  # the parts of an ARN before its region, and as many colons, leave open what is named
PARTS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "AWS::CodeArtifact::Domain": (("AWS::CodeArtifact::Repository", "DomainName"),),
    "AWS::KMS::Key": (("AWS::KMS::ReplicaKey", "PrimaryKeyArn"),),
    "AWS::S3::Bucket": ((ACCESS_POINT, "Bucket"),),
    "AWS::S3Express::DirectoryBucket": (("AWS::S3Express::AccessPoint", "Bucket"),),
    "AWS::S3Tables::TableBucket": (("AWS::S3Tables::Table", "TableBucketARN"),),
}


def parts_of(whole: Resource, inventory: Inventory, world: World) -> Iterator[Resource]:
    """The parts of the files that name it, or may. Raises UndecidedError."""
    for kind, path in PARTS.get(whole.type, ()):
        # A part may name its whole as that names itself, though `Ref` gives another name.
        own = _property(whole, path, world)
        named_alike = pointers_of(inventory, kind, path).by_name.get(own, []) if isinstance(own, str) else []
        inventory.of_type(kind)  # told to the trace: all of them are looked through
        for part in dict.fromkeys((*pointing_at(inventory, kind, path, whole, world), *named_alike)):
            named = _property(part, path, world)
            same = names_resource(named, whole, world)
            if (same is not False or (named == own and isinstance(own, str))) and part.exists(world):
                yield part


def _property(resource: Resource, path: str, world: World) -> object:
    properties = settle(resource.fields.get("Properties"), world)
    return settle(properties.get(path), world) if isinstance(properties, dict) else properties


def arn_of_part(part: Resource, world: World, ground: Ground, holes: Holes) -> tuple[Token, ...]:
    """Its ARN; of an access point by its name, where that is given. Raises UndecidedError."""
    if part.type == ACCESS_POINT:
        name = _property(part, "Name", world)
        if isinstance(name, str):
            return tuple(f"arn:aws:s3:{ground.region}:{ground.account}:accesspoint/{name}")
    arn = ground.own_arn(part, world)
    return data_requests.term_tokens(arn if isinstance(arn, str | Text | Unknown) else "*", holes)


def requests_for_part(part: Resource, world: World, ground: Ground, holes: Holes) -> tuple[Shape, ...]:
    """The requests for all that is in it. Raises UndecidedError."""
    tokens = arn_of_part(part, world, ground, holes)
    if part.type == ACCESS_POINT:
        return tuple(data_requests.through_access_point(tokens, None))
    shapes = with_facts(owned_resources.of_resource(part.type, tokens, {}, ground), part, world)
    if part.type in SECOND_NAMES:
        return tuple(replace(each, doubt=data_requests.THROUGH_ACCESS_POINT) for each in shapes)
    return shapes


def point_names(inventory: Inventory) -> frozenset[str]:
    """The names of the access points of the files, as far as they are written."""
    return frozenset(
        name
        for point in inventory.of_type(ACCESS_POINT)
        if isinstance(properties := point.fields.get("Properties"), dict)
        and isinstance(name := properties.get("Name"), str)
    )


def names_known_points_only(policies: Iterable[PreparedPolicy], known: frozenset[str], actions: Iterable[str]) -> bool:
    """Whether every access point that a statement may allow one of the actions on is one of those known, so asked by
    itself."""
    wanted = [each.lower() for each in actions]
    return all(
        each.statement.effect == "Deny"
        or all(each.acts(action) is False for action in wanted)
        or _names_known_only(each, known)
        for policy in policies
        for each in policy.statements
    ) and all(policy.more is None for policy in policies)


def _names_known_only(prepared: PreparedStatement, known: frozenset[str]) -> bool:
    selector = prepared.statement.resource
    if selector is not None and (selector.negated or selector.terms.more is not None):
        return False
    asks_for_a_tag = any(_TAG in each.key.lower() for each in prepared.conditions)
    for read in prepared.widest:
        written = read.prefix
        whole = all(isinstance(token, str) for token in read.tokens)
        _, found, name = written.partition(_POINT)
        if not found:
            # What begins as a bucket's ARN, or ends here, names no access point. Neither does a wildcard over all
            # resources of a tag: whose tag is on what no file holds is assumed to be said of it.
            all_kinds = written.count(":") < _REGION and not any(_POINT in str(token) for token in read.tokens)
            if not whole and not written.startswith("arn:aws:s3:::") and not (all_kinds and asks_for_a_tag):
                return False
            continue
        if not (whole or "/" in name) or name.partition("/")[0] not in known:
            return False
    return True
