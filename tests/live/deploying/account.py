"""The account itself, and what only an account has: an example says what AWS would tell of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tests.live.deploying.made import ACCOUNT, Clients, Deployer, Inexpressible, Made, Properties
from tests.live.deploying.networks import instance
from tests.live.deploying.watching import trail


def _passwords(clients: Clients, given: Mapping[str, Any]) -> None:
    clients("iam").update_account_password_policy(**given)


def _block(clients: Clients, given: Mapping[str, Any]) -> None:
    clients("s3control").put_public_access_block(AccountId=ACCOUNT, PublicAccessBlockConfiguration=given)


def _disks(clients: Clients, given: Any) -> None:
    if given:
        clients("ec2").enable_ebs_encryption_by_default()


def _guard(clients: Clients, given: Mapping[str, Any]) -> None:
    if given["Enabled"]:
        clients("guardduty").create_detector(Enable=True)


def _trails(clients: Clients, given: Mapping[str, Any]) -> None:
    """What the trails beside it do not say already."""
    known = {each["Name"] for each in clients("cloudtrail").describe_trails()["trailList"]}
    for each in given.get("Trails", []):
        if each["Name"] not in known and not known:
            properties = {"TrailName": f"trail-{each['Name']}", "S3BucketName": "trail", "IsLogging": each["IsLogging"]}
            trail(clients, "trail", Properties(properties))
    known = {each["Name"] for each in clients("cloudtrail").describe_trails()["trailList"]}
    if given.get("Logging") and not known:
        trail(clients, "trail", Properties({"S3BucketName": "trail", "IsLogging": True}))


def _invocations(clients: Clients, given: Mapping[str, Any]) -> None:
    configuration = {"cloudWatchConfig": {"roleArn": f"arn:aws:iam::{ACCOUNT}:role/log", **given["cloudWatchConfig"]}}
    clients("bedrock").put_model_invocation_logging_configuration(loggingConfig=configuration)


def _summary(clients: Clients, given: Mapping[str, Any]) -> None:
    del clients
    # How many users there are only makes an account of it.
    if given.keys() - {"Users"}:
        raise Inexpressible("moto has no root user, and no sums that could be set")


_TOLD: Mapping[str, Callable[[Clients, Any], None]] = {
    "AccountSummary": _summary,
    "BedrockInvocationLogging": _invocations,
    "CloudTrail": _trails,
    "EbsEncryptionByDefault": _disks,
    "GuardDuty": _guard,
    "PasswordPolicy": _passwords,
    "PublicAccessBlockConfiguration": _block,
}


def account(clients: Clients, name: str, properties: Properties) -> Made:
    del name
    for key in properties:
        if key not in _TOLD:
            raise Inexpressible(f"moto tells no {key} of an account, or none that could be set")
        _TOLD[key](clients, properties[key])
    return Made(ACCOUNT, ACCOUNT)


def _no_ages(properties: Properties) -> None:
    """Whatever moto makes was made just now."""
    if any(name.endswith("Days") for name in properties):
        raise Inexpressible("what moto makes has no age")


def credentials(clients: Clients, name: str, properties: Properties) -> Made:
    _no_ages(properties)
    if any(each.get("AgeDays", 0) or each.get("IdleDays", 0) for each in properties.get("AccessKeys", [])):
        raise Inexpressible("what moto makes has no age")
    iam = clients("iam")
    name = properties.get("UserName", name)
    iam.create_user(UserName=name)
    if properties.get("PasswordEnabled"):
        iam.create_login_profile(UserName=name, Password="Not-a-secret-1")
    if properties.get("MfaActive"):
        device = iam.create_virtual_mfa_device(VirtualMFADeviceName=name)["VirtualMFADevice"]["SerialNumber"]
        iam.enable_mfa_device(
            UserName=name, SerialNumber=device, AuthenticationCode1="123456", AuthenticationCode2="654321"
        )
    return Made(name)


def key_state(clients: Clients, name: str, properties: Properties) -> Made:
    del name
    if properties["Manager"] != "CUSTOMER" or properties["State"] == "PendingReplicaDeletion":
        raise Inexpressible("moto makes no keys of AWS, and no replicas to wait for")
    kms = clients("kms")
    made: str = kms.create_key()["KeyMetadata"]["KeyId"]
    if properties["State"] == "Disabled":
        kms.disable_key(KeyId=made)
    if properties["State"] == "PendingDeletion":
        kms.schedule_key_deletion(KeyId=made, PendingWindowInDays=properties.get("DeletionDate") and 7)
    properties["KeyId"]
    return Made(made)


def snapshot(clients: Clients, name: str, properties: Properties) -> Made:
    del name
    rds = clients("rds")
    rds.create_db_instance(
        DBInstanceIdentifier=properties["Source"],
        DBInstanceClass="db.t4g.micro",
        Engine="postgres",
        AllocatedStorage=20,
        MasterUsername="clinic",
        MasterUserPassword="Not-a-secret-1",
        StorageEncrypted=properties.get("Encrypted", False),
    )
    rds.create_db_snapshot(DBSnapshotIdentifier=properties["SnapshotId"], DBInstanceIdentifier=properties["Source"])
    shared = [*properties.get("SharedWith", []), *(["all"] if properties.get("Public") else [])]
    if shared:
        rds.modify_db_snapshot_attribute(
            DBSnapshotIdentifier=properties["SnapshotId"], AttributeName="restore", ValuesToAdd=shared
        )
    return Made(properties["SnapshotId"])


def shared_document(clients: Clients, name: str, properties: Properties) -> Made:
    del name
    ssm = clients("ssm")
    content = '{"schemaVersion": "2.2", "description": "d", "mainSteps": []}'
    ssm.create_document(Name=properties["Name"], Content=content, DocumentType="Command", DocumentFormat="JSON")
    with_whom = ["all"] if properties["Public"] else properties.get("SharedWith", [])
    ssm.modify_document_permission(Name=properties["Name"], PermissionType="Share", AccountIdsToAdd=with_whom)
    return Made(properties["Name"])


def machine_state(clients: Clients, name: str, properties: Properties) -> Made:
    _no_ages(properties)
    made = instance(clients, name, Properties({}))
    properties["InstanceId"]
    if properties["State"] == "stopped":
        clients("ec2").stop_instances(InstanceIds=[made.id])
    return Made(made.id)


DEPLOYERS: Mapping[str, Deployer] = {
    "AWS::::Account": account,
    "Tenantproof::EC2::InstanceState": machine_state,
    "Tenantproof::IAM::UserCredentials": credentials,
    "Tenantproof::KMS::KeyState": key_state,
    "Tenantproof::RDS::Snapshot": snapshot,
    "Tenantproof::SSM::DocumentSharing": shared_document,
}
