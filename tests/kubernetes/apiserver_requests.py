"""Requests on the random clusters of `test_against_can_i`, half of them near what a rule allows, for the API server's
own authorizer and for ours.

`python -m tests.kubernetes.apiserver_requests ORACLE` records its answers in `apiserver/answers.json`. ORACLE is
`apiserver/main.go.txt`, built as `cmd/rbac-oracle/main.go` in the source of Kubernetes 1.20.2 (`apt-get source
kubernetes` of Debian 12, Go 1.19, GO111MODULE=off below GOPATH/src/k8s.io/kubernetes).
"""

from __future__ import annotations

import hashlib
import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.kubernetes.can_i import BELOW, KINDS, VERBS
from tests.kubernetes.test_against_can_i import SPACES, made
from tests.kubernetes_dumps import Body

ANSWERS = Path(__file__).parent / "apiserver" / "answers.json"
SEEDS = range(9000, 9300)
_RESOURCES = (
    *KINDS,
    *BELOW,
    "nodes",
    "nodes/proxy",
    "nodes/metrics",
    "users",
    "groups",
    "clusterroles",
    "rolebindings",
    "certificatesigningrequests/approval",
    "signers",
)
_GROUPS = ("", "apps", "batch", "rbac.authorization.k8s.io", "certificates.k8s.io")
_EACH = 100


def asked(seed: int) -> tuple[list[Body], list[dict[str, Any]]]:
    """The objects of a cluster, and requests as the oracle takes them."""
    objects, rng = made(seed), random.Random(seed * 7 + 1)
    who = [
        (f"system:serviceaccount:{place}:{name}", [*_of(place), "system:authenticated"])
        for place in SPACES
        for name in ("api", "default")
    ]
    who += [("jane", ["system:authenticated"]), ("one", ["ops", "system:authenticated"])]
    who.append(("system:anonymous", ["system:unauthenticated"]))
    rules = [(each, rule) for each in objects if each["kind"] in ("Role", "ClusterRole") for rule in each["rules"]]
    found: list[dict[str, Any]] = []
    for _ in range(_EACH):
        resource = rng.choice(_RESOURCES)
        group = KINDS.get(resource.partition("/")[0], ("",))[0] if rng.random() < 0.8 else rng.choice(_GROUPS)
        names = ("", "one", "api", "default", "kubernetes.io/kube-apiserver-client")
        verb, place = rng.choice((*VERBS, "impersonate", "bind", "approve")), rng.choice(("", *SPACES))
        found.append(_request(rng.choice(who), verb, group, resource, place, rng.choice(names)))
    for _ in range(_EACH):
        role, rule = rng.choice(rules)
        resource = rng.choice(rule["resources"])
        resource = rng.choice(_RESOURCES) if resource == "*" else resource.replace("*/", "pods/")
        verb, group = rng.choice(rule["verbs"]), rng.choice(rule["apiGroups"])
        place = role["metadata"].get("namespace") or rng.choice(("", *SPACES))
        name = rng.choice(rule.get("resourceNames", ["", "one"]) if rng.random() < 0.8 else ["", "two"])
        verb = rng.choice(VERBS) if verb == "*" else verb
        found.append(_request(rng.choice(who), verb, "apps" if group == "*" else group, resource, place, name))
    return objects, found


def _of(place: str) -> list[str]:
    return ["system:serviceaccounts", f"system:serviceaccounts:{place}"]


def _request(  # the parts of a request
    who: tuple[str, list[str]], verb: str, group: str, resource: str, place: str, name: str
) -> dict[str, Any]:
    kind, _, below = resource.partition("/")
    user, groups = who
    return {
        "User": user,
        "Groups": groups,
        "Verb": verb,
        "Group": group,
        "Resource": kind,
        "Subresource": below,
        "Namespace": place,
        "Name": name,
    }


def question(seed: int) -> str:
    """One line for the oracle."""
    objects, requests = asked(seed)
    kinds = ("Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding")
    told = {f"{kind}s": [each for each in objects if each["kind"] == kind] for kind in kinds}
    return json.dumps({**told, "Requests": requests}, sort_keys=True)


def digest(line: str) -> str:
    """By which recorded answers are known to be of this question."""
    return hashlib.sha256(line.encode()).hexdigest()[:16]


def main() -> None:
    lines = [question(seed) for seed in SEEDS]
    done = subprocess.run([sys.argv[1]], input="\n".join(lines), capture_output=True, text=True, check=True)
    answers = {
        str(seed): [digest(line), "".join(str(int(each)) for each in json.loads(said))]
        for seed, line, said in zip(SEEDS, lines, done.stdout.splitlines(), strict=True)
    }
    packed = {seed: [sign, f"{int(bits, 2):0{len(bits) // 4}x}"] for seed, (sign, bits) in answers.items()}
    ANSWERS.write_text(json.dumps(packed, indent=0) + "\n", "utf-8")


if __name__ == "__main__":
    main()
