"""The `.tf` files of a configuration: the text of each resource, of what modules take and give, and of locals."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path

from scanner.base.record import mutable, record
from scanner.base.repository import repository_root
from scanner.inputs.terraform.configuration import ConfigModule, ConfigResource
from scanner.inputs.terraform.hcl import Argument, Block, Body, UnreadableHclError, read_hcl
from scanner.text.lines import Lines

_ENDINGS = (".tf", ".tofu")
_MOST_FILES = 1_000
_MOST_BYTES = 4 * 1024 * 1024
# Arguments and blocks of Terraform itself, which `configuration` keeps elsewhere.
META = frozenset({"count", "for_each", "provider", "depends_on", "lifecycle", "provisioner", "connection", "dynamic"})


@record
class SourceFile:
    """`shown` is what reports call it."""

    shown: str
    lines: Lines


@record
class Written:
    """A block and the file that it stands in."""

    file: SourceFile
    block: Block


@mutable(eq=False)
class Folder:
    """The files of one module together."""

    resources: dict[tuple[str, str, str], Written] = field(default_factory=dict)
    calls: dict[str, Written] = field(default_factory=dict)
    outputs: dict[str, Written] = field(default_factory=dict)
    locals: dict[str, tuple[SourceFile, Argument]] = field(default_factory=dict)


class SourceText:
    """The text of a configuration, read when it is first asked for. Nothing outside the repository is read."""

    def __init__(self, root: Path) -> None:
        self._root = root
        repository = repository_root(root)
        self._limit = (repository or root).resolve()
        # As files are shown everywhere: from the repository's root, else from where the scan is run, else by their own.
        here = Path.cwd().resolve()
        inside = root.resolve().is_relative_to(here)
        self._base = self._limit if repository is not None else here if inside else root.resolve()
        self._folders: dict[tuple[str, ...], Folder | None] = {}
        self._paths: dict[tuple[str, ...], Path | None] = {(): root}
        self._installed: Mapping[str, str] | None = None
        self._agreed: dict[int, Written | None] = {}

    def resource(self, config: ConfigResource) -> Written | None:
        """The block of a resource, where the text says what the plan says; a text of another day may not."""
        if id(config) not in self._agreed:
            self._agreed[id(config)] = self._agreeing(config)
        return self._agreed[id(config)]

    def folder(self, module: ConfigModule) -> Folder | None:
        """None where it is not there, or cannot be read whole."""
        if module.path not in self._folders:
            path = self._path_of(module)
            self._folders[module.path] = self._read(path) if path is not None else None
        return self._folders[module.path]

    def _agreeing(self, config: ConfigResource) -> Written | None:
        folder = self.folder(config.module)
        found = folder.resources.get((config.mode, config.type, config.name)) if folder is not None else None
        if found is None:
            return None
        body = found.block.body
        said = {*body.arguments, *(each.kind for each in body.blocks)} - META
        return found if said >= set(config.arguments) and not said - set(config.arguments) - _optional(body) else None

    def _path_of(self, module: ConfigModule) -> Path | None:
        if module.path not in self._paths:
            self._paths[module.path] = self._find(module)
        return self._paths[module.path]

    def _find(self, module: ConfigModule) -> Path | None:
        above = self._path_of(module.parent) if module.parent is not None else None
        source = module.source
        path: Path | None = None
        if source is not None and source.startswith(("./", "../")):
            path = above / source if above is not None else None
        else:
            installed = self._modules().get(".".join(module.path))
            path = self._root / installed if installed is not None else None
        try:
            inside = path is not None and path.resolve().is_relative_to(self._limit)
        except (OSError, RuntimeError, ValueError):
            return None
        return path if inside else None

    def _modules(self) -> Mapping[str, str]:
        """What `terraform init` wrote down of where it put each module."""
        if self._installed is None:
            self._installed = {}
            try:
                listed: object = json.loads((self._root / ".terraform" / "modules" / "modules.json").read_bytes())
            except (OSError, ValueError, RecursionError):
                return self._installed
            modules = listed.get("Modules") if isinstance(listed, dict) else None
            self._installed = {
                each["Key"]: each["Dir"]
                for each in (modules if isinstance(modules, list) else ())
                if isinstance(each, dict) and isinstance(each.get("Key"), str) and isinstance(each.get("Dir"), str)
            }
        return self._installed

    def _read(self, path: Path) -> Folder | None:
        try:
            names = sorted(each.name for each in path.iterdir() if each.name.endswith(_ENDINGS))
        except OSError:
            return None
        # What an override changes is written in two places.
        if not names or len(names) > _MOST_FILES or any(name.partition(".")[0].endswith("override") for name in names):
            return None
        folder = Folder()
        for name in names:
            file = path / name
            try:
                if (
                    not file.resolve().is_relative_to(self._limit)
                    or not file.is_file()
                    or file.stat().st_size > _MOST_BYTES
                ):
                    return None
                text = file.read_text("utf-8-sig")
                body = read_hcl(text)
            except (OSError, ValueError, RecursionError, UnreadableHclError):
                return None
            _take(folder, body, SourceFile(self._name(file), Lines(text)))
        return folder

    def _name(self, file: Path) -> str:
        real = file.resolve()
        return (
            real.relative_to(self._base) if real.is_relative_to(self._base) else real.relative_to(self._limit)
        ).as_posix()


def _take(folder: Folder, body: Body, file: SourceFile) -> None:
    for block in body.blocks:
        if block.kind in ("resource", "data") and len(block.labels) == 2:  # noqa: PLR2004  # type and name
            mode = "managed" if block.kind == "resource" else "data"
            folder.resources[mode, block.labels[0], block.labels[1]] = Written(file, block)
        elif block.kind in ("module", "output") and len(block.labels) == 1:
            (folder.calls if block.kind == "module" else folder.outputs)[block.labels[0]] = Written(file, block)
        elif block.kind == "locals":
            folder.locals.update({name: (file, argument) for name, argument in block.body.arguments.items()})


def _optional(body: Body) -> frozenset[str]:
    """Names that the configuration does not list: timeouts may be an argument of the type, or none of its own."""
    return frozenset({"timeouts"} | {name for name, each in body.arguments.items() if each.text == "null"})


def source_files(root: Path) -> list[tuple[str, Path]]:
    """The files that a configuration in a folder is read from, by their names from there; a name may begin with `../`.

    Those of its modules that lie in the repository are among them, and what `terraform init` wrote down of modules.
    """
    repository = repository_root(root)
    limit = (repository or root).resolve()
    found: dict[str, Path] = {}
    listed = root / ".terraform" / "modules" / "modules.json"
    if listed.is_file() and listed.resolve().is_relative_to(limit):
        found[".terraform/modules/modules.json"] = listed
    waiting = ["", *_installed_at(listed)]
    seen: set[str] = set()
    while waiting and len(found) < _MOST_FILES:
        folder = posixpath.normpath(waiting.pop())
        path = root / folder
        try:
            if folder in seen or not path.resolve().is_relative_to(limit) or not path.is_dir():
                continue
            seen.add(folder)
            files = sorted(each for each in path.iterdir() if each.name.endswith(_ENDINGS))
        except (OSError, RuntimeError, ValueError):
            continue
        for file in files:
            try:
                inside = file.is_file() and file.resolve().is_relative_to(limit) and file.stat().st_size <= _MOST_BYTES
                body = read_hcl(file.read_text("utf-8-sig")) if inside else None
            except (OSError, ValueError, RecursionError, UnreadableHclError):
                inside, body = file.is_file(), None
            if inside:
                found[posixpath.normpath(f"{folder}/{file.name}")] = file
            for call in body.all("module") if body is not None else ():
                said = call.body.arguments.get("source")
                if said is not None and said.text.startswith(('"./', '"../')):
                    waiting.append(f"{folder}/{said.text.strip(chr(34))}")
    return sorted(found.items())


def _installed_at(listed: Path) -> list[str]:
    """The folders that `terraform init` put modules in, from that of the configuration."""
    try:
        read: object = json.loads(listed.read_bytes())
    except (OSError, ValueError, RecursionError):
        return []
    modules = read.get("Modules") if isinstance(read, dict) else None
    rows = modules if isinstance(modules, list) else []
    return [each["Dir"] for each in rows if isinstance(each, dict) and isinstance(each.get("Dir"), str)]
