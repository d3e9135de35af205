"""Resources of the provider `awscc`, whose attributes are CloudFormation's properties in other letters.

Everything optional in it is computed too, also deep inside an attribute, so what is left out is unknown there. Where
the configuration or its text shows what is written, the rest was left out; else it stays unknown.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache

from scanner.inputs.terraform.attributes import LeftOut, View
from scanner.inputs.terraform.cloud_control_names import (
    Entry,
    attribute_name,
    capitalized,
    cloud_control_names,
    cloud_control_type,
)
from scanner.inputs.terraform.mapping import Context, Function, Make, Mapped
from scanner.model.arn_forms import ARN_FORMS
from scanner.model.partial_text import Text
from scanner.model.types import type_facts
from scanner.model.unknown import Unknown

PREFIX = "awscc_"
_PLAIN = Entry("")
_NOT_SHOWN, _KNOWN = object(), object()
_ALWAYS_KNOWN = ("path.", "terraform.", "each.key", "count.index")


@cache
def cloud_control_mapped(name: str) -> Mapped | None:
    """What becomes of a resource type of the provider; None for one that no rule reads."""
    found = cloud_control_type(name)
    if found is None:
        return None
    properties = {entry.name: _property(attribute, entry) for attribute, entry in found.entries.items()}
    return Mapped((Make(found.cloudformation, properties, _name_of(found.cloudformation), _arn_of(name)),))


@cache
def with_cloud_control(types: tuple[str, ...], made: tuple[str | None, ...]) -> tuple[str, ...]:
    """The types of hashicorp/aws, and those of the provider that make the same; `made` are CloudFormation's types."""
    named = cloud_control_names()
    return (*types, *dict.fromkeys(named[each] for each in made if each is not None and each in named))


def stands_for_id(name: str, cloudformation: str) -> str | None:
    """The attribute that `id` repeats; None where it is put together, or where AWS makes it up."""
    facts = type_facts(cloudformation)
    if facts is None or len(facts.identifier) != 1:
        return None
    attribute = attribute_name(facts.identifier[0])
    return attribute if attribute in (_name_of(cloudformation), _arn_of(name)) else None


def _name_of(cloudformation: str) -> str | None:
    form = ARN_FORMS.get(cloudformation)
    if form is not None:
        return attribute_name(form.name) if form.name is not None else None
    facts = type_facts(cloudformation)
    if facts is None or len(facts.identifier) != 1 or facts.identifier[0] in facts.attributes:
        return None
    return attribute_name(facts.identifier[0])


@cache
def _arn_of(name: str) -> str | None:
    """The attribute with the ARN: types call it by themselves, too."""
    found = cloud_control_type(name)
    facts = type_facts(found.cloudformation) if found is not None else None
    if found is None or facts is None:
        return None
    own = f"{found.cloudformation.rpartition('::')[2]}Arn"
    return next((attribute_name(each) for each in ("Arn", own) if each in facts.attributes), None)


def _property(attribute: str, entry: Entry) -> Function:
    def give(view: View, context: Context) -> object:
        if entry.kind == "json":
            return context.document(view, attribute)
        value = view.read(attribute)
        if value is None or isinstance(value, LeftOut):
            return None
        shown = _KNOWN if _is_known(view, attribute) else context.shown(view, attribute)
        return _converted(_settled(value, shown, new=view.instance.new), entry)

    return give


def _is_known(view: View, attribute: str) -> bool:
    """Whether all that is written of an attribute is known while planning, so that what is unknown was left out."""
    config = view.instance.config
    if config is None or len(view.written or ()) != 1 or attribute not in (view.written or ({},))[0]:
        return False
    known = _ALWAYS_KNOWN if config.module.parent is not None else (*_ALWAYS_KNOWN, "var.")
    return all(each.startswith(known) for each in view.references(attribute))


def _settled(value: object, shown: object, *, new: bool) -> object:
    """The value with what is shown of its unknown parts; those of a new resource that are not written are left out."""
    if isinstance(value, Unknown):
        if shown is _KNOWN:
            return None if new else value
        if shown is _NOT_SHOWN or isinstance(shown, Unknown):
            return value if shown is _NOT_SHOWN else shown
        if shown is not None:
            return shown
        return None if new else value
    if isinstance(value, dict):
        # What is not shown whole may have been put together from what is.
        inside = shown if isinstance(shown, Mapping) else None
        otherwise = _KNOWN if shown is _KNOWN else _NOT_SHOWN
        found = {
            key: _settled(child, inside.get(key) if inside is not None else otherwise, new=new)
            for key, child in value.items()
        }
        return {key: child for key, child in found.items() if child is not None}
    if isinstance(value, list):
        # A set is in an order of its own, so several items are not told apart; one that all have alike is.
        items = shown if isinstance(shown, list) and len(shown) == len(value) else None
        each = _KNOWN if shown is _KNOWN else _item(items)
        return [_settled(child, each, new=new) for child in value]
    return value


def _item(items: list[object] | None) -> object:
    """What is shown of each item."""
    if items is None:
        return _NOT_SHOWN
    if len(items) == 1:
        return items[0]
    if all(isinstance(each, Mapping) for each in items):
        # What none of them writes is left out in each.
        written = {key for each in items if isinstance(each, Mapping) for key in each}
        return _Written(frozenset(written))
    return _NOT_SHOWN


class _Written(Mapping[str, object]):
    """Of several objects: keys that some of them have, with values that nobody can tell apart."""

    def __init__(self, keys: frozenset[str]) -> None:
        self._keys = keys

    def __getitem__(self, key: str) -> object:
        if key in self._keys:
            return _NOT_SHOWN
        raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)


def _converted(value: object, entry: Entry) -> object:
    if isinstance(value, list):
        return [_converted(each, entry) for each in value]
    if isinstance(value, str | Text):
        return _parsed(value) if entry.kind == "json" else value
    if not isinstance(value, dict):
        return value
    below = entry.below or {}
    if entry.kind == "keys":
        inside = Entry("", "", below)
        return {key: _converted(child, inside) for key, child in value.items()}
    found: dict[str, object] = {}
    for key, child in value.items():
        said = below.get(key)
        found[said.name if said is not None else capitalized(key)] = _converted(child, said or _PLAIN)
    return found


def _parsed(value: str | Text) -> object:
    if isinstance(value, Text):
        from scanner.inputs.terraform.written import in_json

        return in_json(value) or value.unknown
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


__all__ = ["PREFIX", "cloud_control_mapped", "stands_for_id", "with_cloud_control"]
