"""What was read of one cluster: its objects by type and namespace, and what may be missing among them.

Objects of one dump are one cluster, and those of all other files and templates together are another: files that are
applied to a cluster never tell all that runs in it, so that what they lack is unknown and never absent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field

from scanner.base.record import mutable, record
from scanner.kubernetes.api_resources import (
    API_SERVICE,
    CLUSTER_ROLE,
    CLUSTER_ROLE_BINDING,
    CLUSTER_WIDE,
    CONFIG_MAP,
    DEFINITION,
    LISTING,
    NAMESPACE,
    NAMESPACED,
    PLURALS,
    ROLE,
    ROLE_BINDING,
    SCOPED,
    SERVICE_ACCOUNT,
    type_name,
)
from scanner.kubernetes.default_roles import DEFAULTS, HARMLESS
from scanner.kubernetes.eks import Principal, entries, mapped
from scanner.kubernetes.fields import at, body_of, items_of, labels_of, text_at
from scanner.kubernetes.node_access import node_of_pod
from scanner.kubernetes.rbac import Binding, Role, aggregated, binding_of, role_of
from scanner.kubernetes.unread import Unread
from scanner.model.resource import Inventory, Resource
from scanner.model.unknown import Unknown

EVERYWHERE = "*"
_DUMP = "dump "
_FILES = Unknown("not-collected", "files that are applied to a cluster do not tell all that runs in it")


@record(eq=False)
class Object:
    """One object with its own fields; the namespace is None for what is in none."""

    resource: Resource
    body: Mapping[str, object]
    name: str | Unknown
    namespace: str | Unknown | None


@record(eq=False)
class Namespace:
    """A namespace that an object was read of, or that one is in; `doubt` says why it may have other labels."""

    name: str
    labels: Mapping[str, str]
    doubt: Unknown | None
    resource: Resource | None


def cluster_key(resource: Resource) -> str:
    """What is the same for all objects of one cluster."""
    return f"{_DUMP}{resource.folder}" if resource.live else ""


@mutable(eq=False)
class Cluster:
    """Built by `clusters_of`."""

    key: str
    _by_type: dict[str, list[Object]] = field(default_factory=dict)
    _placed: dict[tuple[str, str], list[Object]] = field(default_factory=dict)
    _listed: dict[str, frozenset[str]] = field(default_factory=dict)
    _refused: dict[str, Unknown] = field(default_factory=dict)
    _everything: bool = False
    namespaces: dict[str, Namespace] = field(default_factory=dict)
    unnamed: Unknown | None = None
    """Why there may be namespaces that are not known by name."""
    roles: dict[tuple[str | None, str], Role] = field(default_factory=dict)
    bindings: list[Binding] = field(default_factory=list)
    accounts: dict[str, set[str]] = field(default_factory=dict)
    """Names of service accounts by namespace."""
    principals: list[Principal] = field(default_factory=list)
    """Users that are principals of IAM."""
    unread: list[tuple[Unread, Resource]] = field(default_factory=list)
    """What may name further ones, with where it stands."""
    custom_resources: tuple[tuple[str, str, bool], ...] = ()
    """Of each that is defined: API group, resource, whether its objects are in namespaces."""
    _granted: dict[int, Role] = field(default_factory=dict)
    _nodes_of: dict[int, str | Unknown | None] = field(default_factory=dict)

    @property
    def folder(self) -> str | None:
        """The folder of the dump; None for what is in files that are applied to a cluster."""
        return self.key.removeprefix(_DUMP) if self.key else None

    def objects(self, kind: str) -> Sequence[Object]:
        """All of the type, in the order they were read."""
        return self._by_type.get(kind, ())

    def all_objects(self) -> Iterator[Object]:
        """Of whatever type."""
        for several in self._by_type.values():
            yield from several

    def objects_in(self, kind: str, namespace: str) -> Sequence[Object]:
        """Those of the type that are in the namespace."""
        return self._placed.get((kind, namespace), ())

    def missing(self, kind: str, namespace: str | None = None) -> Unknown | None:
        """Why there may be more objects of the type, in the namespace or anywhere; None where all were listed."""
        if kind in self._refused:
            return self._refused[kind]
        where = self._listed.get(kind)
        if where is None:
            if self._everything:
                return None
            if not self.key:
                return _FILES
            return Unknown("not-collected", f"the dump does not say that {_plural(kind)} were listed")
        if EVERYWHERE in where or (namespace is not None and namespace in where):
            return None
        place = f"of namespace {namespace}" if namespace is not None else "of all namespaces"
        return Unknown("not-collected", f"{_plural(kind)} {place} were not listed")

    def role(self, binding: Binding) -> Role:
        """The role that a binding refers to; one that was not read has the reason as its doubt.

        A role that does not exist allows nothing, as long as nobody makes it.
        """
        name = binding.role_name
        if id(binding) in self._granted:
            return self._granted[id(binding)]
        if isinstance(name, Unknown):
            return Role("", binding.namespace, (), None, name)
        namespace = binding.namespace if binding.role_kind == "Role" else None
        known = self.roles.get((namespace, name))
        if known is not None:
            return known
        if namespace is None and name in HARMLESS:
            return Role(name, None, ())
        why = self.missing(ROLE if namespace is not None else CLUSTER_ROLE, namespace)
        if why is None:
            return Role(name, namespace, ())
        if namespace is None and name in DEFAULTS:
            return DEFAULTS[name]
        shown = f"Role {namespace}/{name}" if namespace is not None else f"ClusterRole {name}"
        return Role(name, namespace, (), None, Unknown(why.cause, f"{shown} was not read: {why.detail}"))

    def is_namespaced(self, group: str, resource: str) -> bool | Unknown | None:
        """Whether objects of the resource are in namespaces; None where nothing serves it."""
        if resource in NAMESPACED.get(group, ()):
            return True
        if resource in CLUSTER_WIDE.get(group, ()):
            return False
        if group in NAMESPACED and not group.endswith(".k8s.io"):
            return None
        for each in self.objects(DEFINITION):
            if text_at(each.body, "spec", "group") == group and (
                text_at(each.body, "spec", "names", "plural") == resource
            ):
                return text_at(each.body, "spec", "scope") == "Namespaced"
        served = [each for each in self.objects(API_SERVICE) if at(each.body, "spec", "service") is not None]
        if any(text_at(each.body, "spec", "group") == group for each in served):
            return Unknown("not-modelled", f"{resource} of {group} are served by an API server of their own")
        why = self.missing(DEFINITION) or self.missing(API_SERVICE)
        if why is None:
            return None
        return Unknown(why.cause, f"whether {resource} of {group} are in namespaces: {why.detail}")

    def defined(self, group: str, resource: str) -> str | None:
        """The model's type of a custom resource; None where no definition of it was read."""
        for each in self.objects(DEFINITION):
            if text_at(each.body, "spec", "group") == group and (
                text_at(each.body, "spec", "names", "plural") == resource
            ):
                kind = text_at(each.body, "spec", "names", "kind")
                return type_name(group, kind) if isinstance(kind, str) else None
        return None

    def definitions(self, group: str | None, resource: str | None) -> Iterator[tuple[str, str, bool]]:
        """Those of `custom_resources` of the group and the name; None is any."""
        for named, plural, placed in self.custom_resources:
            if group in (None, named) and resource in (None, plural):
                yield named, plural, placed

    def add(self, resource: Resource, body: Mapping[str, object] | Unknown) -> None:
        """Adds an object; `complete` must be called after the last."""
        if resource.type == LISTING:
            self._take_listing(body)
            return
        if isinstance(body, Unknown):
            self._refused.setdefault(resource.type, body)
            return
        name = text_at(body, "metadata", "name")
        namespace = text_at(body, "metadata", "namespace") if resource.type in SCOPED or _says(body) else None
        if namespace in (None, "") and resource.type in SCOPED:
            # What says no namespace is put into the one that is applied to.
            namespace = Unknown("undeclared", f"the file names no namespace for {resource.logical_id}")
        made = Object(resource, body, name if name is not None else resource.logical_id, namespace)
        self._by_type.setdefault(resource.type, []).append(made)
        if isinstance(namespace, str):
            self._placed.setdefault((resource.type, namespace), []).append(made)

    def complete(self, inventory: Inventory) -> None:
        """Works out namespaces, roles, bindings, service accounts and principals of what was added."""
        for each in self.objects(NAMESPACE):
            if isinstance(each.name, str) and each.name:
                labels, doubt = labels_of(each.body, "metadata", "labels")
                # The API server sets this label by itself ("Automatic labelling").
                labels["kubernetes.io/metadata.name"] = each.name
                self.namespaces[each.name] = Namespace(each.name, labels, doubt, each.resource)
            else:
                nameless = Unknown("invalid-template", f"namespace {each.resource.logical_id} has no name")
                self.unnamed = self.unnamed or (each.name if isinstance(each.name, Unknown) else nameless)
        self.unnamed = self.unnamed or self._refused.get(NAMESPACE) or self.missing(NAMESPACE)
        self.custom_resources = tuple(self._defined())
        for _, namespace in self._placed:
            self._know(namespace)
        texts = [
            (role_of(each.name, each.resource, each.body, None), each.body)
            for each in self.objects(CLUSTER_ROLE)
            if isinstance(each.name, str)
        ]
        for role, body in texts:
            known = role
            # Of a cluster that runs, `rules` are what the controller has put together.
            if role.aggregated and not self.key:
                known = aggregated(role, body, texts)
                why = self.missing(CLUSTER_ROLE)
                if known.doubt is None and why is not None:
                    known = Role(known.name, None, known.rules, known.source, why, aggregated=True)
            self.roles[None, role.name] = known
        for each in self.objects(ROLE):
            if isinstance(each.namespace, str) and isinstance(each.name, str):
                self.roles[each.namespace, each.name] = role_of(each.name, each.resource, each.body, each.namespace)
        for each in self.objects(CLUSTER_ROLE_BINDING):
            self.bindings.append(binding_of(_name(each), each.resource, each.body, None))
        for each in self.objects(ROLE_BINDING):
            if isinstance(each.namespace, str):
                self.bindings.append(binding_of(_name(each), each.resource, each.body, each.namespace))
        for each in self.objects(SERVICE_ACCOUNT):
            if isinstance(each.namespace, str) and isinstance(each.name, str):
                self.accounts.setdefault(each.namespace, set()).add(each.name)
        for name in self.namespaces:
            # Every namespace gets one ("Default service accounts").
            self.accounts.setdefault(name, set()).add("default")

        for each in self.objects_in(CONFIG_MAP, "kube-system"):
            if each.name == "aws-auth":
                for one in mapped(each.body, each.resource):
                    if isinstance(one, Unread):
                        self.unread.append((one, each.resource))
                    else:
                        self.principals.append(one)
        principals, granted = entries(inventory, tuple(self.namespaces))
        self.principals += principals
        for binding, role in granted:
            self.bindings.append(binding)
            self._granted[id(binding)] = role

    def _defined(self) -> Iterator[tuple[str, str, bool]]:
        for each in self.objects(DEFINITION):
            named, plural = text_at(each.body, "spec", "group"), text_at(each.body, "spec", "names", "plural")
            if isinstance(named, str) and isinstance(plural, str):
                yield named, plural, text_at(each.body, "spec", "scope") == "Namespaced"

    def node_access(self, pod: Object) -> str | Unknown | None:
        """As `node_of_pod`; worked out once for a pod."""
        if id(pod) not in self._nodes_of:
            self._nodes_of[id(pod)] = node_of_pod(pod.body)
        return self._nodes_of[id(pod)]

    def placed_nowhere(self, kind: str) -> Unknown | None:
        """Why an object of the type may be in some namespace, where it is not known which."""
        return next((each.namespace for each in self.objects(kind) if isinstance(each.namespace, Unknown)), None)

    def _know(self, name: str) -> None:
        if name not in self.namespaces:
            why = self.missing(NAMESPACE) or Unknown("not-collected", f"namespace {name} was not read")
            self.namespaces[name] = Namespace(name, {"kubernetes.io/metadata.name": name}, why, None)

    def _take_listing(self, body: Mapping[str, object] | Unknown) -> None:
        if isinstance(body, Unknown):
            return
        listed = at(body, "Listed")
        if listed == EVERYWHERE:
            self._everything = True
        for each in items_of(listed):
            kind = text_at(each, "Type")
            places = [place for place in items_of(at(each, "Namespaces")) if isinstance(place, str)]
            if isinstance(kind, str):
                known = self._listed.get(kind, frozenset())
                self._listed[kind] = known | frozenset(places or (EVERYWHERE,))
        for each in items_of(at(body, "Refused")):
            kind, why = text_at(each, "Type"), text_at(each, "Why")
            if isinstance(kind, str):
                denied = text_at(each, "Cause") in (None, "access-denied")
                detail = f"{_plural(kind)} could not be listed: {why}"
                self._refused[kind] = Unknown("access-denied" if denied else "not-collected", detail)


def _name(each: Object) -> str:
    return each.name if isinstance(each.name, str) else each.resource.logical_id


def _says(body: Mapping[str, object]) -> bool:
    return at(body, "metadata", "namespace") is not None


def _plural(kind: str) -> str:
    known = PLURALS.get(kind)
    return known[1] if known is not None else f"objects of type {kind.rpartition('::')[2]}"


def clusters_of(inventory: Inventory) -> dict[str, Cluster]:
    """Every cluster that objects were read of, by its key; worked out once for an inventory."""
    found = inventory.remember(clusters_of, lambda: _build(inventory))
    assert isinstance(found, dict)  # noqa: S101  # what was put there
    return found


def _build(inventory: Inventory) -> dict[str, Cluster]:
    found: dict[str, Cluster] = {}
    for kind, resources in inventory.types.items():
        if not kind.startswith("Kubernetes::") and kind != LISTING:
            continue
        for resource in resources:
            key = cluster_key(resource)
            if key not in found:
                found[key] = Cluster(key)
            found[key].add(resource, body_of(resource))
    for cluster in found.values():
        cluster.complete(inventory)
    return found
