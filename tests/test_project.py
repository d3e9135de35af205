"""The project itself: what a plain scan loads, what the wheel holds, what the tree looks like."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

HEAVY = ("boto3", "botocore", "cfnlint", "jinja2", "jsonschema", "samtranslator")
TEMPLATE = "Resources:\n  Table: {Type: AWS::DynamoDB::Table, Properties: {TableName: Orders}}\n"


def run(*arguments: str, cwd: Path, python: str = sys.executable) -> subprocess.CompletedProcess[str]:
    return subprocess.run([python, *arguments], cwd=cwd, capture_output=True, text=True, timeout=240, check=False)


@pytest.mark.parametrize("command", [["--version"], ["scan", "t.yaml"], ["scan", "t.yaml", "--format", "json"]])
def test_a_plain_run_loads_nothing_heavy(tmp_path: Path, command: list[str]) -> None:
    (tmp_path / "t.yaml").write_text(TEMPLATE, "utf-8")
    program = (
        "import sys; from scanner.cli.main import main; code = main(sys.argv[1:]);"
        f"loaded = [name for name in {HEAVY!r} if name in sys.modules];"
        "sys.exit('loaded ' + ', '.join(loaded) if loaded else 0 if code in (0, 1) else 90)"
    )
    done = run("-c", program, *command, cwd=tmp_path)
    assert done.returncode == 0, done.stderr


def test_the_version_loads_none_of_the_scanner(tmp_path: Path) -> None:
    program = (
        "import sys; from scanner.cli.main import main; main(['--version']);"
        "sys.exit(str([m for m in sys.modules if m.startswith('scanner.') and 'cli' not in m]) if "
        "any(m.startswith('scanner.') and 'cli' not in m for m in sys.modules) else 0)"
    )
    done = run("-c", program, cwd=tmp_path)
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_the_wheel_works_from_any_folder(tmp_path: Path) -> None:
    """Built from the checkout, unpacked beside a clean interpreter's path: rules, templates and schemas are inside."""
    wheels = tmp_path / "wheels"
    built = run("-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(wheels), str(ROOT), cwd=tmp_path)
    assert built.returncode == 0, built.stderr
    (wheel,) = wheels.glob("tenantproof-*.whl")
    environment = tmp_path / "venv"
    assert run("-m", "venv", str(environment), cwd=tmp_path).returncode == 0
    python = str(environment / "bin" / "python")
    installed = run("-m", "pip", "install", "--quiet", str(wheel), cwd=tmp_path, python=python)
    assert installed.returncode == 0, installed.stderr
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "t.yaml").write_text(TEMPLATE, "utf-8")
    command = environment / "bin" / "tenantproof"
    scanned = subprocess.run(
        [command, "scan", ".", "--format", "json", "--format", "html=report.html"],
        cwd=elsewhere, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert scanned.returncode in (0, 1), scanned.stderr
    report = json.loads(scanned.stdout)
    assert report["summary"]["resources"] == 1
    assert report["summary"]["rules"] >= 20
    assert len([each for each in report["controls"] if each["framework"] == "hipaa-security-rule"]) == 70
    assert (elsewhere / "report.html").read_text("utf-8").startswith("<!")
    schema = subprocess.run([command, "rules", "schema", "rule"], cwd=elsewhere, capture_output=True, check=False)
    assert json.loads(schema.stdout)["$schema"]


def test_the_top_level_is_as_agreed() -> None:
    for name in ("pyproject.toml", "rules", "scanner", "reports/templates", "tests", "README.md", "CHANGELOG.md", "LICENSE", "Makefile", ".ci/run"):
        assert (ROOT / name).exists(), name


def test_nothing_committed_names_a_machine_or_a_registry() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("needs a git checkout")
    forbidden = re.compile(rb"/(?:work|farm|root|home/\w+)/|pypi\.(?:org|python)|files\.pythonhosted|registry\.npmjs")
    found = []
    for name in filter(None, listed.stdout.decode().split("\0")):
        path = ROOT / name
        if path.suffix in (".zip", ".png") or name == "tests/test_project.py" or not path.is_file():
            continue
        if forbidden.search(path.read_bytes()):
            found.append(name)
    assert not found
