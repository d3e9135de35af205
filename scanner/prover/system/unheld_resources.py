"""Resources that no file holds, though a policy on them is in one: what it lets in is asked as of any other.

A queue policy that names its queue by a URL, a permission that names a function, a bucket policy in another stack than
the bucket: whose they are is told by the name, what they let in by the document.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from scanner.base.record import record
from scanner.iam.literal_targets import SPELLINGS, means
from scanner.iam.resource_arns import resource_arns
from scanner.iam.resource_policies import (
    BESIDE,
    BUS,
    BUS_POLICY,
    FUNCTION,
    LAYER,
    LAYER_PERMISSION,
    PERMISSION,
)
from scanner.model.deferred import settle
from scanner.model.partial_text import Text, text_of
from scanner.model.reference_match import names_resource
from scanner.model.resource import Inventory, Names, Resource
from scanner.model.unknown import Reference, Unknown
from scanner.model.world import UndecidedError, World
from scanner.prover.system.standins import Ground

_STATED = {
    FUNCTION: (PERMISSION, "FunctionName"),
    LAYER: (LAYER_PERMISSION, "LayerVersionArn"),
    BUS: (BUS_POLICY, "EventBusName"),
}
_HOLE = re.compile(r"\$\{([^}]*)\}")
_RANDOM = "-AbCdEf"  # what AWS puts behind a secret's name is not told by it


@record
class _Unheld:
    """What policies call something that no file holds, and those policies."""

    named: str | Text | Unknown
    policies: tuple[Resource, ...]


def unheld_resources(kind: str, inventory: Inventory, world: World, ground: Ground) -> Iterator[Resource]:
    """Those of the type that policies name and no file holds, each once. Raises UndecidedError."""
    kinds = [(each.type, each.target) for each in BESIDE.get(kind, ())]
    kinds += [_STATED[kind]] if kind in _STATED else []
    for type_name in (kind, *(each for each, _ in kinds)):
        inventory.of_type(type_name)  # told to the trace: all of them are looked through
    known = inventory.remember(("unheld", kind), lambda: _in_every_world(kind, kinds, inventory))
    found = known if isinstance(known, tuple) else _found(kind, kinds, inventory, world)
    for each in found:
        yield _made(each, kind, ground)


def _in_every_world(kind: str, kinds: Sequence[tuple[str, str]], inventory: Inventory) -> tuple[_Unheld, ...] | None:
    """Worked out once for all principals; None where a choice of a template decides it."""
    probe = World()
    try:
        found = _found(kind, kinds, inventory, probe)
    except UndecidedError:
        return None
    return None if probe.assumptions else found


def _found(kind: str, kinds: Sequence[tuple[str, str]], inventory: Inventory, world: World) -> tuple[_Unheld, ...]:
    """Raises UndecidedError."""
    policies: dict[str | Text | Unknown, list[Resource]] = {}
    for type_name, path in kinds:
        for policy in inventory.of_type(type_name):
            properties = settle(policy.fields.get("Properties"), world)
            value = settle(properties.get(path), world) if isinstance(properties, dict) else None
            for one in value if isinstance(value, list) else [value]:
                named = settle(one, world)
                if isinstance(named, Reference) or not isinstance(named, str | Text | Unknown):
                    continue
                if not isinstance(named, Unknown) or named.symbol is not None:
                    policies.setdefault(named, []).append(policy)
    return tuple(
        _Unheld(named, tuple(several))
        for named, several in policies.items()
        if not _is_held(named, kind, inventory, world)
    )


def _is_held(named: str | Text | Unknown, kind: str, inventory: Inventory, world: World) -> bool:
    """Whether a resource of the files has the name, so that it is asked by itself."""
    if isinstance(named, Text) and any(isinstance(hole, Reference) for hole in named.holes):
        return True
    return any(
        names_resource(named, each, world) is True or means(named, each, world) is True
        for each in inventory.of_type(kind)
    )


def _made(unheld: _Unheld, kind: str, ground: Ground) -> Resource:
    named, policies = unheld.named, unheld.policies
    policy = policies[0]
    written = ground(named)
    name, arn = _told(written, kind, policy, ground) if isinstance(written, str) else (None, named)
    if isinstance(named, Text) and named.prefix.startswith("arn:"):
        arn = named
    elif kind == LAYER and not str(written).startswith("arn:") and isinstance(written, str | Text):
        # Terraform has the layer's name and the version's number apart.
        region, account = policy.region or ground.region, policy.account or ground.account
        arn = text_of((f"arn:aws:lambda:{region}:{account}:layer:", *_parts(written)))
    spelling = SPELLINGS.get(kind)
    properties = {spelling.named_by: name} if spelling is not None and name is not None else {}
    names = Names(name if name is not None else named, arn)
    return Resource(
        address=f"{policy.address} on {named}",
        type=kind,
        logical_id=name or (str(named) if isinstance(named, str | Text) else policy.logical_id),
        fields={"Type": kind, "Properties": properties},
        source=policy.source,
        exists=lambda world: any(each.exists(world) for each in policies),
        names=lambda _: names,
        stack=policy.stack,
        account=policy.account,
        region=policy.region,
    )


def _parts(text: str | Text) -> tuple[str | Unknown, ...]:
    return text.parts if isinstance(text, Text) else (text,)


def _told(written: str, kind: str, policy: Resource, ground: Ground) -> tuple[str | None, str]:
    """The name in a literal, where it has one of its own, and the ARN that it stands for."""
    name, region, account = None, policy.region or ground.region, policy.account or ground.account
    for form in SPELLINGS[kind].forms if kind in SPELLINGS else ():
        found = form.fullmatch(written)
        if found is not None:
            said = found.groupdict()
            name = said["name"]
            region = said.get("region") or said.get("region2") or region
            account = said.get("account") or account
            break
    if written.startswith("arn:") and kind != FUNCTION:
        bare = kind == "AWS::SecretsManager::Secret" and not re.search(r"-[A-Za-z0-9]{6}$", written)
        return name, f"{written}{_RANDOM}" if bare else written
    if name is None and ":" not in written:
        name = written
    forms = resource_arns().of_type(kind)
    if name is None or not forms or len(forms[0].holes) != 1:
        return name, written
    values = {"Partition": "aws", "Region": region, "Account": account, "AccountId": account}
    arn = _HOLE.sub(lambda hole: values.get(hole[1], name), forms[0].arn)
    return name, f"{arn}{_RANDOM}" if kind == "AWS::SecretsManager::Secret" else arn


__all__ = ["unheld_resources"]
