"""All tables as one, loaded when the first plan is read."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from scanner.inputs.terraform.cloud_control import PREFIX, cloud_control_mapped
from scanner.inputs.terraform.mapping import Mapped, Table


def mapped_type(name: str) -> Mapped | None:
    """What becomes of a resource type of either provider; None for one that no table has."""
    if name.startswith(PREFIX):
        return cloud_control_mapped(name)
    return all_types().get(name)


@cache
def all_types() -> Mapping[str, Mapped]:
    """By Terraform's type, such as `aws_s3_bucket`; loads every table."""
    from scanner.inputs.terraform.types import (
        analytics,
        apis,
        balancers,
        caches_and_search,
        clinic_services,
        containers,
        databases,
        edge,
        file_systems,
        functions,
        identity,
        instances,
        jobs,
        key_value_tables,
        less_used_services,
        managed_services,
        messaging,
        more_services,
        network,
        newer_policies,
        observability,
        policies,
        secret_stores,
        security_groups,
        storage,
        streams,
    )

    tables: tuple[Table, ...] = (
        storage.TABLE,
        identity.TABLE,
        key_value_tables.TABLE,
        databases.TABLE,
        caches_and_search.TABLE,
        streams.TABLE,
        file_systems.TABLE,
        analytics.TABLE,
        network.TABLE,
        security_groups.TABLE,
        balancers.TABLE,
        functions.TABLE,
        instances.TABLE,
        containers.TABLE,
        jobs.TABLE,
        apis.TABLE,
        edge.TABLE,
        messaging.TABLE,
        secret_stores.TABLE,
        observability.TABLE,
        managed_services.TABLE,
        policies.TABLE,
        more_services.TABLE,
        clinic_services.TABLE,
        newer_policies.TABLE,
        less_used_services.TABLE,
    )
    return {name: mapped for table in tables for name, mapped in table.items()}
