"""Templates of the Serverless Application Model: what CloudFormation makes of them.

Only values that were given are handed to the translator as such. References to other parameters stay references, so
that defaults remain assumptions and choices remain choices. What the translator refuses is left out of another attempt
and told as a problem; the rest is still read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from scanner.base.cache import Cache
from scanner.base.extras import MissingExtraError
from scanner.base.problem import Level, Problem
from scanner.base.record import record
from scanner.inputs.cloudformation.sam.added import add_refused
from scanner.inputs.cloudformation.sam.places import GeneratedPlaces, Sources
from scanner.inputs.cloudformation.sam.prepare import SamTemplate, TooLargeError, mapping
from scanner.inputs.cloudformation.sam.translator import MADE_BY, SERVERLESS, Refusal, RefusedError
from scanner.model.resource import Keys
from scanner.model.unknown import Unknown
from scanner.text.document import Document

if TYPE_CHECKING:
    from scanner.inputs.cloudformation.stack import Stack

_MOST_ATTEMPTS = 32
_MOST_SUSPECTS = 64
_MOST_LOOKED_AT = 10_000
_QUOTED = re.compile(r"'([\w.]+)'")
_WORD = re.compile(r"\b[A-Z]\w+")
_EVENT = re.compile(r"Event with id \[([^\]]+)\] is invalid\. ?")
_RESOURCE = re.compile(r"Resource with id \[([^\]]+)\] is invalid\. ?")


@record
class Expanded:
    """`body` is the template that is deployed; resources that could not be translated stand in it as written."""

    body: Mapping[str, object]
    sources: Sources
    problems: tuple[Problem, ...] = ()
    gaps: tuple[Unknown, ...] = ()

    def places(self, stack: Stack, document: Document) -> GeneratedPlaces:
        """Where the resources of the deployed template are written in the one before it, the `document`."""
        return GeneratedPlaces(stack, document, self.sources)


def expand(
    document: Document,
    given: Mapping[str, object],
    region: str | None,
    *,
    strict: bool = False,
    cache: Cache | None = None,
) -> Expanded:
    """What SAM makes of the template in a document. `strict`: no parameter has its default."""
    return _Expansion(document, SamTemplate(mapping(document.data), given, region, cache), strict=strict).run()


class _Expansion:
    """The attempts at one template, and what is told of them."""

    def __init__(self, document: Document, template: SamTemplate, *, strict: bool) -> None:
        self._document = document
        self._template = template
        self._strict = strict
        self._problems: list[Problem] = []
        self._gaps: list[Unknown] = []
        # Warnings about resources, for those that are not refused in the end.
        self._notes: list[tuple[str, str, Keys]] = []

    def run(self) -> Expanded:
        self._tell_odd()
        made: dict[str, object] = {}
        for _ in range(_MOST_ATTEMPTS):
            if not self._template.is_needed():
                break
            try:
                made = self._template.attempt(self._template.waiting())
            except MissingExtraError as missing:
                self._give_up(str(missing))
                break
            except TooLargeError as error:
                self._give_up(f"SAM is not run on the template: {error}")
                break
            except RefusedError as refused:
                if not self._answer(refused):
                    break
            else:
                break
        else:
            self._give_up("the SAM translator refuses the template time and again")
        for name, event, named in self._template.adrift:
            if name not in self._template.left_out and named in self._template.left_out:
                detail = f"event `{event}` of `{name}` rests on `{named}`, which SAM refuses"
                self._gaps.append(Unknown("invalid-template", detail, subject=f"{name}.{event}"))
        for name, message, path in self._notes:
            if name not in self._template.left_out:
                self._tell(message, path, level="warning")
        return self._expanded(made)

    def _tell_odd(self) -> None:
        for name, body in self._template.odd.items():
            if str(mapping(body).get("Type")).startswith(SERVERLESS):
                wrong = "Properties" if not isinstance(mapping(body).get("Properties", {}), dict) else "Condition"
                message = f"`{wrong}` of `{name}` is not what it should be, so that SAM cannot be run on it"
                self._tell(message, ("Resources", name, wrong))
                self._gaps.append(Unknown("invalid-template", f"`{name}` is not expanded by SAM", subject=name))

    def _answer(self, refused: RefusedError) -> bool:
        """Settles what defaults can settle, and leaves out the rest of what was refused; whether to try again."""
        named = [(name, refusal) for refusal in refused.refusals for name in self._named(refusal)]
        for name, refusal in named:
            self._refuse(name, refusal)
        return bool(named) or self._suspect(refused.refusals)

    def _named(self, refusal: Refusal) -> list[str]:
        waiting = self._template.waiting()
        names = {*refusal.resources, *_RESOURCE.findall(refusal.message)}
        for name, connectors in self._template.connectors().items():
            if names.intersection(connectors) or (name in names and "onnector" in refusal.message):
                return [name]
        named = [name for name in waiting if name in names]
        event = _EVENT.search(refusal.message)
        if named or event is None:
            return named
        return [name for name in waiting if event[1] in mapping(self._template.properties(name).get("Events"))]

    def _refuse(self, name: str, refusal: Refusal) -> None:
        template = self._template
        if name in template.left_out:
            return
        description = mapping(template.value(name, "DefinitionBody"))
        if "DefinitionBody" in refusal.message and "Fn::Transform" in description and name not in template.opaque:
            # What the macro gives is a description that SAM could add to; without it the rest of the API is still read.
            template.opaque.add(name)
            self._gaps.append(
                Unknown("macro", f"`{name}` has a description that a macro puts in at deployment", subject=name)
            )
            return
        if name in template.connectors() and (refusal.resources != (name,) or "onnector" in refusal.message):
            template.unconnected.add(name)
            message = f"the SAM translator refuses the connectors of `{name}`: {_words(refusal.message)}"
            self._tell(message, ("Resources", name, "Connectors"))
            self._gaps.append(Unknown("invalid-template", f"`{name}` has connectors that SAM refuses", subject=name))
            return
        property_name, path = self._property(name, refusal)
        parameters = template.open_parameters(template.value(name, property_name))
        usable = [each for each in parameters if template.default(each) is not None]
        settled = template.settled.setdefault(name, set())
        if usable and not self._strict and property_name not in settled:
            settled.add(property_name)
            self._note_defaults(name, usable, path)
            return
        template.left_out[name] = template.sound[name]
        hint = "give " + " and ".join(f"`{each}`" for each in parameters) + " with --parameters" if parameters else None
        self._tell(f"the SAM translator refuses `{name}`: {_words(refusal.message)}", path, hint)
        self._gaps.append(Unknown("invalid-template", f"`{name}` is refused by the SAM translator", subject=name))

    def _suspect(self, refusals: tuple[Refusal, ...]) -> bool:
        """Finds out which resources are refused where the translator names none; whether there are any."""
        waiting = self._template.waiting()
        if any(refusal.globals for refusal in refusals):
            if not self._strict and self._settle_shared(refusals[0]):
                return True
            self._give_up(f"the SAM translator refuses `Globals`: {_words(refusals[0].message)}", ("Globals",))
            return False
        if len(waiting) > _MOST_SUSPECTS:
            waiting = []
        # Those that have what the message speaks of come first.
        waiting = sorted(waiting, key=lambda name: self._property(name, refusals[0])[0] is None)
        if not self._strict and (self._settle(waiting, refusals[0]) or self._settle_shared(refusals[0])):
            return True
        guilty = self._fewest(waiting, refusals[0], self._leave_out, self._take_back)
        for name in guilty:
            self._take_back(name)
            self._refuse(name, refusals[0])
        if not guilty:
            self._give_up(f"the SAM translator refuses the template: {_words(refusals[0].message)}")
        return bool(guilty)

    def _settle(self, waiting: list[str], refusal: Refusal) -> bool:
        """Whether the refusal ends where parameters of some resources have their defaults, as they then do."""
        template = self._template
        usable = {
            name: [each for each in template.open_parameters(template.value(name, None)) if template.default(each)]
            for name in waiting
            if None not in template.settled.get(name, ())
        }
        needed = self._fewest(
            [name for name, parameters in usable.items() if parameters],
            refusal,
            lambda name: template.settled.setdefault(name, set()).add(None),
            lambda name: template.settled[name].discard(None),
        )
        for name in needed:
            self._note_defaults(name, usable[name], self._property(name, refusal)[1])
        return bool(needed)

    def _settle_shared(self, refusal: Refusal) -> bool:
        """The same for what resources share: an API that events imply has its properties from nowhere else."""
        template = self._template
        shared = template.data.get("Globals")
        usable = [each for each in template.open_parameters(shared) if template.default(each)]
        if not usable or template.shared_settled:
            return False
        template.shared_settled = True
        if self._still_said(template.waiting(), refusal):
            template.shared_settled = False
            return False
        deep = next((path for word in _WORD.findall(refusal.message) if (path := _path_to(shared, word))), ())
        self._note_defaults("Globals", usable, ("Globals", *deep))
        return True

    def _fewest(
        self, names: list[str], refusal: Refusal, do: Callable[[str], None], undo: Callable[[str], None]
    ) -> list[str]:
        """Resources such that the refusal ends once `do` is done to them; none of them can be spared. They stay so.

        Where another is refused only because it names one of them, it is none of them.
        """
        done: list[str] = []
        for name in names:
            do(name)
            done.append(name)
            if not self._still_said(self._template.waiting(), refusal):
                break
        else:
            for name in done:
                undo(name)
            return []
        for name in done[:-1]:
            undo(name)
            if self._still_said(self._template.waiting(), refusal):
                do(name)
            else:
                done.remove(name)
        return done

    def _leave_out(self, name: str) -> None:
        self._template.left_out[name] = self._template.sound[name]

    def _take_back(self, name: str) -> None:
        del self._template.left_out[name]

    def _still_said(self, chosen: list[str], refusal: Refusal) -> bool:
        try:
            self._template.attempt(chosen)
        except RefusedError as refused:
            return any(each.message == refusal.message for each in refused.refusals)
        except (MissingExtraError, TooLargeError):
            return True
        return False

    def _note_defaults(self, name: str, parameters: list[str], path: Keys) -> None:
        shown = self._template.shown_default
        told = " and ".join(f"parameter `{each}` at its default {shown(each)}" for each in parameters)
        self._notes.append((name, f"SAM needs a literal in `{name}`, which is read with {told}", path))

    def _give_up(self, message: str, path: Keys = ("Transform",)) -> None:
        self._tell(message, path)
        for name in self._template.waiting():
            self._template.left_out[name] = self._template.sound[name]
            self._gaps.append(Unknown("macro", f"`{name}` is not expanded by SAM", subject=name))

    def _property(self, name: str, refusal: Refusal) -> tuple[str | None, Keys]:
        """The property that the translator speaks of, as far as it can be told, and where it is written."""
        properties = self._template.properties(name)
        own: Keys = ("Resources", name, "Properties")
        event = _EVENT.search(refusal.message)
        if event is not None and event[1] in mapping(properties.get("Events")):
            return "Events", (*own, "Events", event[1])
        for word in (refusal.property_path, *_QUOTED.findall(refusal.message), *_WORD.findall(refusal.message)):
            first, *rest = word.split(".") if word else [""]
            if first in properties:
                return first, (*own, first, *rest)
            if first in self._template.shared(name):
                return first, ("Globals", self._template.section(name), first)
            # It may speak of what lies deeper, such as `CreateUsagePlan` of `Auth`.
            for holder, held in ((own, properties), (self._globals_of(name), self._template.shared(name))):
                deep = _path_to(held, first) if first else None
                if deep is not None:
                    return str(deep[0]), (*holder, *deep)
        return None, ("Resources", name)

    def _globals_of(self, name: str) -> Keys:
        return ("Globals", self._template.section(name))

    def _tell(self, message: str, path: Keys, hint: str | None = None, level: Level = "error") -> None:
        place = self._document.place(path)
        self._problems.append(Problem(self._document.path, message, place.line, place.column, hint, level=level))

    def _expanded(self, made: Mapping[str, object]) -> Expanded:
        template = self._template
        body: dict[str, object] = {
            **template.data,
            **{key: value for key, value in made.items() if key not in ("Parameters", "Transform")},
        }
        body.pop("Globals", None)
        translated = mapping(made.get("Resources"))
        if not made:
            translated = {name: each for name, each in template.sound.items() if name not in template.left_out}
        sources = Sources(template.data, translated)
        if "Resources" in template.data:
            resources = {name: self._unmarked(name, each) for name, each in translated.items()}
            add_refused(resources, {**template.left_out, **template.odd})
            body["Resources"] = {**template.odd, **template.left_out, **resources}
        return Expanded(body, sources, tuple(self._problems), tuple(self._gaps))

    def _unmarked(self, name: str, body: object) -> object:
        """The body with the Metadata that was written instead of the translator's mark."""
        if not isinstance(body, dict) or MADE_BY not in mapping(body.get("Metadata")):
            return body
        kept = {key: value for key, value in body.items() if key != "Metadata"}
        written = self._template.sound.get(name, {}).get("Metadata")
        return kept if written is None else {**kept, "Metadata": written}


def _path_to(node: object, key: str) -> Keys | None:
    """The way to the first mapping with the key, breadth first."""
    waiting: list[tuple[object, Keys]] = [(node, ())]
    for value, at in waiting:
        if isinstance(value, dict):
            if key in value and at:
                return (*at, key)
            waiting.extend((child, (*at, name)) for name, child in value.items())
        elif isinstance(value, list):
            waiting.extend((child, (*at, index)) for index, child in enumerate(value))
        if len(waiting) > _MOST_LOOKED_AT:
            return None
    return None


def _words(message: str) -> str:
    """The translator's sentence as one of ours."""
    message = _RESOURCE.sub("", message)
    message = _EVENT.sub(lambda found: f"event `{found[1]}`: ", message)
    message = re.sub(r"'([^'\s]+)'|(?<=\()'([^']+)'(?=\))", r"`\1\2`", message).strip().rstrip(".")
    message = re.sub(r": ([A-Z])(?=[a-z ])", lambda found: ": " + found[1].lower(), message)
    first = message.split(" ", 1)[0]
    return first.lower() + message[len(first) :] if first[1:].islower() else message
