"""Whether the claim that names a session's tenant is out of its user's reach: the premise of a proof that rests on it.

From "Using attributes for access control" (identity pools) and "Working with user attributes" (user pools), Amazon
Cognito Developer Guide.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from scanner.base.record import record
from scanner.model.deferred import OpenMap, settle, settle_all
from scanner.model.partial_text import Text
from scanner.model.reference_match import names_resource
from scanner.model.resource import Inventory, Resource
from scanner.model.unknown import OpenList, Unknown, first_unknown
from scanner.model.world import World

_MAPPING = "AWS::Cognito::IdentityPoolPrincipalTag"
_POOL, _CLIENT = "AWS::Cognito::UserPool", "AWS::Cognito::UserPoolClient"
_CUSTOM = "custom:"


@record
class Claim:
    """The claim that an identity pool maps to a session tag, and what the user pools of the files say of it.

    `writable` is True where a user can write it, an Unknown where that is open; `how` says by what means, or that none
    was found.
    """

    name: str
    writable: bool | Unknown
    how: str
    pool: Resource | None = None


def claim_behind(tag: str, inventory: Inventory, world: World) -> Claim | None:
    """What the session tag is taken from; None where no file maps it. Raises UndecidedError."""
    for mapping in inventory.of_type(_MAPPING):
        properties = settle(mapping.fields.get("Properties"), world)
        if properties is None or not mapping.exists(world):
            continue
        if not isinstance(properties, dict):
            return _unclear(mapping, properties)
        tags = settle(properties.get("PrincipalTags"), world)
        defaults = settle(properties.get("UseDefaults"), world)
        if defaults is True:
            # "Default mappings": the client's id and the user's `sub`.
            continue
        if isinstance(tags, Unknown):
            return _unclear(mapping, tags)
        claim = settle(tags.get(tag), world) if isinstance(tags, dict) else None
        if claim is None and isinstance(tags, OpenMap):
            claim = tags.unknown
        if isinstance(claim, Text | Unknown):
            return _unclear(mapping, claim)
        if isinstance(claim, str):
            found = _judged(claim, inventory, world)
            unsure = isinstance(defaults, Unknown) and found.writable is True
            return replace(found, writable=defaults.plain()) if unsure and isinstance(defaults, Unknown) else found
    return None


def _unclear(mapping: Resource, value: object) -> Claim:
    unknown = first_unknown(value) or Unknown("invalid-template", "it is no mapping")
    return Claim("?", unknown.plain(), f"{mapping.logical_id} maps what is not known")


def _judged(claim: str, inventory: Inventory, world: World) -> Claim:
    doubt: Claim | None = None
    found = False
    for pool in inventory.of_type(_POOL):
        properties = settle(pool.fields.get("Properties"), world)
        attribute = _attribute(claim, properties, world)
        if attribute is None or not pool.exists(world):
            continue
        found = True
        body = attribute if isinstance(attribute, dict) else {}
        settings = properties if isinstance(properties, dict) else {}
        mutable = settle(body.get("Mutable"), world)
        admin = settle(settings.get("AdminCreateUserConfig"), world)
        closed = settle(admin.get("AllowAdminCreateUserOnly"), world) if isinstance(admin, dict) else admin
        if mutable is False and closed is True:
            continue
        for client, belongs in _clients(pool, inventory, world):
            writes = _writes(claim, client, world)
            if writes is False:
                continue
            means = "at sign-up" if mutable is False else "after signing in"
            how = f"users of {pool.logical_id} can write `{claim}` {means} through {client.logical_id}"
            unread = first_unknown([attribute if isinstance(attribute, Unknown) else None, belongs, writes])
            if unread is None and (mutable in (True, None) or closed in (False, None)):
                return Claim(claim, True, how, pool)
            why = unread or first_unknown([mutable, closed])
            doubt = doubt or Claim(claim, why.plain() if why else Unknown("undeclared", how), how, pool)
    if doubt is not None:
        return doubt
    return Claim(claim, False, f"no client of a user pool in the files may write `{claim}`" if found else "")


def _attribute(claim: str, properties: object, world: World) -> dict[str, object] | Unknown | None:
    """The attribute as the pool declares it; an Unknown where the pool may declare it, None where it does not."""
    if isinstance(properties, Unknown):
        return properties
    schema = settle_all(properties.get("Schema"), world) if isinstance(properties, dict) else None
    name = claim.removeprefix(_CUSTOM)
    unread = schema if isinstance(schema, Unknown) else None
    for each in schema if isinstance(schema, list) else []:
        called = each.get("Name") if isinstance(each, dict) else each
        if isinstance(each, dict) and called in (name, claim):
            return each
        unread = unread or first_unknown(called)
        if called is None and isinstance(each, OpenMap):
            unread = unread or each.unknown
    if unread is None and isinstance(schema, OpenList):
        unread = schema.unknown
    if unread is None and schema is None and isinstance(properties, OpenMap):
        unread = properties.unknown
    return unread


def _clients(pool: Resource, inventory: Inventory, world: World) -> Iterator[tuple[Resource, bool | Unknown]]:
    """The app clients that are, or may be, of the pool."""
    for client in inventory.of_type(_CLIENT):
        properties = settle(client.fields.get("Properties"), world)
        named = settle(properties.get("UserPoolId"), world) if isinstance(properties, dict) else properties
        belongs = names_resource(named, pool, world)
        if belongs is not False and client.exists(world):
            yield client, belongs


def _writes(claim: str, client: Resource, world: World) -> bool | Unknown:
    properties = settle(client.fields.get("Properties"), world)
    listed = settle_all(properties.get("WriteAttributes"), world) if isinstance(properties, dict) else properties
    if isinstance(listed, Unknown):
        return listed.plain()
    if listed is None:
        if isinstance(properties, OpenMap):
            return properties.unknown.plain()
        detail = f"{client.logical_id} lists no `WriteAttributes`, and AWS's documents differ on what that allows"
        return Unknown("undeclared", detail)
    if isinstance(listed, list) and claim in listed:
        return True
    unread = first_unknown(listed)
    return False if unread is None else unread.plain()
