"""Whom bindings name and no object stands for: users, groups, and service accounts that no file makes.

("Using RBAC Authorization", "Referring to subjects": users and groups are texts, and no objects of the API.)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from scanner.inputs.kubernetes import apart, made_of
from scanner.kubernetes.api_resources import GROUP, SERVICE_ACCOUNT, USER, WORKLOADS
from scanner.kubernetes.cluster import Cluster, Object, clusters_of
from scanner.kubernetes.eks import Principal
from scanner.kubernetes.fields import at, text_at
from scanner.kubernetes.unread import Unread
from scanner.model.location import Location
from scanner.model.resource import Inventory, Resource
from scanner.model.unknown import OpenList, Unknown
from scanner.model.world import World

_OF_THE_SYSTEM = "system:"


class _Named:
    """The places of a subject: those of what names it."""

    __slots__ = ("_by",)

    def __init__(self, by: Resource) -> None:
        self._by = by

    def locate(self, resource: Resource, keys: Sequence[str | int], world: World) -> Location:
        del resource, keys
        return self._by.source.locate(self._by, ("Properties", "subjects"), world)

    def lines(self, first: int, last: int) -> list[str]:
        return self._by.source.lines(first, last)

    def hides(self, value: object) -> bool:
        return self._by.source.hides(value)

    def scrubbed(self, text: str) -> str:
        return self._by.source.scrubbed(text)


def subjects_in(inventory: Inventory) -> Iterator[Resource | tuple[Unread, Resource]]:
    """A resource for each subject of a binding, each user of IAM, and each account that a pod runs as, without one.

    What was not read and may name further ones comes with the object that it stands in.
    """
    taken: set[str] = set()
    for cluster in clusters_of(inventory).values():
        yield from cluster.unread
        yield from _subjects(cluster, taken)


def _subjects(cluster: Cluster, taken: set[str]) -> Iterator[Resource]:
    known = {
        (SERVICE_ACCOUNT, each.namespace, each.name)
        for each in cluster.objects(SERVICE_ACCOUNT)
        if isinstance(each.name, str)
    }
    for kind, namespace, name, by, more in _named(cluster):
        if (kind, namespace, name) in known:
            continue
        known.add((kind, namespace, name))
        metadata: dict[str, object] = {"name": name}
        if namespace is not None:
            metadata["namespace"] = namespace
        short = kind.rpartition("::")[2]
        below = f"{namespace}/{name}" if namespace is not None else name
        address = apart(f"{by.address.partition('#')[0]}#{short}/{below}", taken)
        made = made_of(address, kind, {"metadata": metadata, **more}, _Named(by), name)
        made.live, made.cluster = cluster.folder is not None, cluster.folder
        yield made


_Subject = tuple[str, str | None, str, Resource, Mapping[str, object]]


def _named(cluster: Cluster) -> Iterator[_Subject]:
    for each in cluster.principals:
        yield USER, None, each.user, each.source, {"groups": _groups(each), "principal": each.arn}
    for binding in cluster.bindings:
        if binding.source is None:
            continue
        for subject in binding.subjects:
            if isinstance(subject.name, Unknown):
                continue
            if subject.kind == "ServiceAccount":
                if isinstance(subject.namespace, str):
                    yield SERVICE_ACCOUNT, subject.namespace, subject.name, binding.source, {}
            elif subject.kind in ("User", "Group") and not subject.name.startswith(_OF_THE_SYSTEM):
                yield USER if subject.kind == "User" else GROUP, None, subject.name, binding.source, {}
    for kind, keys in WORKLOADS.items():
        for each_object in cluster.objects(kind):
            account = _account_of(each_object, keys)
            if account is not None and isinstance(each_object.namespace, str):
                yield SERVICE_ACCOUNT, each_object.namespace, account, each_object.resource, {}


def _groups(principal: Principal) -> list[object]:
    groups: list[object] = [*sorted(principal.groups)]
    return groups if principal.doubt is None else OpenList(groups, principal.doubt)


def _account_of(workload: Object, keys: tuple[str, ...]) -> str | None:
    spec = at(workload.body, *keys)
    if not isinstance(spec, Mapping):
        return None
    account = text_at(spec, "serviceAccountName") or text_at(spec, "serviceAccount")
    return "default" if account is None else account if isinstance(account, str) else None
