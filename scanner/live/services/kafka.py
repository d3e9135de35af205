"""Amazon MSK: provisioned and serverless clusters."""

from __future__ import annotations

from scanner.live.collector_table import Call, Collector, Paging, Part, Service, Shape

_CLUSTER = "item.Provisioned"
_PASCAL = ("EncryptionInfo", "ClientAuthentication", "LoggingInfo", "OpenMonitoring")
_SAME: dict[str, Shape] = {name: f"pascal({_CLUSTER}.{name})" for name in _PASCAL}

KAFKA = Service(
    "kafka",
    (
        Collector(
            Call("list_clusters_v2", items="ClusterInfoList[]", paging=Paging("NextToken", "NextToken")),
            Part(
                "AWS::MSK::Cluster",
                keep=_CLUSTER,
                id="item.ClusterName",
                arn="item.ClusterArn",
                properties={
                    "ClusterName": "id",
                    "BrokerNodeGroupInfo": f"pascal({_CLUSTER}.BrokerNodeGroupInfo)",
                    "KafkaVersion": f"{_CLUSTER}.CurrentBrokerSoftwareInfo.KafkaVersion",
                    "NumberOfBrokerNodes": f"{_CLUSTER}.NumberOfBrokerNodes",
                    "EnhancedMonitoring": f"{_CLUSTER}.EnhancedMonitoring",
                    "Tags": "item.Tags",
                    **_SAME,
                },
            ),
            also=(
                Part(
                    "AWS::MSK::ServerlessCluster",
                    keep="item.Serverless",
                    id="item.ClusterName",
                    arn="item.ClusterArn",
                    properties={
                        "ClusterName": "id",
                        "ClientAuthentication": "item.Serverless.ClientAuthentication",
                        "VpcConfigs": "item.Serverless.VpcConfigs",
                        "Tags": "item.Tags",
                    },
                ),
            ),
        ),
    ),
)
