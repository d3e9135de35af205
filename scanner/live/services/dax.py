"""Amazon DynamoDB Accelerator: clusters."""

from __future__ import annotations

from scanner.live.collector_table import Call, Collector, Detail, Paging, Part, Service, same

DAX = Service(
    "dax",
    (
        Collector(
            Call("describe_clusters", items="Clusters[]", paging=Paging("NextToken", "NextToken")),
            Part(
                "AWS::DAX::Cluster",
                id="item.ClusterName",
                arn="item.ClusterArn",
                gone=("ClusterNotFoundFault",),
                details={
                    "tagged": Detail(
                        "list_tags", {"ResourceName": "item.ClusterArn"}, "Tags[]", Paging("NextToken", "NextToken")
                    )
                },
                properties={
                    "ClusterName": "id",
                    "IAMRoleARN": "item.IamRoleArn",
                    "ParameterGroupName": "item.ParameterGroup.ParameterGroupName",
                    "ReplicationFactor": "item.TotalNodes",
                    "SSESpecification": {
                        "SSEEnabled": "item.SSEDescription.Status == 'ENABLED' || "
                        "item.SSEDescription.Status == 'ENABLING'"
                    },
                    "SecurityGroupIds": "item.SecurityGroups[].SecurityGroupIdentifier",
                    "SubnetGroupName": "item.SubnetGroup",
                    "Tags": "mapping(tagged, 'Key', 'Value')",
                    **same("item", "ClusterEndpointEncryptionType", "NodeType"),
                },
            ),
        ),
    ),
)
