"""Amazon S3: buckets and their policies."""

from __future__ import annotations

from scanner.live.collector_table import Call, Collector, Detail, Paging, Part, Service, Tagged

ACCOUNT_BLOCK = Detail(
    "get_public_access_block",
    {"AccountId": "account"},
    service="s3control",
    action="s3:GetAccountPublicAccessBlock",
    absent=("NoSuchPublicAccessBlockConfiguration",),
    once=True,
)
"""S3 Block Public Access of the account, which counts for each of its buckets and access points."""
_BUCKET = {"Bucket": "item.Name"}
# Replication and Object Lock need versioning, and it cannot be suspended while they are there ("Requirements and
# considerations for replication", "Object Lock considerations").
_UNVERSIONED = "versioning.Status != 'Enabled'"
_TARGET = (
    "{Destination: Destination.{Bucket: Bucket, Account: Account, StorageClass: StorageClass, "
    "EncryptionConfiguration: EncryptionConfiguration}, SourceSelectionCriteria: SourceSelectionCriteria, "
    "Status: Status, Id: ID, Priority: Priority}"
)

S3 = Service(
    "s3",
    scope="global",
    collectors=(
        Collector(
            Call(
                "list_buckets",
                {"MaxBuckets": "`1000`"},
                "Buckets[]",
                Paging("ContinuationToken", "ContinuationToken"),
                "s3:ListAllMyBuckets",
            ),
            Part(
                "AWS::S3::Bucket",
                id="item.Name",
                arn="arn:{partition}:s3:::{id}",
                # Without a region it is the oldest ("GetBucketLocation": an empty constraint).
                region="item.BucketRegion || choose(location.LocationConstraint == 'EU', 'eu-west-1', "
                "location.LocationConstraint) || 'us-east-1'",
                gone=("NoSuchBucket",),
                details={
                    "location": Detail("get_bucket_location", _BUCKET, when="!(item.BucketRegion)"),
                    "encryption": Detail(
                        "get_bucket_encryption",
                        _BUCKET,
                        action="s3:GetEncryptionConfiguration",
                        absent=("ServerSideEncryptionConfigurationNotFoundError",),
                    ),
                    "block": Detail(
                        "get_public_access_block",
                        _BUCKET,
                        action="s3:GetBucketPublicAccessBlock",
                        absent=("NoSuchPublicAccessBlockConfiguration",),
                    ),
                    # Without it nobody knows whether what the bucket itself lets in counts.
                    "account_block": ACCOUNT_BLOCK,
                    "versioning": Detail("get_bucket_versioning", _BUCKET),
                    "logging": Detail("get_bucket_logging", _BUCKET),
                    "ownership": Detail(
                        "get_bucket_ownership_controls", _BUCKET, absent=("OwnershipControlsNotFoundError",)
                    ),
                    # Where ACLs are switched off, every ACL reads as the owner's full control ("Controlling ownership
                    # of objects and disabling ACLs for your bucket").
                    "acl": Detail(
                        "get_bucket_acl",
                        _BUCKET,
                        needless="ownership.OwnershipControls.Rules[0].ObjectOwnership == 'BucketOwnerEnforced'",
                    ),
                    "tagging": Detail(
                        "get_bucket_tagging", _BUCKET, absent=("NoSuchTagSet",), tagged=Tagged("s3", "{TagSet: tags}")
                    ),
                    "lifecycle": Detail(
                        "get_bucket_lifecycle_configuration",
                        _BUCKET,
                        action="s3:GetLifecycleConfiguration",
                        absent=("NoSuchLifecycleConfiguration",),
                    ),
                    "replication": Detail(
                        "get_bucket_replication",
                        _BUCKET,
                        action="s3:GetReplicationConfiguration",
                        absent=("ReplicationConfigurationNotFoundError",),
                        needless=_UNVERSIONED,
                    ),
                    "notification": Detail(
                        "get_bucket_notification_configuration", _BUCKET, action="s3:GetBucketNotification"
                    ),
                    "website": Detail("get_bucket_website", _BUCKET, absent=("NoSuchWebsiteConfiguration",)),
                    "lock": Detail(
                        "get_object_lock_configuration",
                        _BUCKET,
                        action="s3:GetBucketObjectLockConfiguration",
                        absent=("ObjectLockConfigurationNotFoundError", "ObjectLockConfigurationNotFound"),
                        needless=_UNVERSIONED,
                    ),
                    "policy": Detail("get_bucket_policy", _BUCKET, absent=("NoSuchBucketPolicy",)),
                },
                properties={
                    "BucketName": "id",
                    "BucketEncryption": {
                        "ServerSideEncryptionConfiguration": "encryption.ServerSideEncryptionConfiguration.Rules[]."
                        "{BucketKeyEnabled: BucketKeyEnabled, ServerSideEncryptionByDefault: "
                        "ApplyServerSideEncryptionByDefault}"
                    },
                    "PublicAccessBlockConfiguration": "block.PublicAccessBlockConfiguration",
                    "AccountPublicAccessBlock": "account_block.PublicAccessBlockConfiguration",
                    "VersioningConfiguration": {"Status": "versioning.Status"},
                    "LoggingConfiguration": "logging.LoggingEnabled."
                    "{DestinationBucketName: TargetBucket, LogFilePrefix: TargetPrefix}",
                    "OwnershipControls": {
                        "Rules": "ownership.OwnershipControls.Rules[].{ObjectOwnership: ObjectOwnership}"
                    },
                    "AclGrants": "acl && acl_grants(acl)",
                    # Of grants that no canned ACL has the name is unknown.
                    "AccessControl": "acl && canned_acl(acl)",
                    "LifecycleConfiguration": {
                        "Rules": "lifecycle.Rules[].{Id: ID, Status: Status, Prefix: Prefix || Filter.Prefix, "
                        "ExpirationInDays: Expiration.Days, ExpirationDate: Expiration.Date, "
                        "ExpiredObjectDeleteMarker: Expiration.ExpiredObjectDeleteMarker, "
                        "TagFilters: Filter.And.Tags || (Filter.Tag && [Filter.Tag]) || `null`, "
                        "AbortIncompleteMultipartUpload: AbortIncompleteMultipartUpload, "
                        "NoncurrentVersionExpiration: NoncurrentVersionExpiration, "
                        "NoncurrentVersionTransitions: NoncurrentVersionTransitions[]."
                        "{StorageClass: StorageClass, TransitionInDays: NoncurrentDays}, "
                        "Transitions: Transitions[].{StorageClass: StorageClass, TransitionInDays: Days, "
                        "TransitionDate: Date}}"
                    },
                    "ReplicationConfiguration": {
                        "Role": "replication.ReplicationConfiguration.Role",
                        "Rules": f"replication.ReplicationConfiguration.Rules[].{_TARGET}",
                    },
                    "NotificationConfiguration": {
                        "TopicConfigurations": "notification.TopicConfigurations[].{Topic: TopicArn, Event: Events[0]}",
                        "QueueConfigurations": "notification.QueueConfigurations[].{Queue: QueueArn, Event: Events[0]}",
                        "LambdaConfigurations": "notification.LambdaFunctionConfigurations[]."
                        "{Function: LambdaFunctionArn, Event: Events[0]}",
                        # An empty object says that it is switched on.
                        "EventBridgeConfiguration": "notification.EventBridgeConfiguration != `null` && "
                        "{EventBridgeEnabled: `true`} || `null`",
                    },
                    "WebsiteConfiguration": "website && {IndexDocument: website.IndexDocument.Suffix, "
                    "ErrorDocument: website.ErrorDocument.Key, "
                    "RedirectAllRequestsTo: website.RedirectAllRequestsTo}",
                    "ObjectLockEnabled": "lock.ObjectLockConfiguration.ObjectLockEnabled == 'Enabled'",
                    "ObjectLockConfiguration": "lock.ObjectLockConfiguration",
                    "Tags": "tagging.TagSet",
                },
                children=(
                    Part(
                        "AWS::S3::BucketPolicy",
                        each="policy.Policy && {Policy: policy.Policy}",
                        id="parent_id",
                        properties={"Bucket": "parent_id", "PolicyDocument": "document(item.Policy)"},
                    ),
                ),
            ),
        ),
    ),
)
