"""The files for pre-commit, GitHub and GitLab: well-formed by those systems' schemas, and their scripts run."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from scanner.cli.arguments import parse
from scanner.inputs.discovery import EXTENSIONS
from tests.conftest import ROOT

FAULTY = "Resources:\n  Bucket: {Type: AWS::S3::Bucket}\n"
COMPONENT = ROOT / "templates" / "tenantproof.yml"


def documents(path: Path) -> list[Any]:
    return list(yaml.safe_load_all(path.read_text("utf-8")))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A faulty template, and a `tenantproof` on the PATH."""
    (tmp_path / "app.yaml").write_text(FAULTY, "utf-8")
    programs = tmp_path / "bin"
    programs.mkdir()
    program = programs / "tenantproof"
    program.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m scanner.cli "$@"\n', "utf-8")
    program.chmod(0o755)
    return tmp_path


def run(script: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    shell = shutil.which("bash")
    if shell is None:
        pytest.skip("there is no bash")
    path = f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        [shell, "-e", "-o", "pipefail", "-c", script],
        cwd=folder,
        env={**os.environ, "PATH": path, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.parametrize(
    ("schema", "path"),
    [("vendor.github-actions", ROOT / "action.yml"), ("vendor.gitlab-ci", COMPONENT)],
)
def test_the_file_fits_the_schema_of_its_system(schema: str, path: Path, tmp_path: Path) -> None:
    content = documents(path)[-1]
    copy = tmp_path / "copy.yml"
    copy.write_text(yaml.safe_dump(content), "utf-8")
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(copy)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_hook_is_a_command_that_there_is() -> None:
    (hooks,) = documents(ROOT / ".pre-commit-hooks.yaml")
    assert [hook["id"] for hook in hooks] == ["tenantproof", "tenantproof-rules"]
    for hook in hooks:
        program, *arguments = hook["entry"].split()
        assert program == "tenantproof"
        assert parse(arguments).command == arguments[0]
        assert hook["language"] == "python" and hook["pass_filenames"] is False
    for file in (
        *(f"a{each}" for each in EXTENSIONS),
        "a/main.tf",
        "main.tf.json",
        "main.tofu",
        "samconfig.toml",
        "A.YAML",
    ):
        assert re.search(hooks[0]["files"], file), file
    assert not re.search(hooks[0]["files"], "pyproject.toml")


def action_environment(folder: Path, **given: str) -> tuple[str, dict[str, str]]:
    """The script of the scanning step, and the environment in which GitHub would run it."""
    (action,) = documents(ROOT / "action.yml")
    (step,) = [each for each in action["runs"]["steps"] if each.get("id") == "scan"]
    assert "${{" not in step["run"]
    inputs = {name: each["default"] for name, each in action["inputs"].items()} | given
    values = {name: inputs[text.removeprefix("${{ inputs.").removesuffix(" }}")] for name, text in step["env"].items()}
    return step["run"], {**values, "GITHUB_OUTPUT": str(folder / "output")}


def test_the_action_ends_as_the_scan_does_and_leaves_its_reports(project: Path) -> None:
    script, environment = action_environment(project)
    done = run(script, project, **environment)
    assert done.returncode == 1, done.stderr
    assert "::error" in done.stdout
    assert (project / "output").read_text("utf-8") == "exit-code=1\n"
    assert json.loads((project / "tenantproof.sarif").read_text("utf-8"))["version"] == "2.1.0"
    assert json.loads((project / "tenantproof.json").read_text("utf-8"))["exit_code"] == 1


def test_inputs_of_the_action_are_never_commands(project: Path) -> None:
    script, environment = action_environment(project, paths="app.yaml $(touch$IFS+owned) ;touch owned")
    assert run(script, project, **environment).returncode == 2
    assert not (project / "owned").exists()
    assert not (project / "+owned").exists()


@pytest.mark.full
def test_the_action_hands_on_its_inputs(project: Path) -> None:
    script, environment = action_environment(project, paths="app.yaml", **{"fail-on": "never"})
    assert run(script, project, **environment).returncode == 0
    script, environment = action_environment(project, baseline="tenantproof.json")
    assert run(script, project, **environment).returncode == 0


@pytest.mark.full
def test_the_job_of_the_component_ends_as_the_scan_does_and_leaves_its_reports(project: Path) -> None:
    header, jobs = documents(COMPONENT)
    inputs = {name: each["default"] for name, each in header["spec"]["inputs"].items()}
    job = jobs["tenantproof"]
    variables = {
        name: inputs[text.removeprefix("$[[ inputs.").removesuffix(" ]]")] for name, text in job["variables"].items()
    }
    install, *script = job["script"]
    assert "pip install" in install
    assert all("$[[" not in line for line in job["script"])
    done = run("\n".join(script), project, **variables)
    assert done.returncode == 1, done.stderr
    reports = job["artifacts"]["reports"]
    assert isinstance(json.loads((project / reports["codequality"]).read_text("utf-8")), list)
    assert (project / reports["junit"]).read_text("utf-8").startswith("<?xml")
    done = run("\n".join(script), project, **{**variables, "TENANTPROOF_OPTIONS": "--skip s3-* --fail-on never"})
    assert done.returncode == 0, done.stderr


@pytest.mark.full
def test_the_component_counts_what_is_new_since_a_revision(project: Path) -> None:
    header, jobs = documents(COMPONENT)
    inputs = {name: each["default"] for name, each in header["spec"]["inputs"].items()}
    job = jobs["tenantproof"]
    variables = {
        name: inputs[text.removeprefix("$[[ inputs.").removesuffix(" ]]")] for name, text in job["variables"].items()
    }
    assert "slim" not in inputs["image"] and "alpine" not in inputs["image"], "these images have no git"
    assert variables["GIT_DEPTH"] == "0"
    git = ["git", "-c", "user.name=t", "-c", "user.email=t@example.com"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "before"]):
        subprocess.run([*git, *command], cwd=project, check=True, timeout=30)
    _, *script = job["script"]
    done = run(
        "\n".join(script), project, **{**variables, "TENANTPROOF_SINCE": "HEAD", "TENANTPROOF_PATHS": "app.yaml"}
    )
    assert done.returncode == 0, done.stderr
    hostile = {**variables, "TENANTPROOF_PATHS": "app.yaml", "TENANTPROOF_SINCE": "HEAD; touch owned $(touch owned)"}
    assert run("\n".join(script), project, **hostile).returncode == 2
    assert not (project / "owned").exists()
