"""What APIs demand of their callers: a tenant's id, and routes that are meant for whoever has no identity yet."""

from __future__ import annotations

import re
from collections.abc import Iterator

from scanner.model.deferred import settle
from scanner.model.partial_text import Text
from scanner.model.reference_match import names_resource
from scanner.model.resource import Inventory, Resource
from scanner.model.tenant_words import meaning_of
from scanner.model.unknown import Reference
from scanner.model.world import UndecidedError, World
from scanner.tenancy.inference.evidence import Proposal, seen
from scanner.tenancy.inference.policy_guards import worlds_of

_METHOD, _RESOURCE = "AWS::ApiGateway::Method", "AWS::ApiGateway::Resource"
_ROUTE, _MODEL = "AWS::ApiGatewayV2::Route", "AWS::ApiGateway::Model"
_APIS = ("AWS::ApiGateway::RestApi", "AWS::ApiGatewayV2::Api")
_GRAPH = "AWS::AppSync::GraphQLSchema"
_VALIDATOR = "x-amazon-apigateway-request-validator"
# The arguments of a field of GraphQL, and of those the ones that must be given.
_GIVEN = re.compile(r"\(([^()]{1,2000})\)")
_NEEDED = re.compile(r"(\w{1,128})\s{0,8}:\s{0,8}[\w\[\]!]{1,128}!(?![\w\]])")
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
    """What APIs ask for a tenant's id: somebody's word for it, and no owner of anything."""
    held = _held_models(inventory)
    for kind in (_METHOD, _RESOURCE, _ROUTE, _MODEL, *_APIS, _GRAPH):
        for each in inventory.of_type(kind):
            for leaf in worlds_of(each):
                asked = _asked(each, leaf.result, inventory, held) if isinstance(leaf.result, dict) else ()
                found = next(((name, sure) for name, sure in asked if meaning_of(name) == "tenant"), None)
                if found is None:
                    continue
                name, sure = found
                what = f"`{each.logical_id}` demands `{name}` of whoever calls it"
                if not sure:
                    what = f"`{each.logical_id}` calls `{name}` required, but no request validator holds callers to it"
                yield Proposal("seen", name, (seen(what, each, ("Properties",), World(), strong=False),))
                break


def _asked(
    holder: Resource, properties: dict[str, object], inventory: Inventory, held: frozenset[str]
) -> Iterator[tuple[str, bool]]:
    """Names that callers must give, and whether API Gateway or AppSync refuses them otherwise.

    "Request validation for REST APIs in API Gateway": what is required is held against a request by a validator only.
    """
    parameters = properties.get("RequestParameters")
    for key, needed in parameters.items() if isinstance(parameters, dict) else ():
        if needed not in (False, "false"):
            in_path = str(key).startswith("method.request.path.")
            yield str(key).rpartition(".")[2], in_path or _validates(properties, "ValidateRequestParameters", inventory)
    for word in (properties.get("RouteKey"), properties.get("PathPart")):
        yield from ((name, True) for name in (_HOLE.findall(word) if isinstance(word, str) else ()))
    if holder.type == _MODEL:
        yield from ((name, holder.address in held) for name in _required(properties.get("Schema")))
    if holder.type == _GRAPH and isinstance(text := properties.get("Definition"), str):
        yield from ((name, True) for given in _GIVEN.findall(text) for name in _NEEDED.findall(given))
    body = properties.get("Body")
    if holder.type in _APIS and isinstance(body, dict):
        yield from _documented(body)


def _required(schema: object, deep: int = 0) -> Iterator[str]:
    """The names that a JSON schema requires, inner ones too."""
    if not isinstance(schema, dict) or deep > _MOST_DEEP:
        return
    required = schema.get("required")
    yield from (each for each in (required if isinstance(required, list) else ()) if isinstance(each, str))
    inner = schema.get("properties")
    below = [*(inner.values() if isinstance(inner, dict) else ()), schema.get("items")]
    for word in ("allOf", "anyOf", "oneOf"):
        several = schema.get(word)
        below += several if isinstance(several, list) else []
    for each in below:
        yield from _required(each, deep + 1)


def _documented(body: dict[str, object]) -> Iterator[tuple[str, bool]]:
    """What the operations of an OpenAPI document require."""
    paths = body.get("paths")
    for path, item in paths.items() if isinstance(paths, dict) else ():
        yield from ((name, True) for name in _HOLE.findall(str(path)))
        operations = item if isinstance(item, dict) else {}
        for operation in (operations, *operations.values()):
            listed = operation.get("parameters") if isinstance(operation, dict) else None
            validator = operation.get(_VALIDATOR, body.get(_VALIDATOR)) if isinstance(operation, dict) else None
            for each in listed if isinstance(listed, list) else ():
                if isinstance(each, dict) and each.get("required") is True and isinstance(each.get("name"), str):
                    yield str(each["name"]), each.get("in") == "path" or isinstance(validator, str)


def _held_models(inventory: Inventory) -> frozenset[str]:
    """The models that some method holds bodies against."""
    held: set[str] = set()
    for method in inventory.of_type(_METHOD):
        for leaf in worlds_of(method):
            if not isinstance(leaf.result, dict) or not _validates(leaf.result, "ValidateRequestBody", inventory):
                continue
            models = leaf.result.get("RequestModels")
            for named in models.values() if isinstance(models, dict) else ():
                held |= {each.address for each in inventory.of_type(_MODEL) if names_resource(named, each, World())}
    return frozenset(held)


def _validates(method: dict[str, object], what: str, inventory: Inventory) -> bool:
    """Whether the method has a validator of the files that looks at this."""
    for validator in inventory.of_type("AWS::ApiGateway::RequestValidator"):
        if names_resource(method.get("RequestValidatorId"), validator, World()) is True:
            return any(
                isinstance(leaf.result, dict) and leaf.result.get(what) in (True, "true")
                for leaf in worlds_of(validator)
            )
    return False


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
    for kind in _APIS:
        for api in inventory.of_type(kind):
            for leaf in worlds_of(api):
                body = leaf.result.get("Body") if isinstance(leaf.result, dict) else None
                paths = body.get("paths") if isinstance(body, dict) else None
                for path, item in paths.items() if isinstance(paths, dict) else ():
                    for verb in item if isinstance(item, dict) else ():
                        if str(verb).lower() in _VERBS:
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
