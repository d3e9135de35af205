"""What the how-to tells to print is what is read, and a large cluster is read in little time."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from scanner.inputs.cloudformation.settings import Settings
from scanner.inputs.discovery import discover
from scanner.inputs.reading import read_inputs
from scanner.kubernetes.api_resources import TYPES
from scanner.model.world import World
from scanner.prover.system.proof import Proof
from scanner.prover.system.system import System
from scanner.prover.theorems.namespaces import cannot_reach_namespaces
from scanner.tenancy.loading import load_tenancy_near
from tests.kubernetes_dumps import Body, account, binding, role, rule, tenant, thing, write

HOW_TO = Path(__file__).parents[2] / "docs/kubernetes.md"


def test_every_type_of_the_how_to_is_one_that_an_empty_list_can_name() -> None:
    text = HOW_TO.read_text("utf-8")
    block = text[text.index("```sh\nmkdir") : text.index("cd .. && tenantproof")]
    listed = re.findall(r"-o json ([a-z,]+) >", block)[0].split(",")
    loop = re.search(r"for kind in ([a-z\\\s]+);", block)
    assert loop is not None
    kinds = [*listed, *loop[1].replace("\\", " ").split()]
    assert len(kinds) > 20
    assert set(kinds) <= {plural for _, plural in TYPES}


def pods_of(name: str, count: int) -> list[Body]:
    found: list[Body] = []
    for number in range(count):
        spec = {
            "serviceAccountName": "api",
            "nodeName": f"node-{number % 7}",
            "containers": [
                {"name": "c", "image": "i", "env": [{"name": f"V{n}", "value": "x" * 20} for n in range(8)]}
            ],
        }
        status = {"phase": "Running", "podIP": "10.0.0.1", "conditions": [{"type": each} for each in "abcd"]}
        found.append(thing("Pod", f"api-{number}", name, labels={"app": "api"}, spec=spec, status=status))
    return found


@pytest.mark.full
def test_five_thousand_objects_are_read_and_decided_in_two_seconds(tmp_path: Path) -> None:
    """Of processor time: the wall clock tells of what else the machine does."""
    objects: list[Body] = []
    for number in range(100):
        name = f"t{number:03}"
        allowed = role("app", name, rule("get list watch", "configmaps secrets"), rule("create", "jobs", "batch"))
        objects += [*tenant(name), allowed, binding("app", name, account("api", name)), *pods_of(name, 45)]
    assert len(objects) == 5_000
    write(tmp_path, *objects)
    began = time.process_time()
    reading = read_inputs(discover([tmp_path], cwd=tmp_path), Settings())
    system = System(load_tenancy_near([tmp_path]).over(reading.inventory), reading.inventory, None)  # type: ignore[arg-type]  # no replay is asked
    verdicts = [
        found.verdict
        for each in reading.inventory.of_type("Kubernetes::core::ServiceAccount")
        if isinstance(found := cannot_reach_namespaces(each, system, World()), Proof)
    ]
    took = time.process_time() - began
    assert verdicts == ["ISOLATED"] * 200
    assert took < 2, took
