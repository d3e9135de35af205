"""Custom resources whose controllers act, with rights of their own, for whoever writes them.

What a controller makes of an object is nowhere declared, so that these are not decided; that they are known to act
beyond the object's namespace is what their documentation says.
"""

from __future__ import annotations

from collections.abc import Iterator

from scanner.base.record import record
from scanner.kubernetes.cluster import Cluster
from scanner.kubernetes.rbac import Rule
from scanner.model.unknown import Unknown

_CHANGE = ("create", "update", "patch")
# Each applies objects of whatever namespace with the rights of its controller, unless that is configured otherwise:
# Argo CD ("Declarative Setup"), Flux ("Multi-tenancy lockdown"), Fleet, K3s ("Helm"), OLM ("Subscription"),
# Crossplane ("Kubernetes provider").
_APPLY = frozenset(
    {
        ("argoproj.io", "applications"),
        ("argoproj.io", "applicationsets"),
        ("argoproj.io", "appprojects"),
        ("fleet.cattle.io", "bundles"),
        ("fleet.cattle.io", "gitrepos"),
        ("helm.cattle.io", "helmchartconfigs"),
        ("helm.cattle.io", "helmcharts"),
        ("helm.crossplane.io", "releases"),
        ("helm.m.crossplane.io", "releases"),
        ("helm.toolkit.fluxcd.io", "helmreleases"),
        ("infra.contrib.fluxcd.io", "terraforms"),
        ("kubernetes.crossplane.io", "objects"),
        ("kubernetes.m.crossplane.io", "objects"),
        ("kustomize.toolkit.fluxcd.io", "kustomizations"),
        ("operators.coreos.com", "catalogsources"),
        ("operators.coreos.com", "installplans"),
        ("operators.coreos.com", "subscriptions"),
    }
)
# Each runs pods in the object's namespace as a service account that the object names.
_RUN = frozenset(
    {
        ("argoproj.io", "cronworkflows"),
        ("argoproj.io", "rollouts"),
        ("argoproj.io", "workflows"),
        ("batch.volcano.sh", "jobs"),
        ("jobset.x-k8s.io", "jobsets"),
        ("keda.sh", "scaledjobs"),
        ("kubevirt.io", "virtualmachineinstances"),
        ("kubevirt.io", "virtualmachines"),
        ("ray.io", "rayclusters"),
        ("ray.io", "rayjobs"),
        ("serving.knative.dev", "services"),
        ("sparkoperator.k8s.io", "sparkapplications"),
        ("tekton.dev", "pipelineruns"),
        ("tekton.dev", "taskruns"),
    }
)


@record
class Acted:
    """A request by which a controller acts; `anywhere` says that it does so beyond the namespace."""

    verb: str
    group: str
    resource: str
    anywhere: bool
    doubt: Unknown


def acted_for(rule: Rule, cluster: Cluster, *, clusterwide: bool) -> Iterator[Acted]:
    """What a rule lets somebody write so that a controller acts for them."""
    for group, resource, namespaced in cluster.custom_resources:
        key = (group, resource)
        if namespaced and key not in _APPLY and key not in _RUN:
            continue
        if not namespaced and not clusterwide:
            continue
        verb = next((each for each in _CHANGE if rule.covers(each, group, resource)), None)
        if verb is not None:
            anywhere = not namespaced or key in _APPLY
            does = "does with objects of any namespace" if anywhere else "runs"
            why = f"what the controller {does} for whoever writes {resource}.{group} is not decided"
            yield Acted(verb, group, resource, anywhere, Unknown("not-modelled", why))


__all__ = ["Acted", "acted_for"]
