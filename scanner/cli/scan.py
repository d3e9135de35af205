"""`tenantproof scan`."""

from __future__ import annotations

import argparse
from pathlib import Path

from scanner.cli.parameters import Given, given_parameters
from scanner.cli.baseline import write_baseline
from scanner.cli.rendering import destinations, write
from scanner.scanning import Options, scan
from scanner.text.problem import Problem, Problems


def run(options: argparse.Namespace) -> int:
    targets = destinations(options.format)
    given = Given({})
    problems: tuple[Problem, ...] = ()
    try:
        given = given_parameters(options.parameters, options.stage)
    except Problems as error:
        problems = error.problems
    result = scan(
        options=Options(
            paths=tuple(options.paths) or (Path(),),
            rules=options.rules,
            select=options.select,
            skip=options.skip,
            frameworks=options.framework,
            parameters=given.values,
            optional=given.optional,
            stage=options.stage,
            staged=given.staged,
            strict_parameters=options.strict_parameters,
            strict_defaults=options.strict_defaults,
            account=options.account,
            region=options.region,
            exclude=options.exclude,
            fail_on=options.fail_on,
            unknown_fails=options.unknown_fails,
            as_of=options.as_of,
            problems=problems,
            revision=options.git,
            baseline=options.baseline,
        )
    )
    write(result.report, targets, options, result.crashes)
    if options.write_baseline is not None:
        write_baseline(result.report, options.write_baseline, quiet=options.quiet)
    return result.exit_code
