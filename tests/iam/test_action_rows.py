"""Rows of actions: each names one action of the catalogue, a reason of the closed list and a document of AWS."""

from __future__ import annotations

import re

import pytest
from botocore.session import get_session

from scanner.iam.action_rows import action_rows, unlisted_operations
from scanner.iam.catalogue import catalogue
from scanner.iam.resource_arns import resource_arns, untyped

ROWS = action_rows()


def test_each_row_names_one_action_that_the_catalogue_has() -> None:
    for row in ROWS.rows():
        assert re.fullmatch(r"[a-z0-9-]+:[A-Za-z0-9]+", row.action)
        known = catalogue().action(row.action)
        assert known is not None, row.action
        assert known.name == row.action


def test_each_harmless_row_has_a_reason_of_the_closed_list_and_a_document() -> None:
    for row in ROWS.rows():
        assert row.document.startswith("https://docs.aws.amazon.com/"), row
        if row.verdict == "harmless":
            assert row.reason in ROWS.reasons


def test_no_harmless_row_is_of_an_action_that_destroys_or_opens() -> None:
    """What grants, tags, deletes, exports, restores, shares or copies is never harmless, whatever its access level."""
    forbidden = re.compile(
        ":(Delete|Put.*Policy|Set|Grant|Share|Export(?!BackupPlanTemplate)|Import|Restore|Copy|Start|Invoke|Execute|Attach|"
        "Associate|Tag|Untag|Replicate|Get.*(Secret|Password|Credential|AuthToken)|Decrypt|Download)"
    )
    found = {row.action for row in ROWS.rows() if row.verdict == "harmless" and row.reason != "not-iam"}
    wrong = {action for action in found if forbidden.search(action)}
    assert wrong <= {
        "s3:DeleteBucket",  # refused while the bucket holds anything
        "secretsmanager:BatchGetSecretValue",  # needs GetSecretValue on each secret
        "secretsmanager:GetRandomPassword",  # a random text
        "iam:GetAccountPasswordPolicy",  # rules for passwords
    }, wrong
    for action in found:
        known = catalogue().action(action)
        assert known is not None
        assert known.access_level not in ("Tagging", "Permissions management") or action in (
            "secretsmanager:ValidateResourcePolicy",  # checks a text
            "s3:ObjectOwnerOverrideToBucketOwner",  # part of a replication, which is asked
        ), action


@pytest.mark.parametrize(
    "action",
    [
        "s3:CreateJob", "states:RevealSecrets", "bedrock:RetrieveAndGenerate", "config:SelectResourceConfig",
        "lakeformation:GetDataAccess", "cognito-identity:SetPrincipalTagAttributeMap", "lambda:ListFunctions",
        "appsync:ListApiKeys", "ssm:GetCommandInvocation", "redshift-data:GetStatementResult",
        "aoss:CreateAccessPolicy", "ecr:PutRegistryPolicy", "dynamodb:StartBulkPutItems", "nonsense:DoIt",
    ],
)  # fmt: skip
def test_what_looks_like_metadata_and_is_not_is_not_modelled(action: str) -> None:
    assert ROWS.judged(action).verdict == "not-modelled"


@pytest.mark.parametrize(
    "action",
    [
        "cognito-idp:DescribeUserPoolClient", "cognito-idp:DescribeIdentityProvider", "ec2:DescribeInstanceAttribute",
        "ec2:GetPasswordData", "ec2:GetConsoleOutput", "lambda:GetFunctionConfiguration", "lambda:GetFunction",
        "medical-imaging:GetImageSetMetadata", "s3:GetBucketAnything", "sns:ListSubscriptionsByTopic",
        "dynamodb:ExportTableToPointInTime", "kms:CreateGrant", "kms:ReplicateKey", "rds:DownloadCompleteDBLogFile",
        "secretsmanager:ReplicateSecretToRegions", "sqs:TagQueue", "states:DescribeExecution", "athena:GetQueryResults",
    ],
)  # fmt: skip
def test_what_gives_out_opens_copies_or_retags_is_asked(action: str) -> None:
    expected = "not-modelled" if catalogue().action(action) is None else "asked"
    assert ROWS.judged(action).verdict == expected


def test_every_action_on_nothing_of_a_service_with_rows_is_judged() -> None:
    for prefix in {row.action.partition(":")[0] for row in ROWS.rows()}:
        for action in untyped(prefix):
            assert ROWS.judged(action.name).verdict in ("harmless", "not-modelled")


def test_listings_and_doors_name_what_exists() -> None:
    forms = {form.arn: form for form in resource_arns().forms()}
    for listing in ROWS.listings:
        assert listing.above in forms
        assert listing.below in forms
        assert listing.action in {each.action.name for each in resource_arns().actions(forms[listing.above])}
    for door in ROWS.doors:
        assert catalogue().action(door.action) is not None
        assert ROWS.judged(door.action).verdict == "not-modelled"
    for door in ROWS.further_doors:
        known = catalogue().action(door.action)
        assert known is not None
        assert any(each.arn.startswith("arn:") for each in known.resources), door.action
        assert door.document.startswith("https://docs.aws.amazon.com/")


@pytest.mark.parametrize(
    "action",
    [
        "dynamodb:StartBulkPutItems", "kinesis:ReceiveQueueRecords", "secretsmanager:AssociateCrossAccountReplica",
        "s3tables:StartTableMigration", "sts:GetScopedCredentials",
    ],
)  # fmt: skip
def test_what_only_the_sdk_has_is_not_modelled(action: str) -> None:
    assert action in unlisted_operations(action.partition(":")[0])
    assert ROWS.judged(action).verdict == "not-modelled"
    assert "SDK" in ROWS.judged(action).why


@pytest.mark.parametrize(
    ("prefix", "operation"), [("s3", "ListObjectsV2"), ("dynamodb", "TransactGetItems"), ("sqs", "SendMessageBatch")]
)
def test_an_operation_that_iam_knows_by_another_name_is_not_listed(prefix: str, operation: str) -> None:
    assert f"{prefix}:{operation}" not in unlisted_operations(prefix)


def test_the_sdk_of_the_tests_has_nothing_that_neither_the_catalogue_nor_the_list_has() -> None:
    """Run `make refresh` where this fails: the installed botocore is another than the one that was read."""
    listed = {
        prefix: {name.partition(":")[2] for name in unlisted_operations(prefix)} for prefix in ("dynamodb", "kinesis")
    }
    for prefix, names in listed.items():
        for operation in get_session().get_service_model(prefix).operation_names:
            spoken = operation in {
                "BatchExecuteStatement",
                "ExecuteStatement",
                "ExecuteTransaction",
                "TransactGetItems",
                "TransactWriteItems",
            }
            assert spoken or operation in names or catalogue().action(f"{prefix}:{operation}")
