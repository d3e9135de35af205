from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import ANY, Stubber

from scanner.base.problem import ProblemsError
from scanner.findings.report_document import ReportDocument
from scanner.live.securityhub_client import SecurityHub
from scanner.outputs.asff import Asff
from scanner.outputs.securityhub_import import batches, send
from tests.case_names import case_name
from tests.outputs.hostile import hostile_report
from tests.outputs.sample import sample_report

ACCOUNT, REGION = "111122223333", "eu-central-1"


class Account:
    """Security Hub as AWS describes it: a finding is replaced by one of the same id, and kept when it is archived."""

    def __init__(self, account: str = ACCOUNT, region: str = REGION) -> None:
        self.account, self.region = account, region
        self.findings: dict[str, Asff] = {}
        self.calls: list[int] = []
        self.refuses: dict[str, str] = {}

    def active(self, product_arn: str, prefix: str) -> Iterator[Asff]:
        for id_, each in self.findings.items():
            if each["ProductArn"] == product_arn and id_.startswith(prefix) and each["RecordState"] == "ACTIVE":
                # What AWS adds to a finding and takes from nobody.
                yield {**each, "ProcessedAt": "2026-11-22T10:00:01Z", "ProductFields": {"aws/securityhub/x": "y"}}

    def put(self, findings: Sequence[Asff]) -> list[tuple[str, str]]:
        assert len(findings) <= 100
        assert all("ProcessedAt" not in each and "aws/" not in str(each.get("ProductFields")) for each in findings)
        self.calls.append(len(findings))
        for each in findings:
            if str(each["Id"]) not in self.refuses:
                self.findings[str(each["Id"])] = each
        return [(str(each["Id"]), self.refuses[str(each["Id"])]) for each in findings if each["Id"] in self.refuses]

    def states(self) -> list[str]:
        return [str(each["RecordState"]) for each in self.findings.values()]


def clean_report() -> ReportDocument:
    return {**sample_report(), "exit_code": 1, "errors": []}


def test_what_was_fixed_is_archived_and_the_rest_keeps_its_age() -> None:
    hub, report = Account(), clean_report()
    first = send(report, hub)
    assert (first.imported, first.archived, first.refused) == (14, 0, ())
    later = {**report, "generated_at": "2026-11-29T10:00:00Z", "findings": report["findings"][1:]}
    second = send(later, hub)  # type: ignore[arg-type]  # the same keys
    assert (second.imported, second.archived) == (13, 1)
    leak = hub.findings[f"tenantproof/default/{41:016x}"]
    assert leak["RecordState"] == "ARCHIVED" and leak["UpdatedAt"] == "2026-11-29T10:00:00Z"
    other = hub.findings[f"tenantproof/default/{100:016x}"]
    assert (other["CreatedAt"], other["UpdatedAt"]) == ("2026-11-22T10:00:00Z", "2026-11-29T10:00:00Z")


def test_what_comes_back_is_active_again() -> None:
    hub, report = Account(), clean_report()
    send(report, hub)
    send({**report, "findings": []}, hub)
    assert set(hub.states()) == {"ARCHIVED"}
    send(report, hub)
    assert set(hub.states()) == {"ACTIVE"}


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"exit_code": 2}, "not everything could be read and judged"),
        ({"exit_code": 3}, "not everything could be read and judged"),
        ({"exit_code": 130}, "not everything could be read and judged"),
        ({"options": {"select": ["storage"]}}, "only some rules were asked for (select)"),
        ({"options": {"skip": ["a"], "frameworks": ["b"]}}, "only some rules were asked for (skip, frameworks)"),
    ],
    ids=case_name,
)
def test_a_report_that_did_not_look_at_everything_archives_nothing(change: dict[str, Any], why: str) -> None:
    hub, report = Account(), clean_report()
    send(report, hub)
    sent = send({**report, "findings": [], **change}, hub)  # type: ignore[typeddict-item]  # the same keys
    assert (sent.archived, sent.incomplete) == (0, why)
    assert set(hub.states()) == {"ACTIVE"}


def test_two_sources_do_not_archive_each_others_findings() -> None:
    hub, report = Account(), clean_report()
    send(report, hub, "repo-a")
    send(report, hub, "repo-b")
    sent = send({**report, "findings": []}, hub, "repo-a")
    assert sent.archived == 14
    assert {id_ for id_, each in hub.findings.items() if each["RecordState"] == "ACTIVE"} == {
        id_ for id_ in hub.findings if id_.startswith("tenantproof/repo-b/")
    }


def test_findings_of_another_account_or_region_are_not_sent_and_counted() -> None:
    hub, report = Account(), clean_report()
    report["findings"][0]["resource"]["account"] = "999999999999"
    report["findings"][1]["resource"]["region"] = "us-east-1"
    report["findings"][2]["resource"] |= {"account": ACCOUNT, "region": REGION}
    sent = send(report, hub)
    assert (sent.imported, sent.elsewhere) == (12, 2)


def test_what_was_refused_is_not_counted_as_sent() -> None:
    hub = Account()
    id_ = f"tenantproof/default/{41:016x}"
    hub.refuses[id_] = "InvalidInput: no"
    sent = send(clean_report(), hub)
    assert sent.imported == 13 and sent.refused == ((id_, "InvalidInput: no"),)


@pytest.mark.full
def test_five_thousand_findings_go_in_batches_of_a_hundred() -> None:
    hub = Account()
    sent = send({**hostile_report(), "exit_code": 1}, hub)
    assert max(hub.calls) == 100 and sum(hub.calls) == sent.imported > 3_000
    assert len(hub.calls) == -(-sent.imported // 100)


def test_no_batch_is_larger_than_aws_takes() -> None:
    large = [{"Id": str(number), "Description": "x" * 200_000} for number in range(95)]
    sizes = [len(json.dumps(batch)) for batch in batches(large)]
    assert len(sizes) == 4 and max(sizes) < 6_000_000 + 1_000
    assert [each for batch in batches(large) for each in batch] == large


def stubbed() -> tuple[SecurityHub, Stubber]:
    client = boto3.client("securityhub", region_name=REGION)
    return SecurityHub(client, ACCOUNT, REGION), Stubber(client)


def test_the_calls_are_such_as_aws_describes_them() -> None:
    hub, stub = stubbed()
    report = clean_report()
    product = f"arn:aws:securityhub:{REGION}:{ACCOUNT}:product/{ACCOUNT}/default"
    filters = {
        "ProductArn": [{"Value": product, "Comparison": "EQUALS"}],
        "Id": [{"Value": "tenantproof/default/", "Comparison": "PREFIX"}],
        "RecordState": [{"Value": "ACTIVE", "Comparison": "EQUALS"}],
    }
    old = {
        "SchemaVersion": "2018-10-08",
        "Id": "tenantproof/default/gone",
        "ProductArn": product,
        "GeneratorId": "tenantproof/dynamodb-kms",
        "AwsAccountId": ACCOUNT,
        "CreatedAt": "2026-01-01T00:00:00Z",
        "UpdatedAt": "2026-01-01T00:00:00Z",
        "Title": "gone",
        "Description": "gone",
        "Resources": [{"Type": "Other", "Id": "gone"}],
    }
    stub.add_response("get_findings", {"Findings": [old], "NextToken": "more"}, {"Filters": filters, "MaxResults": 100})
    stub.add_response("get_findings", {"Findings": []}, {"Filters": filters, "MaxResults": 100, "NextToken": "more"})
    failed = [{"Id": "tenantproof/default/gone", "ErrorCode": "InvalidInput", "ErrorMessage": "no"}]
    answer = {"FailedCount": 1, "SuccessCount": 14, "FailedFindings": failed}
    stub.add_response("batch_import_findings", answer, {"Findings": ANY})
    with stub:
        sent = send(report, hub)
    stub.assert_no_pending_responses()
    assert (sent.imported, sent.archived) == (14, 0)
    assert sent.refused == (("tenantproof/default/gone", "InvalidInput: no"),)


def test_what_aws_denies_is_told_in_its_own_words() -> None:
    hub, stub = stubbed()
    stub.add_client_error("get_findings", "AccessDeniedException", "not authorized to perform securityhub:GetFindings")
    with stub, pytest.raises(ProblemsError) as caught:
        send(clean_report(), hub)
    assert "not authorized to perform securityhub:GetFindings" in str(caught.value)
    assert not isinstance(caught.value, ClientError)
