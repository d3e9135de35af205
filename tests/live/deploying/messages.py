"""Streams, queues, topics, events and state machines."""

from __future__ import annotations

import json
from collections.abc import Mapping

from tests.live.deploying.made import (
    ACCOUNT,
    REGION,
    ROLE,
    Clients,
    Deployer,
    Made,
    Properties,
    pick,
    small,
    tag_list,
    tags,
)


def stream(clients: Clients, name: str, properties: Properties) -> Made:
    kinesis = clients("kinesis")
    name = properties.get("Name", name)
    kinesis.create_stream(StreamName=name, ShardCount=properties.get("ShardCount", 1))
    encryption = properties.get("StreamEncryption")
    if encryption:
        kinesis.start_stream_encryption(
            StreamName=name,
            EncryptionType=encryption["EncryptionType"],
            KeyId=encryption.get("KeyId", "alias/aws/kinesis"),
        )
    return Made(name, name, f"arn:aws:kinesis:us-east-1:111122223333:stream/{name}")


def machine(clients: Clients, name: str, properties: Properties) -> Made:
    name = properties.get("StateMachineName", name)
    properties.get("RoleArn")
    made = clients("stepfunctions").create_state_machine(
        name=name,
        definition=json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}),
        roleArn=ROLE,
        **(
            {"tracingConfiguration": small(properties["TracingConfiguration"])}
            if "TracingConfiguration" in properties
            else {}
        ),
        **(
            {"loggingConfiguration": small(properties["LoggingConfiguration"])}
            if "LoggingConfiguration" in properties
            else {}
        ),
    )["stateMachineArn"]
    return Made(name, made, made)


def queue(clients: Clients, name: str, properties: Properties) -> Made:
    fifo = properties.get("FifoQueue")
    name = properties.get("QueueName", f"{name}.fifo" if fifo else name)
    given = pick(
        properties,
        "DeduplicationScope",
        "FifoQueue",
        "FifoThroughputLimit",
        "KmsMasterKeyId",
        "SqsManagedSseEnabled",
        "VisibilityTimeout",
    )
    url = clients("sqs").create_queue(
        QueueName=name,
        Attributes={key: str(value).lower() if isinstance(value, bool) else str(value) for key, value in given.items()},
        tags=tags(properties),
    )["QueueUrl"]
    return Made(name, url, f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}", {"QueueName": name})


def topic(clients: Clients, name: str, properties: Properties) -> Made:
    arn = clients("sns").create_topic(
        Name=properties.get("TopicName", name), Attributes=pick(properties, "KmsMasterKeyId"), Tags=tag_list(properties)
    )["TopicArn"]
    for each in properties.get("Subscription", []):
        _subscribe(clients, arn, each)
    return Made(arn, arn, arn)


def subscription(clients: Clients, name: str, properties: Properties) -> Made:
    into = properties["TopicArn"]
    if into not in {each["TopicArn"] for each in clients("sns").list_topics()["Topics"]}:
        into = topic(clients, f"topic-of-{name}", Properties({})).arn
    made = _subscribe(clients, into, properties)
    return Made(made, made, made)


def _subscribe(clients: Clients, into: str, properties: Mapping[str, str]) -> str:
    protocol, endpoint = properties["Protocol"], properties["Endpoint"]
    if protocol == "sqs" and not endpoint.startswith("arn:"):
        endpoint = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{endpoint}"
    made = clients("sns").subscribe(TopicArn=into, Protocol=protocol, Endpoint=endpoint, ReturnSubscriptionArn=True)
    return str(made["SubscriptionArn"])


DEPLOYERS: Mapping[str, Deployer] = {
    "AWS::Kinesis::Stream": stream,
    "AWS::SNS::Subscription": subscription,
    "AWS::SNS::Topic": topic,
    "AWS::SQS::Queue": queue,
    "AWS::StepFunctions::StateMachine": machine,
}
