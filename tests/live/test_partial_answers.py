"""Answers that are whole by their form and leave something out: what is not told is not absent, nobody is judged by it.

Labelled from AWS's documents before they were run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from scanner.base.problem import ProblemsError
from scanner.live import snapshot_run
from scanner.live.accounts import switched_on
from scanner.live.aws_calls import Answer, CredentialsEndedError, RefusedError
from scanner.live.collector import Where, collect
from scanner.live.organization import read_organization
from scanner.live.services import SERVICES
from scanner.snapshots.lines import Failed, Line, Listed, Seen
from scanner.snapshots.redaction import Redaction

HERE = Where("111122223333", "us-east-1")
ENDED = CredentialsEndedError("no", "InvalidToken")


class Caller:
    """Answers by operation; a list are the answers one after the other, the last again and again. Errors are raised."""

    def __init__(self, answers: Mapping[str, Any]) -> None:
        self._answers = {key: [*value] if isinstance(value, list) else [value] for key, value in answers.items()}
        self.asked: list[str] = []

    def call(self, service: str, operation: str, /, **arguments: object) -> Answer:
        del service
        self.asked.append(operation)
        several = self._answers.get(operation)
        if several is None:
            raise RefusedError("AccessDenied", "no")
        answer = several.pop(0) if len(several) > 1 else several[0]
        if callable(answer):
            answer = answer(**arguments)
        if isinstance(answer, Exception):
            raise answer
        found: Answer = answer
        return found


def lines(name: str, answers: Mapping[str, Any]) -> list[Line]:
    service = next(each for each in SERVICES if each.name == name)
    return [*collect(service, Caller(answers), HERE, Redaction(b"k" * 32))]


def seen(found: list[Line], kind: str) -> list[Seen]:
    return [each for each in found if isinstance(each, Seen) and each.type == kind]


def unread(found: list[Line], kind: str) -> bool:
    return any(isinstance(each, Listed) and each.type == kind and each.unread is not None for each in found)


def failed(found: list[Line], call: str) -> list[str]:
    return [each.why.detail for each in found if isinstance(each, Failed) and each.call == call]


# --- what was looked up by its name and is not found was deleted since

CLUSTER = "arn:aws:ecs:us-east-1:111122223333:cluster/clinic"
SERVICE = "arn:aws:ecs:us-east-1:111122223333:service/clinic/api"
MISSING = [{"arn": CLUSTER, "reason": "MISSING"}]


def test_a_cluster_that_is_missing_when_it_is_described_is_gone() -> None:
    found = lines(
        "ecs", {"list_clusters": {"clusterArns": [CLUSTER]}, "describe_clusters": {"clusters": [], "failures": MISSING}}
    )
    assert not seen(found, "AWS::ECS::Cluster") and not failed(found, "ecs:DescribeClusters")


def test_a_service_that_is_missing_when_it_is_described_is_gone() -> None:
    answers = {
        "list_clusters": {"clusterArns": [CLUSTER]},
        "describe_clusters": {"clusters": [{"clusterArn": CLUSTER}]},
        "list_services": {"serviceArns": [SERVICE]},
        "describe_services": {"services": [], "failures": [{"arn": SERVICE, "reason": "MISSING"}]},
    }
    found = lines("ecs", answers)
    assert seen(found, "AWS::ECS::Cluster") and not seen(found, "AWS::ECS::Service")


TOPIC = "arn:aws:sns:us-east-1:111122223333:visits"
MACHINE = "arn:aws:states:us-east-1:111122223333:stateMachine:visits"


@pytest.mark.parametrize(
    ("service", "kind", "answers"),
    [
        (
            "sns",
            "AWS::SNS::Topic",
            {
                "list_topics": {"Topics": [{"TopicArn": TOPIC}]},
                "get_topic_attributes": {"Attributes": {"TopicArn": TOPIC}},
                "list_tags_for_resource": RefusedError("ResourceNotFound", "Resource does not exist"),
            },
        ),
        (
            "stepfunctions",
            "AWS::StepFunctions::StateMachine",
            {
                "list_state_machines": {"stateMachines": [{"stateMachineArn": MACHINE, "name": "visits"}]},
                "describe_state_machine": {"stateMachineArn": MACHINE, "name": "visits", "definition": "{}"},
                "list_tags_for_resource": RefusedError("ResourceNotFound", "Resource not found"),
            },
        ),
    ],
)
def test_what_is_deleted_before_its_tags_are_asked_for_is_gone(
    service: str, kind: str, answers: Mapping[str, Any]
) -> None:
    """The errors of the tagging operations have names of their own."""
    found = lines(service, answers)
    assert not seen(found, kind) and not [each for each in found if isinstance(each, Failed) and "Tags" in each.call]


def test_a_pool_without_threat_protection_has_no_risk_configuration() -> None:
    """DescribeRiskConfiguration is refused there; it counted as a call that failed."""
    pool = {"Id": "us-east-1_a", "Name": "clinic", "MfaConfiguration": "ON"}
    answers = {
        "list_user_pools": {"UserPools": [pool]},
        "describe_user_pool": {"UserPool": pool},
        "get_user_pool_mfa_config": {"MfaConfiguration": "ON"},
        "list_user_pool_clients": {"UserPoolClients": []},
        "describe_risk_configuration": RefusedError("UserPoolAddOnNotEnabledException", "no add-on"),
    }
    found = lines("cognito-idp", answers)
    assert len(seen(found, "AWS::Cognito::UserPool")) == 1
    assert not seen(found, "AWS::Cognito::UserPoolRiskConfigurationAttachment")
    assert not failed(found, "cognito-idp:DescribeRiskConfiguration")
    denied = lines("cognito-idp", {**answers, "describe_risk_configuration": RefusedError("AccessDenied", "no")})
    assert failed(denied, "cognito-idp:DescribeRiskConfiguration")


def test_a_project_that_is_not_found_is_gone() -> None:
    found = lines(
        "codebuild",
        {"list_projects": {"projects": ["x"]}, "batch_get_projects": {"projects": [], "projectsNotFound": ["x"]}},
    )
    assert not seen(found, "AWS::CodeBuild::Project") and not unread(found, "AWS::CodeBuild::Project")


def test_projects_that_may_not_be_read_are_unknown() -> None:
    found = lines("codebuild", {"list_projects": {"projects": ["x"]}})
    (project,) = seen(found, "AWS::CodeBuild::Project")
    assert {why.cause for _, why in project.unknown} == {"access-denied"}


# --- what a service answers where nobody has set it up


@pytest.mark.parametrize("code", ["AccessGrantsInstanceNotExistsError", "AccessGrantsInstanceNotFound"])
def test_an_account_without_access_grants_has_none(code: str) -> None:
    none = RefusedError(code, "Access Grants Instance does not exist")
    answers = {
        "list_access_points": {"AccessPointList": []},
        "list_access_grants": none,
        "list_access_grants_locations": none,
    }
    found = lines("s3control", answers)
    assert not [each for each in found if isinstance(each, Failed | Seen)]
    assert {each.type for each in found if isinstance(each, Listed) and each.unread is None} >= {
        "AWS::S3::AccessGrant",
        "AWS::S3::AccessGrantsLocation",
    }


def test_access_grants_that_are_denied_are_a_gap() -> None:
    found = lines("s3control", {"list_access_points": {"AccessPointList": []}})
    assert unread(found, "AWS::S3::AccessGrant") and unread(found, "AWS::S3::AccessGrantsLocation")


def test_an_account_whose_status_failed_is_not_an_account_without_the_service() -> None:
    answer = {"accounts": [], "failedAccounts": [{"accountId": "111122223333", "errorCode": "ACCESS_DENIED"}]}
    found = lines("account", {"batch_get_account_status": answer})
    (inspector,) = [each for each in seen(found, "AWS::::Account") if "Inspector" in each.properties]
    assert {path[0] for path, _ in inspector.unknown} == {"Inspector"}
    assert failed(found, "inspector2:BatchGetAccountStatus")


def test_a_key_whose_manager_is_not_told_is_not_passed_over() -> None:
    for metadata, kept in (
        ({"KeyManager": "CUSTOMER"}, 1),
        ({"KeyManager": "AWS"}, 0),
        ({"KeyManager": None}, 1),
        ({}, 1),
    ):
        found = lines("kms", {"list_keys": {"Keys": [{"KeyId": "k"}]}, "describe_key": {"KeyMetadata": metadata}})
        assert len(seen(found, "AWS::KMS::Key")) == kept, metadata


# --- the token of a page, and that of a session


def _machines(second: object) -> dict[str, Any]:
    machine = {"stateMachineArn": "arn:aws:states:us-east-1:111122223333:stateMachine:m", "name": "m"}

    def listed(**arguments: object) -> object:
        return second if "nextToken" in arguments else {"stateMachines": [machine], "nextToken": "t"}

    return {"list_state_machines": listed}


def test_a_page_token_that_is_not_taken_ends_its_list_and_nothing_else() -> None:
    found = lines("stepfunctions", _machines(ENDED))
    assert unread(found, "AWS::StepFunctions::StateMachine")
    assert len(seen(found, "AWS::StepFunctions::StateMachine")) == 1
    assert failed(found, "states:ListStateMachines") == ["`states:ListStateMachines` failed with `InvalidToken`"]


def test_a_session_that_ends_between_two_pages_ends_the_run() -> None:
    machine = _machines(ENDED)["list_state_machines"]()
    with pytest.raises(CredentialsEndedError):
        lines("stepfunctions", {"list_state_machines": [machine, ENDED, ENDED]})


@pytest.mark.parametrize("code", ["ExpiredToken", "UnrecognizedClientException"])
def test_other_codes_of_credentials_are_no_page_tokens(code: str) -> None:
    with pytest.raises(CredentialsEndedError):
        lines("stepfunctions", _machines(CredentialsEndedError("no", code)))


def test_credentials_that_end_at_the_first_page_end_the_run() -> None:
    with pytest.raises(CredentialsEndedError):
        lines("stepfunctions", {"list_state_machines": ENDED})


# --- lists with holes


@pytest.mark.parametrize("items", [[{}], [{"Name": ""}], [{"Name": 7}], ["x"]])
def test_what_has_no_name_makes_its_list_a_gap(items: list[object]) -> None:
    found = lines("athena", {"list_work_groups": {"WorkGroups": items}})
    assert not seen(found, "AWS::Athena::WorkGroup")
    assert unread(found, "AWS::Athena::WorkGroup"), items


def test_one_without_a_name_hides_no_other() -> None:
    groups = [{"Name": "a"}, {}, {"Name": "b"}]
    found = lines("athena", {"list_work_groups": {"WorkGroups": groups}, "get_work_group": {"WorkGroup": {}}})
    assert [each.id for each in seen(found, "AWS::Athena::WorkGroup")] == ["a", "b"]
    assert unread(found, "AWS::Athena::WorkGroup")


# --- an organisation, whoever asks and wherever


WHOLE: dict[str, Any] = {
    "describe_organization": {
        "Organization": {
            "Id": "o-1",
            "MasterAccountId": "111122223333",
            "Arn": "arn:aws:organizations::1:organization/o-1",
        }
    },
    "list_accounts": {"Accounts": [{"Id": "111122223333", "Name": "clinic", "Status": "ACTIVE"}]},
    "list_roots": {"Roots": [{"Id": "r-1"}]},
    "list_accounts_for_parent": {"Accounts": [{"Id": "111122223333"}]},
    "list_organizational_units_for_parent": {"OrganizationalUnits": []},
    "list_policies": {"Policies": [{"Id": "p-1", "Name": "deny"}]},
    "describe_policy": {"Policy": {"Content": "{}"}},
    "list_targets_for_policy": {"Targets": [{"TargetId": "r-1"}]},
}


@pytest.mark.parametrize(
    ("operation", "answer"),
    [
        ("describe_organization", {}),
        ("describe_organization", {"Organization": None}),
        ("list_accounts", {"Accounts": [{"Name": "nameless"}]}),
    ],
)
def test_an_organisation_that_is_not_told_ends_the_run_in_a_sentence(operation: str, answer: object) -> None:
    with pytest.raises(RefusedError, match="is missing"):
        read_organization(Caller({**WHOLE, operation: answer}))


@pytest.mark.parametrize(
    ("operation", "answer", "kind"),
    [
        ("list_roots", {"Roots": [{}]}, "AWS::Organizations::OrganizationalUnit"),
        ("list_accounts_for_parent", {"Accounts": [{}]}, "AWS::Organizations::OrganizationalUnit"),
        (
            "list_organizational_units_for_parent",
            {"OrganizationalUnits": [{}]},
            "AWS::Organizations::OrganizationalUnit",
        ),
        ("list_policies", {"Policies": [{"Name": "deny"}]}, "AWS::Organizations::Policy"),
    ],
)
def test_what_an_organisation_leaves_out_is_a_gap(operation: str, answer: object, kind: str) -> None:
    found = [*read_organization(Caller({**WHOLE, operation: answer})).lines]
    assert unread(found, kind)


@pytest.mark.parametrize("answer", [{"Targets": [{}]}, RefusedError("AccessDenied")], ids=["nameless", "denied"])
def test_targets_of_a_policy_that_are_not_told_are_unknown(answer: object) -> None:
    found = [*read_organization(Caller({**WHOLE, "list_targets_for_policy": answer})).lines]
    for policy in seen(found, "AWS::Organizations::Policy"):
        assert [path for path, _ in policy.unknown] == [("TargetIds",)]


def test_lists_that_are_null_are_empty() -> None:
    found = [*read_organization(Caller({**WHOLE, "list_policies": {"Policies": None}})).lines]
    assert not seen(found, "AWS::Organizations::Policy") and not unread(found, "AWS::Organizations::Policy")


@pytest.mark.parametrize("answer", [{}, {"Regions": None}, {"Regions": [{}]}, {"Regions": [{"Endpoint": "x"}]}])
def test_regions_that_are_not_told_are_an_error(answer: object) -> None:
    with pytest.raises(RefusedError, match="is missing"):
        switched_on(Caller({"describe_regions": answer}))


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"Account": "111122223333"},
        {"Account": "1", "Arn": "arn:aws:iam::1:root"},
        {"Account": "111122223333", "Arn": "x"},
    ],
)
def test_an_identity_that_is_not_told_is_an_error_and_no_crash(monkeypatch: pytest.MonkeyPatch, answer: object) -> None:
    made: Callable[..., Caller] = lambda *_: Caller({"get_caller_identity": answer})  # noqa: E731  # a stand-in
    monkeypatch.setattr(snapshot_run, "AwsCaller", made)
    with pytest.raises(ProblemsError, match="the credentials open nothing"):
        snapshot_run.identity(None, None, "us-east-1")  # type: ignore[arg-type]  # the stand-in looks at neither
