from __future__ import annotations

from scanner.iam.policy_questions import denies, grants_public
from scanner.model.unknown import Unknown


def _document(**statement: object) -> dict[str, object]:
    return {"Statement": [{"Principal": "*", "Resource": "*", **statement}]}


def test_a_refusal_with_a_condition_does_not_deny() -> None:
    refusal = {"Effect": "Deny", "Action": "backup:DeleteRecoveryPoint"}
    assert denies(_document(**refusal), "backup:DeleteRecoveryPoint") is True
    conditional = _document(**refusal, Condition={"Bool": {"aws:SecureTransport": "false"}})
    assert denies(conditional, "backup:DeleteRecoveryPoint") is False


def test_an_unread_document_may_deny() -> None:
    assert isinstance(denies(Unknown("undeclared", "policy"), "backup:DeleteRecoveryPoint"), Unknown)


def test_a_public_grant_counts_for_its_own_actions() -> None:
    reading = _document(Effect="Allow", Action="s3:GetObject")
    assert grants_public(reading, "s3:Get*") is True
    assert grants_public(reading, "s3:Put*", "s3:Delete*") is False
    assert grants_public(_document(Effect="Allow", NotAction="s3:Put*"), "s3:Put*") is False
