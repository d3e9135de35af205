"""Amazon ECR: repositories of images."""

from __future__ import annotations

from scanner.live.collector_table import Call, Collector, Detail, Paging, Part, Service

_NAME = {"repositoryName": "item.repositoryName"}

ECR = Service(
    "ecr",
    (
        Collector(
            Call("describe_repositories", items="repositories[]", paging=Paging("nextToken", "nextToken")),
            Part(
                "AWS::ECR::Repository",
                id="item.repositoryName",
                arn="item.repositoryArn",
                gone=("RepositoryNotFoundException",),
                details={
                    "policy": Detail("get_repository_policy", _NAME, absent=("RepositoryPolicyNotFoundException",)),
                    "lifecycle": Detail("get_lifecycle_policy", _NAME, absent=("LifecyclePolicyNotFoundException",)),
                },
                properties={
                    "RepositoryName": "id",
                    "EncryptionConfiguration": "item.encryptionConfiguration."
                    "{EncryptionType: encryptionType, KmsKey: kmsKey}",
                    "ImageScanningConfiguration": {"ScanOnPush": "item.imageScanningConfiguration.scanOnPush"},
                    "ImageTagMutability": "item.imageTagMutability",
                    "LifecyclePolicy": {"LifecyclePolicyText": "lifecycle.lifecyclePolicyText"},
                    "RepositoryPolicyText": "document(policy.policyText)",
                },
            ),
        ),
        Collector(
            Call("get_registry_scanning_configuration"),
            Part(
                "AWS::ECR::RegistryScanningConfiguration",
                id="item.registryId",
                properties={
                    "ScanType": "item.scanningConfiguration.scanType",
                    "Rules": "item.scanningConfiguration.rules[].{ScanFrequency: scanFrequency, "
                    "RepositoryFilters: repositoryFilters[].{Filter: filter, FilterType: filterType}}",
                },
            ),
        ),
    ),
)
