"""Amazon EKS: clusters, their nodes, and the roles that pods act as."""

from __future__ import annotations

from scanner.live.collector_table import Call, Collector, Detail, Paging, Part, Service

_NEXT = Paging("nextToken", "nextToken")
_CLUSTER = {"clusterName": "item.Name"}

EKS = Service(
    "eks",
    (
        Collector(
            Call("list_clusters", items="clusters[].{Name: @}", paging=_NEXT),
            Part(
                "AWS::EKS::Cluster",
                id="item.Name",
                arn="told.cluster.arn",
                gone=("ResourceNotFoundException",),
                details={
                    "told": Detail("describe_cluster", {"name": "item.Name"}),
                    "groups": Detail("list_nodegroups", _CLUSTER, "nodegroups[].{Name: @}", _NEXT),
                    "pods": Detail("list_pod_identity_associations", _CLUSTER, "associations[]", _NEXT),
                },
                properties={
                    "Name": "id",
                    "EncryptionConfig": "told.cluster.encryptionConfig[].{Resources: resources, "
                    "Provider: {KeyArn: provider.keyArn}}",
                    "Logging": {
                        "ClusterLogging": {
                            "EnabledTypes": "told.cluster.logging.clusterLogging[?enabled].types[].{Type: @}"
                        }
                    },
                    "ResourcesVpcConfig": "told.cluster.resourcesVpcConfig.{SubnetIds: subnetIds, "
                    "SecurityGroupIds: securityGroupIds, EndpointPublicAccess: endpointPublicAccess, "
                    "EndpointPrivateAccess: endpointPrivateAccess, PublicAccessCidrs: publicAccessCidrs}",
                    "AccessConfig": "told.cluster.accessConfig.{AuthenticationMode: authenticationMode}",
                    "DeletionProtection": "told.cluster.deletionProtection",
                    "RoleArn": "told.cluster.roleArn",
                    "Tags": "tags(told.cluster.tags)",
                    "Version": "told.cluster.version",
                },
                children=(
                    Part(
                        "AWS::EKS::Nodegroup",
                        each="groups",
                        id="item.Name",
                        arn="group.nodegroup.nodegroupArn",
                        gone=("ResourceNotFoundException",),
                        details={
                            "group": Detail(
                                "describe_nodegroup", {"clusterName": "parent_id", "nodegroupName": "item.Name"}
                            )
                        },
                        properties={
                            "ClusterName": "parent_id",
                            "NodegroupName": "id",
                            "AmiType": "group.nodegroup.amiType",
                            "NodeRole": "group.nodegroup.nodeRole",
                            "ReleaseVersion": "group.nodegroup.releaseVersion",
                            "RemoteAccess": "group.nodegroup.remoteAccess.{Ec2SshKey: ec2SshKey, "
                            "SourceSecurityGroups: sourceSecurityGroups}",
                            "Subnets": "group.nodegroup.subnets",
                            "Tags": "group.nodegroup.tags",
                            "Version": "group.nodegroup.version",
                        },
                    ),
                    Part(
                        "AWS::EKS::PodIdentityAssociation",
                        each="pods",
                        id="item.associationId",
                        arn="item.associationArn",
                        gone=("NotFoundException", "ResourceNotFoundException"),
                        details={
                            "pod": Detail(
                                "describe_pod_identity_association",
                                {"clusterName": "parent_id", "associationId": "item.associationId"},
                            )
                        },
                        properties={
                            "ClusterName": "parent_id",
                            "Namespace": "item.namespace",
                            "ServiceAccount": "item.serviceAccount",
                            "RoleArn": "pod.association.roleArn",
                            "DisableSessionTags": "pod.association.disableSessionTags",
                            "Policy": "pod.association.policy",
                            "Tags": "tags(pod.association.tags)",
                            "TargetRoleArn": "pod.association.targetRoleArn",
                        },
                    ),
                ),
            ),
        ),
    ),
)
