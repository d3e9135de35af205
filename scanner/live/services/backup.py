"""AWS Backup: plans, what they take in, vaults, what is in them, and whether restoring is tried."""

from __future__ import annotations

from scanner.live.collector_table import Call, Collector, Detail, Paging, Part, Service, Shape, same

_NEXT = Paging("NextToken", "NextToken")
_PLAN = {"BackupPlanId": "item.BackupPlanId"}
_PICKED = "selected.BackupSelection"
_LIFECYCLE = (
    "Lifecycle: Lifecycle.{DeleteAfterDays: DeleteAfterDays, MoveToColdStorageAfterDays: MoveToColdStorageAfterDays}"
)
_RULES: Shape = (
    "plan.BackupPlan.Rules[].{RuleName: RuleName, TargetBackupVault: TargetBackupVaultName, "
    "ScheduleExpression: ScheduleExpression, EnableContinuousBackup: EnableContinuousBackup, "
    f"{_LIFECYCLE}, CopyActions: CopyActions[].{{DestinationBackupVaultArn: DestinationBackupVaultArn, {_LIFECYCLE}}}}}"
)

BACKUP = Service(
    "backup",
    (
        Collector(
            Call("list_backup_plans", items="BackupPlansList[]", paging=_NEXT),
            Part(
                "AWS::Backup::BackupPlan",
                id="item.BackupPlanId",
                arn="item.BackupPlanArn",
                gone=("ResourceNotFoundException",),
                details={
                    "plan": Detail("get_backup_plan", _PLAN),
                    "selections": Detail("list_backup_selections", _PLAN, "BackupSelectionsList[]", _NEXT),
                },
                properties={
                    "BackupPlan": {"BackupPlanName": "item.BackupPlanName", "BackupPlanRule": _RULES},
                },
                children=(
                    Part(
                        "AWS::Backup::BackupSelection",
                        each="selections",
                        id="item.SelectionId",
                        gone=("ResourceNotFoundException",),
                        details={
                            "selected": Detail(
                                "get_backup_selection",
                                {"BackupPlanId": "parent_id", "SelectionId": "item.SelectionId"},
                            )
                        },
                        properties={
                            "BackupPlanId": "parent_id",
                            "BackupSelection": {
                                "Conditions": f"{_PICKED}.Conditions",
                                "IamRoleArn": f"{_PICKED}.IamRoleArn",
                                "ListOfTags": f"{_PICKED}.ListOfTags",
                                "NotResources": f"{_PICKED}.NotResources",
                                "Resources": f"{_PICKED}.Resources",
                                "SelectionName": "item.SelectionName",
                            },
                        },
                    ),
                ),
            ),
        ),
        Collector(
            Call("list_backup_vaults", items="BackupVaultList[]", paging=_NEXT),
            Part(
                "AWS::Backup::BackupVault",
                id="item.BackupVaultName",
                arn="item.BackupVaultArn",
                gone=("ResourceNotFoundException",),
                details={
                    "policy": Detail(
                        "get_backup_vault_access_policy",
                        {"BackupVaultName": "item.BackupVaultName"},
                        absent=("ResourceNotFoundException",),
                    ),
                    "points": Detail(
                        "list_recovery_points_by_backup_vault",
                        {"BackupVaultName": "item.BackupVaultName"},
                        "RecoveryPoints[]",
                        _NEXT,
                    ),
                },
                properties={
                    "BackupVaultName": "id",
                    "EncryptionKeyArn": "item.EncryptionKeyArn",
                    "AccessPolicy": "document(policy.Policy)",
                    "LockConfiguration": {
                        # A lock that nobody may lift any more has a date ("Vault lock").
                        "ChangeableForDays": "item.Locked && item.LockDate && `3` || `null`",
                        "MinRetentionDays": "choose(item.Locked, item.MinRetentionDays, `null`)",
                        "MaxRetentionDays": "choose(item.Locked, item.MaxRetentionDays, `null`)",
                    },
                },
                children=(
                    Part(
                        "Tenantproof::Backup::RecoveryPoint",
                        each="points",
                        id="item.RecoveryPointArn",
                        arn="item.RecoveryPointArn",
                        properties={
                            "Arn": "item.RecoveryPointArn",
                            "BackupVaultName": "parent_id",
                            "AgeDays": "days(item.CreationDate, now)",
                            "RetentionDays": "item.Lifecycle.DeleteAfterDays",
                            "MoveToColdStorageAfterDays": "item.Lifecycle.MoveToColdStorageAfterDays",
                            **same("item", "ResourceArn", "ResourceType", "Status", "IsEncrypted", "EncryptionKeyArn"),
                        },
                    ),
                ),
            ),
        ),
        Collector(
            Call("list_restore_testing_plans", items="RestoreTestingPlans[]", paging=_NEXT),
            Part(
                "AWS::Backup::RestoreTestingPlan",
                id="item.RestoreTestingPlanName",
                arn="item.RestoreTestingPlanArn",
                details={
                    "selected": Detail(
                        "list_restore_testing_selections",
                        {"RestoreTestingPlanName": "item.RestoreTestingPlanName"},
                        "RestoreTestingSelections[]",
                        _NEXT,
                    ),
                },
                properties=same("item", "RestoreTestingPlanName", "ScheduleExpression", "StartWindowHours"),
                children=(
                    Part(
                        "AWS::Backup::RestoreTestingSelection",
                        each="selected",
                        id="join('/', [item.RestoreTestingPlanName, item.RestoreTestingSelectionName])",
                        properties=same(
                            "item",
                            "IamRoleArn",
                            "ProtectedResourceType",
                            "RestoreTestingPlanName",
                            "RestoreTestingSelectionName",
                            "ValidationWindowHours",
                        ),
                    ),
                ),
            ),
        ),
    ),
)
