"""The function that reads request templates and resolvers' code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scanner.language.expressions.function import Arguments, Function
from scanner.model.partial_text import Text
from scanner.model.unknown import Unknown

if TYPE_CHECKING:
    from scanner.language.expressions.scope import Scope

_LONG = "it is too long to be read to its end"
_HANDED = (
    "a function is given a verified identity beside the tenant that the caller sends; which it goes by is not read"
)
_COMPARED = (
    "the template compares the tenant that the caller sends with a verified one; what it then refuses is not read"
)


def _tenant_from_request(arguments: Arguments, _: Scope) -> object:
    """`{Source}` for each expression of the request that the tenant's id is taken from."""
    from scanner.model.resolver_code import read_code
    from scanner.model.velocity import read_template

    text = arguments[0]
    if isinstance(text, Unknown):
        return text.plain()
    if isinstance(text, Text):
        # What deployment puts in, such as the name of a table, is not the caller's.
        text = "".join(part if isinstance(part, str) else "_" for part in text.parts)
    if not isinstance(text, str):
        return None
    found = read_code(text) if arguments[1:] == ["js"] or arguments[1:] == ("js",) else read_template(text)
    if found.sent and (found.compares or found.hands_over):
        return Unknown("undeclared", _COMPARED if found.compares else _HANDED)
    if found.cut and not found.sent:
        return Unknown("undeclared", _LONG)
    return [{"Source": each.text} for each in found.sent]


MAPPING_FUNCTIONS = (
    Function(
        "tenant_from_request",
        _tenant_from_request,
        (1, 2),
        "what a request template, or with `'js'` the code of a resolver, takes the tenant's id from of what the caller "
        "sends, as `{Source}`",
        "tenant_from_request(Properties.RequestMappingTemplate)[].Source",
    ),
)

__all__ = ["MAPPING_FUNCTIONS"]
