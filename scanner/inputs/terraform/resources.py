"""From the resources of a plan to those of the model: what they make, and what their parts put into them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from operator import is_

from scanner.base.record import mutable, record
from scanner.inputs.cloudformation.environment import Environment
from scanner.inputs.cloudformation.intrinsics import typed
from scanner.inputs.terraform.cloud_control import PREFIX
from scanner.inputs.terraform.fix_arguments import in_terraform
from scanner.inputs.terraform.instances import Instance
from scanner.inputs.terraform.unread import unread_secrets
from scanner.model.absent_properties import LACKING
from scanner.model.arn_forms import ARN_FORMS, OTHER_NAMES, REF_IS_ARN, name_in_arn
from scanner.model.deferred import Deferred, OpenMap, settle
from scanner.model.partial_text import Text, text_of
from scanner.model.resource import Names, Resource, Source, always
from scanner.model.tags import tags_of
from scanner.model.types import Kinds, TagProperty, type_facts
from scanner.model.unknown import OpenList, Unknown, reference
from scanner.model.world import World


@record
class Told:
    """What a part says of a property of its whole; `sure` is False where it may be another's part."""

    value: object
    part: Instance
    sure: bool
    note: str | None = None
    why: Unknown | None = None
    listed: bool = False


@mutable(eq=False)
class Draft:
    """A resource in the making. `told` is what parts say of its properties, by name."""

    address: str
    type: str
    instance: Instance
    properties: dict[str, object]
    told: dict[str, list[Told]]


def settled(draft: Draft, missing: Mapping[str, Unknown]) -> dict[str, object]:
    """The properties with what parts say of them; `missing` are those that a part would say, where none does."""
    properties = dict(draft.properties)
    for name, why in missing.items():
        if properties.get(name) is None and name not in draft.told:
            properties[name] = why
    for name, told in draft.told.items():
        listed = any(each.listed for each in told)
        properties[name] = (
            _list_of(properties.get(name), told, missing.get(name)) if listed else _one_of(properties.get(name), told)
        )
    return properties


def _one_of(own: object, told: Sequence[Told]) -> object:
    sure = [each for each in told if each.sure and each.value is not None]
    if not sure:
        maybe = [each for each in told if not each.sure]
        if not maybe:
            return own
        return maybe[0].why.plain() if maybe[0].why is not None else Unknown("known-after-apply", "")
    values = [each.value for each in sure]
    if any(value != values[0] for value in values[1:]):
        parts = " and ".join(each.part.address for each in sure[:3])
        return Unknown("invalid-template", f"{parts} say it differently, and the last that is applied counts")
    return noted(values[0], sure[0].note)


def _list_of(own: object, told: Sequence[Told], missing: Unknown | None) -> object:
    items: list[object] = []
    why = missing or (own if isinstance(own, Unknown) else own.unknown if isinstance(own, OpenList) else None)
    notes: list[str] = []
    if isinstance(own, list):
        items += own
    for each in told:
        if not each.sure:
            why = why or each.why
            continue
        if isinstance(each.value, Unknown):
            why = why or each.value
            continue
        added = each.value if isinstance(each.value, list) else [each.value] if each.value is not None else []
        if isinstance(each.value, OpenList):
            why = why or each.value.unknown
        items += [item for item in added if item not in items]
        if each.note is not None:
            notes.append(each.note)
    value: object = items if why is None else OpenList(items, why.plain())
    return noted(value, *notes)


def noted(value: object, *notes: str | None) -> object:
    """The value, with what it rests on told to whoever asks."""
    told = [note for note in notes if note is not None]
    if not told:
        return value

    def decide(world: World) -> object:
        for note in told:
            world.assume(note)
        return value

    return Deferred.or_value(decide)


def whole_lists(value: object) -> object:
    """The value with each list deferred as a whole that has an item which is: readers of lists do not ask each item."""
    if isinstance(value, list):
        items = [whole_lists(each) for each in value]
        if any(type(each) is Deferred for each in items):
            return Deferred.or_value(lambda world: _like(value, [settle(each, world) for each in items]))
        return value if all(map(is_, items, value)) else _like(value, items)
    if isinstance(value, dict):
        entries = {key: whole_lists(each) for key, each in value.items()}
        if all(map(is_, entries.values(), value.values())):
            return value
        return OpenMap(entries, value.unknown) if isinstance(value, OpenMap) else entries
    return value


def _like(value: list[object], items: list[object]) -> list[object]:
    there = [each for each in items if each is not None]
    return OpenList(there, value.unknown) if isinstance(value, OpenList) else there


def resource_of(  # noqa: PLR0913  # what a resource is made of
    draft: Draft,
    properties: Mapping[str, object],
    names: Names,
    environment: Environment,
    source: Source,
    stack: str,
    kept: bool | None = None,
) -> Resource:
    """The draft as a resource of the model; properties that the table does not have are unknown."""
    kind = draft.type
    facts = type_facts(kind)
    kinds = facts.values if facts is not None else None
    known: dict[str, object] = dict.fromkeys(LACKING.get(kind, ()))
    known.update(
        {
            key: whole_lists(convert(value, (kinds.get(key) or kinds.get("*")) if kinds else None))
            for key, value in properties.items()
        }
    )
    if facts is None or facts.tag is None:
        known.setdefault("Tags", None)
    why = Unknown("not-modelled", f"what {draft.instance.type} says of this property is not read")
    # Of `awscc` every property of the type is read, and there are no others.
    whole = known if draft.instance.type.startswith(PREFIX) else OpenMap(known, why)
    fields: dict[str, object] = {"Type": kind, "Id": draft.address.partition("#")[2], "Properties": whole}
    fields["Tags"] = Deferred.or_value(lambda world: tags_of(kind, whole, world))
    fields["UnreadSecrets"] = Deferred.or_value(lambda _: unread_secrets(draft.instance))
    account, region = environment.account, environment.region
    fields["Account"] = account or environment.read("AWS::AccountId", World(), {})
    fields["Region"] = region or environment.read("AWS::Region", World(), {})
    policy: object = Unknown("not-modelled", "a plan does not tell what `lifecycle` keeps from being destroyed")
    if kept is not None:
        policy = "Retain" if kept else "Delete"
    fields.update(Stack=stack, DeletionPolicy=policy, UpdateReplacePolicy=policy)
    arn = names.arn if isinstance(names.arn, str) else None
    return Resource(
        address=draft.address,
        type=kind,
        logical_id=draft.address.partition("#")[2],
        fields=fields,
        source=source,
        exists=always,
        names=lambda _: names,
        account=account,
        region=region,
        arn=arn if not draft.instance.new else None,
        written_fix=partial(in_terraform, kind=kind, resource_type=draft.instance.type),
    )


def names_of(  # noqa: PLR0913  # what a name is made of
    kind: str, address: str, name: object, arn: object, also: object, environment: Environment, path: object = None
) -> Names:
    """What others may call it; `name` and `arn` are None where the plan does not have them."""
    short = address.partition("#")[2]
    if not isinstance(name, str | Text | Unknown):
        name = reference(address, "Ref", f"the name of {short} is known after apply")
    if not isinstance(arn, str):
        arn = _arn(kind, address, name, environment, path)
    return Names(name, arn, also if isinstance(also, str | Unknown) else None)


def other_name(kind: str) -> str | None:
    """The property by whose value others may mean a resource of the type that `Ref` calls by an id; None for most
    types."""
    return OTHER_NAMES.get(kind)


def _arn(kind: str, address: str, name: object, environment: Environment, path: object) -> object:
    form = ARN_FORMS.get(kind)
    later = reference(address, "Arn", f"the ARN of {address.partition('#')[2]} is known after apply")
    if form is None or kind in REF_IS_ARN:
        return reference(address, "Ref", later.detail) if kind in REF_IS_ARN else later
    if not isinstance(name, str | Text | Unknown):
        return later
    if kind == "AWS::SSM::Parameter" and isinstance(name, str):
        name = name.removeprefix("/")
    name = name_in_arn(form.service, name, address)
    holes: dict[str, object] = {
        "p": environment.read("AWS::Partition", World(), {}),
        "r": environment.read("AWS::Region", World(), {}),
        "a": environment.read("AWS::AccountId", World(), {}),
        "n": name,
        "path": path if isinstance(path, str) and path else "/",
    }
    parts: list[str | Text | Unknown] = []
    for piece in form.form.split("{"):
        hole, brace, rest = piece.partition("}")
        if not brace:
            parts.append(piece)
            continue
        value = holes[hole]
        parts.append(value if isinstance(value, str | Text | Unknown) else later)
        parts.append(rest)
    return text_of(parts)


def convert(value: object, kinds: object) -> object:
    """Booleans and numbers that the provider has as text, as CloudFormation has them."""
    if isinstance(value, dict):
        under: Kinds = kinds if isinstance(kinds, dict) else {}
        changed = {key: convert(child, under.get(key) or under.get("*")) for key, child in value.items()}
        return OpenMap(changed, value.unknown) if isinstance(value, OpenMap) else changed
    if isinstance(value, list):
        items = [convert(child, kinds) for child in value]
        return OpenList(items, value.unknown) if isinstance(value, OpenList) else items
    return typed(value, kinds) if kinds in ("b", "n") else value


def tags_as(value: object, tag: TagProperty) -> object:
    """A mapping of tags as the type has them."""
    if isinstance(value, Unknown) or value is None:
        return value
    if not isinstance(value, dict) or tag.shape == "map":
        return value
    items: list[object] = [{tag.key or "Key": key, tag.value or "Value": text} for key, text in value.items()]
    if tag.shape == "specifications":
        return items
    return OpenList(items, value.unknown) if isinstance(value, OpenMap) else items


__all__ = ["Draft", "Told", "names_of", "noted", "resource_of", "settled", "tags_as"]
