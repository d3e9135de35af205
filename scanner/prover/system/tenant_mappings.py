"""Where a mapping that runs under a role takes the tenant from: verified claims, or what the caller sends.

From "Resolver mapping template context reference" (AWS AppSync Developer Guide) and "Mapping template and access
logging variable reference" (API Gateway Developer Guide).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from scanner.base.record import record
from scanner.model.deferred import settle, settle_all
from scanner.model.reference_match import names_resource
from scanner.model.request_origins import Sources
from scanner.model.resolver_code import read_code
from scanner.model.resource import Inventory, Resource
from scanner.model.velocity import read_template
from scanner.model.world import World

_INTEGRATION = "x-amazon-apigateway-integration"
_REQUEST = re.compile(r"(?:method\.|route\.)?request\.((?:multivalue)?(?:header|querystring|path|body)\b.*)")


@record
class Mapping:
    """A request template or a resolver's code: whether it takes the tenant from verified claims, and whether from what
    the caller sends."""

    name: str
    claims: bool
    sent: bool


def mappings_under(role: Resource, inventory: Inventory, world: World) -> list[Mapping]:
    """The templates that AWS runs with the role's own permissions. Raises UndecidedError."""
    return [_mapping(name, found) for name, found in _read(role, inventory, world)]


def _mapping(name: str, found: Sources) -> Mapping:
    # Where nothing is called a tenant, a key that the caller sends is the only one that there is.
    sent = bool(found.sent) or (found.reads_sent and not found.reads_verified)
    claims = bool(found.verified) or (found.reads_verified and not found.reads_sent)
    return Mapping(name, claims and not found.sent, sent and not found.compares)


def _read(role: Resource, inventory: Inventory, world: World) -> Iterator[tuple[str, Sources]]:
    for name, template, code in _texts(role, inventory, world):
        found = [read_template(template)] if template else []
        found += [read_code(code)] if code else []
        for each in found:
            yield name, each


def _texts(role: Resource, inventory: Inventory, world: World) -> Iterator[tuple[str, str, str]]:
    sources: set[str] = set()
    for source in inventory.of_type("AWS::AppSync::DataSource"):
        properties = settle(source.fields.get("Properties"), world)
        if (
            isinstance(properties, dict)
            and names_resource(settle(properties.get("ServiceRoleArn"), world), role, world) is True
        ):
            sources.add(source.address)
    for kind in ("AWS::AppSync::Resolver", "AWS::AppSync::FunctionConfiguration"):
        for each in inventory.of_type(kind):
            properties = settle(each.fields.get("Properties"), world)
            if not isinstance(properties, dict) or not sources:
                continue
            named = settle(properties.get("DataSourceName"), world)
            if any(_is_source(named, inventory.at(address), world) for address in sources):
                template = " ".join(_strings(properties, ("RequestMappingTemplate",), world))
                yield each.logical_id, template, " ".join(_strings(properties, ("Code",), world))
    for method in inventory.of_type("AWS::ApiGateway::Method"):
        properties = settle(method.fields.get("Properties"), world)
        integration = settle(properties.get("Integration"), world) if isinstance(properties, dict) else None
        if not isinstance(integration, dict):
            continue
        if _runs(integration.get("Credentials"), role, world):
            yield method.logical_id, _of_integration(integration, ("RequestTemplates", "RequestParameters"), world), ""
    for each in inventory.of_type("AWS::ApiGatewayV2::Integration"):
        properties = settle(each.fields.get("Properties"), world)
        if isinstance(properties, dict) and _runs(properties.get("CredentialsArn"), role, world):
            yield each.logical_id, _of_integration(properties, ("RequestTemplates", "RequestParameters"), world), ""
    for kind in ("AWS::ApiGateway::RestApi", "AWS::ApiGatewayV2::Api"):
        for api in inventory.of_type(kind):
            for path, integration in _documented(api, world):
                if _runs(integration.get("credentials"), role, world):
                    named = f"{path} of {api.logical_id}"
                    yield named, _of_integration(integration, ("requestTemplates", "requestParameters"), world), ""


def _runs(credentials: object, role: Resource, world: World) -> bool:
    return names_resource(settle(credentials, world), role, world) is True


def _documented(api: Resource, world: World) -> Iterator[tuple[str, dict[str, object]]]:
    """The integrations of the operations of an OpenAPI document."""
    properties = settle(api.fields.get("Properties"), world)
    body = settle(properties.get("Body"), world) if isinstance(properties, dict) else None
    paths = settle(body.get("paths"), world) if isinstance(body, dict) else None
    for path, item in paths.items() if isinstance(paths, dict) else ():
        operations = settle(item, world)
        for operation in operations.values() if isinstance(operations, dict) else ():
            settled = settle(operation, world)
            found = settle(settled.get(_INTEGRATION), world) if isinstance(settled, dict) else None
            if isinstance(found, dict):
                yield str(path), found


def _of_integration(integration: dict[str, object], names: tuple[str, str], world: World) -> str:
    """The templates, and parameters as a template would write them."""
    templates = " ".join(_strings(integration, names[:1], world))
    given = settle_all(integration.get(names[1]), world)
    lines = [
        f'"{str(key).rpartition(".")[2]}": "{_as_reference(str(value))}"'
        for key, value in (given.items() if isinstance(given, dict) else ())
    ]
    return "\n".join([templates, *lines])


def _as_reference(value: str) -> str:
    """`method.request.header.X` and `context.authorizer.x` as Velocity has them."""
    sent = _REQUEST.match(value.lstrip("$"))
    return f"$input.{sent[1]}" if sent else f"${value}" if value.startswith("context.") else value


def _is_source(named: object, source: Resource | None, world: World) -> bool:
    if source is None:
        return False
    properties = settle(source.fields.get("Properties"), world)
    name = settle(properties.get("Name"), world) if isinstance(properties, dict) else None
    return named == name or names_resource(named, source, world) is True


def _strings(properties: dict[str, object], names: tuple[str, ...], world: World) -> Iterator[str]:
    for name in names:
        value = settle_all(properties.get(name), world)
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            yield from (str(each) for each in value.values())
        elif value is not None:
            yield str(value)
