"""The open acceptance cases: each split into files and judged by the command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from scanner.cli.main import main
from tests.prover.situations import verdict

CASES = sorted((Path(__file__).parent / "cases").glob("*.yaml"))


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_an_open_case_ends_as_it_says(path: Path, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    case = yaml.safe_load(path.read_text())
    if case["tenancy"] is not None:
        (tmp_path / "tenancy.yaml").write_text(yaml.safe_dump(case["tenancy"], sort_keys=False))
    (tmp_path / "template.yaml").write_text(yaml.safe_dump(case["template"], sort_keys=False))
    main(["scan", "--format", "json", str(tmp_path / "template.yaml")])
    report = json.loads(capsysbinary.readouterr().out)
    expected = case["expect"]
    findings = [
        finding
        for finding in report["findings"]
        if finding.get("proof") and finding["resource"]["logical_id"] == expected["principal"]
    ]
    wanted = expected["verdict"] if isinstance(expected["verdict"], list) else [expected["verdict"]]
    assert verdict(findings) in wanted, case.get("because")
    if "reach" in expected:
        leaks = [finding["proof"] for finding in findings if finding["proof"]["verdict"] == "LEAK"]
        assert {proof["reach"] for proof in leaks} == {expected["reach"]}
    for finding in findings:
        if finding.get("counterexample") and finding["proof"]["verdict"] == "LEAK":
            assert finding["counterexample"]["replayed"] is True
