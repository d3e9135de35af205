"""Finds suppressions of other tools in files and folders."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from scanner.base.problem import Problem, ProblemsError
from scanner.inputs.other_suppressions.checkov_baseline import is_baseline, of_baseline
from scanner.inputs.other_suppressions.prowler_mutelist import is_mutelist, of_mutelist
from scanner.inputs.other_suppressions.suppression import Suppression
from scanner.inputs.other_suppressions.template_metadata import of_template
from scanner.inputs.other_suppressions.terraform_comments import of_terraform
from scanner.text.reading import MAX_BYTES, decode, read

_TEXTS = (".yaml", ".yml", ".json", ".template", ".baseline")
_TERRAFORM = (".tf", ".tofu")
_NOT_ENTERED = frozenset((".git", "node_modules", ".terraform", ".venv", "venv", "__pycache__"))
MOST_FILES = 50_000


def find_suppressions(paths: Iterable[Path], root: Path, problems: list[Problem]) -> Iterator[Suppression]:
    """Of all files, in the order of their paths, which are given relative to `root`.

    What cannot be read is added to `problems`: an error for a file that was named, and nothing for one in a folder that
    is none of the kinds.
    """
    for number, (path, named) in enumerate(_files(paths)):
        if number >= MOST_FILES:
            problems.append(Problem(path.as_posix(), f"no more than {MOST_FILES:,} files are looked at"))
            return
        shown = _shown(path, root)
        try:
            if path.stat().st_size > MAX_BYTES:
                raise ProblemsError([Problem(shown, "is too large to be read")])
            raw = path.read_bytes()
            if path.suffix in _TERRAFORM:
                yield from of_terraform(decode(raw, shown), shown)
                continue
            document = read(raw, shown, cloudformation=True)
        except ProblemsError as error:
            if named:
                problems.extend(error.problems)
            continue
        except OSError as error:
            problems.append(Problem(shown, f"cannot be read: {error.strerror or error}"))
            continue
        if is_baseline(document.data):
            yield from of_baseline(document.data, shown)
        elif is_mutelist(document.data):
            yield from of_mutelist(document)
        else:
            yield from of_template(document)


def _files(paths: Iterable[Path]) -> Iterator[tuple[Path, bool]]:
    for path in paths:
        if not path.is_dir():
            yield path, True
            continue
        for folder, inside, names in os.walk(path):
            inside[:] = sorted(each for each in inside if each not in _NOT_ENTERED)
            for name in sorted(names):
                if name.endswith((*_TEXTS, *_TERRAFORM)):
                    yield Path(folder, name), False


def _shown(path: Path, root: Path) -> str:
    try:
        return path.absolute().relative_to(root.absolute()).as_posix()
    except ValueError:
        return path.as_posix()
