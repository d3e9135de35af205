from __future__ import annotations

import json
from typing import Any  # questions here are JSON as it comes in

import pytest

from scanner.base.problem import ProblemsError
from scanner.iam.simulation import simulate
from tests.case_names import case_name

REQUEST = {
    "principal": "arn:aws:iam::111122223333:role/app",
    "action": "s3:GetObject",
    "resource": "arn:aws:s3:::b/k",
}
ALLOW = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}


def complaints(question: dict[str, Any]) -> list[str]:
    with pytest.raises(ProblemsError) as caught:
        simulate(question, "question.json")
    return [str(problem) for problem in caught.value.problems]


def test_an_answer_is_json_with_the_decisive_statements() -> None:
    answer = simulate({"request": {**REQUEST, "context": {"aws:SourceIp": "203.0.113.5"}}, "identity": [ALLOW]})
    assert json.loads(json.dumps(answer)) == {
        "decision": "ALLOWED",
        "decisive": [
            {
                "layer": "identity",
                "policy": "identity[0]",
                "statement": "Statement[0]",
                "why": "allows `s3:GetObject` on `arn:aws:s3:::b/k`",
            }
        ],
        "ignored_context_keys": ["aws:SourceIp"],
        "missing_context_keys": [],
    }


def test_a_document_may_stand_without_a_list_and_as_text() -> None:
    assert simulate({"request": REQUEST, "identity": ALLOW})["decision"] == "ALLOWED"
    assert simulate({"request": REQUEST, "identity": [json.dumps(ALLOW)]})["decision"] == "ALLOWED"


def test_the_nearest_statement_says_why_it_does_not_allow() -> None:
    narrow = {
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "s3:GetObject",
                "Resource": "*",
                "Condition": {"StringEquals": {"aws:PrincipalTag/team": "blue"}},
            }
        ]
    }
    answer = simulate({"request": REQUEST, "identity": [narrow]})
    assert answer["decisive"] == [
        {
            "layer": "identity",
            "policy": "identity[0]",
            "statement": "Statement[0]",
            "why": "`StringEquals` on `aws:PrincipalTag/team` does not hold: the request does not carry the key",
        }
    ]
    assert answer["missing_context_keys"] == ["aws:PrincipalTag/team"]


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"identty": []}, "question.json: unknown key `identty`, did you mean `identity`?"),
        ({"request": None}, "question.json: the question has no `request`"),
        ({"request": []}, "question.json: request: expected an object, not a list"),
        ({"request": {**REQUEST, "acton": "x"}}, "request: unknown key `acton`, did you mean `action`?"),
        ({"request": {**REQUEST, "action": "s3:*"}}, "request.action: expected one action such as"),
        ({"request": {**REQUEST, "action": "GetObject"}}, "request.action: expected one action such as"),
        ({"request": {**REQUEST, "action": None}}, "not null"),
        ({"request": {**REQUEST, "resource": ""}}, "request.resource: expected an ARN or `*`, not an empty string"),
        ({"request": {**REQUEST, "principal": "me"}}, "request.principal: `me` is no principal"),
        ({"request": {**REQUEST, "principal": {"Aws": "x"}}}, "request.principal: unknown principal type `Aws`"),
        ({"request": {**REQUEST, "principal": "arn:aws:iam::111122223333:group/g"}}, "no principal that can make"),
        ({"request": {"action": "s3:GetObject", "resource": "*"}}, "request: the request has no `principal`"),
        ({"request": {**REQUEST, "resource_account": 111122223333}}, "expected a string of 12 digits"),
        ({"request": {**REQUEST, "context": {"a": None}}}, "request.context.a: expected a string"),
        ({"request": {**REQUEST, "context": {"a": [{}]}}}, "request.context.a: expected a string"),
        ({"request": {**REQUEST, "context": "x"}}, "request.context: expected an object, not a string"),
        ({"scps": [ALLOW]}, "scps: expected a list with one list of documents"),
        ({"grants": {}}, "grants: expected a list, not an object"),
        ({"grants": [{"GranteePrincipal": "x", "Operations": "Decrypt"}]}, "grants[0].Operations: expected a list"),
        ({"grants": [{"GranteePrincipal": 1, "Operations": []}]}, "grants[0].GranteePrincipal: expected a string"),
        ({"public_access_block": {"RestrictPublicBucket": True}}, "did you mean `RestrictPublicBuckets`?"),
        ({"public_access_block": {"RestrictPublicBuckets": "yes"}}, "expected `true` or `false`, not a string"),
        ({"identity": ["{"]}, "identity[0]: not JSON: "),
        ({"identity": [{"Statement": [{"Effect": "Allow"}]}]}, "identity[0].Statement[0]: the statement has neither"),
        (
            {"identity": [{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", "Principal": "*"}}]},
            "identity[0].Statement: only a policy of a resource names principals",
        ),
        (
            {"identity": [{"Statement": {"Effect": "Allow", "Action": "*"}}]},
            "identity[0].Statement: the statement has neither `Resource` nor `NotResource`",
        ),
        ({"resource_policy": ALLOW}, "resource_policy.Statement[0]: a policy of a resource needs `Principal`"),
        (
            {"trust": {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", "Principal": "*"}}},
            "trust.Statement: a trust policy has no `Resource`",
        ),
        (
            {
                "identity": [
                    {
                        "Statement": {
                            "Effect": "Allow",
                            "Action": "*",
                            "Resource": "*",
                            "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/99"}},
                        }
                    }
                ]
            },
            "identity[0].Statement.Condition.IpAddress.aws:SourceIp: `10.0.0.0/99` is no IP address or CIDR range",
        ),
    ],
    ids=case_name,
)
def test_a_wrong_question_is_told_where_it_is_wrong(change: dict[str, Any], complaint: str) -> None:
    found = complaints({"request": REQUEST, "identity": [ALLOW], **change})
    assert any(complaint in line for line in found), found


def test_everything_wrong_is_told_at_once() -> None:
    assert len(complaints({"request": {"action": "x"}, "scp": [], "identity": [5]})) >= 4


@pytest.mark.parametrize(
    ("operator", "value", "complaint"),
    [
        ("Bool", "yes", "neither `true` nor `false`"),
        ("Null", "no", "neither `true` nor `false`"),
        ("NumericEquals", "ten", "is no number"),
        ("DateLessThan", "tomorrow", "is no date"),
        ("BinaryEquals", "!", "is not base64"),
    ],
)
def test_a_value_of_the_wrong_type_is_told(operator: str, value: str, complaint: str) -> None:
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {operator: {"a:b": value}}}
    assert any(complaint in line for line in complaints({"request": REQUEST, "identity": [{"Statement": statement}]}))
