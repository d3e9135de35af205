"""A bundle that nobody changed never differs: its inputs lead to its verdicts, or it says that it needs its inputs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from scanner.bundle.archive import unpacked
from scanner.cli.main import main

pytestmark = pytest.mark.full

FOREIGN: dict[str, Any] = {
    "format_version": "1.2",
    "terraform_version": "1.9.0",
    "planned_values": {"root_module": {}},
    "resource_changes": [
        {
            "address": "null_resource.a",
            "mode": "managed",
            "type": "null_resource",
            "name": "a",
            "provider_name": "registry.terraform.io/hashicorp/null",
            "change": {"actions": ["create"], "before": None, "after": {}, "after_unknown": {}},
        }
    ],
    "configuration": {"root_module": {}},
}
SCRIPT = """\
Resources:
  Web:
    Type: AWS::EC2::LaunchTemplate
    Properties:
      LaunchTemplateData:
        ImageId: ami-1
        UserData:
          Fn::Base64: !Sub |
            #!/bin/bash
            export TOKEN=correct-horse-9
            /opt/aws/bin/cfn-init --stack ${AWS::StackName}


  Records: {Type: AWS::S3::Bucket}
"""
DATABASE = """\
Resources:
  Credential: {Type: AWS::SecretsManager::Secret, Properties: {GenerateSecretString: {}}}
  Records:
    Type: AWS::RDS::DBInstance
    Properties:
      Engine: postgres
      MasterUserPassword: !Sub '{{resolve:secretsmanager:${Credential}}}'
  Login:
    Type: AWS::SecretsManager::Secret
    Properties:
      SecretString: !Sub '{"username": "${Name}", "password": "${Given}"}'
Parameters:
  Name: {Type: String}
  Given: {Type: String, NoEcho: true}
"""


def _bundle(folder: Path, monkeypatch: pytest.MonkeyPatch, *paths: str) -> dict[str, bytes]:
    (folder / ".git").mkdir()
    monkeypatch.chdir(folder)
    main(["scan", *paths, "--bundle", "b.zip", "--include-inputs", "--quiet"])
    return dict(unpacked(Path("b.zip"))[1])


def test_what_was_found_in_a_folder_is_no_error_when_it_is_judged_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A plan without anything of AWS is one where it is named, and a warning where a folder has it."""
    (tmp_path / "infra").mkdir()
    (tmp_path / "infra" / "plan.json").write_text(json.dumps(FOREIGN), "utf-8")
    (tmp_path / "infra" / "t.yaml").write_text("Resources:\n  Q: {Type: AWS::SQS::Queue}\n", "utf-8")
    _bundle(tmp_path, monkeypatch, "infra")
    assert main(["verify", "b.zip"]) == 0, capsys.readouterr().out
    # Where it was named it stays an error.
    main(["scan", "infra/plan.json", "infra/t.yaml", "--bundle", "n.zip", "--include-inputs", "--quiet"])
    assert main(["verify", "n.zip"]) == 0, capsys.readouterr().out


@pytest.mark.parametrize("text", [SCRIPT, DATABASE])
def test_a_template_without_its_secrets_reads_as_before(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What ends a script's text, and what only says where a secret is kept, was taken for a change."""
    (tmp_path / "t.yaml").write_text(text, "utf-8")
    members = _bundle(tmp_path, monkeypatch, "t.yaml")
    assert b"correct-horse-9" not in b"".join(members.values())
    assert main(["verify", "b.zip"]) == 0, capsys.readouterr().out
    assert b"${Credential}" in members["inputs/t.yaml"] or text == SCRIPT


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("name", ["t.yaml", "plan.json"])
def test_files_in_utf16_keep_their_encoding_and_lose_their_secrets(
    encoding: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    after = {"engine": "postgres", "password": "correct-horse-9", "storage_encrypted": False}
    database = {
        **FOREIGN["resource_changes"][0],
        "address": "aws_db_instance.d",
        "type": "aws_db_instance",
        "name": "d",
    }
    database |= {"provider_name": "registry.terraform.io/hashicorp/aws"}
    plan = {**FOREIGN, "resource_changes": [{**database, "change": {**database["change"], "after": after}}]}
    text = SCRIPT if name == "t.yaml" else json.dumps(plan)
    mark = b"\xff\xfe" if encoding == "utf-16-le" else b"\xfe\xff"
    (tmp_path / name).write_bytes(mark + text.encode(encoding))
    kept = _bundle(tmp_path, monkeypatch, name)[f"inputs/{name}"]
    assert kept.startswith(mark)
    assert "<redacted " in kept[2:].decode(encoding) and "correct-horse-9" not in kept[2:].decode(encoding)
    assert main(["verify", "b.zip"]) in (0, 4), capsys.readouterr().out


def test_inputs_that_lead_elsewhere_without_what_is_secret_are_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The plan marks the blocks of a security group as sensitive: without them nothing is open to the world."""
    ingress = {"from_port": 22, "to_port": 22, "protocol": "tcp", "cidr_blocks": ["0.0.0.0/0"]}
    group = {**FOREIGN["resource_changes"][0], "address": "aws_security_group.s", "type": "aws_security_group"}
    group |= {"name": "s", "provider_name": "registry.terraform.io/hashicorp/aws"}
    change = {
        **group["change"],
        "after": {"ingress": [ingress]},
        "after_sensitive": {"ingress": [{"cidr_blocks": True}]},
    }
    plan = {**FOREIGN, "resource_changes": [{**group, "change": change}]}
    (tmp_path / "plan.json").write_text(json.dumps(plan), "utf-8")
    members = _bundle(tmp_path, monkeypatch, "plan.json")
    assert b"0.0.0.0/0" not in members["inputs/plan.json"]
    assert main(["verify", "b.zip"]) == 4
    assert "without the secrets that were taken out of the inputs some verdict is another" in capsys.readouterr().out
    assert main(["verify", "b.zip", "--inputs", "."]) == 0, capsys.readouterr().out
