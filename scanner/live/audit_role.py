"""The role that a snapshot needs: the calls that the collectors declare, and nothing besides."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from scanner.live.collector_table import Service
from scanner.live.organization import CALLS

MOST_CHARACTERS = 6_000
"""Of one managed policy, which AWS stops at 6,144 without white space ("IAM and AWS STS quotas")."""
# API Gateway knows one action for all that is read, the values of API keys among it; what is asked is told apart by the
# path ("How API Gateway works with IAM", resource-level permissions). A test holds these against the collectors.
API_GATEWAY = "apigateway:GET"
API_GATEWAY_PATHS = (
    "/apis",
    "/apis/*/authorizers",
    "/apis/*/integrations",
    "/apis/*/routes",
    "/apis/*/stages",
    "/clientcertificates",
    "/domainnames",
    "/domainnames/*/apimappings",
    "/restapis",
    "/restapis/*/authorizers",
    "/restapis/*/resources",
    "/restapis/*/stages",
    "/usageplans",
)
# Who is asking, and which regions there are.
ALWAYS = ("ec2:DescribeRegions", "sts:GetCallerIdentity")


def actions(services: Iterable[Service], *, organization: bool = False) -> list[str]:
    """Every IAM action of the services' collectors, sorted; `organization` adds those that read its accounts."""
    own = {*ALWAYS, *(action for service in services for action in service.actions())}
    if organization:
        own |= {f"organizations:{''.join(word.title() for word in call.split('_'))}" for call in CALLS}
    return sorted(own)


def audit_role(services: Sequence[Service], *, organization: bool = False) -> str:
    """A CloudFormation template, fit for a StackSet: parameters, one role, as many policies as its actions take."""
    import yaml

    policies = _policies(actions(services, organization=organization))
    resources: dict[str, object] = {
        "AuditRole": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "RoleName": {"Ref": "RoleName"},
                "Description": "Read by tenantproof snapshot",
                "MaxSessionDuration": 3600,
                "AssumeRolePolicyDocument": {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Principal": {"AWS": {"Ref": "AuditorArn"}},
                            "Action": "sts:AssumeRole",
                            "Condition": {"StringEquals": {"sts:ExternalId": {"Ref": "ExternalId"}}},
                        }
                    ],
                },
                "ManagedPolicyArns": [{"Ref": name} for name in policies],
            },
        },
    }
    for name, chosen in policies.items():
        resources[name] = {
            "Type": "AWS::IAM::ManagedPolicy",
            "Properties": {
                "Description": "Lists and reads configurations, and none of the data behind them",
                "PolicyDocument": {
                    "Version": "2012-10-17",
                    "Statement": [*_statements(chosen)],
                },
            },
        }
    template = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "A role that may list and read configurations, for tenantproof snapshot",
        "Parameters": {
            "AuditorArn": {"Type": "String", "Description": "ARN of who assumes the role"},
            "ExternalId": {"Type": "String", "MinLength": 8, "Description": "Known to the auditor alone"},
            "RoleName": {"Type": "String", "Default": "TenantproofAudit"},
        },
        "Resources": resources,
        "Outputs": {"RoleArn": {"Value": {"Fn::GetAtt": ["AuditRole", "Arn"]}}},
    }
    return yaml.safe_dump(template, sort_keys=False, width=120)


def _statements(names: Sequence[str]) -> Iterator[dict[str, object]]:
    yield {"Effect": "Allow", "Action": [name for name in names if name != API_GATEWAY], "Resource": "*"}
    if API_GATEWAY in names:
        paths = [{"Fn::Sub": f"arn:${{AWS::Partition}}:apigateway:*::{path}"} for path in API_GATEWAY_PATHS]
        yield {"Effect": "Allow", "Action": [API_GATEWAY], "Resource": paths}


def _policies(names: Sequence[str]) -> dict[str, list[str]]:
    policies: dict[str, list[str]] = {}
    size = MOST_CHARACTERS
    for name in names:
        # Each path has some fifty characters more, as AWS counts them.
        taken = len(name) + 3 + (sum(len(path) + 50 for path in API_GATEWAY_PATHS) if name == API_GATEWAY else 0)
        if size + taken > MOST_CHARACTERS:
            size = 0
            policies[f"AuditPolicy{len(policies) + 1}"] = []
        policies[f"AuditPolicy{len(policies)}"].append(name)
        size += taken
    return policies
