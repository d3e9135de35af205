"""The `.tf` files that a plan was read with are in its bundle, without secrets: it is judged again by itself."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from scanner.bundle.archive import packed, unpacked
from scanner.bundle.contents import OPTIONS
from scanner.bundle.manifest import CHECKSUM, MANIFEST, checksum_of, digest_of
from scanner.bundle.source_secrets import without_secrets_of_source
from scanner.cli.main import main

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "virtual-clinic-terraform"
HIDDEN = "correct-horse-battery-9"
SECRETS = f"""
# {HIDDEN} stands here as well
variable "db_password" {{
  type    = string
  default = "{HIDDEN}"
}}

variable "login" {{
  sensitive = true
  default   = "battery-staple-11"
}}

locals {{
  settings = {{ DB_PASSWORD = "staple-tray-77", REGION = "eu-west-1" }}
  token    = <<-EOT
    ghp_16C7e42F292c6912E7710c838347Ae178B4a
  EOT
  name     = "records"
}}
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(EXAMPLE / "leaky", tmp_path / "clinic")
    shutil.copy(EXAMPLE / "tenancy.yaml", tmp_path)
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _bundled(*options: str) -> dict[str, bytes]:
    main(["scan", "clinic/plan.json", "--bundle", "b.zip", "--quiet", "--select", "dynamodb-*", *options])
    return dict(unpacked(Path("b.zip"))[1])


def _forged(members: dict[str, bytes], changed: dict[str, bytes]) -> None:
    """Writes b.zip anew with other members and fresh digests."""
    members = {**members, **changed}
    manifest: Any = json.loads(members[MANIFEST])
    for name, content in changed.items():
        manifest["members"][name] = digest_of(content)
    text = (json.dumps(manifest, indent=1, ensure_ascii=True) + "\n").encode("ascii")
    members |= {MANIFEST: text, CHECKSUM: checksum_of(text)}
    Path("b.zip").write_bytes(packed(members))


def test_a_plan_and_its_sources_are_judged_again(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    members = _bundled("--include-inputs")
    assert members["inputs/clinic/main.tf"] == Path("clinic/main.tf").read_bytes()
    shutil.rmtree("clinic")
    assert main(["verify", "b.zip"]) == 0, capsys.readouterr().out
    assert "reached again" in capsys.readouterr().out


@pytest.mark.full
def test_a_change_of_the_sources_is_told(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Also one that turns no verdict over, and a file more or less."""
    members = _bundled("--include-inputs")
    text = members["inputs/clinic/main.tf"]
    for changed in (text.replace(b'resource "aws_iam_role"', b'resource "aws_iam_roles"'), text + b"# more\n"):
        _forged(members, {"inputs/clinic/main.tf": changed})
        capsys.readouterr()
        assert main(["verify", "b.zip"]) == 1
        assert "source_files" in capsys.readouterr().out
    _forged(members, {"inputs/clinic/more.tf": b"locals {}\n"})
    assert main(["verify", "b.zip"]) == 1
    told: Any = json.loads(members[OPTIONS])
    del told["source_files"]
    _forged(members, {OPTIONS: json.dumps(told, indent=1).encode("ascii") + b"\n"})
    capsys.readouterr()
    assert main(["verify", "b.zip"]) != 0


@pytest.mark.full
def test_without_inputs_in_the_bundle_they_are_given(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    members = _bundled()
    assert not any(name.endswith(".tf") for name in members)
    assert main(["verify", "b.zip"]) == 4
    assert main(["verify", "b.zip", "--inputs", "."]) == 0, capsys.readouterr().out
    text = Path("clinic/main.tf").read_text("utf-8")
    Path("clinic/main.tf").write_text(text.replace('resource "aws_iam_role"', 'resource "aws_iam_roles"'), "utf-8")
    assert main(["verify", "b.zip", "--inputs", "."]) == 1


def test_no_secret_of_the_sources_is_in_the_bundle(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Path("clinic/main.tf").open("a", encoding="utf-8") as file:
        file.write(SECRETS)
    members = _bundled("--include-inputs")
    kept = members["inputs/clinic/main.tf"].decode("utf-8")
    for secret in (HIDDEN, "battery-staple-11", "staple-tray-77", "ghp_16C7"):
        assert not [name for name, content in members.items() if secret.encode() in content], secret
    assert 'name     = "records"' in kept and 'REGION = "eu-west-1"' in kept
    assert kept.count("\n") == Path("clinic/main.tf").read_text("utf-8").count("\n")
    assert main(["verify", "b.zip"]) == 0, capsys.readouterr().out


@pytest.mark.full
def test_a_secret_that_the_plan_marks_is_taken_out_of_the_sources(project: Path) -> None:
    plan: Any = json.loads(Path("clinic/plan.json").read_text("utf-8"))
    plan["variables"] = {**plan.get("variables", {}), "login_secret": {"value": "tray-of-staples-5"}}
    Path("clinic/plan.json").write_text(json.dumps(plan), "utf-8")
    with Path("clinic/main.tf").open("a", encoding="utf-8") as file:
        file.write('locals {\n  plain = "tray-of-staples-5"\n}\n')
    members = _bundled("--include-inputs")
    assert not [name for name, content in members.items() if b"tray-of-staples-5" in content]


@pytest.mark.full
def test_sources_that_read_otherwise_without_their_secrets_stay_out(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The name of a table that is a password: where it is taken out, the text no longer agrees with the plan."""
    text = Path("clinic/main.tf").read_text("utf-8")
    Path("clinic/main.tf").write_text(f'{text}\nlocals {{\n  db_password = "resource"\n}}\n', "utf-8")
    plan: Any = json.loads(Path("clinic/plan.json").read_text("utf-8"))
    plan["variables"] = {**plan.get("variables", {}), "db_password": {"value": "aws_iam_role"}}
    Path("clinic/plan.json").write_text(json.dumps(plan), "utf-8")
    members = _bundled("--include-inputs")
    assert not any(name.endswith(".tf") for name in members)
    capsys.readouterr()
    assert main(["verify", "b.zip"]) == 4
    assert "are not in the bundle; give --inputs" in capsys.readouterr().out


@pytest.mark.full
def test_modules_of_the_repository_are_among_them(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "modules" / "role").mkdir(parents=True)
    Path("modules/role/main.tf").write_text('output "arn" {\n  value = "x"\n}\n', "utf-8")
    Path("clinic/calls.tf").write_text('module "role" {\n  source = "../modules/role"\n}\n', "utf-8")
    Path("clinic/.terraform/modules").mkdir(parents=True)
    listed = {"Modules": [{"Key": "", "Dir": "."}, {"Key": "far", "Dir": ".terraform/modules/far"}]}
    Path("clinic/.terraform/modules/modules.json").write_text(json.dumps(listed), "utf-8")
    Path("clinic/.terraform/modules/far").mkdir()
    Path("clinic/.terraform/modules/far/main.tf").write_text("locals {}\n", "utf-8")
    members = _bundled("--include-inputs")
    names = {name for name in members if name.startswith("inputs/") and not name.endswith((".yaml", "plan.json"))}
    assert names == {
        "inputs/clinic/main.tf",
        "inputs/clinic/calls.tf",
        "inputs/modules/role/main.tf",
        "inputs/clinic/.terraform/modules/modules.json",
        "inputs/clinic/.terraform/modules/far/main.tf",
    }
    assert main(["verify", "b.zip"]) == 0, capsys.readouterr().out


@pytest.mark.full
def test_sources_given_by_an_option(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("src").mkdir()
    Path("clinic/main.tf").rename("src/main.tf")
    members = _bundled("--include-inputs", "--source", "src")
    assert "inputs/src/main.tf" in members
    assert main(["verify", "b.zip"]) == 0, capsys.readouterr().out


@pytest.mark.full
def test_outside_of_a_repository(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / ".git").rmdir()
    members = _bundled("--include-inputs")
    assert "inputs/clinic/main.tf" in members
    assert main(["verify", "b.zip"]) == 0, capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ('password = "a-b-c-d"', "password = "),
        ("password = var.given", "password = var.given"),
        ('password = "${var.given}"', 'password = "${var.given}"'),
        ('x = { "api_token" : "a-b-c-d" }', 'x = { "api_token" : "<redacted'),
        ('secret_arn = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:a-AbCdEf"', 'secret_arn = "arn:'),
        ('environment {\n  variables = { A = "a-b-c-d" }\n}', 'A = "<redacted'),
        ("user_data = <<EOT\n#!/bin/sh\nexport K=a-b-c-d\nEOT", "user_data = <<EOT\n<redacted"),
        ('x = "}', "x = "),  # no HCL
    ],
)
def test_of_one_argument(text: str, kept: str) -> None:
    made = without_secrets_of_source(text.encode()).decode()
    assert made.startswith(kept) or kept in made
    assert "a-b-c-d" not in made
    assert made.count("\n") == text.count("\n")
    assert without_secrets_of_source(made.encode()).decode() == made  # what is taken out stays so
