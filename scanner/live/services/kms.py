"""AWS KMS: the account's own keys with their policies, the names of keys, and who was granted their use."""

from __future__ import annotations

from scanner.live.collector_table import Call, Collector, Detail, Paging, Part, Service, Tagged, same

_KEY = {"KeyId": "item.KeyId"}
_MARKER = Paging("Marker", "NextMarker")
_OWN = "key.KeyMetadata.KeyManager != 'AWS'"

KMS = Service(
    "kms",
    (
        Collector(
            Call("list_keys", items="Keys[]", paging=_MARKER),
            Part(
                "AWS::KMS::Key",
                # Keys of AWS have policies that nobody chose.
                keep=_OWN,
                id="item.KeyId",
                arn="item.KeyArn",
                gone=("NotFoundException",),
                details={
                    "key": Detail("describe_key", _KEY),
                    "policy": Detail("get_key_policy", {**_KEY, "PolicyName": "'default'"}, when=_OWN),
                    # It is told of symmetric keys for encryption only ("GetKeyRotationStatus").
                    "rotation": Detail(
                        "get_key_rotation_status",
                        _KEY,
                        when=f"{_OWN} && key.KeyMetadata.KeySpec == 'SYMMETRIC_DEFAULT' && "
                        "key.KeyMetadata.KeyState != 'PendingDeletion'",
                        absent=("UnsupportedOperationException",),
                    ),
                    "tagged": Detail(
                        "list_resource_tags",
                        _KEY,
                        "Tags[]",
                        _MARKER,
                        when=_OWN,
                        tagged=Tagged("kms", "tags[].{TagKey: Key, TagValue: Value}"),
                    ),
                    "granted": Detail("list_grants", _KEY, "Grants[]", _MARKER, when=_OWN),
                },
                properties={
                    "KeyPolicy": "document(policy.Policy)",
                    "EnableKeyRotation": "rotation.KeyRotationEnabled",
                    "RotationPeriodInDays": "rotation.RotationPeriodInDays",
                    "Tags": "tagged[].{Key: TagKey, Value: TagValue}",
                    **same("key.KeyMetadata", "Description", "Enabled", "KeySpec", "KeyUsage", "MultiRegion", "Origin"),
                },
                children=(
                    Part(
                        "Tenantproof::KMS::Grant",
                        each="granted",
                        id="item.GrantId",
                        properties={
                            "KeyId": "parent_id",
                            **same(
                                "item",
                                "Constraints",
                                "GrantId",
                                "GranteePrincipal",
                                "IssuingAccount",
                                "Name",
                                "Operations",
                                "RetiringPrincipal",
                            ),
                        },
                    ),
                ),
            ),
        ),
        Collector(
            Call("list_aliases", items="Aliases[]", paging=_MARKER),
            Part(
                "AWS::KMS::Alias",
                keep="item.TargetKeyId && !starts(item.AliasName, 'alias/aws/')",
                id="item.AliasName",
                arn="item.AliasArn",
                properties=same("item", "AliasName", "TargetKeyId"),
            ),
        ),
    ),
)
