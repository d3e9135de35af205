"""What a rule's fix, which names properties of CloudFormation, is called in a configuration of Terraform.

The tables say from which argument a property is read. They are run backwards here by trying: on a resource whose every
argument says its own name, and on one whose every argument has the value that the fix asks for.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache

from scanner.base.record import record
from scanner.findings.fix_text import with_arguments
from scanner.inputs.terraform.attributes import LeftOut, View
from scanner.inputs.terraform.cloud_control import PREFIX
from scanner.inputs.terraform.configuration import NOTHING
from scanner.inputs.terraform.instances import Instance
from scanner.inputs.terraform.mapping import Mapped
from scanner.inputs.terraform.provider_types import provider_types
from scanner.inputs.terraform.recording import Answers, is_argument
from scanner.inputs.terraform.shapes import evaluate
from scanner.inputs.terraform.table import all_types, mapped_type
from scanner.model.unknown import Unknown

MOST_TOLD = 4
_CODE = re.compile(r"`([^`]+)`")
_NAME = re.compile(r"[A-Z]\w*(?:\.[A-Z]\w*)*")
_TOKEN = re.compile(rf"({_NAME.pattern})\s*:\s*(\{{)?|(\}})")
_ASKED = re.compile(r"\b(?:[Aa]n?|[Tt]hrough) `(AWS::\w+::\w+)`")
# Blocks of these are deprecated in favour of resources of their own ("Terraform AWS Provider Version 4 Upgrade Guide").
_DIVIDED = frozenset({"aws_s3_bucket"})
_SCALAR = re.compile(r'\s*("[^"]*"|\[[^\[\]{}]*\]|[^\s,{}\[\]"]+)')
_PLACEHOLDER = re.compile(r"\.\.\.|!|\$")
_UNTOLD = object()
Path = tuple[str, ...]


@record
class _Setting:
    """A property that a fix names, and what it sets it to: `_UNTOLD` where it says no value that can be written."""

    path: Path
    value: object

    @property
    def text(self) -> str:
        """As CloudFormation has it, without what is around it."""
        if self.value is _UNTOLD:
            return self.path[-1]
        spelled = self.value if isinstance(self.value, str) else json.dumps(self.value, ensure_ascii=False)
        return f"{self.path[-1]}: {spelled}"


class _Same(View):
    """Every argument has the one value, or, where that is `_UNTOLD`, says its own path; one block of each name."""

    __slots__ = ("_above", "_value")

    def __init__(self, instance: Instance, value: object, above: Path = ()) -> None:
        super().__init__(instance, {}, {}, (NOTHING,), above)
        self._value = value
        self._above = above

    def read(self, name: str) -> object:
        return _Mark((*self._above, name)) if self._value is _UNTOLD else self._value

    def blocks(self, name: str) -> list[View] | Unknown | LeftOut | None:
        return [_Same(self.instance, self._value, (*self._above, name))]


class _Mark(str):
    """The path of an argument, which passes through tables of words as any text does."""

    __slots__ = ("path",)
    path: Path

    def __new__(cls, path: Path) -> _Mark:
        made = super().__new__(cls, ".".join(path))
        made.path = path
        return made


@cache
def in_terraform(fix: str, kind: str, resource_type: str) -> str:
    """The fix and, behind it, how its properties are called; `kind` is CloudFormation's type, `resource_type` the
    provider's. As it was where it names no property whose argument is known."""
    told: dict[str, tuple[str, str]] = {}
    spoken: set[tuple[str, str]] = set()
    for code in _CODE.findall(fix):
        for setting in sorted(_settings(code), key=lambda each: each.value is _UNTOLD):
            name, argument = next(_arguments(setting, fix, kind, resource_type), ("", ""))
            if name and (name, argument.partition(" =")[0]) not in spoken:
                spoken.add((name, argument.partition(" =")[0]))
                told.setdefault(setting.text, (name, argument))
    for each in _further(fix, kind):
        told.setdefault(each, (_made_by(each) or "", ""))
    listed = [
        f"`{text}` is `{argument or name}`" + (f" of `{name}`" if argument and name != resource_type else "")
        for text, (name, argument) in list(told.items())[:MOST_TOLD]
    ]
    return with_arguments(fix, _and(listed)) if listed else fix


def _arguments(setting: _Setting, fix: str, kind: str, resource_type: str) -> Iterator[tuple[str, str]]:
    """Types of the provider with the argument that the property is, the likeliest first; empty for one that is the
    property as a whole."""
    own, parts = [(resource_type, kind)], [(each, None) for each in _parts_of(resource_type)]
    here = [*parts, *own] if resource_type in _DIVIDED else [*own, *parts]
    others = [(made, None) for each in _further(fix, kind) if (made := _made_by(each)) is not None]
    for exact in (True, False):
        for name, made in (*here, *others):
            argument = _argument(name, made, setting, exact=exact)
            if argument is not None:
                yield name, argument
    for name, made in here:
        below = [argument for path, argument in _paths(name, made).items() if path[: len(setting.path)] == setting.path]
        if below and (name, made) in parts:
            yield name, ""
        elif _common(below):
            yield name, ".".join(_common(below))


def _argument(name: str, kind: str | None, setting: _Setting, *, exact: bool) -> str | None:
    """The argument of the property at the path, or of the one property whose path ends so; None where there is none."""
    paths = _paths(name, kind)
    ends = [each for each in paths if each[-len(setting.path) :] == setting.path]
    inside = [each for each in ends if each == setting.path] if exact else ends
    if not inside:
        return None
    place = min(inside, key=len)
    if len({paths[each] for each in inside if len(each) == len(place)}) > 1:
        return None
    return _written(paths[place], _literal(name, kind, place, setting.value))


def _further(fix: str, kind: str) -> list[str]:
    """Further resources that the fix asks for, by CloudFormation's types."""
    return [each for each in _ASKED.findall(fix) if each != kind and _made_by(each) is not None]


def _and(listed: list[str]) -> str:
    return listed[0] if len(listed) == 1 else f"{', '.join(listed[:-1])} and {listed[-1]}"


def _written(argument: Path, literal: object) -> str:
    if literal is _UNTOLD:
        return ".".join(argument)
    value = json.dumps(literal, ensure_ascii=False)
    if len(argument) == 2:  # noqa: PLR2004  # a block on one line holds one argument
        return f"{argument[0]} {{ {argument[1]} = {value} }}"
    return f"{'.'.join(argument)} = {value}"


def _literal(name: str, kind: str | None, place: Path, value: object) -> object:
    """What to write so that the table reads the value there; `_UNTOLD` where nothing that was tried does."""
    if value is _UNTOLD:
        return _UNTOLD
    for literal in (*_other_words(value), value, True, False):
        if any(path == place and _alike(read, value) for path, read in _leaves(name, kind, literal)):
            return literal
    return _UNTOLD


def _other_words(value: object) -> list[str]:
    """What the provider may call the value where a table has words for it; one that is passed on is none of them."""
    if isinstance(value, bool):
        return ["ENABLED", "Enabled"] if value else ["DISABLED", "Disabled"]
    text = value if isinstance(value, str) else ""
    return [each for each in (text.capitalize(), text.upper(), text.lower()) if each not in (text, "")]


def _alike(read: object, value: object) -> bool:
    if isinstance(read, bool) or isinstance(value, bool):
        return read is value
    return read == value or (not isinstance(value, list) and str(read) == str(value))


@cache
def _paths(name: str, kind: str | None) -> Mapping[Path, Path]:
    """Of each property that is one argument passed on, which it is, if the provider has an argument of the name."""
    found: dict[Path, Path] = {}
    arguments = provider_types().arguments(name)
    for path, value in _leaves(name, kind, _UNTOLD):
        if isinstance(value, _Mark) and (name.startswith(PREFIX) or is_argument(arguments, value.path)):
            found.setdefault(path, value.path)
    return found


def _leaves(name: str, kind: str | None, value: object) -> Iterator[tuple[Path, object]]:
    mapped = mapped_type(name)
    if mapped is None:
        return
    instance = Instance(name, (), "managed", name, "x", None, "aws", {}, {}, new=True)
    root, context = _Same(instance, value), Answers()
    for view, properties in _tables(mapped, kind, root):
        for key, shape in properties.items():
            try:
                given = evaluate(shape, view, context)
            except Exception:  # noqa: BLE001, S112  # a shape that computes with a value takes no name for one
                continue
            yield from _flat((key,), given)


def _tables(mapped: Mapped, kind: str | None, root: _Same) -> Iterator[tuple[View, Mapping[str, object]]]:
    for make in mapped.makes:
        if kind is None or make.type == kind:
            yield (root if make.each is None else root.blocks(make.each)[0]), make.properties  # type: ignore[index]  # it has one block of each name
    for fold in mapped.folds:
        yield root, fold.properties


def _flat(path: Path, value: object) -> Iterator[tuple[Path, object]]:
    if isinstance(value, Mapping):
        for key, child in value.items():
            yield from _flat((*path, str(key)), child)
    elif isinstance(value, list):
        for child in value:
            yield from _flat(path, child)
        if value and all(isinstance(child, str) for child in value):
            yield path, list(value)
    else:
        yield path, value


@cache
def _parts_of(resource_type: str) -> tuple[str, ...]:
    """The provider's types that say a part of a resource of the type."""
    if resource_type.startswith(PREFIX):
        return ()
    return tuple(
        name for name, mapped in all_types().items() if any(resource_type in fold.wholes for fold in mapped.folds)
    )


@cache
def _made_by(kind: str) -> str | None:
    """The provider's type whose first resource is of CloudFormation's type."""
    found = [name for name, mapped in all_types().items() if mapped.makes and mapped.makes[0].type == kind]
    return min(found, key=len, default=None)


def _settings(code: str) -> Iterator[_Setting]:
    """`A: {B: true}` sets `A.B`; a name alone sets nothing."""
    if _NAME.fullmatch(code):
        yield _Setting(tuple(code.split(".")), _UNTOLD)
        return
    above: list[Path] = []
    here: Path = ()
    for found in _TOKEN.finditer(code):
        if found[3]:
            here = above.pop() if above else ()
            continue
        path = (*here, *found[1].split("."))
        if found[2]:
            above.append(here)
            here = path
        else:
            yield _Setting(path, _value(code[found.end() :]))


def _value(rest: str) -> object:
    found = _SCALAR.match(rest)
    if found is None or _PLACEHOLDER.search(found[1]):
        return _UNTOLD
    text = found[1]
    if text.startswith("["):
        return [each.strip().strip('"') for each in text[1:-1].split(",") if each.strip()]
    if text in ("true", "false"):
        return text == "true"
    return int(text) if text.isdecimal() else text.strip('"')


def _common(paths: list[Path]) -> Path:
    common = paths[0] if paths else ()
    for path in paths[1:]:
        while path[: len(common)] != common:
            common = common[:-1]
    return common


__all__ = ["in_terraform"]
