"""Which places of AWS's answers the collectors' expressions read, by following the expressions from call to property.

A place is a call and the names on the way to a field; lists on the way have no step of their own. What an expression
makes of several fields is followed by the names that it gives them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import jmespath

from scanner.live.collector_table import Call, Collector, Part, Service, Shape
from tests.live.sampling import output

Asked = tuple[str, str]
"""boto3's names of a service and of an operation."""
Place = tuple[Asked, tuple[str, ...]]


@dataclass(frozen=True)
class _Value:
    """The places that a value is from, or the fields that it was made of."""

    places: frozenset[Place] = frozenset()
    fields: Mapping[str, _Value] = field(default_factory=dict)

    def __or__(self, other: _Value) -> _Value:
        return _Value(self.places | other.places, {**self.fields, **other.fields})


_NOTHING = _Value()


class Reader:
    """Follows the expressions of one service; `places` is what they read, as far as the operations answer it, and
    `whole` what is handed on with all that is in it."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self.places: set[Place] = set()
        self.whole: set[Place] = set()

    def follow(self, collector: Collector) -> None:
        found = self._answer(collector.listing, {})
        for part in (collector.part, *collector.also):
            self._part(part, {"item": found})

    def _answer(self, call: Call, document: Mapping[str, _Value]) -> _Value:
        for expression in call.arguments.values():
            self._read(expression, document)
        asked = (call.service or self._service.name.removesuffix("-cloudfront"), call.operation)
        whole = _Value(frozenset({(asked, ())}))
        return self._of(jmespath.compile(call.items).parsed, whole, {}) if call.items else whole

    def _part(self, part: Part, above: Mapping[str, _Value]) -> None:
        document = dict(above)
        if part.each != "item":
            document = {**above, "item": self._read(part.each, above), "parent": above.get("item", _NOTHING)}
        if part.called is not None:
            document[part.called] = document["item"]
        # Details rest on one another, whatever their order.
        for _ in part.details:
            for name, detail in part.details.items():
                document[name] = self._answer(detail, document)
                for expression in (detail.when, detail.needless):
                    if expression:
                        self._read(expression, document)
        for shape in (part.keep, part.id, part.region, part.arn if part.arn and part.arn[:4] != "arn:" else None):
            if shape:
                self._read(shape, document)
        for shape in part.properties.values():
            self._keep(self._read(shape, document))
        for child in part.children:
            self._part(child, document)

    def _keep(self, value: _Value) -> None:
        self.whole |= value.places
        for child in value.fields.values():
            self._keep(child)

    def _read(self, shape: Shape, document: Mapping[str, _Value]) -> _Value:
        if not isinstance(shape, str):
            return _Value(fields={name: self._read(child, document) for name, child in shape.items()})
        return self._of(jmespath.compile(shape).parsed, _Value(fields=dict(document)), document)

    def _of(self, node: Mapping[str, Any], here: _Value, document: Mapping[str, _Value]) -> _Value:
        kind, children = node["type"], node.get("children", [])
        if kind == "field":
            return self._field(here, str(node["value"]))
        if kind in ("subexpression", "index_expression", "pipe", "projection", "value_projection", "filter_projection"):
            if kind == "filter_projection":
                left, right, condition = children
                here = self._of(left, here, document)
                self._of(condition, here, document)
                return self._of(right, here, document)
            for child in children:
                here = self._of(child, here, document)
            return here
        if kind == "flatten":
            return self._of(children[0], here, document)
        if kind == "multi_select_dict":
            return _Value(fields={each["value"]: self._of(each["children"][0], here, document) for each in children})
        if kind == "literal":
            return _NOTHING
        if kind in ("current", "identity", "index", "slice"):
            return here
        found = _NOTHING
        for child in children:
            if isinstance(child, dict):
                found |= self._of(child["children"][0] if child["type"] == "expref" else child, here, document)
        return _NOTHING if kind in ("comparator", "not_expression") else found

    def _field(self, value: _Value, name: str) -> _Value:
        if name in value.fields:
            return value.fields[name]
        found = frozenset((asked, (*path, name)) for asked, path in value.places if has(asked, (*path, name)))
        self.places |= found
        return _Value(found)


def has(asked: Asked, path: tuple[str, ...]) -> bool:
    """Whether the operation may answer the field."""
    return shape_at(asked, path) is not None


def shape_at(asked: Asked, path: tuple[str, ...]) -> Any:  # botocore's shape
    shape: Any = output(*asked)
    for name in path:
        while shape is not None and shape.type_name == "list":
            shape = shape.member
        if shape is None:
            return None
        if shape.type_name == "structure":
            shape = shape.members.get(name)
        elif shape.type_name == "map":
            shape = shape.value
        else:
            return None
    return shape


def told(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], bool]]:
    """Every field of an answer that has a value, and whether it is an object; the answer itself first."""
    if isinstance(value, list):
        for each in value:
            yield from told(each, path)
        return
    if value is None:
        return
    yield path, isinstance(value, dict)
    if isinstance(value, dict):
        for name, child in value.items():
            if isinstance(child, list) and not child:
                yield (*path, name), False
            yield from told(child, (*path, name))
