"""What the command line and the project's configuration say together."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from scanner.cli.parameters import Given, given_parameters
from scanner.config.configuration import Setting, settle
from scanner.config.loading import ConfigFile, load_config_near
from scanner.scanning import Options, SeverityHere
from scanner.text.problem import Problem, Problems

_PLAIN = ("rules", "select", "skip", "exclude", "fail_on", "unknown_fails", "baseline")


def judging(options: argparse.Namespace) -> Options:
    """The options of a command that judges. What is wrong with them stands in `problems`, for the report to tell."""
    paths = tuple(options.paths) or (Path(),)
    problems: list[Problem] = []
    given, file, settings = Given({}), ConfigFile(), settle(ConfigFile(), _given(options), options.preset)
    try:
        given = given_parameters(options.parameters, options.stage)
    except Problems as error:
        problems += error.problems
    try:
        file = load_config_near(paths)
        settings = settle(file, _given(options), options.preset)
    except Problems as error:
        problems += error.problems
    values = {key: setting.value for key, setting in settings.items()}
    stages = values.get("stages", {})
    configured = {**values.get("parameters", {}), **stages.get(options.stage, {})}
    return Options(
        paths=paths,
        rules=[_from(file, each) for each in values.get("rules", ())],
        select=values.get("select", ()),
        skip=values.get("skip", ()),
        frameworks=values.get("frameworks", ()),
        parameters={**configured, **given.values},
        # What is configured is said of the whole project, of which this may be one template.
        optional=given.optional | (configured.keys() - given.values.keys()),
        stage=options.stage,
        staged=given.staged or options.stage in stages,
        strict_parameters=options.strict_parameters,
        strict_defaults=options.strict_defaults,
        account=options.account,
        region=options.region,
        exclude=values.get("exclude", ()),
        fail_on=values["fail_on"],
        unknown_fails=values.get("unknown_fails"),
        severities={
            rule: SeverityHere(each["severity"], each["because"].strip())
            for rule, each in values.get("severities", {}).items()
        },
        baseline=_from(file, values["baseline"]) if "baseline" in values else None,
        as_of=options.as_of,
        problems=problems,
    )


def settings_near(paths: Sequence[Path], preset: str | None) -> dict[str, Setting]:
    """What holds for a scan of the paths that is told nothing else. Raises `Problems`."""
    return settle(load_config_near(paths), {}, preset)


def _given(options: argparse.Namespace) -> Mapping[str, Any]:
    """Only what was said on this command line. Any: argparse gives whatever the option holds."""
    given = {key: getattr(options, key, None) for key in _PLAIN}
    given["frameworks"] = options.framework
    return {key: value for key, value in given.items() if value}


def _from(file: ConfigFile, path: str | Path) -> Path:
    """A path of the file is text and counts from the file's folder; one of the command line is a path already."""
    return path if isinstance(path, Path) else file.folder / path


__all__ = ["judging", "settings_near"]
