"""Intrinsic functions where CloudFormation takes none, or not these.

After "Intrinsic function reference", "Conditions section syntax", "Outputs section syntax" and "AWS::LanguageExtensions
transform" in the AWS CloudFormation documentation. A deployment of such a template is refused, so it is told and not
guessed what was meant.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from scanner.base.record import record

Keys = tuple[str | int, ...]
# Of a resource of the template, or of another stack: there is none yet when conditions are decided.
_NOT_IN_CONDITIONS = frozenset(
    {"Fn::GetAtt", "Fn::ImportValue", "Fn::GetStackOutput", "Fn::GetAZs", "Fn::Cidr", "Fn::Base64", "Fn::Transform"}
)
_FIND = "Fn::FindInMap"
_EXTENDED = ("Fn::Length", "Fn::ToJsonString")
_MAY_EXTEND = frozenset((*_EXTENDED, _FIND))
_LITERALS = ("Type", "Condition", "DependsOn")
_POLICIES = ("DeletionPolicy", "UpdateReplacePolicy")
_MOST = 100


@record
class Misplaced:
    """`keys` lead to the mapping that holds the function."""

    keys: Keys
    message: str


def misplaced(data: Mapping[str, object], *, extended: bool) -> Iterator[Misplaced]:
    """At most a hundred. `extended` says that the template has the transform `AWS::LanguageExtensions`."""
    found = _misplaced(data, extended=extended)
    for _, each in zip(range(_MOST), found, strict=False):
        yield each


def _misplaced(data: Mapping[str, object], *, extended: bool) -> Iterator[Misplaced]:
    for keys, body in _entries(data, "Parameters"):
        for at, name in _functions(body, keys):
            yield Misplaced(at, f"a parameter takes no functions, and this is `{name}`")
    if not extended:
        for keys, body in _entries(data, "Mappings"):
            for at, name in _functions(body, keys):
                if name != "Fn::Transform":
                    yield Misplaced(at, f"a mapping takes no functions, and this is `{name}`")
    resources = data.get("Resources")
    known = resources if isinstance(resources, dict) else {}
    for keys, body in _entries(data, "Conditions"):
        for at, name in _functions(body, keys):
            if name in _NOT_IN_CONDITIONS:
                yield Misplaced(at, f"a condition is decided before anything is made, and takes no `{name}`")
            elif name == "Ref" and isinstance(named := _at(data, at).get("Ref"), str) and named in known:
                yield Misplaced(at, f"a condition is decided before anything is made, and `{named}` is a resource")
    for keys, body in _entries(data, "Resources"):
        if isinstance(body, dict):
            yield from _of_resource(keys, body, extended=extended)
    for keys, body in _entries(data, "Outputs"):
        exported = body.get("Export") if isinstance(body, dict) else None
        for at, name in _functions(exported, (*keys, "Export")):
            if name in ("Fn::GetAtt", "Fn::ImportValue", "Fn::GetStackOutput"):
                yield Misplaced(at, f"the name of an export takes no `{name}`")
    if not extended:
        for section in ("Resources", "Outputs", "Conditions"):
            # Few templates have any, and where they stand is asked of those alone.
            for keys, body in _entries(data, section) if _holds(data.get(section), _MAY_EXTEND) else ():
                for at, name in _functions(body, keys):
                    if name in _EXTENDED:
                        yield Misplaced(at, f"`{name}` takes `Transform: AWS::LanguageExtensions`")
                    elif name == _FIND and (what := _extension_of(_at(data, at)[_FIND])) is not None:
                        yield Misplaced(at, f"`{what}` in `{_FIND}` takes `Transform: AWS::LanguageExtensions`")


def _extension_of(arguments: object) -> str | None:
    """What of the arguments of `Fn::FindInMap` is an extension: a default, or functions that it did not always take."""
    if not isinstance(arguments, list):
        return None
    *keys, last = arguments or [None]
    if isinstance(last, dict) and "DefaultValue" in last:
        return "DefaultValue"
    inside = (name for each in (*keys, last) for _, name in _functions(each, ()))
    return next((name for name in inside if name not in ("Ref", _FIND)), None)


def _of_resource(keys: Keys, body: Mapping[str, object], *, extended: bool) -> Iterator[Misplaced]:
    for name in _LITERALS:
        for at, function in _functions(body.get(name), (*keys, name)):
            # A mapping under `Type` is a module's name in tools that put modules in before deployment.
            if name != "Type":
                yield Misplaced(at, f"`{name}` takes no functions, and this is `{function}`")
    for name in _POLICIES if not extended else ():
        for at, function in _functions(body.get(name), (*keys, name)):
            yield Misplaced(
                at, f"`{name}` takes functions such as `{function}` with `Transform: AWS::LanguageExtensions`"
            )


def _entries(data: Mapping[str, object], section: str) -> Iterator[tuple[Keys, object]]:
    body = data.get(section)
    for name, each in body.items() if isinstance(body, dict) else ():
        if not name.startswith("Fn::"):
            yield (section, name), each


def _holds(node: object, names: frozenset[str]) -> bool:
    """Whether any of these functions stands in it."""
    waiting = [node]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            if len(value) == 1 and not names.isdisjoint(value):
                return True
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
    return False


def _functions(node: object, keys: Keys) -> Iterator[tuple[Keys, str]]:
    """Each mapping that is a function, and which it is; depth first."""
    waiting: list[tuple[object, Keys]] = [(node, keys)]
    while waiting:
        value, at = waiting.pop()
        if isinstance(value, dict):
            if len(value) == 1:
                (name,) = value
                if name == "Ref" or name.startswith("Fn::"):
                    yield at, name
            waiting.extend((child, (*at, key)) for key, child in reversed(value.items()))
        elif isinstance(value, list):
            waiting.extend((child, (*at, index)) for index, child in reversed([*enumerate(value)]))


def _at(node: object, keys: Keys) -> dict[str, object]:
    for key in keys:
        node = (
            node[key]
            if isinstance(node, list) and isinstance(key, int)
            else node.get(key)
            if isinstance(node, dict)
            else None
        )
    return node if isinstance(node, dict) else {}
