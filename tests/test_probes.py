"""The open acceptance probes, as a user runs them."""

from __future__ import annotations

from pathlib import Path

from scanner.findings.report_document import FindingDocument, ReportDocument
from scanner.scanning import Options, scan


def pitr(report: ReportDocument) -> dict[str, FindingDocument]:
    return {str(each["resource"]["logical_id"]): each for each in report["findings"] if each["rule"] == "dynamodb-pitr"}


def test_unresolved_values_are_judged_in_every_world(cases: Path) -> None:
    found = pitr(scan(cases / "probes" / "unresolved.yaml").report)
    assert found["T1"]["verdict"] == "PASS"
    assert found["T1"]["assumptions"] == ["parameter `Pitr` at its default `true`"]
    for name in ("T2", "T3"):
        assert (found[name]["verdict"], found[name]["world"]) == ("FAIL", {"IsProd": False})
    unknown = found["T4"]["unknown"]
    assert found["T4"]["verdict"] == "UNKNOWN" and unknown is not None and unknown["cause"] == "import"


def test_a_strict_default_fails_where_the_owner_may_choose_false(cases: Path) -> None:
    report = scan(options=Options(paths=(cases / "probes" / "unresolved.yaml",), strict_parameters=True)).report
    found = pitr(report)
    assert (found["T1"]["verdict"], found["T1"]["world"]) == ("FAIL", {"Pitr": "false"})


def test_a_broken_file_is_2_with_its_place_and_its_neighbours_are_judged(cases: Path) -> None:
    report = scan(cases / "probes").report
    assert report["exit_code"] == 2
    (error,) = [each for each in report["errors"] if each["level"] == "error"]
    assert error["path"].endswith("broken.yaml") and error["line"] == 5 and error["column"]
    assert {each["resource"]["logical_id"] for each in report["findings"]} >= {"T1", "Bucket", "Table"}


def test_a_table_that_names_its_tenants_is_accused_and_one_that_does_not_is_not(cases: Path, tmp_path: Path) -> None:
    path = cases / "probes" / "pooled_table.yaml"
    report = scan(path).report
    assert report["tenancy"]["source"] == "inferred"
    (leak,) = [each for each in report["findings"] if (each.get("proof") or {}).get("verdict") == "LEAK"]
    assert leak["proof"] is not None and leak["proof"]["reach"] == "application-only"
    (tmp_path / "t.yaml").write_text(path.read_text().replace("tenantId", "orderId"))
    single = scan(tmp_path / "t.yaml").report
    assert single["tenancy"]["source"] == "none"
    assert not any(each.get("proof") for each in single["findings"])
