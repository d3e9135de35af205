"""Rules by the names that others have for them: where a name finds rules, and where it stands for one."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from scanner.cli.main import main
from scanner.language.alias_index import AliasIndex
from scanner.language.library import load_library

TEMPLATE = {
    "Resources": {
        "Scans": {"Type": "AWS::S3::Bucket", "Properties": {"VersioningConfiguration": {"Status": "Suspended"}}}
    }
}


@pytest.fixture(scope="module")
def index() -> AliasIndex:
    return AliasIndex(load_library(()).rules)


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("s3-bucket-versioning-enabled", "s3-versioning"),
        ("config:s3-bucket-versioning-enabled", "s3-versioning"),
        ("S3_BUCKET_VERSIONING_ENABLED", "s3-versioning"),
        ("guard:s3_bucket_versioning_enabled", "s3-versioning"),
        ("HIPAA.Security-S3BucketVersioningEnabled", "s3-versioning"),
        ("AwsSolutions-S1", "s3-access-logs"),
        ("cdk-nag:AwsSolutions-S10", "s3-tls-only"),
        ("AVD-AWS-0090", "s3-versioning"),
        ("trivy:aws-0090", "s3-versioning"),
        ("AWS-0107", None),  # it asks more: remote desktop as well
        ("AwsSolutions-SMG4", None),  # it asks less
        ("AwsSolutions-S999", None),
        ("AwsSolutions-S1[a]", None),
        ("s3-bucket-versioning", None),
        ("prowler:s3-bucket-versioning-enabled", None),
        ("s3-*", None),
    ],
)
def test_what_a_name_stands_for(index: AliasIndex, name: str, rule: str | None) -> None:
    assert index.only(name) == rule


def test_a_name_of_something_else_stands_for_no_rule(index: AliasIndex) -> None:
    """The peer's check asks more: who excepts it has not excepted what is asked here."""
    assert index.only("s3-bucket-replication-enabled") is None
    assert index.rules("s3-bucket-replication-enabled") == ("s3-replication",)
    assert "`s3-replication`" in str(index.hint("s3-bucket-replication-enabled"))


def _scan(folder: Path, capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, dict[str, object], str]:
    (folder / "template.json").write_text(json.dumps(TEMPLATE), "utf-8")
    code = main(["scan", str(folder), "--format", "json", "--no-cache", *options])
    told = capsys.readouterr()
    return code, json.loads(told.out) if told.out else {}, told.err


def test_select_takes_a_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, report, _ = _scan(tmp_path, capsys, "--select", "s3-bucket-versioning-enabled")
    assert list(report["rules"]) == ["s3-versioning"]  # type: ignore[call-overload]  # the JSON of a report
    aliases = report["rules"]["s3-versioning"]["aliases"]  # type: ignore[index]  # as above
    assert {"id": "s3-bucket-versioning-enabled", "basis": "same"} in aliases["config"]


def test_skip_takes_a_name_of_one_rule_and_refuses_others(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, report, _ = _scan(tmp_path, capsys, "--skip", "S3_BUCKET_VERSIONING_ENABLED")
    assert "s3-versioning" not in report["rules"]  # type: ignore[operator]  # the JSON of a report
    code, report, _ = _scan(tmp_path, capsys, "--skip", "s3-bucket-replication-enabled")
    assert code == 2
    (error,) = [each for each in report["errors"] if each["level"] == "error"]  # type: ignore[attr-defined]  # as above
    assert "`s3-replication`" in error["hint"]


EXCEPTION = """
- rule: {rule}
  resource: "*#Scans"
  because: a scratch bucket, emptied each night
  owner: data team
  until: 2026-06-01
"""


@pytest.mark.parametrize(
    "name", ["s3-versioning", "config:s3-bucket-versioning-enabled", "s3_bucket_object_versioning"]
)
def test_an_exception_may_be_written_by_a_name(tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    (tmp_path / "exceptions.yaml").write_text(EXCEPTION.format(rule=name), "utf-8")
    _, report, _ = _scan(tmp_path, capsys, "--as-of", "2026-01-01")
    states = {each["rule"]: each["verdict"] for each in report["findings"]}  # type: ignore[attr-defined]  # as above
    assert states["s3-versioning"] == "SUPPRESSED"


def test_an_exception_by_the_name_of_something_else_hides_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "exceptions.yaml").write_text(EXCEPTION.format(rule="s3-bucket-replication-enabled"), "utf-8")
    _, report, _ = _scan(tmp_path, capsys, "--as-of", "2026-01-01")
    (broken,) = [each for each in report["findings"] if each["rule"] == "exception-well-formed"]  # type: ignore[attr-defined]  # as above
    assert "s3-replication" in broken["message"]


def test_most_rules_that_others_have_too_say_so() -> None:
    rules = load_library(()).rules
    known = [rule for rule in rules if rule.aliases]
    schemes = {alias.scheme for rule in known for alias in rule.aliases}
    assert len(known) >= 255
    assert {"security-hub", "config", "prowler", "checkov", "guard", "cdk-nag"} <= schemes
    controls = [alias.id for rule in known for alias in rule.aliases if alias.scheme == "security-hub"]
    assert len(controls) > 100
    assert all(re.fullmatch(r"[A-Z][A-Za-z0-9]+\.\d+", each) for each in controls)
    checks = [alias.id for rule in known for alias in rule.aliases if alias.scheme == "checkov"]
    assert all(re.fullmatch(r"CKV2?_AWS_\d+", each) for each in checks)
