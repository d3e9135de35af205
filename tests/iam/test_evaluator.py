from __future__ import annotations

import time
from typing import Any  # policies here are JSON as it comes in

import pytest

from scanner.iam.evaluator import Decision, decide
from scanner.iam.policies import Policy, PolicySet
from scanner.iam.principals import principal_of
from scanner.iam.request import Request
from scanner.model.deferred import OpenMap
from scanner.model.partial_text import text_of
from scanner.model.unknown import OpenList, Unknown
from tests.case_names import case_name

UNKNOWN = Unknown("parameter", "parameter `P` has no value")
PRESENT = Unknown("parameter", "parameter `P` has no value", present=True)
ROLE = principal_of("arn:aws:iam::111122223333:role/app")
KEY = "arn:aws:kms:us-east-1:111122223333:key/k"


def policy(name: str, *statements: Any, version: Any = "2012-10-17") -> Policy:
    return Policy.of(name, {"Version": version, "Statement": list(statements)})


def allow(**changes: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": "s3:*", "Resource": "*", **changes}


def deny(**changes: Any) -> dict[str, Any]:
    return {"Effect": "Deny", "Action": "s3:*", "Resource": "*", **changes}


def ask(*statements: Any, context: dict[str, object] | None = None, **layers: Any) -> Decision:
    request = Request(ROLE, "s3:GetObject", "arn:aws:s3:::b/k", None, {} if context is None else context)
    return decide(request, PolicySet(identity=(policy("p", *statements),), **layers))


@pytest.mark.parametrize(
    ("statement", "context"),
    [
        (allow(Effect=UNKNOWN), {}),
        (allow(Action=UNKNOWN), {}),
        (allow(Action=text_of(["s3:", UNKNOWN])), {}),
        (allow(Resource=UNKNOWN), {}),
        (allow(Resource=text_of(["arn:aws:s3:::", UNKNOWN, "/*"])), {}),
        (allow(Condition=UNKNOWN), {}),
        (allow(Condition={"StringEquals": UNKNOWN}), {}),
        (allow(Condition=OpenMap({}, UNKNOWN)), {}),
        (allow(Condition={"StringEquals": {"a:b": UNKNOWN}}), {"a:b": "x"}),
        (allow(Condition={"StringEquals": {"a:b": ["y", UNKNOWN]}}), {"a:b": "x"}),
        (allow(Condition={"StringEquals": {"a:b": OpenList(["y"], UNKNOWN)}}), {"a:b": "x"}),
        (allow(Condition={"StringEquals": {"a:b": "x"}}), {"a:b": UNKNOWN}),
        (allow(Condition={"StringNotEquals": {"a:b": "x"}}), {"a:b": UNKNOWN}),
        (allow(Condition={"ForAllValues:StringEquals": {"a:b": "x"}}), {"a:b": OpenList(["x"], UNKNOWN)}),
        (allow(Condition={"ForAnyValue:StringEquals": {"a:b": "x"}}), {"a:b": OpenList(["y"], UNKNOWN)}),
        (allow(Condition={"Null": {"a:b": "false"}}), {"a:b": UNKNOWN}),
        (allow(Condition={"NumericLessThan": {"a:b": UNKNOWN}}), {"a:b": 5}),
        (allow(Condition={"ArnLike": {"a:b": text_of(["arn:aws:s3:::", UNKNOWN])}}), {"a:b": "arn:aws:s3:::b"}),
        (allow(Resource="arn:aws:s3:::b/${aws:PrincipalTag/t}"), {"aws:PrincipalTag/t": UNKNOWN}),
        (allow(Resource="arn:aws:s3:::b/${aws:PrincipalTag/t}"), OpenMap({}, UNKNOWN)),
    ],
    ids=case_name,
)
def test_an_allow_that_rests_on_something_unknown_is_unknown(statement: Any, context: Any) -> None:
    found = ask(statement, context=context)
    assert found.decision == "UNKNOWN"
    assert [one.why for one in found.decisive] == ["parameter `P` has no value"]


@pytest.mark.parametrize(
    ("statement", "context", "decision"),
    [
        (allow(Action=text_of(["sqs:", UNKNOWN])), {}, "IMPLICIT_DENY"),
        (allow(Resource=text_of(["arn:aws:s3:::c", UNKNOWN])), {}, "IMPLICIT_DENY"),
        (allow(Action=["s3:*", UNKNOWN]), {}, "ALLOWED"),
        (allow(Resource=["*", UNKNOWN]), {}, "ALLOWED"),
        (allow(Condition={"StringEquals": {"a:b": ["x", UNKNOWN]}}), {"a:b": "x"}, "ALLOWED"),
        (allow(Condition={"StringEquals": {"a:b": UNKNOWN}}), {}, "IMPLICIT_DENY"),
        (allow(Condition={"StringEquals": {"a:b": "x", "a:c": UNKNOWN}}), {"a:b": "y"}, "IMPLICIT_DENY"),
        (allow(Condition={"ForAllValues:StringEquals": {"a:b": UNKNOWN}}), {}, "ALLOWED"),
        (
            allow(Condition={"ForAllValues:StringEquals": {"a:b": "x"}}),
            {"a:b": OpenList(["y"], UNKNOWN)},
            "IMPLICIT_DENY",
        ),
        (allow(Condition={"ForAnyValue:StringEquals": {"a:b": "x"}}), {"a:b": ["x", UNKNOWN]}, "ALLOWED"),
        (allow(Condition={"Null": {"a:b": "false"}}), {"a:b": PRESENT}, "ALLOWED"),
        (allow(Condition={"Null": {"a:b": "true"}}), {"a:b": PRESENT}, "IMPLICIT_DENY"),
    ],
    ids=case_name,
)
def test_what_every_completion_agrees_on_is_known(statement: Any, context: Any, decision: str) -> None:
    assert ask(statement, context=context).decision == decision


def test_an_unread_policy_may_hold_a_deny() -> None:
    both = PolicySet(identity=(policy("p", allow()), Policy.of("attached", UNKNOWN)))
    found = decide(Request(ROLE, "s3:GetObject", "arn:aws:s3:::b/k"), both)
    assert found.decision == "UNKNOWN"
    assert [(one.layer, one.policy) for one in found.decisive] == [("identity", "attached")]


def test_an_explicit_deny_is_known_beside_anything_unknown() -> None:
    unread = Policy.of("attached", UNKNOWN)
    assert ask(deny(), boundary=(unread,), session=(unread,), resource=unread).decision == "EXPLICIT_DENY"


def test_a_refusal_of_unknown_kind_is_still_a_refusal() -> None:
    found = ask(deny(Resource=UNKNOWN))
    assert found.decision == "UNKNOWN"
    assert found.allowed is False


def test_a_document_of_unknown_version_knows_no_variables_for_sure() -> None:
    context: dict[str, object] = {"aws:PrincipalTag/t": "k"}
    request = Request(ROLE, "s3:GetObject", "arn:aws:s3:::b/k", None, context)

    def decided(resource: str) -> str:
        identity = (policy("p", allow(Resource=resource), version=UNKNOWN),)
        return decide(request, PolicySet(identity=identity)).decision

    assert decided("arn:aws:s3:::b/${aws:PrincipalTag/t}") == "UNKNOWN"
    assert decided("arn:aws:s3:::b/*") == "ALLOWED"


def test_an_unread_resource_policy_decides_only_where_it_must() -> None:
    request = Request(ROLE, "kms:Decrypt", KEY)
    found = decide(request, PolicySet(identity=(policy("p", allow(Action="kms:*")),), resource=UNKNOWN))
    assert found.decision == "UNKNOWN"
    assert found.decisive[0].why == "parameter `P` has no value"


def test_the_owner_of_an_unknown_resource_is_unknown() -> None:
    request = Request(ROLE, "sqs:SendMessage", text_of(["arn:aws:sqs:us-east-1:", UNKNOWN, ":q"]))
    found = decide(request, PolicySet(identity=(policy("p", allow(Action="sqs:*")),)))
    assert found.decision == "UNKNOWN"
    granted = policy("q", {**allow(Action="sqs:*"), "Principal": "*"})
    assert decide(request, PolicySet(identity=(policy("p", allow(Action="sqs:*")),), resource=granted)).allowed is True


def test_whether_the_public_is_restricted_may_be_unknown() -> None:
    anyone = Request(principal_of("*"), "s3:GetObject", "arn:aws:s3:::b/k", "111122223333")
    public = policy("bucket", allow(Principal="*"))
    assert decide(anyone, PolicySet(resource=public, restrict_public=UNKNOWN)).decision == "UNKNOWN"
    assert decide(anyone, PolicySet(resource=public, restrict_public=False)).decision == "ALLOWED"


def test_statements_are_named_with_their_sid() -> None:
    (why,) = ask(allow(Sid="Reads")).decisive
    assert (why.layer, why.policy, why.statement) == ("identity", "p", "Statement[0]")
    assert why.why == "`Reads` allows `s3:GetObject` on `arn:aws:s3:::b/k`"


def test_a_role_with_two_hundred_statements_is_quick() -> None:
    many = [
        allow(
            Action=["dynamodb:GetItem", "s3:Get*"],
            Resource=[f"arn:aws:s3:::bucket-{n}/${{aws:PrincipalTag/t}}/*", f"arn:aws:s3:::bucket-{n}"],
            Condition={"StringEquals": {"aws:PrincipalTag/team": ["blue", "red"]}},
        )
        for n in range(200)
    ]
    policies = PolicySet(identity=(policy("p", *many),))
    context: dict[str, object] = {"aws:PrincipalTag/t": "acme", "aws:PrincipalTag/team": "blue"}
    began = time.process_time()
    for n in range(200):
        request = Request(ROLE, "s3:GetObject", f"arn:aws:s3:::bucket-{n}/acme/k", None, context)
        assert decide(request, policies).decision == "ALLOWED"
    # 0.2 s where a millisecond is kept; generous, as machines differ.
    assert time.process_time() - began < 4
