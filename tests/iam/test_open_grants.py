"""Who gets in by a policy is decided by requests that a stranger can make, not by the names of condition keys."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.iam.evaluator import decide
from scanner.iam.open_federation import guest_statements, open_federation
from scanner.iam.open_grants import open_statements
from scanner.iam.policies import Policy, PolicySet
from scanner.iam.principals import principal_of
from scanner.iam.request import Request
from scanner.iam.stranger import witness
from scanner.iam.undeclared_grantees import undeclared_grantees
from scanner.iam.wildcards import Glob
from scanner.model.partial_text import text_of
from scanner.model.unknown import OpenList, Unknown, reference
from tests.case_names import case_name

UNKNOWN = Unknown("parameter", "parameter `P` has no value")
ACCOUNT = Unknown("deploy-time", "later", ("pseudo", "stack", "AWS::AccountId"), True, True)
GITHUB = "token.actions.githubusercontent.com"
PROVIDER = f"arn:aws:iam::111122223333:oidc-provider/{GITHUB}"
POOLS = "cognito-identity.amazonaws.com"


def grant(**changes: Any) -> dict[str, Any]:
    allow = {"Effect": "Allow", "Principal": "*", "Action": "sqs:*", "Resource": "*", **changes}
    return {"Version": "2012-10-17", "Statement": [{key: value for key, value in allow.items() if value is not None}]}


def said(found: object) -> bool | None:
    """None where it is not decided."""
    assert isinstance(found, list)
    return None if isinstance(found, OpenList) and not found else bool(found)


def when(operator: str, key: str, value: Any) -> dict[str, Any]:
    return {"Condition": {operator: {key: value}}}


@pytest.mark.parametrize(
    ("changes", "opened"),
    [
        ({}, True),
        ({"Principal": {"AWS": "*"}}, True),
        ({"Principal": {"AWS": ["111122223333", "*"]}}, True),
        ({"Principal": None, "NotPrincipal": {"AWS": "111122223333"}}, True),
        ({"Condition": {}}, True),
        ({"Principal": {"AWS": "arn:aws:iam::111122223333:root"}}, False),
        ({"Principal": {"AWS": text_of(["arn:aws:iam::", ACCOUNT, ":root"])}}, False),
        ({"Principal": {"AWS": reference("t#Role", "Arn", "later")}}, False),
        ({"Principal": {"Service": "sns.amazonaws.com"}}, False),
        ({"Principal": {"CanonicalUser": "79a59df900b949e5"}}, False),
        ({"Principal": None}, False),
        ({"Effect": "Deny"}, False),
        (when("StringEquals", "aws:PrincipalOrgID", "o-1"), False),
        (when("StringEquals", "aws:PrincipalOrgID", ["o-1", "o-2"]), False),
        (when("StringLike", "aws:PrincipalOrgID", "o-1"), False),
        (when("StringLike", "aws:PrincipalOrgID", "o-*"), True),
        (when("StringLike", "aws:PrincipalOrgID", "o-a*"), True),
        (when("StringLike", "aws:PrincipalOrgID", "o-clinic1234*"), False),
        (when("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-c*/*"), True),
        (when("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-c*/r-ab12/*"), False),
        (when("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-clinic1234/*"), False),
        (when("StringLike", "aws:PrincipalAccount", "1*"), True),
        (when("StringLike", "aws:PrincipalAccount", "11112222333?"), True),
        (when("StringLike", "aws:PrincipalAccount", "111122223333*"), False),
        (when("StringLike", "aws:PrincipalAccount", ["111122223333", "*9"]), True),
        (when("StringLike", "kms:CallerAccount", "4*"), True),
        (when("StringLike", "aws:SourceAccount", "4*"), True),
        (when("ArnLike", "aws:PrincipalArn", "arn:aws:iam::1111*:role/app"), True),
        (when("StringLike", "aws:PrincipalArn", "arn:aws:iam::11112222????:role/*"), True),
        (when("StringLike", "aws:SourceVpc", "vpc-0*"), True),
        (when("StringLike", "aws:SourceVpce", "vpce-?a*"), True),
        (when("StringLike", "aws:SourceVpce", "vpce-0a1b2c3d*"), False),
        (when("StringEquals", "aws:PrincipalOrgID", "*"), False),
        (when("StringEqualsIfExists", "aws:PrincipalOrgID", "o-1"), True),
        (when("ForAllValues:StringEquals", "aws:PrincipalOrgID", "o-1"), True),
        (when("StringNotEquals", "aws:PrincipalOrgID", "o-1"), True),
        (when("Null", "aws:PrincipalOrgID", "false"), True),
        (when("Null", "aws:PrincipalOrgID", "true"), True),
        (when("StringEquals", "aws:PrincipalAccount", "${aws:PrincipalAccount}"), True),
        (when("StringEquals", "aws:PrincipalAccount", "${aws:ResourceAccount}"), False),
        (when("StringEquals", "aws:PrincipalTag/team", "blue"), True),
        (when("Bool", "aws:SecureTransport", "true"), True),
        (when("Bool", "aws:MultiFactorAuthPresent", "true"), True),
        (when("Bool", "aws:PrincipalIsAWSService", "true"), False),
        (when("IpAddress", "aws:SourceIp", "203.0.113.0/24"), False),
        (when("IpAddress", "aws:SourceIp", ["203.0.113.0/24", "0.0.0.0/0"]), True),
        (when("IpAddress", "aws:SourceIp", ["0.0.0.0/1", "128.0.0.0/1"]), True),
        (when("NotIpAddress", "aws:SourceIp", "203.0.113.0/24"), True),
        (when("ArnLike", "aws:PrincipalArn", "arn:aws:iam::111122223333:role/*"), False),
        (when("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:role/deploy"), True),
        (when("StringLike", "aws:PrincipalArn", "*"), True),
        (when("ArnLike", "aws:PrincipalArn", "*"), True),
        (when("ArnLike", "aws:SourceArn", "arn:aws:s3:::scans"), False),
        (when("ArnLike", "aws:SourceArn", "arn:aws:s3:::scans-*"), True),
        (when("ArnLike", "aws:SourceArn", "arn:aws:sns:*:111122223333:*"), False),
        (when("ArnLike", "aws:SourceArn", "arn:aws:sns:*:*:results"), True),
        (when("StringEquals", "aws:SourceVpce", "vpce-1"), False),
        (when("StringLike", "aws:SourceVpce", "vpce-*"), True),
        (when("StringEquals", "aws:userid", "AROAEXAMPLEID1234567:app"), False),
        (when("StringLike", "aws:userid", "*:app"), True),
        (when("StringEquals", "sts:ExternalId", "7f3c9a"), False),
        ({"Condition": {"StringLike": {"aws:PrincipalOrgID": "*"}, "StringEquals": {"aws:SourceVpc": "vpc-1"}}}, False),
        ({"Condition": {"StringEquals": {"kms:CallerAccount": ACCOUNT, "kms:ViaService": "s3.x"}}}, False),
        ({"Principal": UNKNOWN}, None),
        ({"Principal": {"AWS": UNKNOWN}}, None),
        ({"Effect": UNKNOWN}, None),
        ({"Condition": UNKNOWN}, None),
        (when("StringLike", "aws:PrincipalOrgID", UNKNOWN), None),
        (when("IpAddress", "aws:SourceIp", UNKNOWN), None),
        (when("ArnLike", "aws:SourceArn", UNKNOWN), None),
        (when("StringEquals", "s3:prefix", UNKNOWN), True),
        ({"Action": UNKNOWN}, None),
    ],
    ids=case_name,
)
def test_a_statement_is_open_where_a_stranger_gets_in(changes: dict[str, Any], opened: bool | None) -> None:
    assert said(open_statements(grant(**changes))) is opened


@pytest.mark.parametrize(
    ("deny", "opened"),
    [
        ({}, False),
        (when("StringNotEquals", "aws:PrincipalOrgID", "o-1"), False),
        (when("StringNotEqualsIfExists", "aws:PrincipalOrgID", "o-1"), False),
        (when("ForAnyValue:StringNotEquals", "aws:PrincipalOrgID", "o-1"), True),
        (when("StringEquals", "aws:PrincipalOrgID", "o-1"), True),
        (when("NotIpAddress", "aws:SourceIp", "203.0.113.0/24"), False),
        (when("NotIpAddress", "aws:SourceIp", "0.0.0.0/0"), True),
        (when("Bool", "aws:SecureTransport", "false"), True),
        ({"Action": "sqs:SendMessage"}, True),
        ({"Action": None, "NotAction": "sqs:SendMessage"}, True),
        ({"Principal": {"AWS": "999922223333"}}, True),
        ({"Principal": {"AWS": UNKNOWN}}, None),
        (when("StringNotLike", "aws:PrincipalOrgID", UNKNOWN), None),
    ],
    ids=case_name,
)
def test_a_deny_counts_for_what_it_takes_from_a_stranger(deny: dict[str, Any], opened: bool | None) -> None:
    document = grant(Action=["sqs:SendMessage", "sqs:*"])
    document["Statement"] += grant(**{"Effect": "Deny", **deny})["Statement"]
    assert said(open_statements(document)) is opened


def test_what_nobody_has_read_is_open() -> None:
    assert open_statements(None) == []
    for document in (UNKNOWN, {"Statement": UNKNOWN}, {"Statement": OpenList(grant()["Statement"], UNKNOWN)}, "{"):
        assert said(open_statements(document)) is None


KEYS = ("aws:PrincipalOrgID", "aws:PrincipalAccount", "aws:SourceVpce", "aws:SourceIp", "aws:PrincipalArn")
VALUES = ("o-1", "111122223333", "vpce-1", "203.0.113.9", "arn:aws:iam::111122223333:role/app", "*", "arn:*", "o-*")
OPERATORS = ("StringEquals", "StringLike", "StringNotEquals", "StringEqualsIfExists", "ForAllValues:StringLike", "Null")
CONDITIONS = st.dictionaries(
    st.sampled_from(OPERATORS), st.dictionaries(st.sampled_from(KEYS), st.sampled_from(VALUES), min_size=1), max_size=2
)
STATEMENT = st.builds(
    lambda effect, condition: {
        "Effect": effect,
        "Principal": "*",
        "Action": "sqs:*",
        "Resource": "*",
        "Condition": condition,
    },
    st.sampled_from(("Allow", "Allow", "Deny")),
    CONDITIONS,
)
ALL = Policy.of("all", {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})


@settings(max_examples=150, deadline=None)
@given(st.lists(STATEMENT, min_size=1, max_size=3), st.sampled_from(("o-9", None)), st.sampled_from(("vpce-9", None)))
def test_what_is_narrowed_lets_no_other_stranger_in(
    statements: list[dict[str, Any]], organisation: str | None, endpoint: str | None
) -> None:
    document = {"Version": "2012-10-17", "Statement": statements}
    context = {"aws:PrincipalOrgID": organisation, "aws:SourceVpce": endpoint, "aws:SourceIp": "198.18.7.7"}
    given_keys = {key: value for key, value in context.items() if value is not None}
    who = principal_of("arn:aws:iam::888888888888:role/other")
    request = Request(who, "sqs:SendMessage", "arn:aws:sqs:us-east-1:222222222222:q", "222222222222", given_keys)
    answer = decide(request, PolicySet(identity=(ALL,), resource=Policy.of("p", document)))
    if answer.allowed is True:
        assert said(open_statements(document)) is not False


@given(st.text("ab*?", max_size=6), st.text("ab*?", max_size=6))
def test_a_witness_matches_both_patterns(first: str, second: str) -> None:
    found = witness(first, second)
    if found is not None:
        assert Glob.of(first).matches(found)
        assert Glob.of(second).matches(found)
    else:
        texts = [each.replace("*", fill).replace("?", "a") for each in (first, second) for fill in ("", "a", "b", "ab")]
        assert not any(Glob.of(first).matches(text) and Glob.of(second).matches(text) for text in texts)


def trust(provider: Any, **condition: Any) -> dict[str, Any]:
    web = {"Principal": {"Federated": provider}, "Action": "sts:AssumeRoleWithWebIdentity", "Resource": None}
    return grant(**web, Condition=condition or None)


@pytest.mark.parametrize(
    ("document", "opened"),
    [
        (trust(PROVIDER), True),
        (trust(PROVIDER, StringEquals={f"{GITHUB}:aud": "sts.amazonaws.com"}), True),
        (trust(PROVIDER, StringLike={f"{GITHUB}:sub": "repo:clinic/*"}), False),
        (trust(PROVIDER, StringLike={f"{GITHUB}:sub": "repo:clinic*"}), True),
        (trust(PROVIDER, StringLike={f"{GITHUB}:sub": "repo:*"}), True),
        (trust(PROVIDER, StringEquals={f"{GITHUB}:sub": "repo:clinic/app:ref:refs/heads/main"}), False),
        (trust(PROVIDER, StringNotEquals={f"{GITHUB}:sub": "repo:clinic/app:ref:refs/heads/main"}), True),
        (trust(PROVIDER, StringLike={f"{GITHUB}:sub": UNKNOWN}), None),
        (trust(reference("t#Provider", "Ref", "later"), StringEquals={f"{GITHUB}:aud": "x"}), True),
        (trust("accounts.google.com", StringEquals={"accounts.google.com:aud": "my-app"}), False),
        (trust("accounts.google.com"), True),
        (trust(UNKNOWN), None),
        (trust("arn:aws:iam::111122223333:saml-provider/staff"), False),
    ],
    ids=case_name,
)
def test_tokens_of_others_are_taken_or_not(document: dict[str, Any], opened: bool | None) -> None:
    assert said(open_federation(document)) is opened


@pytest.mark.parametrize(
    ("amr", "let_in"), [("authenticated", False), ("unauthenticated", True), ("*", True), (UNKNOWN, None), (None, True)]
)
def test_guests_of_a_pool_are_let_in_or_not(amr: Any, let_in: bool | None) -> None:
    conditions: dict[str, Any] = {"StringEquals": {f"{POOLS}:aud": "us-east-1:pool"}}
    if amr is not None:
        conditions["ForAnyValue:StringLike"] = {f"{POOLS}:amr": amr}
    assert said(guest_statements(trust(POOLS, **conditions))) is let_in


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"Principal": {"AWS": "444455556666"}}, True),
        ({"Principal": {"AWS": "111122223333"}}, False),
        ({"Principal": {"AWS": "AROAEXAMPLEID1234567"}}, None),
        ({"Principal": {"CanonicalUser": "79a59df900b949e5"}}, None),
        (when("StringEquals", "aws:PrincipalAccount", "444455556666"), True),
        (when("StringEquals", "aws:PrincipalOrgID", "o-own"), False),
        (when("StringEquals", "aws:PrincipalOrgID", "o-other"), True),
        (when("StringEquals", "aws:SourceVpce", "vpce-1"), None),
        ({"Effect": UNKNOWN, "Principal": {"AWS": "444455556666"}}, None),
    ],
    ids=case_name,
)
def test_whom_a_policy_names_is_declared_or_not(changes: dict[str, Any], named: bool | None) -> None:
    assert said(undeclared_grantees(grant(**changes), ("111122223333",), ("o-own",))) is named


@pytest.mark.parametrize(
    ("refused", "resource", "opened"),
    [
        ("arn:aws:sqs:us-east-1:111122223333:visits", UNKNOWN, None),
        ("arn:aws:sqs:us-east-1:111122223333:visits", [UNKNOWN], None),
        ("arn:aws:sqs:us-east-1:111122223333:visits", "arn:aws:sqs:us-east-1:111122223333:visits", False),
        ("arn:aws:sqs:us-east-1:111122223333:visits", "arn:aws:sqs:us-east-1:111122223333:rooms", True),
        ("*", UNKNOWN, False),
        (None, UNKNOWN, True),
    ],
    ids=case_name,
)
def test_what_a_statement_is_about_may_be_just_what_a_denial_refuses(
    refused: str | None, resource: Any, opened: bool | None
) -> None:
    document = grant(Resource=resource)
    if refused is not None:
        deny = {"Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": refused}
        document["Statement"].append({**deny, "Condition": {"StringNotEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}}})
    assert said(open_statements(document)) is opened
