"""AWS's list of HIPAA-eligible services, by the first part of CloudFormation's type names.

"HIPAA Eligible Services Reference". The list grows, and what is shipped is that of one day: `as_of()`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from scanner.language.expressions.scope import Scope
from scanner.model.data_age import data_dates
from scanner.model.dependency_trace import TODAY
from scanner.model.unknown import Unknown
from scanner.shipped_data import data_file

TOOL = "a tool"
"""What is said of services that are not meant to hold health information, such as IAM."""
_PARTS = 2
# What the types of SAM become ("AWS SAM resources and properties"); a nested application may be anything.
_SAM = {
    "AWS::Serverless::Api": "AWS::ApiGateway::RestApi",
    "AWS::Serverless::Application": "AWS::CloudFormation::Stack",
    "AWS::Serverless::CapacityProvider": "AWS::Lambda::CapacityProvider",
    "AWS::Serverless::Connector": "AWS::IAM::ManagedPolicy",
    "AWS::Serverless::Function": "AWS::Lambda::Function",
    "AWS::Serverless::GraphQLApi": "AWS::AppSync::GraphQLApi",
    "AWS::Serverless::HttpApi": "AWS::ApiGatewayV2::Api",
    "AWS::Serverless::LayerVersion": "AWS::Lambda::LayerVersion",
    "AWS::Serverless::MicrovmImage": "AWS::Lambda::MicrovmImage",
    "AWS::Serverless::NetworkConnector": "AWS::Lambda::NetworkConnector",
    "AWS::Serverless::SimpleTable": "AWS::DynamoDB::Table",
    "AWS::Serverless::StateMachine": "AWS::StepFunctions::StateMachine",
    "AWS::Serverless::WebFunction": "AWS::Lambda::WebFunction",
    "AWS::Serverless::WebSocketApi": "AWS::ApiGatewayV2::Api",
}


def service_of(type_name: str) -> str | None:
    """The listed service that the type is of, TOOL, or None for one that is not on the list."""
    if type_name.startswith("AWS::::"):
        return TOOL
    type_name = _SAM.get(type_name, type_name)
    return _services().get("::".join(type_name.split("::")[:_PARTS]))


def as_of() -> str:
    """The day of the list, as in 2026-01-31."""
    return str(_list()["as_of"])


def is_current(_arguments: Sequence[object], scope: Scope) -> object:
    """True while the list is within its age limit, else an unknown: AWS adds services to the list."""
    if scope.inventory.trace is not None:
        scope.inventory.trace.ask(TODAY)
    listed, day = data_dates()["eligible-services"], scope.declared.as_of
    if day is None or not listed.is_past(day):
        return True
    return Unknown("undeclared", f"AWS may have added the service since: {listed.note(day)}")


@lru_cache(maxsize=1)
def _services() -> dict[str, str]:
    listed, tools = _list()["listed"], _list()["tools"]
    names = {prefix: service for service, prefixes in listed.items() for prefix in prefixes}
    return names | {prefix: TOOL for prefixes in tools.values() for prefix in prefixes}


@lru_cache(maxsize=1)
def _list() -> dict[str, Any]:  # Any: as JSON comes in, and a test holds its form
    found: dict[str, Any] = json.loads(data_file("hipaa_eligible.json").read_bytes())
    return found


__all__ = ["TOOL", "as_of", "is_current", "service_of"]
