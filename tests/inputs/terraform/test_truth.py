"""Values that become known, one by one: PASS never turns into FAIL or back, and plan and state never disagree."""

from __future__ import annotations

import copy
import json
import random
from pathlib import Path
from typing import Any

import pytest

from scanner import scan
from tests.inputs.terraform.planner import Planner
from tests.inputs.terraform.plans import write

TEXT = Path(__file__).parent / "example.tf"
SEED = 25
OPPOSITE = {("PASS", "FAIL"), ("FAIL", "PASS")}


def made() -> dict[str, Any]:
    return Planner({"example.tf": TEXT.read_text("utf-8")}).plan()


def verdicts(folder: Path, content: dict[str, Any]) -> dict[tuple[str, str], str]:
    report = scan(write(folder, content)).report
    assert not [each for each in report["errors"] if each["level"] == "error"]
    assert not any((each.get("unknown") or {}).get("cause") == "scanner-error" for each in report["findings"])
    return {(each["resource"]["logical_id"], each["rule"]): each["verdict"] for each in report["findings"]}


def leaves(plan: dict[str, Any]) -> list[tuple[int, str]]:
    """Every argument at the top of a resource that is known and written."""
    found = []
    written = {each["address"]: each["expressions"] for each in plan["configuration"]["root_module"]["resources"]}
    for index, change in enumerate(plan["resource_changes"]):
        after = change["change"]["after"]
        found += [(index, name) for name in after if after[name] is not None and name in written[change["address"]]]
    return found


def without(plan: dict[str, Any], place: tuple[int, str]) -> dict[str, Any]:
    """The plan with the argument known after apply; what it refers to is told as Terraform tells it."""
    index, name = place
    other = copy.deepcopy(plan)
    change = other["resource_changes"][index]
    change["change"]["after"].pop(name)
    change["change"]["after_unknown"][name] = True
    for each in other["configuration"]["root_module"]["resources"]:
        if each["address"] == change["address"]:
            each["expressions"][name] = {"references": ["aws_kms_key.other.arn", "aws_kms_key.other"]}
    return other


@pytest.mark.full
def test_an_argument_that_becomes_unknown_turns_no_verdict_over(tmp_path: Path) -> None:
    plan = made()
    before = verdicts(tmp_path, plan)
    assert sum(each in ("PASS", "FAIL") for each in before.values()) > 30
    places = leaves(plan)
    chosen = random.Random(SEED).sample(places, min(24, len(places)))
    turned = {}
    for place in chosen:
        after = verdicts(tmp_path, without(plan, place))
        turned |= {
            (place, key): (was, after[key]) for key, was in before.items() if (was, after.get(key, was)) in OPPOSITE
        }
    assert not turned


def test_the_plan_and_the_state_that_it_becomes_never_say_the_opposite(tmp_path: Path) -> None:
    plan = made()
    resources = []
    for change in plan["resource_changes"]:
        values = {**change["change"]["after"]}
        if change["type"] == "aws_s3_bucket":
            values["arn"] = f"arn:aws:s3:::{values['bucket']}"
            values["id"] = values["bucket"]
        if change["type"].startswith("aws_s3_bucket_"):
            values["bucket"] = "records"
        resources.append(
            {**{key: change[key] for key in ("address", "mode", "type", "name", "provider_name")}, "values": values}
        )
    state = {
        "format_version": "1.0",
        "terraform_version": "1.14.0",
        "values": {"root_module": {"resources": resources}},
    }
    before, after = verdicts(tmp_path, plan), verdicts(tmp_path, state)
    turned = {key: (was, after[key]) for key, was in before.items() if (was, after.get(key, was)) in OPPOSITE}
    assert not turned


def test_what_may_belong_to_several_is_unknown_for_all_of_them(tmp_path: Path) -> None:
    plan = made()
    for each in plan["configuration"]["root_module"]["resources"]:
        if each["address"] == "aws_s3_bucket_public_access_block.records":
            each["expressions"]["bucket"] = {"references": ["local.bucket"]}
    got = verdicts(tmp_path, plan)
    assert got["aws_s3_bucket.records", "s3-bucket-public-block"] == "UNKNOWN"
    assert got["aws_s3_bucket.logs", "s3-bucket-public-block"] == "UNKNOWN"


def test_a_sensitive_value_is_judged_and_never_quoted(tmp_path: Path) -> None:
    plan = made()
    for change in plan["resource_changes"]:
        if change["type"] == "aws_lambda_function":
            change["change"]["after"]["environment"] = [{"variables": {"TOKEN": "hunter2-hunter2"}}]
            change["change"]["after_sensitive"] = {"environment": True}
    report = scan(write(tmp_path, plan)).report
    assert "hunter2" not in json.dumps(report)


@pytest.mark.parametrize("key", ['["eu/west"]', '["a#b"]', '["ü"]', "[0]"])
def test_addresses_with_any_key_are_told_whole(tmp_path: Path, key: str) -> None:
    plan = made()
    for change in plan["resource_changes"]:
        if change["address"] == "aws_dynamodb_table.patients":
            change.update(address=f"aws_dynamodb_table.patients{key}", index=json.loads(key)[0])
    report = scan(write(tmp_path, plan)).report
    assert f"plan.json#aws_dynamodb_table.patients{key}" in {each["resource"]["address"] for each in report["findings"]}
