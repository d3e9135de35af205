"""Values of every open case, one at a time, made unknown: a proof may be lost, but no answer may turn over.

Here some values of each case; all of them where TENANTPROOF_HOLES is set (`make fuzz`).
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from scanner.engine.replay import replay
from scanner.inputs.cloudformation.settings import Settings
from scanner.inputs.discovery import discover
from scanner.inputs.reading import read_inputs
from scanner.language.expressions.theorem import Theorem
from scanner.model.world import explore
from scanner.prover.prover import Prover
from scanner.prover.system.proof import Proof
from scanner.tenancy.loading import load_tenancy_near
from tests.prover.situations import HOLE, paths_of

pytestmark = pytest.mark.full

CASES = sorted((Path(__file__).parent / "cases").glob("*.yaml"))
THEOREMS = [
    Theorem("cannot-cross-tenant", None),
    Theorem("cannot-cross-tenant", None, of="compute"),
    Theorem("tag-not-caller-chosen", None),
    Theorem("cannot-escalate", None),
]
MOST = 12
Hole = tuple[str, tuple[str | int, ...]]
ORDER = ("LEAK", "NOT_PROVEN", "ISOLATED", "NOT_APPLICABLE")


def verdict(folder: Path, case: Mapping[str, Any], template: object) -> str:
    (folder / "template.json").write_text(json.dumps(template))
    if case["tenancy"] is not None:
        (folder / "tenancy.yaml").write_text(yaml.safe_dump(case["tenancy"], sort_keys=False))
    tenancy = load_tenancy_near([folder / "template.json"])
    settings = Settings({}, account=tenancy.account, region=tenancy.region)
    reading = read_inputs(discover([folder / "template.json"], cwd=folder), settings)
    if tenancy.source is None:
        return "NOT_APPLICABLE"
    prover = Prover(tenancy.over(reading.inventory), reading.inventory, replay)
    role = next(
        (
            each
            for each in reading.inventory.of_type("AWS::IAM::Role")
            if each.logical_id == case["expect"]["principal"]
        ),
        None,
    )
    assert role is not None
    said = {"NOT_APPLICABLE"}
    for theorem in THEOREMS:
        leaves = explore(lambda world, theorem=theorem: prover.prove(theorem, role, world))  # type: ignore[misc]  # bound to this theorem
        said |= {leaf.result.verdict for leaf in leaves if isinstance(leaf.result, Proof)}
    return next(each for each in ORDER if each in said)


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_more_unknown_turns_no_proof_over(path: Path, tmp_path: Path) -> None:
    case = yaml.safe_load(path.read_text())
    expected = case["expect"]["verdict"]
    turned = []
    holes = [
        (logical_id, keys)
        for logical_id, resource in case["template"]["Resources"].items()
        for keys in paths_of(resource.get("Properties", {}))
    ]
    for logical_id, keys in holes if os.environ.get("TENANTPROOF_HOLES") else _some(holes, CASES.index(path)):
        template = json.loads(json.dumps(case["template"]))
        node = template["Resources"][logical_id]["Properties"]
        for key in keys[:-1]:
            node = node[key]
        node[keys[-1]] = HOLE
        said = verdict(tmp_path, case, template)
        if said not in (expected, "NOT_PROVEN"):
            turned.append((logical_id, keys, said))
    assert turned == []


def _some(holes: list[Hole], number: int) -> list[Hole]:
    """At most MOST of a case, spread over it, and others in the next case; all of them are tried by `make fuzz`."""
    step = -(-len(holes) // MOST)
    return holes[number % step :: step] if step else []
