"""Ranges of addresses ("ipBlock" of network policies, "podCIDR" of nodes)."""

from __future__ import annotations

import ipaddress


def overlap(
    whole: ipaddress.IPv4Network | ipaddress.IPv6Network,
    without: list[ipaddress.IPv4Network | ipaddress.IPv6Network],
    given: ipaddress.IPv4Network | ipaddress.IPv6Network,
) -> bool:
    """Whether some given address is in the whole and in none of the exceptions."""
    if whole.version != given.version or not whole.overlaps(given):
        return False
    return not any(
        each.version == given.version and given.subnet_of(each)  # type: ignore[arg-type]  # of one version, as asked
        for each in without
    )
