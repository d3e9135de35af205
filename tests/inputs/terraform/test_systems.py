"""Several plans, and plans beside templates, are one system: they meet by names and ARNs, and never by an address."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from scanner import scan
from tests.inputs.terraform.plans import Refers, plan, resource, write
from tests.inputs.terraform.tenancies import ACCOUNT, TAG, TRUST, allow, inline, proofs, role, tenancy

ITEMS = [{"kind": "dynamodb-item", "table": "patients", "key": "TENANT#${tenant}#*"}]
TABLE = resource("aws_dynamodb_table.t", {"name": "patients", "hash_key": "pk"}, unknown=("arn", "id"))
ARN = f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/patients"
KEYS = {
    "ForAllValues:StringLike": {"dynamodb:LeadingKeys": [f"TENANT#{TAG}#*"]},
    "Null": {"dynamodb:LeadingKeys": "false"},
}
PUBLIC = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"}]}
)
ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
OPEN = {"block_public_policy": False, "restrict_public_buckets": False}


def verdicts(folder: Path, rule: str) -> dict[str, str]:
    report = scan(folder).report
    assert not [each for each in report["errors"] if each["level"] == "error"], report["errors"]
    return {each["resource"]["address"]: each["verdict"] for each in report["findings"] if each["rule"] == rule}


def state_of_the_other(value: str) -> dict[str, Any]:
    """What `terraform_remote_state` gave while planning."""
    found = {
        "address": "data.terraform_remote_state.data",
        "mode": "data",
        "type": "terraform_remote_state",
        "name": "data",
        "provider_name": "terraform.io/builtin/terraform",
        "values": {"backend": "s3", "outputs": {"table_arn": value}},
    }
    return {"format_version": "1.0", "values": {"root_module": {"resources": [found]}}}


@pytest.mark.parametrize(("condition", "expected"), [(None, "LEAK"), (KEYS, "ISOLATED")], ids=["all", "own items"])
@pytest.mark.parametrize("how", ["arn", "remote state"])
def test_a_role_of_one_plan_is_proved_over_the_table_of_another(
    tmp_path: Path, condition: object, expected: str, how: str
) -> None:
    tenancy(tmp_path, ITEMS)
    write(tmp_path, plan(TABLE), "data.json")
    policy = inline(allow(["dynamodb:GetItem", "dynamodb:Query"], ARN, condition))
    more: dict[str, Any] = {}
    if how == "remote state":
        policy["_expressions"]["policy"] = {"references": ["data.terraform_remote_state.data.outputs.table_arn"]}
        more["prior_state"] = state_of_the_other(ARN)
    write(tmp_path, plan(role(), policy, **more), "app.json")
    assert proofs(tmp_path, "dynamodb-items-stay-with-tenant")["app.json#aws_iam_role.app"] == expected


def test_an_output_of_another_plan_that_is_not_known_yet_is_not_proved(tmp_path: Path) -> None:
    tenancy(tmp_path, ITEMS)
    write(tmp_path, plan(TABLE), "data.json")
    unknown = inline(Refers("data.terraform_remote_state.data.outputs.policy"))
    write(tmp_path, plan(role(), unknown), "app.json")
    assert proofs(tmp_path)["app.json#aws_iam_role.app"] == "NOT_PROVEN"


def test_a_part_names_a_bucket_of_another_plan(tmp_path: Path) -> None:
    write(tmp_path, plan(resource("aws_s3_bucket.b", {"bucket": "clinic-docs"})), "data.json")
    policy = resource("aws_s3_bucket_policy.p", {"bucket": "clinic-docs", "policy": PUBLIC})
    block = resource("aws_s3_bucket_public_access_block.p", {"bucket": "clinic-docs", **OPEN})
    write(tmp_path, plan(policy, block), "app.json")
    assert verdicts(tmp_path, "s3-no-public-read")["data.json#aws_s3_bucket.b"] == "FAIL"
    assert verdicts(tmp_path, "s3-bucket-public-block")["data.json#aws_s3_bucket.b"] == "FAIL"


def test_one_address_in_two_plans_is_two_resources(tmp_path: Path) -> None:
    for name, public in (("east.json", True), ("west.json", False)):
        bucket = resource("aws_s3_bucket.b", {"bucket": f"clinic-{name[:4]}"}, unknown=("id", "arn"))
        block = resource("aws_s3_bucket_public_access_block.b", {"bucket": Refers("aws_s3_bucket.b.id"), **OPEN})
        policy = resource("aws_s3_bucket_policy.b", {"bucket": Refers("aws_s3_bucket.b.id"), "policy": PUBLIC})
        write(tmp_path, plan(bucket, block, *([policy] if public else [])), name)
    got = verdicts(tmp_path, "s3-no-public-read")
    assert got == {"east.json#aws_s3_bucket.b": "FAIL", "west.json#aws_s3_bucket.b": "PASS"}


@pytest.mark.parametrize("accounts", [("111122223333", "444455556666"), (None, None)], ids=["two", "not known"])
def test_one_name_in_two_accounts_is_two_roles(tmp_path: Path, accounts: tuple[str | None, str | None]) -> None:
    """As of one configuration planned for two stages: a name means the role of its own plan."""
    for name, account, admin in zip(("stage.json", "live.json"), accounts, (True, False), strict=True):
        attached = resource("aws_iam_role_policy_attachment.a", {"role": "app", "policy_arn": ADMIN})
        content = plan(role(), *([attached] if admin else []))
        if account is not None:
            expressions = content["configuration"]["provider_config"]["aws"]["expressions"]
            expressions["allowed_account_ids"] = {"constant_value": [account]}
        write(tmp_path, content, name)
    got = verdicts(tmp_path, "iam-no-admin-policy")
    assert got["stage.json#aws_iam_role.app"] == "FAIL"
    assert got["live.json#aws_iam_role.app"] == "PASS"


def test_providers_of_two_accounts_in_one_plan_keep_their_roles_apart(tmp_path: Path) -> None:
    first, second = role(), resource("aws_iam_role.other", {"name": "app", "assume_role_policy": TRUST})
    attached = resource("aws_iam_role_policy_attachment.a", {"role": "app", "policy_arn": ADMIN})
    content = plan(first, second, attached)
    configs = content["configuration"]["provider_config"]
    configs["aws.other"] = {**configs["aws"], "alias": "other", "expressions": {"region": {"constant_value": "x"}}}
    for key, account in (("aws", "111122223333"), ("aws.other", "444455556666")):
        configs[key]["expressions"] = {
            "region": {"constant_value": "eu-west-1"},
            "allowed_account_ids": {"constant_value": [account]},
        }
    for each in content["configuration"]["root_module"]["resources"]:
        each["provider_config_key"] = "aws.other" if each["name"] in ("other", "a") else "aws"
    write(tmp_path, content)
    got = verdicts(tmp_path, "iam-no-admin-policy")
    assert (got["plan.json#aws_iam_role.app"], got["plan.json#aws_iam_role.other"]) == ("PASS", "FAIL")


def template(folder: Path, resources: dict[str, Any]) -> None:
    (folder / "template.yaml").write_text(yaml.safe_dump({"Resources": resources}), "utf-8")


@pytest.mark.parametrize(("condition", "expected"), [(None, "LEAK"), (KEYS, "ISOLATED")], ids=["all", "own items"])
def test_a_role_of_a_plan_is_proved_over_the_table_of_a_template(
    tmp_path: Path, condition: object, expected: str
) -> None:
    tenancy(tmp_path, ITEMS)
    keys = [{"AttributeName": "pk", "KeyType": "HASH"}]
    template(
        tmp_path,
        {"Patients": {"Type": "AWS::DynamoDB::Table", "Properties": {"TableName": "patients", "KeySchema": keys}}},
    )
    write(tmp_path, plan(role(), inline(allow("dynamodb:GetItem", ARN, condition))))
    assert proofs(tmp_path, "dynamodb-items-stay-with-tenant")["plan.json#aws_iam_role.app"] == expected


def test_a_policy_of_a_template_opens_the_bucket_of_a_plan(tmp_path: Path) -> None:
    block = resource("aws_s3_bucket_public_access_block.b", {"bucket": "clinic-docs", **OPEN})
    write(tmp_path, plan(resource("aws_s3_bucket.b", {"bucket": "clinic-docs"}), block))
    template(
        tmp_path,
        {
            "P": {
                "Type": "AWS::S3::BucketPolicy",
                "Properties": {"Bucket": "clinic-docs", "PolicyDocument": json.loads(PUBLIC)},
            }
        },
    )
    assert verdicts(tmp_path, "s3-no-public-read")["plan.json#aws_s3_bucket.b"] == "FAIL"


def test_a_part_of_a_plan_leaves_the_bucket_of_a_template_open(tmp_path: Path) -> None:
    """CloudFormation has no such part, so it speaks of the bucket by its name."""
    write(tmp_path, plan(resource("aws_s3_bucket_public_access_block.b", {"bucket": "clinic-docs", **OPEN})))
    template(tmp_path, {"Docs": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "clinic-docs"}}})
    got = verdicts(tmp_path, "s3-bucket-public-block")
    assert got["plan.json#aws_s3_bucket_public_access_block.b"] == "FAIL"
