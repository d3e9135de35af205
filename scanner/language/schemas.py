"""CloudFormation's resource schemas, as the installed cfn-lint ships them.

They follow the "Resource type schema" of the CloudFormation CLI user guide: JSON Schema with `definitions`, closed by
`additionalProperties: false`. Reading them costs seconds, so only `rules check`, tests and the compiler of the table of
types do; a scan reads `scanner/_data/types.json`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Protocol

from scanner.base.extras import MissingExtraError
from scanner.base.record import record

if TYPE_CHECKING:
    from collections.abc import Sequence

Schema = Mapping[str, object]
_COMPOSED = ("anyOf", "oneOf", "allOf")
_BRANCHES = ("then", "else")
# Newer releases of cfn-lint bring forms for SAM's types; the transform replaces these before CloudFormation reads a
# template, so they are no resource types here (AWS SAM specification, "Transform").
_TRANSFORMED = "AWS::Serverless::"


@record
class Position:
    """A place in a type's schema: everything that may describe the value there, references and branches followed.

    Branches (`oneOf`, `if`) are joined: a property is there if some branch has it. Where nothing describes the value,
    `schemas` is empty, and so it is for everything below.
    """

    schemas: tuple[Schema, ...]
    root: Schema

    @classmethod
    def at(cls, schemas: Iterable[Schema], root: Schema) -> Position:
        """The place that any of the schemas describes; `root` is the type's whole schema, in which references are
        looked up."""
        return cls(tuple(_alternatives(schemas, root)), root)

    @property
    def types(self) -> frozenset[str]:
        """JSON Schema's type names that a value may have, `null` apart; empty where nothing is said."""
        found: set[str] = set()
        for schema in self.schemas:
            declared = schema.get("type")
            if isinstance(declared, str):
                found.add(declared)
            elif isinstance(declared, list):
                found.update(each for each in declared if isinstance(each, str))
            elif "properties" in schema or "patternProperties" in schema:
                found.add("object")
            elif "items" in schema:
                found.add("array")
        return frozenset(found - {"null"})

    def names(self) -> tuple[str, ...]:
        """The properties that the schema lists."""
        return tuple(dict.fromkeys(name for schema in self.schemas for name in _mapping(schema.get("properties"))))

    def named(self, name: str) -> Position | None:
        """What the schema says of the property that it lists under `name`."""
        lists = [_mapping(schema.get("properties")) for schema in self.schemas]
        found = [_mapping(listed[name]) for listed in lists if name in listed]
        return Position.at(found, self.root) if found else None

    def any_key(self) -> Position | None:
        """What the schema says of the values of keys that it does not list; None where it allows no such key.

        Key patterns are not applied: they are written for other regular expression engines.
        """
        found: list[Schema] = []
        is_open = False
        for schema in self.schemas:
            found += [_mapping(each) for each in _mapping(schema.get("patternProperties")).values()]
            additional = schema.get("additionalProperties")
            if isinstance(additional, Mapping):
                found.append(additional)
            is_open = is_open or additional is True
        if not found and not is_open and (self.names() or (self.types and "object" not in self.types)):
            return None
        return Position.at(found, self.root)

    def items(self) -> Position | None:
        """What the schema says of the items; None where the value is surely no list."""
        if self.types and "array" not in self.types:
            return None
        found = [_mapping(schema["items"]) for schema in self.schemas if isinstance(schema.get("items"), Mapping)]
        return Position.at(found, self.root)


def schema_of(type_name: str) -> Schema | None:
    """The schema of a type, of us-east-1 where that has it; None if no region knows the type.

    Raises MissingExtraError.
    """
    if type_name.startswith(_TRANSFORMED):
        return None
    shipped = _shipped()
    for region in shipped.regions:
        if type_name in shipped.types_of(region):
            return shipped.schema(region, type_name)
    return None


def all_schemas() -> Iterator[tuple[str, Schema]]:
    """Every resource type of every region once, in the order of names, us-east-1's form first.

    Raises MissingExtraError.
    """
    shipped = _shipped()
    home: dict[str, str] = {}
    for region in shipped.regions:
        for type_name in shipped.types_of(region):
            home.setdefault(type_name, region)
    for type_name in sorted(home):
        # `Module` stands for any module and has no form.
        if "::" in type_name and not type_name.startswith(_TRANSFORMED):
            yield type_name, shipped.schema(home[type_name], type_name)


def cfn_lint_version() -> str:
    """The version of the installed cfn-lint. Raises MissingExtraError."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("cfn-lint")
    except PackageNotFoundError:
        raise MissingExtraError("rules") from None


class _Loaded(Protocol):
    @property
    def schema(self) -> Schema: ...


class _Manager(Protocol):
    def get_resource_types(self, region: str) -> list[str]: ...
    def get_resource_schema(self, region: str, resource_type: str) -> _Loaded: ...


@record
class _Shipped:
    """The part of cfn-lint that is used here."""

    manager: _Manager
    regions: Sequence[str]

    def types_of(self, region: str) -> frozenset[str]:
        return frozenset(self.manager.get_resource_types(region))

    def schema(self, region: str, type_name: str) -> Schema:
        return self.manager.get_resource_schema(region, type_name).schema


def _shipped() -> _Shipped:
    try:
        # Half a second of imports, so not at the top.
        from cfnlint.helpers import REGION_PRIMARY, REGIONS
        from cfnlint.schema import PROVIDER_SCHEMA_MANAGER
    except ImportError:
        raise MissingExtraError("rules") from None
    return _Shipped(PROVIDER_SCHEMA_MANAGER, [REGION_PRIMARY, *sorted(set(REGIONS) - {REGION_PRIMARY})])


def _alternatives(schemas: Iterable[Schema], root: Schema) -> Iterator[Schema]:
    seen: set[int] = set()
    waiting = [*schemas][::-1]
    while waiting:
        schema = waiting.pop()
        if id(schema) in seen:
            continue
        seen.add(id(schema))
        reference = schema.get("$ref")
        if isinstance(reference, str):
            waiting.append(_resolve(reference, root))
            continue
        yield schema
        for keyword in _COMPOSED:
            branches = schema.get(keyword)
            if isinstance(branches, list):
                waiting += [_mapping(branch) for branch in branches]
        waiting += [_mapping(schema[keyword]) for keyword in _BRANCHES if keyword in schema]


def _resolve(reference: str, root: Schema) -> Schema:
    place: object = root
    for key in reference.removeprefix("#/").split("/"):
        place = _mapping(place).get(key)
    return _mapping(place)


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}
