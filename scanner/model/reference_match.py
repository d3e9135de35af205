"""Whether a value names a resource: as a symbol, by its name, or by its ARN."""

from __future__ import annotations

from itertools import pairwise

from scanner.model.deferred import Deferred
from scanner.model.partial_text import Text, text_of
from scanner.model.resource import Resource, same_value
from scanner.model.unknown import Reference, Unknown
from scanner.model.world import UndecidedError, World

JOINED = "to which its expression refers"
"""How a note ends that says on what a reference in a plan rests: it is the same in every world."""


def settled_reference(value: object) -> object:
    """The reference that a deferred value is in every world; any other value as it is."""
    if type(value) is not Deferred:
        return value
    probe = World()
    try:
        found = value.force(probe)
    except UndecidedError:
        return value
    return found if isinstance(found, Reference) and is_joined(probe) else value


def is_joined(probe: World) -> bool:
    """Whether all that was assumed is whom a reference in a plan means."""
    return all(note.endswith(JOINED) for note in probe.assumptions)


def names_resource(value: object, target: Resource, world: World) -> bool | Unknown:
    """In three values; the unknown is what leaves it open. Raises UndecidedError."""
    if isinstance(value, Reference):
        return value.resource == target.address
    if not isinstance(value, str | Text | Unknown):
        return False
    names = target.names(world)
    if isinstance(value, Text) and value.prefix.startswith("arn:") and _is_arn_of(value, target, names.arn):
        return True
    unknown: Unknown | None = None
    made = isinstance(value, Text) and _is_made(value, target)
    for name in names.all:
        if _is_made(name, target) and not isinstance(value, Unknown) and not (made and isinstance(name, Text)):
            # No literal names what the same deployment is only going to name; a prefix and what it makes up may.
            continue
        same = same_value(without_partition(value), without_partition(name))
        if same is True:
            return True
        if same is None:
            unknown = unknown or _why(value) or _why(name)
    return False if unknown is None else unknown


def _is_arn_of(value: Text, target: Resource, arn: object) -> bool:
    """Whether an ARN has the target's id as a whole segment, after the same kind that the target's own ARN has there.

    What merely contains it, such as `table/${Visits}-archive`, or is of another kind, is another resource.
    """
    before = _before_id(arn, target)
    for index, part in enumerate(value.parts):
        if not (isinstance(part, Reference) and part.resource == target.address):
            continue
        lead = value.parts[index - 1] if index else ""
        follow = value.parts[index + 1] if index + 1 < len(value.parts) else ""
        starts = isinstance(lead, str) and lead.endswith((":", "/") if before is None else before)
        if starts and isinstance(follow, str) and (not follow or follow[0] in ":/"):
            return True
    return False


def _before_id(arn: object, target: Resource) -> str | None:
    """What stands right before the id in the target's own ARN, such as `:table/`; None where that is not known."""
    if isinstance(arn, Text):
        for lead, part in pairwise(arn.parts):
            if isinstance(part, Reference) and part.resource == target.address and isinstance(lead, str):
                return lead
    return None


def _is_made(name: object, target: Resource) -> bool:
    """Whether deployment makes up the name, or a part of it."""
    holes = name.holes if isinstance(name, Text) else (name,)
    return any(isinstance(hole, Reference) and hole.resource == target.address for hole in holes)


def without_partition(value: object) -> object:
    """An ARN without its partition: one account has but one."""
    if isinstance(value, str) and value.startswith("arn:"):
        return "arn:*:" + value.split(":", 2)[-1]
    if isinstance(value, Text) and value.parts[0] == "arn:" and isinstance(value.parts[1], Unknown):
        return text_of(("arn:*", *value.parts[2:]))
    if isinstance(value, Text) and value.prefix.startswith("arn:") and value.prefix.count(":") > 1:
        return text_of(("arn:*:" + value.prefix.split(":", 2)[-1], *value.parts[1:]))
    return value


def _why(value: object) -> Unknown | None:
    return value if isinstance(value, Unknown) else value.unknown if isinstance(value, Text) else None
