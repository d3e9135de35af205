"""`report --sample`: the same sample for the same seed, and a way to look at each."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scanner.cli.main import main
from scanner.outputs.shared.audit_sample import drawn
from tests.outputs.sample import finding, resource, sample_report


def test_the_same_seed_draws_the_same_and_another_draws_another() -> None:
    report = sample_report()
    one, population, digest = drawn(report, 5, 7)
    assert (one, population, digest) == drawn(report, 5, 7)
    assert population == sum(each["verdict"] != "NOT_APPLICABLE" for each in report["findings"])
    assert one != drawn(report, 5, 8)[0]
    assert len({(each.rule, each.resource, each.number) for each in one}) == 5


def test_order_in_the_report_does_not_change_the_sample() -> None:
    report = sample_report()
    before = drawn(report, 5, 7)
    report["findings"].reverse()
    assert drawn(report, 5, 7) == before


def test_more_than_there_are_is_all_of_them() -> None:
    report = sample_report()
    items, population, _ = drawn(report, 10_000, 1)
    assert len(items) == population


def test_what_is_live_is_asked_of_aws_and_what_is_written_has_a_place() -> None:
    report = sample_report()
    bucket = resource("records; rm -rf ~")
    bucket.update(type="AWS::S3::Bucket", address="arn:aws:s3:::records", account="111122223333", region="eu-west-1")
    live = finding("s3-versioning", "medium", "PASS", bucket, 1)
    report["findings"] = [live]
    ((item,), _, _) = drawn(report, 1, 1)
    assert item.look == (
        "aws cloudcontrol get-resource --type-name AWS::S3::Bucket --identifier 'records; rm -rf ~' --region eu-west-1"
    )


def test_the_command_prints_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "r.json"
    path.write_text(json.dumps(sample_report()), "utf-8")
    assert main(["report", str(path), "--sample", "3", "--seed", "9"]) == 0
    told = capsys.readouterr().out
    assert told.startswith("3 verdicts of ")
    assert told.count("   look: ") == 3
    assert main(["report", str(path), "--sample", "none"]) == 2
