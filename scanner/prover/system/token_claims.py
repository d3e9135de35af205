"""Whether the claim that names a session's tenant is out of its user's reach: the premise of a proof that rests on it.

From "Using attributes for access control" (identity pools), "Working with user attributes" and "User pool attributes"
(user pools), Amazon Cognito Developer Guide, and `CreateUserPoolClient` (Amazon Cognito user pools API Reference).
"""

from __future__ import annotations

from collections.abc import Iterator

from scanner.base.record import record, replace
from scanner.iam.policies import Policy
from scanner.iam.terms import Term
from scanner.model.deferred import OpenMap, settle, settle_all
from scanner.model.partial_text import Text
from scanner.model.reference_match import names_resource
from scanner.model.resource import Inventory, Resource
from scanner.model.unknown import OpenList, Reference, Unknown, first_unknown
from scanner.model.world import World

_MAPPING, _IDENTITIES = "AWS::Cognito::IdentityPoolPrincipalTag", "AWS::Cognito::IdentityPool"
_POOL, _CLIENT = "AWS::Cognito::UserPool", "AWS::Cognito::UserPoolClient"
_CUSTOM, _USER_POOLS = "custom:", "cognito-idp."
_AUDIENCE = "cognito-identity.amazonaws.com:aud"
# "User pool attributes": every pool has these, whatever its schema says of them.
_STANDARD = frozenset(
    {
        "address", "birthdate", "email", "family_name", "gender", "given_name", "locale", "middle_name", "name",
        "nickname", "phone_number", "picture", "preferred_username", "profile", "updated_at", "website", "zoneinfo",
    }
)  # fmt: skip
# As there: the name that a user signs up with, which no one can change.
_USER_NAMES = frozenset({"cognito:username", "username"})
# Attributes of which Cognito may ask for a proof before they count.
_VERIFIED = frozenset({"email", "phone_number"})


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


def claims_behind(tag: str, trust: Policy, inventory: Inventory, world: World) -> Iterator[Claim]:
    """What the session tag is taken from in each identity pool that the trust policy lets in, of each provider.

    None where no file maps it. Raises UndecidedError.
    """
    audiences = _audiences(trust)
    for mapping in inventory.of_type(_MAPPING):
        properties = settle(mapping.fields.get("Properties"), world)
        if properties is None or not mapping.exists(world):
            continue
        if not isinstance(properties, dict):
            yield _unclear(mapping, properties)
            continue
        if _is_of_another_pool(settle(properties.get("IdentityPoolId"), world), audiences, inventory, world):
            continue
        defaults = settle(properties.get("UseDefaults"), world)
        if defaults is True:
            # "Default mappings": the client's id and the user's `sub`.
            continue
        claim = _claim_of(settle(properties.get("PrincipalTags"), world), tag, world)
        if isinstance(claim, Text | Unknown):
            yield _unclear(mapping, claim)
        elif isinstance(claim, str):
            provider = settle(properties.get("IdentityProviderName"), world)
            found = _judged(claim, provider, inventory, world)
            unsure = isinstance(defaults, Unknown) and found.writable is True
            yield replace(found, writable=defaults.plain()) if unsure and isinstance(defaults, Unknown) else found


def _claim_of(tags: object, tag: str, world: World) -> object:
    """The claim behind a tag, whose name condition keys find in any letters."""
    if isinstance(tags, Unknown):
        return tags
    named = [settle(tags[key], world) for key in tags if key.lower() == tag.lower()] if isinstance(tags, dict) else []
    return named[0] if named else tags.unknown if isinstance(tags, OpenMap) else None


def _audiences(trust: Policy) -> tuple[Term, ...] | None:
    """The identity pools whose sessions the trust policy lets in; None where it may be any."""
    found: list[Term] = []
    for statement in trust.document.statements:
        if statement.effect == "Deny":
            continue
        asked = [each for each in statement.conditions if each.key.lower() == _AUDIENCE]
        plain = [
            each
            for each in asked
            if each.operator.family == "string"
            and each.operator.comparison in ("equals", "like")
            and not each.operator.negated
            and not each.operator.if_exists
            and each.operator.quantifier != "all"
            and each.values.more is None
        ]
        if not plain or statement.conditions_more is not None:
            return None
        found += plain[0].values.items
    return tuple(found) if trust.document.more is None else None


def _is_of_another_pool(pool: object, audiences: tuple[Term, ...] | None, inventory: Inventory, world: World) -> bool:
    """Whether a mapping's identity pool is surely none of those. Raises UndecidedError."""
    if audiences is None:
        return False
    mine = _pool_named(pool, inventory, world)
    return mine is not None and all(
        other is not None and other != mine and not (isinstance(other, str) and "*" in other)
        for other in (_pool_named(each, inventory, world) for each in audiences)
    )


def _pool_named(value: object, inventory: Inventory, world: World) -> object:
    """The address of the identity pool of the files, or the id as written, that a value names; None where unclear."""
    for pool in inventory.of_type(_IDENTITIES):
        if names_resource(value, pool, world) is True:
            return (pool.address,)
    return value if isinstance(value, str) else None


def _unclear(mapping: Resource, value: object) -> Claim:
    unknown = first_unknown(value) or Unknown("invalid-template", "it is no mapping")
    return Claim("?", unknown.plain(), f"{mapping.logical_id} maps what is not known")


def _judged(claim: str, provider: object, inventory: Inventory, world: World) -> Claim:
    doubt: Claim | None = None
    found = False
    for pool in _pools_of(provider, inventory, world):
        properties = settle(pool.fields.get("Properties"), world)
        attribute = _attribute(claim, properties, world)
        if attribute is None or not pool.exists(world):
            continue
        found = True
        body = attribute if isinstance(attribute, dict) else {}
        settings = properties if isinstance(properties, dict) else {}
        named = claim in _USER_NAMES
        mutable = False if named else settle(body.get("Mutable"), world)
        admin = settle(settings.get("AdminCreateUserConfig"), world)
        closed = settle(admin.get("AllowAdminCreateUserOnly"), world) if isinstance(admin, dict) else admin
        if mutable is False and closed is True:
            continue
        if (claim in _VERIFIED and _is_verified(claim, settings, world)) or (named and _is_made(settings, world)):
            continue
        for client, belongs in _clients(pool, inventory, world):
            writes = True if named else _writes(claim, client, world)
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


def _pools_of(provider: object, inventory: Inventory, world: World) -> Iterator[Resource]:
    """The user pools that may be the provider whose claims are mapped: all of them where it names none of the files.

    Raises UndecidedError.
    """
    pools = inventory.of_type(_POOL)
    if isinstance(provider, str) and "." in provider and _USER_POOLS not in provider:
        return  # a provider of another kind, such as `accounts.google.com` or one by its ARN
    named = [pool for pool in pools if _is_issuer(provider, pool, world)]
    yield from named or pools


def _is_issuer(provider: object, pool: Resource, world: World) -> bool:
    if isinstance(provider, Text):
        return any(isinstance(part, Reference) and part.resource == pool.address for part in provider.parts)
    named = provider.rpartition("/")[2] if isinstance(provider, str) else provider
    return names_resource(named, pool, world) is True


def _is_verified(claim: str, settings: dict[str, object], world: World) -> bool:
    """Whether users prove that the address is theirs, at sign-up and before each change."""
    updates = settle(settings.get("UserAttributeUpdateSettings"), world)
    asked = updates.get("AttributesRequireVerificationBeforeUpdate") if isinstance(updates, dict) else None
    lists = (settle_all(settings.get("AutoVerifiedAttributes"), world), settle_all(asked, world))
    return all(isinstance(each, list) and claim in each for each in lists)


def _is_made(settings: dict[str, object], world: World) -> bool:
    """Whether Cognito makes the user names: where users sign up with an address instead ("Customizing sign-in")."""
    listed = settle_all(settings.get("UsernameAttributes"), world)
    return isinstance(listed, list) and bool(listed) and first_unknown(listed) is None


def _attribute(claim: str, properties: object, world: World) -> dict[str, object] | Unknown | None:
    """The attribute as the pool declares it, or as every pool has it; an Unknown where the pool may declare it, None
    where it does not."""
    if isinstance(properties, Unknown):
        return properties
    if claim in _USER_NAMES:
        return {}
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
    return {} if unread is None and claim in _STANDARD else unread


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
        if claim in _STANDARD:
            return True  # `CreateUserPoolClient`: without a list an app may write the standard attributes
        detail = f"{client.logical_id} lists no `WriteAttributes`, and AWS's documents differ on what that allows"
        return Unknown("undeclared", detail)
    if isinstance(listed, list) and claim in listed:
        return True
    unread = first_unknown(listed)
    return False if unread is None else unread.plain()
