"""Which tenants' pods run on one node, in a cluster that was read as it runs."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import field

from scanner.base.record import mutable
from scanner.kubernetes.api_resources import POD
from scanner.kubernetes.cluster import Cluster, cluster_key, clusters_of
from scanner.kubernetes.fields import at, body_of, items_of, labels_of, text_at
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


def strangers_on(node: Resource, inventory: Inventory, keys: Sequence[str]) -> list[object] | Unknown | None:
    """`{Pod, Tenant, How}` of other tenants on a node that a label of `keys` gives to one, or that may come to it.

    None for a node of no one tenant. A pod may come where it tolerates every taint that refuses pods and its
    `nodeSelector` fits ("Taints and Tolerations", "Assigning Pods to Nodes"); open where that is not known.
    """
    body = body_of(node)
    labels, doubt = labels_of(body, "metadata", "labels")
    owner = next((labels[key] for key in keys if key in labels), None)
    cluster = clusters_of(inventory).get(cluster_key(node))
    if owner is None or cluster is None:
        return doubt if owner is None and doubt is not None else None
    name = text_at(body, "metadata", "name")
    taints = [each for each in items_of(at(body, "spec", "taints")) if at(each, "effect") != "PreferNoSchedule"]
    found: list[object] = []
    why = cluster.missing(POD)
    for pod in cluster.objects(POD):
        theirs = pod.resource.owner
        if theirs is None or theirs == owner or at(pod.body, "status", "phase") in _OVER:
            continue
        here = text_at(pod.body, "spec", "nodeName")
        if isinstance(here, str):
            comes: bool | Unknown = name if isinstance(name, Unknown) else here == name
        else:
            comes = _may_come(pod.body, taints, labels, here)
        if isinstance(comes, Unknown) or (comes and isinstance(theirs, Unknown)):
            why = why or (comes if isinstance(comes, Unknown) else theirs if isinstance(theirs, Unknown) else None)
        elif comes:
            how = "runs on it" if here == name else "tolerates its taints"
            found.append({"Pod": f"{pod.namespace}/{pod.name}", "Tenant": theirs, "How": how})
    return found if why is None else OpenList(found, why.plain())


def _may_come(
    pod: Mapping[str, object], taints: Sequence[object], labels: Mapping[str, str], here: Unknown | None
) -> bool | Unknown:
    """Whether a pod that runs nowhere yet may be placed on a node with these taints and labels."""
    if here is not None:
        return here
    wanted, doubt = labels_of(pod, "spec", "nodeSelector")
    if any(labels.get(key) != value for key, value in wanted.items()):
        return False
    tolerations = [*items_of(at(pod, "spec", "tolerations"))]
    for taint in taints:
        said = [_tolerates(each, taint) for each in tolerations]
        if any(each is True for each in said):
            continue
        unknown = next((each for each in said if isinstance(each, Unknown)), None)
        return unknown if unknown is not None else False
    return doubt if doubt is not None else True


def _tolerates(toleration: object, taint: object) -> bool | Unknown:
    unknown = next((each for each in (toleration, taint) if isinstance(each, Unknown)), None)
    if unknown is not None:
        return unknown
    key, effect, operator = (at(toleration, each) for each in ("key", "effect", "operator"))
    unknown = next((each for each in (key, effect, operator) if isinstance(each, Unknown)), None)
    if unknown is not None:
        return unknown
    if effect not in (None, "") and effect != at(taint, "effect"):
        return False
    if operator == "Exists":
        return key in (None, "") or key == at(taint, "key")
    if key != at(taint, "key"):
        return False
    asked, value = at(toleration, "value"), at(taint, "value")
    unknown = next((each for each in (asked, value) if isinstance(each, Unknown)), None)
    if unknown is not None:
        return unknown
    if operator in ("Gt", "Lt"):
        return _compares(str(operator), str(asked), str(value))
    return (asked or "") == (value or "")


def _compares(operator: str, asked: str, value: str) -> bool:
    """Whether the taint's value is above or below the toleration's; what is no whole number is neither.

    "Taints and Tolerations" (Kubernetes 1.35, `TaintTolerationComparisonOperators`).
    """
    if not (_WHOLE.fullmatch(asked) and _WHOLE.fullmatch(value)):
        return False
    return int(value) > int(asked) if operator == "Gt" else int(value) < int(asked)


# Of 64 bits at most, and as it is written without zeros before it.
_WHOLE = re.compile(r"-?(?:0|[1-9][0-9]{0,18})", re.ASCII)


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
