"""Queries, jobs, deliveries and shares of files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.live.deploying.made import (
    ACCOUNT,
    REGION,
    ROLE,
    Clients,
    Deployer,
    Inexpressible,
    Made,
    Properties,
    arn_of,
    pick,
    small,
    subnets_of,
    tag_list,
)


def work_group(clients: Clients, name: str, properties: Properties) -> Made:
    name = properties.get("Name", name)
    clients("athena").create_work_group(Name=name, Configuration=properties.get("WorkGroupConfiguration", {}))
    return Made(name, name)


def security_configuration(clients: Clients, name: str, properties: Properties) -> Made:
    name = properties.get("Name", name)
    given = dict(properties["EncryptionConfiguration"])
    if "S3Encryptions" in given:
        given["S3Encryption"] = given.pop("S3Encryptions")
    clients("glue").create_security_configuration(Name=name, EncryptionConfiguration=given)
    return Made(name, name)


def job(clients: Clients, name: str, properties: Properties) -> Made:
    name = properties.get("Name", name)
    clients("glue").create_job(Name=name, **pick(properties, "Command", "Role", "SecurityConfiguration"))
    return Made(name, name)


def delivery_stream(clients: Clients, name: str, properties: Properties) -> Made:
    name = properties.get("DeliveryStreamName", name)
    sent: dict[str, Any] = pick(properties, "DeliveryStreamType")
    encryption: dict[str, Any] = {}
    if "DeliveryStreamEncryptionConfigurationInput" in properties:
        given = dict(properties["DeliveryStreamEncryptionConfigurationInput"])
        if given.get("KeyARN") == "":
            raise Inexpressible("the service refuses a key without a name")
        if "KeyARN" in given:
            given["KeyARN"] = arn_of("kms", given["KeyARN"])
        encryption = {"DeliveryStreamEncryptionConfigurationInput": given}
    if "KinesisStreamSourceConfiguration" in properties:
        source = properties["KinesisStreamSourceConfiguration"]
        sent["KinesisStreamSourceConfiguration"] = {
            "KinesisStreamARN": arn_of("kinesis", source["KinesisStreamARN"]),
            "RoleARN": ROLE,
        }
    made = clients("firehose").create_delivery_stream(
        DeliveryStreamName=name,
        ExtendedS3DestinationConfiguration={"RoleARN": ROLE, "BucketARN": "arn:aws:s3:::deliveries"},
        **sent,
    )["DeliveryStreamARN"]
    if encryption:
        # Asked for with the stream, moto begins it and never ends.
        clients("firehose").start_delivery_stream_encryption(DeliveryStreamName=name, **encryption)
    return Made(name, name, made)


def agent(clients: Clients, name: str, properties: Properties) -> Made:
    name = properties.get("AgentName", name)
    if "GuardrailConfiguration" in properties:
        raise Inexpressible("moto forgets the guardrails of agents")
    key = pick(small(properties), "customerEncryptionKeyArn")
    clients("bedrock-agent").create_agent(agentName=name, agentResourceRoleArn=ROLE, **key)
    return Made(name, name)


def shares(clients: Clients, name: str, properties: Properties) -> Made:
    del name
    properties["SubnetIds"]
    windows = properties.get("WindowsConfiguration")
    made = clients("fsx").create_file_system(
        FileSystemType=properties["FileSystemType"],
        StorageCapacity=300,
        SubnetIds=subnets_of(clients)[:1],
        Tags=tag_list(properties),
        **({"WindowsConfiguration": {"ThroughputCapacity": 8, **windows}} if windows else {}),
    )["FileSystem"]
    return Made(made["FileSystemId"], made["FileSystemId"], made["ResourceARN"])


def transfer_server(clients: Clients, name: str, properties: Properties) -> Made:  # servers have no names
    if properties.get("StructuredLogDestinations") == [] or properties.get("LoggingRole") == "":
        raise Inexpressible("moto keeps what is emptied as given")
    sent = pick(
        properties,
        "EndpointType",
        "LoggingRole",
        "Protocols",
        "SecurityPolicyName",
        "StructuredLogDestinations",
        "EndpointDetails",
    )
    made = clients("transfer").create_server(**sent)["ServerId"]
    return Made(made, f"arn:aws:transfer:{REGION}:{ACCOUNT}:server/{made}", attributes={"ServerId": made})


def transfer_connector(clients: Clients, name: str, properties: Properties) -> Made:
    sent = pick(properties, "Url", "AccessRole", "LoggingRole", "As2Config", "SftpConfig")
    made = clients("transfer").create_connector(**sent)["ConnectorId"]
    return Made(made, f"arn:aws:transfer:{REGION}:{ACCOUNT}:connector/{made}", attributes={"ConnectorId": made})


DEPLOYERS: Mapping[str, Deployer] = {
    "AWS::Athena::WorkGroup": work_group,
    "AWS::Bedrock::Agent": agent,
    "AWS::FSx::FileSystem": shares,
    "AWS::Glue::Job": job,
    "AWS::Glue::SecurityConfiguration": security_configuration,
    "AWS::KinesisFirehose::DeliveryStream": delivery_stream,
    "AWS::Transfer::Connector": transfer_connector,
    "AWS::Transfer::Server": transfer_server,
}
