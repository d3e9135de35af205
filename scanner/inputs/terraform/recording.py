"""Which arguments a table reads: it is run on a resource that only notes what it is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

from scanner.inputs.terraform.attributes import LeftOut, View
from scanner.inputs.terraform.configuration import NOTHING
from scanner.inputs.terraform.instances import Instance
from scanner.inputs.terraform.mapping import Context, Join, Mapped
from scanner.inputs.terraform.provider_types import Arguments, provider_types
from scanner.inputs.terraform.shapes import evaluate
from scanner.inputs.terraform.table import mapped_type
from scanner.model.types import type_facts
from scanner.model.unknown import Unknown

Paths = dict[tuple[str, ...], None]


class _Noting(View):
    """Attributes that are all left out, with one block of each name."""

    __slots__ = ("_above", "_paths")

    def __init__(self, instance: Instance, paths: Paths, above: tuple[str, ...] = ()) -> None:
        super().__init__(instance, {}, {}, (NOTHING,), above)
        self._paths = paths
        self._above = above

    def read(self, name: str) -> object:
        self._paths[*self._above, name] = None
        return None

    def blocks(self, name: str) -> list[View] | Unknown | LeftOut | None:
        self._paths[*self._above, name] = None
        return [_Noting(self.instance, self._paths, (*self._above, name))]


class Answers(Context):
    """Of a resource that stands alone: arguments are what the view says, and nothing surrounds them."""

    def value(self, view: View, name: str) -> object:
        """What the view says of the argument."""
        return view.read(name)

    def join(self, view: View, name: str, types: tuple[str, ...], match: tuple[str, ...] = ()) -> Join:  # noqa: ARG002  # nothing is there
        """No other resource; that the argument is asked for is noted."""
        view.read(name)
        return Join()

    def pointer(self, view: View, name: str, types: tuple[str, ...], attribute: str = "Ref") -> object:  # noqa: ARG002  # likewise
        """As `value`: there is nothing that it could name."""
        return view.read(name)

    def document(self, view: View, name: str) -> object:
        """As `value`: a policy as it is written."""
        return view.read(name)

    def shown(self, view: View, name: str) -> object:
        """As `value`: of another resource there is no text to show."""
        return view.read(name)

    def environment(self, instance: Instance) -> Mapping[str, str | None]:  # noqa: ARG002  # likewise
        """Nothing is known of the provider."""
        return {}

    def own(self, instance: Instance) -> object:  # noqa: ARG002  # likewise
        """No name that others know it by."""
        return None


def read_by(name: str, mapped: Mapped) -> Paths:
    """The paths of the arguments that the table of a type asks for."""
    instance = Instance(name, (), "managed", name, "x", None, "aws", {}, {}, new=True)
    paths: Paths = {}
    root, context = _Noting(instance, paths), Answers()
    for make in mapped.makes:
        view: View = root if make.each is None else _Noting(instance, paths, (make.each,))
        for shape in (*make.properties.values(), *([make.when] if make.when is not None else [])):
            evaluate(shape, view, context)
        for attribute in (make.name, make.arn):
            if attribute is not None and make is mapped.makes[0]:
                paths[(attribute,)] = None
    for fold in mapped.folds:
        paths[(fold.key,)] = None
        for shape in fold.properties.values():
            evaluate(shape, root, context)
    return paths


def paths_of(instance: Instance, name: str) -> tuple[tuple[str, ...], ...]:
    """The arguments that a property of what a resource makes, or is a part of, is read from."""
    return _paths(instance.type, name)


@cache
def _paths(kind: str, name: str) -> tuple[tuple[str, ...], ...]:
    mapped = mapped_type(kind)
    if mapped is None:
        return ()
    instance = Instance(kind, (), "managed", kind, "x", None, "aws", {}, {}, new=True)
    paths: Paths = {}
    for properties in (*(make.properties for make in mapped.makes), *(fold.properties for fold in mapped.folds)):
        if name in properties:
            evaluate(properties[name], _Noting(instance, paths), Answers())
    facts = type_facts(mapped.makes[0].type) if mapped.makes else None
    if not paths and facts is not None and facts.tag is not None and facts.tag.property == name:
        paths[("tags",)] = None
    return tuple(paths)


def unknown_paths(name: str, mapped: Mapped) -> Iterator[tuple[str, ...]]:
    """Those that the provider's types do not have."""
    arguments = provider_types().arguments(name)
    for path in read_by(name, mapped):
        if not is_argument(arguments, path):
            yield path


def is_argument(arguments: Arguments | None, path: tuple[str, ...]) -> bool:
    """Whether the provider's type has an argument at the path, blocks on the way."""
    here: object = arguments
    for step in path:
        if not isinstance(here, dict) or step not in here:
            return False
        found = here[step]
        here = found[1] if isinstance(found, list) else None
    return True
