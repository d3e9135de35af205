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
from scanner.model.resource import Inventory, Resource
from scanner.model.world import World

_CLAIMS = re.compile(
    r"(ctx|context)\.(identity\.(claims|resolverContext|sub|username)|authorizer\.|identity\.cognito)", re.IGNORECASE
)
_SENT = re.compile(
    r"(ctx|context)\.(args|arguments|request\.headers|stash)|\$input\.|method\.request\.(querystring|header|path|body)",
    re.IGNORECASE,
)


@record
class Mapping:
    """A request template, and whether its text uses verified claims and what the caller sends."""

    name: str
    claims: bool
    sent: bool


def mappings_under(role: Resource, inventory: Inventory, world: World) -> list[Mapping]:
    """The templates that AWS runs with the role's own permissions. Raises UndecidedError."""
    return [
        Mapping(name, bool(_CLAIMS.search(text)), bool(_SENT.search(text)))
        for name, text in _texts(role, inventory, world)
        if text
    ]


def _texts(role: Resource, inventory: Inventory, world: World) -> Iterator[tuple[str, str]]:
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
                yield each.logical_id, " ".join(_strings(properties, ("RequestMappingTemplate", "Code"), world))
    for method in inventory.of_type("AWS::ApiGateway::Method"):
        properties = settle(method.fields.get("Properties"), world)
        integration = settle(properties.get("Integration"), world) if isinstance(properties, dict) else None
        if not isinstance(integration, dict):
            continue
        if names_resource(settle(integration.get("Credentials"), world), role, world) is True:
            yield method.logical_id, " ".join(_strings(integration, ("RequestTemplates", "RequestParameters"), world))


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
            yield from (str(each) for pair in value.items() for each in pair)
        elif value is not None:
            yield str(value)
