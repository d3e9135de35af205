"""A policy document made ready to be asked often: patterns read once, statements found by action."""

from __future__ import annotations

from scanner.iam.conditions import ConditionTest
from scanner.iam.incomplete_arns import UNDOCUMENTED, widened
from scanner.iam.policy_document import PolicyDocument, Selector, Statement
from scanner.iam.principals import EVERYBODY, Grip, Principal, PrincipalMatcher
from scanner.iam.request import Context
from scanner.iam.terms import Term
from scanner.iam.variables import Template, resource_template, template, variables_of
from scanner.iam.wildcards import Glob
from scanner.model.partial_text import Text
from scanner.model.truth import Truth, conj, disj, negate
from scanner.model.unknown import Unknown

# The actions a document remembers its statements for; what asks for more starts again.
_MOST_ACTIONS = 4_096


class CompiledStatement:
    """One statement. `keys` are the condition keys it reads, also in variables, in lower case; `resource_keys` those of
    variables in its resources.
    """

    __slots__ = (
        "_actions",
        "_principals",
        "_resources",
        "_widened",
        "deny",
        "keys",
        "lenient",
        "resource_keys",
        "statement",
        "tests",
    )

    def __init__(self, statement: Statement, variables: bool | Unknown) -> None:
        self.statement = statement
        self.deny = statement.effect == "Deny"
        # Where AWS leaves the meaning open, an Allow is read wide and a Deny narrow.
        self.lenient = not self.deny
        self._actions = _Actions(statement.action)
        self._resources = None if statement.resource is None else _Resources(statement.resource, variables, self.deny)
        wide = widened(statement.resource)
        self._widened = None if wide is None else _Resources(wide, variables, self.deny)
        self._principals = None if statement.principal is None else PrincipalMatcher(statement.principal)
        self.tests = tuple(ConditionTest(condition, variables) for condition in statement.conditions)
        self.resource_keys = () if self._resources is None else self._resources.keys
        keys = [key for test in self.tests for key in test.keys]
        self.keys = tuple(dict.fromkeys((*keys, *self.resource_keys)))

    def matches_action(self, action: str) -> Truth:
        """`action` must be in lower case. Says nothing of whether the statement allows or denies."""
        return self._actions.match(action)

    def grip(self, principal: Principal, bounded: bool) -> Grip:
        """How the statement names the caller; one without a principal element, as in identity policies, names
        everybody.

        `bounded` says that the caller has a permissions boundary.
        """
        if self._principals is None:
            return EVERYBODY
        effect = self.statement.effect
        if bounded and isinstance(effect, Unknown):
            # As a Deny it might reach the caller by its boundary alone.
            return self._principals.reached(principal, False).widened(effect)
        return self._principals.reached(principal, bounded and self.deny)

    def matches_resource(self, resource: Term, context: Context, *, completes: bool = False) -> Truth:
        """`completes` says that AWS completes incomplete ARNs here: in an Allow of an identity policy."""
        if self._resources is None:
            return True
        found = self._resources.match(resource, context)
        if self._widened is None:
            return found
        whole = self._widened.match(resource, context)
        if whole == found:
            return found
        known = completes and self.statement.effect == "Allow" and not self._widened.negated
        return whole if known else UNDOCUMENTED

    def conditions_hold(self, context: Context) -> Truth:
        """Whether every condition holds; Unknown where a part of the conditions could not be read and the rest
        holds."""
        tests = self.tests
        if not tests:
            return self.statement.conditions_more or True
        found = conj(test.holds(context, self.lenient) for test in tests)
        return self.statement.conditions_more if found is True and self.statement.conditions_more else found

    def applies(self, resource: Term, context: Context, *, completes: bool = False) -> Truth:
        """Whether resource and conditions hold; action and principal are asked apart."""
        found = self.matches_resource(resource, context, completes=completes)
        if found is False:
            return False
        held = self.conditions_hold(context)
        return held if found is True or held is False else found


class CompiledDocument:
    """`statements` in order; `candidates` finds those that an action concerns."""

    __slots__ = ("_by_action", "document", "statements")

    def __init__(self, document: PolicyDocument) -> None:
        self.document = document
        variables = variables_of(document.version)
        self.statements = tuple(CompiledStatement(statement, variables) for statement in document.statements)
        self._by_action: dict[str, tuple[tuple[CompiledStatement, Truth], ...]] = {}

    def candidates(self, action: str) -> tuple[tuple[CompiledStatement, Truth], ...]:
        """The statements whose action may match the lower-case `action`, each with whether it surely does."""
        found = self._by_action.get(action)
        if found is None:
            if len(self._by_action) >= _MOST_ACTIONS:
                self._by_action.clear()
            asked = ((statement, statement.matches_action(action)) for statement in self.statements)
            found = tuple(pair for pair in asked if pair[1] is not False)
            self._by_action[action] = found
        return found


class _Actions:
    __slots__ = ("_exact", "_globs", "_holes", "_more", "_negated", "_services")

    def __init__(self, selector: Selector) -> None:
        self._negated = selector.negated
        self._more = selector.terms.more
        exact: set[str] = set()
        self._services: set[str] = set()
        self._globs: list[Glob] = []
        self._holes: list[tuple[Glob, Unknown]] = []
        for term in selector.terms.items:
            if not isinstance(term, str):
                hole = term.unknown if isinstance(term, Text) else term
                expanded = template(term, variables=False, wildcards=True).expand(lambda _: None)
                tokens = expanded[0] if expanded is not None else []
                tokens = [token.lower() if isinstance(token, str) else token for token in tokens]
                self._holes.append((Glob(tokens), hole))
                continue
            pattern = term.lower()
            if "*" not in pattern and "?" not in pattern:
                exact.add(pattern)
            elif pattern.endswith(":*") and "*" not in pattern[:-1] and "?" not in pattern:
                self._services.add(pattern[:-1])
            else:
                self._globs.append(Glob.of(pattern))
        self._exact = frozenset(exact)

    def match(self, action: str) -> Truth:
        found: Truth = (
            action in self._exact
            or action[: action.find(":") + 1] in self._services
            or any(glob.matches(action) for glob in self._globs)
        )
        if found is False:
            found = next((hole for glob, hole in self._holes if glob.matches(action)), self._more or False)
        return negate(found) if self._negated else found


class _Resources:
    __slots__ = ("_everything", "_more", "_narrow", "_patterns", "keys", "negated")

    def __init__(self, selector: Selector, variables: bool | Unknown, deny: bool) -> None:
        self.negated = selector.negated
        self._more = selector.terms.more
        self._everything = "*" in selector.terms.items
        # What a wildcard inside a segment does with a colon is not documented: an Allow is read wide, a Deny narrow.
        self._narrow = deny is not selector.negated
        self._patterns: list[tuple[Template, Glob | None]] = []
        keys: list[str] = []
        for term in selector.terms.items:
            read = resource_template(term, variables=variables)
            keys.extend(read.keys)
            self._patterns.append((read, read.glob if read.fixed else None))
        self.keys = tuple(dict.fromkeys(keys))

    def match(self, resource: Term, context: Context) -> Truth:
        if self._everything:
            return not self.negated
        if not isinstance(resource, str):
            return self._match_unknown(resource, context)
        found: Truth = False
        for read, fixed in self._patterns:
            glob = fixed
            unknown: Unknown | None = None
            if glob is None:
                if not resource.startswith(read.prefix):
                    continue
                expanded = read.expand(context.single)
                if expanded is None:
                    # "IAM policy elements: Variables and tags": without a value the pattern matches nothing.
                    continue
                tokens, unknown = expanded
                glob = Glob(tokens)
            # What is unknown may itself hold colons.
            narrow = self._narrow and unknown is None
            if not (glob.matches_within_segments(resource) if narrow else glob.matches(resource)):
                continue
            if unknown is None:
                return not self.negated
            found = unknown
        if found is False and self._more is not None:
            found = self._more
        return negate(found) if self.negated else found

    def _match_unknown(self, resource: Text | Unknown, context: Context) -> Truth:
        from scanner.iam.coverage import covers  # requests are nearly always known

        answers: list[Truth] = [self._more or False]
        for read, _ in self._patterns:
            expanded = read.expand(context.single)
            if expanded is None:
                continue
            tokens, unknown = expanded
            answer = covers(read if unknown is not None else Template(tuple(tokens)), resource, some_request=False)
            answers.append(answer)
        found = disj(answers)
        return negate(found) if self.negated else found
