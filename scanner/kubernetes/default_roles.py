"""The roles for people that every API server makes by itself ("Using RBAC Authorization", "User-facing roles").

Files that are applied to a cluster bind them without writing them down. `admin`, `edit` and `view` are aggregated, so
that what is listed here is the least that they allow.
"""

from __future__ import annotations

from scanner.kubernetes.rbac import Role, Rule
from scanner.model.unknown import Unknown

_READ = frozenset({"get", "list", "watch"})
_WRITE = frozenset({"create", "update", "patch", "delete", "deletecollection"})
_NONE: frozenset[str] = frozenset()
_CORE = frozenset({""})
_SEEN = frozenset(
    {
        "configmaps",
        "endpoints",
        "events",
        "limitranges",
        "persistentvolumeclaims",
        "pods",
        "pods/log",
        "pods/status",
        "replicationcontrollers",
        "resourcequotas",
        "serviceaccounts",
        "services",
    }
)
_CHANGED = frozenset(
    {
        "configmaps",
        "events",
        "persistentvolumeclaims",
        "pods",
        "pods/attach",
        "pods/eviction",
        "pods/exec",
        "pods/portforward",
        "pods/proxy",
        "replicationcontrollers",
        "secrets",
        "serviceaccounts",
        "services",
        "services/proxy",
    }
)
_APPS = frozenset({"daemonsets", "deployments", "replicasets", "statefulsets"})
_RBAC = frozenset({"rbac.authorization.k8s.io"})


def _rule(number: int, verbs: frozenset[str], groups: frozenset[str], resources: frozenset[str]) -> Rule:
    return Rule(verbs, groups, resources, _NONE, _NONE, number)


_VIEW = (
    _rule(0, _READ, _CORE, _SEEN),
    _rule(1, _READ, frozenset({"apps"}), _APPS),
    _rule(2, _READ, frozenset({"batch"}), frozenset({"jobs", "cronjobs"})),
    _rule(3, _READ, frozenset({"networking.k8s.io"}), frozenset({"ingresses", "networkpolicies"})),
)
_EDIT = (
    *_VIEW,
    _rule(4, _READ, _CORE, frozenset({"secrets", "pods/exec", "pods/attach", "pods/portforward", "pods/proxy"})),
    _rule(5, _WRITE, _CORE, _CHANGED),
    _rule(6, _WRITE, frozenset({"apps"}), _APPS),
    _rule(7, _WRITE, frozenset({"batch"}), frozenset({"jobs", "cronjobs"})),
    _rule(8, _WRITE, frozenset({"networking.k8s.io"}), frozenset({"ingresses", "networkpolicies"})),
    _rule(9, frozenset({"create"}), _CORE, frozenset({"serviceaccounts/token"})),
    _rule(10, frozenset({"impersonate"}), _CORE, frozenset({"serviceaccounts"})),
)
_ADMIN = (*_EDIT, _rule(11, _READ | _WRITE, _RBAC, frozenset({"roles", "rolebindings"})))
_STAR = frozenset({"*"})
_MORE = Unknown("not-collected", "the role is aggregated, and other roles of the cluster may add rules to it")

DEFAULTS: dict[str, Role] = {
    "cluster-admin": Role(
        "cluster-admin", None, (_rule(0, _STAR, _STAR, _STAR), Rule(_STAR, _NONE, _NONE, _NONE, _STAR, 1))
    ),
    "admin": Role("admin", None, _ADMIN, None, _MORE, aggregated=True),
    "edit": Role("edit", None, _EDIT, None, _MORE, aggregated=True),
    "view": Role("view", None, _VIEW, None, _MORE, aggregated=True),
}
HARMLESS = frozenset({"system:basic-user", "system:discovery", "system:public-info-viewer"})
"""Roles of every cluster that allow nothing in any namespace ("API discovery roles")."""
