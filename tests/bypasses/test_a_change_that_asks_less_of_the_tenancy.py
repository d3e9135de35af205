"""A change took away what the tenancy asks for, and `scan --since` said nothing of it: from then on nobody asked."""

from __future__ import annotations

import json

import pytest

from scanner.change_gate.loosening import tenancy_loosened
from scanner.language.library import load_library
from scanner.language.rule import Rule
from scanner.text.reading import read
from tests.case_names import case_name
from tests.cli.test_change_gate import SOUND, TENANCY, Commit, commit, of, scan

__all__ = ["commit"]

TAGS = "tenant_id: {pattern: '[a-z]{3,20}', tags: [TenantId, Owner], claims: ['custom:tenant']}\n"
REGIONS = "residency: {regions: [eu-central-1, eu-west-1]}\n"
COMPUTE = "compute: [{function: 'visits-*', isolation: per-tenant}]\n"
POOLED = COMPUTE.replace("per-tenant", "pooled")
ROLES = "principals: [{role: 'app-${tenant}', because: each tenant has a task of its own}]\n"
ENDPOINTS = "network: {endpoints: [s3, kms]}\n"
SHARED = "shared: [{resource: Catalogue, because: everybody reads it, owner: b@b.example, until: 2027-06-30}]\n"
OWNED = "owned: [{kind: s3-object, bucket: scans, key: '${tenant}/*', sensitive: [pii, phi]}]\n"
GROUPS = "cluster: [{namespace: 'tenant-${tenant}'}, {group: 'staff-${tenant}'}]\n"

LESS = [
    (TAGS + REGIONS, TAGS, "`residency.regions` is no longer declared"),
    (TAGS + REGIONS, TAGS + "residency: {regions: [eu-central-1, us-east-1]}\n", 'an entry more: "us-east-1"'),
    (TAGS, TAGS.replace(", Owner", ""), 'no longer the entry "Owner"'),
    (TAGS, TAGS.replace(", tags: [TenantId, Owner]", ""), 'no longer the entry "TenantId"'),
    (TAGS, TAGS.replace("TenantId, Owner", "Owner, TenantId"), 'begins with "Owner"'),
    (TAGS, TAGS.replace(", claims: ['custom:tenant']", ""), 'no longer the entry "custom:tenant"'),
    (TAGS + COMPUTE, TAGS, "`compute` has no longer the entry"),
    (TAGS + POOLED, TAGS, "`compute` has no longer the entry"),
    (TAGS + COMPUTE, TAGS + POOLED, "`compute` has no longer the entry"),
    (TAGS + ROLES, TAGS, "`principals` has no longer the entry"),
    (TAGS + ENDPOINTS, TAGS, "`network.endpoints` has no longer the entry"),
    (TAGS + ENDPOINTS, TAGS + ENDPOINTS.replace(", kms", ""), 'no longer the entry "kms"'),
    (TAGS, TAGS + GROUPS, 'an entry more: {"group"'),
    (TAGS, TAGS + GROUPS.replace("group", "user"), 'an entry more: {"user"'),
    (TAGS.replace("pattern: '[a-z]{3,20}', ", ""), TAGS, "`tenant_id.pattern` is"),
    (TAGS, TAGS + "account: '111122223333'\n", "`account` is"),
    (TAGS, TAGS + "region: eu-central-1\n", "`region` is"),
    (TAGS, TAGS + "retention: {audit_log_days: 30}\n", "`retention.audit_log_days` is 30"),
    ("", TAGS + "retention: {audit_log_days: 30}\n", "`retention.audit_log_days` is 30"),
    (TAGS, TAGS + "retention: {backup_days: 1}\n", "`retention.backup_days` is 1"),
    (TAGS + "retention: {backup_days: 90}\n", TAGS + "retention: {backup_days: 60}\n", "no longer 90"),
    (TAGS + "retention: {audit_log_days: 3000}\n", TAGS, "`retention.audit_log_days` is no longer declared"),
    (TAGS + SHARED, TAGS + SHARED.replace("2027", "2028"), "`shared` has an entry more"),
    (TAGS + SHARED, TAGS + SHARED.replace(", until: 2027-06-30", ""), "`shared` has an entry more"),
    (TAGS + SHARED, TAGS + SHARED.replace("Catalogue", "'*'"), "`shared` has an entry more"),
    (TAGS + OWNED, TAGS + OWNED.replace("pii, phi", "pii"), "`owned` has no longer the entry"),
    (TAGS + OWNED, TAGS + OWNED.replace("key: '", "key: 'x/"), "`owned` has no longer the entry"),
]
MORE = [
    (TAGS + REGIONS, TAGS + REGIONS.replace(", eu-west-1", "")),
    (TAGS, TAGS + REGIONS),
    (TAGS, TAGS + POOLED),
    (TAGS + ENDPOINTS.replace(", kms", ""), TAGS + ENDPOINTS),
    (TAGS, TAGS + ENDPOINTS),
    (TAGS, TAGS + "cluster: [{namespace: 'tenant-${tenant}'}]\n"),
    ("", TAGS + GROUPS + ROLES + COMPUTE + "account: '111122223333'\n"),
    (TAGS + "retention: {audit_log_days: 365}\n", TAGS + "retention: {audit_log_days: 2500}\n"),
    (TAGS, TAGS + "retention: {audit_log_days: 2500, backup_days: 40}\n"),
    (TAGS + "retention: {backup_days: 1}\n", TAGS),
    (TAGS + SHARED, TAGS + SHARED.replace("06-30", "05-31")),
    (TAGS + SHARED.replace(", until: 2027-06-30", ""), TAGS + SHARED),
    (TAGS + SHARED, TAGS),
    (TAGS + OWNED.replace("pii, phi", "pii"), TAGS + OWNED),
    (TAGS + OWNED.replace(", sensitive: [pii, phi]", ""), TAGS + OWNED),
]


@pytest.fixture(scope="module")
def rules() -> list[Rule]:
    return list(load_library([], examples=False).rules)


def told(before: str, after: str, rules: list[Rule]) -> list[str]:
    old, new = (
        read(f"version: 1\n{each}".encode(), "tenancy.yaml", cloudformation=False).data if each else {}
        for each in (before, after)
    )
    assert isinstance(old, dict)
    assert isinstance(new, dict)
    return [each.what for each in tenancy_loosened(old, new, "tenancy.yaml", None, rules)]


@pytest.mark.parametrize(("before", "after", "what"), LESS, ids=case_name)
def test_what_is_asked_no_longer_is_told(before: str, after: str, what: str, rules: list[Rule]) -> None:
    assert any(what in each for each in told(before, after, rules))


@pytest.mark.parametrize(("before", "after"), MORE, ids=case_name)
def test_what_is_asked_besides_is_not(before: str, after: str, rules: list[Rule]) -> None:
    assert told(before, after, rules) == []


STORE = {
    "Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "scans"}},
    "Broker": {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "AssumeRolePolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [
                    {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
                ],
            },
            "Policies": [
                {
                    "PolicyName": "scans",
                    "PolicyDocument": {
                        "Version": "2012-10-17",
                        "Statement": [
                            {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::scans/*"}
                        ],
                    },
                }
            ],
        },
    },
}
SESSIONS = OWNED + "sessions: [{name: brokered, roles: [Broker], session_policy: policy.json}]\n"
POLICY = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":[%s]}]}'
NARROW, WIDE = (
    POLICY % each
    for each in ('"arn:aws:s3:::scans/${tenant}/*"', '"arn:aws:s3:::scans/${tenant}/*", "arn:aws:s3:::scans/*"')
)


@pytest.mark.full
@pytest.mark.parametrize(("before", "after", "leaks"), [(NARROW, WIDE, True), (WIDE, NARROW, False)], ids=case_name)
def test_a_session_policy_is_that_of_the_change(
    before: str, after: str, leaks: bool, commit: Commit, capsys: pytest.CaptureFixture[str]
) -> None:
    """What a broker passes is a part of the change: the one of the revision hid a leak."""
    stack = json.dumps({"Resources": STORE})
    commit({"a.json": stack, "tenancy.yaml": TENANCY + SESSIONS, "policy.json": before})
    commit({"policy.json": after})
    _, report = scan(capsys, "--select", "s3-objects-stay-with-tenant")
    assert bool(of(report, "s3-objects-stay-with-tenant")) is leaks


@pytest.mark.full
def test_who_approved_of_an_exception_approved_of_no_parameter(
    commit: Commit, capsys: pytest.CaptureFixture[str]
) -> None:
    template = (
        "Parameters: {Kept: {Type: String, Default: 'false'}}\n"
        "Resources: {Bad: {Type: AWS::RDS::DBInstance, Properties: {StorageEncrypted: !Ref Kept}}}\n"
    )
    other = (
        "- {rule: s3-access-logs, resource: 'a.yaml#Other', because: accepted in this test for no other reason, "
        "owner: b@b.example, approved_by: c@b.example, until: 2027-06-30}\n"
    )
    commit({"a.yaml": SOUND, "tenantproof.yaml": "parameters: {Kept: 'false'}\n"})
    commit({"b.yaml": template, "tenantproof.yaml": "parameters: {Kept: 'true'}\n", "exceptions.yaml": other})
    code, report = scan(capsys, "--select", "rds-encrypted", "--allow-loosening")
    assert of(report, "gate-not-loosened") == []
    assert code == 1
    assert of(report, "rds-encrypted")
