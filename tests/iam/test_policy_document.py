from __future__ import annotations

import json
import time
from typing import Any  # policies here are JSON as it comes in

import pytest

from scanner.iam.evaluator import decide
from scanner.iam.policies import Policy, PolicySet
from scanner.iam.policy_document import PolicyDocument, parse_document
from scanner.iam.principals import principal_of
from scanner.iam.request import Request
from scanner.model.deferred import OpenMap
from scanner.model.partial_text import text_of
from scanner.model.unknown import OpenList, Unknown

UNKNOWN = Unknown("parameter", "parameter `P` has no value")
GOOD = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}


def parse(*statements: Any, **others: Any) -> PolicyDocument:
    return parse_document({"Version": "2012-10-17", "Statement": list(statements), **others})


def test_single_values_and_lists_are_the_same() -> None:
    single = parse_document({"Statement": {**GOOD, "Condition": {"Bool": {"aws:SecureTransport": True}}}})
    many = parse_document(
        {
            "Statement": [
                {
                    "Effect": "Allow",
                    "Action": ["s3:GetObject"],
                    "Resource": ["*"],
                    "Condition": {"Bool": {"aws:SecureTransport": ["true"]}},
                }
            ]
        }
    )
    assert single.defects == many.defects == ()
    assert single.statements[0].action == many.statements[0].action
    assert single.statements[0].conditions[0].values == many.statements[0].conditions[0].values
    assert single.statements[0].path == ("Statement",)
    assert many.statements[0].path == ("Statement", 0)
    assert single.statements[0].source == many.statements[0].source == "Statement[0]"


def test_a_document_may_be_json_text() -> None:
    assert parse_document(json.dumps({"Statement": GOOD})) == parse_document({"Statement": GOOD})


def test_a_document_without_version_is_of_the_old_one() -> None:
    assert parse_document({"Statement": GOOD}).version == "2008-10-17"


MALFORMED = [
    ({"Statement": [{**GOOD, "Effect": "allow"}]}, ("Statement", 0, "Effect"), "`allow` is no effect"),
    ({"Statement": [{"Action": "*", "Resource": "*"}]}, ("Statement", 0), "no `Effect`"),
    ({"Statement": [{"Effect": "Deny", "Resource": "*"}]}, ("Statement", 0), "neither `Action` nor"),
    ({"Statement": [{**GOOD, "NotAction": "x:y"}]}, ("Statement", 0, "NotAction"), "not both"),
    ({"Statement": [{**GOOD, "NotResource": "*"}]}, ("Statement", 0, "NotResource"), "not both"),
    ({"Statement": [{**GOOD, "Principal": "*", "NotPrincipal": "*"}]}, ("Statement", 0, "NotPrincipal"), "not both"),
    ({"Statement": [{**GOOD, "Action": []}]}, ("Statement", 0, "Action"), "empty"),
    ({"Statement": [{**GOOD, "Action": 5}]}, ("Statement", 0, "Action"), "expected a string, not a number"),
    ({"Statement": [{**GOOD, "Action": ["a:b", None]}]}, ("Statement", 0, "Action", 1), "not null"),
    ({"Statement": [{**GOOD, "Resource": {"a": 1}}]}, ("Statement", 0, "Resource"), "not an object"),
    ({"Statement": [{**GOOD, "Principal": "me"}]}, ("Statement", 0, "Principal"), "not `me`"),
    ({"Statement": [{**GOOD, "Principal": {"Aws": "*"}}]}, ("Statement", 0, "Principal", "Aws"), "principal type"),
    ({"Statement": [{**GOOD, "Principal": ["*"]}]}, ("Statement", 0, "Principal"), "not a list"),
    ({"Statement": [{**GOOD, "Condition": "x"}]}, ("Statement", 0, "Condition"), "not a string"),
    ({"Statement": [{**GOOD, "Condition": {"Bool": "x"}}]}, ("Statement", 0, "Condition", "Bool"), "condition keys"),
    (
        {"Statement": [{**GOOD, "Condition": {"StringEqual": {"a": "b"}}}]},
        ("Statement", 0, "Condition", "StringEqual"),
        "unknown condition operator `StringEqual`",
    ),
    (
        {"Statement": [{**GOOD, "Condition": {"ForEachValue:StringEquals": {"a": "b"}}}]},
        ("Statement", 0, "Condition", "ForEachValue:StringEquals"),
        "unknown condition operator",
    ),
    (
        {"Statement": [{**GOOD, "Condition": {"Bool": {"a": {"b": 1}}}}]},
        ("Statement", 0, "Condition", "Bool", "a"),
        "expected a string, number or boolean, not an object",
    ),
    ({"Statement": [{**GOOD, "Actions": "x"}]}, ("Statement", 0, "Actions"), "unknown key `Actions`"),
    ({"Statement": ["x"]}, ("Statement", 0), "a statement is an object, not a string"),
    ({"Statement": None}, ("Statement",), "no `Statement`"),
    ({"Statements": []}, ("Statements",), "unknown key `Statements`"),
    ({"Version": "2012-10-18", "Statement": []}, ("Version",), "no policy version"),
    ([], (), "not a list"),
    ('{"Statement": [}', (), "not JSON: expecting value at line 1 column 16"),
    ('{"Statement": [], "Statement": []}', (), "`Statement` stands twice"),
    ("[" * 100_000, (), "nested deeper"),
]


@pytest.mark.parametrize(("value", "path", "message"), MALFORMED, ids=[message for _, _, message in MALFORMED])
def test_a_malformed_document_says_what_and_where(value: Any, path: tuple[Any, ...], message: str) -> None:
    defects = parse_document(value).defects
    assert any(defect.path == path and message in defect.message for defect in defects), defects


def denying(value: Any) -> Any:
    """The same mistake in a Deny."""
    if isinstance(value, dict):
        return {key: "Deny" if key == "Effect" and one == "Allow" else denying(one) for key, one in value.items()}
    return [denying(one) for one in value] if isinstance(value, list) else value


@pytest.mark.parametrize(("value", "path", "message"), MALFORMED, ids=[message for _, _, message in MALFORMED])
def test_what_is_malformed_is_never_decided(value: Any, path: tuple[Any, ...], message: str) -> None:
    request = Request(principal_of("arn:aws:iam::111122223333:role/app"), "s3:GetObject", "arn:aws:s3:::b/k")
    policies = PolicySet(identity=(Policy.of("allow", {"Statement": GOOD}), Policy.of("bad", denying(value))))
    # A Deny of no action, a document without statements, and a condition on a key that the request lacks are plain.
    plain = ("empty", "no policy version", "expected a string, number or boolean, not an object")
    expected = "ALLOWED" if message in plain else "UNKNOWN"
    assert decide(request, policies).decision == expected


def test_hints_name_what_was_meant() -> None:
    document = parse({**GOOD, "Acton": "x"}, {**GOOD, "Condition": {"ForAnyValue:StrngLike": {"a": "b"}}})
    assert [defect.hint for defect in document.defects] == ["did you mean `Action`?", "did you mean `StringLike`?"]


def test_unknown_parts_are_kept() -> None:
    document = parse(
        {
            "Sid": UNKNOWN,
            "Effect": UNKNOWN,
            "Action": ["s3:*", UNKNOWN],
            "Resource": text_of(["arn:aws:s3:::", UNKNOWN]),
            "Condition": OpenMap({"Bool": {"a": UNKNOWN}}, UNKNOWN),
            "Principal": {"AWS": OpenList(["*"], UNKNOWN)},
        }
    )
    (statement,) = document.statements
    assert document.defects == ()
    assert statement.effect is UNKNOWN
    assert statement.action.terms.items == ("s3:*", UNKNOWN)
    assert statement.resource is not None and str(statement.resource.terms.items[0]) == "arn:aws:s3:::${?}"
    assert statement.conditions_more is UNKNOWN and statement.conditions[0].values.more is UNKNOWN
    assert statement.principal is not None and statement.principal.more is UNKNOWN


def test_unknown_statements_leave_the_document_open() -> None:
    assert parse(GOOD, UNKNOWN).more is UNKNOWN
    assert parse_document({"Statement": OpenList([GOOD], UNKNOWN)}).more is UNKNOWN
    assert parse_document({"Statement": UNKNOWN}).more is UNKNOWN
    assert parse_document(UNKNOWN).more is UNKNOWN
    assert parse_document(text_of(['{"Statement": ', UNKNOWN, "}"])).more is UNKNOWN


def test_a_document_of_a_megabyte_is_read_and_asked_in_linear_time() -> None:
    many = [{**GOOD, "Resource": [f"arn:aws:s3:::b/*/{n}/*a*a*" for n in range(250)]} for _ in range(150)]
    text = json.dumps({"Version": "2012-10-17", "Statement": many})
    assert len(text) > 1_000_000
    began = time.process_time()
    policy = Policy.of("big", text)
    request = Request(principal_of("arn:aws:iam::111122223333:role/app"), "s3:GetObject", "arn:aws:s3:::c/" + "a" * 900)
    assert decide(request, PolicySet(identity=(policy,))).decision == "IMPLICIT_DENY"
    assert time.process_time() - began < 20


def test_a_megabyte_of_mistakes_is_reported_in_linear_time() -> None:
    began = time.process_time()
    document = parse_document({"Statement": [{"Efect": "Allow", "Actoin": "x"}] * 20_000})
    assert len(document.defects) >= 40_000
    assert time.process_time() - began < 20
