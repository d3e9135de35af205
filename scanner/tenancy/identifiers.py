"""The form of tenant ids, and where a tenant's id is carried."""

from __future__ import annotations

from functools import cache

from scanner.base.record import record
from scanner.tenancy.automaton import Automaton
from scanner.tenancy.pattern import ANY, ANYTHING, Chain, Chars, Node, Repeat, literal, parse_pattern

ANY_TAG_VALUE = "any-tag-value"
ANY_NAME = "any-tag-value-in-a-name"
"""Any tag value that can stand in a name: what `ANY_TAG_VALUE` means of an entry whose ARNs have the id in one."""
NAMED_FORMS: dict[str, str] = {
    "uuid": "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
    "numeric": "[0-9]{1,19}",
}
HOLE = "${tenant}"
"""Stands for the owner's id in a key, prefix or ARN."""

# "Tag naming limits and requirements" (AWS Tagging User Guide): letters, spaces, numbers and _ . : / = + - @
_TAG_VALUE = Repeat(Chars(((43, 43), (45, 47), (58, 58), (61, 61), (64, 64), (95, 95)), "LZN"), 1, 256)
_IN_A_NAME = Repeat(Chars(((43, 43), (45, 46), (61, 61), (64, 64), (95, 95)), "LZN"), 1, 256)


@record
class TenantIds:
    """`pattern` is a regular expression or a named form; `shared_values` stand where an id would and mean everybody."""

    pattern: str = ANY_TAG_VALUE
    tags: tuple[str, ...] = ()
    claims: tuple[str, ...] = ()
    from_issuer: tuple[str, ...] = ()
    shared_values: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()

    @property
    def form(self) -> Node:
        """What all ids match; the empty text and the shared values are still to be left out."""
        return form_of(self.pattern)

    def is_id(self, text: str) -> bool:
        """Whether the text is some tenant's id."""
        return text != "" and text not in self.shared_values and automaton_of(self.pattern).accepts(text)


@cache
def form_of(pattern: str) -> Node:
    """The tree of a pattern or named form. Raises NotRegularError."""
    any_value = {ANY_TAG_VALUE: _TAG_VALUE, ANY_NAME: _IN_A_NAME}.get(pattern)
    return any_value if any_value is not None else parse_pattern(NAMED_FORMS.get(pattern, pattern))


@cache
def automaton_of(pattern: str) -> Automaton:
    """Of a pattern or a named form such as `uuid`; made once. Raises NotRegularError."""
    return Automaton(form_of(pattern))


def template_form(template: str, ids: TenantIds, *, single: bool = False) -> Node:
    """What a key, name or ARN with `*` and `${tenant}` matches for some tenant; with `single` a `?` is any character.

    Where the hole stands twice the two are not held equal: what does not match surely belongs to nobody.
    """
    parts: list[Node] = []
    for number, owned in enumerate(template.split(HOLE)):
        if number:
            parts.append(ids.form)
        for position, text in enumerate(owned.split("*")):
            if position:
                parts.append(ANYTHING)
            for index, piece in enumerate(text.split("?") if single else (text,)):
                if index:
                    parts.append(ANY)
                parts.append(literal(piece))
    return Chain(tuple(parts))
