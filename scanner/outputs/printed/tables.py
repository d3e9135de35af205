"""The tables of an auditor's print-out: what the spreadsheet and the appendix of the PDF are made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from scanner.base.record import record
from scanner.base.terminal import one_line
from scanner.controls.wording import control_words
from scanner.findings.report_document import FindingDocument, ReportDocument
from scanner.outputs.shared.ephi_inventory import Inventory, Reach, inventory
from scanner.outputs.shared.fix_text import exact_line
from scanner.outputs.shared.folding import address_of, name_of
from scanner.outputs.shared.listing import OPEN, VERDICT_ORDER, answered, worst_first
from scanner.outputs.shared.report_scope import account_rows, reading_words
from scanner.outputs.shared.vocabulary import REACH_WORDS, VERDICT_WORDS, data_words, proof_words, spelled

MOST_FIX = 32_000  # a cell of Excel holds 32,767

Cell = str | int | None
STANDING_WORDS = {
    "person": "person",
    "support": "declared support role",
    "session": "acts for one tenant",
    "role": "role",
}


@record
class Column:
    """`width` is in characters of a spreadsheet."""

    title: str
    width: int


@record
class Sheet:
    """`rows` are made anew for each reader: a large report is never held as cells. Texts are as the report has them."""

    title: str
    columns: tuple[Column, ...]
    rows: Iterator[tuple[Cell, ...]]


def sheets(report: ReportDocument) -> Iterator[Sheet]:
    """In the order in which an auditor reads them; those that would be empty of meaning here are left out."""
    found = inventory(report)
    yield Sheet("Scope", _columns(("what", 30), ("value", 110)), scope_rows(report))
    yield Sheet("Controls", _CONTROLS, _controls(report))
    yield Sheet("Findings", _FINDINGS, _findings(report))
    yield Sheet("Evidence", _EVIDENCE, evidence_rows(report))
    yield Sheet("Exceptions", _EXCEPTIONS, exception_rows(report))
    if report.get("decisions"):
        yield Sheet("Decisions", _DECISIONS, decision_rows(report))
    if found.stores:
        yield Sheet("ePHI inventory", _STORES, store_rows(found))
    if found.review:
        yield Sheet("Access review", _REVIEW, review_rows(found))
    if "population" in report:
        yield Sheet("Population", _POPULATION, population_rows(report))
    yield Sheet("Coverage", _COVERAGE, coverage_rows(report))


def _columns(*pairs: tuple[str, int]) -> tuple[Column, ...]:
    return tuple(Column(title, width) for title, width in pairs)


_CONTROLS = _columns(
    ("framework", 22),
    ("control", 20),
    ("title", 36),
    ("required", 12),
    ("status", 26),
    ("evidence", 30),
    ("population", 11),
    ("passed", 8),
    ("by AWS default", 14),
    ("findings", 11),
    ("unknown", 14),
    ("accepted", 10),
    ("tested", 60),
    ("result", 60),
    ("since last audit", 30),
    ("decided", 30),
    ("limits", 50),
    ("not tested", 40),
    ("ask for", 50),
    ("rules", 40),
)
_FINDINGS = _columns(
    ("verdict", 16),
    ("severity", 10),
    ("rule", 34),
    ("title", 44),
    ("resource", 28),
    ("type", 26),
    ("address", 50),
    ("account", 15),
    ("region", 13),
    ("tenant", 14),
    ("place", 40),
    ("message", 80),
    ("unknown because", 40),
    ("proof", 34),
    ("assumptions", 44),
    ("fix", 60),
    ("controls", 30),
    ("owner", 26),
    ("management's answer", 60),
    ("due", 12),
    ("first seen", 12),
    ("state", 8),
    ("id", 18),
)
_EVIDENCE = _columns(
    ("finding", 18), ("rule", 34), ("resource", 28), ("path", 44), ("value", 70), ("line", 7), ("source", 70)
)
_EXCEPTIONS = _columns(
    ("rule", 34),
    ("resource", 28),
    ("address", 50),
    ("hides", 16),
    ("because", 60),
    ("owner", 26),
    ("approved by", 26),
    ("until", 12),
    ("ticket", 16),
    ("compensating", 50),
    ("declared in", 30),
    ("finding", 18),
)
_DECISIONS = _columns(
    ("control", 20),
    ("decision", 16),
    ("by", 26),
    ("date", 12),
    ("because", 60),
    ("attachment", 40),
    ("sha256", 66),
    ("attachment's digest", 18),
)
_STORES = _columns(
    ("store", 28),
    ("holds", 18),
    ("kind", 16),
    ("model", 8),
    ("tenant's id stands in", 34),
    ("found as", 50),
    ("account", 15),
    ("region", 13),
    ("encryption and key", 24),
    ("backup", 24),
    ("integrity and retention", 24),
    ("transmission", 24),
    ("access recorded", 24),
    ("can be reached by (kind of data)", 60),
)
_REVIEW = _columns(
    ("principal", 30),
    ("standing", 22),
    ("type", 20),
    ("account", 15),
    ("over", 16),
    ("proof", 40),
    ("reach", 50),
    ("declared because", 50),
    ("address", 50),
    ("finding", 18),
)
_POPULATION = _columns(("type", 44), ("count", 9), ("by account", 40), ("by region", 40), ("rules that spoke", 70))
_COVERAGE = _columns(("what", 60), ("cause", 20), ("detail", 70), ("path", 40), ("rules", 40))


def scope_rows(report: ReportDocument) -> Iterator[tuple[Cell, ...]]:
    """Label and value: whose audit it is, what was read, when, by whom, with what."""
    scope, run, tool, tenancy = report["scope"], report["run"], report["tool"], report["tenancy"]
    engagement: Mapping[str, object] = scope.get("engagement", {})
    for key, label in (("entity", "legal entity"), ("role", "role"), ("system", "system"), ("period", "period")):
        if engagement.get(key):
            yield label, str(engagement[key]).replace("-", " ") if key == "role" else str(engagement[key])
    for key, label in (("accounts_in", "account in scope"), ("accounts_out", "account out of scope")):
        entries = engagement.get(key)
        for each in entries if isinstance(entries, list) else []:
            yield label, _account(each)
    organizations = engagement.get("organizations")
    for each in organizations if isinstance(organizations, list) else []:
        yield "organization of one's own", str(each)
    how = reading_words(report)
    yield f"accounts {how}", ", ".join(scope["accounts"]) or "none: templates do not say where they are deployed"
    yield f"regions {how}", ", ".join(scope["regions"]) or "none named"
    for label, said in account_rows(report):
        yield label, said
    for left in scope["left_out"]:
        yield "left out", f"{left.get('what', '')}: {left.get('because', '')}"
    yield "resources", report["summary"]["resources"]
    yield "rules", report["summary"]["rules"]
    for key, label in (("by", "run by"), ("commit", "commit"), ("started", "started"), ("ended", "ended")):
        if run.get(key):
            yield label, str(run[key])
    yield "made", report["generated_at"]
    yield "judged as of", report["as_of"]
    yield "tool", f"{tool['name']} {tool['version']}"
    yield "rules' digest", tool["rules_digest"]
    yield "tenancy", str(tenancy.get("source"))
    if tenancy.get("digest"):
        yield "tenancy's digest", str(tenancy["digest"])
    for key, value in report["options"].items():
        if value not in (None, "", [], {}, False):
            yield f"option {key.replace('_', ' ')}", "yes" if value is True else spelled(value)
    for each in report["inputs"]:
        if "path" in each:
            yield (
                f"input ({each.get('kind')})",
                " ".join(filter(None, (str(each["path"]), str(each.get("digest", ""))))),
            )
        elif each.get("count"):
            yield "files ignored", int(str(each["count"]))


def _account(account: Mapping[str, object]) -> str:
    said = [str(account.get("id", ""))]
    said += [f"{label} {account[key]}" for key, label in (("because", "because"), ("owner", "owner")) if key in account]
    return ", ".join(said)


def _controls(report: ReportDocument) -> Iterator[tuple[Cell, ...]]:
    for control, words in zip(report["controls"], control_words(report), strict=True):
        said = dict(words.sentences)
        yield (
            control["framework"],
            control["id"],
            control["title"],
            (words.required or "").lower(),
            words.verdict.lower(),
            words.evidence,
            control["population"],
            control["met"],
            control["met_by_default"],
            control["deviations"],
            control["undetermined"],
            control["accepted"],
            *(
                said.get(label, "")
                for label in ("Tested", "Result", "Since last audit", "Decided", "Limits", "Not tested", "Ask for")
            ),
            ", ".join(control["rules"]),
        )


def _findings(report: ReportDocument) -> Iterator[tuple[Cell, ...]]:
    for finding in worst_first(report["findings"], tuple(VERDICT_ORDER)):
        rule = report["rules"].get(finding["rule"])
        resource = finding["resource"]
        unknown, proof = finding.get("unknown"), finding.get("proof")
        yield (
            VERDICT_WORDS[finding["verdict"]],
            finding["severity"],
            finding["rule"],
            rule["title"] if rule else "",
            name_of(finding),
            resource["type"],
            address_of(finding),
            resource["account"],
            resource["region"],
            resource["tenant"],
            _place(finding),
            one_line(finding.get("message", "")),
            f"{unknown['detail']} ({unknown['cause']})" if unknown else None,
            proof_words(proof["verdict"], len(proof["assumptions"])) if proof else None,
            "; ".join([*finding.get("assumptions", []), *(proof["assumptions"] if proof else [])]),
            exact_line(finding.get("fix", ""), MOST_FIX),
            ", ".join(finding.get("controls", [])),
            *answered(finding),
            first_seen(finding),
            finding.get("state"),
            finding["id"],
        )


def first_seen(finding: FindingDocument) -> str | None:
    """The day of the first recorded audit that had it; None without a history."""
    seen = finding.get("first_seen")
    return str(seen)[:10] if seen else None


def _place(finding: FindingDocument) -> str:
    location = finding.get("location")
    if location is None:
        return ""
    return ":".join(str(part) for part in (location["path"], location["line"], location["column"]) if part is not None)


def evidence_rows(report: ReportDocument) -> Iterator[tuple[Cell, ...]]:
    """One for each value that decided, in open and accepted findings and what was unknown; the worst first."""
    for finding in worst_first(report["findings"], OPEN):
        for each in finding.get("evidence", []):
            yield (
                finding["id"],
                finding["rule"],
                name_of(finding),
                each["path"],
                "absent" if each["value"] is None else spelled(each["value"]),
                each["line"],
                "\n".join(each["snippet"]),
            )


def exception_rows(report: ReportDocument) -> Iterator[tuple[Cell, ...]]:
    """One for each accepted finding, the worst first."""
    for finding in worst_first(report["findings"], OPEN):
        exception = finding.get("exception")
        if exception is None:
            continue
        source = exception["source"]
        yield (
            finding["rule"],
            name_of(finding),
            address_of(finding),
            VERDICT_WORDS.get(exception["hides"], exception["hides"]),
            exception["because"],
            exception["owner"],
            exception["approved_by"],
            exception["until"],
            exception["ticket"],
            exception["compensating"],
            ":".join(str(part) for part in (source["path"], source["line"]) if part is not None),
            finding["id"],
        )


def decision_rows(report: ReportDocument) -> Iterator[tuple[Cell, ...]]:
    """One for each decision on an addressable entry; whether its attachment is the one decided on is in the last."""
    said = {True: "matches", False: "does not match", None: "not compared"}
    for each in report.get("decisions", []):
        yield (
            each["control"],
            each["decision"].replace("-", " "),
            each["by"],
            each["date"],
            each["because"],
            each["attachment"],
            each["sha256"],
            said[each["matches"]],
        )


def store_rows(found: Inventory) -> Iterator[tuple[Cell, ...]]:
    """One for each declared store, with who reaches it."""
    for store in found.stores:
        protections = {each.what: each for each in store.protections}
        yield (
            store.name,
            ", ".join(store.sensitive) or "not said",
            data_words(store.kind),
            store.model,
            store.layout,
            store.address or "not found in what was read",
            store.account,
            store.region,
            *(
                protections[what].words if what in protections else ""
                for what in ("encryption and key", "backup", "integrity and retention", "transmission")
            ),
            protections["access recorded"].words if "access recorded" in protections else "",
            ", ".join(f"{each.name} ({reach_words(each)})" for each in store.reached_by) or "nobody, of those asked",
        )


def reach_words(reach: Reach) -> str:
    """What the proof says of a principal, in a few words."""
    if reach.vacuous:
        return "does not reach it"
    words = proof_words(reach.verdict, reach.assumptions)
    return f"{words}: {reach.reach.replace('-', ' ')}" if reach.reach else words


def review_rows(found: Inventory) -> Iterator[tuple[Cell, ...]]:
    """One for each principal and kind of data, for a person to confirm or take back."""
    for each in found.review:
        yield (
            each.name,
            STANDING_WORDS[each.standing],
            each.type,
            each.account,
            data_words(each.over),
            reach_words(each),
            REACH_WORDS.get(each.reach or "", ""),
            each.because,
            each.principal,
            each.finding,
        )


def population_rows(report: ReportDocument) -> Iterator[tuple[Cell, ...]]:
    """One for each type that was read, also those that no rule reads."""
    for each in report["population"]["types"] if "population" in report else []:
        yield (
            each["type"],
            each["count"],
            _counts(each["accounts"]),
            _counts(each["regions"]),
            ", ".join(each["rules"]) or "no rule reads this type",
        )


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {number:,}" for name, number in counts.items())


def coverage_rows(report: ReportDocument) -> Iterator[tuple[Cell, ...]]:
    """One for each thing that was not seen, with the rules that it bears on."""
    for each in report["coverage"]:
        rules = each.get("rules")
        yield (
            str(each.get("what", "")),
            str(each.get("cause", "")),
            str(each.get("detail") or ""),
            str(each.get("path") or ""),
            ", ".join(map(str, rules)) if isinstance(rules, list) and rules else "any",
        )
