"""Plans that are not whole, files that are no plans as JSON, and what may be said with them."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from scanner import Options, scan
from scanner.cli.main import main
from tests.inputs.terraform.plans import Refers, plan, resource, state, write

BUCKET = resource("aws_s3_bucket.b", {"bucket": "records"})
ROLE = resource("aws_iam_role.r", {"name": "r", "assume_role_policy": json.dumps({"Statement": []})})


def verdicts(path: Path, **options: object) -> dict[tuple[str, str], str]:
    report = scan(options=Options(paths=(path,), **options)).report  # type: ignore[arg-type]  # as a test says
    return {(each["resource"]["logical_id"], each["rule"]): each["verdict"] for each in report["findings"]}


@pytest.mark.parametrize(
    "more",
    [{"errored": True}, {"complete": False}, {"deferred_changes": [{}], "complete": False}],
    ids=["errored", "target", "deferred"],
)
def test_a_plan_that_is_not_whole_ends_with_2_and_what_it_holds_is_judged(
    tmp_path: Path, more: dict[str, object]
) -> None:
    path = write(tmp_path, plan(BUCKET, **more))
    result = scan(path)
    assert result.exit_code == 2
    assert any("not the whole plan" in each["message"] for each in result.report["errors"])
    assert result.report["run"]["gaps"]
    assert any(each["verdict"] == "PASS" for each in result.report["findings"])


def test_a_partial_plan_that_is_meant_does_not_end_with_2(tmp_path: Path) -> None:
    path = write(tmp_path, plan(BUCKET, complete=False))
    result = scan(options=Options(paths=(path,), partial_plan=True, fail_on="never"))
    assert result.exit_code == 0
    assert result.report["run"]["gaps"]


def test_no_rule_passes_for_want_of_what_may_be_in_the_missing_part(tmp_path: Path) -> None:
    whole = verdicts(write(tmp_path, plan(BUCKET)))
    cut = verdicts(write(tmp_path, plan(BUCKET, complete=False)))
    assert whole["aws_s3_bucket.b", "s3-no-public-read"] == "PASS"
    # A policy that lets everybody read may be in the other part, and so may a block of public access.
    assert cut["aws_s3_bucket.b", "s3-no-public-read"] == "UNKNOWN"
    assert cut["aws_s3_bucket.b", "s3-bucket-public-block"] == "UNKNOWN"
    assert whole["aws_s3_bucket.b", "s3-versioning"] == "FAIL"
    assert cut["aws_s3_bucket.b", "s3-versioning"] == "UNKNOWN"


def test_a_plan_that_only_refreshes_is_read_as_what_is_there(tmp_path: Path) -> None:
    content = plan()
    del content["resource_changes"]
    content["planned_values"] = state(BUCKET)["values"]
    report = scan(write(tmp_path, content)).report
    assert report["exit_code"] == 2
    assert {each["resource"]["logical_id"] for each in report["findings"]} == {"aws_s3_bucket.b"}


def test_what_is_forgotten_stays_and_what_is_deleted_or_deposed_does_not(tmp_path: Path) -> None:
    gone = resource("aws_s3_bucket.gone", {}, actions=("delete",))
    kept = resource("aws_s3_bucket.kept", {}, actions=("forget",))
    kept["change"].update(before={"bucket": "kept"}, after=None)
    old = {**resource("aws_s3_bucket.b", {"bucket": "old"}), "deposed": "0123abcd"}
    report = scan(write(tmp_path, plan(gone, kept, old, BUCKET))).report
    assert {each["resource"]["logical_id"] for each in report["findings"]} == {"aws_s3_bucket.b", "aws_s3_bucket.kept"}


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b'{"format_version":"1.2","terraform_version":"1.11.4","resource_changes":[{"address":"aws_s3', "ends before"),
        (b'{"complete":true,"configuration":{"provider_config":{},"root_module":{"resou', "ends before"),
        (b'{"format_version":"7.0","terraform_version":"9.0","resource_changes":[]}', "'7.0' is not read"),
        (b'{"format_version":"1.2",\n"resource_changes": [,]}', "no JSON"),
        (
            b'{"format_version":"1.2","resource_changes":[]}'.decode().encode("utf-8").replace(b"1.2", b"1.\xff"),
            "UTF-8",
        ),
    ],
    ids=["truncated", "sorted and truncated", "another major", "no JSON", "no text"],
)
def test_what_is_wrong_with_a_plan_is_told_at_its_place(tmp_path: Path, raw: bytes, said: str) -> None:
    (tmp_path / "plan.json").write_bytes(raw)
    write(tmp_path, plan(BUCKET), "good.json")
    report = scan(tmp_path).report
    assert report["exit_code"] == 2
    (error,) = [each for each in report["errors"] if each["level"] == "error"]
    assert said in error["message"]
    assert error["path"] == "plan.json"
    assert error["line"] is not None
    assert error["column"] is not None
    assert any(each["verdict"] == "PASS" for each in report["findings"])


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_plans_in_other_encodings_are_read(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "plan.json").write_text(json.dumps(plan(BUCKET)), encoding)
    assert scan(tmp_path / "plan.json").report["summary"]["resources"] == 1


def test_a_binary_plan_a_state_file_and_sources_alone_say_what_to_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with zipfile.ZipFile(tmp_path / "plan.bin", "w") as archive:
        archive.writestr("tfplan", b"\0")
    (tmp_path / "terraform.tfstate").write_text(
        '{"version": 4, "terraform_version": "1.11.4", "serial": 3, "lineage": "x"}'
    )
    (tmp_path / "sealed.tfstate").write_text('{"meta": {}, "encrypted_data": "abc", "encryption_version": "v0"}')
    (tmp_path / "infra").mkdir()
    (tmp_path / "infra" / "main.tf").write_text('resource "aws_s3_bucket" "b" {}\n')
    for name in ("plan.bin", "terraform.tfstate", "sealed.tfstate", "infra", "infra/main.tf"):
        assert main(["scan", str(tmp_path / name), "--no-cache"]) == 2
        assert "terraform show -json" in capsys.readouterr().err + capsys.readouterr().out


def test_a_plan_of_another_provider_is_said_to_hold_nothing_to_judge(tmp_path: Path) -> None:
    other = resource("google_storage_bucket.b", {"name": "b"}, provider="registry.terraform.io/hashicorp/google")
    report = scan(write(tmp_path, plan(other))).report
    assert report["exit_code"] == 2
    assert any("hashicorp/google" in each["message"] for each in report["errors"])


def test_only_what_an_earlier_plan_has_not_counts(tmp_path: Path) -> None:
    old = write(tmp_path, plan(BUCKET), "old.json")
    worse = resource("aws_s3_bucket_public_access_block.b", {"bucket": "records", "block_public_acls": False})
    new = write(tmp_path, plan(BUCKET, worse), "new.json")
    same = scan(options=Options(paths=(new,), against=new))
    assert same.exit_code == 0
    report = scan(options=Options(paths=(new,), against=old)).report
    fresh = [each for each in report["findings"] if each.get("state") == "new" and each["verdict"] == "FAIL"]
    assert {each["rule"] for each in fresh} == {"s3-bucket-public-block"}
    assert report["exit_code"] == 1


def test_since_says_that_plans_are_in_no_revision(tmp_path: Path) -> None:
    report = scan(options=Options(paths=(write(tmp_path, plan(BUCKET)),), since="HEAD")).report
    assert report["exit_code"] == 2
    assert any("--against" in (each["hint"] or "") for each in report["errors"])


def test_diff_of_two_plans_by_other_names_tells_what_is_new(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old = write(tmp_path, plan(BUCKET), "old.json")
    policy = json.dumps({"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"}]})
    worse = resource("aws_s3_bucket_policy.b", {"bucket": Refers("aws_s3_bucket.b.id"), "policy": policy})
    new = write(tmp_path, plan(BUCKET, worse), "new.json")
    assert main(["diff", str(old), str(new), "--no-cache", "--format", "json"]) == 1
    said = json.loads(capsys.readouterr().out)
    assert not said["fixed"]
    assert said["new"]
