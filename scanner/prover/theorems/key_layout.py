"""Whether a layout of keys names one owner for everything: no key, prefix or name belongs to two tenants."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from scanner.language.expressions.theorem import KEY_LAYOUT as THEOREM
from scanner.model.resource import Resource
from scanner.model.unknown import Unknown
from scanner.model.world import World
from scanner.prover.solver.bench import Bench
from scanner.prover.solver.pattern import Pattern, Tenant, Token, Wild
from scanner.prover.solver.product import Dimension, Work, decide
from scanner.prover.system.data_requests import owner_pattern
from scanner.prover.system.principals import tags_of, tenant_unknown
from scanner.prover.system.proof import NotAsked, Proof
from scanner.prover.system.system import System
from scanner.tenancy import ownership
from scanner.tenancy.identifiers import HOLE
from scanner.tenancy.owned import DynamodbItems, KmsContext, Owned, OwnedArn, S3Objects
from scanner.tenancy.schema import ARN_SEGMENTS
from scanner.tenancy.tenant_principals import stack_parameter, tenants_of


def layout_unambiguous(system: System, store: Resource, world: World) -> Proof | NotAsked:
    """Raises UndecidedError."""
    if store.type == "AWS::IAM::Role":
        return _owner_unambiguous(system, store, world)
    layouts: list[tuple[str, str, str]] = []
    perhaps: Unknown | None = None
    for entry in system.tenancy.owned:
        named = ownership.is_named_by(entry, store, world, system.tenancy.tenant_ids, system.inventory)
        if isinstance(named, Unknown):
            perhaps = perhaps or named
        if named is not False:
            layouts.extend((entry.kind, what, pattern) for what, pattern in _patterns(entry))
    if not layouts:
        return NotAsked("the tenancy declares no layout of its keys")
    bench = system.bench_of(None, None)
    if bench is None:
        return NotAsked("there is one tenant only")
    bench.start()
    kind = layouts[0][0]
    notes = (f"tenant ids match {system.tenancy.tenant_ids.pattern}",)
    doubt: Unknown | None = None
    for kind, what, pattern in layouts:
        for other_kind, other_what, other in layouts:
            if (kind, what) != (other_kind, other_what):
                continue
            found = _overlap(pattern, other, bench)
            if isinstance(found, Unknown):
                doubt = doubt or found
            elif found is not None and perhaps is not None:
                doubt = doubt or perhaps
            elif found is not None:
                first, second, value = found
                sentence = (
                    f"{what} `{value}` of {store.logical_id} belongs to tenant `{first}` by `{other}` "
                    f"and to tenant `{second}` by `{pattern}`"
                )
                return Proof(
                    THEOREM,
                    kind,
                    "LEAK",
                    assumptions=notes,
                    sentence=sentence,
                    fix=f"End the id in `{pattern}` with a character that no id holds, or narrow `tenant_id.pattern`.",
                    cause=(THEOREM, kind, what),
                )
    if doubt is not None:
        return Proof(THEOREM, kind, "NOT_PROVEN", assumptions=notes, unknown=doubt, sentence=doubt.detail)
    return Proof(
        THEOREM, kind, "ISOLATED", assumptions=notes, sentence=f"every key of {store.logical_id} has one owner"
    )


def _owner_unambiguous(system: System, role: Resource, world: World) -> Proof | NotAsked:
    """Whether a role's tag and what `principals` says of its name give it to one tenant. Raises UndecidedError."""
    ids = system.tenancy.tenant_ids
    named, doubt = tenants_of(role, system.tenancy, world)
    if not named and doubt is None:
        return NotAsked("tenancy.yaml gives it to no tenant by its name")
    tags = tags_of(role, world)
    values = {tags[key] for key in system.tenancy.tags if key in tags} if isinstance(tags, Mapping) else set()
    owners = named | {each for each in values if ids.is_id(each)}
    if len(owners) > 1:
        by_tag = next((each for each in sorted(values) if each in owners), None)
        others = " and ".join(f"`{each}`" for each in sorted(named - {by_tag}))
        sentence = f"{role.logical_id} belongs to {others} by its name"
        sentence += f" and to `{by_tag}` by its tag" if by_tag is not None else ": where the id ends is open"
        fix = "Correct the tag or the name, or the pattern under `principals` of tenancy.yaml."
        return Proof(THEOREM, None, "LEAK", sentence=sentence, fix=fix, cause=(THEOREM, "principal", *sorted(owners)))
    doubt = doubt or (tenant_unknown(role, system.tenancy.tags, world) if named else None)
    if doubt is not None and (values or named or stack_parameter(role, system.tenancy, world) is None):
        return Proof(THEOREM, None, "NOT_PROVEN", unknown=doubt, sentence=doubt.detail)
    return Proof(THEOREM, None, "ISOLATED", sentence=f"{role.logical_id} belongs to one tenant")


def _patterns(entry: Owned) -> Iterator[tuple[str, str]]:
    match entry:
        case DynamodbItems():
            yield "the key", entry.key
            yield from ((f"the key of index {name}", key) for name, key in entry.indexes.items())
        case S3Objects():
            yield "the object", entry.key
        case OwnedArn():
            *head, name = entry.arn.split(":", ARN_SEGMENTS - 1)
            # Partition, region and account hold no colon, which a wildcard there would let in.
            yield "the name", entry.arn if any(HOLE in each for each in head) else name
        case KmsContext():
            yield from ((f"the context `{name}`", value) for name, value in entry.context.items())


def _overlap(pattern: str, other: str, bench: Bench) -> tuple[str, str, str] | Unknown | None:
    """Two tenants and a value that is both's."""
    own = owner_pattern(pattern)
    theirs = Pattern(tuple(Tenant.CALLER if token is Tenant.OWNER else token for token in owner_pattern(other).tokens))
    answer = decide(Dimension(own, matching=(theirs,)), bench.language, Work())
    if answer.outcome in ("EMPTY", "SAME"):
        return None
    if answer.outcome == "OPEN" and bench.exact is not None:
        exact = decide(Dimension(own, matching=(theirs,)), bench.exact, Work())
        if exact.outcome in ("EMPTY", "SAME"):
            return None
        answer = exact if exact.outcome == "OPEN" else answer
    for caller, owner in _pairs(answer.caller, answer.owner, bench):
        if caller == owner or not (bench.owners.is_id(caller) and bench.owners.is_id(owner)):
            continue
        both = decide(Dimension(own, matching=(theirs,)).bound(caller, owner), bench.language, Work())
        if both.outcome == "OPEN" and _spells(own, owner, both.value) and _spells(theirs, caller, both.value):
            return caller, owner, both.value
    return Unknown("prover-limit", f"neither a proof nor two owners of one key were found for `{pattern}`")


def _pairs(caller: str | None, owner: str | None, bench: Bench) -> Iterator[tuple[str, str]]:
    words = list(dict.fromkeys((*bench.examples, *bench.language.words())))[:6]
    for mine in [caller] if caller else words:
        for theirs in [owner] if owner else words:
            yield mine, theirs
    for word in words:
        for other in words:
            yield word, word + other
            yield word + other, word
            yield word, word + "-" + other


def _spells(pattern: Pattern, tenant: str, value: str) -> bool:
    """Checked again by a regular expression, which shares nothing with the automata."""

    def part(token: Token) -> str:
        if isinstance(token, Tenant):
            return re.escape(tenant)
        if isinstance(token, str):
            return re.escape(token)
        return ".*" if token is Wild.STAR else "."

    return re.fullmatch("".join(map(part, pattern.tokens)), value, re.DOTALL) is not None
