"""What `prove` prints: for each principal and kind of data a proof, a request that leaks, or what stands in the way."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping

from scanner.base.terminal import printable
from scanner.findings.report_document import FindingDocument, ReportDocument
from scanner.outputs.shared import request_text
from scanner.outputs.shared.aws_command import aws_command
from scanner.outputs.shared.exit_reason import reason
from scanner.outputs.shared.fix_text import parts_of
from scanner.outputs.shared.kubectl_command import is_of_cluster, kubectl_command
from scanner.outputs.shared.proof_explanation import parts
from scanner.outputs.shared.report_scope import not_covered, proof_counts
from scanner.outputs.shared.vocabulary import ISOLATION_LEGEND, count

# Where the ARN has none, as that of a bucket: the partition is all that is taken from it.
_ANY_REGION = "us-east-1"
_WORDS = {"ISOLATED": "ISOLATED", "LEAK": "LEAK", "NOT_PROVEN": "NOT PROVEN"}


def render(report: ReportDocument, *, explain: bool) -> Iterator[str]:
    """Lines, without their ends. Names are hostile and made printable."""
    if report["exit_code"] and not report["findings"]:
        yield printable(reason(report))
        return
    proofs = [finding for finding in report["findings"] if finding.get("proof")]
    by_principal: dict[str, list[FindingDocument]] = {}
    for finding in proofs:
        by_principal.setdefault(finding["resource"]["address"], []).append(finding)
    yield from _tenancy(report)
    for address in sorted(by_principal):
        yield ""
        yield printable(address)
        findings = by_principal[address]
        for finding in sorted(findings, key=lambda each: each["rule"]):
            yield from (printable(line) for line in _proof(finding, explain))
    yield ""
    if proofs:
        yield f"{count(len(by_principal), 'principal')}: {', '.join(proof_counts(report))}"
        yield ISOLATION_LEGEND
    else:
        yield "nothing to prove: no principal acts for a tenant, and none that serves all reaches declared data"
    if unasked := not_covered(report):
        yield printable(unasked)


def _tenancy(report: ReportDocument) -> Iterator[str]:
    source = report["tenancy"].get("source")
    if source == "none":
        yield "no tenancy is declared and none can be inferred: `tenantproof init` starts one"
    elif source == "inferred":
        yield "under a tenancy inferred from the files; `tenantproof init` writes it down"
    else:
        yield printable(f"under {source}")


def _proof(finding: FindingDocument, explain: bool) -> Iterator[str]:
    proof = finding.get("proof")
    if proof is None:
        return
    over = f" over {proof['over']}" if proof["over"] else ""
    nothing = proof.get("reaches") == "nothing" or proof["vacuous"]
    vacuous = ", vacuously: it reaches none of it" if nothing and proof["verdict"] == "ISOLATED" else ""
    reach = f" ({proof['reach']})" if proof["reach"] else ""
    yield f"  {_WORDS[proof['verdict']]:<11}{proof['theorem']}{over}{reach}{vacuous}  [{finding['rule']}]"
    if proof["verdict"] != "ISOLATED":
        yield f"             {finding.get('message', '')}"
    counterexample = finding.get("counterexample")
    if counterexample:
        for label, value in request_text.rows(counterexample):
            yield f"             {label:<11} {value}"
        if is_of_cluster(counterexample):
            yield f"             {'try it':<11} {kubectl_command(counterexample)}"
        else:
            yield f"             {'try it':<11} {aws_command(counterexample)}"
            yield f"             {'simulate':<11} {simulation(finding, counterexample)}"
        if explain and counterexample.get("why_no_deny"):
            yield f"             {'no deny':<11} {counterexample['why_no_deny']}"
    # What would decide an open proof, its message says; the fix is for a leak.
    if proof["verdict"] == "LEAK" and finding.get("fix"):
        for number, part in enumerate(parts_of(finding.get("fix", ""))):
            yield f"             {'' if number else 'fix':<11} {part.words}"
            yield from (f"             {line}" for line in part.code(indent=2).splitlines())
    for note in proof["assumptions"]:
        yield f"             {'assumes':<11} {note}"
    if explain:
        for label, line in parts(proof.get("explanation", [])):
            yield f"             {label:<11} {line}"


def simulation(finding: FindingDocument, counterexample: Mapping[str, object]) -> str:
    """A line for a shell that asks the evaluator again, about the policies in the file."""
    asked = json.dumps(question(finding, counterexample), ensure_ascii=True)
    path, in_file, _ = finding["resource"]["address"].partition("#")
    if not in_file:
        # Of an account: which folder it was read into, a report does not say.
        return f"echo {shlex.quote(asked)} | tenantproof simulate --snapshot SNAPSHOT -"
    account = str(counterexample.get("principal", "")).split(":")[4:5] or [""]
    region = str(counterexample.get("resource", "")).split(":")[3:4] or [""]
    words = ["tenantproof", "simulate", "--template", path]
    words += ["--account", account[0]] if account[0].isdigit() else []
    words += ["--region", region[0] or _ANY_REGION, "-"]
    return f"echo {shlex.quote(asked)} | {' '.join(map(shlex.quote, words))}"


def question(finding: FindingDocument, counterexample: Mapping[str, object]) -> dict[str, object]:
    """The request as `tenantproof simulate --template PATH -` takes it: the policies come from the files."""
    return {
        "request": {
            "principal": finding["resource"]["logical_id"],
            "action": counterexample.get("action"),
            "resource": counterexample.get("resource"),
            "context": counterexample.get("context"),
        }
    }
