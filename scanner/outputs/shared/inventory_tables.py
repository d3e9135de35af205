"""The inventory's tables, as CSV and for whoever sets them otherwise: assets, flows, access review, reads recorded."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from io import StringIO

from scanner.findings.report_document import InventoryDocument
from scanner.outputs.shared.network_map import name_of

Row = Sequence[object]
_YES = {True: "yes", False: "no"}


def assets(inventory: InventoryDocument) -> Iterator[Row]:
    """Identification, version, person accountable and location of every asset."""
    yield (
        "kind", "name", "type", "version", "accountable", "account", "region", "stack", "tenant", "holds", "network",
        "key", "id",
    )  # fmt: skip
    for each in inventory["assets"]:
        yield (
            each["kind"],
            each["name"],
            each["type"],
            each["version"],
            each["accountable"],
            each["account"],
            each["region"],
            each["stack"],
            each["tenant"],
            ", ".join(each["holds"]) or (f"not known: {each['holds_not_known']}" if each["holds_not_known"] else ""),
            ", ".join(each["network"]),
            each["key"],
            each["id"],
        )
    for kind, number in inventory["others"].items():
        yield ("configuration and others", f"{number:,} resources", kind, *[None] * 9, "")


def flows(inventory: InventoryDocument) -> Iterator[Row]:
    """Every way that data takes, and ends of ways that are not known."""
    yield ("from", "relation", "to", "crosses", "basis", "sure", "detail", "said by", "from id", "to id")
    known = {each["id"]: each for each in inventory["assets"]}
    for each in inventory["flows"]:
        yield (
            name_of(each["from"], known),
            each["relation"],
            name_of(each["to"], known),
            each["crosses"],
            each["basis"],
            _YES[each["sure"]],
            each["detail"],
            each["where"],
            each["from"],
            each["to"],
        )
    for unknown in inventory["not_known"]:
        yield (
            "",
            unknown["relation"],
            "not known",
            None,
            "configured",
            "no",
            unknown["detail"],
            unknown["where"],
            "",
            "",
        )


def access(inventory: InventoryDocument) -> Iterator[Row]:
    """People and roles that may read a store of electronic protected health information (45 CFR 164.308(a)(3), (4))."""
    yield (
        "store", "who", "person", "may read", "by", "under conditions on", "requests", "taken by", "through",
        "last used", "not known", "type", "account", "id",
    )  # fmt: skip
    known = {each["id"]: each for each in inventory["assets"]}
    for each in inventory["access"]:
        last = each["last_used"] or "never" if each["last_used_known"] else "not known"
        yield (
            name_of(each["store"], known),
            each["name"],
            _YES[each["person"]],
            {"conditional": "under conditions", "unknown": "not known"}.get(each["answer"], each["answer"]),
            ", ".join(each["policies"]),
            ", ".join(each["conditions"]),
            ", ".join(each["actions"]),
            "; ".join(each["takers"]),
            "; ".join(each["through"]),
            last,
            "; ".join([*([each["because"]] if each["because"] else []), *each["not_known"]]),
            each["type"],
            each["account"],
            each["principal"],
        )
    for store, ways in inventory["access_beside"].items():
        for way in ways:
            yield (name_of(store, known), way, "", "not known", *[""] * 10)


def reads(inventory: InventoryDocument) -> Iterator[Row]:
    """Whether it could be told who read a store (45 CFR 164.528, 164.316(b)(2)(i))."""
    yield ("store", "could be told", "for days", "because", "recorded by", "id")
    known = {each["id"]: each for each in inventory["assets"]}
    words = {"short": "not for so long", "part": "in part", "unknown": "not known"}
    for each in inventory["reads"]:
        yield (
            name_of(each["store"], known),
            words.get(each["answer"], each["answer"]),
            each["days_wanted"],
            each["said"],
            "; ".join(
                f"{one['by']} in {one['kept_in']}"
                + (f" ({one['days']:,} days)" if one["days"] is not None else " (no end)" if one["endless"] else "")
                for one in each["recorders"]
            ),
            each["store"],
        )


TABLES: dict[str, Callable[[InventoryDocument], Iterator[Row]]] = {
    "assets": assets,
    "flows": flows,
    "access": access,
    "reads": reads,
}


def as_csv(rows: Iterator[Row]) -> str:
    """With a head, lines that end as RFC 4180 says, and no cell that a spreadsheet takes for a formula."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    for row in rows:
        writer.writerow([_cell(each) for each in row])
    return out.getvalue()


def _cell(value: object) -> object:
    if value is None:
        return ""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


__all__ = ["TABLES", "access", "as_csv", "assets", "flows", "reads"]
