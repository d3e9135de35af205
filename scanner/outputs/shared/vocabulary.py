"""The words of print-outs. They claim what was seen and no more: nothing here says "compliant"."""

from __future__ import annotations

import json
import re

from scanner.controls.wording import CLOSING
from scanner.findings.report_document import Severity, Verdict
from scanner.model.unknown import Cause

VERDICT_WORDS: dict[Verdict, str] = {
    "FAIL": "finding",
    "UNKNOWN": "unknown",
    "SUPPRESSED": "accepted",
    "PASS": "passed",
    "NOT_APPLICABLE": "not applicable",
}
PROOF_WORDS = {"ISOLATED": "isolated by IAM", "LEAK": "leak", "NOT_PROVEN": "not proven"}
REACH_WORDS = {
    "own-session": "a tenant's own session can make the request",
    "indirect": "a tenant reaches it through a chain of steps",
    "application-only": "isolation rests on application code alone; this does not show that a tenant can",
}
# Each completes "3 rules on 2 resources ...".
CAUSE_WORDS: dict[Cause, str] = {
    "parameter": "wait for the value of a parameter",
    "dynamic-reference": "wait for a value that is looked up at deployment",
    "import": "wait for the export of another stack",
    "deploy-time": "rest on what only deployment decides",
    "macro": "rest on a macro that only CloudFormation runs",
    "missing-file": "wait for a file that was not scanned",
    "invalid-template": "cannot be judged, as the template is not valid there",
    "access-denied": "rest on what could not be read for lack of a permission",
    "not-collected": "rest on what was not collected",
    "undeclared": "rest on what nothing scanned declares",
    "runtime-policy": "rest on a policy that is passed at run time",
    "not-modelled": "rest on what the scanner does not model",
    "reaches-nothing": "are about sessions that reach none of the declared data, their own included",
    "known-after-apply": "wait for a value that is known after apply",
    "prover-limit": "are beyond what the isolation proof can decide",
    "evaluation-limit": "are too large to decide",
    "scanner-error": "could not be judged, as the scanner failed on them",
}
SEVERITY_ORDER: dict[Severity, int] = {"critical": 0, "high": 1, "medium": 2, "low": 3}
CONTROLS_LEGEND = CLOSING
ISOLATION_LEGEND = (
    "Says which AWS requests are possible. Says nothing of a bug that answers one tenant with another tenant's rows."
)


def count(number: int, noun: str, plural: str | None = None) -> str:
    """`1 rule`, `2 rules`, `1,204 entries`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def plural(words: str, number: int) -> str:
    """`findings` and `leaks`, but `passed`: only nouns are counted."""
    return f"{words}s" if words.endswith(("finding", "leak")) and number != 1 else words


_DATA_WORDS = {
    "dynamodb-item": "DynamoDB items",
    "s3-object": "S3 objects",
    "kms-context": "KMS encryption contexts",
    "arn": "whole resources",
    "tagged": "tagged resources",
    "namespace": "namespaces",
    "postgres-row": "rows of PostgreSQL",
    "postgres-schema": "schemas of PostgreSQL",
}


def data_words(kind: str) -> str:
    """The kind of an entry as a reader knows it; kinds without such words are as they are written."""
    return _DATA_WORDS.get(kind, kind)


# Questions of rules that stand in evidence, by the words of their answer; a property is its own name.
_EVIDENCE_WORDS = (
    (re.compile(r"tag\(@\)"), "tag of the tenant"),
    (re.compile(r"tenant\(\)"), "tenant"),
    (re.compile(r"owned_as\(\)\[\?sensitive\]"), "sensitive data declared of it"),
    (re.compile(r"called\(\$shared\[\]\.resource\)"), "named under `shared` in tenancy.yaml"),
    (re.compile(r"related\('([a-z0-9-]+)'\)"), r"related: \1"),
    (re.compile(r"beside\('([A-Za-z0-9:]+)'\)"), r"\1 of the same account"),
    (re.compile(r"plain_secrets\(\)"), "secrets in plain text"),
)


def evidence_words(path: str) -> str:
    """What evidence is of: a property by its path, and what a rule asked beyond one in words where there are any."""
    for pattern, words in _EVIDENCE_WORDS:
        if (found := pattern.fullmatch(path)) is not None:
            return found.expand(words).replace("-", " ") if "related" in words else found.expand(words)
    return path


ASSUMED_WORDS = "isolated if what was declared or inferred holds"
NOTHING_WORDS = "reaching none of the data"


CLUSTER_WORDS = "isolated by the cluster's own policies"
"""What is said of a namespace that bindings and network policies keep others out of; IAM has no say in it."""


def proof_words(verdict: str, assumptions: int | None) -> str:
    """A proof is never named without how much it rests on; None where that is not recorded."""
    word = PROOF_WORDS.get(verdict, verdict)
    if verdict != "ISOLATED":
        return word
    return f"{word}, under {'assumptions not recorded' if assumptions is None else count(assumptions, 'assumption')}"


def spelled(value: object) -> str:
    """A value of the report as text: JSON, strings bare."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
