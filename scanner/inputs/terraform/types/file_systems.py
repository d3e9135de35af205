"""File systems, volumes and backups."""

from __future__ import annotations

from scanner.inputs.terraform.attributes import View
from scanner.inputs.terraform.mapping import Context, Fold, Table, part, whole
from scanner.inputs.terraform.shapes import (
    Pointer,
    const,
    document,
    each,
    evaluate,
    one,
    words,
)
from scanner.inputs.terraform.types.identity import ROLE
from scanner.inputs.terraform.types.targets import GROUPS
from scanner.model.unknown import Unknown


def _backup_rule(view: View, context: Context) -> object:
    return each(
        "rule",
        {
            "RuleName": "rule_name",
            "TargetBackupVault": "target_vault_name",
            "ScheduleExpression": "schedule",
            "EnableContinuousBackup": "enable_continuous_backup",
            "Lifecycle": one(
                "lifecycle",
                {
                    "DeleteAfterDays": words("delete_after", {0: None}),
                    "MoveToColdStorageAfterDays": words("cold_storage_after", {0: None}),
                },
            ),
            "CopyActions": each(
                "copy_action",
                {
                    "DestinationBackupVaultArn": "destination_vault_arn",
                    "Lifecycle": one("lifecycle", {"DeleteAfterDays": words("delete_after", {0: None})}),
                },
            ),
        },
    )(view, context)


_FSX = ("LustreConfiguration", "OntapConfiguration", "OpenZFSConfiguration", "WindowsConfiguration")


def _fsx(kind: str) -> dict[str, object]:
    return {
        **dict.fromkeys(_FSX, const(None)),
        "FileSystemType": const(kind),
        "KmsKeyId": "kms_key_id",
        "SubnetIds": "subnet_ids",
        "SecurityGroupIds": Pointer("security_group_ids", *GROUPS),
    }


def _has_selection_tag(view: View, context: Context) -> object:
    return each("selection_tag", {"ConditionType": "type", "ConditionKey": "key", "ConditionValue": "value"})(
        view, context
    )


def _conditions(view: View, context: Context) -> object:
    found = view.blocks("condition")
    if not isinstance(found, list):
        return found if isinstance(found, Unknown) else None
    pair = {"ConditionKey": "key", "ConditionValue": "value"}
    return (
        evaluate(
            {
                "StringEquals": each("string_equals", pair),
                "StringLike": each("string_like", pair),
                "StringNotEquals": each("string_not_equals", pair),
                "StringNotLike": each("string_not_like", pair),
            },
            found[0],
            context,
        )
        if found
        else None
    )


TABLE: Table = {
    "aws_efs_file_system": whole(
        "AWS::EFS::FileSystem",
        {"Encrypted": "encrypted", "KmsKeyId": "kms_key_id", "PerformanceMode": "performance_mode"},
        name="id",
        lacks=("BackupPolicy", "FileSystemPolicy"),
    ),
    "aws_efs_backup_policy": part(
        Fold("file_system_id", ("aws_efs_file_system",), {"BackupPolicy": one("backup_policy", {"Status": "status"})})
    ),
    "aws_efs_file_system_policy": part(
        Fold("file_system_id", ("aws_efs_file_system",), {"FileSystemPolicy": document("policy")})
    ),
    "aws_efs_access_point": whole(
        "AWS::EFS::AccessPoint",
        {
            "FileSystemId": Pointer("file_system_id", "aws_efs_file_system"),
            "PosixUser": one("posix_user", {"Uid": "uid", "Gid": "gid", "SecondaryGids": "secondary_gids"}),
            "RootDirectory": one(
                "root_directory",
                {
                    "Path": "path",
                    "CreationInfo": one(
                        "creation_info",
                        {"OwnerUid": "owner_uid", "OwnerGid": "owner_gid", "Permissions": "permissions"},
                    ),
                },
            ),
        },
        name="id",
    ),
    "aws_fsx_lustre_file_system": whole(
        "AWS::FSx::FileSystem",
        {
            **_fsx("LUSTRE"),
            "LustreConfiguration": {
                "AutomaticBackupRetentionDays": "automatic_backup_retention_days",
                "DeploymentType": "deployment_type",
            },
        },
        name="id",
    ),
    "aws_fsx_windows_file_system": whole(
        "AWS::FSx::FileSystem",
        {
            **_fsx("WINDOWS"),
            "WindowsConfiguration": {"AutomaticBackupRetentionDays": "automatic_backup_retention_days"},
        },
        name="id",
    ),
    "aws_fsx_ontap_file_system": whole(
        "AWS::FSx::FileSystem",
        {**_fsx("ONTAP"), "OntapConfiguration": {"AutomaticBackupRetentionDays": "automatic_backup_retention_days"}},
        name="id",
    ),
    "aws_fsx_openzfs_file_system": whole(
        "AWS::FSx::FileSystem",
        {
            **_fsx("OPENZFS"),
            "OpenZFSConfiguration": {"AutomaticBackupRetentionDays": "automatic_backup_retention_days"},
        },
        name="id",
    ),
    "aws_ebs_volume": whole(
        "AWS::EC2::Volume",
        {
            "Encrypted": "encrypted",
            "KmsKeyId": "kms_key_id",
            "SnapshotId": "snapshot_id",
            "Size": "size",
            "VolumeType": "type",
        },
        name="id",
    ),
    "aws_backup_vault": whole(
        "AWS::Backup::BackupVault",
        {"BackupVaultName": "name", "EncryptionKeyArn": "kms_key_arn"},
        lacks=("AccessPolicy", "LockConfiguration"),
    ),
    "aws_backup_vault_policy": part(
        Fold("backup_vault_name", ("aws_backup_vault",), {"AccessPolicy": document("policy")})
    ),
    "aws_backup_vault_lock_configuration": part(
        Fold(
            "backup_vault_name",
            ("aws_backup_vault",),
            {
                "LockConfiguration": {
                    "ChangeableForDays": "changeable_for_days",
                    "MinRetentionDays": "min_retention_days",
                    "MaxRetentionDays": "max_retention_days",
                }
            },
        )
    ),
    "aws_backup_plan": whole(
        "AWS::Backup::BackupPlan",
        {"BackupPlan": {"BackupPlanName": "name", "BackupPlanRule": _backup_rule}},
        name="id",
    ),
    "aws_backup_selection": whole(
        "AWS::Backup::BackupSelection",
        {
            "BackupPlanId": Pointer("plan_id", "aws_backup_plan"),
            "BackupSelection": {
                "SelectionName": "name",
                "IamRoleArn": Pointer("iam_role_arn", *ROLE, attribute="Arn"),
                "Resources": "resources",
                "NotResources": "not_resources",
                "ListOfTags": _has_selection_tag,
                "Conditions": _conditions,
            },
        },
        name="id",
        arn=None,
    ),
    "aws_backup_restore_testing_plan": whole(
        "AWS::Backup::RestoreTestingPlan",
        {"RestoreTestingPlanName": "name", "ScheduleExpression": "schedule_expression"},
    ),
}
