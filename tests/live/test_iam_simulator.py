"""What IAM's simulator answered, as recorded, and what is made of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from scanner.audit import Audited
from scanner.cli.main import main
from scanner.live.aws_calls import RefusedError
from scanner.live.clients import Assumed, AwsCaller
from scanner.live.iam_simulator import Confirmed, confirm
from scanner.scanning import scan

ROLE = "arn:aws:iam::111122223333:role/app"
EXAMPLE: dict[str, Any] = {
    "action": "dynamodb:GetItem",
    "resource": "arn:aws:dynamodb:us-east-1:111122223333:table/Patients",
    "context": {
        "aws:PrincipalTag/TenantId": "acme",
        "dynamodb:LeadingKeys": ["TENANT#globex"],
        "aws:SecureTransport": True,
    },
    "allowed_by": [{"policy": "app-policy", "statement": 0}],
}


class Recorded:
    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.asked: list[Mapping[str, Any]] = []

    def call(self, service: str, operation: str, /, **arguments: object) -> Mapping[str, Any]:
        assert (service, operation) == ("iam", "simulate_principal_policy")
        self.asked.append(arguments)
        if isinstance(self.answer, Exception):
            raise self.answer
        return {"EvaluationResults": [self.answer]}


def _one(answer: Any) -> tuple[Confirmed, Recorded]:
    caller = Recorded(answer)
    finding = {"id": "f", "resource": {"address": ROLE}, "counterexample": EXAMPLE}
    (confirmed,) = confirm([finding], caller)
    return confirmed, caller


def test_the_request_is_asked_as_it_is() -> None:
    confirmed, caller = _one({"EvalDecision": "allowed", "MissingContextValues": []})
    assert confirmed.opinion == "agrees"
    (asked,) = caller.asked
    assert (asked["PolicySourceArn"], asked["ActionNames"]) == (ROLE, ["dynamodb:GetItem"])
    entries = {
        each["ContextKeyName"]: (each["ContextKeyValues"], each["ContextKeyType"]) for each in asked["ContextEntries"]
    }
    assert entries == {
        "aws:PrincipalTag/TenantId": (["acme"], "string"),
        "aws:SecureTransport": (["true"], "string"),
        "dynamodb:LeadingKeys": (["TENANT#globex"], "stringList"),
    }


ANSWERS: dict[str, tuple[Any, str]] = {
    "denied": ({"EvalDecision": "explicitDeny"}, "disagrees"),
    "a key is not carried": (
        {"EvalDecision": "implicitDeny", "MissingContextValues": ["dynamodb:leadingkeys"]},
        "cannot-say",
    ),
    "denied by nobody": ({"EvalDecision": "implicitDeny"}, "cannot-say"),
    "not permitted": (RefusedError("AccessDenied"), "cannot-say"),
}


@pytest.mark.parametrize("name", list(ANSWERS))
def test_an_opinion_is_no_more_than_what_was_answered(name: str) -> None:
    answer, opinion = ANSWERS[name]
    confirmed, _ = _one(answer)
    assert confirmed.opinion == opinion
    if name == "a key is not carried":
        assert confirmed.not_carried == ["dynamodb:LeadingKeys"]
    if name == "denied by nobody":
        assert confirmed.why is not None and "resources and sessions" in confirmed.why
    if name == "not permitted":
        assert confirmed.why is not None and "iam:SimulatePrincipalPolicy" in confirmed.why


def test_roles_of_templates_are_nothing_to_ask_about() -> None:
    caller = Recorded({"EvalDecision": "allowed"})
    finding = {"id": "f", "resource": {"address": "template.yaml#AppRole"}, "counterexample": EXAMPLE}
    assert not [*confirm([finding], caller)] and not caller.asked


def test_an_audit_asks_as_the_role_that_the_account_is_read_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("boto3")
    asked: list[tuple[object, str]] = []

    def call(self: AwsCaller, service: str, operation: str, /, **arguments: object) -> Mapping[str, Any]:
        del service, arguments
        asked.append((self._credentials, operation))
        return {"EvaluationResults": [{"EvalDecision": "allowed"}]}

    def audited(*_: object, **__: object) -> Audited:
        finding = {"id": "f", "resource": {"address": ROLE}, "counterexample": EXAMPLE}
        result = scan(tmp_path)
        result.report["findings"] = [finding]  # type: ignore[typeddict-item]  # as much of it as is looked at
        return Audited(result, None)

    monkeypatch.setattr(AwsCaller, "call", call)
    monkeypatch.setattr("scanner.cli.audit.audit", audited)
    monkeypatch.setattr("scanner.cli.audit.write", lambda *_: None)
    (tmp_path / "app.yaml").write_text("Resources: {Topic: {Type: AWS::SNS::Topic}}\n")
    role = "arn:aws:iam::111122223333:role/TenantproofAudit"
    main(["audit", str(tmp_path), "--quiet", "--confirm-with-aws", "--role", role, "--external-id", "known-to-us"])
    ((credentials, operation),) = asked
    assert isinstance(credentials, Assumed) and operation == "simulate_principal_policy"
    assert f"{ROLE}: `dynamodb:GetItem`: AWS allows it, too" in capsys.readouterr().err
