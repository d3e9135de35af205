"""Resources of `awscc`: the provider's rule for names, and every example of the rules as a plan of it."""

from __future__ import annotations

import random
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from scanner import Options, scan
from scanner.inputs.terraform.cloud_control_names import (
    attribute_name,
    capitalized,
    cloud_control_names,
    cloud_control_type,
    type_name,
)
from scanner.language.library import load_library
from scanner.language.schemas import schema_of
from scanner.model.types import type_names
from tests.inputs.terraform.cloud_control import NoTwin, plan_of
from tests.inputs.terraform.plans import write

SEED = 25
# Attributes as the provider's documentation on the registry lists them.
DOCUMENTED = {
    "AllowedOAuthFlows": "allowed_o_auth_flows",
    "CNAMEs": "cnames",
    "CidrIpv6": "cidr_ipv_6",
    "CloudWatchLogsLogGroupArn": "cloudwatch_logs_log_group_arn",
    "DBInstanceIdentifier": "db_instance_identifier",
    "EnableIAMDatabaseAuthentication": "enable_iam_database_authentication",
    "IPV6Enabled": "ipv6_enabled",
    "KMSMasterKeyID": "kms_master_key_id",
    "KmsKeyId": "kms_key_id",
    "MultiAZ": "multi_az",
    "S3Bucket": "s3_bucket",
    "SSEAlgorithm": "sse_algorithm",
    "VPCSecurityGroups": "vpc_security_groups",
}
TYPES = {
    "AWS::ApiGatewayV2::Api": "awscc_apigatewayv2_api",
    "AWS::EC2::VPCEndpoint": "awscc_ec2_vpc_endpoint",
    "AWS::FSx::FileSystem": "awscc_fsx_file_system",
    "AWS::RDS::DBInstance": "awscc_rds_db_instance",
    "AWS::S3::Bucket": "awscc_s3_bucket",
    "AWS::WAFv2::WebACL": "awscc_wafv2_web_acl",
}


@pytest.mark.parametrize(("name", "attribute"), DOCUMENTED.items())
def test_properties_are_called_as_the_provider_calls_them(name: str, attribute: str) -> None:
    assert attribute_name(name) == attribute


@pytest.mark.parametrize(("name", "called"), TYPES.items())
def test_types_are_called_as_the_provider_calls_them(name: str, called: str) -> None:
    assert type_name(name) == called
    assert cloud_control_names()[name] == called


def test_names_that_cannot_be_reverted_are_read_as_the_type_has_them() -> None:
    bucket = cloud_control_type("awscc_s3_bucket")
    assert bucket is not None
    rule = (bucket.entries["bucket_encryption"].below or {})["server_side_encryption_configuration"]
    said = (rule.below or {})["server_side_encryption_by_default"].below or {}
    assert {key: each.name for key, each in said.items()} == {
        "kms_master_key_id": "KMSMasterKeyID",
        "sse_algorithm": "SSEAlgorithm",
    }
    # The same attribute in another type is another property.
    assert capitalized("kms_master_key_id") == "KmsMasterKeyId"


def test_no_type_has_two_properties_of_one_name() -> None:
    for name in cloud_control_names():
        schema = schema_of(name)
        assert schema is not None
        listed = [attribute_name(each) for each in schema["properties"]]  # type: ignore[call-overload,attr-defined]
        assert len(listed) == len(set(listed)), name
    called = [type_name(each) for each in type_names() if each.startswith("AWS::")]
    assert len(called) == len(set(called))


@cache
def examples() -> list[tuple[str, Mapping[str, Any]]]:
    """Of all rules, those that a plan can hold."""
    found = []
    for rule in load_library(examples=True).rules:
        for each in rule.examples:
            if each.kind in ("pass", "fail") and not set(each.body) - {"Resources", "expect"}:
                try:
                    plan_of(each.body)
                except NoTwin:
                    continue
                found.append((rule.id, each.body))
    return found


Verdicts = dict[tuple[str, str, str], str]


def verdicts(folder: Path, rules: set[str]) -> Verdicts:
    """By file, resource and rule, of all files of a folder in one scan."""
    report = scan(options=Options(paths=(folder,), select=tuple(sorted(rules)))).report
    assert not [each for each in report["errors"] if each["level"] == "error"], report["errors"]
    return {
        (
            each["resource"]["address"].partition("#")[0],
            each["resource"]["logical_id"].rpartition(".")[2],
            each["rule"],
        ): each["verdict"]
        for each in report["findings"]
        if each["verdict"] != "NOT_APPLICABLE"
    }


def differences(folder: Path, chosen: list[tuple[str, Mapping[str, Any]]]) -> dict[tuple[str, str, str], Any]:
    """Each example in a file of its own, all as templates and all as plans."""
    rules = {rule for rule, _ in chosen}
    (folder / "templates").mkdir()
    (folder / "plans").mkdir()
    for number, (_, body) in enumerate(chosen):
        write(folder / "templates", {"Resources": body["Resources"]}, f"{number}.json")
        write(folder / "plans", plan_of(body), f"{number}.json")
    expected, got = verdicts(folder / "templates", rules), verdicts(folder / "plans", rules)
    return {
        key: (got.get(key), expected.get(key), chosen[int(Path(key[0]).stem)][1]["Resources"])
        for key in sorted({*got, *expected})
        if got.get(key) != expected.get(key)
    }


def test_examples_of_the_rules_end_as_plans_as_they_do_as_templates(tmp_path: Path) -> None:
    assert differences(tmp_path, random.Random(SEED).sample(examples(), 60)) == {}


@pytest.mark.full
def test_every_example_of_the_rules_ends_as_a_plan_as_it_does_as_a_template(tmp_path: Path) -> None:
    assert len(examples()) > 1000
    for start in range(0, len(examples()), 200):
        (tmp_path / str(start)).mkdir()
        assert differences(tmp_path / str(start), examples()[start : start + 200]) == {}
