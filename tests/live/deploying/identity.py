"""IAM and Cognito: who acts, and what they may do."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tests.live.deploying.made import ACCOUNT, Clients, Deployer, Inexpressible, Made, Properties, pick, tag_list

_TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


def _document(document: Mapping[str, Any]) -> str:
    if "Version" not in document and "${" in json.dumps(document):
        raise Inexpressible("moto takes no policies without a version, in which variables are text")
    # Where an example is not about what a policy says, it says nothing, which IAM does not take.
    said = document or {"Statement": [{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}]}
    return json.dumps({"Version": "2012-10-17", **said})


def _policies(clients: Clients, who: str, name: str, properties: Mapping[str, Any]) -> None:
    """What is attached to a role, a user or a group, and what is written into it."""
    iam = clients("iam")
    named = {f"{who.title()}Name": name}
    for policy in properties.get("Policies", []):
        getattr(iam, f"put_{who}_policy")(
            **named, PolicyName=policy["PolicyName"], PolicyDocument=_document(policy["PolicyDocument"])
        )
    for arn in properties.get("ManagedPolicyArns", []):
        if arn.startswith("arn:aws:iam::aws:"):
            raise Inexpressible("moto loads all of AWS's own policies or none, and all take it a third of a second")
        getattr(iam, f"attach_{who}_policy")(**named, PolicyArn=arn)


def role(clients: Clients, name: str, properties: Properties) -> Made:
    name = properties.get("RoleName", name)
    boundary = properties.get("PermissionsBoundary")
    made = clients("iam").create_role(
        RoleName=name,
        AssumeRolePolicyDocument=_document(properties.get("AssumeRolePolicyDocument", _TRUST)),
        Tags=tag_list(properties),
        **({"PermissionsBoundary": boundary} if boundary else {}),
        **pick(properties, "Description", "MaxSessionDuration", "Path"),
    )["Role"]
    _policies(clients, "role", name, properties)
    return Made(name, name, made["Arn"], {"RoleId": made["RoleId"]})


def user(clients: Clients, name: str, properties: Properties) -> Made:
    name = properties.get("UserName", name)
    iam = clients("iam")
    made = iam.create_user(UserName=name, Tags=tag_list(properties), **pick(properties, "Path", "PermissionsBoundary"))
    for each in properties.get("Groups", []):
        _join(clients, each, name)
    _policies(clients, "user", name, properties)
    return Made(name, name, made["User"]["Arn"])


def _join(clients: Clients, group_name: str, user_name: str) -> None:
    """Examples name groups and users that they do not have."""
    iam = clients("iam")
    if group_name not in {each["GroupName"] for each in iam.list_groups()["Groups"]}:
        iam.create_group(GroupName=group_name)
    if user_name not in {each["UserName"] for each in iam.list_users()["Users"]}:
        iam.create_user(UserName=user_name)
    iam.add_user_to_group(GroupName=group_name, UserName=user_name)


def group(clients: Clients, name: str, properties: Properties) -> Made:
    name = properties.get("GroupName", name)
    made = clients("iam").create_group(GroupName=name, **pick(properties, "Path"))["Group"]
    _policies(clients, "group", name, properties)
    return Made(name, name, made["Arn"])


def managed_policy(clients: Clients, name: str, properties: Properties) -> Made:
    name = properties.get("ManagedPolicyName", name)
    iam = clients("iam")
    arn = iam.create_policy(
        PolicyName=name, PolicyDocument=_document(properties["PolicyDocument"]), **pick(properties, "Path")
    )["Policy"]["Arn"]
    for who, names in (("role", "Roles"), ("user", "Users"), ("group", "Groups")):
        for each in properties.get(names, []):
            getattr(iam, f"attach_{who}_policy")(**{f"{who.title()}Name": each}, PolicyArn=arn)
    return Made(name, arn, arn)


def policy(clients: Clients, name: str, properties: Properties) -> Made:
    """In an account it is a part of whom it is written into."""
    name = properties.get("PolicyName", name)
    made = Made(name)
    for who, names in (("group", "Groups"), ("user", "Users"), ("role", "Roles")):
        for each in properties.get(names, []):
            if each not in {
                known[f"{who.title()}Name"] for known in getattr(clients("iam"), f"list_{who}s")()[f"{who.title()}s"]
            }:
                {"group": group, "role": role, "user": user}[who](clients, each, Properties({}))
            _policies(clients, who, each, {"Policies": [{"PolicyName": name, **pick(properties, "PolicyDocument")}]})
            made = Made(each, name, type=f"AWS::IAM::{who.title()}")
    return made


def user_policy(clients: Clients, name: str, properties: Properties) -> Made:
    user(clients, properties["UserName"], Properties({}))
    given = {"PolicyName": properties.get("PolicyName", name), **pick(properties, "PolicyDocument")}
    _policies(clients, "user", properties["UserName"], {"Policies": [given]})
    return Made(properties["UserName"], type="AWS::IAM::User")


def addition(clients: Clients, name: str, properties: Properties) -> Made:
    for each in properties["Users"]:
        _join(clients, properties["GroupName"], each)
    return Made(properties["Users"][0], name, type="AWS::IAM::User")


def user_pool(clients: Clients, name: str, properties: Properties) -> Made:
    made = clients("cognito-idp").create_user_pool(
        PoolName=properties.get("UserPoolName", name),
        UserPoolTags={**properties.get("UserPoolTags", {})},
        **pick(
            properties,
            "AdminCreateUserConfig",
            "DeletionProtection",
            "LambdaConfig",
            "MfaConfiguration",
            "Policies",
        ),
        **(
            {"Schema": [{"AttributeDataType": "String", **each} for each in properties["Schema"]]}
            if properties.get("Schema")
            else {}
        ),
    )["UserPool"]
    if properties.get("MfaConfiguration") in ("ON", "OPTIONAL"):
        clients("cognito-idp").set_user_pool_mfa_config(
            UserPoolId=made["Id"],
            SoftwareTokenMfaConfiguration={"Enabled": True},
            MfaConfiguration=properties["MfaConfiguration"],
        )
    return Made(made["Id"], made["Id"], made["Arn"])


def pool_client(clients: Clients, name: str, properties: Properties) -> Made:
    pool = properties["UserPoolId"]
    known = clients("cognito-idp").list_user_pools(MaxResults=60)["UserPools"]
    if pool not in {each["Id"] for each in known}:
        pool = user_pool(clients, f"pool-of-{name}", Properties({})).id
    made = clients("cognito-idp").create_user_pool_client(
        UserPoolId=pool,
        ClientName=properties.get("ClientName", name),
        **pick(
            properties,
            "AccessTokenValidity",
            "AllowedOAuthFlows",
            "IdTokenValidity",
            "PreventUserExistenceErrors",
            "ReadAttributes",
            "RefreshTokenValidity",
            "TokenValidityUnits",
            "WriteAttributes",
        ),
    )["UserPoolClient"]["ClientId"]
    return Made(made, made)


def identity_pool(clients: Clients, name: str, properties: Properties) -> Made:
    if "AllowClassicFlow" in properties:
        raise Inexpressible("moto forgets whether a pool has the classic flow")
    made = clients("cognito-identity").create_identity_pool(
        IdentityPoolName=properties.get("IdentityPoolName", name),
        **pick(
            properties,
            "AllowClassicFlow",
            "AllowUnauthenticatedIdentities",
            "CognitoIdentityProviders",
            "OpenIdConnectProviderARNs",
        ),
    )["IdentityPoolId"]
    return Made(made, made, f"arn:aws:cognito-identity:us-east-1:{ACCOUNT}:identitypool/{made}")


DEPLOYERS: Mapping[str, Deployer] = {
    "AWS::Cognito::IdentityPool": identity_pool,
    "AWS::Cognito::UserPool": user_pool,
    "AWS::Cognito::UserPoolClient": pool_client,
    "AWS::IAM::Group": group,
    "AWS::IAM::ManagedPolicy": managed_policy,
    "AWS::IAM::Policy": policy,
    "AWS::IAM::Role": role,
    "AWS::IAM::User": user,
    "AWS::IAM::UserPolicy": user_policy,
    "AWS::IAM::UserToGroupAddition": addition,
}
