"""What is sent of an account: its files, and those of the project that hold for it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from scanner.acceptance.file_names import DECISIONS
from scanner.base.problem import Problem, ProblemsError
from scanner.base.record import record
from scanner.base.repository import repository_root
from scanner.config import loading as config
from scanner.many_accounts.job import Job
from scanner.many_accounts.parts import Part
from scanner.scanning.project_files import project_file, project_files
from scanner.tenancy.loading import load_tenancy_near
from scanner.text.project_file import find_project_file, read_project_bytes, read_project_file

# A worker has the whole of it in memory, as has the scheduler while it waits.
MOST_BYTES = 256 * 1024 * 1024
_RULES = "rules-of-the-run"


@record
class Judging:
    """How every snapshot is judged: folders of one's own rules, and the further arguments of `scan`."""

    rules: Sequence[Path] = ()
    arguments: Sequence[str] = ()


def pack(part: Part, judging: Judging) -> Job:
    """Raises ProblemsError where something cannot be read, or leads out of the project."""
    folder = Path(os.path.abspath(part.snapshot.folder))  # noqa: PTH100  # a link is of the project it was named through
    root = _root(folder)
    files: dict[str, bytes] = {}
    arguments = [*judging.arguments]
    total = 0
    try:
        for place, content in _all(part, folder, root, judging):
            total += len(content)
            if total > MOST_BYTES:
                message = f"is larger than {MOST_BYTES // 1024 // 1024} MiB: judge it by `scan`"
                raise ProblemsError([Problem(part.name, message, kind="input")])
            files.setdefault(place, content)
    except OSError as error:
        message = f"cannot be read: {(error.strerror or str(error)).lower()}"
        raise ProblemsError([Problem(folder.as_posix(), message, kind="input")]) from None
    for number, rules in enumerate(judging.rules):
        arguments.append(f"--rules={_place_of(number, rules)}")
    return Job(part.name, _inside(folder, root), files, arguments, part.account)


def _all(part: Part, folder: Path, root: Path, judging: Judging) -> Iterator[tuple[str, bytes]]:
    """Paths below the root as the worker has it, with contents. Raises OSError and ProblemsError."""
    shown = _inside(folder, root)
    for below, content in part.files():
        yield f"{shown}/{below}", content
    for path in _of_project(folder, root):
        yield _inside(path, root) if path.is_relative_to(root) else path.name, read_project_bytes(path, "config")[1]
    for number, rules in enumerate(judging.rules):
        for path in _files(rules):
            yield f"{_place_of(number, rules)}/{path.relative_to(rules).as_posix()}", path.read_bytes()


def _place_of(number: int, rules: Path) -> str:
    """Rules are known by the name of their folder."""
    return f"{_RULES}/{number}/{rules.resolve().name}"


def _root(folder: Path) -> Path:
    """What addresses count from: the repository, the working directory, or the folder above the snapshot."""
    here = Path.cwd()
    return repository_root(folder) or (here if folder.is_relative_to(here) and folder != here else folder.parent)


def _inside(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix()


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink())


def _of_project(folder: Path, root: Path) -> Iterator[Path]:
    """The files that speak for the snapshot, and what they name of the project. Raises ProblemsError."""
    try:
        sessions = load_tenancy_near([folder]).sessions
    except ProblemsError:
        sessions = ()  # what is wrong with it is for the scan to say
    yield from filter(Path.is_file, project_files([folder], sessions))
    yield from _attachments(folder)
    for names in (config.NAMES, (config.PYPROJECT,)):
        found = find_project_file(folder, names)
        if found is not None:
            yield found
    known = config.load_config_near([folder])
    for named in (*known.values.get("rules", ()), known.values.get("baseline")):
        if named is None:
            continue
        path = Path(os.path.abspath(known.folder / named))  # noqa: PTH100  # as above
        if not path.is_relative_to(root):
            message = f"`{named}` is outside of the project, and is not sent to where snapshots are judged"
            raise ProblemsError([Problem(named, message, hint="pass --rules, or copy it", kind="config")])
        yield from _files(path) if path.is_dir() else [path]


def _attachments(folder: Path) -> Iterator[Path]:
    """The documents of decisions, whose digests a scan compares; one outside of their folder is none."""
    path = project_file([folder], DECISIONS)
    if path is None:
        return
    try:
        data: Any = read_project_file(path, "config").data  # Any: its shape is for the scan to check
    except ProblemsError:
        return
    for entry in data if isinstance(data, list) else ():
        named = entry.get("attachment") if isinstance(entry, dict) else None
        if isinstance(named, str):
            document = path.parent / named
            if document.is_file() and document.resolve().is_relative_to(path.parent.resolve()):
                yield document


__all__ = ["Judging", "pack"]
