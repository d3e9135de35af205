"""A leak's counterexample as a request that one can read, and repeat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from scanner.findings.report_document import FindingDocument
from scanner.outputs.shared.kubectl_command import is_of_cluster
from scanner.outputs.shared.vocabulary import REACH_WORDS, spelled

Row = tuple[str, str]


def lead(finding: FindingDocument) -> str:
    """The sentence before the request: whose session may do what to whose data. Hostile text unescaped."""
    request = finding.get("counterexample") or {}
    proof = finding.get("proof")
    caller, owner = spelled(request.get("caller_tenant")), spelled(request.get("owner_tenant"))
    reach = proof["reach"] if proof else None
    if reach == "application-only":
        return f"IAM allows this request on data of tenant `{owner}`, whoever it is made for ({REACH_WORDS[reach]}):"
    through = " through a chain of steps" if reach == "indirect" else ""
    return f"a session of tenant `{caller}` can make this request{through} on data of tenant `{owner}`:"


def rows(counterexample: Mapping[str, object]) -> list[Row]:
    """Labels and values in the order in which one thinks of a request. Hostile text unescaped."""
    found: list[Row] = [
        (key, spelled(counterexample[key])) for key in ("principal", "action", "resource") if counterexample.get(key)
    ]
    context = counterexample.get("context")
    if isinstance(context, Mapping):
        found += [("context", f"{key} = {spelled(value)}") for key, value in context.items()]
    allowed = counterexample.get("allowed_by")
    if isinstance(allowed, Sequence) and not isinstance(allowed, str):
        part = "rules" if is_of_cluster(counterexample) else "Statement"
        found += [("allowed by", _statement(each, part)) for each in allowed]
    chain = counterexample.get("chain")
    if is_of_cluster(counterexample) and isinstance(chain, Sequence) and not isinstance(chain, str):
        found += [("step", spelled(each)) for each in chain]
    if counterexample.get("replayed") is True:
        found.append(("replayed", "the evaluator, which is independent of the proof, allows it"))
    return found


def _statement(value: object, part: str) -> str:
    if not isinstance(value, Mapping):
        return spelled(value)
    text = spelled(value.get("policy"))
    if value.get("statement") is not None:
        text += f", {part}[{spelled(value['statement'])}]"
    return text + (f", line {spelled(value['line'])}" if value.get("line") is not None else "")
