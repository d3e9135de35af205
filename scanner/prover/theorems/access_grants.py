"""S3 Access Grants: a grant's scope is a prefix, a prefix may hold the data of several tenants, and whoever is granted
it may be another's.

From "Working with grants in S3 Access Grants" (Amazon S3 User Guide): the scope is that of the location and the
grant's own prefix, one after the other; the grantee is a principal of IAM or a user or group of a directory.
"""

from __future__ import annotations

from scanner.base.record import replace
from scanner.language.expressions.theorem import CROSS_TENANT as THEOREM
from scanner.model.deferred import settle
from scanner.model.partial_text import Text, text_of
from scanner.model.reference_match import names_resource
from scanner.model.resource import Resource
from scanner.model.unknown import Reference, Unknown
from scanner.model.world import World
from scanner.prover.solver.id_automaton import IdLanguage
from scanner.prover.solver.pattern import Pattern, Token, Wild
from scanner.prover.solver.product import Dimension, Work, decide
from scanner.prover.system.data_requests import owner_pattern, term_tokens
from scanner.prover.system.proof import NotAsked, Proof
from scanner.prover.system.system import Actor, System
from scanner.tenancy.owned import S3Objects

ROLE = "AWS::IAM::Role"
GRANT, LOCATION = "AWS::S3::AccessGrant", "AWS::S3::AccessGrantsLocation"
_DEFAULT = "s3://"
_STARS = ("*",)


def grant_stays(system: System, grant: Resource, world: World) -> Proof | NotAsked:
    """Whether the scope of a grant holds the objects of one tenant at most, and of the grantee's.

    Raises UndecidedError.
    """
    entries = [each for each in system.tenancy.owned if isinstance(each, S3Objects)]
    if not entries:
        return NotAsked("the tenancy declares no objects")
    bench = system.bench_of(None, None)
    if bench is None:
        return NotAsked("there is one tenant only")
    scope = _scope(system, grant, world)
    if isinstance(scope, Unknown):
        why = scope.leaving_open(f"which objects {grant.logical_id} grants")
        return Proof(THEOREM, "s3-object", "NOT_PROVEN", unknown=why, sentence=why.detail)
    holes = system.holes()
    tokens = _with_star(term_tokens(scope, holes))
    notes: tuple[str, ...] = (f"tenant ids match {system.tenancy.tenant_ids.pattern}",)
    grantee, unread = _grantee(system, grant, world)
    if unread is None and (open_ := _of_parameter(system, grant, grantee, world)) is not None:
        why = open_.leaving_open(f"whose objects {grant.logical_id} grants")
        return Proof(THEOREM, "s3-object", "NOT_PROVEN", assumptions=notes, unknown=why, sentence=why.detail)
    held: set[str] = set()
    reached = False
    for entry in entries:
        for bucket in system.bucket_names(entry, world):
            own = Pattern((*"s3://", *term_tokens(bucket, holes), "/", *owner_pattern(entry.key).tokens))
            first = decide(Dimension(own, matching=(Pattern(tokens),)), bench.language, Work())
            if first.outcome == "EMPTY":
                continue
            reached = True
            one = first.owner
            if one is None or not bench.owners.is_id(one):
                if first.outcome == "OPEN" and _has_parameter(grant, world):
                    continue  # of the grantee's own parameter, as was asked above
                why = Unknown("prover-limit", f"whose objects {scope} holds was not decided")
                return Proof(THEOREM, "s3-object", "NOT_PROVEN", assumptions=notes, unknown=why, sentence=why.detail)
            rest = replace(bench.owners, without=bench.owners.without | {one})
            others = IdLanguage(rest, bench.language.alphabet, widened=False)
            second = decide(Dimension(own, matching=(Pattern(tokens),)), others, Work())
            if second.outcome == "OPEN" and second.owner is not None and rest.is_id(second.owner):
                owners = f"tenant `{one}` and of tenant `{second.owner}`"
                sentence = f"{grant.logical_id} grants {scope}, which holds objects of {owners}"
                fix = (
                    "End the scope in the tenant's whole prefix and a slash: `<tenant>/*` does not reach other tenants."
                )
                cause = (THEOREM, "s3-object", "grant")
                return Proof(
                    THEOREM,
                    "s3-object",
                    "LEAK",
                    reach="own-session",
                    assumptions=notes,
                    sentence=sentence,
                    fix=fix,
                    cause=cause,
                )
            if second.outcome in ("OPEN", "LIMIT"):
                why = Unknown("prover-limit", f"whether {scope} holds objects of more than one tenant was not decided")
                return Proof(THEOREM, "s3-object", "NOT_PROVEN", assumptions=notes, unknown=why, sentence=why.detail)
            held.add(one)
    if held and unread is not None:
        why = unread.leaving_open(f"whom {grant.logical_id} grants objects of tenant `{min(held)}`")
        return Proof(THEOREM, "s3-object", "NOT_PROVEN", assumptions=notes, unknown=why, sentence=why.detail)
    for one in sorted(held):
        if (whose := _foreign(grantee, one)) is not None:
            sentence = f"{grant.logical_id} grants {scope}, which holds objects of tenant `{one}`, to {whose}"
            fix = "Grant the prefix of a tenant to that tenant's own role, or to a group that holds its users alone."
            cause = (THEOREM, "s3-object", "grantee")
            return Proof(
                THEOREM,
                "s3-object",
                "LEAK",
                reach="own-session",
                assumptions=notes,
                sentence=sentence,
                fix=fix,
                cause=cause,
            )
        if grantee is None or grantee.tenant is None:
            notes = (*notes, f"whom {grant.logical_id} names acts for tenant `{one}` alone")
    sentence = f"the scope of {grant.logical_id} holds objects of one tenant at most"
    return Proof(THEOREM, "s3-object", "ISOLATED", not reached, assumptions=notes, sentence=sentence)


def _grantee(system: System, grant: Resource, world: World) -> tuple[Actor | None, Unknown | None]:
    """The principal of the files that is granted something, and why it is not known. Raises UndecidedError."""
    properties = settle(grant.fields.get("Properties"), world)
    grantee = settle(properties.get("Grantee"), world) if isinstance(properties, dict) else properties
    if not isinstance(grantee, dict):
        return None, grantee.plain() if isinstance(grantee, Unknown) else None
    if str(settle(grantee.get("GranteeType"), world)).startswith("DIRECTORY_"):
        return None, None  # an id of the directory, which no file explains
    named = settle(grantee.get("GranteeIdentifier"), world)
    if not isinstance(named, str | Text | Unknown):
        return None, None
    ground = system.ground(grant)
    principal = system.principal(named, world, ground)
    if principal is None or principal.type != ROLE:
        made = isinstance(named, Unknown | Text) and not isinstance(named, Reference)
        unread = named.unknown if isinstance(named, Text) else named
        return None, unread.plain() if made and principal is None and isinstance(unread, Unknown) else None
    return system.actor(principal, world, ground), None


def _foreign(grantee: Actor | None, owner: str) -> str | None:
    """Whom a grant of one tenant's objects lets in that is another's; None where nothing shows that."""
    if grantee is None:
        return None
    if grantee.tenant is not None:
        return f"{grantee.name} of tenant `{grantee.tenant}`" if grantee.tenant != owner else None
    if grantee.kind == "session":
        return f"{grantee.name}, whose sessions are of all tenants"
    return f"{grantee.name}, which all take who sign in" if grantee.kind == "users" else None


def _prefix(grant: Resource, world: World) -> object:
    properties = settle(grant.fields.get("Properties"), world)
    settings = (
        settle(properties.get("AccessGrantsLocationConfiguration"), world) if isinstance(properties, dict) else None
    )
    return settle(settings.get("S3SubPrefix"), world) if isinstance(settings, dict) else None


def _has_parameter(grant: Resource, world: World) -> bool:
    return isinstance(_prefix(grant, world), Text)


def _of_parameter(system: System, grant: Resource, grantee: Actor | None, world: World) -> Unknown | None:
    """What of a grant's prefix only deployment knows, unless the grantee is whoever's that is."""
    prefix = _prefix(grant, world)
    if not isinstance(prefix, Text):
        return None
    holes = [hole for hole in prefix.holes if not isinstance(hole, Reference)]
    if not holes or grantee is None:
        return holes[0].plain() if holes and grantee is None else None
    stacks = {each.of_stack for each in grantee.declared if each.of_stack is not None}
    tags = settle(grantee.role.fields.get("Tags"), world)
    values = (
        (settle(tags.get(key), world) for key in system.tenancy.tags if key in tags) if isinstance(tags, dict) else ()
    )
    symbols = stacks | {each.symbol for each in values if isinstance(each, Unknown) and each.symbol is not None}
    return next((hole.plain() for hole in holes if hole.symbol is None or hole.symbol not in symbols), None)


def _scope(system: System, grant: Resource, world: World) -> str | Text | Unknown:
    properties = settle(grant.fields.get("Properties"), world)
    if isinstance(properties, Unknown):
        return properties
    if not isinstance(properties, dict):
        return ""
    location = settle(properties.get("AccessGrantsLocationId"), world)
    beginning: object = _DEFAULT
    if location is not None and location != "default":
        beginning = _location_scope(system, location, world)
    settings = settle(properties.get("AccessGrantsLocationConfiguration"), world)
    if isinstance(settings, Unknown):
        return settings
    prefix = settle(settings.get("S3SubPrefix"), world) if isinstance(settings, dict) else None
    if isinstance(beginning, Unknown):
        return beginning
    if prefix is None or prefix == "":
        # "AccessGrantsLocationConfiguration": without a prefix of its own a grant has all of the location's scope.
        prefix = "*"
    parts = [_stem(beginning) if isinstance(beginning, str) else beginning, prefix]
    known = [part for part in parts if isinstance(part, str | Text | Unknown)]
    if any(isinstance(part, Unknown) for part in known):
        return next(part for part in known if isinstance(part, Unknown)).plain()
    return text_of(known)


def _location_scope(system: System, location: object, world: World) -> object:
    for each in system.inventory.of_type(LOCATION):
        named = names_resource(location, each, world)
        if named is True:
            properties = settle(each.fields.get("Properties"), world)
            return settle(properties.get("LocationScope"), world) if isinstance(properties, dict) else properties
    return Unknown("missing-file", f"the location `{location}` of the grant is not in the files scanned")


def _stem(scope: str) -> str:
    """`s3://bucket/*`, `s3://bucket/` and `s3://bucket` begin the same scopes."""
    scope = scope.removesuffix("*")
    bucket = scope.removeprefix(_DEFAULT)
    return scope if scope == bucket or not bucket or "/" in bucket else f"{scope}/"


def _with_star(tokens: tuple[Token, ...]) -> tuple[Token, ...]:
    return tuple(Wild.STAR if token in _STARS else token for token in tokens)
