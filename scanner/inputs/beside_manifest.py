"""Templates that lie in an assembly or a snapshot and to which nothing of it leads: a manifest must hide nothing.

CDK leaves the templates of stacks that a program has no more in its output folder, and what a program uploads for
others to deploy (StackSets, products of Service Catalog) are files among its assets. Anything else there was not put
there by CDK, and no template at all is put beside a snapshot.
"""

from __future__ import annotations

import json
import os
from collections.abc import Container, Iterator
from itertools import islice
from pathlib import Path

from scanner.base.git import GitRepository
from scanner.base.problem import ProblemsError
from scanner.base.record import record
from scanner.base.repository import repository_root
from scanner.inputs.discovery import EXTENSIONS, NOT_ENTERED, looks_like_template

_MOST = 1_000
MOST_LOOKED_AT = 10_000
"""Files of such names to which nothing leads; assemblies of hundreds of stacks have hundreds."""
_SYNTHESIZED = ".template.json"


@record
class Unnamed:
    """`inside` is the path below the folder, with `/`. `made` says that CDK may have left it there."""

    path: Path
    inside: str
    made: bool


@record
class Beside:
    """What was found. `whole` is False where not all was looked at; `out` are links that lead out of the project."""

    templates: tuple[Unnamed, ...]
    whole: bool
    out: tuple[str, ...]


def templates_beside(folder: Path, read: Container[str], *, stacks: bool) -> Beside:
    """Those below the folder that are not among the files that were `read`, by real path.

    `stacks` says that the manifest leads to some; else nothing here was made by it.
    """
    out: list[str] = []
    unread = _unread(folder, read, out)
    looked = [*islice(unread, MOST_LOOKED_AT)]
    whole = len(looked) < MOST_LOOKED_AT or next(unread, None) is None
    found = [(path, inside) for path, inside in looked if _is_one(path)]
    uploaded = _uploaded(folder) if stacks and found else set()
    tracked = _tracked(folder, [path for path, _ in found])
    templates = (
        Unnamed(
            path, inside, stacks and (path.name in uploaded or (inside.endswith(_SYNTHESIZED) and path not in tracked))
        )
        for path, inside in found
    )
    return Beside(tuple(templates), whole, tuple(out))


def _unread(folder: Path, read: Container[str], out: list[str]) -> Iterator[tuple[Path, str]]:
    """By whichever name comes first, where links lead to the same file."""
    told: set[Path] = set()
    for path, inside in _files(folder, out):
        real = path.resolve()
        if str(real) not in read and real not in told:
            told.add(real)
            yield path, inside


def _files(folder: Path, out: list[str]) -> Iterator[tuple[Path, str]]:
    """Those below the folder and behind its links; each real folder is walked once, whatever leads to it.

    `out` is given the links that lead out of the project, which are not followed.
    """
    limit = (repository_root(folder) or folder).resolve()
    walked: set[str] = set()
    waiting = [folder]
    while waiting:
        for at, folders, names in os.walk(waiting.pop()):
            real = os.path.realpath(at)
            # What a function or an image is made of has its own readers.
            entered = [each for each in folders if each not in NOT_ENTERED and not each.startswith("asset.")]
            folders[:] = sorted(entered) if real not in walked else []
            if real in walked:
                continue
            walked.add(real)
            for name in sorted(names):
                path = Path(at) / name
                if name.lower().endswith(EXTENSIONS) and path.is_file() and _is_within(path, folder, limit, out):
                    yield path, path.relative_to(folder).as_posix()
            links = [path for each in folders if (path := Path(at) / each).is_symlink()]
            waiting += [path for path in links if _is_within(path, folder, limit, out) and _is_entered(path, limit)]


def _is_within(path: Path, folder: Path, limit: Path, out: list[str]) -> bool:
    """Whether it is no link, or one to somewhere in the project."""
    if not path.is_symlink() or path.resolve().is_relative_to(limit):
        return True
    out.append(path.relative_to(folder).as_posix())
    return False


def _is_entered(link: Path, limit: Path) -> bool:
    """Whether the folder behind a link is looked into under its own name; a link is no way into `.git`."""
    return NOT_ENTERED.isdisjoint(link.resolve().relative_to(limit).parts)


def _is_one(path: Path) -> bool:
    try:
        return looks_like_template(str(path))
    except OSError:
        return True  # reading it says what is wrong


def _uploaded(folder: Path) -> set[str]:
    """Names of files that the asset manifests of the folder list."""
    names: set[str] = set()
    for path in sorted(folder.rglob("*.assets.json"))[:_MOST]:
        try:
            content: object = json.loads(path.read_bytes())
        except (OSError, ValueError, RecursionError):
            continue
        files = content.get("files") if isinstance(content, dict) else None
        for each in files.values() if isinstance(files, dict) else ():
            source = each.get("source") if isinstance(each, dict) else None
            said = source.get("path") if isinstance(source, dict) else None
            if isinstance(said, str):
                names.add(said.rpartition("/")[2])
    return names


def _tracked(folder: Path, paths: list[Path]) -> set[Path]:
    root = repository_root(folder)
    if root is None:
        return set()
    root = root.resolve()
    names = {path.resolve().relative_to(root).as_posix(): path for path in paths if path.resolve().is_relative_to(root)}
    try:
        return {names[each] for each in GitRepository(root).tracked(names) if each in names}
    except ProblemsError:
        return set(paths)  # nobody knows


__all__ = ["MOST_LOOKED_AT", "Beside", "Unnamed", "templates_beside"]
