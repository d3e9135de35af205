"""Why a scan ends with its exit code, and the one thing to do next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from scanner.findings.gate import Threshold, is_later, reaches
from scanner.findings.report_document import SEVERITIES, FindingDocument, ReportDocument
from scanner.outputs.shared.folding import Fold
from scanner.outputs.shared.render_options import RenderOptions
from scanner.outputs.shared.vocabulary import count

# What a problem of the kind keeps from being judged: everything, so that there are no verdicts at all.
_STOPPING = {"rule": "rules", "tenancy": "tenancy", "exceptions": "exceptions", "config": "configuration"}
MOST_OPTIONS = 3


def reason(report: ReportDocument) -> str:
    """As `exit code 1: 3 findings at or above high`."""
    code = report["exit_code"]
    return f"exit code {code}: {_REASONS.get(code, _clean)(report)}{_notes(report)}"


def headline(report: ReportDocument) -> str:
    """As `the gate fails: 3 findings at or above high`; it begins without a capital and ends without a full stop."""
    code = report["exit_code"]
    return f"{_STANDS.get(code, 'the gate fails')}: {_REASONS.get(code, _clean)(report)}"


def counts_for_exit(report: ReportDocument, finding: FindingDocument) -> bool:
    """Whether the finding alone makes the exit code 1; what a baseline knows does not, nor what a later rule says."""
    if finding.get("state") == "known" or is_note(report, finding):
        return False
    if finding["verdict"] == "FAIL":
        threshold = _threshold(report, "fail_on", "high")
        if finding["resource"]["origin"] == "framework" and threshold != "never":
            threshold = "critical"
        return reaches(finding["severity"], threshold)
    unknown = finding.get("unknown")
    if finding["verdict"] == "UNKNOWN" and unknown and unknown["cause"] != "runtime-policy":
        return reaches(finding["severity"], _threshold(report, "unknown_fails", "never"))
    return False


def is_note(report: ReportDocument, finding: FindingDocument) -> bool:
    """Whether it is of a rule that came after the version that the project takes its rules as of."""
    rule = report["rules"].get(finding["rule"])
    as_of = report["options"].get("rules_as_of")
    return rule is not None and is_later(rule.get("since", ""), str(as_of) if as_of is not None else None)


def _notes(report: ReportDocument) -> str:
    """How many findings wait for the project to take newer rules."""
    waiting = sum(each["verdict"] == "FAIL" and is_note(report, each) for each in report["findings"])
    version = report["options"].get("rules_as_of")
    return (
        f"; {count(waiting, 'finding')} of rules newer than {version} {'waits' if waiting == 1 else 'wait'}"
        if waiting
        else ""
    )


def next_step(report: ReportDocument, folds: Sequence[Fold], hidden: int, options: RenderOptions) -> str | None:
    """One command line's worth of advice; `hidden` counts the groups that were not printed."""
    if report["exit_code"] == 3:  # noqa: PLR2004  # what the scanner itself failed on, see `--help`
        return "run again with --debug to see what the scanner failed on"
    if report["exit_code"] == 2 and not report["findings"]:  # noqa: PLR2004  # nothing could be judged, see `--help`
        return None
    by_option: dict[str, int] = {}
    for each in folds:
        if each.option is not None:
            by_option[each.option] = by_option.get(each.option, 0) + len(each.findings)
    if by_option:
        best = sorted(by_option, key=lambda option: (-by_option[option], option))[:MOST_OPTIONS]
        decided = sum(by_option[option] for option in best)
        return f"scan again with {' '.join(best)} to decide {count(decided, 'more verdict')}"
    if report["tenancy"]["source"] == "none" and "init" in options.commands:
        return "`tenantproof init` writes the tenancy.yaml that the isolation proof needs"
    if hidden:
        return f"add --all to see the other {count(hidden, 'group')}"
    if report["summary"]["verdicts"]["FAIL"] and not options.verbose:
        return "add --verbose to see why each rule matters and what it evidences"
    return None


def unread(report: ReportDocument) -> int:
    """How many inputs could not be read."""
    return len({each["path"] for each in report["errors"] if each["level"] == "error" and each["kind"] == "input"})


def _clean(report: ReportDocument) -> str:
    if not any(report["summary"]["verdicts"].values()):
        return "nothing was judged, as no rule of this run is about what was read"
    threshold = _threshold(report, "fail_on", "high")
    text = "findings never count (--fail-on never)" if threshold == "never" else f"no finding at or above {threshold}"
    if "baseline" in report and threshold != "never":
        text = f"no new finding at or above {threshold}"
    below = report["summary"]["verdicts"]["FAIL"]
    if below and threshold != "never":
        text += f" (of {below:,})"
    if unknown := report["summary"]["verdicts"]["UNKNOWN"]:
        text += f"; {unknown:,} unknown {'does' if unknown == 1 else 'do'} not count"
    return text


def _found(report: ReportDocument) -> str:
    counting = [each["verdict"] for each in report["findings"] if counts_for_exit(report, each)]
    parts = []
    if failing := counting.count("FAIL"):
        noun = "new finding" if "baseline" in report else "finding"
        parts.append(f"{count(failing, noun)} at or above {_threshold(report, 'fail_on', 'high')}")
    if unknown := counting.count("UNKNOWN"):
        parts.append(f"{unknown:,} unknown at or above {_threshold(report, 'unknown_fails', 'never')}")
    return " and ".join(parts) or "findings that count"


def _unreadable(report: ReportDocument) -> str:
    errors = [each for each in report["errors"] if each["level"] == "error"]
    # What is wrong with an option has its name for a place.
    options = sorted({each["path"] for each in errors if each["kind"] == "config" and each["path"].startswith("--")})
    files = {each["kind"] for each in errors if each["path"] not in options}
    stopping = [_STOPPING[kind] for kind in sorted(files & set(_STOPPING))]
    if options and not stopping:
        text = f"{' and '.join(options)} could not be used, so nothing was judged"
    elif stopping:
        text = f"the {' and the '.join(stopping)} could not be read, so nothing was judged"
    elif not any(each.get("path") for each in report["inputs"]):
        text = "there was nothing to scan"
    else:
        text = f"{count(unread(report), 'input')} could not be read"
    open_ones = (each for each in report["findings"] if each["verdict"] in ("FAIL", "UNKNOWN"))
    counting = sum(counts_for_exit(report, each) for each in open_ones)
    return f"{text}; besides, {count(counting, 'finding')} would make it 1" if counting else text


def _failed(report: ReportDocument) -> str:
    causes = (each.get("unknown") for each in report["findings"])
    failed = sum(unknown is not None and unknown["cause"] == "scanner-error" for unknown in causes)
    return f"the scanner failed on {count(failed, 'verdict')}, which {'is' if failed == 1 else 'are'} unknown"


def _interrupted(_report: ReportDocument) -> str:
    return "interrupted; what was judged until then is here"


_STANDS = {
    0: "the gate passes",
    1: "the gate fails",
    2: "not everything could be judged",
    3: "the scanner failed on a part",
    130: "the run was stopped",
}
_REASONS = {0: _clean, 1: _found, 2: _unreadable, 3: _failed, 130: _interrupted}


def _threshold(report: ReportDocument, option: str, default: Threshold) -> Threshold:
    value = report["options"].get(option, default)
    return cast("Threshold", value) if value in (*SEVERITIES, "never") else default
