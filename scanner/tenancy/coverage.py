"""Stores of data that no entry of the tenancy speaks of, so that nothing is asked about them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from scanner.model.deferred import settle
from scanner.model.resource import Inventory, Resource
from scanner.model.world import World, explore_some
from scanner.tenancy import ownership
from scanner.tenancy.tenancy import Tenancy

STORES = (
    "AWS::Cassandra::Table",
    "AWS::DSQL::Cluster",
    "AWS::DocDB::DBCluster",
    "AWS::DynamoDB::GlobalTable",
    "AWS::DynamoDB::Table",
    "AWS::EFS::FileSystem",
    "AWS::ElastiCache::ReplicationGroup",
    "AWS::ElastiCache::ServerlessCache",
    "AWS::FSx::FileSystem",
    "AWS::HealthImaging::Datastore",
    "AWS::HealthLake::FHIRDatastore",
    "AWS::Kinesis::Stream",
    "AWS::MemoryDB::Cluster",
    "AWS::Neptune::DBCluster",
    "AWS::OpenSearchServerless::Collection",
    "AWS::OpenSearchService::Domain",
    "AWS::RDS::DBCluster",
    "AWS::RDS::DBInstance",
    "AWS::Redshift::Cluster",
    "AWS::RedshiftServerless::Namespace",
    "AWS::S3::Bucket",
    "AWS::S3Express::DirectoryBucket",
    "AWS::S3Tables::TableBucket",
    "AWS::S3Vectors::VectorBucket",
    "AWS::Timestream::Table",
)
"""Types whose resources keep records; queues and streams of work are not counted."""


def uncovered(inventory: Inventory, tenancy: Tenancy) -> Iterator[str]:
    """Addresses of the stores that no entry under `owned` or `shared` means, nor a tag that names their one tenant.

    What an entry under `owned` may mean counts as covered: the proof asks about it. None where there is no tenancy.
    """
    if tenancy.source is None:
        return
    databases = [str(each["resource"]) for each in tenancy.database if "resource" in each]
    for type_name in STORES:
        for store in inventory.of_type(type_name):
            explored = explore_some(lambda world, it=store: _is_left_out(it, tenancy, databases, world))  # type: ignore[misc]  # bound to this store
            # What rests on more choices than are tried may be asked about, and nobody can say so.
            if explored.more is not None or any(leaf.result for leaf in explored.leaves):
                yield store.address


def _is_left_out(store: Resource, tenancy: Tenancy, databases: Sequence[str], world: World) -> bool:
    """`databases` name what the schemas run in: the proof asks about the rows. Raises UndecidedError."""
    if not store.exists(world) or store.tenant is not None:
        return False
    if store.type == "AWS::RDS::DBInstance" and _is_member(store, world):
        return False
    tags = settle(store.fields.get("Tags"), world)
    values = [tags.get(key) for key in tenancy.tags] if isinstance(tags, dict) else []
    if any(isinstance(value, str) and tenancy.tenant_ids.is_id(value) for value in values):
        return False
    if any(ownership.is_called(each, store, world) is True for each in databases):
        return False
    if tenancy.owns(store, world) is not False:
        return False
    for each in tenancy.shared:
        names = (each.resource,) if each.resource.startswith("arn:") else (each.resource, f"*:{each.resource}")
        if any(ownership.is_called(name, store, world) is True for name in names):
            return False
    return True


def _is_member(instance: Resource, world: World) -> bool:
    """Whether its data is a cluster's. Raises UndecidedError."""
    properties = settle(instance.fields.get("Properties"), world)
    return isinstance(properties, dict) and settle(properties.get("DBClusterIdentifier"), world) is not None
