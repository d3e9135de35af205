"""What the command line and the project's configuration say together."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from scanner._version import __version__
from scanner.base.cache import Cache, cache_folder
from scanner.base.problem import Problem, ProblemsError
from scanner.cli.parameters import Given, given_parameters
from scanner.config.configuration import Setting, settle
from scanner.config.loading import load_config_near
from scanner.options import Options
from scanner.project_options import options_near
from scanner.shipped_data import build

_ACCOUNT = re.compile(r"[0-9]{12}")
_REGION = re.compile(r"[a-z]{2,8}(?:-[a-z]{2,12}){1,3}-[0-9]{1,2}")
_PLAIN = ("rules", "select", "skip", "exclude", "fail_on", "unknown_fails", "baseline")


def judging(options: argparse.Namespace) -> Options:
    """The options of a command that judges. What is wrong with them stands in `problems`, for the report to tell."""
    paths = tuple(options.paths) or (Path(),)
    problems: list[Problem] = []
    given = Given({})
    try:
        given = given_parameters(options.parameters, options.stage)
    except ProblemsError as error:
        problems += error.problems
    problems += _misspelt(options)
    configured = options_near(paths, _given(options), options.preset, options.stage)
    return replace(
        configured,
        parameters={**configured.parameters, **given.values},
        optional=given.optional | (configured.optional - given.values.keys()),
        staged=given.staged or configured.staged,
        strict_parameters=options.strict_parameters,
        strict_defaults=options.strict_defaults,
        partial_plan=options.partial_plan,
        source=options.source,
        account=options.account,
        region=options.region,
        as_of=options.as_of,
        cache=_cache(options),
        problems=[*problems, *configured.problems],
    )


def _misspelt(options: argparse.Namespace) -> Iterator[Problem]:
    """An account or region that can be none ("Regions and endpoints", "AWS account identifiers")."""
    if options.account is not None and not _ACCOUNT.fullmatch(options.account):
        yield Problem("--account", f"`{options.account[:60]}` is no account: it has twelve digits", kind="config")
    if options.region is not None and not _REGION.fullmatch(options.region):
        yield Problem("--region", f"`{options.region[:60]}` is no region, such as `eu-west-1`", kind="config")


def judging_near(options: argparse.Namespace) -> Callable[[Sequence[Path]], Options]:
    """What the same command line and the configuration of other paths say together."""
    given = given_parameters(options.parameters, options.stage)

    def near(paths: Sequence[Path]) -> Options:
        found = options_near(paths, _given(options), options.preset, options.stage)
        return replace(
            found,
            parameters={**found.parameters, **given.values},
            optional=given.optional | (found.optional - given.values.keys()),
            staged=given.staged or found.staged,
        )

    return near


def _cache(options: argparse.Namespace) -> Cache | None:
    folder = None if options.no_cache else cache_folder()
    # The version alone does not tell two commits of it apart.
    return Cache(folder, f"{__version__} {build()}") if folder is not None else None


def settings_near(paths: Sequence[Path], preset: str | None) -> dict[str, Setting]:
    """What holds for a scan of the paths that is told nothing else. Raises `ProblemsError`."""
    return settle(load_config_near(paths), {}, preset)


def _given(options: argparse.Namespace) -> Mapping[str, Any]:
    """Only what was said on this command line. Any: argparse gives whatever the option holds."""
    given = {key: getattr(options, key, None) for key in _PLAIN}
    given["frameworks"] = options.framework
    return {key: value for key, value in given.items() if value}


__all__ = ["judging", "judging_near", "settings_near"]
