"""What CDK's metadata says of a resource: its construct path and the line of the program that made it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from scanner.model.location import Location

# `new PoolStack (/app/app.ts:17:18)`, `Object.<anonymous> (file:///app/app.ts:3:1)`; Python and others end alike.
_FRAME = re.compile(r"\(?(?:file://)?((?:[A-Za-z]:)?[^()\s]+):(\d+):(\d+)\)?\s*$")
_NOT_THEIRS = ("node_modules", "node:", "internal/", "<anonymous>", "aws-cdk-lib", "site-packages", "jsii-")
_FRAMEWORK = re.compile(
    r"/(?:BootstrapVersion|CheckBootstrapVersion|CDKMetadata|LogRetention[0-9a-f]{32}|AWS[0-9a-f]{32}|"
    r"Custom::[^/]*CustomResourceProvider|[^/]*CustomResourceProvider|framework-on\w+|waiter-state-machine|"
    r"AWSCDK[^/]*|SingletonLambda[^/]*|Provider/framework[^/]*)(?:/|$)"
)
_MOST_KEPT = 2


@dataclass(frozen=True, slots=True)
class Construct:
    path: str
    written_at: Location | None

    @property
    def framework(self) -> bool:
        """Whether CDK made it for its own purposes, so that users cannot change it."""
        return bool(_FRAMEWORK.search("/" + self.path))


@dataclass(frozen=True, slots=True)
class Constructs:
    """The constructs of a stack and of those nested in it, by template file and logical id."""

    by_template: Mapping[str, Mapping[str, Construct]] = field(default_factory=dict)

    def of(self, template: str, logical_id: str) -> Construct | None:
        return self.by_template.get(template, {}).get(logical_id)


def read_constructs(metadata: object, template: str, repository: Path | None) -> Constructs:
    """From a stack's metadata, by construct path. What is not of the documented form is left out."""
    if not isinstance(metadata, dict):
        return Constructs()
    entries = {path: [each for each in listed if isinstance(each, dict)] for path, listed in _paths(metadata)}
    templates = {
        path: str(entry.get("data"))
        for path, listed in entries.items()
        for entry in listed
        if entry.get("type") == "aws:cdk:templateFile"
    }
    found: dict[str, dict[str, Construct]] = {}
    for path, listed in entries.items():
        logical_id = next((each.get("data") for each in listed if each.get("type") == "aws:cdk:logicalId"), None)
        if isinstance(logical_id, str):
            stack = max((each for each in templates if path.startswith(each + "/")), key=len, default=None)
            file = templates[stack] if stack is not None else template
            frames = (_frames(each) for each in listed if each.get("type") == "aws:cdk:creationStack")
            place = next((at for each in frames if (at := _place(each, repository)) is not None), None)
            found.setdefault(file, {})[logical_id] = Construct(path.strip("/"), place)
    return Constructs(found)


def _paths(metadata: Mapping[object, object]) -> Iterator[tuple[str, list[object]]]:
    for path, listed in metadata.items():
        if isinstance(path, str) and isinstance(listed, list):
            yield path, listed


def _frames(entry: Mapping[str, object]) -> Sequence[str]:
    data = entry.get("data") or entry.get("trace")
    if isinstance(data, str):
        return data.splitlines()
    return [each for each in data if isinstance(each, str)] if isinstance(data, list) else []


def _place(frames: Sequence[str], repository: Path | None) -> Location | None:
    """The first frame that is the user's own."""
    for frame in frames:
        match = _FRAME.search(frame.strip())
        if match is not None and not any(part in frame for part in _NOT_THEIRS) and not frame.startswith("..."):
            return Location(_relative(match[1], repository), int(match[2]), int(match[3]))
    return None


def _relative(path: str, repository: Path | None) -> str:
    """Never absolute: as it stands below the repository, else its last parts, for it was made on another machine."""
    parts = [part for part in re.split(r"[/\\]", path) if part not in ("", ".", "..")]
    if repository is not None:
        for start in range(len(parts)):
            if repository.joinpath(*parts[start:]).is_file():
                return "/".join(parts[start:])
    return "/".join(parts[-_MOST_KEPT:])
