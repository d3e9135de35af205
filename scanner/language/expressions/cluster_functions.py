"""What rules may ask of a Kubernetes cluster that no object of it says by itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from scanner.language.expressions.function import Function
from scanner.model.unknown import Unknown

if TYPE_CHECKING:
    from scanner.language.expressions.scope import Scope


def node_is_open(arguments: Sequence[object], scope: Scope) -> object:
    """Whether a pod of this namespace may take over its node, as far as Pod Security and admission policies tell."""
    del arguments
    from scanner.kubernetes.cluster import cluster_key, clusters_of
    from scanner.kubernetes.fields import body_of, text_at
    from scanner.kubernetes.pod_security import host_is_open

    cluster = clusters_of(scope.inventory).get(cluster_key(scope.resource))
    name = text_at(body_of(scope.resource), "metadata", "name")
    if cluster is None or not isinstance(name, str):
        return name if isinstance(name, Unknown) else None
    said = host_is_open(cluster, name)
    return said.plain() if isinstance(said, Unknown) else said


def hosts_of_others(arguments: Sequence[object], scope: Scope) -> object:
    """Host names of an Ingress that an Ingress of another tenant's namespace has as well, as mappings of both."""
    del arguments
    from scanner.kubernetes.ingress_hosts import shared_hosts

    return shared_hosts(scope.resource, scope.inventory)


def node_mates(arguments: Sequence[object], scope: Scope) -> object:
    """Tenants of other pods that run on the node of this one."""
    del arguments
    from scanner.kubernetes.shared_nodes import tenants_beside

    return tenants_beside(scope.resource, scope.inventory)


def node_strangers(arguments: Sequence[object], scope: Scope) -> object:
    """Pods of other tenants on this node, or that may come to it; nothing for a node of no one tenant."""
    del arguments
    from scanner.kubernetes.shared_nodes import strangers_on

    found = strangers_on(scope.resource, scope.inventory, scope.declared.tags)
    return {"Pods": found} if isinstance(found, list) else found


CLUSTER_FUNCTIONS = (
    Function(
        "node_is_open",
        node_is_open,
        (0, 0),
        "whether a pod of this namespace may be privileged: no Pod Security level, and no policy, refuses it",
        "node_is_open()",
    ),
    Function(
        "hosts_of_others",
        hosts_of_others,
        (0, 0),
        "host names of this Ingress that an Ingress of another tenant has, too",
        "hosts_of_others()",
    ),
    Function(
        "node_mates",
        node_mates,
        (0, 0),
        "the other tenants whose pods run on the node of this pod",
        "node_mates()",
    ),
    Function(
        "node_strangers",
        node_strangers,
        (0, 0),
        "pods of other tenants that run on this node, whose label names its tenant, or tolerate its taints: "
        "`{Pods: [{Pod, Tenant, How}]}`; null for a node of no one tenant",
        "node_strangers().Pods[].Pod",
    ),
)
