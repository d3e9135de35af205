"""A SAM template as it is shown to the translator: without defaults, without what was refused, and within bounds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from scanner.base.cache import Cache
from scanner.inputs.cloudformation.parameters import scalar
from scanner.inputs.cloudformation.sam.translation_cache import recalled
from scanner.inputs.cloudformation.sam.translator import SERVERLESS
from scanner.model.deferred import Deferred
from scanner.model.world import Undecided, World

MOST_VALUES = 100_000
"""Values of a template that are handed to the translator, aliases of YAML counted each time they stand."""

# A unit is about five microseconds. The translator copies the whole description of an API for each event that adds to
# it: 500 of them take 2.5 million units, and no stack of CloudFormation holds more.
_MOST_WORK = 3_000_000
_PER_VALUE, _PER_ROUTE = 2, 10
_SECTIONS = ("Conditions", "Mappings", "Outputs")
# What the translator writes into the description of an API.
_EDITS = ("Auth", "Cors", "DisableExecuteApiEndpoint", "FailOnWarnings", "GatewayResponses", "Models", "OpenApiVersion")


class TooLargeError(Exception):
    """The template is more than the translator can take in bounded time."""


class SamTemplate:
    """The template as written, and what has to be done to it before the translator takes it.

    `sound` are the resources that the translator can be shown, `odd` the others; `left_out` are those it refused.
    `settled` are properties, by resource, in which references give way to the defaults of parameters; None stands for
    all of them.
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

        Raises Refused, MissingExtra and TooLargeError.
        """
        budget = [MOST_VALUES]
        template = {
            key: _own(value, budget)
            for key, value in self.data.items()
            if key == "Globals" or (key in _SECTIONS and isinstance(value, dict))
        }
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
        return mapping(self.sound[name].get("Properties"))

    def section(self, name: str) -> str:
        """The section of `Globals` that holds what such resources share."""
        return str(self.sound[name]["Type"]).removeprefix(SERVERLESS)

    def shared(self, name: str) -> dict[str, object]:
        return mapping(mapping(self.data.get("Globals")).get(self.section(name)))

    def value(self, name: str, property_name: str | None) -> object:
        """The property, of the resource's own or shared; None stands for all of its own."""
        properties = self.properties(name)
        if property_name is None:
            return properties
        return properties.get(property_name, self.shared(name).get(property_name))

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
        for property_name in self.settled.get(name, ()):
            if property_name is None:
                for key, value in properties.items():
                    properties[key] = self._with_defaults(value)
            elif property_name in properties:
                properties[property_name] = self._with_defaults(properties[property_name])
            else:
                properties[property_name] = self._with_defaults(_own(self.shared(name).get(property_name), budget))
        return body

    def _with_defaults(self, node: object) -> object:
        if isinstance(node, dict):
            name = node.get("Ref")
            if len(node) == 1 and isinstance(name, str) and (default := self.default(name)) is not None:
                return default
            return {key: self._with_defaults(child) for key, child in node.items()}
        return [self._with_defaults(child) for child in node] if isinstance(node, list) else node


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
    except Undecided:
        return None
    return None if world.assumptions else decided


def _is_stored(parameter: Mapping[str, object]) -> bool:
    """Whether the parameter's value is the name of another, which is read at deployment."""
    return str(parameter.get("Type")).startswith("AWS::SSM::Parameter::Value")


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
