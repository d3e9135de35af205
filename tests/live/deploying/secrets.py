"""Keys, secrets and parameters."""

from __future__ import annotations

import json
from collections.abc import Mapping

from tests.live.deploying.made import Clients, Deployer, Made, Properties, pick, tag_list


def key(clients: Clients, name: str, properties: Properties) -> Made:
    del name
    kms = clients("kms")
    made = kms.create_key(
        Tags=tag_list(properties, "TagKey", "TagValue"),
        **({"Policy": json.dumps(properties["KeyPolicy"])} if "KeyPolicy" in properties else {}),
        **pick(properties, "Description", "KeySpec", "KeyUsage", "MultiRegion", "Origin"),
    )["KeyMetadata"]
    if properties.get("EnableKeyRotation"):
        kms.enable_key_rotation(KeyId=made["KeyId"])
    return Made(made["KeyId"], made["KeyId"], made["Arn"])


def alias(clients: Clients, name: str, properties: Properties) -> Made:
    del name
    clients("kms").create_alias(**pick(properties, "AliasName", "TargetKeyId"))
    return Made(properties["AliasName"], properties["AliasName"])


def grant(clients: Clients, name: str, properties: Properties) -> Made:
    """A template has no grants; an example says what an account would tell."""
    made = clients("kms").create_grant(
        Name=name,
        GranteePrincipal=properties.get("GranteePrincipal", "arn:aws:iam::111122223333:role/clinic"),
        **pick(properties, "Constraints", "KeyId", "Operations", "RetiringPrincipal"),
    )["GrantId"]
    return Made(made, made)


def secret(clients: Clients, name: str, properties: Properties) -> Made:
    secrets = clients("secretsmanager")
    made = secrets.create_secret(
        Name=properties.get("Name", name), Tags=tag_list(properties), SecretString="x", **pick(properties, "KmsKeyId")
    )["ARN"]
    if "ReplicaRegions" in properties:
        secrets.replicate_secret_to_regions(SecretId=made, AddReplicaRegions=properties["ReplicaRegions"])
    return Made(made, made)


def document(clients: Clients, name: str, properties: Properties) -> Made:
    name = properties.get("Name", name)
    clients("ssm").create_document(
        Name=name, Content=json.dumps(properties["Content"]), DocumentFormat="JSON", **pick(properties, "DocumentType")
    )
    return Made(name, name)


def parameter(clients: Clients, name: str, properties: Properties) -> Made:
    name = properties.get("Name", name)
    sent = [{"Key": key, "Value": value} for key, value in properties.get("Tags", {}).items()]
    clients("ssm").put_parameter(
        Name=name, Type=properties.get("Type", "String"), Value=properties.get("Value", "x"), Tags=sent
    )
    return Made(name, name)


DEPLOYERS: Mapping[str, Deployer] = {
    "AWS::KMS::Alias": alias,
    "AWS::KMS::Key": key,
    "AWS::SSM::Document": document,
    "AWS::SSM::Parameter": parameter,
    "AWS::SecretsManager::Secret": secret,
    "Tenantproof::KMS::Grant": grant,
}
