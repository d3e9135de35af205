"""Declared trusts are decisions for a time, and about something: those that are neither are findings."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from scanner.base.record import replace
from scanner.engine.builtin_rules import TRUST_CURRENT, TRUST_NOT_TENANT, TRUST_USED, BuiltinRule, file_finding
from scanner.findings.finding import Finding
from scanner.model.location import Location
from scanner.model.resource import Inventory, Resource
from scanner.model.world import UndecidedError, World
from scanner.tenancy import ownership
from scanner.tenancy.tenancy import Tenancy

_ROLE = "AWS::IAM::Role"


def in_force(tenancy: Tenancy, as_of: date) -> Tenancy:
    """The tenancy as of a day: without the trusts that have ended."""
    return replace(
        tenancy,
        as_of=as_of,
        trusted=tuple(each for each in tenancy.trusted if each.until is None or each.until >= as_of),
        shared=tuple(each for each in tenancy.shared if each.until is None or each.until >= as_of),
    )


def judge_trusts(tenancy: Tenancy, inventory: Inventory, as_of: date) -> Iterator[Finding]:
    """Findings on the entries under `trusted` and `shared`, all of them: also those that have ended."""
    for number, shared in enumerate(tenancy.shared):
        if shared.until is not None and shared.until < as_of:
            what = f"`{shared.resource}` was shared until {shared.until.isoformat()}"
            yield _finding(TRUST_CURRENT, tenancy, ("shared", number), f"{what} (owner: {shared.owner or 'nobody'})")
    roles = inventory.of_type(_ROLE)
    for number, trusted in enumerate(tenancy.trusted):
        keys = ("trusted", number)
        if trusted.until is not None and trusted.until < as_of:
            what = f"`{trusted.role}` was trusted until {trusted.until.isoformat()}; what it reaches is judged again"
            yield _finding(TRUST_CURRENT, tenancy, keys, f"{what} (owner: {trusted.owner or 'nobody'})")
            continue
        named = [role for role in roles if _is_called(trusted.role, role)]
        if roles and not named:
            yield _finding(TRUST_USED, tenancy, keys, f"`{trusted.role}` names no role of the files scanned")
        for role in named:
            if any(_is_called(pattern, role) for session in tenancy.sessions for pattern in session.roles):
                what = f"`{trusted.role}` trusts {role.logical_id}, whose sessions act for one tenant each"
                yield _finding(TRUST_NOT_TENANT, tenancy, keys, what)


def _is_called(pattern: str, role: Resource) -> bool:
    try:
        return ownership.is_called(pattern, role, World()) is True
    except UndecidedError:
        # Its name rests on a choice: then it may well be meant.
        return True


def _finding(rule: BuiltinRule, tenancy: Tenancy, keys: tuple[str | int, ...], message: str) -> Finding:
    path = tenancy.document.path if tenancy.document is not None else "tenancy.yaml"
    place = tenancy.place(keys)
    location = Location(path, place.line, place.column, place.end_line) if place else Location(path, None, None, None)
    return file_finding(rule, path, message, location, message)
