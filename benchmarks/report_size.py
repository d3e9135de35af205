"""`python -m benchmarks.report_size`: the HTML report of many findings: its size, and how soon it is seen and searched.

Needs Chromium and the package `playwright`. "First view" is from the start of the navigation until the first section
has been laid out, "ready" until filters cover all findings, "searched" from typing a name until it is found.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from scanner.findings.report_document import SCHEMA, SEVERITIES, FindingDocument, ReportDocument, RuleDocument, Verdict
from scanner.outputs import render
from scanner.outputs.shared.render_options import RenderOptions

SIZES = (5_000, 121_000)
LAYERS = ("access", "backup", "compute", "encryption", "exposure", "identity", "logging", "network", "storage")
RULES = 140
ACCOUNTS = 60
# Of a hundred verdicts of a large first audit; the rest are deviations.
_VERDICTS: tuple[Verdict, ...] = ("UNKNOWN",) * 8 + ("SUPPRESSED",) * 2


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds and megabytes."""

    findings: int
    megabytes: float
    rendered: float
    first_view: float
    ready: float
    searched: float
    matches: str


def synthetic(findings: int) -> ReportDocument:
    """A report of open findings only, the worst case: what is met weighs less. The same for the same number."""
    rules = [_rule(number) for number in range(RULES)]
    found = [_finding(number) for number in range(findings)]
    counts = Counter(each["verdict"] for each in found)
    verdicts: tuple[Verdict, ...] = ("PASS", "FAIL", "UNKNOWN", "NOT_APPLICABLE", "SUPPRESSED")
    return {
        "schema": SCHEMA,
        "tool": {"name": "tenantproof", "version": "0", "rules_digest": "sha256:" + "0" * 64},
        "generated_at": "2026-11-22T10:00:00Z",
        "as_of": "2026-11-22",
        "options": {"fail_on": "high", "unknown_fails": "never"},
        "exit_code": 1,
        "run": {},
        "scope": {"accounts": [_account(number) for number in range(ACCOUNTS)], "regions": [], "left_out": []},
        "inputs": [{"kind": "snapshot", "path": "snapshot", "digest": "sha256:" + "1" * 64}],
        "tenancy": {"source": "none", "digest": None, "value": {}, "evidence": []},
        "summary": {
            "resources": findings,
            "rules": RULES,
            "verdicts": {verdict: counts[verdict] for verdict in verdicts},
        },
        "rules": {f"rule-{number:03}": rule for number, rule in enumerate(rules)},
        "findings": found,
        "proofs": [],
        "controls": [],
        "coverage": [],
        "errors": [],
    }


def _rule(number: int) -> RuleDocument:
    return {
        "title": f"Stores of kind {number} are kept as they must be",
        "severity": SEVERITIES[number % 4],
        "layer": LAYERS[number % len(LAYERS)],
        "why": "Whoever holds the key decides who reads the data.",
        "fix": "Set `SSESpecification` with a key of your own.",
        "references": ["https://docs.aws.amazon.com/"],
        "controls": [{"framework": "hipaa-security-rule", "id": "164.312(a)(2)(iv)", "basis": "ours"}],
    }


def _account(number: int) -> str:
    return f"{100000000000 + number * 7919:012}"


def _finding(number: int) -> FindingDocument:
    rule = number * 31 % RULES
    account = _account(number % ACCOUNTS)
    name = f"store-{number * 2654435761 % 2**32:08x}"
    arn = f"arn:aws:dynamodb:eu-central-1:{account}:table/{name}"
    verdict: Verdict = _VERDICTS[number % 100] if number % 100 < len(_VERDICTS) else "FAIL"
    detail = f"`dynamodb:DescribeTable` was denied in {account}"
    return {
        "id": f"{number * 11400714819323198485 % 2**64:016x}",
        "rule": f"rule-{rule:03}",
        "severity": SEVERITIES[rule % 4],
        "layer": LAYERS[rule % len(LAYERS)],
        "verdict": verdict,
        "resource": {
            "address": arn,
            "type": "AWS::DynamoDB::Table",
            "logical_id": name,
            "origin": "user",
            "construct_path": None,
            "arn": arn,
            "account": account,
            "region": "eu-central-1",
            "stack": f"stack-{number % 400}",
            "tenant": None,
        },
        "message": f"{name} is encrypted with a key that its account does not hold",
        "location": {"path": f"{account}/eu-central-1/dynamodb.json", "line": number % 9_000 + 1, "column": 5},
        "source": None,
        "evidence": [
            {
                "path": "Properties.SSESpecification",
                "value": None,
                "line": number % 9_000 + 1,
                "snippet": ['  "SSESpecification": {', '    "SSEEnabled": false', "  }"],
            }
        ],
        "assumptions": [],
        "world": {},
        "unknown": {"cause": "access-denied", "detail": detail} if verdict == "UNKNOWN" else None,
        "proof": None,
        "counterexample": None,
        "fix": "Set `SSESpecification` with a key of your own.",
        "controls": ["164.312(a)(2)(iv)"],
        "exception": {
            "owner": "platform@example.org",
            "because": "holds no patient data",
            "until": "2027-03-31",
            "approved_by": "privacy@example.org",
            "ticket": f"SEC-{number}",
            "compensating": None,
            "hides": "FAIL",
            "source": {"path": "exceptions.yaml", "line": number, "column": 3},
        }
        if verdict == "SUPPRESSED"
        else None,
    }


def measure(findings: int, folder: Path) -> Measured:
    """Writes the report of `findings` below `folder` and opens it. Raises ModuleNotFoundError without playwright."""
    from playwright.sync_api import sync_playwright

    report = synthetic(findings)
    started = time.perf_counter()
    text = str(render("html", report, RenderOptions()))
    rendered = time.perf_counter() - started
    path = folder / f"report-{findings}.html"
    path.write_text(text, "utf-8")
    needle = report["findings"][-1]["resource"]["logical_id"] or ""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1440, "height": 1000})
        started = time.perf_counter()
        page.goto(path.as_uri(), wait_until="commit")
        page.locator("#summary").wait_for()
        page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
        first_view = time.perf_counter() - started
        page.locator("#filter-count", has_text="verdicts shown").wait_for()
        ready = time.perf_counter() - started
        started = time.perf_counter()
        page.fill("#filter-text", needle)
        page.locator("#filter-count", has_text=f"1 of {findings:,} ").wait_for()
        searched = time.perf_counter() - started
        matches = page.inner_text("#filter-count")
        browser.close()
    size = len(text.encode()) / 1e6
    return Measured(
        findings, *(round(each, 2) for each in (size, rendered, first_view, ready, searched)), matches=matches
    )


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.report_size", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("sizes", nargs="*", type=int, default=list(SIZES), metavar="FINDINGS")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    if shutil.which("chromium") is None:
        print("chromium is not installed", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        results = [measure(size, Path(folder)) for size in options.sizes]
    if options.json:
        print(json.dumps([asdict(each) for each in results], indent=2))
        return 0
    print(f"{'findings':>9} {'MB':>7} {'rendered':>9} {'first view':>11} {'ready':>7} {'searched':>9}")
    for each in results:
        print(
            f"{each.findings:>9,} {each.megabytes:>7.1f} {each.rendered:>8.2f}s {each.first_view:>10.2f}s "
            f"{each.ready:>6.2f}s {each.searched:>8.2f}s"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
