"""Amazon FSx: file systems."""

from __future__ import annotations

from scanner.live.collector_table import Call, Collector, Paging, Part, Service, same

FSX = Service(
    "fsx",
    (
        Collector(
            Call("describe_file_systems", items="FileSystems[]", paging=Paging("NextToken", "NextToken")),
            Part(
                "AWS::FSx::FileSystem",
                id="item.FileSystemId",
                arn="item.ResourceARN",
                properties={
                    "LustreConfiguration": same(
                        "item.LustreConfiguration", "AutomaticBackupRetentionDays", "DeploymentType"
                    ),
                    "OntapConfiguration": same(
                        "item.OntapConfiguration", "AutomaticBackupRetentionDays", "DeploymentType"
                    ),
                    "OpenZFSConfiguration": same(
                        "item.OpenZFSConfiguration", "AutomaticBackupRetentionDays", "DeploymentType"
                    ),
                    "WindowsConfiguration": same(
                        "item.WindowsConfiguration", "AutomaticBackupRetentionDays", "DeploymentType"
                    ),
                    **same("item", "FileSystemType", "KmsKeyId", "StorageCapacity", "StorageType", "SubnetIds", "Tags"),
                },
            ),
        ),
    ),
)
