"""What every list of findings shares: the order, the place to point at, and one sentence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from scanner.base.terminal import one_line, printable
from scanner.findings.report_document import FindingDocument, LocationDocument, ReportDocument, RuleDocument, Verdict
from scanner.outputs.shared.fix_text import exact_line
from scanner.outputs.shared.folding import name_of
from scanner.outputs.shared.vocabulary import SEVERITY_ORDER, VERDICT_WORDS

VERDICT_ORDER: dict[Verdict, int] = {"FAIL": 0, "UNKNOWN": 1, "SUPPRESSED": 2, "PASS": 3, "NOT_APPLICABLE": 4}
OPEN: tuple[Verdict, ...] = ("FAIL", "UNKNOWN", "SUPPRESSED")
"""Verdicts that somebody has to do something about, now or when the exception ends."""
CUT = "…"
MOST_SENTENCE = 4_000
MOST_NAME = 400


def worst_first(findings: Iterable[FindingDocument], verdicts: Sequence[Verdict] = OPEN) -> list[FindingDocument]:
    """Findings of these verdicts: what failed before the rest, worst first, then by file and line."""
    return sorted((each for each in findings if each["verdict"] in verdicts), key=_rank)


def known(finding: FindingDocument) -> bool:
    """Whether the baseline has it already, so that this change did not bring it."""
    return finding.get("state") == "known"


def primary(finding: FindingDocument) -> LocationDocument | None:
    """Where a person would change something: the line of code that made the resource, else the template's."""
    return finding.get("source") or finding.get("location")


def sentence(finding: FindingDocument) -> str:
    """The message on one printable line, led by what it is if nothing failed."""
    message = short(finding.get("message", ""), MOST_SENTENCE)
    if not message:
        message = f"{short(finding['rule'], MOST_NAME)}: {VERDICT_WORDS[finding['verdict']]}"
    exception = finding.get("exception")
    if finding["verdict"] == "SUPPRESSED":
        if exception is None:
            return f"accepted: {message}"
        owner, until = short(exception["owner"], MOST_NAME), short(exception["until"], MOST_NAME)
        return f"accepted until {until}, owned by {owner}: {message}"
    if finding["verdict"] == "UNKNOWN" and not message.startswith("unknown: "):
        return f"unknown: {message}"
    return message


def remedy(finding: FindingDocument, most: int = MOST_SENTENCE) -> str:
    """How to end a finding, on one printable line; empty where none was found."""
    return exact_line(finding.get("fix", ""), most) if finding["verdict"] == "FAIL" else ""


def heading(finding: FindingDocument, report: ReportDocument) -> str:
    """The rule's title and the resource, on one printable line."""
    rule: RuleDocument | None = report["rules"].get(finding["rule"])
    title = rule["title"] if rule else finding["rule"]
    return f"{short(title, MOST_NAME)}: {short(name_of(finding), MOST_NAME)}"


def cut(text: str, most: int) -> str:
    """At most so many characters, the last an ellipsis where there were more."""
    return text if len(text) <= most else text[: most - 1] + CUT


def cut_prose(text: str, most: int) -> str:
    """As `cut`, after a whole word and never within what stands in backticks."""
    if len(text) <= most:
        return text
    kept = text[: most - 1].rpartition(" ")[0] or text[: most - 1]
    if kept.count("`") % 2:
        kept = kept[: kept.rindex("`")]
    return kept.rstrip(" ,;:(") + " " + CUT


def short(text: str, most: int) -> str:
    """The text on one printable line of at most so many characters; of a text without end only the start is read."""
    shown = one_line(text[: most * 4])
    return cut(shown if len(text) <= most * 4 else shown + CUT, most)


def place(location: LocationDocument) -> str:
    """`infra/app.yaml:41:9`, printable."""
    return printable(":".join(str(part) for part in (location["path"], location["line"], location["column"]) if part))


def unique(names: Iterable[str]) -> Iterator[str]:
    """The same names, each that came before with a number: `a`, `b`, `a-2`."""
    seen: set[str] = set()
    last: dict[str, int] = {}
    for name in names:
        candidate = name
        while candidate in seen:
            last[name] = last.get(name, 1) + 1
            candidate = f"{name}-{last[name]}"
        seen.add(candidate)
        yield candidate


def _rank(finding: FindingDocument) -> tuple[int, int, str, int, int, str, str]:
    location = primary(finding)
    path, line, column = (
        (location["path"], location["line"] or 0, location["column"] or 0)
        if location
        else (finding["resource"]["address"], 0, 0)
    )
    return (
        VERDICT_ORDER[finding["verdict"]],
        SEVERITY_ORDER[finding["severity"]],
        path,
        line,
        column,
        finding["rule"],
        finding["id"],
    )


def answered(finding: FindingDocument) -> tuple[str, str, str]:
    """Owner, management's answer and the day it is due, of what was accepted; empty where somebody is to fill it in."""
    exception = finding.get("exception")
    if exception is None:
        return "", "", ""
    return exception["owner"], f"accepted: {exception['because']}", exception["until"] or ""
