"""`tenantproof diff`: what is new, fixed and unchanged between two reports."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from typing import cast

from scanner.findings.baseline import read_baseline, read_findings
from scanner.findings.comparison import Comparison, Known, compare, known_of, paths_read
from scanner.findings.document import SCHEMA, FindingDocument, ReportDocument
from scanner.findings.gate import Threshold, reaches
from scanner.text.problem import Problem, Problems
from scanner.text.terminal import printable

FORMS = ("text", "json")
DIFF = "tenantproof-diff/1"


def run(options: argparse.Namespace) -> int:
    """1 where a deviation at or above `--fail-on` is new. Raises Problems."""
    before = read_baseline(options.old)
    report = cast("ReportDocument", read_findings(options.new, (SCHEMA,)))
    try:
        now = [known_of(finding) for finding in report["findings"]]
        found = compare(before, now, read=paths_read(report), rules=report["rules"])
        pairs = zip(report["findings"], found.states, strict=True)
        new = [finding for finding, state in pairs if state == "new"]
        stops = any(_stops(finding, options.fail_on) for finding in new)
        if options.format == "json":
            text = _json(new, found, exit_code=int(stops))
        else:
            text = _text(new, found, options.fail_on, exit_code=int(stops))
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        message = f"is not a whole report: {type(error).__name__} at {error}"
        raise Problems([Problem(options.new.as_posix(), message, kind="config")]) from None
    sys.stdout.write(text)
    return int(stops)


def _stops(finding: FindingDocument, fail_on: Threshold) -> bool:
    """As for a scan: of what a framework made only the worst counts."""
    threshold = fail_on
    if finding["resource"]["origin"] == "framework" and threshold != "never":
        threshold = "critical"
    return finding["verdict"] == "FAIL" and reaches(finding["severity"], threshold)


def _json(new: Sequence[FindingDocument], found: Comparison, *, exit_code: int) -> str:
    """One finding a line; new ones are whole, of the others the report OLD has the rest."""
    lists = {
        "new": [json.dumps(each) for each in new],
        "fixed": [_line(each) for each in found.fixed],
        "changed": [_line(each) for each in found.changed],
        "unseen": [_line(each) for each in found.unseen],
    }
    rendered = "".join(
        f'"{name}": [{chr(10) if lines else ""}{f",{chr(10)}".join(lines)}{chr(10) if lines else ""}],\n'
        for name, lines in lists.items()
    )
    head = f'{{\n"schema": "{DIFF}",\n"exit_code": {exit_code},\n'
    return f'{head}{rendered}"unchanged": {found.count("known")}\n}}\n'


def _line(known: Known) -> str:
    fields = ("id", "rule", "severity", "verdict", "address")
    return json.dumps({name: getattr(known, name) for name in fields})


def _text(new: Sequence[FindingDocument], found: Comparison, fail_on: Threshold, *, exit_code: int) -> str:
    lines = []
    for finding in new:
        known = known_of(finding)
        lines.append(_row("new", known))
        lines.append(f"  {finding.get('message', '')}")
    lines += [_row("fixed", each) for each in found.fixed]
    lines += [_row("changed", each) for each in found.changed]
    lines += [_row("not looked at", each) for each in found.unseen]
    counts = [f"{len(new):,} new", f"{len(found.fixed):,} fixed", f"{found.count('known'):,} unchanged"]
    if found.changed:
        counts.append(f"{len(found.changed):,} changed")
    if found.unseen:
        counts.append(f"{len(found.unseen):,} not looked at by the newer report")
    lines.append(", ".join(counts))
    because = "a new deviation" if exit_code else "no new deviation"
    lines.append(f"exit code {exit_code}: {because} at or above {fail_on}")
    return "".join(f"{printable(line)}\n" for line in lines)


def _row(word: str, known: Known) -> str:
    undetermined = " (not determined)" if known.verdict == "UNKNOWN" else ""
    return f"{word}: {known.severity} {known.rule} {known.address}{undetermined}"


__all__ = ["DIFF", "FORMS", "run"]
