"""`AWS::Include` of a file beside the template, put in before anything else looks at it.

After "AWS::Include transform" in the AWS CloudFormation User Guide: what the file holds stands in the place of
`Fn::Transform`, beside the keys around it, or at the top of the template. `aws cloudformation package` takes local
paths for `Location`; one in S3 is not read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from scanner.base.problem import Problem
from scanner.text.document import MAX_DEPTH, MAX_NODES, Document, Keys, Place

INCLUDE = "AWS::Include"
MOST_VALUES = MAX_NODES
"""Values that includes put into one template, as many as one file may have."""

Path = tuple[str | int, ...]
Open = Callable[[str, bool], Document | str]
"""The file at a location, or what is wrong with that, in words that go on from its name.

The second argument says that the file's sections become the template's own.
"""


class Included(Document):
    """The document with what it includes; that stands where the include does."""

    __slots__ = ("_put", "_raw", "problems")

    def __init__(self, raw: Document, open_: Open) -> None:
        # Nothing is positioned anew, so there is nothing for the constructor around this one to do.
        self.path, self.text, self.notes, self.duplicates = raw.path, raw.text, raw.notes, raw.duplicates
        self._raw = raw
        including = _Including(raw, open_)
        self.data = including.template()
        self._put = including.put
        self.problems = tuple(including.problems)

    def place(self, keys: Keys) -> Place:
        """As of any document; what was included is at the place of its `Fn::Transform`."""
        return self._raw.place(self._written(keys))

    def value_place(self, keys: Keys) -> Place:
        """As `place`."""
        return self._raw.value_place(self._written(keys))

    def source(self) -> Document:
        """The document without what it includes, as it is written."""
        return self._raw.source()

    def lines(self, first: int, last: int) -> list[str]:
        """The lines of the template itself, never of an included file."""
        return self._raw.lines(first, last)

    def _written(self, keys: Keys) -> Keys:
        for end in range(1, len(keys) + 1):
            if (at := self._put.get(tuple(keys[:end]))) is not None:
                return at
        return keys


class _Including:
    def __init__(self, document: Document, open_: Open) -> None:
        self.problems: list[Problem] = []
        # Where what was put in stands, and where it is asked for.
        self.put: dict[Path, Path] = {}
        self._document = document
        self._open = open_
        self._sizes: dict[str, tuple[int, int]] = {}
        self._left = MOST_VALUES

    def template(self) -> object:
        data = self._document.data
        if not isinstance(data, dict):
            return data
        entries = {key: self._copy(child, (key,)) for key, child in data.items()}
        declared = entries.get("Transform")
        listed = isinstance(declared, list)
        transforms = list(declared) if isinstance(declared, list) else [declared]
        kept = []
        for index, transform in enumerate(transforms):
            at = ("Transform", index) if listed else ("Transform",)
            if not self._merged(entries, transform, at):
                kept.append(transform)
        if len(kept) < len(transforms):
            entries["Transform"] = kept
        if "Fn::Transform" in entries and self._merged(entries, entries["Fn::Transform"], ("Fn::Transform",)):
            del entries["Fn::Transform"]
        return entries

    def _merged(self, entries: dict[str, object], transform: object, at: Path) -> bool:
        """Whether the transform was an include of sections, which `entries` now have."""
        found = self._file(transform, at, whole=True)
        if found is None:
            return False
        if not isinstance(found.data, dict):
            self._complain(at, f"`{found.path}` is included at the top and holds no sections")
            return False
        for name, section in found.data.items():
            own = entries.get(name)
            if name not in entries:
                entries[name], self.put[(name,)] = section, at
            elif isinstance(own, dict) and isinstance(section, dict):
                entries[name] = self._beside(own, section, (name,), at, found.path)
            else:
                self._complain(at, f"`{found.path}` has a section `{name}`, which is there already")
        return True

    def _copy(self, node: object, path: Path) -> object:
        """The node with includes put in; parts without any are shared."""
        if isinstance(node, list):
            items = [self._copy(item, (*path, index)) for index, item in enumerate(node)]
            return items if any(new is not old for new, old in zip(items, node, strict=True)) else node
        if not isinstance(node, dict):
            return node
        entries = {key: self._copy(child, (*path, key)) for key, child in node.items()}
        if "Fn::Transform" in node:
            at = (*path, "Fn::Transform")
            found = self._file(node["Fn::Transform"], at)
            if found is not None and len(node) == 1:
                self.put[path] = at
                return found.data
            if found is not None and isinstance(found.data, dict):
                del entries["Fn::Transform"]
                return self._beside(entries, found.data, path, at, found.path)
            if found is not None:
                self._complain(at, f"`{found.path}` is included beside other keys and holds no mapping")
        return entries if any(entries[key] is not child for key, child in node.items()) else node

    def _beside(
        self, own: Mapping[str, object], more: Mapping[str, object], path: Path, at: Path, shown: str
    ) -> dict[str, object]:
        entries = dict(own)
        for key, child in more.items():
            if key in own:
                self._complain(at, f"`{shown}` has `{key}`, which is there already")
            else:
                entries[key], self.put[*path, key] = child, at
        return entries

    def _file(self, transform: object, at: Path, *, whole: bool = False) -> Document | None:
        """What an include of a local file stands for; any other transform is left for deployment."""
        if not (isinstance(transform, dict) and transform.get("Name") == INCLUDE):
            return None
        parameters = transform.get("Parameters")
        location = parameters.get("Location") if isinstance(parameters, dict) else None
        if not isinstance(location, str) or "://" in location:
            return None
        found = self._open(location, whole)
        if isinstance(found, str):
            self._complain(at, f"the included file `{location}` {found}")
            return None
        values, levels = self._sizes.get(location) or self._sizes.setdefault(location, _size(found.data))
        if values > self._left or len(at) + levels > MAX_DEPTH:
            self._complain(at, f"the included file `{location}` makes the template too large")
            return None
        self._left -= values
        return found

    def _complain(self, keys: Path, message: str) -> None:
        place = self._document.place(keys)
        self.problems.append(Problem(self._document.path, message, place.line, place.column))


def _size(data: object) -> tuple[int, int]:
    """How many values there are, and how deep they are nested."""
    values, levels = 0, 0
    waiting: list[tuple[object, int]] = [(data, 1)]
    while waiting:
        node, level = waiting.pop()
        values, levels = values + 1, max(levels, level)
        children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
        waiting.extend((child, level + 1) for child in children)
    return values, levels
