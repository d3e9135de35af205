"""Policy documents made ready to be asked about many kinds of requests."""

from __future__ import annotations

from dataclasses import field
from functools import lru_cache

from scanner.base.record import record
from scanner.iam.incomplete_arns import widened
from scanner.iam.policy_document import Condition, PolicyDocument, Selector, Statement
from scanner.iam.terms import Term
from scanner.iam.variables import Template, resource_template, template
from scanner.model.partial_text import Text
from scanner.model.unknown import Unknown

Sure = bool | None
"""None where what was not read decides."""


@record(eq=False)
class PreparedCondition:
    """One operator on one key, in lower case; `templates` are the values that the policy compares with."""

    condition: Condition
    key: str
    templates: tuple[Template, ...]


@record(eq=False)
class _Selector:
    """What `Action` or `NotAction` says, shared by all statements that say the same, and what was found of it."""

    exact: frozenset[str]
    patterns: tuple[str, ...]
    negated: bool
    doubt: bool
    _known: dict[str, Sure] = field(default_factory=dict, repr=False)

    def acts(self, action: str) -> Sure:
        if action in self._known:
            return self._known[action]
        found = action in self.exact or any(_acts(pattern, action) for pattern in self.patterns)
        said = not self.negated if found else None if self.doubt else self.negated
        self._known[action] = said
        return said


@lru_cache(maxsize=20_000)
def _selector(actions: tuple[str | Unknown, ...], negated: bool, more: bool) -> _Selector:
    known = [each for each in actions if isinstance(each, str)]
    patterns = tuple(each for each in known if "*" in each or "?" in each)
    exact = frozenset(each for each in known if each not in patterns)
    return _Selector(exact, patterns, negated, more or len(known) < len(actions))


@record(eq=False)
class PreparedStatement:
    """`policy` and `number` name it: the statement of that place in the policy of that name.

    `widest` are the resources with incomplete ARNs completed, as an Allow may be read; in a Deny they stay as written.
    """

    policy: str
    statement: Statement
    actions: tuple[str | Unknown, ...]
    resources: tuple[Template, ...]
    conditions: tuple[PreparedCondition, ...]
    widest: tuple[Template, ...] = ()
    selector: _Selector = field(init=False, repr=False)

    def __post_init__(self) -> None:
        selector = self.statement.action
        object.__setattr__(
            self, "selector", _selector(self.actions, selector.negated, selector.terms.more is not None)
        )  # what it works out of itself

    def prefixes(self) -> frozenset[str] | None:
        """The prefixes of the actions that the statement may allow; None where these may be any."""
        if self.statement.effect == "Deny":
            return frozenset()
        if self.statement.action.negated or self.statement.action.terms.more is not None:
            return None
        found: set[str] = set()
        for pattern in self.actions:
            prefix = pattern.partition(":")[0] if isinstance(pattern, str) else "*"
            if "*" in prefix or "?" in prefix:
                return None
            found.add(prefix)
        return frozenset(found)

    def speaks_of(self, service: str) -> bool:
        """Whether the statement may allow an action with the prefix."""
        said = self.prefixes()
        return said is None or service in said

    def acts(self, action: str) -> Sure:
        """Whether the statement speaks of the action, which is in lower case."""
        return self.selector.acts(action)


@record(eq=False)
class PreparedPolicy:
    """`more` says why there may be statements that were not read."""

    name: str
    statements: tuple[PreparedStatement, ...]
    more: Unknown | None


def prepare(name: str, document: PolicyDocument) -> PreparedPolicy:
    """Variables are read in version 2012-10-17 only ("IAM policy elements: Variables and tags"); an unknown version
    leaves it open whether they are."""
    version = document.version
    variables: bool | Unknown = version if isinstance(version, Unknown) else version == "2012-10-17"
    statements = tuple(_statement(name, each, variables) for each in document.statements)
    return PreparedPolicy(name, statements, document.more)


def _statement(name: str, statement: Statement, variables: bool | Unknown) -> PreparedStatement:
    actions = tuple(_lowered(term) for term in statement.action.terms.items)
    resources = _resources(statement.resource, variables)
    wide = widened(statement.resource)
    return PreparedStatement(
        name,
        statement,
        actions,
        resources,
        tuple(_condition(each, variables) for each in statement.conditions),
        resources if wide is None else _resources(wide, variables),
    )


def _lowered(term: Term) -> str | Unknown:
    if isinstance(term, str):
        return term.lower()
    return term.unknown if isinstance(term, Text) else term


def _resources(selector: Selector | None, variables: bool | Unknown) -> tuple[Template, ...]:
    if selector is None:
        return ()
    return tuple(resource_template(term, variables=variables) for term in selector.terms.items)


def _condition(condition: Condition, variables: bool | Unknown) -> PreparedCondition:
    operator = condition.operator
    wildcards = operator.comparison == "like"
    templates: list[Template] = []
    for term in condition.values.items:
        if isinstance(variables, Unknown) and operator.takes_variables and "${" in str(term):
            # Whether this is a variable or text rests on the version of the document.
            templates.append(Template((variables,)))
        else:
            substitutes = operator.takes_variables and variables is True
            templates.append(template(term, variables=substitutes, wildcards=wildcards))
    return PreparedCondition(condition, condition.key.lower(), tuple(templates))


@lru_cache(maxsize=100_000)
def _acts(pattern: str, action: str) -> bool:
    """`*` is any run of characters, `?` one."""
    if "*" not in pattern and "?" not in pattern:
        return pattern == action
    rows = {0}
    # A set of places in the pattern: linear in both, whatever the pattern.
    rows = _skipped(pattern, rows)
    for character in action:
        following: set[int] = set()
        for place in rows:
            if place == len(pattern):
                continue
            token = pattern[place]
            if token == "*":  # noqa: S105  # a token of a pattern
                following.add(place)
            elif token in ("?", character):
                following.add(place + 1)
        rows = _skipped(pattern, following)
        if not rows:
            return False
    return len(pattern) in rows


def _skipped(pattern: str, places: set[int]) -> set[int]:
    reached = set(places)
    for place in places:
        at = place
        while at < len(pattern) and pattern[at] == "*":
            at += 1
            reached.add(at)
    return reached
