"""A scan says the same with what earlier scans have kept as without."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scanner.cli.main import main
from scanner.engine import judging
from scanner.inputs.cloudformation.sam import translator

SAM = {
    "Transform": "AWS::Serverless-2016-10-31",
    "Resources": {
        "Worker": {
            "Type": "AWS::Serverless::Function",
            "Properties": {
                "Handler": "app.main",
                "Runtime": "python3.12",
                "InlineCode": "pass",
                "Policies": [{"DynamoDBCrudPolicy": {"TableName": "orders"}}],
            },
        }
    },
}


def bucket(name: str, **more: Any) -> dict[str, Any]:
    return {"Resources": {"Records": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": name, **more}}}}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("TENANTPROOF_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    return folder


def write(path: Path, content: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")


def scanned(capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, str]:
    code = main(["scan", ".", "--quiet", "--format", "json", *options])
    return code, capsys.readouterr().out


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """How many verdicts were worked out since it was asked last."""
    judged = [0]

    def judge(self: judging.Judge, *given: Any) -> Any:
        judged[0] += 1
        return real(self, *given)

    real = judging.Judge.judge
    monkeypatch.setattr(judging.Judge, "judge", judge)

    def since() -> int:
        number, judged[0] = judged[0], 0
        return number

    return since


def test_a_second_scan_of_the_same_files_judges_nothing(
    project: Path, capsys: pytest.CaptureFixture[str], counted: Callable[[], int]
) -> None:
    write(project / "app.json", bucket("records"))
    first = scanned(capsys)
    assert counted() > 0
    assert scanned(capsys) == first
    assert counted() == 0
    assert scanned(capsys, "--no-cache") == first
    assert counted() > 0


CHANGES: dict[str, Callable[[Path], object]] = {
    "a template": lambda root: write(root / "app.json", bucket("other")),
    "another template": lambda root: write(root / "more.json", bucket("more")),
    "a template less": lambda root: (root / "second.json").unlink(),
    "the tenancy": lambda root: write(root / "tenancy.yaml", "version: 1\ntenant_id: {tags: [TenantId]}\n"),
    "an exception": lambda root: write(
        root / "exceptions.yaml",
        "version: 1\nexceptions:\n- rule: s3-versioning\n  resource: '*'\n  owner: me\n"
        "  because: a long enough reason for it\n  until: 2024-01-31\n",
    ),
    "the configuration": lambda root: write(root / "tenantproof.yaml", "fail_on: low\n"),
    "an included file": lambda root: write(root / "part.json", {"A": {"Type": "AWS::SNS::Topic"}}),
    "a name": lambda root: (root / "second.json").rename(root / "third.json"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_whatever_changes_is_judged_again(project: Path, capsys: pytest.CaptureFixture[str], change: str) -> None:
    write(project / "part.json", {"A": {"Type": "AWS::SQS::Queue"}})
    part = {"Fn::Transform": {"Name": "AWS::Include", "Parameters": {"Location": "part.json"}}}
    write(project / "app.json", bucket("records"))
    write(project / "second.json", {"Resources": {"B": {"Type": "AWS::S3::Bucket"}, **part}})
    before = scanned(capsys)
    CHANGES[change](project)
    after = scanned(capsys)
    assert after != before
    assert after == scanned(capsys, "--no-cache")


@pytest.mark.parametrize(
    "options",
    [
        ["--fail-on", "low"],
        ["--strict-defaults"],
        ["--skip", "s3-*"],
        ["--account", "111122223333"],
        ["--as-of", "2020-02-02"],
    ],
    ids=" ".join,
)
def test_other_options_are_another_scan(project: Path, capsys: pytest.CaptureFixture[str], options: list[str]) -> None:
    write(project / "app.json", bucket("records"))
    before = scanned(capsys)
    after = scanned(capsys, *options)
    assert after != before
    assert after == scanned(capsys, *options, "--no-cache")


def test_what_could_not_be_read_is_looked_for_again(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    part = {"Fn::Transform": {"Name": "AWS::Include", "Parameters": {"Location": "part.json"}}}
    write(project / "app.json", {"Resources": {"B": {"Type": "AWS::S3::Bucket"}, **part}})
    assert scanned(capsys)[0] == 2
    write(project / "part.json", {"A": {"Type": "AWS::SQS::Queue"}})
    assert scanned(capsys) == scanned(capsys, "--no-cache")


def test_a_template_of_sam_is_translated_once(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write(project / "app.json", SAM)
    first = scanned(capsys)
    write(project / "more.json", bucket("records"))
    without = scanned(capsys, "--no-cache")
    runs: list[object] = []
    monkeypatch.setattr(translator, "_run", lambda *given: runs.append(given))
    assert scanned(capsys) == without != first
    assert not runs


def test_what_sam_refuses_is_refused_again_in_the_same_words(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write(project / "app.json", {**SAM, "Resources": {"Bad": {"Type": "AWS::Serverless::Function", "Properties": {}}}})
    first = scanned(capsys)
    runs: list[object] = []
    monkeypatch.setattr(translator, "_run", lambda *given: runs.append(given))
    assert scanned(capsys) == first
    assert not runs


@pytest.mark.full
def test_random_edits_say_the_same_with_the_cache_and_without(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """States come back, as when branches are switched, so that entries of before are used."""
    chance = random.Random(7)  # nothing secret
    for _ in range(25):
        path = project / chance.choice(["a", "b"]) / f"{chance.choice('xy')}.json"
        match chance.randrange(4):
            case 0 if path.exists():
                path.unlink()
            case 1:
                write(path, SAM)
            case 2:
                policy = {"Version": "2012-10-17", "Statement": []}
                properties = {"Bucket": chance.choice(["r0", "r1"]), "PolicyDocument": policy}
                write(path, {"Resources": {"P": {"Type": "AWS::S3::BucketPolicy", "Properties": properties}}})
            case _:
                write(path, bucket(chance.choice(["r0", "r1"])))
        assert scanned(capsys) == scanned(capsys, "--no-cache")
