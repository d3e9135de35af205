"""What one audit leaves for the next to be compared with, beside the findings."""

from __future__ import annotations

import json
import zlib
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from scanner.base.record import record
from scanner.findings.report_document import ReportDocument

_MOST_NAMED = 200
_MOST_BYTES = 512 * 1024 * 1024


@record
class Facts:
    """`resources` are addresses by type, `reach` the proof's verdict by principal and what it is over, `accepted` ids
    of findings, `trusts` and `digests` what the tenancy and the rules are."""

    resources: Mapping[str, Sequence[str]]
    reach: Mapping[str, str]
    accepted: Mapping[str, str]
    rules: Sequence[str]
    trusts: Sequence[str]
    digests: Mapping[str, str | None]


def facts_of(report: ReportDocument) -> Facts:
    """What of a report the next one is compared with."""
    resources: dict[str, dict[str, None]] = {}
    for finding in report["findings"]:
        resources.setdefault(finding["resource"]["type"], {})[finding["resource"]["address"]] = None
    reach: dict[str, str] = {}
    for each in report["proofs"]:
        if each.get("over") is not None:
            reach[f"{each['principal']} over {each['over']}"] = str(each["verdict"])
    tenancy = report["tenancy"]["value"]
    trusts = tenancy.get("trusted") if isinstance(tenancy, Mapping) else None
    listed = trusts if isinstance(trusts, list) else []
    return Facts(
        {kind: sorted(addresses) for kind, addresses in sorted(resources.items())},
        reach,
        {
            each["id"]: f"{each['rule']} on {each['resource']['address']}"
            for each in report["findings"]
            if each["verdict"] == "SUPPRESSED"
        },
        sorted(report["rules"]),
        sorted(json.dumps(each, sort_keys=True, default=str) for each in listed),
        {"rules": report["tool"].get("rules_digest"), "tenancy": _text(report["tenancy"].get("digest"))},
    )


def packed(facts: Facts) -> bytes:
    """Compressed JSON, as the history keeps it."""
    told = {name: getattr(facts, name) for name in Facts.__match_args__}
    return zlib.compress(json.dumps(told, separators=(",", ":")).encode("ascii"), 6)


def unpacked(content: bytes) -> Facts | None:
    """None for what is no such entry, or too large to be one."""
    try:
        reader = zlib.decompressobj()
        told: Any = json.loads(reader.decompress(content, _MOST_BYTES))  # Any: as JSON comes in
        return Facts(**{name: told[name] for name in Facts.__match_args__})
    except (zlib.error, ValueError, KeyError, TypeError):
        return None


def changes(before: Facts, now: Facts, at: str) -> dict[str, object]:
    """What is otherwise than at the audit before, which was `at`; lists end after the first 200."""
    was, is_ = _all(before), _all(now)
    found: dict[str, object] = {
        "since": at,
        "resources_added": _named(is_ - was),
        "resources_removed": _named(was - is_),
        "principals_with_new_reach": _named(
            name for name, verdict in now.reach.items() if verdict != "ISOLATED" and before.reach.get(name) != verdict
        ),
        "principals_isolated_since": _named(
            name
            for name, verdict in now.reach.items()
            if verdict == "ISOLATED" and before.reach.get(name, verdict) != verdict
        ),
        "rules_added": _named(set(now.rules) - set(before.rules)),
        "rules_removed": _named(set(before.rules) - set(now.rules)),
        "rules_changed": before.digests.get("rules") != now.digests.get("rules"),
        "tenancy_changed": before.digests.get("tenancy") != now.digests.get("tenancy"),
        "trusts_added": _named(set(now.trusts) - set(before.trusts)),
        "trusts_removed": _named(set(before.trusts) - set(now.trusts)),
        "accepted_added": _named(name for id_, name in now.accepted.items() if id_ not in before.accepted),
        "accepted_removed": _named(name for id_, name in before.accepted.items() if id_ not in now.accepted),
    }
    return {key: value for key, value in found.items() if value not in ([], False)}


def _all(facts: Facts) -> set[str]:
    return {address for addresses in facts.resources.values() for address in addresses}


def _named(names: Collection[str] | Any) -> list[str]:  # Any: also a generator
    several = sorted(set(names))
    more = len(several) - _MOST_NAMED
    return several[:_MOST_NAMED] + ([f"and {more:,} more"] if more > 0 else [])


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


__all__ = ["Facts", "changes", "facts_of", "packed", "unpacked"]
