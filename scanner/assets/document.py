"""The inventory of technology assets, with the network map, the access review and what records reads: one document.

It holds no time and no order of reading, so that the same files give the same document.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from scanner.assets.access_review import PRINCIPALS, Row, review, ways_beside
from scanner.assets.flows import INTERNET, Drawn, Edge, configured, crossing
from scanner.assets.kinds import ACCOUNTABLE, ENCRYPTED, KIND_OF, PLACED, VERSIONS
from scanner.assets.targets import Targets, values_at
from scanner.findings.report_document import (
    AccessDocument,
    AssetDocument,
    FlowDocument,
    InventoryDocument,
    ReadsRecordedDocument,
)
from scanner.iam.read_actions import READS
from scanner.language.expressions.access_records import ENDLESS, told
from scanner.model.deferred import settle, settle_all
from scanner.model.resource import Inventory, Resource
from scanner.model.unknown import OpenList, Unknown
from scanner.model.world import TooManyWorldsError, UndecidedError, World, explore
from scanner.tenancy.tenancy import Tenancy

SCHEMA = "tenantproof-inventory/1"
KEPT = 2_192
"""Days of six years, for which documentation is kept and disclosures are accounted for (45 CFR 164.316(b)(2)(i),
164.528(a)), where tenancy.yaml declares no other `retention.audit_log_days`."""
CLASSES = ("phi", "sud")
"""Classes of data that are electronic protected health information."""
LIMITS = (
    "what only code decides is not drawn: which addresses a program calls, what it copies by its role, what people do",
    "a role that may read a store need not do so; conditions of policies are told, and count as met by somebody",
    "keys are told, and not whether whoever reads a store may also decrypt with them",
    "passwords of databases, networks and what an application lets its users see are decided by no policy of IAM",
)
_MOST_UNKNOWN = 1_000
_MOST_ASKED = 12_000
"""Pairs of a principal and a store; of more, only stores of electronic protected health information are asked about."""


def inventory_of(inventory: Inventory, tenancy: Tenancy) -> InventoryDocument:
    """Everything that was read, as an inventory. Raises nothing of what choices leave open: that is told as unknown."""
    targets = Targets(inventory)
    drawn = configured(inventory, targets)
    classes = {each.address: _classes(each, tenancy) for each in _data_stores(inventory)}
    stores = [inventory.at(address) for address in sorted(classes)]
    held = [each for each in stores if each is not None]
    health = [each for each in held if set(classes[each.address][0]) & set(CLASSES)]
    asked = held if len(held) * _principals(inventory) <= _MOST_ASKED else health
    rows = review(inventory, asked)
    for row in rows:
        drawn.add(_permitted(row, inventory))
    days = _days(tenancy)
    ends = {end for edge in drawn.edges.values() for end in (edge.source, edge.target)}
    assets = [
        _asset(each, tenancy, targets, classes.get(each.address))
        for each in inventory.resources
        if each.type in KIND_OF or each.address in ends
    ]
    wanted = {each.address for each in health}
    return {
        "schema": SCHEMA,
        "assets": sorted(assets, key=lambda each: (each["kind"], each["id"])),
        "flows": [_flow(each) for _, each in sorted(drawn.edges.items())],
        "not_known": _not_known(drawn),
        "others": _others(inventory),
        "access": [_access(each) for each in rows if each.store in wanted],
        "access_beside": {each.address: list(ways_beside(each)) for each in health if ways_beside(each)},
        "reads": [_reads(each, inventory, days) for each in health],
        "classified": any(found or why for found, why in classes.values()),
        "limits": [*LIMITS, *_unread(inventory, health), *_not_asked(len(held) - len(asked))],
    }


def _principals(inventory: Inventory) -> int:
    return sum(len(inventory.types.get(kind, ())) for kind in PRINCIPALS)


def _not_asked(stores: int) -> list[str]:
    if not stores:
        return []
    return [
        f"who may read {stores:,} further stores was not asked: too many, and not declared to hold patients' records"
    ]


def _data_stores(inventory: Inventory) -> list[Resource]:
    return [each for kind in READS for each in inventory.types.get(kind, ())]


def _classes(store: Resource, tenancy: Tenancy) -> tuple[tuple[str, ...], str | None]:
    """What tenancy.yaml, or else a tag, says that a store holds; words where that is not known."""
    if tenancy.source is None:
        return (), None
    try:
        leaves = explore(lambda world: tenancy.entries_of(store, world))
    except (TooManyWorldsError, UndecidedError):
        return (), "which entry under `owned` means it depends on a choice"
    found = {
        str(name)
        for leaf in leaves
        for entry in leaf.result
        if isinstance(entry, dict)
        for name in entry.get("sensitive", ())
    }
    why = next((leaf.result.unknown for leaf in leaves if isinstance(leaf.result, OpenList)), None)
    return tuple(sorted(found)), why.detail if why is not None and not found else None


def _days(tenancy: Tenancy) -> int:
    declared = tenancy.value("retention.audit_log_days")
    return declared if isinstance(declared, int) else KEPT


def _asset(
    resource: Resource, tenancy: Tenancy, targets: Targets, classes: tuple[tuple[str, ...], str | None] | None
) -> AssetDocument:
    tags = _tags(resource)
    return {
        "id": resource.address,
        "type": resource.type,
        "kind": KIND_OF.get(resource.type, "other"),
        "name": _name(resource),
        "account": resource.account,
        "region": resource.region,
        "stack": resource.stack,
        "tenant": _tenant(resource, tags, tenancy),
        "version": _version(resource),
        "accountable": next(
            (
                value
                for key, value in sorted(tags.items())
                if key.lower().replace("_", "").replace("-", "") in ACCOUNTABLE
            ),
            None,
        ),
        "holds": list(classes[0]) if classes is not None else [],
        "holds_not_known": classes[1] if classes is not None else None,
        "network": sorted({*_named(resource, PLACED, targets)}),
        "key": next(iter(_named(resource, ENCRYPTED, targets)), None),
    }


def _name(resource: Resource) -> str:
    try:
        name = resource.names(World()).name
    except UndecidedError:
        name = None
    return name if isinstance(name, str) else resource.logical_id or resource.address


def _tags(resource: Resource) -> Mapping[str, str]:
    try:
        tags = settle_all(resource.fields.get("Tags"), World())
    except UndecidedError:
        return {}
    return {str(key): value for key, value in tags.items() if isinstance(value, str)} if isinstance(tags, dict) else {}


def _tenant(resource: Resource, tags: Mapping[str, str], tenancy: Tenancy) -> str | None:
    if resource.tenant is not None:
        return resource.tenant
    if isinstance(resource.owner, str):
        return resource.owner
    return next((tags[key] for key in tenancy.tags if key in tags and tenancy.is_id(tags[key])), None)


def _version(resource: Resource) -> str | None:
    try:
        said = settle(resource.fields.get("Properties"), World())
        engine = settle(said.get("Engine"), World()) if isinstance(said, dict) else None
        found = [settle(said.get(key), World()) for key in VERSIONS] if isinstance(said, dict) else []
    except UndecidedError:
        return None
    version = next((str(each) for each in found if isinstance(each, str | int | float)), None)
    return " ".join(filter(None, (engine if isinstance(engine, str) else None, version))) or None


def _named(resource: Resource, paths: Sequence[str], targets: Targets) -> list[str]:
    found: list[str] = []
    for path in paths:
        try:
            values = values_at(resource, path, World())
            found += [
                each.address
                for value in values
                for each in targets.of(value, resource, World())
                if each.address is not None and each.address != resource.address
            ]
        except UndecidedError:
            continue
    return found


def _permitted(row: Row, inventory: Inventory) -> Edge:
    reading = row.reading
    under = f" under conditions on {', '.join(reading.conditions)}" if reading.conditions else ""
    why = f": {reading.why.detail}" if reading.why is not None else ""
    return Edge(
        row.store,
        row.principal,
        "may be read by",
        "permitted",
        f"{row.principal} {', '.join(reading.policies)}".strip(),
        reading.answer in ("yes", "conditional"),
        crossing(row.store, row.principal, None, inventory),
        f"{', '.join(reading.actions)}{under}{why}",
    )


def _flow(edge: Edge) -> FlowDocument:
    return {
        "from": edge.source,
        "to": edge.target,
        "relation": edge.relation,
        "basis": "permitted" if edge.basis == "permitted" else "configured",
        "sure": edge.sure,
        "crosses": edge.crosses,
        "where": edge.where,
        "detail": edge.detail,
    }


def _not_known(drawn: Drawn) -> list[dict[str, str]]:
    seen = {tuple(sorted(each.items())) for each in drawn.unknown}
    return [dict(each) for each in sorted(seen)][:_MOST_UNKNOWN]


def _others(inventory: Inventory) -> dict[str, int]:
    """Resources that are no asset of a kind of their own, by type."""
    return {kind: len(several) for kind, several in sorted(inventory.types.items()) if kind not in KIND_OF}


def _access(row: Row) -> AccessDocument:
    return {
        "store": row.store,
        "principal": row.principal,
        "name": row.name,
        "type": row.type,
        "account": row.account,
        "person": row.person,
        "answer": row.reading.answer,
        "actions": list(row.reading.actions),
        "policies": list(row.reading.policies),
        "conditions": list(row.reading.conditions),
        "because": row.reading.why.detail if row.reading.why is not None else None,
        "takers": list(row.takers),
        "through": list(row.through),
        "not_known": list(row.unknown),
        "last_used": row.last_used,
        "last_used_known": row.use_known,
    }


def _reads(store: Resource, inventory: Inventory, days: int) -> ReadsRecordedDocument:
    try:
        leaves = explore(lambda world: told(store, inventory, world, days) if store.exists(world) else None)
    except (TooManyWorldsError, UndecidedError):
        return _as_unknown(store, days, "what records reads of it depends on too many choices of the template")
    found = [leaf.result for leaf in leaves if leaf.result is not None]
    if not found:
        return _as_unknown(store, days, "it is made in no world")
    order = ("no", "part", "short", "yes")
    worst = min(found, key=lambda each: order.index(each.answer) if isinstance(each.answer, str) else len(order) - 1.5)
    return {
        "store": store.address,
        "days_wanted": days,
        "answer": worst.answer if isinstance(worst.answer, str) else "unknown",
        "said": worst.said,
        "recorders": [
            {
                "by": each.by,
                "kept_in": each.kept_in,
                "days": each.days if isinstance(each.days, int) and each.days != ENDLESS else None,
                "endless": each.days == ENDLESS,
                "part": each.part,
                "because": each.days.detail
                if isinstance(each.days, Unknown)
                else each.why.detail
                if each.why
                else None,
            }
            for each in worst.recorders
        ],
    }


def _as_unknown(store: Resource, days: int, why: str) -> ReadsRecordedDocument:
    return {"store": store.address, "days_wanted": days, "answer": "unknown", "said": why, "recorders": []}


def _unread(inventory: Inventory, stores: Sequence[Resource]) -> list[str]:
    """What of accounts was not asked for, so that it is in no row; and that files do not tell who else there is."""
    found: dict[str, None] = {}
    for store in stores:
        for kind in ("AWS::IAM::Role", "AWS::IAM::User", "AWS::CloudTrail::Trail"):
            why = inventory.unread.near(kind, store) if store.live else None
            if why is not None:
                found[f"{kind} of account {store.account}: {why.detail}"] = None
    if any(not each.live for each in inventory.resources):
        found["users, roles and trails that are made outside the files scanned are in no row"] = None
    return [*found]


__all__ = ["CLASSES", "INTERNET", "KEPT", "SCHEMA", "inventory_of"]
