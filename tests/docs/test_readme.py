"""README is true to the letter: its commands are known to the parser, and run where they need neither AWS nor CDK."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from scanner.cli.arguments import parse
from scanner.cli.main import main
from tests.docs.commands import ROOT

README = (ROOT / "README.md").read_text("utf-8")
# What needs more than this checkout, by the beginning of the command.
ELSEWHERE = {
    "tenantproof scan cdk.out": "a CDK assembly",
    "tenantproof snapshot": "an account",
    "tenantproof audit": "an account",
    "tenantproof accounts": "snapshots of an organisation",
    "tenantproof history": "a recorded audit",
    "tenantproof scan account": "a snapshot",
    "tenantproof diff infra account": "a snapshot",
    "tenantproof init": "it would replace the tenancy that the others need; the tutorial of `init` runs it",
}


def commands() -> list[str]:
    block = README[README.index("pip install .\n") : README.index("Outputs:")]
    lines = [line.partition("#")[0].strip() for line in block.splitlines()]
    return [part.strip() for line in lines for part in line.split("&&") if part.strip().startswith("tenantproof ")]


@pytest.mark.parametrize("command", commands())
def test_the_parser_knows_the_command(command: str) -> None:
    assert parse(shlex.split(command)[1:]).run


def git(*words: str) -> None:
    who = ("-c", "user.name=a", "-c", "user.email=a@clinic.example", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *who, *words], check=True, capture_output=True)


@pytest.mark.full
def test_what_needs_no_account_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    example = ROOT / "examples" / "virtual-clinic"
    shutil.copytree(example / "sound", "infra")
    shutil.copy(example / "tenancy.yaml", "tenancy.yaml")
    git("init", "-q")
    git("add", "-A")
    git("commit", "-qm", "first")
    git("update-ref", "refs/remotes/origin/main", "HEAD")
    request = {"principal": "PatientTenantRole", "action": "dynamodb:GetItem", "resource": "*"}
    Path("request.json").write_text(json.dumps({"request": request, "policies": []}), "utf-8")
    assert main(["scan", "infra", "--format", "json=report.json"]) in (0, 1)
    assert main(["audit", "infra", "--history", "h.db", "--bundle", "evidence.zip"]) in (0, 1)
    ran = 0
    for command in commands():
        if any(command.startswith(each) for each in ELSEWHERE):
            continue
        code = main(shlex.split(command)[1:])
        told = capsys.readouterr()
        assert code in (0, 1) or "simulate" in command, f"`{command}` ended with {code}: {told.err[-1_000:]}"
        ran += 1
    assert ran >= 10


def test_files_and_folders_that_it_names_are_there() -> None:
    named = set(re.findall(r"`((?:docs|schema|examples|locks|scripts|deploy|rules)/[\w./-]*)`", README))
    assert {each for each in named if not (ROOT / each).exists()} == set()
