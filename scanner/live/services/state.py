"""What changes by itself: instances and their patches, tunnels, certificates, rotations, copies.

None of it is in a template. The types are those of docs/live-model.md.
"""

from __future__ import annotations

from scanner.live.collector_table import Call, Collector, Detail, Paging, Part, Service, Shape, same

_NEXT = Paging("NextToken", "NextToken")
_MARKER = Paging("Marker", "Marker")
_NUMBERS: dict[str, Shape] = {
    "ResourceId": "item.ResourceId",
    "ResourceType": "item.ResourceType",
    "Status": "item.Status",
    "OverallSeverity": "item.OverallSeverity",
    "NonCompliantCount": "item.NonCompliantSummary.NonCompliantCount",
    "CompliantCount": "item.CompliantSummary.CompliantCount",
}

_TRAILS = (
    "found[].{Name: Name, TrailArn: TrailArn, HomeRegion: HomeRegion, IsMultiRegionTrail: IsMultiRegionTrail, "
    "IsOrganizationTrail: IsOrganizationTrail, IsLogging: IsLogging}"
)


def _compliance(kind: str) -> Part:
    return Part(
        f"Tenantproof::SSM::{kind}Compliance",
        keep=f"item.ComplianceType == '{kind}'",
        id="item.ResourceId",
        properties=_NUMBERS,
    )


def _snapshots(words: str, database: str, of_cluster: bool) -> Collector:
    """`words` are those of the operations and of the answers, `database` is the field that names the source."""
    attribute = f"shared.{words}AttributesResult.{words}Attributes[?AttributeName == 'restore'] | [0].AttributeValues"
    lower = "db_cluster" if of_cluster else "db"
    identifier = f"{words}Identifier"
    arn = f"item.{words}Arn"
    # As of clusters (scanner/live/services/rds.py): `sse-rds` stands beside `false`.
    encrypted = f"item.StorageEncryptionType == 'sse-rds' || item.{'StorageEncrypted' if of_cluster else 'Encrypted'}"
    return Collector(
        Call(
            f"describe_{lower}_snapshots",
            items=f"{words}s[]",
            paging=_MARKER,
            service="rds",
            action=f"rds:Describe{words}s",
        ),
        Part(
            "Tenantproof::RDS::Snapshot",
            id=f"item.{identifier}",
            arn=arn,
            gone=("DBSnapshotNotFound", "DBClusterSnapshotNotFoundFault", "DBSnapshotNotFoundFault"),
            details={
                # Automated ones cannot be shared ("Sharing a DB snapshot").
                "shared": Detail(
                    f"describe_{lower}_snapshot_attributes",
                    {identifier: f"item.{identifier}"},
                    service="rds",
                    action=f"rds:Describe{words}Attributes",
                    when="item.SnapshotType == 'manual'",
                )
            },
            properties={
                "SnapshotId": "id",
                "Arn": arn,
                "Source": f"item.{database}",
                "OfCluster": f"`{str(of_cluster).lower()}`",
                "SnapshotType": "item.SnapshotType",
                "Encrypted": encrypted,
                "KmsKeyId": "item.KmsKeyId",
                "AgeDays": "days(item.SnapshotCreateTime, now)",
                "Public": f"contains({attribute} || `[]`, 'all')",
                "SharedWith": f"({attribute} || `[]`)[?@ != 'all']",
            },
        ),
        also=(
            Part(
                "AWS::RDS::DBClusterSnapshot" if of_cluster else "AWS::RDS::DBSnapshot",
                id=f"item.{identifier}",
                arn=arn,
                properties={"Encrypted": encrypted, "Engine": "item.Engine"},
            ),
        ),
    )


STATE = Service(
    "state",
    (
        Collector(
            Call("describe_instances", items="Reservations[].Instances[]", paging=_NEXT, service="ec2"),
            Part(
                "Tenantproof::EC2::InstanceState",
                keep="item.State.Name != 'terminated'",
                id="item.InstanceId",
                arn="arn:{partition}:ec2:{region}:{account}:instance/{id}",
                properties={
                    "InstanceId": "id",
                    "State": "item.State.Name",
                    "LaunchTime": "item.LaunchTime",
                    "AgeDays": "days(item.LaunchTime, now)",
                    # AWS writes the time into the reason only: `User initiated (2026-01-31 10:00:00 GMT)`.
                    "StoppedSince": "choose(item.State.Name == 'stopped', "
                    "piece(piece(item.StateTransitionReason, '(', `1`), ' GMT', `0`), `null`)",
                    "StoppedDays": "choose(item.State.Name == 'stopped', "
                    "days(piece(piece(item.StateTransitionReason, '(', `1`), ' GMT', `0`), now), `null`)",
                    "EnclaveEnabled": "item.EnclaveOptions.Enabled",
                },
            ),
        ),
        Collector(
            Call("describe_instance_information", items="InstanceInformationList[]", paging=_NEXT, service="ssm"),
            Part(
                "Tenantproof::SSM::ManagedInstance",
                id="item.InstanceId",
                properties={
                    "InstanceId": "id",
                    "LastPingDays": "days(item.LastPingDateTime, now)",
                    **same("item", "PingStatus", "PlatformType", "AssociationStatus", "IsLatestVersion"),
                },
            ),
        ),
        Collector(
            Call(
                "list_resource_compliance_summaries",
                items="ResourceComplianceSummaryItems[]",
                paging=_NEXT,
                service="ssm",
            ),
            _compliance("Patch"),
            also=(_compliance("Association"),),
        ),
        Collector(
            Call(
                "list_documents",
                {"Filters": "[{Key: 'Owner', Values: ['Self']}]"},
                "DocumentIdentifiers[]",
                _NEXT,
                service="ssm",
            ),
            Part(
                "Tenantproof::SSM::DocumentSharing",
                id="item.Name",
                arn="arn:{partition}:ssm:{region}:{account}:document/{id}",
                gone=("InvalidDocument",),
                details={
                    "shared": Detail(
                        "describe_document_permission",
                        {"Name": "id", "PermissionType": "'Share'"},
                        "AccountIds[]",
                        _NEXT,
                        service="ssm",
                    )
                },
                properties={
                    "Name": "id",
                    "Public": "contains(shared, 'all')",
                    "SharedWith": "shared[?@ != 'all']",
                },
            ),
        ),
        Collector(
            Call("describe_vpn_connections", items="VpnConnections[]", service="ec2"),
            Part(
                "Tenantproof::EC2::VpnTunnels",
                keep="item.State != 'deleted'",
                id="item.VpnConnectionId",
                arn="arn:{partition}:ec2:{region}:{account}:vpn-connection/{id}",
                properties={
                    "VpnConnectionId": "id",
                    "State": "item.State",
                    "Tunnels": "item.VgwTelemetry[].{OutsideIpAddress: OutsideIpAddress, Status: Status}",
                    "Up": "length((item.VgwTelemetry || `[]`)[?Status == 'UP'])",
                },
            ),
        ),
        Collector(
            Call(
                "list_secrets",
                {"IncludePlannedDeletion": "`false`"},
                "SecretList[]",
                _NEXT,
                service="secretsmanager",
            ),
            Part(
                "Tenantproof::SecretsManager::SecretUse",
                id="item.Name",
                arn="item.ARN",
                properties={
                    "Name": "id",
                    "Arn": "item.ARN",
                    "RotationEnabled": "item.RotationEnabled || `false`",
                    "RotationIntervalDays": "item.RotationRules.AutomaticallyAfterDays",
                    "LastRotatedDays": "days(item.LastRotatedDate, now)",
                    "LastChangedDays": "days(item.LastChangedDate, now)",
                    "LastAccessedDays": "days(item.LastAccessedDate, now)",
                    "CreatedDays": "days(item.CreatedDate, now)",
                    "RotationOverdueDays": "choose(item.RotationEnabled && item.NextRotationDate && "
                    "days(item.NextRotationDate, now) > `0`, days(item.NextRotationDate, now), `null`)",
                    "OwningService": "item.OwningService",
                },
            ),
        ),
        Collector(
            Call("list_keys", items="Keys[]", paging=Paging("Marker", "NextMarker"), service="kms"),
            Part(
                "Tenantproof::KMS::KeyState",
                id="item.KeyId",
                arn="item.KeyArn",
                gone=("NotFoundException",),
                details={"key": Detail("describe_key", {"KeyId": "item.KeyId"}, service="kms")},
                properties={
                    "KeyId": "id",
                    "Arn": "item.KeyArn",
                    "State": "key.KeyMetadata.KeyState",
                    "Manager": "key.KeyMetadata.KeyManager",
                    "DeletionDate": "key.KeyMetadata.DeletionDate",
                },
            ),
        ),
        Collector(
            Call(
                "describe_trails",
                items="trailList[]",
                service="cloudtrail",
            ),
            Part(
                "Tenantproof::CloudTrail::TrailStatus",
                id="item.Name",
                arn="item.TrailARN",
                gone=("TrailNotFoundException",),
                details={"status": Detail("get_trail_status", {"Name": "item.TrailARN"}, service="cloudtrail")},
                properties={
                    "Name": "id",
                    "TrailArn": "item.TrailARN",
                    "IsLogging": "status.IsLogging",
                    **same("item", "HomeRegion", "IsMultiRegionTrail", "IsOrganizationTrail"),
                },
            ),
            summary={
                "CloudTrail": {"Logging": "length(found[?IsLogging]) > `0`", "Trails": _TRAILS},
            },
        ),
        _snapshots("DBSnapshot", "DBInstanceIdentifier", of_cluster=False),
        _snapshots("DBClusterSnapshot", "DBClusterIdentifier", of_cluster=True),
    ),
)
