"""`tenantproof history`: the trend over recorded audits, what is open and since when."""

from __future__ import annotations

import argparse
import datetime
import json
import sys

from scanner.base.problem import Problem, ProblemsError
from scanner.base.terminal import columns, printable
from scanner.findings.report_document import SEVERITIES
from scanner.history.store import History, Run, Seen
from scanner.outputs.shared.vocabulary import count

_DEFAULT_SHOWN = 20


def run(options: argparse.Namespace) -> int:
    """Raises ProblemsError."""
    with History(options.history, create=False) as history:
        if options.action == "export":
            return _export(history, options)
        if options.action == "prune":
            return _prune(history, options)
        scope = _scope(history, options.scope)
        runs = history.runs(scope)
        findings = history.findings(scope, still_open=not options.all)
        if options.format == "json":
            sys.stdout.write(_json(scope, runs, findings))
        else:
            for line in _text(scope, runs, findings, everything=options.all):
                print(printable(line))
    return 0


def _scope(history: History, asked: str | None) -> str:
    scopes = history.scopes()
    if asked is not None and asked in scopes:
        return asked
    if asked is None and len(scopes) == 1:
        return scopes[0]
    if not scopes:
        raise ProblemsError([Problem("history", "no audit was recorded yet", kind="config")])
    names = ", ".join(f"`{each}`" for each in scopes)
    message = f"`{asked}` was never audited" if asked is not None else "holds several scopes"
    raise ProblemsError([Problem("--scope", message, hint=f"one of {names}", kind="config")])


def _text(scope: str, runs: list[Run], findings: list[Seen], *, everything: bool) -> list[str]:
    rows = [["audit", "exit", *SEVERITIES, "unknown", "accepted", "new", "fixed", "gone", "mean age", ""]]
    rows += [
        [
            each.at[:16].replace("T", " "),
            str(each.exit_code),
            *(f"{each.open[severity]:,}" for severity in SEVERITIES),
            f"{each.undetermined:,}",
            f"{each.accepted:,}",
            f"{each.new:,}",
            f"{each.fixed:,}",
            f"{each.gone:,}",
            f"{each.mean_age_days:,.0f} d",
            "not all was read" if each.partial else "",
        ]
        for each in runs[-_DEFAULT_SHOWN:]
    ]
    lines = [f"{scope}: {count(len(runs), 'audit')}", "", *_table(rows)]
    shown = findings if everything else findings[:_DEFAULT_SHOWN]
    lines += ["", f"open, the oldest first: {sum(each.fixed is None for each in findings):,}"]
    for each in shown:
        until = f", {'gone' if each.gone else 'fixed'} {each.fixed}" if each.fixed else ""
        again = f", came back {each.reopened} times" if each.reopened else ""
        undetermined = " (unknown)" if each.verdict == "UNKNOWN" else ""
        lines.append(f"  {each.first}  {each.severity:<8} {each.rule} {each.address}{undetermined}{until}{again}")
    if len(shown) < len(findings):
        lines.append(f"  and {len(findings) - len(shown):,} more; --all shows them, and what was fixed")
    return lines


def _table(rows: list[list[str]]) -> list[str]:
    """Columns under each other; all but the first stand at the right."""
    widths = [max(columns(row[number]) for row in rows) for number in range(len(rows[0]))]
    return [
        "  ".join(
            cell + " " * (width - columns(cell)) if number == 0 else " " * (width - columns(cell)) + cell
            for number, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def _json(scope: str, runs: list[Run], findings: list[Seen]) -> str:
    document = {
        "schema": "tenantproof-history/1",
        "scope": scope,
        "runs": [
            {
                "at": each.at,
                "as_of": each.as_of,
                "exit_code": each.exit_code,
                "by": each.by,
                "commit": each.commit,
                "open": dict(each.open),
                "undetermined": each.undetermined,
                "accepted": each.accepted,
                "new": each.new,
                "fixed": each.fixed,
                "gone": each.gone,
                "partial": each.partial,
                "mean_age_days": each.mean_age_days,
                "report_digest": each.report_digest,
                "chain": each.chain,
            }
            for each in runs
        ],
        "findings": [{name: getattr(each, name) for name in Seen.__match_args__} for each in findings],
    }
    return json.dumps(document, indent=1) + "\n"


def _export(history: History, options: argparse.Namespace) -> int:
    from scanner.history.exporting import export_csv, export_parquet

    if (options.parquet is None) == (options.csv is None):
        raise ProblemsError([Problem("history export", "takes one of --parquet and --csv", kind="config")])
    made = export_csv(history, options.csv) if options.csv is not None else export_parquet(history, options.parquet)
    for path in made:
        print(printable(path.as_posix()))
    return 0


def _prune(history: History, options: argparse.Namespace) -> int:
    from scanner.reporting import clock

    today = clock().date()
    before = today - datetime.timedelta(days=round(365.25 * options.keep_years))
    gone = history.forget(options.scope, before)
    print(f"{count(gone, 'audit')} of before {before.isoformat()} forgotten")
    return 0
