"""Which values must never be shown."""

from __future__ import annotations

from collections.abc import Sequence

from scanner.model.types import type_facts
from scanner.model.unknown import Unknown

# Property names that hold secrets, or code and settings in which people leave them, whatever the type.
_NAMES = frozenset(
    {
        "AdminPassword",
        "AuthToken",
        "ClientSecret",
        "EnvironmentVariables",
        "MasterUserPassword",
        "OAuthToken",
        "Passphrase",
        "Password",
        "PrivateKey",
        "SecretString",
        "UserData",
    }
)
# AWS does not give these back either, but nothing in them is secret besides what has a name of its own above.
_NOT_SECRET = {
    "AWS::ApiGatewayV2::Route": ("AuthorizerId",),
    "AWS::Cognito::UserPool": ("EnabledMfas",),
    "AWS::EC2::LaunchTemplate": ("LaunchTemplateData", "TagSpecifications"),
    "AWS::EFS::FileSystem": ("ReplicationConfiguration",),
    "AWS::ElastiCache::ReplicationGroup": ("EngineVersion", "KmsKeyId", "NodeGroupConfiguration", "SecurityGroupIds"),
    "AWS::Events::EventBusPolicy": ("Action", "Condition", "Principal"),
    "AWS::S3::Bucket": ("AccessControl", "LifecycleConfiguration", "ReplicationConfiguration"),
}
_ENVIRONMENTS = (("Environment", "Variables"), ("ContainerDefinitions", "Environment"), ("Environment",))


def is_secret(type_name: str, keys: Sequence[str | int], value: object) -> bool:
    """Whether evidence at the path is shown only as a digest. Booleans, numbers and absent values are no secrets."""
    if value is None or isinstance(value, bool | int | float | Unknown):
        return False
    names = tuple(key for key in keys if isinstance(key, str) and key != "Properties")
    if any(name in _NAMES for name in names) or _holds_secret(value):
        return True
    if any(names[: len(path)] == path for path in _ENVIRONMENTS):
        return True
    if names[:1] and names[0] in _NOT_SECRET.get(type_name, ()):
        return False
    facts = type_facts(type_name)
    dotted = ".".join(names)
    return facts is not None and any(
        dotted == path or dotted.startswith(path + ".") for path in (p.replace(".*", "") for p in facts.write_only)
    )


def _holds_secret(value: object) -> bool:
    if isinstance(value, dict):
        return any(key in _NAMES or _holds_secret(child) for key, child in value.items())
    return isinstance(value, list) and any(_holds_secret(child) for child in value)
