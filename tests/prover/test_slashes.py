"""A star stands for what the form of the ARN has in its place, and for no slash that the form has not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.prover.closed_world.prover import ask_files
from tests.prover.situations import ACCOUNT, BROKER, TAG, allow, role, said_of_roles

SESSION = {
    "name": "app",
    "roles": ["AppRole"],
    "tenant_key": "aws:PrincipalTag/TenantId",
    "present": "always",
    "binders": [BROKER],
}
SERVICES = "arn:aws:ecs:us-east-1:111122223333:service/"


@pytest.mark.parametrize(
    ("resource", "ids", "verdict"),
    [
        (f"*/{TAG}-*", "[a-z]{4,12}", "ISOLATED"),
        (f"main/{TAG}-*", "[a-z]{4,12}", "ISOLATED"),
        (f"*/{TAG}-*", "[a-z0-9-]{1,36}", "LEAK"),  # `acme-x` begins as `acme` and its dash do
        (f"*{TAG}-*", "[a-z]{4,12}", "LEAK"),  # the cluster `acme-`
        ("*/*-acme-*", "[a-z]{4,12}", "LEAK"),
    ],
)
def test_a_service_of_any_cluster(resource: str, ids: str, verdict: str, tmp_path: Path) -> None:
    tenancy = {
        "version": 1,
        "account": "111122223333",
        "region": "us-east-1",
        "tenant_id": {"pattern": ids, "tags": ["TenantId"]},
        "sessions": [SESSION],
        "owned": [{"kind": "arn", "arn": SERVICES + "*/${tenant}-*"}],
    }
    app = role(allow("ecs:*", SERVICES + resource))
    said = ask_files(tenancy, {"Resources": {"AppRole": app}}, tmp_path)
    assert said.verdict == verdict
    if said.proof is not None and said.proof.counterexample is not None:
        assert said.proof.counterexample.resource.count("/") == 2


def test_a_path_of_an_api_is_shown_without_a_colon(tmp_path: Path) -> None:
    """Its form lets a path hold one; a request for a plain path was there, and the colon left the answer open."""
    api = f"arn:aws:execute-api:us-east-1:{ACCOUNT}:abcde12345/prod/GET/tenants"
    own = allow("execute-api:Invoke", f"{api}/{TAG}/*")
    entry = {"kind": "arn", "arn": f"{api}/${{tenant}}/*"}
    every = allow("execute-api:Invoke", "arn:aws:execute-api:*:*:*")
    assert said_of_roles(tmp_path, {"AppRole": role(own, every)}, owned=[entry]) == {"AppRole": "LEAK"}
