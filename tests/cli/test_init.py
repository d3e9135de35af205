"""`tenantproof init`: what it writes, what it leaves alone, and what it says."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from scanner.cli.main import main
from scanner.scanning import scan
from scanner.tenancy.loading import load_tenancy_near
from scanner.tenancy.owned import DynamodbItems

ROOT = Path(__file__).resolve().parents[2]

BROKERED = {
    "Resources": {
        "Broker": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "RoleName": "broker",
                "AssumeRolePolicyDocument": {
                    "Version": "2012-10-17",
                    "Statement": {
                        "Effect": "Allow",
                        "Principal": {"Service": "lambda.amazonaws.com"},
                        "Action": "sts:AssumeRole",
                    },
                },
            },
        },
        "DataRole": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "AssumeRolePolicyDocument": {
                    "Version": "2012-10-17",
                    "Statement": {
                        "Effect": "Allow",
                        "Principal": {"AWS": {"Fn::GetAtt": ["Broker", "Arn"]}},
                        "Action": "sts:AssumeRole",
                    },
                },
                "Policies": [
                    {
                        "PolicyName": "p",
                        "PolicyDocument": {
                            "Version": "2012-10-17",
                            "Statement": {
                                "Effect": "Allow",
                                "Action": ["dynamodb:GetItem", "dynamodb:Query"],
                                "Resource": {"Fn::GetAtt": ["Notes", "Arn"]},
                            },
                        },
                    }
                ],
            },
        },
        "Notes": {
            "Type": "AWS::DynamoDB::Table",
            "Properties": {"TableName": "notes", "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}]},
        },
    }
}
VENDED = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": ["dynamodb:GetItem", "dynamodb:Query"],
            "Resource": "arn:aws:dynamodb:*:*:table/notes",
            "Condition": {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["T#{{tenant}}"]}},
        }
    ],
}


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    """The sound stacks of the example, without a tenancy.yaml."""
    shutil.copytree(ROOT / "examples" / "virtual-clinic" / "sound", tmp_path / "sound")
    return tmp_path


def test_the_file_is_written_with_its_evidence_and_loads(clinic: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", str(clinic)]) == 0
    text = (clinic / "tenancy.yaml").read_text("utf-8")
    assert "(sound/app.yaml:" in text
    tenancy = load_tenancy_near([clinic])
    (items, _) = tenancy.owned
    assert isinstance(items, DynamodbItems)
    assert (items.table, items.key) == ("Patients", "TENANT#${tenant}#*")
    assert [each.roles for each in tenancy.sessions] == [("PatientTenantRole",)]
    said = capsys.readouterr().out
    assert said.startswith("wrote tenancy.yaml: ")
    assert said.splitlines()[-1].startswith("next: ")


@pytest.mark.full
def test_a_scan_after_init_says_the_same_of_isolation_as_one_before(clinic: Path) -> None:
    def proofs() -> list[tuple[object, object]]:
        return [(each["principal"], each["verdict"]) for each in scan(clinic).report["proofs"]]

    before = proofs()
    assert main(["init", str(clinic)]) == 0
    assert scan(clinic).report["tenancy"]["source"] == "tenancy.yaml"
    assert before == proofs()
    assert before


def test_a_file_that_is_there_is_kept_unless_forced(clinic: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mine = clinic / "tenancy.yaml"
    mine.write_text("version: 1\n", "utf-8")
    assert main(["init", str(clinic)]) == 2
    assert mine.read_text("utf-8") == "version: 1\n"
    assert "--force" in capsys.readouterr().err
    assert main(["init", str(clinic), "--force"]) == 0
    assert "PatientTenantRole" in mine.read_text("utf-8")
    assert [path.name for path in clinic.iterdir() if path.name.startswith(".")] == []


def test_a_file_further_up_in_the_repository_is_the_one_that_is_there(clinic: Path) -> None:
    (clinic / ".git").mkdir()
    (clinic / "tenancy.yml").write_text("version: 1\n", "utf-8")
    assert main(["init", str(clinic / "sound")]) == 2
    assert not (clinic / "sound" / "tenancy.yaml").exists()


def test_without_a_path_the_file_is_the_repositorys(clinic: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (clinic / ".git").mkdir()
    monkeypatch.chdir(clinic / "sound")
    assert main(["init"]) == 0
    assert (clinic / "tenancy.yaml").is_file()


def test_stdout_shows_it_and_writes_nothing(clinic: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", str(clinic), "--stdout"]) == 0
    shown = capsys.readouterr()
    assert "version: 1\n" in shown.out
    assert "next: " not in shown.out
    assert "next: " in shown.err
    assert not (clinic / "tenancy.yaml").exists()


def test_a_link_is_replaced_and_not_written_through(clinic: Path) -> None:
    elsewhere = clinic / "elsewhere"
    elsewhere.write_text("mine", "utf-8")
    (clinic / "tenancy.yaml").symlink_to(elsewhere)
    assert main(["init", str(clinic), "--force"]) == 0
    assert elsewhere.read_text("utf-8") == "mine"


def test_weak_evidence_is_proposed_as_a_comment_and_the_file_still_loads(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    template = """
Resources:
  Notes:
    Type: AWS::DynamoDB::Table
    Properties:
      KeySchema: [{AttributeName: customerId, KeyType: HASH}]
"""
    (tmp_path / "t.yaml").write_text(template, "utf-8")
    assert main(["init", str(tmp_path)]) == 0
    text = (tmp_path / "tenancy.yaml").read_text("utf-8")
    assert '  # - {kind: "dynamodb-item"' in text or "  # - {kind: dynamodb-item" in text
    assert not load_tenancy_near([tmp_path]).owned
    assert "nothing says for sure" in capsys.readouterr().out


def test_names_cannot_break_out_of_their_comments(tmp_path: Path) -> None:
    # YAML 1.1 ends a comment at each of these, and the terminal obeys the escape.
    evil = "TenantId"
    value = "x\nowned: [oops]\u2028owned: [oops]\x85owned: [oops]\x1b[2J"
    template = {
        "Resources": {
            "Q": {"Type": "AWS::SQS::Queue", "Properties": {"Tags": [{"Key": evil, "Value": value}]}},
            "W\nowned: [oops]": {
                "Type": "AWS::SQS::Queue",
                "Properties": {"Tags": [{"Key": evil, "Value": "acme"}]},
            },
        }
    }
    (tmp_path / "t.json").write_text(json.dumps(template), "utf-8")
    assert main(["init", str(tmp_path)]) == 0
    raw = (tmp_path / "tenancy.yaml").read_bytes()
    assert b"\x1b" not in raw
    assert not [line for line in raw.decode().splitlines() if line.startswith("owned")]
    assert load_tenancy_near([tmp_path]).tags == ("TenantId",)


def test_a_policy_with_a_hole_becomes_the_session_policy_of_the_one_role_that_it_fits(tmp_path: Path) -> None:
    (tmp_path / "t.json").write_text(json.dumps(BROKERED), "utf-8")
    policies = tmp_path / "policies"
    policies.mkdir()
    (policies / "tenant.json").write_text(json.dumps(VENDED), "utf-8")
    (policies / "plain.json").write_text(json.dumps(VENDED).replace("{{tenant}}", "x"), "utf-8")
    assert main(["init", str(tmp_path)]) == 0
    tenancy = load_tenancy_near([tmp_path])
    assert [(each.roles, each.session_policy) for each in tenancy.sessions] == [(("DataRole",), "policies/tenant.json")]
    (items,) = tenancy.owned
    assert isinstance(items, DynamodbItems)
    assert (items.table, items.key) == ("Notes", "T#${tenant}")


def test_of_two_roles_that_a_policy_fits_a_person_chooses(tmp_path: Path) -> None:
    resources = BROKERED["Resources"]
    both = {"Resources": {**resources, "OtherRole": resources["DataRole"]}}
    (tmp_path / "t.json").write_text(json.dumps(both), "utf-8")
    (tmp_path / "tenant.json").write_text(json.dumps(VENDED), "utf-8")
    assert main(["init", str(tmp_path)]) == 0
    assert not load_tenancy_near([tmp_path]).sessions
    text = (tmp_path / "tenancy.yaml").read_text("utf-8")
    assert "# - {name: " in text
    assert "[OtherRole]" in text


def test_a_folder_without_templates_is_an_error_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["init", str(tmp_path)]) == 2
    assert main(["init", str(tmp_path / "missing")]) == 2
    assert "no template was found" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
