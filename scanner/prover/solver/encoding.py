"""Statements as formulas, from above or from below.

From above (`sure` false) whatever might apply does: right for what allows. From below only what surely applies does:
right for what denies. So a formula that nothing satisfies is a proof, whatever was left unread.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from scanner.iam.instants import is_past, is_time_of_request
from scanner.iam.operators import Operator
from scanner.iam.tag_spellings import is_of_another_kind, one_spelling
from scanner.iam.terms import ARN_SEGMENTS
from scanner.iam.variables import Template, Variable
from scanner.iam.wildcards import Wild as IamWild
from scanner.model.unknown import Reference, Unknown
from scanner.prover.solver.formula import FALSE, TRUE, Atom, Formula, Opaque, Or, Presence, conj, disj, negate
from scanner.prover.solver.named_later import NamedLater
from scanner.prover.solver.pattern import Among, Pattern, Tenant, Token, Wild
from scanner.prover.solver.prepared_policy import PreparedCondition, PreparedStatement
from scanner.prover.solver.question import ABSENT, FREE, Given, Holes, Session, Shape, Unsure, Value

RESOURCE = "resource"
# What numbers and dates are written with: a value with another character is neither.
_WRITTEN_WITH = {"numeric": "0123456789+-.", "date": "0123456789+-.:TZ"}
Presence3 = Callable[[str, str], str]
"""Of an action and a key: `always`, `sometimes` or `never`."""


class Encoder:
    """Encodes for one shape, one session and one action (in lower case)."""

    def __init__(  # noqa: PLR0913  # what an encoding rests on
        self,
        session: Session,
        shape: Shape,
        action: str,
        holes: Holes,
        presence: Presence3,
        multivalued: Callable[[str], bool | None],
        intern: Callable[[Pattern], Pattern],
    ) -> None:
        self._session = session
        self._shape = shape
        self._action = action
        self._holes = holes
        self._presence = presence
        self._multivalued = multivalued
        self._intern = intern
        self._values: dict[str, Value] = {}
        self._fresh = 0
        self.named_later = NamedLater(shape.resource.tokens, holes)
        self._known: str | None = None
        # Dimensions beside those of the shape: by name their key.
        self.extra: dict[str, str] = {}
        # What of the policies no document gives a meaning, where there was such.
        self.undefined: Unknown | None = None

    def _told(self) -> str:
        if self._known is None:
            self._known = _told(self._shape.resource.tokens)
        return self._known

    def interned(self, pattern: Pattern) -> Pattern:
        """The one object that stands for all patterns equal to this one."""
        return self._intern(pattern)

    def number_from(self, first: int) -> None:
        """Keeps the dimensions that it makes apart from another encoder's."""
        self._fresh = first

    def value(self, key: str) -> Value:
        """What such a request carries under a key, which is in lower case."""
        found = self._values.get(key)
        if found is None:
            found = self._values[key] = self._find(key)
        return found

    def _find(self, key: str) -> Value:
        given = self._shape.keys.get(key)
        if given is not None:
            return given
        known = self._session.value(key)
        if known is not None:
            return known
        return ABSENT if self._presence(self._action, key) == "never" else FREE

    def applies(self, prepared: PreparedStatement, *, sure: bool) -> Formula:
        """Whether resource and conditions of the statement are met."""
        statement = prepared.statement
        if sure and statement.conditions_more is not None:
            return FALSE
        parts = [self._resource(prepared, sure)]
        if parts[0] is FALSE:
            return FALSE
        for condition in prepared.conditions:
            part = self._condition(condition, sure)
            if part is FALSE:
                return FALSE
            parts.append(part)
        return conj(parts)

    def _resource(self, prepared: PreparedStatement, sure: bool) -> Formula:
        selector = prepared.statement.resource
        if selector is None:
            return TRUE
        want = sure != selector.negated
        found: list[Formula] = []
        for read in prepared.resources if want else prepared.widest:
            tokens = self._tokens(read, want)
            if tokens is not None:
                found.append(self._atom(RESOURCE, _segmented(tokens) if want else tokens, want))
                if not want:
                    found += [self._atom(RESOURCE, each, want) for each in self.named_later.spellings(tokens)]
        if selector.terms.more is not None and not want:
            return FALSE if selector.negated else TRUE
        formula = disj(found)
        return negate(formula) if selector.negated else formula

    def _atom(self, dimension: str, tokens: Sequence[Token], sure: bool, *, fold: bool = False) -> Formula:
        return Atom(dimension, True, self._intern(Pattern(tuple(tokens), fold, jumps=not sure)))

    def _condition(self, prepared: PreparedCondition, sure: bool) -> Formula:
        condition = prepared.condition
        told = "" if "tag" not in prepared.key else self._told()  # nobody else asks for it
        same = one_spelling(prepared.key, self._action, told)
        if same != prepared.key and self._presence(self._action, prepared.key) != "never":
            prepared = PreparedCondition(condition, same, prepared.templates)
        operator = condition.operator
        value = self.value(prepared.key)
        if is_of_another_kind(prepared.key, self._action, told):
            value = ABSENT
        if operator.family == "null":
            return self._null(prepared, value, sure)
        if value == ABSENT:
            if operator.quantifier == "any" and operator.if_exists:
                # No document says which of the two decides.
                return FALSE if sure else TRUE
            if operator.quantifier == "all" or operator.if_exists:
                return TRUE
            return TRUE if operator.negated and operator.quantifier == "one" else FALSE
        if isinstance(value, Given):
            return self._given(prepared, value, sure)
        return self._free(prepared, sure)

    def _null(self, prepared: PreparedCondition, value: Value, sure: bool) -> Formula:
        answers: list[Formula] = []
        for term in prepared.condition.values.items:
            wanted = term.lower() if isinstance(term, str) else None
            if wanted not in ("true", "false"):
                if not isinstance(term, str):
                    answers.append(FALSE if sure else TRUE)
                continue
            missing = wanted == "true"
            if value == ABSENT:
                answers.append(TRUE if missing else FALSE)
            elif isinstance(value, Given):
                answers.append(FALSE if missing else TRUE)
            else:
                answers.append(self._absent(prepared.key) if missing else Presence(prepared.key, True))
        if prepared.condition.values.more is not None:
            answers.append(FALSE if sure else TRUE)
        return disj(answers)

    def _absent(self, key: str) -> Formula:
        return FALSE if self._presence(self._action, key) == "always" else Presence(key, False)

    def _given(self, prepared: PreparedCondition, value: Given, sure: bool) -> Formula:
        """A key that the data or the session fixes."""
        operator = prepared.condition.operator
        names = [prepared.key, *(f"{prepared.key}#{number}" for number in range(value.extras))]
        for name in names[1:]:
            self.extra[name] = prepared.key
        tests = [self._test(prepared, name, sure) for name in names]
        if operator.quantifier == "one" and value.many:
            return self._undefined(prepared, sure, conj(tests))
        if operator.quantifier == "any":
            return disj(tests)
        every = conj(tests)
        return disj((every, self._empty(prepared.key))) if self._takes_empty(operator, sure, value.extras) else every

    def _undefined(self, prepared: PreparedCondition, sure: bool, every: Formula) -> Formula:
        """ "Single-valued vs. multivalued context keys": keys of several values require a set operator.

        Whatever it means, it holds where `every` value satisfies it, which is looked for first.
        """
        condition = prepared.condition
        self.undefined = self.undefined or Unknown(
            "undeclared",
            f"no document says what `{condition.operator}` makes of `{condition.key}`, a key of several values",
        )
        return FALSE if sure else Or((every, TRUE))

    def _free(self, prepared: PreparedCondition, sure: bool) -> Formula:
        """A key whose value, and presence, the caller chooses."""
        operator = prepared.condition.operator
        key = prepared.key
        name = key
        if operator.quantifier == "one" and self._multivalued(key) is True:
            self.extra[key] = key
            return self._undefined(prepared, sure, conj((Presence(key, True), self._test(prepared, key, sure))))
        if (
            operator.quantifier != "one"
            and self._multivalued(key) is not False
            and ((operator.quantifier == "any") != sure)
        ):
            # Some one value of several decides, and each condition may find its own.
            self._fresh += 1
            name = f"{key}#{self._fresh}"
        self.extra[name] = key
        fits = self._test(prepared, name, sure)
        if fits is TRUE and is_time_of_request(key):
            return TRUE  # every request has it
        if self._takes_empty(operator, sure, 0):
            fits = disj((fits, self._empty(name)))
        test = conj((Presence(key, True), fits))
        absent = self._absent(key)
        if operator.quantifier == "any" and operator.if_exists and sure:
            return test  # as above
        if operator.quantifier == "all" or operator.if_exists or (operator.negated and operator.quantifier == "one"):
            return disj((absent, test))
        return test

    def _takes_empty(self, operator: Operator, sure: bool, extras: int) -> bool:
        """Whether the empty text alone satisfies the operator: to `ForAllValues` it counts as no value at all."""
        return operator.quantifier == "all" and not sure and extras == 0

    def _empty(self, dimension: str) -> Formula:
        return self._atom(dimension, (), False)

    def _test(self, prepared: PreparedCondition, dimension: str, sure: bool) -> Formula:
        """Whether one value satisfies the operator."""
        operator = prepared.condition.operator
        want = sure != operator.negated
        if operator.family in ("numeric", "date", "ip", "binary") and isinstance(self.value(prepared.key), Given):
            # Whether what the request gives satisfies such an operator is for the evaluator to say; what is no number,
            # or no date, satisfies none.
            written = _WRITTEN_WITH.get(operator.family)
            if sure or written is None:
                return FALSE if sure else TRUE
            return self._atom(dimension, (Among(written, many=True, holes=True),), False)
        if operator.family in ("numeric", "date", "ip", "binary"):
            formula = self._opaque(prepared, dimension, want)
        else:
            formula = self._matches(prepared, dimension, want)
        if operator.negated and operator.family in ("numeric", "date"):
            # What is no number, or no date, satisfies no operator at all.
            return conj((Opaque(dimension, f"{operator.family} any", (), True), negate(formula)))
        return negate(formula) if operator.negated else formula

    def _opaque(self, prepared: PreparedCondition, dimension: str, sure: bool) -> Formula:
        items = prepared.condition.values.items
        known = tuple(item for item in items if isinstance(item, str))
        if len(known) < len(items) or prepared.condition.values.more is not None:
            return FALSE if sure else TRUE
        operator = prepared.condition.operator
        if is_time_of_request(prepared.key):
            past = [is_past(each) for each in known]
            if operator.comparison in ("equals", "less", "less-or-equal") and all(past):
                return FALSE
            if sure and operator.comparison in ("greater", "greater-or-equal") and any(past):
                return TRUE
        return Opaque(dimension, f"{operator.family} {operator.comparison}", known, True)

    def _matches(self, prepared: PreparedCondition, dimension: str, sure: bool) -> Formula:
        operator = prepared.condition.operator
        found: list[Formula] = []
        for read in prepared.templates:
            tokens = self._tokens(read, sure)
            if tokens is None:
                continue
            fold = operator.comparison == "equals-ignore-case"
            if operator.family == "bool" and (spelled := _spelled(tokens)) is not None:
                # "Boolean condition operators": the value of a request is one of two, in small letters.
                if spelled not in ("true", "false"):
                    continue
                tokens = list(spelled)
            if operator.family == "arn":
                segments = _arn_segments(tokens)
                if segments is None:
                    if not sure:
                        return TRUE
                    continue
                tokens = segments
            found.append(self._atom(dimension, tokens, sure, fold=fold))
        if prepared.condition.values.more is not None and not sure:
            return TRUE
        return disj(found)

    def _tokens(self, read: Template, sure: bool) -> list[Token] | None:
        """The tokens of a policy's string, None where it matches nothing (or, from below, nothing surely)."""
        tokens: list[Token] = []
        for token in read.tokens:
            if isinstance(token, str):
                tokens.extend(token)
            elif isinstance(token, IamWild):
                tokens.append(Wild.STAR if token is IamWild.STAR else Wild.ANY)
            elif isinstance(token, Variable):
                value = self._variable(token, sure)
                if value is None:
                    return None
                tokens.extend(value)
            else:
                hole = self._hole(token, sure)
                if hole is None:
                    return None
                tokens.append(hole)
        return tokens

    def _variable(self, variable: Variable, sure: bool) -> tuple[Token, ...] | None:
        value = self.value(variable.key)
        if value == ABSENT:
            if variable.doubt is not None:
                return None if sure else (Wild.STAR,)
            return None if variable.default is None else tuple(variable.default)
        if isinstance(value, Given) and not value.many and not value.closed:
            tokens = value.pattern.tokens
            if all(isinstance(token, str) for token in tokens):
                return tokens
            if len(tokens) == 1 and isinstance(tokens[0], Tenant):
                return tokens
        return None if sure else (Wild.STAR,)

    def _hole(self, unknown: Unknown, sure: bool) -> Token | None:
        character = self._holes.known(unknown)
        if character is not None:
            return character
        if isinstance(unknown, Reference) and self._holes.is_made(unknown):
            # The id of another resource: it is not what the owner's data is called.
            return self._holes.name(unknown) or (None if sure else Wild.STAR)
        return None if sure else Wild.STAR


def _told(tokens: Sequence[Token]) -> str:
    """As much as is known of every resource of the shape, with `*` for what is not, up to what may hold a colon."""
    known: list[str] = []
    for token in tokens:
        if token is Wild.STAR:
            break
        known.append(token if isinstance(token, str) else "*")
    return "".join(known)


def _spelled(tokens: Sequence[Token]) -> str | None:
    """The text in lower case, None where it is not one text."""
    known: list[str] = []
    for token in tokens:
        if not isinstance(token, str):
            return None
        known.append(token.lower())
    return "".join(known)


def _segmented(tokens: Sequence[Token]) -> list[Token]:
    """In a Deny a wildcard crosses `:` only where it is a `*` that ends a segment ("Resource", IAM User Guide)."""
    read: list[Token] = []
    for index, token in enumerate(tokens):
        if token is Wild.ANY:
            read.append(Wild.SEGMENT_ANY)
        elif token is Wild.STAR:
            following = tokens[index + 1] if index + 1 < len(tokens) else ":"
            read.append(Wild.STAR if following == ":" else Wild.SEGMENT_STAR)
        else:
            read.append(token)
    return read


def _arn_segments(tokens: Sequence[Token]) -> list[Token] | None:
    """ARN operators compare six segments one by one; None where the pattern has fewer."""
    read: list[Token] = []
    colons = 0
    for token in tokens:
        if colons < ARN_SEGMENTS - 1:
            if token == ":":  # noqa: S105  # a token of a pattern
                colons += 1
            elif token is Wild.STAR:
                token = Wild.SEGMENT_STAR  # noqa: PLW2901  # the token as this position reads it
            elif token is Wild.ANY:
                token = Wild.SEGMENT_ANY  # noqa: PLW2901  # as above
        read.append(token)
    return read if colons == ARN_SEGMENTS - 1 else None


__all__ = ["FREE", "RESOURCE", "Encoder", "Unsure"]
