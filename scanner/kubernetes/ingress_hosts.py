"""Host names that Ingresses of two tenants claim: which of them answers is up to the controller ("Ingress")."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.kubernetes.api_resources import type_name
from scanner.kubernetes.cluster import Cluster, Object, cluster_key, clusters_of
from scanner.kubernetes.fields import as_text, at, items_of
from scanner.model.resource import Inventory, Resource
from scanner.model.unknown import OpenList, Unknown

INGRESS = type_name("networking.k8s.io", "Ingress")


def shared_hosts(ingress: Resource, inventory: Inventory) -> list[object] | Unknown:
    """`{Host, Path, Namespace, Tenant}` of what another tenant claims of the same host and path.

    Open where hosts, owners or Ingresses are not all known. Two paths of one host are another's only where one lies
    below the other, or where either says none.
    """
    cluster = clusters_of(inventory).get(cluster_key(ingress))
    if cluster is None:
        return []
    by_host = inventory.remember((shared_hosts, cluster.key), lambda: _claims(cluster))
    assert isinstance(by_host, dict)  # noqa: S101  # what was put there
    found: list[object] = []
    doubt = cluster.missing(INGRESS)
    mine = next((each for each in cluster.objects(INGRESS) if each.resource is ingress), None)
    for host, path in _hosts(mine) if mine is not None else ():
        if isinstance(host, Unknown):
            doubt = doubt or host
            continue
        for other_host, other_path, other in (*by_host.get(host, ()), *by_host.get("", ())):
            owner = other.resource.owner
            if other.resource is ingress or owner is None or owner == ingress.owner:
                continue
            meets = other_host if isinstance(other_host, Unknown) else _meet(path, other_path)
            if meets is False:
                continue
            unknown = meets if isinstance(meets, Unknown) else owner if isinstance(owner, Unknown) else None
            if unknown is not None:
                doubt = doubt or unknown
            else:
                found.append({"Host": host, "Path": path, "Namespace": other.namespace, "Tenant": owner})
    return found if doubt is None else OpenList(found, doubt.plain())


_Path = str | Unknown
_Claim = tuple[str | Unknown, _Path, Object]


def _claims(cluster: Cluster) -> dict[str, list[_Claim]]:
    """By host; under the empty one are those whose host is not known."""
    found: dict[str, list[_Claim]] = {}
    for each in cluster.objects(INGRESS):
        for host, path in _hosts(each):
            found.setdefault(host if isinstance(host, str) else "", []).append((host, path, each))
    return found


def _hosts(ingress: Object) -> Iterator[tuple[str | Unknown, _Path]]:
    """Each host with each path; a rule without a host is for every host, which is a claim of its own."""
    for rule in items_of(at(ingress.body, "spec", "rules")):
        if isinstance(rule, Unknown):
            yield rule, rule
            continue
        host = as_text(at(rule, "host"))
        written = [
            each if isinstance(each, Unknown) else as_text(at(each, "path"))
            for each in items_of(at(rule, "http", "paths"))
        ]
        for path in written or [""]:
            yield host if host is not None else "*", path if path is not None else ""


def _meet(one: _Path, other: _Path) -> bool | Unknown:
    if isinstance(one, Unknown) or isinstance(other, Unknown):
        return one if isinstance(one, Unknown) else other  # type: ignore[return-value]  # one of them is, as asked
    short, long = sorted((one.rstrip("/"), other.rstrip("/")), key=len)
    return long == short or long.startswith(f"{short}/")
