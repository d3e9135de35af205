"""The report as one HTML file: no network, no inline handler, and readable without JavaScript."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scanner.findings.document import (
    SEVERITIES,
    VERDICTS,
    FindingDocument,
    ReportDocument,
    RuleDocument,
    Severity,
    Verdict,
)
from scanner.outputs.chart import WIDTH, bars
from scanner.outputs.finding_view import FindingView, view_of
from scanner.outputs.folding import fold, words_of
from scanner.outputs.reason import reason
from scanner.outputs.scope import assumptions_of, outcome, scope, tenancy
from scanner.outputs.words import (
    CONTROLS_LEGEND,
    ISOLATION_LEGEND,
    SEVERITY_ORDER,
    STATUS_WORDS,
    VERDICT_WORDS,
    count,
    plural,
    proof_words,
    status_words,
)
from scanner.resources import templates_dir
from scanner.text.terminal import one_line, printable

if TYPE_CHECKING:
    from scanner.outputs.options import RenderOptions

# A browser opens this many findings with all their evidence in about a second. The others are a line each, and past
# the second number they are counted: the JSON report has them all.
MOST_DETAILED = 5_000
MOST_LISTED = 20_000
_CITED = ("https://", "http://")


@dataclass(frozen=True, slots=True)
class RuleView:
    """The findings of one rule and severity; those past the page's limit are `listed` or only counted."""

    id: str
    severity: Severity
    rule: RuleDocument | None
    detailed: tuple[FindingView, ...]
    listed: tuple[FindingView, ...]
    uncounted: int

    @property
    def total(self) -> int:
        return len(self.detailed) + len(self.listed) + self.uncounted


@dataclass(frozen=True, slots=True)
class WaitView:
    """Verdicts that wait for one thing."""

    words: str
    detail: str
    cause: str
    option: str | None
    findings: tuple[FindingView, ...]
    total: int


@dataclass(frozen=True, slots=True)
class ProofView:
    """`anchor` is empty where the page has no finding to show, as for what is isolated."""

    principal: str
    theorem: str
    over: str
    verdict: str
    words: str
    assumptions: tuple[str, ...]
    anchor: str


@dataclass(frozen=True, slots=True)
class RuleRow:
    id: str
    rule: RuleDocument
    counts: dict[Verdict, int]


def render(report: ReportDocument, _options: RenderOptions) -> str:
    """The page is the same whatever the options: what is hidden in a terminal is only folded on paper."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined, UndefinedError
    from markupsafe import Markup, escape

    folder = templates_dir()
    style = (folder / "report.css").read_text("utf-8").strip()
    script = (folder / "report.js").read_text("utf-8").strip()

    def shown(value: object) -> object:
        """Every string on the page, but for markup made here: no character may look like another or like none."""
        return printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value

    environment = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )

    def prose(text: str) -> Markup:
        """A sentence of a rule or a finding: on one line, with what stands between backticks as code."""
        parts = one_line(text).split("`")
        if len(parts) % 2 == 0:
            return escape("`".join(parts))
        # Every second part stands between two backticks.
        return Markup("").join(
            Markup("<code>{}</code>").format(part) if index % 2 else escape(part) for index, part in enumerate(parts)
        )

    environment.filters["prose"] = prose
    environment.globals |= {"count": count, "is_link": _is_link, "status_words": status_words}
    # Ours, shipped with the package, and named by their hashes in the page's policy.
    page = {"style": Markup(style), "script": Markup(script), "policy": _policy(style, script)}  # noqa: S704
    try:
        return environment.get_template("report.html.j2").render(page | _content(report)) + "\n"
    except UndefinedError as error:
        raise KeyError(str(error)) from None


def _policy(style: str, script: str) -> str:
    """Nothing may be loaded, and only this stylesheet and this script count."""
    return (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode('utf-8')).digest()).decode('ascii')}'"


def _is_link(text: str) -> bool:
    """Whether a reference may become a link; `javascript:` and the like stay text."""
    return text.startswith(_CITED)


def _content(report: ReportDocument) -> dict[str, object]:
    anchors = _Anchors()
    failing = sorted(
        (each for each in report["findings"] if each["verdict"] == "FAIL"),
        key=lambda each: SEVERITY_ORDER[each["severity"]],
    )
    rules = list(_rule_views(report, failing, anchors))
    accepted = [each for each in report["findings"] if each["verdict"] == "SUPPRESSED"]
    frameworks = dict.fromkeys(control["framework"] for control in report["controls"])
    return {
        "report": report,
        "scope": scope(report),
        "tenancy": tenancy(report),
        "outcome": _sentence(outcome(report)),
        "reason": _sentence(reason(report)),
        "severities": [
            (severity, sum(each.total for each in rules if each.severity == severity)) for severity in SEVERITIES
        ],
        "verdicts": [
            (
                each,
                plural(VERDICT_WORDS[each], report["summary"]["verdicts"][each]),
                report["summary"]["verdicts"][each],
            )
            for each in _in_print(VERDICTS)
        ],
        "bars": bars(report),
        "chart_width": WIDTH,
        "failing": [
            (severity, [each for each in rules if each.severity == severity])
            for severity in SEVERITIES
            if any(each.severity == severity for each in rules)
        ],
        "waits": list(_wait_views(report, anchors)),
        "accepted": [view_of(each, report["rules"].get(each["rule"]), anchors.claim(each)) for each in accepted],
        "proofs": list(_proof_views(report, anchors)),
        "rules": _rule_rows(report),
        "frameworks": [(id_, [each for each in report["controls"] if each["framework"] == id_]) for id_ in frameworks],
        "statuses": STATUS_WORDS,
        "controls_legend": CONTROLS_LEGEND,
        "isolation_legend": ISOLATION_LEGEND,
        "provenance": list(_provenance(report)),
        "ignored": sum(number for each in report["inputs"] if isinstance(number := each.get("count"), int)),
    }


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _provenance(report: ReportDocument) -> Iterator[tuple[str, str]]:
    """What somebody needs to make this report again."""
    yield "made", report["generated_at"]
    yield "judged as of", report["as_of"]
    yield "tool", f"{report['tool']['name']} {report['tool']['version']}"
    yield "rules", report["tool"]["rules_digest"]
    yield "tenancy", " ".join(str(report["tenancy"][key]) for key in ("source", "digest") if report["tenancy"].get(key))
    for table in (report["run"], report["scope"], report["options"]):
        for key, value in table.items():
            if value and key != "left_out":
                yield key.replace("_", " "), _spelled(value)


def _spelled(value: object) -> str:
    if isinstance(value, list | dict):
        return ", ".join(map(str, value))
    return "yes" if value is True else str(value)


def _in_print(verdicts: Sequence[Verdict]) -> list[Verdict]:
    """What needs somebody first."""
    order = list(VERDICT_WORDS)
    return sorted(verdicts, key=order.index)


def _rule_views(report: ReportDocument, failing: Sequence[FindingDocument], anchors: _Anchors) -> Iterator[RuleView]:
    grouped: dict[tuple[Severity, str], list[FindingDocument]] = {}
    for finding in failing:
        grouped.setdefault((finding["severity"], finding["rule"]), []).append(finding)
    detailed, listed = MOST_DETAILED, MOST_LISTED
    for (severity, id_), findings in grouped.items():
        rule = report["rules"].get(id_)
        views = tuple(view_of(each, rule, anchors.claim(each)) for each in findings[: detailed + listed])
        here = views[:detailed]
        lines = views[detailed:]
        detailed, listed = detailed - len(here), listed - len(lines)
        yield RuleView(id_, severity, rule, here, lines, len(findings) - len(views))


def _wait_views(report: ReportDocument, anchors: _Anchors) -> Iterator[WaitView]:
    room = MOST_LISTED
    for each in fold(finding for finding in report["findings"] if finding["verdict"] == "UNKNOWN"):
        findings = each.findings[:room]
        room -= len(findings)
        yield WaitView(
            words_of(each.cause, singular=len(each.findings) == 1),
            each.detail,
            each.cause,
            each.option,
            tuple(view_of(one, report["rules"].get(one["rule"]), anchors.claim(one)) for one in findings),
            len(each.findings),
        )


def _proof_views(report: ReportDocument, anchors: _Anchors) -> Iterator[ProofView]:
    """After all findings have claimed their anchors."""
    known = assumptions_of(report)
    for each in report["proofs"]:
        assumptions = known.get(str(each.get("finding")))
        verdict = str(each["verdict"])
        yield ProofView(
            str(each["principal"]),
            str(each["theorem"]),
            str(each.get("over") or "everything"),
            verdict,
            proof_words(verdict, None if assumptions is None else len(assumptions)),
            assumptions or (),
            anchors.of(each.get("finding")),
        )


def _rule_rows(report: ReportDocument) -> list[RuleRow]:
    counts: dict[str, Counter[Verdict]] = {}
    for finding in report["findings"]:
        counts.setdefault(finding["rule"], Counter())[finding["verdict"]] += 1
    rows = [
        RuleRow(id_, rule, {verdict: counts.get(id_, Counter())[verdict] for verdict in _in_print(VERDICTS)})
        for id_, rule in report["rules"].items()
    ]
    return sorted(rows, key=lambda row: (row.rule["layer"], SEVERITY_ORDER[row.rule["severity"]], row.id))


class _Anchors:
    """Names that the page's links point at; a finding that stands twice has its first place only."""

    def __init__(self) -> None:
        self._claimed: set[str] = set()

    def claim(self, finding: FindingDocument) -> str:
        """Empty where the name is taken."""
        if finding["id"] in self._claimed:
            return ""
        self._claimed.add(finding["id"])
        return f"finding-{finding['id']}"

    def of(self, id_: object) -> str:
        """Empty where the page has no such finding."""
        return f"finding-{id_}" if id_ in self._claimed else ""
