"""`tenantproof inventory`: technology assets, network map, access review, and what records reads."""

from __future__ import annotations

import argparse
import json
import sys
from codecs import BOM_UTF8
from collections.abc import Sequence
from pathlib import Path

from scanner.assets.document import inventory_of
from scanner.base.problem import Problem, ProblemsError, did_you_mean
from scanner.base.terminal import printable
from scanner.cli.parameters import given_parameters
from scanner.cli.rendering import save
from scanner.findings.report_document import InventoryDocument
from scanner.options import Options
from scanner.outputs.shared.inventory_tables import TABLES, as_csv
from scanner.outputs.shared.network_map import svg
from scanner.scanning import gather

_NAMES = ("json", "csv", "flows", "access", "reads", "svg")
_TABLE = {"csv": "assets", "flows": "flows", "access": "access", "reads": "reads"}
UNREADABLE, FAILED = 2, 3


def run(options: argparse.Namespace) -> int:
    """2 where something could not be read: what could be is written all the same. Raises ProblemsError."""
    targets = _targets(options.format or ["json"])
    given = given_parameters(options.parameters, options.stage)
    chosen = Options(
        paths=tuple(options.paths) or (Path(),),
        parameters=given.values,
        optional=given.optional,
        staged=given.staged,
        stage=options.stage,
        account=options.account,
        region=options.region,
    )
    gathered = gather(chosen)
    reading = gathered.reading
    for problem in reading.problems:
        if problem.level == "error" or not options.quiet:
            print(printable(f"{problem.level}: {problem}"), file=sys.stderr)
    if not reading.inputs:
        raise ProblemsError([Problem(", ".join(map(str, chosen.paths)), "nothing to list: no input was found")])
    document = inventory_of(reading.inventory, gathered.tenancy.over(reading.inventory))
    for name, path in targets:
        _write(written(name, document), name, path)
    if reading.crashes:
        return FAILED
    return UNREADABLE if any(each.level == "error" for each in reading.problems) else 0


def written(name: str, document: InventoryDocument) -> str:
    """The inventory in one of its formats."""
    if name == "json":
        return json.dumps(document, indent=1, ensure_ascii=True) + "\n"
    return svg(document) + "\n" if name == "svg" else as_csv(TABLES[_TABLE[name]](document))


def _targets(formats: Sequence[str]) -> list[tuple[str, Path | None]]:
    targets: list[tuple[str, Path | None]] = []
    for text in formats:
        name, _, file = text.partition("=")
        if name not in _NAMES:
            hint = did_you_mean(name, _NAMES) or f"formats are {', '.join(_NAMES)}"
            raise ProblemsError(
                [Problem("--format", f"`{name}` is no format of an inventory", hint=hint, kind="config")]
            )
        targets.append((name, Path(file) if file else None))
    if sum(path is None for _, path in targets) > 1:
        raise ProblemsError([Problem("--format", "only one format can go to standard output", kind="config")])
    return targets


def _write(text: str, name: str, path: Path | None) -> None:
    content = text.encode("utf-8", "backslashreplace")
    if path is None:
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        sys.stdout.flush()
    else:
        # Excel reads a file of CSV as UTF-8 where it begins so.
        save([BOM_UTF8 + content if name in _TABLE else content], path)
