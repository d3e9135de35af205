"""What the API server serves by itself: which resources are in namespaces, and which types the model has for them.

("Kubernetes API Reference"; `kubectl api-resources` prints the same.)
"""

from __future__ import annotations

NAMESPACED: dict[str, frozenset[str]] = {
    "": frozenset(
        {
            "bindings",
            "configmaps",
            "endpoints",
            "events",
            "limitranges",
            "persistentvolumeclaims",
            "pods",
            "podtemplates",
            "replicationcontrollers",
            "resourcequotas",
            "secrets",
            "serviceaccounts",
            "services",
        }
    ),
    "apps": frozenset({"controllerrevisions", "daemonsets", "deployments", "replicasets", "statefulsets"}),
    "authorization.k8s.io": frozenset({"localsubjectaccessreviews"}),
    "autoscaling": frozenset({"horizontalpodautoscalers"}),
    "batch": frozenset({"cronjobs", "jobs"}),
    "coordination.k8s.io": frozenset({"leasecandidates", "leases"}),
    "discovery.k8s.io": frozenset({"endpointslices"}),
    "events.k8s.io": frozenset({"events"}),
    "extensions": frozenset({"daemonsets", "deployments", "ingresses", "networkpolicies", "replicasets"}),
    "metrics.k8s.io": frozenset({"pods"}),
    "networking.k8s.io": frozenset({"ingresses", "networkpolicies"}),
    "policy": frozenset({"poddisruptionbudgets"}),
    "rbac.authorization.k8s.io": frozenset({"rolebindings", "roles"}),
    "resource.k8s.io": frozenset({"resourceclaims", "resourceclaimtemplates"}),
    "storage.k8s.io": frozenset({"csistoragecapacities"}),
}
"""Resources in namespaces, by API group."""

_STATUS = (
    "cronjobs",
    "daemonsets",
    "deployments",
    "horizontalpodautoscalers",
    "ingresses",
    "jobs",
    "persistentvolumeclaims",
    "poddisruptionbudgets",
    "pods",
    "replicasets",
    "replicationcontrollers",
    "resourceclaims",
    "resourcequotas",
    "services",
    "statefulsets",
)
_SCALED = ("deployments", "replicasets", "replicationcontrollers", "statefulsets")
SUBRESOURCES: frozenset[tuple[str, str]] = frozenset(
    {
        *((each, "status") for each in _STATUS),
        *((each, "scale") for each in _SCALED),
        *(
            ("pods", each)
            for each in (
                "attach",
                "binding",
                "ephemeralcontainers",
                "eviction",
                "exec",
                "log",
                "portforward",
                "proxy",
                "resize",
            )
        ),
        ("services", "proxy"),
        ("serviceaccounts", "token"),
    }
)
"""Resources in namespaces with what can be requested of a part of them."""

CLUSTER_WIDE: dict[str, frozenset[str]] = {
    "": frozenset({"componentstatuses", "namespaces", "nodes", "persistentvolumes"}),
    "admissionregistration.k8s.io": frozenset(
        {
            "mutatingadmissionpolicies",
            "mutatingadmissionpolicybindings",
            "mutatingwebhookconfigurations",
            "validatingadmissionpolicies",
            "validatingadmissionpolicybindings",
            "validatingwebhookconfigurations",
        }
    ),
    "apiextensions.k8s.io": frozenset({"customresourcedefinitions"}),
    "apiregistration.k8s.io": frozenset({"apiservices"}),
    "authentication.k8s.io": frozenset(
        {"selfsubjectreviews", "tokenreviews", "uids", "userextras", "users", "groups"}  # the last four: impersonation
    ),
    "authorization.k8s.io": frozenset({"selfsubjectaccessreviews", "selfsubjectrulesreviews", "subjectaccessreviews"}),
    "certificates.k8s.io": frozenset({"certificatesigningrequests", "clustertrustbundles", "signers"}),
    "flowcontrol.apiserver.k8s.io": frozenset({"flowschemas", "prioritylevelconfigurations"}),
    "internal.apiserver.k8s.io": frozenset({"storageversions"}),
    "metrics.k8s.io": frozenset({"nodes"}),
    "networking.k8s.io": frozenset({"ingressclasses", "ipaddresses", "servicecidrs"}),
    "node.k8s.io": frozenset({"runtimeclasses"}),
    "policy": frozenset({"podsecuritypolicies"}),
    "rbac.authorization.k8s.io": frozenset({"clusterrolebindings", "clusterroles"}),
    "resource.k8s.io": frozenset({"deviceclasses", "resourceslices", "devicetaintrules"}),
    "scheduling.k8s.io": frozenset({"priorityclasses"}),
    "storage.k8s.io": frozenset(
        {"csidrivers", "csinodes", "storageclasses", "volumeattachments", "volumeattributesclasses"}
    ),
    "storagemigration.k8s.io": frozenset({"storageversionmigrations"}),
}
"""Resources of the cluster as a whole, by API group."""

_KINDS: dict[tuple[str, str], str] = {
    ("", "configmaps"): "ConfigMap",
    ("", "endpoints"): "Endpoints",
    ("", "events"): "Event",
    ("", "limitranges"): "LimitRange",
    ("", "namespaces"): "Namespace",
    ("", "nodes"): "Node",
    ("", "persistentvolumeclaims"): "PersistentVolumeClaim",
    ("", "persistentvolumes"): "PersistentVolume",
    ("", "pods"): "Pod",
    ("", "podtemplates"): "PodTemplate",
    ("", "replicationcontrollers"): "ReplicationController",
    ("", "resourcequotas"): "ResourceQuota",
    ("", "secrets"): "Secret",
    ("", "serviceaccounts"): "ServiceAccount",
    ("", "services"): "Service",
    ("admissionregistration.k8s.io", "mutatingadmissionpolicies"): "MutatingAdmissionPolicy",
    ("admissionregistration.k8s.io", "mutatingwebhookconfigurations"): "MutatingWebhookConfiguration",
    ("admissionregistration.k8s.io", "validatingadmissionpolicies"): "ValidatingAdmissionPolicy",
    ("admissionregistration.k8s.io", "validatingadmissionpolicybindings"): "ValidatingAdmissionPolicyBinding",
    ("admissionregistration.k8s.io", "validatingwebhookconfigurations"): "ValidatingWebhookConfiguration",
    ("apiextensions.k8s.io", "customresourcedefinitions"): "CustomResourceDefinition",
    ("apiregistration.k8s.io", "apiservices"): "APIService",
    ("apps", "controllerrevisions"): "ControllerRevision",
    ("apps", "daemonsets"): "DaemonSet",
    ("apps", "deployments"): "Deployment",
    ("apps", "replicasets"): "ReplicaSet",
    ("apps", "statefulsets"): "StatefulSet",
    ("autoscaling", "horizontalpodautoscalers"): "HorizontalPodAutoscaler",
    ("batch", "cronjobs"): "CronJob",
    ("batch", "jobs"): "Job",
    ("coordination.k8s.io", "leasecandidates"): "LeaseCandidate",
    ("coordination.k8s.io", "leases"): "Lease",
    ("discovery.k8s.io", "endpointslices"): "EndpointSlice",
    ("networking.k8s.io", "ingressclasses"): "IngressClass",
    ("networking.k8s.io", "ingresses"): "Ingress",
    ("networking.k8s.io", "networkpolicies"): "NetworkPolicy",
    ("policy", "poddisruptionbudgets"): "PodDisruptionBudget",
    ("rbac.authorization.k8s.io", "clusterrolebindings"): "ClusterRoleBinding",
    ("rbac.authorization.k8s.io", "clusterroles"): "ClusterRole",
    ("rbac.authorization.k8s.io", "rolebindings"): "RoleBinding",
    ("rbac.authorization.k8s.io", "roles"): "Role",
    ("resource.k8s.io", "resourceclaims"): "ResourceClaim",
    ("resource.k8s.io", "resourceclaimtemplates"): "ResourceClaimTemplate",
    ("storage.k8s.io", "csistoragecapacities"): "CSIStorageCapacity",
    ("storage.k8s.io", "storageclasses"): "StorageClass",
}


def type_name(group: str, kind: str) -> str:
    """The model's type of a kind; the group without a name is `core` there."""
    return f"Kubernetes::{group or 'core'}::{kind}"


_SAME: dict[tuple[str, str], tuple[str, str]] = {
    ("events.k8s.io", "events"): ("", "events"),
    ("metrics.k8s.io", "pods"): ("", "pods"),
    ("metrics.k8s.io", "nodes"): ("", "nodes"),
    ("extensions", "daemonsets"): ("apps", "daemonsets"),
    ("extensions", "deployments"): ("apps", "deployments"),
    ("extensions", "replicasets"): ("apps", "replicasets"),
    ("extensions", "ingresses"): ("networking.k8s.io", "ingresses"),
    ("extensions", "networkpolicies"): ("networking.k8s.io", "networkpolicies"),
}
# The same objects under the name of another API group.
PLURALS: dict[str, tuple[str, str]] = {type_name(key[0], kind): key for key, kind in _KINDS.items()}
"""API group and resource, by the model's type."""
TYPES: dict[tuple[str, str], str] = {key: kind for kind, key in PLURALS.items()}
TYPES |= {key: TYPES[same] for key, same in _SAME.items()}
"""The model's types, by API group and resource."""
UNKEPT = frozenset({"bindings", "localsubjectaccessreviews"})
"""Resources that are requested and never kept: there is no object of any name."""
SCOPED: frozenset[str] = frozenset(kind for kind, key in PLURALS.items() if key[1] in NAMESPACED.get(key[0], ()))
"""Types whose objects are in namespaces."""

POD = type_name("", "Pod")
NAMESPACE = type_name("", "Namespace")
SERVICE_ACCOUNT = type_name("", "ServiceAccount")
SECRET = type_name("", "Secret")
CONFIG_MAP = type_name("", "ConfigMap")
NODE = type_name("", "Node")
NETWORK_POLICY = type_name("networking.k8s.io", "NetworkPolicy")
RBAC = "rbac.authorization.k8s.io"
ROLE, CLUSTER_ROLE = type_name(RBAC, "Role"), type_name(RBAC, "ClusterRole")
ROLE_BINDING, CLUSTER_ROLE_BINDING = type_name(RBAC, "RoleBinding"), type_name(RBAC, "ClusterRoleBinding")
USER, GROUP = type_name(RBAC, "User"), type_name(RBAC, "Group")
"""Subjects that no object is made for; the reader makes a resource of each that a binding names."""
DEFINITION = type_name("apiextensions.k8s.io", "CustomResourceDefinition")
API_SERVICE = type_name("apiregistration.k8s.io", "APIService")
LISTING = "Tenantproof::Kubernetes::Listing"
"""What a dump of a cluster was asked for: which types were listed, and where."""
WORKLOADS: dict[str, tuple[str, ...]] = {
    POD: ("spec",),
    type_name("", "ReplicationController"): ("spec", "template", "spec"),
    type_name("apps", "DaemonSet"): ("spec", "template", "spec"),
    type_name("apps", "Deployment"): ("spec", "template", "spec"),
    type_name("apps", "ReplicaSet"): ("spec", "template", "spec"),
    type_name("apps", "StatefulSet"): ("spec", "template", "spec"),
    type_name("batch", "Job"): ("spec", "template", "spec"),
    type_name("batch", "CronJob"): ("spec", "jobTemplate", "spec", "template", "spec"),
}
"""Types that run pods, and where the pod's specification stands in them."""
