"""Verdicts by layer, and open findings over audits, as bars: numbers for inline SVGs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from scanner.base.record import record
from scanner.findings.report_document import SEVERITIES, ReportDocument, Severity, Verdict
from scanner.outputs.shared.vocabulary import VERDICT_WORDS, plural

WIDTH = 480
TREND_HEIGHT = 120
TREND_STEP = 26
TREND_BAR = 16
MOST_RUNS = 30
"""The last audits are drawn; all are in the history itself."""
_SHOWN: tuple[Verdict, ...] = ("FAIL", "UNKNOWN", "SUPPRESSED", "PASS")


@record
class Segment:
    """`start` and `width` in units of the drawing."""

    verdict: Verdict
    start: float
    width: float


@record
class Bar:
    """Verdicts of the rules of one layer; `words` says the same as the segments."""

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
            # At least three units: one finding among thousands must be seen.
            width = max(round(counted[verdict] / largest * (WIDTH - 4 * len(_SHOWN)), 1), 3.0)
            segments.append(Segment(verdict, round(start, 1), width))
            start += width + 1
    words = ", ".join(
        f"{counted[verdict]:,} {plural(VERDICT_WORDS[verdict], counted[verdict])}"
        for verdict in _SHOWN
        if counted[verdict]
    )
    return Bar(layer, tuple(segments), {verdict: counted[verdict] for verdict in _SHOWN}, words)


@record
class Block:
    """`top` and `height` in units of the drawing, from above."""

    severity: Severity
    top: float
    height: float


@record
class Run:
    """One audit; `left` is where its bar begins."""

    at: str
    left: int
    blocks: tuple[Block, ...]
    open: Mapping[Severity, int]
    numbers: Mapping[str, str]
    words: str

    @property
    def total(self) -> int:
        """Open findings of all severities."""
        return sum(self.open.values())


def trend(report: ReportDocument) -> list[Run]:
    """The audits of the history in its order, at most the last thirty; nothing without history."""
    history = report.get("history")
    recorded = history.get("runs") if isinstance(history, Mapping) else None
    runs = [each for each in recorded if isinstance(each, Mapping)] if isinstance(recorded, list) else []
    runs = runs[-MOST_RUNS:]
    opens = [_open(each) for each in runs]
    largest = max((sum(each.values()) for each in opens), default=0) or 1
    return [_run(number, run, open_, largest) for number, (run, open_) in enumerate(zip(runs, opens, strict=True))]


def _open(run: Mapping[str, object]) -> dict[Severity, int]:
    table = run.get("open")
    known = table if isinstance(table, Mapping) else {}
    return {severity: _number(known.get(severity)) for severity in SEVERITIES}


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0


def _run(number: int, run: Mapping[str, object], open_: dict[Severity, int], largest: int) -> Run:
    blocks: list[Block] = []
    bottom = float(TREND_HEIGHT)
    for severity in SEVERITIES:
        if open_[severity]:
            height = max(round(open_[severity] / largest * (TREND_HEIGHT - 12), 1), 2.0)
            bottom -= height
            blocks.append(Block(severity, round(bottom, 1), height))
            bottom -= 1
    age = run.get("mean_age_days")
    numbers = {key: f"{_number(run.get(key)):,}" for key in ("new", "fixed", "undetermined", "accepted")}
    numbers["mean_age"] = f"{age:,.0f}" if isinstance(age, int | float) else ""
    words = ", ".join(f"{open_[severity]:,} {severity}" for severity in SEVERITIES if open_[severity]) or "none open"
    at = str(run.get("at"))[:10]
    return Run(at, number * TREND_STEP + 2, tuple(blocks), open_, numbers, f"{at}: {words}")
