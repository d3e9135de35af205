"""Amazon EFS: file systems and their access points."""

from __future__ import annotations

from scanner.live.collector_table import Call, Collector, Detail, Paging, Part, Service, same

_ID = {"FileSystemId": "item.FileSystemId"}

EFS = Service(
    "efs",
    prefix="elasticfilesystem",
    collectors=(
        Collector(
            Call("describe_file_systems", items="FileSystems[]", paging=Paging("Marker", "NextMarker")),
            Part(
                "AWS::EFS::FileSystem",
                id="item.FileSystemId",
                arn="arn:{partition}:elasticfilesystem:{region}:{account}:file-system/{id}",
                gone=("FileSystemNotFound",),
                details={
                    "backup": Detail("describe_backup_policy", _ID, absent=("PolicyNotFound",)),
                    "policy": Detail("describe_file_system_policy", _ID, absent=("PolicyNotFound",)),
                },
                properties={
                    "BackupPolicy": {"Status": "backup.BackupPolicy.Status"},
                    "FileSystemPolicy": "document(policy.Policy)",
                    "FileSystemProtection": "item.FileSystemProtection",
                    "FileSystemTags": "item.Tags",
                    **same(
                        "item",
                        "AvailabilityZoneName",
                        "Encrypted",
                        "KmsKeyId",
                        "PerformanceMode",
                        "ThroughputMode",
                    ),
                },
            ),
        ),
        Collector(
            Call("describe_access_points", items="AccessPoints[]", paging=Paging("NextToken", "NextToken")),
            Part(
                "AWS::EFS::AccessPoint",
                id="item.AccessPointId",
                arn="item.AccessPointArn",
                properties={
                    "AccessPointTags": "item.Tags",
                    **same("item", "FileSystemId", "PosixUser", "RootDirectory"),
                },
            ),
        ),
    ),
)
