from __future__ import annotations

import json
from typing import Any  # policies here are JSON as it comes in

import pytest

from scanner.iam import policy_questions
from scanner.model.deferred import OpenMap
from scanner.model.partial_text import text_of
from scanner.model.unknown import OpenList, Unknown, reference
from tests.case_names import case_name

UNKNOWN = Unknown("parameter", "parameter `P` has no value")
ACCOUNT = Unknown("deploy-time", "later", ("pseudo", "stack", "AWS::AccountId"), True, True)
PARTITION = Unknown("deploy-time", "later", ("pseudo", "stack", "AWS::Partition"), True, True)
BUCKET = text_of(["arn:", PARTITION, ":s3:::", reference("t#Bucket", "Ref", "later")])
OTHER = text_of(["arn:", PARTITION, ":s3:::", reference("t#Other", "Ref", "later")])
OBJECTS = text_of([BUCKET, "/*"])


def policy(**statement: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [statement]}


def tls(**changes: Any) -> dict[str, Any]:
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [BUCKET, OBJECTS],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return policy(**{**statement, **changes})


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"Condition": {"Bool": {"aws:SecureTransport": False}}},
        {"Condition": {"Bool": {"AWS:securetransport": ["false"]}}},
        {"Condition": {"BoolIfExists": {"aws:SecureTransport": "false"}}},
        {"Condition": {"NumericLessThanIfExists": {"s3:TlsVersion": "1.2"}}},
        {"Principal": {"AWS": "*"}},
        {"Principal": {"AWS": ["*"]}},
        {"Action": "*"},
        {"Action": ["s3:*"]},
        {"Resource": "*"},
        {"Resource": "arn:aws:s3:::*"},
        {"Resource": text_of([BUCKET, "*"])},
        {"Resource": ["arn:aws:s3:::b", "arn:aws:s3:::b/*"]},
    ],
    ids=case_name,
)
def test_a_policy_that_refuses_everything_without_tls_counts(changes: dict[str, Any]) -> None:
    assert policy_questions.denies_without_tls(tls(**changes)) is True


@pytest.mark.parametrize(
    "changes",
    [
        {"Effect": "Allow"},
        {"Action": "s3:DeleteBucket"},
        {"Action": ["s3:GetObject", "s3:PutObject"]},
        {"Principal": {"AWS": "arn:aws:iam::111122223333:root"}},
        {"Resource": BUCKET},
        {"Resource": OBJECTS},
        {"Resource": "arn:aws:s3:::b/*"},
        {"Resource": ["arn:aws:s3:::b", "arn:aws:s3:::c/*"]},
        {"Resource": [BUCKET, text_of([BUCKET, "/public/*"])]},
        {"Condition": {"Bool": {"aws:SecureTransport": "true"}}},
        {"Condition": {"Bool": {"aws:SecureTransport": "false"}, "StringEquals": {"aws:PrincipalTag/a": "b"}}},
        {"Condition": {"Bool": {"aws:SecureTransport": "false", "aws:ViaAWSService": "false"}}},
        {"Condition": {"NumericLessThanIfExists": {"s3:TlsVersion": "1.1"}}},
        {"Condition": {"Null": {"aws:SecureTransport": "true"}}},
        {"Condition": {}},
    ],
    ids=case_name,
)
def test_a_weaker_policy_does_not_refuse_without_tls(changes: dict[str, Any]) -> None:
    assert policy_questions.denies_without_tls(tls(**changes)) is False


@pytest.mark.parametrize(
    "changes",
    [
        {"Effect": UNKNOWN},
        {"Action": UNKNOWN},
        {"Action": ["s3:Get*", UNKNOWN]},
        {"Principal": UNKNOWN},
        {"Resource": UNKNOWN},
        {"Resource": [BUCKET, UNKNOWN]},
        {"Condition": UNKNOWN},
        {"Condition": {"Bool": {"aws:SecureTransport": UNKNOWN}}},
        {"Condition": OpenMap({"Bool": {"aws:SecureTransport": "false"}}, UNKNOWN)},
        {"Condition": {"NumericLessThan": {"s3:TlsVersion": "1.2"}}},
        {"Resource": ["arn:aws:s3:::b", text_of(["arn:aws:s3:::", UNKNOWN, "/*"])]},
    ],
    ids=case_name,
)
def test_what_may_refuse_without_tls_is_unknown(changes: dict[str, Any]) -> None:
    assert isinstance(policy_questions.denies_without_tls(tls(**changes)), Unknown)


def test_bucket_and_objects_may_be_refused_by_two_statements() -> None:
    both = {"Statement": [tls(Resource=BUCKET)["Statement"][0], tls(Resource=OBJECTS)["Statement"][0]]}
    assert policy_questions.denies_without_tls(both) is True


def test_an_unread_statement_beside_a_refusal_changes_nothing() -> None:
    assert policy_questions.denies_without_tls({"Statement": [tls()["Statement"][0], UNKNOWN]}) is True
    assert isinstance(policy_questions.denies_without_tls({"Statement": [UNKNOWN]}), Unknown)


def test_other_services_are_asked_for_their_own_actions() -> None:
    topic = tls(Action="sns:Publish", Resource="arn:aws:sns:us-east-1:111122223333:t")
    assert policy_questions.denies_without_tls(topic, "sns") is True
    assert policy_questions.denies_without_tls(tls(Action="sns:Subscribe", Resource="*"), "sns") is False
    assert policy_questions.denies_without_tls(tls(Action="sqs:*", Resource="*"), "sqs") is True


def test_no_policy_grants_and_refuses_nothing() -> None:
    assert policy_questions.denies_without_tls(None) is False
    assert policy_questions.grants_public(None) is False
    assert policy_questions.grants_outside(None, "111122223333") is False
    assert policy_questions.is_admin(None) is False
    assert policy_questions.allows(None, "s3:GetObject", "*") is False
    assert policy_questions.statements(None) == []


def test_a_policy_nobody_has_read_is_unknown_to_every_view() -> None:
    for answer in (
        policy_questions.denies_without_tls(UNKNOWN),
        policy_questions.grants_public(UNKNOWN),
        policy_questions.grants_outside(UNKNOWN, "111122223333"),
        policy_questions.is_admin(UNKNOWN),
        policy_questions.allows(UNKNOWN, "s3:GetObject", "*"),
        policy_questions.statements(UNKNOWN),
    ):
        assert isinstance(answer, Unknown)


def grant(**changes: Any) -> dict[str, Any]:
    return policy(**{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*", **changes})


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"Principal": {"AWS": "*"}},
        {"Principal": {"AWS": ["111122223333", "*"]}},
        {"Condition": {"Bool": {"aws:SecureTransport": "true"}}},
        {"Condition": {"StringLike": {"aws:SourceVpc": "vpc-*"}}},
        {"Condition": {"StringLike": {"aws:PrincipalOrgID": "*"}}},
        {"Condition": {"StringEquals": {"aws:SourceVpc": "${aws:SourceVpc}"}}},
        {"Condition": {"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}}},
        {"Condition": {"ForAllValues:StringEquals": {"aws:PrincipalOrgID": "o-1"}}},
        {"Condition": {"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}},
        {"Condition": {"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}},
        {"Condition": {"IpAddress": {"aws:SourceIp": "::/0"}}},
        {"Condition": {"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "0.0.0.0/1"]}}},
        {"Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:*:*"}}},
        {"Condition": {"StringEquals": {"aws:PrincipalTag/team": "blue"}}},
        {"Condition": {"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}}},
        {"Condition": {"Null": {"aws:PrincipalOrgID": "false"}}},
    ],
    ids=case_name,
)
def test_a_grant_to_everybody_is_public(changes: dict[str, Any]) -> None:
    assert policy_questions.grants_public(grant(**changes)) is True


@pytest.mark.parametrize(
    "changes",
    [
        {"Effect": "Deny"},
        {"Principal": {"AWS": "111122223333"}},
        {"Principal": {"Service": "sns.amazonaws.com"}},
        {"Principal": {"Federated": "cognito-identity.amazonaws.com"}},
        {"Principal": {"AWS": text_of(["arn:aws:iam::", ACCOUNT, ":root"])}},
        {"Condition": {"StringEquals": {"aws:SourceAccount": "111122223333"}}},
        {"Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}}},
        {"Condition": {"StringEquals": {"AWS:SourceOwner": "111122223333"}}},
        {"Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}},
        {"Condition": {"StringLike": {"aws:PrincipalOrgID": "o-1"}}},
        {"Condition": {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-1/*"}}},
        {"Condition": {"StringEquals": {"aws:SourceVpce": ["vpce-1", "vpce-2"]}}},
        {"Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}},
        {"Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}},
        {"Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::b"}}},
        {"Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:111122223333:*"}}},
        {"Condition": {"ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/*"}}},
        {"Condition": {"ArnEquals": {"aws:SourceArn": BUCKET}}},
        {"Condition": {"StringEquals": {"kms:CallerAccount": "111122223333", "kms:ViaService": "s3.x"}}},
        {"Condition": {"StringEquals": {"lambda:FunctionUrlAuthType": "AWS_IAM"}}},
        {"Condition": {"Bool": {"elasticfilesystem:AccessedViaMountTarget": "true"}}},
        {"Condition": {"Bool": {"aws:SecureTransport": "true"}, "StringEquals": {"aws:SourceVpc": "vpc-1"}}},
    ],
    ids=case_name,
)
def test_a_grant_to_fixed_values_is_not_public(changes: dict[str, Any]) -> None:
    assert policy_questions.grants_public(grant(**changes)) is False


@pytest.mark.parametrize(
    "changes",
    [
        {"Effect": UNKNOWN},
        {"Principal": UNKNOWN},
        {"Principal": {"AWS": UNKNOWN}},
        {"Condition": UNKNOWN},
        {"Condition": {"StringEquals": {"aws:SourceAccount": UNKNOWN}}},
        {"Condition": {"IpAddress": {"aws:SourceIp": UNKNOWN}}},
    ],
    ids=case_name,
)
def test_a_grant_that_may_be_public_is_unknown(changes: dict[str, Any]) -> None:
    assert isinstance(policy_questions.grants_public(grant(**changes)), Unknown)


def test_an_allow_to_all_but_some_is_public() -> None:
    document = grant()
    document["Statement"][0]["NotPrincipal"] = document["Statement"][0].pop("Principal")
    document["Statement"][0]["NotPrincipal"] = {"AWS": "111122223333"}
    assert policy_questions.grants_public(document) is True


@pytest.mark.parametrize(
    ("deny", "public"),
    [
        ({"Condition": {"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}}}, False),
        ({"Condition": {"StringNotEqualsIfExists": {"aws:SourceVpce": "vpce-1"}}}, False),
        (
            {
                "Condition": {
                    "StringNotEquals": {"aws:PrincipalOrgID": "o-1"},
                    "Bool": {"aws:PrincipalIsAWSService": "false"},
                }
            },
            False,
        ),
        ({}, False),
        ({"Condition": {"StringNotEquals": {"aws:PrincipalTag/a": "b"}}}, True),
        ({"Condition": {"StringNotLike": {"aws:PrincipalOrgID": "*"}}}, True),
        ({"Action": "s3:PutObject"}, True),
        ({"Resource": "arn:aws:s3:::b/secret/*"}, True),
        ({"Principal": {"AWS": "999922223333"}}, True),
        ({"Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}}, True),
    ],
    ids=case_name,
)
def test_a_deny_to_all_others_takes_the_public_away(deny: dict[str, Any], public: bool) -> None:
    document = grant(Resource="arn:aws:s3:::b/*")
    statement = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*", **deny}
    document["Statement"].append(statement)
    assert policy_questions.grants_public(document) is public


@pytest.mark.parametrize(
    ("principal", "outside"),
    [
        ("*", True),
        ({"AWS": "111122223333"}, False),
        ({"AWS": "arn:aws:iam::111122223333:role/app"}, False),
        ({"AWS": "arn:aws:sts::111122223333:assumed-role/app/s"}, False),
        ({"AWS": "arn:aws:iam::999922223333:root"}, True),
        ({"AWS": ["111122223333", "999922223333"]}, True),
        ({"Service": "sns.amazonaws.com"}, False),
        ({"Federated": "accounts.google.com"}, False),
        ({"AWS": reference("t#Role", "Arn", "later")}, False),
    ],
    ids=case_name,
)
def test_a_principal_of_another_account_is_outside(principal: Any, outside: bool) -> None:
    assert policy_questions.grants_outside(grant(Principal=principal), "111122223333") is outside


@pytest.mark.parametrize(
    "principal",
    [
        UNKNOWN,
        {"AWS": UNKNOWN},
        {"AWS": text_of(["arn:aws:iam::", UNKNOWN, ":root"])},
        {"AWS": "AROAEXAMPLEID1234567"},
        {"CanonicalUser": "79a59df900b949e5"},
    ],
    ids=case_name,
)
def test_a_principal_that_cannot_be_placed_is_unknown(principal: Any) -> None:
    assert isinstance(policy_questions.grants_outside(grant(Principal=principal), "111122223333"), Unknown)


def test_the_account_itself_may_be_unknown() -> None:
    own = grant(Principal={"AWS": text_of(["arn:aws:iam::", ACCOUNT, ":root"])})
    assert policy_questions.grants_outside(own, ACCOUNT) is False
    assert isinstance(policy_questions.grants_outside(own, "111122223333"), Unknown)
    assert isinstance(policy_questions.grants_outside(grant(Principal={"AWS": "111122223333"}), ACCOUNT), Unknown)
    assert policy_questions.grants_outside(grant(), ACCOUNT) is True


@pytest.mark.parametrize(
    ("condition", "outside"),
    [
        ({"StringEquals": {"aws:PrincipalAccount": "111122223333"}}, False),
        ({"StringEquals": {"aws:PrincipalAccount": ["111122223333", "999922223333"]}}, True),
        ({"StringEquals": {"aws:PrincipalOrgID": "o-1"}}, False),
        ({"StringEquals": {"aws:PrincipalOrgID": "o-2"}}, True),
        ({"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-1/r-1/*"}}, False),
        ({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/*"}}, False),
        ({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/app"}}, True),
        ({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, True),
    ],
    ids=case_name,
)
def test_a_condition_keeps_everybody_inside(condition: dict[str, Any], outside: bool) -> None:
    assert policy_questions.grants_outside(grant(Condition=condition), "111122223333", "o-1") is outside


def test_a_foreign_account_may_be_of_the_organisation() -> None:
    foreign = grant(Principal={"AWS": "999922223333"})
    assert isinstance(policy_questions.grants_outside(foreign, "111122223333", "o-1"), Unknown)
    assert policy_questions.grants_outside(foreign, ["111122223333", "999922223333"], "o-1") is False


def allow(**changes: Any) -> dict[str, Any]:
    return policy(**{"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*", **changes})


@pytest.mark.parametrize(
    ("document", "action", "resource", "expected"),
    [
        (allow(), "kms:Decrypt", "*", True),
        (allow(), "KMS:decrypt", "*", True),
        (allow(Action="kms:*"), "kms:Decrypt", "*", True),
        (allow(Action="kms:De*"), "kms:*", "*", False),
        (allow(Action="kms:*"), "kms:*", "*", True),
        (allow(Resource="arn:aws:kms:*:*:key/*"), "kms:Decrypt", "*", False),
        (allow(Resource="arn:aws:kms:*:*:key/*"), "kms:Decrypt", "arn:aws:kms:*:*:key/*", True),
        (allow(Resource="arn:aws:kms:us-east-1:*:key/*"), "kms:Decrypt", "arn:aws:kms:*:*:key/*", False),
        (allow(Effect="Deny"), "kms:Decrypt", "*", False),
        (policy(Effect="Allow", NotAction="iam:*", Resource="*"), "kms:Decrypt", "*", True),
        (policy(Effect="Allow", NotAction="iam:*", Resource="*"), "iam:Get*", "*", False),
        (policy(Effect="Allow", NotAction="iam:*", Resource="*"), "*", "*", False),
        (policy(Effect="Allow", Action="s3:*", NotResource="arn:aws:s3:::b/*"), "s3:GetObject", "*", False),
        (
            policy(Effect="Allow", Action="s3:*", NotResource="arn:aws:s3:::b/*"),
            "s3:GetObject",
            "arn:aws:s3:::c/k",
            True,
        ),
        (allow(Resource="arn:aws:s3:::b/${aws:PrincipalTag/t}/*"), "kms:Decrypt", "arn:aws:s3:::b/x/y", True),
        (allow(Resource=OBJECTS), "kms:Decrypt", text_of([BUCKET, "/k"]), True),
        (allow(Resource=OBJECTS), "kms:Decrypt", BUCKET, False),
    ],
    ids=case_name,
)
def test_a_document_allows_what_one_statement_covers(document: Any, action: str, resource: Any, expected: bool) -> None:
    assert policy_questions.allows(document, action, resource) is expected


def test_what_a_document_may_allow_is_unknown() -> None:
    assert policy_questions.allows(allow(Action=UNKNOWN), "kms:Decrypt", "*") is UNKNOWN
    assert policy_questions.allows(allow(Effect=UNKNOWN), "kms:Decrypt", "*") is UNKNOWN
    assert policy_questions.allows(allow(Resource=[UNKNOWN]), "kms:Decrypt", "arn:aws:kms:x") is UNKNOWN
    assert isinstance(policy_questions.allows(allow(Resource=OTHER), "kms:Decrypt", BUCKET), Unknown)
    assert policy_questions.allows(allow(), "kms:Decrypt", UNKNOWN) is True
    # A statement that nobody has read may be a Deny.
    assert policy_questions.allows({"Statement": [allow()["Statement"][0], UNKNOWN]}, "kms:Decrypt", "*") is UNKNOWN


KEY_ID = reference("t#Key", "Ref", "later")
REGION = Unknown("deploy-time", "later", ("pseudo", "stack", "AWS::Region"), True, True)
KEY = text_of(["arn:", PARTITION, ":kms:", REGION, ":", ACCOUNT, ":key/", KEY_ID])


@pytest.mark.parametrize(
    ("pattern", "asked", "expected"),
    [
        (KEY, "arn:aws:kms:*:*:key/*", False),
        (KEY, "*", False),
        (KEY, "arn:aws:kms:us-east-1:111122223333:key/1", None),
        (text_of([KEY, "*"]), "arn:aws:kms:*:*:key/*", False),
        (text_of(["arn:", PARTITION, ":kms:*:*:key/*"]), "arn:aws:kms:*:*:key/*", None),
        (text_of(["arn:", PARTITION, ":kms:", REGION, ":", ACCOUNT, ":key/*"]), "arn:aws:kms:*:*:key/*", False),
        (text_of(["arn:aws:kms:*:*:key/", UNKNOWN]), "arn:aws:kms:*:*:key/*", None),
        (text_of(["arn:aws:kms:*:*:", UNKNOWN]), "arn:aws:kms:*:*:key/*", None),
    ],
    ids=case_name,
)
def test_what_deployment_names_is_no_wildcard(pattern: Any, asked: str, expected: bool | None) -> None:
    found = policy_questions.allows(allow(Resource=pattern), "kms:Decrypt", asked)
    assert found is expected if expected is not None else isinstance(found, Unknown)


def test_conditions_count_as_met_unless_asked_otherwise() -> None:
    conditional = allow(Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}})
    assert policy_questions.allows(conditional, "kms:Decrypt", "*") is True
    assert policy_questions.allows(conditional, "kms:Decrypt", "*", unconditional=True) is False


def test_an_unconditional_deny_takes_away_and_a_conditional_one_does_not() -> None:
    document = allow()
    document["Statement"].append({"Effect": "Deny", "Action": "kms:*", "Resource": "*"})
    assert policy_questions.allows(document, "kms:Decrypt", "*") is False
    document["Statement"][1]["Condition"] = {"Bool": {"aws:MultiFactorAuthPresent": "false"}}
    assert policy_questions.allows(document, "kms:Decrypt", "*") is True


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (allow(Action="*"), True),
        (allow(Action="*:*"), True),
        (allow(Action=["s3:*", "*"]), True),
        *((allow(Action="*", Resource=each), True) for each in ("arn:*", "arn:aws:*", "arn:*:*:*:*:*")),
        (allow(Action="*", Resource="arn:aws:*:*:111122223333:*"), True),
        (allow(Action="*", Resource=text_of(["arn:aws:*:*:", ACCOUNT, ":*"])), True),
        (allow(Action="*", Resource="arn:aws:iam::*:*"), False),
        (allow(Action="*", Resource="arn:aws:*:us-east-1:*:*"), False),
        (allow(Action="*", Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}}), True),
        (allow(Action="*", Resource="arn:aws:s3:::b"), False),
        (allow(Action="s3:*"), False),
        (allow(Action="*", Effect="Deny"), False),
        (policy(Effect="Allow", NotAction="iam:*", Resource="*"), False),
        (policy(Effect="Allow", NotAction="s3:DeleteBucket", Resource="*"), True),
        (policy(Effect="Allow", Action="*", NotResource="arn:aws:s3:::audit/*"), True),
        (policy(Effect="Allow", NotAction="s3:DeleteBucket", NotResource="arn:aws:s3:::audit/*"), True),
        (policy(Effect="Allow", Action="*", NotResource="arn:aws:iam::*:*"), False),
        (policy(Effect="Allow", Action="s3:*", NotResource="arn:aws:s3:::audit/*"), False),
        ({"Statement": [allow(Action="*")["Statement"][0], allow(Action="*", Effect="Deny")["Statement"][0]]}, False),
    ],
    ids=case_name,
)
def test_an_administrator_may_do_everything(document: Any, expected: bool) -> None:
    assert policy_questions.is_admin(document) is expected


def test_who_may_be_an_administrator_is_unknown() -> None:
    assert policy_questions.is_admin(allow(Action=UNKNOWN)) is UNKNOWN
    assert policy_questions.is_admin(allow(Action="*", Resource=UNKNOWN)) is UNKNOWN


def test_statements_are_normalised() -> None:
    document = grant(Action="s3:*", Principal={"AWS": ["1", "2"]}, Condition={"Bool": {"aws:SecureTransport": False}})
    assert policy_questions.statements(json.dumps(document)) == [
        {
            "Sid": None,
            "Effect": "Allow",
            "Actions": ["s3:*"],
            "NotActions": [],
            "Resources": ["*"],
            "NotResources": [],
            "Principals": [{"type": "AWS", "value": "1"}, {"type": "AWS", "value": "2"}],
            "NotPrincipals": [],
            "Conditions": [{"operator": "Bool", "key": "aws:SecureTransport", "values": ["false"]}],
            "Source": "Statement[0]",
        }
    ]


def test_statements_stay_open_where_more_may_follow() -> None:
    found = policy_questions.statements({"Statement": OpenList([grant(Action=UNKNOWN)["Statement"][0]], UNKNOWN)})
    assert isinstance(found, OpenList)
    first = found[0]
    assert isinstance(first, dict)
    assert isinstance(first["Actions"], OpenList)
