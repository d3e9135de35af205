"""What an action does to a tenant's data: asked, harmless with a reason, or not modelled.

`action_rows.json` is written by hand, a row an action, from AWS's description of the action in the "Service
Authorization Reference" and the documents that its rows name. A harmless row names one action, never a pattern or an
access level, and a reason of a closed list. What has no row and works on a resource is *asked*; what has no row and
works on none is *not modelled*, and so is what neither the catalogue nor a row knows.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any, Literal

from scanner.base.record import record
from scanner.iam.catalogue import catalogue
from scanner.shipped_data import data_file

Verdict = Literal["asked", "harmless", "not-modelled"]
Closure = Literal["prefix", "whole", "unnamed"]

NOT_MODELLED = "not-modelled"
_REFERENCE = "https://docs.aws.amazon.com/service-authorization/latest/reference/"
ASKED = "It works on a resource that may hold the data, and a request with that resource is asked."
UNTYPED = "No resource narrows it, and no row says that it is harmless."
UNKNOWN = "The catalogue does not have it: it is younger than the catalogue, or misspelled."
YOUNGER = "AWS's SDK has the operation and the catalogue does not: what it does is not modelled."


@record
class ActionRow:
    """`reason` is a key of `reasons()` where harmless, else empty; `document` is where AWS says what it does."""

    action: str
    verdict: Verdict
    reason: str
    why: str
    document: str


@record
class Listing:
    """An action on `above` that reads or lists what lies under `below`, with no further permission.

    `prefix`: the request names a prefix and gets all that begins so; `key` is the condition key that carries it.
    `whole`: it gets all there is. `unnamed`: by a resource of another kind, whose ARN does not say which of these it is
    for; `key`, where there is one, carries the ARN of that, or is left out by who reaches them all.
    """

    action: str
    above: str
    below: str
    closure: Closure
    key: str | None
    document: str


@record
class Door:
    """An action on none of the stores of `service`, through which they may be reached all the same."""

    service: str
    action: str
    document: str


class ActionRows:
    """All rows, decoded once. Names are compared without case, as IAM does."""

    def __init__(self, text: bytes) -> None:
        read: dict[str, Any] = json.loads(text)
        self.date: str = read["date"]
        self.source: str = read["source"]
        self.reasons: dict[str, str] = read["reasons"]
        self.listings = tuple(Listing(*row) for row in read["lists"])
        self.doors = tuple(Door(*row) for row in read["doors"])
        """Actions of other services that name no resource."""
        self.further_doors = tuple(Door(*row) for row in read["further_doors"])
        """Actions that name a resource of another kind, such as a cache in front of a table; none is modelled."""
        self._pages: dict[str, str] = read["documents"]
        self._notes: dict[str, list[str | None]] = read["notes"]
        self._reasons: dict[str, tuple[str, str]] = {}
        self._rows: dict[str, ActionRow] = {}
        for service, by_reason in read["rows"].items():
            for reason, names in by_reason.items():
                for name in names:
                    action = f"{service}:{name}"
                    if self._reasons.setdefault(action.lower(), (action, reason)) != (action, reason):
                        raise ValueError(f"two rows for `{action}`")

    def _read(self, action: str, reason: str) -> ActionRow:
        why, document = self._notes.get(action, (None, None))
        page = self._pages[action.partition(":")[0]]
        if reason == NOT_MODELLED:
            return ActionRow(action, "not-modelled", "", why or UNTYPED, document or page)
        return ActionRow(action, "harmless", reason, why or self.reasons[reason], document or page)

    def row(self, action: str) -> ActionRow | None:
        """The row that names the action."""
        lower = action.lower()
        found = self._rows.get(lower)
        if found is None and lower in self._reasons:
            found = self._rows[lower] = self._read(*self._reasons[lower])
        return found

    def rows(self) -> tuple[ActionRow, ...]:
        """Every row, service by service."""
        return tuple(row for action in self._reasons if (row := self.row(action)) is not None)

    def judged(self, action: str) -> ActionRow:
        """What counts for an action, with or without a row of its own."""
        found = self.row(action)
        if found is not None:
            return found
        known = catalogue().action(action)
        if known is None and action.lower() in {name.lower() for name in unlisted_operations(action.partition(":")[0])}:
            return ActionRow(action, "not-modelled", "", YOUNGER, _REFERENCE)
        if known is None:
            return ActionRow(action, "not-modelled", "", UNKNOWN, _REFERENCE)
        if any(resource.arn.startswith("arn:") for resource in known.resources):
            return ActionRow(known.name, "asked", "", ASKED, _REFERENCE)
        return ActionRow(known.name, "not-modelled", "", UNTYPED, _REFERENCE)


@lru_cache(maxsize=1)
def _unlisted() -> dict[str, list[str]]:
    read: dict[str, Any] = json.loads(data_file("unlisted_operations.json").read_bytes())
    found: dict[str, list[str]] = read["operations"]
    return found


def unlisted_operations(prefix: str) -> tuple[str, ...]:
    """Actions of a prefix that only AWS's SDK has, by `scripts/compile_unlisted_operations.py`; all are not modelled.

    No policy of IAM need know them by these names, and which resources they take is not known either.
    """
    return tuple(f"{prefix}:{name}" for name in _unlisted().get(prefix.lower(), ()))


@lru_cache(maxsize=1)
def action_rows() -> ActionRows:
    """The shipped rows, read once."""
    return ActionRows(data_file("action_rows.json").read_bytes())
