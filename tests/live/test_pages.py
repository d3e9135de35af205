"""Lists that go on: pages that lead nowhere, stop in the middle or are cut are gaps; what was told before is kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from scanner.live import collector as engine
from scanner.live.aws_calls import ENDLESS, RefusedError
from scanner.live.collector import MOST_IDLE, Where, collect
from scanner.live.collector_table import Service
from scanner.live.organization import read_organization
from scanner.live.services.kms import KMS
from scanner.live.services.sqs import SQS
from scanner.snapshots.lines import Failed, Line, Listed, Seen
from scanner.snapshots.redaction import Redaction

HERE = Where("111122223333", "eu-central-1")
URL = "https://sqs.eu-central-1.amazonaws.com/111122223333/"
DENIED = RefusedError("AccessDenied")


class Pages:
    """Answers one operation page by page, and every other one as told."""

    def __init__(self, operation: str, pages: Iterator[Any], **others: Any) -> None:
        self._operation = operation
        self._pages = pages
        self._others = others
        self.asked = 0

    def call(self, service: str, operation: str, /, **arguments: object) -> Mapping[str, Any]:
        if operation == self._operation:
            self.asked += 1
        answer = next(self._pages) if operation == self._operation else self._others.get(operation, {})
        if isinstance(answer, Exception):
            raise answer
        found: Mapping[str, Any] = answer
        return found


def read(service: Service, pages: Pages) -> list[Line]:
    return [*collect(service, pages, HERE, Redaction(b"key"))]


def unread(lines: list[Line], kind: str) -> str:
    (why,) = {line.unread for line in lines if isinstance(line, Listed) and line.type == kind}
    return why.detail if why is not None else ""


def seen(lines: list[Line], kind: str) -> list[str]:
    return [line.id for line in lines if isinstance(line, Seen) and line.type == kind]


def queues(*names: str, token: str | None = None) -> dict[str, Any]:
    return {"QueueUrls": [URL + name for name in names], **({"NextToken": token} if token else {})}


ATTRIBUTES = {"get_queue_attributes": {"Attributes": {"QueueArn": "arn:aws:sqs:eu-central-1:111122223333:a"}}}


def test_an_empty_page_in_the_middle_is_not_the_end() -> None:
    pages = Pages("list_queues", iter([queues("a", token="1"), {"NextToken": "2"}, queues("b")]), **ATTRIBUTES)
    lines = read(SQS, pages)
    assert len(seen(lines, "AWS::SQS::Queue")) == 2 and unread(lines, "AWS::SQS::Queue") == ""


def test_tokens_that_are_ever_new_end_in_a_gap() -> None:
    pages = Pages("list_queues", (queues("a", token=str(number)) for number in range(10**9)), **ATTRIBUTES)
    lines = read(SQS, pages)
    assert pages.asked <= MOST_IDLE + 2
    assert "was not read to its end: 50" in unread(lines, "AWS::SQS::Queue")
    assert seen(lines, "AWS::SQS::Queue")
    assert [each.call for each in lines if isinstance(each, Failed)] == ["sqs:ListQueues"]


def test_ever_new_items_are_bounded_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "MOST_PAGES", 40)
    pages = Pages("list_queues", (queues(f"a{number}", token=str(number)) for number in range(10**9)), **ATTRIBUTES)
    lines = read(SQS, pages)
    assert pages.asked == 41 and "41 pages were read" in unread(lines, "AWS::SQS::Queue")


def test_a_page_that_leads_back_is_a_gap() -> None:
    pages = Pages("list_queues", (queues("a", token="1") for _ in range(9)), **ATTRIBUTES)
    assert "leads back" in unread(read(SQS, pages), "AWS::SQS::Queue")


@pytest.mark.parametrize("error", [DENIED, RefusedError("NotAnAnswer", "a page came back"), RefusedError("Throttling")])
def test_a_list_that_fails_in_the_middle_keeps_what_it_told_and_is_a_gap(error: RefusedError) -> None:
    pages = Pages("list_queues", iter([queues("a", token="1"), error]), **ATTRIBUTES)
    lines = read(SQS, pages)
    assert len(seen(lines, "AWS::SQS::Queue")) == 1 and unread(lines, "AWS::SQS::Queue") != ""


def test_a_page_that_says_it_is_cut_and_not_how_to_go_on_is_a_gap() -> None:
    cut = {"Keys": [{"KeyId": "k", "KeyArn": "arn:aws:kms:eu-central-1:111122223333:key/k"}], "Truncated": True}
    lines = read(KMS, Pages("list_keys", iter([cut]), describe_key={"KeyMetadata": {"KeyId": "k"}}))
    assert "says that there are more" in unread(lines, "AWS::KMS::Key")


def test_an_error_that_means_none_means_it_on_the_first_page_only() -> None:
    """The other pages of what was there a moment ago cannot be none."""
    from scanner.live.collector_table import Call, Collector, Detail, Paging, Part

    paged = Detail("list_things", items="Things", paging=Paging("NextToken", "NextToken"), absent=("NoSuchThing",))
    service = Service(
        "made",
        (
            Collector(
                Call("list_all", items="All"), Part("AWS::Made::Up", "item", {"Things": "t"}, details={"t": paged})
            ),
        ),
    )
    for answers, known in (
        ([RefusedError("NoSuchThing")], True),
        ([{"Things": [1], "NextToken": "n"}, RefusedError("NoSuchThing")], False),
    ):
        (line,) = [
            each
            for each in read(service, Pages("list_things", iter(answers), list_all={"All": ["x"]}))
            if isinstance(each, Seen)
        ]
        assert (line.unknown == []) is known


def test_accounts_of_an_organisation_that_do_not_end_are_told() -> None:
    endless = ({"Accounts": [], "NextToken": str(number)} for number in range(10**9))
    about = {"Organization": {"Id": "o-1", "Arn": "arn:aws:organizations::111122223333:organization/o-1"}}
    with pytest.raises(RefusedError) as caught:
        read_organization(Pages("list_accounts", endless, describe_organization=about))
    assert caught.value.code == ENDLESS
