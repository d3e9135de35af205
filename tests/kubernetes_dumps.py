"""Dumps of small clusters, as `kubectl get -A -o json` prints them, and what a scan says of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from scanner.inputs.cloudformation.settings import Settings
from scanner.inputs.discovery import discover
from scanner.inputs.reading import read_inputs
from scanner.language.expressions.theorem import Theorem
from scanner.model.world import World
from scanner.options import Options
from scanner.prover.prover import Prover
from scanner.prover.system.proof import NotAsked, Proof
from scanner.scanning import scan
from scanner.tenancy.loading import load_tenancy_near

RBAC = "rbac.authorization.k8s.io/v1"
TENANCY = "version: 1\ntenant_id: {tags: [TenantId]}\n"
Body = dict[str, Any]
# Listed in every dump, whether there is one or not: `kubectl get` of a type without objects prints an empty list.
FURTHER = (
    "leasecandidates",
    "resourceclaims",
    "resourceclaimtemplates",
    "csistoragecapacities",
    "mutatingadmissionpolicies",
    "controllerrevisions",
    "endpoints",
    "endpointslices",
    "events",
    "horizontalpodautoscalers",
    "leases",
    "persistentvolumeclaims",
    "poddisruptionbudgets",
    "podtemplates",
    "services",
)
ALWAYS = (
    *FURTHER,
    "secrets",
    "configmaps",
    "pods",
    "networkpolicies",
    "resourcequotas",
    "limitranges",
    "ingresses",
    "nodes",
    "validatingadmissionpolicies",
    "validatingwebhookconfigurations",
    "mutatingwebhookconfigurations",
    "customresourcedefinitions",
    "apiservices",
    "persistentvolumes",
    "deployments",
    "replicasets",
    "daemonsets",
    "statefulsets",
    "jobs",
    "cronjobs",
    "replicationcontrollers",
)


def thing(kind: str, name: str, namespace: str | None = None, *, version: str = "v1", **more: Any) -> Body:
    """An object of a cluster that runs."""
    labels = more.pop("labels", None)
    annotations = more.pop("annotations", None)
    metadata: Body = {"name": name, "uid": f"{kind}-{namespace}-{name}", "resourceVersion": "1"}
    if namespace is not None:
        metadata["namespace"] = namespace
    if labels is not None:
        metadata["labels"] = labels
    if annotations is not None:
        metadata["annotations"] = annotations
    return {"apiVersion": version, "kind": kind, "metadata": metadata, **more}


def rule(verbs: str, resources: str, group: str = "", names: tuple[str, ...] = ()) -> Body:
    """A rule of a role; words are separated by blanks."""
    made: Body = {"apiGroups": [group], "resources": resources.split(), "verbs": verbs.split()}
    return {**made, "resourceNames": list(names)} if names else made


def account(name: str, namespace: str) -> Body:
    """A service account as a subject."""
    return {"kind": "ServiceAccount", "name": name, "namespace": namespace}


def cluster_role(name: str, *rules: Body, **more: Any) -> Body:
    return thing("ClusterRole", name, version=RBAC, rules=list(rules), **more)


def role(name: str, namespace: str, *rules: Body) -> Body:
    return thing("Role", name, namespace, version=RBAC, rules=list(rules))


def cluster_binding(role_name: str, *subjects: Body, name: str = "") -> Body:
    reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role_name}
    return thing(
        "ClusterRoleBinding", name or f"{role_name}-all", version=RBAC, roleRef=reference, subjects=list(subjects)
    )


def binding(role_name: str, namespace: str, *subjects: Body, kind: str = "Role", name: str = "") -> Body:
    reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": role_name}
    made = name or f"{role_name}-here"
    return thing("RoleBinding", made, namespace, version=RBAC, roleRef=reference, subjects=list(subjects))


RESTRICTED = {"pod-security.kubernetes.io/enforce": "restricted"}


def tenant(name: str, **labels: str) -> list[Body]:
    """A tenant's namespace with the service accounts `api` and `default`."""
    return [
        thing("Namespace", name, labels={"TenantId": name, **RESTRICTED, **labels}),
        thing("ServiceAccount", "api", name),
        thing("ServiceAccount", "default", name),
    ]


def system() -> list[Body]:
    """What every cluster has."""
    everything = {"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}
    masters = {"kind": "Group", "apiGroup": "rbac.authorization.k8s.io", "name": "system:masters"}
    return [
        thing("Namespace", "kube-system"),
        thing("ServiceAccount", "default", "kube-system"),
        cluster_role("cluster-admin", everything),
        cluster_binding("cluster-admin", masters, name="cluster-admin"),
        role("leader", "kube-system", rule("get", "leases", "coordination.k8s.io")),
        binding("leader", "kube-system", account("default", "kube-system")),
    ]


def listed(*items: Body) -> Body:
    """The list that kubectl prints."""
    return {"apiVersion": "v1", "items": list(items), "kind": "List", "metadata": {"resourceVersion": ""}}


def write(folder: Path, *items: Body, without: tuple[str, ...] = (), tenancy: str = TENANCY) -> Path:
    """A whole dump of a cluster in files of a folder; `without` are types that nobody listed."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tenancy.yaml").write_text(tenancy, "utf-8")
    (folder / "cluster.json").write_text(json.dumps(listed(*system(), *items), indent=4), "utf-8")
    for plural in ALWAYS:
        if plural not in without:
            (folder / f"{plural}.json").write_text(json.dumps(listed()), "utf-8")
    return folder


def proof(folder: Path, name: str = "acme/api", kind: str = "ServiceAccount") -> Proof | NotAsked:
    """What is proved of a subject of what was written to the folder."""
    reading = read_inputs(discover([folder], cwd=folder), Settings())
    assert not [each for each in reading.problems if each.level == "error"], reading.problems
    tenancy = load_tenancy_near([folder]).over(reading.inventory)
    prover = Prover(tenancy, reading.inventory, replay=None)  # type: ignore[arg-type]  # nothing here asks AWS
    (subject,) = [each for each in reading.inventory.resources if each.address.endswith(f"#{kind}/{name}")]
    return prover.prove(Theorem("cannot-cross-tenant", "namespace"), subject, World())


def judged(folder: Path, rule_id: str = "namespaces-stay-with-tenant", name: str = "acme/api") -> Any:
    """The finding of a rule on the resource whose address ends so."""
    report = scan(options=Options(paths=[folder], select=[rule_id], cache=None)).report
    assert not [each for each in report["errors"] if each["level"] == "error"], report["errors"]
    found = [
        each
        for each in report["findings"]
        if each["rule"] == rule_id and each["resource"]["address"].endswith(f"/{name}")
    ]
    assert len(found) == 1, [each["resource"]["address"] for each in report["findings"]]
    return found[0]
