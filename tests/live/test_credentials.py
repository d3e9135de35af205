"""Credentials that end in the middle, clocks that are wrong, and services that throttle to the end."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from scanner.live import clients as module
from scanner.live.aws_calls import CredentialsEndedError, RefusedError, SignedOutError
from scanner.live.clients import MOST_ATTEMPTS, AwsCaller, Clients
from scanner.live.throttle import TokenBucket

botocore = pytest.importorskip("botocore.exceptions", reason="pip install boto3")
LATER = datetime.datetime(2126, 1, 1, tzinfo=datetime.UTC)


def _error(code: str) -> Exception:
    error: Exception = botocore.ClientError({"Error": {"Code": code, "Message": "no"}}, "Op")
    return error


class Service:
    """Says what it is told to, in this order, and notes whose token it was asked with."""

    def __init__(self, *says: object) -> None:
        self.says = list(says)
        self.tokens: list[str | None] = []

    def __getattr__(self, name: str) -> Any:
        def ask(**arguments: object) -> object:
            del arguments
            self.tokens.append(module._CREDENTIALS.get().get_frozen_credentials().token)
            said = self.says.pop(0)
            if isinstance(said, Exception):
                raise said
            return said

        return ask


def _session(number: int) -> dict[str, object]:
    return {
        "Credentials": {
            "AccessKeyId": "A",
            "SecretAccessKey": "s",
            "SessionToken": f"token-{number}",
            "Expiration": LATER,
        }
    }


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> tuple[Clients, dict[str, Service]]:
    services: dict[str, Service] = {}
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setattr(module, "_LONGEST_PAUSE", 0.0)
    clients = Clients(None, "1")
    monkeypatch.setattr(clients, "client", lambda service, region: services[service])
    return clients, services


def _caller(clients: Clients) -> AwsCaller:
    role = "arn:aws:iam::111122223333:role/Audit"
    return AwsCaller(clients, clients.assumed(role, None, "us-east-1"), "111122223333", "us-east-1")


@pytest.mark.parametrize("code", ["ExpiredToken", "RequestExpired"])
def test_the_session_of_a_role_that_ended_is_renewed(made: tuple[Clients, dict[str, Service]], code: str) -> None:
    clients, services = made
    services["sts"] = Service(_session(1), _session(2))
    services["sqs"] = Service(_error(code), {"QueueUrls": []})
    assert _caller(clients).call("sqs", "list_queues") == {"QueueUrls": []}
    assert services["sqs"].tokens == ["token-1", "token-2"]


def test_a_session_that_ends_at_once_again_is_the_accounts_end(made: tuple[Clients, dict[str, Service]]) -> None:
    clients, services = made
    services["sts"] = Service(_session(1), _session(2))
    services["sqs"] = Service(_error("ExpiredToken"), _error("ExpiredToken"))
    with pytest.raises(CredentialsEndedError) as raised:
        _caller(clients).call("sqs", "list_queues")
    assert not isinstance(raised.value, SignedOutError)


def test_credentials_that_can_assume_nothing_any_more_are_the_end_of_all(
    made: tuple[Clients, dict[str, Service]],
) -> None:
    clients, services = made
    services["sts"] = Service(_session(1), _error("ExpiredToken"))
    services["sqs"] = Service(_error("ExpiredToken"))
    with pytest.raises(SignedOutError, match="--resume"):
        _caller(clients).call("sqs", "list_queues")


def test_a_clock_that_is_wrong_is_said_to_be(made: tuple[Clients, dict[str, Service]]) -> None:
    clients, services = made
    services["sqs"] = Service(_error("RequestTimeTooSkewed"))
    with pytest.raises(CredentialsEndedError, match="clock"):
        AwsCaller(clients, clients.own, "111122223333", "us-east-1").call("sqs", "list_queues")


def test_what_throttles_to_the_end_is_asked_less_often(
    made: tuple[Clients, dict[str, Service]], monkeypatch: pytest.MonkeyPatch
) -> None:
    clients, services = made
    monkeypatch.setattr(clients, "bucket", lambda *_: bucket)
    bucket = TokenBucket(sleep=lambda _: None)
    services["sqs"] = Service(*[_error("ThrottlingException") for _ in range(50)])
    caller = AwsCaller(clients, clients.own, "111122223333", "us-east-1")
    asked: list[int] = []
    for _ in range(5):
        before = caller.calls
        with pytest.raises(RefusedError, match="ThrottlingException"):
            caller.call("sqs", "list_queues")
        asked.append(caller.calls - before)
    assert asked == [MOST_ATTEMPTS, MOST_ATTEMPTS // 2, MOST_ATTEMPTS // 4, 1, 1]
    services["sqs"] = Service({}, *[_error("ThrottlingException") for _ in range(MOST_ATTEMPTS)])
    caller.call("sqs", "list_queues")
    assert bucket.attempts(MOST_ATTEMPTS) == MOST_ATTEMPTS
