"""Resources as Terraform and as CloudFormation, by another hand than the mapping's: every rule ends the same.

They were written from the documentation of provider 6 and of CloudFormation before the mapping was looked at.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from scanner import scan
from tests.inputs.terraform.planner import planned

HERE = Path(__file__).parent / "hand_twins"


class _Loader(yaml.SafeLoader):
    """Reads `!Ref` as templates mean it."""


_Loader.add_constructor("!Ref", lambda loader, node: {"Ref": loader.construct_scalar(node)})
_Loader.add_constructor("!GetAtt", lambda loader, node: {"Fn::GetAtt": loader.construct_scalar(node).split(".")})
TWINS: list[dict[str, Any]] = [
    each
    for path in sorted(HERE.glob("*.yaml"))
    for each in yaml.load(path.read_text("utf-8"), _Loader)  # it is a SafeLoader
]
Verdicts = dict[tuple[str, str], str]
# Where the two differ for a reason: (twin, rule) -> why.
DIFFERENT: dict[tuple[str, str], str] = {}


def verdicts(path: Path) -> Verdicts:
    """By logical id and rule; what is not applicable is left out, as if no such resource were there."""
    report = scan(path).report
    errors = [each for each in report["errors"] if each["level"] == "error"]
    assert not errors, json.dumps(errors)
    return {
        (each["resource"]["logical_id"].rpartition(".")[2], each["rule"]): each["verdict"]
        for each in report["findings"]
        if each["verdict"] != "NOT_APPLICABLE"
    }


def differences(twin: dict[str, Any], folder: Path) -> list[tuple[str, str, str | None, str | None]]:
    """Resource, rule, and what the plan and the template end with."""
    plan, template = folder / "plan", folder / "template"
    plan.mkdir()
    template.mkdir()
    (plan / "main.tf").write_text(f'provider "aws" {{\n  region = "us-east-1"\n}}\n{twin["tf"]}', "utf-8")
    (plan / "plan.json").write_text(planned(plan), "utf-8")
    (template / "t.json").write_text(json.dumps({"Resources": twin["cfn"]}), "utf-8")
    of_plan, of_template = verdicts(plan / "plan.json"), verdicts(template / "t.json")
    return [
        (*key, of_plan.get(key), of_template.get(key))
        for key in sorted({*of_plan, *of_template})
        if of_plan.get(key) != of_template.get(key) and (twin["name"], key[1]) not in DIFFERENT
    ]


@pytest.mark.parametrize("twin", TWINS, ids=lambda twin: twin["name"])
def test_a_plan_ends_as_its_template(twin: dict[str, Any], tmp_path: Path) -> None:
    assert differences(twin, tmp_path) == []
