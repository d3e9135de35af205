"""`tenantproof report`: another format of a report that was made earlier."""

from __future__ import annotations

import argparse
import json
from typing import cast

from scanner.cli.rendering import destinations, write
from scanner.findings.document import SCHEMA, ReportDocument
from scanner.text.problem import Problem, Problems


def run(options: argparse.Namespace) -> int:
    """Renders, and judges nothing: the exit code is 0 once that is done."""
    targets = destinations(options.format)
    shown = options.report.as_posix()
    try:
        data = json.loads(options.report.read_bytes())
    except OSError as error:
        raise Problems([Problem(shown, f"cannot be read: {(error.strerror or str(error)).lower()}")]) from None
    except (ValueError, RecursionError):
        raise Problems([Problem(shown, "is not a JSON document")]) from None
    if not isinstance(data, dict) or data.get("schema") != SCHEMA:
        raise Problems([Problem(shown, f"is not a report of the form `{SCHEMA}`")])
    report = cast("ReportDocument", data)
    try:
        write(report, targets, options, ())
    except (KeyError, TypeError, AttributeError, ValueError, IndexError) as error:
        raise Problems([Problem(shown, f"is not a whole report: {type(error).__name__} at {error}")]) from None
    return 0
