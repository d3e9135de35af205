"""Two stacks use the same logical ids: no table of any format gives one of them what was said of the other."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import cast

import pytest

from scanner.controls.wording import control_words
from scanner.findings.report_document import ReportDocument
from scanner.options import Options
from scanner.outputs import render
from scanner.outputs.html.inventory import scope_summary, store_rows
from scanner.outputs.printed.tables import sheets
from scanner.outputs.shared.render_options import RenderOptions
from scanner.scanning import scan

TABLE = {
    "Type": "AWS::DynamoDB::Table",
    "Properties": {
        "SSESpecification": {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": "alias/clinic"},
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    },
}


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> ReportDocument:
    folder: Path = tmp_path_factory.mktemp("equal")
    plain = {"Type": "AWS::DynamoDB::Table", "Properties": {**TABLE["Properties"], "SSESpecification": {}}}  # type: ignore[dict-item]  # a test's own literal
    for name, resource in (("a", TABLE), ("b", {"Type": "AWS::S3::Bucket"}), ("c", plain)):
        (folder / f"{name}.json").write_text(json.dumps({"Resources": {"Records": resource}}))
    (folder / "tenancy.yaml").write_text(
        'version: 1\ntenant_id: {pattern: "[a-z]{3,20}"}\n'
        'owned: [{kind: dynamodb-item, table: Records, key: "T#${tenant}#*", sensitive: [phi]}]\n'
    )
    return scan(options=Options([folder])).report


def said(report: ReportDocument, file: str) -> dict[str, str]:
    return {each["rule"]: each["verdict"] for each in report["findings"] if file in each["resource"]["address"]}


def test_the_page_has_a_row_for_each_table_and_none_for_the_bucket(report: ReportDocument) -> None:
    rows = {row.place.rpartition("/")[2].partition("#")[0]: row for row in store_rows(report)}
    assert sorted(rows) == ["a.json", "c.json"]
    told = {name: {each.layer: each.state for each in row.verdicts} for name, row in rows.items()}
    assert told["a.json"]["encryption"] == "PASS" and told["c.json"]["encryption"] == "FAIL"
    assert {row.type for row in rows.values()} == {"AWS::DynamoDB::Table"}


def test_the_workbook_keeps_them_apart(report: ReportDocument) -> None:
    for sheet in sheets(report):
        names = [column.title.lower() for column in sheet.columns]
        if "address" not in names:
            continue
        for row in sheet.rows:
            cells = dict(zip(names, row, strict=True))
            kind = str(cells.get("type") or "")
            if kind and cells["address"]:
                assert ("b.json" in str(cells["address"])) == (kind == "AWS::S3::Bucket")


def test_the_lists_keep_them_apart(report: ReportDocument) -> None:
    rows = list(csv.DictReader(io.StringIO(str(render("csv", report, RenderOptions())))))
    assert {(each["address"], each["rule"]): each["verdict"] for each in rows} == {
        (each["resource"]["address"], each["rule"]): each["verdict"] for each in report["findings"]
    }
    issues = json.loads(str(render("gitlab", report, RenderOptions())))
    assert len({each["fingerprint"] for each in issues}) == len(issues)


def test_a_control_names_each_by_its_address(report: ReportDocument) -> None:
    """Where one name is two resources, a name alone says of neither."""
    words = " ".join(str(each) for each in control_words(report))
    assert "a.json#Records" in words and "c.json#Records" in words


def test_stores_that_nothing_was_asked_about_are_told_by_address() -> None:
    from scanner.outputs.shared.report_scope import not_covered
    from tests.outputs.sample import sample_report

    report = sample_report()
    stores = ["a/app.yaml#Logs", "b/app.yaml#Logs", "b/app.yaml#Trail"]
    report["summary"]["isolation"] = {
        **dict.fromkeys(("proved", "reaches_nothing", "assumed", "leaks", "not_proven"), 0),  # type: ignore[typeddict-item]  # all of them are numbers
        "stores_not_covered": stores,
    }
    assert str(not_covered(report)).endswith(": a/app.yaml#Logs, b/app.yaml#Logs, Trail")


def test_stores_that_an_entry_names_by_tag_or_pattern_are_called_by_their_own_names(tmp_path: Path) -> None:
    """Not by the entry's type, which is the same for all of them."""
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"Tags": [{"Key": "TenantId", "Value": "acme"}]}}
    for name in ("a", "b"):
        (tmp_path / f"{name}.json").write_text(json.dumps({"Resources": {"Uploads": bucket, f"Own{name}": bucket}}))
    (tmp_path / "tenancy.yaml").write_text(
        "version: 1\ntenant_id: {tags: [TenantId]}\nowned: [{kind: tagged, types: [AWS::S3::Bucket], tag: TenantId}]\n"
    )
    found = scan(options=Options([tmp_path], select=["s3-*", "silo-*"])).report
    rows = store_rows(found)
    assert sorted(row.name for row in rows) == ["Owna", "Ownb", "Uploads", "Uploads"]
    assert len({row.place for row in rows}) == 4
    (inventory,) = [each for each in sheets(found) if each.title == "ePHI inventory"]
    assert sorted(str(row[0]) for row in inventory.rows) == ["Owna", "Ownb", "Uploads", "Uploads"]


def test_as_many_types_are_named_as_were_read(report: ReportDocument) -> None:
    assert "2 types of resources" in scope_summary(report)
    population = report["population"]
    one = {**report, "population": {**population, "types": [*population["types"]][:1]}}
    assert "1 type of resources" in scope_summary(cast("ReportDocument", one))
