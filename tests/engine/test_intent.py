"""What rules learn of declared intent, asked by one rule on one template."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from scanner.findings.report_document import FindingDocument
from scanner.iam.policy_questions import admits_strangers, denies_outside_network, whole_accounts
from scanner.model.unknown import OpenList, Unknown
from tests.case_names import case_name

Judged = Callable[..., dict[str, FindingDocument]]
QUEUE = "[AWS::SQS::Queue]"
TENANCY = """
version: 1
tenant_id: {pattern: "[a-z]{1,20}", tags: [TenantId], shared_values: [pooled]}
model: bridge
owned:
  - {kind: tagged, types: [AWS::SQS::Queue], tag: TenantId, sensitive: [phi]}
  - {kind: arn, arn: "arn:*:sqs:*:*:${tenant}-jobs", model: silo}
"""


@pytest.fixture
def verdict(judged: Judged, tmp_path: Path) -> Callable[..., str]:
    """The verdict on the queue `Q` of a rule that asserts one expression."""
    (tmp_path / "tenancy.yaml").write_text(TENANCY, "utf-8")

    def run(expression: str, properties: str, more: str = "", parameters: str = "") -> str:
        head = f"Parameters: {{{parameters}}}\n" if parameters else ""
        template = f"{head}Resources:\n  Q: {{Type: AWS::SQS::Queue, Properties: {{{properties}}}}}\n{more}"
        found = judged(template, f'- that: "{expression}"', QUEUE)
        return found["Q"]["verdict"]

    return run


def test_an_entry_that_says_no_model_is_nothing_of_a_bridge(verdict: Callable[..., str]) -> None:
    assert verdict("owned_as()[?model == 'silo']", "QueueName: acme-jobs") == "PASS"
    assert verdict("owned_as()[?model == 'silo']", "QueueName: jobs") == "FAIL"
    assert verdict("owned_as()[?contains(sensitive, 'phi')]", "QueueName: jobs") == "PASS"


def test_whether_an_entry_means_a_resource_may_be_open(verdict: Callable[..., str]) -> None:
    assert verdict("owned_as()[?model == 'silo']", "QueueName: !Ref N", parameters="N: {Type: String}") == "UNKNOWN"


def test_a_tenant_is_an_id_and_no_shared_value(verdict: Callable[..., str]) -> None:
    tags = "Tags: [{{Key: TenantId, Value: {}}}]"
    assert verdict("tenant() == 'acme'", tags.format("acme")) == "PASS"
    assert verdict("tenant()", tags.format("pooled")) == "FAIL"
    assert verdict("tenant()", tags.format("ACME-1")) == "FAIL"
    assert verdict("tenant()", tags.format("!Ref T"), parameters="T: {Type: String}") == "UNKNOWN"
    assert verdict("tenant()", "DelaySeconds: 1") == "FAIL"


def test_a_name_of_the_tenancy_may_hold_a_star(verdict: Callable[..., str]) -> None:
    assert verdict("called('acme-*')", "QueueName: acme-jobs") == "PASS"
    assert verdict("called('acme-*')", "QueueName: globex-jobs") == "FAIL"
    assert verdict("called('acme-*')", "QueueName: !Ref N", parameters="N: {Type: String}") == "UNKNOWN"


def test_what_no_file_holds_may_be_elsewhere(verdict: Callable[..., str]) -> None:
    trail = "  T: {Type: AWS::CloudTrail::Trail, Properties: {IsLogging: true, S3BucketName: b}}\n"
    asked = "anywhere('AWS::CloudTrail::Trail')[?Properties.IsLogging]"
    assert verdict(asked, "DelaySeconds: 1") == "UNKNOWN"
    assert verdict(asked, "DelaySeconds: 1", trail) == "PASS"
    assert verdict("anywhere('AWS::CloudTrail::Trail')[?Properties.KMSKeyId]", "DelaySeconds: 1", trail) == "FAIL"


def test_a_stack_has_what_its_file_has(verdict: Callable[..., str]) -> None:
    key = "  K: {Type: AWS::KMS::Key, Properties: {EnableKeyRotation: true}}\n"
    assert verdict("stack_resources('AWS::KMS::*')", "DelaySeconds: 1", key) == "PASS"
    assert verdict("stack_resources('AWS::KMS::Key')", "DelaySeconds: 1", key) == "PASS"
    assert verdict("stack_resources('AWS::KMS::Alias')", "DelaySeconds: 1", key) == "FAIL"


def test_a_region_that_is_not_known_is_unknown_and_not_absent(verdict: Callable[..., str]) -> None:
    assert verdict("Region == 'eu-west-1'", "DelaySeconds: 1") == "UNKNOWN"
    assert verdict("Account", "DelaySeconds: 1") != "FAIL"


def test_a_user_pools_issuer_follows_from_its_arn(verdict: Callable[..., str]) -> None:
    arn = "arn:aws:cognito-idp:us-east-1:111122223333:userpool/us-east-1_acme"
    issuer = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_acme"
    assert verdict(f"pool_issuer('{arn}') == '{issuer}'", "DelaySeconds: 1") == "PASS"
    assert verdict("pool_issuer('arn:aws:sqs:us-east-1:111122223333:q')", "DelaySeconds: 1") == "FAIL"


TWINS = """
  AcmeQ: {Type: AWS::SQS::Queue, Properties: {QueueName: acme-q, DelaySeconds: 5, Tags: [{Key: TenantId, Value: acme}]}}
  InitechQ: {Type: AWS::SQS::Queue, Properties: {QueueName: initech-q, DelaySeconds: 5,
    Tags: [{Key: TenantId, Value: initech}]}}
"""


def test_the_odd_one_out_of_three_is_told_by_the_property(judged: Judged, tmp_path: Path) -> None:
    (tmp_path / "tenancy.yaml").write_text(TENANCY, "utf-8")
    head = "  GlobexQ: {Type: AWS::SQS::Queue, Properties: {QueueName: globex-q, "
    tail = "Tags: [{Key: TenantId, Value: globex}]}}\n"

    def told(properties: str, twins: str = TWINS) -> dict[str, str]:
        template = f"Parameters: {{P: {{Type: Number}}}}\nResources:\n{head}{properties}{tail}{twins}"
        found = judged(template, "- none: unlike_twins()\n  message: '{{ unlike_twins() }}'", QUEUE)
        return {name: f"{each['verdict']} {each.get('message', '')}" for name, each in found.items()}

    odd = told("DelaySeconds: 9, ")
    assert odd["GlobexQ"] == 'FAIL ["DelaySeconds"]'
    assert odd["AcmeQ"].startswith("PASS") and odd["InitechQ"].startswith("PASS")
    assert told("")["GlobexQ"] == 'FAIL ["DelaySeconds"]'
    assert told("DelaySeconds: 5, ")["GlobexQ"].startswith("PASS")
    assert told("DelaySeconds: !Ref P, ")["GlobexQ"].startswith("UNKNOWN")
    assert told("DelaySeconds: 9, ", TWINS.replace("InitechQ", "InitechOther"))["GlobexQ"].startswith("PASS")


def _trust(principal: object, **condition: object) -> dict[str, object]:
    statement: dict[str, object] = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal}
    return {"Statement": [{**statement, **({"Condition": condition} if condition else {})}]}


OWN, OTHER = "111122223333", "444455556666"


def test_a_root_or_a_bare_id_stands_for_the_whole_account() -> None:
    root = f"arn:aws:iam::{OWN}:root"
    assert whole_accounts(_trust({"AWS": root})) == [root]
    assert whole_accounts(_trust({"AWS": OWN})) == [OWN]
    assert whole_accounts(_trust({"AWS": f"arn:aws:iam::{OWN}:role/root"})) == []
    assert whole_accounts(_trust({"AWS": root}, ArnLike={"aws:PrincipalArn": "arn:aws:iam::*:role/x"})) == []
    assert whole_accounts(_trust({"AWS": root}, ArnNotLike={"aws:PrincipalArn": "arn:aws:iam::*:role/x"})) == [root]
    opened = whole_accounts(_trust({"AWS": Unknown("parameter", "p")}))
    assert isinstance(opened, OpenList) and not opened


def test_an_external_id_is_what_a_stranger_must_know() -> None:
    partner = {"AWS": f"arn:aws:iam::{OTHER}:role/partner"}
    assert admits_strangers(_trust(partner), OWN) is True
    assert admits_strangers(_trust(partner, StringEquals={"sts:ExternalId": "81726"}), OWN) is False
    assert admits_strangers(_trust(partner, StringEqualsIfExists={"sts:ExternalId": "81726"}), OWN) is True
    assert admits_strangers(_trust(partner, StringLike={"sts:ExternalId": "*"}), OWN) is True
    assert admits_strangers(_trust({"AWS": f"arn:aws:iam::{OWN}:role/own"}), OWN) is False
    assert isinstance(admits_strangers(_trust(partner)), Unknown)


@pytest.mark.parametrize(
    ("condition", "refused"),
    [
        ({"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}, True),
        ({"StringNotEqualsIfExists": {"aws:SourceVpc": "vpc-1"}}, True),
        ({"StringEquals": {"aws:SourceVpce": "vpce-1"}}, False),
        ({"StringNotLike": {"aws:SourceVpce": "*"}}, False),
        ({"ForAnyValue:StringNotEquals": {"aws:SourceVpce": "vpce-1"}}, False),
        ({"StringNotEquals": {"aws:SourceVpce": "vpce-1"}, "Bool": {"aws:SecureTransport": "false"}}, False),
        ({"StringNotEquals": {"aws:SourceVpce": "vpce-1"}, "Bool": {"aws:ViaAWSService": "false"}}, True),
        ({"Bool": {"aws:ViaAWSService": "false"}}, False),
    ],
    ids=case_name,
)
def test_only_a_deny_of_every_other_network_keeps_requests_inside(condition: object, refused: bool) -> None:
    statement = {"Effect": "Deny", "Principal": "*", "Action": "dynamodb:*", "Resource": "*", "Condition": condition}
    assert denies_outside_network({"Statement": [statement]}, "dynamodb") is refused


def test_a_deny_of_writing_leaves_reading_open() -> None:
    condition = {"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}
    statement = {"Effect": "Deny", "Principal": "*", "Action": "dynamodb:Put*", "Resource": "*", "Condition": condition}
    assert denies_outside_network({"Statement": [statement]}, "dynamodb") is False
