"""Labelled situations with their neighbours: who reaches another tenant's namespace, and who only seems to."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.prover.system.proof import Proof
from tests.kubernetes_dumps import (
    Body,
    account,
    binding,
    cluster_binding,
    cluster_role,
    proof,
    role,
    rule,
    tenant,
    thing,
    write,
)

API = account("api", "acme")
RBAC = "rbac.authorization.k8s.io"
ADMISSION = "admissionregistration.k8s.io"
CERTIFICATES = "certificates.k8s.io"


def everywhere(*rules: Body) -> list[Body]:
    """The rules for acme's service account in all of the cluster."""
    return [cluster_role("it", *rules), cluster_binding("it", API)]


def there(*rules: Body) -> list[Body]:
    """The rules for acme's service account in globex' namespace."""
    return [role("it", "globex", *rules), binding("it", "globex", API)]


def here(*rules: Body) -> list[Body]:
    """The rules for acme's service account in its own namespace."""
    return [role("it", "acme", *rules), binding("it", "acme", API)]


def wide(name: str, namespace: str = "acme") -> list[Body]:
    """Another service account, which may read the secrets of all namespaces."""
    return [
        thing("ServiceAccount", name, namespace),
        cluster_role("wide", rule("get", "secrets")),
        cluster_binding("wide", account(name, namespace)),
    ]


def pod(name: str, namespace: str, account_name: str, **spec: object) -> Body:
    containers = [{"name": "c", "image": "i"}]
    return thing("Pod", name, namespace, spec={"serviceAccountName": account_name, "containers": containers, **spec})


def loose(verb: str) -> list[Body]:
    """What acme's service account may do to pods of acme's second namespace."""
    return [role("p", "loose", rule(verb, "pods")), binding("p", "loose", API)]


OPEN = {"pod-security.kubernetes.io/enforce": "privileged"}
WARNS = {"pod-security.kubernetes.io/enforce": "privileged", "pod-security.kubernetes.io/warn": "restricted"}
TOKEN = thing(
    "Secret",
    "t",
    "acme",
    type="kubernetes.io/service-account-token",
    annotations={"kubernetes.io/service-account.name": "wide"},
    data={"token": "c2VjcmV0"},
)
DEFINED = thing(
    "CustomResourceDefinition",
    "visits.clinic.example",
    version="apiextensions.k8s.io/v1",
    spec={"group": "clinic.example", "scope": "Namespaced", "names": {"plural": "visits", "kind": "Visit"}},
)
AGGREGATED = {"labels": {"to-reader": "true"}}

# name: objects, verdict, and words of the sentence
CASES: dict[str, tuple[list[Body], str, str]] = {
    "nothing is bound": ([], "ISOLATED", "reaches no namespace"),
    "secrets of all namespaces": (everywhere(rule("get", "secrets")), "LEAK", "can `get secrets` in namespace globex"),
    "secrets of its own namespace": (here(rule("get", "secrets")), "ISOLATED", ""),
    "a ClusterRole bound in its own namespace": (
        [cluster_role("r", rule("get", "secrets")), binding("r", "acme", API, kind="ClusterRole")],
        "ISOLATED",
        "",
    ),
    "a ClusterRole bound in another's": (
        [cluster_role("r", rule("get", "secrets")), binding("r", "globex", API, kind="ClusterRole")],
        "LEAK",
        "RoleBinding globex/r-here of ClusterRole r",
    ),
    "a Role bound in another's": (there(rule("list", "pods")), "LEAK", "can `list pods` in namespace globex"),
    "a Role of the same name in another namespace": (
        [role("r", "globex", rule("get", "secrets")), role("r", "acme"), binding("r", "acme", API)],
        "ISOLATED",
        "",
    ),
    "a binding to a role that is not there": ([cluster_binding("gone", API)], "ISOLATED", ""),
    "another's service account of the same name": (
        [cluster_role("r", rule("get", "secrets")), cluster_binding("r", account("api", "globex"))],
        "ISOLATED",
        "",
    ),
    "every verb": (everywhere(rule("*", "configmaps")), "LEAK", "configmaps"),
    "every resource": (everywhere(rule("get", "*")), "LEAK", "get secrets"),
    "every group": (everywhere(rule("get", "*", "*")), "LEAK", "get secrets"),
    "another group's resources": (everywhere(rule("get", "secrets", "apps")), "ISOLATED", ""),
    "a verb that no request has": (everywhere(rule("use", "secrets")), "ISOLATED", ""),
    "the group of its namespace's accounts": (
        [
            cluster_role("r", rule("get", "secrets")),
            cluster_binding("r", {"kind": "Group", "name": "system:serviceaccounts:acme"}),
        ],
        "LEAK",
        "",
    ),
    "the group of another namespace's accounts": (
        [
            cluster_role("r", rule("get", "secrets")),
            cluster_binding("r", {"kind": "Group", "name": "system:serviceaccounts:globex"}),
        ],
        "ISOLATED",
        "",
    ),
    "all service accounts": (
        [
            cluster_role("r", rule("get", "secrets")),
            cluster_binding("r", {"kind": "Group", "name": "system:serviceaccounts"}),
        ],
        "LEAK",
        "",
    ),
    "whoever has signed in": (
        [
            cluster_role("r", rule("get", "secrets")),
            cluster_binding("r", {"kind": "Group", "name": "system:authenticated"}),
        ],
        "LEAK",
        "",
    ),
    "whoever has not": (
        [
            cluster_role("r", rule("get", "secrets")),
            cluster_binding("r", {"kind": "Group", "name": "system:unauthenticated"}),
        ],
        "LEAK",
        "",
    ),
    "its user name as a User": (
        [
            cluster_role("r", rule("get", "secrets")),
            cluster_binding("r", {"kind": "User", "name": "system:serviceaccount:acme:api"}),
        ],
        "LEAK",
        "",
    ),
    "the masters' group": (
        [cluster_role("r"), cluster_binding("r", {"kind": "Group", "name": "system:masters"})],
        "ISOLATED",
        "",
    ),
    "an object of that name is there": (
        [
            *everywhere(rule("get", "configmaps", "", ("settings",))),
            thing("ConfigMap", "settings", "globex", data={}),
        ],
        "LEAK",
        "configmaps",
    ),
    "an object of that name is not there": (
        [*everywhere(rule("get", "configmaps", "", ("settings",))), thing("ConfigMap", "other", "globex", data={})],
        "ISOLATED",
        "",
    ),
    "a name does not limit what is created": (
        [*everywhere(rule("create", "configmaps", "", ("settings",))), thing("ConfigMap", "settings", "globex")],
        "ISOLATED",
        "",
    ),
    "a subresource": (everywhere(rule("create", "pods/exec")), "LEAK", "create pods/exec"),
    "a subresource of whatever has it": (everywhere(rule("get", "*/log")), "LEAK", "get pods/log"),
    "the resource without its subresource": (there(rule("create", "pods/binding")), "LEAK", "pods/binding"),
    "tokens of another's accounts": (everywhere(rule("create", "serviceaccounts/token")), "LEAK", "token"),
    "tokens of a wide account of its own": (
        [*here(rule("create", "serviceaccounts/token")), *wide("wide")],
        "LEAK",
        "make tokens of service account acme/wide",
    ),
    "tokens of its own account only": (
        [*here(rule("create", "serviceaccounts/token", "", ("api",))), *wide("wide")],
        "ISOLATED",
        "",
    ),
    "accounts may be read, and no tokens made": (
        [*here(rule("get create", "serviceaccounts")), *wide("wide")],
        "ISOLATED",
        "",
    ),
    "a pod as a wide account of its own": ([*here(rule("create", "pods")), *wide("wide")], "LEAK", "it can run pods"),
    "a deployment as a wide account of its own": (
        [*here(rule("patch", "deployments", "apps")), *wide("wide")],
        "LEAK",
        "it can run pods",
    ),
    "a deployment that it may only read": (
        [*here(rule("get list", "deployments", "apps")), *wide("wide")],
        "ISOLATED",
        "",
    ),
    "a job with nobody wide around": (here(rule("create", "jobs", "batch")), "ISOLATED", ""),
    "a shell in a pod of a wide account": (
        [*here(rule("create", "pods/exec")), *wide("wide"), pod("w", "acme", "wide")],
        "LEAK",
        "run commands in pod acme/w",
    ),
    "a shell where no pod runs as the wide account": (
        [*here(rule("create", "pods/exec")), *wide("wide"), pod("w", "acme", "api")],
        "ISOLATED",
        "",
    ),
    "a shell in a pod without a token": (
        [
            *here(rule("create", "pods/exec")),
            *wide("wide"),
            pod("w", "acme", "wide", automountServiceAccountToken=False),
        ],
        "ISOLATED",
        "",
    ),
    "a secret that is a wide account's token": ([*here(rule("get", "secrets")), *wide("wide"), TOKEN], "LEAK", "token"),
    "a secret of that name only, and it is none": (
        [*here(rule("get", "secrets", "", ("other",))), *wide("wide"), TOKEN],
        "ISOLATED",
        "",
    ),
    "a wide account of the system's": (
        [
            role("r", "kube-system", rule("create", "pods")),
            binding("r", "kube-system", API),
            *wide("agent", "kube-system"),
        ],
        "LEAK",
        "kube-system",
    ),
    "any user": (everywhere(rule("impersonate", "users")), "LEAK", "any user"),
    "a user who reaches nothing": (everywhere(rule("impersonate", "users", "", ("jane",))), "ISOLATED", ""),
    "a user who reaches all": (
        [
            *everywhere(rule("impersonate", "users", "", ("jane",))),
            cluster_role("r", rule("get", "secrets")),
            cluster_binding("r", {"kind": "User", "name": "jane"}),
        ],
        "LEAK",
        "it can act as user jane",
    ),
    "groups without a user": (everywhere(rule("impersonate", "groups")), "ISOLATED", ""),
    "groups beside a user": (
        everywhere(rule("impersonate", "groups"), rule("impersonate", "users", "", ("jane",))),
        "LEAK",
        "system:masters",
    ),
    "another's service account": (there(rule("impersonate", "serviceaccounts")), "LEAK", "impersonate"),
    "the kubelet's interface": (everywhere(rule("get", "nodes/proxy")), "LEAK", "kubelet"),
    "the kubelet's metrics": (everywhere(rule("get", "nodes/metrics")), "ISOLATED", ""),
    "nodes may be read": (everywhere(rule("get list", "nodes namespaces persistentvolumes")), "ISOLATED", ""),
    "nodes may be removed": (everywhere(rule("delete", "nodes")), "LEAK", "take nodes away"),
    "the kubelet in a namespace means nothing": (here(rule("get", "nodes/proxy")), "ISOLATED", ""),
    "roles may be bound": (
        everywhere(rule("create", "clusterrolebindings", RBAC), rule("bind", "clusterroles", RBAC)),
        "LEAK",
        "bind itself to any role",
    ),
    "bindings without the right to bind": (everywhere(rule("create", "clusterrolebindings", RBAC)), "ISOLATED", ""),
    "the right to bind without bindings": (everywhere(rule("bind", "clusterroles", RBAC)), "ISOLATED", ""),
    "a role that may be bound and allows nothing": (
        [
            *everywhere(rule("create", "clusterrolebindings", RBAC), rule("bind", "clusterroles", RBAC, ("none",))),
            cluster_role("none"),
        ],
        "ISOLATED",
        "",
    ),
    "a role that may be bound and allows much": (
        [
            *everywhere(rule("create", "clusterrolebindings", RBAC), rule("bind", "clusterroles", RBAC, ("much",))),
            cluster_role("much", rule("get", "secrets")),
        ],
        "LEAK",
        "bind itself to role much",
    ),
    "roles may be bound in its own namespace": (
        here(rule("create", "rolebindings", RBAC), rule("bind", "roles clusterroles", RBAC)),
        "LEAK",
        "bind itself to any role, though it does not hold it (RoleBinding acme/it-here of Role it), then it can take",
    ),
    "its own role may be widened": (
        everywhere(rule("update escalate", "clusterroles", RBAC)),
        "LEAK",
        "add any rule to role it",
    ),
    "its own role may be changed, and not widened": (everywhere(rule("update", "clusterroles", RBAC)), "ISOLATED", ""),
    "another role may be widened": (
        [*everywhere(rule("update escalate", "clusterroles", RBAC, ("other",))), cluster_role("other")],
        "ISOLATED",
        "",
    ),
    "certificates may be asked for and approved": (
        everywhere(
            rule("create", "certificatesigningrequests", CERTIFICATES),
            rule("update", "certificatesigningrequests/approval", CERTIFICATES),
            rule("approve", "signers", CERTIFICATES, ("kubernetes.io/kube-apiserver-client",)),
        ),
        "LEAK",
        "client certificate",
    ),
    "certificates of servers only": (
        everywhere(
            rule("create", "certificatesigningrequests", CERTIFICATES),
            rule("update", "certificatesigningrequests/approval", CERTIFICATES),
            rule("approve", "signers", CERTIFICATES, ("kubernetes.io/kubelet-serving",)),
        ),
        "ISOLATED",
        "",
    ),
    "certificates may be asked for": (
        everywhere(rule("create", "certificatesigningrequests", CERTIFICATES)),
        "ISOLATED",
        "",
    ),
    "webhooks": (everywhere(rule("create", "mutatingwebhookconfigurations", ADMISSION)), "LEAK", "server of its"),
    "webhooks may be read": (everywhere(rule("get", "mutatingwebhookconfigurations", ADMISSION)), "ISOLATED", ""),
    "another's namespace and its labels": (everywhere(rule("patch", "namespaces")), "LEAK", "its labels"),
    "its own namespace's labels, and no pods": (here(rule("patch", "namespaces")), "ISOLATED", ""),
    "its own namespace's labels, and pods": (
        here(rule("patch", "namespaces"), rule("create", "pods")),
        "LEAK",
        "take the Pod Security level from namespace acme",
    ),
    "everything in its own namespace": (
        here({"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}),
        "LEAK",
        "take the Pod Security level",
    ),
    "secrets may be made and read, and somebody is wide": (
        [*here(rule("create get", "secrets")), *wide("wide")],
        "LEAK",
        "token of service account acme/wide made as a Secret",
    ),
    "secrets may be made, and not read": ([*here(rule("create", "secrets")), *wide("wide")], "ISOLATED", ""),
    "a role of any rule joins its own": (
        [
            *everywhere(rule("create escalate", "clusterroles", RBAC)),
            cluster_role("sum", aggregationRule={"clusterRoleSelectors": [{"matchLabels": {"to": "sum"}}]}),
            cluster_binding("sum", API),
        ],
        "LEAK",
        "becomes a part of role sum",
    ),
    "a role of any rule that joins nothing": (
        everywhere(rule("create escalate", "clusterroles", RBAC)),
        "ISOLATED",
        "",
    ),
    "volumes of a node's folders": (
        [
            *everywhere(rule("create", "persistentvolumes")),
            role("p", "acme", rule("create", "pods persistentvolumeclaims")),
            binding("p", "acme", API),
        ],
        "LEAK",
        "volume of any folder",
    ),
    "volumes, and no pods": (everywhere(rule("create", "persistentvolumes")), "ISOLATED", ""),
    "pods where nothing is enforced": (
        [thing("Namespace", "loose", labels={"TenantId": "acme"}), *loose("create")],
        "LEAK",
        "privileged pod",
    ),
    "pods where a level is only warned of": (
        [thing("Namespace", "loose", labels={"TenantId": "acme", **WARNS}), *loose("create")],
        "LEAK",
        "privileged pod",
    ),
    "pods may be read where nothing is enforced": (
        [thing("Namespace", "loose", labels={"TenantId": "acme", **OPEN}), *loose("get")],
        "ISOLATED",
        "",
    ),
    "pods where a webhook may refuse them": (
        [
            thing("Namespace", "loose", labels={"TenantId": "acme"}),
            *loose("create"),
            thing("ValidatingWebhookConfiguration", "guard", version=f"{ADMISSION}/v1", webhooks=[]),
        ],
        "NOT_PROVEN",
        "ValidatingWebhookConfiguration guard",
    ),
    "custom resources": ([*everywhere(rule("get", "visits", "clinic.example")), DEFINED], "LEAK", "visits"),
    "custom resources that nothing defines": (everywhere(rule("get", "visits", "clinic.example")), "ISOLATED", ""),
    "an aggregated role": (
        [
            cluster_role("reader", rule("get", "secrets"), aggregationRule={"clusterRoleSelectors": []}),
            cluster_binding("reader", API),
        ],
        "LEAK",
        "ClusterRole reader",
    ),
    "paths that are no resources": (
        everywhere({"nonResourceURLs": ["*"], "verbs": ["*"]}),
        "ISOLATED",
        "",
    ),
    "the map of IAM's roles": (
        [
            role("m", "kube-system", rule("patch", "configmaps")),
            binding("m", "kube-system", API),
            thing("ConfigMap", "aws-auth", "kube-system", data={"mapRoles": ""}),
        ],
        "LEAK",
        "aws-auth",
    ),
    "the settings of the system, where there is no map": (
        [role("m", "kube-system", rule("patch", "configmaps")), binding("m", "kube-system", API)],
        "ISOLATED",
        "",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_situation(tmp_path: Path, name: str) -> None:
    objects, verdict, words = CASES[name]
    found = proof(write(tmp_path, *tenant("acme"), *tenant("globex"), *objects))
    assert isinstance(found, Proof)
    assert found.verdict == verdict, found.sentence
    assert words in found.sentence
    if verdict == "LEAK":
        assert found.counterexample is not None
        assert found.counterexample.replayed
        assert found.counterexample.owner_tenant == "globex"
        assert found.counterexample.allowed_by or "unauthenticated" in found.sentence


def test_there_are_forty() -> None:
    assert len(CASES) >= 40
