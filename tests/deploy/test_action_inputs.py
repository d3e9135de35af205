"""What the Action is told reaches the scan, what it installs is locked, and pre-commit runs for every input."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from scanner.inputs.discovery import EXTENSIONS
from tests.conftest import ROOT
from tests.deploy.test_pipelines import action_environment, documents, project, run

__all__ = ["project"]

SAM = """AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties: {Handler: a.b, Runtime: python3.12, InlineCode: "x"}
"""


def installed(folder: Path, extras: str) -> tuple[int, list[str], str]:
    """The command lines of the installing step, by a `python` that only writes them down."""
    (action,) = documents(ROOT / "action.yml")
    (step,) = [each for each in action["runs"]["steps"] if each.get("name") == "Install"]
    assert "${{" not in step["run"]
    fake = folder / "bin" / "python"
    fake.write_text(f'#!/bin/sh\necho "$@" >> "{folder / "calls"}"\n', "utf-8")
    fake.chmod(0o755)
    done = run(step["run"], folder, EXTRAS=extras, GITHUB_ACTION_PATH=str(ROOT))
    calls = folder / "calls"
    return done.returncode, calls.read_text("utf-8").splitlines() if calls.exists() else [], done.stdout


def test_what_the_action_installs_is_locked(project: Path) -> None:
    (action,) = documents(ROOT / "action.yml")
    code, calls, _ = installed(project, action["inputs"]["extras"]["default"])
    assert code == 0 and len(calls) == 2
    assert "--require-hashes" in calls[0] and calls[0].endswith("locks/gate.txt")
    assert "--no-deps" in calls[1] and "--no-build-isolation" in calls[1]
    locked = (ROOT / "locks" / "gate.txt").read_text("utf-8")
    for package in ("aws-sam-translator", "boto3", "hatchling", "jmespath", "pyyaml"):
        assert re.search(rf"^{package}==", locked, re.MULTILINE), f"{package} is not locked"
    uses = [each["uses"] for each in action["runs"]["steps"] if "uses" in each]
    assert all(re.search(r"@[0-9a-f]{40}$", each) for each in uses)


@pytest.mark.parametrize("extras", ["sma", "sam $(touch owned)", "sam;touch owned"])
def test_an_extra_that_is_none_is_told(extras: str, project: Path) -> None:
    code, calls, out = installed(project, extras)
    assert code == 2 and calls == [] and "::error::extras" in out
    assert not (project / "owned").exists()


def test_another_lock_has_what_the_gate_has_not(project: Path) -> None:
    _, calls, _ = installed(project, "sam,cluster")
    assert calls[0].endswith("locks/full.txt")


def report(folder: Path, **given: str) -> tuple[int, dict[str, Any]]:
    script, environment = action_environment(folder, **given)
    code = run(script, folder, **environment).returncode
    return code, json.loads((folder / "tenantproof.json").read_text("utf-8"))


@pytest.mark.full
def test_the_action_judges_sam(project: Path) -> None:
    pytest.importorskip("samtranslator")
    (project / "sam.yaml").write_text(SAM, "utf-8")
    _, told = report(project, paths="sam.yaml")
    assert told["errors"] == [] and any(each["resource"]["logical_id"] == "F" for each in told["findings"])


def test_parameters_tenancy_and_plan_reach_the_scan(project: Path) -> None:
    template = "Parameters:\n  Name: {Type: String}\n  Other: {Type: String}\n" + (
        "Resources:\n  Bucket: {Type: AWS::S3::Bucket, Properties: {BucketName: !Ref Name}}\n"
    )
    (project / "app.yaml").write_text(template, "utf-8")
    (project / "tenants.yml").write_text("version: 1\ntenant_id: {tags: [TenantId]}\nmodel: pool\n", "utf-8")
    (project / "plan.yaml").write_text("Resources:\n  More: {Type: AWS::S3::Bucket}\n", "utf-8")
    given = "Name=records\nOther=two words"
    _, told = report(
        project, paths="app.yaml", parameters=given, tenancy="tenants.yml", plan="plan.yaml", region="eu-west-1"
    )
    assert sorted(told["options"]["parameters"]) == ["Name", "Other"]
    assert told["tenancy"]["source"] != "none"
    assert {"Bucket", "More"} <= {each["resource"]["logical_id"] for each in told["findings"]}
    assert "eu-west-1" in {each["resource"]["region"] for each in told["findings"]}
    (project / "other.yml").write_text("version: 1\ntenant_id: {tags: [ClinicId]}\nmodel: pool\n", "utf-8")
    script, environment = action_environment(project, tenancy="other.yml")
    done = run(script, project, **environment)
    assert done.returncode == 2 and "another tenancy.yaml" in done.stdout


@pytest.mark.full
def test_since_counts_what_is_new_alone(project: Path) -> None:
    git = ["git", "-c", "user.name=t", "-c", "user.email=t@example.com"]
    for command in (["init", "-q"], ["add", "app.yaml"], ["commit", "-q", "-m", "before"]):
        subprocess.run([*git, *command], cwd=project, check=True, timeout=30)
    assert report(project, paths="app.yaml")[0] == 1
    assert report(project, paths="app.yaml", since="HEAD")[0] == 0


def test_pre_commit_runs_for_every_file_that_a_scan_reads() -> None:
    (hooks,) = documents(ROOT / ".pre-commit-hooks.yaml")
    (hook,) = [each for each in hooks if each["id"] == "tenantproof"]
    assert not {"types", "types_or"} & set(hook)
    for extension in EXTENSIONS:
        assert re.search(hook["files"], f"infra/lab1{extension}"), extension
        assert re.search(hook["files"], f"infra/LAB1{extension.upper()}"), extension
    assert not re.search(hook["files"], "infra/notes.md")
