"""CloudFormation templates of the isolation cases as Terraform: the same roles, stores and policies as `.tf` text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

ACCOUNT, REGION = "111122223333", "us-east-1"
_PSEUDO = {"AWS::AccountId": ACCOUNT, "AWS::Region": REGION, "AWS::Partition": "aws", "AWS::URLSuffix": "amazonaws.com"}
_KINDS = {
    "AWS::IAM::Role": "aws_iam_role",
    "AWS::IAM::ManagedPolicy": "aws_iam_policy",
    "AWS::DynamoDB::Table": "aws_dynamodb_table",
    "AWS::S3::Bucket": "aws_s3_bucket",
    "AWS::S3::BucketPolicy": "aws_s3_bucket_policy",
    "AWS::SQS::Queue": "aws_sqs_queue",
    "AWS::SQS::QueuePolicy": "aws_sqs_queue_policy",
    "AWS::KMS::Key": "aws_kms_key",
    "AWS::KMS::Alias": "aws_kms_alias",
    "AWS::Lambda::Function": "aws_lambda_function",
    "AWS::Lambda::Permission": "aws_lambda_permission",
    "AWS::S3::AccessGrant": "aws_s3control_access_grant",
    "AWS::S3::AccessGrantsLocation": "aws_s3control_access_grants_location",
}


class NoTwin(Exception):
    """The template has what Terraform has no counterpart for, or what a plan cannot hold."""


class Text(str):
    """An expression of HCL, and no string of it."""

    __slots__ = ()


class Twin:
    def __init__(self, template: Mapping[str, Any]) -> None:
        self.resources: Mapping[str, Any] = template["Resources"]
        self.parameters: Mapping[str, Any] = template.get("Parameters", {})
        for body in self.resources.values():
            if body["Type"] not in _KINDS or "Condition" in body:
                raise NoTwin(body["Type"])

    def text(self) -> str:
        head = f'provider "aws" {{\n  region              = "{REGION}"\n  allowed_account_ids = ["{ACCOUNT}"]\n}}\n'
        return head + "".join(self._resource(name, body) for name, body in self.resources.items())

    def address(self, name: str) -> str:
        return f"{_KINDS[self.resources[name]['Type']]}.{name}"

    def _resource(self, name: str, body: Mapping[str, Any]) -> str:
        kind, given = _KINDS[body["Type"]], dict(body.get("Properties", {}))
        more = ""
        match kind:
            case "aws_iam_role":
                lines = {
                    "name": given.get("RoleName"),
                    "assume_role_policy": Document(given["AssumeRolePolicyDocument"]),
                }
                if "MaxSessionDuration" in given:
                    lines["max_session_duration"] = given["MaxSessionDuration"]
                if "PermissionsBoundary" in given:
                    lines["permissions_boundary"] = given["PermissionsBoundary"]
                for number, policy in enumerate(given.get("Policies", ())):
                    more += self._block(
                        "aws_iam_role_policy",
                        f"{name}_{number}",
                        {
                            "name": policy["PolicyName"],
                            "role": Text(f"aws_iam_role.{name}.id"),
                            "policy": Document(policy["PolicyDocument"]),
                        },
                    )
                for number, arn in enumerate(given.get("ManagedPolicyArns", ())):
                    more += self._block(
                        "aws_iam_role_policy_attachment",
                        f"{name}_attached_{number}",
                        {"role": Text(f"aws_iam_role.{name}.name"), "policy_arn": arn},
                    )
            case "aws_iam_policy":
                lines = {"name": given.get("ManagedPolicyName"), "policy": Document(given["PolicyDocument"])}
                for number, role in enumerate(given.get("Roles", ())):
                    more += self._block(
                        "aws_iam_role_policy_attachment",
                        f"{name}_{number}",
                        {"role": role, "policy_arn": Text(f"aws_iam_policy.{name}.arn")},
                    )
            case "aws_dynamodb_table":
                keys = {each["KeyType"]: each["AttributeName"] for each in given["KeySchema"]}
                lines = {"name": given.get("TableName"), "hash_key": keys["HASH"], "billing_mode": "PAY_PER_REQUEST"}
                if lines["name"] is None:
                    raise NoTwin("a table has a name")
                if "RANGE" in keys:
                    lines["range_key"] = keys["RANGE"]
                indexes = given.get("GlobalSecondaryIndexes", ())
                names = {*keys.values(), *(key["AttributeName"] for index in indexes for key in index["KeySchema"])}
                lines["attribute"] = Blocks({"name": each, "type": "S"} for each in sorted(names))
                lines["global_secondary_index"] = Blocks(
                    {
                        "name": index["IndexName"],
                        "projection_type": "ALL",
                        "hash_key": next(k["AttributeName"] for k in index["KeySchema"] if k["KeyType"] == "HASH"),
                    }
                    for index in indexes
                )
                if "StreamSpecification" in given:
                    lines |= {"stream_enabled": True, "stream_view_type": "NEW_AND_OLD_IMAGES"}
            case "aws_s3_bucket":
                lines = {"bucket": given.get("BucketName")}
            case "aws_s3_bucket_policy":
                lines = {"bucket": given["Bucket"], "policy": Document(given["PolicyDocument"])}
            case "aws_sqs_queue":
                lines = {"name": given.get("QueueName")}
            case "aws_sqs_queue_policy":
                (queue,) = given["Queues"]
                lines = {"queue_url": queue, "policy": Document(given["PolicyDocument"])}
            case "aws_kms_key":
                lines = {"enable_key_rotation": given.get("EnableKeyRotation")}
                if "KeyPolicy" in given:
                    lines["policy"] = Document(given["KeyPolicy"])
            case "aws_kms_alias":
                lines = {"name": given["AliasName"], "target_key_id": given["TargetKeyId"]}
            case "aws_lambda_function":
                lines = {"function_name": given.get("FunctionName", name), "role": given["Role"]}
            case "aws_lambda_permission":
                lines = {
                    "action": given["Action"],
                    "function_name": given["FunctionName"],
                    "principal": given["Principal"],
                    "source_arn": given.get("SourceArn"),
                    "source_account": given.get("SourceAccount"),
                }
            case _:
                raise NoTwin(kind)
        if given.get("Tags"):
            lines["tags"] = {each["Key"]: each["Value"] for each in given["Tags"]}
        return self._block(kind, name, lines) + more

    def _block(self, kind: str, name: str, lines: Mapping[str, Any]) -> str:
        return f'resource "{kind}" "{name}" {{\n{self._lines(lines, "  ")}}}\n'

    def _lines(self, lines: Mapping[str, Any], indent: str) -> str:
        text = ""
        for name, value in lines.items():
            if isinstance(value, Blocks):
                text += "".join(
                    f"{indent}{name} {{\n{self._lines(each, indent + '  ')}{indent}}}\n" for each in value.items
                )
            elif value is not None:
                text += f"{indent}{name} = {self.expression(value)}\n"
        return text

    def expression(self, value: Any) -> str:
        if isinstance(value, Document):
            return f"jsonencode({self.expression(value.content)})"
        if isinstance(value, Text):
            return value
        if isinstance(value, dict):
            if len(value) == 1:
                ((name, argument),) = value.items()
                if name == "Ref" or name.startswith("Fn::"):
                    return self._intrinsic(name, argument)
            return (
                "{ " + ", ".join(f"{json.dumps(key)} = {self.expression(child)}" for key, child in value.items()) + " }"
            )
        if isinstance(value, list):
            return "[" + ", ".join(self.expression(each) for each in value) + "]"
        if isinstance(value, str):
            return _quoted(value)
        return json.dumps(value)

    def _intrinsic(self, name: str, argument: Any) -> str:
        if name == "Ref":
            return self._ref(argument)
        if name == "Fn::GetAtt":
            return self._att(*(argument.split(".", 1) if isinstance(argument, str) else argument))
        if name == "Fn::Sub" and isinstance(argument, str):
            return self._sub(argument)
        raise NoTwin(name)

    def _ref(self, name: str) -> str:
        if name in _PSEUDO:
            return _quoted(_PSEUDO[name])
        if name not in self.resources:
            raise NoTwin(f"parameter {name}")
        return f"{self.address(name)}.{'url' if self.address(name).startswith('aws_sqs_queue.') else 'id'}"

    def _att(self, name: str, attribute: str) -> str:
        if attribute != "Arn":
            raise NoTwin(attribute)
        return f"{self.address(name)}.arn"

    def _sub(self, text: str) -> str:
        made, rest = "", text
        while "${" in rest:
            before, _, after = rest.partition("${")
            inside, _, rest = after.partition("}")
            made += _escaped(before)
            if inside.startswith("!"):
                made += "$${" + inside[1:] + "}"
            elif inside in _PSEUDO:
                made += _PSEUDO[inside]
            elif "." in inside:
                made += "${" + self._att(*inside.split(".", 1)) + "}"
            else:
                made += "${" + self._ref(inside).strip('"') + "}"
        return f'"{made}{_escaped(rest)}"'


class Document:
    """A value that stands as JSON text."""

    def __init__(self, content: Any) -> None:
        self.content = content


class Blocks:
    def __init__(self, items: Any) -> None:
        self.items = list(items)


def _quoted(text: str) -> str:
    return f'"{_escaped(text)}"'


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("${", "$${").replace("%{", "%%{")


def selected(tenancy: Any, twin: Twin) -> Any:
    """The tenancy with Terraform's addresses where the template's logical ids stand."""
    if isinstance(tenancy, dict):
        return {key: selected(value, twin) for key, value in tenancy.items()}
    if isinstance(tenancy, list):
        return [selected(each, twin) for each in tenancy]
    return twin.address(tenancy) if isinstance(tenancy, str) and tenancy in twin.resources else tenancy
