"""What is sent of a snapshot: its own files, and those of the project that hold for it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from scanner.acceptance.file_names import DECISIONS, EXCEPTIONS
from scanner.base.problem import Problem, ProblemsError
from scanner.base.record import record
from scanner.base.repository import repository_root
from scanner.config import loading as config
from scanner.many_accounts.job import Job
from scanner.snapshots.lines import Seen
from scanner.snapshots.manifest import FILE, LeftOut, manifest_text, read_manifest
from scanner.snapshots.shard import ORGANIZATION, BrokenError, ShardKey, read_shard
from scanner.tenancy.loading import NAMES as TENANCY
from scanner.text.project_file import find_project_file, read_project_bytes

# A worker has the whole of it in memory, as has the scheduler while it waits.
MOST_BYTES = 256 * 1024 * 1024
_OWN = (TENANCY, EXCEPTIONS, DECISIONS, config.NAMES, (config.PYPROJECT,))
_RULES = "rules-of-the-run"


@record
class Judging:
    """How every snapshot is judged: folders of one's own rules, and the further arguments of `scan`."""

    rules: Sequence[Path] = ()
    arguments: Sequence[str] = ()


def is_snapshot(folder: Path) -> bool:
    """Whether the folder looks like one; whether it is whole is for its scan to say."""
    return (folder / FILE).is_file()


def accounts_of(snapshot: Path) -> list[str | None]:
    """Each account of a snapshot of several; else None alone: what is wrong with it is for its scan to say."""
    try:
        manifest = read_manifest(snapshot)
    except BrokenError:
        return [None]
    return [*sorted(set(manifest.accounts))] if len(set(manifest.accounts)) > 1 else [None]


def left_out_of(snapshot: Path) -> list[LeftOut]:
    """Accounts of the organisation that the snapshot was not to read."""
    try:
        return [*read_manifest(snapshot).left_out]
    except BrokenError:
        return []


def pack(name: str, snapshot: Path, judging: Judging, account: str | None = None) -> Job:
    """With `account` what the snapshot has of that one, and what it has of the organisation.

    Raises ProblemsError where something cannot be read, or leads out of the project.
    """
    folder = Path(os.path.abspath(snapshot))  # noqa: PTH100  # a linked folder is of the project it was named through
    root = _root(folder)
    files: dict[str, bytes] = {}
    try:
        for path, content in _contents(folder, account):
            files[_inside(path, root)] = content
            _held(files, name)
        for path in _of_project(folder, root):
            place = _inside(path, root) if path.is_relative_to(root) else path.name
            files.setdefault(place, read_project_bytes(path, "config")[1])
        arguments = [*judging.arguments]
        for number, rules in enumerate(judging.rules):
            place = f"{_RULES}/{number}/{rules.resolve().name}"
            for path in _below(rules):
                files[f"{place}/{path.relative_to(rules).as_posix()}"] = path.read_bytes()
            arguments += ["--rules", place]
    except OSError as error:
        message = f"cannot be read: {(error.strerror or str(error)).lower()}"
        raise ProblemsError([Problem(snapshot.as_posix(), message, kind="input")]) from None
    _held(files, name)
    return Job(name, _inside(folder, root), files, arguments, account)


def _contents(folder: Path, account: str | None) -> Iterator[tuple[Path, bytes]]:
    """Files of the snapshot; of one account alone with a manifest that names no other. Raises OSError."""
    if account is None:
        for path in _below(folder):
            yield path, path.read_bytes()
        return
    try:
        manifest = read_manifest(folder)
    except BrokenError as error:
        raise ProblemsError([Problem(f"{folder.name}/{FILE}", str(error), kind="input")]) from None

    def of_it(key: ShardKey) -> bool:
        # Policies of the organisation bind every account, whichever account they were read in.
        return key.account == account or key.service == ORGANIZATION

    shards = [each for each in manifest.shards if of_it(each.key)]
    part = replace(
        manifest,
        accounts=[account],
        wanted=[*(each for each in manifest.wanted if of_it(each)), *(each.key for each in shards)],
        shards=shards,
        left_out=[],
        closed=[each for each in manifest.closed if each.account == account],
        account_settings=_settings(folder) if any(each.account == account for each in manifest.closed) else (),
        elsewhere={service: sorted(types) for service, types in manifest.types.items()},
    )
    yield folder / FILE, manifest_text(part)
    others = {*manifest.accounts} - {account}
    for path in _below(folder):
        top = path.relative_to(folder).parts[0]
        if path != folder / FILE and (top not in others or path.name.partition(".")[0] == ORGANIZATION):
            yield path, path.read_bytes()


@lru_cache(maxsize=4)
def _settings(folder: Path) -> tuple[str, ...]:
    """What any shard of the snapshot tells of an account itself. A shard that cannot be read tells nothing."""
    found: set[str] = set()
    for shard in read_manifest(folder).shards:
        try:
            lines = read_shard(folder, shard)
        except BrokenError:
            continue
        found.update(name for line in lines if isinstance(line, Seen) and line.part for name in line.properties)
    return tuple(sorted(found))


def _held(files: Mapping[str, bytes], name: str) -> None:
    if sum(map(len, files.values())) > MOST_BYTES:
        limit = MOST_BYTES // 1024 // 1024
        raise ProblemsError([Problem(name, f"is larger than {limit} MiB: judge it by `scan`", kind="input")])


def _root(folder: Path) -> Path:
    """What addresses count from: the repository, the working directory, or the folder above the snapshot."""
    here = Path.cwd()
    return repository_root(folder) or (here if folder.is_relative_to(here) and folder != here else folder.parent)


def _inside(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix()


def _below(folder: Path) -> Iterator[Path]:
    """Regular files alone: what a link names may be anything of this machine."""
    for place, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = Path(place, name)
            if path.is_file() and not path.is_symlink():
                yield path


def _of_project(folder: Path, root: Path) -> Iterator[Path]:
    """The files that speak for the snapshot, and what the configuration names of its own project."""
    for names in _OWN:
        found = find_project_file(folder, names)
        if found is not None and found.is_file():
            yield found
    known = config.load_config_near([folder])
    for named in (*known.values.get("rules", ()), known.values.get("baseline")):
        if named is None:
            continue
        path = Path(os.path.abspath(known.folder / named))  # noqa: PTH100  # as above
        if not path.is_relative_to(root):
            message = f"`{named}` is outside of the project, and is not sent to where snapshots are judged"
            raise ProblemsError([Problem(named, message, hint="pass --rules, or copy it", kind="config")])
        yield from _below(path) if path.is_dir() else [path]


__all__ = ["Judging", "accounts_of", "is_snapshot", "left_out_of", "pack"]
