"""The tables against CloudFormation's schemas, the provider's types, and what rules ask for."""

from __future__ import annotations

import importlib.util
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from scanner.inputs.terraform.recording import unknown_paths
from scanner.inputs.terraform.table import all_types
from scanner.inputs.terraform.unmapped import NOT_MAPPED, made_types, without_answer
from scanner.language.library import load_library
from scanner.language.needs import needs_of
from scanner.language.schemas import schema_of
from scanner.model.absent_properties import LACKING
from scanner.model.types import type_facts

ROOT = Path(__file__).parents[3]
# Arguments that release 6.66 of the provider does not have: of older releases, or of a type that shares the shape.
ELSEWHERE = {
    "aws_api_gateway_deployment": {"stage_name"},  # up to 5
    "aws_autoscaling_attachment": {"alb_target_group_arn"},  # up to 3
    "aws_bedrock_model_invocation_logging_configuration": {
        "logging_config.cloudwatch_config.bucket_name",
        "logging_config.s3_config.log_group_name",
    },
    "aws_cognito_user_pool": {"email_mfa_configuration.enabled"},
    "aws_db_instance": {"name"},  # up to 4
    "aws_flow_log": {"log_group_name"},  # up to 5
    "aws_instance": {"root_block_device.snapshot_id"},
    "aws_kms_external_key": {
        "is_enabled",
        "enable_key_rotation",
        "customer_master_key_spec",
        "rotation_period_in_days",
    },
    "aws_kms_key": {"enabled", "key_spec"},
    "aws_network_acl_rule": {"rule_no"},
    "aws_redshift_cluster": {"logging", "logging.enable"},  # up to 5
    "aws_s3_bucket_lifecycle_configuration": {"rule.noncurrent_version_expiration.days"},
    "aws_s3_bucket_replication_configuration": {
        "rule.destination.account_id",
        "rule.source_selection_criteria.sse_kms_encrypted_objects.enabled",
    },
    "aws_secretsmanager_secret": {  # up to 3
        "rotation_lambda_arn",
        "rotation_rules",
        "rotation_rules.automatically_after_days",
        "rotation_rules.duration",
        "rotation_rules.schedule_expression",
    },
    "aws_security_group_rule": {"ip_protocol", "security_groups"},
    "aws_spot_instance_request": {"root_block_device.snapshot_id"},
}
# Blocks that the package has as `any`, or that several types share.
LOOSE = {
    "aws_wafv2_web_acl": "rule.statement.",
    "aws_dynamodb_table": "key_schema",
    "aws_launch_configuration": "",
    "aws_s3_bucket": "replication_configuration.rules.",
}
# Properties of a table that CloudFormation has on another type.
ANOTHER = {
    "AWS::DocDB::DBCluster": {"Engine"},
    "AWS::DynamoDB::Table": {"Replicas"},
    "AWS::Kinesis::Stream": {"ResourcePolicy"},
    "AWS::Neptune::DBCluster": {"Engine"},
    "AWS::S3::Bucket": {"AclGrants"},
}
# What only a read-only attribute says, or what the proof asks of every type by its name.
GIVEN = {"Arn", "CertificateArn", "DomainName", "Enabled", "Id", "KeyId", "Name", "RoleArn", "Version"}
LIBRARY = load_library(examples=False)
NEEDS = needs_of(LIBRARY.rules, LIBRARY.relations)


def properties_of(kind: str) -> set[str]:
    schema = schema_of(kind)
    data = getattr(schema, "data", schema) or {}
    return set(data.get("properties", {})) if isinstance(data, dict) else set()


@pytest.mark.parametrize("name", sorted(all_types()))
def test_every_argument_that_a_table_reads_is_the_providers(name: str) -> None:
    wrong = {".".join(path) for path in unknown_paths(name, all_types()[name])} - {"arn"}
    wrong -= ELSEWHERE.get(name, set())
    loose = LOOSE.get(name)
    if loose is None and name in (
        "aws_security_group",
        "aws_default_security_group",
        "aws_network_acl",
        "aws_default_network_acl",
    ):
        wrong = {
            each
            for each in wrong
            if each.rpartition(".")[2] not in ("ip_protocol", "source_security_group_id", "rule_number")
        }
    assert not {each for each in wrong if loose is None or not each.startswith(loose)}


def test_every_property_that_a_table_gives_is_cloudformations() -> None:
    wrong = {}
    for name, mapped in all_types().items():
        given = [(make.type, set(make.properties)) for make in mapped.makes]
        given += [(all_types()[fold.wholes[0]].makes[0].type, set(fold.properties)) for fold in mapped.folds]
        for kind, properties in given:
            known = properties_of(kind)
            bad = properties - known - ANOTHER.get(kind, set())
            if known and bad:
                wrong[name, kind] = sorted(bad)
    assert not wrong


def test_every_type_that_rules_name_is_mapped_or_says_why_not() -> None:
    assert not without_answer(NEEDS.types)
    stale = {kind for kind in NOT_MAPPED if kind not in NEEDS.types or kind in made_types()}
    assert not stale


def test_every_property_that_rules_ask_for_is_read_or_said_to_be_absent() -> None:
    """What no table has would be unknown for every plan."""
    folded: dict[str, set[str]] = {}
    for mapped in all_types().values():
        for fold in mapped.folds:
            folded.setdefault(all_types()[fold.wholes[0]].makes[0].type, set()).update(fold.properties)
    missing = {}
    for name, mapped in all_types().items():
        for make in mapped.makes:
            if make.type not in NEEDS.types:
                continue
            asked = {each for pattern, names in NEEDS.of.items() if fnmatchcase(make.type, pattern) for each in names}
            facts = type_facts(make.type)
            tag = {facts.tag.property} if facts is not None and facts.tag is not None else set()
            left = (asked | NEEDS.always) & properties_of(make.type)
            left -= set(make.properties) | set(LACKING.get(make.type, ())) | folded.get(make.type, set()) | tag | GIVEN
            if left:
                missing[name, make.type] = sorted(left)
    assert not missing


def test_the_committed_page_is_the_one_that_the_tables_give() -> None:
    spec = importlib.util.spec_from_file_location(
        "write_terraform_types", ROOT / "scripts" / "write_terraform_types.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert (ROOT / "docs" / "terraform-types.md").read_text("utf-8") == module.text(), "run the script"
