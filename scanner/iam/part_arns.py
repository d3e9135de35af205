"""ARNs that `Ref` and `Fn::GetAtt` give of what is a part of another resource, by which a policy names the part.

A table's stream, a function's versions and aliases, and a stream's consumers, by each type's page of the template
reference and the "Service Authorization Reference". What AWS adds to the name of the part stays a hole.
"""

from __future__ import annotations

from collections.abc import Callable

from scanner.base.record import record
from scanner.model.deferred import settle
from scanner.model.partial_text import Part, Text, text_of
from scanner.model.resource import Resource
from scanner.model.unknown import Reference, Unknown, reference
from scanner.model.world import UndecidedError, World

DRAWN = {"ConsumerCreationTimestamp": "1767225600", "StreamLabel": "2026-01-01T00:00:00.000", "Version": "1"}
"""Examples of what AWS adds to the name of a part, by the attribute under which it stands as a hole."""
ArnOf = Callable[[Reference], Part | Text]


@record
class _Kind:
    """`whole` is the property that names the whole, None where the resource is it; `name` that of the part.

    `head` and `kind` are the service and the word before a whole that may be given by its name; `label` is what AWS
    adds last.
    """

    attributes: tuple[str, ...]
    joint: str
    whole: str | None = None
    head: str = ""
    kind: str = ""
    name: str | None = None
    label: str | None = None


_KINDS = {
    "AWS::DynamoDB::GlobalTable": _Kind(("StreamArn",), "/stream/", label="StreamLabel"),
    "AWS::DynamoDB::Table": _Kind(("StreamArn",), "/stream/", label="StreamLabel"),
    "AWS::Kinesis::StreamConsumer": _Kind(
        ("Ref", "ConsumerARN"), "/consumer/", "StreamARN", name="ConsumerName", label="ConsumerCreationTimestamp"
    ),
    "AWS::Lambda::Alias": _Kind(("Ref", "AliasArn"), ":", "FunctionName", "lambda", "function", name="Name"),
    "AWS::Lambda::Version": _Kind(("Ref", "FunctionArn"), ":", "FunctionName", "lambda", "function", label="Version"),
}
LABELS = {type_name: kind.label for type_name, kind in _KINDS.items() if kind.label is not None}
"""By type, the attribute under which what AWS adds to the name of a part stands as a hole."""


def part_arn(said: Reference, resource: Resource, arn_of: ArnOf) -> Part | Text | None:
    """The ARN, None where the reference is none to a part or the files do not tell what it is a part of.

    `arn_of` gives the ARN that another reference stands for.
    """
    kind = _KINDS.get(resource.type)
    if kind is None or said.attribute not in kind.attributes:
        return None
    probe = World()
    try:
        properties = settle(resource.fields.get("Properties"), probe)
        given = properties if isinstance(properties, dict) else {}
        whole = _own(resource) if kind.whole is None else _whole(settle(given.get(kind.whole), probe), kind, resource)
        name = settle(given.get(kind.name), probe) if kind.name is not None else ""
    except UndecidedError:
        return None
    if whole is None or probe.assumptions or not isinstance(name, str | Text | Unknown):
        return None
    whole = arn_of(whole) if isinstance(whole, Reference) else whole
    parts: list[Part | Text] = [whole, kind.joint, name]
    if kind.label is not None:
        label = reference(resource.address, kind.label, f"`{resource.logical_id}` gets its {kind.label} at deployment")
        parts += ([":"] if kind.name is not None else []) + [label]
    return text_of(parts)


def _own(resource: Resource) -> Reference:
    return reference(resource.address, "Arn", f"`{resource.logical_id}` is made at deployment")


def _whole(said: object, kind: _Kind, resource: Resource) -> Part | Text | None:
    """The ARN of the whole, given by it or by its name alone."""
    if not isinstance(said, str | Text | Reference) or (isinstance(said, Reference) and said.attribute != "Ref"):
        return said if isinstance(said, Reference) else None
    first = said.parts[0] if isinstance(said, Text) else said
    if not kind.head or (isinstance(first, str) and ":" in first):
        return said if not isinstance(first, str) or first.startswith("arn:") else None
    partition, region, account = (_pseudo(resource, each) for each in ("Partition", "Region", "AccountId"))
    place = (":", resource.region or region, ":", resource.account or account, ":")
    return text_of(("arn:", partition, f":{kind.head}", *place, f"{kind.kind}:", said))


def _pseudo(resource: Resource, name: str) -> Part:
    pseudo = f"AWS::{name}"
    return Unknown("deploy-time", f"`{pseudo}` is known only at deployment", ("pseudo", resource.stack or "", pseudo))
