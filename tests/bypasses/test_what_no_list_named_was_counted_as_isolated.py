"""Which requests were looked at came from lists written by hand, and what no list named was counted as isolated.

The actions now come from the catalogue by the form of the ARN, whatever their prefix, with what lies below and the
listings above; what is harmless is a row with its reason. Found by labelled situations and by the random questions.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.prover.situations import ACCOUNT, KEY, PATIENTS, TABLE, TAG, Situation, allow, deny, leading, role, verdict

HERE = f"us-east-1:{ACCOUNT}"
OWN_TAG = {"StringEquals": {"aws:ResourceTag/TenantId": TAG}}
KMS = {"kind": "kms-context", "key": "Key", "context": {"tenant": "${tenant}"}}
MULTI = {**KEY, "Properties": {**KEY["Properties"], "MultiRegion": True}}
CONTEXT = allow("kms:Decrypt", "*", {"StringEquals": {"kms:EncryptionContext:tenant": TAG}})


def arn(rest: str) -> dict[str, Any]:
    return {"kind": "arn", "arn": f"arn:aws:{rest}"}


def tagged(name: str) -> dict[str, Any]:
    return {"kind": "tagged", "types": [name], "tag": "TenantId"}


CLUSTER = arn(f"rds:{HERE}:cluster:${{tenant}}-db")
PATH = arn(f"ssm:{HERE}:parameter/t/${{tenant}}/*")
SITUATIONS: dict[str, tuple[dict[str, Any], list[dict[str, Any]], str]] = {
    "the data API of a cluster": (
        CLUSTER,
        [allow("rds-data:ExecuteStatement", f"arn:aws:rds:{HERE}:cluster:*")],
        "LEAK",
    ),
    "the data API of the own cluster": (
        CLUSTER,
        [allow("rds-data:ExecuteStatement", f"arn:aws:rds:{HERE}:cluster:{TAG}-db")],
        "ISOLATED",
    ),
    "topics of Kafka": (
        arn(f"kafka:{HERE}:topic/main/*/${{tenant}}.*"),
        [allow("kafka-cluster:ReadData", f"arn:aws:kafka:{HERE}:topic/main/*")],
        "LEAK",
    ),
    "a shell on tagged instances": (tagged("AWS::EC2::Instance"), [allow("ssm:StartSession", "*")], "LEAK"),
    "a shell on the own ones": (tagged("AWS::EC2::Instance"), [allow("ssm:StartSession", "*", OWN_TAG)], "ISOLATED"),
    "a record store by tag": (
        tagged("AWS::HealthLake::FHIRDatastore"),
        [allow("healthlake:ReadResource", "*")],
        "LEAK",
    ),
    "the own record store": (
        tagged("AWS::HealthLake::FHIRDatastore"),
        [allow("healthlake:ReadResource", "*", OWN_TAG)],
        "ISOLATED",
    ),
    "users of a pool by tag": (tagged("AWS::Cognito::UserPool"), [allow("cognito-idp:ListUsers", "*")], "LEAK"),
    "a type whose service has another name": (tagged("AWS::Location::PlaceIndex"), [allow("geo:*", "*")], "LEAK"),
    "objects in tagged buckets": (tagged("AWS::S3::Bucket"), [allow("s3:GetObject", "*")], "LEAK"),
    "objects in tagged buckets that are not owned": (
        {**tagged("AWS::S3::Bucket"), "only": "resource"},
        [allow("s3:GetObject", "*"), allow("s3:ListBucket", "*", OWN_TAG)],
        "ISOLATED",
    ),
    "tables in a bucket of tables": (
        arn(f"s3tables:{HERE}:bucket/t-${{tenant}}"),
        [allow("s3tables:UpdateTableMetadataLocation", f"arn:aws:s3tables:{HERE}:bucket/*/table/*")],
        "LEAK",
    ),
    "parameters by the path above": (
        PATH,
        [allow("ssm:GetParametersByPath", f"arn:aws:ssm:{HERE}:parameter/t")],
        "LEAK",
    ),
    "parameters by the own path": (
        PATH,
        [allow("ssm:GetParametersByPath", [f"arn:aws:ssm:{HERE}:parameter/t/{TAG}{end}" for end in ("", "/*")])],
        "ISOLATED",
    ),
    "a replica of the key": (KMS, [CONTEXT, allow("kms:ReplicateKey", "*")], "LEAK"),
    "no replica of the key": (KMS, [CONTEXT], "ISOLATED"),
    "signing, which such a key cannot do": (KMS, [CONTEXT, allow("kms:Sign", "*")], "ISOLATED"),
    "an action without a resource": (
        arn("s3:::${tenant}-files"),
        [allow("s3:CreateJob", "*"), allow("s3:ListBucket", f"arn:aws:s3:::{TAG}-files")],
        "NOT_PROVEN",
    ),
    "a harmless one": (
        arn("s3:::${tenant}-files"),
        [allow("s3:ListAllMyBuckets", "*"), allow("s3:ListBucket", f"arn:aws:s3:::{TAG}-files")],
        "ISOLATED",
    ),
    "an ARN that no action has": (arn(f"nosuch:{HERE}:thing/${{tenant}}"), [allow("s3:GetObject", "*")], "NOT_PROVEN"),
    "a secret by its name without the ending of AWS": (
        arn(f"secretsmanager:*:{ACCOUNT}:secret:t-${{tenant}}"),
        [allow("secretsmanager:UpdateSecret", "*")],
        "LEAK",
    ),
    "the own secret by its name": (
        arn(f"secretsmanager:*:{ACCOUNT}:secret:t-${{tenant}}"),
        [allow("secretsmanager:UpdateSecret", f"arn:aws:secretsmanager:*:*:secret:t-{TAG}-??????")],
        "ISOLATED",
    ),
    "a secret with the ending spelled out": (
        arn(f"secretsmanager:*:{ACCOUNT}:secret:t-${{tenant}}-??????"),
        [allow("secretsmanager:GetSecretValue", "*")],
        "LEAK",
    ),
    "a star for a slash that the form lacks": (
        arn(f"ecs:{HERE}:service/main/${{tenant}}-*"),
        [allow("ecs:UpdateService", f"arn:aws:ecs:{HERE}:service/*/{TAG}-*")],
        # No LEAK, which it was: the star stands for a cluster's name, in which there is no slash.
        "ISOLATED",
    ),
}


@pytest.mark.parametrize("name", list(SITUATIONS))
def test_what_is_isolated_was_asked(name: str, tmp_path: Path) -> None:
    entry, statements, expected = SITUATIONS[name]
    resources = {"AppRole": role(*statements), **({"Key": MULTI} if entry["kind"] == "kms-context" else {})}
    assert verdict(Situation(resources, [entry], pattern="[a-z0-9]{1,36}").proofs(tmp_path)) == expected


TABLE_SITUATIONS = {
    "an action that the catalogue lacks": ([allow("dynamodb:StartBulkPutItems", TABLE)], "NOT_PROVEN"),
    "one that nobody knows": ([allow("dynamodb:FrobnicateTable", TABLE)], "NOT_PROVEN"),
    "one of another service": ([allow("sqs:FrobnicateQueue", TABLE)], "ISOLATED"),
    "one that is denied": (
        [allow("dynamodb:StartBulkPutItems", TABLE), deny("dynamodb:Start*", Resource="*")],
        "ISOLATED",
    ),
    "a partial scan by statement": (
        [
            allow("dynamodb:PartiQLSelect", TABLE, leading([f"TENANT#{TAG}"])),
            deny("dynamodb:PartiQLSelect", {"Bool": {"dynamodb:FullTableScan": "true"}}, Resource="*"),
        ],
        "ISOLATED",
    ),
    "scans by statement under the wrong value": (
        [
            allow("dynamodb:PartiQLSelect", TABLE, leading([f"TENANT#{TAG}"])),
            deny("dynamodb:PartiQLSelect", {"Bool": {"dynamodb:FullTableScan": "false"}}, Resource="*"),
        ],
        "LEAK",
    ),
}


@pytest.mark.parametrize("name", list(TABLE_SITUATIONS))
def test_what_a_pooled_table_may_do(name: str, tmp_path: Path) -> None:
    statements, expected = TABLE_SITUATIONS[name]
    own = allow("dynamodb:Query", TABLE, leading([f"TENANT#{TAG}"]))
    resources = {"AppRole": role(own, *statements), "Patients": PATIENTS}
    findings = Situation(resources).proofs(tmp_path)
    assert verdict(findings) == expected
    counted = [ledger for each in findings if (ledger := each["proof"].get("ledger")) is not None]
    assert counted
    assert all(ledger["not_modelled"] == 0 for ledger in counted if expected == "ISOLATED")
