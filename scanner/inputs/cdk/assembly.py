"""CDK cloud assemblies: what `cdk synth` leaves in `cdk.out`.

From the "AWS CDK Cloud Assembly specification" and the schema of package `@aws-cdk/cloud-assembly-schema`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import field, replace
from pathlib import Path, PurePosixPath
from typing import cast

from scanner.base.problem import Problem
from scanner.base.record import mutable, record
from scanner.inputs.cdk.constructs import Constructs, read_constructs, read_tree
from scanner.text.reading import MAX_BYTES

MANIFEST = "manifest.json"
OLDEST, NEWEST = 36, 55
_DEEPEST = 10
_LONGEST_VERSION = 9
# `unknown-account` and `unknown-region` stand where the app does not say; neither is a name of AWS.
_ACCOUNT = re.compile(r"\d{12}\Z", re.ASCII)
_REGION = re.compile(r"[a-z]{2,}(?:-[a-z]+)+-\d{1,2}\Z", re.ASCII)
Json = Mapping[str, object]


@record
class AssemblyStack:
    """One stack artifact. `artifact` is its path as reports show it; `template` lies inside the assembly, `root`.

    `stage` is the construct path of the CDK stage that it is in, None where it stands in the app itself.
    """

    artifact: str
    template: Path
    root: Path
    shown: str
    stack_name: str
    stage: str | None
    account: str | None
    region: str | None
    tags: Mapping[str, str]
    parameters: Mapping[str, str]
    constructs: Constructs
    assets: Mapping[str, Path]


@mutable
class Assembly:
    """Every stack of an assembly and of those nested in it; `understood` unless some manifest could not be."""

    stacks: list[AssemblyStack] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    understood: bool = True


def read_assembly(folder: Path, shown: str, repository: Path | None) -> Assembly:
    """Reads the manifests; what is broken or leads outside the folder is a problem, and the rest is still read."""
    reader = _Reader(folder.resolve(), repository)
    reader.read(folder, shown, None, ())
    return reader.assembly


@mutable
class _Reader:
    """One assembly with all that is nested in it; nothing outside `root` is read."""

    root: Path
    repository: Path | None
    assembly: Assembly = field(default_factory=Assembly)
    tree: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def problems(self) -> list[Problem]:
        return self.assembly.problems

    def read(self, folder: Path, shown: str, stage: str | None, above: tuple[Path, ...]) -> None:
        name = f"{shown}/{MANIFEST}"
        if len(above) > _DEEPEST:
            self.problems.append(Problem(name, f"assemblies are nested deeper than {_DEEPEST} levels"))
            return
        manifest = _json(folder / MANIFEST, name, self.problems)
        if manifest is None or not self._supported(manifest.get("version"), name):
            self.assembly.understood = False
            return
        artifacts = manifest.get("artifacts")
        if artifacts is not None and not isinstance(artifacts, dict):
            self.problems.append(Problem(name, "`artifacts` is not a mapping"))
        found = artifacts if isinstance(artifacts, dict) else {}
        assets = dict(_assets(found, folder, self.root, shown, self.problems))
        if not above:
            # One tree for the whole app lies beside the outermost manifest.
            self.tree = self._tree(found, folder, shown)
        here = (*above, folder.resolve())
        for artifact, body in found.items():
            if not isinstance(body, dict):
                self.problems.append(Problem(name, f"artifact `{artifact}` is not a mapping"))
            elif body.get("type") == "cdk:cloud-assembly":
                self._nested(artifact, body, folder, shown, here)
            elif body.get("type") == "aws:cloudformation:stack":
                stack = self._stack(artifact, body, folder, shown, stage)
                if stack is not None:
                    self.assembly.stacks.append(replace(stack, assets=assets))

    def _supported(self, version: object, name: str) -> bool:
        major = str(version if version is not None else "").partition(".")[0]
        if not (major.isdecimal() and len(major) <= _LONGEST_VERSION) or int(major) < OLDEST:
            message = f"the assembly has schema version `{version}`; versions from {OLDEST} on are read"
            hint = (
                "CDK 1 or an early CDK 2 has made it: run `cdk synth` with a CDK 2 of today, or name its templates: "
                f"`tenantproof scan {name.removesuffix(MANIFEST)}*.template.json`"
            )
            self.problems.append(Problem(name, message, hint=hint))
            return False
        if int(major) > NEWEST:
            message = f"the assembly has schema version `{version}`, newer than any known here"
            self.problems.append(Problem(name, message, level="warning"))
        return True

    def _nested(
        self, artifact: str, body: Mapping[str, object], folder: Path, shown: str, here: tuple[Path, ...]
    ) -> None:
        name = f"{shown}/{MANIFEST}"
        properties = body.get("properties")
        properties = properties if isinstance(properties, dict) else {}
        inner = _inside(folder, properties.get("directoryName"), self.root, name, self.problems)
        if inner is None:
            return
        if inner.resolve() in here:
            self.problems.append(Problem(name, f"the assembly `{artifact}` is one of those it is nested in"))
            return
        stage = properties.get("displayName") or artifact.removeprefix("assembly-")
        below = f"{shown}/{PurePosixPath(str(properties['directoryName']))}"
        self.read(inner, below, str(stage), here)

    def _stack(
        self, artifact: str, body: Mapping[str, object], folder: Path, shown: str, stage: str | None
    ) -> AssemblyStack | None:
        name = f"{shown}/{MANIFEST}"
        properties = body.get("properties")
        properties = properties if isinstance(properties, dict) else {}
        template = _inside(folder, properties.get("templateFile"), self.root, name, self.problems)
        if template is None:
            return None
        account, region = _environment(body.get("environment"))
        display = body.get("displayName")
        return AssemblyStack(
            artifact=f"{shown}/{artifact}",
            template=template,
            root=self.root,
            shown=f"{shown}/{PurePosixPath(str(properties['templateFile']))}",
            stack_name=str(properties.get("stackName") or display or artifact),
            stage=stage,
            account=account,
            region=region,
            tags=_strings(properties.get("tags")),
            parameters=_strings(properties.get("parameters")),
            constructs=read_constructs(
                self._metadata(body, folder, shown),
                template.name,
                self.repository,
                self.tree,
                display if isinstance(display, str) else artifact,
            ),
            assets={},
        )

    def _metadata(self, body: Mapping[str, object], folder: Path, shown: str) -> dict[str, object]:
        """The artifact's own, and that of the file which newer assemblies keep it in."""
        inline = body.get("metadata")
        written: dict[str, object] = dict(inline) if isinstance(inline, dict) else {}
        file = body.get("additionalMetadataFile")
        if file is not None:
            path = _inside(folder, file, self.root, f"{shown}/{MANIFEST}", self.problems)
            if path is not None and not path.is_file():
                message = "is not there: findings have no lines of the program that made the stack"
                self.problems.append(Problem(f"{shown}/{file}", message, level="warning"))
            elif path is not None:
                written.update(_json(path, f"{shown}/{file}", self.problems) or {})
        return written

    def _tree(self, artifacts: Mapping[str, object], folder: Path, shown: str) -> dict[str, dict[str, str]]:
        for body in artifacts.values():
            if isinstance(body, dict) and body.get("type") == "cdk:tree":
                properties = body.get("properties")
                file = properties.get("file") if isinstance(properties, dict) else None
                path = _inside(folder, file, self.root, f"{shown}/{MANIFEST}", self.problems)
                # It only names constructs, so that it may be missing; one that is broken is told.
                if path is not None and path.is_file():
                    return read_tree(_json(path, f"{shown}/{file}", self.problems))
        return {}


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
            if isinstance(where, str) and source.get("packaging") == "file":
                # Only templates matter here, and only those that lie inside the assembly. CDK's own end in `.json`; an
                # author's (`CfnStack` with an `Asset`) may end in anything, and most of those others are no templates.
                told = problems if where.endswith(".json") else []
                target = _inside(folder, where, root, f"{shown}/{name}", told)
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
        account if _ACCOUNT.match(account) else None,
        region if _REGION.match(region) else None,
    )


def _strings(value: object) -> dict[str, str]:
    return {key: str(each) for key, each in value.items()} if isinstance(value, dict) else {}
