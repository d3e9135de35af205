"""ARNs of resources that CloudFormation's `Ref` and `Fn::GetAtt` leave to deployment, as far as their form tells them.

A workflow named `globex` has the ARN `...:workflow/globex`, and a policy may name it so in letters. From the forms in
the "Service Authorization Reference" and each type's primary identifier.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from functools import lru_cache

from scanner.iam.arn_syntax import partition_of
from scanner.iam.resource_arns import ArnForm, Hole, resource_arns
from scanner.model.arn_forms import ARN_FORMS, REF_IS_ARN, name_in_arn
from scanner.model.deferred import settle
from scanner.model.partial_text import Part, Text, text_of
from scanner.model.resource import Resource
from scanner.model.types import type_facts
from scanner.model.unknown import Reference, Unknown, reference
from scanner.model.world import UndecidedError, World

# The name that the author gives, where neither the identifier nor the form's hole is called so; None where AWS makes
# up what the form has in its place. Each type's own page of the template reference.
_NAMED_BY: dict[str, str | None] = {
    "AWS::S3::MultiRegionAccessPoint": None,
    "AWS::S3Vectors::VectorBucket": "VectorBucketName",
    "AWS::SecretsManager::Secret": "Name",
}
# Words of a property that the ARN spells otherwise: "How AWS WAF works with IAM" (AWS WAF Developer Guide).
_WORDS = {("wafv2", "Scope"): {"REGIONAL": "regional", "CLOUDFRONT": "global"}}
# "Schema Registry ARNs" (AWS Glue Developer Guide): a schema's name comes behind that of its registry.
_SCHEMA, _DEFAULT_REGISTRY = "AWS::Glue::Schema", "default-registry"
# "Amazon EventBridge resources": rules of the default event bus have no bus in their ARN, those of others do.
_RULE, _DEFAULT_BUS = ("events", "RuleName"), "default"
# "Actions, resources, and condition keys for AWS Elastic Load Balancing V2": each kind's ARN has a word of its own.
_LOAD_BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer"
_KINDS = {"application": "app", "network": "net", "gateway": "gwy"}
# How holes end for which AWS makes an id up, by the "Service Authorization Reference".
_IDS = ("Id", "ID", "UUID", "Uuid")
_SECRET, _RANDOM = "AWS::SecretsManager::Secret", 6
_PSEUDO = {
    "Partition": "AWS::Partition",
    "Region": "AWS::Region",
    "Account": "AWS::AccountId",
    "AccountId": "AWS::AccountId",
}


def is_arn(said: Reference, resource: Resource) -> bool:
    """Whether the reference is the resource's ARN: by `Fn::GetAtt`, or by `Ref` where that gives it."""
    if said.attribute.lower() in ("arn", f"{resource.type.rpartition('::')[2].lower()}arn"):
        return True
    facts = type_facts(resource.type)
    identifier = facts.identifier if facts is not None else ()
    if resource.type in REF_IS_ARN:
        return said.attribute in ("Ref", *identifier[:1])
    if len(identifier) != 1 or not identifier[0].lower().endswith("arn"):
        return False
    return said.attribute in ("Ref", identifier[0])


@lru_cache(maxsize=2048)
def is_nameable(type_name: str) -> bool:
    """Whether the author of a template may give such a resource the name that its ARN has; AWS makes an id else."""
    if type_name in ARN_FORMS:
        return ARN_FORMS[type_name].name is not None
    if type_name in _NAMED_BY:
        return _NAMED_BY[type_name] is not None
    facts = type_facts(type_name)
    made = facts.attributes if facts is not None else ()
    names = [hole for form in resource_arns().of_type(type_name)[:1] for hole in form.holes]
    drawn = [name for name in names if name.endswith(_IDS) or (name in made and not name.endswith("Name"))]
    return bool(names) and not drawn


def made_arn(resource: Resource) -> str | Text | None:
    """The ARN by the type's form, with holes for what only deployment gives; None where its form does not tell it."""
    form = _form(resource)
    if form is None:
        return None
    parts: list[Part] = []
    made = 0
    for piece in form.pieces:
        if isinstance(piece, str):
            parts.append(piece)
        elif piece.name in _PSEUDO:
            parts.append(_place(piece.name, resource))
        else:
            found = list(_named(piece, form, resource))
            made += any(isinstance(each, Reference) and each.resource == resource.address for each in found)
            parts.extend(found)
    if made > 1:
        return None
    arn = text_of(parts)
    return arn if isinstance(arn, str | Text) else None


def _form(resource: Resource) -> ArnForm | None:
    """The form of the resource's own ARN; of load balancers that of its kind, None where that is not known."""
    forms = resource_arns().of_type(resource.type)
    if resource.type != _LOAD_BALANCER:
        return next(iter(forms), None)
    probe = World()
    try:
        properties = settle(resource.fields.get("Properties"), probe)
        kind = settle(properties.get("Type"), probe) if isinstance(properties, dict) else None
    except UndecidedError:
        return None
    word = _KINDS.get(kind or "application") if isinstance(kind, str | None) and not probe.assumptions else None
    return next((form for form in forms if word is not None and f":loadbalancer/{word}/" in form.arn), None)


def _place(name: str, resource: Resource) -> Part:
    if name == "Partition" and resource.region is not None:
        return partition_of(resource.region)
    known = {"Region": resource.region, "Account": resource.account, "AccountId": resource.account}.get(name)
    pseudo = _PSEUDO[name]
    detail = f"`{pseudo}` is known only at deployment"
    return known or Unknown("deploy-time", detail, ("pseudo", resource.stack or "", pseudo))


def _named(hole: Hole, form: ArnForm, resource: Resource) -> Iterator[Part]:
    """What stands in place of a hole: the name that the author gave, or one that AWS makes up."""
    path = _property(resource.type, hole.name, len(form.holes))
    detail = f"`{resource.logical_id}` gets its name at deployment"
    probe = World()
    value: object = None
    try:
        properties = settle(resource.fields.get("Properties"), probe)
        given = properties if isinstance(properties, dict) else {}
        value = settle(given.get(path), probe) if path is not None else None
        if value is None and resource.type not in _NAMED_BY:
            value = _under_another_name(hole, given, resource, probe)
        if isinstance(value, str):
            value = _WORDS.get((form.service, hole.name), {}).get(value, value)
        value = name_in_arn(form.service, value, resource.address)
        if (form.service, hole.name) == _RULE:
            yield from _bus(given, resource, probe)
        if resource.type == _SCHEMA and hole.name == "SchemaName":
            yield from (_registry(given, resource, probe), "/")
    except UndecidedError:
        value = Unknown("parameter", f"the name of `{resource.logical_id}` rests on a choice")
    if probe.assumptions and value is not None:
        value = Unknown("parameter", f"the name of `{resource.logical_id}` rests on a choice")
    if isinstance(value, Text):
        yield from value.parts
    else:
        yield value if isinstance(value, str | Unknown) else reference(resource.address, "Ref", detail)
    if resource.type == _SECRET:
        yield f"-{_suffix(resource.address)}"


def _under_another_name(hole: Hole, given: Mapping[str, object], resource: Resource, world: World) -> object:
    """What stands in a hole that no property is called after: a project's `ProjectName` is its `Name`.

    Where that cannot be told and the author did give a name, it may be in the ARN; an id is AWS's own. Raises
    UndecidedError.
    """
    if hole.name.endswith("Name") and "Name" in given:
        return settle(given["Name"], world)
    if hole.name != "ResourceId" and hole.name.endswith(_IDS):
        return None
    if not any(key.endswith(("Name", "Identifier")) for key in given):
        return None
    detail = f"which of its names is in the ARN of `{resource.logical_id}` is not known"
    return Unknown("deploy-time", detail, ("name", resource.address, hole.name))


def _bus(given: Mapping[str, object], resource: Resource, world: World) -> Iterator[Part]:
    """The event bus and the slash that stand before a rule's name. Raises UndecidedError."""
    said = settle(given.get("EventBusName"), world)
    if isinstance(said, str):
        name = said.rpartition("/")[2]
        if name != _DEFAULT_BUS:
            yield f"{name}/"
    elif said is not None:
        yield Unknown(
            "deploy-time", f"the event bus of `{resource.logical_id}` is not known", ("bus", resource.address)
        )


def _registry(given: Mapping[str, object], resource: Resource, world: World) -> Part:
    """The name of the registry that a schema is in. Raises UndecidedError."""
    said = settle(given.get("Registry"), world)
    if said is None:
        return _DEFAULT_REGISTRY
    name = settle(said.get("Name"), world) if isinstance(said, dict) else None
    arn = settle(said.get("Arn"), world) if isinstance(said, dict) else None
    if isinstance(arn, str):
        name = arn.rpartition("/")[2]
    if isinstance(name, str):
        return name
    return Unknown("deploy-time", f"the registry of `{resource.logical_id}` is not known", ("name", resource.address))


def _suffix(address: str) -> str:
    """A stand-in for the six letters and digits that AWS puts behind a secret's name; one and the same for a secret.

    "What's in a Secrets Manager secret?" (AWS Secrets Manager User Guide).
    """
    return hashlib.sha256(address.encode("utf-8", "surrogatepass")).hexdigest()[:_RANDOM]


@lru_cache(maxsize=2048)
def _property(type_name: str, hole: str, holes: int) -> str | None:
    """The property of the type that a hole of its ARN is; None where AWS makes it."""
    if type_name in _NAMED_BY:
        return _NAMED_BY[type_name]
    facts = type_facts(type_name)
    if facts is None:
        return None
    if len(facts.identifier) == 1 and holes == 1 and facts.identifier[0] not in facts.attributes:
        return facts.identifier[0]
    return hole if hole not in facts.attributes else None
