"""Items, objects and files."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from tests.live.deploying.made import (
    ACCOUNT,
    Clients,
    Deployer,
    Inexpressible,
    Made,
    Properties,
    arn_of,
    pick,
    tag_list,
)


def table(clients: Clients, name: str, properties: Properties) -> Made:
    return _table(clients, name, properties)


def _table(clients: Clients, name: str, properties: Mapping[str, Any]) -> Made:
    dynamodb = clients("dynamodb")
    name = properties.get("TableName", name)
    # A template may leave out what no table can be without.
    schema = properties.get("KeySchema") or [{"AttributeName": "id", "KeyType": "HASH"}]
    indexes = [
        {"Projection": {"ProjectionType": "ALL"}, **each} for each in properties.get("GlobalSecondaryIndexes", [])
    ]
    kinds = {each["AttributeName"]: each["AttributeType"] for each in properties.get("AttributeDefinitions", [])}
    keys = {each["AttributeName"]: "S" for keyed in (schema, *(i["KeySchema"] for i in indexes)) for each in keyed}
    if "OnDemandThroughput" in properties:
        raise Inexpressible("moto forgets the limits of tables on demand")
    sent: dict[str, Any] = {
        "BillingMode": properties.get("BillingMode", "PROVISIONED"),
        **pick(properties, "StreamSpecification", "TableClass", "DeletionProtectionEnabled"),
    }
    if sent["BillingMode"] == "PROVISIONED":
        given = properties.get("ProvisionedThroughput", {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1})
        throughput = {key: int(value) for key, value in given.items()}
        sent["ProvisionedThroughput"] = throughput
        indexes = [{"ProvisionedThroughput": throughput, **each} for each in indexes]
    if "StreamSpecification" in sent:
        sent["StreamSpecification"] = {"StreamEnabled": True, **sent["StreamSpecification"]}
    encryption = properties.get("SSESpecification")
    if encryption:
        sent["SSESpecification"] = {
            "Enabled": encryption["SSEEnabled"],
            **pick(encryption, "SSEType", "KMSMasterKeyId"),
        }
    made = dynamodb.create_table(
        TableName=name,
        KeySchema=schema,
        AttributeDefinitions=[
            {"AttributeName": key, "AttributeType": kinds.get(key, kind)} for key, kind in keys.items()
        ],
        Tags=tag_list(properties),
        **({"GlobalSecondaryIndexes": indexes} if indexes else {}),
        **sent,
    )["TableDescription"]
    backups = properties.get("PointInTimeRecoverySpecification")
    if backups:
        dynamodb.update_continuous_backups(TableName=name, PointInTimeRecoverySpecification=backups)
    if "ResourcePolicy" in properties:
        dynamodb.put_resource_policy(
            ResourceArn=made["TableArn"], Policy=json.dumps(properties["ResourcePolicy"]["PolicyDocument"])
        )
    return Made(name, name, made["TableArn"])


def global_table(clients: Clients, name: str, properties: Properties) -> Made:
    """Of an account's region it is the table there."""
    home = clients("dynamodb").meta.region_name
    if "Replicas" not in properties:
        raise Inexpressible("a global table has replicas")
    here = [each for each in properties["Replicas"] if each["Region"] == home]
    if not here:
        raise Inexpressible("it has no replica in the region that is read")
    replica = here[0]
    own = {**pick(properties, *properties), **{key: value for key, value in replica.items() if key != "Region"}}
    if "SSESpecification" in own:
        own["SSESpecification"] = {**properties.get("SSESpecification", {}), **replica.get("SSESpecification", {})}
    made = _table(clients, name, own)
    return Made(made.id, made.ref, made.arn, type="AWS::DynamoDB::Table")


def _grantee(grant: Properties, owner: Properties) -> dict[str, str]:
    if "Group" in grant:
        kind = "s3" if grant["Group"] == "LogDelivery" else "global"
        return {"Type": "Group", "URI": f"http://acs.amazonaws.com/groups/{kind}/{grant['Group']}"}
    return {"Type": "CanonicalUser", "ID": owner["ID"] if grant["Account"] == "owner" else grant["CanonicalId"]}


def bucket(clients: Clients, name: str, properties: Properties) -> Made:  # one call for each property
    s3 = clients("s3")
    name = properties.get("BucketName", name.lower() if len(name) > 2 else f"bucket-{name.lower()}")  # S3's own limit
    lock = properties.get("ObjectLockEnabled")
    region = s3.meta.region_name
    s3.create_bucket(
        Bucket=name,
        **({"ObjectLockEnabledForBucket": True} if lock else {}),
        **({"CreateBucketConfiguration": {"LocationConstraint": region}} if region != "us-east-1" else {}),
    )
    # Without a block, and with ACLs, as buckets from before 2023 are: AWS would refuse what such examples are about.
    if "OwnershipControls" in properties:
        s3.put_bucket_ownership_controls(Bucket=name, OwnershipControls=properties["OwnershipControls"])
    if "PublicAccessBlockConfiguration" in properties:
        s3.put_public_access_block(
            Bucket=name, PublicAccessBlockConfiguration=properties["PublicAccessBlockConfiguration"]
        )
    rules = [
        {
            **pick(each, "BucketKeyEnabled"),
            **(
                {"ApplyServerSideEncryptionByDefault": each["ServerSideEncryptionByDefault"]}
                if "ServerSideEncryptionByDefault" in each
                else {}
            ),
        }
        for each in properties.get("BucketEncryption", {}).get("ServerSideEncryptionConfiguration", [])
    ] or [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
    s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": rules})
    if properties.get("AccessControl") == "PublicReadWrite":
        raise Inexpressible("moto tells only the first permission of a grant")
    if properties.get("AccessControl") == "LogDeliveryWrite":
        # Of what is canned the grant that moto would not tell.
        properties = {**properties, "AclGrants": [{"Group": "LogDelivery", "Permission": "WRITE"}]}
    elif "AccessControl" in properties:
        canned = re.sub(r"(?<!^)([A-Z])", r"-\1", properties["AccessControl"]).lower()
        s3.put_bucket_acl(Bucket=name, ACL=canned)
    if "AclGrants" in properties:
        owner = s3.get_bucket_acl(Bucket=name)["Owner"]
        grants = [
            {"Grantee": _grantee(each, owner), "Permission": each["Permission"]} for each in properties["AclGrants"]
        ]
        s3.put_bucket_acl(Bucket=name, AccessControlPolicy={"Grants": grants, "Owner": owner})
    if "VersioningConfiguration" in properties:
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration=properties["VersioningConfiguration"])
    logging = properties.get("LoggingConfiguration")
    if logging:
        _log(s3, name, logging)
    if "ObjectLockConfiguration" in properties:
        s3.put_object_lock_configuration(Bucket=name, ObjectLockConfiguration=properties["ObjectLockConfiguration"])
    if "WebsiteConfiguration" in properties:
        site = properties["WebsiteConfiguration"]
        s3.put_bucket_website(
            Bucket=name,
            WebsiteConfiguration={
                **({"IndexDocument": {"Suffix": site["IndexDocument"]}} if "IndexDocument" in site else {}),
                **({"ErrorDocument": {"Key": site["ErrorDocument"]}} if "ErrorDocument" in site else {}),
                **pick(site, "RedirectAllRequestsTo"),
            },
        )
    if "ReplicationConfiguration" in properties:
        _replicate(clients, name, properties["ReplicationConfiguration"])
    if "LifecycleConfiguration" in properties:
        rules = [_lifecycle(place, each) for place, each in enumerate(properties["LifecycleConfiguration"]["Rules"])]
        s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": rules})
    if "NotificationConfiguration" in properties:
        _notify(s3, name, properties["NotificationConfiguration"])
    if "Tags" in properties:
        s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": tag_list(properties)})
    return Made(name, name, f"arn:aws:s3:::{name}", {"DomainName": f"{name}.s3.amazonaws.com"})


def _log(s3: Any, name: str, logging: Mapping[str, Any]) -> None:
    target = logging.get("DestinationBucketName", name)
    allowed = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "logging.s3.amazonaws.com"},
                "Action": "s3:PutObject",
                "Resource": f"arn:aws:s3:::{target}/*",
            }
        ],
    }
    # The service asks whether it may write there, and the policy may come later than the bucket.
    try:
        before = s3.get_bucket_policy(Bucket=target)["Policy"]
    except s3.exceptions.ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchBucket":
            s3.create_bucket(Bucket=target)
        before = None
    s3.put_bucket_policy(Bucket=target, Policy=json.dumps(allowed))
    s3.put_bucket_logging(
        Bucket=name,
        BucketLoggingStatus={
            "LoggingEnabled": {"TargetBucket": target, "TargetPrefix": logging.get("LogFilePrefix", "")}
        },
    )
    if before is None:
        s3.delete_bucket_policy(Bucket=target)
    else:
        s3.put_bucket_policy(Bucket=target, Policy=before)


def _replicate(clients: Clients, name: str, configuration: Mapping[str, Any]) -> None:
    s3 = clients("s3")
    if any("SourceSelectionCriteria" in each for each in configuration["Rules"]):
        raise Inexpressible("moto forgets which objects a rule of replication selects")
    if s3.get_bucket_versioning(Bucket=name).get("Status") != "Enabled":
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    s3.put_bucket_replication(
        Bucket=name,
        ReplicationConfiguration={
            "Role": configuration["Role"],
            "Rules": [
                {"Priority": place, "Filter": {"Prefix": ""}, "DeleteMarkerReplication": {"Status": "Disabled"}, **each}
                for place, each in enumerate(configuration["Rules"])
            ],
        },
    )


def _lifecycle(place: int, rule: Mapping[str, Any]) -> dict[str, Any]:
    sent: dict[str, Any] = {
        "ID": rule.get("Id", f"r{place}"),
        "Filter": {"Prefix": rule.get("Prefix", "")},
        **pick(rule, "Status", "AbortIncompleteMultipartUpload", "NoncurrentVersionExpiration"),
    }
    if "ExpirationInDays" in rule:
        sent["Expiration"] = {"Days": rule["ExpirationInDays"]}
    if "Transitions" in rule:
        sent["Transitions"] = [
            {"StorageClass": each["StorageClass"], "Days": each["TransitionInDays"]} for each in rule["Transitions"]
        ]
    unknown = rule.keys() - sent.keys() - {"Id", "Prefix", "ExpirationInDays", "Transitions"}
    if unknown:
        raise Inexpressible(f"nothing deploys {', '.join(sorted(unknown))} of rules of lifecycles")
    return sent


def _notify(s3: Any, name: str, configuration: Mapping[str, Any]) -> None:
    sent: dict[str, Any] = {}
    for kind, there, field in (
        ("TopicConfigurations", "TopicArn", "Topic"),
        ("QueueConfigurations", "QueueArn", "Queue"),
        ("LambdaFunctionConfigurations", "LambdaFunctionArn", "Function"),
    ):
        given = configuration.get(kind.replace("LambdaFunction", "Lambda"), [])
        if given:
            service = {"TopicArn": "sns", "QueueArn": "sqs", "LambdaFunctionArn": "lambda"}[there]
            sent[kind] = [{there: arn_of(service, each[field]), "Events": [each["Event"]]} for each in given]
    if "EventBridgeConfiguration" in configuration:
        raise Inexpressible("moto does not tell that a bucket tells the event bus")
    s3.put_bucket_notification_configuration(
        Bucket=name, NotificationConfiguration=sent, SkipDestinationValidation=True
    )


def bucket_policy(clients: Clients, name: str, properties: Properties) -> Made:
    del name
    target = properties["Bucket"]
    s3 = clients("s3")
    if target not in {each["Name"] for each in s3.list_buckets()["Buckets"]}:
        s3.create_bucket(Bucket=target)
    s3.put_bucket_policy(Bucket=target, Policy=json.dumps(properties["PolicyDocument"]))
    return Made(target, target)


def access_point(clients: Clients, name: str, properties: Properties) -> Made:
    control = clients("s3control")
    given = properties["Bucket"].ljust(3, "0")  # S3's own limit
    name = properties.get("Name", name.lower())
    if given not in {each["Name"] for each in clients("s3").list_buckets()["Buckets"]}:
        clients("s3").create_bucket(Bucket=given)
    arn = control.create_access_point(
        AccountId=ACCOUNT,
        Name=name,
        Bucket=given,
        **pick(properties, "PublicAccessBlockConfiguration", "VpcConfiguration"),
    )["AccessPointArn"]
    if "Policy" in properties:
        control.put_access_point_policy(AccountId=ACCOUNT, Name=name, Policy=json.dumps(properties["Policy"]))
    return Made(name, name, arn)


def files(clients: Clients, name: str, properties: Properties) -> Made:
    efs = clients("efs")
    made = efs.create_file_system(
        CreationToken=name,
        Tags=tag_list({"Tags": properties.get("FileSystemTags", [])}),
        **pick(properties, "Encrypted", "KmsKeyId"),
    )
    if "BackupPolicy" in properties:
        efs.put_backup_policy(FileSystemId=made["FileSystemId"], BackupPolicy=properties["BackupPolicy"])
    if "FileSystemPolicy" in properties:
        efs.put_file_system_policy(FileSystemId=made["FileSystemId"], Policy=json.dumps(properties["FileSystemPolicy"]))
    return Made(made["FileSystemId"], made["FileSystemId"], made["FileSystemArn"])


DEPLOYERS: Mapping[str, Deployer] = {
    "AWS::DynamoDB::GlobalTable": global_table,
    "AWS::DynamoDB::Table": table,
    "AWS::EFS::FileSystem": files,
    "AWS::S3::AccessPoint": access_point,
    "AWS::S3::Bucket": bucket,
    "AWS::S3::BucketPolicy": bucket_policy,
}
