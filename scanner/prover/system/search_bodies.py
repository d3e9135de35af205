"""Requests to a search domain whose path is not that of the index that they reach.

"Advanced options and API considerations" (Amazon OpenSearch Service Developer Guide): bodies of `_bulk`, `_mget` and
`_msearch` name indexes of their own, so policies by index hold only where the domain has
`rest.action.multi.allow_explicit_index` set to false; a search without an index is one of all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from scanner.base.record import replace
from scanner.iam.arn_binding import bind
from scanner.iam.resource_arns import ArnForm
from scanner.model.deferred import OpenMap, settle
from scanner.model.resource import Inventory
from scanner.model.truth import Truth
from scanner.model.unknown import Unknown
from scanner.model.world import World
from scanner.prover.solver.pattern import Pattern, Token, Wild
from scanner.prover.solver.question import Shape
from scanner.prover.system.arn_tokens import spelled
from scanner.prover.system.closed_world import Actions, Place
from scanner.tenancy import ownership
from scanner.tenancy.identifiers import HOLE

_FORM = "arn:${Partition}:es:${Region}:${Account}:domain/${DomainName}/${SubResource}"
_DOMAINS = ("AWS::OpenSearchService::Domain", "AWS::Elasticsearch::Domain")
_OPTION = "rest.action.multi.allow_explicit_index"
_GET, _POST, _PUT = "es:ESHttpGet", "es:ESHttpPost", "es:ESHttpPut"
_BODIES = {"_bulk": (_POST, _PUT), "_mget": (_GET, _POST), "_msearch": (_GET, _POST)}
_SEARCHES = ("_search", "_all/_search")
EXPLICIT = Unknown(
    "missing-file",
    f"whether the domain has `{_OPTION}` set to false, without which bodies of `_bulk`, `_mget` and `_msearch` may "
    "name any index, is in no file scanned",
)


def by_bodies(form: ArnForm, own: Pattern, account: str | None) -> Iterator[Place]:
    """The requests that reach what has a path of a domain, by other paths of it; none of another form."""
    values = bind(form, own.tokens) if form.arn == _FORM else None
    if values is None:
        return

    def place(name: str, path: tuple[Token, ...], actions: tuple[str, ...], meaning: str) -> Place:
        pattern = spelled(form, {**values, "SubResource": path})
        doubt = None if name == "a search of all indexes" else EXPLICIT
        return Place(name, pattern, Actions(actions), form, meaning=meaning, account=account, doubt=doubt)

    for path in _SEARCHES:
        meaning = "search every tenant's indexes at once"
        yield place("a search of all indexes", tuple(path), (_GET, _POST), meaning)
    for api, actions in _BODIES.items():
        meaning = f"name another tenant's index in the body of `{api}`"
        for path_tokens in (tuple(api), (Wild.STAR, *f"/{api}")):
            yield place("the body of a request", path_tokens, actions, meaning)


def as_domains_say(shapes: Iterable[Shape], arn: str, inventory: Inventory, world: World) -> Iterator[Shape]:
    """The requests without those by a body that the domain refuses, and without doubt where it surely takes them.

    Raises UndecidedError.
    """
    for shape in shapes:
        if shape.doubt is not EXPLICIT:
            yield shape
            continue
        taken = _takes_indexes(arn, inventory, world)
        if taken is not False:
            yield shape if taken is None else replace(shape, doubt=taken if isinstance(taken, Unknown) else None)


def _takes_indexes(arn: str, inventory: Inventory, world: World) -> Truth | None:
    """Whether bodies of requests to the domain in the ARN may name indexes; None where no file says."""
    name = "/".join(arn.split("/")[:2])
    if HOLE in name:
        return None
    found = [
        _option(domain.fields.get("Properties"), world)
        for kind in _DOMAINS
        for domain in inventory.of_type(kind)
        if ownership.is_called(name, domain, world) is True and domain.exists(world)
    ]
    return found[0] if len(found) == 1 else None


def _option(properties: object, world: World) -> Truth:
    value = settle(properties, world)
    for key in ("AdvancedOptions", _OPTION):
        if isinstance(value, Unknown):
            return value.plain()
        if isinstance(value, OpenMap) and key not in value:
            return value.unknown.plain()
        value = settle(value.get(key), world) if isinstance(value, dict) else None
    if isinstance(value, str | bool) or value is None:
        return str(value).lower() != "false"
    return value.plain() if isinstance(value, Unknown) else True


__all__ = ["EXPLICIT", "as_domains_say", "by_bodies"]
