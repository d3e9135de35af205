"""AWS Database Migration Service: replication instances and endpoints. Endpoints have no passwords in answers."""

from __future__ import annotations

from scanner.live.collector_table import Call, Collector, Paging, Part, Service, same

_MARKER = Paging("Marker", "Marker")

DMS = Service(
    "dms",
    (
        Collector(
            Call("describe_replication_instances", items="ReplicationInstances[]", paging=_MARKER),
            Part(
                "AWS::DMS::ReplicationInstance",
                id="item.ReplicationInstanceIdentifier",
                arn="item.ReplicationInstanceArn",
                properties={
                    "ReplicationSubnetGroupIdentifier": "item.ReplicationSubnetGroup.ReplicationSubnetGroupIdentifier",
                    "VpcSecurityGroupIds": "item.VpcSecurityGroups[].VpcSecurityGroupId",
                    **same(
                        "item",
                        "AllocatedStorage",
                        "AutoMinorVersionUpgrade",
                        "EngineVersion",
                        "KmsKeyId",
                        "MultiAZ",
                        "PubliclyAccessible",
                        "ReplicationInstanceClass",
                        "ReplicationInstanceIdentifier",
                    ),
                },
            ),
        ),
        Collector(
            Call("describe_endpoints", items="Endpoints[]", paging=_MARKER),
            Part(
                "AWS::DMS::Endpoint",
                id="item.EndpointIdentifier",
                arn="item.EndpointArn",
                properties={
                    # CloudFormation writes it small, the answer large.
                    "EndpointType": "choose(item.EndpointType == 'TARGET' || item.EndpointType == 'target', 'target', "
                    "'source')",
                    "KafkaSettings": "item.KafkaSettings.{SecurityProtocol: SecurityProtocol}",
                    "RedisSettings": "item.RedisSettings.{SslSecurityProtocol: SslSecurityProtocol}",
                    **same(
                        "item",
                        "CertificateArn",
                        "DatabaseName",
                        "EndpointIdentifier",
                        "EngineName",
                        "KmsKeyId",
                        "Port",
                        "ServerName",
                        "SslMode",
                    ),
                },
            ),
        ),
    ),
)
