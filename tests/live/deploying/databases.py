"""Amazon RDS, Neptune and DocumentDB, whose calls are much the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.live.deploying.made import (
    ACCOUNT,
    Clients,
    Deployer,
    Inexpressible,
    Made,
    Properties,
    pick,
    subnets_of,
    tag_list,
)

_CLUSTER = (
    "BackupRetentionPeriod",
    "DBClusterInstanceClass",
    "DeletionProtection",
    "EnableCloudwatchLogsExports",
    "EngineMode",
    "KmsKeyId",
    "MonitoringInterval",
    "PubliclyAccessible",
    "StorageEncrypted",
)
_INSTANCE = (
    "AutoMinorVersionUpgrade",
    "BackupRetentionPeriod",
    "DBClusterIdentifier",
    "DeletionProtection",
    "EnableCloudwatchLogsExports",
    "EnableIAMDatabaseAuthentication",
    "EngineVersion",
    "KmsKeyId",
    "MasterUserPassword",
    "MonitoringInterval",
    "MultiAZ",
    "PubliclyAccessible",
    "StorageEncrypted",
)
_LOGIN = {"MasterUsername": "clinic", "MasterUserPassword": "Not-a-secret-1"}


def _cluster(service: str, engine: str) -> Deployer:
    def deploy(clients: Clients, name: str, properties: Properties) -> Made:
        return _a_cluster(clients, properties.get("DBClusterIdentifier", name.lower()), properties, service, engine)

    return deploy


def _a_cluster(clients: Clients, name: str, properties: Properties, service: str, engine: str) -> Made:
    sent: dict[str, Any] = {"Engine": properties.get("Engine", engine), **pick(properties, *_CLUSTER)}
    if "DBClusterInstanceClass" in sent:
        # A cluster of machines of its own says how much it stores.
        sent |= {"AllocatedStorage": 100, "Iops": 1000, "StorageType": "io1"}
    if "IamAuthEnabled" in properties:
        sent["EnableIAMDatabaseAuthentication"] = properties["IamAuthEnabled"]
    if engine != "neptune":
        sent |= _LOGIN
    made = clients(service).create_db_cluster(DBClusterIdentifier=name, Tags=tag_list(properties), **sent)["DBCluster"]
    return Made(name, name, made["DBClusterArn"])


def database(clients: Clients, name: str, properties: Properties) -> Made:
    rds = clients("rds")
    name = properties.get("DBInstanceIdentifier", name.lower())
    if "SourceDBClusterIdentifier" in properties:
        raise Inexpressible("moto makes no replicas of clusters")
    if "SourceDBInstanceIdentifier" in properties:
        return _replica(rds, name, properties)
    sent = pick(properties, *_INSTANCE)
    engine = properties.get("Engine", "postgres")
    if "DBClusterIdentifier" in sent:
        known = {each["DBClusterIdentifier"]: each["Engine"] for each in rds.describe_db_clusters()["DBClusters"]}
        engine = known.get(sent["DBClusterIdentifier"], engine)
        if sent["DBClusterIdentifier"] not in known:
            made = _a_cluster(clients, sent["DBClusterIdentifier"], Properties({}), "rds", engine)
            sent["DBClusterIdentifier"] = made.id
    else:
        sent = {**_LOGIN, "AllocatedStorage": 20, **sent}
    if "DBSubnetGroupName" in properties:
        sent["DBSubnetGroupName"] = properties["DBSubnetGroupName"]
    if sent.get("MonitoringInterval"):
        sent["MonitoringRoleArn"] = f"arn:aws:iam::{ACCOUNT}:role/monitoring"
    if "DBSnapshotIdentifier" in properties:
        raise Inexpressible("the example has no snapshot to restore from")
    made = rds.create_db_instance(
        DBInstanceIdentifier=name,
        DBInstanceClass="db.t4g.micro",
        Engine=engine,
        Tags=tag_list(properties),
        **sent,
    )["DBInstance"]
    return Made(name, name, made["DBInstanceArn"])


def _replica(rds: Any, name: str, properties: Properties) -> Made:
    source = properties["SourceDBInstanceIdentifier"]
    # An example may name a source without having it.
    own = source.rpartition(":")[2]
    if own not in {each["DBInstanceIdentifier"] for each in rds.describe_db_instances()["DBInstances"]}:
        rds.create_db_instance(
            DBInstanceIdentifier=own,
            DBInstanceClass="db.t4g.micro",
            Engine=properties.get("Engine", "postgres"),
            AllocatedStorage=20,
            BackupRetentionPeriod=7,
            **_LOGIN,
        )
    properties.get("Engine")
    made = rds.create_db_instance_read_replica(
        DBInstanceIdentifier=name,
        SourceDBInstanceIdentifier=source,
        **pick(properties, "AutoMinorVersionUpgrade", "MultiAZ", "PubliclyAccessible", "DeletionProtection"),
    )["DBInstance"]
    return Made(name, name, made["DBInstanceArn"])


def subnet_group(clients: Clients, name: str, properties: Properties) -> Made:
    name = name.lower()
    known = {each["SubnetId"] for each in clients("ec2").describe_subnets()["Subnets"]}
    given = properties["SubnetIds"]
    clients("rds").create_db_subnet_group(
        DBSubnetGroupName=name,
        DBSubnetGroupDescription=properties.get("DBSubnetGroupDescription", "d"),
        SubnetIds=given if known.issuperset(given) else subnets_of(clients),
    )
    return Made(name, name)


DEPLOYERS: Mapping[str, Deployer] = {
    "AWS::Neptune::DBCluster": _cluster("neptune", "neptune"),
    "AWS::RDS::DBCluster": _cluster("rds", "aurora-postgresql"),
    "AWS::RDS::DBInstance": database,
    "AWS::RDS::DBSubnetGroup": subnet_group,
}
