"""Counterexamples, put to IAM's own simulator: a second opinion that shares nothing with ours.

"SimulatePrincipalPolicy" (IAM API Reference). It reads and changes nothing. It knows the identity policies, boundary
and the SCPs of a principal; policies of resources, sessions, endpoints and RCPs it does not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from scanner.base.record import record
from scanner.live.aws_calls import Caller, CredentialsEndedError, RefusedError

ACTION = "iam:SimulatePrincipalPolicy"
Opinion = Literal["agrees", "disagrees", "cannot-say"]
_NOT_READ = "no policy that the simulator reads allows it, and those of resources and sessions it does not read"


@record
class Confirmed:
    """`decision` is AWS's word, None without an answer; `not_carried` are keys that were sent and are missing to it."""

    finding: str
    principal: str
    action: str
    opinion: Opinion
    decision: str | None
    not_carried: Sequence[str] = ()
    why: str | None = None


def confirm(findings: Sequence[Mapping[str, Any]], caller: Caller) -> Iterator[Confirmed]:
    """One opinion for each finding with a counterexample of a role that exists. Raises CredentialsEndedError."""
    for finding in findings:
        example = finding.get("counterexample")
        resource = finding.get("resource") or {}
        role = resource.get("address") if isinstance(resource, Mapping) else None
        if not isinstance(example, Mapping) or not isinstance(example.get("action"), str):
            continue
        if isinstance(role, str) and role.startswith("arn:") and ":iam:" in role:
            yield _confirm(str(finding.get("id")), role, example, caller)


def _confirm(finding: str, role: str, example: Mapping[str, Any], caller: Caller) -> Confirmed:
    action = str(example["action"])
    context = example.get("context")
    entries = [*_entries(context)] if isinstance(context, Mapping) else []
    arguments: dict[str, object] = {
        "PolicySourceArn": role,
        "ActionNames": [action],
        "ResourceArns": [str(example.get("resource") or "*")],
        "ContextEntries": entries,
    }
    try:
        answer = caller.call("iam", "simulate_principal_policy", **arguments)
    except CredentialsEndedError:
        raise
    except RefusedError as error:
        return Confirmed(finding, role, action, "cannot-say", None, (), error.why(ACTION, role).detail)
    results = answer.get("EvaluationResults") or [{}]
    decision = str(results[0].get("EvalDecision", "")) or None
    missing = {str(each).lower() for each in results[0].get("MissingContextValues", ())}
    lost = sorted(str(each["ContextKeyName"]) for each in entries if str(each["ContextKeyName"]).lower() in missing)
    if decision == "allowed":
        return Confirmed(finding, role, action, "agrees", decision, lost)
    if decision == "explicitDeny" and not lost:
        return Confirmed(finding, role, action, "disagrees", decision, lost)
    return Confirmed(finding, role, action, "cannot-say", decision, lost, None if lost else _NOT_READ)


def _entries(context: Mapping[str, Any]) -> Iterator[dict[str, object]]:
    for key, value in sorted(context.items()):
        many = isinstance(value, list)
        values = [_text(each) for each in (value if many else [value])]
        yield {
            "ContextKeyName": key,
            "ContextKeyValues": values,
            "ContextKeyType": "stringList" if many else "string",
        }


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
