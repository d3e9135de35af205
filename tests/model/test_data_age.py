"""Dates of shipped facts: one place, which says what the files say; `--as-of` decides what is too old."""

from __future__ import annotations

import json
import re
import zipfile
from datetime import date, timedelta
from pathlib import Path

import pytest

from scanner.cli.main import main
from scanner.model.data_age import data_dates, past
from scanner.shipped_data import data_file

# Files that hold no facts of AWS's: licences, and the dates themselves.
# `rules.json` is compiled from the rules at each installation.
_NO_FACTS = frozenset(("NOTICE", "data_dates.json", "rules.json"))


def _head(name: str) -> tuple[str, str]:
    """Date and source as the file itself has them."""
    path = data_file(name)
    if name.endswith(".zip"):
        with zipfile.ZipFile(path) as archive:
            about = json.loads(archive.comment)
        return about["date"], about["release"]
    text = path.read_bytes()
    about = json.loads(text.splitlines()[0] if name.endswith(".jsonl") else text)
    return about.get("date") or about["as_of"], about["source"]


@pytest.mark.parametrize(
    "name", ["actions", "rcp-services", "resource-arns", "action-rows", "unlisted-operations", "managed-policies"]
)
def test_the_dates_are_those_of_the_files(name: str) -> None:
    told = data_dates()[name]
    assert told.file is not None
    assert (told.date.isoformat(), told.source) == _head(told.file)


def test_the_types_and_the_eligible_services_are_of_what_their_files_say() -> None:
    types = json.loads(data_file("types.json").read_bytes())
    assert data_dates()["types"].source == f"cfn-lint {types['cfn_lint']}"
    assert data_dates()["eligible-services"].date.isoformat() == _head("hipaa_eligible.json")[0]


def test_every_shipped_file_of_facts_has_a_date() -> None:
    """A new file under `scanner/_data` needs a row in data_dates.json: date, source, age limit."""
    named = {each.file for each in data_dates().values()}
    for path in data_file("").iterdir():
        if path.is_file() and path.name not in _NO_FACTS:
            assert path.name in named, path.name


def test_only_the_day_asked_for_makes_facts_old() -> None:
    actions = data_dates()["actions"]
    last = actions.date + timedelta(days=actions.age_limit_days)
    assert not actions.is_past(last)
    assert actions.is_past(last + timedelta(days=1))
    assert {each.name for each in past(date(2100, 1, 1))} == set(data_dates())


def test_the_version_tells_the_dates(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["version"]) == 0
    assert re.fullmatch(r"tenantproof \S+\n", capsys.readouterr().out)
    assert main(["version", "--verbose"]) == 0
    told = capsys.readouterr().out
    for each in data_dates().values():
        assert re.search(rf"^{each.name} +{each.date} +{each.age_limit_days} days +\S", told, re.MULTILINE)


@pytest.mark.parametrize(("day", "old"), [("2026-11-30", False), ("2031-01-01", True)])
def test_a_report_says_how_old_the_facts_are(
    day: str, old: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "app.yaml").write_text("Resources:\n  T: {Type: AWS::SQS::Queue}\n", "utf-8")
    main(["scan", str(tmp_path), "--format", "json", "--as-of", day, "--no-cache"])
    report = json.loads(capsys.readouterr().out)
    actions = data_dates()["actions"]
    assert report["run"]["data"]["actions"] == {
        "date": actions.date.isoformat(),
        "source": actions.source,
        "age_limit_days": actions.age_limit_days,
    }
    notes = [each for each in report["errors"] if "days before" in each["message"]]
    assert bool(notes) is old
    assert {each["level"] for each in notes} <= {"warning"}


@pytest.mark.parametrize(
    ("type_name", "day", "verdict"),
    [
        ("AWS::AppRunner::Service", "2025-12-01", "FAIL"),
        ("AWS::AppRunner::Service", "2031-01-01", "UNKNOWN"),
        ("AWS::SQS::Queue", "2031-01-01", "PASS"),
        ("AWS::IAM::Role", "2031-01-01", "NOT_APPLICABLE"),
    ],
)
def test_only_what_an_old_list_lacks_becomes_unknown(
    type_name: str, day: str, verdict: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "app.yaml").write_text(f"Resources:\n  T: {{Type: {type_name}}}\n", "utf-8")
    rule = "hipaa-eligible-services-only"
    main(["scan", str(tmp_path), "--format", "json", "--select", rule, "--as-of", day, "--no-cache"])
    (finding,) = [each for each in json.loads(capsys.readouterr().out)["findings"] if each["rule"] == rule]
    assert finding["verdict"] == verdict


_ROLE = """
Resources:
  App:
    Type: AWS::IAM::Role
    Properties:
      ManagedPolicyArns: [%s]
      AssumeRolePolicyDocument:
        Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: sts:AssumeRole}]
"""


@pytest.mark.parametrize(
    ("policy", "day", "verdict"),
    [
        ("arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole", "2026-11-30", "PASS"),
        ("arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole", "2031-01-01", "UNKNOWN"),
        ("arn:aws:iam::aws:policy/AdministratorAccess", "2031-01-01", "FAIL"),
    ],
)
def test_what_a_policy_of_aws_lacks_is_unknown_once_it_is_old_and_what_it_grants_still_counts(
    policy: str, day: str, verdict: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "app.yaml").write_text(_ROLE % policy, "utf-8")
    rule = "iam-no-admin-policy"
    main(["scan", str(tmp_path), "--format", "json", "--select", rule, "--as-of", day, "--no-cache"])
    (finding,) = [each for each in json.loads(capsys.readouterr().out)["findings"] if each["rule"] == rule]
    assert finding["verdict"] == verdict
