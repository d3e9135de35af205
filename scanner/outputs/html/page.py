"""What stands on the HTML page, section by section, as values that its template only sets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from scanner.base.record import record
from scanner.controls.wording import STANDING_WORDS, ControlWords, Standing, control_words, standing_counts
from scanner.findings.report_document import (
    SEVERITIES,
    VERDICTS,
    ControlDocument,
    FindingDocument,
    ReportDocument,
    RuleDocument,
    Severity,
    Verdict,
)
from scanner.outputs.html import inventory
from scanner.outputs.html.charts import TREND_BAR, TREND_HEIGHT, TREND_STEP, WIDTH, bars, trend
from scanner.outputs.html.data import pack
from scanner.outputs.html.first_steps import MOST_STEPS, STANDINGS, first_steps
from scanner.outputs.html.isolation_matrix import LEGEND, STATE_WORDS, isolation
from scanner.outputs.html.views import RuleView, WaitView
from scanner.outputs.shared.exit_reason import headline
from scanner.outputs.shared.finding_view import FindingView, first_seen, view_of
from scanner.outputs.shared.folding import Fold, address_of, fold, name_of, words_of
from scanner.outputs.shared.listing import answered, worst_first
from scanner.outputs.shared.report_scope import change, not_covered, outcome, period_words, scope, tenancy
from scanner.outputs.shared.shipped_facts import shipped_facts
from scanner.outputs.shared.vocabulary import (
    CONTROLS_LEGEND,
    ISOLATION_LEGEND,
    SEVERITY_ORDER,
    VERDICT_WORDS,
    count,
    plural,
)

MOST_DETAILED = 5_000
"""Findings with all their evidence on the page: a browser opens as many in about a second."""
MOST_WORST = 1_000
"""Where there are more, the page has the worst of them in full, and room for the others as data."""
MOST_WAITING = 2_000
MOST_ACCEPTED = 1_000
"""Past these three the page's script shows the rest, a hundred at a time."""
MOST_LINES = 2_000
MOST_ANSWERS = 500
"""Rows of the tables that grow with what was scanned: inputs, coverage, errors, assumptions."""
_OPEN: frozenset[Verdict] = frozenset(("FAIL", "UNKNOWN", "SUPPRESSED"))


@record
class RuleRow:
    """One rule of the run and how many of its findings have each verdict."""

    id: str
    rule: RuleDocument
    counts: dict[Verdict, int]


@record
class AnswerRow:
    """An open finding with what management has yet to say of it; `anchor` is empty where the page lacks the finding."""

    anchor: str
    severity: Severity
    rule: str
    name: str
    address: str
    first_seen: str
    owner: str
    answer: str
    due: str


@record
class ControlRow:
    """One control with the words that every print-out says of it."""

    document: ControlDocument
    words: ControlWords


def content(report: ReportDocument, pages: Mapping[str, int]) -> dict[str, object]:
    """`pages` as in `html_data.pack`: which further page has a finding in full, by the finding's id."""
    findings = _Findings(report)
    failing = findings.failing()
    waits = findings.waits()
    accepted = findings.accepted()
    isolated = isolation(report, findings.anchor)
    rest = pack(report, findings.rest(), pages)
    verdicts = report["summary"]["verdicts"]
    severities = Counter(each["severity"] for each in report["findings"] if each["verdict"] == "FAIL")
    owners = [each for each in report["findings"] if each["verdict"] == "SUPPRESSED"]
    return {
        "report": report,
        "title": f"Isolation and safeguards, {report['as_of']}: {count(verdicts['FAIL'], 'finding')}",
        "scope": scope(report),
        "tenancy": tenancy(report),
        "outcome": sentence(outcome(report)),
        "headline": sentence(headline(report)),
        "standing": STANDINGS.get(report["exit_code"], "broken"),
        "steps": first_steps(failing),
        "steps_left": max(0, sum(len(views) for _, views in failing) - MOST_STEPS),
        "scope_summary": inventory.scope_summary(report),
        "change": sentence(change(report, listed=True) or "")[:-1],
        "severities": [(severity, severities[severity]) for severity in SEVERITIES],
        "verdicts": [(each, plural(VERDICT_WORDS[each], verdicts[each]), verdicts[each]) for each in in_print()],
        "verdict_words": VERDICT_WORDS,
        "bars": bars(report),
        "chart_width": WIDTH,
        "trend": trend(report),
        "trend_size": (TREND_STEP, TREND_BAR, TREND_HEIGHT),
        "period": period_words(report),
        "changes": inventory.change_facts(report),
        "isolation": isolated,
        "isolation_legend": ISOLATION_LEGEND,
        "not_covered": sentence(unasked) if (unasked := not_covered(report)) else "",
        "states": STATE_WORDS,
        "state_legend": LEGEND,
        "failing": failing,
        "waits": waits,
        "accepted": accepted,
        "answers": _answers(report, findings),
        "answers_left": max(0, verdicts["FAIL"] - MOST_ANSWERS),
        "exceptions": sorted(owners, key=_until)[:MOST_LINES],
        "rest": rest,
        "split": bool(pages),
        "frameworks": _frameworks(report),
        "standings": STANDING_WORDS,
        "controls_legend": CONTROLS_LEGEND,
        "decisions": inventory.decision_rows(report),
        "stores": inventory.store_rows(report),
        "types": inventory.type_rows(report),
        "assets": inventory.asset_tables(report),
        "rules": _rule_rows(report),
        "assumptions": inventory.assumption_rows(report),
        "engagement": inventory.engagement_facts(report),
        "tenancy_facts": inventory.tenancy_facts(report),
        "provenance": list(_provenance(report)),
        "inputs": [each for each in report["inputs"] if each.get("path")],
        "ignored": sum(number for each in report["inputs"] if isinstance(number := each.get("count"), int)),
        "most": MOST_LINES,
    }


def sentence(text: str) -> str:
    """The text with a capital and a full stop; it must have neither mark at its end."""
    return f"{text[:1].upper()}{text[1:]}."


def in_print() -> list[Verdict]:
    """What needs somebody first."""
    order = list(VERDICT_WORDS)
    return sorted(VERDICTS, key=order.index)


class _Findings:
    """Gives every finding its place on the page. A finding that stands twice has its first place only."""

    def __init__(self, report: ReportDocument) -> None:
        self._report = report
        self._claimed: set[str] = set()
        self._shown: set[int] = set()

    def failing(self) -> list[tuple[Severity, list[RuleView]]]:
        """By severity and rule, worst first."""
        grouped: dict[tuple[Severity, str], list[FindingDocument]] = {}
        failing = sorted(self._with("FAIL"), key=lambda each: SEVERITY_ORDER[each["severity"]])
        for finding in failing:
            grouped.setdefault((finding["severity"], finding["rule"]), []).append(finding)
        room = MOST_DETAILED if len(failing) <= MOST_DETAILED else min(MOST_WORST, MOST_DETAILED)
        views: list[RuleView] = []
        for (severity, id_), mine in grouped.items():
            here = self._views(mine[:room])
            room -= len(here)
            views.append(RuleView(id_, severity, self._report["rules"].get(id_), here, len(mine) - len(here)))
        by_severity = [(each, [view for view in views if view.severity == each]) for each in SEVERITIES]
        return [(severity, mine) for severity, mine in by_severity if mine]

    def waits(self) -> list[WaitView]:
        room = MOST_WAITING
        views: list[WaitView] = []
        for each in fold(self._with("UNKNOWN")):
            if not room:
                break
            view = self._wait(each, room)
            room -= len(view.findings)
            views.append(view)
        return views

    def _wait(self, each: Fold, room: int) -> WaitView:
        here = self._views(each.findings[:room])
        words = words_of(each.cause, singular=len(each.findings) == 1)
        return WaitView(words, each.detail, each.cause, each.option, here, len(each.findings) - len(here))

    def accepted(self) -> tuple[FindingView, ...]:
        return self._views(self._with("SUPPRESSED")[:MOST_ACCEPTED])

    def rest(self) -> Iterator[FindingDocument]:
        """Those that no section has taken: call it last."""
        return (each for each in self._report["findings"] if id(each) not in self._shown)

    def anchor(self, id_: str) -> str:
        """Empty where the page has no such finding in full."""
        return f"finding-{id_}" if id_ in self._claimed else ""

    def _with(self, verdict: Verdict) -> list[FindingDocument]:
        return [each for each in self._report["findings"] if each["verdict"] == verdict]

    def _views(self, findings: Sequence[FindingDocument]) -> tuple[FindingView, ...]:
        return tuple(
            view_of(each, self._report["rules"].get(each["rule"]), self._claim(each), self._report["as_of"])
            for each in findings
        )

    def _claim(self, finding: FindingDocument) -> str:
        self._shown.add(id(finding))
        if finding["id"] in self._claimed:
            return ""
        self._claimed.add(finding["id"])
        return f"finding-{finding['id']}"


def _answers(report: ReportDocument, findings: _Findings) -> list[AnswerRow]:
    """Open findings, the worst first, with the columns that XLSX and print give for them: on screen a gap is said."""
    rows: list[AnswerRow] = []
    for finding in islice(worst_first(report["findings"], ("FAIL",)), MOST_ANSWERS):
        owner, answer, due = answered(finding)
        rows.append(
            AnswerRow(
                anchor=findings.anchor(finding["id"]),
                severity=finding["severity"],
                rule=finding["rule"],
                name=name_of(finding),
                address=address_of(finding),
                first_seen=first_seen(finding),
                owner=owner or "nobody named",
                answer=answer or "none recorded",
                due=due or "not set",
            )
        )
    return rows


def _until(finding: FindingDocument) -> str:
    exception = finding.get("exception")
    return exception["until"] if exception else ""


def _frameworks(report: ReportDocument) -> list[tuple[str, list[ControlRow], list[tuple[Standing, str, int]]]]:
    """Each framework with its rows and how many there are of each standing; the words are those of every print-out."""
    rows = [ControlRow(*pair) for pair in zip(report["controls"], control_words(report), strict=True)]
    found: list[tuple[str, list[ControlRow], list[tuple[Standing, str, int]]]] = []
    for framework in dict.fromkeys(row.document["framework"] for row in rows):
        mine = [row for row in rows if row.document["framework"] == framework]
        found.append((framework, mine, standing_counts(row.words for row in mine)))
    return found


def _rule_rows(report: ReportDocument) -> list[RuleRow]:
    counts: dict[str, Counter[Verdict]] = {}
    for finding in report["findings"]:
        counts.setdefault(finding["rule"], Counter())[finding["verdict"]] += 1
    rows = [
        RuleRow(id_, rule, {verdict: counts.get(id_, Counter())[verdict] for verdict in in_print()})
        for id_, rule in report["rules"].items()
    ]
    return sorted(rows, key=lambda row: (row.rule["layer"], SEVERITY_ORDER[row.rule["severity"]], row.id))


def _provenance(report: ReportDocument) -> Iterator[tuple[str, str]]:
    """What somebody needs to make this report again."""
    yield "made", report["generated_at"]
    yield "judged as of", report["as_of"]
    yield "tool", f"{report['tool']['name']} {report['tool']['version']}"
    yield "rules", report["tool"]["rules_digest"]
    yield "tenancy", " ".join(str(report["tenancy"][key]) for key in ("source", "digest") if report["tenancy"].get(key))
    for table in (report["run"], report["options"]):
        for key, value in table.items():
            if value and key != "data":
                yield key.replace("_", " "), _spelled(value)
    yield from shipped_facts(report)


def _spelled(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key}={each}" for key, each in value.items())
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "yes" if value is True else str(value)
