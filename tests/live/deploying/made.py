"""What functions that deploy a resource of a template take and give.

They call the services themselves, as a person or a pipeline would, and never CloudFormation: moto's deployer drops much
of what a template says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

ACCOUNT, REGION = "111122223333", "us-east-1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/clinic"

Clients = Callable[[str], Any]
"""boto3's client of a service."""


class Properties(Mapping[str, Any]):
    """The properties of a resource, and which of them were asked for.

    What nobody asked for was not deployed, and such an example would prove less than it seems to.
    """

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values
        self._asked: set[str] = set()

    def __getitem__(self, name: str) -> Any:
        self._asked.add(name)
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    @property
    def left(self) -> list[str]:
        return sorted(self._values.keys() - self._asked)


@dataclass(frozen=True, slots=True)
class Made:
    """`id` is the name in a snapshot; `ref`, `arn` and `attributes` are what `Ref` and `Fn::GetAtt` give in a template.

    `type` is what it is in an account, where that is not what the template calls it: a policy is a part of its role.
    """

    id: str
    ref: str = ""
    arn: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    type: str | None = None


Deployer = Callable[[Clients, str, Properties], Made]


class Inexpressible(Exception):
    """The service's call, or moto, cannot say what the template says."""


def pick(properties: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: properties[name] for name in names if name in properties}


def small(value: Any) -> Any:
    """Names of fields as services have them that begin theirs with a small letter."""
    if isinstance(value, Mapping):
        return {key[:1].lower() + key[1:]: small(child) for key, child in value.items()}
    return [small(child) for child in value] if isinstance(value, list) else value


def tags(properties: Mapping[str, Any]) -> dict[str, str]:
    """As a mapping, however the type says them."""
    given = properties.get("Tags") or {}
    if isinstance(given, Mapping):
        return {key: str(value) for key, value in given.items()}
    return {each["Key"]: str(each["Value"]) for each in given}


def tag_list(properties: Mapping[str, Any], key: str = "Key", value: str = "Value") -> list[dict[str, str]]:
    return [{key: name, value: text} for name, text in tags(properties).items()]


def vpc_of(clients: Clients) -> str:
    """The network that every account begins with."""
    vpc: str = clients("ec2").describe_vpcs()["Vpcs"][0]["VpcId"]
    return vpc


def subnets_of(clients: Clients) -> list[str]:
    return [each["SubnetId"] for each in clients("ec2").describe_subnets()["Subnets"][:2]]


def arn_of(service: str, given: str) -> str:
    """Examples write one letter where a service wants an ARN."""
    return given if given.startswith("arn:") else f"arn:aws:{service}:{REGION}:{ACCOUNT}:{given}"
