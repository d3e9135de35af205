"""What the access control list of a bucket grants, and whether grants to the public count, wherever it was read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scanner.language.expressions.function import Arguments
from scanner.model.bucket_acl import grants_of
from scanner.model.deferred import settle
from scanner.model.public_block import blocks_public
from scanner.model.unknown import Unknown

if TYPE_CHECKING:
    from scanner.language.expressions.scope import Scope


def acl_grants(_: Arguments, scope: Scope) -> object:
    """The grants that count: none where ownership of objects switches ACLs off. Raises UndecidedError."""
    properties = settle(scope.resource.fields.get("Properties"), scope.world)
    if isinstance(properties, Unknown):
        return properties.plain()
    if not isinstance(properties, dict):
        return None
    return grants_of(properties, scope.world, live=scope.resource.live)


def public_block(arguments: Arguments, scope: Scope) -> object:
    """Whether the setting is on for the resource or for its account. Raises UndecidedError."""
    return blocks_public(scope.resource, str(arguments[0]), scope.inventory, scope.world)
