"""Whether pods of one tenant's namespace connect to no pod of another's, by the network policies of both."""

from __future__ import annotations

from scanner.kubernetes.fields import at, body_of
from scanner.kubernetes.network import Connection, Network, Way, policy_of
from scanner.kubernetes.rbac import ANY
from scanner.model.resource import Resource
from scanner.model.unknown import Unknown
from scanner.prover.system.proof import Allowing, Counterexample, NotAsked, Proof
from scanner.prover.system.system import System
from scanner.prover.theorems.namespaces import Neighbours, neighbours_of

THEOREM = "cannot-cross-tenant"
OVER = "namespace"
_MOST_TOLD = 10
_NOTES = (
    "a namespace belongs to the tenant that its label, its name or tenancy.yaml says",
    "the cluster's network plugin enforces network policies",
    "a pod of the host's network is no pod of its namespace to a network policy",
)


def cannot_connect(namespace: Resource, system: System) -> Proof | NotAsked:
    """Whether no pod of the namespace connects to one of another tenant's."""
    near = neighbours_of(namespace, system.inventory, system.tenancy)
    if near is None:
        return NotAsked("no cluster was read")
    name = at(body_of(namespace), "metadata", "name")
    here = near.cluster.namespaces.get(name) if isinstance(name, str) else None
    if here is None or not isinstance(name, str):
        return _open(name) if isinstance(name, Unknown) else NotAsked("it has no name")
    tenant = near.owners.get(name)
    if tenant is None:
        return NotAsked("it belongs to no one tenant")
    if isinstance(tenant, Unknown):
        return _open(tenant)
    network = _network(near, system)
    reached: dict[str, tuple[str, Connection]] = {}
    doubt: Unknown | None = None
    others = {each: owner for each, owner in near.owners.items() if owner != tenant}
    for other, owner in sorted(others.items()):
        if owner in reached:
            continue
        found = network.connects(here, near.cluster.namespaces[other])
        if isinstance(found, Unknown):
            doubt = doubt or found
        elif found is not None and isinstance(owner, Unknown):
            doubt = doubt or owner
        elif found is not None and isinstance(owner, str):
            reached[owner] = (other, found)
            if len(reached) > _MOST_TOLD:
                break
    doubt = network.foreign or doubt
    if reached and network.foreign is None:
        return _leak(name, tenant, reached)
    if doubt is None and near.cluster.unnamed is not None:
        doubt = near.cluster.unnamed
    if doubt is not None:
        return _open(doubt.leaving_open(f"whether pods of namespace {name} connect to other tenants' pods"))
    if not others:
        return NotAsked("no namespace of another tenant was read")
    sentence = f"pods of namespace {name} of tenant `{tenant}` connect to no pod of another tenant"
    return Proof(THEOREM, OVER, "ISOLATED", assumptions=_NOTES, sentence=sentence)


def _network(near: Neighbours, system: System) -> Network:
    def build() -> Network:
        return Network(near.cluster, frozenset(name for name in near.owners if _may_label(near, name)))

    found = system.inventory.remember((cannot_connect, near.cluster.key), build)
    assert isinstance(found, Network)  # noqa: S101  # what was put there
    return found


def _may_label(near: Neighbours, namespace: str) -> bool:
    """Whether a service account of the namespace, or whoever is bound in it alone, may change its labels.

    A request for a namespace is authorized in that namespace ("Authorization Overview").
    """
    for binding in near.cluster.bindings:
        if binding.namespace != namespace:
            continue
        for rule in near.cluster.role(binding).rules:
            if any(rule.covers(verb, "", "namespaces") for verb in ("update", "patch", ANY)) and (
                rule.covers_name(namespace)
            ):
                return bool(binding.subjects)
    return False


def _leak(name: str, tenant: str, reached: dict[str, tuple[str, Connection]]) -> Proof:
    owner, (other, found) = next(iter(reached.items()))
    several = len(reached) - 1
    more = (
        f", and to those of {several if several < _MOST_TOLD else f'{several} or more'} more tenants" if several else ""
    )
    sentence = (
        f"pods of namespace {name} of tenant `{tenant}` can connect to pods of namespace {other} of tenant "
        f"`{owner}`{more}: {found.out.because}, and {found.into.because}"
    )
    example = Counterexample(
        tenant,
        owner,
        f"pods of namespace {name}",
        "connect",
        f"/api/v1/namespaces/{other}/pods",
        {},
        tuple(each for way in (found.out, found.into) if (each := _allowing(way)) is not None),
        replayed=True,
        why_no_deny="network policies have no rule that denies",
    )
    return Proof(
        THEOREM,
        OVER,
        "LEAK",
        reach="own-session",
        assumptions=_NOTES,
        counterexample=example,
        sentence=sentence,
        fix="In every tenant's namespace, write a NetworkPolicy with `podSelector: {}`, `policyTypes: [Ingress, "
        "Egress]` and no rules; then allow what is meant, by `kubernetes.io/metadata.name` where other namespaces are, "
        "and DNS.",
        cause=(THEOREM, OVER, "connect", owner),
        explanation=tuple(
            f"connects to namespace {place} of tenant {each}: {way.out.because}, and {way.into.because}"
            for each, (place, way) in list(reached.items())[:_MOST_TOLD]
        ),
    )


def _allowing(way: Way) -> Allowing | None:
    source = policy_of(way)
    if source is None:
        return None
    return Allowing(f"NetworkPolicy {source.logical_id}", 0, source, ("Properties", "spec"))


def _open(why: Unknown) -> Proof:
    return Proof(THEOREM, OVER, "NOT_PROVEN", assumptions=_NOTES, unknown=why, sentence=why.detail)
