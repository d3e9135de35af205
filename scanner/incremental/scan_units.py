"""The files of a scan one by one, as far as each can be told apart from the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from pathlib import Path

from scanner.base.problem import Problem
from scanner.base.record import mutable
from scanner.incremental.proof_inputs import proof_facts, types_read_whole
from scanner.inputs.cloudformation.includes import INCLUDE
from scanner.inputs.cloudformation.nesting import nested_stacks, template_of
from scanner.inputs.cloudformation.template import Template
from scanner.inputs.discovery import Discovery
from scanner.inputs.reading import PARAMETERS, Gap, Reading
from scanner.language.rule import Rule
from scanner.model.dependency_trace import file_of
from scanner.model.resource import Resource
from scanner.model.resource_counts import Census
from scanner.tenancy.inference.infer import has_hints


@mutable
class Unit:
    """A template with those that it nests, or another file: what verdicts are given on together.

    `inputs` are the kinds of input that its files were, by file. `facts` are a digest of what proofs read of it, empty
    where they read nothing. `hints` says whether something in it speaks of tenants. `wants` are the paths that it has
    nested stacks at, whether anything is there or not. `parameters` are those that its templates declare.
    """

    name: str
    files: tuple[str, ...] = ()
    facts: str = ""
    hints: bool = False
    wants: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    ignored: int = 0
    inputs: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    census: list[tuple[str, str | None, str | None, int]] = field(default_factory=list)
    uncovered: list[str] = field(default_factory=list)
    called: list[tuple[str, str, list[int]]] = field(default_factory=list)


def units_of(reading: Reading, discovery: Discovery) -> dict[str, Unit] | None:
    """What was read, by the name of each unit; None where something in it is of no one file that was found.

    The facts that proofs read are left to `add_facts`, for those who need them.
    """
    found = {each.shown: each for each in discovery.found}
    home = _homes(reading, found.keys())
    if home is None or not reading.opened.keys() <= {each.real for each in discovery.found}:
        return None
    units: dict[str, Unit] = {}
    for file in found:
        unit = units.setdefault(home[file], Unit(home[file]))
        unit.files += (file,)
    templates: dict[str, list[Template]] = {}
    for template in reading.templates:
        templates.setdefault(file_of(template.stack.address), []).append(template)
    resources: dict[str, list[Resource]] = {}
    for each in reading.inventory.resources:
        resources.setdefault(file_of(each.address), []).append(each)
    if not resources.keys() <= units.keys():
        return None
    for told in reading.inputs:
        units[home[told.path]].inputs[told.path] = told.kind
    if not _sort(reading, discovery, home, units):
        return None
    for address in reading.uncovered:
        units[file_of(address)].uncovered.append(address)
    for called in reading.called:
        units[file_of(called[0])].called.append(called)
    paths = {each.shown: each.path for each in discovery.found}
    for name, unit in units.items():
        mine = templates.get(name, [])
        unit.hints = has_hints(resources.get(name, ()), (each.document.text for each in mine))
        unit.parameters = tuple(dict.fromkeys(name for each in mine for name in each.stack.parameters))
        unit.wants = tuple(dict.fromkeys(_wanted(mine, paths)))
        # A manifest without any object of Kubernetes is counted with the files that are not read.
        unit.ignored = int(not (mine or unit.inputs or unit.problems or unit.gaps))
        places = Counter((each.type, each.account, each.region) for each in resources.get(name, ()))
        unit.census = [(*place, number) for place, number in places.items()]
    return units


def add_facts(units: Mapping[str, Unit], reading: Reading, discovery: Discovery, rules: Iterable[Rule]) -> None:
    """Sets the `facts` of each unit; those of a file without templates are the digest of its bytes."""
    whole = types_read_whole(rules)
    templates: dict[str, list[Template]] = {}
    for template in reading.templates:
        templates.setdefault(file_of(template.stack.address), []).append(template)
    for found in discovery.found:
        if (unit := units.get(found.shown)) is not None:
            mine = templates.get(unit.name, [])
            unit.facts = proof_facts(mine, whole) if mine else reading.opened.get(found.real, "")


def _homes(reading: Reading, found: Iterable[str]) -> dict[str, str] | None:
    """The unit of each file; None where a file is of two, or not among those found, or holds parts of others."""
    home: dict[str, str] = {}
    known = set(found)
    for template in reading.templates:
        unit, file = file_of(template.stack.address), template.document.path
        includes = INCLUDE in template.document.text  # a part of it is in a file that may be a template of its own
        if includes or home.setdefault(file, unit) != unit or file not in known or unit not in known:
            return None
        # Which file lies at an address is said by the project, or guessed from all files there are.
        for logical_id in nested_stacks(template.stack):
            if template_of(template.stack, logical_id, Path(), {}).address is not None:
                return None
    for file in known:
        home.setdefault(file, file)
    return home


def _wanted(templates: Iterable[Template], paths: Mapping[str, Path]) -> Iterator[str]:
    for template in templates:
        folder = paths[template.document.path].parent
        for logical_id in nested_stacks(template.stack):
            path = template_of(template.stack, logical_id, folder, {}).path
            if path is not None and "\0" not in str(path):
                yield str(path.resolve())


def _sort(reading: Reading, discovery: Discovery, home: Mapping[str, str], units: Mapping[str, Unit]) -> bool:
    """Gives each unit its problems and gaps; False where one is neither of a unit nor of all of them together."""
    for problem in reading.problems:
        if problem.path == PARAMETERS or problem in discovery.problems:
            continue
        if problem.path not in home:
            return False
        units[home[problem.path]].problems.append(problem)
    for gap in reading.gaps:
        if gap.path not in home:
            return False
        units[home[gap.path]].gaps.append(gap)
    return True


def census_of(units: Iterable[Unit]) -> Census:
    """The counts of all units as one."""
    census = Census()
    for unit in units:
        for type_name, account, region, number in unit.census:
            census.count(type_name, (account, region), number)
    return census


__all__ = ["Unit", "add_facts", "census_of", "units_of"]
