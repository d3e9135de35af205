"""Which pods of one namespace may connect to which of another, by network policies ("Network Policies").

A connection needs the policies of both ends: one that selects a pod for a direction shuts it but for what some policy
allows. A pod's own labels are whatever its tenant writes; those of its namespace only whoever may change that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import Literal

from scanner.base.record import mutable, record
from scanner.kubernetes.address_blocks import block_allows
from scanner.kubernetes.api_resources import NETWORK_POLICY, POD
from scanner.kubernetes.cluster import Cluster, Namespace, Object
from scanner.kubernetes.fields import at, items_of, labels_of, texts_of
from scanner.kubernetes.pod_labels import is_empty, wearable
from scanner.kubernetes.rbac import selects
from scanner.model.resource import Resource
from scanner.model.unknown import Unknown

Direction = Literal["Ingress", "Egress"]
Labels = tuple[Mapping[str, str], Unknown | None]
"""Labels of a pod, and why it may have others."""
FOREIGN = (
    "Kubernetes::cilium.io::CiliumNetworkPolicy",
    "Kubernetes::cilium.io::CiliumClusterwideNetworkPolicy",
    "Kubernetes::crd.projectcalico.org::NetworkPolicy",
    "Kubernetes::crd.projectcalico.org::GlobalNetworkPolicy",
    "Kubernetes::projectcalico.org::NetworkPolicy",
    "Kubernetes::projectcalico.org::GlobalNetworkPolicy",
    "Kubernetes::policy.networking.k8s.io::AdminNetworkPolicy",
    "Kubernetes::policy.networking.k8s.io::BaselineAdminNetworkPolicy",
    "Kubernetes::policy.networking.k8s.io::ClusterNetworkPolicy",
)
"""Policies of network plugins and of the network policy working group, which are not decided."""
_NAME = "kubernetes.io/metadata.name"
_ALL: Mapping[str, object] = {"matchLabels": {}}


@record(eq=False)
class Way:
    """How one end lets the connection pass: by a policy that allows it, or because none selects the pods."""

    policy: Object | None
    because: str
    label: bool = False
    """Whether it takes a label that the tenant can give its namespace."""


@record(eq=False)
class Connection:
    """Both ends let it pass; `doubt` says why that is not sure."""

    out: Way
    into: Way
    doubt: Unknown | None = None


@mutable(eq=False)
class Network:
    """The policies of one cluster. `settable` are namespaces whose labels their own tenant may change."""

    cluster: Cluster
    settable: frozenset[str] = frozenset()
    _policies: dict[tuple[str, Direction], list[Object]] = field(default_factory=dict)
    _pods: dict[str, list[Labels]] = field(default_factory=dict)
    _taken: dict[str, bool | Unknown] = field(default_factory=dict)

    @property
    def foreign(self) -> Unknown | None:
        """Why policies of another kind may allow or refuse what those of Kubernetes do not."""
        for kind in FOREIGN:
            for each in self.cluster.objects(kind):
                name = each.name if isinstance(each.name, str) else ""
                return Unknown("not-modelled", f"what {kind.rpartition('::')[2]} {name} allows is not decided")
        return None

    def connects(self, source: Namespace, target: Namespace) -> Connection | Unknown | None:
        """Whether some pod of the one may connect to some pod of the other; unknown where that is not told.

        Asked of every pod of the target, and of one without labels that may come; a pod of the source has whatever
        labels its tenant gives it.
        """
        # First as if a pod of the source could have for each policy the labels that suit: few pairs are left then.
        first = self._connects(source, target, None)
        if not isinstance(first, Connection) or not self._selective(source, target):
            return first
        worn = wearable([*self._own_selectors(source), *self._asked_of(source, target)])
        if worn is None:
            return Unknown(
                "prover-limit", f"policies of {source.name} and {target.name} ask for too many labels to try"
            )
        doubt: Unknown | None = None
        for labels in worn:
            found = self._connects(source, target, (labels, None))
            if isinstance(found, Connection):
                return found
            doubt = doubt or found
        return doubt

    def _connects(self, source: Namespace, target: Namespace, worn: Labels | None) -> Connection | Unknown | None:
        doubt: Unknown | None = None
        for pod in self._labels(target.name):
            into = self._into(target, source, pod, worn)
            if into is None:
                continue
            out = self._out(source, target, pod, worn)
            if isinstance(into, Way) and isinstance(out, Way):
                return Connection(out, into)
            if out is not None:
                doubt = doubt or (out if isinstance(out, Unknown) else into if isinstance(into, Unknown) else None)
        return doubt

    def _own_selectors(self, source: Namespace) -> list[object]:
        return [at(each.body, "spec", "podSelector") for each in self._of(source.name, "Egress")]

    def _asked_of(self, source: Namespace, target: Namespace) -> list[object]:
        """What the target's policies ask of labels of pods in other namespaces."""
        del source
        return [
            at(peer, "podSelector")
            for policy in self._of(target.name, "Ingress")
            for rule in _rules(policy, "Ingress")
            for peer in items_of(at(rule, "from"))
            if at(peer, "namespaceSelector") is not None
        ]

    def _selective(self, source: Namespace, target: Namespace) -> bool:
        """Whether the labels of a pod of the source count at all."""
        return any(not is_empty(each) for each in (*self._own_selectors(source), *self._asked_of(source, target)))

    def _into(self, target: Namespace, source: Namespace, pod: Labels, worn: Labels | None) -> Way | Unknown | None:
        """How the target's policies let it in to one of its pods."""
        doubt: Unknown | None = None
        taken: bool | Unknown = False
        for policy in self._of(target.name, "Ingress"):
            chosen = _chosen(policy, pod)
            if chosen is False:
                continue
            taken = chosen if taken is not True else True
            for rule in _rules(policy, "Ingress"):
                said = self._allows(policy, rule, target, source, "from", worn)
                if isinstance(said, Way) and chosen is True:
                    return said
                doubt = doubt or (said if isinstance(said, Unknown) else None)
                doubt = doubt or (chosen if said is not None and isinstance(chosen, Unknown) else None)
        return self._free(target, "Ingress", taken, doubt)

    def _out(self, source: Namespace, target: Namespace, pod: Labels, worn: Labels | None) -> Way | Unknown | None:
        """How the source's policies let a pod of it out to one of the target's."""
        doubt: Unknown | None = None
        taken: bool | Unknown = False
        for policy in self._of(source.name, "Egress"):
            chosen: bool | Unknown = _types_of(policy)[1] or True
            if worn is not None:
                chosen = _chosen(policy, worn)
                taken = chosen if taken is not True and chosen is not False else taken
            if chosen is False:
                continue
            for rule in _rules(policy, "Egress"):
                said = self._allows(policy, rule, source, target, "to", pod)
                if isinstance(said, Way) and chosen is True:
                    return said
                doubt = doubt or (said if isinstance(said, Unknown) else None)
                doubt = doubt or (chosen if said is not None and isinstance(chosen, Unknown) else None)
        if worn is None:
            taken = self._all_taken(source)
        return self._free(source, "Egress", taken, doubt)

    def _all_taken(self, source: Namespace) -> bool | Unknown:
        """Whether every pod of the source, however it is labelled, is selected by some policy on what goes out."""
        if source.name not in self._taken:
            selectors = self._own_selectors(source)
            worn = wearable(selectors)
            said: bool | Unknown = True
            if worn is None:
                policies = self._of(source.name, "Egress")
                some = any(
                    is_empty(at(each.body, "spec", "podSelector")) and not _types_of(each)[1] for each in policies
                )
                why = f"policies of {source.name} ask for too many labels to try"
                said = True if some else Unknown("prover-limit", why)
            for labels in worn or ():
                each_said = [_chosen(each, (labels, None)) for each in self._of(source.name, "Egress")]
                if not any(each is not False for each in each_said):
                    said = False
                    break
                if True not in each_said:
                    said = next(each for each in each_said if isinstance(each, Unknown))
            self._taken[source.name] = said
        return self._taken[source.name]

    def _free(
        self, here: Namespace, direction: Direction, taken: bool | Unknown, doubt: Unknown | None
    ) -> Way | Unknown | None:
        """How it passes where no rule lets it: because no policy selects the pod. What was not listed may."""
        why = self.cluster.missing(NETWORK_POLICY, here.name) or self.cluster.placed_nowhere(NETWORK_POLICY)
        if taken is False and why is None and doubt is None:
            end = "out of" if direction == "Egress" else "into"
            some = "no network policy that selects all pods" if self._of(here.name, direction) else "no network policy"
            return Way(None, f"{some} limits what goes {end} namespace {here.name}")
        return doubt or (taken if isinstance(taken, Unknown) else None) or why

    def _of(self, namespace: str, direction: Direction) -> list[Object]:
        key = (namespace, direction)
        if key not in self._policies:
            self._policies[key] = [
                each for each in self.cluster.objects_in(NETWORK_POLICY, namespace) if _is_for(each, direction)
            ]
        return self._policies[key]

    def _labels(self, namespace: str) -> list[Labels]:
        if namespace not in self._pods:
            found: list[Labels] = [({}, None)]
            seen: set[tuple[tuple[str, str], ...]] = set()
            for pod in self.cluster.objects_in(POD, namespace):
                labels, more = labels_of(pod.body, "metadata", "labels")
                key = tuple(sorted(labels.items()))
                if key not in seen or more is not None:
                    seen.add(key)
                    found.append((labels, more))
            self._pods[namespace] = found
        return self._pods[namespace]

    def _allows(
        self, policy: Object, rule: object, here: Namespace, other: Namespace, key: str, pod: Labels | None
    ) -> Way | Unknown | None:
        """Whether a rule means a pod of the other namespace with these labels, or where none are given one that its
        tenant labels as the rule asks. `key` is `from` or `to`."""
        if isinstance(rule, Unknown):
            return rule
        name = policy.name if isinstance(policy.name, str) else policy.resource.logical_id
        shown = f"NetworkPolicy {here.name}/{name}"
        peers = at(rule, key)
        if isinstance(peers, Unknown):
            return peers
        if not peers:
            return Way(policy, f"{shown} allows everything")
        doubt: Unknown | None = None
        for peer in items_of(peers):
            said = self._means(peer, other, shown, policy, pod, settable=key == "from")
            if isinstance(said, Way):
                return said
            doubt = doubt or said
        return doubt

    def _means(  # the parts of a peer
        self,
        peer: object,
        other: Namespace,
        shown: str,
        policy: Object,
        pod: Labels | None,
        *,
        settable: bool,
    ) -> Way | Unknown | None:
        if isinstance(peer, Unknown):
            return peer
        block = at(peer, "ipBlock")
        if block is not None:
            because = block_allows(self.cluster, block, other.name, shown)
            return Way(policy, because) if isinstance(because, str) else because
        spaces = at(peer, "namespaceSelector")
        if spaces is None:
            # Without one, pods of the policy's own namespace are meant.
            return None
        said = selects(spaces, other.labels, other.doubt)
        asked = selects(at(peer, "podSelector") or _ALL, *pod) if pod is not None else True
        if asked is False or (said is False and not settable):
            return None
        if said is True and isinstance(asked, Unknown):
            return asked
        if said is True:
            return Way(policy, f"{shown} allows namespaces with such labels as {other.name} has")
        if settable and asked is True and other.name in self.settable and not _fixed(spaces, other):
            because = f"{shown} allows namespaces with a label that {other.name} can be given by its own tenant"
            return Way(policy, because, label=True)
        return said if isinstance(said, Unknown) else None


def _chosen(policy: Object, labels: Labels) -> bool | Unknown:
    """Whether the policy selects a pod with these labels, for the direction that it is asked of."""
    said = selects(at(policy.body, "spec", "podSelector") or _ALL, *labels)
    return said if said is False else _types_of(policy)[1] or said


def _types_of(policy: Object) -> tuple[frozenset[str], Unknown | None]:
    return texts_of(at(policy.body, "spec", "policyTypes"))


def _is_for(policy: Object, direction: Direction) -> bool:
    """Ingress always where no types are said, Egress where there are rules for it ("policyTypes"); perhaps where they
    are not known."""
    types, more = _types_of(policy)
    if types or more is not None:
        return direction in types or more is not None
    return direction == "Ingress" or bool(at(policy.body, "spec", "egress"))


def _rules(policy: Object, direction: Direction) -> Iterator[object]:
    yield from items_of(at(policy.body, "spec", direction.lower()))


def _fixed(selector: object, namespace: Namespace) -> bool:
    """Whether the selector asks for the label that the API server sets by itself, and another value of it."""
    wanted, _ = labels_of(selector, "matchLabels")
    if wanted.get(_NAME, namespace.name) != namespace.name:
        return True
    for each in items_of(at(selector, "matchExpressions")):
        if at(each, "key") == _NAME and selects({"matchExpressions": [each]}, namespace.labels) is not True:
            return True
    return False


def policy_of(way: Way) -> Resource | None:
    """The resource of the policy that lets it pass."""
    return way.policy.resource if way.policy is not None else None
