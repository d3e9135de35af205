"""What an auditor asks for beside findings: ePHI stores, population, accepted findings, scope, change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from scanner.base.record import record
from scanner.findings.report_document import FindingDocument, ReportDocument, Verdict
from scanner.outputs.shared.ephi_inventory import inventory
from scanner.outputs.shared.inventory_tables import TABLES
from scanner.outputs.shared.network_map import svg
from scanner.outputs.shared.report_scope import account_rows, reading_words
from scanner.outputs.shared.vocabulary import VERDICT_WORDS, count, data_words, plural, spelled

Fact = tuple[str, str]
_ASKED = ("encryption", "backup", "logging", "access", "exposure", "storage")
"""Layers whose verdicts an inventory of stores is read for; others are added where they have one."""
_WORST: tuple[Verdict, ...] = ("FAIL", "UNKNOWN", "SUPPRESSED", "PASS")
_DECISIONS = {"implemented": "implemented", "alternative": "an alternative", "not-reasonable": "not reasonable"}


@record
class Verdicts:
    """What the rules of one layer say of a store; `state` is the worst."""

    layer: str
    state: Verdict
    words: str


@record
class StoreRow:
    """`holds` is the declared class of its data, `place` where it is deployed or written."""

    name: str
    kind: str
    type: str
    holds: str
    key: str
    place: str
    verdicts: tuple[Verdicts, ...]


@record
class TypeRow:
    """Resources of one type; `places` are accounts and regions as words, `rules` how many rules read it."""

    type: str
    count: int
    places: str
    rules: int


def scope_summary(report: ReportDocument) -> str:
    """What is behind the fold."""
    population = report.get("population")
    types = len(population["types"]) if population else 0
    parts = ["what was read", "tenancy as declared", f"{count(types, 'type')} of resources" if types else ""]
    return ", ".join(filter(None, parts)).capitalize()


def store_rows(report: ReportDocument) -> list[StoreRow]:
    """The declared stores, those of ePHI first, one row an address, each with what the rules say of its resource."""
    stores = inventory(report).stores
    addresses = {each.address for each in stores}
    about: dict[str, list[FindingDocument]] = {}
    for finding in report["findings"]:
        if finding["resource"]["address"] in addresses:
            about.setdefault(finding["resource"]["address"], []).append(finding)
    return [
        StoreRow(
            each.name or each.kind,
            data_words(each.kind),
            each.type or "",
            ", ".join(each.sensitive),
            each.layout.removeprefix("key "),
            "; ".join(filter(None, (each.address, " ".join(filter(None, (each.account, each.region))))))
            or "not among the resources read",
            tuple(_verdicts(about.get(each.address or "", []))),
        )
        for each in stores
    ]


def _verdicts(findings: Sequence[FindingDocument]) -> Iterator[Verdicts]:
    layers: dict[str, list[FindingDocument]] = {}
    for finding in findings:
        if finding["verdict"] in _WORST:
            layers.setdefault(finding["layer"], []).append(finding)
    order = {layer: number for number, layer in enumerate(_ASKED)}
    for layer in sorted(layers, key=lambda layer: (order.get(layer, len(order)), layer)):
        counts = {verdict: sum(each["verdict"] == verdict for each in layers[layer]) for verdict in _WORST}
        yield Verdicts(
            layer,
            next(verdict for verdict in _WORST if counts[verdict]),
            ", ".join(f"{counts[each]} {plural(VERDICT_WORDS[each], counts[each])}" for each in _WORST if counts[each]),
        )


def tenancy_facts(report: ReportDocument) -> list[Fact]:
    """What was declared of the tenants; the stores themselves have their own table."""
    value = report["tenancy"].get("value")
    if not isinstance(value, Mapping):
        return []
    facts: list[Fact] = []
    for key, each in value.items():
        if key in ("version", "owned"):
            continue
        facts += [(str(key).replace("_", " "), text) for text in _leaves(each)]
    return facts


def _leaves(value: object) -> Iterator[str]:
    if isinstance(value, list) and all(isinstance(each, Mapping) for each in value):
        for each in value:
            yield from _leaves(each)
    elif isinstance(value, Mapping):
        yield "; ".join(f"{str(key).replace('_', ' ')} {_joined(each)}" for key, each in value.items())
    else:
        yield _joined(value)


def _joined(value: object) -> str:
    return ", ".join(map(spelled, value)) if isinstance(value, list) else spelled(value)


def type_rows(report: ReportDocument) -> list[TypeRow]:
    """Every type that was read, most frequent first; `rules` is 0 where no rule reads it."""
    population = report.get("population")
    if population is None:
        return []
    rows = [
        TypeRow(
            each["type"],
            each["count"],
            "; ".join(
                ", ".join(f"{name} {number:,}" for name, number in sorted(table.items()))
                for table in (each["accounts"], each["regions"])
                if table
            ),
            len(each["rules"]),
        )
        for each in population["types"]
    ]
    return sorted(rows, key=lambda row: (-row.count, row.type))


@record
class AssetTables:
    """The tables of the inventory as rows of text, each with its head, and the network map as markup."""

    drawing: str
    assets: tuple[tuple[str, ...], ...]
    flows: tuple[tuple[str, ...], ...]
    access: tuple[tuple[str, ...], ...]
    reads: tuple[tuple[str, ...], ...]
    limits: tuple[str, ...]
    classified: bool


_IDS = frozenset(("id", "from id", "to id", "said by"))
"""Columns for programs, which a page has no room for."""
_SHEETS = ("assets", "flows", "access", "reads")


def asset_tables(report: ReportDocument) -> AssetTables | None:
    """None where the report has no inventory."""
    document = report.get("inventory")
    if document is None:
        return None
    assets, flows, access, reads = (tuple(_in_print(TABLES[name](document))) for name in _SHEETS)
    return AssetTables(svg(document), assets, flows, access, reads, tuple(document["limits"]), document["classified"])


def _in_print(rows: Iterator[Sequence[object]]) -> Iterator[tuple[str, ...]]:
    head = next(rows)
    kept = [number for number, name in enumerate(head) if name not in _IDS]
    yield tuple(str(head[number]) for number in kept)
    for row in rows:
        yield tuple("" if row[number] is None else spelled(row[number]) for number in kept)


def engagement_facts(report: ReportDocument) -> list[Fact]:
    """Whose audit it is, in the entity's own words, and what was in and out of it."""
    engagement: Mapping[str, object] = report["scope"].get("engagement") or {}
    facts: list[Fact] = []
    for key, value in engagement.items():
        label = key.replace("_", " ")
        if isinstance(value, list):
            label = "organization of one's own" if key == "organizations" else label.replace("accounts ", "account ")
            facts += [(label, _account(each)) for each in value]
        else:
            facts.append((label, spelled(value).replace("-", " ") if key == "role" else spelled(value)))
    how = reading_words(report)
    facts += [(f"account {how}", each) for each in report["scope"]["accounts"]]
    facts += [(f"region {how}", each) for each in report["scope"]["regions"]]
    facts += account_rows(report)
    facts += [("left out", f"{each.get('what')}: {each.get('because')}") for each in report["scope"]["left_out"]]
    return facts


def _account(value: object) -> str:
    """As `444455556666 (declared free of patient data, platform team)`."""
    if not isinstance(value, Mapping):
        return spelled(value)
    more = ", ".join(spelled(each) for key, each in value.items() if key != "id" and each)
    return spelled(value.get("id")) + (f" ({more})" if more else "")


def decision_rows(report: ReportDocument) -> list[tuple[str, str, str, str, str]]:
    """Control, decision, by whom and when, reason, attachment."""
    matched = {True: "digest matches", False: "digest does not match", None: "digest not compared"}
    return [
        (
            each["control"],
            _DECISIONS.get(each["decision"], each["decision"]),
            f"{each['by']}, {each['date']}",
            each["because"] or "",
            f"{each['attachment']} ({matched[each['matches']]})" if each["attachment"] else "",
        )
        for each in report.get("decisions", [])
    ]


def assumption_rows(report: ReportDocument) -> list[tuple[str, int]]:
    """What verdicts and proofs rest on, and how many of them."""
    counts: dict[str, int] = {}
    for finding in report["findings"]:
        proof = finding.get("proof")
        mine = [*finding.get("assumptions", []), *(proof["assumptions"] if proof else [])]
        for text in dict.fromkeys(mine):
            counts[text] = counts.get(text, 0) + 1
    return sorted(counts.items(), key=lambda each: (-each[1], each[0]))


def change_facts(report: ReportDocument) -> list[Fact]:
    """What the history says has changed since the last audit; a list is told by its number and its first names."""
    history = report.get("history")
    changes = history.get("changes") if isinstance(history, Mapping) else None
    if not isinstance(changes, Mapping):
        return []
    return [(str(key).replace("_", " "), _told(value)) for key, value in changes.items() if value not in (None, [], {})]


def _told(value: object, most: int = 12) -> str:
    if isinstance(value, list):
        more = f" and {len(value) - most:,} more" if len(value) > most else ""
        return f"{len(value):,}: {', '.join(_name(each) for each in value[:most])}{more}"
    if isinstance(value, Mapping):
        return "; ".join(f"{str(key).replace('_', ' ')} {_told(each)}" for key, each in value.items())
    return {True: "yes", False: "no"}.get(value, spelled(value)) if isinstance(value, bool) else spelled(value)


def _name(value: object) -> str:
    if isinstance(value, Mapping):
        return " ".join(spelled(each) for each in value.values() if each is not None)
    return spelled(value)
