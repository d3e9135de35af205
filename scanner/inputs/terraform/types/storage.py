"""Amazon S3: buckets, whose settings are resources of their own since version 4 of the provider."""

from __future__ import annotations

from collections.abc import Sequence

from scanner.inputs.terraform.attributes import LeftOut, View
from scanner.inputs.terraform.mapping import Context, Fold, Function, Make, Table, part, whole
from scanner.inputs.terraform.shapes import (
    Pointer,
    document,
    each,
    evaluate,
    first,
    inside,
    listed,
    one,
    words,
)
from scanner.model.bucket_acl import grant_to
from scanner.model.unknown import Unknown

BUCKET = ("aws_s3_bucket",)
# Blocks that became Computed in version 4, when they were deprecated: then all are unknown at create, whatever is set.
_COMPUTED = ("cors_rule", "grant", "lifecycle_rule", "logging", "website")
_ACLS = {
    "private": "Private",
    "public-read": "PublicRead",
    "public-read-write": "PublicReadWrite",
    "authenticated-read": "AuthenticatedRead",
    "log-delivery-write": "LogDeliveryWrite",
    "aws-exec-read": "AwsExecRead",
    "bucket-owner-read": "BucketOwnerRead",
    "bucket-owner-full-control": "BucketOwnerFullControl",
}


_Grantee = tuple[object, object, object, object]  # type, URI of a group, canonical user id, email address


def _inline(block: str, shape: object) -> Function:
    """A setting inside the bucket itself, as up to version 3; Computed and written nowhere, it is left out."""

    def give(view: View, context: Context) -> object:
        value = evaluate(shape, view, context)
        return None if isinstance(value, Unknown) and _is_left_out(view, block) else value

    return give


def _is_left_out(view: View, block: str) -> bool:
    if view.references(block) or not view.instance.new or not view.is_known_how or view.says_dynamic(block) is True:
        return False
    return all(isinstance(view.blocks(name), Unknown | LeftOut) and not view.references(name) for name in _COMPUTED)


def _canned(view: View, context: Context) -> object:
    """The canned ACL of a bucket whose ACL was its own, as up to version 3."""
    value = evaluate("acl", view, context)
    if isinstance(value, Unknown) and _is_left_out(view, "grant"):
        return None
    return _ACLS.get(value, value) if isinstance(value, str) else value


def _grants(owner: str | None) -> Function:
    """The grants of `grant` blocks, as a list of `scanner.model.bucket_acl`; `owner` is where the owner's id is told.

    A block of the bucket itself has several permissions, one of an ACL of its own has one.
    """
    place = "" if owner is None else "grantee."

    def give(view: View, context: Context) -> object:
        found = view.blocks("grant")
        if not isinstance(found, list):
            return found if isinstance(found, Unknown) and not _is_left_out(view, "grant") else None
        told: list[tuple[_Grantee, object]] = []
        for item in found:
            kind, uri, account = (evaluate(f"{place}{name}", item, context) for name in ("type", "uri", "id"))
            email = evaluate(f"{place}email_address", item, context) if place else None
            who = (kind, uri, account, email)
            what = item.read("permissions") if owner is None else item.read("permission")
            told += [(who, each) for each in (what if isinstance(what, list) else [what])]
        own = _told_owner(view, told) if owner is None else evaluate(owner, view, context)
        return [_grant(who, own, what) for who, what in told] or None

    return give


def _other_grants(view: View, context: Context) -> object:
    """The grants of an ACL that is written out; where a canned one is written, they are what that makes."""
    value = inside("access_control_policy", _grants("owner.id"))(view, context)
    if isinstance(value, Unknown) and not view.references("access_control_policy") and view.read("acl"):
        return None if not isinstance(view.read("acl"), Unknown | LeftOut) else value
    return value


def _told_owner(view: View, told: Sequence[tuple[_Grantee, object]]) -> object:
    """The one account with full control, where nobody wrote the grants: they are what S3 answers of the bucket."""
    if any("grant" in each for each in view.written or ()):
        return None
    accounts = [(who[2], what) for who, what in told if isinstance(who[2], str) and who[2]]
    return accounts[0][0] if len(accounts) == 1 and accounts[0][1] == "FULL_CONTROL" else None


def _grant(who: _Grantee, owner: object, what: object) -> object:
    """One grant, of which some may not be known yet."""
    kind, uri, account, email = who
    if kind == "Group" or (isinstance(uri, str) and uri):
        return {"Group": uri.rpartition("/")[2] if isinstance(uri, str) else uri, "Permission": what}
    if not isinstance(kind, str) and isinstance(uri, Unknown):
        return uri
    doubt = next((each for each in (account, owner, what) if isinstance(each, Unknown)), None)
    if doubt is None and isinstance(what, str) and what:
        made = grant_to(None, account, owner, what, email)
        if made is None:
            return Unknown("known-after-apply", "it is not known to whom an ACL grants something")
        # Without the owner's id nobody knows whether it is the owner's own.
        if owner is not None or made.get("Account") != "other":
            return made
        doubt = Unknown("undeclared", "whether the ACL's grant by canonical user id is to the bucket's own account")
    return {"Account": doubt, "Permission": what}


_ENCRYPTION = {
    "BucketKeyEnabled": "bucket_key_enabled",
    "ServerSideEncryptionByDefault": one(
        "apply_server_side_encryption_by_default",
        {"SSEAlgorithm": "sse_algorithm", "KMSMasterKeyID": "kms_master_key_id"},
    ),
}
_DESTINATION = one(
    "destination",
    {
        "Bucket": Pointer("bucket", *BUCKET, attribute="Arn"),
        "Account": first("account", "account_id"),
        "StorageClass": "storage_class",
        "EncryptionConfiguration": first(
            one("encryption_configuration", {"ReplicaKmsKeyID": "replica_kms_key_id"}),
            {"ReplicaKmsKeyID": "replica_kms_key_id"},
        ),
    },
)
_SOURCE = one(
    "source_selection_criteria",
    {
        "SseKmsEncryptedObjects": one(
            "sse_kms_encrypted_objects",
            {"Status": words(first("status", "enabled"), {True: "Enabled", False: "Disabled"})},
        )
    },
)
_REPLICATION = {
    "Id": "id",
    "Status": "status",
    "Priority": "priority",
    "Destination": _DESTINATION,
    "SourceSelectionCriteria": _SOURCE,
}
_RETENTION = one(
    "rule",
    {"DefaultRetention": one("default_retention", {"Mode": "mode", "Days": "days", "Years": "years"})},
)
_WEBSITE = {
    "IndexDocument": first("index_document.suffix", "index_document"),
    "ErrorDocument": first("error_document.key", "error_document"),
    "RedirectAllRequestsTo": first(
        one("redirect_all_requests_to", {"HostName": "host_name", "Protocol": "protocol"}),
    ),
}
_NOTIFICATION = {
    "TopicConfigurations": each("topic", {"Topic": "topic_arn", "Event": "events"}),
    "QueueConfigurations": each("queue", {"Queue": "queue_arn", "Event": "events"}),
    "LambdaConfigurations": each("lambda_function", {"Function": "lambda_function_arn", "Event": "events"}),
    "EventBridgeConfiguration": words("eventbridge", {True: {"EventBridgeEnabled": True}, False: None}),
}
_TRANSITION = {"StorageClass": "storage_class", "TransitionInDays": "days", "TransitionDate": "date"}

TABLE: Table = {
    "aws_s3_bucket": whole(
        "AWS::S3::Bucket",
        {
            "BucketName": "bucket",
            "AccessControl": _canned,
            "AclGrants": _grants(None),
            "BucketEncryption": _inline(
                "server_side_encryption_configuration",
                one(
                    "server_side_encryption_configuration",
                    {"ServerSideEncryptionConfiguration": each("rule", _ENCRYPTION)},
                ),
            ),
            "VersioningConfiguration": _inline(
                "versioning", one("versioning", {"Status": words("enabled", {True: "Enabled", False: "Suspended"})})
            ),
            "LoggingConfiguration": _inline(
                "logging",
                one(
                    "logging",
                    {"DestinationBucketName": Pointer("target_bucket", *BUCKET), "LogFilePrefix": "target_prefix"},
                ),
            ),
            "LifecycleConfiguration": _inline(
                "lifecycle_rule",
                {
                    "Rules": each(
                        "lifecycle_rule",
                        {
                            "Id": "id",
                            "Status": words("enabled", {True: "Enabled", False: "Disabled"}),
                            "Prefix": "prefix",
                            "ExpirationInDays": words("expiration.days", {0: None}),
                            "ExpirationDate": "expiration.date",
                            "ExpiredObjectDeleteMarker": "expiration.expired_object_delete_marker",
                            "TagFilters": "tags",
                            "NoncurrentVersionExpiration": {"NoncurrentDays": "noncurrent_version_expiration.days"},
                            "NoncurrentVersionTransitions": each(
                                "noncurrent_version_transition",
                                {"StorageClass": "storage_class", "TransitionInDays": "days"},
                            ),
                            "Transitions": each("transition", _TRANSITION),
                            "AbortIncompleteMultipartUpload": {
                                "DaysAfterInitiation": "abort_incomplete_multipart_upload_days"
                            },
                        },
                    )
                },
            ),
            "ReplicationConfiguration": _inline(
                "replication_configuration",
                one("replication_configuration", {"Role": "role", "Rules": each("rules", _REPLICATION)}),
            ),
            "ObjectLockEnabled": first(
                _inline(
                    "object_lock_configuration",
                    inside(
                        "object_lock_configuration",
                        words("object_lock_enabled", {"Enabled": True}),
                    ),
                ),
                "object_lock_enabled",
            ),
            "ObjectLockConfiguration": _inline(
                "object_lock_configuration",
                one("object_lock_configuration", {"ObjectLockEnabled": "object_lock_enabled", "Rule": _RETENTION}),
            ),
            "WebsiteConfiguration": _inline(
                "website",
                one(
                    "website",
                    {
                        "IndexDocument": "index_document",
                        "ErrorDocument": "error_document",
                        "RedirectAllRequestsTo": words("redirect_all_requests_to", {}),
                    },
                ),
            ),
        },
        Make(
            "AWS::S3::BucketPolicy",
            {"Bucket": Pointer("bucket", *BUCKET), "PolicyDocument": document("policy")},
            name=None,
            arn=None,
            suffix=".policy",
            when=document("policy"),
        ),
        name="bucket",
        lacks=("NotificationConfiguration", "OwnershipControls", "PublicAccessBlockConfiguration"),
    ),
    "aws_s3_bucket_policy": part(
        Make(
            "AWS::S3::BucketPolicy",
            {"Bucket": Pointer("bucket", *BUCKET), "PolicyDocument": document("policy")},
            name=None,
            arn=None,
        )
    ),
    "aws_s3_bucket_public_access_block": part(
        Fold(
            "bucket",
            BUCKET,
            {
                # A setting that the part leaves out is off.
                "PublicAccessBlockConfiguration": {
                    "BlockPublicAcls": "block_public_acls",
                    "BlockPublicPolicy": "block_public_policy",
                    "IgnorePublicAcls": "ignore_public_acls",
                    "RestrictPublicBuckets": "restrict_public_buckets",
                }
            },
            new_only=("PublicAccessBlockConfiguration",),
        )
    ),
    "aws_s3_bucket_versioning": part(
        Fold("bucket", BUCKET, {"VersioningConfiguration": one("versioning_configuration", {"Status": "status"})})
    ),
    "aws_s3_bucket_server_side_encryption_configuration": part(
        Fold(
            "bucket",
            BUCKET,
            {"BucketEncryption": {"ServerSideEncryptionConfiguration": each("rule", _ENCRYPTION)}},
        )
    ),
    "aws_s3_bucket_acl": part(
        Fold(
            "bucket",
            BUCKET,
            {
                "AccessControl": words("acl", _ACLS),
                "AclGrants": _other_grants,
            },
        )
    ),
    "aws_s3_bucket_ownership_controls": part(
        Fold(
            "bucket",
            BUCKET,
            {"OwnershipControls": {"Rules": each("rule", {"ObjectOwnership": "object_ownership"})}},
            new_only=("OwnershipControls",),
        )
    ),
    "aws_s3_bucket_logging": part(
        Fold(
            "bucket",
            BUCKET,
            {
                "LoggingConfiguration": {
                    "DestinationBucketName": Pointer("target_bucket", *BUCKET),
                    "LogFilePrefix": "target_prefix",
                }
            },
        )
    ),
    "aws_s3_bucket_lifecycle_configuration": part(
        Fold(
            "bucket",
            BUCKET,
            {
                "LifecycleConfiguration": {
                    "Rules": each(
                        "rule",
                        {
                            "Id": "id",
                            "Status": "status",
                            "Prefix": first("prefix", "filter.prefix", "filter.and.prefix"),
                            "ExpirationInDays": words("expiration.days", {0: None}),
                            "ExpirationDate": "expiration.date",
                            "ExpiredObjectDeleteMarker": "expiration.expired_object_delete_marker",
                            "TagFilters": first(
                                listed(inside("filter", one("tag", {"Key": "key", "Value": "value"}))),
                                "filter.and.tags",
                            ),
                            "NoncurrentVersionExpiration": one(
                                "noncurrent_version_expiration",
                                {
                                    "NoncurrentDays": first("noncurrent_days", "days"),
                                    "NewerNoncurrentVersions": "newer_noncurrent_versions",
                                },
                            ),
                            "NoncurrentVersionTransitions": each(
                                "noncurrent_version_transition",
                                {"StorageClass": "storage_class", "TransitionInDays": "noncurrent_days"},
                            ),
                            "Transitions": each("transition", _TRANSITION),
                            "AbortIncompleteMultipartUpload": one(
                                "abort_incomplete_multipart_upload", {"DaysAfterInitiation": "days_after_initiation"}
                            ),
                        },
                    )
                }
            },
        )
    ),
    "aws_s3_bucket_replication_configuration": part(
        Fold("bucket", BUCKET, {"ReplicationConfiguration": {"Role": "role", "Rules": each("rule", _REPLICATION)}})
    ),
    "aws_s3_bucket_object_lock_configuration": part(
        Fold(
            "bucket",
            BUCKET,
            {
                "ObjectLockConfiguration": {"ObjectLockEnabled": "object_lock_enabled", "Rule": _RETENTION},
                "ObjectLockEnabled": words("object_lock_enabled", {"Enabled": True}),
            },
        )
    ),
    "aws_s3_bucket_website_configuration": part(Fold("bucket", BUCKET, {"WebsiteConfiguration": _WEBSITE})),
    "aws_s3_bucket_notification": part(Fold("bucket", BUCKET, {"NotificationConfiguration": _NOTIFICATION})),
    "aws_s3_access_point": whole(
        "AWS::S3::AccessPoint",
        {
            "Name": "name",
            "Bucket": Pointer("bucket", *BUCKET),
            "Policy": document("policy"),
            # Its settings default to on, also where the block is left out.
            "PublicAccessBlockConfiguration": first(
                one(
                    "public_access_block_configuration",
                    {
                        "BlockPublicAcls": "block_public_acls",
                        "BlockPublicPolicy": "block_public_policy",
                        "IgnorePublicAcls": "ignore_public_acls",
                        "RestrictPublicBuckets": "restrict_public_buckets",
                    },
                ),
            ),
            "VpcConfiguration": one("vpc_configuration", {"VpcId": "vpc_id"}),
        },
    ),
    "aws_s3control_access_point_policy": part(
        Fold("access_point_arn", ("aws_s3_access_point",), {"Policy": document("policy")})
    ),
    "aws_s3control_access_grant": whole(
        "AWS::S3::AccessGrant",
        {
            "AccessGrantsLocationId": "access_grants_location_id",
            "AccessGrantsLocationConfiguration": one(
                "access_grants_location_configuration", {"S3SubPrefix": "s3_sub_prefix"}
            ),
            "Grantee": one("grantee", {"GranteeIdentifier": "grantee_identifier", "GranteeType": "grantee_type"}),
            "Permission": "permission",
            "S3PrefixType": "s3_prefix_type",
        },
        name="access_grant_id",
        arn="access_grant_arn",
    ),
    "aws_s3control_access_grants_location": whole(
        "AWS::S3::AccessGrantsLocation",
        {"LocationScope": "location_scope", "IamRoleArn": Pointer("iam_role_arn", "aws_iam_role", attribute="Arn")},
        name="access_grants_location_id",
        arn="access_grants_location_arn",
    ),
}
