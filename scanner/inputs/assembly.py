"""CDK cloud assemblies: what `cdk synth` leaves in `cdk.out`.

From the "AWS CDK Cloud Assembly specification" and the schema of package `@aws-cdk/cloud-assembly-schema`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import cast

from scanner.inputs.constructs import Constructs, read_constructs
from scanner.text.problem import Problem
from scanner.text.reading import MAX_BYTES

MANIFEST = "manifest.json"
OLDEST, NEWEST = 36, 55
_DEEPEST = 10
Json = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class AssemblyStack:
    """One stack artifact. `artifact` is its path as reports show it; `template` is inside the assembly's folder."""

    artifact: str
    template: Path
    shown: str
    stack_name: str
    account: str | None
    region: str | None
    tags: Mapping[str, str]
    parameters: Mapping[str, str]
    constructs: Constructs
    assets: Mapping[str, Path]


@dataclass(slots=True)
class Assembly:
    """Every stack of an assembly and of those nested in it."""

    stacks: list[AssemblyStack] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def read_assembly(folder: Path, shown: str, repository: Path | None) -> Assembly:
    """Reads the manifests; what is broken or leads outside the folder is a problem, and the rest is still read."""
    assembly = Assembly()
    _read(assembly, folder, folder.resolve(), shown, repository, 0)
    return assembly


def _read(  # one folder of an assembly and what it is part of
    assembly: Assembly, folder: Path, root: Path, shown: str, repository: Path | None, depth: int
) -> None:
    name = f"{shown}/{MANIFEST}"
    if depth > _DEEPEST:
        assembly.problems.append(Problem(name, f"assemblies are nested deeper than {_DEEPEST} levels"))
        return
    manifest = _json(folder / MANIFEST, name, assembly.problems)
    if manifest is None:
        return
    major = str(manifest.get("version", "")).partition(".")[0]
    if not major.isdecimal() or int(major) < OLDEST:
        message = f"the assembly has schema version `{manifest.get('version')}`; versions from {OLDEST} on are read"
        assembly.problems.append(Problem(name, message, hint="run `cdk synth` with CDK 2"))
        return
    if int(major) > NEWEST:
        message = f"the assembly has schema version `{manifest.get('version')}`, newer than any known here"
        assembly.problems.append(Problem(name, message, level="warning"))
    artifacts = manifest.get("artifacts")
    found = artifacts if isinstance(artifacts, dict) else {}
    assets = dict(_assets(found, folder, root, shown, assembly.problems))
    for artifact, body in found.items():
        if not isinstance(body, dict):
            assembly.problems.append(Problem(name, f"artifact `{artifact}` is not a mapping"))
            continue
        properties = body.get("properties")
        properties = properties if isinstance(properties, dict) else {}
        if body.get("type") == "cdk:cloud-assembly":
            inner = _inside(folder, properties.get("directoryName"), root, name, assembly.problems)
            if inner is not None:
                below = f"{shown}/{PurePosixPath(str(properties['directoryName']))}"
                _read(assembly, inner, root, below, repository, depth + 1)
        elif body.get("type") == "aws:cloudformation:stack":
            template = _inside(folder, properties.get("templateFile"), root, name, assembly.problems)
            if template is None:
                continue
            account, region = _environment(body.get("environment"))
            metadata = body.get("additionalMetadataFile")
            written: object = body.get("metadata")
            if metadata is not None:
                path = _inside(folder, metadata, root, name, assembly.problems)
                more = _json(path, f"{shown}/{metadata}", assembly.problems) if path is not None else None
                written = {**(written if isinstance(written, dict) else {}), **(more or {})}
            display = body.get("displayName")
            assembly.stacks.append(
                AssemblyStack(
                    artifact=f"{shown}/{artifact}",
                    template=template,
                    shown=f"{shown}/{PurePosixPath(str(properties['templateFile']))}",
                    stack_name=str(properties.get("stackName") or display or artifact),
                    account=account,
                    region=region,
                    tags=_strings(properties.get("tags")),
                    parameters=_strings(properties.get("parameters")),
                    constructs=read_constructs(written, template.name, repository),
                    assets=assets,
                )
            )


def _assets(
    artifacts: Mapping[str, object], folder: Path, root: Path, shown: str, problems: list[Problem]
) -> Iterator[tuple[str, Path]]:
    """The file behind each asset hash, from the asset manifests of the folder."""
    for body in artifacts.values():
        if not isinstance(body, dict) or body.get("type") != "cdk:asset-manifest":
            continue
        properties = body.get("properties")
        name = properties.get("file") if isinstance(properties, dict) else None
        path = _inside(folder, name, root, f"{shown}/{MANIFEST}", problems)
        content = _json(path, f"{shown}/{name}", problems) if path is not None else None
        files = content.get("files") if content is not None else None
        for digest, asset in files.items() if isinstance(files, dict) else ():
            source = asset.get("source") if isinstance(asset, dict) else None
            if not isinstance(source, dict):
                continue
            where = source.get("path")
            if isinstance(where, str) and where.endswith(".json") and source.get("packaging") == "file":
                # Only templates matter here, and only those that lie inside the assembly.
                target = _inside(folder, where, root, f"{shown}/{name}", problems)
                if target is not None:
                    yield digest, target


def _inside(folder: Path, name: object, root: Path, source: str, problems: list[Problem]) -> Path | None:
    """The path of a name in the folder; one that leads out of the assembly is refused, whatever stands there."""
    if not isinstance(name, str) or not name or "\0" in name:
        problems.append(Problem(source, "a file name is missing, or is not a string"))
        return None
    path = folder / name
    try:
        outside = not path.resolve().is_relative_to(root)
    except (OSError, RuntimeError):
        outside = True
    if outside:
        problems.append(Problem(source, f"`{name}` leads out of the assembly and is not read"))
        return None
    return path


def _json(path: Path, shown: str, problems: list[Problem]) -> Json | None:
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
        if len(raw) > MAX_BYTES:
            problems.append(Problem(shown, f"is larger than {MAX_BYTES // 2**20} MiB"))
            return None
        content: object = json.loads(raw)
    except OSError as error:
        problems.append(Problem(shown, f"cannot be read: {(error.strerror or str(error)).lower()}"))
        return None
    except RecursionError:
        problems.append(Problem(shown, "is nested too deep"))
        return None
    except ValueError as error:
        line, column = getattr(error, "lineno", 1), getattr(error, "colno", 1)
        reason = str(getattr(error, "msg", "not JSON"))
        problems.append(Problem(shown, f"is not JSON: {reason[:1].lower()}{reason[1:]}", line, column))
        return None
    if not isinstance(content, dict):
        problems.append(Problem(shown, "is not a JSON object", 1, 1))
        return None
    return cast("Json", content)


def _environment(text: object) -> tuple[str | None, str | None]:
    """`aws://account/region`, in which either may be unknown."""
    account, _, region = str(text).removeprefix("aws://").partition("/")
    return (
        account if account.isdecimal() else None,
        region if region and not region.startswith("unknown") else None,
    )


def _strings(value: object) -> dict[str, str]:
    return {key: str(each) for key, each in value.items()} if isinstance(value, dict) else {}
