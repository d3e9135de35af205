"""What a report says it is about."""

from __future__ import annotations

import pytest

from scanner.findings.report_document import ReportDocument
from scanner.outputs.shared.report_scope import scope
from tests.case_names import case_name
from tests.outputs.sample import sample_report


def of(*inputs: tuple[str, str]) -> ReportDocument:
    report = sample_report()
    report["inputs"] = [{"kind": kind, "path": path, "digest": "sha256:0"} for kind, path in inputs]
    report["errors"] = []
    return report


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ([("cloudformation", "a.yaml")], "1 stack, "),
        ([("cdk-assembly", "cdk.out"), ("cloudformation", "cdk.out/a.json")], "1 stack, "),
        (
            [("cdk-assembly", "cdk.out"), *(("cloudformation", f"cdk.out/{name}.json") for name in "abc")],
            "3 stacks, ",
        ),
        ([("cdk-assembly", "cdk.out")], "0 stacks, "),
        ([], "0 stacks, "),
        ([("snapshot", "s")], "1 snapshot, "),
        ([("snapshot", "s"), ("cloudformation", "a.yaml"), ("snapshot", "t")], "1 stack, 2 snapshots, "),
    ],
    ids=case_name,
)
def test_an_assembly_is_not_counted_beside_its_stacks(inputs: list[tuple[str, str]], words: str) -> None:
    assert scope(of(*inputs)).startswith(words)
    assert scope(of(*inputs)).count("stack") == words.count("stack")
