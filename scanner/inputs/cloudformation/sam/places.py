"""From what SAM generates back to what it was generated from."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from scanner.base.record import record
from scanner.inputs.cloudformation.places import Written
from scanner.inputs.cloudformation.sam.translator import MADE_BY, SERVERLESS
from scanner.model.resource import Keys, Origin

if TYPE_CHECKING:
    from scanner.inputs.cloudformation.stack import Stack
    from scanner.model.world import World
    from scanner.text.document import Document

# What a property is called in SAM, where it is called something else there ("AWS SAM resource and property reference").
_RENAMED = {
    "AttributeDefinitions": ("PrimaryKey",),
    "Body": ("DefinitionBody", "DefinitionUri"),
    "BodyS3Location": ("DefinitionUri",),
    "Code": ("CodeUri", "InlineCode", "ImageUri"),
    "Content": ("ContentUri",),
    "DeadLetterConfig": ("DeadLetterQueue",),
    "DefinitionS3Location": ("DefinitionUri",),
    "DefinitionString": ("Definition",),
    "KeySchema": ("PrimaryKey",),
    "LoggingConfiguration": ("Logging",),
    "ManagedPolicyArns": ("Policies",),
    "Path": ("RolePath",),
    "ScheduleExpression": ("Schedule",),
    "StateMachineName": ("Name",),
    "StateMachineType": ("Type",),
    "TemplateURL": ("Location",),
    "TracingConfig": ("Tracing",),
    "TracingConfiguration": ("Tracing",),
}
# Types that SAM makes beside a function or an API, by the property that asks for them.
_ASKED_BY = {
    "AWS::ApiGateway::ApiKey": "Auth",
    "AWS::ApiGateway::BasePathMapping": "Domain",
    "AWS::ApiGateway::DomainName": "Domain",
    "AWS::ApiGateway::UsagePlan": "Auth",
    "AWS::ApiGateway::UsagePlanKey": "Auth",
    "AWS::ApiGatewayV2::ApiMapping": "Domain",
    "AWS::ApiGatewayV2::DomainName": "Domain",
    "AWS::CodeDeploy::DeploymentGroup": "DeploymentPreference",
    "AWS::Lambda::Alias": "AutoPublishAlias",
    "AWS::Lambda::EventInvokeConfig": "EventInvokeConfig",
    "AWS::Lambda::Url": "FunctionUrlConfig",
    "AWS::Lambda::Version": "AutoPublishAlias",
    "AWS::Route53::RecordSetGroup": "Domain",
}
# Types whose properties are those of what they are made of.
_LIKE_THEIR_SOURCE = ("AWS::ApiGateway::Stage", "AWS::ApiGatewayV2::Stage", "AWS::IAM::Role")
_IMPLICIT = {"ServerlessRestApi": ("Api", "RestApiId"), "ServerlessHttpApi": ("HttpApi", "ApiId")}
_POLICY_NUMBER = re.compile(r"Policy(\d+)\Z")


@record
class Provenance:
    """What one resource was made of: `base` as a whole; `holders` are mappings that its properties may stand in."""

    base: Keys
    holders: tuple[Keys, ...]
    origin: Origin


class Sources:
    """The places in a SAM template of everything that was made of it."""

    __slots__ = ("_data", "_made", "_moved")

    def __init__(self, data: Mapping[str, object], made: Mapping[str, object]) -> None:
        """`data` is the template as written, `made` the resources with the translator's marks on them."""
        self._data = data
        self._made: dict[str, Provenance] = {}
        self._moved: dict[Keys, tuple[Keys, ...]] = {}
        for logical_id, body in made.items():
            if isinstance(body, dict):
                provenance = self._made[logical_id] = self._provenance(logical_id, body)
                self._move(logical_id, body, provenance)

    def origin(self, logical_id: str) -> Origin:
        """`framework` for what SAM makes without the author's own properties in it; `user` for the rest, and for what
        it did not make."""
        provenance = self._made.get(logical_id)
        return provenance.origin if provenance is not None else "user"

    def source(self, path: Keys) -> Keys:
        """Where the value stands, in the template as written, that led to the one at `path` of what was made."""
        for length in range(len(path), 1, -1):
            candidates = self._moved.get(path[:length])
            if candidates:
                # Of the function's own properties and the shared ones, the one that goes on as this path does.
                best = max(candidates, key=lambda each: self._walk((*each, *path[length:]))[0] - len(each))
                return (*best, *path[length:])
        return path

    def _provenance(self, logical_id: str, body: Mapping[str, object]) -> Provenance:
        kind = str(body.get("Type"))
        metadata = body.get("Metadata")
        maker = metadata.get(MADE_BY) if isinstance(metadata, dict) else None
        base: Keys = ("Resources", logical_id)
        if isinstance(maker, str):
            return self._made_by(maker, logical_id, kind)
        if self._at(base) is not None:
            return Provenance(base, ((*base, "Properties"),), "user")
        for name, (event, reference) in _IMPLICIT.items():
            if logical_id.startswith(name):
                shared: Keys = ("Globals", event)
                first = next(self._implied(event, reference), base)
                return Provenance(first, (shared,) if kind != "AWS::ApiGateway::Deployment" else (), "framework")
        for source, written in self._resources():
            connectors = written.get("Connectors")
            for connector in connectors if isinstance(connectors, dict) else ():
                if logical_id.startswith(source + connector):
                    return Provenance(("Resources", source, "Connectors", connector), (), "user")
        return self._for_deployment(logical_id)

    def _made_by(self, maker: str, logical_id: str, kind: str) -> Provenance:
        base: Keys = ("Resources", maker)
        written = self._at(base)
        properties = written.get("Properties") if isinstance(written, dict) else None
        properties = properties if isinstance(properties, dict) else {}
        section = str(written.get("Type")).removeprefix(SERVERLESS) if isinstance(written, dict) else ""
        own: Keys = (*base, "Properties")
        holders: tuple[Keys, ...] = (own, ("Globals", section))
        if logical_id == maker or kind == "AWS::Lambda::LayerVersion":
            return Provenance(base, holders, "user")
        rest = logical_id.removeprefix(maker)
        if rest == "Role":
            policies = "Policies" in properties
            return Provenance((*own, "Policies") if policies else base, holders, "user" if policies else "framework")
        asked = (
            "FunctionUrlConfig"
            if kind == "AWS::Lambda::Permission" and rest[:3].lower() == "url"
            else _ASKED_BY.get(kind)
        )
        events = properties.get("Events")
        named = [event for event in events if rest.startswith(event)] if isinstance(events, dict) else []
        if asked is None and named:
            event = max(named, key=len)
            return Provenance((*own, "Events", event), ((*own, "Events", event, "Properties"),), "user")
        for place in ((*own, asked), ("Globals", section, asked)) if asked is not None else ():
            if self._at(place) is not None:
                return Provenance(place, (place,), "user")
        if kind in _LIKE_THEIR_SOURCE:
            return Provenance(base, holders, "user")
        return Provenance(base, (), "framework")

    def _for_deployment(self, logical_id: str) -> Provenance:
        """What CodeDeploy needs is made once, for the first function that asks for gradual deployment."""
        wanted = []
        for source, written in self._resources():
            properties = written.get("Properties")
            if isinstance(properties, dict) and "DeploymentPreference" in properties:
                place: Keys = ("Resources", source, "Properties", "DeploymentPreference")
                if logical_id == source + "DeploymentGroup":
                    return Provenance(place, (place,), "user")
                wanted.append(place)
        shared: Keys = ("Globals", "Function", "DeploymentPreference")
        if self._at(shared) is not None:
            wanted.append(shared)
        return Provenance(wanted[0] if wanted else ("Resources",), (), "framework")

    def _implied(self, event: str, reference: str) -> Iterator[Keys]:
        """The events that an API is made for without being written."""
        for source, written in self._resources():
            properties = written.get("Properties")
            events = properties.get("Events") if isinstance(properties, dict) else None
            for name, body in events.items() if isinstance(events, dict) else ():
                details = body.get("Properties") if isinstance(body, dict) else None
                names_one = isinstance(details, dict) and reference in details
                if isinstance(body, dict) and body.get("Type") == event and not names_one:
                    yield "Resources", source, "Properties", "Events", name

    def _resources(self) -> Iterator[tuple[str, Mapping[str, object]]]:
        resources = self._data.get("Resources")
        for logical_id, body in resources.items() if isinstance(resources, dict) else ():
            if isinstance(body, dict):
                yield logical_id, body

    def _move(self, logical_id: str, body: Mapping[str, object], provenance: Provenance) -> None:
        whole: Keys = ("Resources", logical_id)
        properties = body.get("Properties")
        self._moved[whole] = (provenance.base,)
        for name in properties if isinstance(properties, dict) else ():
            names = (name, *_RENAMED.get(name, ()))
            places = [(*holder, each) for holder in provenance.holders for each in names]
            places = [place for place in places if self._at(place) is not None]
            if places:
                self._moved[*whole, "Properties", name] = tuple(places)
        if provenance.holders and body.get("Type") == "AWS::IAM::Role" and isinstance(properties, dict):
            self._move_policies(whole, properties, (*provenance.holders[0], "Policies"))

    def _move_policies(self, whole: Keys, properties: Mapping[str, object], source: Keys) -> None:
        """Each policy of a generated role to the entry of `Policies` that it stands for."""
        written = self._at(source)
        if written is None:
            return
        policies = properties.get("Policies")
        for index, policy in enumerate(policies) if isinstance(policies, list) else ():
            # The translator numbers them by their entry.
            names = _policy_names(policy)
            number = next((int(found[1]) for name in names if (found := _POLICY_NUMBER.search(name))), None)
            if number is not None:
                place = (*source, number) if isinstance(written, list) else source
                for inner in ((), ("PolicyDocument",)):
                    self._moved[*whole, "Properties", "Policies", index, *inner] = (place,)
                if isinstance(policy, dict) and "Fn::If" in policy:
                    for arm in (1, 2):
                        branch: Keys = (*place, "Fn::If", arm)
                        under: Keys = (*whole, "Properties", "Policies", index, "Fn::If", arm)
                        self._moved[under] = self._moved[*under, "PolicyDocument"] = (branch,)
        arns = properties.get("ManagedPolicyArns")
        entries = written if isinstance(written, list) else [written]
        for index, arn in enumerate(arns) if isinstance(arns, list) else ():
            name = arn.rpartition("/")[2] if isinstance(arn, str) else None
            where = next((i for i, entry in enumerate(entries) if entry == arn or (name and entry == name)), None)
            # Those that SAM adds by itself stand nowhere in the list.
            place = (*source, where) if isinstance(written, list) and where is not None else source
            self._moved[*whole, "Properties", "ManagedPolicyArns", index] = (place,)

    def _at(self, path: Keys) -> object:
        depth, node = self._walk(path)
        return node if depth == len(path) else None

    def _walk(self, path: Keys) -> tuple[int, object]:
        """Along the path as far as it goes: how far that is, and what is there."""
        node: object = self._data
        for depth, key in enumerate(path):
            if isinstance(node, dict) and key in node:
                node = node[str(key)]
            elif isinstance(node, list) and isinstance(key, int) and key < len(node):
                node = node[key]
            else:
                return depth, node
        return len(path), node


class GeneratedPlaces(Written):
    """The places of resources that SAM made: those of what they were made of."""

    __slots__ = ("_sources",)

    def __init__(self, stack: Stack, document: Document, sources: Sources) -> None:
        super().__init__(stack, document)
        self._sources = sources

    def _written(self, logical_id: str, keys: Sequence[str | int], world: World) -> Keys:
        return self._sources.source(super()._written(logical_id, keys, world))


def _policy_names(policy: object) -> Iterator[str]:
    if not isinstance(policy, dict):
        return
    name = policy.get("PolicyName")
    if isinstance(name, str):
        yield name
    branches = policy.get("Fn::If")
    for branch in branches if isinstance(branches, list) else ():
        yield from _policy_names(branch)
