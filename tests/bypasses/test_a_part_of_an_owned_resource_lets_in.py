"""A part with a policy of its own, though the owned resource has none or another: nothing of it was asked, ISOLATED.

Tables of a table bucket, repositories of a domain, access points of a bucket, versions and aliases of a function.
"""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from tests.prover.closed_world.prover import ask_files
from tests.prover.situations import ACCOUNT, BROKER, TAG, allow, document, role, trust

HERE = f"us-east-1:{ACCOUNT}"
ROLE = {"AWS": f"arn:aws:iam::{ACCOUNT}:role/AppRole"}
OTHER = {"AWS": f"arn:aws:iam::{ACCOUNT}:role/other"}
OPEN = "NOT_PROVEN"  # whether the bucket's policy lets an access point's requests through is not decided


def _on(action: str, principal: object) -> dict[str, Any]:
    return document({"Effect": "Allow", "Principal": principal, "Action": action, "Resource": "*"})


def _tables(principal: object) -> dict[str, Any]:
    policy = {
        "TableARN": {"Fn::GetAtt": ["Part", "TableARN"]},
        "ResourcePolicy": _on("s3tables:GetTableData", principal),
    }
    table = {"TableBucketARN": {"Fn::GetAtt": ["Theirs", "TableBucketARN"]}, "Namespace": "n", "TableName": "x"}
    return {
        "Theirs": {"Type": "AWS::S3Tables::TableBucket", "Properties": {"TableBucketName": "t-globex"}},
        "Part": {"Type": "AWS::S3Tables::Table", "Properties": table},
        "Policy": {"Type": "AWS::S3Tables::TablePolicy", "Properties": policy},
    }


def _repository(principal: object, domain: object = "t-globex") -> dict[str, Any]:
    policy = _on("codeartifact:ReadFromRepository", principal)
    part = {"DomainName": domain, "RepositoryName": "r", "PermissionsPolicyDocument": policy}
    return {
        "Theirs": {"Type": "AWS::CodeArtifact::Domain", "Properties": {"DomainName": "t-globex"}},
        "Part": {"Type": "AWS::CodeArtifact::Repository", "Properties": part},
    }


def _point(principal: object) -> dict[str, Any]:
    part = {"Name": "ap", "Bucket": {"Ref": "Theirs"}, "Policy": _on("s3:GetObject", principal)}
    return {
        "Theirs": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "t-globex"}},
        "Part": {"Type": "AWS::S3::AccessPoint", "Properties": part},
    }


def _alias(principal: object) -> dict[str, Any]:
    properties = {"FunctionName": "t-globex", "Role": f"arn:aws:iam::{ACCOUNT}:role/other", "Code": {"ZipFile": "x"}}
    alias = {"FunctionName": {"Ref": "Theirs"}, "Name": "live", "FunctionVersion": "1"}
    (shown,) = principal.values() if isinstance(principal, dict) else (principal,)
    permission = {"FunctionName": {"Ref": "Part"}, "Action": "lambda:InvokeFunction", "Principal": shown}
    return {
        "Theirs": {"Type": "AWS::Lambda::Function", "Properties": properties},
        "Part": {"Type": "AWS::Lambda::Alias", "Properties": alias},
        "Policy": {"Type": "AWS::Lambda::Permission", "Properties": permission},
    }


CASES = [
    (_tables, f"arn:aws:s3tables:{HERE}:bucket/t-", "", "s3tables:GetTableBucket", "LEAK"),
    (_repository, f"arn:aws:codeartifact:{HERE}:domain/t-", "", "codeartifact:DescribeDomain", "LEAK"),
    (_point, "arn:aws:s3:::t-", "/*", "s3:GetObject", OPEN),
    (_alias, f"arn:aws:lambda:{HERE}:function:t-", "", "lambda:InvokeFunction", "LEAK"),
]


def _verdict(folder: Path, resources: dict[str, Any], owned: list[dict[str, Any]], *statements: dict[str, Any]) -> str:
    app = role(*statements)
    app["Properties"]["RoleName"] = "AppRole"
    session = {"name": "app", "roles": ["AppRole"], "tenant_key": "aws:PrincipalTag/TenantId", "present": "always"}
    tenancy = {
        "version": 1,
        "account": ACCOUNT,
        "region": "us-east-1",
        "tenant_id": {"pattern": "[a-z]{4,12}", "tags": ["TenantId"]},
        "sessions": [{**session, "binders": [BROKER]}] if owned else [],
        "owned": owned,
    }
    if not owned:
        app["Properties"]["AssumeRolePolicyDocument"] = trust({"Service": "ecs-tasks.amazonaws.com"})
        app["Properties"]["Tags"] = [{"Key": "TenantId", "Value": "acme"}]
    return ask_files(tenancy, {"Resources": {"AppRole": app, **resources}}, folder).verdict


@pytest.mark.parametrize(("made", "before", "after", "action", "verdict"), CASES)
def test_what_a_part_lets_in_is_asked(
    made: Any, before: str, after: str, action: str, verdict: str, tmp_path: Path
) -> None:
    entry = [{"kind": "arn", "arn": f"{before}${{tenant}}{after}"}]
    own = allow(action, f"{before}{TAG}{after}")
    assert _verdict(tmp_path, made(ROLE), entry, own) == verdict
    assert _verdict(tmp_path, made(OTHER), entry, own) == "ISOLATED"


@pytest.mark.parametrize(("made", "before", "after", "action", "verdict"), CASES)
def test_a_part_is_its_whole_s_in_a_silo(
    made: Any, before: str, after: str, action: str, verdict: str, tmp_path: Path
) -> None:
    del before, after, action
    for principal, said in ((ROLE, verdict), (OTHER, "ISOLATED")):
        resources = copy.deepcopy(made(principal))
        resources["Theirs"]["Properties"]["Tags"] = [{"Key": "TenantId", "Value": "globex"}]
        elsewhere = allow("sqs:GetQueueUrl", f"arn:aws:sqs:{HERE}:mine")
        assert _verdict(tmp_path, resources, [], elsewhere) == said, principal


def test_an_identity_policy_reaches_a_bucket_by_its_second_name(tmp_path: Path) -> None:
    bare = _point(OTHER)
    del bare["Part"]["Properties"]["Policy"]
    entry = [{"kind": "arn", "arn": "arn:aws:s3:::t-${tenant}/*"}]
    own = allow("s3:GetObject", f"arn:aws:s3:::t-{TAG}/*")
    through = allow("s3:GetObject", f"arn:aws:s3:{HERE}:accesspoint/ap/object/*")
    elsewhere = allow("s3:GetObject", f"arn:aws:s3:{HERE}:accesspoint/other/object/*")
    assert _verdict(tmp_path, bare, entry, own, through) == OPEN
    # Where an access point leads that is in no file, nobody knows; of one that is, its bucket.
    assert _verdict(tmp_path, bare, entry, own, elsewhere) == OPEN
    bare["Other"] = {"Type": "AWS::S3::AccessPoint", "Properties": {"Name": "other", "Bucket": "public-pages"}}
    assert _verdict(tmp_path, bare, entry, own, elsewhere) == "ISOLATED"
    assert _verdict(tmp_path, bare, entry, own) == "ISOLATED"


def test_a_policy_of_a_pooled_bucket_s_access_point_is_asked(tmp_path: Path) -> None:
    entry = [{"kind": "s3-object", "bucket": "t-globex", "key": "${tenant}/*"}]
    own = allow("s3:GetObject", f"arn:aws:s3:::t-globex/{TAG}/*")
    assert _verdict(tmp_path, _point(ROLE), entry, own) == OPEN
    assert _verdict(tmp_path, _point(OTHER), entry, own) == "ISOLATED"
