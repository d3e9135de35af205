"""What history says after a gap: what was not read is neither new nor fixed, before, in and after it."""

from __future__ import annotations

import contextlib
import io
import os
import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from scanner.cli.main import main
from tests.live.fault_table import told
from tests.live.faulty import Answer, Fault, Server, faulty_moto

boto3 = pytest.importorskip("boto3")
pytestmark = pytest.mark.full
HERE, THERE = "us-east-1", "eu-west-1"
DENIED = told("AccessDenied", 403)
NOTHING = "0 new, 0 fixed"


@pytest.fixture(scope="module")
def started() -> Iterator[Server]:
    with faulty_moto() as made:
        yield made


@pytest.fixture
def server(started: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Server]:
    import urllib.request

    urllib.request.urlopen(urllib.request.Request(f"{started.url}/moto-api/reset", method="POST")).close()
    monkeypatch.setenv("AWS_ENDPOINT_URL", started.url)
    monkeypatch.setenv("AWS_DEFAULT_REGION", HERE)
    monkeypatch.chdir(tmp_path)
    yield started
    started.fault = lambda env, body: None


def queue(region: str = HERE) -> str:
    made = boto3.client("sqs", region_name=region)
    return str(made.create_queue(QueueName="plain", Attributes={"SqsManagedSseEnabled": "false"})["QueueUrl"])


def mend(server: Server) -> None:
    del server
    url = boto3.client("sqs").get_queue_url(QueueName="plain")["QueueUrl"]
    boto3.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"SqsManagedSseEnabled": "true"})


def delete(server: Server) -> None:
    del server
    boto3.client("sqs").delete_queue(QueueUrl=boto3.client("sqs").get_queue_url(QueueName="plain")["QueueUrl"])


def nothing(server: Server) -> None:
    del server


def make(server: Server) -> None:
    del server
    queue()


def refuse(operation: str, answer: Answer = DENIED) -> Callable[[Server], None]:
    fault: Fault = lambda env, body: answer if env.get("HTTP_X_AMZ_TARGET", "").endswith(operation) else None  # noqa: E731  # its type is declared

    def put(server: Server) -> None:
        server.fault = fault

    return put


def audit(number: int, *asked: str) -> str:
    chosen = asked or ("--services", "sqs", "--regions", HERE)
    said = io.StringIO()
    words = ("--select", "sqs-encrypted", "--history", "h.db", "--out", str(number), "--format", "csv=r.csv")
    with contextlib.redirect_stderr(said):
        main(["audit", *words, *chosen])
    found = re.search(r"\d+ new, \d+ fixed(?:, \d+ gone)?", said.getvalue())
    return found[0] if found else said.getvalue()[-300:]


# Before each audit after the first what is done, and what its history must say. Labelled before they were run.
Step = tuple[Callable[[Server], None], str]
GAPS: dict[str, list[Step]] = {
    "a list is denied and comes back": [(refuse("ListQueues"), NOTHING), (nothing, NOTHING)],
    "it was mended in the gap": [(refuse("ListQueues"), NOTHING), (mend, "0 new, 1 fixed")],
    "it was deleted in the gap": [(refuse("ListQueues"), NOTHING), (delete, "0 new, 0 fixed, 1 gone")],
    "two gaps": [(refuse("ListQueues"), NOTHING), (refuse("ListQueues"), NOTHING), (mend, "0 new, 1 fixed")],
    "what is read of each is denied": [(refuse("GetQueueAttributes"), NOTHING), (nothing, NOTHING)],
    "of each, and it was mended": [(refuse("GetQueueAttributes"), NOTHING), (mend, "0 new, 1 fixed")],
    "of each, and it was deleted": [(refuse("GetQueueAttributes"), NOTHING), (delete, "0 new, 0 fixed, 1 gone")],
    "a list, then what is read of each": [
        (refuse("ListQueues"), NOTHING),
        (refuse("GetQueueAttributes"), NOTHING),
        (nothing, NOTHING),
    ],
    "no answer": [(refuse("ListQueues", (200, "text/html", b"<html/>")), NOTHING), (nothing, NOTHING)],
    "a mended one comes back": [(mend, "0 new, 1 fixed"), (refuse("ListQueues"), NOTHING), (nothing, NOTHING)],
    "a deleted one is made again": [(delete, "0 new, 0 fixed, 1 gone"), (make, "1 new, 0 fixed")],
}  # fmt: skip


# Each takes three audits: some of them, the same each time, and all where it is set (`make fuzz`).
EVERY = bool(os.environ.get("TENANTPROOF_EVERY_GAP"))
SOME = [*GAPS] if EVERY else random.Random(24).sample(sorted(GAPS), 2)


@pytest.mark.parametrize("name", SOME)
def test_a_gap_is_neither_new_nor_fixed(server: Server, name: str) -> None:
    queue()
    assert audit(0) == "1 new, 0 fixed"
    for number, (change, wanted) in enumerate(GAPS[name], 1):
        server.fault = lambda env, body: None
        change(server)
        assert audit(number) == wanted, number


@pytest.mark.skipif(not EVERY, reason="takes long; runs with `make fuzz`")
def test_what_was_made_in_a_gap_is_new_after_it(server: Server) -> None:
    assert audit(0) == NOTHING
    refuse("ListQueues")(server)
    assert audit(1) == NOTHING
    server.fault = lambda env, body: None
    queue()
    assert audit(2) == "1 new, 0 fixed"


@pytest.mark.skipif(not EVERY, reason="takes long; runs with `make fuzz`")
def test_a_region_or_service_that_was_not_asked_for_is_a_gap(server: Server) -> None:
    queue()
    queue(THERE)
    both = ("--services", "sqs", "--regions", f"{HERE},{THERE}")
    assert audit(0, *both) == "2 new, 0 fixed"
    assert audit(1, "--services", "sqs", "--regions", HERE) == NOTHING
    assert audit(2, *both) == NOTHING
    assert audit(3, "--services", "sns", "--regions", HERE) == NOTHING
    assert audit(4, *both) == NOTHING


@pytest.mark.skipif(not EVERY, reason="takes long; runs with `make fuzz`")
def test_a_run_whose_credentials_end_is_a_gap(server: Server) -> None:
    queue()
    assert audit(0) == "1 new, 0 fixed"
    ended = told("ExpiredTokenException", 400)
    server.fault = lambda env, body: ended if env.get("HTTP_X_AMZ_TARGET", "").endswith("ListQueues") else None
    assert audit(1) == NOTHING
    server.fault = lambda env, body: None
    assert audit(2) == NOTHING
    mend(server)
    assert audit(3) == "0 new, 1 fixed"
