"""Kubernetes objects: of manifest files, and of those that a CDK app hands to a cluster.

An object is a resource of the type `Kubernetes::<group>::<Kind>`, with `core` for the group without a name; what its
manifest says are its properties. What rules read is what is written: what a controller adds in the cluster is not seen.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence

from scanner.inputs.secret_spans import SecretSpans
from scanner.kubernetes.unread import Unread
from scanner.model.deferred import OpenMap, settle_all
from scanner.model.location import Location
from scanner.model.partial_text import Text, text_of
from scanner.model.resource import Names, Resource, Source, always
from scanner.model.secrets import scrubbed
from scanner.model.unknown import Unknown
from scanner.model.world import TooManyWorldsError, World, explore
from scanner.text.document import Document

CUSTOM = "Custom::AWSCDK-EKS-KubernetesResource"
"""The custom resource by which the CDK applies manifests ("aws-eks: KubernetesManifest")."""

_GROUPS = frozenset({"apps", "autoscaling", "batch", "core", "extensions", "policy"})
_OF_TOOLS = (".config.k8s.io",)  # what kustomize and the API server read for themselves
_MOST = 50_000
# A character that no manifest has stands for each hole of its text while that is parsed.
_HOLE = re.compile("\U000f0000([0-9]+)\U000f0001")


class Written:
    """The places of one object in its manifest; lines are shown without what is secret in them."""

    __slots__ = ("_document", "_root", "_spans")

    def __init__(self, document: Document, root: tuple[str | int, ...], spans: SecretSpans | None = None) -> None:
        self._document = document
        self._root = root
        self._spans = spans

    def locate(self, resource: Resource, keys: Sequence[str | int], world: World) -> Location:
        """Where the value at the keys is written in the manifest."""
        del resource, world
        inside = tuple(keys[1:]) if keys[:1] == ("Properties",) else ("kind",) if keys[:1] == ("Type",) else ()
        place = self._document.place((*self._root, *inside))
        return Location(self._document.path, place.line, place.column, place.end_line)

    def lines(self, first: int, last: int) -> list[str]:
        """Lines of the manifest, with secrets replaced."""
        return self._spans.lines(first, last) if self._spans is not None else []

    def shown_column(self, line: int, column: int) -> int:
        """Where the column is in the line as `lines` gives it."""
        return self._spans.shown_column(line, column) if self._spans is not None else column

    def hides(self, value: object) -> bool:
        """Whether the value is one of the manifest's secrets."""
        return self._spans is not None and str(value) in self._spans.values

    def scrubbed(self, text: str) -> str:
        """Without secrets of a form that is known."""
        return scrubbed(text)


class _Handed:
    """The places of an object that a template hands on: those of the template's own resource."""

    __slots__ = ("_by",)

    def __init__(self, by: Resource) -> None:
        self._by = by

    def locate(self, resource: Resource, keys: Sequence[str | int], world: World) -> Location:
        del resource, keys
        return self._by.source.locate(self._by, ("Properties", "Manifest"), world)

    def lines(self, first: int, last: int) -> list[str]:
        return self._by.source.lines(first, last)

    def hides(self, value: object) -> bool:
        return self._by.source.hides(value)

    def scrubbed(self, text: str) -> str:
        return scrubbed(text)


def objects_in(documents: Sequence[Document]) -> list[Resource]:
    """The objects of one manifest file; other documents in it, such as those of other tools, are passed over."""
    found: list[Resource] = []
    taken: set[str] = set()
    spans = SecretSpans(*documents) if documents else None
    for document in documents:
        for keys, body in _bodies(document.data, ()):
            kind = type_of(body)
            if kind is not None and len(found) < _MOST:
                address = apart(f"{document.path}#{address_of(body)}", taken)
                found.append(_resource(address, kind, body, Written(document, keys, spans)))
    return found


def handed_objects(by: Resource) -> Iterator[Resource | Unread]:
    """The objects that a resource of type `CUSTOM` applies, with the account and construct of that resource."""
    properties = by.fields.get("Properties")
    what = f"the Kubernetes objects of {by.address}"
    try:
        leaves = explore(lambda world: settle_all(properties, world) if by.exists(world) else None)
    except TooManyWorldsError:
        yield Unread(what, Unknown("evaluation-limit", "too many choices of the template to try them all"))
        return
    manifests = [leaf.result.get("Manifest") for leaf in leaves if isinstance(leaf.result, Mapping)]
    if not manifests:
        return
    if any(each != manifests[0] for each in manifests):
        yield Unread(what, Unknown("parameter", "what is applied depends on the template's conditions"))
        return
    bodies = _parsed(manifests[0])
    if isinstance(bodies, Unknown):
        yield Unread(what, bodies)
        return
    taken: set[str] = set()
    for _, body in _bodies(bodies, ()):
        kind = type_of(body)
        if kind is not None:
            made = _resource(apart(f"{by.address}/{address_of(body)}", taken), kind, body, _Handed(by))
            made.account, made.region, made.stack = by.account, by.region, by.stack
            made.construct_path, made.written_at, made.exists = by.construct_path, by.written_at, by.exists
            yield made


def type_of(body: Mapping[str, object]) -> str | None:
    """The model's type of an object of Kubernetes itself; None for what other tools keep in the same form."""
    version, kind = body.get("apiVersion"), body.get("kind")
    if not (isinstance(version, str) and isinstance(kind, str) and isinstance(body.get("metadata"), dict)):
        return None
    group = version.rpartition("/")[0] or "core"
    if group not in _GROUPS and not (group.endswith(".k8s.io") and not group.endswith(_OF_TOOLS)):
        return None
    return f"Kubernetes::{group}::{kind}"


def _bodies(data: object, keys: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], Mapping[str, object]]]:
    """Each object, with those in lists of them."""
    if isinstance(data, list):
        for number, each in enumerate(data):
            if isinstance(each, dict):
                yield from _bodies(each, (*keys, number))
    elif isinstance(data, dict):
        items = data.get("items")
        if str(data.get("kind", "")).endswith("List") and isinstance(items, list):
            yield from _bodies(items, (*keys, "items"))
        else:
            yield keys, data


def _resource(address: str, kind: str, body: Mapping[str, object], source: Written | _Handed) -> Resource:
    name = _named(body, "name")
    return made_of(
        address, kind, body, source, name if isinstance(name, str) else str(name or body.get("kind")), Names(name, None)
    )


def made_of(  # the parts of a resource
    address: str,
    kind: str,
    body: Mapping[str, object],
    source: Source,
    logical_id: str,
    names: Names | None = None,
) -> Resource:
    """An object as a resource; without names it is called as its logical id says."""
    fields: dict[str, object] = {"Type": kind, "Properties": dict(body)}
    names = names or Names(logical_id, None)
    return Resource(
        address=address,
        type=kind,
        logical_id=logical_id,
        fields=fields,
        source=source,
        exists=always,
        names=lambda _: names,
    )


def _named(body: Mapping[str, object], key: str) -> object:
    metadata = body.get("metadata")
    value = metadata.get(key) if isinstance(metadata, dict) else None
    return value if isinstance(value, str | Text | Unknown) else None


def address_of(body: Mapping[str, object]) -> str:
    """Kind, namespace and name: what is told of an object behind the path of its file."""
    parts = [body.get("kind"), _named(body, "namespace"), _named(body, "name")]
    return "/".join(str(part) for part in parts if part)


def apart(address: str, taken: set[str]) -> str:
    """The address, with a number where it is taken already."""
    number, found = 1, address
    while found in taken:
        number += 1
        found = f"{address}-{number}"
    taken.add(found)
    return found


def _parsed(manifest: object) -> object:
    """The JSON text as data, with its holes where they stand; why not, where that cannot be told."""
    if isinstance(manifest, Unknown):
        return manifest
    if not isinstance(manifest, str | Text):
        return Unknown("invalid-template", "the manifest is no text")
    holes: list[Unknown] = []
    text = ""
    for part in manifest.parts if isinstance(manifest, Text) else (manifest,):
        if isinstance(part, Unknown):
            text += f"\U000f0000{len(holes)}\U000f0001"
            holes.append(part)
        else:
            text += part
    try:
        return _filled(json.loads(text), holes)
    except (ValueError, RecursionError):
        if holes:
            return holes[0].plain()
        return Unknown("invalid-template", "the manifest is no JSON")


def _filled(value: object, holes: Sequence[Unknown]) -> object:
    if isinstance(value, str):
        pieces = _HOLE.split(value)
        if len(pieces) == 1:
            return value
        return text_of([holes[int(piece)] if number % 2 else piece for number, piece in enumerate(pieces)])
    if isinstance(value, dict):
        open_key = next((found for key in value if (found := _HOLE.search(key))), None)
        filled = {key: _filled(child, holes) for key, child in value.items() if not _HOLE.search(key)}
        return filled if open_key is None else OpenMap(filled, holes[int(open_key[1])])
    if isinstance(value, list):
        return [_filled(child, holes) for child in value]
    return value


__all__ = ["CUSTOM", "Unread", "Written", "address_of", "apart", "handed_objects", "made_of", "objects_in", "type_of"]
