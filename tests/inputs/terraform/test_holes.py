"""Real plans with a value that is not known: no rule turns PASS into FAIL or back, however deep the value stands."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from scanner import scan
from tests.inputs.terraform.holes import chosen
from tests.inputs.terraform.real_plans import plans

SEED = 25
CORPUS = Path(__file__).resolve().parents[4] / "shared" / "corpus"
OPPOSITE = {("PASS", "FAIL"), ("FAIL", "PASS")}


def verdicts(folder: Path) -> dict[tuple[str, str], str]:
    """By address and rule, of all plans of the folder in one scan."""
    report = scan(folder).report
    assert not any((each.get("unknown") or {}).get("cause") == "scanner-error" for each in report["findings"])
    return {(each["resource"]["address"], each["rule"]): each["verdict"] for each in report["findings"]}


def turned(folder: Path, content: Mapping[str, Mapping[str, Any]], seed: int) -> dict[Any, Any]:
    """What each plan says otherwise when it has one hole more, with where the hole is."""
    before, after = folder / f"before-{seed}", folder / f"after-{seed}"
    for place in (before, after):
        place.mkdir()
    for name, plan in content.items():
        holed = chosen(plan, seed)
        if holed is not None:
            (before / f"{name}.json").write_text(json.dumps(plan), "utf-8")
            (after / f"{name}.json").write_text(json.dumps(holed), "utf-8")
    was, now = verdicts(before), verdicts(after)
    assert len(was) > len(content)
    return {key: (said, now[key]) for key, said in was.items() if (said, now.get(key)) in OPPOSITE}


def test_a_hole_in_a_real_plan_turns_no_verdict_over(tmp_path: Path) -> None:
    names = sorted(plans())[::3]
    assert turned(tmp_path, {name: plans()[name] for name in names}, SEED) == {}


@pytest.mark.full
@pytest.mark.parametrize("seed", range(4))
def test_holes_in_all_real_plans_turn_no_verdict_over(tmp_path: Path, seed: int) -> None:
    assert turned(tmp_path, plans(), seed) == {}


@pytest.mark.full
def test_holes_in_plans_of_others_turn_no_verdict_over(tmp_path: Path) -> None:
    found: dict[str, Any] = {}
    for number, path in enumerate(sorted(CORPUS.glob("terraform-*/**/*.json"))):
        try:
            plan = json.loads(path.read_text("utf-8-sig"))
        except ValueError:
            continue
        if isinstance(plan, dict) and plan.get("resource_changes") and plan.get("configuration", {}).get("root_module"):
            found[f"p{number}"] = plan
    if not found:
        pytest.skip("the corpus of plans is not here")
    assert turned(tmp_path, found, SEED) == {}
