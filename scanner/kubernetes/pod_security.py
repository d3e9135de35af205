"""Whether pods of a namespace may take over their node ("Pod Security Standards", "Pod Security Admission")."""

from __future__ import annotations

from scanner.kubernetes.api_resources import type_name
from scanner.kubernetes.cluster import Cluster
from scanner.model.unknown import Unknown

ENFORCE = "pod-security.kubernetes.io/enforce"
CLOSED = frozenset({"baseline", "restricted"})
_ADMISSION = "admissionregistration.k8s.io"
ADMISSION: tuple[str, ...] = (
    type_name(_ADMISSION, "ValidatingAdmissionPolicy"),
    type_name(_ADMISSION, "ValidatingWebhookConfiguration"),
    type_name(_ADMISSION, "MutatingWebhookConfiguration"),
)
"""Types by which a cluster may refuse pods in another way."""


def host_is_open(cluster: Cluster, namespace: str) -> bool | Unknown:
    """Whether a pod of the namespace may be privileged or use what is the node's.

    Only `enforce` refuses; `warn` and `audit` do not. What webhooks and admission policies refuse is not decided.
    """
    known = cluster.namespaces.get(namespace)
    if known is None:
        return Unknown("not-collected", f"namespace {namespace} was not read")
    level = known.labels.get(ENFORCE)
    if level in CLOSED:
        return False
    if level is None and known.doubt is not None:
        return known.doubt
    return admission_may_refuse(cluster) or True


def admission_may_refuse(cluster: Cluster) -> Unknown | None:
    """Why something else than a level may refuse privileged pods; None where nothing of the kind is there."""
    for kind in ADMISSION:
        for each in cluster.objects(kind):
            what = f"{kind.rpartition('::')[2]} {each.name if isinstance(each.name, str) else ''}".strip()
            return Unknown("not-modelled", f"what {what} refuses is not decided")
        why = cluster.missing(kind)
        if why is not None:
            return Unknown(why.cause, f"whether an admission policy refuses privileged pods: {why.detail}")
    return None
