"""`StringLike` with `us-east-1:*` on the audience takes the tokens of every identity pool of a region: it passed.

"Identity-provider controls for shared OIDC providers" (IAM User Guide): the claim tells the provider's customers apart,
so a part of one tells nobody. Beside it, what a Deny leaves to nobody or to callers of a name was told as open.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from scanner.iam.open_federation import guest_statements, open_federation
from scanner.iam.policy_questions import whole_accounts
from scanner.model.partial_text import text_of
from scanner.model.unknown import OpenList, Unknown
from tests.prover.situations import ACCOUNT, document

POOLS = "cognito-identity.amazonaws.com"
SIGNED_IN = {"ForAnyValue:StringLike": {f"{POOLS}:amr": "authenticated"}}
POOL = "us-east-1:11111111-2222-3333-4444-555555555555"
WEB = "sts:AssumeRoleWithWebIdentity"
GUESTS = {"ForAnyValue:StringEquals": {f"{POOLS}:amr": "unauthenticated"}}
ROOT = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
NAMED = f"arn:aws:iam::{ACCOUNT}:role/vending"


def statement(principal: Any, condition: Any = None, action: str = WEB, effect: str = "Allow") -> dict[str, Any]:
    made = {"Effect": effect, "Principal": principal, "Action": action}
    return {**made, "Condition": condition} if condition else made


@pytest.mark.parametrize(
    ("provider", "condition", "opened"),
    [
        (POOLS, {**SIGNED_IN, "StringEquals": {f"{POOLS}:aud": POOL}}, False),
        (POOLS, {**SIGNED_IN, "StringLike": {f"{POOLS}:aud": POOL}}, False),
        (POOLS, {**SIGNED_IN, "StringLike": {f"{POOLS}:aud": "us-east-1:*"}}, True),
        (POOLS, {**SIGNED_IN, "StringLike": {f"{POOLS}:aud": [POOL, "eu-west-1:*"]}}, True),
        (POOLS, {**SIGNED_IN, "StringLike": {f"{POOLS}:aud": "us-east-1:????????-*"}}, True),
        (POOLS, {**SIGNED_IN, "ForAnyValue:StringLike": {f"{POOLS}:aud": "us-east-1:*"}}, True),
        (POOLS, {**SIGNED_IN, "StringNotEquals": {f"{POOLS}:aud": POOL}}, True),
        ("accounts.google.com", {"StringLike": {"accounts.google.com:aud": "*.apps.googleusercontent.com"}}, True),
        ("accounts.google.com", {"StringLike": {"accounts.google.com:aud": "1234567890-*"}}, False),
        ("accounts.google.com", {"StringEquals": {"accounts.google.com:aud": "1234567890-a"}}, False),
        ("graph.facebook.com", {"StringLike": {"graph.facebook.com:app_id": "12*"}}, True),
        ("www.amazon.com", {"StringEquals": {"www.amazon.com:app_id": "amzn1.application-oa2-client.x"}}, False),
    ],
)
def test_a_part_of_an_audience_tells_nobody(provider: str, condition: Any, opened: bool) -> None:
    for principal in (provider, [provider]):
        trust = document(statement({"Federated": principal}, condition))
        assert bool(open_federation(trust)) is opened
        assert bool(open_federation(json.dumps(trust))) is opened


@pytest.mark.parametrize(
    ("denied", "guests"),
    [
        (statement({"Federated": POOLS}, GUESTS, effect="Deny"), False),
        (statement("*", GUESTS, effect="Deny"), False),
        (statement("*", GUESTS, action="sts:*", effect="Deny"), False),
        (statement({"Federated": POOLS}, GUESTS, action="sts:TagSession", effect="Deny"), True),
        (statement({"Federated": "accounts.google.com"}, GUESTS, effect="Deny"), True),
    ],
)
def test_guests_that_a_deny_refuses(denied: dict[str, Any], guests: bool) -> None:
    allowed = statement({"Federated": POOLS}, {"StringEquals": {f"{POOLS}:aud": POOL}})
    assert bool(guest_statements(document(allowed, denied))) is guests


def test_an_audience_that_a_deny_demands() -> None:
    other = {"StringNotEquals": {f"{POOLS}:aud": POOL}}
    trust = document(statement({"Federated": POOLS}, SIGNED_IN), statement({"Federated": POOLS}, other, effect="Deny"))
    assert open_federation(trust) == []


@pytest.mark.parametrize(
    ("denied", "whole"),
    [
        (statement("*", {"ArnNotEquals": {"aws:PrincipalArn": NAMED}}, "sts:AssumeRole", "Deny"), False),
        (statement({"AWS": "*"}, {"StringNotLike": {"aws:PrincipalArn": NAMED}}, "sts:*", "Deny"), False),
        (statement("*", {"ArnNotEqualsIfExists": {"aws:PrincipalArn": NAMED}}, "sts:AssumeRole", "Deny"), False),
        (statement("*", {"ArnNotLike": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/*"}}, "sts:*", "Deny"), True),
        (statement("*", {"ArnEquals": {"aws:PrincipalArn": NAMED}}, "sts:AssumeRole", "Deny"), True),
        (statement("*", {"ArnNotEquals": {"aws:PrincipalArn": NAMED}}, "sts:TagSession", "Deny"), True),
        (statement({"AWS": NAMED}, {"ArnNotEquals": {"aws:PrincipalArn": NAMED}}, "sts:AssumeRole", "Deny"), True),
        (
            statement(
                "*",
                {"ArnNotEquals": {"aws:PrincipalArn": NAMED}, "Bool": {"aws:MultiFactorAuthPresent": "false"}},
                "sts:AssumeRole",
                "Deny",
            ),
            True,
        ),
    ],
)
def test_an_account_of_which_a_deny_leaves_callers_of_a_name(denied: dict[str, Any], whole: bool) -> None:
    assert bool(whole_accounts(document(statement(ROOT, None, "sts:AssumeRole"), denied))) is whole


OWN = Unknown("deploy-time", "which account it is deployed to is not known", ("pseudo", "AWS::AccountId"))
NAME = Unknown("parameter", "parameter `Caller` has no value", ("parameter", "t.yaml", "Caller"))


def named(*parts: str | Unknown) -> dict[str, Any]:
    return {"ArnLike": {"aws:PrincipalArn": text_of(parts)}}


@pytest.mark.parametrize(
    ("condition", "whole"),
    [
        (named("arn:aws:iam::", OWN, ":role/vending"), False),
        (named("arn:aws:iam::", OWN, ":role/*"), True),
        (named("arn:aws:iam::", OWN, ":*"), True),
        (named("arn:aws:iam::", OWN, ":role/", NAME), None),
        (named(NAME), None),
        ({"ArnLike": {"aws:PrincipalArn": OpenList([NAMED], NAME)}}, None),
        ({"ArnLike": {"aws:PrincipalArn": [NAMED, f"arn:aws:iam::{ACCOUNT}:role/*"]}}, True),
    ],
)
def test_a_wildcard_for_every_caller_beside_what_deployment_gives(
    condition: dict[str, Any], whole: bool | None
) -> None:
    """The name was looked for in whole texts only, so that `role/*` beside `${AWS::AccountId}` was a name."""
    found = whole_accounts(document(statement(ROOT, condition, "sts:AssumeRole")))
    assert (None if isinstance(found, OpenList) and not found else bool(found)) is whole
    others = {"ArnNotLike": condition["ArnLike"]}
    denied = statement("*", others, "sts:AssumeRole", "Deny")
    found = whole_accounts(document(statement(ROOT, None, "sts:AssumeRole"), denied))
    assert (None if isinstance(found, OpenList) and not found else bool(found)) is whole


@pytest.mark.parametrize(
    ("denied", "allowed", "whole"),
    [
        ({"NotAction": "iam:*"}, {"Action": "sts:AssumeRole"}, False),
        ({"NotAction": "sts:*"}, {"Action": "sts:AssumeRole"}, True),
        ({"Action": "*"}, {"NotAction": "sts:TagSession"}, False),
        ({"Action": "sts:AssumeRole"}, {"NotAction": "sts:TagSession"}, True),
        ({"Action": "s3:*", "Resource": "arn:aws:s3:::a/*"}, {"Action": "s3:*", "Resource": "arn:aws:s3:::a/*"}, False),
        ({"Action": "s3:*", "Resource": "arn:aws:s3:::a/x"}, {"Action": "s3:*", "Resource": "arn:aws:s3:::a/*"}, True),
    ],
)
def test_a_deny_leaves_to_names_what_it_covers_only(
    denied: dict[str, Any], allowed: dict[str, Any], whole: bool
) -> None:
    others = {"ArnNotLike": {"aws:PrincipalArn": NAMED}}
    written = document(
        {"Effect": "Allow", "Principal": ROOT, **allowed},
        {"Effect": "Deny", "Principal": "*", "Condition": others, **denied},
    )
    assert bool(whole_accounts(written)) is whole
