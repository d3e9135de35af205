"""What a walk through folders leaves out and what is not there to be walked, as far as it may be templates.

A checkout in CI has no submodules unless it is told to ("actions/checkout": `submodules`), and what is not on disk is
judged by nobody.
"""

from __future__ import annotations

import os
import re
from collections.abc import Container, Iterator
from dataclasses import field
from pathlib import Path

from scanner.base.problem import Problem, ProblemsError
from scanner.base.record import mutable
from scanner.base.repository import repository_root

_NEVER_TRACKED = frozenset({".git", ".hg", ".svn"})
_PACKAGES = frozenset({"package.json", "package-lock.json"})
_SUBMODULE = re.compile(r"^[ \t]*path[ \t]*=[ \t]*\"?([^\"\r\n]*?)\"?[ \t]*$", re.MULTILINE)
_GITDIR = re.compile(r"gitdir:[ \t]*(.+)")
_MOST_BYTES = 1024 * 1024


@mutable
class LeftOut:
    """What was left out so far. Only files of the `endings` are told of."""

    endings: tuple[str, ...]
    _folders: dict[str, None] = field(default_factory=dict)
    _links: list[str] = field(default_factory=list)
    _walked: dict[Path, list[Path]] = field(default_factory=dict)

    def add(self, folder: str) -> None:
        """A folder that is not entered, as it is called within its repository."""
        self._folders[folder] = None

    def add_link(self, shown: str) -> None:
        """A symbolic link to such a folder."""
        self._links.append(shown)

    def walk(self, root: str, start: str) -> None:
        """A folder that is walked, and the root of its repository."""
        self._walked.setdefault(Path(root), []).append(Path(start))

    def problems(self, entered: Container[str]) -> Iterator[Problem]:
        """A warning for each sort of it; `entered` are the real folders that were walked under whatever name."""
        yield from self._tracked(entered)
        hint = "name that folder to have it read"
        yield from _told(self._links, "the symbolic link leads into a folder that is not entered", hint)
        for root, starts in self._walked.items():
            yield from self._not_checked_out(root, [each.relative_to(root).as_posix() for each in starts])

    def _tracked(self, entered: Container[str]) -> Iterator[Problem]:
        """One for each repository that tracks what was left out and may be templates; told by names only."""
        by_root: dict[Path, list[str]] = {}
        for path in map(Path, self._folders):
            root = repository_root(path.parent)
            if root is not None and path.name not in _NEVER_TRACKED and os.path.realpath(path) not in entered:
                by_root.setdefault(root, []).append(path.relative_to(root).as_posix())
        for root, folders in by_root.items():
            # With it comes subprocess, 15 ms, and most scans leave nothing out.
            from scanner.base.git import GitRepository

            try:
                tracked = GitRepository(root).tracked(folders)
            except ProblemsError as error:
                what = "whether git tracks templates in what is left out here is not known"
                yield Problem(folders[0], f"{what}: {error.problems[0].message}", level="warning")
                continue
            names = [each for each in tracked if self._is_one(each) and each.rpartition("/")[2] not in _PACKAGES]
            if names:
                more = f" and {len(names) - 1} more" if len(names) > 1 else ""
                message = f"git tracks what is left out here and may be templates: {names[0]}{more}"
                yield Problem(folders[0], message, hint="move it to a folder that is read", level="warning")

    def _not_checked_out(self, root: Path, starts: list[str]) -> Iterator[Problem]:
        missing = [path for path in _submodules(root) if _is_asked_for(path, starts) and _is_empty(root / path)]
        what = "the submodule is not checked out, and nothing of it is read"
        yield from _told(missing, what, "`git submodule update --init` fetches it")
        # Only then is git asked, which takes longer than to look.
        if not (_git_folder(root) / "info" / "sparse-checkout").is_file():
            return
        from scanner.base.git import GitRepository

        try:
            skipped = GitRepository(root).skipped()
        except ProblemsError as error:
            message = f"what the sparse checkout leaves out is not known: {error.problems[0].message}"
            yield Problem(starts[0], message, level="warning")
            return
        skipped = [path for path in skipped if self._is_one(path) and _is_asked_for(path, starts)]
        absent = [path for path in skipped if not os.path.lexists(root / path)]
        what = "the sparse checkout leaves out what may be a template"
        yield from _told(absent, what, "`git sparse-checkout add` brings it")

    def _is_one(self, path: str) -> bool:
        return path.lower().endswith(self.endings)


def _told(paths: list[str], what: str, hint: str) -> Iterator[Problem]:
    if paths:
        more = f"; {len(paths) - 1} more like it" if len(paths) > 1 else ""
        yield Problem(paths[0], f"{what}{more}", hint=hint, level="warning")


def _is_asked_for(path: str, starts: list[str]) -> bool:
    return any(start in (".", path) or path.startswith(f"{start}/") for start in starts)


def _submodules(root: Path) -> list[str]:
    paths = [found[1].strip("/") for found in _SUBMODULE.finditer(_text(root / ".gitmodules"))]
    return [path for path in dict.fromkeys(paths) if path and "\0" not in path and ".." not in path.split("/")]


def _is_empty(folder: Path) -> bool:
    try:
        with os.scandir(folder) as entries:
            return next(entries, None) is None
    except FileNotFoundError:
        return True
    except OSError:
        return False


def _git_folder(root: Path) -> Path:
    """In a worktree `.git` is a file that names it ("gitrepository-layout")."""
    named = _GITDIR.match(_text(root / ".git"))
    return root / (named[1].strip() if named is not None else ".git")


def _text(path: Path) -> str:
    try:
        if not path.is_file():
            return ""
        with path.open("rb") as file:
            return file.read(_MOST_BYTES).decode("utf-8", "replace")
    except OSError:
        return ""


__all__ = ["LeftOut"]
