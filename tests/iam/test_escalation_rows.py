"""What leads from one role to another: every name is AWS's, and what no row knows stays open."""

from __future__ import annotations

import json

import pytest

from scanner.iam.catalogue import catalogue
from scanner.iam.escalation_rows import escalation_rows
from scanner.shipped_data import data_file

ROWS = json.loads(data_file("escalation_rows.json").read_bytes())


def _named() -> list[str]:
    names = [name for _, several in ROWS["launches"].values() for name in several]
    names += [*ROWS["changes"], *ROWS["perhaps"], *ROWS["commands"], *ROWS["beside"], *ROWS["identity_more"]]
    names += [name for several in ROWS["elsewhere"].values() for name in several]
    names += [f"iam:{name}" for name in ROWS["iam"]]
    for kind in ("kept", "identity_kept", "http"):
        names += [f"{prefix}:{name}" for prefix, several in ROWS[kind].items() for name in several]
    return names


def test_every_row_names_an_action_as_aws_spells_it() -> None:
    odd = [name for name in _named() if (known := catalogue().action(name)) is None or known.name != name]
    assert not odd


def test_every_row_that_decides_has_a_document() -> None:
    documents = [document for document, _ in ROWS["launches"].values()]
    documents += [*ROWS["changes"].values(), *ROWS["perhaps"].values()]
    assert all(each.startswith("https://docs.aws.amazon.com/") for each in documents)


@pytest.mark.parametrize(
    ("service", "action"),
    [
        ("glue.amazonaws.com", "glue:CreateCrawler"),
        ("events.amazonaws.com", "events:PutTargets"),
        ("batchoperations.s3.amazonaws.com", "s3:PutReplicationConfiguration"),
        ("states.us-east-1.amazonaws.com", "states:CreateStateMachine"),
        ("lambda.amazonaws.com.cn", "lambda:CreateFunction"),
        ("ec2.amazonaws.com", "iam:AddRoleToInstanceProfile"),
        ("apigateway.amazonaws.com", "apigateway:PATCH"),
        ("new-service.amazonaws.com", "transfer:CreateUser"),
    ],
)
def test_a_service_is_handed_roles_by_its_own_actions(service: str, action: str) -> None:
    assert action in escalation_rows().handing_over(service)


def test_what_reads_hands_nothing_over_and_what_is_sure_is_not_open() -> None:
    rows = escalation_rows()
    for service in ROWS["launches"]:
        assert not set(rows.launching(service)) & set(rows.handing_over(service))
    everything = rows.handing_over("new-service.amazonaws.com")
    assert {catalogue().action(name).access_level for name in everything} <= {  # type: ignore[union-attr]  # all are known
        "Write",
        "Permissions management",
        "Tagging",
    }


def test_writes_of_iam_are_open_unless_a_row_calls_them_harmless() -> None:
    open_ones = set(escalation_rows().on_principals())
    assert {"iam:CreateAccessKey", "iam:PutUserPolicy", "iam:UpdateAssumeRolePolicy"} <= open_ones
    assert not {"iam:CreateServiceLinkedRole", "iam:PassRole", "iam:GetRole"} & open_ones


def test_what_changes_code_is_told_from_what_uses_it() -> None:
    names = ["lambda:UpdateFunctionCode", "lambda:InvokeFunction", "lambda:AddPermission", "lambda:GetFunction"]
    assert escalation_rows().changing(names) == (("lambda:UpdateFunctionCode",), ())
    assert escalation_rows().changing(["glue:StartJobRun", "glue:UpdateJob"]) == (
        (),
        ("glue:StartJobRun", "glue:UpdateJob"),
    )
