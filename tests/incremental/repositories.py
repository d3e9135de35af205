"""Repositories made of the examples of rules, in which files bear on each other in every way that rules ask about."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

from scanner.language.library import load_library

Body = dict[str, Any]
_SECTIONS = ("Parameters", "Mappings", "Conditions", "Resources", "Outputs", "Transform")
_FOLDERS = ("", "app", "app/db", "shared", "tenants")
# Names that several files give to different things, and by which others mean them.
_NAMES = ("records", "audit", "patients-key", "edge")


def bodies() -> list[tuple[str, Body]]:
    """The template of each example, with the id of its rule."""
    return [
        (rule.id, {key: each.body[key] for key in _SECTIONS if key in each.body})
        for rule in load_library((), examples=True).rules
        for each in rule.examples
        if "Transform" not in each.body and isinstance(each.body.get("Resources"), dict)
    ]


class Repository:
    """A folder of templates that is edited at random; equal seeds make equal edits."""

    def __init__(self, folder: Path, seed: int, templates: int, *, plain: bool = False) -> None:
        self.folder = folder
        self._random = Random(seed)  # no secret is made
        self._bodies = bodies()
        if plain:
            self._bodies = [each for each in self._bodies if not _speaks(each[1])]
        self._number = 0
        for _ in range(templates):
            self._add()

    def files(self) -> list[Path]:
        return sorted(each for each in self.folder.rglob("*.json") if each.is_file())

    def edit(self) -> str:
        """Changes one file, and says how."""
        change = self._random.choice((self._add, self._remove, self._replace, self._take, self._move_lines, self._name))
        return change()

    def _add(self) -> str:
        """One example, or one that is split into two files which know each other by names or exports."""
        _, body = self._random.choice(self._bodies)
        parts = [body]
        if len(body["Resources"]) > 1 and self._random.random() < 0.6:  # more often than not
            parts = list(_split(body, self._random))
        folder = self._random.choice(_FOLDERS)
        for part in parts:
            self._number += 1
            if self._random.random() < 0.3:  # now and then
                folder = self._random.choice(_FOLDERS)
            self._write(self.folder / folder / f"t{self._number}.json", part)
        return f"add {self._number}"

    def _remove(self) -> str:
        path = self._random.choice(self.files())
        path.unlink()
        return f"remove {path.name}"

    def _replace(self) -> str:
        """Another example of the same rule: the same names in other circumstances."""
        path = self._random.choice(self.files())
        types = {each.get("Type") for each in json.loads(path.read_text("utf-8"))["Resources"].values()}
        alike = [body for _, body in self._bodies if types & {each.get("Type") for each in body["Resources"].values()}]
        self._write(path, self._random.choice(alike or [body for _, body in self._bodies]))
        return f"replace {path.name}"

    def _take(self) -> str:
        """Takes a property away, or a resource."""
        path = self._random.choice(self.files())
        body = json.loads(path.read_text("utf-8"))
        logical_id = self._random.choice(sorted(body["Resources"]))
        properties = body["Resources"][logical_id].get("Properties")
        if isinstance(properties, dict) and properties:
            del properties[self._random.choice(sorted(properties))]
        elif len(body["Resources"]) > 1:
            del body["Resources"][logical_id]
        self._write(path, body)
        return f"take from {path.name}"

    def _move_lines(self) -> str:
        path = self._random.choice(self.files())
        path.write_text("\n" + path.read_text("utf-8"), "utf-8")
        return f"move lines of {path.name}"

    def _name(self) -> str:
        """Gives a string of one file the value of one in another, or a name that many have."""
        path, other = self._random.choice(self.files()), self._random.choice(self.files())
        body = json.loads(path.read_text("utf-8"))
        mine = list(_strings(body["Resources"]))
        theirs = [value for _, _, value in _strings(json.loads(other.read_text("utf-8"))["Resources"])]
        if mine:
            node, key, _ = self._random.choice(mine)
            node[key] = self._random.choice((*theirs, *_NAMES))
        self._write(path, body)
        return f"name in {path.name}"

    def _write(self, path: Path, body: Body) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(body, indent=1, default=str), "utf-8")


def _speaks(body: Body) -> bool:
    """Of tenants, or of a cluster: where there is one everything is judged again after each change."""
    text = json.dumps(body, default=str).lower()
    return any(word in text for word in ("tenant", "principaltag", "requesttag", "kubernetes::"))


def _strings(value: Any) -> Iterator[tuple[Any, Any, str]]:
    """Every string below the properties of resources, with where it stands."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        if isinstance(child, str) and key not in ("Type", "Version"):
            yield value, key, child
        elif not isinstance(child, str):
            yield from _strings(child)


def _split(body: Body, random: Random) -> Iterator[Body]:
    """Two files with half of the resources each; what refers to the other half does so by an export or a name."""
    body = copy.deepcopy(body)
    ids = sorted(body["Resources"])
    random.shuffle(ids)
    halves = (set(ids[: len(ids) // 2]), set(ids[len(ids) // 2 :]))
    by_export = random.random() < 0.5  # as often as not
    stem = random.choice((*_NAMES, "stack-a", "stack-b"))
    for half, other in (halves, halves[::-1]):
        part = {key: copy.deepcopy(value) for key, value in body.items() if key != "Resources"}
        part["Resources"] = {name: copy.deepcopy(body["Resources"][name]) for name in sorted(half)}
        used: set[str] = set()
        part["Resources"] = _apart(part["Resources"], other, stem, used, by_export=by_export)
        if by_export:
            outputs = {name: {"Value": {"Ref": name}, "Export": {"Name": f"{stem}-{name}"}} for name in sorted(half)}
            arns = {
                f"{name}Arn": {"Value": {"Fn::GetAtt": [name, "Arn"]}, "Export": {"Name": f"{stem}-{name}-Arn"}}
                for name in sorted(half)
            }
            part["Outputs"] = {**part.get("Outputs", {}), **outputs, **arns}
        yield part


def _apart(value: Any, other: set[str], stem: str, used: set[str], *, by_export: bool) -> Any:
    """The value with references to the resources of the `other` half replaced."""
    if isinstance(value, dict):
        if len(value) == 1:
            ((key, inner),) = value.items()
            if key == "Ref" and inner in other:
                return {"Fn::ImportValue": f"{stem}-{inner}"} if by_export else f"{stem}-{str(inner).lower()}"
            if key == "Fn::GetAtt":
                name = inner[0] if isinstance(inner, list) else str(inner).partition(".")[0]
                if name in other:
                    return {"Fn::ImportValue": f"{stem}-{name}-Arn"} if by_export else f"{stem}-{name.lower()}"
        return {key: _apart(child, other, stem, used, by_export=by_export) for key, child in value.items()}
    if isinstance(value, list):
        return [_apart(child, other, stem, used, by_export=by_export) for child in value]
    return value
