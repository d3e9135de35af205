from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from scanner.base.extras import MissingExtraError
from scanner.base.problem import ProblemsError
from scanner.controls.wording import STANDING_WORDS
from scanner.findings.report_document import VERDICTS, ReportDocument
from scanner.model.unknown import CAUSES
from scanner.outputs import FORMATS, output, render, stream
from scanner.outputs.shared.render_options import RenderOptions
from scanner.outputs.shared.vocabulary import CAUSE_WORDS, VERDICT_WORDS
from tests.outputs.hostile import hostile_report
from tests.outputs.reading import GOLDEN
from tests.outputs.sample import sample_report


def refusal(name: str) -> str:
    with pytest.raises(ProblemsError) as caught:
        render(name, sample_report(), RenderOptions())
    (problem,) = caught.value.problems
    assert problem.kind == "config"
    return str(problem)


# Whole documents of other programs, which have tests of their own.
BINARY = {"pdf", "xlsx"}
TEXTS = sorted(set(FORMATS) - BINARY)


@pytest.mark.parametrize(("name", "package"), [("xlsx", "xlsxwriter"), ("pdf", "typst")])
def test_a_format_whose_package_is_missing_is_refused_before_anything_is_scanned(
    name: str, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scanner.outputs.find_spec", lambda _: None)
    with pytest.raises(MissingExtraError, match=rf"`{package}` is not installed: pip install 'tenantproof\[{name}\]'"):
        output(name)


def test_a_misspelt_format_is_answered_with_the_nearest() -> None:
    assert "did you mean `html`?" in refusal("htlm")


@pytest.mark.parametrize("name", sorted(set(FORMATS) - {"pdf"}))
@pytest.mark.full
def test_five_thousand_findings_with_hostile_names_are_written_within_seconds(name: str) -> None:
    report = hostile_report()
    assert len(report["findings"]) == 5_000
    started = time.process_time()
    size = sum(map(len, stream(name, report, RenderOptions())))
    assert size > 3_000 and time.process_time() - started < 15


@pytest.mark.parametrize("name", sorted(set(TEXTS) - {"html"}))
@pytest.mark.full
def test_no_format_writes_a_character_that_speaks_to_a_terminal(name: str) -> None:
    """A page is for browsers, and has tests of its own."""
    text = b"".join(stream(name, hostile_report(700), RenderOptions())).decode("utf-8")
    assert {each for each in text if not each.isprintable()} <= {"\n", "\r"}
    assert name == "csv" or "\r" not in text


@pytest.mark.parametrize("name", TEXTS)
def test_pieces_are_the_whole(name: str) -> None:
    whole = render(name, sample_report(), RenderOptions())
    data = whole if isinstance(whole, bytes) else whole.encode()
    assert b"".join(stream(name, sample_report(), RenderOptions())) == data and data.endswith(b"\n")


@pytest.mark.parametrize("name", TEXTS)
def test_a_report_without_findings_is_written_too(name: str) -> None:
    report: ReportDocument = {**sample_report(), "findings": [], "proofs": [], "errors": [], "exit_code": 0}
    report["summary"] = {"resources": 0, "rules": 0, "verdicts": dict.fromkeys(VERDICTS, 0)}
    text = b"".join(stream(name, report, RenderOptions())).decode("utf-8")
    assert not text or text.endswith("\n")
    assert sample_report()["findings"][0]["id"] not in text


@pytest.mark.parametrize(
    ("format_", "name"),
    [
        ("sarif", "report.sarif"),
        ("junit", "report.junit.xml"),
        ("gitlab", "report.gitlab.json"),
        ("github", "report.github.txt"),
        ("markdown", "report.md"),
        ("csv", "report.csv"),
        ("ocsf", "report.ocsf.jsonl"),
        ("asff", "report.asff.json"),
    ],
)
def test_each_format_is_the_one_that_was_read_and_approved(format_: str, name: str) -> None:
    data = b"".join(stream(format_, sample_report(), RenderOptions()))
    path = GOLDEN / name
    if os.environ.get("TENANTPROOF_WRITE_GOLDEN"):
        path.write_bytes(data)
    assert data == path.read_bytes()


def test_rendering_for_machines_loads_neither_a_template_engine_nor_aws() -> None:
    program = (
        "import sys; from tests.outputs.sample import sample_report; from scanner.outputs import FORMATS, render;"
        "from scanner.outputs.shared.render_options import RenderOptions;"
        "[render(name, sample_report(), RenderOptions()) for name in FORMATS if name not in ('html', 'pdf', 'xlsx')];"
        "sys.exit(bool({'jinja2', 'boto3', 'botocore', 'jsonschema'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_rendering_text_and_json_loads_no_template_engine() -> None:
    program = (
        "import sys; from tests.outputs.sample import sample_report; from scanner.outputs import render;"
        "from scanner.outputs.shared.render_options import RenderOptions;"
        "render('text', sample_report(), RenderOptions()); render('json', sample_report(), RenderOptions());"
        "sys.exit('jinja2' in sys.modules or 'scanner.outputs.html' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_every_verdict_and_every_cause_has_its_words() -> None:
    assert set(VERDICT_WORDS) == set(VERDICTS)
    assert set(CAUSE_WORDS) == set(CAUSES)


def test_no_print_out_calls_anything_compliant() -> None:
    words = [*VERDICT_WORDS.values(), *STANDING_WORDS.values()]
    words += [str(render(name, sample_report(), RenderOptions(all=True, verbose=True))) for name in ("text", "html")]
    shown = " ".join(words).replace("not a conclusion on compliance", "").lower()
    assert not any(word in shown for word in ("complian", "✓", "✔", "☑", "secure.\n"))
    # A rule passes on a resource; a control never does.
    assert not any("passed" in word for word in STANDING_WORDS.values())
