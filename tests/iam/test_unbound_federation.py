"""Conditions of a trust policy that seem to narrow a federated provider, and those that do."""

from __future__ import annotations

import pytest

from scanner.iam.unbound_federation import unbound_federation
from scanner.model.unknown import OpenList, Unknown
from tests.case_names import case_name

POOL = "cognito-idp.us-east-1.amazonaws.com/us-east-1_AAAA1111"
OIDC = f"arn:aws:iam::111122223333:oidc-provider/{POOL}"
SAML = "arn:aws:iam::111122223333:saml-provider/clinic"
AUD, SUB, AMR = f"{POOL}:aud", f"{POOL}:sub", f"{POOL}:amr"


def trust(condition: object = None, provider: object = OIDC, effect: str = "Allow") -> dict[str, object]:
    body = {"Effect": effect, "Principal": {"Federated": provider}, "Action": "sts:AssumeRoleWithWebIdentity"}
    return {"Version": "2012-10-17", "Statement": [body | ({"Condition": condition} if condition else {})]}


@pytest.mark.parametrize(
    "condition",
    [
        None,
        {"StringLike": {AUD: "*"}},
        {"StringNotEquals": {AUD: "x"}},
        {"ForAllValues:StringEquals": {AMR: ["mfa"]}},
        {"ForAllValues:StringEquals": {"cognito-identity.amazonaws.com:aud": ["client"]}},
        {"StringEqualsIfExists": {f"{POOL}:azp": "client"}},
        {"StringLike": {SUB: "?*"}},
        {"Null": {AUD: "false"}},
        {"IpAddress": {"aws:SourceIp": "198.51.100.0/24"}},
        {"StringEquals": {"sts:RoleSessionName": "app"}},
    ],
    ids=case_name,
)
def test_a_condition_that_holds_for_everybody_whom_the_provider_signs_in(condition: object) -> None:
    (found,) = unbound_federation(trust(condition))  # type: ignore[misc]  # a list
    assert found["Provider"] == OIDC


@pytest.mark.parametrize(
    "condition",
    [
        {"StringEquals": {AUD: "client"}},
        {"ForAllValues:StringEquals": {AUD: ["client"]}},
        {"ForAnyValue:StringEquals": {AMR: ["mfa"]}},
        {"StringLike": {SUB: "clinic-*"}},
        {"StringEquals": {AUD.upper(): "client"}},
        {"StringEqualsIfExists": {AUD: "client"}},
        {"StringEquals": {AUD: "client"}, "StringLike": {SUB: "*"}},
    ],
    ids=case_name,
)
def test_a_condition_on_what_the_token_says_narrows(condition: object) -> None:
    assert unbound_federation(trust(condition)) == []


def test_a_deny_of_all_other_audiences_narrows() -> None:
    both = trust()
    both["Statement"] += trust({"StringNotEquals": {AUD: "client"}}, effect="Deny")["Statement"]  # type: ignore[operator]
    assert unbound_federation(both) == []


@pytest.mark.parametrize(
    ("condition", "opened"),
    [
        (None, 1),
        ({"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}}, 0),
        ({"StringLike": {"SAML:aud": "*"}}, 1),
    ],
)
def test_a_directory_is_narrowed_by_its_own_keys(condition: object, opened: int) -> None:
    assert len(unbound_federation(trust(condition, SAML))) == opened  # type: ignore[arg-type]


def test_an_audience_that_nobody_knows_is_open() -> None:
    found = unbound_federation(trust({"StringLike": {AUD: Unknown("parameter", "no value")}}))
    assert isinstance(found, OpenList) and found == OpenList([], found.unknown)


def test_identity_pools_have_a_rule_of_their_own() -> None:
    assert unbound_federation(trust(None, "cognito-identity.amazonaws.com")) == []
