"""Random role bindings, by seed: the product and `can-i` restated by hand never disagree."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from scanner.inputs.cloudformation.settings import Settings
from scanner.inputs.discovery import discover
from scanner.inputs.reading import read_inputs
from scanner.kubernetes.authorizer import Request, decide
from scanner.kubernetes.cluster import Cluster, clusters_of
from scanner.model.resource import Inventory
from scanner.model.world import World
from scanner.prover.system.proof import Proof
from scanner.prover.system.system import System
from scanner.prover.theorems.namespaces import cannot_reach_namespaces
from scanner.tenancy.loading import load_tenancy_near
from tests.kubernetes.can_i import BELOW, KINDS, VERBS, CanI, Who, reaches, who
from tests.kubernetes_dumps import ALWAYS, Body, listed, system, tenant, thing, write

TENANTS = ("acme", "globex", "initech")
SPACES = (*TENANTS, "kube-system", "shared")
NAMES = ("one", "two", "api", "default")
GROUPS = ("", "", "", "apps", "batch", "rbac.authorization.k8s.io", "*", "certificates.k8s.io")
RESOURCES = (*KINDS, *BELOW, "*", "*/log", "*/scale", "nodes", "nodes/proxy", "nodes/metrics", "users", "groups")
MORE = {
    "rbac.authorization.k8s.io": ("clusterroles", "clusterrolebindings", "roles", "rolebindings"),
    "certificates.k8s.io": ("certificatesigningrequests", "certificatesigningrequests/approval", "signers"),
}
SPECIAL = ("impersonate", "bind", "approve", "use", "*")


def made(seed: int) -> list[Body]:
    """A cluster of three tenants. Most rules are narrow, or every one of them would reach everything."""
    rng = random.Random(seed)
    objects: list[Body] = [*system(), thing("Namespace", "shared"), thing("ServiceAccount", "default", "shared")]
    for each in TENANTS:
        objects += tenant(each)
    for place in SPACES:
        for kind, group in (("ConfigMap", "v1"), ("Deployment", "apps/v1")):
            if rng.random() < 0.4:
                objects.append(thing(kind, rng.choice(NAMES), place, version=group))
        if rng.random() < 0.4:
            run = rng.choice(("api", "default"))
            if place in TENANTS or run == "default":
                spec = {"serviceAccountName": run, "containers": [{"name": "c", "image": "i"}]}
                objects.append(thing("Pod", rng.choice(NAMES), place, spec=spec))
        if rng.random() < 0.3:
            told = {"kubernetes.io/service-account.name": "default"}
            kind = "kubernetes.io/service-account-token"
            objects.append(thing("Secret", rng.choice(NAMES), place, type=kind, annotations=told))
    roles: list[tuple[str, str | None, str]] = []
    for number in range(rng.randint(2, 8)):
        place = rng.choice((None, *SPACES))
        rules = [a_rule(rng) for _ in range(rng.randint(1, 3))]
        kind, version = ("ClusterRole" if place is None else "Role"), "rbac.authorization.k8s.io/v1"
        objects.append(thing(kind, f"r{number}", place, version=version, rules=rules))
        roles.append((kind, place, f"r{number}"))
    for number in range(rng.randint(3, 12)):
        kind, place, name = rng.choice((*roles, ("ClusterRole", None, "missing")))
        # Of the whole cluster once in a while only.
        if place is None and rng.random() < 0.6:
            place = rng.choice(SPACES)
        subjects = [a_subject(rng) for _ in range(rng.randint(1, 3))]
        binding = "ClusterRoleBinding" if place is None else "RoleBinding"
        reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": name}
        version = "rbac.authorization.k8s.io/v1"
        objects.append(thing(binding, f"b{number}", place, version=version, roleRef=reference, subjects=subjects))
    return objects


def a_rule(rng: random.Random) -> Body:
    group = rng.choice(GROUPS)
    resources = rng.sample(MORE.get(group, RESOURCES), rng.randint(1, 2))
    verbs = rng.sample((*VERBS, *SPECIAL), rng.randint(1, 3))
    rule: Body = {"apiGroups": [group], "resources": resources, "verbs": verbs}
    if rng.random() < 0.4:
        rule["resourceNames"] = rng.sample((*NAMES, "kubernetes.io/kube-apiserver-client"), rng.randint(1, 2))
    return rule


def a_subject(rng: random.Random) -> Body:
    kind = rng.random()
    if kind < 0.7:
        place = rng.choice(SPACES)
        return {"kind": "ServiceAccount", "name": rng.choice(("api", "default")), "namespace": place}
    if kind < 0.8:
        return {"kind": "User", "name": rng.choice(("jane", "system:serviceaccount:acme:api", "one"))}
    groups = [f"system:serviceaccounts:{rng.choice(SPACES)}", "system:serviceaccounts", "system:authenticated", "ops"]
    return {"kind": "Group", "name": rng.choice([*groups[:1] * 6, *groups])}


def read(folder: Path, objects: list[Body]) -> Inventory:
    write(folder)
    (folder / "cluster.json").write_text(json.dumps(listed(*objects)), "utf-8")
    reading = read_inputs(discover([folder], cwd=folder), Settings())
    assert not [each for each in reading.problems if each.level == "error"], reading.problems
    return reading.inventory


def requests(can: CanI) -> list[tuple[str, str, str, str, str]]:
    """Verb, resource, namespace, name and API group."""
    asked: list[tuple[str, str, str, str, str]] = []
    for resource in (*KINDS, *BELOW):
        group = KINDS[resource.partition("/")[0]][0]
        for place in SPACES:
            asked += [
                (verb, resource, place, name, group) for verb in (*VERBS, "impersonate") for name in ("", "one", "api")
            ]
    for resource in ("nodes", "nodes/proxy", "users", "groups"):
        asked += [(verb, resource, "", name, "") for verb in ("get", "impersonate", "delete") for name in ("", "one")]
    return asked


def check_requests(cluster: Cluster, can: CanI, rng: random.Random) -> tuple[int, list[Any]]:
    """How many of the requests are allowed, and those on which the two disagree."""
    callers = [who(place, name) for place in SPACES for name in ("api", "default")]
    callers += [Who("jane", frozenset({"ops", "system:authenticated"})), Who("x", frozenset({"system:masters"}))]
    wrong: list[Any] = []
    allowed = 0
    for verb, resource, place, name, group in rng.sample(requests(can), 150):
        caller = rng.choice(callers)
        kind, _, below = resource.partition("/")
        asked = Request(caller.name, caller.groups, verb, group, kind, below, place, name)
        said = decide(asked, cluster.bindings, cluster.role).allowed
        meant = can(caller, verb, resource, place, name, group)
        allowed += meant
        if said is not meant:
            wrong.append((asked, said, meant))
    return allowed, wrong


def check_seed(folder: Path, seed: int) -> tuple[int, dict[str, int], list[Any]]:
    objects = made(seed)
    inventory = read(folder, objects)
    (cluster,) = clusters_of(inventory).values()
    can = CanI(objects)
    allowed, wrong = check_requests(cluster, can, random.Random(seed))
    tenancy = load_tenancy_near([folder]).over(inventory)
    verdicts = {"LEAK": 0, "ISOLATED": 0}
    for subject in inventory.of_type("Kubernetes::core::ServiceAccount"):
        place, _, name = subject.address.rpartition("#ServiceAccount/")[2].partition("/")
        if place not in TENANTS:
            continue
        found = cannot_reach_namespaces(subject, System(tenancy, inventory, None), World())  # type: ignore[arg-type]  # no replay is asked
        assert isinstance(found, Proof)
        meant = reaches(can, who(place, name), [each for each in TENANTS if each != place], SPACES)
        if found.verdict != ("LEAK" if meant else "ISOLATED"):
            wrong.append((seed, place, name, found.verdict, found.sentence))
        else:
            verdicts[found.verdict] += 1
        if found.counterexample is not None and not found.counterexample.replayed:
            wrong.append((seed, "not replayed", found.sentence))
    return allowed, verdicts, wrong


FULL = pytest.mark.full


@pytest.mark.parametrize("part", [0, *(pytest.param(part, marks=FULL) for part in range(1, 6))])
@pytest.mark.full
def test_random_sets_agree(tmp_path: Path, part: int) -> None:
    """50 of the 300 sets."""
    allowed, verdicts = 0, {"LEAK": 0, "ISOLATED": 0}
    for seed in range(part * 50, part * 50 + 50):
        some, said, wrong = check_seed(tmp_path / str(seed), seed)
        assert not wrong, wrong[:3]
        allowed += some
        verdicts = {word: verdicts[word] + said[word] for word in verdicts}
    # A test whose clusters are all open, or all shut, would find nothing.
    assert allowed > 50
    assert min(verdicts.values()) > 30, verdicts


def verdicts_of(folder: Path, inventory: Inventory) -> dict[str, str]:
    tenancy = load_tenancy_near([folder]).over(inventory)
    found: dict[str, str] = {}
    for subject in inventory.of_type("Kubernetes::core::ServiceAccount"):
        said = cannot_reach_namespaces(subject, System(tenancy, inventory, None), World())  # type: ignore[arg-type]  # no replay is asked
        if isinstance(said, Proof):
            found[subject.address.rpartition("#")[2]] = said.verdict
    return found


@pytest.mark.parametrize("part", [0, pytest.param(1, marks=FULL)])
@pytest.mark.full
def test_what_was_not_listed_turns_no_leak_into_isolation(tmp_path: Path, part: int) -> None:
    """Of 60 sets a type is left out, with its objects: nothing is then isolated that is not so with all of them."""
    open_now = 0
    for seed in range(part * 30, part * 30 + 30):
        objects = made(seed)
        whole = verdicts_of(tmp_path / f"w{seed}", read(tmp_path / f"w{seed}", objects))
        kind = random.Random(seed).choice(
            ("Pod", "Secret", "ConfigMap", "Deployment", "Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding")
        )
        folder = tmp_path / f"p{seed}"
        inventory = read(folder, [each for each in objects if each["kind"] != kind])
        (folder / f"{kind.lower()}s.json").unlink(missing_ok=True)
        partial = verdicts_of(folder, read_again(folder) if kind.lower() + "s" in ALWAYS else inventory)
        for name, verdict in partial.items():
            if verdict == "ISOLATED":
                assert whole[name] == "ISOLATED", (seed, kind, name)
            open_now += verdict == "NOT_PROVEN"
    assert open_now > 20


def read_again(folder: Path) -> Inventory:
    return read_inputs(discover([folder], cwd=folder), Settings()).inventory
