"""What requests for a KMS key of the files carry because the key is what it is.

"AWS KMS condition keys" (AWS KMS Developer Guide): `kms:KeySpec`, `kms:KeyUsage`, `kms:KeyOrigin` and `kms:MultiRegion`
have the values of the key that is used, whoever uses it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from scanner.base.record import replace
from scanner.model.deferred import OpenMap, settle
from scanner.model.partial_text import Text
from scanner.model.resource import Resource
from scanner.model.unknown import Unknown
from scanner.model.world import World
from scanner.prover.solver.pattern import literal
from scanner.prover.solver.question import ABSENT, Given, Shape, Unsure, Value

_KEY, _REPLICA = "AWS::KMS::Key", "AWS::KMS::ReplicaKey"
_MULTI_REGION, _KIND = "kms:MultiRegion", "kms:MultiRegionKeyType"
# Condition keys, properties and what those are where they are left out ("AWS::KMS::Key", CloudFormation).
_SAID = (
    ("kms:KeySpec", "KeySpec", "SYMMETRIC_DEFAULT"),
    ("kms:KeyUsage", "KeyUsage", "ENCRYPT_DECRYPT"),
    ("kms:KeyOrigin", "Origin", "AWS_KMS"),
    (_MULTI_REGION, "MultiRegion", "false"),
)
_OF_ITS_PRIMARY = Unknown("missing-file", "what the primary key of a replica is like is not read here")


def with_facts(shapes: Iterable[Shape], resource: Resource, world: World) -> tuple[Shape, ...]:
    """The requests, with what they carry because of what the resource is. Raises UndecidedError."""
    facts = _facts_of(resource, world)
    return tuple(replace(each, facts=facts) if facts else each for each in shapes)


def _facts_of(resource: Resource, world: World) -> Mapping[str, Value]:
    if resource.type == _REPLICA:
        told: dict[str, Value] = {key.lower(): Unsure(_OF_ITS_PRIMARY) for key, *_ in _SAID}
        return {**told, _MULTI_REGION.lower(): Given(literal("true"))}
    if resource.type != _KEY:
        return {}
    properties = settle(resource.fields.get("Properties"), world)
    if isinstance(properties, Unknown):
        return {key.lower(): Unsure(properties.plain()) for key, *_ in _SAID}
    entries = properties if isinstance(properties, dict) else {}
    facts = {key.lower(): _value(entries, name, default, world) for key, name, default in _SAID}
    if facts[_MULTI_REGION.lower()] == Given(literal("false")):
        facts[_KIND.lower()] = ABSENT  # only keys of several regions are of a kind
    return facts


def _value(entries: Mapping[str, object], name: str, default: str, world: World) -> Value:
    found = settle(entries.get(name), world)
    if found is None and isinstance(entries, OpenMap):
        return Unsure(entries.unknown.plain())
    if isinstance(found, Unknown | Text):
        return Unsure(found.plain() if isinstance(found, Unknown) else found.unknown.plain())
    if isinstance(found, bool):
        return Given(literal(str(found).lower()))
    if name == "MultiRegion" and isinstance(found, str):
        found = found.lower()
    return Given(literal(default if found is None else str(found)))


__all__ = ["with_facts"]
