"""A grant of S3 Access Grants was judged by its scope alone: a tenant's prefix given to another's role was isolated."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from scanner import scan

TENANCY = """\
version: 1
tenant_id: {pattern: "[a-z0-9]{3,20}", tags: [TenantId]}
sessions: [{roles: [Session], tenant_key: "aws:PrincipalTag/TenantId", present: always, binders: [Broker]}]
owned: [{kind: s3-object, bucket: Data, key: "${tenant}/*"}]
account: "111122223333"
region: us-east-1
"""
ALL = {
    "PolicyName": "all",
    "PolicyDocument": {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": "arn:aws:s3:::saas-data/*"}],
    },
}
SAME = {"Fn::Sub": "${Tenant}/*"}


def role(tag: object = None, principal: object = None, policies: list[object] | None = None) -> dict[str, Any]:
    who = principal or {"Service": "lambda.amazonaws.com"}
    statement = {"Effect": "Allow", "Principal": who, "Action": ["sts:AssumeRole", "sts:TagSession"]}
    properties: dict[str, Any] = {
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        "Policies": policies or [],
    }
    if tag is not None:
        properties["Tags"] = [{"Key": "TenantId", "Value": tag}]
    return {"Type": "AWS::IAM::Role", "Properties": properties}


def arn(name: str) -> dict[str, list[str]]:
    return {"Fn::GetAtt": [name, "Arn"]}


def proofs(
    folder: Path, prefix: object, grantee: object, kind: str = "IAM", trusted: object = None
) -> dict[str, dict[str, Any]]:
    cognito = {"Federated": "cognito-identity.amazonaws.com"}
    resources = {
        "Data": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "saas-data"}},
        "Acme": role("acme"),
        "Globex": role("globex"),
        "OfStack": role({"Ref": "Tenant"}),
        "OfAnother": role({"Ref": "Other"}),
        "App": role(),
        "Broker": role(),
        "Session": role(principal={"AWS": arn("Broker")}),
        "SignedIn": role(principal=cognito),
        "Grants": role(principal=trusted or {"Service": "access-grants.s3.amazonaws.com"}, policies=[ALL]),
        "Location": {
            "Type": "AWS::S3::AccessGrantsLocation",
            "Properties": {"LocationScope": "s3://saas-data/", "IamRoleArn": arn("Grants")},
        },
        "Grant": {
            "Type": "AWS::S3::AccessGrant",
            "Properties": {
                "AccessGrantsLocationId": {"Ref": "Location"},
                "AccessGrantsLocationConfiguration": {"S3SubPrefix": prefix},
                "Permission": "READ",
                "Grantee": {"GranteeType": kind, "GranteeIdentifier": grantee},
            },
        },
    }
    parameters = {name: {"Type": "String"} for name in ("Tenant", "Other", "Who")}
    (folder / "template.yaml").write_text(yaml.safe_dump({"Parameters": parameters, "Resources": resources}))
    (folder / "tenancy.yaml").write_text(TENANCY)
    return {
        str(each["resource"]["logical_id"]): each["proof"] | {"message": each.get("message") or ""}
        for each in scan(folder).report["findings"]
        if each["rule"] in ("s3-access-grants-stay-with-tenant", "compute-role-tenant-scoped")
        and each.get("proof") is not None
    }


@pytest.mark.parametrize(
    ("prefix", "grantee", "kind", "verdict"),
    [
        ("acme/*", arn("Acme"), "IAM", "ISOLATED"),
        ("acme/*", arn("Globex"), "IAM", "LEAK"),
        ("acme/reports/*", arn("Globex"), "IAM", "LEAK"),
        ("acme/one.txt", arn("Globex"), "IAM", "LEAK"),
        # Sessions of any tenant, and all who sign in.
        ("acme/*", arn("Session"), "IAM", "LEAK"),
        ("acme/*", arn("SignedIn"), "IAM", "LEAK"),
        # Nothing says whose these are: an assumption that is named.
        ("acme/*", arn("App"), "IAM", "ISOLATED"),
        ("acme/*", "arn:aws:iam::111122223333:role/elsewhere", "IAM", "ISOLATED"),
        ("acme/*", "83d43802-00b1-7054-db02-f1d683aacba5", "DIRECTORY_GROUP", "ISOLATED"),
        ("acme/*", {"Ref": "Who"}, "DIRECTORY_USER", "ISOLATED"),
        ("acme/*", {"Ref": "Who"}, "IAM", "NOT_PROVEN"),
        # A stack for each tenant: the role and the prefix are of one parameter.
        (SAME, arn("OfStack"), "IAM", "ISOLATED"),
        (SAME, arn("OfAnother"), "IAM", "NOT_PROVEN"),
        (SAME, arn("Globex"), "IAM", "NOT_PROVEN"),
        (SAME, "83d43802-00b1-7054-db02-f1d683aacba5", "DIRECTORY_GROUP", "NOT_PROVEN"),
        ("*", arn("Acme"), "IAM", "LEAK"),
        ("acme*", arn("Acme"), "IAM", "LEAK"),
        ("public/nothing-of-a-tenant", arn("Globex"), "IAM", "LEAK"),
        ("x/", arn("Globex"), "IAM", "ISOLATED"),
    ],
)
def test_a_grant_is_held_against_whose_its_grantee_is(
    prefix: object, grantee: object, kind: str, verdict: str, tmp_path: Path
) -> None:
    found = proofs(tmp_path, prefix, grantee, kind)["Grant"]
    assert found["verdict"] == verdict, found["message"]


def test_it_says_whom_it_takes_to_act_for_the_tenant(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    told = "whom Grant names acts for tenant `acme` alone"
    assert told in proofs(tmp_path / "one", "acme/*", arn("App"))["Grant"]["assumptions"]
    assert told not in proofs(tmp_path / "two", "acme/*", arn("Acme"))["Grant"]["assumptions"]


@pytest.mark.parametrize(
    ("trusted", "asked"),
    [
        ({"Service": "access-grants.s3.amazonaws.com"}, False),
        ({"Service": ["access-grants.s3.amazonaws.com", "lambda.amazonaws.com"]}, True),
        ({"Service": "access-grants.s3.amazonaws.com", "AWS": "arn:aws:iam::111122223333:root"}, True),
        ({"Service": "s3.amazonaws.com"}, True),
    ],
)
def test_the_role_of_a_location_is_no_code_that_serves_all_tenants(
    trusted: object, asked: bool, tmp_path: Path
) -> None:
    found = proofs(tmp_path, "acme/*", arn("Acme"), trusted=trusted)
    assert ("Grants" in found) == asked
    assert not asked or found["Grants"]["verdict"] != "ISOLATED"
