"""Secrets in arguments of a resource that no table reads: they are in the plan, so they can be looked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

from scanner.inputs.terraform.attributes import View
from scanner.inputs.terraform.instances import Instance
from scanner.inputs.terraform.recording import read_by
from scanner.inputs.terraform.table import mapped_type
from scanner.model.secrets import PLAIN, detected, is_reference, speaks_of_secret
from scanner.model.unknown import OpenList, Unknown

Steps = tuple[str, ...]
# What a computed attribute repeats of others, and what names things.
_NEVER = frozenset(["tags_all", "id", "arn", "timeouts"])


def unread_secrets(instance: Instance) -> list[object]:
    """`{Place, Kind}` of each, as the rule on secrets tells them; open where such an argument is not known."""
    read = _read(instance.type)
    found: list[object] = []
    doubt: Unknown | None = None
    for steps, name, value in _leaves(instance.after, ()):
        if not _is_read(steps, read):
            kind = next((kind for _start, _end, kind in detected(value)), None)
            if kind is None and speaks_of_secret(name) and not is_reference(value):
                kind = PLAIN
            if kind is not None:
                found.append({"Place": ".".join(steps), "Kind": kind})
    view = View.of(instance)
    for name in instance.unknown if isinstance(instance.unknown, Mapping) else ():
        if speaks_of_secret(name) and not _is_read((name,), read):
            held = view.read(name)
            doubt = doubt or (held if isinstance(held, Unknown) else None)
    return found if doubt is None else OpenList(found, doubt)


@cache
def _read(kind: str) -> frozenset[Steps]:
    mapped = mapped_type(kind)
    return frozenset(read_by(kind, mapped)) if mapped is not None else frozenset()


def _is_read(steps: Steps, read: frozenset[Steps]) -> bool:
    """Whether a table reads the argument, or the whole of the block or mapping that it is in."""
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
