"""AWS Lambda: functions, who may call them, their addresses and where their events come from.

The policies of published versions are not read: a function may have thousands of versions.
"""

from __future__ import annotations

from scanner.live.collector_table import Call, Collector, Detail, Paging, Part, Service, Tagged, same

_FUNCTION = {"FunctionName": "item.FunctionName"}
_MARKER = Paging("Marker", "NextMarker")
_NONE = ("ResourceNotFoundException",)
# "AddPermission" writes these conditions, and no other form of a statement can be put there.
_CONDITION = "item.Condition"


def _permissions(policy: str, function: str) -> Part:
    return Part(
        "AWS::Lambda::Permission",
        each=f"document({policy}.Policy).Statement[]",
        # A statement's id is one of its function's own.
        id=f"join('/', [{function}, item.Sid])",
        properties={
            "FunctionName": function,
            "Action": "item.Action",
            "Principal": "item.Principal.Service || item.Principal.AWS || item.Principal",
            "SourceArn": f'{_CONDITION}.*."AWS:SourceArn" | [0]',
            "SourceAccount": f'{_CONDITION}.*."AWS:SourceAccount" | [0]',
            "PrincipalOrgID": f'{_CONDITION}.*."aws:PrincipalOrgID" | [0]',
            "EventSourceToken": f'{_CONDITION}.*."lambda:EventSourceToken" | [0]',
            "FunctionUrlAuthType": f'{_CONDITION}.*."lambda:FunctionUrlAuthType" | [0]',
            "InvokedViaFunctionUrl": f'{_CONDITION}.*."lambda:InvokedViaFunctionUrl" | [0]',
        },
    )


LAMBDA = Service(
    "lambda",
    (
        Collector(
            Call("list_functions", items="Functions[]", paging=_MARKER),
            Part(
                "AWS::Lambda::Function",
                id="item.FunctionName",
                arn="item.FunctionArn",
                gone=("ResourceNotFoundException",),
                details={
                    "concurrency": Detail("get_function_concurrency", _FUNCTION),
                    "tagged": Detail(
                        "list_tags",
                        {"Resource": "item.FunctionArn"},
                        tagged=Tagged("lambda", "{Tags: mapping(tags, 'Key', 'Value')}"),
                    ),
                    "policy": Detail("get_policy", _FUNCTION, absent=_NONE),
                    "aliases": Detail("list_aliases", _FUNCTION, "Aliases[]", _MARKER),
                    "urls": Detail("list_function_url_configs", _FUNCTION, "FunctionUrlConfigs[]", _MARKER),
                    "invoked": Detail(
                        "list_function_event_invoke_configs", _FUNCTION, "FunctionEventInvokeConfigs[]", _MARKER
                    ),
                },
                properties={
                    "FunctionName": "id",
                    "DeadLetterConfig": "item.DeadLetterConfig",
                    "Environment": {"Variables": "item.Environment.Variables"},
                    "ImageConfig": "item.ImageConfigResponse.ImageConfig",
                    "KmsKeyArn": "item.KMSKeyArn",
                    "Layers": "item.Layers[].Arn",
                    "ReservedConcurrentExecutions": "concurrency.ReservedConcurrentExecutions",
                    "SnapStart": {"ApplyOn": "item.SnapStart.ApplyOn"},
                    "FileSystemConfigs": "item.FileSystemConfigs",
                    "Tags": "tags(tagged.Tags)",
                    # An empty list of subnets is no network ("VpcConfigResponse").
                    "VpcConfig": "item.VpcConfig.SubnetIds && {SubnetIds: item.VpcConfig.SubnetIds, "
                    "SecurityGroupIds: item.VpcConfig.SecurityGroupIds, "
                    "Ipv6AllowedForDualStack: item.VpcConfig.Ipv6AllowedForDualStack} || `null`",
                    **same(
                        "item",
                        "Architectures",
                        "Description",
                        "DurableConfig",
                        "EphemeralStorage",
                        "Handler",
                        "LoggingConfig",
                        "MemorySize",
                        "PackageType",
                        "Role",
                        "Runtime",
                        "TenancyConfig",
                        "Timeout",
                        "TracingConfig",
                    ),
                },
                children=(
                    _permissions("policy", "parent_id"),
                    Part(
                        "AWS::Lambda::Url",
                        each="urls",
                        id="item.FunctionArn",
                        properties={
                            "TargetFunctionArn": "item.FunctionArn",
                            # What stands after the seventh colon is an alias.
                            "Qualifier": "piece(item.FunctionArn, ':', `7`)",
                            **same("item", "AuthType", "Cors", "InvokeMode"),
                        },
                    ),
                    Part(
                        "AWS::Lambda::EventInvokeConfig",
                        each="invoked",
                        id="item.FunctionArn",
                        properties={
                            "FunctionName": "parent_id",
                            "Qualifier": "piece(item.FunctionArn, ':', `7`) || '$LATEST'",
                            "DestinationConfig": {
                                "OnFailure": "item.DestinationConfig.OnFailure.Destination && "
                                "item.DestinationConfig.OnFailure || `null`",
                                "OnSuccess": "item.DestinationConfig.OnSuccess.Destination && "
                                "item.DestinationConfig.OnSuccess || `null`",
                            },
                            **same("item", "MaximumEventAgeInSeconds", "MaximumRetryAttempts"),
                        },
                    ),
                    Part(
                        "AWS::Lambda::Alias",
                        each="aliases",
                        id="item.AliasArn",
                        arn="item.AliasArn",
                        details={
                            "shared": Detail(
                                "get_policy", {"FunctionName": "item.AliasArn"}, absent=_NONE, action="lambda:GetPolicy"
                            )
                        },
                        properties={
                            "FunctionName": "parent_id",
                            **same("item", "Description", "FunctionVersion", "Name"),
                        },
                        children=(_permissions("shared", "parent_id"),),
                    ),
                ),
            ),
        ),
        Collector(
            Call("list_event_source_mappings", items="EventSourceMappings[]", paging=_MARKER),
            Part(
                "AWS::Lambda::EventSourceMapping",
                id="item.UUID",
                arn="item.EventSourceMappingArn",
                properties={
                    "FunctionName": "item.FunctionArn",
                    "KmsKeyArn": "item.KMSKeyArn",
                    "Enabled": "item.State == 'Enabled' || item.State == 'Enabling' || item.State == 'Creating'",
                    **same(
                        "item",
                        "BatchSize",
                        "BisectBatchOnFunctionError",
                        "DestinationConfig",
                        "EventSourceArn",
                        "FilterCriteria",
                        "FunctionResponseTypes",
                        "MaximumBatchingWindowInSeconds",
                        "MaximumRecordAgeInSeconds",
                        "MaximumRetryAttempts",
                        "ParallelizationFactor",
                        "SourceAccessConfigurations",
                        "StartingPosition",
                    ),
                },
            ),
        ),
    ),
)
