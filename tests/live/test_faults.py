"""An account that answers wrongly, refuses a list, or has a region that is off: nothing vanishes, nothing is fixed."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scanner.cli.main import main
from tests.live import fault_table
from tests.live.faulty import Server, faulty_moto

boto3 = pytest.importorskip("boto3")
pytestmark = pytest.mark.full
PAGE = (200, "text/html", b"<html><body>please sign in</body></html>")
DENIED = (403, "application/xml", b"<Error><Code>AccessDenied</Code><Message>no</Message></Error>")
NOBODY = (
    403,
    "application/x-amz-json-1.0",
    b'{"__type": "UnrecognizedClientException", "message": "The token is invalid."}',
)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Server]:
    with faulty_moto() as made:
        monkeypatch.setenv("AWS_ENDPOINT_URL", made.url)
        monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        monkeypatch.chdir(tmp_path)
        yield made


def _audit(capsys: pytest.CaptureFixture[str], out: str, *words: str) -> tuple[int, list[dict[str, str]], str]:
    code = main(["audit", "--format", "csv", "--all", "--out", out, "--history", "h.db", *words])
    said = capsys.readouterr()
    return code, list(csv.DictReader(io.StringIO(said.out.lstrip("\ufeff")))), said.err


@pytest.mark.parametrize(
    "broken",
    [PAGE, (200, "application/x-amz-json-1.0", b""), (200, "application/x-amz-json-1.0", b'{"TableNa')],
    ids=["a page", "empty", "cut"],
)
def test_no_answer_is_not_none(server: Server, capsys: pytest.CaptureFixture[str], broken: Any) -> None:
    boto3.client("dynamodb").create_table(
        TableName="visits",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    what = ("--regions", "us-east-1", "--services", "dynamodb", "--select", "dynamodb-pitr")
    _, rows, _ = _audit(capsys, "a", *what)
    assert [row["verdict"] for row in rows] == ["FAIL"]
    server.fault = lambda env, body: broken if env.get("HTTP_X_AMZ_TARGET", "").endswith("ListTables") else None
    # Global tables are listed by the same call, and are told once with the tables.
    _, rows, said = _audit(capsys, "b", *what)
    assert [(row["verdict"], row["cause"]) for row in rows] == [("UNKNOWN", "not-collected")]
    assert "1 failed" in said and "0 new, 0 fixed" in said


def test_a_denied_list_is_not_determined_and_counts_for_the_gate(
    server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    boto3.client("s3").create_bucket(Bucket="clinic-scans")
    server.fault = lambda env, body: DENIED if "/s3/aws4_request" in env.get("HTTP_AUTHORIZATION", "") else None
    what = ["--regions", "us-east-1", "--services", "s3", "--select", "s3-tls-only", "--unknown-fails", "low"]
    code = main(["audit", "--out", "a", "--history", "h.db", "--format", "json=r.json", *what])
    capsys.readouterr()
    report = json.loads(Path("r.json").read_text("utf-8"))
    assert code == 1
    assert report["summary"]["verdicts"]["UNKNOWN"] == 1
    assert {each["status"] for each in report["controls"] if "s3-tls-only" in each["rules"]} <= {
        "NOT_DETERMINED",
        "SUPPORTING_ONLY",
    }
    (finding,) = report["findings"]
    assert finding["unknown"]["cause"] == "access-denied" and "could not be listed" in finding["message"]


@pytest.mark.parametrize("regions", ["eu-west-1,eu-west-3", "eu-west-3,eu-west-1"], ids=["last", "first"])
def test_a_region_that_is_off_ends_nothing_but_itself(
    server: Server, capsys: pytest.CaptureFixture[str], regions: str
) -> None:
    boto3.client("sqs", region_name="eu-west-1").create_queue(QueueName="plain")
    server.fault = lambda env, body: NOBODY if "/eu-west-3/" in env.get("HTTP_AUTHORIZATION", "") else None
    code, rows, _ = _audit(capsys, "a", "--regions", regions, "--services", "sqs", "--select", "sqs-encrypted")
    assert code == 0
    found = {(row["region"], row["verdict"], row["cause"]) for row in rows}
    assert found == {("eu-west-3", "UNKNOWN", "not-collected"), ("eu-west-1", "PASS", "")}


def test_credentials_that_ended_end_the_run_and_it_is_recorded_so(
    server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    boto3.client("s3").create_bucket(Bucket="clinic-scans")
    what = ("--regions", "us-east-1", "--services", "s3,sqs", "--select", "s3-versioning")
    _audit(capsys, "a", *what)
    ended = (400, "application/xml", b"<Error><Code>ExpiredToken</Code><Message>x</Message></Error>")
    server.fault = lambda env, body: ended if "/sts/" not in env.get("HTTP_AUTHORIZATION", "") else None
    code, _, said = _audit(capsys, "b", *what)
    assert code == 2 and "0 new, 0 fixed" in said and "not all was read" in said
    assert main(["history", "--history", "h.db", "--format", "json"]) == 0
    runs = json.loads(capsys.readouterr().out)["runs"]
    assert [(each["exit_code"], each["partial"]) for each in runs] == [
        (1 if runs[0]["exit_code"] else 0, False),
        (2, True),
    ]


def test_a_bucket_without_a_block_or_ownership_controls_is_open(
    server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="clinic-scans", ObjectOwnership="ObjectWriter")
    s3.delete_bucket_ownership_controls(Bucket="clinic-scans")
    rules = ("s3-bucket-public-block", "s3-no-acls", "s3-no-public-read", "s3-no-public-write", "s3-default-encryption")
    chosen = [word for rule in rules for word in ("--select", rule)]
    _, rows, _ = _audit(capsys, "a", "--regions", "us-east-1", "--services", "s3,cloudfront", *chosen)
    found = {
        row["rule"]: row["verdict"]
        for row in rows
        if row["type"] == "AWS::S3::Bucket" and not row["address"].endswith("?")
    }
    assert found == {
        "s3-bucket-public-block": "FAIL",
        "s3-no-acls": "FAIL",
        "s3-no-public-read": "PASS",
        "s3-no-public-write": "PASS",
        "s3-default-encryption": "PASS",
    }


@pytest.mark.parametrize("permission", ["WRITE", "WRITE_ACP", "FULL_CONTROL", "READ"])
@pytest.mark.parametrize("group", ["AllUsers", "AuthenticatedUsers"])
def test_what_an_acl_grants_to_a_group_is_seen(
    server: Server, capsys: pytest.CaptureFixture[str], group: str, permission: str
) -> None:
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="clinic-scans", ObjectOwnership="ObjectWriter")
    uri = f"http://acs.amazonaws.com/groups/global/{group}"
    s3.put_bucket_acl(
        Bucket="clinic-scans",
        AccessControlPolicy={
            "Grants": [{"Grantee": {"Type": "Group", "URI": uri}, "Permission": permission}],
            "Owner": {"ID": "75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a"},
        },
    )
    words = (
        "--regions",
        "us-east-1",
        "--services",
        "s3",
        "--select",
        "s3-no-public-write",
        "--select",
        "s3-no-public-read",
    )
    _, rows, _ = _audit(capsys, "a", *words)
    found = {row["rule"]: row["verdict"] for row in rows if not row["address"].endswith("?")}
    # Who may only write may not read; who may write the ACL may let itself do both.
    assert found["s3-no-public-read"] == ("PASS" if permission == "WRITE" else "FAIL")
    assert found["s3-no-public-write"] == ("PASS" if permission == "READ" else "FAIL")


def test_the_table_of_injected_faults_holds() -> None:
    """`python -m tests.live.fault_table` prints it."""
    wrong = [each for each in fault_table.rows() if not each.holds]
    assert not wrong, fault_table.table(wrong)
