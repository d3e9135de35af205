"""AWS Secrets Manager: secrets without what they hold, their rotation and who may read them."""

from __future__ import annotations

from scanner.live.collector_table import Call, Collector, Detail, Paging, Part, Service, same

SECRETSMANAGER = Service(
    "secretsmanager",
    (
        Collector(
            Call("list_secrets", items="SecretList[]", paging=Paging("NextToken", "NextToken")),
            Part(
                "AWS::SecretsManager::Secret",
                id="item.ARN",
                arn="item.ARN",
                gone=("ResourceNotFoundException",),
                details={
                    "policy": Detail("get_resource_policy", {"SecretId": "item.ARN"}),
                    # The list leaves replicas out.
                    "told": Detail("describe_secret", {"SecretId": "item.ARN"}),
                },
                properties={
                    "ReplicaRegions": "told.ReplicationStatus[].{Region: Region, KmsKeyId: KmsKeyId}",
                    **same("item", "Description", "KmsKeyId", "Name", "Tags"),
                },
                children=(
                    Part(
                        "AWS::SecretsManager::ResourcePolicy",
                        each="policy.ResourcePolicy && {Policy: policy.ResourcePolicy}",
                        id="parent_id",
                        properties={"SecretId": "parent_id", "ResourcePolicy": "document(item.Policy)"},
                    ),
                    Part(
                        "AWS::SecretsManager::RotationSchedule",
                        each="item.RotationEnabled && {RotationLambdaARN: item.RotationLambdaARN, "
                        "RotationRules: item.RotationRules}",
                        id="parent_id",
                        properties={
                            "SecretId": "parent_id",
                            **same("item", "RotationLambdaARN", "RotationRules"),
                        },
                    ),
                ),
            ),
            # The address of a database is a part of what the secret holds.
            folded=("AWS::SecretsManager::SecretTargetAttachment",),
        ),
    ),
)
