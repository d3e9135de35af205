"""Who may read what a store keeps, as rules ask for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from scanner.iam.read_actions import READS
from scanner.iam.readers import readers
from scanner.language.expressions.declared_intent import tenant_of
from scanner.model.resource import Resource
from scanner.model.truth import disj
from scanner.model.unknown import OpenList, Unknown

if TYPE_CHECKING:
    from scanner.language.expressions.scope import Scope

_HOLE = "${tenant}"


def undeclared_readers(arguments: Sequence[object], scope: Scope) -> object:
    """Principals that may read the resource and that no name means, as `{Name, Answer, Under}`; open where one may.

    Raises UndecidedError.
    """
    (names,) = arguments
    here = scope.resource
    if here.type not in READS:
        return Unknown("not-modelled", f"who may read a {here.type} is not decided")
    patterns = [each for each in names if isinstance(each, str)] if isinstance(names, list) else []
    found: list[object] = []
    unknown: Unknown | None = None
    for principal, reading in readers(here, scope.inventory, scope.world):
        declared = _is_declared(principal, patterns, scope)
        if declared is True:
            continue
        why = declared if isinstance(declared, Unknown) else reading.why if reading.answer == "unknown" else None
        if why is not None or reading.answer == "unknown":
            what = f"whether {principal.logical_id} may read {here.logical_id}"
            unknown = unknown or (why.leaving_open(what) if why is not None else Unknown("undeclared", what))
            continue
        under = f" under conditions on {', '.join(reading.conditions)}" if reading.conditions else ""
        found.append({"Name": principal.logical_id or principal.address, "Answer": reading.answer, "Under": under})
    for kind in ("AWS::IAM::Role", "AWS::IAM::User"):
        unknown = unknown or (scope.inventory.unread.near(kind, here) if here.live else None)
    return found if unknown is None else OpenList(found, unknown.plain())


def _is_declared(principal: Resource, patterns: Sequence[str], scope: Scope) -> bool | Unknown:
    """By one of the names, in which the tenant's id is any, or as one tenant's own by its tags or its stack."""
    said = (scope.declared.is_called(each.replace(_HOLE, "*"), principal, scope.world) for each in patterns)
    called = disj(said)
    if called is not False:
        return called
    owner = tenant_of(principal, scope)
    return owner if isinstance(owner, Unknown) else owner is not None


__all__ = ["undeclared_readers"]
