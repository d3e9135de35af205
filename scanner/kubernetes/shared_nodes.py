"""Which tenants' pods run on one node, in a cluster that was read as it runs."""

from __future__ import annotations

from dataclasses import field

from scanner.base.record import mutable
from scanner.kubernetes.api_resources import POD
from scanner.kubernetes.cluster import Cluster, cluster_key, clusters_of
from scanner.kubernetes.fields import at, body_of, text_at
from scanner.model.resource import Inventory, Resource
from scanner.model.unknown import OpenList, Unknown

_OVER = ("Succeeded", "Failed")


def tenants_beside(pod: Resource, inventory: Inventory) -> list[object] | Unknown:
    """Other tenants with a pod on the same node, in order; open where pods, nodes or owners are not all known."""
    body = body_of(pod)
    node = text_at(body, "spec", "nodeName")
    if isinstance(body, Unknown) or isinstance(node, Unknown):
        return body if isinstance(body, Unknown) else node if isinstance(node, Unknown) else []
    cluster = clusters_of(inventory).get(cluster_key(pod))
    if node is None or cluster is None or at(body, "status", "phase") in _OVER:
        return []
    nodes = inventory.remember((tenants_beside, cluster.key), lambda: _on_nodes(cluster))
    assert isinstance(nodes, _Nodes)  # noqa: S101  # what was put there
    found: list[object] = [*sorted(nodes.owners.get(node, set()) - {str(pod.owner)})]
    unplaced = next((why for owner, why in nodes.unplaced if owner != pod.owner), None)
    why = cluster.missing(POD) or nodes.doubts.get(node) or unplaced
    return found if why is None else OpenList(found, why.plain())


@mutable(eq=False)
class _Nodes:
    """Tenants by node, why there may be more on one, and pods of which it is not known where they run."""

    owners: dict[str, set[str]] = field(default_factory=dict)
    doubts: dict[str, Unknown] = field(default_factory=dict)
    unplaced: list[tuple[object, Unknown]] = field(default_factory=list)


def _on_nodes(cluster: Cluster) -> _Nodes:
    found = _Nodes()
    for each in cluster.objects(POD):
        node = text_at(each.body, "spec", "nodeName")
        owner = each.resource.owner
        if isinstance(node, Unknown):
            found.unplaced.append((owner, node))
        elif isinstance(node, str) and at(each.body, "status", "phase") not in _OVER:
            if isinstance(owner, str):
                found.owners.setdefault(node, set()).add(owner)
            elif isinstance(owner, Unknown):
                found.doubts.setdefault(node, owner)
    return found
