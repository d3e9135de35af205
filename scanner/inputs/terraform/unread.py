"""Secrets in arguments of a resource that no table reads: they are in the plan, so they can be looked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache, lru_cache

from scanner.inputs.terraform.attributes import View
from scanner.inputs.terraform.instances import Instance
from scanner.inputs.terraform.provider_types import provider_types
from scanner.inputs.terraform.recording import read_by
from scanner.inputs.terraform.table import mapped_type
from scanner.model.secrets import PLAIN, detected, is_reference, speaks_of_secret
from scanner.model.unknown import OpenList, Unknown

Steps = tuple[str, ...]
# What a computed attribute repeats of others, and what names things.
_NEVER = frozenset(["tags_all", "id", "arn", "timeouts"])


def unread_secrets(instance: Instance) -> list[object]:
    """`{Place, Kind}` of each, as the rule on secrets tells them; open where such an argument is not known."""
    found: list[object] = []
    for steps, name, value in _leaves(instance.after, ()):
        if not _is_read(instance.type, steps):
            kind = next((kind for _start, _end, kind in detected(value)), None)
            if kind is None and speaks_of_secret(name) and not is_reference(value):
                kind = PLAIN
            if kind is not None:
                found.append({"Place": ".".join(steps), "Kind": kind})
    doubt = next(_unknown(instance.type, View.of(instance), ()), None)
    return found if doubt is None else OpenList(found, doubt)


def _unknown(kind: str, view: View, steps: Steps) -> Iterator[Unknown]:
    """Why arguments that may hold a secret are not known, at any depth."""
    for name, mark in view.unknown.items() if isinstance(view.unknown, Mapping) else ():
        here = (*steps, name)
        if not mark or _is_read(kind, here):
            continue
        below = view.blocks(name) if mark is not True else None
        for item in below if isinstance(below, list) else ():
            if item.unknown is True and _holds_secrets(kind, here):
                yield view.why(name)
            yield from _unknown(kind, item, here)
        if mark is True and (speaks_of_secret(name) or _holds_secrets(kind, here)):
            held = view.read(name)
            if isinstance(held, Unknown):
                yield held


@cache
def _holds_secrets(kind: str, steps: Steps) -> bool:
    """Whether an argument inside a block is called as secrets are."""
    here: object = provider_types().arguments(kind)
    for step in steps:
        found = here.get(step) if isinstance(here, Mapping) else None
        here = found[1] if isinstance(found, list) else None
    waiting = [here]
    while waiting:
        each = waiting.pop()
        if isinstance(each, Mapping):
            if any(speaks_of_secret(name) for name in each):
                return True
            waiting += [said[1] for said in each.values() if isinstance(said, list)]
    return False


@cache
def _read(kind: str) -> frozenset[Steps]:
    mapped = mapped_type(kind)
    return frozenset(read_by(kind, mapped)) if mapped is not None else frozenset()


@lru_cache(maxsize=65_536)  # keys of mappings, which are anybody's, are among the steps
def _is_read(kind: str, steps: Steps) -> bool:
    """Whether a table reads the argument, or the whole of the block or mapping that it is in."""
    read = _read(kind)
    if steps[0] in _NEVER or steps in read:
        return True
    return any(
        steps[:length] in read and not any(len(each) > length and each[:length] == steps[:length] for each in read)
        for length in range(1, len(steps))
    )


def _leaves(value: object, steps: Steps, name: str = "") -> Iterator[tuple[Steps, str, str]]:
    """Texts with their paths without numbers, and what people call them: their key, or the name beside a value."""
    if isinstance(value, Mapping):
        beside = value.get("name") if "value" in value else None
        for key, child in value.items():
            called = str(beside) if isinstance(beside, str) and key == "value" else str(key)
            yield from _leaves(child, (*steps, str(key)), called)
    elif isinstance(value, list):
        for child in value:
            yield from _leaves(child, steps, name)
    elif isinstance(value, str) and value:
        yield steps, name, value


__all__ = ["unread_secrets"]
