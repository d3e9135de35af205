"""`kubectl auth can-i` as the Kubernetes documentation has it, restated by hand and apart from the product.

"Using RBAC Authorization", "Authorization Overview", "User Impersonation", "RBAC Good Practices", "Managing Service
Accounts". Reads the objects as they are printed; nothing of `scanner` is imported.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

Body = dict[str, Any]


class Who(NamedTuple):
    """A caller after authentication."""

    name: str
    groups: frozenset[str]


def who(namespace: str, account: str) -> Who:
    name = f"system:serviceaccount:{namespace}:{account}"
    groups = ["system:serviceaccounts", "system:serviceaccounts:" + namespace, "system:authenticated"]
    return Who(name, frozenset(groups))


class CanI:
    """One cluster, given as the objects that it prints."""

    def __init__(self, objects: Iterable[Body]) -> None:
        self.objects = list(objects)
        self.bound: list[tuple[str | None, list[Body], list[Body]]] = []
        roles = {
            (each["kind"], each["metadata"].get("namespace"), each["metadata"]["name"]): each.get("rules") or []
            for each in self.objects
            if each["kind"] in ("Role", "ClusterRole")
        }
        for each in self.objects:
            if each["kind"] not in ("RoleBinding", "ClusterRoleBinding"):
                continue
            place = each["metadata"].get("namespace") if each["kind"] == "RoleBinding" else None
            kind = each["roleRef"]["kind"]
            rules = roles.get((kind, place if kind == "Role" else None, each["roleRef"]["name"]), [])
            self.bound.append((place, each.get("subjects") or [], rules))

    def rules_for(self, caller: Who, namespace: str) -> Iterator[Body]:
        for place, subjects, rules in self.bound:
            if place in (None, namespace) and any(_is(caller, subject) for subject in subjects):
                yield from rules

    def __call__(
        self, caller: Who, verb: str, resource: str, namespace: str = "", name: str = "", group: str = ""
    ) -> bool:
        """`resource` has its subresource behind a slash, as `kubectl auth can-i get pods --subresource=log` joins."""
        if "system:masters" in caller.groups:
            return True
        for rule in self.rules_for(caller, namespace):
            if not _one_of(verb, rule.get("verbs")) or not _one_of(group, rule.get("apiGroups")):
                continue
            resources = rule.get("resources") or []
            below = resource.partition("/")[2]
            if not ("*" in resources or resource in resources or (below and "*/" + below in resources)):
                continue
            names = rule.get("resourceNames") or []
            if not names or (name and name in names):
                return True
        return False

    def named(self, kind: str, namespace: str) -> list[str]:
        return [
            each["metadata"]["name"]
            for each in self.objects
            if each["kind"] == kind and each["metadata"].get("namespace") == namespace
        ]


def _one_of(wanted: str, written: list[str] | None) -> bool:
    return bool(written) and ("*" in written or wanted in written)


def _is(caller: Who, subject: Body) -> bool:
    if subject["kind"] == "User":
        return subject["name"] == caller.name
    if subject["kind"] == "Group":
        return subject["name"] in caller.groups
    return caller.name == f"system:serviceaccount:{subject['namespace']}:{subject['name']}"


VERBS = ("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection")
KINDS = {
    "pods": ("", "Pod"),
    "secrets": ("", "Secret"),
    "configmaps": ("", "ConfigMap"),
    "serviceaccounts": ("", "ServiceAccount"),
    "events": ("", "Event"),
    "deployments": ("apps", "Deployment"),
    "jobs": ("batch", "Job"),
    "replicationcontrollers": ("", "ReplicationController"),
    "roles": ("rbac.authorization.k8s.io", "Role"),
    "rolebindings": ("rbac.authorization.k8s.io", "RoleBinding"),
}
BELOW = (
    "replicationcontrollers/scale",
    "pods/exec",
    "pods/log",
    "pods/attach",
    "pods/ephemeralcontainers",
    "serviceaccounts/token",
    "deployments/scale",
)
RBAC = "rbac.authorization.k8s.io"


def touches(can: CanI, caller: Who, namespace: str) -> bool:
    """Whether the caller may make any request for an object that is in the namespace, or for one yet to be made."""
    if can(caller, "impersonate", "serviceaccounts", namespace) or any(
        can(caller, "impersonate", "serviceaccounts", namespace, name)
        for name in can.named("ServiceAccount", namespace)
    ):
        return True
    for resource in (*KINDS, *BELOW):
        group, kind = KINDS[resource.partition("/")[0]]
        for verb in VERBS:
            if can(caller, verb, resource, namespace, "", group):
                return True
            # A request to make an object, or to remove all, says no name; one for a part of an object always does.
            if verb in ("create", "deletecollection") and "/" not in resource:
                continue
            if any(can(caller, verb, resource, namespace, name, group) for name in can.named(kind, namespace)):
                return True
    return False


def takes_over(can: CanI, callers: Iterable[Who]) -> bool:
    """Whether the callers together may do what makes one of them master of the cluster ("RBAC Good Practices")."""
    callers = list(callers)

    def some(verb: str, resource: str, group: str = "", name: str = "") -> bool:
        return any(can(each, verb, resource, "", name, group) for each in callers)

    admission, certificates = "admissionregistration.k8s.io", "certificates.k8s.io"
    if some("get", "nodes/proxy") or some("create", "nodes/proxy"):
        return True
    if some("get", "nodes/pods") or some("get", "nodes/log"):
        return True
    for resource in ("nodes", "persistentvolumes", "namespaces"):
        if any(some(verb, resource) for verb in ("update", "patch", "delete", "deletecollection")):
            return True
    for resource in ("mutatingwebhookconfigurations", "validatingwebhookconfigurations"):
        if any(some(verb, resource, admission) for verb in ("create", "update", "patch")):
            return True
    if any(some(verb, "mutatingadmissionpolicies", admission) for verb in ("update", "patch")):
        return True
    if any(some(verb, "apiservices", "apiregistration.k8s.io") for verb in ("create", "update", "patch")):
        return True
    if some("impersonate", "users"):
        return True
    if (
        some("create", "certificatesigningrequests", certificates)
        and (
            some("update", "certificatesigningrequests/approval", certificates)
            or some("patch", "certificatesigningrequests/approval", certificates)
        )
        and some("approve", "signers", certificates, "kubernetes.io/kube-apiserver-client")
    ):
        return True
    binds = some("bind", "clusterroles", RBAC)
    return binds and any(some(verb, "clusterrolebindings", RBAC) for verb in ("create", "update", "patch"))


CONTROLLERS = {
    "deployments": ("apps", "Deployment"),
    "daemonsets": ("apps", "DaemonSet"),
    "statefulsets": ("apps", "StatefulSet"),
    "replicasets": ("apps", "ReplicaSet"),
    "replicationcontrollers": ("", "ReplicationController"),
    "cronjobs": ("batch", "CronJob"),
}


def runs_pods(can: CanI, caller: Who, place: str) -> bool:
    """Whether the caller may have a pod of its own making run in the namespace."""
    if can(caller, "create", "pods", place) or can(caller, "create", "jobs", place, "", "batch"):
        return True
    for resource, (group, kind) in CONTROLLERS.items():
        for verb in ("create", "update", "patch"):
            names = [""] if verb == "create" else ["", *can.named(kind, place)]
            if any(can(caller, verb, resource, place, name, group) for name in names):
                return True
    return False


def unguarded(can: CanI, place: str) -> bool:
    """Whether no level that shuts the node off is enforced there ("Pod Security Admission")."""
    level = "pod-security.kubernetes.io/enforce"
    spaces = [each for each in can.objects if each["kind"] == "Namespace" and each["metadata"]["name"] == place]
    return not any(each["metadata"].get("labels", {}).get(level) in ("baseline", "restricted") for each in spaces)


def becomes(can: CanI, caller: Who, namespaces: Iterable[str]) -> Iterator[Who]:
    """As whom the caller can act next."""
    for place in namespaces:
        accounts = can.named("ServiceAccount", place)
        for account in accounts:
            if can(caller, "create", "serviceaccounts/token", place, account) or can(
                caller, "impersonate", "serviceaccounts", place, account
            ):
                yield who(place, account)
        if runs_pods(can, caller, place):
            yield from (who(place, account) for account in accounts)
        for pod in can.objects:
            if pod["kind"] != "Pod" or pod["metadata"]["namespace"] != place:
                continue
            name = pod["metadata"]["name"]
            if any(
                can(caller, verb, "pods" + below, place, name)
                for below, verbs in (
                    ("/exec", ("create", "get")),
                    ("/attach", ("create", "get")),
                    ("/ephemeralcontainers", ("update", "patch")),
                    ("", ("update", "patch")),
                )
                for verb in verbs
            ):
                yield who(place, pod["spec"]["serviceAccountName"])
        for secret in can.objects:
            if secret["kind"] == "Secret" and secret["metadata"]["namespace"] == place:
                name = secret["metadata"]["name"]
                if any(can(caller, verb, "secrets", place, name) for verb in ("get", "list", "watch")):
                    yield who(place, secret["metadata"]["annotations"]["kubernetes.io/service-account.name"])


def makes_tokens(can: CanI, callers: Iterable[Who], place: str) -> bool:
    """Whether the callers can have a Secret with a token made there, and read it ("Managing Service Accounts")."""
    callers = list(callers)
    makes = any(can(each, "create", "secrets", place) for each in callers)
    # What is made has a name of the maker's choice, so that a rule for some names is as good as one for all.
    reads = any(
        {"get", "list", "watch", "*"} & set(rule.get("verbs") or [])
        and {"", "*"} & set(rule.get("apiGroups") or [])
        and {"secrets", "*"} & set(rule.get("resources") or [])
        for each in callers
        for rule in can.rules_for(each, place)
    )
    return makes and reads


def unlocks(can: CanI, callers: Iterable[Who], place: str) -> bool:
    """Whether the callers can take the level from the namespace, by its labels, and run pods there."""
    callers = list(callers)
    labels = any(can(each, verb, "namespaces", place, place) for each in callers for verb in ("update", "patch"))
    return labels and any(runs_pods(can, each, place) for each in callers)


def masters_of(can: CanI, callers: Iterable[Who], namespaces: Iterable[str]) -> Iterator[str]:
    """Namespaces of which the callers can make themselves masters; the empty name is the whole cluster.

    ("Privilege escalation prevention and bootstrapping": `bind` lets a caller bind a role it does not hold, `escalate`
    lets it write into a role what it does not hold.)
    """
    callers = list(callers)

    def some(verb: str, resource: str, place: str, name: str = "") -> bool:
        return any(can(each, verb, resource, place, name, RBAC) for each in callers)

    roles = {
        (each["metadata"].get("namespace"), each["metadata"]["name"])
        for each in can.objects
        if each["kind"] in ("Role", "ClusterRole")
    }
    for place in namespaces:
        makes = any(some(verb, "rolebindings", place) for verb in ("create", "update", "patch")) or any(
            some(verb, "rolebindings", place, name)
            for verb in ("update", "patch")
            for name in can.named("RoleBinding", place)
        )
        if makes and (some("bind", "roles", place) or some("bind", "clusterroles", place)):
            yield place
    for each in can.objects:
        if each["kind"] not in ("RoleBinding", "ClusterRoleBinding"):
            continue
        if not any(_is(caller, subject) for caller in callers for subject in each.get("subjects") or []):
            continue
        scope = each["metadata"].get("namespace", "")
        name, kind = each["roleRef"]["name"], each["roleRef"]["kind"]
        home = scope if kind == "Role" else ""
        if (home or None, name) not in roles:
            continue
        resource = "roles" if kind == "Role" else "clusterroles"
        changes = some("update", resource, home, name) or some("patch", resource, home, name)
        if changes and some("escalate", resource, home, name):
            yield scope


def reaches(can: CanI, start: Who, others: Iterable[str], namespaces: Iterable[str]) -> bool:
    """Whether the caller, and all that it can act as, touch something in a namespace of others."""
    others, namespaces = list(others), list(namespaces)
    seen: set[Who] = set()
    waiting = [start, Who("system:anonymous", frozenset({"system:unauthenticated"}))]
    while waiting:
        caller = waiting.pop()
        if caller not in seen:
            seen.add(caller)
            if any(touches(can, caller, place) for place in others):
                return True
            if any(unguarded(can, place) and runs_pods(can, caller, place) for place in namespaces):
                return True
            for place in namespaces:
                if makes_tokens(can, seen, place):
                    waiting += [who(place, name) for name in can.named("ServiceAccount", place)]
            waiting += becomes(can, caller, namespaces)
        waiting = [each for each in waiting if each not in seen]
        if not waiting and any(unlocks(can, seen, place) for place in namespaces):
            return True
        # The master of a namespace takes the level from it, by its labels, and runs a privileged pod there.
        if not waiting and any(True for _ in masters_of(can, seen, namespaces)):
            return True
    return takes_over(can, seen)
