"""Copies of a resource in other regions, which AWS keeps in step: the same data under the ARN of another region."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from scanner.iam.standins import Ground, as_it_is
from scanner.iam.terms import ARN_SEGMENTS
from scanner.model.deferred import settle, settle_all
from scanner.model.partial_text import Text, text_of
from scanner.model.resource import Resource
from scanner.model.unknown import OpenList, Unknown
from scanner.model.world import World

_REGION = 3
# By type the property that lists the copies and what names the region of each, from the types' pages of the "AWS
# resource and property types reference". Of a table by Terraform `replica` blocks become this property.
_LISTED: Mapping[str, tuple[tuple[str, ...], str | None]] = {
    "AWS::DynamoDB::Table": (("Replicas",), "Region"),
    "AWS::DynamoDB::GlobalTable": (("Replicas",), "Region"),
    "AWS::SecretsManager::Secret": (("ReplicaRegions",), "Region"),
    "AWS::Cassandra::Keyspace": (("ReplicationSpecification", "RegionList"), None),
    "AWS::Cassandra::Table": (("ReplicaSpecifications",), "Region"),
}


# "Multi-Region keys in AWS KMS": every replica has the same key material and key ID, and a policy of its own.
_KEY = "AWS::KMS::Key"
# "Replicate AWS Secrets Manager secrets across Regions": its tags go along. Of tables and keys each copy has its own.
_WITH_TAGS = frozenset({"AWS::SecretsManager::Secret"})


def tags_of_copies(kind: str, tags: Mapping[str, str]) -> Mapping[str, str]:
    """What is known of the tags of a copy, where the resource of the type has these."""
    return tags if kind in _WITH_TAGS else {}


def replica_arns(resource: Resource, arn: object, world: World, ground: Ground = as_it_is) -> Iterator[str | Text]:
    """The ARNs of its copies in regions other than that of `arn`, its own; `ground` may replace what a region is.

    Raises UndecidedError.
    """
    if not isinstance(arn, str | Text):
        return
    if resource.type == _KEY and _may_be_copied(resource, world):
        yield in_region(
            arn, Unknown("missing-file", f"where `{resource.logical_id}` has replicas is in no file scanned")
        )
    if resource.type not in _LISTED:
        return
    path, name = _LISTED[resource.type]
    value = settle(resource.fields.get("Properties"), world)
    for key in path:
        value = settle(value.get(key), world) if isinstance(value, dict) else value
    if isinstance(value, Unknown):
        yield in_region(arn, value.plain())
        return
    listed = settle_all(value, world)
    for each in listed if isinstance(listed, list) else ():
        region = each.get(name) if name is not None and isinstance(each, dict) else each
        if (there := in_region(arn, ground(region))) != arn:
            yield there
    if isinstance(listed, OpenList):
        yield in_region(arn, listed.unknown)


def _may_be_copied(key: Resource, world: World) -> bool:
    properties = settle(key.fields.get("Properties"), world)
    said = settle(properties.get("MultiRegion"), world) if isinstance(properties, dict) else properties
    return said is not None and said is not False and str(said).lower() != "false"


def in_region(arn: str | Text, region: object) -> str | Text:
    """The ARN with another region, or as it is where its own is not written or the other is none."""
    if not isinstance(region, str | Text | Unknown):
        return arn
    parts: list[str | Unknown] = []
    colons = 0
    for part in (arn,) if isinstance(arn, str) else arn.parts:
        if not isinstance(part, str):
            if colons != _REGION:
                parts.append(part)
            continue
        left = ARN_SEGMENTS - 1 - colons
        segments = part.split(":", left) if left > 0 else [part]
        for number, segment in enumerate(segments):
            if number:
                parts.append(":")
                colons += 1
                if colons == _REGION:
                    parts.extend(region.parts if isinstance(region, Text) else (region,))
            if colons != _REGION:
                parts.append(segment)
    if colons <= _REGION:
        return arn
    whole = text_of(parts)
    return whole if isinstance(whole, str | Text) else arn
