"""`scan --since`: the change is judged by the configuration, exceptions and tenancy of the revision, not by its own."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from scanner.acceptance.file_names import EXCEPTIONS
from scanner.base.approval import approved_by_another
from scanner.base.git import GitRepository
from scanner.base.problem import Problem, ProblemsError
from scanner.base.repository import repository_root
from scanner.change_gate.loosening import (
    Loosened,
    exceptions_loosened,
    rules_loosened,
    settings_loosened,
    tenancy_loosened,
)
from scanner.config.loading import load_config_near
from scanner.engine.apply_exceptions import exceptions_near
from scanner.engine.builtin_rules import GATE_NOT_LOOSENED, file_finding
from scanner.findings.finding import Finding
from scanner.inputs.revision import open_revision
from scanner.language.alias_index import AliasIndex
from scanner.language.library import load_library
from scanner.model.location import Location
from scanner.options import Options
from scanner.scanning import Scan, scan, selected, severities_of
from scanner.tenancy.loading import load_tenancy_near

# What a configuration says of a scan; all else was told on the command line.
_CONFIGURED = (
    "rules", "select", "skip", "frameworks", "parameters", "optional", "stage", "staged", "exclude", "fail_on",
    "unknown_fails", "severities", "rules_as_of",
)  # fmt: skip

Near = Callable[[Sequence[Path]], Options]


def judge_change(chosen: Options, since: str, near: Near, *, allow_loosening: bool = False) -> Scan:
    """Judges the paths of `chosen` by what lies in the revision.

    `near` gives the options that hold for paths. Where the revision has no such file that of the change counts, unless
    it loosens something. What the change loosens fails, but where it is approved by another than its author and
    `allow_loosening` says so.
    """
    try:
        with open_revision(since, chosen.paths, cwd=Path.cwd()) as revision:
            return _judged(chosen, since, near, revision.places, allow_loosening)
    except ProblemsError:
        # The scan itself says what is wrong with the revision.
        return scan(options=replace(chosen, since=since))


def _judged(chosen: Options, since: str, near: Near, places: Sequence[Path], allow: bool) -> Scan:
    base = near(places)
    base = replace(base, rules=[_in_revision(each, chosen.paths, places) for each in base.rules])
    if base.problems:
        hint = f"mend it in a change of its own; a change is judged by what `{since}` says"
        broken = [replace(each, path=f"{each.path} of {since}", hint=each.hint or hint) for each in base.problems]
        return scan(options=replace(chosen, since=since, problems=(*chosen.problems, *broken)))
    if any(problem.level == "error" for problem in chosen.problems):
        return scan(options=replace(chosen, since=since))
    as_of = chosen.as_of or datetime.datetime.now(datetime.UTC).date()
    try:
        loosened = [*_loosened(chosen, base, places, as_of)]
    except ProblemsError as error:
        problems = (*chosen.problems, *error.problems)
        return scan(options=replace(chosen, since=since, problems=problems))
    authors = _authors(chosen.paths, since)
    refused = [each for each in loosened if not (allow and approved_by_another(each.approved_by, authors))]
    granted = [
        Problem(each.path, f"loosened, approved by {each.approved_by}: {each.what}", kind="config", level="warning")
        for each in loosened
        if each not in refused
    ]
    chosen = replace(chosen, since=since, problems=(*chosen.problems, *granted))
    configured = load_config_near(places).folder != Path()
    values: dict[str, Any] = {name: getattr(base, name) for name in _CONFIGURED} if configured or refused else {}
    # An address of the change that the revision does not know makes more be read.
    values["templates"] = {**chosen.templates, **base.templates}
    if loosened and not refused:
        file = load_config_near(chosen.paths)
        agreed = approved_by_another(file.values.get("approved_by"), authors)
        # Who approved of an exception or of a trust approved of no other configuration.
        return scan(options=chosen if agreed else replace(chosen, **values))
    judged = replace(chosen, **values, projects=_projects(places, chosen.paths, refused))
    return scan(options=judged, brought=[_finding(each, allow=allow, authors=authors) for each in refused])


def _in_revision(rules: Path, paths: Sequence[Path], places: Sequence[Path]) -> Path:
    """Rules of the repository that the command line names, as the revision has them; others as they are."""
    root, there = (repository_root(each[0].resolve()) for each in (paths, places))
    real = rules.resolve()
    if root is None or there is None or not real.is_relative_to(root.resolve()):
        return rules
    before = there / real.relative_to(root.resolve())
    return before if before.exists() else rules


def _projects(places: Sequence[Path], paths: Sequence[Path], refused: Sequence[Loosened]) -> tuple[Path, ...]:
    """Where exceptions and tenancy are looked for: in the revision, or in the change where that adds them first."""
    if refused or load_tenancy_near(places).source is not None:
        return tuple(places)
    return tuple(paths) if load_tenancy_near(paths).source is not None else tuple(places)


def _loosened(chosen: Options, base: Options, places: Sequence[Path], as_of: datetime.date) -> Sequence[Loosened]:
    """Raises ProblemsError where one of the files cannot be read."""
    file = load_config_near(chosen.paths)
    by = file.values.get("approved_by")
    path = next((place.partition(":")[0] for place in file.places.values()), "tenantproof.yaml")
    libraries = [
        load_library(each.rules, shipped=not each.only_rules, examples=False, frameworks=each.frameworks)
        for each in (base, chosen)
    ]
    problems: list[Problem] = []
    rules = [selected(library, each, problems) for library, each in zip(libraries, (base, chosen), strict=True)]
    found = [*settings_loosened(base, chosen, (rules[0], rules[1]), path, by)]
    found += rules_loosened(base.rules, chosen.rules, by)
    severities = severities_of(libraries[1])
    names = AliasIndex(libraries[1].rules)
    before, now = (exceptions_near(each, as_of, severities, names) for each in (places, chosen.paths))
    found += exceptions_loosened(before.accepted, now.accepted)
    if now.templates and not before.templates:
        found.append(Loosened("exceptions in templates count (`templates: allowed`)", EXCEPTIONS[0], by))
    old, new = (load_tenancy_near(each) for each in (places, chosen.paths))
    if old.source is not None or new.source is not None:
        raw: list[Mapping[str, object]] = [each.raw or {} for each in (old, new)]
        found += tenancy_loosened(raw[0], raw[1], "tenancy.yaml", by, rules[0])
    return found


def _authors(paths: Sequence[Path], since: str) -> frozenset[str]:
    """Names and addresses of whoever wrote the change, in small letters."""
    root = repository_root(paths[0].resolve())
    return GitRepository(root).authors(since) if root is not None else frozenset()


def _finding(each: Loosened, *, allow: bool, authors: frozenset[str]) -> Finding:
    why = "nobody approved it"
    if each.approved_by is not None:
        why = (
            f"{each.approved_by} approved it and is its author"
            if not approved_by_another(each.approved_by, authors)
            else ""
        )
    if not allow:
        why = f"{why}, and the run has no --allow-loosening" if why else "the run has no --allow-loosening"
    message = f"this change loosens what it is judged by: {each.what}; {why}"
    return file_finding(GATE_NOT_LOOSENED, each.path, message, Location(each.path), each.what)


__all__ = ["judge_change"]
