"""Relations between resources, declared as data and matched in three values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from typing import Literal

from scanner.base.record import mutable, record
from scanner.model.deferred import OpenMap, settle, settle_all
from scanner.model.dependency_trace import Channel, Trace
from scanner.model.partial_text import Text
from scanner.model.reference_match import is_joined, names_resource, without_partition
from scanner.model.resource import Inventory, Resource
from scanner.model.unknown import OpenList, Reference, Unknown
from scanner.model.world import UndecidedError, World

Lives = Literal["beside", "anywhere"]


@record
class Relation:
    """`sources` are (type, path of the property that names the target); asked from either end.

    `lives` says where the source lives: *beside* the target, so that none read means none, or *anywhere*. `admits` is
    the service that the target must let in where it is what a source names. `made_by_aws` is how the names begin of
    what AWS makes itself, which is at no end of it.
    """

    name: str
    sources: tuple[tuple[str, tuple[str, ...]], ...]
    targets: tuple[str, ...]
    lives: Lives = "beside"
    admits: str | None = None
    made_by_aws: str | None = None


@mutable
class Sources:
    """The sources of one relation by what they name: a resource of the set, a literal, or only to be decided.

    What is not decided, such as a parameter without a value, is held against the resources of the same folder: files
    beside each other are one system. A template elsewhere in a large repository is taken not to mean them; its messages
    speak of the files scanned for that reason.
    """

    channel: Channel
    by_address: dict[str, list[Resource]] = field(default_factory=dict)
    by_text: dict[str, list[Resource]] = field(default_factory=dict)
    undecided: dict[str, list[Resource]] = field(default_factory=dict)
    beside: dict[str, list[Resource]] = field(default_factory=dict)

    @classmethod
    def of(cls, resources: Sequence[Resource], kind: str, path: tuple[str, ...]) -> Sources:
        """Sorted by what `path` in each resource of the type `kind` names.

        What rests on a choice or an assumption counts as to be decided.
        """
        sources = cls(("sources", (kind, *path)))
        for resource in resources:
            folder = resource.folder
            probe = World()
            try:
                values: list[object] = list(_values(resource, path, probe))
            except UndecidedError:
                values = [Text(())]
            if not is_joined(probe) or any(
                isinstance(v, Text | Unknown) and not isinstance(v, Reference) for v in values
            ):
                sources.undecided.setdefault(folder, []).append(resource)
                continue
            spelled = False
            for value in values:
                if isinstance(value, Reference):
                    sources.by_address.setdefault(value.resource, []).append(resource)
                else:
                    spelled = True
                    sources.by_text.setdefault(str(without_partition(value)), []).append(resource)
            if spelled:
                # A reference names one resource, and nothing names none: only a text may name what is partly known.
                sources.beside.setdefault(folder, []).append(resource)
        return sources

    @property
    def key(self) -> str:
        """Of the index, in the keys that a trace is asked."""
        return ".".join(self.channel[1])

    def near(self, target: Resource, world: World, trace: Trace | None) -> Sequence[Resource]:
        """The sources that may name the target; all others do not. Raises UndecidedError.

        Whoever asks for those that name the target by a reference needs no key: they offer the target's own file one.
        """
        names = target.names(world)
        folder = target.folder
        if trace is not None:
            trace.channels.add(self.channel)
            trace.ask(f"sources? {self.key} {folder}")
            for name in names.all:
                if isinstance(name, str):
                    trace.ask(f"source {without_partition(name)}")
                elif not isinstance(name, Reference):
                    trace.ask(f"sources {self.key} {folder}")
        near = [*self.by_address.get(target.address, ()), *self.undecided.get(folder, ())]
        for name in names.all:
            if isinstance(name, str):
                near += self.by_text.get(str(without_partition(name)), ())
            elif not isinstance(name, Reference):
                near += self.beside.get(folder, ())
        return list(dict.fromkeys(near))


# "Methods for accessing a general purpose bucket", virtual-hosted style.
_DOMAIN = re.compile(r"(.+)\.s3(?:[.-][a-z0-9-]+)?\.amazonaws\.com(?:\.cn)?\Z")


@mutable
class Targets:
    """The targets of a relation by name and ARN, and by folder where a name is only to be decided."""

    channel: Channel
    by_text: dict[str, list[Resource]] = field(default_factory=dict)
    undecided: dict[str, list[Resource]] = field(default_factory=dict)
    beside: dict[str, list[Resource]] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """As that of `Sources`."""
        return "|".join(self.channel[1])

    @classmethod
    def of(cls, resources: Sequence[Resource], kinds: tuple[str, ...]) -> Targets:
        """Sorted by what each resource may be called; `kinds` are the types that the resources are of."""
        targets = cls(("targets", kinds))
        for resource in resources:
            folder = resource.folder
            targets.beside.setdefault(folder, []).append(resource)
            probe = World()
            try:
                names = resource.names(probe)
                known = names.all
            except UndecidedError:
                known = (Text(()),)
            if probe.assumptions or any(isinstance(name, Text) for name in known):
                targets.undecided.setdefault(folder, []).append(resource)
            for name in known:
                if isinstance(name, str):
                    targets.by_text.setdefault(str(without_partition(name)), []).append(resource)
        return targets

    def near(self, value: object, source: Resource, trace: Trace | None) -> Sequence[Resource]:
        """The targets that the value may name."""
        folder = source.folder
        if trace is not None:
            trace.channels.add(self.channel)
            if isinstance(value, str):
                trace.ask(f"target {without_partition(value)}")
                trace.ask(f"targets? {self.key} {folder}")
            else:
                trace.ask(f"targets {self.key} {folder}")
        if isinstance(value, str):
            return [*self.by_text.get(str(without_partition(value)), ()), *self.undecided.get(folder, ())]
        return self.beside.get(folder, ())


@mutable
class Relations:
    """All declared relations. `complete` is true for a snapshot whose calls all succeeded."""

    by_name: Mapping[str, Relation]
    complete: bool = False
    _sources: dict[tuple[str, tuple[str, ...]], Sources] = field(default_factory=dict)
    _targets: dict[tuple[str, ...], Targets] = field(default_factory=dict)

    def related(
        self, name: str, resource: Resource, inventory: Inventory, world: World, *, backwards: bool = False
    ) -> object:
        """The fields of the resources at the other end, open where an edge cannot be decided. Raises UndecidedError.

        Where both ends are of one type, such as a bucket and the bucket it logs to, those that the resource names;
        `backwards` asks for those that name it.
        """
        relation = self.by_name[name]
        found: list[object] = []
        unknown: Unknown | None = None
        forwards = [] if backwards else [path for kind, path in relation.sources if kind == resource.type]
        for path in forwards:
            for value in _values(resource, path, world):
                hits, doubt = self._named_by(value, relation, resource, inventory, world)
                found.extend(hits)
                unknown = unknown or doubt
        if resource.type in relation.targets and not forwards:
            hits, doubt = self._naming(relation, resource, inventory, world)
            found.extend(hits)
            unknown = unknown or doubt
            kinds = dict.fromkeys(kind for kind, _ in relation.sources)
            unknown = unknown or _first(inventory.unread.near(kind, resource) for kind in kinds)
            # Of an account that was read as a whole, what was not found is not there.
            sure = self.complete or resource.live
            if relation.lives == "anywhere" and not sure and unknown is None and not found:
                unknown = Unknown("undeclared", f"the {name.replace('-', ' ')} may be outside the files scanned")
        return found if unknown is None else OpenList(found, unknown.plain())

    def named(self, name: str, value: object, resource: Resource, inventory: Inventory, world: World) -> object:
        """As `related`, of one value of the resource: where a list of it names several. Raises UndecidedError."""
        if value is None:
            return []
        found, unknown = self._named_by(value, self.by_name[name], resource, inventory, world)
        return found if unknown is None else OpenList(found, unknown.plain())

    def sources(self, kind: str, path: tuple[str, ...], inventory: Inventory) -> Sources:
        """Those of one type by what it names at the path; read once."""
        sources = self._sources.get((kind, path))
        if sources is None:
            sources = self._sources[kind, path] = Sources.of(inventory.listed(kind), kind, path)
        return sources

    def targets(self, kinds: tuple[str, ...], inventory: Inventory) -> Targets:
        """The resources of these types by what they are called; read once."""
        targets = self._targets.get(kinds)
        if targets is None:
            everything = [each for kind in kinds for each in inventory.listed(kind)]
            targets = self._targets[kinds] = Targets.of(everything, kinds)
        return targets

    def _naming(
        self, relation: Relation, target: Resource, inventory: Inventory, world: World
    ) -> tuple[list[object], Unknown | None]:
        """The sources that name the target, and why there may be more."""
        found: list[object] = []
        unknown: Unknown | None = None
        for kind, path in relation.sources:
            sources = self.sources(kind, path, inventory)
            for source in sources.near(target, world, inventory.trace):
                edge = _edge(source, path, target, world)
                if edge is False or not source.exists(world):
                    continue
                if edge is True:
                    found.append(source.fields)
                elif relation.admits is None or self._may_be_meant(relation.admits, source, target, inventory, world):
                    unknown = unknown or edge
        return found, unknown

    def _may_be_meant(
        self, service: str, source: Resource, target: Resource, inventory: Inventory, world: World
    ) -> bool:
        """Whether the target can be what a source names that does not say what it names. Raises UndecidedError."""
        for here, there in ((source.account, target.account), (source.region, target.region)):
            if here is not None and there is not None and here != there:
                return False
        properties = settle(target.fields.get("Properties"), world)
        if not isinstance(properties, dict) or not _is_closed(properties, world, live=target.live):
            return True
        policies = self.related("bucket-policy", target, inventory, world)
        if not isinstance(policies, list) or isinstance(policies, OpenList):
            return True
        from scanner.iam.policy_questions import admits_service

        for fields in policies:
            policy = settle(fields["Properties"], world)
            document = settle_all(policy.get("PolicyDocument"), world) if isinstance(policy, dict) else policy
            if admits_service(document, service) is not False:
                return True
        return False

    def _named_by(
        self, value: object, relation: Relation, source: Resource, inventory: Inventory, world: World
    ) -> tuple[list[object], Unknown | None]:
        """The targets that one value of a source names, and why there may be others."""
        if isinstance(value, Reference):
            target = inventory.at(value.resource)
            if target is not None and target.type.startswith(_UNEXPANDED):
                # What SAM would have made of it may be what is asked for.
                return [], Unknown("invalid-template", f"`{target.logical_id}` is not expanded by SAM")
            if target is None or target.type.startswith(_OF_SOMEBODY):
                # What a custom resource answers may be the id of anything, and so may what nobody has read.
                return [], value
            return ([target.fields] if target.type in relation.targets else []), None
        shown = value.prefix if isinstance(value, Text) else value
        if relation.made_by_aws is not None and isinstance(shown, str) and shown.startswith(relation.made_by_aws):
            return [], None
        targets = self.targets(relation.targets, inventory)
        doubt: Unknown | None = None
        for target in targets.near(value, source, inventory.trace):
            same = names_resource(value, target, world)
            if same is False or _is_elsewhere(value, source, target) or (target.live and not target.exists(world)):
                continue
            if same is True:
                return [target.fields], None
            if isinstance(same, Unknown):
                doubt = doubt or same
        if doubt is None and isinstance(value, Unknown):
            doubt = value
        elif doubt is None and source.live:
            doubt = _first(inventory.unread.near(kind, source) for kind in relation.targets)
        elif doubt is None and relation.lives == "anywhere" and not self.complete:
            doubt = Unknown("undeclared", f"`{value}` is not in the files scanned")
        return [], doubt


def _edge(source: Resource, path: tuple[str, ...], target: Resource, world: World) -> bool | Unknown:
    unknown: Unknown | None = None
    for value in _values(source, path, world):
        same = names_resource(value, target, world)
        if same is not False and _is_elsewhere(value, source, target):
            continue
        if same is True:
            return True
        if isinstance(same, Unknown):
            unknown = unknown or same
    return False if unknown is None else unknown


def _is_elsewhere(value: object, source: Resource, target: Resource) -> bool:
    """Whether a plain name cannot reach so far: names are an account's and a region's own, but for those of buckets."""
    if not (source.live and target.live) or target.type == "AWS::S3::Bucket":
        return False
    if isinstance(value, str) and value.startswith("arn:"):
        return False
    regions = {source.region, target.region} - {None}
    return source.account != target.account or len(regions) > 1


_UNEXPANDED = "AWS::Serverless::"
_OF_SOMEBODY = ("Custom::", "AWS::CloudFormation::CustomResource")
_READING = ("READ", "READ_ACP")


def _is_closed(properties: dict[str, object], world: World, *, live: bool) -> bool:
    """Whether the bucket's ACL surely lets no group and no service write."""
    from scanner.model.bucket_acl import grants_of  # few scans ask for it

    granted = grants_of(properties, world, live=live)
    if not isinstance(granted, list) or isinstance(granted, OpenList):
        return False
    return all(
        isinstance(each, dict) and (each.get("Account") in ("owner", "other") or each.get("Permission") in _READING)
        for each in granted
    )


def _first(unknowns: Iterable[Unknown | None]) -> Unknown | None:
    return next((each for each in unknowns if each is not None), None)


def _values(resource: Resource, path: Sequence[str], world: World) -> Iterator[object]:
    """Every value at the path; lists on the way are entered."""
    values: list[object] = [settle(resource.fields.get("Properties"), world)]
    for key in path:
        below: list[object] = []
        for value in values:
            if isinstance(value, Unknown):
                yield value
            elif isinstance(value, dict):
                if key in value:
                    child = settle(value[key], world)
                    below.extend(child if isinstance(child, list) else [child])
                    if isinstance(child, OpenList):
                        yield child.unknown.plain()
                elif isinstance(value, OpenMap):
                    yield value.unknown.plain()
        values = below
    yield from (_bucket_of(value) for value in values if value is not None)


def _bucket_of(value: object) -> object:
    """A distribution names a bucket by its domain."""
    named = _DOMAIN.match(value) if isinstance(value, str) else None
    return named[1] if named else value
