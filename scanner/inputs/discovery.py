"""Which files of what was named on the command line are to be read."""

from __future__ import annotations

import json
import os
import re
import stat
import zlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from fnmatch import translate
from pathlib import Path, PurePath

from scanner.base.problem import Problem
from scanner.base.record import record
from scanner.inputs.kinds import (
    Kind,
    is_binary_plan,
    is_config,
    is_dump,
    is_lfs_pointer,
    is_manifest,
    is_sql,
    is_state_file,
    is_template,
    is_terraform,
    kind_of_folder,
)
from scanner.inputs.left_out import LeftOut
from scanner.text.reading import MAX_BYTES, too_large

SQL = ".sql"
PACKED = ".json.gz"
JSON = (".json", ".jsonl", ".ndjson")
"""As AWS Config delivers configuration items, and as they are exported."""
EXTENSIONS = (".yaml", ".yml", ".json", ".jsonl", ".ndjson", ".template", ".cfn", PACKED, SQL)
"""Files in folders that may be templates, in any case. A file that is named may end in anything."""

NOT_ENTERED = frozenset(
    {
        ".aws-sam",
        ".git",
        ".hg",
        ".mypy_cache",
        ".nox",
        ".pytest_cache",
        ".ruff_cache",
        ".svn",
        ".terraform",
        ".tox",
        ".venv",
        "__pycache__",
        "node_modules",
        "venv",
    }
)
"""Folders that hold what tools have put there, and no templates of the project's own."""
_TERRAFORM = (".tf", ".tf.json", ".tofu", ".tofu.json")
_PLAN_HINT = "run `terraform plan -out plan.bin && terraform show -json plan.bin > plan.json`, and scan plan.json"
_NO_PLAN = {
    "tf": "this is the source of Terraform, which is read as a plan",
    "binary": "this is a plan in Terraform's own form, which is read as JSON",
    "state": "this is a state in Terraform's own form, which is read as JSON",
}
LEADS_OUT = "the symbolic link leads out of what is scanned and is not followed"
_CONFIGURATION = ("tenantproof.yaml", "tenantproof.yml")
LFS_POINTER = "this is a pointer of Git LFS: what it stands for is not here, and is not read"
_FIRST_LOOK = 64 * 1024
# A snapshot of AWS Config is one file of everything in a region, and a plan of everything in a configuration.
_MOST_RECORDED = 512 * 1024 * 1024
_LARGE: frozenset[Kind] = frozenset({"config", "dump", "terraform"})
_LOOK_INTO_LARGE = 1024 * 1024
_MOST_LOOKED_AT = 1000
# Kinds of which the beginning may be that of a template with odd words in front of its resources.
_MAY_GO_ON: frozenset[Kind | None] = frozenset({None, "config", "manifest", "dump"})

_NO_TEMPLATE = (
    "this is no template: it has neither a mapping `Resources` nor `AWSTemplateFormatVersion` at its top level"
)
_NO_SQL = "this says nothing of tables, their policies, or who may pass these by"


@record
class Found:
    """Something to read: a file for a template, a folder for the other kinds.

    `shown` is POSIX and never absolute: relative to the root of the git repository around the path that was asked for,
    else to that path; that root itself is shown by its name. `named` means that the user named it, and did not just
    name a folder above it. `real` is the path without links.
    """

    path: Path
    shown: str
    kind: Kind
    named: bool
    real: str


@record
class Discovery:
    """`found` is sorted by `shown`; `ignored` counts the files that were seen and are not to be read."""

    found: tuple[Found, ...]
    ignored: int
    problems: tuple[Problem, ...]


def discover(
    paths: Sequence[Path],
    *,
    exclude: Sequence[str] = (),
    cwd: Path,
    detached: bool = False,
    unnamed: Collection[str] = (),
) -> Discovery:
    """Look for templates, assemblies and snapshots in `paths`, which may be relative to `cwd`.

    `exclude` are globs over the shown path, the folders above it, and the name of each; a file that is named is read
    all the same. Every real file and folder is looked at once, whatever links lead to it, and links that lead out of
    the repository (or of the folder that was named, where there is none) are told and not followed. `detached` shows
    files as from the folder that was named even within a repository, as two trees are told apart by nothing else.
    `unnamed` are shown paths among `paths` that count as found in a folder, as they once were.
    """
    search = _Search(exclude, cwd, detached=detached)
    for path in paths:
        search.look_at(path)
    result = search.result()
    if not unnamed:
        return result
    found = (replace(each, named=each.named and each.shown not in unnamed) for each in result.found)
    return replace(result, found=tuple(found))


def discover_contents(path: Path, raw: bytes, *, cwd: Path) -> Discovery:
    """The one file, which need not be on disk yet, as if it held `raw`."""
    search = _Search((), cwd)
    search.take_contents(path, raw)
    return search.result()


@record
class _Scope:
    """One of the paths that were asked for. `root` is what its shown paths are relative to; both may contain links."""

    root: str
    real_root: str
    real_start: str
    repository: bool = False

    def shown(self, path: str) -> str:
        if path == self.root:
            return os.path.basename(path) or "."
        return path[len(self.root.rstrip(os.sep)) + 1 :].replace(os.sep, "/")

    def leads_out(self, real: str) -> bool:
        return not _is_inside(real, self.real_root)


@record
class _Folder:
    path: str
    real: str


class _Search:
    def __init__(self, exclude: Sequence[str], cwd: Path, *, detached: bool = False) -> None:
        self._detached = detached
        self._exclude = {glob: _pattern(glob) for glob in exclude}
        self._excluding: set[str] = set()
        self._walked = False
        self._cwd = os.path.abspath(cwd)
        self._found: dict[str, tuple[Found, str]] = {}  # by real path; with the root of its scope
        self._ignored: set[str] = set()
        self._entered: set[str] = set()
        self._left_out = LeftOut(EXTENSIONS)
        self._problems: dict[Problem, None] = {}

    def result(self) -> Discovery:
        for problem in self._left_out.problems(self._entered):
            self._problems[problem] = None
        for glob in self._exclude if self._walked else ():
            if glob not in self._excluding:
                self._say("--exclude", f"`{glob}` matches nothing that was looked at", level="warning")
        found = sorted(_tell_apart(list(self._found.values())), key=lambda each: each.shown)
        problems = sorted(self._problems, key=lambda problem: (problem.path, problem.message))
        return Discovery(tuple(found), len(self._ignored - self._found.keys()), tuple(problems))

    def look_at(self, path: Path) -> None:
        """Look at one path that the user named."""
        absolute = _absolute(path, self._cwd)
        try:
            mode = os.stat(absolute).st_mode
        except (OSError, ValueError) as error:
            missing = isinstance(error, FileNotFoundError | NotADirectoryError)
            shown = self._scope_of_file(absolute).shown(absolute)
            self._say(shown, "does not exist" if missing else f"cannot be read: {_reason(error)}")
            return
        if stat.S_ISDIR(mode):
            scope = self._scope(absolute)
            before = len(self._found)
            taken = self._take_whole(scope, _Folder(absolute, scope.real_start), named=True)
            if scope.repository and not self._detached:
                self._left_out.walk(scope.root, absolute)
            if not taken:
                terraform = self._walk(scope, _Folder(absolute, scope.real_start))
                if terraform and len(self._found) == before:
                    self._ask_for_plan(scope.shown(terraform), "tf", "warning")
            return
        self._look_at_named_file(self._scope_of_file(absolute), absolute, mode)

    def take_contents(self, path: Path, raw: bytes) -> None:
        """Take the path as a template if `raw` is one, whatever is there."""
        absolute = _absolute(path, self._cwd)
        scope = self._scope_of_file(absolute)
        shown = scope.shown(absolute)
        kind: Kind | None = "template" if is_template(raw) else "terraform" if is_terraform(raw) else None
        if kind is not None:
            real = os.path.realpath(absolute)
            self._found[real] = (Found(Path(absolute), shown, kind, True, real), scope.root)
        else:
            self._say(shown, _NO_TEMPLATE)

    def _look_at_named_file(self, scope: _Scope, path: str, mode: int) -> None:
        shown = scope.shown(path)
        if path.lower().endswith(_TERRAFORM):
            self._ask_for_plan(shown, "tf", "error")
        elif not stat.S_ISREG(mode):
            self._say(shown, "this is no regular file and is not opened")
        elif os.path.basename(path) == "manifest.json" and self._take_whole(
            scope, _Folder(os.path.dirname(path), scope.real_start), named=True
        ):
            pass
        elif not self._take_if_template(scope, path, os.path.realpath(path), named=True) and not any(
            problem.path == shown for problem in self._problems
        ):
            self._say(shown, _NO_SQL if path.lower().endswith(SQL) else _NO_TEMPLATE)

    def _scope(self, start: str) -> _Scope:
        root = _repository(start)
        around = root or self._configured(start) or start
        return _Scope(
            start if self._detached else around,
            os.path.realpath(around),
            os.path.realpath(start),
            repository=root is not None,
        )

    def _configured(self, start: str) -> str | None:
        """The folder of the configuration, up to the working directory: addresses are the same from wherever below."""
        folder = start
        while _is_inside(folder, self._cwd):
            if any(os.path.lexists(os.path.join(folder, name)) for name in _CONFIGURATION):
                return folder
            folder = os.path.dirname(folder)
        return None

    def _scope_of_file(self, path: str) -> _Scope:
        """As of its folder; where there is no repository, paths below the working directory are shown from there."""
        folder = os.path.dirname(path)
        scope = self._scope(folder)
        if not _repository(folder) and _is_inside(path, self._cwd):
            return replace(scope, root=self._cwd)
        return scope

    def _walk(self, scope: _Scope, start: _Folder) -> str | None:
        """Look at everything below `start`; the answer is the first Terraform file, if there is one."""
        terraform: str | None = None
        self._walked = True
        waiting = [start]
        links: list[str] = []
        while waiting or links:
            if not waiting:
                # Links come last, so that what they lead to is known by its own name where it has one in here.
                links.sort(reverse=True)
                folder = self._follow(scope, links.pop())
                if folder is None:
                    continue
                waiting.append(folder)
            folder = waiting.pop()
            if folder.real in self._entered:
                continue
            self._entered.add(folder.real)
            for entry in self._entries(scope, folder):
                real = os.path.join(folder.real, entry.name)
                if self._is_excluded(scope, entry.path):
                    self._ignored.add(real)
                elif entry.is_symlink():
                    links.append(entry.path)
                elif entry.is_dir(follow_symlinks=False):
                    if self._is_entered(scope, entry.path, real):
                        waiting.append(_Folder(entry.path, real))
                else:
                    if entry.name.lower().endswith(_TERRAFORM):
                        terraform = min(terraform or entry.path, entry.path)
                    self._look_at_file(scope, entry.path, real, is_regular=entry.is_file(follow_symlinks=False))
        return terraform

    def _entries(self, scope: _Scope, folder: _Folder) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(folder.path) as entries:
                return sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            self._say(scope.shown(folder.path), f"the folder cannot be read: {_reason(error)}")
            return []

    def _is_entered(self, scope: _Scope, path: str, real: str) -> bool:
        """Whether to walk into a folder; one that is read as a whole is taken here, and not walked."""
        name = os.path.basename(path)
        if _is_of_tools(name):
            self._leave_out(scope, path, real)
            return False
        if os.path.lexists(os.path.join(path, "pyvenv.cfg")):
            if _is_environment(path):
                self._leave_out(scope, path, real)
                return False
            self._say(scope.shown(path), "has a `pyvenv.cfg` and is no environment of Python; it is read all the same")
        return not self._take_whole(scope, _Folder(path, real), named=False)

    def _leave_out(self, scope: _Scope, path: str, real: str) -> None:
        """Notes the folder; one behind a link by its own name, by which git may track what is in it."""
        self._left_out.add(os.path.join(scope.root, os.path.relpath(real, scope.real_root)))
        if os.path.islink(path):
            self._left_out.add_link(scope.shown(path))

    def _follow(self, scope: _Scope, link: str) -> _Folder | None:
        """What to do about a symbolic link; a folder that it leads to and that is to be entered is the answer."""
        shown = scope.shown(link)
        try:
            mode = os.stat(link).st_mode
        except OSError as error:
            # A dangling link to what is no template anyway is nobody's concern.
            if link.lower().endswith(EXTENSIONS):
                self._say(shown, f"the symbolic link leads nowhere: {_reason(error)}", level="warning")
            self._ignored.add(link)
            return None
        real = os.path.realpath(link)
        is_folder = stat.S_ISDIR(mode)
        if scope.leads_out(real):
            # An ancestor is a loop, not a place of its own.
            if not _is_inside(scope.real_start, real) and (is_folder or link.lower().endswith(EXTENSIONS)):
                self._say(shown, LEADS_OUT, level="warning")
            self._ignored.add(link)
            return None
        if not is_folder:
            if real not in self._found:
                self._look_at_file(scope, link, real, is_regular=stat.S_ISREG(mode))
            return None
        # Its real name counts, too: a link must not be a way into `.git`.
        hidden = any(part in NOT_ENTERED for part in PurePath(os.path.relpath(real, scope.real_root)).parts)
        if hidden:
            self._left_out.add_link(shown)
            return None
        if real in self._entered or _is_inside(scope.real_start, real):
            return None
        return _Folder(link, real) if self._is_entered(scope, link, real) else None

    def _look_at_file(self, scope: _Scope, path: str, real: str, *, is_regular: bool) -> None:
        name = os.path.basename(path)
        if is_regular and name == "cdk.json":
            self._ask_for_synthesis(scope, path)
        is_candidate = is_regular and name.lower().endswith(EXTENSIONS) and not name.lower().endswith(_TERRAFORM)
        if not (is_candidate and self._take_if_template(scope, path, real, named=False)):
            self._ignored.add(real)

    def _take_if_template(self, scope: _Scope, path: str, real: str, *, named: bool) -> bool:
        known = self._found.get(real)
        if known:
            self._found[real] = (replace(known[0], named=known[0].named or named), known[1])
            return True
        shown = scope.shown(path)
        try:
            raw, size = _look(path)
        except OSError as error:
            self._say(shown, f"cannot be read: {_reason(error)}")
            return False
        kind = None if raw is None else _kind_of(path, raw)
        if kind is None and raw is not None and is_lfs_pointer(raw):
            hint = "`git lfs pull` fetches it"
            self._say(shown, LFS_POINTER, hint=hint, level="error" if named else "warning")
        elif kind is None and raw is not None and named and (is_binary_plan(raw) or is_state_file(raw)):
            self._ask_for_plan(shown, "binary" if is_binary_plan(raw) else "state", "error")
        if kind is None:
            return False
        if size > (_MOST_RECORDED if kind in _LARGE else MAX_BYTES):
            self._problems[too_large(size, shown)] = None
            return False
        self._found[real] = (Found(Path(path), shown, kind, named, real), scope.root)
        return True

    def _take_whole(self, scope: _Scope, folder: _Folder, *, named: bool) -> bool:
        """Take the folder if it is an assembly or a snapshot, which their own readers know how to enter."""
        manifest = os.path.join(folder.path, "manifest.json")
        # False also where the folder may not be searched, which the walk will say.
        if not os.path.isfile(manifest):
            return False
        try:
            raw, _ = _look(manifest, whole=True)
        except OSError as error:
            self._say(scope.shown(manifest), f"cannot be read: {_reason(error)}")
            return False
        kind = kind_of_folder(raw or b"", marked=os.path.isfile(os.path.join(folder.path, "cdk.out")))
        if kind is None:
            return False
        if not named and (why := _names_nothing(kind, raw or b"")) and _holds_template(folder.path):
            # Whoever writes such a file beside templates would hide them.
            self._say(scope.shown(manifest), f"{why}, and there are templates beside it; those are read")
            return False
        self._entered.add(folder.real)
        for name in _tool_folders(folder.path):
            self._left_out.add(os.path.join(folder.path, name))
        known = self._found.get(folder.real)
        named = named or (known is not None and known[0].named)
        found = Found(Path(folder.path), scope.shown(folder.path), kind, named, folder.real)
        self._found[folder.real] = (found, scope.root)
        return True

    def _ask_for_synthesis(self, scope: _Scope, path: str) -> None:
        """A CDK app is read as what it synthesizes ("AWS CDK CLI configuration": `output` in `cdk.json`)."""
        output = "cdk.out"
        try:
            content: object = json.loads(_look(path)[0] or b"")
            if isinstance(content, dict) and isinstance(content.get("output"), str):
                output = content["output"]
        except (OSError, ValueError, RecursionError):
            pass  # The name is a courtesy; the folder of the default name is then what counts.
        if "\0" in output or not os.path.isdir(os.path.join(os.path.dirname(path), output)):
            message = f"this is a CDK app that is not synthesized: there is no folder `{output}`"
            self._say(scope.shown(path), message, hint="run `cdk synth` first", level="warning")

    def _is_excluded(self, scope: _Scope, path: str) -> bool:
        if not self._exclude:
            return False
        parts = scope.shown(path).split("/")
        candidates = {*parts, *("/".join(parts[: end + 1]) for end in range(len(parts)))}
        found = [glob for glob, pattern in self._exclude.items() if any(map(pattern.match, candidates))]
        self._excluding.update(found)
        return bool(found)

    def _ask_for_plan(self, shown: str, what: str, level: str) -> None:
        hint = (
            "run `terraform show -json > state.json` (or `tofu show -json`), and scan state.json"
            if what == "state"
            else _PLAN_HINT
        )
        self._say(shown, _NO_PLAN[what], hint=hint, level=level)

    def _say(self, shown: str, message: str, *, hint: str | None = None, level: str = "error") -> None:
        problem = Problem(shown, message, hint=hint, level="warning" if level == "warning" else "error")
        self._problems[problem] = None


def _is_of_tools(name: str) -> bool:
    return name in NOT_ENTERED or name.startswith("asset.")


def _tool_folders(folder: str) -> list[str]:
    """Names of those right in a folder that is read as a whole, which its reader enters no more than a walk does."""
    try:
        with os.scandir(folder) as entries:
            return [each.name for each in entries if _is_of_tools(each.name) and each.is_dir(follow_symlinks=False)]
    except OSError:
        return []


def _is_environment(path: str) -> bool:
    """Whether the folder is laid out as Python's `venv` does it ("venv: Creation of virtual environments")."""
    return any(os.path.isdir(os.path.join(path, each)) for each in ("bin", "Scripts", "lib", "Lib"))


def _names_nothing(kind: str, manifest: bytes) -> str | None:
    """Why what has such a manifest holds nothing to read; None where it may."""
    try:
        content: object = json.loads(manifest)
    except (ValueError, RecursionError):
        return None
    if not isinstance(content, dict):
        return None
    if kind == "assembly":
        artifacts = content.get("artifacts")
        return None if isinstance(artifacts, dict) and artifacts else "this manifest of an assembly names nothing"
    return None if "shards" in content else "this manifest of a snapshot has no `shards`"


def _holds_template(folder: str) -> bool:
    """Whether a file right in the folder is a template."""
    try:
        with os.scandir(folder) as entries:
            names = [each.name for each in entries if each.name.lower().endswith(EXTENSIONS)][:_MOST_LOOKED_AT]
        return any(looks_like_template(os.path.join(folder, name)) for name in names)
    except OSError:
        return True


def looks_like_template(path: str) -> bool:
    """Whether a regular file is one, as far as is looked into it. Raises OSError."""
    return _kind_of(path, _look(path)[0] or b"") == "template"


def _kind_of(path: str, raw: bytes) -> Kind | None:
    if path.lower().endswith(SQL):
        return "sql" if is_sql(raw) else None
    if path.lower().endswith(PACKED):
        try:
            raw = zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(raw, _FIRST_LOOK)
        except zlib.error:
            return None
        return "config" if is_config(raw) else None
    if is_template(raw):
        return "template"
    if path.lower().endswith(JSON) and is_config(raw):
        return "config"
    if is_terraform(raw):
        return "terraform"
    if is_dump(raw):
        return "dump"
    return "manifest" if is_manifest(raw) else None


def _look(path: str, *, whole: bool = False) -> tuple[bytes | None, int]:
    """As much of a file as decides what it is, and its size; None for what is no regular file any more."""
    # Not to hang on a pipe that has taken the place of the file since it was looked at.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    with open(os.open(path, flags), "rb", buffering=0) as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            return None, 0
        if status.st_size > MAX_BYTES:
            return file.read(_LOOK_INTO_LARGE), status.st_size
        raw = file.read(_FIRST_LOOK)
        if whole or (len(raw) == _FIRST_LOOK and _kind_of(path, raw) in _MAY_GO_ON):
            raw += file.read(MAX_BYTES)
        return raw, status.st_size


def _absolute(path: Path, cwd: str) -> str:
    joined = os.path.join(cwd, path)
    # `link/..` is not the folder that holds the link.
    return os.path.realpath(joined) if ".." in path.parts and "\0" not in joined else os.path.abspath(joined)


def _repository(folder: str) -> str | None:
    """The root of the git repository around `folder`. In a worktree or submodule `.git` is a file."""
    while not os.path.lexists(os.path.join(folder, ".git")):
        above = os.path.dirname(folder)
        if above == folder:
            return None
        folder = above
    return folder


def _is_inside(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def _pattern(glob: str) -> re.Pattern[str]:
    trimmed = glob.removeprefix("./").rstrip("/")
    anywhere = trimmed.removeprefix("**/")
    return re.compile(f"{translate(trimmed)}|{translate(anywhere)}")


def _reason(error: OSError | ValueError) -> str:
    said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return said[:1].lower() + said[1:]


def _tell_apart(found: Iterable[tuple[Found, str]]) -> Iterable[Found]:
    """Where two roots hold a file of the same shown path, put as many folder names before it as tell them apart."""
    groups: dict[str, list[tuple[Found, str]]] = {}
    for each, root in found:
        groups.setdefault(each.shown, []).append((each, root))
    for shown, group in groups.items():
        depth, most = 0, max(len(PurePath(root).parts) for _, root in group)
        while depth < most and len({_below(root, depth, shown) for _, root in group}) < len(group):
            depth += 1
        for each, root in group:
            yield replace(each, shown=_below(root, depth, shown))


def _below(root: str, depth: int, shown: str) -> str:
    return "/".join((*PurePath(root).parts[1:][-depth:], shown)) if depth else shown
