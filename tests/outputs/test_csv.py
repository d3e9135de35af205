from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from scanner.cli.main import main
from scanner.findings.report_document import ReportDocument
from tests.outputs.hostile import hostile_report
from tests.outputs.reading import rendered
from tests.outputs.sample import sample_report


def rows(report: ReportDocument) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(rendered("csv", report), newline=""), strict=True))


def test_a_row_is_a_finding_and_none_is_left_out() -> None:
    found = rows(sample_report())
    assert len(found) == len(sample_report()["findings"])
    assert [each["verdict"] for each in found].count("PASS") == 4
    first = found[0]
    assert (first["severity"], first["rule"], first["resource"]) == (
        "critical",
        "dynamodb-items-stay-with-tenant",
        "PatientApiRole",
    )
    assert (first["path"], first["line"], first["column"], first["source"]) == (
        "infra/app.yaml",
        "42",
        "23",
        "lib/api.ts:12:3",
    )
    assert first["when"] == "IsProd is false"


def test_an_accepted_deviation_names_its_owner_and_end() -> None:
    (accepted,) = [each for each in rows(sample_report()) if each["verdict"] == "SUPPRESSED"]
    assert (accepted["owner"], accepted["until"]) == ("platform@clinic.example", "2027-03-31")


def test_no_cell_is_a_formula_to_any_spreadsheet() -> None:
    cells = [cell for row in rows(hostile_report(700)) for cell in row.values()]
    assert len(cells) == 700 * 28
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b"))]
    # A spreadsheet that separates by semicolons or tabs cuts elsewhere.
    assert not [cell for cell in cells if ";=" in cell or "\t" in cell or "\r" in cell or "\n" in cell]
    assert max(map(len, cells)) < 32_767


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", " =1"])
def test_a_formula_is_read_as_the_text_that_it_is(name: str) -> None:
    report = sample_report()
    report["findings"] = report["findings"][:1]
    report["findings"][0]["resource"]["logical_id"] = name
    (row,) = rows(report)
    shown = name.replace("\t", "\\x09").replace("\r", "\\x0d")
    assert row["resource"] == (f"'{shown}" if shown[0] in "=+-@" else shown)


def test_a_file_for_excel_says_that_it_is_utf_8_and_a_pipe_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    """Excel takes a file without the mark for one of the machine's old code page."""
    monkeypatch.chdir(tmp_path)
    Path("t.json").write_text('{"Resources": {"B": {"Type": "AWS::S3::Bucket"}}}', "utf-8")
    main(["scan", "t.json", "--select", "s3-versioning", "--format", "csv=r.csv", "--quiet"])
    raw = Path("r.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbfverdict,")
    main(["scan", "t.json", "--select", "s3-versioning", "--format", "csv", "--quiet"])
    assert capfdbinary.readouterr().out == raw[3:]
