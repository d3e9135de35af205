from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from scanner.cli.main import main
from scanner.findings.report_document import ReportDocument
from scanner.live import securityhub_client
from scanner.outputs import FORMATS
from scanner.outputs.asff import Asff
from tests.outputs.sample import sample_report


class Hub:
    """An empty hub that remembers what it was given."""

    account, region = "111122223333", "eu-central-1"

    def __init__(self, refuses: Sequence[str] = ()) -> None:
        self.findings: list[Asff] = []
        self.refuses = refuses

    def active(self, product_arn: str, prefix: str) -> Iterator[Asff]:
        yield from ()

    def put(self, findings: Sequence[Asff]) -> list[tuple[str, str]]:
        self.findings += findings
        return [(id_, "InvalidInput: \x1b[2Jno") for id_ in self.refuses]


@pytest.fixture
def report(tmp_path: Path) -> str:
    return saved(tmp_path / "report.json", sample_report())


def saved(path: Path, report: ReportDocument) -> str:
    path.write_text(json.dumps(report), "utf-8")
    return str(path)


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_rendered_from_a_report_alone(name: str, report: str, tmp_path: Path) -> None:
    target = tmp_path / "new folder" / "out"
    assert main(["report", report, "--quiet", "--format", f"{name}={target}"]) == 0
    assert target.stat().st_size > 1_000
    assert [each.name for each in target.parent.iterdir()] == ["out"]


def test_a_report_that_breaks_off_leaves_the_old_file_as_it_was(tmp_path: Path) -> None:
    broken = sample_report()
    del broken["findings"][-2]["resource"]["type"]
    target = tmp_path / "out.csv"
    target.write_text("old", "utf-8")
    code = main(["report", saved(tmp_path / "report.json", broken), "--quiet", "--format", f"csv={target}"])
    assert code == 2
    assert target.read_text("utf-8") == "old"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["out.csv", "report.json"]


def test_the_summary_of_a_run_is_added_to_what_other_steps_wrote(
    report: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    summary = tmp_path / "summary.md"
    summary.write_text("before\n", "utf-8")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    assert main(["report", report, "--quiet", "--format", "github"]) == 0
    assert summary.read_text("utf-8").startswith("before\n### tenantproof: 1 critical")
    assert capfdbinary.readouterr().out.startswith(b"::error file=")
    written = summary.stat().st_size
    assert main(["report", report, "--quiet", "--format", "gitlab"]) == 0
    assert summary.stat().st_size == written


def test_account_and_region_are_where_findings_without_any_are_filed(
    report: str, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert main(["report", report, "--quiet", "--format", "asff", "--account", "9" * 12, "--region", "eu-west-3"]) == 0
    first = json.loads(capfdbinary.readouterr().out)[0]
    assert (first["AwsAccountId"], first["Region"]) == ("9" * 12, "eu-west-3")


def test_sending_says_what_was_sent_and_what_was_not(
    report: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    hub = Hub()
    monkeypatch.setattr(securityhub_client, "security_hub", lambda profile, region: hub)
    assert main(["report", report, "--quiet", "--send-to-security-hub", "--source", "octo/app"]) == 0
    captured = capsys.readouterr()
    assert captured.out == "Security Hub of 111122223333 in eu-central-1: 14 imported, 0 archived\n"
    assert "nothing was archived: not everything could be read and judged" in captured.err
    assert all(str(each["Id"]).startswith("tenantproof/octo/app/") for each in hub.findings)


def test_a_refused_finding_is_told_printably_and_exits_with_2(
    report: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    hub = Hub(refuses=[f"tenantproof/default/{41:016x}"])
    monkeypatch.setattr(securityhub_client, "security_hub", lambda profile, region: hub)
    assert main(["report", report, "--quiet", "--send-to-security-hub"]) == 2
    captured = capsys.readouterr()
    assert "13 imported" in captured.out
    assert f"refused: tenantproof/default/{41:016x}: InvalidInput: \\x1b[2Jno" in captured.err


def test_sending_with_the_credentials_of_another_account_is_refused(
    report: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    hub = Hub()
    monkeypatch.setattr(securityhub_client, "security_hub", lambda profile, region: hub)
    assert main(["report", report, "--quiet", "--send-to-security-hub", "--account", "9" * 12]) == 2
    assert "the credentials are those of account 111122223333" in capsys.readouterr().err
    assert hub.findings == []


@pytest.mark.parametrize("source", ["", "a b", "../x\n", "x" * 129, "/x"])
def test_a_source_that_cannot_be_part_of_an_id_is_refused(
    source: str, report: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", report, "--quiet", "--send-to-security-hub", "--source", source]) == 2
    assert "cannot name a source" in capsys.readouterr().err


def test_without_a_region_nothing_is_sent_and_the_way_out_is_told(
    report: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", report, "--quiet", "--send-to-security-hub"]) == 2
    assert "no region is configured, pass --region" in capsys.readouterr().err
