"""A role whose trust policy was not read may let anybody in: as long as nobody knows, a session may become that role.

Found when the holes of `tenant-sessions-cannot-escalate` were widened to the role that is taken: with its trust policy
unknown the step was left out, and a leak turned into a proof.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.prover.situations import PATIENTS, TABLE, TAG, Situation, allow, leading, role, verdict

OWN = allow(["dynamodb:GetItem", "dynamodb:Query"], TABLE, leading(f"TENANT#{TAG}"))
WHOLE = allow("dynamodb:Query", TABLE)
UNREAD = {"Fn::Transform": {"Name": "Trust"}}


@pytest.mark.parametrize(
    "mine",
    [
        pytest.param(OWN, id="the trust policy may name the session's role"),
        pytest.param(allow("sts:AssumeRole", "*"), id="the session may take whatever trusts its account"),
        pytest.param(allow(["iam:PassRole", "lambda:CreateFunction"], "*"), id="the role may be passed to a service"),
    ],
)
def test_what_an_unread_trust_policy_may_let_in_is_not_ruled_out(tmp_path: Path, mine: dict[str, object]) -> None:
    report = role(WHOLE, AssumeRolePolicyDocument=UNREAD)
    situation = Situation({"AppRole": role(mine), "ReportRole": report, "Patients": PATIENTS})
    found = [each for each in situation.proofs(tmp_path) if each["rule"] == "tenant-sessions-cannot-escalate"]
    assert verdict(found) == "NOT_PROVEN"
