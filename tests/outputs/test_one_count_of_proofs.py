"""How many proofs end how is one count: in the text, in JSON, on the page, in its matrix and in print."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from scanner.findings.report_document import ReportDocument
from scanner.outputs.html.isolation_matrix import isolation
from scanner.outputs.printed.pages import print_out
from scanner.outputs.shared.report_scope import not_covered, outcome, proofs_by_end
from scanner.scanning import Options, scan
from tests.outputs.html.test_render import render as render_html
from tests.prover.situations import DATA, ITEM_ENTRY, PATIENTS, SESSION, TABLE, TAG, allow, leading, role, trust

OWN = allow("dynamodb:GetItem", TABLE, leading(f"TENANT#{TAG}"))
WHOLE = allow("dynamodb:Query", TABLE)
SERVICE = trust({"Service": "lambda.amazonaws.com"}, actions="sts:AssumeRole")


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> ReportDocument:
    folder = tmp_path_factory.mktemp("counts")
    resources: dict[str, Any] = {
        "AppRole": role(OWN),
        "Leaky": role(WHOLE),
        "Compute": role(WHOLE, AssumeRolePolicyDocument=SERVICE),
        "Idle": role(AssumeRolePolicyDocument=SERVICE),
        "Patients": PATIENTS,
        "Data": DATA,
    }
    tenancy = {
        "version": 1,
        "tenant_id": {"pattern": "[a-z]{4,12}", "tags": ["TenantId"]},
        "sessions": [{**SESSION, "roles": ["AppRole", "Leaky"]}],
        "owned": [ITEM_ENTRY],
    }
    (folder / ".git").mkdir()
    (folder / "tenancy.yaml").write_text(json.dumps(tenancy))
    (folder / "template.json").write_text(json.dumps({"Resources": resources}))
    return scan(folder / "template.json", options=Options()).report


def test_leaks_are_one_number_and_reach_is_told_beside_it(report: ReportDocument) -> None:
    leaks = [each["proof"] for each in report["findings"] if each.get("proof") and each["proof"]["verdict"] == "LEAK"]  # type: ignore[index]  # it has one
    by_code = sum(proof["reach"] == "application-only" for proof in leaks if proof is not None)
    assert len(leaks) > by_code > 0
    said = f"{len(leaks)} leaks ({by_code} resting on application code alone)"
    assert said in outcome(report)
    assert report["summary"]["isolation"]["leaks"] == len(leaks)
    on_the_page = dict(isolation(report, lambda _: "").counts)
    assert on_the_page["leak"].startswith(f"{len(leaks)} leaks (")
    assert f"{by_code} resting on application code alone" in render_html(report)
    assert said in str(print_out(report)["outcome"])


def test_every_end_is_counted_alike(report: ReportDocument) -> None:
    numbers = {words: int(words.split(" ", 1)[0]) for _, words in proofs_by_end(report)}
    assert sum(numbers.values()) == len(report["proofs"])
    said = report["summary"]["isolation"]
    assert sum(said[key] for key in ("proved", "reaches_nothing", "assumed", "leaks", "not_proven")) == len(  # type: ignore[literal-required]  # all are keys of it
        report["proofs"]
    )
    on_the_page = isolation(report, lambda _: "").counts
    assert [int(words.split(" ", 1)[0]) for _, words in on_the_page if _ == "nothing"] == [said["reaches_nothing"]]
    assert sorted(re.sub(r" \(.*\)", "", words) for _, words in on_the_page) == sorted(
        re.sub(r" \(.*\)", "", words) for words in numbers
    )


def test_stores_that_no_entry_covers_are_told_on_the_page_and_in_print(report: ReportDocument) -> None:
    told = not_covered(report)
    assert told is not None
    assert told.endswith(": Data")
    line = f"{told[0].upper()}{told[1:]}."
    assert re.sub("`([^`]*)`", r"<code>\1</code>", line) in render_html(report).replace("&#39;", "'")
    assert print_out(report)["isolation"]["not-covered"] == line  # type: ignore[index, call-overload]  # a section


def test_nothing_is_said_where_all_is_covered(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "tenancy.yaml").write_text('version: 1\ntenant_id: {pattern: "[a-z]{4,12}"}\n')
    (tmp_path / "template.yaml").write_text("Resources: {Q: {Type: AWS::SNS::Topic}}\n")
    found = scan(tmp_path / "template.yaml", options=Options()).report
    assert print_out(found)["isolation"]["not-covered"] == ""  # type: ignore[index, call-overload]  # as above
