"""Values of a plan that are marked as sensitive: they are judged, and never shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from scanner.inputs.terraform.attributes import strings
from scanner.inputs.terraform.document import PlanDocument
from scanner.inputs.terraform.instances import Instance

# Shorter ones are found in every other text; they are hidden where they are the whole of one.
_LEAST = 6


class Sensitive:
    """Of one plan, read when something is to be shown."""

    def __init__(self, document: PlanDocument, instances: Iterable[Instance]) -> None:
        self._document = document
        self._instances = instances
        self._variables: frozenset[str] | None = None

    def of(self, *instances: Instance) -> Callable[[object], bool]:
        """Whether a value holds what the resources, or a variable, have marked."""
        known: list[frozenset[str]] = []

        def hides(value: object) -> bool:
            if not known:
                marked = {text for each in instances for text in _marked(each.after, each.sensitive)}
                known.append(frozenset(marked) | self._of_variables())
            secrets = known[0]
            if not secrets:
                return False
            return any(
                text in secrets or any(len(secret) >= _LEAST and secret in text for secret in secrets)
                for text in strings(value)
            )

        return hides

    def _of_variables(self) -> frozenset[str]:
        """A sensitive variable stands in clear text in two places."""
        if self._variables is None:
            data = self._document.data
            declared = _mapping(_mapping(_mapping(data.get("configuration")).get("root_module")).get("variables"))
            given = _mapping(data.get("variables"))
            names = [name for name, each in declared.items() if _mapping(each).get("sensitive") is True]
            found = [_mapping(given.get(name)).get("value") for name in names]
            found += [_mapping(declared.get(name)).get("default") for name in names]
            self._variables = frozenset(text for value in found for text in strings(value) if text)
        return self._variables


def _marked(value: object, marks: object) -> Iterator[str]:
    if marks is True:
        yield from (text for text in strings(value) if text)
    elif isinstance(marks, dict) and isinstance(value, dict):
        for key, mark in marks.items():
            yield from _marked(value.get(key), mark)
    elif isinstance(marks, list) and isinstance(value, list):
        for item, mark in zip(value, marks, strict=False):
            yield from _marked(item, mark)


def _mapping(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}
