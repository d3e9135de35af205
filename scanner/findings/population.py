"""What there is, by type: all of it, also what no rule reads, so that nobody takes a sample for the whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from scanner.findings.finding import Finding
from scanner.findings.report_document import PopulationDocument, PopulationTypeDocument
from scanner.model.resource_counts import Census


def population_of(census: Census, findings: Iterable[Finding]) -> PopulationDocument:
    """By type; `rules` are those that gave a verdict on one of the type."""
    rules: dict[str, set[str]] = {}
    for finding in findings:
        if finding.verdict != "NOT_APPLICABLE":
            rules.setdefault(finding.resource["type"], set()).add(finding.rule)
    types: list[PopulationTypeDocument] = []
    for name, places in sorted(census.types.items()):
        accounts: Counter[str] = Counter()
        regions: Counter[str] = Counter()
        for (account, region), number in places.items():
            if account:
                accounts[account] += number
            if region:
                regions[region] += number
        types.append(
            {
                "type": name,
                "count": places.total(),
                "accounts": dict(sorted(accounts.items())),
                "regions": dict(sorted(regions.items())),
                "rules": sorted(rules.get(name, ())),
            }
        )
    return {"types": types}


__all__ = ["population_of"]
