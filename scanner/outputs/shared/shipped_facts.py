"""What a report says of the age of the facts that shipped with the version that made it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from scanner.findings.report_document import ReportDocument


def shipped_facts(report: ReportDocument) -> Iterator[tuple[str, str]]:
    """Pairs of a name and its date, source and age limit; none in reports of versions that did not say it."""
    data = report["run"].get("data")
    for name, row in data.items() if isinstance(data, Mapping) else ():
        yield (
            f"{name.replace('-', ' ')} of",
            f"{row['date']} ({row['source']}), good for {row['age_limit_days']} days",
        )
