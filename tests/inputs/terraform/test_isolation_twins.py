"""Isolation cases as Terraform: every proof on a plan ends as on the template."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from scanner import scan
from tests.inputs.terraform.planner import planned
from tests.inputs.terraform.twins import NoTwin, Twin, selected

HERE = Path(__file__).parent
CASES = [*sorted((HERE.parents[1] / "prover" / "cases").glob("*.yaml")), *sorted((HERE / "isolation").glob("*.yaml"))]
Proofs = dict[tuple[str, str, str], str]


def _twin(path: Path) -> Twin | None:
    try:
        twin = Twin(yaml.safe_load(path.read_text("utf-8"))["template"])
        twin.text()
    except NoTwin:
        return None
    return twin


TWINS = {path: twin for path in CASES if (twin := _twin(path)) is not None}


def proofs(path: Path) -> Proofs:
    """How each ends, by rule, resource and what it is over; a plan's resources by the names that the template gives."""
    report = scan(path).report
    errors = [each for each in report["errors"] if each["level"] == "error"]
    assert not errors, json.dumps(errors)
    return {
        (each["rule"], each["resource"]["logical_id"].rpartition(".")[2], str(each["proof"]["over"])): each["proof"][
            "verdict"
        ]
        for each in report["findings"]
        if each.get("proof")
    }


def written(folder: Path, name: str, content: str, tenancy: Any) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    if tenancy is not None:
        (folder / "tenancy.yaml").write_text(yaml.safe_dump(tenancy, sort_keys=False), "utf-8")
    (folder / name).write_text(content, "utf-8")
    return folder / name


def both(path: Path, folder: Path) -> tuple[Proofs, Proofs, Path]:
    case, twin = yaml.safe_load(path.read_text("utf-8")), TWINS[path]
    template = written(
        folder / "template", "t.yaml", yaml.safe_dump(case["template"], sort_keys=False), case["tenancy"]
    )
    (folder / "text").mkdir()
    (folder / "text" / "main.tf").write_text(twin.text(), "utf-8")
    plan = written(folder / "plan", "plan.json", planned(folder / "text"), selected(case["tenancy"], twin))
    return proofs(template), proofs(plan), plan


def test_there_are_enough_of_them() -> None:
    names = " ".join(path.stem for path in TWINS)
    assert len(TWINS) >= 40
    for kind in ("scan", "prefix-collision", "session-policy", "queue-policy", "kms-encryption-context", "silo-table"):
        assert kind in names


@pytest.mark.parametrize("path", TWINS, ids=lambda path: path.stem)
def test_every_proof_on_a_plan_ends_as_on_its_template(path: Path, tmp_path: Path) -> None:
    """With the text beside the plan; alone it says less, as policies with an unknown are unknown as a whole."""
    template, alone, plan = both(path, tmp_path)
    turned = {
        key: (was, alone.get(key)) for key, was in template.items() if {was, alone.get(key)} == {"LEAK", "ISOLATED"}
    }
    assert not turned
    (plan.parent / "main.tf").write_bytes((tmp_path / "text" / "main.tf").read_bytes())
    assert proofs(plan) == template


def test_a_role_whose_inline_policies_may_be_made_by_a_dynamic_block_is_not_isolated(tmp_path: Path) -> None:
    """`configuration` does not show such blocks: only the text says that there are none."""
    path = next(each for each in TWINS if each.stem.startswith("01-"))
    _, _, plan = both(path, tmp_path)
    content = json.loads(plan.read_text("utf-8"))
    for change in content["resource_changes"]:
        if change["type"] == "aws_iam_role":
            # As Terraform plans it: the block is computed.
            change["change"]["after"].pop("inline_policy")
            change["change"]["after_unknown"]["inline_policy"] = True
    plan.write_text(json.dumps(content), "utf-8")
    assert "NOT_PROVEN" in proofs(plan).values()
    text = (tmp_path / "text" / "main.tf").read_text("utf-8")
    dynamic = (
        'dynamic "inline_policy" {\n for_each = aws_dynamodb_table.Patients.stream_arn\n content { name = "x" }\n}\n'
    )
    (plan.parent / "main.tf").write_text(text.replace('"AppRole" {\n', '"AppRole" {\n' + dynamic, 1), "utf-8")
    assert "NOT_PROVEN" in proofs(plan).values()
    (plan.parent / "main.tf").write_text(text, "utf-8")
    assert "NOT_PROVEN" not in proofs(plan).values()
