"""What is of the account that a stack is deployed to is one's own, also where nobody says which account that is."""

from __future__ import annotations

import pytest

from tests.language.judged import judged_template

TEMPLATE = """
Parameters: {Other: {Type: String}}
Resources:
  Role: {Type: AWS::IAM::Role, Properties: {RoleName: app, AssumeRolePolicyDocument: {Statement: []}}}
  Oai: {Type: AWS::CloudFront::CloudFrontOriginAccessIdentity, Properties: {CloudFrontOriginAccessIdentityConfig: {Comment: c}}}
  Policy:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: scans
      PolicyDocument: {Statement: [{Effect: Allow, Principal: %s, Action: "s3:GetObject", Resource: "*"}]}
"""  # noqa: E501  # a resource a line
CONDITION = '"*", Condition: {%s: {"%s": %s}}'


def judged(principal: str, **settings: str) -> str:
    return judged_template("s3-policy-grantees-restricted", TEMPLATE % principal, **settings)["Policy"]


OWN = [
    '{AWS: !Sub "arn:aws:iam::${AWS::AccountId}:root"}',
    "{AWS: !Ref AWS::AccountId}",
    '{AWS: [!Sub "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/app", !GetAtt Role.Arn]}',
    '{AWS: !Sub "arn:aws:sts::${AWS::AccountId}:assumed-role/${Role}/session"}',
    '{AWS: !Join ["", ["arn:", !Ref AWS::Partition, ":iam::", !Ref AWS::AccountId, ":user/one"]]}',
    '{AWS: !Sub "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity ${Oai}"}',
    "{CanonicalUser: !GetAtt Oai.S3CanonicalUserId}",
    CONDITION % ("StringEquals", "aws:SourceAccount", "!Ref AWS::AccountId"),
    CONDITION % ("StringEquals", "aws:PrincipalAccount", '[!Ref AWS::AccountId, !Sub "${AWS::AccountId}"]'),
    CONDITION % ("ArnLike", "aws:PrincipalArn", '!Sub "arn:aws:iam::${AWS::AccountId}:role/app-*"'),
]
OPEN = [
    '{AWS: "444455556666"}',
    "{AWS: !Ref Other}",
    '{AWS: !Sub "arn:aws:iam::${Other}:root"}',
    '{AWS: [!Ref AWS::AccountId, "444455556666"]}',
    '{AWS: "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E127EXAMPLE51Z"}',
    CONDITION % ("StringEquals", "aws:SourceAccount", '["444455556666"]'),
]


@pytest.mark.parametrize("principal", OWN)
@pytest.mark.full
def test_ones_own_account_is_no_outsider(principal: str) -> None:
    assert judged(principal) == "PASS"
    assert judged(principal, account="111122223333") == "PASS"


@pytest.mark.parametrize("principal", OPEN)
@pytest.mark.full
def test_another_account_may_be_ones_own_until_that_is_known(principal: str) -> None:
    assert judged(principal) == "UNKNOWN"


@pytest.mark.full
def test_everybody_is_outside_whatever_the_account() -> None:
    assert judged('{AWS: "*"}') == judged('"*"') == "FAIL"
    assert judged('{AWS: "444455556666"}', account="111122223333") == "FAIL"
