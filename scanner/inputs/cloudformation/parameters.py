"""Parameters of a template: given, at their default, chosen by the owner, or unknown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from scanner.base.record import record
from scanner.inputs.secret_spans import is_hidden
from scanner.model.deferred import ABSENT, Deferred
from scanner.model.number_text import number_of
from scanner.model.partial_text import Text
from scanner.model.unknown import Unknown
from scanner.model.world import Variable, World

Pseudo = Mapping[str, str]
DEFAULT = "parameter "
"""How the note of a default begins, which tells it from other assumptions."""
_LISTS = ("CommaDelimitedList", "List<")
_NEVER_EMPTY = ("AWS::EC2::", "AWS::Route53::HostedZone::Id")


@record
class Parameter:
    """`value` is a string or a list of strings, or None where none is given; `note` is told where it is a default.

    `otherwise` is the default of one that the stack around may give a value or none, with its note. A default that the
    world refuses is not known.
    """

    name: str
    value: object
    note: str | None
    variable: Variable | None
    unknown: Unknown
    is_list: bool
    otherwise: tuple[object, str] | None = None

    def read(self, world: World) -> object:
        """What `Ref` gives in this world. Raises UndecidedError."""
        if self.note is not None:
            if self.note in world.refused:
                return self.unknown
            world.assume(self.note)
        if type(self.value) is Deferred:
            # Handed down by the stack around this one, whose choices decide it.
            value = self.value.force(world)
            if value is not ABSENT and value is not None:
                return _handed(value, is_list=self.is_list)
            if self.otherwise is None:
                return self.unknown
            world.assume(self.otherwise[1])
            return self.otherwise[0]
        if self.value is not None:
            return self.value
        if self.variable is None:
            return self.unknown
        value = world.value(self.variable)
        if value is not None:
            world.label(self.name, value)
            return value
        if "" in world.excluded(self.variable):
            return Unknown(self.unknown.cause, self.unknown.detail, self.unknown.symbol, True, True)
        return self.unknown


def declare(
    stack: str,
    declared: Mapping[str, object],
    given: Mapping[str, object],
    tested: Mapping[str, tuple[str, ...]],
    *,
    strict: bool,
) -> dict[str, Parameter]:
    """The parameters of one stack. `tested` maps those that conditions read to the literals they are compared with."""
    return {
        name: _declare(stack, name, body if isinstance(body, dict) else {}, given, tested, strict=strict)
        for name, body in declared.items()
    }


def _declare(
    stack: str,
    name: str,
    body: Mapping[str, object],
    given: Mapping[str, object],
    tested: Mapping[str, tuple[str, ...]],
    *,
    strict: bool,
) -> Parameter:
    kind = body.get("Type")
    kind = kind if isinstance(kind, str) else "String"
    is_list = kind.startswith(_LISTS)
    symbol = ("parameter", stack, name)
    if kind.startswith("AWS::SSM::Parameter::Value"):
        unknown = Unknown(
            "dynamic-reference",
            f"parameter `{name}` is read from Systems Manager at deployment",
            symbol,
            # A stored parameter has at least one character ("PutParameter", Systems Manager API).
            True,
            present="List<" not in kind,
        )
        # Its value, given or default, is the name of a stored parameter, not what `Ref` gives.
        variable = Variable(symbol, name, unknown, None, tested.get(name, ()), choice=False)
        return Parameter(name, None, None, variable if name in tested else None, unknown, "List<" in kind)
    unknown = Unknown(
        "parameter",
        f"parameter `{name}` has no value",
        symbol,
        _is_never_empty(kind, body) or None,
        not is_list,
    )
    default = None if strict else _default(name, body, is_list=is_list)
    if name in given:
        value = given[name]
        if isinstance(value, Unknown | Text | Deferred):
            return Parameter(name, value, None, None, unknown, is_list, default)
        return Parameter(name, _typed(value, is_list=is_list), None, None, unknown, is_list)
    if default is not None:
        return Parameter(name, default[0], default[1], None, unknown, is_list)
    allowed = body.get("AllowedValues")
    values = tuple(dict.fromkeys(scalar(v) for v in allowed)) if isinstance(allowed, list) and allowed else None
    if is_list or not (values or name in tested):
        return Parameter(name, None, None, None, unknown, is_list)
    return Parameter(name, None, None, Variable(symbol, name, unknown, values, tested.get(name, ())), unknown, is_list)


def _default(name: str, body: Mapping[str, object], *, is_list: bool) -> tuple[object, str] | None:
    """The default, and what is told where it counts."""
    # A function is no default: CloudFormation refuses it, and it says nothing of the value.
    if "Default" not in body or isinstance(body["Default"], dict | type(None)):
        return None
    shown = "(hidden)" if is_hidden(name, body) else f"`{scalar(body['Default'])}`"
    return _typed(body["Default"], is_list=is_list), f"{DEFAULT}`{name}` at its default {shown}"


def _is_never_empty(kind: str, body: Mapping[str, object]) -> bool:
    """Whether CloudFormation refuses an empty value: by the type or by `MinLength`."""
    least = body.get("MinLength")
    written = (number_of(str(least)) or 0) > 0
    return kind.startswith(_NEVER_EMPTY) or kind == "Number" or (kind == "String" and written)


def given_value(body: Mapping[str, object], value: object) -> object:
    """A value as the parameter takes it: a text or a list of them; None where it is not known before deployment."""
    kind = scalar(body.get("Type") or "String")
    if value is None or kind.startswith("AWS::SSM::Parameter::Value") or isinstance(value, Unknown | Text | Deferred):
        return None
    return _typed(value, is_list=kind.startswith(_LISTS))


def tested_parameters(conditions: object) -> dict[str, tuple[str, ...]]:
    """Each name that conditions `Ref`, with the literals they compare it to."""
    found: dict[str, dict[str, None]] = {}
    for name, literal in _refs(conditions):
        literals = found.setdefault(name, {})
        if literal is not None:
            literals[literal] = None
    return {name: tuple(literals) for name, literals in found.items()}


def _refs(node: object) -> Iterator[tuple[str, str | None]]:
    if isinstance(node, dict):
        name = node.get("Ref")
        if isinstance(name, str):
            yield name, None
        operands = node.get("Fn::Equals")
        if isinstance(operands, list) and len(operands) == 2:  # noqa: PLR2004  # Equals takes two
            for one, other in (operands, operands[::-1]):
                if isinstance(one, dict) and isinstance(one.get("Ref"), str) and not isinstance(other, dict | list):
                    yield one["Ref"], scalar(other)
        for child in node.values():
            yield from _refs(child)
    elif isinstance(node, list):
        for child in node:
            yield from _refs(child)


def scalar(value: object) -> str:
    """A scalar as CloudFormation's parameters hold it: always a string."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _handed(value: object, *, is_list: bool) -> object:
    return value if isinstance(value, Unknown | Text) else _typed(value, is_list=is_list)


def _typed(value: object, *, is_list: bool) -> object:
    if isinstance(value, list):
        if not all(isinstance(item, str | int | float | bool) for item in value):
            # Partly known items, handed down by another stack: kept as they are.
            return value
        return [scalar(item) for item in value] if is_list else ",".join(scalar(item) for item in value)
    text = scalar(value)
    return [item.strip() for item in text.split(",")] if is_list and text else [] if is_list else text
