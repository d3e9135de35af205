"""From a rule's YAML file to a `Rule`, or to everything that is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import cast

from scanner.base.problem import Problem, ProblemsError, did_you_mean
from scanner.findings.report_document import Severity
from scanner.language import assertion
from scanner.language.alias import read_aliases
from scanner.language.assertion import AwsDefault, Check, Compare, Outcome
from scanner.language.expressions import comparison
from scanner.language.expressions.condition import Condition
from scanner.language.expressions.expression import Expression, ExpressionError, compile_expression
from scanner.language.expressions.relation_ends import relation_names
from scanner.language.expressions.safe_regex import pattern_complaint
from scanner.language.expressions.scope import Scope
from scanner.language.expressions.theorem import Theorem
from scanner.language.grammar import COMPARISONS, RULE, VERBS
from scanner.language.message import Message
from scanner.language.requirement import requirement, requirement_of_truth
from scanner.language.rule import FIRST, Example, Kind, Param, Rule, Tier
from scanner.model.truth import Truth, disj, negate
from scanner.model.unknown import Unknown
from scanner.text.complaint import check
from scanner.text.document import Document

Keys = tuple[str | int, ...]
_DOLLAR = re.compile(r"\$(\w+)\Z")


def load_rule(document: Document, layer: str, relations: frozenset[str], *, valid: bool = False) -> Rule:
    """The rule in a document. Raises ProblemsError with all that is wrong at once.

    One that is known to be `valid` is not looked through again, and its check is made when it is first needed.
    """
    problems = [] if valid else check(RULE, document, kind="rule")
    if problems:
        raise ProblemsError(problems)
    return _Loader(document, layer, relations).rule(later=valid)


class _Loader:
    """One file on its way to a rule: collects problems with their places."""

    def __init__(self, document: Document, layer: str, relations: frozenset[str]) -> None:
        self._document = document
        self._layer = layer
        self._relations = relations
        self._problems: list[Problem] = []
        self._theorems: list[Theorem] = []

    def rule(self, *, later: bool) -> Rule:
        data = cast("dict[str, object]", self._document.data)  # the shape was checked
        applies = cast("dict[str, object]", data["applies_to"])
        raw_params = cast("dict[str, dict[str, object]]", data.get("params", {}))
        params = tuple(
            Param(name, cast("str | None", body.get("from")), body.get("default"), "default" in body)
            for name, body in raw_params.items()
        )
        names = frozenset(raw_params)
        where: Condition | None = None
        if "where" in applies and later:
            where = Condition.later(str(applies["where"]))
        elif "where" in applies:
            where = Condition.of(self._expression(applies["where"], ("applies_to", "where"), names))
        if later:
            theorems = tuple(_theorems(data["assert"]))
            made = assertion.later(lambda: assertion.every(self._list(data["assert"], ("assert",), names), None))
        else:
            made = assertion.every(self._list(data["assert"], ("assert",), names), None)
            theorems = tuple(self._theorems)
        stem = self._document.path.rpartition("/")[2].rpartition(".")[0]
        if data["id"] != stem:
            self._complain(f"`id` is `{data['id']}` but the file is named `{stem}`", ("id",))
        if self._problems:
            raise ProblemsError(self._problems)
        return Rule(
            id=cast("str", data["id"]),
            title=cast("str", data["title"]),
            severity=cast("Severity", data["severity"]),
            tier=cast("Tier", data.get("tier", "core")),
            layer=self._layer,
            subsumes=tuple(cast("list[str]", data.get("subsumes", []))),
            since=cast("str", data.get("since", FIRST)),
            aliases=read_aliases(cast("dict[str, list[object]]", data.get("aliases", {}))),
            why=" ".join(cast("str", data["why"]).split()),
            kind=cast("Kind | None", applies.get("kind")),
            types=tuple(cast("list[str]", applies.get("types", []))),
            where=where,
            otherwise=cast("str | None", applies.get("otherwise")),
            params=params,
            check=made,
            fix=" ".join(cast("str", data["fix"]).split()),
            cli=tuple(" ".join(each.split()) for each in cast("list[str]", data.get("cli", []))),
            references=tuple(cast("list[str]", data["references"])),
            examples=tuple(_examples(cast("dict[str, dict[str, dict[str, object]]]", data.get("examples", {})))),
            path=self._document.path,
            document=self._document,
            theorems=theorems,
        )

    def _list(self, raw: object, keys: Keys, names: frozenset[str]) -> list[Check]:
        entries = raw if isinstance(raw, list) else [raw]
        places = [(*keys, index) for index in range(len(entries))] if isinstance(raw, list) else [keys]
        return [self._assertion(entry, place, names) for entry, place in zip(entries, places, strict=True)]

    def _assertion(self, raw: object, keys: Keys, names: frozenset[str]) -> Check:
        body = cast("dict[str, object]", raw)
        verb = next(verb for verb in VERBS if verb in body)
        allowed = {
            "that": {"that", "message", "aws_default", *COMPARISONS},
            "prove": {"prove", "over", "services", "except_services", "data", "of", "message"},
            "each": {"each", "assert", "as", "message"},
            "some": {"some", "assert", "as", "message"},
            "none": {"none", "assert", "as", "message"},
        }.get(verb, {verb, "message"})
        for key in body:
            if key not in allowed:
                self._complain(f"`{key}` does not go with `{verb}`", (*keys, key))
        message = self._message(body.get("message"), (*keys, "message"), names)
        if verb == "that":
            return self._that(body, keys, names, message)
        if verb in ("all", "any"):
            checks = self._list(body[verb], (*keys, verb), names)
            return assertion.every(checks, message) if verb == "all" else assertion.any_of(checks, message)
        if verb == "not":
            checks = self._list(body[verb], (*keys, verb), names)
            clause = f"not {_clause(body[verb])}"
            return assertion.negated(assertion.every(checks, None), message, clause, self._shown(body[verb]))
        if verb == "prove":
            theorem = _theorem(body)
            self._theorems.append(theorem)
            return assertion.proved(theorem)
        items = self._expression(body[verb], (*keys, verb), names)
        name = cast("str | None", body.get("as"))
        inner: list[Check] = []
        if "assert" in body:
            inner = self._list(body["assert"], (*keys, "assert"), names | ({name} if name else set()))
        elif verb == "each":
            self._complain(f"`{verb}` needs `assert`", keys)
        # Without `assert`, `some` asks whether there is an item at all, and `none` that there is none.
        test = assertion.every(inner, None) if inner else _present
        return assertion.over_items(verb, items, test, name, message, f"{verb} {body[verb]}")

    def _that(self, body: Mapping[str, object], keys: Keys, names: frozenset[str], message: Message | None) -> Check:
        expression = self._expression(body["that"], (*keys, "that"), names)
        given = [name for name in COMPARISONS if name in body]
        if len(given) > 1:
            self._complain(f"`that` takes one comparison, not `{given[0]}` and `{given[1]}`", (*keys, given[1]))
        default = None
        if isinstance(raw := body.get("aws_default"), dict):
            default = AwsDefault(raw.get("value"), str(raw.get("because")), raw.get("in_account") == "holds")
        if not given:
            return assertion.that(expression, None, message, default, expression.text, requirement_of_truth(expression))
        name = given[0]
        literal = body[name]
        compare = self._comparison(name, literal, (*keys, name), names)
        clause = f"{expression.text} {name} {literal}"
        return assertion.that(expression, compare, message, default, clause, requirement(name, literal))

    def _comparison(self, name: str, literal: object, keys: Keys, names: frozenset[str]) -> Compare:
        parameter = match[1] if isinstance(literal, str) and (match := _DOLLAR.match(literal)) else None
        if parameter is not None and parameter not in names:
            self._complain(f"`${parameter}` is not a parameter of the rule", keys, did_you_mean(parameter, names))
        if name == "matches":
            complaint = pattern_complaint(str(literal)) if parameter is None else "a pattern is a literal"
            if complaint is not None:
                self._complain(complaint, keys)
                return _COMPARE["exists"](True)
        make = _COMPARE[name]
        if parameter is None:
            return make(literal)
        own = parameter
        return lambda value, scope: make(scope.names.get(own))(value, scope)

    def _message(self, raw: object, keys: Keys, names: frozenset[str]) -> Message | None:
        if raw is None:
            return None
        try:
            message = Message.parse(str(raw))
        except ExpressionError as error:
            self._complain(str(error), keys, error.hint, error.offset)
            return None
        for piece in message.pieces:
            if isinstance(piece, Expression):
                self._check_names(piece, keys, names | {"@"})
        return message

    def _expression(self, raw: object, keys: Keys, names: frozenset[str]) -> Expression:
        try:
            expression = compile_expression(str(raw))
        except ExpressionError as error:
            self._complain(str(error), keys, error.hint, error.offset)
            return compile_expression("@")
        self._check_names(expression, keys, names)
        return expression

    def _check_names(self, expression: Expression, keys: Keys, names: frozenset[str]) -> None:
        for name in sorted(expression.names - names):
            offset = max(0, expression.text.find(f"${name}"))
            hint = did_you_mean(name, names) or "declare it under `params:` or with `as:`"
            self._complain(f"`${name}` is not a parameter of the rule", keys, hint, offset)
        for relation in relation_names(expression.tree):
            if relation not in self._relations:
                offset = max(0, expression.text.find(f"'{relation}'") + 1)
                near = did_you_mean(relation, self._relations)
                self._complain(f"`{relation}` is not a declared relation", keys, near, offset)

    def _shown(self, raw: object) -> list[Expression]:
        """What to show of a negated assertion: whatever it says of the item at hand."""
        if isinstance(raw, list):
            return [each for node in raw for each in self._shown(node)]
        if not isinstance(raw, dict):
            return []
        for verb in ("all", "any", "not"):
            if verb in raw:
                return self._shown(raw[verb])
        text = next((raw[verb] for verb in ("that", "each", "some", "none") if verb in raw), None)
        try:
            return [compile_expression(text)] if isinstance(text, str) else []
        except ExpressionError:
            return []

    def _complain(self, message: str, keys: Keys, hint: str | None = None, offset: int = 0) -> None:
        place = self._document.value_place(keys)
        column = place.column
        line = self._document.lines(place.line, place.line)
        if offset and line and place.line == place.end_line:
            quoted = line[0][column - 1 : column] in ("'", '"')
            column = min(column + offset + quoted, len(line[0]))
        self._problems.append(Problem(self._document.path, message, place.line, column, hint, "rule"))


def _theorem(body: Mapping[str, object]) -> Theorem:
    services, without = (cast("list[str] | None", body.get(key)) for key in ("services", "except_services"))
    return Theorem(
        str(body["prove"]),
        cast("str | None", body.get("over")),
        frozenset(services) if services else None,
        frozenset(without or ()),
        str(body.get("of", "sessions")),
        cast("str | None", body.get("data")),
    )


def _theorems(raw: object) -> Iterator[Theorem]:
    """Those that assertions ask for, in their order."""
    if isinstance(raw, list):
        for each in raw:
            yield from _theorems(each)
    elif isinstance(raw, dict) and "prove" in raw:
        yield _theorem(raw)
    elif isinstance(raw, dict):
        for verb in ("all", "any", "not", "assert"):
            yield from _theorems(raw.get(verb))


def _clause(raw: object) -> str:
    import json

    return json.dumps(raw, sort_keys=True, default=str)


def _examples(raw: Mapping[str, Mapping[str, Mapping[str, object]]]) -> Sequence[Example]:
    return [
        Example(name, cast("object", kind), body, ("examples", kind, name))  # type: ignore[arg-type]  # the shape has no other kinds
        for kind, named in raw.items()
        for name, body in named.items()
    ]


def _present(item: object, _: Scope) -> Outcome:
    """Whether an item of a list is one: an empty text is none."""
    return Outcome(False) if item == "" else assertion.HOLDS


def _ordered(wanted: Callable[[int], bool]) -> Callable[[object], Compare]:
    def make(literal: object) -> Compare:
        def compare(value: object, _: Scope) -> Truth:
            sign = comparison.ordered(value, literal)
            return sign if isinstance(sign, Unknown) else sign is not None and wanted(sign)

        return compare

    return make


def _listed(literal: object) -> list[object]:
    return literal if isinstance(literal, list) else [] if literal is None else [literal]


def _member(*, wanted: bool) -> Callable[[object], Compare]:
    def make(literal: object) -> Compare:
        def compare(value: object, _: Scope) -> Truth:
            if value is None and not any(each is None for each in _listed(literal)):
                return not wanted
            found = disj(comparison.alike(value, each) for each in _listed(literal))
            return found if wanted else negate(found)

        return compare

    return make


def _is(*, wanted: bool) -> Callable[[object], Compare]:
    def make(literal: object) -> Compare:
        def compare(value: object, _: Scope) -> Truth:
            same = comparison.alike(value, literal)
            return same if wanted else negate(same)

        return compare

    return make


def _exists(literal: object) -> Compare:
    """An empty text names no key, bucket or log group, and an empty list or mapping says nothing."""

    def compare(value: object, _: Scope) -> Truth:
        said = isinstance(value, bool | int | float)
        there: Truth = True if said else assertion.truth_of(value)
        return there if literal is True else negate(there)

    return compare


def _matches(literal: object) -> Compare:
    pattern = re.compile(str(literal))
    return lambda value, _: comparison.matches(value, pattern)


_COMPARE: dict[str, Callable[[object], Compare]] = {
    "is": _is(wanted=True),
    "is_not": _is(wanted=False),
    "in": _member(wanted=True),
    "not_in": _member(wanted=False),
    "contains": lambda literal: lambda value, _: comparison.holds_some(value, literal),
    "matches": _matches,
    "starts_with": lambda literal: lambda value, _: comparison.begins(value, literal),
    "ends_with": lambda literal: lambda value, _: comparison.ends(value, literal),
    "at_least": _ordered(lambda sign: sign >= 0),
    "at_most": _ordered(lambda sign: sign <= 0),
    "exists": _exists,
}
assert set(_COMPARE) == set(COMPARISONS)  # noqa: S101  # the grammar and the engine name the same verbs
