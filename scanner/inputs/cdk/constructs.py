"""What CDK's metadata says of a resource: its construct path and the lines of the program that made it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from pathlib import Path

from scanner.base.record import record
from scanner.model.location import Location

# `new PoolStack (/app/app.ts:17:18)`, `Object.<anonymous> (file:///app/app.ts:3:1)`; Python and others end alike.
_FRAME = re.compile(r"\(?(?:file://)?((?:[A-Za-z]:)?[^()\s]+):(\d{1,9}):(\d{1,9})\)?\s*$")
# `/app/app.ts:6 (:)`, as CDK 2.275 has a function without a name that is called back.
_CALLBACK = re.compile(r"^(?:at )?(?:file://)?((?:[A-Za-z]:)?[^()\s]+?):(\d{1,9})(?::(\d{0,9}))? \(:\)\s*$")
_LONGEST_FRAME = 1_000
_NOT_THEIRS = ("node_modules", "node:", "internal/", "aws-cdk-lib", "site-packages", "jsii-")
_FRAMEWORK = re.compile(
    r"/(?:BootstrapVersion|CheckBootstrapVersion|CDKMetadata|LogRetention[0-9a-f]{32}|AWS[0-9a-f]{32}|"
    r"Custom::[^/]*CustomResourceProvider|[^/]*CustomResourceProvider|framework-on\w+|waiter-state-machine|"
    r"AWSCDK[^/]*|SingletonLambda[^/]*|Provider/framework[^/]*|"
    r"BucketNotificationsHandler[0-9a-f]{32}|Custom::CDKBucketDeployment[0-9A-F]{32})(?:/|$)"
)
# The same where a template has no metadata: ids that only the framework makes, as they end in its own hashes.
_FRAMEWORK_IDS = re.compile(
    r"(?:Custom\w{1,80}CustomResourceProvider|LogRetention[0-9a-f]{32}|AWS[0-9a-f]{32}|"
    r"BucketNotificationsHandler[0-9a-f]{32}|CustomCDKBucketDeployment[0-9A-F]{32})\w{0,80}"
)
_MOST_KEPT = 2
_DEEPEST_TREE = 100
_NESTED = ".NestedStack/"
_NOWHERE: Mapping[str, Location] = {}
_NOTHING: Mapping[str, str] = {}


@record
class Construct:
    """`assigned_at` is where the program last gave a value to a property, by the property's name in CloudFormation.

    `acknowledged` are reasons by rule, as the program gave them to `Validations.acknowledge` of it or what it is in.
    """

    path: str
    written_at: Location | None = None
    assigned_at: Mapping[str, Location] = field(default_factory=lambda: _NOWHERE)
    acknowledged: Mapping[str, str] = field(default_factory=lambda: _NOTHING)

    @property
    def framework(self) -> bool:
        """Whether CDK made it for its own purposes, so that users cannot change it."""
        return bool(_FRAMEWORK.search("/" + self.path))


def is_framework_id(logical_id: str) -> bool:
    """Whether CDK makes such a logical id for resources of its own."""
    return _FRAMEWORK_IDS.fullmatch(logical_id) is not None


@record
class Constructs:
    """The constructs of a stack and of those nested in it.

    `by_template` is what the stack's metadata says, by template file and logical id; `tree` the paths that `tree.json`
    has, by those of the stacks they are in and logical id; `stack` is the path of the stack itself.
    """

    by_template: Mapping[str, Mapping[str, Construct]] = field(default_factory=dict)
    tree: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    stack: str | None = None

    def of(self, template: str) -> Mapping[str, Construct]:
        """The constructs of a template's resources, by logical id; the tree counts where the metadata says nothing."""
        known = self.by_template.get(template, {})
        paths = self.tree.get(self.stack, {}) if self.stack is not None else {}
        return {**{name: Construct(path) for name, path in paths.items()}, **known} if paths else known

    def nested(self, template: str, logical_id: str) -> Constructs:
        """Those of the stack that a resource of this one nests."""
        around = self.of(template).get(logical_id)
        # `App/Name.NestedStack/Name.NestedStackResource` is the resource of the nested stack `App/Name`.
        path, nested, _ = around.path.rpartition(_NESTED) if around is not None else ("", "", "")
        return Constructs(self.by_template, self.tree, path if nested else None)


def read_constructs(
    metadata: object,
    template: str,
    repository: Path | None,
    tree: Mapping[str, Mapping[str, str]] | None = None,
    stack: str | None = None,
) -> Constructs:
    """From a stack's metadata, by construct path. What is not of the documented form is left out."""
    if not isinstance(metadata, dict):
        return Constructs({}, tree or {}, stack)
    entries = {path: [each for each in listed if isinstance(each, dict)] for path, listed in _paths(metadata)}
    templates = {
        path: str(entry.get("data"))
        for path, listed in entries.items()
        for entry in listed
        if entry.get("type") == "aws:cdk:templateFile"
    }
    places = {path: place for path, listed in entries.items() if (place := _created(listed, repository)) is not None}
    given = {path: rules for path, listed in entries.items() if (rules := dict(_acknowledged(listed)))}
    found: dict[str, dict[str, Construct]] = {}
    for path, listed in entries.items():
        logical_id = next((each.get("data") for each in listed if each.get("type") == "aws:cdk:logicalId"), None)
        if isinstance(logical_id, str):
            file = _file_of(path, templates) or template
            assigned = dict(_assignments(listed, repository))
            rules = {rule: why for above in _upwards(path) for rule, why in given.get(above, {}).items()}
            construct = Construct(
                path.strip("/"), _nearest(path, places), assigned or _NOWHERE, rules if rules else _NOTHING
            )
            found.setdefault(file, {})[logical_id] = construct
    return Constructs(found, tree or {}, stack)


def _created(listed: Sequence[Mapping[str, object]], repository: Path | None) -> Location | None:
    frames = (_frames(each) for each in listed if each.get("type") == "aws:cdk:creationStack")
    return next((at for each in frames if (at := _place(each, repository)) is not None), None)


def _nearest(path: str, places: Mapping[str, Location]) -> Location | None:
    """The user's line for a construct; that of the construct around it where CDK's own code made it later."""
    while path:
        for name in (path, f"{path}/Resource", f"{path}/Default"):
            if name in places:
                return places[name]
        path = path.rpartition("/")[0]
    return None


def construct_of(body: Mapping[str, object], known: Construct | None) -> Construct | None:
    """The construct of a resource: its template may name it, too, and is all there is outside an assembly."""
    metadata = body.get("Metadata")
    path = metadata.get("aws:cdk:path") if isinstance(metadata, dict) else None
    return Construct(path) if known is None and isinstance(path, str) else known


def read_tree(content: object) -> dict[str, dict[str, str]]:
    """The construct paths in a `tree.json`, by that of the stack and by logical id."""
    root = content.get("tree") if isinstance(content, dict) else None
    found: dict[str, dict[str, str]] = {}
    waiting: list[tuple[object, str | None, int]] = [(root, None, 0)]
    while waiting:
        node, stack, depth = waiting.pop()
        if not isinstance(node, dict) or depth > _DEEPEST_TREE:
            continue
        path = node.get("path")
        info = node.get("constructInfo")
        kind = info.get("fqn") if isinstance(info, dict) else None
        attributes = node.get("attributes")
        logical_id = attributes.get("aws:cdk:cloudformation:logicalId") if isinstance(attributes, dict) else None
        if isinstance(path, str):
            if isinstance(logical_id, str):
                if stack is not None:
                    found.setdefault(stack, {})[logical_id] = path
            elif isinstance(kind, str) and kind.endswith("Stack"):
                stack = path
        children = node.get("children")
        if isinstance(children, dict):
            waiting.extend((child, stack, depth + 1) for child in children.values())
    return found


def _file_of(path: str, templates: Mapping[str, str]) -> str | None:
    """The template of the innermost stack around a construct."""
    while path:
        path = path.rpartition("/")[0]
        if path in templates:
            return templates[path]
    return None


def _assignments(listed: Sequence[Mapping[str, object]], repository: Path | None) -> Iterator[tuple[str, Location]]:
    """Where properties were given values, oldest first, so that the last of a property counts."""
    for entry in listed:
        data = entry.get("data")
        if entry.get("type") == "aws:cdk:propertyAssignment" and isinstance(data, dict):
            name, place = data.get("propertyName"), _place(_lines(data.get("stackTrace")), repository)
            if isinstance(name, str) and place is not None:
                yield name, place


def _acknowledged(listed: Sequence[Mapping[str, object]]) -> Iterator[tuple[str, str]]:
    for entry in listed:
        data = entry.get("data")
        if entry.get("type") == "aws:cdk:acknowledged-rules" and isinstance(data, dict):
            yield from ((str(rule), str(reason)) for rule, reason in data.items())


def _upwards(path: str) -> Iterator[str]:
    """`/A/B`, then `/A`."""
    while path.strip("/"):
        yield path
        path = path.rpartition("/")[0]


def _paths(metadata: Mapping[object, object]) -> Iterator[tuple[str, list[object]]]:
    for path, listed in metadata.items():
        if isinstance(path, str) and isinstance(listed, list):
            yield path, listed


def _frames(entry: Mapping[str, object]) -> Sequence[str]:
    return _lines(entry.get("data") or entry.get("trace"))


def _lines(frames: object) -> Sequence[str]:
    if isinstance(frames, str):
        return frames.splitlines()
    return [each for each in frames if isinstance(each, str)] if isinstance(frames, list) else []


def _place(frames: Sequence[str], repository: Path | None) -> Location | None:
    """The first frame that is the user's own."""
    for frame in frames:
        if len(frame) > _LONGEST_FRAME or frame.startswith("...") or any(part in frame for part in _NOT_THEIRS):
            continue
        match = _FRAME.search(frame.strip()) or _CALLBACK.match(frame.strip())
        if match is not None:
            return Location(_relative(match[1], repository), int(match[2]), int(match[3] or 1))
    return None


def _relative(path: str, repository: Path | None) -> str:
    """Never absolute: as it stands below the repository, else its last parts, for it was made on another machine."""
    parts = [part for part in re.split(r"[/\\]", path) if part not in ("", ".", "..")]
    if repository is not None:
        for start in range(len(parts)):
            try:
                known = repository.joinpath(*parts[start:]).is_file()
            except OSError:  # a name that no file can have
                known = False
            if known:
                return "/".join(parts[start:])
    return "/".join(parts[-_MOST_KEPT:])
