"""Files that speak for a whole project and are found from any place inside it."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from scanner.base.problem import Kind, Problem, ProblemsError
from scanner.text.document import Document
from scanner.text.reading import MAX_BYTES, read


def find_project_file(start: Path, names: Sequence[str]) -> Path | None:
    """The nearest file of one of the names, from `start` up to the root of its git repository.

    Outside a repository it is looked for up to the working directory, which is where the user is; from a start outside
    that, in the start folder alone: what lies above it is not the project's.
    """
    folder = _folder(start)
    root = _repository(folder) or _working_directory(folder)
    while True:
        for name in names:
            if os.path.lexists(folder / name):
                return folder / name
        if root is None or folder == root:
            return None
        folder = folder.parent


def read_project_file(path: Path, kind: Kind) -> Document:
    """The file as a document, named relative to its repository. Raises `ProblemsError` of this kind."""
    shown, raw = read_project_bytes(path, kind)
    try:
        return read(raw, shown, cloudformation=False)
    except ProblemsError as error:
        raise ProblemsError(replace(problem, kind=kind) for problem in error.problems) from None


def read_project_bytes(path: Path, kind: Kind) -> tuple[str, bytes]:
    """The file's name relative to its repository, and its bytes. Raises `ProblemsError` of this kind."""
    root = _repository(_folder(path.parent)) or _folder(path.parent)
    shown = Path(os.path.relpath(path, root)).as_posix()
    return shown, _bytes(path, root, shown, kind)


def _bytes(path: Path, root: Path, shown: str, kind: Kind) -> bytes:
    try:
        real = path.resolve(strict=True)
        if path.is_symlink() and not real.is_relative_to(root.resolve()):
            raise ProblemsError(
                [Problem(shown, "is a link that leads out of the project and is not followed", kind=kind)]
            )
        # Asked before it is opened: to open a pipe would wait for its other end.
        if not stat.S_ISREG(real.stat().st_mode):
            raise ProblemsError([Problem(shown, "is not a regular file", kind=kind)])
        with real.open("rb") as file:
            # One byte more than is allowed is enough for the reader to refuse it.
            return file.read(MAX_BYTES + 1)
    except (OSError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ProblemsError([Problem(shown, f"cannot be read: {reason.lower()}", kind=kind)]) from None


def _folder(start: Path) -> Path:
    absolute = Path(os.path.abspath(start))  # noqa: PTH100  # a linked folder is of the project it was named through
    return absolute if os.path.isdir(absolute) else absolute.parent  # noqa: PTH112  # of a name too long for a file, too


def _working_directory(folder: Path) -> Path | None:
    """The working directory where the folder is in it."""
    try:
        here = Path.cwd()
    except OSError:
        return None  # it was deleted
    return here if folder.is_relative_to(here) else None


def _repository(folder: Path) -> Path | None:
    """The nearest folder that holds `.git`, which is a file in a worktree."""
    return next((each for each in (folder, *folder.parents) if os.path.lexists(each / ".git")), None)
