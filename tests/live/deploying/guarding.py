"""Recorders, detectors and backups."""

from __future__ import annotations

from collections.abc import Mapping

from tests.live.deploying.made import ROLE, Clients, Deployer, Inexpressible, Made, Properties, pick, small


def recorder(clients: Clients, name: str, properties: Properties) -> Made:
    group = small(properties.get("RecordingGroup", {}))
    properties.get("RoleARN")
    if group.get("recordingStrategy", {}).get("useOnly") == "EXCLUSION_BY_RESOURCE_TYPES":
        raise Inexpressible("moto has no recording strategy")
    config = clients("config")
    config.put_configuration_recorder(
        ConfigurationRecorder={"name": name, "roleARN": ROLE, **({"recordingGroup": group} if group else {})}
    )
    # What a template makes records, once there is somewhere to deliver to.
    if properties.get("Recording", True):
        region = config.meta.region_name
        place = {"CreateBucketConfiguration": {"LocationConstraint": region}} if region != "us-east-1" else {}
        clients("s3").create_bucket(Bucket="recorded", **place)
        config.put_delivery_channel(DeliveryChannel={"name": name, "s3BucketName": "recorded"})
        config.start_configuration_recorder(ConfigurationRecorderName=name)
    return Made(name, name)


def detector(clients: Clients, name: str, properties: Properties) -> Made:
    del name
    made = clients("guardduty").create_detector(Enable=properties["Enable"])["DetectorId"]
    return Made(made, made)


def plan(clients: Clients, name: str, properties: Properties) -> Made:
    rules = []
    for each in properties["BackupPlan"]["BackupPlanRule"]:
        rule = {"RuleName": "daily", **each}
        rule["TargetBackupVaultName"] = rule.pop("TargetBackupVault", "v")
        rules.append(rule)
    made = clients("backup").create_backup_plan(
        BackupPlan={"BackupPlanName": properties["BackupPlan"].get("BackupPlanName", name), "Rules": rules}
    )
    return Made(made["BackupPlanId"], made["BackupPlanId"], made["BackupPlanArn"])


def vault(clients: Clients, name: str, properties: Properties) -> Made:
    if {"AccessPolicy", "LockConfiguration"} & properties.keys():
        raise Inexpressible("moto keeps no policies and dates of locks of vaults")
    name = properties.get("BackupVaultName", name)
    made = clients("backup").create_backup_vault(BackupVaultName=name, **pick(properties, "EncryptionKeyArn"))
    return Made(name, name, made["BackupVaultArn"])


DEPLOYERS: Mapping[str, Deployer] = {
    "AWS::Backup::BackupPlan": plan,
    "AWS::Backup::BackupVault": vault,
    "AWS::Config::ConfigurationRecorder": recorder,
    "AWS::GuardDuty::Detector": detector,
}
