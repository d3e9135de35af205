"""What a report is about, in one line, and what came of it, in another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from scanner.findings.report_document import SEVERITIES, HistoryDocument, ReportDocument
from scanner.outputs.shared.exit_reason import unread
from scanner.outputs.shared.vocabulary import (
    ASSUMED_WORDS,
    CLUSTER_WORDS,
    NOTHING_WORDS,
    PROOF_WORDS,
    count,
    plural,
    proof_words,
)

MOST_NAMED = 5


def scope(report: ReportDocument) -> str:
    """As `2 stacks, 61 resources, 34 rules`."""
    failed = {each["path"] for each in report["errors"] if each["level"] == "error" and each["kind"] == "input"}
    read = [each for each in report["inputs"] if "path" in each and each["path"] not in failed]
    kinds = Counter(each.get("kind") for each in read)
    snapshots = kinds["snapshot"]
    # An assembly is the folder of its stacks, which are counted themselves.
    objects = kinds["kubernetes"]
    stacks = len(read) - snapshots - objects - kinds["cdk-assembly"]
    parts = [count(stacks, "stack")] if stacks or not (snapshots or objects) else []
    if objects:
        parts.append(f"{count(objects, 'file')} of Kubernetes objects")
    if snapshots:
        parts.append(count(snapshots, "snapshot"))
    parts.append(count(report["summary"]["resources"], "resource"))
    parts.append(count(report["summary"]["rules"], "rule"))
    return ", ".join(parts)


def reading_words(report: ReportDocument) -> str:
    """What happened to the accounts of a report: `read` where one was, else they are only what files speak of."""
    live = any(each.get("kind") == "snapshot" and "path" in each for each in report["inputs"])
    return "read" if live else "named by what was read"


def account_rows(report: ReportDocument) -> list[tuple[str, str]]:
    """As `("account refused", "111122223333 (clinic-eu): ...")`: those that were named and not read, or are empty."""
    rows: list[tuple[str, str]] = []
    for each in report["scope"].get("account_states", ()):
        if each["state"] not in ("read", "left out", "suspended"):
            name = f" ({each['name']})" if each["name"] else ""
            why = f": {each['because']}" if each["because"] else ""
            rows.append((f"account {each['state']}", f"{each['account']}{name}{why}"))
    return rows


def accounts(report: ReportDocument) -> str | None:
    """As `20 accounts: 17 read, 1 empty, 1 refused, 1 suspended`; None where a snapshot is of one that was read."""
    states = Counter(each["state"] for each in report["scope"].get("account_states", ()))
    if states.total() < 2 and not states.keys() - {"read"}:  # noqa: PLR2004  # one, or none at all
        return None
    words = ("read", "empty", "partly read", "refused", "suspended", "left out")
    return (
        f"{count(states.total(), 'account')}: {', '.join(f'{states[each]:,} {each}' for each in words if states[each])}"
    )


def tenancy(report: ReportDocument) -> str:
    """As `no tenancy found: isolation proof off`."""
    source = report["tenancy"]["source"]
    if source == "none":
        return "no tenancy found: isolation proof off"
    return "tenancy inferred from what was scanned" if source == "inferred" else f"tenancy from {source}"


def outcome(report: ReportDocument) -> str:
    """As `1 critical, 3 high; 21 unknown; 1 accepted; 412 passed, 80 not applicable`."""
    verdicts = report["summary"]["verdicts"]
    severities = Counter(each["severity"] for each in report["findings"] if each["verdict"] == "FAIL")
    judged = sum(count for verdict, count in verdicts.items() if verdict != "NOT_APPLICABLE")
    none = "no findings" if judged else "nothing was judged"
    parts = [", ".join(f"{severities[each]:,} {each}" for each in SEVERITIES if severities[each]) or none]
    if verdicts["UNKNOWN"]:
        parts.append(f"{verdicts['UNKNOWN']:,} unknown")
    if verdicts["SUPPRESSED"]:
        parts.append(f"{verdicts['SUPPRESSED']:,} accepted")
    parts.append(f"{verdicts['PASS']:,} passed, {verdicts['NOT_APPLICABLE']:,} not applicable")
    if report["proofs"]:
        parts.append(f"isolation: {', '.join(proof_counts(report))}")
    if failed := unread(report):
        parts.append(f"{count(failed, 'input')} could not be read")
    return "; ".join(parts)


_MOST_FILES = 3


def change(report: ReportDocument, *, listed: bool = False) -> str | None:
    """As `since revision main: 1 new, 4 known and not listed, 2 fixed`; None where nothing was compared.

    `listed` says that what is known is listed as well.
    """
    baseline = report.get("baseline")
    if baseline is None:
        return None
    unlisted = bool(baseline["known"]) and not listed
    parts = [
        f"{baseline['new']:,} new",
        f"{baseline['known']:,} known{' and not listed' if unlisted else ''}",
        f"{len(baseline['fixed']):,} fixed",
    ]
    if baseline["changed"]:
        parts.append(f"{baseline['changed']:,} changed")
    if moved := baseline.get("moved"):
        files = sorted({name for each in report["findings"] if (name := each.get("moved_from"))})
        parts.append(
            f"{moved:,} moved from {', '.join(files[:_MOST_FILES])}{' and others' if len(files) > _MOST_FILES else ''}"
        )
    if carried := baseline.get("carried_over"):
        parts.append(f"{carried:,} carried over by rule and resource")
    if baseline["unseen"]:
        parts.append(f"{baseline['unseen']:,} of files or rules that this scan leaves out")
    return f"since {baseline['kind']} {baseline['name']}: {', '.join(parts)}"


def assumptions_of(report: ReportDocument) -> dict[str, tuple[str, ...]]:
    """What each finding's proof rests on, by the finding's id."""
    proofs = ((each["id"], each.get("proof")) for each in report["findings"])
    return {id_: tuple(proof["assumptions"]) for id_, proof in proofs if proof is not None}


def not_covered(report: ReportDocument) -> str | None:
    """As `2 stores that no entry under `owned` or `shared` covers: Visits, Settings`; None where there are none."""
    left_out = report["summary"].get("isolation", {}).get("stores_not_covered", [])
    if not left_out:
        return None
    short = Counter(address.rpartition("#")[2] for address in left_out)
    # Equal logical ids of two stacks are two stores.
    names = [
        name if (name := address.rpartition("#")[2]) and short[name] == 1 else address
        for address in left_out[:MOST_NAMED]
    ]
    more = f" and {len(left_out) - MOST_NAMED:,} more" if len(left_out) > MOST_NAMED else ""
    lead = f"nothing was asked about {count(len(left_out), 'store')} that no `owned` or `shared` entry covers"
    return f"{lead}: {', '.join(names)}{more}"


def proof_counts(report: ReportDocument) -> list[str]:
    """As `2 isolated by IAM, under 3 assumptions`, `27 reaching none of the data`, `1 leak`."""
    return [words for _, words in proofs_by_end(report)]


def proofs_by_end(report: ReportDocument, *, reach: bool = False) -> list[tuple[str, str]]:
    """How the proofs end and how many do, the same wherever it is told: with the verdict, or `application` of leaks
    that all rest on application code alone, or `nothing`.

    Leaks are all that are; how many of them rest on application code is told beside, with `reach` every kind of reach.
    """
    known = assumptions_of(report)
    detail = {each["id"]: proof for each in report["findings"] if (proof := each.get("proof")) is not None}
    counts: Counter[str] = Counter()
    reaches: Counter[str] = Counter()
    proved: list[str] = []
    for each in report["proofs"]:
        verdict, id_ = str(each.get("verdict")), str(each.get("finding"))
        proof = detail.get(id_)
        if verdict == "ISOLATED" and proof is not None and proof.get("reaches", None) == "nothing":
            counts[NOTHING_WORDS] += 1
        elif verdict == "ISOLATED" and proof is not None and proof.get("rests_on"):
            counts[ASSUMED_WORDS] += 1
        elif verdict == "ISOLATED" and each.get("over") == "namespace":
            counts[CLUSTER_WORDS] += 1
        else:
            counts[verdict] += 1
            proved += [id_] if verdict == "ISOLATED" else []
            reaches[str(proof["reach"]) if proof is not None else ""] += verdict == "LEAK"
    assumed = len({text for id_ in proved for text in known[id_]}) if known.keys() >= set(proved) else None
    words = {key: proof_words(key, assumed) for key in PROOF_WORDS}
    shown = {"ISOLATED": words.pop("ISOLATED"), ASSUMED_WORDS: ASSUMED_WORDS, CLUSTER_WORDS: CLUSTER_WORDS}
    shown |= {NOTHING_WORDS: NOTHING_WORDS, **words}
    ends = {ASSUMED_WORDS: "ISOLATED", CLUSTER_WORDS: "ISOLATED", NOTHING_WORDS: "nothing"}
    if reaches["application-only"] == counts["LEAK"]:
        ends["LEAK"] = "application"
    told = {key: f"{counts[key]:,} {plural(word, counts[key])}" for key, word in shown.items() if counts[key]}
    how = [f"{reaches[key]:,} {word}" for key, word in _HOW.items() if reaches[key] and (reach or key == _BY_CODE)]
    if how and "LEAK" in told:
        told["LEAK"] += f" ({', '.join(how)})"
    return [(ends.get(key, key), text) for key, text in told.items()]


_BY_CODE = "application-only"
_HOW = {
    "own-session": "by a tenant's own session",
    "indirect": "through a chain",
    _BY_CODE: "resting on application code alone",
}


def period_words(report: ReportDocument) -> str:
    """As `12 audits from 2026-01-02 to 2026-11-22; longest gap 9 days`; empty without history."""
    history = report.get("history")
    period = history.get("period") if isinstance(history, Mapping) else None
    runs = period.get("runs") if isinstance(period, Mapping) else None
    if history is None or not isinstance(period, Mapping) or not isinstance(runs, int):
        return ""
    gap = period.get("longest_gap_days")
    said = f"; longest gap {count(gap, 'day')}" if isinstance(gap, int) else ""
    when = f" from {str(period.get('from'))[:10]} to {str(period.get('to'))[:10]}"
    return f"{count(runs, 'audit')}{when}{said}{_twelve_months(history)}"


def _twelve_months(history: HistoryDocument) -> str:
    """What a year of audits shows of recognized security practices, and what it does not."""
    year = history.get("twelve_months")
    if not isinstance(year, Mapping):
        return ""
    gap, audits = int(year.get("longest_gap_days", 0)), int(year.get("audits", 0))
    whole = "the whole of them" if year.get("covered") else "not their beginning, for the history is younger"
    return (
        ". Recognized security practices (Public Law 116-321) are looked at over twelve months: "
        f"{count(audits, 'audit')} in them, at most {count(gap, 'day')} without one, covering {whole}; that shows how "
        "the account was configured on those days, and not that people followed a practice"
    )
