"""`tenantproof version`: the version, and with `--verbose` the date and source of every fact that ships with it."""

from __future__ import annotations

import argparse

from scanner._version import __version__


def run(options: argparse.Namespace) -> int:
    """Prints it and returns 0."""
    print(f"tenantproof {__version__}")
    if options.verbose:
        from scanner.model.data_age import data_dates

        rows = [
            (each.name, each.date.isoformat(), f"{each.age_limit_days} days", each.source)
            for each in data_dates().values()
        ]
        rows = [("data", "of", "good for", "source"), *rows]
        widths = [max(len(row[column]) for row in rows) for column in range(3)]
        for row in rows:
            print("  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[3]]))
    return 0
