from __future__ import annotations

import io
import re
import zipfile
from typing import Any

import pytest

from scanner.findings.report_document import ReportDocument
from scanner.outputs import render
from scanner.outputs.printed import tables
from scanner.outputs.shared.render_options import RenderOptions
from tests.outputs.hostile import hostile_report
from tests.outputs.sample import sample_report

pytest.importorskip("xlsxwriter", reason="needs xlsxwriter: pip install 'tenantproof[xlsx]'")
openpyxl = pytest.importorskip("openpyxl", reason="needs openpyxl, the reader of the tests")


def written(report: ReportDocument) -> bytes:
    content = render("xlsx", report, RenderOptions())
    assert isinstance(content, bytes)
    return content


def read(report: ReportDocument) -> Any:  # openpyxl ships no types
    return openpyxl.load_workbook(io.BytesIO(written(report)))


def rows(report: ReportDocument, title: str) -> list[dict[str, Any]]:
    head, *rest = read(report)[title].iter_rows(values_only=True)
    return [dict(zip(head, row, strict=True)) for row in rest]


def test_each_table_of_the_report_is_a_sheet_in_the_order_of_reading() -> None:
    titles = read(sample_report()).sheetnames
    assert titles[:5] == ["Scope", "Controls", "Findings", "Evidence", "Exceptions"] and titles[-1] == "Coverage"


def test_no_control_and_no_finding_is_left_out() -> None:
    report = sample_report()
    assert [each["control"] for each in rows(report, "Controls")] == [each["id"] for each in report["controls"]]
    assert sorted(each["id"] for each in rows(report, "Findings")) == sorted(each["id"] for each in report["findings"])


def test_numbers_are_numbers_and_texts_are_texts() -> None:
    row = next(each for each in rows(sample_report(), "Controls") if each["findings"])
    assert isinstance(row["findings"], int) and isinstance(row["control"], str)


def test_an_accepted_deviation_stands_with_its_owner_reason_and_end() -> None:
    (row,) = rows(sample_report(), "Exceptions")
    assert (row["owner"], row["until"]) == ("platform@clinic.example", "2027-03-31") and row["because"]


@pytest.mark.full
def test_hostile_names_make_no_formula_no_link_and_no_number() -> None:
    book = read(hostile_report(700))
    for sheet in book:
        assert not sheet._hyperlinks
        for line in sheet.iter_rows():
            assert all(cell.data_type in ("s", "n", "inlineStr") for cell in line), sheet.title
            assert all(isinstance(cell.value, int | None) for cell in line if cell.data_type == "n")
    with zipfile.ZipFile(io.BytesIO(written(hostile_report(700)))) as archive:
        pages = [archive.read(name) for name in archive.namelist() if "/worksheets/" in name]
    assert pages and not any(re.search(rb"<f[ >]|<hyperlink", page) for page in pages)


def test_a_text_that_begins_like_a_formula_is_marked_as_quoted() -> None:
    report = sample_report()
    report["findings"][0]["message"] = "=1+1"
    column = next(index for index, each in enumerate(tables._FINDINGS) if each.title == "message")
    cells = [row[column] for row in read(report)["Findings"].iter_rows()]
    (cell,) = [each for each in cells if each.value == "=1+1"]
    assert cell.data_type != "f" and cell.quotePrefix


@pytest.mark.full
def test_no_cell_holds_a_character_that_is_not_seen() -> None:
    for sheet in read(hostile_report(700)):
        for row in sheet.iter_rows(values_only=True):
            for value in row:
                assert not isinstance(value, str) or all(each.isprintable() or each == "\n" for each in value)


def test_the_same_report_gives_the_same_bytes_and_no_time_of_today() -> None:
    first = written(sample_report())
    assert first == written(sample_report())
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert {each.date_time for each in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_heads_stay_in_sight_and_can_be_filtered() -> None:
    for sheet in read(sample_report()):
        assert sheet.freeze_panes == "A2" and sheet.auto_filter.ref.startswith("A1:")
        assert all(sheet.column_dimensions[cell.column_letter].width >= 5 for cell in sheet[1])
