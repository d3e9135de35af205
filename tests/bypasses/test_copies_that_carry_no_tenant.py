"""Snapshots and backups of another tenant's database, cache, volume or file system, and rules over its topics.

Their ARNs do not say whose data they hold, and nobody asked. Copies that a service makes by itself are named after what
they are of ("Creating a DB snapshot", Amazon RDS; "Scheduling automatic backups", Amazon ElastiCache); others have an
id of AWS's, and a tag or none.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.prover.situations import ACCOUNT, TAG, allow, role, said_of_roles

OWN = {"StringEquals": {"aws:ResourceTag/TenantId": TAG}}
IF_ANY = {"StringEqualsIfExists": {"aws:ResourceTag/TenantId": TAG}}


def arn(rest: str) -> str:
    service, name = rest.split(":", 1)
    return f"arn:aws:{service}:us-east-1:{ACCOUNT}:{name}"


def named(rest: str) -> dict[str, Any]:
    return {"kind": "arn", "arn": arn(rest)}


def tagged(name: str) -> dict[str, Any]:
    return {"kind": "tagged", "types": [f"AWS::{name}"], "tag": "TenantId"}


CLUSTER, DATABASE = named("rds:cluster:${tenant}-db"), named("rds:db:${tenant}-db")
OF_CLUSTER = allow("rds:StopDBCluster", arn(f"rds:cluster:{TAG}-db"))
SHARE, COPY = "rds:ModifyDBClusterSnapshotAttribute", "rds:CopyDBClusterSnapshot"
CACHE, MEMORY = named("elasticache:replicationgroup:${tenant}-c"), named("memorydb:cluster/${tenant}")
OF_CACHE = allow("elasticache:TestFailover", arn(f"elasticache:replicationgroup:{TAG}-c"))
OF_MEMORY = allow("memorydb:Connect", [arn(f"memorydb:cluster/{TAG}"), arn("memorydb:user/app")])
VOLUME, OF_VOLUME = tagged("EC2::Volume"), allow("ec2:AttachVolume", "*", OWN)
FILES, OF_FILES = tagged("FSx::FileSystem"), allow("fsx:UpdateFileSystem", "*", OWN)
TOPIC, OF_TOPIC = named("iot:topic/${tenant}/*"), allow("iot:Publish", arn(f"iot:topic/{TAG}/*"))
NAMESPACE = tagged("RedshiftServerless::Namespace")
OF_NAMESPACE = allow("redshift-serverless:UpdateNamespace", "*", OWN)

CASES: dict[str, tuple[dict[str, Any], list[dict[str, Any]], str]] = {
    "every snapshot of clusters": (CLUSTER, [OF_CLUSTER, allow(SHARE, arn("rds:cluster-snapshot:*"))], "LEAK"),
    "every automatic one": (CLUSTER, [OF_CLUSTER, allow(COPY, arn("rds:cluster-snapshot:rds:*"))], "LEAK"),
    "those with the own name": (
        CLUSTER,
        [OF_CLUSTER, allow(SHARE, arn(f"rds:cluster-snapshot:{TAG}-*"))],
        "ISOLATED",
    ),
    "the own automatic ones": (
        CLUSTER,
        [OF_CLUSTER, allow(COPY, arn(f"rds:cluster-snapshot:rds:{TAG}-db-*"))],
        "ISOLATED",
    ),
    "every snapshot of databases": (
        DATABASE,
        [
            allow("rds:StopDBInstance", arn(f"rds:db:{TAG}-db")),
            allow("rds:ModifyDBSnapshotAttribute", arn("rds:snapshot:*")),
        ],
        "LEAK",
    ),
    "those with the own tag": (
        tagged("RDS::DBCluster"),
        [allow(["rds:StopDBCluster", COPY], "*", OWN)],
        "ISOLATED",
    ),
    "those with the own tag or none": (
        tagged("RDS::DBCluster"),
        [allow(["rds:StopDBCluster", COPY], "*", IF_ANY)],
        "LEAK",
    ),
    "another engine's": (
        tagged("DocDB::DBCluster"),
        [allow("rds:StopDBCluster", "*", OWN), allow(SHARE, "*")],
        "LEAK",
    ),
    "every snapshot of caches": (
        CACHE,
        [OF_CACHE, allow("elasticache:CopySnapshot", arn("elasticache:snapshot:*"))],
        "LEAK",
    ),
    "those of the own cache": (
        CACHE,
        [OF_CACHE, allow("elasticache:CopySnapshot", arn(f"elasticache:snapshot:{TAG}-*"))],
        "ISOLATED",
    ),
    "every snapshot of MemoryDB": (
        MEMORY,
        [OF_MEMORY, allow("memorydb:CopySnapshot", arn("memorydb:snapshot/*"))],
        "LEAK",
    ),
    "the blocks of snapshots": (VOLUME, [OF_VOLUME, allow("ebs:GetSnapshotBlock", "*")], "NOT_PROVEN"),
    "snapshots shared": (VOLUME, [OF_VOLUME, allow("ec2:ModifySnapshotAttribute", "*")], "NOT_PROVEN"),
    "the blocks of the own": (VOLUME, [OF_VOLUME, allow("ebs:GetSnapshotBlock", "*", OWN)], "ISOLATED"),
    "names of snapshots": (VOLUME, [OF_VOLUME, allow("ec2:DescribeSnapshots", "*")], "ISOLATED"),
    "backups of file systems": (FILES, [OF_FILES, allow("fsx:CopyBackup", "*")], "NOT_PROVEN"),
    "the own backups": (FILES, [OF_FILES, allow("fsx:CopyBackup", "*", OWN)], "ISOLATED"),
    "snapshots of a namespace": (
        NAMESPACE,
        [OF_NAMESPACE, allow("redshift-serverless:RestoreFromSnapshot", "*")],
        "NOT_PROVEN",
    ),
    "recovery points of a namespace": (
        NAMESPACE,
        [OF_NAMESPACE, allow("redshift-serverless:ConvertRecoveryPointToSnapshot", "*")],
        "NOT_PROVEN",
    ),
    "a rule over topics": (TOPIC, [OF_TOPIC, allow("iot:CreateTopicRule", "*")], "NOT_PROVEN"),
    "what a rule says": (TOPIC, [OF_TOPIC, allow("iot:GetTopicRule", "*")], "ISOLATED"),
}


@pytest.mark.parametrize("name", list(CASES))
def test_a_role_that_may_use(name: str, tmp_path: Path) -> None:
    entry, statements, expected = CASES[name]
    said = said_of_roles(tmp_path, {"AppRole": role(*statements, RoleName="AppRole")}, owned=[entry])
    assert said["AppRole"] == expected
