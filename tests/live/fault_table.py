# ruff: noqa: E501  # a case a line
"""Faults of an account, injected one by one into a server, and what an audit says of each.

`python -m tests.live.fault_table` prints the table; a test holds its rows. Each row first audits the account as it is,
then with the fault: nothing may vanish, turn right or be called fixed because of an answer that is none.
"""

from __future__ import annotations

import contextlib
import csv
import io
import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from scanner.base.record import record
from scanner.cli.main import main
from scanner.live import clients, collector
from tests.live.faulty import Answer, Fault, faulty_moto

REGION = "us-east-1"
PAGE = (200, "text/html", b"<html><body>please sign in</body></html>")
DENIED_XML = (403, "application/xml", b"<Error><Code>AccessDenied</Code><Message>no</Message></Error>")
ENDED = (400, "application/xml", b"<Error><Code>ExpiredToken</Code><Message>x</Message></Error>")
GONE = (404, "application/xml", b"<Error><Code>NoSuchBucket</Code><Message>gone</Message></Error>")


def told(code: str, status: int = 400) -> Answer:
    return status, "application/x-amz-json-1.0", f'{{"__type": "{code}", "message": "x"}}'.encode()


@record
class Row:
    """`fault` is what is injected, `rule` what is asked; `right` is what the audit must say, `seen` what it said."""

    fault: str
    rule: str
    right: str
    seen: str

    @property
    def holds(self) -> bool:
        """Whether it said what it must."""
        return self.right == self.seen


@record
class _Case:
    fault: str
    services: str
    rule: str
    right: str
    made: Fault
    seed: Callable[[], None]
    regions: str = REGION


def _client(name: str, region: str = REGION) -> Any:
    import boto3

    return boto3.client(name, region_name=region)


def _table() -> None:
    _client("dynamodb").create_table(
        TableName="visits",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )


def _queue(region: str = REGION) -> None:
    _client("sqs", region).create_queue(QueueName="plain", Attributes={"SqsManagedSseEnabled": "false"})


def _bucket() -> None:
    _client("s3").create_bucket(Bucket="clinic-scans", ObjectOwnership="ObjectWriter")


def _open_bucket() -> None:
    _bucket()
    grant = {"Grantee": {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"}}
    owner = _client("s3").get_bucket_acl(Bucket="clinic-scans")["Owner"]
    policy = {"Grants": [{**grant, "Permission": "WRITE_ACP"}], "Owner": owner}
    _client("s3").put_bucket_acl(Bucket="clinic-scans", AccessControlPolicy=policy)


def _nothing() -> None:
    pass


def _json(operation: str, answer: Answer) -> Fault:
    return lambda env, body: answer if env.get("HTTP_X_AMZ_TARGET", "").endswith(operation) else None


def _query(piece: str, answer: Answer) -> Fault:
    return lambda env, body: answer if piece in env["QUERY_STRING"] else None


def _of(service: str, answer: Answer) -> Fault:
    return lambda env, body: answer if f"/{service}/aws4_request" in env.get("HTTP_AUTHORIZATION", "") else None


def _pages(*answers: Answer | None, again: bool = False) -> Fault:
    """One answer for each ListQueues; the last again and again, with another token each time, or moto's own."""
    count = [0]

    def fault(env: dict[str, Any], body: bytes) -> Answer | None:
        if not env.get("HTTP_X_AMZ_TARGET", "").endswith("ListQueues"):
            return None
        count[0] += 1
        answer = answers[min(count[0], len(answers)) - 1]
        if answer is None or not again:
            return answer
        return answer[0], answer[1], answer[2].replace(b"TOKEN", str(count[0]).encode())

    return fault


def _with_id(answer: bytes) -> Answer:
    return 200, "application/x-amz-json-1.0", answer


_ONE = b'{"QueueUrls": ["https://sqs.us-east-1.amazonaws.com/123456789012/plain"], "NextToken": "TOKEN"}'
_LAST = b'{"QueueUrls": ["https://sqs.us-east-1.amazonaws.com/123456789012/plain"]}'
_EMPTY = b'{"QueueUrls": [], "NextToken": "TOKEN"}'
_OFF = told("UnrecognizedClientException", 403)


def _region_off(env: dict[str, Any], body: bytes) -> Answer | None:
    del body
    return _OFF if "/eu-west-3/" in env.get("HTTP_AUTHORIZATION", "") else None


def _enum(env: dict[str, Any], body: bytes) -> Answer | None:
    del body
    table = b'{"Table": {"TableName": "visits", "TableStatus": "HIBERNATING", "TableArn": "arn:aws:dynamodb:us-east-1:123456789012:table/visits"}}'
    return _with_id(table) if env.get("HTTP_X_AMZ_TARGET", "").endswith("DescribeTable") else None


def _ended(env: dict[str, Any], body: bytes) -> Answer | None:
    del body
    return ENDED if "/sts/" not in env.get("HTTP_AUTHORIZATION", "") else None


NOT_SEEN = "UNKNOWN; 1 failed; 0 new, 0 fixed"
CASES = (
    _Case("a list answers a page, status 200", "dynamodb", "dynamodb-pitr", NOT_SEEN, _json("ListTables", PAGE), _table),
    _Case("a list answers nothing, status 200", "dynamodb", "dynamodb-pitr", NOT_SEEN, _json("ListTables", _with_id(b"")), _table),
    _Case("a list is cut in its middle", "dynamodb", "dynamodb-pitr", NOT_SEEN, _json("ListTables", _with_id(b'{"TableNa')), _table),
    _Case("a list answers another's document", "dynamodb", "dynamodb-pitr", NOT_SEEN, _json("ListTables", _with_id(b'{"ok": true}')), _table),
    _Case("a list is denied", "dynamodb", "dynamodb-pitr", NOT_SEEN, _json("ListTables", told("AccessDeniedException")), _table),
    _Case("a list fails inside AWS", "dynamodb", "dynamodb-pitr", NOT_SEEN, _json("ListTables", told("InternalServerError", 500)), _table),
    _Case("a list is throttled for ever", "dynamodb", "dynamodb-pitr", NOT_SEEN, _json("ListTables", told("ThrottlingException")), _table),
    _Case("what a rule reads answers a page", "sqs", "sqs-encrypted", NOT_SEEN, _json("GetQueueAttributes", PAGE), _queue),
    _Case("what a rule reads is denied", "dynamodb", "dynamodb-pitr", NOT_SEEN, _json("DescribeContinuousBackups", told("AccessDeniedException")), _table),
    _Case("an enum has a value that nobody knows", "dynamodb", "dynamodb-pitr", "FAIL; 0 failed; 0 new, 0 fixed", _enum, _table),
    _Case("a list is denied on its second page", "sqs", "sqs-encrypted", "FAIL, UNKNOWN; 1 failed; 0 new, 0 fixed", _pages(_with_id(_ONE), told("AccessDenied")), _queue),
    _Case("page tokens are ever new", "sqs", "sqs-encrypted", "FAIL, UNKNOWN; 1 failed; 0 new, 0 fixed", _pages(_with_id(_ONE), _with_id(_EMPTY), again=True), _queue),
    _Case("a page is empty and has a token", "sqs", "sqs-encrypted", "FAIL; 0 failed; 0 new, 0 fixed", _pages(_with_id(_EMPTY), _with_id(_LAST)), _queue),
    _Case("XML is empty where botocore's handler parses it", "s3", "s3-versioning", "FAIL; 1 failed; 0 new, 0 fixed", _query("location", (200, "application/xml", b"")), _bucket),
    _Case("the buckets are denied", "s3", "s3-versioning", NOT_SEEN, _of("s3", DENIED_XML), _bucket),
    _Case("a bucket is deleted after it was listed", "s3", "s3-versioning", "nothing; 0 failed; 0 new, 0 fixed, 1 gone", _query("versioning", GONE), _bucket),
    _Case("one region is off", "sqs", "sqs-encrypted", "FAIL, UNKNOWN; 1 failed; 0 new, 0 fixed", _region_off, _queue, f"{REGION},eu-west-3"),
    _Case("the credentials end", "s3", "s3-versioning", "nothing; exit 2; 0 new, 0 fixed; not all was read", _ended, _bucket),
    _Case("no public access block is there", "s3", "s3-bucket-public-block", "FAIL; 0 failed; 0 new, 0 fixed", lambda env, body: None, _bucket),
    _Case("every AWS account may write a bucket's ACL", "s3", "s3-no-public-write", "FAIL; 0 failed; 0 new, 0 fixed", lambda env, body: None, _open_bucket),
    _Case("no detector is there", "guardduty", "guardduty-enabled", "FAIL; 0 failed; 0 new, 0 fixed", lambda env, body: None, _nothing),
    _Case("no recorder is there", "config", "config-recorder-all-regions", "FAIL; 0 failed; 0 new, 0 fixed", lambda env, body: None, _nothing),
)  # fmt: skip


def rows(words: str = "") -> Iterator[Row]:
    """Injects one fault after the other, of those whose names have the words; all take half a minute or so.

    Accounts that are seeded and asked alike are made and audited once, before the first of their faults.
    """
    chosen = [case for case in CASES if words in case.fault]
    alike: dict[tuple[object, ...], list[_Case]] = {}
    for case in chosen:
        alike.setdefault((case.seed, case.services, case.rule, case.regions), []).append(case)
    found = {case.fault: seen for several in alike.values() for case, seen in _seen(several)}
    for case in chosen:
        yield Row(case.fault, case.rule, case.right, found[case.fault])


def _seen(cases: list[_Case]) -> Iterator[tuple[_Case, str]]:
    """What an audit says of each fault of the same account, with the history of the audit without any."""
    pause, idle = clients._LONGEST_PAUSE, collector.MOST_IDLE
    # What is throttled for ever is asked for half a minute, and pages that tell nothing are 500.
    clients._LONGEST_PAUSE, collector.MOST_IDLE = 0.05, 20
    try:
        with tempfile.TemporaryDirectory() as folder, faulty_moto() as server, _at(folder, server.url):
            cases[0].seed()
            _audit(folder, "a", cases[0])
            history = Path("h.db").read_bytes()
            for number, case in enumerate(cases):
                for each in Path().glob("h.db*"):
                    each.unlink()
                Path("h.db").write_bytes(history)
                server.fault = case.made
                yield case, _audit(folder, f"b{number}", case)
    finally:
        clients._LONGEST_PAUSE, collector.MOST_IDLE = pause, idle


@contextlib.contextmanager
def _at(folder: str, url: str) -> Iterator[None]:
    names = {"AWS_ENDPOINT_URL": url, "AWS_DEFAULT_REGION": REGION, "AWS_EC2_METADATA_DISABLED": "true"}
    names |= {"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "x"}  # of AWS's documentation
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(names)
    try:
        with contextlib.chdir(folder):
            yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _audit(folder: str, out: str, case: _Case) -> str:
    """As `FAIL, UNKNOWN; 1 failed; 0 new, 0 fixed`: the verdicts, calls that failed, and what the history says."""
    words = ["audit", "--regions", case.regions, "--services", case.services, "--select", case.rule]
    words += ["--history", "h.db", "--out", str(Path(folder) / out), "--format", "csv=r.csv", "--all"]
    said = io.StringIO()
    with contextlib.redirect_stderr(said):
        code = main(words)
    told = Path("r.csv").read_text("utf-8-sig")
    verdicts = {row["verdict"] for row in csv.DictReader(io.StringIO(told)) if row["verdict"] != "PASS"}
    # Progress is told before.
    failed = [each[1] for each in re.finditer(r"(\d+) failed", said.getvalue())]
    history = re.search(r"\d+ new, \d+ fixed(?:, \d+ gone)?", said.getvalue())
    parts = [", ".join(sorted(verdicts)) or "nothing"]
    parts.append("exit 2" if code == 2 else f"{failed[-1]} failed" if failed else "?")
    parts.append(history[0] if history else "?")
    return "; ".join(parts) + ("; not all was read" if "not all was read" in said.getvalue() else "")


def table(found: list[Row]) -> str:
    lines = ["| fault | rule | must say | said | |", "|---|---|---|---|---|"]
    lines += [
        f"| {each.fault} | `{each.rule}` | {each.right} | {each.seen} | {'yes' if each.holds else 'NO'} |"
        for each in found
    ]
    return "\n".join([*lines, "", f"{sum(each.holds for each in found)} of {len(found)} as they must"])


if __name__ == "__main__":
    made = [*rows(*sys.argv[1:])]
    print(table(made))
    sys.exit(not all(each.holds for each in made))
