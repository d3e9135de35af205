"""All tables as one, loaded when the first plan is read."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from scanner.inputs.terraform.mapping import Mapped, Table


def mapped_type(name: str) -> Mapped | None:
    """What becomes of a resource type of the provider; None for one that no table has."""
    return all_types().get(name)


@cache
def all_types() -> Mapping[str, Mapped]:
    """By Terraform's type, such as `aws_s3_bucket`; loads every table."""
    from scanner.inputs.terraform.types import (
        clinic_services,
        compute,
        data_stores,
        identity,
        more_services,
        network,
        policies,
        services,
        storage,
    )

    tables: tuple[Table, ...] = (
        storage.TABLE,
        identity.TABLE,
        data_stores.TABLE,
        network.TABLE,
        compute.TABLE,
        services.TABLE,
        policies.TABLE,
        more_services.TABLE,
        clinic_services.TABLE,
    )
    return {name: mapped for table in tables for name, mapped in table.items()}
