"""Secrets and parameters."""

from __future__ import annotations

from scanner.inputs.terraform.attributes import View
from scanner.inputs.terraform.mapping import Context, Make, Table, whole
from scanner.inputs.terraform.shapes import (
    Pointer,
    document,
    each,
    first,
    one,
    words,
    write_only,
)
from scanner.inputs.terraform.types.targets import CALLABLE, SECRET, policy_of
from scanner.model.unknown import Unknown


def _rotation_rules(view: View, context: Context) -> object:
    return one(
        "rotation_rules",
        {
            "AutomaticallyAfterDays": words("automatically_after_days", {0: None}),
            "Duration": "duration",
            "ScheduleExpression": "schedule_expression",
        },
    )(view, context)


_ROTATION = {
    "RotationLambdaARN": Pointer("rotation_lambda_arn", *CALLABLE, attribute="Arn"),
    "RotationRules": _rotation_rules,
}

TABLE: Table = {
    "aws_secretsmanager_secret": whole(
        "AWS::SecretsManager::Secret",
        {
            "Name": "name",
            "Description": "description",
            "KmsKeyId": "kms_key_id",
            "ReplicaRegions": each("replica", {"Region": "region", "KmsKeyId": "kms_key_id"}),
        },
        Make(
            "AWS::SecretsManager::RotationSchedule",
            {"SecretId": lambda view, context: context.own(view.instance), **_ROTATION},
            name=None,
            arn=None,
            suffix=".rotation_rules",
            when=lambda view, context: (
                context.value(view, "rotation_lambda_arn")
                if view.references("rotation_lambda_arn") or not isinstance(view.read("rotation_lambda_arn"), Unknown)
                else None
            ),
            tags=False,
        ),
        policy_of("AWS::SecretsManager::ResourcePolicy", "ResourcePolicy", "SecretId", many=False),
        lacks=("Type",),
    ),
    "aws_secretsmanager_secret_rotation": whole(
        "AWS::SecretsManager::RotationSchedule",
        {"SecretId": Pointer("secret_id", *SECRET), **_ROTATION},
        name=None,
        arn=None,
        tags=False,
    ),
    "aws_secretsmanager_secret_policy": whole(
        "AWS::SecretsManager::ResourcePolicy",
        {
            "SecretId": Pointer("secret_arn", *SECRET),
            "ResourcePolicy": document("policy"),
            "BlockPublicPolicy": "block_public_policy",
        },
        name=None,
        arn=None,
        tags=False,
    ),
    "aws_ssm_parameter": whole(
        "AWS::SSM::Parameter",
        {"Name": "name", "Type": "type", "Value": first("value", write_only("value_wo", kept=True)), "Tier": "tier"},
        lacks=("Policies",),
    ),
}
