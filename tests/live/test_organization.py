"""An organisation of 20 accounts on this machine: one closed, one throttled, one suspended; killed, and taken up."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from scanner.cli.main import main
from scanner.live import clients
from scanner.scanning import Options, scan
from scanner.snapshots.manifest import read_manifest
from scanner.snapshots.shard import ShardKey

pytestmark = pytest.mark.full

MANAGEMENT, REGION, MEMBERS = "123456789012", "us-east-1", 19
SERVICES = "iam,s3,sqs"
OF_THE_OWNER = {"annual-risk-assessment"}
ROLE = "Audit"
READ = ("snapshot", "--org", "--role-name", ROLE, "--regions", REGION, "--services", SERVICES, "--quiet")
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}],
}
DENY = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "s3:GetObject", "Resource": "*"}]}
_HOP = frozenset({"connection", "content-length", "date", "host", "server", "transfer-encoding"})


class Gate(ThreadingHTTPServer):
    """Stands before the server: refuses to let anybody into `closed`, and answers `throttled` with nothing else.

    `slow` seconds pass before each answer, and `asked` are the requests by the account's access key.
    """

    daemon_threads = True
    closed = throttled = ""
    slow = 0.0

    def __init__(self, behind: tuple[str, int]) -> None:
        super().__init__(("127.0.0.1", 0), _Gatekeeper)
        self.behind = behind
        self.asked: list[str] = []
        self.keys: dict[str, str] = {}


class _Gatekeeper(BaseHTTPRequestHandler):
    server: Gate
    protocol_version = "HTTP/1.1"

    def _pass(self) -> None:
        gate = self.server
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        key = self.headers.get("authorization", "").partition("Credential=")[2].partition("/")[0]
        service = "/".join(self.headers.get("authorization", "").split("/")[3:4])
        gate.asked.append(f"{gate.keys.get(key, '')}:{service}")
        time.sleep(gate.slow)
        if b"Action=AssumeRole" in body and gate.closed and gate.closed.encode() in body:
            self._refuse(403, "AccessDenied")
            return
        if gate.throttled and gate.keys.get(key) == gate.throttled and service == "sqs":
            self._refuse(400, "ThrottlingException", json_body=True)
            return
        connection = HTTPConnection(*gate.behind)
        connection.request(self.command, self.path, body, dict(self.headers))
        answer = connection.getresponse()
        content = answer.read()
        if b"<AssumeRoleResponse" in content:
            account = body.partition(b"iam%3A%3A")[2][:12].decode()
            given = content.partition(b"<AccessKeyId>")[2].partition(b"<")[0].decode()
            gate.keys[given] = account
        self._answer(answer.status, content, {k: v for k, v in answer.getheaders() if k.lower() not in _HOP})
        connection.close()

    do_GET = do_HEAD = do_POST = do_PUT = _pass  # noqa: N815  # http.server's words

    def _refuse(self, status: int, code: str, *, json_body: bool = False) -> None:
        if json_body:
            content = json.dumps({"__type": code, "message": "slower"}).encode()
            self._answer(status, content, {"x-amzn-errortype": code})
            return
        error = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>no</Message></Error>"
        self._answer(status, f"<ErrorResponse>{error}</ErrorResponse>".encode(), {"content-type": "text/xml"})

    def _answer(self, status: int, content: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # http.server's word
        del format, args


class Organisation:
    def __init__(self, gate: Gate, accounts: list[str], suspended: str) -> None:
        self.gate = gate
        self.accounts = accounts
        self.suspended = suspended


@pytest.fixture(scope="module")
def organisation() -> Iterator[Organisation]:
    server_module: Any = pytest.importorskip("moto.server", reason="pip install 'moto[server]'")
    boto3: Any = pytest.importorskip("boto3")
    server = server_module.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    gate = Gate((host, port))
    threading.Thread(target=gate.serve_forever, daemon=True).start()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
        patch.setenv("AWS_DEFAULT_REGION", REGION)
        # moto keeps what is seeded for the whole process.
        urllib.request.urlopen(urllib.request.Request(f"http://{host}:{port}/moto-api/reset", method="POST")).close()
        accounts = _seed(boto3)
        organizations = boto3.client("organizations")
        suspended = accounts.pop()
        organizations.close_account(AccountId=suspended)
        patch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{gate.server_port}")
        patch.setattr(clients, "_LONGEST_PAUSE", 0.01)
        yield Organisation(gate, accounts, suspended)
    gate.shutdown()
    server.stop()


def _seed(boto3: Any) -> list[str]:
    organizations = boto3.client("organizations")
    organizations.create_organization(FeatureSet="ALL")
    root = organizations.list_roots()["Roots"][0]["Id"]
    unit = organizations.create_organizational_unit(ParentId=root, Name="workloads")["OrganizationalUnit"]["Id"]
    policy = organizations.create_policy(
        Name="no-objects", Description="", Type="SERVICE_CONTROL_POLICY", Content=json.dumps(DENY)
    )["Policy"]["PolicySummary"]["Id"]
    organizations.attach_policy(PolicyId=policy, TargetId=unit)
    accounts: list[str] = []
    sts = boto3.client("sts")
    for number in range(MEMBERS + 1):
        made = organizations.create_account(Email=f"a{number}@example.com", AccountName=f"member-{number:02}")
        account = made["CreateAccountStatus"]["AccountId"]
        organizations.move_account(AccountId=account, SourceParentId=root, DestinationParentId=unit)
        accounts.append(account)
        given = sts.assume_role(RoleArn=f"arn:aws:iam::{account}:role/Seeder", RoleSessionName="seed")["Credentials"]
        own = {
            "aws_access_key_id": given["AccessKeyId"],
            "aws_secret_access_key": given["SecretAccessKey"],
            "aws_session_token": given["SessionToken"],
        }
        boto3.client("iam", **own).create_role(RoleName=ROLE, AssumeRolePolicyDocument=json.dumps(TRUST))
        boto3.client("s3", **own).create_bucket(Bucket=f"bucket-{account}")
        boto3.client("sqs", **own).create_queue(QueueName=f"queue-{account}")
    return accounts


@pytest.fixture
def gate(organisation: Organisation) -> Iterator[Gate]:
    yield organisation.gate
    gate = organisation.gate
    gate.closed = gate.throttled = ""
    gate.slow = 0.0
    gate.asked.clear()


def test_one_account_that_denies_and_one_that_throttles_do_not_end_the_run(
    organisation: Organisation, gate: Gate, tmp_path: Path
) -> None:
    gate.closed, gate.throttled = organisation.accounts[3], organisation.accounts[7]
    folder = tmp_path / "snapshot"
    assert main([*READ, "--out", str(folder)]) == 0
    manifest = read_manifest(folder)
    assert len(manifest.accounts) == MEMBERS + 1 and manifest.ended is not None and not manifest.missing
    (closed,) = manifest.closed
    assert (closed.account, closed.why.cause) == (gate.closed, "access-denied")
    assert {each.account for each in manifest.left_out} == {organisation.suspended}

    report = scan(folder, options=Options()).report
    ledger = {each["what"]: each for each in report["coverage"]}
    entry = ledger[f"account {gate.closed}"]
    assert entry["cause"] == "access-denied" and "sts:AssumeRole" in entry["detail"]
    assert {"s3-versioning", "sqs-encryption"} & set(entry["rules"])
    slow = next(each for what, each in ledger.items() if gate.throttled in what and what.startswith("sqs:"))
    assert slow["cause"] == "not-collected" and "ThrottlingException" in slow["detail"] and slow["rules"]
    told = [each for each in report["findings"] if gate.closed in each["resource"]["address"]]
    # Some rules ask tenancy.yaml, which has no entry, and nothing of the account.
    asked = [each for each in told if each["rule"] not in OF_THE_OWNER]
    assert {each["verdict"] for each in asked} <= {"UNKNOWN", "NOT_APPLICABLE"}
    queues = {
        each["resource"]["address"] for each in report["findings"] if each["resource"]["type"] == "AWS::SQS::Queue"
    }
    # Of two accounts there is no queue, but what stands for those that nobody could list.
    queues = {address for address in queues if not address.endswith("/?")}
    assert len(queues) == MEMBERS - 2
    assert [each["what"] for each in report["scope"]["left_out"]] == [f"account {organisation.suspended} (member-19)"]


def test_an_audit_of_an_organisation_is_recorded(organisation: Organisation, gate: Gate, tmp_path: Path) -> None:
    gate.closed = organisation.accounts[1]
    report = tmp_path / "report.json"
    asked = [*READ[1:], "--accounts", ",".join(organisation.accounts[:2]), "--out", str(tmp_path / "s")]
    code = main(["audit", *asked, "--history", str(tmp_path / "h.db"), "--format", f"json={report}"])
    assert code in (0, 1) and (tmp_path / "h.db").is_file()
    ledger = [each["what"] for each in json.loads(report.read_text())["coverage"]]
    assert f"account {gate.closed}" in ledger


def test_the_policies_over_the_accounts_are_in_the_snapshot(
    organisation: Organisation, gate: Gate, tmp_path: Path
) -> None:
    assert main([*READ, "--services", "sqs", "--accounts", organisation.accounts[0], "--out", str(tmp_path / "s")]) == 0
    from scanner.inputs.snapshot import read_snapshot

    found = read_snapshot(tmp_path / "s", "s")
    kinds = {each.type for each in found.resources}
    assert {
        f"AWS::Organizations::{name}" for name in ("Account", "OrganizationalUnit", "Organization", "Policy")
    } <= kinds
    # Nobody asked for them, and they are there: the report is to say so.
    assert len(found.left_out) == MEMBERS + 1


def test_a_killed_run_is_taken_up_where_it_was(organisation: Organisation, gate: Gate, tmp_path: Path) -> None:
    folder = tmp_path / "snapshot"
    gate.slow = 0.02
    running = subprocess.Popen([sys.executable, "-m", "scanner.cli", *READ, "--out", str(folder)], env=dict(os.environ))
    try:
        until = time.monotonic() + 60
        while len([*folder.rglob("*.gz")]) < 10 and running.poll() is None and time.monotonic() < until:
            time.sleep(0.02)
    finally:
        running.send_signal(signal.SIGKILL)
        running.wait()
    assert running.returncode == -signal.SIGKILL
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*.gz") if "organizations" not in path.name}
    assert before
    gate.slow = 0.0
    gate.asked.clear()
    assert main([*READ, "--out", str(folder), "--resume"]) == 0
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert not read_manifest(folder).missing
    read = {path.relative_to(folder).as_posix() for path in before}
    again = {name for name in gate.asked if name.endswith(":iam")}
    assert not [name for name in again if f"{name.split(':')[0]}/global/iam.jsonl.gz" in read]


def test_shards_of_a_plan_are_joined(organisation: Organisation, gate: Gate, tmp_path: Path) -> None:
    plan, folder = tmp_path / "plan.json", tmp_path / "snapshot"
    some = organisation.accounts[:2]
    only = (*READ, "--accounts", ",".join(some), "--out", str(folder))
    assert main([*only, "--plan", str(plan)]) == 0
    planned = json.loads(plan.read_text())
    ids = [each["id"] for each in planned["shards"]]
    assert f"{some[0]}/global/iam" in ids and len(ids) == len(set(ids)) and not folder.exists()
    for name in ids:
        assert main([*READ, "--out", str(folder), "--shard", name]) == 0
    gate.asked.clear()
    assert main([*only, "--resume"]) == 0
    assert not [name for name in gate.asked if name.endswith((":iam", ":s3", ":sqs"))]
    assert {each.key for each in read_manifest(folder).shards} >= {ShardKey(*name.split("/")) for name in ids}


def test_a_cluster_reads_what_a_machine_reads(organisation: Organisation, gate: Gate, tmp_path: Path) -> None:
    distributed: Any = pytest.importorskip("distributed", reason="pip install 'tenantproof[cluster]'")
    only = (*READ, "--accounts", ",".join(organisation.accounts[:3]))
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=2, processes=False, host="127.0.0.1", dashboard_address=None, protocol="tcp://"
    ) as cluster:
        assert main([*only, "--out", str(tmp_path / "far"), "--scheduler", cluster.scheduler_address]) == 0
    assert main([*only, "--out", str(tmp_path / "near")]) == 0
    far, near = read_manifest(tmp_path / "far"), read_manifest(tmp_path / "near")
    assert [(each.key, each.resources) for each in far.shards] == [(each.key, each.resources) for each in near.shards]
    assert not far.missing


def test_an_account_is_left_out_for_a_reason(
    organisation: Organisation, gate: Gate, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*READ, "--out", str(tmp_path / "s"), "--exclude-accounts", organisation.accounts[0]]) == 2
    assert "for a reason" in capsys.readouterr().err
    rest = f"{','.join(organisation.accounts[1:])},{MANAGEMENT}=sandboxes"
    assert main([*READ, "--out", str(tmp_path / "s"), "--exclude-accounts", rest]) == 0
    manifest = read_manifest(tmp_path / "s")
    assert {each.reason for each in manifest.left_out} == {"sandboxes", "the account is suspended"}


def test_an_account_of_nobody_is_told(
    organisation: Organisation, gate: Gate, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*READ, "--out", str(tmp_path / "s"), "--accounts", "000000000000"]) == 2
    assert "no account of the organization" in capsys.readouterr().err
