"""What the project's own configuration says of a scan, for whoever starts one: the command line, CDK, a Hook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from scanner.base.problem import Problem, ProblemsError
from scanner.config.configuration import settle
from scanner.config.loading import ConfigFile, load_config_near
from scanner.options import Options, SeverityHere


def options_near(
    paths: Sequence[Path], given: Mapping[str, Any] | None = None, preset: str | None = None, stage: str | None = None
) -> Options:
    """The options that hold for these paths: `given` first, then the file found by walking up from them.

    What is wrong with the file stands in `problems`, for the report to tell; then nothing is judged.
    """
    problems: list[Problem] = []
    told = {} if given is None else given
    file, settings = ConfigFile(), settle(ConfigFile(), told, preset)
    try:
        file = load_config_near(paths)
        settings = settle(file, told, preset)
    except ProblemsError as error:
        problems += error.problems
    values = {key: setting.value for key, setting in settings.items()}
    stages = values.get("stages", {})
    parameters = {**values.get("parameters", {}), **stages.get(stage, {})}
    return Options(
        paths=tuple(paths),
        rules=[_from(file, each) for each in values.get("rules", ())],
        select=values.get("select", ()),
        skip=values.get("skip", ()),
        frameworks=values.get("frameworks", ()),
        parameters=parameters,
        templates=values.get("templates", {}),
        # What is configured is said of the whole project, of which this may be one template.
        optional=frozenset(parameters),
        stage=stage,
        staged=stage in stages,
        exclude=values.get("exclude", ()),
        fail_on=values["fail_on"],
        unknown_fails=values.get("unknown_fails"),
        severities={
            rule: SeverityHere(each["severity"], each["because"].strip())
            for rule, each in values.get("severities", {}).items()
        },
        baseline=_from(file, values["baseline"]) if "baseline" in values else None,
        rules_as_of=values.get("rules_as_of"),
        rule_pages=values.get("rule_pages"),
        problems=problems,
    )


def _from(file: ConfigFile, path: str | Path) -> Path:
    """A path of the file is text and counts from the file's folder; one that was given is a path already."""
    return path if isinstance(path, Path) else file.folder / path
