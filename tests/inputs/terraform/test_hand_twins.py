"""Resources as Terraform and as CloudFormation, by another hand than the mapping's: every rule ends the same.

They were written from the documentation of the provider and of CloudFormation before the mapping was looked at, and
planned by Terraform with the real provider (`real_plans.py`).
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from scanner import scan
from tests.inputs.terraform.planner import planned
from tests.inputs.terraform.real_plans import PROVIDER, REQUIRED, plans

HERE = Path(__file__).parent / "hand_twins"


class _Loader(yaml.SafeLoader):
    """Reads `!Ref` and `!GetAtt` as templates mean them."""


_Loader.add_constructor("!Ref", lambda loader, node: {"Ref": loader.construct_scalar(node)})
_Loader.add_constructor("!GetAtt", lambda loader, node: {"Fn::GetAtt": loader.construct_scalar(node).split(".")})
TWINS: list[dict[str, Any]] = [
    each
    for path in sorted(HERE.glob("*.yaml"))
    for each in yaml.load(path.read_text("utf-8"), _Loader)  # it is a SafeLoader
]
# The provider asks AWS about the definition of a state machine while planning.
NOT_PLANNED = {"state-machine"}
Verdicts = dict[tuple[str, str, str], str]
# What a plan calls otherwise, as it stands inside of another resource.
CALLED = {("default-acl-open", "ingress[0]"): "in"}


def verdicts(folder: Path) -> Verdicts:
    """By twin, logical id and rule; what is not applicable is left out, as if no such resource were there."""
    report = scan(folder).report
    errors = [each for each in report["errors"] if each["level"] == "error"]
    assert not errors, json.dumps(errors)
    found: Verdicts = {}
    for each in report["findings"]:
        twin = each["resource"]["address"].partition("#")[0].split("/")[-2]
        name = each["resource"]["logical_id"].rpartition(".")[2]
        if each["verdict"] != "NOT_APPLICABLE":
            found[twin, CALLED.get((twin, name), name), each["rule"]] = each["verdict"]
    return found


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Verdicts, Verdicts, Verdicts]:
    """Of the plans with their text, of the plans alone and of the templates."""
    folder = tmp_path_factory.mktemp("twins")
    for each in TWINS:
        text, alone, template = (folder / kind / each["name"] for kind in ("text", "alone", "template"))
        for path in (text, alone, template):
            path.mkdir(parents=True)
        (text / "main.tf").write_text(REQUIRED + PROVIDER + each["tf"], "utf-8")
        found = plans().get(each["name"])
        plan = json.dumps(found) if found is not None else planned(text)
        (text / "plan.json").write_text(plan, "utf-8")
        (alone / "plan.json").write_text(plan, "utf-8")
        (template / "t.json").write_text(json.dumps({"Resources": each["cfn"]}), "utf-8")
    return verdicts(folder / "text"), verdicts(folder / "alone"), verdicts(folder / "template")


def test_there_are_enough_and_terraform_planned_them() -> None:
    names = {each["name"] for each in TWINS}
    assert len(names) == len(TWINS) >= 146
    assert names - set(plans()) == NOT_PLANNED
    types = {kind for each in TWINS for kind in re.findall(r'^resource "(\w+)"', each["tf"], re.MULTILINE)}
    assert len(types) >= 110


@pytest.mark.parametrize("name", [each["name"] for each in TWINS])
def test_a_plan_ends_as_its_template(name: str, both: tuple[Verdicts, Verdicts, Verdicts]) -> None:
    plan, alone, template = ({key[1:]: said for key, said in each.items() if key[0] == name} for each in both)
    assert plan == template
    opposite = {("PASS", "FAIL"), ("FAIL", "PASS")}
    assert not {key: said for key, said in alone.items() if (said, template.get(key)) in opposite}
