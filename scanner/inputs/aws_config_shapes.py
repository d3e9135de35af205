"""What AWS Config calls the properties of a resource, by type, in CloudFormation's words.

"AWS Config resource schema". A property that is not told is not in the answer, so that it is unknown and not absent;
None says that there is none. Types of newer date keep CloudFormation's own names.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from urllib.parse import unquote

from scanner.base.record import record
from scanner.model.bucket_acl import CANNED, GRANTS, Grant, canned_name, grant_to
from scanner.model.public_block import ACCOUNT, BLOCK
from scanner.snapshots.lines import Seen


@record
class Item:
    """One configuration item; `at` is when it was captured, in ISO 8601. `tags` are None where none are told."""

    account: str
    region: str | None
    type: str
    id: str
    name: str
    arn: str | None
    status: str
    at: str
    configuration: Mapping[str, object]
    more: Mapping[str, object]
    tags: Mapping[str, str] | None

    def seen(self, properties: Mapping[str, object], kind: str | None = None, name: str | None = None) -> Seen:
        """The item as a line of a snapshot.

        `kind` and `name` are those of another resource that the item tells of too, such as a bucket's policy: it has
        neither the item's tags nor, but for managed policies, its ARN.
        """
        known = {**properties}
        if self.tags is not None and kind is None:
            known["Tags"] = [{"Key": key, "Value": value} for key, value in sorted(self.tags.items())]
        arn = self.arn if kind is None or kind == "AWS::IAM::ManagedPolicy" else None
        return Seen(kind or self.type, name or self.id, arn, self.region, known)


Shape = Callable[[Item], Iterator[Seen]]


def as_is(item: Item) -> Iterator[Seen]:
    """Of types whose items have CloudFormation's names already; nothing where they have not."""
    if item.configuration and all(key[:1].isupper() for key in item.configuration):
        yield item.seen(item.configuration)


def _bucket(item: Item) -> Iterator[Seen]:
    properties: dict[str, object] = {"BucketName": item.name}
    versioning = _object(item.more, "BucketVersioningConfiguration")
    if versioning is not None:
        status = versioning.get("status")
        properties["VersioningConfiguration"] = {"Status": status} if status in ("Enabled", "Suspended") else None
    block = _object(item.more, BLOCK)
    if block is not None:
        properties[BLOCK] = _capitals(block)
    encryption = _object(item.more, "ServerSideEncryptionConfiguration")
    if encryption is not None:
        rules = [
            {
                "ServerSideEncryptionByDefault": {
                    "SSEAlgorithm": default.get("sseAlgorithm"),
                    "KMSMasterKeyID": default.get("kmsMasterKeyID"),
                },
                "BucketKeyEnabled": rule.get("bucketKeyEnabled"),
            }
            for rule in _objects(encryption.get("rules"))
            for default in _objects([rule.get("applyServerSideEncryptionByDefault")])
        ]
        properties["BucketEncryption"] = {"ServerSideEncryptionConfiguration": rules}
    logging = _object(item.more, "BucketLoggingConfiguration")
    if logging is not None:
        target = logging.get("destinationBucketName")
        kept = {"DestinationBucketName": target, "LogFilePrefix": logging.get("logFilePrefix")}
        properties["LoggingConfiguration"] = kept if target else None
    ownership = _object(item.more, "OwnershipControls")
    if ownership is not None:
        rules = [{"ObjectOwnership": each.get("objectOwnership")} for each in _objects(ownership.get("rules"))]
        properties["OwnershipControls"] = {"Rules": rules} if rules else None
    acl = _object(item.more, "AccessControlList")
    grants = _grants(acl) if acl is not None else None
    if grants is not None:
        name = canned_name(grants)
        properties[GRANTS] = grants
        if name is not None:
            properties[CANNED] = None if name == "Private" else name
    yield Seen(item.type, item.name, item.arn, item.region, item.seen(properties).properties)
    policy = _object(item.more, "BucketPolicy")
    document = _document(policy.get("policyText")) if policy is not None else None
    if document is not None:
        yield item.seen({"Bucket": item.name, "PolicyDocument": document}, "AWS::S3::BucketPolicy", item.name)


def _account_block(item: Item) -> Iterator[Seen]:
    """S3 Block Public Access of an account, which is a property of the account here."""
    yield Seen(ACCOUNT, item.account, None, item.region, {BLOCK: _capitals(item.configuration) or None})


# As the AWS SDK for Java names S3's permissions, which is how AWS Config writes them.
_PERMISSIONS = {
    "Read": "READ",
    "Write": "WRITE",
    "ReadAcp": "READ_ACP",
    "WriteAcp": "WRITE_ACP",
    "FullControl": "FULL_CONTROL",
}


def _grants(acl: Mapping[str, object]) -> list[Grant] | None:
    """The grants of a bucket's ACL: a group by its name, an account by its id; None where one is not understood."""
    owner = (_object(acl, "owner") or {}).get("id")
    listed = acl.get("grantList")
    found: list[Grant] = []
    for each in _objects(listed):
        to, what = each.get("grantee"), each.get("permission")
        account = to.get("id") if isinstance(to, dict) else None
        try:
            permission = _PERMISSIONS.get(str(what), what)
            grant = grant_to(to if isinstance(to, str) else None, account, owner, permission)
        except ValueError:
            return None
        if grant is None or (owner is None and "Group" not in grant):
            return None
        found.append(grant)
    return found if isinstance(listed, list) else None


def _role(item: Item) -> Iterator[Seen]:
    told = item.configuration
    trust = {"AssumeRolePolicyDocument": _document(told.get("assumeRolePolicyDocument"))}
    yield _principal(
        item, {"RoleName": item.name, **(trust if trust["AssumeRolePolicyDocument"] else {})}, "rolePolicyList"
    )


def _user(item: Item) -> Iterator[Seen]:
    groups = item.configuration.get("groupList")
    more = {"Groups": groups or None} if isinstance(groups, list) else {}
    yield _principal(item, {"UserName": item.name, **more}, "userPolicyList")


def _group(item: Item) -> Iterator[Seen]:
    yield _principal(item, {"GroupName": item.name}, "groupPolicyList")


def _principal(item: Item, properties: dict[str, object], inline: str) -> Seen:
    told = item.configuration
    if "path" in told:
        properties["Path"] = told["path"]
    if isinstance(told.get(inline), list):
        properties["Policies"] = [
            {"PolicyName": each.get("policyName"), "PolicyDocument": _document(each.get("policyDocument"))}
            for each in _objects(told[inline])
        ] or None
    if isinstance(told.get("attachedManagedPolicies"), list):
        arns = [each.get("policyArn") for each in _objects(told["attachedManagedPolicies"])]
        properties["ManagedPolicyArns"] = arns or None
    if "permissionsBoundary" in told:
        limit = _object(told, "permissionsBoundary")
        properties["PermissionsBoundary"] = limit.get("permissionsBoundaryArn") if limit is not None else None
    seen = item.seen(properties)
    return Seen(item.type, item.name, item.arn, None, seen.properties)


def _managed_policy(item: Item) -> Iterator[Seen]:
    versions = _objects(item.configuration.get("policyVersionList"))
    document = next((_document(each.get("document")) for each in versions if each.get("isDefaultVersion")), None)
    properties: dict[str, object] = {"ManagedPolicyName": item.name, "Path": item.configuration.get("path")}
    if document is not None:
        properties["PolicyDocument"] = document
    yield Seen("AWS::IAM::ManagedPolicy", item.name, item.arn, None, properties)


def _security_group(item: Item) -> Iterator[Seen]:
    told = item.configuration
    properties: dict[str, object] = {
        name: told[key]
        for name, key in (("GroupName", "groupName"), ("GroupDescription", "description"), ("VpcId", "vpcId"))
        if key in told
    }
    for name, key, peer in (
        ("SecurityGroupIngress", "ipPermissions", "SourceSecurityGroupId"),
        ("SecurityGroupEgress", "ipPermissionsEgress", "DestinationSecurityGroupId"),
    ):
        if isinstance(told.get(key), list):
            properties[name] = [rule for each in _objects(told[key]) for rule in _rules(each, peer)] or None
    yield item.seen(properties)


def _rules(permission: Mapping[str, object], peer: str) -> Iterator[dict[str, object]]:
    base = {
        name: permission[key]
        for name, key in (("IpProtocol", "ipProtocol"), ("FromPort", "fromPort"), ("ToPort", "toPort"))
        if permission.get(key) is not None
    }
    # Old items have the ranges as texts only, newer ones as both.
    texts = permission.get("ipRanges")
    ranges = [each.get("cidrIp") for each in _objects(permission.get("ipv4Ranges"))]
    ranges = ranges or ([each for each in texts if isinstance(each, str)] if isinstance(texts, list) else [])
    yield from ({**base, "CidrIp": each} for each in ranges)
    yield from ({**base, "CidrIpv6": each.get("cidrIpv6")} for each in _objects(permission.get("ipv6Ranges")))
    yield from ({**base, peer: each.get("groupId")} for each in _objects(permission.get("userIdGroupPairs")))
    lists = "SourcePrefixListId" if peer.startswith("Source") else "DestinationPrefixListId"
    told = permission.get("prefixListIds")
    ids = (
        [each.get("prefixListId") if isinstance(each, dict) else each for each in told]
        if isinstance(told, list)
        else []
    )
    yield from ({**base, lists: each} for each in ids)


_INSTANCE = {
    "AutoMinorVersionUpgrade": "autoMinorVersionUpgrade",
    "BackupRetentionPeriod": "backupRetentionPeriod",
    "CopyTagsToSnapshot": "copyTagsToSnapshot",
    "DeletionProtection": "deletionProtection",
    "EnableIAMDatabaseAuthentication": "iAMDatabaseAuthenticationEnabled",
    "Engine": "engine",
    "EngineVersion": "engineVersion",
    "KmsKeyId": "kmsKeyId",
    "MultiAZ": "multiAZ",
    "PubliclyAccessible": "publiclyAccessible",
    "StorageEncrypted": "storageEncrypted",
}


def _database(item: Item) -> Iterator[Seen]:
    told = item.configuration
    known = _renamed(told, _INSTANCE)
    name = _renamed(told, {"Name": "dBInstanceIdentifier"}).get("Name")
    name = name if isinstance(name, str) else item.name
    yield Seen(item.type, name, item.arn, item.region, item.seen({"DBInstanceIdentifier": name, **known}).properties)


def _table(item: Item) -> Iterator[Seen]:
    told = item.configuration
    properties: dict[str, object] = {"TableName": item.name}
    if isinstance(told.get("keySchema"), list):
        properties["KeySchema"] = [_capitals(each) for each in _objects(told["keySchema"])]
    # "SSEDescription" is left out for the key that DynamoDB owns.
    encryption = _object(told, "sSEDescription") or _object(told, "ssedescription")
    if encryption is not None:
        on = encryption.get("status") in ("ENABLED", "ENABLING", "UPDATING")
        kind = encryption.get("sSEType") or encryption.get("ssetype")
        key = encryption.get("kMSMasterKeyArn") or encryption.get("kmsmasterKeyArn")
        properties["SSESpecification"] = {"SSEEnabled": on, "SSEType": kind, "KMSMasterKeyId": key} if on else None
    if "deletionProtectionEnabled" in told:
        properties["DeletionProtectionEnabled"] = told["deletionProtectionEnabled"]
    backups = _object(item.more, "ContinuousBackupsDescription")
    recovery = _object(backups, "pointInTimeRecoveryDescription") if backups is not None else None
    if recovery is not None:
        on = recovery.get("pointInTimeRecoveryStatus") == "ENABLED"
        properties["PointInTimeRecoverySpecification"] = {"PointInTimeRecoveryEnabled": on}
    yield Seen(item.type, item.name, item.arn, item.region, item.seen(properties).properties)


def _function(item: Item) -> Iterator[Seen]:
    told = item.configuration
    # What stands in the environment may be secret, and no rule has to see it here.
    names = {"FunctionName": "functionName", "Role": "role", "Runtime": "runtime", "KmsKeyArn": "kMSKeyArn"}
    properties = _renamed(told, names)
    network = _object(told, "vpcConfig")
    if network is not None:
        subnets, groups = network.get("subnetIds"), network.get("securityGroupIds")
        properties["VpcConfig"] = {"SubnetIds": subnets, "SecurityGroupIds": groups} if subnets else None
    tracing = _object(told, "tracingConfig")
    if tracing is not None:
        properties["TracingConfig"] = {"Mode": tracing.get("mode")}
    yield Seen(item.type, item.name, item.arn, item.region, item.seen(properties).properties)


def _key(item: Item) -> Iterator[Seen]:
    told = item.configuration
    if told.get("keyManager") == "AWS":
        # Of AWS's own keys there is no resource in a template.
        return
    names = {"Description": "description", "Enabled": "enabled", "MultiRegion": "multiRegion", "KeyUsage": "keyUsage"}
    properties = _renamed(told, {**names, "KeySpec": "keySpec"})
    if isinstance(item.more.get("KeyRotationStatus"), bool):
        properties["EnableKeyRotation"] = item.more["KeyRotationStatus"]
    document = _document(item.more.get("Policy"))
    if document is not None:
        properties["KeyPolicy"] = document
    yield item.seen(properties)


SHAPES: Mapping[str, Shape] = {
    "AWS::DynamoDB::Table": _table,
    "AWS::EC2::SecurityGroup": _security_group,
    "AWS::IAM::Group": _group,
    "AWS::IAM::Policy": _managed_policy,
    "AWS::IAM::Role": _role,
    "AWS::IAM::User": _user,
    "AWS::KMS::Key": _key,
    "AWS::Lambda::Function": _function,
    "AWS::RDS::DBInstance": _database,
    "AWS::S3::AccountPublicAccessBlock": _account_block,
    "AWS::S3::Bucket": _bucket,
}
FOLDED: Mapping[str, Mapping[str, Callable[[Item], bool]]] = {
    "AWS::S3::Bucket": {"AWS::S3::BucketPolicy": lambda item: "BucketPolicy" in item.more},
    "AWS::IAM::Role": {"AWS::IAM::RolePolicy": lambda item: "rolePolicyList" in item.configuration},
    "AWS::EC2::SecurityGroup": {
        "AWS::EC2::SecurityGroupIngress": lambda item: "ipPermissions" in item.configuration,
        "AWS::EC2::SecurityGroupEgress": lambda item: "ipPermissionsEgress" in item.configuration,
    },
}
"""Types of templates that are a part of another one's item, and whether an item tells of them."""


def _object(mapping: Mapping[str, object], name: str) -> dict[str, object] | None:
    value = mapping.get(name)
    return value if isinstance(value, dict) else None


def _objects(value: object) -> list[dict[str, object]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _renamed(told: Mapping[str, object], names: Mapping[str, str]) -> dict[str, object]:
    """What is told of the properties under AWS Config's names, whose capitals changed over time."""
    lower = {key.lower(): value for key, value in told.items()}
    return {name: lower[key.lower()] for name, key in names.items() if key.lower() in lower}


def _capitals(value: Mapping[str, object]) -> dict[str, object]:
    return {key[:1].upper() + key[1:]: each for key, each in value.items()}


def _document(value: object) -> object:
    """A policy, which IAM encodes for URLs; None where there is none."""
    if isinstance(value, dict):
        return value
    if not isinstance(value, str) or not value.strip():
        return None
    text = unquote(value) if value.lstrip()[:1] == "%" else value
    try:
        parsed: object = json.loads(text)
    except (ValueError, RecursionError):
        return value
    return parsed
