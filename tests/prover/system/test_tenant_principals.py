"""Whose a role is that no tag gives to a tenant, and that all its leaks are told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.prover.situations import OBJECT_ENTRY, TABLE, Situation, allow, ending, role, trust, verdict

TASKS = trust({"Service": "ecs-tasks.amazonaws.com"}, actions="sts:AssumeRole")
OWN = "arn:aws:s3:::clinic-data/lakeside/*"
BY_NAME = [{"role": "app-${tenant}-task", "because": "the deployment names them so"}]


def silo(
    *statements: dict[str, Any], pattern: str = "[a-z]{4,12}", principals: object = BY_NAME, **more: Any
) -> Situation:
    name = more.pop("RoleName", "app-lakeside-task")
    owned = more.pop("owned", [OBJECT_ENTRY])
    body = role(*statements, AssumeRolePolicyDocument=TASKS, RoleName=name, **more)
    return Situation(
        {"AppRole": body},
        owned=owned,
        sessions=[],
        pattern=pattern,
        tenancy={"principals": principals, "model": "bridge"},
        template={"Parameters": {"TenantId": {"Type": "String"}}},
    )


OF_STACK = {"Fn::Sub": "app-${TenantId}-task"}
HELD = {"Fn::Sub": "arn:aws:s3:::clinic-data/${TenantId}/*"}
CASES = {
    "its own prefix": (silo(allow("s3:GetObject", OWN)), "ISOLATED"),
    "another's prefix": (silo(allow("s3:GetObject", OWN.replace("lakeside", "northgate"))), "LEAK"),
    "everything": (silo(allow("s3:GetObject", "*")), "LEAK"),
    "a name that the pattern does not match": (
        silo(allow("s3:GetObject", OWN), RoleName="app-lakeside-job"),
        "LEAK",
    ),
    "a name that is no id": (silo(allow("s3:GetObject", OWN), RoleName="app-UP-task"), "LEAK"),
    "an ARN": (
        silo(allow("s3:GetObject", OWN), principals=[{"role": "arn:aws:iam::*:role/app-${tenant}-task"}]),
        "ISOLATED",
    ),
    "an ARN that `owned` gives to a tenant": (
        silo(
            allow("s3:GetObject", OWN),
            principals=None,
            owned=[OBJECT_ENTRY, {"kind": "arn", "arn": "arn:aws:iam::*:role/app-${tenant}-task"}],
        ),
        "ISOLATED",
    ),
    "where the id ends is open": (
        silo(
            allow("s3:GetObject", "arn:aws:s3:::clinic-data/north-gate/*"),
            pattern="[a-z-]{4,12}",
            principals=[{"role": "app-${tenant}-*"}],
            RoleName="app-north-gate-task",
        ),
        "LEAK",
    ),
    "a tag that disagrees": (
        silo(allow("s3:GetObject", OWN), Tags=[{"Key": "TenantId", "Value": "northgate"}]),
        "LEAK",
    ),
    "a tag that agrees": (
        silo(allow("s3:GetObject", OWN), Tags=[{"Key": "TenantId", "Value": "lakeside"}]),
        "ISOLATED",
    ),
    "the parameter of its stack": (silo(allow("s3:GetObject", HELD), RoleName=OF_STACK), "ISOLATED"),
    "the parameter, without the delimiter": (
        silo(allow("s3:GetObject", {"Fn::Sub": "arn:aws:s3:::clinic-data/${TenantId}*"}), RoleName=OF_STACK),
        "LEAK",
    ),
    "the parameter, with everything": (silo(allow("s3:GetObject", "*"), RoleName=OF_STACK), "LEAK"),
    "said in letters": (
        silo(allow("s3:GetObject", OWN), principals=[{"role": "Legacy*", "tenant": "lakeside"}], RoleName="LegacyOne"),
        "ISOLATED",
    ),
    "said in letters, with another's prefix": (
        silo(
            allow("s3:GetObject", OWN),
            principals=[{"role": "LegacyOne", "tenant": "northgate"}],
            RoleName="LegacyOne",
        ),
        "LEAK",
    ),
    "said in letters of another role": (
        silo(allow("s3:GetObject", OWN), principals=[{"role": "Other", "tenant": "lakeside"}], RoleName="LegacyOne"),
        "LEAK",
    ),
    "said in letters by its logical id": (
        silo(allow("s3:GetObject", OWN), principals=[{"role": "AppRole", "tenant": "lakeside"}], RoleName="x"),
        "ISOLATED",
    ),
    "said in letters of a name with a parameter": (
        silo(allow("s3:GetObject", OWN), principals=[{"role": "app-*-task", "tenant": "lakeside"}], RoleName=OF_STACK),
        "ISOLATED",
    ),
    "said in letters of a name with a parameter that its policy has, too": (
        silo(allow("s3:GetObject", HELD), principals=[{"role": "app-*-task", "tenant": "lakeside"}], RoleName=OF_STACK),
        "NOT_PROVEN",
    ),
    "said in letters, a tag that disagrees": (
        silo(
            allow("s3:GetObject", OWN),
            principals=[{"role": "AppRole", "tenant": "lakeside"}],
            Tags=[{"Key": "TenantId", "Value": "northgate"}],
        ),
        "LEAK",
    ),
    "said in letters, a name that disagrees": (
        silo(
            allow("s3:GetObject", OWN),
            principals=[*BY_NAME, {"role": "AppRole", "tenant": "northgate"}],
        ),
        "LEAK",
    ),
    "said in letters of a stack whose name is not known": (
        silo(allow("s3:GetObject", OWN), principals=[{"stack": "old-*", "tenant": "lakeside"}], RoleName="x"),
        "NOT_PROVEN",
    ),
    "another parameter in its policy": (
        silo(
            allow("s3:GetObject", {"Fn::Sub": "arn:aws:s3:::clinic-data/${AWS::StackName}/*"}),
            RoleName=OF_STACK,
        ),
        "NOT_PROVEN",
    ),
}


@pytest.mark.parametrize("name", list(CASES))
def test_a_role_belongs_to_the_tenant_that_its_name_says(name: str, tmp_path: Path) -> None:
    situation, expected = CASES[name]
    findings = situation.proofs(tmp_path)
    told = [(each["rule"], each["proof"]["verdict"], each.get("message")) for each in findings if each.get("proof")]
    assert verdict(findings) == expected, told


def test_a_tag_that_disagrees_is_the_layouts_finding_and_nothing_is_proved_of_the_role(tmp_path: Path) -> None:
    findings = CASES["a tag that disagrees"][0].proofs(tmp_path)
    layout = next(each for each in findings if each["rule"] == "data-layout-unambiguous")
    assert "belongs to `lakeside` by its name and to `northgate` by its tag" in layout["message"]
    others = {each["proof"]["verdict"] for each in findings if each is not layout and each["proof"]}
    assert others == {"NOT_PROVEN"}


def test_a_role_of_one_tenant_reaches_its_own_data(tmp_path: Path) -> None:
    (proof,) = (
        each["proof"]
        for each in CASES["its own prefix"][0].proofs(tmp_path)
        if each["rule"] == "s3-objects-stay-with-tenant"
    )
    assert (proof["vacuous"], proof["reaches"]) == (False, "own")


@pytest.mark.full
def test_every_store_that_a_principal_leaks_is_told_and_counts_for_the_findings_identity(tmp_path: Path) -> None:
    entries = [OBJECT_ENTRY, {**OBJECT_ENTRY, "bucket": "scans"}, {**OBJECT_ENTRY, "bucket": "letters"}]
    buckets = ["arn:aws:s3:::clinic-data/*", "arn:aws:s3:::scans/*", "arn:aws:s3:::letters/*"]
    ids = set()
    for number in (1, 2, 3):
        situation = Situation({"AppRole": role(allow("s3:GetObject", buckets[:number]))}, owned=entries)
        folder = tmp_path / str(number)
        (leak,) = (each for each in situation.proofs(folder) if each["proof"]["verdict"] == "LEAK")
        ids.add(leak["id"])
        named = [name for name in ("clinic-data", "scans", "letters") if name in leak["message"]]
        assert len(named) == number, leak["message"]
    assert len(ids) == 3


def test_what_a_role_of_a_stack_reaches_is_told(tmp_path: Path) -> None:
    assert ending(silo(allow("dynamodb:GetItem", TABLE), RoleName=OF_STACK).proofs(tmp_path)) == "ISOLATED"
