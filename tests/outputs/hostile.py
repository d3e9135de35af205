"""A report of 5,000 findings whose every name was chosen to break some reader."""

from __future__ import annotations

from functools import cache

from scanner.findings.report_document import SEVERITIES, FindingDocument, ReportDocument, Verdict
from tests.outputs.sample import control, finding, leak, resource, rule, sample_report

NAMES = (
    "<script>alert(1)</script>",
    "</summary></details><h1>owned</h1>",
    "--><img src=x onerror=alert(2)>",
    "]]><x/>",
    "\x1b[2J\x1b]0;owned\x07\x9b31m\x7f\x00",
    "a\r\n::error file=x,line=1::owned",
    "::set-output name=x::owned",
    "##[error]owned",
    "%0A::warning::owned",
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-1+1",
    "@SUM(1+1)",
    "\t=1+1",
    "\r=1+1",
    "x;=1+1",
    "\uff1d1+1",
    '"quoted","cells"',
    "@octo-org/security please look",
    "fixes #1, GH-2, octo/repo#3, !4, &5, %6, ~7",
    "![pixel](https://evil.example/x.png)",
    "[click](javascript:alert(3))",
    "<https://evil.example>",
    "https://evil.example and www.evil.example and me@evil.example",
    "[x]: https://evil.example",
    "`` ` ``` `",
    "`code` and `open",
    "| a | b |\n|---|---|",
    "# heading\n- item\n> quote",
    "$\\alpha$ $`x`$ ~~gone~~ **bold** _it_",
    "\\` \\[x\\](y) &#64;team &lt;b&gt;",
    "Rec\u202eords\u2066\u200b\u2028\ufeff\u2029",
    "\ud800 alone \udfff",
    "\ufffe\uffff\U0001ffff",
    "\U0001f9ea" * 300,
    "e\u0301" * 200,
    "x" * 20_000,
    "../../../etc/passwd",
    "/etc/passwd",
    "//evil.example/share",
    "C:\\Windows\\system32",
    "javascript:alert(4)",
    "a b\u00a0c?d#e%20f",
    "%00%2e%2e",
    "{{constructor.constructor('x')()}} ${x} <%= x %>",
    "/close\n/assign me",
    " ",
    ".",
    "'; DROP TABLE findings; --",
    "normal-name",
)
VERDICTS: tuple[Verdict, ...] = ("FAIL", "FAIL", "FAIL", "UNKNOWN", "SUPPRESSED", "PASS", "NOT_APPLICABLE")
FINDINGS = 5_000


@cache
def hostile_report(findings: int = FINDINGS) -> ReportDocument:
    """Shared by tests: none may change it."""
    report = sample_report()
    found = [_finding(number) for number in range(findings)]
    report["findings"] = found
    report["proofs"] = []
    report["rules"] = {_rule(number): rule(_name(number), SEVERITIES[number % 4]) for number in range(40)}
    for number, each in enumerate(report["rules"].values()):
        each["references"] = [f"https://example.org/{_name(number + 3)}", _name(number), "https://example.org/sound"]
        each["controls"] = [
            {"framework": _name(number + each_), "id": _name(number + each_ + 1), "basis": "ours"}
            for each_ in range(60)
        ]
    report["controls"] = [control(_name(number), _name(number + 1), "DEVIATIONS", deviations=1) for number in range(70)]
    report["summary"]["verdicts"] = {
        verdict: sum(each["verdict"] == verdict for each in found) for verdict in dict.fromkeys(VERDICTS)
    }
    report["errors"] = [
        {
            "level": "error" if number % 2 else "warning",
            "kind": "input",
            "path": _name(number),
            "line": number % 3 or None,
            "column": None,
            "message": _name(number + 1),
            "hint": _name(number + 2) if number % 3 else None,
        }
        for number in range(60)
    ]
    report["coverage"] = [
        {"what": _name(number), "cause": "macro", "detail": _name(number + 1), "path": _name(number), "rules": []}
        for number in range(60)
    ]
    return report


def _name(number: int) -> str:
    return NAMES[number % len(NAMES)]


def _rule(number: int) -> str:
    return f"rule-{number % 40}" if number % 2 else f"rule-{number % 40} {_name(number % 40)[:60]}"


def _finding(number: int) -> FindingDocument:
    name = _name(number)
    verdict = VERDICTS[number % len(VERDICTS)]
    of = resource(f"{name} {number}", f"AWS::{_name(number + 1)}", f"{_name(number + 2)}")
    result = finding(_rule(number), SEVERITIES[number % 4], verdict, of, number)
    of["construct_path"], of["tenant"] = name, name
    of["arn"] = f"arn:aws:s3:::{name}-{number}" if number % 5 == 0 else None
    of["origin"] = "framework" if number % 11 == 0 else "user"
    if verdict in ("PASS", "NOT_APPLICABLE"):
        return result
    result["message"] = f"{name} {number} is here: {_name(number + 7)}"
    result["fix"] = _name(number + 5)
    result["location"] = (
        {"path": _name(number + 2), "line": number % 400, "column": number % 80, "end_line": number % 401}
        if number % 9
        else None
    )
    result["source"] = {"path": _name(number + 3), "line": 12, "column": 3} if number % 4 == 0 else None
    result["world"] = {_name(number + 4): name} if number % 6 == 0 else {}
    result["assumptions"] = [_name(number + 6)]
    result["evidence"] = [
        {"path": _name(number + each), "value": {name: [name]}, "line": each or None, "snippet": [_name(number + 8)]}
        for each in range(3)
    ]
    if verdict == "UNKNOWN":
        result["unknown"] = {"cause": "parameter", "detail": _name(number // 7)}
    if verdict == "SUPPRESSED":
        result["exception"] = {
            "owner": name,
            "because": _name(number + 1),
            "until": "2027-03-31",
            "approved_by": _name(number + 2),
            "ticket": name,
            "compensating": None,
            "hides": "FAIL",
            "source": {"path": _name(number + 1), "line": 1, "column": 3},
        }
    if verdict == "FAIL" and number % 10 == 0:
        example = leak()
        result["proof"] = example["proof"]
        result["counterexample"] = {
            **(example["counterexample"] or {}),
            "principal": name,
            "resource": _name(number + 1),
            "caller_tenant": _name(number + 2),
            "context": {name: name},
            "allowed_by": [{"policy": name, "statement": name, "line": number}],
        }
    return result
