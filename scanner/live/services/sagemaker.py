"""Amazon SageMaker AI: notebooks and configurations of endpoints."""

from __future__ import annotations

from scanner.live.collector_table import Call, Collector, Detail, Paging, Part, Service, same

_NEXT = Paging("NextToken", "NextToken")

SAGEMAKER = Service(
    "sagemaker",
    (
        Collector(
            Call("list_notebook_instances", items="NotebookInstances[]", paging=_NEXT),
            Part(
                "AWS::SageMaker::NotebookInstance",
                id="item.NotebookInstanceName",
                arn="item.NotebookInstanceArn",
                gone=("ValidationException: RecordNotFound", "ValidationException: not found"),
                details={
                    "notebook": Detail(
                        "describe_notebook_instance", {"NotebookInstanceName": "item.NotebookInstanceName"}
                    )
                },
                properties={
                    "NotebookInstanceName": "id",
                    "SecurityGroupIds": "notebook.SecurityGroups",
                    "LifecycleConfigName": "notebook.NotebookInstanceLifecycleConfigName",
                    **same(
                        "notebook",
                        "DirectInternetAccess",
                        "InstanceType",
                        "KmsKeyId",
                        "PlatformIdentifier",
                        "RoleArn",
                        "RootAccess",
                        "SubnetId",
                        "VolumeSizeInGB",
                    ),
                },
            ),
        ),
        Collector(
            Call("list_endpoint_configs", items="EndpointConfigs[]", paging=_NEXT),
            Part(
                "AWS::SageMaker::EndpointConfig",
                id="item.EndpointConfigName",
                arn="item.EndpointConfigArn",
                gone=("ValidationException: Could not find",),
                details={
                    "config": Detail("describe_endpoint_config", {"EndpointConfigName": "item.EndpointConfigName"})
                },
                properties={
                    "EndpointConfigName": "id",
                    **same(
                        "config",
                        "AsyncInferenceConfig",
                        "DataCaptureConfig",
                        "EnableNetworkIsolation",
                        "KmsKeyId",
                        "ProductionVariants",
                        "VpcConfig",
                    ),
                },
            ),
        ),
    ),
)
