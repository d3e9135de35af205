"""Ways to another tenant's namespace that were taken for none: privileged pods that are entered, labels of a namespace
by a role of the cluster, volumes without a claim, node certificates, bootstrap tokens, doubtful grants together,
controllers that act for whoever writes their objects."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.prover.system.proof import Proof
from tests.kubernetes.test_situations import (
    ADMISSION,
    CERTIFICATES,
    RBAC,
    everywhere,
    here,
    pod,
)
from tests.kubernetes_dumps import (
    TENANCY,
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


def privileged(namespace: str, **spec: object) -> Body:
    return pod("agent", namespace, "default", automountServiceAccountToken=False, **spec)


def container(**context: object) -> list[Body]:
    return [{"name": "c", "image": "i", "securityContext": context}]


def definition(plural: str, kind: str, group: str, scope: str) -> Body:
    spec = {"group": group, "scope": scope, "names": {"plural": plural, "kind": kind}}
    return thing("CustomResourceDefinition", f"{plural}.{group}", version="apiextensions.k8s.io/v1", spec=spec)


HOST = {"hostPID": True, "containers": container(privileged=True)}
SHARED = thing("Namespace", "monitoring")
INTO = [role("x", "monitoring", rule("create", "pods/exec")), binding("x", "monitoring", API)]

# name: objects, verdict, words of the sentence
CASES: dict[str, tuple[list[Body], str, str]] = {
    "a shell in a privileged pod of its own": (
        [*here(rule("create", "pods/exec")), privileged("acme", containers=container(privileged=True))],
        "LEAK",
        "node",
    ),
    "a shell in a pod that shares the node's processes": (
        [*here(rule("get", "pods/exec")), privileged("acme", **HOST)],
        "LEAK",
        "node",
    ),
    "a shell in a pod with a folder of the node": (
        [*here(rule("create", "pods/exec")), privileged("acme", volumes=[{"name": "v", "hostPath": {"path": "/"}}])],
        "LEAK",
        "node",
    ),
    "a shell in a privileged pod of a shared namespace": (
        [SHARED, *INTO, privileged("monitoring", containers=container(privileged=True))],
        "LEAK",
        "node",
    ),
    "attached to a privileged pod": (
        [*here(rule("create", "pods/attach")), privileged("acme", **HOST)],
        "LEAK",
        "node",
    ),
    "a further container in a privileged pod": (
        [*here(rule("patch", "pods/ephemeralcontainers")), privileged("acme", **HOST)],
        "LEAK",
        "node",
    ),
    "another image in a privileged pod": ([*here(rule("patch", "pods")), privileged("acme", **HOST)], "LEAK", "node"),
    "a privileged init container alone": (
        [
            *here(rule("patch", "pods")),
            privileged("acme", initContainers=[{"name": "i", "image": "i", "securityContext": {"privileged": True}}]),
        ],
        "LEAK",
        "node",
    ),
    "a privileged container on Windows": (
        [
            *here(rule("create", "pods/exec")),
            privileged("acme", securityContext={"windowsOptions": {"hostProcess": True}}),
        ],
        "LEAK",
        "node",
    ),
    "capabilities of an administrator": (
        [
            *here(rule("create", "pods/exec")),
            privileged("acme", containers=container(capabilities={"add": ["SYS_ADMIN"]})),
        ],
        "NOT_PROVEN",
        "SYS_ADMIN",
    ),
    "a capability of no weight": (
        [
            *here(rule("create", "pods/exec")),
            privileged("acme", containers=container(capabilities={"add": ["NET_BIND_SERVICE"]})),
        ],
        "ISOLATED",
        "",
    ),
    "a shell in a plain pod": ([*here(rule("create", "pods/exec")), privileged("acme")], "ISOLATED", ""),
    "logs of a privileged pod": ([*here(rule("get", "pods/log")), privileged("acme", **HOST)], "ISOLATED", ""),
    "a shell by another pod's name": (
        [*here(rule("create", "pods/exec", "", ("web",))), privileged("acme", **HOST)],
        "ISOLATED",
        "",
    ),
    "its namespace's labels by a role of the cluster, and pods": (
        [
            cluster_role("l", rule("patch", "namespaces", "", ("acme",))),
            cluster_binding("l", API),
            *here(rule("create", "pods")),
        ],
        "LEAK",
        "take the Pod Security level from namespace acme",
    ),
    "its namespace's labels by a role of the cluster, and no pods": (
        [cluster_role("l", rule("patch", "namespaces", "", ("acme",))), cluster_binding("l", API)],
        "ISOLATED",
        "",
    ),
    "volumes of a node's folders, claimed by the pod itself": (
        [
            *everywhere(rule("create", "persistentvolumes")),
            role("p", "acme", rule("create", "pods")),
            binding("p", "acme", API),
        ],
        "LEAK",
        "volume of any folder",
    ),
    "volumes of a node's folders, mounted by a job": (
        [
            *everywhere(rule("create", "persistentvolumes")),
            role("p", "acme", rule("create", "persistentvolumeclaims"), rule("create", "jobs", "batch")),
            binding("p", "acme", API),
        ],
        "LEAK",
        "volume of any folder",
    ),
    "volumes and claims, and nothing that mounts them": (
        [
            *everywhere(rule("create", "persistentvolumes")),
            role("p", "acme", rule("create", "persistentvolumeclaims")),
            binding("p", "acme", API),
        ],
        "ISOLATED",
        "",
    ),
    "a node's certificate that is approved by itself": (
        everywhere(
            rule("create", "certificatesigningrequests", CERTIFICATES),
            rule("create", "certificatesigningrequests/nodeclient", CERTIFICATES),
        ),
        "LEAK",
        "node",
    ),
    "the renewal of a node's certificate": (
        everywhere(
            rule("create", "certificatesigningrequests", CERTIFICATES),
            rule("create", "certificatesigningrequests/selfnodeclient", CERTIFICATES),
        ),
        "ISOLATED",
        "",
    ),
    "the right to a node's certificate without requests": (
        everywhere(rule("create", "certificatesigningrequests/nodeclient", CERTIFICATES)),
        "ISOLATED",
        "",
    ),
    "a node as user and group": (
        everywhere(
            rule("impersonate", "users", "", ("system:node:one",)), rule("impersonate", "groups", "", ("system:nodes",))
        ),
        "LEAK",
        "node",
    ),
    "the nodes' group beside another user": (
        everywhere(rule("impersonate", "users", "", ("jane",)), rule("impersonate", "groups", "", ("system:nodes",))),
        "ISOLATED",
        "",
    ),
    "bootstrap tokens, where their group may ask for a node's certificate": (
        [
            role("b", "kube-system", rule("create", "secrets")),
            binding("b", "kube-system", API),
            cluster_role(
                "boot",
                rule("create", "certificatesigningrequests certificatesigningrequests/nodeclient", CERTIFICATES),
            ),
            cluster_binding("boot", {"kind": "Group", "name": "system:bootstrappers"}),
        ],
        "NOT_PROVEN",
        "bootstrap",
    ),
    "bootstrap tokens, where their group may do nothing": (
        [role("b", "kube-system", rule("create", "secrets")), binding("b", "kube-system", API)],
        "ISOLATED",
        "",
    ),
    "secrets that are made elsewhere": (
        [
            *here(rule("create", "secrets")),
            cluster_role("boot", rule("get", "secrets")),
            cluster_binding("boot", {"kind": "Group", "name": "system:bootstrappers:kubeadm:default-node-token"}),
        ],
        "ISOLATED",
        "",
    ),
    "policies that change whatever is written": (
        everywhere(rule("create", "mutatingadmissionpolicies mutatingadmissionpolicybindings", ADMISSION)),
        "LEAK",
        "changed",
    ),
    "policies that nothing binds": (everywhere(rule("create", "mutatingadmissionpolicies", ADMISSION)), "ISOLATED", ""),
    "another role that may be widened and joins its own": (
        [
            *everywhere(rule("patch escalate", "clusterroles", RBAC, ("part",))),
            cluster_role("part"),
            cluster_role("sum", aggregationRule={"clusterRoleSelectors": [{"matchLabels": {"to": "sum"}}]}),
            cluster_binding("sum", API),
        ],
        "LEAK",
        "becomes a part of role sum",
    ),
    "a role that may be changed and not widened joins nothing": (
        [
            *everywhere(rule("patch", "clusterroles", RBAC, ("part",))),
            cluster_role("part"),
            cluster_role("sum", aggregationRule={"clusterRoleSelectors": [{"matchLabels": {"to": "sum"}}]}),
            cluster_binding("sum", API),
        ],
        "ISOLATED",
        "",
    ),
    "the map of IAM's roles may be made": (
        [
            role("m", "kube-system", rule("create", "configmaps")),
            binding("m", "kube-system", API),
            thing("Node", "one", spec={"providerID": "aws:///eu-central-1a/i-0123456789abcdef0"}),
        ],
        "NOT_PROVEN",
        "aws-auth",
    ),
    "a map of IAM's roles on another provider's nodes": (
        [
            role("m", "kube-system", rule("create", "configmaps")),
            binding("m", "kube-system", API),
            thing("Node", "one", spec={"providerID": "kind://docker/kind/kind-control-plane"}),
        ],
        "ISOLATED",
        "",
    ),
    "constrained impersonation": (
        everywhere(
            {
                "apiGroups": ["authentication.k8s.io"],
                "resources": ["serviceaccounts"],
                "verbs": ["impersonate:serviceaccount"],
            },
            rule("impersonate-on:serviceaccount:get", "secrets"),
        ),
        "NOT_PROVEN",
        "impersonat",
    ),
    "custom resources of the cluster may be written": (
        [
            *everywhere(rule("create", "clusterexternalsecrets", "external-secrets.io")),
            definition("clusterexternalsecrets", "ClusterExternalSecret", "external-secrets.io", "Cluster"),
        ],
        "NOT_PROVEN",
        "clusterexternalsecrets",
    ),
    "custom resources of the cluster may be read": (
        [
            *everywhere(rule("get list", "clusterexternalsecrets", "external-secrets.io")),
            definition("clusterexternalsecrets", "ClusterExternalSecret", "external-secrets.io", "Cluster"),
        ],
        "ISOLATED",
        "",
    ),
    "objects that a delivery tool applies with its own rights": (
        [
            *here(rule("create", "applications", "argoproj.io")),
            definition("applications", "Application", "argoproj.io", "Namespaced"),
        ],
        "NOT_PROVEN",
        "applications",
    ),
    "everything of a tool's group in its namespace": (
        [
            *here(rule("*", "*", "helm.toolkit.fluxcd.io")),
            definition("helmreleases", "HelmRelease", "helm.toolkit.fluxcd.io", "Namespaced"),
        ],
        "NOT_PROVEN",
        "helmreleases",
    ),
    "custom resources of its namespace of a clinic's own": (
        [
            *here(rule("create", "visits", "clinic.example")),
            definition("visits", "Visit", "clinic.example", "Namespaced"),
        ],
        "ISOLATED",
        "",
    ),
    "applications of another group": (
        [
            *here(rule("create", "applications", "clinic.example")),
            definition("applications", "Application", "clinic.example", "Namespaced"),
        ],
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


USER = TENANCY + 'cluster: [{user: "${tenant}-*"}]\n'


@pytest.mark.parametrize(
    ("rules", "verdict"),
    [
        # Neither reaches anybody alone; a group of which nobody knows whether the user is in it has both.
        ((rule("create", "clusterrolebindings", RBAC), rule("bind", "clusterroles", RBAC)), "NOT_PROVEN"),
        ((rule("update escalate", "clusterroles", RBAC),), "NOT_PROVEN"),
        ((rule("create", "clusterrolebindings", RBAC),), "ISOLATED"),
    ],
)
def test_a_group_that_may_be_the_users_counts_with_all_that_it_makes_possible(
    tmp_path: Path, rules: tuple[Body, ...], verdict: str
) -> None:
    objects = [
        cluster_role("it", *rules),
        cluster_binding("it", {"kind": "Group", "name": "staff"}),
        role("own", "acme", rule("get", "pods")),
        binding("own", "acme", {"kind": "User", "name": "acme-jane"}),
    ]
    folder = write(tmp_path, *tenant("acme"), *tenant("globex"), *objects, tenancy=USER)
    found = proof(folder, "acme-jane", "User")
    assert isinstance(found, Proof)
    assert found.verdict == verdict, found.sentence
