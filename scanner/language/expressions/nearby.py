"""What rules may ask of what was read around a resource, where no property names the one in the other.

Each is called as the functions of `scanner.language.expressions.functions` are, which lists them with their
documentation.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from scanner.model.deferred import OpenMap, settle_all
from scanner.model.dependency_trace import TODAY
from scanner.model.partial_text import Text
from scanner.model.resource import Resource
from scanner.model.unknown import OpenList, Reference, Unknown, first_unknown

if TYPE_CHECKING:
    from scanner.language.expressions.scope import Scope

# What the name of an alarm, a table or a bucket may go on with.
_IN_A_NAME = r"[A-Za-z0-9_.-]"


def beside(arguments: Sequence[object], scope: Scope) -> object:
    """The resources of the types given in the same folder, or in the same account and region. Raises UndecidedError."""
    here = scope.resource
    found: list[object] = []
    unknown: Unknown | None = None
    for name in arguments:
        kind = str(name)
        if scope.inventory.trace is not None:
            scope.inventory.trace.ask(f"beside {kind} {here.folder}")
        found += [
            each.fields for each in scope.inventory.listed(kind) if _is_near(each, here) and each.exists(scope.world)
        ]
        unknown = unknown or scope.inventory.unread.near(kind, here)
    return found if unknown is None else OpenList(found, unknown.plain())


def _is_near(other: Resource, here: Resource) -> bool:
    if other.live != here.live or other.folder != here.folder:
        return False
    return not here.live or here.region is None or other.region is None or other.region == here.region


def mentions(arguments: Sequence[object], scope: Scope) -> object:
    """Whether a text names the resource, by reference, name or ARN, anywhere in it. Raises UndecidedError."""
    (value,) = arguments
    pieces: Sequence[object] = value.parts if isinstance(value, Text) else [value]
    names = scope.resource.names(scope.world)
    known = [name for name in (names.name, names.arn) if isinstance(name, str) and name]
    unknown: Unknown | None = None
    for piece in pieces:
        if isinstance(piece, Reference):
            if piece.resource == scope.resource.address:
                return True
        elif isinstance(piece, Unknown):
            unknown = unknown or piece
        elif isinstance(piece, str):
            if any(re.search(rf"(?<!{_IN_A_NAME}){re.escape(name)}(?!{_IN_A_NAME})", piece) for name in known):
                return True
            if not isinstance(names.name, str) and not isinstance(names.name, Reference):
                unknown = unknown or first_unknown(names.name)
    return False if unknown is None else unknown.plain()


def networks(arguments: Sequence[object], scope: Scope) -> object:
    """The networks that an entry of a security group opens to: its own and those of the prefix list that it names.

    "Group CIDR blocks using managed prefix lists". Of a list that is not in the files they are unknown. Raises
    Undecided.
    """
    (entry,) = arguments
    if not isinstance(entry, dict):
        unknown = first_unknown(entry)
        return [] if unknown is None else OpenList([], unknown.plain())
    found = [entry[name] for name in ("CidrIp", "CidrIpv6") if entry.get(name) is not None]
    # What a snapshot has not read matters only of these.
    named = {"CidrIp", "CidrIpv6", "SourcePrefixListId"}
    doubt = entry.unknown if isinstance(entry, OpenMap) and not named <= entry.keys() else None
    lists = scope.relations.named(
        "prefix-list", entry.get("SourcePrefixListId"), scope.resource, scope.inventory, scope.world
    )
    for fields in lists if isinstance(lists, list) else ():
        properties = settle_all(fields.get("Properties"), scope.world) if isinstance(fields, dict) else fields
        entries = properties.get("Entries") if isinstance(properties, dict) else properties
        listed = entries if isinstance(entries, list) else ()
        found += [each.get("Cidr") if isinstance(each, dict) else each for each in listed]
        if isinstance(entries, OpenList | Unknown):
            doubt = doubt or (entries.unknown if isinstance(entries, OpenList) else entries)
    if isinstance(lists, OpenList):
        doubt = doubt or lists.unknown
    return found if doubt is None else OpenList(found, doubt.plain())


def days_since(arguments: Sequence[object], scope: Scope) -> object:
    """Whole days from a date of tenancy.yaml, `2026-10-02`, to the day that is judged by; negative if it is to come."""
    (value,) = arguments
    if scope.inventory.trace is not None:
        scope.inventory.trace.ask(TODAY)
    if not isinstance(value, str):
        unknown = first_unknown(value)
        return unknown.plain() if unknown is not None else None
    try:
        day = datetime.date.fromisoformat(value)
    except ValueError:
        return None
    today = scope.declared.as_of
    if today is None:
        return Unknown("undeclared", "the day to judge by is not known")
    return (today - day).days
