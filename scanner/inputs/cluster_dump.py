"""What `kubectl get -o json` prints: objects of a cluster that runs, and what was asked for to get them.

A list says of a type that all objects of it were listed only as far as it shows so: `kubectl get` lists one namespace
or all of them, so that a list with objects of two was of all. What no list names was not listed, which is unknown and
never absent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from pathlib import PurePosixPath

from scanner.base.record import mutable, record
from scanner.inputs.kinds import is_dump as is_list
from scanner.inputs.kubernetes import Written, address_of, apart, made_of
from scanner.kubernetes.api_resources import (
    CLUSTER_ROLE,
    CLUSTER_ROLE_BINDING,
    LISTING,
    NAMESPACE,
    PLURALS,
    TYPES,
    type_name,
)
from scanner.kubernetes.cluster import EVERYWHERE
from scanner.kubernetes.fields import at, text_at
from scanner.model.location import Location
from scanner.model.resource import Resource
from scanner.model.secrets import redaction, secret_places
from scanner.model.unknown import Unknown
from scanner.model.world import World
from scanner.text.document import Document
from scanner.text.json import read_json
from scanner.text.reading import decode, read_stream

MOST = 200_000
"""Objects of one file that are read."""
MOST_OF_DUMP = 512 * 1024 * 1024
"""Bytes of a list: a pod that runs has some five thousand, of which most is its status."""
_MOST_VALUES = 50_000_000
_HEAD = 64 * 1024
_KINDS_ALWAYS = frozenset(PLURALS)
_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


def documents_of(raw: bytes, path: str) -> list[Document]:
    """What a file of objects holds, however long it is. Raises `ProblemsError`."""
    return [read_dump(raw, path)] if is_list(raw[:_HEAD]) else read_stream(raw, path)


def read_dump(raw: bytes, path: str) -> Document:
    """A list that kubectl printed. Raises `ProblemsError`."""
    return read_json(decode(raw, path, MOST_OF_DUMP), path, _MOST_VALUES)


@mutable
class Dump:
    """The dumps of one folder, which are of one cluster. `refused` says by type why not all objects were listed."""

    folder: str
    resources: list[Resource] = field(default_factory=list)
    listed: dict[str, set[str]] = field(default_factory=dict)
    refused: dict[str, tuple[str, str]] = field(default_factory=dict)
    notes: list[tuple[str, str]] = field(default_factory=list)
    """What is to be told of files, by their path."""
    taken: set[str] = field(default_factory=set)

    def listing(self) -> Resource:
        """What was listed, as a resource that rules and proofs ask."""
        kinds = [{"Type": kind, "Namespaces": sorted(places)} for kind, places in sorted(self.listed.items())]
        refused = [{"Type": kind, "Cause": cause, "Why": why} for kind, (cause, why) in sorted(self.refused.items())]
        path = self.resources[0].address.partition("#")[0] if self.resources else self.folder
        body: dict[str, object] = {"Listed": kinds, "Refused": refused}
        made = made_of(f"{path}#listing", LISTING, body, _Whole(path), "listing")
        made.live, made.cluster = True, self.folder
        return made

    def missing(self) -> Iterator[tuple[str, Unknown]]:
        """The types of Kubernetes itself that were not listed in all namespaces, with why."""
        for kind in sorted(_KINDS_ALWAYS | self.refused.keys()):
            plural = PLURALS[kind][1] if kind in PLURALS else kind
            if kind in self.refused:
                cause, why = self.refused[kind]
                yield kind, Unknown("access-denied" if cause == "access-denied" else "not-collected", why)
            elif kind not in self.listed:
                yield kind, Unknown("not-collected", f"the dump does not say that {plural} were listed")
            elif EVERYWHERE not in self.listed[kind]:
                yield kind, Unknown("not-collected", f"{plural} were not listed in all namespaces")


@record
class _Whole:
    """A source for what stands in no line of its own."""

    path: str

    def locate(self, resource: Resource, keys: Iterable[str | int], world: World) -> Location:
        del resource, keys, world
        return Location(self.path, 1, 1)

    def lines(self, first: int, last: int) -> list[str]:
        """None: what a person would see there may be a secret."""
        del first, last
        return []

    def hides(self, value: object) -> bool:
        del value
        return False

    def scrubbed(self, text: str) -> str:
        return text


def is_dump(data: object) -> bool:
    """Whether a document was printed by a cluster, and not written by hand: its objects have an id."""
    if not isinstance(data, Mapping):
        return False
    kind, items = data.get("kind"), data.get("items")
    if kind == "Status" and data.get("apiVersion") == "v1":
        return True
    if isinstance(kind, str) and kind.endswith("List") and isinstance(items, list):
        if not items:
            metadata = data.get("metadata")
            return isinstance(metadata, Mapping) and "resourceVersion" in metadata
        return any(_has_id(each) for each in items)
    return _has_id(data)


def _has_id(body: object) -> bool:
    metadata = body.get("metadata") if isinstance(body, Mapping) else None
    return isinstance(metadata, Mapping) and isinstance(metadata.get("uid"), str)


def add_document(dump: Dump, document: Document) -> None:
    """Adds what one document printed."""
    data = document.data
    if not isinstance(data, Mapping):
        return
    kind = str(data.get("kind"))
    if kind == "Status":
        _refuse(dump, data, document.path)
        return
    items = data.get("items")
    if not kind.endswith("List") or not isinstance(items, list):
        _add(dump, document, (), data, data)
        return
    seen: dict[str, set[str]] = {}
    spaces: set[str] = set()
    for number, each in enumerate(items[:MOST]):
        if not isinstance(each, Mapping):
            dump.notes.append((document.path, f"item {number} of the list is no object"))
            continue
        found = _add(dump, document, ("items", number), each, data)
        if found is None:
            dump.notes.append((document.path, f"item {number} of the list says no kind"))
            continue
        places = seen.setdefault(found.type, set())
        metadata = each.get("metadata")
        place = metadata.get("namespace") if isinstance(metadata, Mapping) else None
        if isinstance(place, str):
            places.add(place)
            spaces.add(place)
    if kind != "List":
        own = _type_of(str(data.get("apiVersion")), kind.removesuffix("List"))
        seen.setdefault(own, set())
    elif not items:
        named = _named_by(document.path)
        if named is not None:
            seen.setdefault(named, set())
    for witness, name in _WITNESSES.items():
        names = {str(at(each, "metadata", "name")) for each in items if each_type_of(each, data) == witness}
        if names and name not in names:
            # A selector of labels or fields leaves objects out, and nothing in the list says so.
            why = f"{PLURALS[witness][1]} of the list lack {name}, which every cluster has: it was not asked for all"
            dump.refused[witness] = ("not-collected", why)
    everywhere = len(spaces) > 1
    metadata = data.get("metadata")
    for each_type, places in seen.items():
        one_only = bool(places) and not everywhere
        dump.listed.setdefault(each_type, set()).update(places if one_only else {EVERYWHERE})
        if isinstance(metadata, Mapping) and (metadata.get("continue") or metadata.get("remainingItemCount")):
            dump.refused[each_type] = ("not-collected", "the list goes on: it has `metadata.continue`")
    if len(items) > MOST:
        for each_type in seen:
            dump.refused[each_type] = ("not-collected", f"the list has more than {MOST:,} objects")


_WITNESSES = {CLUSTER_ROLE: "cluster-admin", CLUSTER_ROLE_BINDING: "cluster-admin", NAMESPACE: "kube-system"}
"""What every cluster has of a type ("Default roles and role bindings", "Initial namespaces")."""


def each_type_of(body: object, whole: Mapping[str, object]) -> str:
    """The type of an item of a list, which may say it once for all."""
    kind, version = text_at(body, "kind"), text_at(body, "apiVersion")
    if not isinstance(kind, str) or not isinstance(version, str):
        kind, version = str(whole.get("kind")).removesuffix("List"), str(whole.get("apiVersion"))
    return _type_of(version, kind)


def _named_by(path: str) -> str | None:
    """The type that a file of an empty list is named after, such as `networkpolicies.json`."""
    stem = PurePosixPath(path).name.partition(".")[0].lower()
    return next((kind for (_, plural), kind in TYPES.items() if plural == stem), None)


def _type_of(version: str, kind: str) -> str:
    return type_name(version.rpartition("/")[0], kind)


def _refuse(dump: Dump, status: Mapping[str, object], path: str) -> None:
    details = status.get("details")
    reason = str(status.get("reason") or "Failure")[:40]
    plural = details.get("kind") if isinstance(details, Mapping) else None
    group = str(details.get("group") or "") if isinstance(details, Mapping) else ""
    kind = TYPES.get((group, str(plural)))
    if kind is None:
        kind = next((each for (_, name), each in TYPES.items() if name == plural), None) or _named_by(path)
    if kind is None:
        dump.notes.append((path, f"the server answered {reason} and no objects"))
        return
    cause = "access-denied" if reason in ("Forbidden", "Unauthorized") else "not-collected"
    dump.refused[kind] = (cause, f"the server answered {reason}")


def _add(
    dump: Dump, document: Document, keys: tuple[str | int, ...], body: Mapping[str, object], whole: Mapping[str, object]
) -> Resource | None:
    kind, version = body.get("kind"), body.get("apiVersion")
    if not isinstance(kind, str) or not isinstance(version, str):
        # The API's own lists say once what all of their items are.
        outer = str(whole.get("kind"))
        if outer == "List" or not outer.endswith("List") or body is whole:
            return None
        kind, version = outer.removesuffix("List"), str(whole.get("apiVersion"))
        body = {"apiVersion": version, "kind": kind, **body}
    if not isinstance(body.get("metadata"), Mapping):
        return None
    address = apart(f"{document.path}#{address_of(body)}", dump.taken)
    name = _type_of(version, kind)
    made = made_of(address, name, _kept(name, body), Dumped(document, keys), str(body["metadata"].get("name") or kind))  # type: ignore[attr-defined]  # a mapping, as asked above
    made.live, made.cluster = True, dump.folder
    dump.resources.append(made)
    return made


def _kept(kind: str, body: Mapping[str, object]) -> dict[str, object]:
    """The object without what is surely secret and no rule asks for: values of a Secret, and copies of the object."""
    kept = dict(body)
    metadata = body.get("metadata")
    if isinstance(metadata, Mapping):
        annotations = metadata.get("annotations")
        if isinstance(annotations, Mapping) and _APPLIED in annotations:
            kept["metadata"] = {**metadata, "annotations": {**annotations, _APPLIED: redaction()}}
    if kind == type_name("", "Secret"):
        for section in ("data", "stringData"):
            values = body.get(section)
            if isinstance(values, Mapping):
                places = dict(secret_places(kind, values, (section,)))
                kept[section] = {
                    key: redaction(places[section, key]) if (section, key) in places else value
                    for key, value in values.items()
                }
    return kept


class Dumped(Written):
    """The places of an object in a dump, whose lines are never shown: any of them may hold a secret."""

    __slots__ = ()

    def lines(self, first: int, last: int) -> list[str]:
        """None, ever."""
        del first, last
        return []
