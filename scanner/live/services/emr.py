"""Amazon EMR: clusters that run."""

from __future__ import annotations

from scanner.live.collector_table import Call, Collector, Detail, Paging, Part, Service, same

_CLUSTER = "cluster.Cluster"
_MACHINES = f"{_CLUSTER}.Ec2InstanceAttributes"

EMR = Service(
    "emr",
    prefix="elasticmapreduce",
    collectors=(
        Collector(
            Call(
                "list_clusters",
                {"ClusterStates": "['STARTING', 'BOOTSTRAPPING', 'RUNNING', 'WAITING']"},
                "Clusters[]",
                Paging("Marker", "Marker"),
            ),
            Part(
                "AWS::EMR::Cluster",
                id="item.Id",
                arn="item.ClusterArn",
                details={"cluster": Detail("describe_cluster", {"ClusterId": "item.Id"})},
                properties={
                    "Name": "item.Name",
                    "Instances": {
                        "Ec2KeyName": f"{_MACHINES}.Ec2KeyName",
                        "Ec2SubnetId": f"{_MACHINES}.Ec2SubnetId",
                        "EmrManagedMasterSecurityGroup": f"{_MACHINES}.EmrManagedMasterSecurityGroup",
                        "EmrManagedSlaveSecurityGroup": f"{_MACHINES}.EmrManagedSlaveSecurityGroup",
                        "ServiceAccessSecurityGroup": f"{_MACHINES}.ServiceAccessSecurityGroup",
                        "TerminationProtected": f"{_CLUSTER}.TerminationProtected",
                    },
                    "JobFlowRole": f"{_MACHINES}.IamInstanceProfile",
                    # Its passwords are never told; the realm says that there is one.
                    "KerberosAttributes": {"Realm": f"{_CLUSTER}.KerberosAttributes.Realm"},
                    **same(
                        _CLUSTER,
                        "CustomAmiId",
                        "LogEncryptionKmsKeyId",
                        "LogUri",
                        "ReleaseLabel",
                        "SecurityConfiguration",
                        "ServiceRole",
                        "Tags",
                        "VisibleToAllUsers",
                    ),
                },
            ),
        ),
    ),
)
