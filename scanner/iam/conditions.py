"""Conditions, decided over a request in three values.

From "IAM JSON policy elements: Condition operators", "Multivalued context keys" and "Conditions with multiple context
keys or values" (IAM User Guide).
"""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Callable, Sequence

from scanner.iam.instants import instant, number
from scanner.iam.operators import Operator
from scanner.iam.policy_document import Condition
from scanner.iam.request import Attribute, Context
from scanner.iam.terms import ARN_SEGMENTS, Term
from scanner.iam.variables import Template, Token, template
from scanner.iam.wildcards import Glob
from scanner.model.partial_text import Text
from scanner.model.truth import Truth, conj, disj, negate
from scanner.model.unknown import Unknown

Matcher = Callable[[str, Context], Truth]
# "...IfExists" makes a missing key hold, "Set operators" make `ForAnyValue` fail on one: no document joins the two.
_ANY_IF_EXISTS = Unknown("undeclared", "no document says whether `ForAnyValue` with `IfExists` holds without the key")


class ConditionTest:
    """One condition, made ready to be asked often. `keys` are what it reads, in lower case."""

    __slots__ = ("_exact", "_matchers", "_more", "_operator", "condition", "key", "keys")

    def __init__(self, condition: Condition, variables: bool | Unknown) -> None:
        self.condition = condition
        self.key = condition.key.lower()
        self._operator = operator = condition.operator
        self._more = condition.values.more
        self._exact: frozenset[str] | None = None
        keys = [self.key]
        matchers: list[Matcher] = []
        exact: set[str] = set()
        for term in condition.values.items:
            read = _template(term, operator, variables)
            keys.extend(read.keys)
            literal = _literal(read)
            if operator.family == "string" and operator.comparison == "equals" and literal is not None:
                exact.add(literal)
            else:
                matchers.append(_matcher(operator, read, literal))
        if exact and not matchers:
            self._exact = frozenset(exact)
        elif exact:
            known = frozenset(exact)
            matchers.append(lambda value, _: value in known)
        self._matchers = tuple(matchers)
        self.keys = tuple(dict.fromkeys(keys))

    def holds(self, context: Context, lenient: bool) -> Truth:
        """Whether the request satisfies the condition.

        Where AWS leaves the meaning open (a plain operator over several values, a key in two spellings), any reading
        that holds counts with `lenient`, otherwise all must hold; if the request is strict, they must agree.
        """
        attribute = context.get(self.key)
        if self._operator.family == "null":
            return self._null(attribute)
        if attribute is not None and attribute.alternatives:
            first = Attribute(attribute.values, attribute.more)
            readings = [self._reading(one, context, lenient) for one in (first, *attribute.alternatives)]
            return self._joined(readings, context, lenient, "in two spellings")
        return self._reading(attribute, context, lenient)

    def _joined(self, readings: Sequence[Truth], context: Context, lenient: bool, given: str) -> Truth:
        """What the readings come to, of which no document says which is AWS's."""
        any_holds, all_hold = disj(readings), conj(readings)
        if context.strict and any_holds != all_hold:
            key = self.condition.key
            return Unknown("undeclared", f"no document says what `{self._operator}` makes of `{key}` {given}")
        return any_holds if lenient else all_hold

    def _reading(self, attribute: Attribute | None, context: Context, lenient: bool) -> Truth:
        operator = self._operator
        if attribute is None or (not attribute.values and attribute.more is None):
            if operator.quantifier == "any" and operator.if_exists:
                return True if lenient and not context.strict else _ANY_IF_EXISTS
            if operator.quantifier == "all" or operator.if_exists:
                return True
            return operator.negated and operator.quantifier == "one"
        values, more = attribute.values, attribute.more
        if operator.quantifier == "all":
            if values == ("",) and more is None:
                # "Multivalued context keys": a key that resolves to an empty string counts as no values.
                return True
            return conj((*(self._satisfied(value, context) for value in values), more or True))
        if operator.quantifier == "any":
            return disj((*(self._satisfied(value, context) for value in values), more or False))
        if more is not None:
            return more
        if len(values) == 1:
            return self._satisfied(values[0], context)
        readings = [self._satisfied(value, context) for value in values]
        return self._joined(readings, context, lenient, "with several values")

    def _satisfied(self, value: str | Unknown, context: Context) -> Truth:
        if isinstance(value, Unknown):
            return value
        if self._exact is not None:
            found: Truth = value in self._exact
        else:
            found = disj(matcher(value, context) for matcher in self._matchers)
        if found is False and self._more is not None:
            found = self._more
        if self._operator.negated and self._operator.family in ("numeric", "date") and not self._is_ordered(value):
            # "Numeric condition operators" compare numbers, "Date condition operators" dates: what is neither satisfies
            # none of them, the negated ones included.
            return False
        return negate(found) if self._operator.negated else found

    def _is_ordered(self, value: str) -> bool:
        return (number if self._operator.family == "numeric" else instant)(value) is not None

    def _null(self, attribute: Attribute | None) -> Truth:
        present: Truth = attribute is not None and bool(attribute.values)
        if attribute is not None and not attribute.values and attribute.more is not None:
            present = True if attribute.more.present else attribute.more
        answers = [_null_answer(term, present) for term in self.condition.values.items]
        return disj((*answers, self._more or False))


def _null_answer(value: Term, present: Truth) -> Truth:
    if not isinstance(value, str):
        return value.unknown if isinstance(value, Text) else value
    wanted = value.lower()
    if wanted == "true":
        return negate(present)
    return present if wanted == "false" else False


def _template(term: Term, operator: Operator, variables: bool | Unknown) -> Template:
    wildcards = operator.comparison == "like"
    substitutes = operator.takes_variables
    if isinstance(variables, Unknown) and substitutes:
        text = term if isinstance(term, str) else str(term)
        if "${" in text:
            # Whether this is a variable or text rests on the document's version.
            return Template((variables,))
    return template(term, variables=substitutes and variables is True, wildcards=wildcards)


def _literal(read: Template) -> str | None:
    if not read.tokens:
        return ""
    first = read.tokens[0]
    return first if len(read.tokens) == 1 and isinstance(first, str) else None


def _matcher(operator: Operator, read: Template, literal: str | None) -> Matcher:
    if operator.family == "string":
        return _string_matcher(read, operator.comparison == "equals-ignore-case")
    if operator.family == "arn":
        return _arn_matcher(read)
    if (hole := read.hole) is not None:
        unknown = hole
        return lambda _value, _context: unknown
    # Without wildcards and variables a template is one literal.
    expected = literal or ""
    if operator.family == "bool":
        wanted = expected.lower()
        return lambda value, _: wanted in ("true", "false") and value.lower() == wanted
    if operator.family == "binary":
        return _equal_after(_bytes, expected)
    if operator.family == "ip":
        return _ip_matcher(expected)
    return _ordered_matcher(operator, expected)


def _string_matcher(read: Template, ignore_case: bool) -> Matcher:
    if ignore_case:
        folded = Template(tuple(token.lower() if isinstance(token, str) else token for token in read.tokens))

        def ignoring(value: str, context: Context) -> Truth:
            return _matches(folded, value.lower(), context, fold=True)

        return ignoring
    if read.fixed:
        glob = read.glob
        return lambda value, _: glob.matches(value)
    return lambda value, context: _matches(read, value, context)


def _matches(read: Template, value: str, context: Context, fold: bool = False) -> Truth:
    def looked_up(key: str) -> str | Unknown | None:
        found = context.single(key)
        return found.lower() if fold and isinstance(found, str) else found

    expanded = read.expand(looked_up)
    if expanded is None:
        return False
    tokens, unknown = expanded
    if fold:
        tokens = [token.lower() if isinstance(token, str) else token for token in tokens]
    found = Glob(tokens).matches(value)
    return unknown if found and unknown is not None else found


def _arn_matcher(read: Template) -> Matcher:
    segments = _segments(read)
    if len(segments) < ARN_SEGMENTS:
        whole = Template(read.tokens)
        undefined = Unknown("undeclared", "what an ARN pattern without six segments matches is not documented")

        def short(value: str, context: Context) -> Truth:
            found = _matches(whole, value, context)
            return undefined if found is True else found

        return short

    def compare(value: str, context: Context) -> Truth:
        parts = value.split(":", 5)
        if len(parts) < ARN_SEGMENTS:
            return False
        return conj(_matches(segment, part, context) for segment, part in zip(segments, parts, strict=True))

    if all(segment.fixed for segment in segments):
        globs = [segment.glob for segment in segments]

        def compare_fixed(value: str, _: Context) -> Truth:
            parts = value.split(":", 5)
            return len(parts) == ARN_SEGMENTS and all(
                glob.matches(part) for glob, part in zip(globs, parts, strict=True)
            )

        return compare_fixed
    if read.hole is not None:
        # A hole may itself hold colons, and then the segments are others.
        return lambda value, context: _matches(read, value, context)
    return compare


def _segments(read: Template) -> list[Template]:
    segments: list[list[Token]] = [[]]
    for token in read.tokens:
        if not isinstance(token, str):
            segments[-1].append(token)
            continue
        pieces = token.split(":", ARN_SEGMENTS - len(segments))
        if pieces[0]:
            segments[-1].append(pieces[0])
        segments.extend([piece] if piece else [] for piece in pieces[1:])
    return [Template(tuple(segment)) for segment in segments]


def _equal_after(read: Callable[[str], object], expected: str) -> Matcher:
    wanted = read(expected)
    return lambda value, _: wanted is not None and read(value) == wanted


def _ordered_matcher(operator: Operator, expected: str) -> Matcher:
    read = number if operator.family == "numeric" else instant
    bound = read(expected)
    if bound is None:
        return lambda _value, _context: False
    comparison = operator.comparison

    def compare(value: str, _: Context) -> Truth:
        found = read(value)
        if found is None:
            return False
        if comparison == "equals":
            return found == bound
        if comparison == "less":
            return found < bound
        if comparison == "less-or-equal":
            return found <= bound
        return found > bound if comparison == "greater" else found >= bound

    return compare


def _bytes(text: str) -> bytes | None:
    try:
        return b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def _ip_matcher(expected: str) -> Matcher:
    from ipaddress import ip_address, ip_network  # 3 ms, and few policies name addresses

    try:
        network = ip_network(expected, strict=False)
    except ValueError:
        return lambda _value, _context: False

    def compare(value: str, _: Context) -> Truth:
        try:
            return ip_address(value) in network
        except ValueError:
            return False

    return compare


def value_defect(operator: Operator, values: Sequence[Term]) -> str | None:
    """What is wrong with a value that no request could ever match, or None."""
    for value in values:
        if not isinstance(value, str):
            continue
        if operator.family in ("bool", "null") and value.lower() not in ("true", "false"):
            return f"`{value}` is neither `true` nor `false`"
        if operator.family == "numeric" and number(value) is None:
            return f"`{value}` is no number"
        if operator.family == "date" and instant(value) is None:
            return f"`{value}` is no date, expected ISO 8601 or seconds since 1970"
        if operator.family == "binary" and _bytes(value) is None:
            return f"`{value}` is not base64"
        if operator.family == "ip" and not _is_network(value):
            return f"`{value}` is no IP address or CIDR range"
    return None


def _is_network(value: str) -> bool:
    from ipaddress import ip_network  # as above

    try:
        ip_network(value, strict=False)
    except ValueError:
        return False
    return True
