"""What an `arn` or `tagged` entry owns: the resources, what lies below them, and the actions above that open them.

From the forms of ARNs in the "Service Authorization Reference". What lies below belongs to the owner unless the entry
says `only: resource`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from string import ascii_letters, digits
from typing import TypeVar

from scanner.base.record import record, replace
from scanner.iam.action_rows import Listing, action_rows
from scanner.iam.arn_binding import bind
from scanner.iam.catalogue import catalogue
from scanner.iam.resource_arns import ArnForm, Hole, Related, resource_arns
from scanner.iam.tag_spellings import CONTAINER_KEYS, is_container
from scanner.model.unknown import Unknown
from scanner.prover.solver.pattern import Among, Pattern, Tenant, Token, Wild, literal
from scanner.prover.solver.question import ABSENT, Given, Shape, Value
from scanner.prover.system.arn_tokens import form_pattern, rest_tokens, spelled
from scanner.prover.system.closed_world import (
    Actions,
    Place,
    actions_on_form,
    nowhere,
    shapes_of,
    younger_actions,
)
from scanner.prover.system.data_requests import IN_NO_FILE, through_unknown_access_points
from scanner.prover.system.search_bodies import by_bodies
from scanner.prover.system.standins import Ground
from scanner.tenancy.identifiers import HOLE
from scanner.tenancy.owned import OwnedArn

_ACCOUNT = 4
_SEGMENTS = 6
# The attribute of a resource that stands in ARNs by which it is reached beside its own.
MADE_IDS: Mapping[str, str] = {
    "AWS::Neptune::DBCluster": "ClusterResourceId",
    "AWS::RDS::DBCluster": "DBClusterResourceId",
    "AWS::RDS::DBInstance": "DbiResourceId",
}
_SEGMENT: Mapping[Token, Token] = {Wild.STAR: Wild.SEGMENT_STAR, Wild.ANY: Wild.SEGMENT_ANY}
_IN_A_PART = Among("/:", inverted=True, many=True, holes=True, none=True)
T = TypeVar("T")
_WORD, _RANDOM = ascii_letters + digits, 6
_ONE = frozenset("?")  # no name has one
_BUCKET, _POINT = "arn:${Partition}:s3:::${BucketName}", ":accesspoint/"
# "Tagging API Gateway resources" (API Gateway Developer Guide): tags have an ARN that ends with what they are of.
_TAGS = "/tags/${UrlEncodedResourceARN}"
_OF_SOME_RESOURCE = Unknown("undeclared", "of which resources the statement lets tags be changed is not read here")
_BELOW = "use what is in another tenant's resource"
# "Creating a DB snapshot" (Amazon RDS), "Scheduling automatic backups" (ElastiCache), "Snapshots" (MemoryDB): what the
# names of automatic copies have before the name of what is copied.
_AUTOMATIC: Mapping[str, str] = {
    "arn:${Partition}:rds:${Region}:${Account}:cluster-snapshot:${ClusterSnapshotName}": "rds:",
    "arn:${Partition}:rds:${Region}:${Account}:snapshot:${SnapshotName}": "rds:",
    "arn:${Partition}:elasticache:${Region}:${Account}:snapshot:${SnapshotName}": "automatic.",
    "arn:${Partition}:memorydb:${Region}:${Account}:snapshot/${SnapshotName}": "automatic.",
}
# "GetParametersByPath" (AWS Systems Manager API Reference): without it the answer has the next level of the path only.
_RECURSIVE = {"ssm:GetParametersByPath": "ssm:Recursive"}
_ABOVE = "read or list what another tenant owns by what is above it"


@record
class Owned:
    """`shapes` are the requests for it, `beside` what could belong to it without its ARN saying so."""

    shapes: tuple[Shape, ...]
    beside: tuple[str, ...] = ()
    harmless: tuple[str, ...] = ()


@record
class Tagged:
    """What carries the tag that says whose it is, with the keys that requests for it carry."""

    form: ArnForm
    keys: Mapping[str, Value]
    untagged: Mapping[str, Value]
    spelled: Mapping[str, str]

    def of(self, form: ArnForm) -> tuple[tuple[Mapping[str, Value], ...], Mapping[str, str]]:
        """The keys of a request for it, or for what is in it."""
        return ((self.keys,) if form == self.form else (self.keys, self.untagged)), self.spelled


def of_arn(entry: OwnedArn, own: Pattern, ground: Ground) -> Owned:
    """What has such an ARN, with `own` as its pattern. Without a shape nothing is known of such ARNs."""
    tokens = _in_their_segments([Wild.ANY if token in _ONE else token for token in own.tokens])
    return _of_arn(entry, Pattern(_with_ending(entry.arn, tokens)), ground.account, ground.region)


def _with_ending(arn: str, tokens: tuple[Token, ...]) -> tuple[Token, ...]:
    """A secret by its name alone means the one of that name, whose ARN goes on with six characters of AWS's.

    "What's in a Secrets Manager secret?" (AWS Secrets Manager User Guide).
    """
    segments = arn.split(":", _SEGMENTS - 1)
    if segments[2:3] != ["secretsmanager"] or arn.endswith(("*", "-??????")):
        return tokens
    return (*tokens, *"-", *[Among(_WORD)] * _RANDOM)


@lru_cache(maxsize=512)
def _of_arn(entry: OwnedArn, own: Pattern, here: str, region: str) -> Owned:
    forms = resource_arns().describing(entry.arn)
    if entry.only_resource:
        # The `*` that ends such an ARN stands for the rest of a name, and for nothing that lies below what is named so.
        forms = tuple(each for each in forms if not any(_goes_on(each, other) for other in forms))
    segments = entry.arn.split(":", _SEGMENTS - 1)
    account = segments[_ACCOUNT] if len(segments) == _SEGMENTS else "*"
    # Across accounts a resource's own policy has to agree, and one that no file holds is taken for absent.
    fixed = here if account in ("*", "") else None
    wanted = named_actions(entry.actions) if entry.actions else None
    places: list[Place] = []
    beside: list[str] = []
    for form in forms:
        places += _of_form(
            form, _in_their_parts(form, own), {}, {}, fixed, below=not entry.only_resource, beside=beside
        )
    if (shorter := _shorter(entry.arn, own)) is not None:
        for form in resource_arns().describing(entry.arn[:-2]):
            places += _of_form(form, shorter, {}, {}, fixed, below=not entry.only_resource, beside=beside)
    if wanted is not None:
        places = [replace(each, actions=each.actions.only(wanted)) for each in places]
        rest = tuple(sorted(wanted - {name for each in places for kind in each.actions.kinds for name in kind}))
        if rest:
            # The entry names actions that no document has on such an ARN: asked as they are written.
            places.append(Place("the resource", own, Actions(rest)))
    return _owned(places, beside, here, region)


def _goes_on(form: ArnForm, other: ArnForm) -> bool:
    """Whether the one ARN is the other one with more behind it, as an object's is its bucket's."""
    return form.arn != other.arn and form.arn.startswith((f"{other.arn}/", f"{other.arn}:"))


def _in_their_segments(tokens: Sequence[Token]) -> tuple[Token, ...]:
    """The tokens with each wildcard before the name kept to its segment: what stands there has no colon."""
    head, _ = _parts(tokens)
    if head is None:
        return tuple(tokens)
    return (*(_SEGMENT.get(token, token) for token in head), *tokens[len(head) :])


def _in_their_parts(form: ArnForm, own: Pattern) -> Pattern:
    """The pattern with each `*` kept to the part of the ARN that it stands for, where that part holds no slash.

    The last `*` may stand for all that follows.
    """
    head, parts = _parts(own.tokens)
    _, wanted = _parts([each for piece in form.pieces for each in (piece if isinstance(piece, str) else (piece,))])
    if head is None:
        return own
    made = [*head]
    for number, (part, of_form) in enumerate(zip(parts, wanted, strict=False)):
        hole = of_form[0] if len(of_form) == 1 and isinstance(of_form[0], Hole) else None
        kept = hole is not None and hole.alphabet == "segment" and number + 1 < len(parts)
        if hole is not None and hole.alphabet != "segment":
            return Pattern((*made, *own.tokens[len(made) :]))
        made += [_IN_A_PART if kept and token is Wild.STAR else token for token in part]
        made += "/" if number + 1 < len(parts) else ""
    return Pattern(tuple(made)) if len(parts) <= len(wanted) else own


def _parts(tokens: Sequence[T]) -> tuple[Sequence[T] | None, list[list[T]]]:
    """What stands before the name in an ARN, and the name in its parts; None where there is no name."""
    colons = [number for number, token in enumerate(tokens) if token == ":"][: _SEGMENTS - 1]  # noqa: S105  # a token of a pattern
    if len(colons) < _SEGMENTS - 1:
        return None, []
    start = colons[-1] + 1
    parts: list[list[T]] = [[]]
    for token in tokens[start:]:
        if token == "/":  # noqa: S105  # a token of a pattern
            parts.append([])
        else:
            parts[-1].append(token)
    return tokens[:start], parts


def _shorter(arn: str, own: Pattern) -> Pattern | None:
    """The pattern without the `:*` by which an entry names a log group; None of any other.

    Statements name it by either spelling ("CloudWatch Logs resources and operations").
    """
    service, name = arn.split(":", 3)[2:3], arn.split(":", _SEGMENTS - 1)[-1]
    is_group = service == ["logs"] and name.startswith("log-group:") and name.count(":") == 2 and arn.endswith(":*")  # noqa: PLR2004  # before and after the name
    return Pattern(own.tokens[:-2]) if is_group else None


def of_type(type_name: str, tag: str, ground: Ground, *, below: bool) -> Owned:
    """Resources of one CloudFormation type whose own tag says whose they are."""
    return _of_type(type_name, tag, ground.account, ground.region, below)


@lru_cache(maxsize=1024)
def _of_type(type_name: str, tag: str, here: str, region: str, below: bool) -> Owned:
    key = f"aws:ResourceTag/{tag}"
    keys: dict[str, Value] = {key.lower(): Given(Pattern((Tenant.OWNER,)))}
    spelled = {key.lower(): key}
    places: list[Place] = []
    beside: list[str] = []
    for form in resource_arns().of_type(type_name):
        _add_container_key(form, tag, keys[key.lower()], keys, spelled)
        own = form_pattern(form, here)
        places += _of_form(form, own, keys, spelled, here, below=below, beside=beside)
    return _owned(places, beside, here, region)


def of_resource(
    type_name: str, arn: tuple[Token, ...], tags: Mapping[str, str], ground: Ground, *, below: bool = True
) -> tuple[Shape, ...]:
    """The requests for one resource of the files with such an ARN and tags, and for what lies below it."""
    return _of_resource(type_name, arn, tuple(sorted(tags.items())), ground.account, ground.region, below)


@lru_cache(maxsize=4096)
def _of_resource(
    type_name: str, arn: tuple[Token, ...], tags: tuple[tuple[str, str], ...], here: str, region: str, below: bool
) -> tuple[Shape, ...]:
    forms = _forms_having(resource_arns().of_type(type_name), Pattern(arn))
    keys: dict[str, Value] = {}
    spelled: dict[str, str] = {}
    for key, value in tags:
        keys[f"aws:resourcetag/{key.lower()}"] = Given(literal(value))
        spelled[f"aws:resourcetag/{key.lower()}"] = f"aws:ResourceTag/{key}"
        for form in forms:
            _add_container_key(form, key, Given(literal(value)), keys, spelled)
    places: list[Place] = []
    for form in forms:
        # Of those whose id at the other door is known, that door is asked by its name.
        unnamed = type_name not in MADE_IDS
        places += _of_form(form, Pattern(arn), keys, spelled, here, below=below, beside=[], unnamed=unnamed)
    for door in resource_arns().of_type(type_name) if keys else ():
        if door.arn.endswith(_TAGS):
            own = form_pattern(door, here)
            places.append(Place("its tags", own, actions_on_form(door), door, account=here, doubt=_OF_SOME_RESOURCE))
    return _of_one(_shapes(places, Ground(here, region)))


def _forms_having(forms: tuple[ArnForm, ...], own: Pattern) -> tuple[ArnForm, ...]:
    """The form of a resource's own ARN: the first, or of the others of its service the one that such an ARN has."""
    alike = [form for form in forms if form.service == forms[0].service]
    if len(alike) == 1:
        return forms[:1]
    return tuple(form for form in alike if bind(form, own.tokens) is not None)[:1] or forms[:1]


def _of_one(shapes: tuple[Shape, ...]) -> tuple[Shape, ...]:
    """Requests for one resource of the files: which tags it has beside those that are written is in no file."""
    return tuple(replace(each, tags={}) for each in shapes)


def through_doors(
    type_name: str, ids: Callable[[str], Token | None], tags: Mapping[str, str], ground: Ground
) -> tuple[Shape, ...]:
    """The requests for one resource of the files by ARNs that name it by an id of AWS's.

    `ids` gives what stands for an attribute of the resource.
    """
    attribute = MADE_IDS.get(type_name)
    token = ids(attribute) if attribute is not None else None
    if token is None:
        return ()
    untagged: dict[str, Value] = {f"aws:resourcetag/{key.lower()}": ABSENT for key in tags}
    places = []
    for form in resource_arns().of_type(type_name)[1:]:
        named = spelled(form, {form.holes[0]: (token,)})
        actions = actions_on_form(form)
        places.append(Place("by its id", named, actions, form, untagged, {}, account=ground.account))
    return _of_one(_shapes(places, ground))


def _add_container_key(form: ArnForm, tag: str, value: Value, keys: dict[str, Value], spelled: dict[str, str]) -> None:
    beginning = CONTAINER_KEYS.get(form.service)
    if beginning is not None and is_container(form.arn):
        keys[f"{beginning}{tag}".lower()] = value
        spelled[f"{beginning}{tag}".lower()] = f"{beginning}{tag}"


@lru_cache(maxsize=1024)
def has_id_in_a_name(arn: str) -> bool:
    """Whether the tenant's id stands in the name of what has such an ARN, where no `/` and no `:` can be.

    A tenant whose id has one of them owns nothing that is called so, and so is none that the entry speaks of.
    """
    tokens = tuple(Tenant.OWNER if each is None else each for each in _written(arn))
    forms = resource_arns().describing(arn)
    values = [bind(form, tokens) for form in forms]
    return bool(forms) and all(
        bound is not None
        and all(
            piece.alphabet == "segment"
            for piece in form.pieces
            if isinstance(piece, Hole) and Tenant.OWNER in bound.get(piece.name, ())
        )
        for form, bound in zip(forms, values, strict=True)
    )


def _written(arn: str) -> Iterator[str | None]:
    for number, piece in enumerate(arn.split(HOLE)):
        if number:
            yield None
        yield from piece


@lru_cache(maxsize=1024)
def has_far_parts(type_name: str) -> bool:
    """Whether what lies below such a resource, or leads to it, may have an ARN that does not begin with the
    resource's."""
    own = resource_arns().of_type(type_name)[:1]
    return any(listing.closure == "unnamed" for form in own for listing in _listings(form.arn)) or any(
        _POINT in related.form.arn if not related.named else not related.form.arn.startswith(form.arn)
        for form in own
        for related in resource_arns().below(form)
    )


def _owned(places: list[Place], beside: list[str], account: str, region: str) -> Owned:
    return Owned(_shapes(places, Ground(account, region)), tuple(beside), _harmless(places))


def _shapes(places: list[Place], ground: Ground) -> tuple[Shape, ...]:
    shapes = tuple(shapes_of(places, ground))
    forms = [each.form.arn for each in places if each.form is not None and each.form.arn.startswith(_BUCKET)]
    if not forms:
        return shapes
    objects = any("/" in form for form in forms)
    return (*shapes, *through_unknown_access_points(None, ground, objects=objects))


def _of_form(  # noqa: PLR0913  # a form, whose it is, and what is collected on the way
    form: ArnForm,
    own: Pattern,
    keys: Mapping[str, Value],
    spelled: Mapping[str, str],
    account: str | None,
    *,
    below: bool,
    beside: list[str],
    unnamed: bool = True,
) -> Iterator[Place]:
    actions = actions_on_form(form)
    younger = Actions((), (), younger_actions(form))
    yield Place("the resource", own, actions, form, keys, spelled, account=account)
    yield Place("the resource, by a younger action", own, younger, form, keys, spelled, account=account)
    untagged = dict.fromkeys(keys, ABSENT)
    tagged = Tagged(form, keys, untagged, spelled) if keys else None
    yield from _above(form, own, account)
    if unnamed:
        yield from _beside(form, own, keys, untagged, spelled, account)
    for related in resource_arns().below(form):
        if not below and related.form.arn != f"{form.arn}:*":
            continue  # a log group's other spelling is no part of it but itself
        named = _child(form, own, related)
        if named is None and related.form.arn in _AUTOMATIC:
            yield from _made_by_itself(form, own, related.form, keys, untagged, spelled, account)
        if named is None:
            beside.append(related.form.arn.split(":", _SEGMENTS - 1)[-1])
            if _POINT in related.form.arn and related.form.service != "s3":
                point = form_pattern(related.form, account)
                through = actions_on_form(related.form)
                yield Place("access points", point, through, None, {}, {}, _BELOW, account=account, doubt=IN_NO_FILE)
            continue
        name = f"what is below: {_kind(related.form)}"
        child = actions_on_form(related.form)
        yield Place(name, named, child, related.form, keys, spelled, _BELOW, account=account)
        if keys:
            # What is in a tagged resource has its tag, or none.
            yield Place(name, named, child, related.form, untagged, spelled, _BELOW, account=account)
        yield from _above(related.form, named, account, tagged)
    if not keys:
        yield from by_bodies(form, own, account)
    yield from nowhere(form, untagged, spelled)


def _made_by_itself(  # noqa: PLR0913  # a place and what its requests carry
    form: ArnForm,
    own: Pattern,
    copy: ArnForm,
    keys: Mapping[str, Value],
    untagged: Mapping[str, Value],
    spelled_keys: Mapping[str, str],
    account: str | None,
) -> Iterator[Place]:
    """Copies that the service makes of what is owned: their names begin with its name."""
    values = bind(form, own.tokens)
    if values is None:
        return
    last = copy.holes[-1]
    name = (*_AUTOMATIC[copy.arn], *values[form.holes[-1]], "-", Wild.STAR)
    shared: dict[str, tuple[Token, ...]] = {last: name}
    for each in ("Partition", "Region", "Account", "AccountId"):
        if each in values:
            shared[each] = values[each]
    pattern = spelled(copy, shared)
    for tags in (keys, untagged) if keys else (keys,):
        actions = actions_on_form(copy)
        yield Place("its automatic copies", pattern, actions, copy, tags, spelled_keys, _BELOW, True, account)


def _kind(form: ArnForm) -> str:
    return form.arn.split(":", _SEGMENTS - 1)[-1].partition("/")[0].partition(":")[0] or form.service


def _child(parent: ArnForm, own: Pattern, related: Related) -> Pattern | None:
    """The pattern of what belongs to the owner's resource; None where its ARN does not say to which it belongs."""
    if not related.named:
        return None
    values = bind(parent, own.tokens)
    if values is None:
        if not related.form.arn.startswith(parent.arn):
            return None
        rest = related.form.arn.removeprefix(parent.arn)
        return Pattern((*own.tokens, *rest_tokens(rest, related.form.service)))
    shared = {child: values[name] for child, name in related.shared if name in values}
    for place in ("Partition", "Region", "Account", "AccountId"):
        if place in values:
            shared.setdefault(place, values[place])
    return spelled(related.form, shared)


def _beside(  # a place and what its requests carry
    form: ArnForm,
    own: Pattern,
    keys: Mapping[str, Value],
    untagged: Mapping[str, Value],
    spelled: Mapping[str, str],
    account: str | None,
) -> Iterator[Place]:
    """What reaches the resource by another one whose ARN does not say for which it is: it has the tag, or none."""
    for listing in _listings(form.arn):
        other = _form_of(listing.above) if listing.closure == "unnamed" else None
        if other is None:
            continue
        doubt = Unknown(
            "undeclared",
            f"`{listing.action}` names a resource of another kind, whose ARN does not say whose data it reaches",
        )
        lower = (listing.key or "").lower()
        written = {**spelled, **({lower: listing.key} if listing.key is not None else {})}
        named: tuple[Mapping[str, Value], ...] = ({lower: Given(own)}, {lower: ABSENT}) if lower else ({},)
        pattern, actions = form_pattern(other, account), Actions((listing.action,))
        for tags in (keys, untagged) if keys else (keys,):
            for by in named:
                carried = {**tags, **by}
                yield Place(
                    "by another resource", pattern, actions, other, carried, written, _BELOW, False, account, doubt
                )


@lru_cache(maxsize=256)
def _form_of(arn: str) -> ArnForm | None:
    return next((each for each in resource_arns().forms() if each.arn == arn), None)


def _above(form: ArnForm, own: Pattern, account: str | None, tagged: Tagged | None = None) -> Iterator[Place]:
    """Actions on something above, by which what is below is read or listed with no further permission.

    Where what is owned is told by a tag, what is above is `tagged` itself, or in that and has its tag or none.
    """
    for listing in _listings(form.arn):
        above = _form_of(listing.above)
        if above is None or listing.closure == "unnamed":
            continue
        actions = Actions((listing.action,))
        if above.arn == form.arn:
            if listing.closure == "prefix":
                for beginning, deep in _beginnings(form, own):
                    keys, written = _deeply(listing.action, deep=deep)
                    yield Place("a path above", beginning, actions, form, keys, written, _ABOVE, account=account)
            continue
        tags, spelled_tags = tagged.of(above) if tagged is not None else (({},), {})
        values = bind(form, own.tokens)
        if values is None:
            continue
        parent = spelled(above, values)
        lower = (listing.key or "").lower()
        written = {**spelled_tags, **({lower: listing.key} if listing.key is not None else {})}
        last = Pattern(values[form.holes[-1]]) if form.holes else Pattern(())
        for each in tags:
            if listing.key is None:
                deeply, of_path = _deeply(listing.action, deep="/" in last.tokens)
                carried = {**each, **deeply}
                spelled_keys = {**written, **of_path}
                yield Place("what is above", parent, actions, above, carried, spelled_keys, _ABOVE, account=account)
                continue
            for value in (Given(last, closed=True), ABSENT):
                keys = {**each, lower: value}
                yield Place("a listing", parent, actions, above, keys, written, _ABOVE, account=account)


@lru_cache(maxsize=1024)
def _listings(arn: str) -> tuple[Listing, ...]:
    return tuple(each for each in action_rows().listings if each.below == arn)


def _deeply(action: str, *, deep: bool) -> tuple[Mapping[str, Value], Mapping[str, str]]:
    """The keys of a request for a path whose answer has what lies `deep`, more than one step, below it."""
    key = _RECURSIVE.get(action)
    return ({}, {}) if key is None or not deep else ({key.lower(): Given(literal("true"))}, {key.lower(): key})


def _beginnings(form: ArnForm, own: Pattern) -> Iterator[tuple[Pattern, bool]]:
    """The paths above an owned name: all of it up to a slash, whatever the slash; with whether another one follows."""
    values = bind(form, own.tokens)
    name = values.get(form.holes[-1]) if values is not None and form.holes else None
    if name is None:
        return
    start = len(own.tokens) - len(name)
    for at, token in enumerate(name):
        if token == "/" and at:  # noqa: S105  # a token of a pattern
            yield Pattern(own.tokens[: start + at]), "/" in name[at + 1 :]


def named_actions(patterns: tuple[str, ...]) -> frozenset[str]:
    """The actions that an entry's patterns name; as they are written where the catalogue has none of them."""
    names = [action.name for each in patterns for action in catalogue().matching(each)]
    return frozenset(names or patterns)


def _harmless(places: Iterable[Place]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for each in places for name in each.actions.harmless))


__all__ = [
    "MADE_IDS",
    "Owned",
    "has_far_parts",
    "has_id_in_a_name",
    "named_actions",
    "of_arn",
    "of_resource",
    "of_type",
    "through_doors",
]
