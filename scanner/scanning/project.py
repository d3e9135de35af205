"""What a scan reads before it judges: the project's own files, the inputs, and the tenancy over them."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from pathlib import Path

from scanner.base.net import Net
from scanner.base.problem import Problem, ProblemsError
from scanner.base.record import record
from scanner.base.repository import repository_root
from scanner.engine.apply_exceptions import Exceptions, exceptions_near
from scanner.findings.report_document import Severity
from scanner.inputs.cloudformation.settings import Settings
from scanner.inputs.discovery import Discovery, discover, discover_contents
from scanner.inputs.reading import Reading, read_inputs
from scanner.language.alias_index import AliasIndex
from scanner.language.library import Library, load_library
from scanner.model.dependency_trace import Trace
from scanner.options import Options
from scanner.scanning.rule_selection import severities_of
from scanner.tenancy.inference.evidence import Evidence
from scanner.tenancy.inference.infer import infer_from
from scanner.tenancy.loading import load_tenancy_near
from scanner.tenancy.tenancy import NO_TENANCY, Tenancy


@record
class Project:
    """What is judged by, and what of it could not be read.

    `severities` are those of every rule there is, `names` what others call the rules.
    """

    library: Library
    tenancy: Tenancy
    exceptions: Exceptions
    problems: Sequence[Problem]
    severities: Mapping[str, Severity]
    names: AliasIndex


def load_project(chosen: Options, paths: Sequence[Path], as_of: datetime.date, net: Net) -> Project:
    """The rules, the tenancy and the exceptions near the paths, or near the project that the options name.

    Where the scanner fails on exceptions, all is judged without them: more is said then, and nothing less.
    """
    problems: list[Problem] = []
    library, tenancy = Library(), NO_TENANCY
    paths = chosen.starts(paths)
    try:
        library = load_library(
            chosen.rules, shipped=not chosen.only_rules, examples=False, frameworks=chosen.frameworks
        )
    except ProblemsError as error:
        problems += error.problems
    try:
        tenancy = load_tenancy_near(paths)
    except ProblemsError as error:
        problems += error.problems
    exceptions = Exceptions()
    severities, names = severities_of(library), AliasIndex(library.rules)
    try:
        exceptions = net.run("exceptions", lambda: exceptions_near(paths, as_of, severities, names), exceptions)
    except ProblemsError as error:
        problems += error.problems
    return Project(library, tenancy, exceptions, problems, severities, names)


def discovered(chosen: Options, paths: Sequence[Path]) -> Discovery:
    """The inputs at the paths, or what the options give in their stead."""
    cwd = Path.cwd()
    if chosen.contents is None:
        return discover(paths, exclude=chosen.exclude, cwd=cwd, detached=chosen.detached, unnamed=chosen.unnamed)
    return discover_contents(paths[0], chosen.contents, cwd=cwd)


def settings_of(options: Options, tenancy: Tenancy) -> Settings:
    """How templates are read under these options."""
    return Settings(
        options.parameters,
        options.strict_parameters,
        options.account or tenancy.account,
        options.region or tenancy.region,
        optional=options.optional,
        stage=options.stage,
        staged=options.staged,
        cache=options.cache,
        sql=tenancy.source is not None,
        database=tenancy.database,
        partial_plan=options.partial_plan,
        source=options.source,
        templates=options.templates,
        contents={} if options.contents is None else {options.paths[0].resolve(): options.contents},
    )


def read_discovered(
    chosen: Options, discovery: Discovery, tenancy: Tenancy, trace: Trace | None = None
) -> tuple[Reading, Tenancy, tuple[Evidence, ...]]:
    """What was found holds, and the tenancy over it; what could not be read stands in the reading's problems."""
    reading = read_inputs(discovery, settings_of(chosen, tenancy), trace)
    policies = tenancy.session_policies
    if policies and tenancy.folder is not None:
        from scanner.inputs.session_policies import read_session_policies

        resources, complaints = read_session_policies(_as_scanned(tenancy.folder, chosen), policies)
        reading.inventory.add(resources)
        reading.problems += complaints
    return (reading, *_over(tenancy, reading))


def _as_scanned(folder: Path, chosen: Options) -> Path:
    """The folder of the tenancy, in the files that are scanned where it speaks from a revision of them.

    What a broker passes is no judge of a change but part of it.
    """
    if not chosen.projects:
        return folder
    here, there = (repository_root(each[0].resolve()) for each in (chosen.paths, chosen.projects))
    if here is None or there is None or not folder.resolve().is_relative_to(there.resolve()):
        return folder
    return here / folder.resolve().relative_to(there.resolve())


def _over(tenancy: Tenancy, reading: Reading) -> tuple[Tenancy, tuple[Evidence, ...]]:
    """The tenancy for what was read: the declared one, else what the files show of one, with its evidence."""
    if tenancy.source is not None:
        return tenancy.over(reading.inventory), ()
    net = Net()
    texts = [template.document.text for template in reading.templates]
    inferred = net.run("tenancy", lambda: infer_from(reading.inventory, texts), None)
    reading.problems += net.problems
    reading.crashes += net.crashes
    if inferred is None:
        return tenancy, ()
    return inferred.tenancy.over(reading.inventory), inferred.evidence


@record
class Gathered:
    """What a scan of the same options reads."""

    discovery: Discovery
    reading: Reading
    tenancy: Tenancy


def gather(chosen: Options) -> Gathered:
    """What a scan would read; what is wrong with it stands in the reading's problems. Raises ProblemsError."""
    tenancy = load_tenancy_near(chosen.starts(chosen.paths))
    discovery = discovered(chosen, chosen.paths)
    reading, tenancy, _ = read_discovered(chosen, discovery, tenancy)
    reading.problems += tenancy.notes
    return Gathered(discovery, reading, tenancy)


__all__ = ["Gathered", "Project", "discovered", "gather", "load_project", "read_discovered", "settings_of"]
