"""`scan --stdin --path FILE`: what an editor has of a file, before it is saved."""

from __future__ import annotations

import io
import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from scanner.cli.main import main
from scanner.findings.report_document import ReportDocument

FAULTY = "Resources:\n  Bucket: {Type: AWS::S3::Bucket}\n"
SOUND = (
    "Resources:\n  Bucket: {Type: AWS::S3::Bucket, Properties: {LoggingConfiguration: {DestinationBucketName: l}}}\n"
)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    (tmp_path / "infra").mkdir()
    (tmp_path / "tenantproof.yaml").write_text("select: [s3-access-logs]\nfail_on: low\n", "utf-8")
    return tmp_path


def scan(
    text: str | bytes, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], path: str = "infra/t.yaml"
) -> tuple[int, ReportDocument]:
    raw = text if isinstance(text, bytes) else text.encode()
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(raw)))
    code = main(["scan", "--stdin", "--path", path, "--format", "json"])
    return code, json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("on_disk", [None, SOUND, "Resources: ["])
def test_what_is_handed_over_is_judged_and_not_what_is_on_disk(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], on_disk: str | None
) -> None:
    if on_disk is not None:
        (project / "infra" / "t.yaml").write_text(on_disk, "utf-8")
    code, report = scan(FAULTY, monkeypatch, capsys)
    assert code == 1
    assert [each["resource"]["address"] for each in report["findings"]] == ["infra/t.yaml#Bucket"]
    assert [each["path"] for each in report["inputs"]] == ["infra/t.yaml"]


def test_the_same_text_gives_the_same_findings_as_the_file(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _, handed = scan(FAULTY, monkeypatch, capsys)
    (project / "infra" / "t.yaml").write_text(FAULTY, "utf-8")
    main(["scan", "infra/t.yaml", "--format", "json"])
    saved = json.loads(capsys.readouterr().out)
    assert handed["findings"] == saved["findings"]
    assert handed["inputs"] == saved["inputs"]


def test_a_sound_text_passes_where_the_file_is_faulty(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "infra" / "t.yaml").write_text(FAULTY, "utf-8")
    assert scan(SOUND, monkeypatch, capsys)[0] == 0


@pytest.mark.parametrize("text", ["", "Resources: [", "nothing: here\n", b"Resources:\xff\n"])
def test_a_text_that_is_no_template_is_an_error(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], text: str | bytes
) -> None:
    (project / "infra" / "t.yaml").write_text(SOUND, "utf-8")
    code, report = scan(text, monkeypatch, capsys)
    assert code == 2
    assert {each["path"] for each in report["errors"]} == {"infra/t.yaml"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--stdin"], "needs --path"),
        (["--path", "t.yaml"], "goes with --stdin"),
        (["--stdin", "--path", "t.yaml", "infra"], "neither PATH nor --git"),
        (["--stdin", "--path", "t.yaml", "--git", "HEAD"], "neither PATH nor --git"),
    ],
)
def test_options_that_do_not_go_together_are_refused(
    project: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert main(["scan", *arguments]) == 2
    assert said in capsys.readouterr().err
