"""Which pods connect to which: labelled situations, and random policies against their semantics restated by hand."""

from __future__ import annotations

import ipaddress
import json
import random
from pathlib import Path
from typing import Any

import pytest

from scanner.inputs.cloudformation.settings import Settings
from scanner.inputs.discovery import discover
from scanner.inputs.reading import read_inputs
from scanner.kubernetes.cluster import clusters_of
from scanner.kubernetes.network import Connection, Network
from scanner.prover.system.proof import Proof
from tests.kubernetes_dumps import Body, account, binding, listed, proof, role, rule, system, tenant, thing, write

SHUT: Body = {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
DNS: Body = {
    "podSelector": {},
    "policyTypes": ["Egress"],
    "egress": [
        {
            "to": [{"namespaceSelector": {}, "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}}}],
            "ports": [{"protocol": "UDP", "port": 53}],
        }
    ],
}


def policy(name: str, namespace: str, **spec: Any) -> Body:
    return thing("NetworkPolicy", name, namespace, version="networking.k8s.io/v1", spec=spec)


def pod(name: str, namespace: str, address: str = "", **labels: str) -> Body:
    status = {"podIP": address} if address else {}
    return thing("Pod", name, namespace, labels=labels, spec={"serviceAccountName": "api"}, status=status)


def into(*peers: Body, select: Body | None = None, types: tuple[str, ...] = ("Ingress",)) -> Body:
    """A policy of globex that lets these in."""
    return policy("in", "globex", podSelector=select or {}, policyTypes=list(types), ingress=[{"from": list(peers)}])


A, G = policy("shut", "acme", **SHUT), policy("shut", "globex", **SHUT)
NAMED = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "acme"}}}
SIDE = {"namespaceSelector": {"matchLabels": {"side": "inner"}}}
NODE = thing("Node", "n", spec={"podCIDR": "10.1.0.0/16"})

CASES: dict[str, tuple[list[Body], str, str]] = {
    "no policy": ([], "LEAK", "no network policy limits"),
    "both are shut": ([A, G], "ISOLATED", ""),
    "the other is shut": ([G], "ISOLATED", ""),
    "its own way out is shut": ([A], "ISOLATED", ""),
    "its own way in is shut": ([policy("in", "acme", podSelector={}, policyTypes=["Ingress"])], "LEAK", ""),
    "the types are left out": ([policy("in", "globex", podSelector={})], "ISOLATED", ""),
    "the types are left out, and there are rules out": (
        [policy("out", "acme", podSelector={}, egress=[{"to": [{"podSelector": {}}]}])],
        "ISOLATED",
        "",
    ),
    "the other's way out alone is shut": (
        [policy("out", "globex", podSelector={}, policyTypes=["Egress"])],
        "LEAK",
        "into namespace globex",
    ),
    "some of its pods are shut": (
        [policy("p", "globex", podSelector={"matchLabels": {"app": "db"}}, policyTypes=["Ingress"])],
        "LEAK",
        "no network policy that selects all pods",
    ),
    "shut, and DNS": ([A, G, policy("dns", "acme", **DNS)], "ISOLATED", ""),
    "DNS, and the other is open": ([A, policy("dns", "acme", **DNS)], "ISOLATED", ""),
    "DNS, and a pod of the other answers to its name": (
        [A, policy("dns", "acme", **DNS), pod("p", "globex", **{"k8s-app": "kube-dns"})],
        "LEAK",
        "acme/dns",
    ),
    "a rule without peers": (
        [policy("in", "globex", podSelector={}, policyTypes=["Ingress"], ingress=[{}])],
        "LEAK",
        "globex/in allows everything",
    ),
    "a rule for its own pods": ([into({"podSelector": {}})], "ISOLATED", ""),
    "all namespaces": ([into({"namespaceSelector": {}})], "LEAK", "globex/in allows namespaces"),
    "all namespaces, some pods": (
        [into({"namespaceSelector": {}, "podSelector": {"matchLabels": {"app": "front"}}})],
        "LEAK",
        "",
    ),
    "its namespace by name": ([into(NAMED)], "LEAK", ""),
    "another namespace by name": (
        [into({"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "ingress"}}})],
        "ISOLATED",
        "",
    ),
    "all but its namespace": (
        [
            into(
                {
                    "namespaceSelector": {
                        "matchExpressions": [{"key": "TenantId", "operator": "NotIn", "values": ["acme"]}]
                    }
                }
            )
        ],
        "ISOLATED",
        "",
    ),
    "a label that nobody gives": ([into(SIDE)], "ISOLATED", ""),
    "a label that its tenant may give": (
        [into(SIDE), role("own", "acme", rule("patch", "namespaces")), binding("own", "acme", account("api", "acme"))],
        "LEAK",
        "a label that acme can be given",
    ),
    "a name is no label that its tenant may give": (
        [
            into({"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "ingress"}}}),
            role("own", "acme", rule("patch", "namespaces")),
            binding("own", "acme", account("api", "acme")),
        ],
        "ISOLATED",
        "",
    ),
    "every address": ([into({"ipBlock": {"cidr": "0.0.0.0/0"}})], "LEAK", "every address"),
    "addresses of its pods": (
        [into({"ipBlock": {"cidr": "10.0.0.0/8"}}), pod("p", "acme", "10.1.2.3")],
        "LEAK",
        "10.0.0.0/8",
    ),
    "all addresses but those of pods": (
        [
            into({"ipBlock": {"cidr": "0.0.0.0/0", "except": ["10.0.0.0/8"]}}),
            pod("p", "acme", "10.1.2.3"),
            NODE,
        ],
        "ISOLATED",
        "",
    ),
    "addresses of which nobody says whose they are": (
        [into({"ipBlock": {"cidr": "10.0.0.0/8"}})],
        "NOT_PROVEN",
        "have addresses in 10.0.0.0/8",
    ),
    "a block in a form that only the API server reads": (
        [into({"ipBlock": {"cidr": "010.0.0.0/8"}}), pod("p", "acme", "10.1.2.3"), NODE],
        "NOT_PROVEN",
        "which addresses",
    ),
    "an exception in such a form": (
        [into({"ipBlock": {"cidr": "0.0.0.0/0", "except": ["010.0.0.0/8"]}}), pod("p", "acme", "10.1.2.3"), NODE],
        "NOT_PROVEN",
        "which addresses",
    ),
    "a node that does not say its addresses beside one that does": (
        [into({"ipBlock": {"cidr": "192.168.0.0/16"}}), NODE, thing("Node", "m", spec={})],
        "NOT_PROVEN",
        "have addresses in 192.168.0.0/16",
    ),
    "a node whose addresses are no block": (
        [into({"ipBlock": {"cidr": "192.168.0.0/16"}}), thing("Node", "m", spec={"podCIDR": "ten"})],
        "NOT_PROVEN",
        "have addresses in 192.168.0.0/16",
    ),
    "addresses that no node gives": ([into({"ipBlock": {"cidr": "192.168.0.0/16"}}), NODE], "ISOLATED", ""),
    "a policy of another plugin": (
        [A, G, thing("CiliumNetworkPolicy", "c", "globex", version="cilium.io/v2", spec={})],
        "NOT_PROVEN",
        "CiliumNetworkPolicy c",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_situation(tmp_path: Path, name: str) -> None:
    objects, verdict, words = CASES[name]
    found = proof(write(tmp_path, *tenant("acme"), *tenant("globex"), *objects), "acme", "Namespace")
    assert isinstance(found, Proof)
    assert found.verdict == verdict, found.sentence
    assert words in found.sentence


def test_policies_that_nobody_listed_are_unknown(tmp_path: Path) -> None:
    folder = write(tmp_path, *tenant("acme"), *tenant("globex"), without=("networkpolicies",))
    found = proof(folder, "acme", "Namespace")
    assert isinstance(found, Proof)
    assert found.verdict == "NOT_PROVEN"
    assert "networkpolicies were listed" in found.sentence


# The semantics of "Network Policies" restated by hand: of one pod to one pod.


def selected(selector: Body, labels: dict[str, str]) -> bool:
    for key, value in (selector.get("matchLabels") or {}).items():
        if labels.get(key) != value:
            return False
    for each in selector.get("matchExpressions") or []:
        value = labels.get(each["key"])
        good = {
            "In": value in each.get("values", []),
            "NotIn": value not in each.get("values", []),
            "Exists": value is not None,
            "DoesNotExist": value is None,
        }
        if not good[each["operator"]]:
            return False
    return True


def passes(policies: list[Body], way: str, mine: Body, other: Body, spaces: dict[str, dict[str, str]]) -> bool:
    here = mine["metadata"]["namespace"]
    bound = False
    for each in policies:
        spec = each["spec"]
        types = spec.get("policyTypes") or ["Ingress", *(["Egress"] if spec.get("egress") else [])]
        if each["metadata"]["namespace"] != here or way not in types:
            continue
        if not selected(spec["podSelector"], mine["metadata"].get("labels", {})):
            continue
        bound = True
        for ruling in spec.get(way.lower()) or []:
            peers = ruling.get("from" if way == "Ingress" else "to") or []
            if not peers or any(is_peer(peer, here, other, spaces) for peer in peers):
                return True
    return not bound


def is_peer(peer: Body, here: str, other: Body, spaces: dict[str, dict[str, str]]) -> bool:
    if "ipBlock" in peer:
        address = ipaddress.ip_address(other["status"]["podIP"])
        inside = address in ipaddress.ip_network(peer["ipBlock"]["cidr"])
        return inside and not any(address in ipaddress.ip_network(each) for each in peer["ipBlock"].get("except", []))
    place = other["metadata"]["namespace"]
    if "namespaceSelector" in peer:
        if not selected(peer["namespaceSelector"], spaces[place]):
            return False
    elif place != here:
        return False
    return selected(peer.get("podSelector", {}), other["metadata"].get("labels", {}))


LABELS: tuple[dict[str, str], ...] = ({}, {"app": "a"}, {"app": "b"}, {"app": "a", "tier": "x"})
WORN = [
    {key: value for key, value in (("app", app), ("tier", tier)) if value}
    for app in ("", "a", "b", "z")
    for tier in ("", "x", "z")
]
SELECTORS: tuple[Body, ...] = (
    {},
    {},
    {"matchLabels": {"app": "a"}},
    {"matchLabels": {"tier": "x"}},
    {"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["a"]}]},
    {"matchExpressions": [{"key": "tier", "operator": "Exists"}]},
)
SPACES: tuple[Body, ...] = (
    {},
    {"matchLabels": {"TenantId": "acme"}},
    {"matchLabels": {"TenantId": "globex"}},
    {"matchExpressions": [{"key": "TenantId", "operator": "NotIn", "values": ["acme"]}]},
)


def a_policy(rng: random.Random, name: str, namespace: str) -> Body:
    def rules() -> list[Body]:
        found: list[Body] = []
        for _ in range(rng.randint(0, 2)):
            peers: list[Body] = []
            for _ in range(rng.randint(0, 2)):
                kind = rng.random()
                if kind < 0.3:
                    peers.append({"podSelector": rng.choice(SELECTORS)})
                elif kind < 0.6:
                    peers.append({"namespaceSelector": rng.choice(SPACES)})
                elif kind < 0.9:
                    peers.append({"namespaceSelector": rng.choice(SPACES), "podSelector": rng.choice(SELECTORS)})
                else:
                    peers.append({"ipBlock": {"cidr": "0.0.0.0/0"}})
            way = "from" if name.startswith("i") else "to"
            found.append({way: peers} if peers or rng.random() < 0.8 else {})
        return found

    spec: Body = {"podSelector": rng.choice(SELECTORS)}
    if name.startswith("i"):
        return policy(name, namespace, **spec, policyTypes=["Ingress"], ingress=rules())
    return policy(name, namespace, **spec, policyTypes=["Egress"], egress=rules())


@pytest.mark.full
def test_random_policies_agree(tmp_path: Path) -> None:
    """150 by seed: the product says that pods connect where some pod with labels of its tenant's choice does."""
    seen = {True: 0, False: 0}
    for seed in range(150):
        rng = random.Random(seed)
        places = ("acme", "globex")
        policies = [a_policy(rng, f"{rng.choice('io')}{n}", rng.choice(places)) for n in range(rng.randint(2, 7))]
        targets = [pod(f"p{n}", "globex", "10.1.0.9", **rng.choice(LABELS)) for n in range(rng.randint(0, 2))]
        folder = tmp_path / str(seed)
        write(folder)
        objects = [*tenant("acme"), *tenant("globex"), *policies, *targets]
        (folder / "cluster.json").write_text(json.dumps(listed(*system(), *objects)), "utf-8")
        inventory = read_inputs(discover([folder], cwd=folder), Settings()).inventory
        (cluster,) = clusters_of(inventory).values()
        found = Network(cluster).connects(cluster.namespaces["acme"], cluster.namespaces["globex"])
        assert found is None or isinstance(found, Connection), (seed, found)
        spaces = {name: dict(space.labels) for name, space in cluster.namespaces.items()}
        # The target's pods, and one without labels; a source with each way to be labelled.
        sources = [pod("s", "acme", "10.1.0.8", **each) for each in WORN]
        wanted = any(
            passes(policies, "Egress", one, other, spaces) and passes(policies, "Ingress", other, one, spaces)
            for one in sources
            for other in [*targets, pod("n", "globex", "10.1.0.9")]
        )
        assert isinstance(found, Connection) is wanted, seed
        seen[wanted] += 1
    assert min(seen.values()) > 30, seen
