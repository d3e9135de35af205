"""Blocks of addresses in network policies ("The NetworkPolicy resource", "ipBlock")."""

from __future__ import annotations

import ipaddress

from scanner.kubernetes.address_ranges import overlap
from scanner.kubernetes.api_resources import NODE, POD
from scanner.kubernetes.cluster import Cluster
from scanner.kubernetes.fields import as_text, at, items_of, texts_of
from scanner.model.unknown import Unknown

Net = ipaddress.IPv4Network | ipaddress.IPv6Network


def block_allows(cluster: Cluster, block: object, namespace: str, shown: str) -> str | Unknown | None:
    """By which words a block holds addresses of the namespace's pods; None where it holds none.

    `shown` is the policy, as reports call it.
    """
    cidr = as_text(at(block, "cidr"))
    if isinstance(cidr, Unknown):
        return cidr
    excepted, more = texts_of(at(block, "except"))
    try:
        whole = ipaddress.ip_network(str(cidr), strict=False)
        without = [ipaddress.ip_network(each, strict=False) for each in excepted]
    except ValueError as error:
        # The API server takes forms that this reader does not, such as zeros in front of numbers.
        return Unknown("not-modelled", f"which addresses {shown} allows: {error}")
    if more is not None:
        return more
    if whole.prefixlen == 0 and not without:
        return f"{shown} allows every address"
    for pod in cluster.objects_in(POD, namespace):
        address = as_text(at(pod.body, "status", "podIP"))
        if isinstance(address, str) and _holds(address, whole, without):
            return f"{shown} allows {cidr}, in which pods of namespace {namespace} have addresses"
    # Pods come and go: only ranges that no node gives addresses of are nobody's.
    given = _pod_ranges(cluster)
    if given is not None and not any(overlap(whole, without, each) for each in given):
        return None
    return Unknown("not-collected", f"whether pods of others have addresses in {whole}, which {shown} allows")


def _holds(address: str, whole: Net, without: list[Net]) -> bool:
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    return ip in whole and not any(ip in each for each in without)


def _pod_ranges(cluster: Cluster) -> list[Net] | None:
    """Those that nodes give pods addresses of; None where not each node says its own."""
    nodes = list(cluster.objects(NODE))
    if not nodes or cluster.missing(NODE) is not None:
        return None
    given: list[Net] = []
    for node in nodes:
        told = (*items_of(at(node.body, "spec", "podCIDRs")), at(node.body, "spec", "podCIDR"))
        texts = [as_text(each) for each in told if each is not None]
        try:
            own = [ipaddress.ip_network(each, strict=False) for each in texts if isinstance(each, str)]
        except ValueError:
            return None
        if not own or len(own) < len(texts):
            return None
        given += own
    return given


__all__ = ["block_allows"]
