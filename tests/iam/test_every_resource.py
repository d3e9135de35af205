"""Which documents read every store: every bucket, table or secret, and not some of them."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.iam.every_resource import reads_of_every_store
from scanner.iam.managed import managed_policy
from scanner.model.partial_text import text_of
from scanner.model.unknown import OpenList, Unknown, reference
from tests.language.judged import judged_template

SECRETS = {"Action": "secretsmanager:GetSecretValue"}
PARAMETER = Unknown("parameter", "parameter `P` has no value")


def found(*statements: dict[str, Any]) -> list[str]:
    listed = [{"Effect": "Allow", "Resource": "*", **each} for each in statements]
    for each in listed:
        if "NotResource" in each:
            del each["Resource"]
    rows = reads_of_every_store({"Version": "2012-10-17", "Statement": listed})
    assert isinstance(rows, list) and not isinstance(rows, OpenList)
    return [str(each["Action"]) for each in rows if isinstance(each, dict)]


@pytest.mark.parametrize(
    ("statement", "reads"),
    [
        ({"Action": "s3:GetObject"}, True),
        ({"Action": "s3:GetObject", "Resource": "arn:aws:s3:::*"}, True),
        ({"Action": "s3:GetObject", "Resource": "arn:aws:s3:::*/*"}, True),
        ({"Action": "s3:GetObject", "Resource": "arn:aws:s3:::*-logs/*"}, False),
        ({"Action": "s3:GetObject", "Resource": text_of(["arn:aws:s3:::", reference("t#B", "Ref", "x"), "/*"])}, False),
        ({"Action": "s3:ListAllMyBuckets"}, False),
        ({"Action": "s3:Put*"}, False),
        ({"NotAction": "iam:*"}, True),
        ({"NotAction": ["s3:*", "dynamodb:*", "secretsmanager:*", "ssm:*", "rds-data:*", "healthlake:*"]}, True),
        ({"Action": "s3:GetObject", "NotResource": "arn:aws:s3:::private/*"}, True),
        ({"Action": "dynamodb:Scan", "Resource": "arn:aws:dynamodb:eu-west-1:111122223333:table/*"}, True),
        ({"Action": "dynamodb:Scan", "Resource": "arn:aws:dynamodb:eu-west-1:111122223333:table/visits"}, False),
        ({"Action": "ssm:GetParametersByPath", "Resource": "arn:aws:ssm:*:*:parameter/*"}, True),
        ({"Action": "ssm:GetParameter", "Resource": "arn:aws:ssm:*:*:parameter/visits/*"}, False),
        ({**SECRETS, "Condition": {"StringEquals": {"aws:ResourceTag/Team": "visits"}}}, False),
        ({**SECRETS, "Condition": {"StringLike": {"aws:ResourceTag/Team": "*"}}}, True),
        ({**SECRETS, "Condition": {"StringEqualsIfExists": {"aws:ResourceTag/Team": "visits"}}}, True),
        ({**SECRETS, "Condition": {"StringNotEquals": {"aws:ResourceTag/Team": "visits"}}}, True),
        ({**SECRETS, "Condition": {"StringEquals": {"aws:PrincipalTag/Team": "visits"}}}, True),
        ({"Action": "medical-imaging:Get*"}, True),
    ],
)
def test_a_statement_reads_every_store_or_some(statement: dict[str, Any], reads: bool) -> None:
    assert bool(found(statement)) is reads


def test_a_denial_takes_it_away() -> None:
    assert not found(SECRETS, {"Effect": "Deny", "Action": "secretsmanager:*"})
    assert found(SECRETS, {"Effect": "Deny", "Action": "secretsmanager:*", "Resource": "arn:aws:secretsmanager:*:*:x"})


@pytest.mark.parametrize(
    "statement",
    [{"Action": "s3:GetObject", "Resource": PARAMETER}, {"Action": PARAMETER, "Resource": "*"}, PARAMETER],
)
def test_what_is_not_known_is_open(statement: object) -> None:
    allow = {"Effect": "Allow", **statement} if isinstance(statement, dict) else statement
    assert isinstance(reads_of_every_store({"Version": "2012-10-17", "Statement": [allow]}), OpenList)


@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        ("AmazonS3ReadOnlyAccess", "FAIL"),
        ("AmazonDynamoDBFullAccess_v2", "FAIL"),
        ("ReadOnlyAccess", "FAIL"),
        ("SecretsManagerReadWrite", "FAIL"),
        ("AmazonSSMFullAccess", "FAIL"),
        ("AmazonSSMManagedInstanceCore", "PASS"),
        ("job-function/ViewOnlyAccess", "PASS"),
        ("SecurityAudit", "PASS"),
        ("service-role/AWSLambdaBasicExecutionRole", "PASS"),
        ("NoPolicyOfThisName", "UNKNOWN"),
        # An administrator's is told by the rule on these.
        ("AdministratorAccess", "PASS"),
    ],
)
def test_policies_of_aws_are_read_as_the_documents_they_are(name: str, verdict: str) -> None:
    arn = f"arn:aws:iam::aws:policy/{name}"
    assert (managed_policy(arn) is None) is (verdict == "UNKNOWN")
    template = f'Resources: {{Team: {{Type: AWS::IAM::Group, Properties: {{ManagedPolicyArns: ["{arn}"]}}}}}}'
    assert judged_template("iam-no-reading-every-store", template) == {"Team": verdict}
