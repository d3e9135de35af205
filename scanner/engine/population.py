"""What there is, by type: all of it, also what no rule reads, so that nobody takes a sample for the whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from scanner.findings.document import PopulationDocument, PopulationTypeDocument
from scanner.findings.finding import Finding
from scanner.model.resource import Inventory


def population_of(inventory: Inventory, findings: Iterable[Finding]) -> PopulationDocument:
    """By type; `rules` are those that gave a verdict on one of the type."""
    rules: dict[str, set[str]] = {}
    for finding in findings:
        if finding.verdict != "NOT_APPLICABLE":
            rules.setdefault(finding.resource["type"], set()).add(finding.rule)
    types: list[PopulationTypeDocument] = []
    for name, resources in sorted(inventory.types.items()):
        accounts = Counter(each.account for each in resources if each.account)
        regions = Counter(each.region for each in resources if each.region)
        types.append(
            {
                "type": name,
                "count": len(resources),
                "accounts": dict(sorted(accounts.items())),
                "regions": dict(sorted(regions.items())),
                "rules": sorted(rules.get(name, ())),
            }
        )
    return {"types": types}


__all__ = ["population_of"]
