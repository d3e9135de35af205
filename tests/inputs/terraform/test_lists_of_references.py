"""What an expression is taken to name is named in a list too: an item that rests on an assumption was not asked for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scanner import scan
from tests.inputs.terraform.plans import Refers, plan, resource, write

ADMIN = json.dumps({"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
READ = json.dumps({"Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::a/*"}]})
TRUST = json.dumps({"Statement": [{"Effect": "Allow", "Principal": {"Service": "ecs.amazonaws.com"}, "Action": "*"}]})
# Terraform below 0.15 lists the resource alone.
NAMED = (Refers("aws_iam_policy.p"), Refers("aws_iam_policy.p.arn", "aws_iam_policy.p"))


@pytest.mark.parametrize("named", NAMED, ids=["resource", "attribute"])
@pytest.mark.parametrize(("policy", "verdict"), [(ADMIN, "FAIL"), (READ, "PASS")], ids=["admin", "read"])
@pytest.mark.parametrize("who", ["user", "role", "group", "users", "roles"])
def test_an_attached_policy_is_read(who: str, policy: str, verdict: str, named: Refers, tmp_path: Path) -> None:
    kind = who.rstrip("s")
    said = {"name": "one", **({"assume_role_policy": TRUST} if kind == "role" else {})}
    attachment = "aws_iam_policy_attachment" if who != kind else f"aws_iam_{kind}_policy_attachment"
    value = {who: ["one"], "name": "a"} if who != kind else {who: "one"}
    content = plan(
        resource(f"aws_iam_{kind}.it", said),
        resource("aws_iam_policy.p", {"name": "p", "policy": policy}, unknown=["arn"]),
        resource(f"{attachment}.a", {**value, "policy_arn": named}),
    )
    report = scan(write(tmp_path, content)).report
    found = {
        each["resource"]["logical_id"]: each["verdict"]
        for each in report["findings"]
        if each["rule"] == "iam-no-admin-policy"
    }
    # A policy that is a resource is judged as one, and whom it is attached to by the rest.
    assert found == {f"aws_iam_{kind}.it": "PASS", "aws_iam_policy.p": verdict}
    assert " object at 0x" not in json.dumps(report["findings"])
