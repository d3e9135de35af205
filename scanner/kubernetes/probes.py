"""Which request a rule allows on the objects of somebody's namespace, the worst of them first."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.base.record import record
from scanner.kubernetes.api_resources import CLUSTER_WIDE, NAMESPACED, SUBRESOURCES, TYPES, UNKEPT
from scanner.kubernetes.cluster import Cluster
from scanner.kubernetes.rbac import ANY, Rule
from scanner.model.unknown import Unknown

VERBS = ("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection")
"""What a request for objects does; other verbs of rules go with such a request (`bind`, `escalate`, `approve`)."""
_READ = ("get", "list", "watch")
_WRITE = ("create", "update", "patch", "delete", "deletecollection")
# Asked first, for what they are worth; any other resource follows.
_WORST: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    ("", "secrets", "", _READ),
    ("", "serviceaccounts", "token", ("create",)),
    ("", "serviceaccounts", "", ("impersonate",)),
    ("", "pods", "exec", ("create", "get")),
    ("", "pods", "attach", ("create", "get")),
    ("", "pods", "ephemeralcontainers", ("update", "patch")),
    ("", "pods", "", ("create", "update", "patch")),
    ("apps", "deployments", "", _WRITE),
    ("", "pods", "log", _READ),
    ("", "configmaps", "", (*_WRITE, *_READ)),
    ("", "pods", "", (*_WRITE, *_READ)),
)
_BUILT_IN = frozenset().union(*NAMESPACED.values(), *CLUSTER_WIDE.values())
# Answers to "may somebody do this?" tell no object of the namespace.
_HARMLESS = frozenset({("authorization.k8s.io", "localsubjectaccessreviews")})


@record
class Probe:
    """A kind of request on objects of a namespace; `name` is empty where it needs none."""

    verb: str
    group: str
    resource: str
    subresource: str
    name: str = ""

    @property
    def shown(self) -> str:
        """As `kubectl auth can-i` takes it."""
        named = self.resource if not self.subresource else f"{self.resource}/{self.subresource}"
        return f"{self.verb} {named}" + (f".{self.group}" if self.group and not self.subresource else "")


def probe_of(rule: Rule, cluster: Cluster, namespace: str) -> Probe | Unknown | None:
    """The worst request that the rule allows in the namespace; unknown where only what was not read would tell."""
    doubt: Unknown | None = None
    for verb, group, resource, subresource in _covered(rule, cluster):
        if isinstance(group, Unknown):
            doubt = doubt or group
            continue
        name = _name_in(rule, cluster, namespace, group, resource) if rule.named else ""
        if isinstance(name, str):
            return Probe(verb, group, resource, subresource, name)
        doubt = doubt or name
    return doubt


def _name_in(rule: Rule, cluster: Cluster, namespace: str, group: str, resource: str) -> str | Unknown | None:
    """The name of an object there that the rule means; None where none of them is there."""
    if resource in UNKEPT:
        return None
    kind = TYPES.get((group, resource)) or cluster.defined(group, resource)
    if kind is None:
        return Unknown("not-modelled", f"whether {resource} of those names are in namespace {namespace}")
    for each in cluster.objects_in(kind, namespace):
        if isinstance(each.name, str) and each.name in rule.names:
            return each.name
    if kind == "Kubernetes::core::ServiceAccount":
        known = rule.names & cluster.accounts.get(namespace, set())
        if known:
            return min(known)
    return cluster.missing(kind, namespace)


def _covered(rule: Rule, cluster: Cluster) -> Iterator[tuple[str, str | Unknown, str, str]]:
    for group, resource, subresource, verbs in _WORST:
        for verb in verbs:
            if rule.covers(verb, group, resource, subresource):
                yield verb, group, resource, subresource
                break
    verbs = tuple(each for each in VERBS if each in rule.verbs or ANY in rule.verbs)
    if not verbs:
        return
    for written in sorted(rule.resources):
        resource, _, subresource = written.partition("/")
        for group in sorted(rule.groups):
            for each in _served(group, resource, subresource, cluster):
                if isinstance(each, Unknown):
                    yield verbs[0], each, resource, subresource
                elif each not in _HARMLESS and _has(each[0], each[1], subresource):
                    for verb in verbs:
                        if rule.covers(verb, each[0], each[1], subresource):
                            yield verb, each[0], each[1], subresource
                            break


def _has(group: str, resource: str, subresource: str) -> bool:
    """Whether the resource has such a part; what is defined by others may have any."""
    return not subresource or group not in NAMESPACED or (resource, subresource) in SUBRESOURCES


def _served(group: str, resource: str, subresource: str, cluster: Cluster) -> Iterator[tuple[str, str] | Unknown]:
    """The resources in namespaces that a group and a resource of a rule mean."""
    if ANY not in (resource, group):
        known = cluster.is_namespaced(group, resource)
        if isinstance(known, Unknown):
            yield known
        elif known:
            yield group, resource
        return
    for each in NAMESPACED if group == ANY else (group,):
        for name in sorted(NAMESPACED.get(each, ())):
            if resource in (ANY, name):
                yield each, name
    for named, plural, placed in cluster.definitions(None if group == ANY else group, None):
        if placed and resource in (ANY, plural):
            yield named, plural
    if resource == ANY and not subresource and group not in (ANY, *NAMESPACED):
        # A whole API group: what it serves is in its definitions, as far as they were read.
        known = cluster.is_namespaced(group, "resources")
        if isinstance(known, Unknown):
            yield known
    if resource != ANY and group == ANY and resource not in _BUILT_IN:
        known = cluster.is_namespaced("any.group", resource)
        if isinstance(known, Unknown):
            yield known
