"""A bucket of which one thing is not known leaves rules open on those buckets only that it may concern."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from scanner.snapshots.lines import Listed, Seen, Why
from tests.language.judged import judged_lines, judged_template

DENIED = Why("access-denied", "`s3:GetBucketLogging` on mystery is denied")
LOGGING = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "logging.s3.amazonaws.com"},
            "Action": "s3:PutObject",
            "Resource": "arn:aws:s3:::logs/*",
        }
    ],
}


def bucket(name: str, region: str = "eu-west-1", *, denied: bool = False, **properties: object) -> Seen:
    why = [(("LoggingConfiguration",), DENIED)] if denied else []
    known = {"BucketName": name, "AccessControl": None, "LoggingConfiguration": None, **properties}
    return Seen("AWS::S3::Bucket", name, f"arn:aws:s3:::{name}", region, known, why)


def policy(name: str, document: object, doubt: Why | None = None) -> Seen:
    unknown = [(("PolicyDocument",), doubt)] if doubt is not None else []
    known = {"Bucket": name, "PolicyDocument": document}
    return Seen("AWS::S3::BucketPolicy", name, None, None, known, unknown, [], doubt)


# Everything that may log into a bucket was asked for.
LISTED = tuple(
    Listed(name)
    for name in (
        "AWS::S3::Bucket",
        "AWS::S3::BucketPolicy",
        "AWS::CloudFront::Distribution",
        "AWS::CloudTrail::Trail",
        "AWS::ElasticLoadBalancing::LoadBalancer",
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
    )
)


@pytest.mark.full
def test_a_bucket_whose_logging_is_denied_leaves_no_other_bucket_open(tmp_path: Path) -> None:
    """S3's logging service writes only where a policy or an ACL lets it, and the account was asked for both."""
    lines = [*LISTED, bucket("mystery", denied=True), *(bucket(f"scans-{n}") for n in range(5))]
    found = judged_lines(tmp_path, "s3-access-logs", lines)
    assert found == {"mystery": "UNKNOWN", **{f"scans-{n}": "FAIL" for n in range(5)}}


@pytest.mark.parametrize(
    ("admitted", "verdict"),
    [
        (policy("logs", LOGGING), "UNKNOWN"),
        (policy("logs", {"Statement": [{**LOGGING["Statement"][0], "Principal": "*"}]}), "UNKNOWN"),  # type: ignore[dict-item]  # one statement
        (policy("logs", {"Statement": [{**LOGGING["Statement"][0], "Effect": "Deny"}]}), "FAIL"),  # type: ignore[dict-item]  # one statement
        (policy("logs", None, Why("access-denied", "`s3:GetBucketPolicy` on logs is denied")), "UNKNOWN"),
    ],
)
@pytest.mark.full
def test_one_that_lets_the_logging_service_write_may_be_what_it_logs_to(
    tmp_path: Path, admitted: Seen, verdict: str
) -> None:
    lines = [*LISTED, bucket("mystery", denied=True), bucket("logs"), admitted, bucket("scans")]
    found = judged_lines(tmp_path, "s3-access-logs", lines)
    assert found == {"mystery": "UNKNOWN", "logs": verdict, "scans": "FAIL"}


@pytest.mark.full
def test_one_of_another_region_is_not(tmp_path: Path) -> None:
    lines = [*LISTED, bucket("mystery", denied=True), bucket("logs", "us-east-1"), policy("logs", LOGGING)]
    assert judged_lines(tmp_path, "s3-access-logs", lines)["logs"] == "FAIL"


@pytest.mark.full
def test_one_whose_list_of_grantees_is_not_known_may_be(tmp_path: Path) -> None:
    acl = Seen(
        "AWS::S3::Bucket",
        "logs",
        "arn:aws:s3:::logs",
        "eu-west-1",
        {"BucketName": "logs", "LoggingConfiguration": None},
        [(("AccessControl",), Why("access-denied", "`s3:GetBucketAcl` on logs is denied"))],
    )
    assert judged_lines(tmp_path, "s3-access-logs", [*LISTED, bucket("mystery", denied=True), acl])["logs"] == "UNKNOWN"


@pytest.mark.full
def test_a_default_key_is_judged_of_all_the_others_as_well(tmp_path: Path) -> None:
    plain = {"BucketEncryption": {"ServerSideEncryptionConfiguration": []}, "WebsiteConfiguration": None}
    lines = [*LISTED, bucket("mystery", denied=True, **plain), bucket("scans", **plain)]
    assert judged_lines(tmp_path, "s3-default-encryption-kms", lines)["scans"] == "FAIL"


TEMPLATE = dedent("""
    Parameters: {Logs: {Type: String}}
    Resources:
      First: {Type: AWS::S3::Bucket, Properties: {LoggingConfiguration: {DestinationBucketName: !Ref Logs}}}
      Second: {Type: AWS::S3::Bucket}
    """)


@pytest.mark.full
def test_a_parameter_without_a_value_leaves_no_other_bucket_of_a_template_open() -> None:
    # The parameter's value may be empty, which names no bucket.
    assert judged_template("s3-access-logs", TEMPLATE) == {"First": "UNKNOWN", "Second": "FAIL"}


@pytest.mark.full
def test_a_bucket_of_a_template_that_admits_the_service_stays_open() -> None:
    admits = dedent("""
      Let:
        Type: AWS::S3::BucketPolicy
        Properties:
          Bucket: !Ref Second
          PolicyDocument:
            Statement:
              {Effect: Allow, Principal: {Service: logging.s3.amazonaws.com}, Action: s3:PutObject, Resource: '*'}
    """)
    template = TEMPLATE + "".join(f"  {line}\n" for line in admits.strip("\n").splitlines())
    assert judged_template("s3-access-logs", template)["Second"] == "UNKNOWN"


@pytest.mark.full
def test_what_names_a_bucket_for_sure_counts_whatever_that_admits() -> None:
    template = TEMPLATE.replace("!Ref Logs", "!Ref Second")
    assert judged_template("s3-access-logs", template) == {"First": "PASS", "Second": "NOT_APPLICABLE"}
