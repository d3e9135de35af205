"""What an organisation forbids is forbidden to every role of it; what is not known of that proves nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.prover.situations import (
    ACCOUNT,
    BUCKET,
    DATA,
    ITEMS,
    OBJECT_ENTRY,
    PATIENTS,
    TABLE,
    Situation,
    allow,
    deny,
    document,
    ending,
    role,
    verdict,
)

OPEN = role(allow(ITEMS, TABLE))
NO_DATA = document(deny("dynamodb:*", Resource="*"))
OTHER = document(deny("organizations:LeaveOrganization", Resource="*"))


def policy(content: object, *targets: object, kind: str = "SERVICE_CONTROL_POLICY") -> dict:
    return {
        "Type": "AWS::Organizations::Policy",
        "Properties": {"Name": "guard", "Type": kind, "Content": content, "TargetIds": list(targets)},
    }


def _of(tmp_path: Path, **resources: dict) -> str:
    return ending(Situation({"AppRole": OPEN, "Patients": PATIENTS, **resources}).proofs(tmp_path))


SITUATIONS = {
    "no policy": ({}, "LEAK"),
    "attached to the account": ({"Guard": policy(NO_DATA, ACCOUNT)}, "NOTHING"),
    "attached to another account": ({"Guard": policy(NO_DATA, "999999999999")}, "LEAK"),
    "attached to a unit that may be above": ({"Guard": policy(NO_DATA, "ou-ab12-cdefgh34")}, "NOT_PROVEN"),
    "a unit's that speaks of something else": ({"Guard": policy(OTHER, "ou-ab12-cdefgh34")}, "LEAK"),
    "a policy of tags": ({"Guard": policy({"tags": {}}, ACCOUNT, kind="TAG_POLICY")}, "LEAK"),
    "a resource control policy reaches DynamoDB": (
        {"Guard": policy(document(deny("*", Resource="*", Principal="*")), ACCOUNT, kind="RESOURCE_CONTROL_POLICY")},
        "NOTHING",
    ),
    "the template that makes the organisation is its management account's": (
        {"Guard": policy(NO_DATA, ACCOUNT), "Org": {"Type": "AWS::Organizations::Organization"}},
        "LEAK",
    ),
    "an organisation of another management account": (
        {
            "Guard": policy(NO_DATA, ACCOUNT),
            "Org": {"Type": "AWS::Organizations::Organization", "Properties": {"ManagementAccountId": "999999999999"}},
        },
        "NOTHING",
    ),
}


@pytest.mark.parametrize("name", list(SITUATIONS))
def test_what_an_organisation_denies_is_part_of_the_proof(name: str, tmp_path: Path) -> None:
    resources, expected = SITUATIONS[name]
    assert _of(tmp_path, **resources) == expected


@pytest.mark.full
def test_a_resource_control_policy_denies_objects(tmp_path: Path) -> None:
    guard = policy(document(deny("s3:*", Resource="*", Principal="*")), ACCOUNT, kind="RESOURCE_CONTROL_POLICY")
    resources = {"AppRole": role(allow("s3:GetObject", f"{BUCKET}/*")), "Data": DATA}
    (tmp_path / "without").mkdir()
    (tmp_path / "with").mkdir()
    assert verdict(Situation(resources, owned=[OBJECT_ENTRY]).proofs(tmp_path / "without")) == "LEAK"
    guarded = Situation({**resources, "Guard": guard}, owned=[OBJECT_ENTRY])
    assert ending(guarded.proofs(tmp_path / "with")) == "NOTHING"


def test_a_service_linked_role_is_not_bound(tmp_path: Path) -> None:
    linked = role(allow(ITEMS, TABLE))
    linked["Properties"] = {**linked["Properties"], "Path": "/aws-service-role/", "RoleName": "AppRole"}
    resources = {"AppRole": linked, "Patients": PATIENTS, "Guard": policy(NO_DATA, ACCOUNT)}
    assert verdict(Situation(resources).proofs(tmp_path)) == "LEAK"
