"""An entry names a part of something pooled, an index of a domain or a topic of a cluster, and the policy on the whole
lets the pooled role in: it was read by nobody, for the whole is nobody's own.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.prover.situations import ACCOUNT, BROKER, DATA, TAG, allow, deny, document, role, said_of_roles

APP = {"AWS": f"arn:aws:iam::{ACCOUNT}:role/AppRole"}


def arn(rest: str) -> str:
    service, name = rest.split(":", 1)
    return f"arn:aws:{service}:{'' if service == 's3' else 'us-east-1'}:{'' if service == 's3' else ACCOUNT}:{name}"


def lets(action: str, resource: str = "*", principal: object = None) -> dict[str, Any]:
    return document(allow(action, resource, None, Principal=principal or APP))


def made(kind: str, **properties: object) -> dict[str, Any]:
    return {"Type": f"AWS::{kind}", "Properties": properties}


def domain(policy: object) -> dict[str, Any]:
    closed = {"rest.action.multi.allow_explicit_index": "false"}
    return {
        "Whole": made("OpenSearchService::Domain", DomainName="logs", AdvancedOptions=closed, AccessPolicies=policy)
    }


def bucket(policy: object) -> dict[str, Any]:
    return {"Whole": DATA, "Policy": made("S3::BucketPolicy", Bucket={"Ref": "Whole"}, PolicyDocument=policy)}


INDEX, PREFIX = "es:domain/logs/${tenant}-*", "s3:clinic-data/${tenant}/*"
TABLES = {
    "Whole": made("S3Tables::TableBucket", TableBucketName="main"),
    "Policy": made(
        "S3Tables::TableBucketPolicy",
        TableBucketARN={"Fn::GetAtt": ["Whole", "TableBucketARN"]},
        ResourcePolicy=lets("s3tables:GetTableData"),
    ),
}
TOPICS = {
    "Whole": made(
        "MSK::ServerlessCluster",
        ClusterName="main",
        VpcConfigs=[],
        ClientAuthentication={"Sasl": {"Iam": {"Enabled": True}}},
    ),
    "Policy": made("MSK::ClusterPolicy", ClusterArn={"Ref": "Whole"}, Policy=lets("kafka-cluster:*")),
}
VECTORS = {
    "Whole": made("S3Vectors::VectorBucket", VectorBucketName="main"),
    "Policy": made("S3Vectors::VectorBucketPolicy", VectorBucketName="main", Policy=lets("s3vectors:*")),
}
RULES = {"Whole": made("Events::EventBus", Name="main", Policy=lets("events:*"))}
CASES: dict[str, tuple[str, str, dict[str, Any], str]] = {
    "a domain": (INDEX, "es:ESHttpHead", domain(lets("es:ESHttpGet", arn("es:domain/logs/*"))), "LEAK"),
    "a domain, one index of nobody": (
        INDEX,
        "es:ESHttpHead",
        domain(lets("es:ESHttpGet", arn("es:domain/logs/PLANS-1"))),
        "ISOLATED",
    ),
    "a domain, another role": (
        INDEX,
        "es:ESHttpHead",
        domain(lets("es:ESHttpGet", arn("es:domain/logs/*"), {"AWS": BROKER})),
        "ISOLATED",
    ),
    "a bucket": (PREFIX, "s3:GetObject", bucket(lets("s3:GetObject", "arn:aws:s3:::clinic-data/*")), "LEAK"),
    "a bucket in another stack": (
        PREFIX,
        "s3:GetObject",
        {
            "Policy": made(
                "S3::BucketPolicy",
                Bucket="clinic-data",
                PolicyDocument=lets("s3:GetObject", "arn:aws:s3:::clinic-data/*"),
            )
        },
        "LEAK",
    ),
    "a table bucket": ("s3tables:bucket/main/table/${tenant}", "s3tables:GetTableData", TABLES, "LEAK"),
    "a cluster of Kafka": ("kafka:topic/main/*/${tenant}.*", "kafka-cluster:ReadData", TOPICS, "LEAK"),
    "a vector bucket": ("s3vectors:bucket/main/index/${tenant}", "s3vectors:QueryVectors", VECTORS, "LEAK"),
    "an event bus": ("events:rule/main/${tenant}-*", "events:PutRule", RULES, "LEAK"),
}


@pytest.mark.parametrize("name", list(CASES))
def test_the_policy_of(name: str, tmp_path: Path) -> None:
    owned, action, resources, expected = CASES[name]
    named = f"arn:aws:s3:::{owned.removeprefix('s3:')}" if owned.startswith("s3:") else arn(owned)
    own = allow(action, named.replace("${tenant}", TAG))
    said = said_of_roles(
        tmp_path,
        {"AppRole": role(own, RoleName="AppRole"), **resources},
        owned=[{"kind": "arn", "arn": named}],
    )
    assert said["AppRole"] == expected


def test_what_the_policy_denies_reaches_nobody(tmp_path: Path) -> None:
    wide = allow("s3:GetObject", "arn:aws:s3:::clinic-data/*")
    guard = {**deny("s3:*", None, NotResource=f"arn:aws:s3:::clinic-data/{TAG}/*"), "Principal": "*"}
    resources = {"AppRole": role(wide, RoleName="AppRole"), **bucket(document(guard))}
    owned = [{"kind": "arn", "arn": "arn:aws:s3:::clinic-data/${tenant}/*"}]
    assert said_of_roles(tmp_path, resources, owned=owned)["AppRole"] == "ISOLATED"
