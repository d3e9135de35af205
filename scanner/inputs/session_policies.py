"""Session policies that a broker passes at run time, kept in files with a hole where the tenant's id goes."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from scanner.base.problem import Problem, ProblemsError
from scanner.base.repository import repository_root
from scanner.model import policy_holes
from scanner.model.location import Location
from scanner.model.resource import Names, Resource, always
from scanner.model.secrets import scrubbed
from scanner.model.unknown import Unknown
from scanner.model.world import World
from scanner.text.document import Document
from scanner.text.lines import Lines
from scanner.text.project_file import read_project_bytes
from scanner.text.reading import decode, read

TYPE = "Tenantproof::IAM::SessionPolicy"
_STRINGS = re.compile(r'"(?:[^"\\\n]|\\.)*"')
_BARE = "a hole for the tenant stands outside a string"
_MISSING = "the session policy `{}` that tenancy.yaml names was not read"


class Written:
    """The places of one policy file."""

    __slots__ = ("_document",)

    def __init__(self, document: Document) -> None:
        self._document = document

    def locate(self, resource: Resource, keys: Sequence[str | int], world: World) -> Location:
        """`keys` begin with `Properties`, `PolicyDocument`, as in the model."""
        del resource, world
        # The document stands under `Properties.PolicyDocument` in the model, and at the root of the file.
        place = self._document.place(tuple(keys)[2:])
        return Location(self._document.path, place.line, place.column, place.end_line)

    def lines(self, first: int, last: int) -> list[str]:
        """The lines from `first` to `last`, both included, counted from 1."""
        return self._document.lines(first, last)

    def hides(self, value: object) -> bool:
        """Never: such a file has no parameters."""
        del value
        return False

    def scrubbed(self, text: str) -> str:
        """Without secrets of a form that is known."""
        return scrubbed(text)


class _Nowhere:
    """A file that is not there."""

    __slots__ = ("_path",)

    def __init__(self, path: str) -> None:
        self._path = path

    def locate(self, resource: Resource, keys: Sequence[str | int], world: World) -> Location:
        del resource, keys, world
        return Location(self._path, None, None, None)

    def lines(self, first: int, last: int) -> list[str]:
        del first, last
        return []

    def hides(self, value: object) -> bool:
        del value
        return False

    def scrubbed(self, text: str) -> str:
        return scrubbed(text)


def read_session_policies(folder: Path, names: Mapping[str, Sequence[str]]) -> tuple[list[Resource], list[Problem]]:
    """One resource for each file, named by its path as tenancy.yaml in `folder` writes it, and what went wrong.

    `names` has for each file how the tenant's hole is spelled in it, nothing for the usual spellings. A file that
    cannot be read is a resource whose document is unknown, so that nothing rests on it.
    """
    resources: list[Resource] = []
    problems: list[Problem] = []
    for name, spellings in names.items():
        try:
            document = _read(folder, name, spellings)
        except ProblemsError as error:
            problems.extend(error.problems)
            unknown = Unknown("missing-file", _MISSING.format(name))
            resources.append(_resource(name, name, unknown, _Nowhere(name)))
            continue
        template = policy_holes.filled(document.data, name, spellings)
        resources.append(_resource(document.path, name, template.document, Written(document)))
    return resources, problems


def _read(folder: Path, name: str, spellings: Sequence[str]) -> Document:
    """The file, which lies inside the project of the folder. Raises ProblemsError."""
    root = repository_root(folder) or folder
    try:
        # Both as it is written and as it is linked: neither may lead out.
        written = Path(os.path.normpath(folder.absolute() / name))
        inside = written.is_relative_to(root.absolute()) and written.resolve().is_relative_to(root.resolve())
    except (OSError, RuntimeError, ValueError):
        raise ProblemsError([Problem(name, "is a name that no file can have", kind="tenancy")]) from None
    if not inside:
        raise ProblemsError([Problem(name, "leads out of the project and is not read", kind="tenancy")])
    shown, raw = read_project_bytes(written, "tenancy")
    try:
        _refuse_bare_holes(decode(raw, shown), shown, spellings)
        document = read(raw, shown, cloudformation=False)
    except ProblemsError as error:
        raise ProblemsError(replace(problem, kind="tenancy") for problem in error.problems) from None
    # What is `{tenant}` in a string is a mapping where YAML has it bare.
    names = [each.strip("{} ") for each in spellings or policy_holes.USUAL]
    bare = [path for path, node in _nodes(document.data) if any(node == {name: None} for name in names)]
    if bare:
        places = [document.place(path) for path in bare]
        raise ProblemsError(Problem(shown, _BARE, place.line, place.column, kind="tenancy") for place in places)
    return document


def _refuse_bare_holes(text: str, shown: str, spellings: Sequence[str]) -> None:
    """Raises ProblemsError where a JSON text has a hole that no string is around."""
    if text.lstrip()[:1] != "{":
        return
    blank = _STRINGS.sub(lambda string: " " * len(string[0]), text)
    lines = Lines(text)
    problems = [
        Problem(shown, _BARE, *lines.at(hole.start()), kind="tenancy")
        for hole in policy_holes.declared_holes(spellings).finditer(blank)
    ]
    if problems:
        raise ProblemsError(problems)


def _nodes(data: object) -> Iterator[tuple[tuple[str | int, ...], object]]:
    waiting: list[tuple[tuple[str | int, ...], object]] = [((), data)]
    while waiting:
        path, node = waiting.pop()
        yield path, node
        children = list(node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ())
        waiting.extend(((*path, key), child) for key, child in reversed(children))


def _resource(path: str, name: str, policy: object, source: Written | _Nowhere) -> Resource:
    fields: dict[str, object] = {"Type": TYPE, "Properties": {"PolicyDocument": policy}}
    return Resource(
        address=f"{path}#session-policy",
        type=TYPE,
        logical_id=name,
        fields=fields,
        source=source,
        exists=always,
        names=lambda _: Names(None, None),
    )
