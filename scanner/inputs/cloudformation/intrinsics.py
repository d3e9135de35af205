"""Intrinsic functions: raw template data in, values of the model out."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterable, Iterator
from ipaddress import ip_network

from scanner.inputs.cloudformation.dynamic_references import OPENS, redeemed
from scanner.inputs.cloudformation.output_names import OutputName
from scanner.inputs.cloudformation.parameters import scalar
from scanner.inputs.cloudformation.stack_view import StackView
from scanner.model.deferred import ABSENT, Deferred, OpenMap, settle_all, widened
from scanner.model.partial_text import Encoded, Part, Text, text_of
from scanner.model.unknown import OpenList, Reference, Unknown, first_unknown
from scanner.model.world import UndecidedError, Variable, World

# A tree of property names whose leaves are "b" (boolean), "n" (number) and "m" (mapping); lists are transparent, `*` is
# any key, and a subtree with the key `|` is of what may be a text, too.
Kinds = dict[str, object] | str | None
_SUB = re.compile(r"\$\{(!?)([^}]*)\}")
_INTEGER = re.compile(r"[-+]?[0-9]{1,18}\Z")
_DECIMAL = re.compile(r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+)\Z")
_TRUE, _FALSE = frozenset(("true", "yes", "on")), frozenset(("false", "no", "off"))
_MOST_SUBNETS = 4096
_MOST_TEXT = 1024 * 1024
"""Characters and holes of one text: as many as a whole template may have ("AWS CloudFormation quotas")."""
_MOST_HOLES = 4096
_MOST_CHOICES = 6
"""Choices in one text or list that are told apart; of more, each is a hole."""
_MOST_KEYS = 12
"""Keys of a map that are told apart where nobody says which counts."""
# Where a local path may stand for the mapping that `aws cloudformation package` puts there (AWS CLI Command Reference).
_UPLOADED = frozenset({"BodyS3Location", "Code", "Content", "DefinitionS3Location", "S3", "SourceBundle"})
# "Fn::GetStackOutput" in the AWS CloudFormation Template Reference.
_STACK_OUTPUT = ("StackName", "OutputName", "Region", "RoleArn")
_ACCOUNT = 4


class Resolver:
    """Resolves the data of one stack. Untouched parts are shared with the template, never copied."""

    __slots__ = ("_followed", "_functions", "_resolved", "_stack")

    def __init__(self, stack: StackView) -> None:
        self._stack = stack
        self._resolved: dict[int, tuple[object, object]] = {}
        self._followed: set[int] = set()
        self._functions: dict[str, Callable[[object, World], object]] = {
            "Ref": self._ref,
            "Fn::GetAtt": self._get_att,
            "Fn::Sub": self._sub,
            "Fn::Join": self._join,
            "Fn::Select": self._select,
            "Fn::Split": self._split,
            "Fn::FindInMap": self._find_in_map,
            "Fn::Base64": self._base64,
            "Fn::GetAZs": self._get_azs,
            "Fn::Cidr": self._cidr,
            "Fn::ImportValue": self._import_value,
            "Fn::GetStackOutput": self._get_stack_output,
            "Fn::Length": self._length,
            "Fn::ToJsonString": self._to_json_string,
        }

    def resolve(self, node: object, kinds: Kinds = None) -> object:
        """The value of a node; what rests on a choice or a default is Deferred, what NoValue removes is ABSENT."""
        kind = type(node)
        if kind is dict:
            return self._resolve_mapping(node, kinds)  # type: ignore[arg-type]  # `kind` says that it is a dict
        if kind is list:
            return self._resolve_list(node, kinds)  # type: ignore[arg-type]  # `kind` says that it is a list
        if kind is str and OPENS in node:  # type: ignore[operator]  # `kind` says that it is a string
            return typed(redeemed(str(node)), kinds)
        return node if kinds is None or kind is bool else typed(node, kinds)

    def _resolve_mapping(self, node: dict[str, object], kinds: Kinds) -> object:
        if len(node) == 1:
            ((name, argument),) = node.items()
            if name == "Ref" or name.startswith("Fn::"):
                return self._intrinsic(name, argument, kinds)
        entries: dict[str, object] | None = None
        opened: Unknown | None = None
        under = kinds if type(kinds) is dict else None
        for key, child in node.items():
            if key.startswith("Fn::"):
                opened = _macro(key, child)
                if rewrites(key, child):
                    return opened
                entries = dict(node) if entries is None else entries
                del entries[key]
                continue
            kind = (
                (under.get(key) or under.get("*")) if under and not (key in _UPLOADED and type(child) is str) else None
            )
            value = self.resolve(child, kind)  # type: ignore[arg-type]  # leaves of the committed table are kinds
            if value is not child:
                entries = dict(node) if entries is None else entries
                if value is ABSENT:
                    del entries[key]
                else:
                    entries[key] = value
        if opened is not None and entries is not None:
            return OpenMap(entries, opened)
        return node if entries is None else entries

    def _resolve_list(self, node: list[object], kinds: Kinds) -> object:
        items = [self.resolve(child, kinds) for child in node]
        if any(type(item) is Deferred for item in items):
            coarse = self._has_many_choices(node)
            return Deferred.or_value(lambda world: world.taking(coarse, lambda: _present(items, world)))
        if all(one is other for one, other in zip(items, node, strict=True)):
            return node
        return [item for item in items if item is not ABSENT]

    def _intrinsic(self, name: str, argument: object, kinds: Kinds) -> object:
        if name == "Fn::If":
            return self._if(argument, kinds)
        function = self._functions.get(name)
        if function is None:
            return _macro(name, argument)
        return Deferred.or_value(lambda world: world.narrowly(lambda: typed(function(argument, world), kinds)))

    def _if(self, argument: object, kinds: Kinds) -> object:
        if not (isinstance(argument, list) and len(argument) == 3 and isinstance(argument[0], str)):  # noqa: PLR2004  # If takes three
            return _invalid("`Fn::If` takes a condition's name and two values")
        name, branches = argument[0], argument[1:]
        # Each branch is resolved once, so that a value keeps its identity from run to run.
        resolved: list[object] = [None, None]

        def decide(world: World) -> object:
            index = 0 if self._stack.conditions.holds(name, world) else 1
            if resolved[index] is None:
                resolved[index] = self.resolve(branches[index], kinds)
            value = resolved[index]
            return value.force(world) if type(value) is Deferred else value

        return Deferred.or_value(decide)

    def value(self, node: object, world: World) -> object:
        """The value of an argument with nothing deferred inside. Raises UndecidedError."""
        if not isinstance(node, dict | list):
            return settle_all(self.resolve(node), world)
        # An argument is asked for in each world, and again by whatever it is an argument of.
        known = self._resolved.get(id(node))
        if known is None:
            known = self._resolved[id(node)] = (node, self.resolve(node))
        resolved = known[1]
        if type(resolved) is Deferred:
            resolved = resolved.force(world)
        return settle_all(resolved, world)

    def _has_many_choices(self, node: list[object]) -> bool:
        """Whether more parameters stand in a list than are told apart by their values."""
        if len(node) <= _MOST_CHOICES:
            return False
        return self._are_many(
            each["Ref"] for each in node if isinstance(each, dict) and isinstance(each.get("Ref"), str)
        )

    def _are_many(self, names: Iterable[object]) -> bool:
        parameters = (self._stack.parameters.get(name) for name in set(names) if isinstance(name, str))
        return sum(each is not None and each.variable is not None for each in parameters) > _MOST_CHOICES

    def _ref(self, argument: object, world: World) -> object:
        name = argument if isinstance(argument, str) else self.value(argument, world)
        if isinstance(name, Unknown | Text):
            return (first_unknown(name) or _invalid("")).plain()
        if not isinstance(name, str):
            return _invalid("`Ref` takes a name")
        return self._stack.read(name, world)

    def _get_att(self, argument: object, world: World) -> object:
        if isinstance(argument, str):
            argument = argument.split(".", 1)
        if not (isinstance(argument, list) and len(argument) == 2):  # noqa: PLR2004  # name, attribute
            return _invalid("`Fn::GetAtt` takes a logical id and an attribute")
        # Both may be intrinsics with `AWS::LanguageExtensions`.
        logical_id, attribute = self.value(argument[0], world), self.value(argument[1], world)
        if unknown := first_unknown([logical_id, attribute]):
            return unknown.plain()
        if not isinstance(logical_id, str):
            return _invalid("`Fn::GetAtt` takes a logical id and an attribute")
        if not isinstance(attribute, str):
            return _invalid("an attribute of `Fn::GetAtt` is a string")
        return self._stack.attribute(logical_id, attribute, world)

    def _sub(self, argument: object, world: World) -> object:
        names: object = {}
        if isinstance(argument, list) and len(argument) == 2:  # noqa: PLR2004  # text, names
            argument, names = argument
        if isinstance(argument, dict) and isinstance(found := self.value(argument, world), Unknown):
            # A macro may stand where the text does; CloudFormation runs it first.
            return found.plain()
        if not isinstance(argument, str) or not isinstance(names, dict):
            return _invalid("`Fn::Sub` takes a string, or a string and a mapping")
        text, given = argument, names

        def put_in() -> object:
            parts: list[Part | Text] = []
            # What is named twice is worked out once.
            known: dict[str, Part | Text] = {}
            end = 0
            for match in _holes_of(text):
                parts.append(text[end : match.start()])
                end = match.end()
                if match[1]:
                    parts.append(f"${{{match[2]}}}")
                    continue
                name = match[2].strip()
                if name not in known:
                    known[name] = _text(self._named(name, given, world), "Fn::Sub")
                parts.append(known[name])
            parts.append(text[end:])
            return redeemed(_joined(parts))

        coarse = text.count("${") > _MOST_CHOICES and self._are_many(match[2].strip() for match in _holes_of(text))
        return world.taking(coarse, put_in)

    def _named(self, name: str, names: dict[str, object], world: World) -> object:
        """What a name in a text stands for."""
        if name in names:
            return self.value(names[name], world)
        if "." in name:
            logical_id, _, attribute = name.partition(".")
            return self._stack.attribute(logical_id, attribute, world)
        return self._stack.read(name, world)

    def _join(self, argument: object, world: World) -> object:
        if not (isinstance(argument, list) and len(argument) == 2):  # noqa: PLR2004  # delimiter, list
            return _invalid("`Fn::Join` takes a delimiter and a list")
        delimiter, items = self.value(argument[0], world), self.value(argument[1], world)
        if isinstance(items, Unknown):
            return items.plain()
        if isinstance(items, OpenList):
            return items.unknown.plain()
        if not isinstance(items, list):
            return _invalid("`Fn::Join` takes a delimiter and a list")
        parts: list[Part | Text] = []
        for index, item in enumerate(items):
            if index:
                parts.append(_text(delimiter, "Fn::Join"))
            parts.append(_text(item, "Fn::Join"))
        return redeemed(_joined(parts))

    def _select(self, argument: object, world: World) -> object:
        if not (isinstance(argument, list) and len(argument) == 2):  # noqa: PLR2004  # index, list
            return _invalid("`Fn::Select` takes an index and a list")
        index, items = self.value(argument[0], world), self.value(argument[1], world)
        if isinstance(index, Unknown | Text):
            return (first_unknown(index) or _invalid("")).plain()
        if isinstance(items, Unknown):
            return items.child(index)
        if isinstance(items, OpenList):
            return items.unknown.plain()
        if not isinstance(items, list) or not scalar(index).isdecimal() or int(scalar(index)) >= len(items):
            return _invalid("`Fn::Select` takes an index inside its list")
        return items[int(scalar(index))]

    def _split(self, argument: object, world: World) -> object:
        if not (isinstance(argument, list) and len(argument) == 2):  # noqa: PLR2004  # delimiter, text
            return _invalid("`Fn::Split` takes a delimiter and a string")
        delimiter, text = self.value(argument[0], world), self.value(argument[1], world)
        if not isinstance(delimiter, str) or not delimiter:
            return _invalid("`Fn::Split` takes a delimiter and a string")
        if isinstance(text, str):
            return list(text.split(delimiter))
        unknown = first_unknown(text)
        # The holes may hold the delimiter themselves, so not even the first items are sure.
        return unknown.child("split " + delimiter) if unknown else _invalid("`Fn::Split` takes a string")

    def _find_in_map(self, argument: object, world: World) -> object:
        if not (isinstance(argument, list) and len(argument) in (3, 4)):
            return _invalid("`Fn::FindInMap` takes a map and two keys")
        found: object = dict(self._stack.mappings)
        defaults = [argument[3]["DefaultValue"]] if _has_default(argument) else []
        candidates: list[object] = [found]
        unknown: Unknown | None = None
        unseen: Unknown | None = None
        keys = [self.value(node, world) for node in argument[:3]]
        keys, none = self._told_apart(keys, found, world, defaulted=bool(defaults))
        if none:
            return self.value(defaults[0], world)
        for key in keys:
            # What a macro or an include puts in beside the keys that are there is in no file.
            unseen = unseen or next((_macro(*each) for row in candidates for each in _put_in(row)), None)
            if isinstance(key, str | int):
                candidates = [row[str(key)] for row in candidates if isinstance(row, dict) and str(key) in row]
            else:
                unknown = first_unknown(key) or unknown
                candidates = [each for row in candidates for each in _written(row)]
        if unknown is None:
            if candidates:
                return self._follow(candidates[0], world)
            if unseen is not None:
                return unseen
            if defaults:
                return self.value(defaults[0], world)
            return _invalid("`Fn::FindInMap` names no entry of the mappings")
        # A key that is not known may be none of those there are, and then the default counts.
        candidates += defaults
        if unseen is not None:
            return unknown.plain()
        if candidates and all(row == candidates[0] for row in candidates):
            return self._follow(candidates[0], world)
        return unknown.plain()

    def _told_apart(
        self, keys: list[object], mappings: object, world: World, *, defaulted: bool
    ) -> tuple[list[object], bool]:
        """The keys, with one that is a parameter or pseudo parameter as one of those there are; whether it is none.

        CloudFormation refuses others but where there is a default, `defaulted`. Where what is found differs, each key
        is a world. Raises UndecidedError.
        """
        row = mappings.get(str(keys[0])) if isinstance(mappings, dict) and isinstance(keys[0], str | int) else None
        open_keys = [at for at in (1, 2) if isinstance(keys[at], Unknown)]
        if not isinstance(row, dict) or len(open_keys) != 1:
            return keys, False
        at = open_keys[0]
        key, other = keys[at], keys[3 - at]
        if not (isinstance(key, Unknown) and isinstance(other, str | int) and key.symbol):
            return keys, False
        if key.symbol[0] not in ("parameter", "pseudo"):
            return keys, False
        if at == 1:
            found = {
                name: each[str(other)] for name, each in row.items() if isinstance(each, dict) and str(other) in each
            }
            sealed = not any(isinstance(each, dict) and any(_put_in(each)) for each in row.values())
        else:
            below = row.get(str(other))
            found, sealed = (dict(below), not any(_put_in(below))) if isinstance(below, dict) else ({}, False)
        if len(found) > _MOST_KEYS:
            return keys, False
        different: list[object] = []
        for each in found.values():
            if each not in different:
                different.append(each)
        fork = len(different) > 1 or (defaulted and len(different) == 1)
        if not sealed or any(_put_in(row)) or not fork or len(different) > _MOST_CHOICES:
            return keys, False
        names = tuple(found)
        # Where a stack goes, and what is read of a stored parameter, is nobody's choice here: all must agree.
        choice = key.cause == "parameter"
        variable = (
            Variable(key.symbol, key.symbol[-1], key, None, names, choice)
            if defaulted
            else Variable(key.symbol, key.symbol[-1], key, names, (), choice)
        )
        chosen = world.value(variable)
        if chosen is None:
            return keys, defaulted and world.excluded(variable).issuperset(names)
        world.label(key.symbol[-1], chosen)
        return [*keys[:at], chosen, *keys[at + 1 :]], False

    def _follow(self, row: object, world: World) -> object:
        """The value of what a map holds; CloudFormation takes no functions there, and one may lead back."""
        if id(row) in self._followed:
            return _invalid("`Fn::FindInMap` leads back to itself")
        self._followed.add(id(row))
        try:
            return self.value(row, world)
        finally:
            self._followed.discard(id(row))

    def _base64(self, argument: object, world: World) -> object:
        text = self.value(argument, world)
        if isinstance(text, str):
            return base64.b64encode(text.encode("utf-8", "surrogatepass")).decode("ascii")
        unknown = first_unknown(text)
        if unknown is not None and isinstance(text, Text):
            return Encoded(unknown.cause, unknown.detail, present=True, text=text)
        return unknown.plain() if unknown else _invalid("`Fn::Base64` takes a string")

    def _get_azs(self, argument: object, world: World) -> object:
        region = self.value(argument, world)
        name = region if isinstance(region, str) and region else "the region"
        return Unknown("deploy-time", f"the availability zones of {name} are known only at deployment", None, True)

    def _cidr(self, argument: object, world: World) -> object:
        values = [self.value(each, world) for each in argument] if isinstance(argument, list) else []
        if unknown := first_unknown(values):
            return unknown.plain()
        try:
            block, count = ip_network(str(values[0]), strict=False), int(scalar(values[1]))
            bits = int(scalar(values[2])) if len(values) > 2 else 8  # noqa: PLR2004  # the bits are optional
            if count > _MOST_SUBNETS:
                raise ValueError
            subnets = block.subnets(new_prefix=block.max_prefixlen - bits)
            return [str(subnet) for subnet, _ in zip(subnets, range(count), strict=False)]
        except (ValueError, IndexError):
            return _invalid("`Fn::Cidr` takes a block, a count and the bits of a subnet")

    def _import_value(self, argument: object, world: World) -> object:
        name = self.value(argument, world)
        if isinstance(name, Unknown):
            return Unknown("import", f"the name of an import is not known: {name.detail}", None, True, True)
        if not isinstance(name, str | Text):
            return _invalid("`Fn::ImportValue` takes a name")
        return self._stack.imported(name, world)

    def _get_stack_output(self, argument: object, world: World) -> object:
        if not isinstance(argument, dict) or not {"StackName", "OutputName"} <= argument.keys():
            return _invalid("`Fn::GetStackOutput` takes a `StackName` and an `OutputName`")
        asked = {key: self.value(argument[key], world) for key in _STACK_OUTPUT if key in argument}
        stack, output = asked["StackName"], asked["OutputName"]
        account = _account_of(asked.get("RoleArn"))
        unknown = first_unknown([stack, output, asked.get("Region")]) or (
            account if isinstance(account, Unknown) else None
        )
        if unknown is not None:
            detail = f"which stack's output `Fn::GetStackOutput` reads is not known: {unknown.detail}"
            return Unknown("import", detail, ("output of", json.dumps(asked, sort_keys=True, default=str)), None, True)
        if not isinstance(stack, str) or not isinstance(output, str):
            return _invalid("`StackName` and `OutputName` of `Fn::GetStackOutput` are texts")
        region = asked.get("Region")
        told = account if isinstance(account, str) else None
        return self._stack.imported(
            OutputName(stack, output, scalar(region) if region is not None else None, told), world
        )

    def _length(self, argument: object, world: World) -> object:
        items = self.value(argument, world)
        if isinstance(items, list) and not isinstance(items, OpenList):
            return len(items)
        unknown = first_unknown(items)
        return unknown.plain() if unknown else _invalid("`Fn::Length` takes a list")

    def _to_json_string(self, argument: object, world: World) -> object:
        value = self.value(argument, world)
        if not isinstance(value, dict | list):
            unknown = first_unknown(value)
            return unknown.plain() if unknown else _invalid("`Fn::ToJsonString` takes a mapping or a list")
        if isinstance(opened := _opened(value), Unknown):
            return opened.plain()
        return redeemed(_joined(_json(value)))


def typed(value: object, kinds: Kinds) -> object:
    """A value of a boolean or number property as such, nothing of a text in the place of a mapping; else as it is.

    CloudFormation refuses a text where a mapping must stand: whatever will stand there is not what is written.
    """
    must = kinds == "m" or (type(kinds) is dict and "|" not in kinds)
    if isinstance(value, Unknown | Text):
        if not must or (isinstance(value, Unknown) and not value.present):
            return value
        why = value if isinstance(value, Unknown) else value.unknown
        return Unknown(why.cause, f"a text stands where a mapping must stand, and {why.detail}")
    if must and isinstance(value, str):
        return _invalid("a text stands where a mapping must stand")
    if kinds == "b" and isinstance(value, str):
        word = value.strip().lower()
        return True if word in _TRUE else False if word in _FALSE else value
    if kinds == "n" and isinstance(value, str):
        word = value.strip()
        return int(word) if _INTEGER.match(word) else float(word) if _DECIMAL.match(word) else value
    if kinds is not None and type(value) is list:
        return [typed(item, kinds) for item in value]
    return value


def _put_in(row: object) -> Iterator[tuple[str, object]]:
    """The macros among the entries of a mapping."""
    yield from (each for each in row.items() if each[0].startswith("Fn::")) if isinstance(row, dict) else ()


def _written(row: object) -> Iterator[object]:
    yield from (child for key, child in row.items() if not key.startswith("Fn::")) if isinstance(row, dict) else ()


def _has_default(argument: list[object]) -> bool:
    return len(argument) == 4 and isinstance(argument[3], dict) and "DefaultValue" in argument[3]  # noqa: PLR2004  # after the keys


def _opened(node: object) -> Unknown | None:
    """Why a mapping or list inside the node may hold more than is known."""
    if isinstance(node, OpenMap | OpenList):
        return node.unknown
    children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    return next((found for child in children if (found := _opened(child)) is not None), None)


def _json(node: object) -> Iterator[Part]:
    """The node as JSON, with a hole for each value that is not known."""
    if isinstance(node, dict):
        for index, (key, child) in enumerate(node.items()):
            yield ("," if index else "{") + json.dumps(key) + ":"
            yield from _json(child)
        yield "}" if node else "{}"
    elif isinstance(node, list):
        for index, child in enumerate(node):
            yield "," if index else "["
            yield from _json(child)
        yield "]" if node else "[]"
    elif isinstance(node, Text) or (isinstance(node, Unknown) and node.present):
        # What surely is a text stands in quotes.
        parts = node.parts if isinstance(node, Text) else (node,)
        yield '"'
        for part in parts:
            yield json.dumps(part)[1:-1] if isinstance(part, str) else _escaped(part)
        yield '"'
    elif isinstance(node, Unknown):
        yield node.plain()
    else:
        yield json.dumps(node)


def _escaped(hole: Unknown) -> Unknown:
    """The hole as JSON has it, which is another text where there are quotes in it; an id or region has none."""
    if hole.symbol is None or isinstance(hole, Reference) or hole.symbol[0] == "pseudo":
        return hole
    return Unknown(hole.cause, hole.detail, ("json", *hole.symbol), True, True)


def _present(items: list[object], world: World) -> list[object]:
    """Those of the items that are there. Raises UndecidedError."""
    if world.spreads:
        return widened(items, world)
    there: list[object] = []
    still_open: list[UndecidedError] = []
    for item in items:
        if type(item) is not Deferred:
            there.append(item)
            continue
        try:
            value = item.force(world)
        except UndecidedError as undecided:
            still_open.append(undecided.with_traceback(None))
            continue
        if value is not ABSENT:
            there.append(value)
    if not still_open:
        return there
    # What one item does is seen without trying it beside all combinations of the others.
    chosen = still_open[0] if len({each.about for each in still_open}) <= _MOST_CHOICES else world.focus(still_open)
    try:
        raise chosen
    finally:
        del chosen, still_open  # which the traceback would keep, and they it


def _text(value: object, function: str) -> Part | Text:
    if isinstance(value, str | Text | Unknown):
        return value
    if isinstance(value, bool | int | float):
        return scalar(value)
    if value is ABSENT or value is None:
        return _invalid(f"`AWS::NoValue` stands inside `{function}`")
    unknown = first_unknown(value)
    return unknown.plain() if unknown else _invalid(f"`{function}` puts a list or mapping into a string")


def _joined(parts: Iterable[Part | Text]) -> object:
    """The parts as one text, unknown where it is longer than any template may say."""
    pieces: list[Part | Text] = []
    size = holes = 0
    for part in parts:
        inner = part.parts if isinstance(part, Text) else (part,)
        size += sum(len(each) for each in inner if isinstance(each, str))
        holes += sum(not isinstance(each, str) for each in inner)
        if size > _MOST_TEXT or holes > _MOST_HOLES:
            return Unknown("evaluation-limit", "a text is put together that is longer than a template may be")
        pieces.append(part)
    return text_of(pieces)


def _holes_of(text: str) -> Iterator[re.Match[str]]:
    # Behind the last bracket no opening has an end, and each would be sought to the end of the text.
    return _SUB.finditer(text, 0, text.rfind("}") + 1)


def _macro(name: str, argument: object) -> Unknown:
    """What is put in here; a reader that knows better why it is open has set an Unknown in the argument's place."""
    if isinstance(argument, Unknown):
        return argument
    what = name
    if name == "Fn::Transform" and isinstance(argument, dict) and isinstance(argument.get("Name"), str):
        what = f"Fn::Transform {argument['Name']}"
    return Unknown("macro", f"`{what}` is run at deployment", subject=what)


def rewrites(name: str, argument: object) -> bool:
    """Whether the function may change what stands beside it, too.

    A macro gets all that stands beside its call and below that ("Template macros", AWS CloudFormation User Guide);
    `AWS::Include` only adds what its file holds.
    """
    if name != "Fn::Transform" or isinstance(argument, Unknown):
        return False
    called = argument if isinstance(argument, list) else [argument]
    return any(not isinstance(each, dict) or each.get("Name") != "AWS::Include" for each in called)


def _account_of(role: object) -> str | Unknown | None:
    """The account that a role's ARN names, which is that of the stack whose output is asked for; None for one's own."""
    if role is None:
        return None
    segments = str(role).split(":") if isinstance(role, str | Text) else []
    said = segments[_ACCOUNT] if len(segments) > _ACCOUNT else ""
    if said == "${AWS::AccountId}":
        return None
    return said if said.isdecimal() else first_unknown(role) or _invalid("`RoleArn` is no ARN of a role")


def _invalid(detail: str) -> Unknown:
    return Unknown("invalid-template", detail)
