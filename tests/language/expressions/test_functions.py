from __future__ import annotations

from scanner.iam.policy_questions import denies, grants_public
from scanner.language.expressions.functions import FUNCTIONS
from scanner.model.partial_text import Text
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


def test_a_json_text_is_what_it_says_and_what_is_none_is_unknown() -> None:
    function = FUNCTIONS["parsed"]

    def parsed(value: object) -> object:
        return function.call([value], None)  # type: ignore[arg-type]  # it asks for nothing of the scope

    assert parsed('[{"AllowFromPublic": true}]') == [{"AllowFromPublic": True}]
    assert parsed({"AllowFromPublic": True}) == {"AllowFromPublic": True}
    assert parsed(None) is None
    assert isinstance(parsed("[{"), Unknown)
    assert isinstance(parsed('{"a": 1, "a": 2}'), Unknown)
    assert isinstance(parsed(Text(('{"a": "', Unknown("parameter", "p"), '"}'))), Unknown)
