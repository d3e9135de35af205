"""A SAM template as it is shown to the translator: without defaults, without what was refused, and within bounds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from scanner.base.cache import Cache
from scanner.base.error import TenantproofError
from scanner.inputs.cloudformation.parameters import scalar
from scanner.inputs.cloudformation.sam.translation_cache import recalled
from scanner.inputs.cloudformation.sam.translator import SERVERLESS
from scanner.model.deferred import Deferred
from scanner.model.world import UndecidedError, World

MOST_VALUES = 100_000
"""Values of a template that are handed to the translator, aliases of YAML counted each time they stand."""

# A unit is about five microseconds. The translator copies the whole description of an API for each event that adds to
# it: 500 of them take 2.5 million units, and no stack of CloudFormation holds more.
_MOST_WORK = 3_000_000
_PER_VALUE, _PER_ROUTE = 2, 10
_SECTIONS = ("Conditions", "Mappings", "Outputs")
_HOLE = re.compile(r"\$\{([A-Za-z0-9]+)[.}]")
# What the translator writes into the description of an API.
_EDITS = ("Auth", "Cors", "DisableExecuteApiEndpoint", "FailOnWarnings", "GatewayResponses", "Models", "OpenApiVersion")


class TooLargeError(TenantproofError):
    """The template is more than the translator can take in bounded time."""


class SamTemplate:
    """The template as written, and what has to be done to it before the translator takes it.

    `sound` are the resources that the translator can be shown, `odd` the others; `left_out` are those it refused.
    `settled` are properties, by resource, in which references give way to the defaults of parameters; None stands for
    all of them.
    `shared_settled` says that they do in all of `Globals`, which an API has that stands in no resource.
    `adrift` are events that were left out with the resource they name, as (function, event, that resource).
    `opaque` are APIs whose description a macro puts in, so that nothing can be added to it; `unconnected` are resources
    whose connectors were refused.
    """

    def __init__(
        self, data: Mapping[str, object], given: Mapping[str, object], region: str | None, cache: Cache | None = None
    ) -> None:
        self.data = data
        self.declared = mapping(data.get("Parameters"))
        resources = mapping(data.get("Resources"))
        self.sound = {name: mapping(body) for name, body in resources.items() if _is_sound(name, body)}
        self.odd = {name: body for name, body in resources.items() if name not in self.sound}
        self.left_out: dict[str, object] = {}
        self.settled: dict[str, set[str | None]] = {}
        self.opaque: set[str] = set()
        self.unconnected: set[str] = set()
        self.shared_settled = False
        self.adrift: dict[tuple[str, str, str], None] = {}
        self._given = dict(_literals(self.declared, given))
        # A value that only a world decides is no literal, and still stands in the place of the default.
        self._handed = frozenset(given)
        self._region = region
        self._cache = cache
        self._work = 0

    def waiting(self) -> list[str]:
        """The serverless resources that were not left out."""
        return [
            name
            for name, body in self.sound.items()
            if name not in self.left_out and str(body["Type"]).startswith(SERVERLESS)
        ]

    def connectors(self) -> dict[str, list[str]]:
        """By resource, the logical ids of what connects it to others."""
        return {
            name: [name + each for each in mapping(body["Connectors"])]
            for name, body in self.sound.items()
            if "Connectors" in body and name not in self.unconnected and name not in self.left_out
        }

    def is_needed(self) -> bool:
        """Whether there is anything for the translator to do, which takes a while to load."""
        return bool(self.waiting() or self.connectors())

    def attempt(self, chosen: list[str]) -> dict[str, object]:
        """Translates with only the chosen ones of the serverless resources; see `translate`.

        Raises RefusedError, MissingExtraError and TooLargeError.
        """
        budget = [MOST_VALUES]
        template = {
            key: _own(value, budget)
            for key, value in self.data.items()
            if key == "Globals" or (key in _SECTIONS and isinstance(value, dict))
        }
        if self.shared_settled:
            template["Globals"] = self._with_defaults(template.get("Globals"))
        # Without their defaults, parameters that were not given stay references.
        template["Parameters"] = {
            name: {key: _own(value, budget) for key, value in body.items() if key != "Default"}
            for name, body in self.declared.items()
            if isinstance(body, dict)
        }
        template["Resources"] = {
            name: self._prepared(name, _own(body, budget), budget)
            for name, body in self.sound.items()
            if name in chosen or not str(body["Type"]).startswith(SERVERLESS)
        }
        self._spend(chosen, MOST_VALUES - budget[0])
        return recalled(template, self._given, self._region, self._cache)

    def properties(self, name: str) -> dict[str, object]:
        """The resource's own properties, as written; empty where they are no mapping. Raises KeyError for one that is
        not `sound`."""
        return mapping(self.sound[name].get("Properties"))

    def section(self, name: str) -> str:
        """The section of `Globals` that holds what such resources share."""
        return str(self.sound[name]["Type"]).removeprefix(SERVERLESS)

    def shared(self, name: str) -> dict[str, object]:
        """What `Globals` says for resources of its type, as written; empty where it says nothing."""
        return mapping(mapping(self.data.get("Globals")).get(self.section(name)))

    def value(self, name: str, property_name: str | None) -> object:
        """The property, of the resource's own and shared; None stands for all of them."""
        properties, shared = self.properties(name), self.shared(name)
        if property_name is None:
            return _merged(shared, properties)
        return _merged(shared.get(property_name), properties.get(property_name))

    def open_parameters(self, value: object) -> list[str]:
        """The parameters without a given value that the value refers to."""
        return sorted({name for name in _references(value) if name in self.declared and name not in self._given})

    def default(self, parameter: str) -> str | None:
        """The default that `Ref` gives where no value is given."""
        body = mapping(self.declared.get(parameter))
        default = body.get("Default")
        if parameter in self._handed or default is None or isinstance(default, dict | list) or _is_stored(body):
            return None
        return scalar(default)

    def shown_default(self, parameter: str) -> str:
        """The default between backticks, for a message; hidden for a parameter that is not echoed."""
        hidden = scalar(mapping(self.declared.get(parameter)).get("NoEcho")).lower() == "true"
        return "(hidden)" if hidden else f"`{self.default(parameter)}`"

    def _spend(self, chosen: list[str], values: int) -> None:
        routes = described = 0
        for name in chosen:
            properties = self.properties(name)
            described += _count(properties.get("DefinitionBody"))
            events = mapping(properties.get("Events")).values()
            routes += sum(1 for event in events if mapping(event).get("Type") in ("Api", "HttpApi"))
        self._work += values * _PER_VALUE + routes * (routes * _PER_ROUTE + described)
        if self._work > _MOST_WORK:
            raise TooLargeError(f"its {routes:,} events of APIs would take too long" if routes else "it takes too long")

    def _prepared(self, name: str, body: object, budget: list[int]) -> object:
        properties = mapping(mapping(body).get("Properties"))
        if name in self.unconnected and isinstance(body, dict):
            del body["Connectors"]
        if name in self.opaque and isinstance(body, dict):
            for edit in _EDITS:
                properties.pop(edit, None)
            body["IgnoreGlobals"] = [each for each in _EDITS if each in self.shared(name)]
        settled = self.settled.get(name, ())
        whole = None in settled
        names = [*dict.fromkeys([*self.shared(name), *properties])] if whole else [each for each in settled if each]
        if names and isinstance(body, dict):
            # CloudFormation puts defaults in before SAM merges what resources share.
            own = body.setdefault("Properties", {})
            for key in names:
                own[key] = self._with_defaults(_own(_merged(self.shared(name).get(key), own.get(key)), budget))
            ignored = body.get("IgnoreGlobals")
            kept = ignored if isinstance(ignored, list) else []
            body["IgnoreGlobals"] = "*" if whole or ignored == "*" else [*kept, *names]
        self._cut_adrift(name, body)
        return body

    def _cut_adrift(self, name: str, body: object) -> None:
        """Takes out events that name a resource which was left out: the rest of the function is still made."""
        if not self.left_out or not isinstance(body, dict):
            return
        events = mapping(mapping(body.get("Properties")).get("Events"))
        for event, written in [*events.items()]:
            named = next((each for each in _named_in(written) if each in self.left_out), None)
            if named is not None:
                del events[event]
                self.adrift[name, event, named] = None

    def _with_defaults(self, node: object) -> object:
        if isinstance(node, dict):
            name = node.get("Ref")
            if len(node) == 1 and isinstance(name, str) and (default := self.default(name)) is not None:
                return default
            return {key: self._with_defaults(child) for key, child in node.items()}
        return [self._with_defaults(child) for child in node] if isinstance(node, list) else node


def _merged(shared: object, own: object) -> object:
    """A shared value with a resource's own over it ("Globals section of the AWS SAM template", overridable)."""
    if own is None:
        return shared
    if isinstance(shared, dict) and isinstance(own, dict) and not (_is_function(shared) or _is_function(own)):
        return {key: _merged(shared.get(key), own.get(key)) for key in dict.fromkeys([*shared, *own])}
    return [*shared, *own] if isinstance(shared, list) and isinstance(own, list) else own


def _is_function(node: Mapping[str, object]) -> bool:
    return len(node) == 1 and all(key == "Ref" or key.startswith("Fn::") for key in node)


def mapping(value: object) -> dict[str, object]:
    """The value, or an empty mapping where it is none."""
    return value if isinstance(value, dict) else {}


def _is_sound(name: str, body: object) -> bool:
    """Whether the translator can be shown the resource; it takes no template with one that is not well-formed."""
    return (
        not name.startswith("Fn::")
        and isinstance(body, dict)
        and isinstance(body.get("Type"), str)
        and isinstance(body.get("Properties", {}), dict)
        and isinstance(body.get("Condition", ""), str)
    )


def _own(node: object, budget: list[int]) -> object:
    """A copy that may be changed; what YAML shares by an alias becomes each its own."""
    budget[0] -= 1
    if budget[0] < 0:
        raise TooLargeError(f"it has more than {MOST_VALUES:,} values")
    if isinstance(node, dict):
        return {key: _own(child, budget) for key, child in node.items()}
    return [_own(child, budget) for child in node] if isinstance(node, list) else node


def _count(node: object) -> int:
    children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    return 1 + sum(_count(child) for child in children)


def _literals(declared: Mapping[str, object], given: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    """What was given for the parameters, where it is known now and is what `Ref` gives."""
    for name, body in declared.items():
        value = _decided(given.get(name))
        if value is None or _is_stored(mapping(body)):
            continue
        items = value if isinstance(value, list) else [value]
        if all(isinstance(item, str | int | float) for item in items):
            kind = str(mapping(body).get("Type"))
            if not kind.startswith(("CommaDelimitedList", "List<")):
                yield name, ",".join(scalar(item) for item in items)
            elif isinstance(value, list):
                yield name, [scalar(item) for item in items]
            else:
                yield name, [item.strip() for item in scalar(value).split(",")]


def _decided(value: object) -> object:
    """What the stack around hands down, where it is the same in every world and rests on nothing."""
    if not isinstance(value, Deferred):
        return value
    world = World()
    try:
        decided = value.force(world)
    except UndecidedError:
        return None
    return None if world.assumptions else decided


def _is_stored(parameter: Mapping[str, object]) -> bool:
    """Whether the parameter's value is the name of another, which is read at deployment."""
    return str(parameter.get("Type")).startswith("AWS::SSM::Parameter::Value")


def _named_in(node: object) -> Iterator[str]:
    """Every logical id that the node may refer to."""
    yield from _references(node)
    waiting = [node]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            attribute = each.get("Fn::GetAtt")
            yield from (str(attribute[0]),) if isinstance(attribute, list) and attribute else ()
            yield from (attribute.partition(".")[0],) if isinstance(attribute, str) else ()
            text = each.get("Fn::Sub")
            text = text[0] if isinstance(text, list) and text else text
            yield from _HOLE.findall(text) if isinstance(text, str) else ()
            waiting.extend(each.values())
        elif isinstance(each, list):
            waiting.extend(each)


def _references(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        name = node.get("Ref")
        if isinstance(name, str):
            yield name
        for child in node.values():
            yield from _references(child)
    elif isinstance(node, list):
        for child in node:
            yield from _references(child)
