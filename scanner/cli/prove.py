"""`tenantproof prove`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from scanner.cli.parameters import given_parameters
from scanner.cli.rendering import destinations, write
from scanner.outputs.proofs import render
from scanner.scanning import Options, scan


def run(options: argparse.Namespace) -> int:
    targets = destinations(options.format)
    given = given_parameters(options.parameters, options.stage)
    result = scan(
        options=Options(
            paths=tuple(options.paths) or (Path(),),
            rules=options.rules,
            parameters=given.values,
            optional=given.optional,
            stage=options.stage,
            staged=given.staged,
            strict_parameters=options.strict_parameters,
            account=options.account,
            region=options.region,
            exclude=options.exclude,
            fail_on=options.fail_on,
            unknown_fails=options.unknown_fails,
            as_of=options.as_of,
            proofs_of=tuple(options.principal) or ("*",),
        )
    )
    if targets == [("text", None)]:
        for line in render(result.report, explain=options.explain):
            print(line)
        targets = []
    write(result.report, targets, options, result.crashes)
    sys.stdout.flush()
    return result.exit_code
