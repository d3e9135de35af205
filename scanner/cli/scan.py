"""`tenantproof scan`."""

from __future__ import annotations

import argparse
from dataclasses import replace

from scanner.cli.baseline import write_baseline
from scanner.cli.configuration import judging
from scanner.cli.rendering import destinations, write
from scanner.scanning import scan


def run(options: argparse.Namespace) -> int:
    targets = destinations(options.format)
    result = scan(options=replace(judging(options), revision=options.git))
    write(result.report, targets, options, result.crashes)
    if options.write_baseline is not None:
        write_baseline(result.report, options.write_baseline, quiet=options.quiet)
    return result.exit_code
