"""Session policies that a broker passes at run time, kept in files with a hole where the tenant's id goes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from scanner.model.location import Location
from scanner.model.resource import Names, Resource
from scanner.model.unknown import Unknown
from scanner.model.world import World
from scanner.text.document import Document
from scanner.text.problem import Problem, Problems
from scanner.text.project_file import read_project_file

TYPE = "Tenantproof::IAM::SessionPolicy"
HOLE = "${tenant}"
"""How every hole is written in the model, whatever the file has."""

_HOLES = re.compile(r"\$\{tenant\}|\{\{\s*tenant\s*\}\}|\{tenant\}|\{0\}")
_MISSING = "the session policy `{}` that tenancy.yaml names was not read"


class Written:
    """The places of one policy file."""

    __slots__ = ("_document",)

    def __init__(self, document: Document) -> None:
        self._document = document

    def locate(self, resource: Resource, keys: Sequence[str | int], world: World) -> Location:
        del resource, world
        # The document stands under `Properties.PolicyDocument` in the model, and at the root of the file.
        place = self._document.place(tuple(keys)[2:])
        return Location(self._document.path, place.line, place.column, place.end_line)

    def lines(self, first: int, last: int) -> list[str]:
        return self._document.lines(first, last)

    def hides(self, value: object) -> bool:
        del value
        return False


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


def read_session_policies(folder: Path, names: Iterable[str]) -> tuple[list[Resource], list[Problem]]:
    """One resource for each file, named by its path as tenancy.yaml in `folder` writes it, and what went wrong.

    A file that cannot be read is a resource whose document is unknown, so that nothing rests on it.
    """
    resources: list[Resource] = []
    problems: list[Problem] = []
    for name in dict.fromkeys(names):
        try:
            document = read_project_file(folder / name, "tenancy")
        except Problems as error:
            problems.extend(error.problems)
            unknown = Unknown("missing-file", _MISSING.format(name))
            resources.append(_resource(name, name, unknown, _Nowhere(name)))
            continue
        resources.append(_resource(document.path, name, _canonical(document.data), Written(document)))
    return resources, problems


def _resource(path: str, name: str, policy: object, source: Written | _Nowhere) -> Resource:
    fields: dict[str, object] = {"Type": TYPE, "Properties": {"PolicyDocument": policy}}
    return Resource(
        address=f"{path}#session-policy",
        type=TYPE,
        logical_id=name,
        fields=fields,
        source=source,
        exists=lambda _: True,
        names=lambda _: Names(None, None),
    )


def _canonical(document: object) -> object:
    """The document as a broker fills it: in version 2012-10-17, for the hole is filled whatever the version says."""
    if not isinstance(document, dict):
        return document
    old = document.get("Version") != "2012-10-17"
    filled = _filled(document, escape=old)
    return {**filled, "Version": "2012-10-17"} if isinstance(filled, dict) else filled


def _filled(value: object, *, escape: bool) -> object:
    if isinstance(value, str):
        pieces = _HOLES.split(value)
        # In the old version `${...}` of a policy is text; only the broker's own hole is not.
        return HOLE.join(piece.replace("${", "${$}{") if escape else piece for piece in pieces)
    if isinstance(value, dict):
        return {key: _filled(child, escape=escape) for key, child in value.items()}
    if isinstance(value, list):
        return [_filled(child, escape=escape) for child in value]
    return value
