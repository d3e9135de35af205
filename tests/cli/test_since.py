"""`scan --since REV`: what a change brings, and what it mends."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from scanner.cli.main import main
from scanner.engine import judging
from scanner.findings.finding import Finding
from scanner.findings.report_document import ReportDocument
from scanner.language.rule import Rule
from scanner.model.resource import Resource
from tests.conftest import Requires

FAULTY = "Resources:\n  Bucket: {Type: AWS::S3::Bucket}\n"
SOUND = (
    "Resources:\n  Bucket: {Type: AWS::S3::Bucket, Properties: {LoggingConfiguration: {DestinationBucketName: l}}}\n"
)
Commit = Callable[[dict[str, str | None]], None]


@pytest.fixture
def commit(tmp_path: Path, requires: Requires, monkeypatch: pytest.MonkeyPatch) -> Commit:
    """Commits these files to a new repository, where the test is, too; None removes one."""
    program = requires("git")
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    root = tmp_path / "clinic"
    root.mkdir()
    monkeypatch.chdir(root)

    def git(*arguments: str) -> None:
        command = [program, "-c", "user.name=A", "-c", "user.email=a@b.example", *arguments]
        subprocess.run(command, check=True, capture_output=True)

    def run(files: dict[str, str | None]) -> None:
        for name, text in files.items():
            if text is None:
                Path(name).unlink()
            else:
                Path(name).write_text(text, "utf-8")
        git("add", "--all")
        git("commit", "--quiet", "--allow-empty", "--message=change")

    git("init", "--quiet", "--initial-branch=main")
    return run


def scan(capsys: pytest.CaptureFixture[str], since: str, *more: str, path: str = ".") -> tuple[int, ReportDocument]:
    arguments = ["scan", path, "--since", since, *more, "--select", "s3-access-logs", "--fail-on", "low"]
    code = main([*arguments, "--format", "json"])
    return code, json.loads(capsys.readouterr().out)


@pytest.mark.full
def test_each_commit_is_said_to_bring_and_mend_what_it_does(commit: Commit, capsys: pytest.CaptureFixture[str]) -> None:
    commit({"a.yaml": FAULTY, "b.yaml": SOUND})
    steps: list[tuple[dict[str, str | None], int, int, int]] = [
        ({"a.yaml": "# moved\n\n" + FAULTY}, 0, 0, 0),
        ({"a.yaml": SOUND, "b.yaml": FAULTY}, 1, 1, 1),
        ({"c.yaml": FAULTY}, 1, 1, 0),
        ({"b.yaml": SOUND}, 0, 0, 1),
        ({"README.md": "nothing"}, 0, 0, 0),
        ({"c.yaml": None}, 0, 0, 1),
    ]
    for files, code, new, fixed in steps:
        commit(files)
        got, report = scan(capsys, "HEAD~1")
        assert (got, report["baseline"]["new"], len(report["baseline"]["fixed"])) == (code, new, fixed), files
        assert (report["baseline"]["kind"], report["baseline"]["name"]) == ("revision", "HEAD~1")


def test_what_is_not_committed_yet_is_new(commit: Commit, capsys: pytest.CaptureFixture[str]) -> None:
    commit({"a.yaml": SOUND})
    Path("a.yaml").write_text(FAULTY, "utf-8")
    assert scan(capsys, "HEAD")[0] == 1


def test_a_revision_without_templates_makes_everything_new(commit: Commit, capsys: pytest.CaptureFixture[str]) -> None:
    commit({"README.md": "nothing"})
    commit({"a.yaml": FAULTY})
    code, report = scan(capsys, "HEAD~1")
    assert (code, report["baseline"]["new"]) == (1, 1)


def test_a_template_that_was_broken_is_told_and_does_not_stop(
    commit: Commit, capsys: pytest.CaptureFixture[str]
) -> None:
    commit({"a.yaml": "Resources: {\n"})
    commit({"a.yaml": FAULTY})
    code, report = scan(capsys, "HEAD~1")
    assert code == 1
    assert [each["level"] for each in report["errors"]] == ["warning"]


@pytest.mark.parametrize(
    ("since", "path", "more", "said"),
    [
        ("no-such-branch", ".", (), "names no commit"),
        ("HEAD", "new.yaml", (), "is not in revision"),
        ("HEAD", ".", ("--baseline", "a.yaml"), "goes without --baseline"),
    ],
)
def test_what_cannot_be_compared_stops(
    commit: Commit,
    capsys: pytest.CaptureFixture[str],
    since: str,
    path: str,
    more: tuple[str, ...],
    said: str,
) -> None:
    commit({"a.yaml": SOUND})
    Path("new.yaml").write_text(FAULTY, "utf-8")
    code, report = scan(capsys, since, *more, path=path)
    assert code == 2
    assert report["findings"] == []
    assert any(said in each["message"] and each["path"] == "--since" for each in report["errors"])


def test_an_assembly_that_is_not_committed_stops(commit: Commit, capsys: pytest.CaptureFixture[str]) -> None:
    commit({"a.yaml": SOUND, ".gitignore": "cdk.out\n"})
    artifacts = {"S": {"type": "aws:cloudformation:stack", "properties": {"templateFile": "S.template.json"}}}
    Path("cdk.out").mkdir()
    Path("cdk.out/cdk.out").write_text('{"version": "36.0.0"}', "utf-8")
    Path("cdk.out/manifest.json").write_text(json.dumps({"version": "36.0.0", "artifacts": artifacts}), "utf-8")
    Path("cdk.out/S.template.json").write_text('{"Resources": {"B": {"Type": "AWS::S3::Bucket"}}}', "utf-8")
    code, report = scan(capsys, "HEAD", path="cdk.out")
    assert code == 2
    code, report = scan(capsys, "HEAD")
    assert code == 2
    assert "--write-baseline there" in str(report["errors"][0]["hint"])


@pytest.mark.full
def test_a_commit_is_judged_once(
    commit: Commit, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TENANTPROOF_CACHE_DIR", str(tmp_path / "cache"))
    judged: list[str] = []
    judge = judging.Judge.judge

    def noted(self: judging.Judge, rule: Rule, resource: Resource, names: Mapping[str, object] | str) -> Finding:
        judged.append(resource.address)
        return judge(self, rule, resource, names)

    monkeypatch.setattr(judging.Judge, "judge", noted)

    def seen(*more: str) -> tuple[list[str], int, dict[str, object]]:
        judged.clear()
        code, report = scan(capsys, "main", *more)
        counts = {key: value for key, value in report["baseline"].items() if key != "fixed"}
        return list(judged), code, counts

    commit({"a.yaml": FAULTY})
    Path("b.yaml").write_text(FAULTY, "utf-8")
    first, *said = seen()
    assert first.count("a.yaml#Bucket") == 2
    again, *same = seen()
    assert again.count("a.yaml#Bucket") == 1, "the commit was judged again"
    assert same == said
    assert said[0] == 1
    # What the verdicts rest on besides the commit, one after the other.
    assert seen("--as-of", "2031-01-01")[0].count("a.yaml#Bucket") == 2
    assert seen("--account", "111122223333")[0].count("a.yaml#Bucket") == 2
    assert seen("--no-cache")[0].count("a.yaml#Bucket") == 2
    # A branch goes on: its name is another commit then.
    commit({"b.yaml": FAULTY})
    moved, code, _ = seen()
    assert moved.count("b.yaml#Bucket") == 2
    assert code == 0


def test_a_file_that_was_moved_brings_nothing_new(commit: Commit, capsys: pytest.CaptureFixture[str]) -> None:
    commit({"a.yaml": FAULTY})
    commit({"a.yaml": None, "b.yaml": FAULTY})
    code, report = scan(capsys, "HEAD~1")
    baseline = report["baseline"]
    assert (code, baseline["new"], baseline["known"], baseline["fixed"]) == (0, 0, 1, [])


def test_the_same_fault_in_a_copy_is_new(commit: Commit, capsys: pytest.CaptureFixture[str]) -> None:
    commit({"a.yaml": FAULTY})
    commit({"b.yaml": FAULTY})
    code, report = scan(capsys, "HEAD~1")
    assert (code, report["baseline"]["new"], report["baseline"]["known"]) == (1, 1, 1)


def test_another_fault_in_a_file_that_was_moved_is_new(commit: Commit, capsys: pytest.CaptureFixture[str]) -> None:
    alike = "# the same comment stands in both of them, so that they are alike\n" * 20
    commit({"a.yaml": FAULTY + alike})
    second = FAULTY + "  Second: {Type: AWS::S3::Bucket}\n"
    commit(
        {"a.yaml": None, "b.yaml": second + "# the same comment stands in both of them, so that they are alike\n" * 20}
    )
    code, report = scan(capsys, "HEAD~1")
    assert (code, report["baseline"]["new"], report["baseline"]["known"]) == (1, 1, 1)
