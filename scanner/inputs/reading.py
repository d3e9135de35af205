"""Everything that a scan was pointed at, as one inventory."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from scanner.inputs.discovery import Discovery, Found
from scanner.inputs.exports import Exports
from scanner.inputs.settings import Settings
from scanner.inputs.stack import Stack
from scanner.inputs.template import Template, open_template
from scanner.model.resource import Inventory
from scanner.model.unknown import Unknown
from scanner.model.world import World
from scanner.text.document import Document
from scanner.text.problem import Problem, Problems, did_you_mean
from scanner.text.reading import read


@dataclass(frozen=True, slots=True)
class Input:
    """One line of the report's `inputs`; `digest` is of the bytes as read."""

    kind: str
    path: str
    digest: str


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that was not seen, for the coverage ledger."""

    what: str
    unknown: Unknown
    path: str


@dataclass(slots=True)
class Reading:
    inventory: Inventory = field(default_factory=Inventory)
    inputs: list[Input] = field(default_factory=list)
    ignored: int = 0
    problems: list[Problem] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    templates: list[Template] = field(default_factory=list)


def read_inputs(discovery: Discovery, settings: Settings) -> Reading:
    """Reads all that was found. What cannot be read is a problem, and the rest is still read."""
    reading = Reading(ignored=discovery.ignored, problems=list(discovery.problems))
    exports = Exports()
    for found in discovery.found:
        document = _document(found, reading)
        if document is None:
            continue
        template = open_template(document, settings, exports.read, nested_output)
        reading.templates.append(template)
        reading.problems.extend(template.problems)
        reading.gaps.extend(
            Gap(f"what {_transform(macro)} makes of {document.path}", macro, document.path) for macro in template.macros
        )
    exports.add(template.stack for template in reading.templates)
    for template in reading.templates:
        reading.inventory.add(template.resources())
    reading.problems.extend(_undeclared(settings, reading.templates))
    return reading


def _document(found: Found, reading: Reading) -> Document | None:
    if found.kind != "template":
        message = f"a {found.kind} folder is not read by this version; name its templates"
        reading.problems.append(Problem(found.shown, message))
        return None
    try:
        raw = found.path.read_bytes()
    except OSError as error:
        reading.problems.append(Problem(found.shown, f"cannot be read: {(error.strerror or str(error)).lower()}"))
        return None
    reading.inputs.append(Input("cloudformation", found.shown, "sha256:" + hashlib.sha256(raw).hexdigest()))
    try:
        return read(raw, found.shown, cloudformation=True)
    except Problems as problems:
        reading.problems.extend(problems.problems)
        return None


def nested_output(stack: Stack, logical_id: str, output: str, _: World) -> Unknown:
    detail = f"output `{output}` of nested stack `{logical_id}` is not in the files scanned"
    return Unknown("missing-file", detail, ("output", stack.address, logical_id, output), None, True)


def _transform(macro: Unknown) -> str:
    return macro.detail.split("`")[1]


def _undeclared(settings: Settings, templates: list[Template]) -> list[Problem]:
    """Parameters that were given and that no template has: a typing error more often than not."""
    declared = {name for template in templates for name in template.stack.parameters}
    return [
        Problem(
            "--parameters", f"no template has a parameter `{name}`", hint=did_you_mean(name, declared), level="warning"
        )
        for name in settings.parameters
        if name not in declared
    ]
