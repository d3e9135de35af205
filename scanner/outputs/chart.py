"""Verdicts by layer as bars: numbers for an inline SVG."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from scanner.findings.document import ReportDocument, Verdict
from scanner.outputs.words import VERDICT_WORDS, plural

WIDTH = 480
_SHOWN: tuple[Verdict, ...] = ("FAIL", "UNKNOWN", "SUPPRESSED", "PASS")


@dataclass(frozen=True, slots=True)
class Segment:
    """`start` and `width` in units of the drawing."""

    verdict: Verdict
    start: float
    width: float


@dataclass(frozen=True, slots=True)
class Bar:
    layer: str
    segments: tuple[Segment, ...]
    counts: Mapping[Verdict, int]
    words: str


def bars(report: ReportDocument) -> list[Bar]:
    """One for each layer that has a verdict, on one common scale; what does not apply is not drawn."""
    counts: dict[str, Counter[Verdict]] = {}
    for finding in report["findings"]:
        if finding["verdict"] in _SHOWN:
            counts.setdefault(finding["layer"], Counter())[finding["verdict"]] += 1
    largest = max((counted.total() for counted in counts.values()), default=1)
    return [_bar(layer, counts[layer], largest) for layer in sorted(counts)]


def _bar(layer: str, counted: Counter[Verdict], largest: int) -> Bar:
    segments: list[Segment] = []
    start = 0.0
    for verdict in _SHOWN:
        if counted[verdict]:
            # At least three units: one deviation among thousands must be seen.
            width = max(round(counted[verdict] / largest * (WIDTH - 4 * len(_SHOWN)), 1), 3.0)
            segments.append(Segment(verdict, round(start, 1), width))
            start += width + 1
    words = ", ".join(
        f"{counted[verdict]:,} {plural(VERDICT_WORDS[verdict], counted[verdict])}"
        for verdict in _SHOWN
        if counted[verdict]
    )
    return Bar(layer, tuple(segments), {verdict: counted[verdict] for verdict in _SHOWN}, words)
