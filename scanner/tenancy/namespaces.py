"""Whose a namespace of a Kubernetes cluster is, and whose a user or group of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from scanner.kubernetes.api_resources import NAMESPACE
from scanner.kubernetes.cluster import clusters_of
from scanner.model.resource import Inventory
from scanner.model.unknown import Unknown
from scanner.tenancy.tenancy import Tenancy
from scanner.tenancy.tenant_principals import ids_in


def tenant_of_namespace(
    name: str, labels: Mapping[str, str], doubt: Unknown | None, tenancy: Tenancy
) -> str | Unknown | None:
    """By its label of `tenant_id.tags`, an entry of `cluster`, or its name among `tenants`; None where it is nobody's.

    `doubt` says why it may have other labels.
    """
    if tenancy.source is None:
        return None
    for key in tenancy.tags:
        value = labels.get(key)
        if value is not None and value not in tenancy.tenant_ids.shared_values and tenancy.is_id(value):
            return value
        if value in tenancy.tenant_ids.shared_values:
            return None
    named = named_tenant("namespace", name, tenancy)
    if named is not None:
        return named
    if name in tenancy.tenants:
        return name
    if doubt is not None and tenancy.tags:
        return doubt.leaving_open(f"whose namespace {name} is")
    return None


def named_tenant(kind: Literal["namespace", "user", "group"], name: str, tenancy: Tenancy) -> str | Unknown | None:
    """Whose it is by an entry of `cluster`; unknown where entries leave open where the id ends."""
    found = {
        each for entry in tenancy.cluster if kind in entry for each in ids_in(name, entry[kind], tenancy.tenant_ids)
    }
    if len(found) > 1:
        return Unknown("undeclared", f"`cluster` in tenancy.yaml gives {kind} {name} to more than one tenant")
    return next(iter(found), None)


def mark_tenants(inventory: Inventory, tenancy: Tenancy) -> None:
    """Puts with every object of a cluster whose it is, as far as that is known."""
    for cluster in clusters_of(inventory).values():
        owners = {
            each.name: tenant_of_namespace(each.name, each.labels, each.doubt, tenancy)
            for each in cluster.namespaces.values()
        }
        for each in cluster.all_objects():
            place = each.name if each.resource.type == NAMESPACE else each.namespace
            owner = owners.get(place) if isinstance(place, str) else place
            each.resource.owner = owner
            if isinstance(owner, str):
                each.resource.tenant = owner
