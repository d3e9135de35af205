"""Whose data is what, as far as keys, names and policies show it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import field

from scanner.base.record import mutable
from scanner.model.resource import Resource
from scanner.tenancy.identifiers import HOLE
from scanner.tenancy.inference.evidence import Evidence, Proposal, weaker
from scanner.tenancy.inference.evidence_scan import Sightings
from scanner.tenancy.inference.policy_guards import Guard, s3_parts, template_of, worlds_of
from scanner.tenancy.inference.store_names import Stores
from scanner.tenancy.ownership import BUCKETS, KEYS, TABLES
from scanner.tenancy.schema import ARN_SEGMENTS

# What keeps data and carries tags, by the service of the actions that reach it.
_TAGGED_TYPES = {
    "dynamodb": "AWS::DynamoDB::Table",
    "kms": "AWS::KMS::Key",
    "secretsmanager": "AWS::SecretsManager::Secret",
    "sns": "AWS::SNS::Topic",
    "sqs": "AWS::SQS::Queue",
    "ssm": "AWS::SSM::Parameter",
}
_GUARDED_BY = "`{}` bounds {} by `${{{}}}`"
_MEANING = {
    "items": "the keys of items",
    "objects": "the keys of objects",
    "prefix": "listings",
    "context": "the encryption context",
    "name": "the names of resources",
    "object-tag": "objects by their tag",
    "resource-tag": "resources by their tag",
}


@mutable
class _Store:
    """What was found of one store: patterns of its keys, those of each index, and why."""

    patterns: dict[str, list[Evidence]] = field(default_factory=dict)
    indexes: dict[str, str] = field(default_factory=dict)

    def add(self, pattern: str, evidence: Evidence) -> None:
        self.patterns.setdefault(pattern, []).append(evidence)


def holdings(found: Sightings, stores: Stores, strength: Mapping[str, bool]) -> Iterator[Proposal]:
    """Entries for `owned`.

    `strength` has the keys of sessions in lower case that name a tenant, True for those that surely do.
    """
    tables: dict[str, _Store] = {}
    listed: dict[str, _Store] = {}
    buckets: dict[str, _Store] = {}
    single: dict[tuple[tuple[str, str], ...], tuple[dict[str, object], list[Evidence]]] = {}

    def note(entry: dict[str, object], evidence: Evidence) -> None:
        identity = tuple((key, repr(value)) for key, value in entry.items())
        single.setdefault(identity, (entry, []))[1].append(evidence)

    for guard in found.guards:
        sure = strength.get(guard.key.lower())
        if sure is None or guard.kind not in _MEANING:
            continue
        what = _GUARDED_BY.format(guard.holder.logical_id, _MEANING[guard.kind], guard.key)
        evidence = found.evidence(guard, what, strong=sure)
        folder = guard.holder.folder
        template = template_of(guard.pattern, guard.key, HOLE)
        if guard.kind == "items" and template is not None:
            for target, index in stores.tables(guard.over, folder):
                store = tables.setdefault(_named(target, stores, TABLES), _Store())
                if index is None:
                    store.add(template, evidence)
                elif isinstance(target, Resource):
                    for name in _indexes(target, index):
                        store.indexes.setdefault(name, template)
        elif guard.kind == "objects" and (parts := s3_parts(guard.pattern)) is not None and parts[1] is not None:
            key = template_of(parts[1], guard.key, HOLE)
            if key is not None:
                for bucket in stores.buckets((guard.pattern,), folder):
                    buckets.setdefault(_named(bucket, stores, BUCKETS), _Store()).add(key, evidence)
        elif guard.kind == "prefix" and template is not None:
            for bucket in stores.buckets(guard.over, folder):
                listed.setdefault(_named(bucket, stores, BUCKETS), _Store()).add(_below(template), evidence)
        elif guard.kind == "object-tag":
            for bucket in stores.buckets(guard.over, folder):
                note({"kind": "s3-object-tag", "bucket": _named(bucket, stores, BUCKETS), "tag": guard.name}, evidence)
        elif guard.kind == "context" and template is not None and guard.name:
            for key_ in stores.keys(guard.over, folder):
                context = {guard.name: template}
                note({"kind": "kms-context", "key": _named(key_, stores, KEYS), "context": context}, evidence)
        elif guard.kind == "name" and template is not None:
            for arn in _arns(template):
                note({"kind": "arn", "arn": arn}, evidence)
        elif guard.kind == "resource-tag" and template == HOLE:
            for type_name in _types_of(guard):
                carriers = found.carriers.get(guard.name, frozenset())
                bare = stores.without(type_name, carriers)
                (told,) = weaker((evidence,), f", but `{bare}` does not carry it") if bare else (evidence,)
                note({"kind": "tagged", "types": [type_name], "tag": guard.name}, told)
    for bucket_name, store in listed.items():
        # Objects are what is owned; how they are listed tells it only where nothing else does.
        buckets.setdefault(bucket_name, store)
    _add_keys(found, stores, tables)
    _add_pooled(found, stores, tables, buckets)
    yield from _pooled(tables, "dynamodb-item", "table")
    yield from _pooled(buckets, "s3-object", "bucket")
    for entry, why in single.values():
        yield Proposal("owned", entry, tuple(dict.fromkeys(why)))


def _add_keys(found: Sightings, stores: Stores, tables: dict[str, _Store]) -> None:
    """Tables whose own partition key is named like the owner; what a policy demands of it says more."""
    for each in found.table_keys:
        name = stores.name(each.table, TABLES)
        if each.index is None:
            store = tables.setdefault(name, _Store())
            if not store.patterns:
                store.add(HOLE, each.evidence)
    for each in found.table_keys:
        store_of_index = tables.get(stores.name(each.table, TABLES))
        if each.index is not None and store_of_index is not None and each.evidence.strong:
            store_of_index.indexes.setdefault(each.index, HOLE)


def _add_pooled(found: Sightings, stores: Stores, tables: dict[str, _Store], buckets: dict[str, _Store]) -> None:
    """Stores whose tag says that they are pooled; how keys tell tenants apart is a guess where nothing shows it."""
    for resource, evidence in found.pooled:
        types, known, pattern = (TABLES, tables, HOLE) if resource.type in TABLES else (BUCKETS, buckets, f"{HOLE}/*")
        store = known.setdefault(stores.name(resource, types), _Store())
        if not store.patterns:
            store.add(pattern, evidence)


def _pooled(stores: dict[str, _Store], kind: str, word: str) -> Iterator[Proposal]:
    for name, store in stores.items():
        for pattern, why in _layouts(store.patterns).items():
            entry: dict[str, object] = {"kind": kind, word: name, "key": pattern}
            if store.indexes:
                entry["indexes"] = dict(store.indexes)
            yield Proposal("owned", entry, tuple(dict.fromkeys(why)))


def _layouts(patterns: Mapping[str, list[Evidence]]) -> dict[str, list[Evidence]]:
    """The patterns without those that say less than another one; what is sure comes before what is not.

    A policy without the delimiter that others have does not make the layout ambiguous: it is the policy's fault.
    """
    sure = {pattern: why for pattern, why in patterns.items() if any(each.strong for each in why)}
    kept = sure or dict(patterns)
    stems = {_stem(pattern) for pattern in kept if not _is_open(pattern)}
    closed = {pattern: why for pattern, why in kept.items() if not (_is_open(pattern) and _stem(pattern) in stems)}
    wide = [pattern for pattern in closed if pattern.endswith("*")]
    return {
        pattern: why
        for pattern, why in closed.items()
        if not any(other != pattern and pattern.startswith(other[:-1]) for other in wide if not _is_open(other))
    }


def _stem(pattern: str) -> str:
    return pattern.partition(HOLE)[0]


def _is_open(pattern: str) -> bool:
    """Whether anything may follow the id at once, as in `tenant-${tenant}*`."""
    return pattern.partition(HOLE)[2].startswith("*")


def _below(prefix: str) -> str:
    """Keys that a listing with such a prefix is about."""
    if prefix.endswith("/*"):
        return prefix
    return prefix.rstrip("*") + ("*" if prefix.rstrip("*").endswith("/") else "/*")


def _named(target: Resource | str, stores: Stores, types: frozenset[str]) -> str:
    return target if isinstance(target, str) else stores.name(target, types)


def _indexes(table: Resource, wanted: str) -> Iterator[str]:
    for leaf in worlds_of(table):
        indexes = leaf.result.get("GlobalSecondaryIndexes") if isinstance(leaf.result, dict) else None
        for index in indexes if isinstance(indexes, list) else ():
            name = index.get("IndexName") if isinstance(index, dict) else None
            if isinstance(name, str) and wanted in ("*", name):
                yield name


def _arns(template: str) -> Iterator[str]:
    """Whole ARNs with the owner's id in the name, and that of what is inside a bucket."""
    segments = template.split(":", ARN_SEGMENTS - 1)
    if len(segments) < ARN_SEGMENTS or segments[0] != "arn":
        return
    head = [each if re.fullmatch(r"[a-z0-9-]*", each) else "*" for each in segments[1:5]]
    if not re.fullmatch(r"[a-z0-9-]+", segments[2]) or HOLE not in segments[5]:
        return
    if head[1] == "s3":
        head[2:] = ["", ""]
    yield ":".join(["arn", *head, segments[5]])


def _types_of(guard: Guard) -> Iterator[str]:
    services = {action.partition(":")[0] for action in guard.actions}
    for service in sorted(services):
        if service in _TAGGED_TYPES:
            yield _TAGGED_TYPES[service]
