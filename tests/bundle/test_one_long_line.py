"""A template of one line with a secret in it: what is shown of it was cut elsewhere than from what a bundle keeps."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scanner.cli.main import main
from scanner.inputs.secret_spans import SecretSpans
from scanner.options import Options
from scanner.scanning import scan
from scanner.text.reading import read

SECRETS = ["hunter2hunter2", "x" * 200, 'ab"c\\d12345', "short"]


def template(secret: str) -> str:
    topic = {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": "p" * 50}}
    password = {"DBPassword": {"Type": "String", "Default": secret}}
    opened = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIp": "0.0.0.0/0"}
    group = {"GroupDescription": "of a test", "SecurityGroupIngress": [opened]}
    database = {"StorageEncrypted": False, "MasterUserPassword": secret}
    resources = {
        **{f"Pad{number}": topic for number in range(12)},
        "Db": {"Type": "AWS::RDS::DBInstance", "Properties": database},
        "Group": {"Type": "AWS::EC2::SecurityGroup", "Properties": group},
    }
    return json.dumps({"Parameters": password, "Resources": resources}, separators=(",", ":"))


@pytest.mark.full
@pytest.mark.parametrize("secret", SECRETS)
def test_an_honest_bundle_of_one_line_verifies(tmp_path: Path, secret: str) -> None:
    (tmp_path / "t.json").write_text(template(secret), "utf-8")
    bundle = tmp_path / "b.zip"
    main(["scan", str(tmp_path / "t.json"), "--no-cache", "--quiet", "--bundle", str(bundle), "--include-inputs"])
    assert main(["verify", str(bundle)]) == 0


@pytest.mark.parametrize("secret", SECRETS)
def test_a_snippet_begins_where_the_place_is(tmp_path: Path, secret: str) -> None:
    (tmp_path / "t.json").write_text(template(secret), "utf-8")
    findings = scan(options=Options(paths=(tmp_path,), select=["sg-no-open-ssh"])).report["findings"]
    (failed,) = (each for each in findings if each["verdict"] == "FAIL")
    assert all('"CidrIp":"0.0.0.0/0"' in "".join(each["snippet"]) for each in failed["evidence"])


@pytest.mark.parametrize("secret", SECRETS)
def test_a_column_is_told_where_it_is_shown(secret: str) -> None:
    text = template(secret)
    document = read(text.encode(), "t.json", cloudformation=True)
    spans = SecretSpans(document)
    (shown,) = spans.lines(1, 1)
    for number in range(12):
        word = f'"Pad{number}":'
        assert shown.startswith(word, spans.shown_column(1, text.index(word) + 1) - 1)


def test_a_key_that_stands_twice_shows_no_value(tmp_path: Path) -> None:
    """The first of the two is in no document, so that nobody looked whether it is a secret."""
    body = "Resources:\n  Db:\n    Type: AWS::RDS::DBInstance\n    Properties:\n"
    body += "      MasterUserPassword: Zq7mrkrVx\n      MasterUserPassword: other\n"
    (tmp_path / "t.yaml").write_text(body, "utf-8")
    report = json.dumps(scan(tmp_path).report)
    assert "stands twice" in report and "Zq7mrkrVx" not in report
