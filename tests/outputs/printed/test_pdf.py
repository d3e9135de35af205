from __future__ import annotations

import copy
import io
import json
import re
import time
from typing import Any

import pytest

from scanner.findings.report_document import ReportDocument
from scanner.outputs import render
from scanner.outputs.printed import pdf
from scanner.outputs.printed.pages import print_out
from scanner.outputs.shared.render_options import RenderOptions
from scanner.shipped_data import templates_dir
from tests.outputs.hostile import hostile_report
from tests.outputs.sample import HOSTILE, finding, resource, sample_report

pytest.importorskip("typst", reason="needs typst: pip install 'tenantproof[pdf]'")
pikepdf = pytest.importorskip("pikepdf", reason="needs pikepdf, the reader of the tests")


def written(report: ReportDocument) -> bytes:
    content = render("pdf", report, RenderOptions())
    assert isinstance(content, bytes)
    return content


@pytest.fixture(scope="module")
def document() -> Any:  # pikepdf's own class
    return pikepdf.open(io.BytesIO(written(sample_report())))


def large(findings: int) -> ReportDocument:
    report = sample_report()
    report["findings"] = [
        finding("dynamodb-kms", "high", "FAIL", resource(f"Table{number}"), number) for number in range(findings)
    ]
    report["summary"]["verdicts"] |= {"FAIL": findings}
    return report


def test_it_says_of_itself_that_it_is_pdf_a_2b(document: Any) -> None:
    with document.open_metadata() as metadata:
        assert metadata["pdfaid:part"] == "2" and metadata["pdfaid:conformance"] == "B"
        assert metadata.pdfa_status == "2B"
        assert metadata["dc:title"] == "Tenant isolation and HIPAA safeguards"
    (intent,) = document.Root.OutputIntents
    assert intent.S == "/GTS_PDFA1"


def test_every_font_is_embedded(document: Any) -> None:
    fonts = [each for each in document.objects if isinstance(each, pikepdf.Dictionary) and each.get("/Type") == "/Font"]
    descriptors = [each.FontDescriptor for each in fonts if "/FontDescriptor" in each]
    assert descriptors and all({"/FontFile2", "/FontFile3"} & set(each.keys()) for each in descriptors)


def test_bookmarks_lead_to_each_part_each_control_and_each_finding(document: Any) -> None:
    def titles(items: Any) -> list[str]:
        return [title for item in items for title in (str(item.title), *titles(item.children))]

    with document.open_outline() as outline:
        found = titles(outline.root)
    assert {"Scope", "Summary", "Control matrix", "Tenant isolation", "Findings", "Appendix: evidence"} <= set(found)
    assert any(each.startswith("164.312(a)(2)(iv) ") for each in found) and "PatientApiRole" in found


def test_pages_are_numbered_and_tagged(document: Any) -> None:
    assert "/PageLabels" in document.Root and document.Root.MarkInfo.Marked and "/StructTreeRoot" in document.Root
    assert str(document.Root.Lang) == "en"


def test_nothing_in_it_runs_or_leads_out(document: Any) -> None:
    for each in document.objects:
        if isinstance(each, pikepdf.Dictionary):
            assert each.get("/S") not in ("/JavaScript", "/Launch", "/URI", "/SubmitForm", "/GoToR")
            assert "/AA" not in each and "/EmbeddedFiles" not in each


def test_the_same_report_gives_the_same_bytes() -> None:
    assert written(sample_report()) == written(sample_report())


def test_the_date_of_the_document_is_that_of_the_report() -> None:
    report = sample_report()
    report["generated_at"] = "2024-02-29T23:59:58Z"
    found = pikepdf.open(io.BytesIO(written(report)))
    assert "20240229235958Z" in str(found.docinfo["/CreationDate"])


@pytest.mark.full
def test_hostile_names_are_text_and_cannot_stop_the_document() -> None:
    assert written(hostile_report(120)).startswith(b"%PDF-1.7")


@pytest.mark.parametrize(
    "name", ['#panic("x")', "*bold* _it_ $x$ @ref <label> \\ #", "漢字 \U0001f9ea ابجد e\u0301 \x00", ""]
)
def test_markup_of_the_typesetter_in_a_name_stays_text(name: str) -> None:
    report = sample_report()
    for each in report["findings"]:
        each["resource"]["logical_id"] = name
        each["message"] = f"{name} `{name}` ` {HOSTILE}"
    report["controls"][0]["title"] = report["controls"][0]["id"] = name
    assert written(report).startswith(b"%PDF")


def test_every_character_that_is_set_has_a_glyph() -> None:
    """PDF/A knows no character without one: the typesetter would refuse the whole document."""
    every = "".join(map(chr, range(0x20, 0x3000)))
    typeset = pdf._typeset(every)
    assert isinstance(typeset, str)
    report = sample_report()
    words = [every[start : start + 64] for start in range(0, len(every), 64)]
    report["errors"] = [
        {
            "level": "warning",
            "kind": "input",
            "path": f"`{each}`",
            "line": None,
            "column": None,
            "message": each,
            "hint": None,
        }
        for each in words
    ]
    assert written(report).startswith(b"%PDF")


def test_a_control_row_reads_like_the_sample_of_the_design() -> None:
    (framework,) = _frameworks(sample_report())
    row = next(each for each in framework["controls"] if each["status"] == "direct-findings")
    labels = [label for label, _ in row["sentences"]]
    assert (
        row["verdict"] == "Direct evidence, findings noted"
        and labels[:2] == ["Tested", "Result"]
        and labels[-1] == "Ask for"
    )


def _frameworks(report: ReportDocument) -> list[Any]:
    return list(json.loads(json.dumps(print_out(report)))["frameworks"])


def test_long_names_are_cut_and_say_so() -> None:
    report = copy.deepcopy(sample_report())
    report["findings"][0]["message"] = "x" * 20_000
    assert "20,000 characters in the JSON report" in json.dumps(print_out(report))


@pytest.mark.full
def test_a_report_of_1300_findings_is_set_in_seconds() -> None:
    """Three on a quiet machine; the bound here only catches what grows with the square."""
    report = large(1_300)
    started = time.process_time()
    assert written(report)
    assert time.process_time() - started < 15


def test_what_is_past_the_limit_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scanner.outputs.printed.pages.MOST_FINDINGS", 10)
    data = json.loads(json.dumps(print_out(large(25))))
    (group,) = data["findings"]
    (rule,) = group["rules"]
    assert len(rule["findings"]) == 10 and rule["more"] == 15 and group["count"] == "25 findings"


def test_the_template_builds_no_markup_from_data() -> None:
    source = (templates_dir() / "report.typ").read_text("utf-8")
    assert not re.search(r"\beval\b|\bread\(|#import|#include|@preview", source)
