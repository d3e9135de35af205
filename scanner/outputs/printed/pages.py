"""What the printed report says, page after page, as plain data for its template: every part already words."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby, islice

from scanner.base.terminal import one_line
from scanner.controls.wording import CLOSING, control_words, standing_counts
from scanner.findings.report_document import SEVERITIES, VERDICTS, FindingDocument, ReportDocument, Severity, Verdict
from scanner.outputs.printed.tables import (
    STANDING_WORDS,
    coverage_rows,
    decision_rows,
    evidence_rows,
    population_rows,
    reach_words,
    scope_rows,
    store_rows,
)
from scanner.outputs.shared.ephi_inventory import Inventory, Reach, inventory
from scanner.outputs.shared.finding_view import FindingView, view_of
from scanner.outputs.shared.folding import fold, name_of, place_of, words_of
from scanner.outputs.shared.listing import VERDICT_ORDER, answered, worst_first
from scanner.outputs.shared.report_scope import not_covered, outcome, period_words, scope, tenancy
from scanner.outputs.shared.shipped_facts import shipped_facts
from scanner.outputs.shared.vocabulary import ISOLATION_LEGEND, VERDICT_WORDS, count, data_words, evidence_words, plural

# A binder of paper, not a data base: what is past these is counted, and stands in the JSON report.
MOST_FINDINGS = 3_000
MOST_LISTED = 2_000
MOST_EVIDENCE = 1_500
MOST_INPUTS = 400
MOST_AUDITS = 400
MOST_PRINCIPALS = 400
MOST_VALUE = 600
MOST_NAME = 160
MOST_COLUMNS = 180  # what fits on a line in the smallest letters that are read
_FRAMING = (
    "No entry is left out: one that infrastructure cannot show says so, and says what to ask for. "
    "A finding is what a rule found to be wrong with a resource; an accepted finding has an owner, a reason and an end."
)

Node = object
"""What JSON can say."""


def print_out(report: ReportDocument) -> dict[str, Node]:
    """Strings are as the report has them, hostile; whoever sets them in type makes them printable."""
    found = inventory(report)
    made = datetime.datetime.fromisoformat(report["generated_at"])
    inputs = [each for each in report["inputs"] if "path" in each]
    engagement: Mapping[str, object] = report["scope"].get("engagement", {})
    entity = str(engagement.get("entity") or "")
    return {
        "title": "Tenant isolation and HIPAA safeguards",
        "subtitle": entity or scope(report),
        "tool": f"{report['tool']['name']} {report['tool']['version']}",
        "running": " · ".join(filter(None, ("Tenant isolation and HIPAA safeguards", entity))),
        "date": {part: getattr(made, part) for part in ("year", "month", "day", "hour", "minute", "second")},
        "made": report["generated_at"],
        "rules-digest": report["tool"]["rules_digest"][:19],
        "disclaimer": CLOSING,
        "framing": _FRAMING,
        "legend": ISOLATION_LEGEND,
        "cover": list(_cover(report, engagement)),
        "scope-sentence": f"{_sentence(scope(report))} {_sentence(tenancy(report))}",
        "scope": [
            (str(label), str(value)) for label, value in scope_rows(report) if not str(label).startswith("input (")
        ],
        "inputs": [
            (str(each.get("kind")), str(each["path"]), str(each.get("digest") or "").removeprefix("sha256:"))
            for each in inputs[:MOST_INPUTS]
        ],
        "inputs-more": max(len(inputs) - MOST_INPUTS, 0),
        "outcome": _sentence(outcome(report)),
        "severities": list(SEVERITIES),
        "verdicts": list(_verdicts(report)),
        "trend": list(_trend(report)),
        "frameworks": list(_frameworks(report)),
        "isolation": _isolation(report, found),
        "stores": [
            {"name": row[0], "facts": [(label, str(cell)) for label, cell in zip(_STORE_FACTS, row[1:], strict=True)]}
            for row in store_rows(found)
        ],
        "findings": list(_findings(report)),
        "waits": list(_waits(report)),
        "accepted": [
            _finding(view_of(each, report["rules"].get(each["rule"]), ""))
            for each in islice(worst_first(report["findings"], ("SUPPRESSED",)), MOST_FINDINGS)
        ],
        "decisions": [
            (control, decision, by, day, "; ".join(str(each) for each in (because, attachment) if each))
            for control, decision, by, day, because, attachment, *_ in decision_rows(report)
        ],
        "population": [
            (kind, f"{number:,}" if isinstance(number, int) else "", accounts, regions, _how_many(str(rules)))
            for kind, number, accounts, regions, rules in population_rows(report)
        ],
        "coverage": [row[:3] for row in islice(coverage_rows(report), MOST_LISTED)],
        "coverage-more": max(len(report["coverage"]) - MOST_LISTED, 0),
        "errors": [
            (
                each["level"],
                ":".join(str(part) for part in (each["path"], each["line"]) if part is not None),
                "; ".join(filter(None, (each["message"], each["hint"]))),
            )
            for each in report["errors"]
        ],
        "assumptions": _assumptions(report),
        **_evidence(report),
        "rules": list(_rules(report)),
        "responses": list(_responses(report)),
        **_history(report),
    }


_STORE_FACTS = (
    "holds",
    "kind",
    "model",
    "tenant's id stands in",
    "found as",
    "account",
    "region",
    "encryption and key",
    "backup",
    "integrity, retention",
    "transmission",
    "access recorded",
    "can be reached by",
)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _cover(report: ReportDocument, engagement: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for key in ("entity", "role", "system", "period"):
        if engagement.get(key):
            yield key, str(engagement[key])
    yield "scope", scope(report)
    yield "accounts", ", ".join(report["scope"]["accounts"][:20]) or "none named by what was read"
    yield "regions", ", ".join(report["scope"]["regions"][:40]) or "none named by what was read"
    if report["run"].get("by"):
        yield "run by", str(report["run"]["by"])
    yield "read", _read(report)
    yield "judged as of", report["as_of"]
    yield "tool", f"{report['tool']['name']} {report['tool']['version']}"
    yield "rules", report["tool"]["rules_digest"]
    yield "tenancy", " ".join(str(report["tenancy"][key]) for key in ("source", "digest") if report["tenancy"].get(key))
    yield from shipped_facts(report)


def _read(report: ReportDocument) -> str:
    started, ended = report["run"].get("started"), report["run"].get("ended")
    return f"{started} to {ended}" if started and ended else report["generated_at"]


def _verdicts(report: ReportDocument) -> Iterator[tuple[Node, ...]]:
    counts: Counter[tuple[Verdict, Severity]] = Counter(
        (each["verdict"], each["severity"]) for each in report["findings"]
    )
    for verdict in sorted(VERDICTS, key=lambda each: VERDICT_ORDER[each]):
        numbers = [counts[verdict, severity] for severity in SEVERITIES]
        words = plural(VERDICT_WORDS[verdict], sum(numbers))
        yield (words, *(f"{number:,}" for number in (*numbers, sum(numbers))))


def _trend(report: ReportDocument, most: int = 24) -> Iterator[tuple[str, ...]]:
    """The last recorded audits, as the history tells of them."""
    history = report.get("history")
    runs = history.get("runs") if isinstance(history, Mapping) else None
    for run in runs[-most:] if isinstance(runs, list) else []:
        opened = run.get("open") or {}
        numbers: list[object] = [opened.get(severity, 0) for severity in SEVERITIES]
        numbers += [run.get(key, 0) for key in ("undetermined", "accepted", "new", "fixed")]
        yield (str(run.get("at", ""))[:10], *(f"{number:,}" if isinstance(number, int) else "" for number in numbers))


def _frameworks(report: ReportDocument) -> Iterator[Node]:
    rows = list(zip(report["controls"], control_words(report), strict=True))
    for number, framework in enumerate(dict.fromkeys(each["framework"] for each in report["controls"])):
        mine = [(control, words) for control, words in rows if control["framework"] == framework]
        yield {
            "title": framework.replace("-", " ").title().replace("Hipaa", "HIPAA").replace("Saas", "SaaS"),
            "statuses": [(words, f"{total:,}") for _, words, total in standing_counts(words for _, words in mine)],
            "controls": [
                {
                    "anchor": f"control-{number}-{index}",
                    "id": control["id"],
                    "title": control["title"],
                    "heading": words.heading,
                    "status": words.standing,
                    "verdict": words.verdict,
                    "evidence": words.evidence,
                    "sentences": words.sentences,
                    "population": f"{control['population']:,}" if control["population"] else "",
                    "deviations": f"{control['deviations']:,}" if control["deviations"] else "",
                    "undetermined": f"{control['undetermined']:,}" if control["undetermined"] else "",
                }
                for index, (control, words) in enumerate(mine)
            ],
        }


def _isolation(report: ReportDocument, found: Inventory) -> Node:
    kinds = sorted({each.over for each in found.review})
    principals: dict[str, list[Reach]] = {}
    for each in found.review:
        principals.setdefault(each.principal, []).append(each)
    names = Counter(mine[0].name for mine in principals.values())
    rows = [
        {
            "name": mine[0].name if names[mine[0].name] == 1 else address,
            "standing": STANDING_WORDS[mine[0].standing],
            "cells": [_reach_cell(next((each for each in mine if each.over == kind), None)) for kind in kinds],
        }
        for address, mine in islice(principals.items(), MOST_PRINCIPALS)
    ]
    off = report["tenancy"].get("source") == "none"
    return {
        "not-covered": _sentence(unasked) if (unasked := not_covered(report)) else "",
        "kinds": [data_words(kind) for kind in kinds],
        "rows": rows,
        "more": max(len(principals) - MOST_PRINCIPALS, 0),
        "absent": "No tenancy was found: the isolation proof was off, and nothing here speaks of it."
        if off
        else "No principal that was read was asked about: none acts for a tenant or reaches declared data.",
    }


def _reach_cell(reach: Reach | None) -> Node:
    return None if reach is None else {"verdict": reach.verdict, "words": reach_words(reach)}


def _finding(view: FindingView) -> Node:
    return {
        "anchor": view.anchor,
        "id": view.id,
        "name": _cut(view.name, MOST_NAME),
        "type": _cut(view.type, MOST_NAME),
        "place": _cut(view.place, MOST_NAME),
        "message": _cut(one_line(view.message)),
        "lead": _sentence(view.lead)[:-1].rstrip(".") if view.lead else "",
        "request": [(label, _cut(text)) for label, text in view.request],
        "lines": [(str(line.number), line.text[:160], line.marked) for line in view.lines],
        "facts": [
            (label, _cut("; ".join(text for _, text in facts)))
            for label, facts in groupby(view.facts, key=lambda fact: fact[0])
        ],
        "fix": [_fix(words, code) for words, code in view.fix],
    }


def _fix(words: str, code: str) -> Node:
    """A line that a page cannot hold unbroken leaves the statement out: pasted, it would be another."""
    lines = code.splitlines()
    widest = max(map(len, lines), default=0)
    if widest > MOST_COLUMNS:
        more = f" a statement of {len(code):,} characters, which the JSON report has"
        return {"remedy": _cut(one_line(words), 2 * MOST_VALUE) + more, "exact": [], "wide": 0}
    return {"remedy": _cut(one_line(words), 2 * MOST_VALUE), "exact": lines, "wide": widest}


def _cut(text: str, most: int = MOST_VALUE) -> str:
    return text if len(text) <= most else f"{text[:most]}… ({len(text):,} characters in the JSON report)"


def _findings(report: ReportDocument) -> Iterator[Node]:
    room = MOST_FINDINGS
    grouped: dict[Severity, dict[str, list[FindingDocument]]] = {}
    for finding in worst_first(report["findings"], ("FAIL",)):
        grouped.setdefault(finding["severity"], {}).setdefault(finding["rule"], []).append(finding)
    number = 0
    for severity, rules in grouped.items():
        shown = []
        for id_, findings in rules.items():
            rule = report["rules"].get(id_)
            number += 1
            here = findings[:room]
            room -= len(here)
            shown.append(
                {
                    "anchor": f"rule-{number}",
                    "rule": id_,
                    "title": rule["title"] if rule else id_,
                    "why": one_line(rule["why"]) if rule else "",
                    "remedy": _cut(one_line(rule["fix"]), 2 * MOST_VALUE) if rule else "",
                    "controls": ", ".join(each["id"] for each in rule["controls"]) if rule else "",
                    "findings": [_finding(view_of(each, rule, "")) for each in here],
                    "more": len(findings) - len(here),
                }
            )
        total = sum(map(len, rules.values()))
        yield {"severity": severity, "count": count(total, "finding"), "rules": shown}


def _waits(report: ReportDocument) -> Iterator[Node]:
    room = MOST_LISTED
    for each in fold(finding for finding in report["findings"] if finding["verdict"] == "UNKNOWN"):
        here = each.findings[:room]
        room -= len(here)
        number = len(each.findings)
        yield {
            "count": count(number, "verdict"),
            "words": words_of(each.cause, singular=number == 1),
            "detail": _cut(_sentence(each.detail)),
            "findings": [(_cut(name_of(one), MOST_NAME), one["rule"], _cut(place_of(one), MOST_NAME)) for one in here],
            "more": number - len(here),
        }


def _assumptions(report: ReportDocument) -> Sequence[str]:
    """Each once, in the order of the alphabet."""
    assumed = {text for finding in report["findings"] for text in finding.get("assumptions", [])}
    for finding in report["findings"]:
        proof = finding.get("proof")
        if proof is not None:
            assumed.update(proof["assumptions"])
    return [_cut(text) for text in sorted(assumed)]


def _evidence(report: ReportDocument) -> dict[str, Node]:
    rows = [(str(row[0]), evidence_words(str(row[3])), _cut(str(row[4]))) for row in evidence_rows(report)]
    return {"evidence": rows[:MOST_EVIDENCE], "evidence-more": max(len(rows) - MOST_EVIDENCE, 0)}


def _rules(report: ReportDocument) -> Iterator[tuple[str, ...]]:
    counts: Counter[tuple[str, Verdict]] = Counter((each["rule"], each["verdict"]) for each in report["findings"])
    for id_, rule in report["rules"].items():
        numbers = (counts[id_, verdict] for verdict in ("FAIL", "UNKNOWN", "PASS"))
        yield (id_, rule["severity"], rule["title"], *(f"{number:,}" if number else "" for number in numbers))


def _responses(report: ReportDocument) -> Iterator[tuple[str, ...]]:
    """What management says of each finding, and until when: of those accepted it is written, of others to be filled."""
    for finding in islice(worst_first(report["findings"], ("FAIL", "SUPPRESSED")), MOST_LISTED):
        yield (finding["id"], finding["rule"], _cut(name_of(finding), MOST_NAME), *map(_cut, answered(finding)))


def _history(report: ReportDocument) -> dict[str, Node]:
    """All recorded audits of the period, and what was opened and closed of each control in it."""
    history = report.get("history")
    found: Mapping[str, object] = history if isinstance(history, Mapping) else {}
    controls = found.get("controls")
    table = controls if isinstance(controls, Mapping) else {}
    words = {f"{each['framework']}:{each['id']}": f"{each['id']} {each['title']}" for each in report["controls"]}
    return {
        "period": period_words(report),
        "audits": list(_trend(report, MOST_AUDITS)),
        "audits-controls": [
            (words.get(str(key), str(key)), *(f"{each.get(name, 0):,}" for name in ("opened", "closed", "days_open")))
            for key, each in table.items()
            if any(each.get(name) for name in ("opened", "closed", "days_open"))
        ],
    }


def _how_many(rules: str) -> str:
    return "none" if rules.startswith("no rule") else f"{rules.count(',') + 1:,}"
