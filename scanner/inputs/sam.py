"""Templates of the Serverless Application Model: what CloudFormation makes of them.

Only values that were given are handed to the translator as such. References to other parameters stay references, so
that defaults remain assumptions and choices remain choices. What the translator refuses is left out of another attempt
and told as a problem; the rest is still read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scanner.inputs.parameters import scalar
from scanner.inputs.sam_places import GeneratedPlaces, Sources
from scanner.inputs.sam_translator import MADE_BY, SERVERLESS, Refusal, Refused, translate
from scanner.model.resource import Keys
from scanner.model.unknown import Unknown
from scanner.text.document import Document
from scanner.text.extras import MissingExtra
from scanner.text.problem import Level, Problem

if TYPE_CHECKING:
    from scanner.inputs.stack import Stack

MOST_VALUES = 100_000
"""Values of a template that are handed to the translator, aliases of YAML counted each time they stand."""

# A unit is about five microseconds. The translator copies the whole description of an API for each event that adds to
# it: 500 of them take 2.5 million units, and no stack of CloudFormation holds more.
_MOST_WORK = 3_000_000
_PER_VALUE, _PER_ROUTE = 2, 10
_MOST_ATTEMPTS = 8
_MOST_SUSPECTS = 64
_SECTIONS = ("Conditions", "Mappings", "Outputs")
# What the translator writes into the description of an API.
_EDITS = ("Auth", "Cors", "DisableExecuteApiEndpoint", "FailOnWarnings", "GatewayResponses", "Models", "OpenApiVersion")
_QUOTED = re.compile(r"'([\w.]+)'")
_EVENT = re.compile(r"Event with id \[([^\]]+)\] is invalid\. ?")
_RESOURCE = re.compile(r"Resource with id \[([^\]]+)\] is invalid\. ?")


@dataclass(frozen=True, slots=True)
class Expanded:
    """`body` is the template that is deployed; resources that could not be translated stand in it as written."""

    body: Mapping[str, object]
    sources: Sources
    problems: tuple[Problem, ...] = ()
    gaps: tuple[Unknown, ...] = ()

    def places(self, stack: Stack, document: Document) -> GeneratedPlaces:
        return GeneratedPlaces(stack, document, self.sources)


def expand(document: Document, given: Mapping[str, object], region: str | None, *, strict: bool = False) -> Expanded:
    """What SAM makes of the template in a document. `strict`: no parameter has its default."""
    data = document.data if isinstance(document.data, dict) else {}
    return _Expansion(document, data, given, region, strict=strict).run()


class _TooLargeError(Exception):
    """The template is more than the translator can take in bounded time."""


class _Expansion:
    """The attempts at one template."""

    def __init__(
        self,
        document: Document,
        data: dict[str, object],
        given: Mapping[str, object],
        region: str | None,
        *,
        strict: bool,
    ) -> None:
        self._document = document
        self._data = data
        self._region = region
        self._strict = strict
        self._declared = _mapping(data.get("Parameters"))
        self._literals = dict(_literals(self._declared, given))
        resources = _mapping(data.get("Resources"))
        self._sound = {name: _mapping(body) for name, body in resources.items() if _is_sound(name, body)}
        self._odd = {name: body for name, body in resources.items() if name not in self._sound}
        self._left_out: dict[str, object] = {}
        # APIs whose description a macro puts in, so that nothing can be added to it.
        self._opaque: set[str] = set()
        # Properties, by resource, in which references have to give way to the defaults of parameters.
        self._settled: dict[str, set[str | None]] = {}
        self._problems: list[Problem] = []
        self._gaps: list[Unknown] = []
        self._work = 0

    def run(self) -> Expanded:
        self._tell_odd()
        made: dict[str, object] = {}
        for _ in range(_MOST_ATTEMPTS):
            if not self._is_needed():
                break
            try:
                made, applications = self._attempt(self._serverless())
            except MissingExtra as missing:
                self._give_up(str(missing))
            except _TooLargeError as error:
                self._give_up(f"SAM is not run on the template: {error}")
            except Refused as refused:
                self._answer(refused)
            else:
                self._gaps.extend(
                    Unknown("missing-file", f"`{name}` comes from the Serverless Application Repository")
                    for name in applications
                )
                break
        else:
            self._give_up("the SAM translator refuses the template time and again")
        return self._expanded(made)

    def _tell_odd(self) -> None:
        for name, body in self._odd.items():
            if str(_mapping(body).get("Type")).startswith(SERVERLESS):
                wrong = "Properties" if not isinstance(_mapping(body).get("Properties", {}), dict) else "Condition"
                message = f"`{wrong}` of `{name}` is not what it should be, so that SAM cannot be run on it"
                self._tell(message, ("Resources", name, wrong))
                self._gaps.append(Unknown("invalid-template", f"`{name}` is not expanded by SAM"))

    def _serverless(self) -> list[str]:
        return [
            name
            for name, body in self._sound.items()
            if name not in self._left_out and str(body["Type"]).startswith(SERVERLESS)
        ]

    def _is_needed(self) -> bool:
        """Whether there is anything for the translator to do, which takes a while to load."""
        return bool(self._serverless()) or any("Connectors" in body for body in self._sound.values())

    def _attempt(self, chosen: list[str]) -> tuple[dict[str, object], list[str]]:
        """Translates with only the chosen ones of the serverless resources. Raises Refused and MissingExtra."""
        budget = [MOST_VALUES]
        template = {
            key: _own(value, budget)
            for key, value in self._data.items()
            if key not in ("Resources", "Transform", "Parameters")
            and not key.startswith("Fn::")
            and (isinstance(value, dict) or key not in _SECTIONS)
        }
        # Without their defaults, parameters that were not given stay references.
        template["Parameters"] = {
            name: {key: _own(value, budget) for key, value in body.items() if key != "Default"}
            for name, body in self._declared.items()
            if isinstance(body, dict)
        }
        template["Resources"] = {
            name: self._settle(name, _own(body, budget), budget)
            for name, body in self._sound.items()
            if name in chosen or not str(body["Type"]).startswith(SERVERLESS)
        }
        self._spend(chosen, MOST_VALUES - budget[0])
        return translate(template, self._literals, self._region)

    def _spend(self, chosen: list[str], values: int) -> None:
        routes = described = 0
        for name in chosen:
            properties = _mapping(self._sound[name].get("Properties"))
            described += _count(properties.get("DefinitionBody"))
            events = _mapping(properties.get("Events")).values()
            routes += sum(1 for event in events if _mapping(event).get("Type") in ("Api", "HttpApi"))
        self._work += values * _PER_VALUE + routes * (routes * _PER_ROUTE + described)
        if self._work > _MOST_WORK:
            raise _TooLargeError(f"its {routes:,} events of APIs would take too long" if routes else "it takes too long")

    def _settle(self, name: str, body: object, budget: list[int]) -> object:
        """The body with defaults in the place of references where the translator insists on literals."""
        properties = _mapping(_mapping(body).get("Properties"))
        shared = self._shared(name)
        if name in self._opaque and isinstance(body, dict):
            for edit in _EDITS:
                properties.pop(edit, None)
            body["IgnoreGlobals"] = [each for each in _EDITS if each in shared]
        for property_name in self._settled.get(name, ()):
            if property_name is None:
                for key, value in properties.items():
                    properties[key] = self._with_defaults(value)
            elif property_name in properties:
                properties[property_name] = self._with_defaults(properties[property_name])
            else:
                properties[property_name] = self._with_defaults(_own(shared.get(property_name), budget))
        return body

    def _with_defaults(self, node: object) -> object:
        if isinstance(node, dict):
            name = node.get("Ref")
            if len(node) == 1 and isinstance(name, str) and (default := self._default(name)) is not None:
                return default
            return {key: self._with_defaults(child) for key, child in node.items()}
        return [self._with_defaults(child) for child in node] if isinstance(node, list) else node

    def _default(self, name: str) -> str | None:
        body = _mapping(self._declared.get(name))
        default = body.get("Default")
        if name in self._literals or default is None or isinstance(default, dict | list) or _is_stored(body):
            return None
        return scalar(default)

    def _shared(self, name: str) -> Mapping[str, object]:
        kind = str(self._sound.get(name, {}).get("Type")).removeprefix(SERVERLESS)
        return _mapping(_mapping(self._data.get("Globals")).get(kind))

    def _answer(self, refused: Refused) -> None:
        """Settles what defaults can settle, and leaves out every other resource that was refused."""
        changed = False
        for refusal in refused.refusals:
            for name in self._named(refusal):
                changed = True
                self._refuse(name, refusal)
        if not changed:
            self._suspect(refused.refusals)

    def _named(self, refusal: Refusal) -> list[str]:
        waiting = self._serverless()
        names = {*refusal.resources, *_RESOURCE.findall(refusal.message)}
        named = [name for name in waiting if name in names]
        event = _EVENT.search(refusal.message)
        if named or event is None:
            return named
        return [
            name
            for name in waiting
            if event[1] in _mapping(_mapping(self._sound[name].get("Properties")).get("Events"))
        ]

    def _refuse(self, name: str, refusal: Refusal) -> None:
        if name in self._left_out:
            return
        description = _mapping(self._value(name, "DefinitionBody"))
        if "DefinitionBody" in refusal.message and "Fn::Transform" in description and name not in self._opaque:
            # What the macro gives is a description that SAM could add to; without it the rest of the API is still read.
            self._opaque.add(name)
            self._gaps.append(Unknown("macro", f"`{name}` has a description that a macro puts in at deployment"))
            return
        property_name, path = self._property(name, refusal)
        value = self._value(name, property_name)
        referred = sorted(
            {each for each in _references(value) if each in self._declared and each not in self._literals}
        )
        usable = [each for each in referred if self._default(each) is not None]
        if usable and not self._strict and property_name not in self._settled.get(name, ()):
            self._settled.setdefault(name, set()).add(property_name)
            told = " and ".join(f"parameter `{each}` at its default {self._shown(each)}" for each in usable)
            message = f"SAM needs a literal in `{name}`, which is read with {told}"
            self._tell(message, path, level="warning")
            return
        self._left_out[name] = self._sound[name]
        hint = "give " + " and ".join(f"`{each}`" for each in referred) + " with --parameters" if referred else None
        message = f"the SAM translator refuses `{name}`: {_words(refusal.message)}"
        self._tell(message, path, hint)
        self._gaps.append(Unknown("invalid-template", f"`{name}` is refused by the SAM translator"))

    def _suspect(self, refusals: tuple[Refusal, ...]) -> None:
        """Finds out which resources are refused where the translator names none of those that are left."""
        waiting = self._serverless()
        before = len(self._settled), len(self._opaque)
        for name in waiting if len(waiting) <= _MOST_SUSPECTS and not any(each.globals for each in refusals) else ():
            try:
                self._attempt([name])
            except Refused as refused:
                self._refuse(name, refused.refusals[0])
            except (MissingExtra, _TooLargeError):
                break
            if len(self._left_out) > _MOST_SUSPECTS:
                break
        if self._serverless() != waiting or (len(self._settled), len(self._opaque)) != before:
            return
        message = f"the SAM translator refuses the template: {_words(refusals[0].message)}"
        self._give_up(message, ("Globals",) if refusals[0].globals else ("Transform",))

    def _give_up(self, message: str, path: Keys = ("Transform",)) -> None:
        self._tell(message, path)
        for name in self._serverless():
            self._left_out[name] = self._sound[name]
            self._gaps.append(Unknown("macro", f"`{name}` is not expanded by SAM"))

    def _property(self, name: str, refusal: Refusal) -> tuple[str | None, Keys]:
        """The property that the translator speaks of, as far as it can be told, and where it is written."""
        properties = _mapping(self._sound[name].get("Properties"))
        base: Keys = ("Resources", name)
        event = _EVENT.search(refusal.message)
        if event is not None and event[1] in _mapping(properties.get("Events")):
            return "Events", (*base, "Properties", "Events", event[1])
        for word in (refusal.property_path, *_QUOTED.findall(refusal.message)):
            first, *rest = word.split(".") if word else [""]
            if first in properties:
                return first, (*base, "Properties", first, *rest)
            if first in self._shared(name):
                return first, ("Globals", str(self._sound[name]["Type"]).removeprefix(SERVERLESS), first)
        return None, base

    def _value(self, name: str, property_name: str | None) -> object:
        properties = _mapping(self._sound[name].get("Properties"))
        if property_name is None:
            return properties
        return properties.get(property_name, self._shared(name).get(property_name))

    def _shown(self, parameter: str) -> str:
        hidden = scalar(_mapping(self._declared.get(parameter)).get("NoEcho")).lower() == "true"
        return "(hidden)" if hidden else f"`{self._default(parameter)}`"

    def _tell(self, message: str, path: Keys, hint: str | None = None, level: Level = "error") -> None:
        place = self._document.place(path)
        self._problems.append(Problem(self._document.path, message, place.line, place.column, hint, level=level))

    def _expanded(self, made: Mapping[str, object]) -> Expanded:
        body: dict[str, object] = {**self._data, **{key: value for key, value in made.items() if key != "Parameters"}}
        body.pop("Globals", None)
        translated = _mapping(made.get("Resources"))
        if not made:
            translated = {name: each for name, each in self._sound.items() if name not in self._left_out}
        sources = Sources(self._data, translated)
        resources = {name: self._unmarked(name, each) for name, each in translated.items()}
        body["Resources"] = {**self._odd, **self._left_out, **resources}
        if "Resources" not in self._data:
            del body["Resources"]
        return Expanded(body, sources, tuple(self._problems), tuple(self._gaps))

    def _unmarked(self, name: str, body: object) -> object:
        """The body with the Metadata that was written instead of the translator's mark."""
        metadata = _mapping(_mapping(body).get("Metadata"))
        if not isinstance(body, dict) or MADE_BY not in metadata:
            return body
        kept = {key: value for key, value in body.items() if key != "Metadata"}
        written = self._sound.get(name, {}).get("Metadata")
        return kept if written is None else {**kept, "Metadata": written}


def _mapping(value: object) -> dict[str, object]:
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
        raise _TooLargeError(f"it has more than {MOST_VALUES:,} values")
    if isinstance(node, dict):
        return {key: _own(child, budget) for key, child in node.items()}
    return [_own(child, budget) for child in node] if isinstance(node, list) else node


def _count(node: object) -> int:
    children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    return 1 + sum(_count(child) for child in children)


def _literals(declared: Mapping[str, object], given: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    """What was given for the parameters, where it is known now and is what `Ref` gives."""
    for name, body in declared.items():
        value = given.get(name)
        if value is None or _is_stored(_mapping(body)):
            continue
        items = value if isinstance(value, list) else [value]
        if all(isinstance(item, str | int | float) for item in items):
            kind = str(_mapping(body).get("Type"))
            if not kind.startswith(("CommaDelimitedList", "List<")):
                yield name, ",".join(scalar(item) for item in items)
            elif isinstance(value, list):
                yield name, [scalar(item) for item in items]
            else:
                yield name, [item.strip() for item in scalar(value).split(",")]


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


def _words(message: str) -> str:
    """The translator's sentence as one of ours."""
    message = _RESOURCE.sub("", message)
    message = _EVENT.sub(lambda found: f"event `{found[1]}`: ", message)
    message = re.sub(r"'([^'\s]+)'", r"`\1`", message).strip().rstrip(".")
    message = re.sub(r": ([A-Z])(?=[a-z ])", lambda found: ": " + found[1].lower(), message)
    starts_a_word = len(message) > 1 and message[1].islower()
    return message[:1].lower() + message[1:] if starts_a_word else message
