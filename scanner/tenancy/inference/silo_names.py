"""Stores of which each tenant gets its own, named after a parameter of the stack.

Only proposed: in such a stack every role is its one tenant's too, and a template alone does not show whether it is.
"""

from __future__ import annotations

from collections.abc import Iterator

from scanner.model.partial_text import Text
from scanner.model.resource import Inventory, Resource
from scanner.model.tenant_words import meaning_of
from scanner.model.unknown import Reference, Unknown
from scanner.model.world import UndecidedError, World
from scanner.tenancy.identifiers import HOLE
from scanner.tenancy.inference.evidence import Proposal, seen

# ARN formats of the "Service Authorization Reference".
_ARNS: dict[str, tuple[str, ...]] = {
    "AWS::DynamoDB::Table": ("arn:*:dynamodb:*:*:table/{}", "arn:*:dynamodb:*:*:table/{}/*"),
    "AWS::S3::Bucket": ("arn:*:s3:::{}", "arn:*:s3:::{}/*"),
    "AWS::SQS::Queue": ("arn:*:sqs:*:*:{}",),
    "AWS::SNS::Topic": ("arn:*:sns:*:*:{}",),
    # "Identity-based policies for Secrets Manager": six random characters follow the name.
    "AWS::SecretsManager::Secret": ("arn:*:secretsmanager:*:*:secret:{}-*",),
}


def silos(inventory: Inventory) -> Iterator[Proposal]:
    """Entries for `owned` with the model `silo`; none of them is strong."""
    for type_name, arns in _ARNS.items():
        for resource in inventory.of_type(type_name):
            template = _name(resource)
            if template is None:
                continue
            what = f"`{resource.logical_id}` is named after a parameter that says tenant"
            evidence = (seen(what, resource, ("Properties",), World(), strong=False),)
            for arn in arns:
                yield Proposal("owned", {"kind": "arn", "arn": arn.format(template), "model": "silo"}, evidence)


def _name(store: Resource) -> str | None:
    """Its name with the hole where the tenant's parameter stands; None where it has none."""
    try:
        name = store.names(World()).name
    except UndecidedError:
        return None
    parts = name.parts if isinstance(name, Text) else (name,)
    template = "".join(HOLE if _is_tenants(part) else part if isinstance(part, str) else "*" for part in parts)
    return template if HOLE in template and template.count("${") == template.count(HOLE) else None


def _is_tenants(part: object) -> bool:
    if not isinstance(part, Unknown) or isinstance(part, Reference) or not part.symbol:
        return False
    return meaning_of(part.symbol[-1]) == "tenant"
