"""What holds for the project as a whole: what a scan loads, what is shipped, what may lie in the repository."""

from __future__ import annotations

import ast
import json
import os
import re
import socket
import subprocess
import sys
import tomllib
import venv
import zipfile
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from scanner.base.extras import MissingExtraError
from tests.conftest import ROOT, Requires

# What takes long to import, and the packages of extras: none may be needed by a scan that does not ask for them.
HEAVY = (
    "aws_cdk",
    "boto3",
    "botocore",
    "cfnlint",
    "cryptography",
    "distributed",
    "duckdb",
    "jinja2",
    "jsonschema",
    "pg8000",
    "pgparse",
    "samtranslator",
    "shtab",
    "typst",
    "xlsxwriter",
)

TEMPLATE = """\
Parameters:
  Env: {Type: String}
Conditions:
  IsProd: !Equals [!Ref Env, prod]
Resources:
  Patients:
    Type: AWS::DynamoDB::Table
    Properties:
      KeySchema: [{AttributeName: pk, KeyType: HASH}]
      AttributeDefinitions: [{AttributeName: pk, AttributeType: S}]
      BillingMode: PAY_PER_REQUEST
      PointInTimeRecoverySpecification: !If [IsProd, {PointInTimeRecoveryEnabled: true}, !Ref AWS::NoValue]
"""


def run(command: list[str | Path], folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, timeout=600, env={**os.environ, **environment}
    )


def project() -> dict[str, Any]:
    declared: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return declared


# --- what a scan loads


def loaded_by(arguments: list[str], folder: Path) -> tuple[int, set[str]]:
    """The exit code of a command, and the modules in memory at its end."""
    code = (
        "import json, sys\n"
        "from scanner.cli.main import main\n"
        "code = main(json.loads(sys.argv[1]))\n"
        "sys.stdout.flush()\n"
        "print(json.dumps([code, sorted(sys.modules)]))\n"
    )
    done = run([sys.executable, "-c", code, json.dumps(arguments)], folder, PYTHONPATH=str(ROOT))
    assert done.returncode == 0, done.stderr
    exit_code, modules = json.loads(done.stdout.splitlines()[-1])
    return exit_code, set(modules)


@pytest.fixture
def app(tmp_path: Path) -> Path:
    (tmp_path / "app.yaml").write_text(TEMPLATE, "utf-8")
    return tmp_path


@pytest.mark.full
def test_the_version_is_told_without_loading_a_scan(tmp_path: Path) -> None:
    exit_code, modules = loaded_by(["--version"], tmp_path)
    assert exit_code == 0
    assert not modules & {*HEAVY, "yaml"}
    assert {name for name in modules if name.startswith("scanner.")} == {
        "scanner._version",
        "scanner.cli",
        "scanner.cli.main",
    }


@pytest.mark.parametrize("output", ["text", "json"])
@pytest.mark.full
def test_a_plain_scan_loads_nothing_heavy(output: str, app: Path) -> None:
    exit_code, modules = loaded_by(["scan", "app.yaml", "--format", output], app)
    assert exit_code in (0, 1)
    assert "scanner.engine.judge_all" in modules
    assert not modules & set(HEAVY)


@pytest.mark.full
def test_importing_the_package_loads_no_scan_until_it_is_asked_for(tmp_path: Path) -> None:
    code = (
        "import sys, scanner\n"
        "assert 'scanner.scanning' not in sys.modules\n"
        "from scanner import scan\n"
        "assert scan is sys.modules['scanner.scanning'].scan\n"
    )
    done = run([sys.executable, "-c", code], tmp_path, PYTHONPATH=str(ROOT))
    assert done.returncode == 0, done.stderr


# --- what is shipped


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist, and the wheel that was built from the sdist alone, so nothing can be missing from it."""
    folder = tmp_path_factory.mktemp("dist")
    done = run([sys.executable, "-m", "build", "--outdir", folder, ROOT], folder)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return folder


@pytest.fixture(scope="module")
def installed(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment with the wheel and its core dependencies, and nothing else."""
    environment = tmp_path_factory.mktemp("environment")
    venv.create(environment, with_pip=True)
    programs = environment / "bin"
    (wheel,) = built.glob("*.whl")
    done = run([programs / "python", "-m", "pip", "install", "--quiet", wheel], environment)
    assert done.returncode == 0, done.stderr[-3000:]
    return programs


@pytest.mark.slow
@pytest.mark.full
def test_the_wheel_holds_the_package_and_its_data_and_nothing_else(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {name.split("/")[0] for name in names} == {"scanner", f"tenantproof-{project_version()}.dist-info"}
    assert "scanner/py.typed" in names
    for original, copy in (("rules", "rules"), ("reports/templates", "report_templates"), ("schema", "schema")):
        files = [path for path in (ROOT / original).rglob("*") if path.is_file() and not path.name.startswith(".")]
        expected = {f"scanner/_data/{copy}/{path.relative_to(ROOT / original).as_posix()}" for path in files}
        assert expected <= names
    assert "scanner/_data/rules.json" in names, "the rules, compiled"
    assert "Apache License" in zipfile.ZipFile(wheel).read(
        f"tenantproof-{project_version()}.dist-info/licenses/LICENSE"
    ).decode("utf-8")


@pytest.mark.slow
@pytest.mark.full
def test_the_installed_command_works_from_any_folder(installed: Path, app: Path) -> None:
    command = installed / "tenantproof"
    version = run([command, "--version"], app)
    assert (version.returncode, version.stdout) == (0, f"tenantproof {project_version()}\n")

    listed = run([command, "rules", "list"], app)
    others = ("rules", "frameworks", "further")
    shipped = [path for path in (ROOT / "rules").rglob("*.yaml") if path.parent.name not in others]
    assert listed.returncode == 0, listed.stderr
    assert len(listed.stdout.splitlines()) == len(shipped) > 0

    scanned = run([command, "scan", "--fail-on", "medium", "--format", "json", "--format", "html=report.html"], app)
    assert scanned.returncode == 1, scanned.stderr
    report = json.loads(scanned.stdout)
    assert ("dynamodb-pitr", "FAIL", "Patients") in [
        (finding["rule"], finding["verdict"], finding["resource"]["logical_id"]) for finding in report["findings"]
    ]
    assert report["summary"]["rules"] >= 20
    assert len([each for each in report["controls"] if each["framework"] == "hipaa-security-rule"]) == 70
    assert (app / "report.html").read_text("utf-8").lower().startswith("<!doctype html>")

    schema = run([command, "rules", "schema", "rule"], app)
    assert json.loads(schema.stdout)["$schema"].startswith("https://json-schema.org/")


@pytest.mark.slow
@pytest.mark.full
def test_a_missing_extra_is_named_with_what_installs_it(installed: Path, tmp_path: Path) -> None:
    done = run([installed / "tenantproof", "rules", "check"], tmp_path)
    assert done.returncode == 2
    assert "pip install 'tenantproof[rules]'" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
@pytest.mark.full
def test_the_installed_package_shows_its_types(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "uses.py").write_text("import scanner\n\nscanner.__version__ + 1\n", "utf-8")
    python = str(installed / "python")
    done = run([sys.executable, "-m", "mypy", "--python-executable", python, "uses.py"], tmp_path)
    assert 'Unsupported operand types for + ("str" and "int")' in done.stdout


def project_version() -> str:
    return metadata.version("tenantproof")


@pytest.mark.full
def test_every_extra_that_a_message_names_exists_and_brings_its_package() -> None:
    extras = project()["optional-dependencies"]
    for extra in set(extras) - {"all", "dev", "docs", "full"}:
        named = re.match(r"`([^`]+)`", str(MissingExtraError(extra)))
        packages = [re.split(r"[<>=!~\[; ]", requirement)[0] for requirement in extras[extra]]
        assert named is not None
        assert named[1] in packages


@pytest.mark.full
def test_nothing_installs_the_package_that_overwrites_jmespath() -> None:
    """`jmespath-community` installs files of another meaning under the name that boto3 imports."""
    names = {(each.metadata["Name"] or "").lower().replace("_", "-") for each in metadata.distributions()}
    assert "jmespath" in names
    assert "jmespath-community" not in names


# --- what may lie in the repository


@pytest.fixture(scope="module")
def tracked() -> list[Path]:
    """The files that are committed, relative to the root."""
    if not (ROOT / ".git").exists():
        pytest.skip("tells committed files from others by git: run it in a clone")
    # The folder may belong to another user, as in a container; git then asks for this.
    done = run(["git", "-c", "safe.directory=*", "ls-files", "-z"], ROOT)
    assert done.returncode == 0, done.stderr
    return [Path(name) for name in done.stdout.split("\0") if name and (ROOT / name).is_file()]


@pytest.mark.full
def test_the_top_level_holds_what_was_agreed_and_nothing_else(tracked: list[Path]) -> None:
    assert {path.parts[0] for path in tracked} | {"findings"} == {
        ".ci",
        ".github",
        ".gitignore",
        ".gitlab-ci.yml",
        ".pre-commit-config.yaml",
        ".pre-commit-hooks.yaml",
        "ARCHITECTURE.md",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "LICENSE",
        "Makefile",
        "README.md",
        "SECURITY.md",
        "action.yml",
        "benchmarks",
        "changelog.d",
        "deploy",
        "docs",
        "examples",
        "findings",
        "locks",
        "mkdocs.yml",
        "hatch_build.py",
        "pyproject.toml",
        "reports",
        "rules",
        "scanner",
        "schema",
        "scripts",
        "templates",
        "tests",
    }


@pytest.mark.full
def test_no_committed_file_names_a_folder_of_somebodys_machine_or_a_package_index(tracked: list[Path]) -> None:
    machine = re.compile(r"(?<![\w.:/*-])/(?:work|farm|root|home|Users)/[\w.-]+")
    index = re.compile(r"(?:extra-)?index-url\b|find-links\b|https?://(?:pypi|files|registry|deb|index)\.[\w.-]+")
    found = []
    for path in tracked:
        if ROOT / path == Path(__file__).resolve():
            continue
        try:
            lines = (ROOT / path).read_text("utf-8").splitlines()
        except UnicodeDecodeError:
            continue  # an archive
        for number, line in enumerate(lines, 1):
            found += [f"{path}:{number}: {match[0]}" for match in (machine.search(line), index.search(line)) if match]
    assert found == []


@pytest.mark.full
def test_every_module_of_a_package_is_reachable_by_a_package_folder() -> None:
    """A folder without `__init__.py` would be left out of the import contracts without a word."""
    folders = {path.parent for path in (ROOT / "scanner").rglob("*.py")}
    assert [str(folder) for folder in sorted(folders) if not (folder / "__init__.py").is_file()] == []


# --- what tests run under


@pytest.mark.full
def test_a_test_that_speaks_to_the_network_fails() -> None:
    with pytest.raises(pytest.fail.Exception, match=r"192\.0\.2\.1"), socket.socket() as connection:
        connection.connect(("192.0.2.1", 443))
    with pytest.raises(pytest.fail.Exception, match=r"sts\.amazonaws\.com"):
        socket.getaddrinfo("sts.amazonaws.com", 443)


@pytest.mark.full
def test_a_test_may_speak_to_its_own_machine() -> None:
    with socket.socket() as server, socket.socket() as client:
        server.bind(("127.0.0.1", 0))
        server.listen()
        client.connect(server.getsockname())
        assert client.getpeername() == server.getsockname()


@pytest.mark.full
def test_a_missing_program_skips_a_test_and_in_ci_fails_it(
    requires: Requires, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("TENANTPROOF_REQUIRE_ALL", raising=False)
    with pytest.raises(pytest.skip.Exception, match="needs chromium: apt-get install chromium"):
        requires("chromium")
    monkeypatch.setenv("TENANTPROOF_REQUIRE_ALL", "1")
    with pytest.raises(pytest.fail.Exception, match="needs chromium: apt-get install chromium"):
        requires("chromium")

    program = tmp_path / "chromium"
    program.write_text("#!/bin/sh\n", "utf-8")
    program.chmod(0o755)
    assert requires("chromium") == str(program)


# --- codes decide, never sentences


@pytest.mark.full
def test_no_decision_rests_on_the_wording_of_a_message() -> None:
    """Messages are for people and may be reworded; what the program asks of a problem has a code or a field.

    Outputs may shorten and prefix texts. Texts of others (a library's, of which the version is locked) are listed.
    """
    reading = {"startswith", "endswith", "split", "partition", "find", "index", "removeprefix", "removesuffix"}
    others = {
        "scanner/text/json.py",  # json's own complaint, put into a sentence of ours
        "scanner/inputs/cloudformation/sam/expand.py",  # the translator's refusals have no codes
        "scanner/rule_testing/examples.py",  # an example may say which words it expects
        "scanner/rule_testing/mutants.py",
    }
    found = []
    for path in sorted((ROOT / "scanner").rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        if name in others or name.startswith("scanner/outputs/"):
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in reading:
                asked: ast.expr | None = node.func.value
            elif isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.In | ast.NotIn):
                asked = node.comparators[0]
            else:
                asked = None
            if _is_a_message(asked):
                found.append(f"{name}:{node.lineno}")  # type: ignore[attr-defined]  # both kinds have lines
    assert not found


def _is_a_message(node: ast.expr | None) -> bool:
    if isinstance(node, ast.Attribute):
        return node.attr in ("message", "detail")
    return (
        isinstance(node, ast.Subscript)
        and isinstance(node.slice, ast.Constant)
        and node.slice.value in ("message", "detail")
    )


def test_whatever_a_checker_is_told_to_pass_over_has_its_reason() -> None:
    bare = re.compile(r"#\s*(?:noqa(?:: [A-Z0-9, ]+)?|type: ignore(?:\[[a-z, -]+\])?)\s*\Z")
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for folder in ("scanner", "scripts", "benchmarks")
        for path in sorted((ROOT / folder).rglob("*.py"))
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if bare.search(line)
    ]
    assert not found
