"""What a value names: an asset that was read, one of another account, or something on the internet."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import field

from scanner.base.record import mutable, record
from scanner.model.deferred import settle_all
from scanner.model.partial_text import Text
from scanner.model.resource import Inventory, Resource
from scanner.model.unknown import Reference, Unknown
from scanner.model.world import UndecidedError, World

_HOST = re.compile(r"(?:https?|wss?|jdbc:[a-z]+|sftp|ftp)://(?:[^/@]*@)?([A-Za-z0-9.-]+)")
_BARE_HOST = re.compile(r"(?=.{4,253}\Z)(?:[a-z0-9-]{1,63}\.)+[a-z]{2,24}", re.IGNORECASE)
_MAIL = re.compile(r"[^\s@]+@([A-Za-z0-9.-]+)")
_ARN = re.compile(r"arn:[a-z-]+:[a-z0-9-]+:[a-z0-9-]*:([0-9]{12})?:[^\s\"']+")
_S3_HOST = re.compile(r"(.+)\.s3(?:[.-][a-z0-9-]+)?\.amazonaws\.com(?:\.cn)?")
_OF_AWS = (".amazonaws.com", ".amazonaws.com.cn", ".aws.dev", ".cloudfront.net", ".awsglobalaccelerator.com")
# A part of another resource's ARN that data goes through: an index, a stream, an alias.
_BELOW = re.compile(r"(?::\*|/\*|/stream/[^/]*|/index/[^/]*|:\$?[A-Za-z0-9_-]+)\Z")


@record
class Named:
    """One of: an asset's address, an `account` with the ARN there, a `host` on the internet, or why it is not known."""

    address: str | None = None
    account: str | None = None
    host: str | None = None
    text: str = ""
    why: Unknown | None = None


@mutable(eq=False)
class Targets:
    """The resources of an inventory by what they may be called in literals; of two of one name neither is meant."""

    inventory: Inventory
    _by_text: dict[str, str | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for resource in self.inventory.resources:
            try:
                names = resource.names(World())
            except UndecidedError:
                continue
            if isinstance(resource.arn, str):
                self._put(resource.arn, resource.address)
            if isinstance(names.arn, str):
                self._put(_without_place(names.arn).removesuffix(":*"), resource.address)
            if isinstance(names.name, str):
                self._put(f"{resource.type} {names.name}", resource.address)

    def _put(self, text: str, address: str) -> None:
        known = self._by_text.get(text, address)
        self._by_text[text] = address if known == address else None

    def of(self, value: object, source: Resource, world: World) -> Iterator[Named]:
        """Everything that a value names. Raises UndecidedError."""
        yield from self._of(settle_all(value, world), source)

    def _of(self, value: object, source: Resource) -> Iterator[Named]:
        if isinstance(value, dict):
            for child in value.values():
                yield from self._of(child, source)
        elif isinstance(value, list):
            for child in value:
                yield from self._of(child, source)
        elif isinstance(value, Reference):
            yield (
                Named(value.resource, text=str(value.attribute)) if self._is_there(value) else Named(why=value.plain())
            )
        elif isinstance(value, Text):
            found = [hole for hole in value.holes if isinstance(hole, Reference) and self._is_there(hole)]
            for hole in found:
                yield Named(hole.resource, text=str(value))
            if not found:
                yield from self._literal(str(value), source, value.unknown)
        elif isinstance(value, Unknown):
            yield Named(why=value.plain())
        elif isinstance(value, str) and value:
            yield from self._literal(value, source, None)

    def _is_there(self, reference: Reference) -> bool:
        return self.inventory.at(reference.resource) is not None

    def _literal(self, text: str, source: Resource, why: Unknown | None) -> Iterator[Named]:
        known = self._known(text, source)
        if known is not None:
            yield Named(known, text=text)
            return
        arns = list(_ARN.finditer(text))
        for arn in arns:
            known = self._known(arn[0], source)
            if known is not None:
                yield Named(known, text=arn[0])
            else:
                yield Named(account=arn[1] or "", text=arn[0], why=why)
        host = _HOST.search(text) or _MAIL.fullmatch(text) or (_BARE_HOST.fullmatch(text) if not arns else None)
        if host is not None and not arns:
            name = host[1] if host.re is not _BARE_HOST else host[0]
            if not name.lower().endswith(_OF_AWS):
                yield Named(host=name.lower(), text=text)
            elif why is not None:
                yield Named(why=why)
        elif why is not None and not arns:
            yield Named(why=why)

    def _known(self, text: str, source: Resource) -> str | None:
        """By ARN, by ARN of a part, or by name, of a type that stands in such a place."""
        bucket = _S3_HOST.fullmatch(text)
        if bucket is not None:
            return self._by_text.get(f"AWS::S3::Bucket {bucket[1]}")
        spelled = _without_place(text)
        for each in (text, spelled, _BELOW.sub("", spelled), spelled.partition("/")[0] if ":s3:::" in spelled else ""):
            found = self._by_text.get(each)
            if found is not None:
                return found
        for kind in _NAMED_IN.get(source.type, ()):
            found = self._by_text.get(f"{kind} {text.removeprefix('s3://').partition('/')[0]}")
            if found is not None:
                return found
        return None


# Types of what a plain name means in resources of a type.
_BUCKET = ("AWS::S3::Bucket",)
_NAMED_IN: dict[str, tuple[str, ...]] = {
    "AWS::AppSync::DataSource": ("AWS::DynamoDB::Table",),
    "AWS::Backup::BackupPlan": ("AWS::Backup::BackupVault",),
    "AWS::CloudTrail::Trail": _BUCKET,
    "AWS::DynamoDB::Table": _BUCKET,
    "AWS::EC2::FlowLog": ("AWS::Logs::LogGroup", "AWS::EC2::VPC", "AWS::EC2::Subnet"),
    "AWS::ECS::TaskDefinition": ("AWS::EFS::FileSystem",),
    "AWS::ElasticLoadBalancing::LoadBalancer": _BUCKET,
    "AWS::ElasticLoadBalancingV2::LoadBalancer": _BUCKET,
    "AWS::Events::Rule": ("AWS::Events::EventBus",),
    "AWS::Glue::Crawler": _BUCKET,
    "AWS::Lambda::EventInvokeConfig": ("AWS::Lambda::Function",),
    "AWS::Lambda::EventSourceMapping": ("AWS::Lambda::Function",),
    "AWS::Lambda::Function": ("AWS::Logs::LogGroup",),
    "AWS::Logs::SubscriptionFilter": ("AWS::Logs::LogGroup",),
    "AWS::RDS::DBCluster": ("AWS::RDS::DBCluster",),
    "AWS::RDS::DBInstance": ("AWS::RDS::DBInstance", "AWS::RDS::DBCluster"),
    "AWS::S3::Bucket": _BUCKET,
}


def _without_place(arn: str) -> str:
    """An ARN whatever its partition, which one account has but one of."""
    return "arn:*:" + arn.split(":", 2)[-1] if arn.startswith("arn:") else arn


def values_at(resource: Resource, path: str, world: World) -> list[object]:
    """Everything at a path of the properties; lists on the way are entered. Raises UndecidedError."""
    values: list[object] = [settle_all(resource.fields.get("Properties"), world)]
    for key in path.split("."):
        below: list[object] = []
        for value in values:
            for each in value if isinstance(value, list) else [value]:
                if isinstance(each, dict) and key in each:
                    below.append(each[key])
                elif isinstance(each, Unknown):
                    below.append(each)
        values = below
    return values


__all__ = ["Named", "Targets", "values_at"]
