"""Lambda functions, and who may call them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from functools import cache

from tests.live.deploying.identity import role
from tests.live.deploying.made import (
    Clients,
    Deployer,
    Inexpressible,
    Made,
    Properties,
    arn_of,
    pick,
    subnets_of,
    tags,
)


@cache
def _code() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("index.py", "def handler(event, context): ...")
    return packed.getvalue()


def function(clients: Clients, name: str, properties: Properties) -> Made:
    functions = clients("lambda")
    name = properties.get("FunctionName", name)
    if "KmsKeyArn" in properties or "DeadLetterConfig" in properties:
        raise Inexpressible("moto forgets keys and dead-letter queues of functions")
    sent = pick(properties, "Environment", "TracingConfig", "MemorySize", "Timeout")
    if "TenancyConfig" in properties:
        raise Inexpressible("moto has no tenancy of functions")
    properties.get("Code")
    given = properties.get("Role", "")
    roles = {each["RoleName"]: each["Arn"] for each in clients("iam").list_roles()["Roles"]}
    if given not in roles.values():
        called = given.rpartition("/")[2] or f"role-of-{name}"
        given = roles.get(called) or role(clients, called, Properties({})).arn
    if "VpcConfig" in properties:
        # The groups and networks of an example are often made up.
        ec2 = clients("ec2")
        groups = ec2.describe_security_groups()["SecurityGroups"][:1]
        network = properties["VpcConfig"]
        known = {each["SubnetId"] for each in ec2.describe_subnets()["Subnets"]}
        subnets = network.get("SubnetIds", [])
        sent["VpcConfig"] = {
            "SubnetIds": subnets if known.issuperset(subnets) else subnets_of(clients)[:1],
            "SecurityGroupIds": [groups[0]["GroupId"]],
        }
    made = functions.create_function(
        FunctionName=name,
        Role=given,
        Runtime=properties.get("Runtime", "python3.13"),
        Handler=properties.get("Handler", "index.handler"),
        Code={"ZipFile": _code()},
        Tags=tags(properties),
        **sent,
    )
    if "ReservedConcurrentExecutions" in properties:
        functions.put_function_concurrency(
            FunctionName=name, ReservedConcurrentExecutions=properties["ReservedConcurrentExecutions"]
        )
    return Made(name, name, made["FunctionArn"])


def _ensured(clients: Clients, given: str) -> str:
    """The name of the function, which an example may name without having it."""
    name = given.rpartition(":")[2]
    if name not in {each["FunctionName"] for each in clients("lambda").list_functions()["Functions"]}:
        function(clients, name, Properties({}))
    return name


def permission(clients: Clients, name: str, properties: Properties) -> Made:
    if {"EventSourceToken", "FunctionUrlAuthType", "InvokedViaFunctionUrl"} & {*properties}:
        raise Inexpressible("moto forgets by which token or address a function may be called")
    target = _ensured(clients, properties["FunctionName"])
    clients("lambda").add_permission(
        FunctionName=target,
        StatementId=name,
        # Its shortest form has more letters than examples take.
        **({"PrincipalOrgID": properties["PrincipalOrgID"].ljust(12, "0")} if "PrincipalOrgID" in properties else {}),
        **pick(
            properties,
            "Action",
            "Principal",
            "SourceAccount",
            "SourceArn",
        ),
    )
    return Made(f"{target}/{name}", name)


def address(clients: Clients, name: str, properties: Properties) -> Made:
    target = _ensured(clients, properties["TargetFunctionArn"])
    made = clients("lambda").create_function_url_config(
        FunctionName=target, **pick(properties, "AuthType", "Cors", "InvokeMode")
    )
    return Made(made["FunctionArn"], name, made["FunctionArn"])


def invocation(clients: Clients, name: str, properties: Properties) -> Made:
    target = _ensured(clients, properties["FunctionName"])
    given = {} if properties["Qualifier"] == "$LATEST" else {"Qualifier": properties["Qualifier"]}
    made = clients("lambda").put_function_event_invoke_config(
        FunctionName=target,
        **given,
        DestinationConfig={
            key: {"Destination": arn_of("sqs", each["Destination"])}
            for key, each in properties.get("DestinationConfig", {}).items()
        },
        **pick(properties, "MaximumEventAgeInSeconds", "MaximumRetryAttempts"),
    )
    return Made(made["FunctionArn"], name)


DEPLOYERS: Mapping[str, Deployer] = {
    "AWS::Lambda::EventInvokeConfig": invocation,
    "AWS::Lambda::Function": function,
    "AWS::Lambda::Permission": permission,
    "AWS::Lambda::Url": address,
}
