"""The isolation matrix: who can reach whose data, with the proof behind each cell; and the same turned round."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Literal

from scanner.base.record import record
from scanner.findings.report_document import FindingDocument, ReportDocument
from scanner.outputs.shared.report_scope import proofs_by_end
from scanner.outputs.shared.vocabulary import CLUSTER_WORDS, count, data_words

MOST_PRINCIPALS = 1_000
"""Rows of the matrix, and proofs, that a page shows; worst first. The others are counted."""
MOST_TENANTS = 40

State = Literal["leak", "application", "unproven", "isolated", "nothing", "unasked"]
STATE_WORDS: dict[State, str] = {
    "leak": "leak",
    "application": "application only",
    "unproven": "not proven",
    "isolated": "isolated",
    "nothing": "reaches none",
    "unasked": "not asked",
}
# What each state says, for the legend; the first four are what a proof was looked for.
LEGEND: dict[State, str] = {
    "leak": "a session of one tenant can make a request that touches another's data: the request is behind the cell",
    "application": "serves all tenants, and nothing in IAM binds it: isolation rests on application code alone; "
    "this does not show that a tenant can",
    "unproven": "neither proved nor refuted; behind the cell is what stood in the way",
    "isolated": "isolated by IAM for all tenant ids of the declared form, under the assumptions behind the cell",
    "nothing": "isolated by IAM, and no statement allows it anything on this data",
    "unasked": "no rule of this run asks for a proof of this pair",
}
_WORST: tuple[State, ...] = tuple(STATE_WORDS)
_LAYOUT = "layout-unambiguous"
_IN_DATABASES = {
    "postgres-row": "kept apart by row-level security",
    "postgres-schema": "kept apart by privileges on schemas",
}
_OF_DATABASES = "rds-pooled-rows-protected"
_OTHER_WORDS = {
    "cannot-escalate": ("escalation", "cannot give itself more"),
    "tag-not-caller-chosen": ("tenant tag", "cannot choose its own tenant"),
    "cannot-cross-tenant": ("all data", "cannot cross tenants"),
}
_STORE_KEYS = ("table", "bucket", "key_alias", "arn", "name", "function", "parameter", "secret", "queue", "topic")


@record
class Proof:
    """`anchor` is its own place on the page, `finding` that of the finding with the request, or empty."""

    anchor: str
    principal: str
    data: str
    theorem: str
    rule: str
    state: State
    words: str
    reach: str
    message: str
    assumptions: tuple[str, ...]
    explanation: tuple[str, ...]
    finding: str


@record
class Column:
    """One kind of owned data, or a theorem that is about no data; `sub` names the declared stores of the kind."""

    key: str
    title: str
    sub: str


@record
class Cell:
    """The worst of the proofs of one pair; `anchor` is that proof's place, empty where nothing was asked."""

    state: State
    words: str
    anchor: str
    label: str


@record
class Row:
    """One principal; `place` is where it is written, `state` the worst of its cells, which are as many as there are
    columns."""

    name: str
    place: str
    state: State
    cells: tuple[Cell, ...]


@record
class Store:
    """Who reaches one kind of owned data: principals by state, worst first."""

    title: str
    sub: str
    reached: tuple[tuple[State, str, tuple[tuple[str, str], ...]], ...]


_Crossing = tuple[str, tuple[Cell, ...]]


@record
class Isolation:
    """The whole section. `unlisted` counts principals past the page's limit; `counts` are states as words.

    `layout` are proofs about the template itself and not a principal. `tenants` and `crossing` are the matrix of
    tenants by tenants, where each has its own resources. `stores` are the same turned round.
    """

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    unlisted: int
    proofs: tuple[Proof, ...]
    counts: tuple[tuple[State, str], ...]
    layout: tuple[Proof, ...]
    tenants: tuple[str, ...]
    crossing: tuple[_Crossing, ...]
    stores: tuple[Store, ...]


def isolation(report: ReportDocument, anchor_of: Callable[[str], str]) -> Isolation:
    """`anchor_of` gives the place of a finding on the page, or nothing. Call it once findings have their places."""
    by_id = {finding["id"]: finding for finding in report["findings"]}
    proofs = sorted(
        (
            _proof(number, each, by_id.get(str(each.get("finding"))), anchor_of)
            for number, each in enumerate(report["proofs"], 1)
        ),
        key=lambda proof: (_WORST.index(proof.state), proof.principal, proof.data, proof.rule),
    )
    kept = [proof for proof in proofs if proof.theorem != _LAYOUT]
    kept = sorted([*kept, *_in_databases(report, anchor_of)], key=lambda proof: _WORST.index(proof.state))
    pairs: dict[str, dict[str, Proof]] = {}
    for proof in kept:
        # Proofs come worst first, so the first of a pair is what the pair is.
        pairs.setdefault(proof.principal, {}).setdefault(proof.data, proof)
    columns = _columns(report, {proof.data: None for proof in kept})
    shown = set(list(pairs)[:MOST_PRINCIPALS])
    tenants, crossing = _silos(report, anchor_of)
    return Isolation(
        columns=columns,
        rows=tuple(_row(principal, pairs[principal], columns) for principal in pairs if principal in shown),
        unlisted=len(pairs) - len(shown),
        proofs=tuple(proof for proof in kept if proof.principal in shown),
        counts=(*_counts(report), *_counted_in_databases(kept)),
        layout=tuple(proof for proof in proofs if proof.theorem == _LAYOUT)[:MOST_PRINCIPALS],
        tenants=tenants,
        crossing=crossing,
        stores=tuple(_store(column, pairs) for column in columns if column.key not in _OTHER_WORDS),
    )


def stores_of(report: ReportDocument, kind: str | None = None) -> Iterator[Mapping[str, object]]:
    """What the tenancy declares as owned by tenants, of one kind or all."""
    value = report["tenancy"].get("value")
    owned = value.get("owned") if isinstance(value, Mapping) else None
    for each in owned if isinstance(owned, list) else ():
        if isinstance(each, Mapping) and kind in (None, each.get("kind")):
            yield each


def store_name(owned: Mapping[str, object]) -> str:
    """What tenancy.yaml calls an entry under `owned`; its kind where it has no name."""
    types = owned.get("types")
    if isinstance(types, list) and types and owned.get("tag"):
        return f"{', '.join(map(str, types))} by the tag {owned['tag']}"
    return next((str(owned[key]) for key in _STORE_KEYS if owned.get(key)), str(owned.get("kind", "unnamed")))


def _proof(
    number: int, proof: Mapping[str, object], finding: FindingDocument | None, anchor_of: Callable[[str], str]
) -> Proof:
    """A proof whose finding is not in the report is shown with what is known of it."""
    detail = finding.get("proof") if finding is not None else None
    verdict = str(proof.get("verdict"))
    reach = detail["reach"] if detail else None
    assumptions = tuple(detail["assumptions"]) if detail else None
    state: State = "unproven"
    if verdict == "ISOLATED":
        state = "nothing" if detail and detail["vacuous"] else "isolated"
    elif verdict == "LEAK":
        state = "application" if reach == "application-only" else "leak"
    return Proof(
        anchor=f"proof-{number}",
        principal=str(proof.get("principal")),
        data=str(proof.get("over") or proof.get("theorem")),
        theorem=str(proof.get("theorem")),
        rule=finding["rule"] if finding is not None else "",
        state=state,
        words=_words(state, assumptions, str(proof.get("over"))),
        reach=reach or "",
        message=finding.get("message", "") if finding is not None else "",
        assumptions=assumptions or (),
        explanation=tuple(detail.get("explanation", [])) if detail else (),
        finding=anchor_of(finding["id"]) if finding is not None else "",
    )


def _words(state: State, assumptions: tuple[str, ...] | None, data: str) -> str:
    """A proof is never named without how much it rests on."""
    if state not in ("isolated", "nothing"):
        return STATE_WORDS[state]
    rests = "assumptions not recorded" if assumptions is None else count(len(assumptions), "assumption")
    if data == "namespace":
        return f"{CLUSTER_WORDS}, under {rests}"
    return f"isolated by IAM, under {rests}" + (", and reaches none of it" if state == "nothing" else "")


def _in_databases(report: ReportDocument, anchor_of: Callable[[str], str]) -> Iterator[Proof]:
    """The roles of each folder's SQL, each with the worst that is said of it and of the tables beside it."""
    folders: dict[str, list[FindingDocument]] = {}
    for finding in report["findings"]:
        if finding["rule"] == _OF_DATABASES and finding["verdict"] != "NOT_APPLICABLE":
            folders.setdefault(finding["resource"]["address"].rpartition("#")[0].rpartition("/")[0], []).append(finding)
    number = 0
    value = report["tenancy"].get("value")
    declared = value.get("database") if isinstance(value, Mapping) else None
    in_schemas = any(isinstance(each, Mapping) and "schema" in each for each in declared or ())
    for found in folders.values():
        tables = [each for each in found if each["resource"]["type"] == "PostgreSQL::Table"]
        for role in [each for each in found if each["resource"]["type"] == "PostgreSQL::Role"] or tables[:1]:
            number += 1
            worst = min([role, *tables], key=lambda each: _WORST.index(_state_in_database(each)))
            state = _state_in_database(worst)
            named = role["resource"]["address"]
            data = "postgres-schema" if in_schemas else "postgres-row"
            yield Proof(
                anchor=f"database-{number}",
                principal=named
                if role["resource"]["type"] == "PostgreSQL::Role"
                else f"{named.rpartition('#')[0]}#any role",
                data=data,
                theorem="rows of other tenants",
                rule=_OF_DATABASES,
                state=state,
                words=_IN_DATABASES[data] if state == "isolated" else STATE_WORDS[state],
                reach="",
                message=worst.get("message", "") if state != "isolated" else "",
                assumptions=(),
                explanation=(),
                finding=anchor_of(worst["id"]) if state != "isolated" else "",
            )


def _counted_in_databases(proofs: Iterable[Proof]) -> Iterator[tuple[State, str]]:
    states = Counter(proof.state for proof in proofs if proof.data in _IN_DATABASES)
    told: dict[State, str] = {"leak": "reaching rows of others", "unproven": "not proven", "isolated": "kept apart"}
    for state, words in told.items():
        if states[state]:
            yield state, f"{count(states[state], 'role')} of databases {words}"


def _state_in_database(finding: FindingDocument) -> State:
    return {"PASS": "isolated", "FAIL": "leak"}.get(finding["verdict"], "unproven")  # type: ignore[return-value]  # words of STATE_WORDS


def _columns(report: ReportDocument, keys: Iterable[str]) -> tuple[Column, ...]:
    def column(key: str) -> Column:
        if key in _OTHER_WORDS:
            return Column(key, *_OTHER_WORDS[key])
        return Column(key, data_words(key), ", ".join(store_name(each) for each in stores_of(report, key)))

    return tuple(column(key) for key in sorted(keys, key=lambda key: (key in _OTHER_WORDS, key)))


def _row(principal: str, mine: Mapping[str, Proof], columns: Sequence[Column]) -> Row:
    place, _, name = principal.rpartition("#") if "#" in principal else principal.rpartition("/")
    return Row(
        name or principal,
        place,
        min((proof.state for proof in mine.values()), key=_WORST.index),
        tuple(_cell(mine.get(column.key), f"{name or principal}, {column.title}") for column in columns),
    )


def _cell(proof: Proof | None, label: str) -> Cell:
    if proof is None:
        return Cell("unasked", STATE_WORDS["unasked"], "", f"{label}: not asked")
    words = STATE_WORDS[proof.state]
    return Cell(proof.state, words, proof.anchor, f"{label}: {proof.words}")


def _counts(report: ReportDocument) -> Iterator[tuple[State, str]]:
    """As everywhere else; the worst first."""
    states: dict[str, State] = {"LEAK": "leak", "NOT_PROVEN": "unproven", "ISOLATED": "isolated"}
    states |= {"application": "application", "nothing": "nothing"}
    told = [(states.get(end, "unproven"), words) for end, words in proofs_by_end(report, reach=True)]
    yield from sorted(told, key=lambda each: _WORST.index(each[0]))


def _silos(report: ReportDocument, anchor_of: Callable[[str], str]) -> tuple[tuple[str, ...], tuple[_Crossing, ...]]:
    """Tenants against tenants, where principals belong to one tenant each; empty for a pool."""
    found: dict[tuple[str, str], Cell] = {}
    asked: dict[str, State] = {}
    for finding in report["findings"]:
        proof, tenant = finding.get("proof"), finding["resource"]["tenant"]
        if proof is None or not tenant or proof["theorem"] == _LAYOUT:
            continue
        state: State = {"ISOLATED": "isolated", "LEAK": "leak"}.get(proof["verdict"], "unproven")  # type: ignore[assignment]  # words of STATE_WORDS
        if state != "leak":
            asked[tenant] = min(asked.get(tenant, state), state, key=_WORST.index)
            continue
        owner = str((finding.get("counterexample") or {}).get("owner_tenant") or "")
        asked.setdefault(tenant, "isolated")
        label = f"{tenant} to the data of {owner}: leak"
        found.setdefault((tenant, owner), Cell("leak", "leak", anchor_of(finding["id"]), label))
    tenants = tuple(sorted(asked.keys() | {owner for _, owner in found if owner}))
    if len(asked) < 2:  # noqa: PLR2004  # one tenant crosses to nobody
        return (), ()
    leaking = {tenant for pair in found for tenant in pair}
    tenants = tuple(sorted(tenants, key=lambda tenant: (tenant not in leaking, tenant))[:MOST_TENANTS])

    def cell(caller: str, owner: str) -> Cell:
        if caller == owner:
            return Cell("unasked", "own", "", f"{caller}: its own data")
        state = asked.get(caller, "unasked")
        plain = Cell(state, STATE_WORDS[state], "", f"{caller} to the data of {owner}: {STATE_WORDS[state]}")
        return found.get((caller, owner), plain)

    return tenants, tuple((caller, tuple(cell(caller, owner) for owner in tenants)) for caller in tenants)


def _store(column: Column, pairs: Mapping[str, Mapping[str, Proof]]) -> Store:
    by_state: dict[State, list[tuple[str, str]]] = {}
    for principal, mine in pairs.items():
        proof = mine.get(column.key)
        if proof is not None:
            by_state.setdefault(proof.state, []).append((principal, proof.anchor))
    return Store(
        column.title,
        column.sub,
        tuple((state, _REACHED[state], tuple(by_state[state])) for state in _WORST if state in by_state),
    )


_REACHED: dict[State, str] = {
    "leak": "reaching other tenants' data",
    "application": "reaching every tenant's data, held back by application code alone",
    "unproven": "not proven to be kept from it",
    "isolated": "reaching the data of the session's own tenant only",
    "nothing": "asked about, and reaching none of it",
    "unasked": "not asked about",
}
