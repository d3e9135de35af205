"""`report --redact`: no name of the report is left in any form of it, and the same name has the same token."""

from __future__ import annotations

import json
import re
import string
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanner.cli.main import main
from scanner.findings.name_search import KnownNames
from scanner.findings.redaction import redact
from scanner.outputs import render
from scanner.outputs.shared.render_options import RenderOptions
from scanner.scanning import Options, scan
from tests.outputs.sample import finding, resource, sample_report

ACCOUNT = "111122223333"


def text_of(name: str, report: Any) -> str:
    made = render(name, report, RenderOptions(all=True, verbose=True, account=ACCOUNT, region="eu-west-1"))
    return made if isinstance(made, str) else made.decode("utf-8", "replace")


@pytest.fixture
def clinic(tmp_path: Path) -> Any:
    """A scan with names in every place that a name can be in."""
    statement = {
        "Effect": "Allow",
        "Action": ["dynamodb:GetItem"],
        "Resource": f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/zebrafinch-visits",
    }
    role = {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "RoleName": "QuokkaReader",
            "AssumeRolePolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
                        "Action": "sts:AssumeRole",
                    }
                ],
            },
            "Policies": [
                {"PolicyName": "numbat", "PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]}}
            ],
        },
    }
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "wombat-scans-prod"}}
    folder = tmp_path / "lakeside-infra"
    folder.mkdir()
    content = {"Resources": {"QuokkaRole": role, "WombatScans": bucket}}
    (folder / "pelican.json").write_text(json.dumps(content), "utf-8")
    return scan(folder, options=Options(account=ACCOUNT, region="eu-west-1")).report


NAMES = ("Quokka", "zebrafinch", "numbat", "Wombat", "pelican", ACCOUNT)


@pytest.mark.parametrize("form", ["json", "text", "html", "sarif", "csv", "markdown", "junit", "ocsf", "oscal"])
def test_no_name_is_left_in_any_form(clinic: Any, form: str) -> None:
    before, after = text_of(form, clinic), text_of(form, redact(clinic))
    assert any(name.lower() in before.lower() for name in NAMES)
    if form in ("ocsf",):
        after = after.replace(f'"{ACCOUNT}"', "")  # that account is the one that was given to render with
    for name in NAMES:
        assert name.lower() not in after.lower(), (form, name)


def test_the_account_is_gone_from_arns_without_a_region() -> None:
    report = sample_report()
    assert f"arn:aws:sts::{ACCOUNT}:" in json.dumps(report)
    assert ACCOUNT not in json.dumps(redact(report))


def test_what_is_the_same_stays_the_same_and_types_stay(clinic: Any) -> None:
    after = redact(clinic)
    assert [each["verdict"] for each in after["findings"]] == [each["verdict"] for each in clinic["findings"]]
    assert [each["resource"]["type"] for each in after["findings"]] == [
        each["resource"]["type"] for each in clinic["findings"]
    ]
    tokens: dict[str, set[str]] = {}
    for before, hidden in zip(clinic["findings"], after["findings"], strict=True):
        tokens.setdefault(before["resource"]["address"], set()).add(hidden["resource"]["address"])
    assert all(len(each) == 1 for each in tokens.values())
    assert len({next(iter(each)) for each in tokens.values()}) == len(tokens)
    assert after["tool"] == clinic["tool"]
    assert redact(clinic) == after


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.text(string.ascii_letters + string.digits + "-_.", min_size=6, max_size=30).filter(
        lambda text: re.search("[a-zA-Z]{3}", text) is not None and "zq" in text.lower()
    )
    | st.builds(lambda text: f"zq{text}zq", st.text(string.ascii_letters + string.digits, min_size=4, max_size=20)),
    place=st.sampled_from(["name", "message", "snippet", "path", "assumption"]),
)
@pytest.mark.full
def test_a_name_anywhere_is_left_nowhere(name: str, place: str) -> None:
    report = sample_report()
    own = finding("dynamodb-pitr", "high", "FAIL", resource(name), 1)
    if place == "message":
        own["message"] = f"`{name}` is reached by {name}"
    elif place == "snippet":
        own["evidence"][0]["snippet"] = [f"  {name}:"]
    elif place == "path":
        own["resource"]["address"] = f"{name}/app.yaml#{name}"
    elif place == "assumption":
        own["assumptions"] = [f"`{name}` has its default"]
    report["findings"].append(own)
    assert name.lower() not in json.dumps(redact(report)).lower()


def test_names_are_found_from_left_to_right_the_longest_first() -> None:
    known = KnownNames(["ab", "abc", "x", "aws", ACCOUNT], lambda name: len(name) < 3)
    told = lambda text: known.replaced(text, lambda name: f"<{name}>")  # noqa: E731  # for the lines below
    assert told("abcab ab ABC") == "<abc>ab <ab> <abc>"
    assert told("x xx -x-") == "<x> xx -<x>-"
    assert told("AWS::abc::abc") == "<aws>::abc::abc"
    assert told(f"arn:aws:iam::{ACCOUNT}:root") == f"arn:<aws>:iam::<{ACCOUNT}>:root"
    assert told("İabc") == "İ<abc>"


def test_many_names_take_time_in_proportion() -> None:
    """An alternation of all names would take an hour for these."""
    names = [f"name-{number:05}-{'ab' * (number % 9)}" for number in range(20_000)]
    start = time.perf_counter()
    known = KnownNames(names, lambda _: False)
    hidden = known.replaced(" ".join(names), lambda _: "*")
    assert hidden == " ".join("*" * 20_000)
    assert time.perf_counter() - start < 20


def test_the_command_hides_names(clinic: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "r.json"
    path.write_text(json.dumps(clinic, default=str), "utf-8")
    assert main(["report", str(path), "--redact", "--format", "json"]) == 0
    told = capsys.readouterr().out
    assert ACCOUNT not in told
    assert "quokka" not in told.lower()
