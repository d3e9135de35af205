"""The files of a revision, laid out in a private folder so that all that reads files reads the revision.

Nothing is checked out: no filter, hook or attribute of the repository is obeyed, and links and names of the revision
lead nowhere but into that folder. Only what a scan may read is written; of other files it matters at most that they
are there, and such are empty.
"""

from __future__ import annotations

import errno
import os
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import field
from pathlib import Path

from scanner.base.git import GitRepository, TreeEntry
from scanner.base.problem import Level, Problem, ProblemsError
from scanner.base.record import mutable, record
from scanner.base.repository import repository_root
from scanner.inputs.discovery import EXTENSIONS, NOT_ENTERED
from scanner.inputs.kinds import is_lfs_pointer, is_template
from scanner.text.reading import MAX_BYTES

MOST_FILES = 500_000
MOST_BYTES = 512 * 1024 * 1024
"""Of all that is written in full. What was asked for comes first."""
_DEEPEST = 128
_LOOK_INTO_LARGE = 1024 * 1024
_LONGEST_LINK = 4096
_MOST_NAMED = 3
_TENANCY = ("tenancy.yaml", "tenancy.yml")
_READ_BY_NAME = ("samconfig.toml",)
_TOLD_BY_NAME = (".tf", "/cdk.out", "/pyvenv.cfg")
"""Ends of the paths of files of which it matters that they are there."""
_WORDS = re.compile(rb"[^\s\"'/\\,;:(){}\[\]]+")
_OUTSIDE = ".git/outside"
"""Where links lead that would lead out: there is nothing, so reading through them fails aloud."""


@record
class Revision:
    """`paths` are those that were asked for, in the folder that stands for the repository.

    `problems` tell what of the revision is not there to be read; `ignored` counts the files of the paths that were not
    laid out, for no scan reads their like. `places` are all that was asked for, there or not.
    """

    commit: str
    paths: tuple[Path, ...]
    problems: tuple[Problem, ...]
    ignored: int
    places: tuple[Path, ...] = ()


@contextmanager
def open_revision(revision: str, paths: Sequence[Path], *, cwd: Path) -> Iterator[Revision]:
    """The files of the revision while the context lasts; `paths` are of the working tree, where they need not exist.

    Raises `ProblemsError` where there is no repository, or no such commit in it.
    """
    root, wanted = _repository_of(paths, cwd, revision)
    repository = GitRepository(root)
    commit = repository.commit(revision)
    with tempfile.TemporaryDirectory(prefix="tenantproof-", ignore_cleanup_errors=True) as private:
        # Named as the repository is, for the root of a repository is shown by its name.
        folder = Path(private).resolve() / (root.resolve().name or "repository")
        (folder / ".git").mkdir(parents=True)
        (folder / ".git" / "HEAD").write_text(f"{commit}\n", encoding="ascii")
        layout = _Layout(repository, folder, wanted)
        layout.lay_out(commit)
        present = [name for name in wanted if os.path.lexists(folder / name)]
        missing = (
            Problem(
                name,
                f"is not in revision `{revision}`",
                hint="paths are those of the revision",
                code="not-in-revision",
            )
            for name in wanted
            if name not in present
        )
        yield Revision(
            commit,
            tuple(folder / name for name in present),
            (*missing, *layout.problems()),
            layout.ignored(),
            tuple(folder / name for name in wanted),
        )


def named(revision: str, paths: Sequence[Path], *, cwd: Path) -> tuple[str, ...]:
    """What `open_revision` would lay out, in words: the repository's name, the commit and the paths in it.

    Raises `ProblemsError` as it does.
    """
    root, wanted = _repository_of(paths, cwd, revision)
    return (root.resolve().name, GitRepository(root).commit(revision), *wanted)


def _repository_of(paths: Sequence[Path], cwd: Path, revision: str) -> tuple[Path, tuple[str, ...]]:
    """The one repository of the paths, and their POSIX names in it. Raises `ProblemsError`."""
    roots: dict[Path, list[str]] = {}
    for path in paths:
        if "\0" in str(path):
            raise ProblemsError([Problem("--git", "a path has a name that no file can have", kind="config")])
        joined = cwd / path
        # `link/..` is not the folder that holds the link.
        absolute = Path(os.path.realpath(joined) if ".." in path.parts else os.path.abspath(joined))  # noqa: PTH100  # links before `..` are followed, and no others
        root = repository_root(absolute) or _bare_around(absolute)
        if root is None:
            message = f"is in no git repository, so there is no revision `{revision}` of it"
            hint = "run this inside the repository, or scan the files without a revision"
            raise ProblemsError([Problem(path.as_posix(), message, hint=hint, kind="config")])
        roots.setdefault(root, []).append(absolute.relative_to(root).as_posix())
    if len(roots) > 1:
        message = "the paths are of more than one git repository"
        raise ProblemsError([Problem("--git", message, hint="scan them one at a time", kind="config")])
    root, names = next(iter(roots.items()))
    return root, tuple(dict.fromkeys(names))


def _bare_around(path: Path) -> Path | None:
    """The bare repository that the path is in; in one, paths are from its root."""
    marks = ("HEAD", "objects", "refs")
    folders = (path, *path.parents)
    return next((each for each in folders if all(os.path.lexists(each / mark) for mark in marks)), None)


@mutable
class _Layout:
    repository: GitRepository
    folder: Path
    wanted: Sequence[str]
    _files: dict[str, str] = field(default_factory=dict)  # object by path, of those that are not written
    _links: dict[str, str] = field(default_factory=dict)
    _made: set[str] = field(default_factory=set)
    _written: int = 0
    _refused: list[str] = field(default_factory=list)
    _led_out: list[str] = field(default_factory=list)
    _submodules: list[str] = field(default_factory=list)
    _pointers: list[str] = field(default_factory=list)
    _absent: list[str] = field(default_factory=list)
    _too_much: list[str] = field(default_factory=list)

    def lay_out(self, commit: str) -> None:
        for count, entry in enumerate(self.repository.entries(commit)):
            if count >= MOST_FILES:
                message = f"the revision has more than {MOST_FILES:,} files"
                raise ProblemsError([Problem("--git", message, hint="scan a checkout of it", kind="config")])
            self._take(entry)
        is_synthesized = any(path.rpartition("/")[2] == "manifest.json" for path in self._files)
        templates = [path for path in self._files if self._is_read(path)]
        targets = self._targets()
        # What is filled may name files of other extensions: nested templates, session policies.
        by_name: dict[bytes, list[str]] = {}
        for path in self._files:
            by_name.setdefault(path.rpartition("/")[2].encode("utf-8"), []).append(path)
        for target in targets.values():
            templates += by_name.get(target.rpartition("/")[2].encode("utf-8"), [])
        while templates:
            words = self._fill(sorted(templates, key=lambda path: (not self._matters(path), path)))
            named = (path for word in words & by_name.keys() for path in by_name[word])
            templates = [path for path in named if path in self._files]
        # What an assembly says of its source is held against the files that there are.
        empty = [path for path in self._files if is_synthesized or f"/{path.lower()}".endswith(_TOLD_BY_NAME)]
        for path in empty:
            del self._files[path]
            self._write(path, b"")
        self._link(targets)
        for name in self.wanted:
            if any(path.startswith(f"{name}/") for path in self._files):
                self._make(name)

    def ignored(self) -> int:
        asked = (path for path in self._files if self._is_asked_for(path))
        return sum(NOT_ENTERED.isdisjoint(path.split("/")) for path in asked)

    def problems(self) -> Iterator[Problem]:
        """What is not there to be read, each sort told once: an error where a verdict may rest on it."""
        for paths, message, hint in (
            (self._refused, "have a name that is not safe to read", None),
            (self._absent, "are not in this clone", "clone without `--filter`"),
            (self._too_much, f"are left out: more than {MOST_BYTES >> 20} MiB are not read", "name fewer PATHs"),
        ):
            grave = any(path.lower().endswith(EXTENSIONS) and self._matters(path) for path in paths)
            yield from _told(paths, f"files of the revision {message}", hint, "error" if grave else "warning")
        links = "symbolic links of the revision lead out of the repository and are not followed"
        yield from _told(self._led_out, links, None, "warning")
        yield from _told(
            self._submodules,
            "submodules are not part of the revision",
            "scan each as a repository of its own",
            "warning",
        )
        pointers = "files are pointers of Git LFS, and what they point to is not in the repository"
        # Of what may be a template the walk says so, as in a checkout.
        others = [path for path in self._pointers if not path.lower().endswith(EXTENSIONS)]
        yield from _told(others, pointers, None, "warning")

    def _is_asked_for(self, path: str) -> bool:
        return any(name in (".", path) or path.startswith(f"{name}/") for name in self.wanted)

    def _matters(self, path: str) -> bool:
        """Whether it was asked for, or lies on the way to what was, as the files of a project do."""
        folder = path.rpartition("/")[0]
        return self._is_asked_for(path) or not folder or any(name.startswith(f"{folder}/") for name in self.wanted)

    def _is_read(self, path: str) -> bool:
        """Whether it is read wherever it lies: what else is read is named by one of these."""
        name = path.rpartition("/")[2]
        return name.lower().endswith(EXTENSIONS) or name in _READ_BY_NAME or path in self.wanted

    def _take(self, entry: TreeEntry) -> None:
        """Remembers the entry, where its name is one that stays inside."""
        name = _safe_name(entry.path)
        if name is None or name in self._files or name in self._links:
            self._refused.append(name or entry.path.decode("utf-8", "backslashreplace"))
        elif entry.kind == "commit":
            self._submodules.append(name)
        elif entry.mode == "120000":
            self._links[name] = entry.object
        else:
            self._files[name] = entry.object

    def _write(self, path: str, raw: bytes, size: int | None = None) -> None:
        """A new file, with a hole at its end where it is to be larger than what is known of it."""
        try:
            self._make(path.rpartition("/")[0])
            with (self.folder / path).open("xb") as file:
                file.write(raw)
                file.truncate(size)
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                hint = "the folder for temporary files is that of TMPDIR"
                message = f"the revision cannot be laid out to be read: {os.strerror(error.errno).lower()}"
                raise ProblemsError([Problem("--git", message, hint=hint, kind="config")]) from None
            # Too long, or one of two names that are one here.
            self._refused.append(path)

    def _make(self, folder: str) -> None:
        if folder not in self._made:
            (self.folder / folder).mkdir(parents=True, exist_ok=True)
            self._made.add(folder)

    def _fill(self, paths: Sequence[str]) -> set[bytes]:
        """Writes what is in the files; the words of those that may name others are the answer."""
        named: dict[str, list[str]] = {}
        objects = {path: self._files.pop(path) for path in paths if path in self._files}
        sizes = self.repository.sizes(dict.fromkeys(objects.values()))
        words: set[bytes] = set()
        for path, blob in objects.items():
            size = sizes.get(blob)
            if size is None:
                self._absent.append(path)
            elif size > MAX_BYTES:
                # As much as tells what it is; the reader refuses it by its size.
                self._write(path, self.repository.beginning(blob, _LOOK_INTO_LARGE), size)
            elif self._written + size > MOST_BYTES:
                self._too_much.append(path)
            else:
                self._written += size
                named.setdefault(blob, []).append(path)
        for blob, raw in self.repository.blobs(named):
            paths_of = named.pop(blob, [])
            for path in paths_of:
                self._write(path, raw)
            if is_lfs_pointer(raw):
                self._pointers += paths_of
            elif is_template(raw) or any(path.rpartition("/")[2] in _TENANCY for path in paths_of):
                words.update(_WORDS.findall(raw))
        return words

    def _targets(self) -> dict[str, str]:
        """Where each of the symbolic links leads; empty where that cannot be told."""
        if not self._links:
            return {}
        sizes = self.repository.sizes(dict.fromkeys(self._links.values()))
        raw = dict(self.repository.blobs([blob for blob, size in sizes.items() if size <= _LONGEST_LINK]))
        return {path: _text(raw.get(blob, b"")) for path, blob in self._links.items()}

    def _link(self, targets: Mapping[str, str]) -> None:
        """The links come last, so that nothing was written through one; then those that lead out are bent."""
        made: list[str] = []
        for path, target in targets.items():
            try:
                self._make(path.rpartition("/")[0])
                if not target or "\0" in target or Path(target).is_absolute():
                    self._bend(path)
                else:
                    (self.folder / path).symlink_to(target)
                    made.append(path)
            except OSError:
                self._refused.append(path)
        for path in made:
            if not _is_inside(self.folder / path, self.folder):
                (self.folder / path).unlink()
                self._bend(path)

    def _bend(self, path: str) -> None:
        (self.folder / path).symlink_to(self.folder / _OUTSIDE)
        self._led_out.append(path)


def _safe_name(raw: bytes) -> str | None:
    """The path as text, where each step of it is the name of a file that no system reads as something else."""
    name = _text(raw)
    steps = name.split("/")
    # Windows takes away dots and spaces at the end, and has a short name for `.git`.
    hidden = any(step.rstrip(". ").lower() in ("", ".git", "git~1") for step in steps)
    foreign = os.name == "nt" and any(character in name for character in '\\:*?"<>|')
    return None if hidden or foreign or len(steps) > _DEEPEST or "\0" in name else name


def _text(raw: bytes) -> str:
    """Empty where it is not UTF-8, which reports are written in."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return ""


def _is_inside(link: Path, folder: Path) -> bool:
    try:
        real = link.resolve()
    except (OSError, RuntimeError):  # a loop
        return False
    return real.is_relative_to(folder) and not real.is_relative_to(folder / ".git")


def _told(paths: Sequence[str], what: str, hint: str | None, level: Level) -> Iterator[Problem]:
    if paths:
        listed = ", ".join(f"`{path}`" for path in sorted(paths)[:_MOST_NAMED])
        more = f" and {len(paths) - _MOST_NAMED:,} more" if len(paths) > _MOST_NAMED else ""
        yield Problem("--git", f"{what}: {listed}{more}", hint=hint, level=level)


__all__ = ["MOST_BYTES", "MOST_FILES", "Revision", "named", "open_revision"]
