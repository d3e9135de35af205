"""Amazon EC2: machines, their disks, and the networks around them. The ways out of networks are in `networks`."""

from __future__ import annotations

from scanner.live.collector_table import Call, Collector, Paging, Part, Service, same
from scanner.live.services.networks import NETWORKS

_NEXT = Paging("NextToken", "NextToken")

_INSTANCES = Collector(
    Call("describe_instances", items="Reservations[].Instances[]", paging=_NEXT),
    Part(
        "AWS::EC2::Instance",
        keep="item.State.Name != 'terminated' && item.State.Name != 'shutting-down'",
        id="item.InstanceId",
        arn="arn:{partition}:ec2:{region}:{account}:instance/{id}",
        properties={
            "AvailabilityZone": "item.Placement.AvailabilityZone",
            # Its disks are volumes of their own, and what its template says is in effect here.
            "BlockDeviceMappings": "`null`",
            "LaunchTemplate": "`null`",
            "EnclaveOptions": {"Enabled": "item.EnclaveOptions.Enabled"},
            "HibernationOptions": {"Configured": "item.HibernationOptions.Configured"},
            "IamInstanceProfile": "last(item.IamInstanceProfile.Arn)",
            "MetadataOptions": "item.MetadataOptions.{HttpEndpoint: HttpEndpoint, HttpTokens: HttpTokens, "
            "HttpProtocolIpv6: HttpProtocolIpv6, HttpPutResponseHopLimit: HttpPutResponseHopLimit, "
            "InstanceMetadataTags: InstanceMetadataTags}",
            "Monitoring": "item.Monitoring.State == 'enabled' || item.Monitoring.State == 'pending'",
            "NetworkInterfaces": "item.NetworkInterfaces[].{NetworkInterfaceId: NetworkInterfaceId, "
            "DeviceIndex: to_string(Attachment.DeviceIndex), SubnetId: SubnetId, GroupSet: Groups[].GroupId, "
            "AssociatePublicIpAddress: Association.PublicIp != `null`, "
            "DeleteOnTermination: Attachment.DeleteOnTermination}",
            "SecurityGroupIds": "item.SecurityGroups[].GroupId",
            "Tenancy": "item.Placement.Tenancy",
            **same(
                "item",
                "EbsOptimized",
                "ImageId",
                "InstanceType",
                "KeyName",
                "PrivateIpAddress",
                "SourceDestCheck",
                "SubnetId",
                "Tags",
            ),
        },
    ),
)

_VOLUMES = Collector(
    Call("describe_volumes", items="Volumes[]", paging=_NEXT),
    Part(
        "AWS::EC2::Volume",
        id="item.VolumeId",
        arn="arn:{partition}:ec2:{region}:{account}:volume/{id}",
        properties=same(
            "item",
            "AvailabilityZone",
            "Encrypted",
            "Iops",
            "KmsKeyId",
            "MultiAttachEnabled",
            "Size",
            "SnapshotId",
            "Tags",
            "Throughput",
            "VolumeType",
        ),
    ),
)

_TEMPLATES = Collector(
    # Of all templates at once, each in the version that is used where none is named.
    Call("describe_launch_template_versions", {"Versions": "['$Default']"}, "LaunchTemplateVersions[]", _NEXT),
    Part(
        "AWS::EC2::LaunchTemplate",
        id="item.LaunchTemplateId",
        arn="arn:{partition}:ec2:{region}:{account}:launch-template/{id}",
        properties={
            "LaunchTemplateName": "item.LaunchTemplateName",
            # User data is what keys and passwords are written into, and is not read.
            "LaunchTemplateData": "item.LaunchTemplateData.{BlockDeviceMappings: BlockDeviceMappings, "
            "EbsOptimized: EbsOptimized, EnclaveOptions: EnclaveOptions, IamInstanceProfile: IamInstanceProfile, "
            "ImageId: ImageId, InstanceType: InstanceType, MetadataOptions: MetadataOptions, Monitoring: Monitoring, "
            "NetworkInterfaces: NetworkInterfaces, SecurityGroupIds: SecurityGroupIds, "
            "TagSpecifications: TagSpecifications}",
        },
    ),
)

_ADDRESSES = Collector(
    Call("describe_addresses", items="Addresses[]"),
    Part(
        "AWS::EC2::EIP",
        id="item.PublicIp",
        arn=None,
        properties=same("item", "Domain", "InstanceId", "NetworkBorderGroup", "PublicIpv4Pool", "Tags"),
    ),
    folded=("AWS::EC2::EIPAssociation",),
)

EC2 = Service("ec2", (_INSTANCES, _VOLUMES, _TEMPLATES, _ADDRESSES, *NETWORKS))
