"""Do the paths of a rule exist? Held against CloudFormation's schemas, in filters and messages too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import cast

from scanner.base.problem import Problem
from scanner.language.expressions.expression import Expression, compile_expression
from scanner.language.expressions.relations import Relation
from scanner.language.message import Message
from scanner.language.paths import check_path, check_types, column_of
from scanner.language.rule import Rule
from scanner.language.value_schemas import UNTYPED, Shape, item_shape, list_of, resource_shape

Keys = tuple[str | int, ...]
_LISTS = ("each", "some", "none")


def check_paths(rule: Rule, relations: Mapping[str, Relation]) -> list[Problem]:
    """Every field that no resource of the rule's types can have. Raises MissingExtraError without cfn-lint."""
    return list(_Checker(rule, relations).problems())


class _Checker:
    def __init__(self, rule: Rule, relations: Mapping[str, Relation]) -> None:
        self._rule = rule
        self._document = rule.document
        self._relations = {name: _other_end(relation, rule.types) for name, relation in relations.items()}
        self._resource = resource_shape(rule.types) if rule.types else UNTYPED
        self._env: Mapping[str, Shape] = {}

    def problems(self) -> Iterator[Problem]:
        data = cast("dict[str, object]", self._document.data)
        for index, name in enumerate(self._rule.types):
            for wrong in check_types([name]):
                yield self._problem(wrong.message, wrong.hint, ("applies_to", "types", index), 0)
        applies = cast("dict[str, object]", data["applies_to"])
        if "where" in applies:
            yield from self._path(str(applies["where"]), ("applies_to", "where"), None)[0]
        yield from self._assertions(data["assert"], ("assert",), None, {})

    def _assertions(self, raw: object, keys: Keys, on: Shape | None, env: Mapping[str, Shape]) -> Iterator[Problem]:
        if isinstance(raw, list):
            for index, each in enumerate(raw):
                yield from self._assertion(each, (*keys, index), on, env)
        else:
            yield from self._assertion(raw, keys, on, env)

    def _assertion(self, raw: object, keys: Keys, on: Shape | None, env: Mapping[str, Shape]) -> Iterator[Problem]:
        body = cast("dict[str, object]", raw)
        self._env = env
        below, names = on, env
        if "that" in body:
            yield from self._path(str(body["that"]), (*keys, "that"), on)[0]
        for verb in _LISTS:
            if verb in body:
                wrong, listed = self._path(str(body[verb]), (*keys, verb), on)
                yield from wrong
                below = item_shape(listed)
                if "as" in body:
                    names = {**env, str(body["as"]): below}
        if "message" in body:
            # A message may speak of the item and, where the item has no such field, of the resource.
            for piece in Message.parse(str(body["message"])).pieces:
                if isinstance(piece, Expression):
                    self._env = names
                    wrong, _ = self._path(piece.text, (*keys, "message"), below, piece)
                    if wrong and below is not None:
                        wrong, _ = self._path(piece.text, (*keys, "message"), None, piece)
                    yield from wrong
        for verb in ("all", "any", "not"):
            if verb in body:
                yield from self._assertions(body[verb], (*keys, verb), on, env)
        if "assert" in body:
            yield from self._assertions(body["assert"], (*keys, "assert"), below, names)

    def _path(
        self, text: str, keys: Keys, on: Shape | None, compiled: Expression | None = None
    ) -> tuple[list[Problem], Shape]:
        expression = compiled or compile_expression(text)
        found = check_path(
            expression.tree,
            self._rule.types,
            on=self._resource if on is None else on,
            env=self._env,
            relations=self._relations,
        )
        problems = [
            self._problem(each.message, each.hint, keys, column_of(text, each.name, each.occurrence))
            for each in found.problems
        ]
        return problems, found.shape

    def _problem(self, message: str, hint: str | None, keys: Keys, offset: int) -> Problem:
        place = self._document.value_place(keys)
        line = self._document.lines(place.line, place.line)
        quoted = bool(line) and line[0][place.column - 1 : place.column] in ("'", '"')
        column = place.column + (offset + quoted if place.line == place.end_line else 0)
        return Problem(self._document.path, message, place.line, column, hint, "rule")


def _other_end(relation: Relation, types: tuple[str, ...]) -> Shape:
    """What `related(…)` gives on a resource of these types."""
    ends: list[str] = []
    if any(name in relation.targets for name in types):
        ends += [kind for kind, _ in relation.sources]
    if any(kind in types for kind, _ in relation.sources):
        ends += relation.targets
    return list_of(resource_shape(list(dict.fromkeys(ends)))) if ends else UNTYPED
