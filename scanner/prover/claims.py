"""Whether the claim that names a session's tenant is out of its user's reach: the premise of a proof that rests on it.

From "Using attributes for access control" (identity pools) and "Working with user attributes" (user pools), Amazon
Cognito Developer Guide.
"""

from __future__ import annotations

from collections.abc import Iterator

from scanner.model.deferred import settle, settle_all
from scanner.model.naming import names_resource
from scanner.model.resource import Inventory, Resource
from scanner.model.text import Text
from scanner.model.unknown import OpenList, Unknown
from scanner.model.world import World
from scanner.text.record import record

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
    """What the session tag is taken from; None where no file maps it. Raises Undecided."""
    for mapping in inventory.of_type(_MAPPING):
        properties = settle(mapping.fields.get("Properties"), world)
        if not isinstance(properties, dict) or not mapping.exists(world):
            continue
        tags = settle(properties.get("PrincipalTags"), world)
        if settle(properties.get("UseDefaults"), world) is True:
            # "Default mappings": the client's id and the user's `sub`.
            continue
        if isinstance(tags, Unknown):
            return Claim("?", tags.plain(), f"{mapping.logical_id} maps what is not known")
        claim = settle(tags.get(tag), world) if isinstance(tags, dict) else None
        if isinstance(claim, Text | Unknown):
            unknown = claim.unknown if isinstance(claim, Text) else claim
            return Claim("?", unknown.plain(), f"{mapping.logical_id} maps what is not known")
        if isinstance(claim, str):
            return _judged(claim, inventory, world)
    return None


def _judged(claim: str, inventory: Inventory, world: World) -> Claim:
    doubt: Claim | None = None
    found = False
    for pool in inventory.of_type(_POOL):
        properties = settle(pool.fields.get("Properties"), world)
        attribute = _attribute(claim, properties, world) if isinstance(properties, dict) else None
        if attribute is None or not isinstance(properties, dict) or not pool.exists(world):
            continue
        found = True
        mutable = settle(attribute.get("Mutable"), world)
        admin = settle(properties.get("AdminCreateUserConfig"), world)
        closed = settle(admin.get("AllowAdminCreateUserOnly"), world) if isinstance(admin, dict) else admin
        if mutable is False and closed is True:
            continue
        for client in _clients(pool, inventory, world):
            writes = _writes(claim, client, world)
            if writes is False:
                continue
            means = "at sign-up" if mutable is False else "after signing in"
            how = f"users of {pool.logical_id} can write `{claim}` {means} through {client.logical_id}"
            sure = writes is True and (mutable in (True, None) or closed in (False, None))
            if sure:
                return Claim(claim, True, how, pool)
            why = next((each for each in (writes, mutable, closed) if isinstance(each, Unknown)), None)
            doubt = doubt or Claim(claim, why or Unknown("undeclared", how), how, pool)
    if doubt is not None:
        return doubt
    return Claim(claim, False, f"no client of a user pool in the files may write `{claim}`" if found else "")


def _attribute(claim: str, properties: dict[str, object], world: World) -> dict[str, object] | None:
    schema = settle_all(properties.get("Schema"), world)
    name = claim.removeprefix(_CUSTOM)
    for each in schema if isinstance(schema, list) else []:
        if isinstance(each, dict) and each.get("Name") in (name, claim):
            return each
    return None


def _clients(pool: Resource, inventory: Inventory, world: World) -> Iterator[Resource]:
    for client in inventory.of_type(_CLIENT):
        properties = settle(client.fields.get("Properties"), world)
        named = settle(properties.get("UserPoolId"), world) if isinstance(properties, dict) else None
        if names_resource(named, pool, world) is True and client.exists(world):
            yield client


def _writes(claim: str, client: Resource, world: World) -> bool | Unknown:
    properties = settle(client.fields.get("Properties"), world)
    listed = settle_all(properties.get("WriteAttributes"), world) if isinstance(properties, dict) else properties
    if isinstance(listed, Unknown):
        return listed.plain()
    if listed is None:
        detail = f"{client.logical_id} lists no `WriteAttributes`, and AWS's documents differ on what that allows"
        return Unknown("undeclared", detail)
    if isinstance(listed, list) and claim in listed:
        return True
    return listed.unknown.plain() if isinstance(listed, OpenList) else False
