"""Findings as compact data inside the page: those past its limits, and what passed or does not apply.

A page of 121,000 articles does not open. So the rest travels as columns over a table of strings, deflated where it is
large, and the page's script shows a hundred at a time and searches all of them.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence

from scanner.base.record import record
from scanner.base.terminal import one_line
from scanner.findings.report_document import FindingDocument, ReportDocument, RuleDocument, Verdict
from scanner.outputs.shared.finding_view import age, first_seen
from scanner.outputs.shared.folding import name_of, place_of
from scanner.outputs.shared.vocabulary import SEVERITY_ORDER, VERDICT_WORDS

MOST_PLAIN = 64 * 1024
"""Characters up to which the data stands as readable JSON."""
MOST_TEXT = 1_000

_Field = Callable[[FindingDocument], str]


@record
class Rest:
    """`text` is JSON, or with `encoding` the base64 of its deflated bytes. Either is safe inside an element."""

    text: str
    encoding: str
    number: int
    open: int
    """How many of them are findings, unknown, or accepted."""


def pack(report: ReportDocument, findings: Iterable[FindingDocument], pages: Mapping[str, int]) -> Rest:
    """`pages` gives for each finding's id the number of the page that has it in full; empty without such pages."""
    ordered = sorted(findings, key=lambda each: (_VERDICTS.index(each["verdict"]), SEVERITY_ORDER[each["severity"]]))
    strings: dict[str, int] = {"": 0}
    columns = {name: _column(ordered, field, strings) for name, field in _fields(report).items()}
    data = {
        "strings": list(strings),
        "columns": columns,
        "ids": [one_line(each["id"]) for each in ordered],
        "pages": [pages.get(each["id"], 0) for each in ordered] if pages else [],
    }
    text = json.dumps(data, ensure_ascii=True, separators=(",", ":")).replace("<", "\\u003c").replace(">", "\\u003e")
    undone = sum(each["verdict"] in _OPEN for each in ordered)
    if len(text) <= MOST_PLAIN:
        return Rest(text, "json", len(ordered), undone)
    packed = base64.b64encode(zlib.compress(text.encode("ascii"), 9)).decode("ascii")
    return Rest(packed, "deflate", len(ordered), undone)


_VERDICTS: Sequence[Verdict] = tuple(VERDICT_WORDS)
_OPEN: frozenset[Verdict] = frozenset(("FAIL", "UNKNOWN", "SUPPRESSED"))


def _fields(report: ReportDocument) -> dict[str, _Field]:
    rules: Mapping[str, RuleDocument] = report["rules"]

    def title(finding: FindingDocument) -> str:
        rule = rules.get(finding["rule"])
        return rule["title"] if rule else finding["rule"]

    def detail(finding: FindingDocument) -> str:
        unknown = finding.get("unknown")
        return unknown["detail"] if unknown else ""

    return {
        "verdict": lambda each: each["verdict"],
        "severity": lambda each: each["severity"],
        "layer": lambda each: each["layer"],
        "rule": lambda each: each["rule"],
        "title": title,
        "name": name_of,
        "type": lambda each: each["resource"]["type"],
        "place": place_of,
        "account": lambda each: each["resource"]["account"] or "",
        "stack": lambda each: each["resource"]["stack"] or "",
        "tenant": lambda each: each["resource"]["tenant"] or "",
        "state": lambda each: each.get("state", ""),
        "first": first_seen,
        "age": lambda each: age(first_seen(each), report["as_of"]),
        "message": lambda each: each.get("message", ""),
        "detail": detail,
    }


def _column(findings: Sequence[FindingDocument], field: _Field, strings: dict[str, int]) -> list[int]:
    """Numbers of strings; every string is printable, as all on the page are."""
    return [strings.setdefault(one_line(field(each))[:MOST_TEXT], len(strings)) for each in findings]
