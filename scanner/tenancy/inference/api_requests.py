"""What APIs demand of their callers: a tenant's id, and routes that are meant for whoever has no identity yet."""

from __future__ import annotations

import re
from collections.abc import Iterator

from scanner.model.deferred import settle
from scanner.model.partial_text import Text
from scanner.model.resource import Inventory, Resource
from scanner.model.tenant_words import meaning_of
from scanner.model.unknown import Reference
from scanner.model.world import UndecidedError, World
from scanner.tenancy.inference.evidence import Proposal, seen
from scanner.tenancy.inference.policy_guards import worlds_of

_METHOD, _RESOURCE = "AWS::ApiGateway::Method", "AWS::ApiGateway::Resource"
_ROUTE, _MODEL = "AWS::ApiGatewayV2::Route", "AWS::ApiGateway::Model"
_HOLE = re.compile(r"\{([A-Za-z0-9_.-]+)\+?\}")
# Where callers get an identity, or what everybody may ask: sign-in and sign-up, tokens, discovery ("OpenID Connect
# Discovery 1.0"), a FHIR server's capabilities (http://hl7.org/fhir/http.html#capabilities), health.
_PUBLIC = re.compile(
    r"/(?:[^/]+/)*(?:(?:sign|log)-?_?(?:in|up|on)|register|registration|refresh(?:-?token)?|token|"
    r"forgot-?password|reset-?password|confirm(?:-?sign-?up)?|"
    r"\.well-known(?:/.*)?|metadata|health(?:z|check|-check)?|ping|status|livez|readyz)/?",
    re.IGNORECASE,
)
_VERBS = frozenset({"get", "post", "put", "patch", "delete", "x-amazon-apigateway-any-method"})
_MOST_DEEP = 20


def demanded_ids(inventory: Inventory) -> Iterator[Proposal]:
    """Methods and models of APIs that ask for a tenant's id: somebody's word for it, and no owner of anything."""
    for kind in (_METHOD, _ROUTE, _MODEL):
        for each in inventory.of_type(kind):
            for leaf in worlds_of(each):
                names = list(_demanded(leaf.result)) if isinstance(leaf.result, dict) else []
                name = next((name for name in names if meaning_of(name) == "tenant"), None)
                if name is not None:
                    what = f"`{each.logical_id}` demands `{name}` of whoever calls it"
                    yield Proposal("seen", name, (seen(what, each, ("Properties",), World(), strong=False),))
                    break


def _demanded(properties: dict[str, object]) -> Iterator[str]:
    parameters = properties.get("RequestParameters")
    for key, needed in parameters.items() if isinstance(parameters, dict) else ():
        if needed not in (False, "false"):
            yield str(key).rpartition(".")[2]
    if isinstance(key := properties.get("RouteKey"), str):
        yield from _HOLE.findall(key)
    schema = properties.get("Schema")
    required = schema.get("required") if isinstance(schema, dict) else None
    yield from (each for each in (required if isinstance(required, list) else ()) if isinstance(each, str))


def public_routes(inventory: Inventory) -> Iterator[Proposal]:
    """Routes that are public by what they are for, each for a person to agree to."""
    told: set[str] = set()
    for method, path, each in _routes(inventory):
        route = f"{method} {path}"
        if _PUBLIC.fullmatch(path) and route not in told:
            told.add(route)
            what = f"`{each.logical_id}` looks like a route for callers without an identity"
            yield Proposal("routes", route, (seen(what, each, ("Properties",), World(), strong=False),))


def _routes(inventory: Inventory) -> Iterator[tuple[str, str, Resource]]:
    for route in inventory.of_type(_ROUTE):
        for leaf in worlds_of(route):
            key = leaf.result.get("RouteKey") if isinstance(leaf.result, dict) else None
            method, _, path = key.partition(" ") if isinstance(key, str) else ("", "", "")
            if path.startswith("/"):
                yield _method(method), path, route
    for each in inventory.of_type(_METHOD):
        try:
            properties = settle(each.fields.get("Properties"), World())
            verb = settle(properties.get("HttpMethod"), World()) if isinstance(properties, dict) else None
            of = settle(properties.get("ResourceId"), World()) if isinstance(properties, dict) else None
            place = _path(of, inventory)
        except UndecidedError:
            continue
        if isinstance(verb, str) and place is not None and verb.upper() != "OPTIONS":
            yield _method(verb), place, each
    for kind in ("AWS::ApiGateway::RestApi", "AWS::ApiGatewayV2::Api"):
        for api in inventory.of_type(kind):
            for leaf in worlds_of(api):
                body = leaf.result.get("Body") if isinstance(leaf.result, dict) else None
                paths = body.get("paths") if isinstance(body, dict) else None
                for path, item in paths.items() if isinstance(paths, dict) else ():
                    for verb in item if isinstance(item, dict) else ():
                        if str(verb).lower() in (
                            "get",
                            "post",
                            "put",
                            "patch",
                            "delete",
                            "x-amazon-apigateway-any-method",
                        ):
                            yield _method(str(verb)), str(path), api


def _method(verb: str) -> str:
    return "*" if verb.upper() in ("ANY", "X-AMAZON-APIGATEWAY-ANY-METHOD") else verb.upper()


def _path(resource_id: object, inventory: Inventory) -> str | None:
    """The path of a REST API's resource, from its parents' parts. Raises UndecidedError."""
    parts: list[str] = []
    for _ in range(_MOST_DEEP):
        holes = resource_id.holes if isinstance(resource_id, Text) else (resource_id,)
        found = next((inventory.at(hole.resource) for hole in holes if isinstance(hole, Reference)), None)
        if found is None or found.type != _RESOURCE:
            return "/" + "/".join(reversed(parts)) if found is not None else None
        properties = settle(found.fields.get("Properties"), World())
        part = settle(properties.get("PathPart"), World()) if isinstance(properties, dict) else None
        if not isinstance(part, str):
            return None
        parts.append(part)
        resource_id = settle(properties.get("ParentId"), World()) if isinstance(properties, dict) else None
    return None
