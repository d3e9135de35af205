"""Requests of a stranger, tried on one statement of a policy and the Denies beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product

from scanner.base.record import record, replace
from scanner.iam.conditions import ConditionTest
from scanner.iam.evaluator import decide
from scanner.iam.operators import operator_named
from scanner.iam.policies import Policy, PolicySet
from scanner.iam.policy_document import Condition, PolicyDocument, PrincipalSelector, PrincipalTerm, Statement
from scanner.iam.principals import Principal, principal_of
from scanner.iam.request import Context, Request
from scanner.iam.stranger import ABSENT, Stranger, Value
from scanner.iam.terms import ARN_SEGMENTS, Term, Terms, is_settled
from scanner.iam.variables import template
from scanner.model.partial_text import Text
from scanner.model.truth import Truth
from scanner.model.unknown import Unknown

EVERYTHING = Policy.of(
    "all", {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
)
_MOST_REQUESTS = 4_000
Values = Callable[[str, Sequence[Condition]], list[Value]]


def of_resource(policy: Policy) -> PolicySet:
    """The policy alone decides: the caller's own account allows all, and the document is resource policy and trust
    policy."""
    return PolicySet(identity=(EVERYTHING,), resource=policy, trust=policy)


@record
class Asked:
    """What requests are tried: who calls, what may stand under a key, and on what.

    Without `resources`, on what the statement names. `layers` says what kind of policy the document is,
    `owner` whose account the resources are in if not in one's own.
    """

    callers: tuple[Principal, ...]
    values: Values
    resources: tuple[str, ...] | None = None
    layers: Callable[[Policy], PolicySet] = of_resource
    owner: str | None = None


def let_in(
    statement: Statement, document: PolicyDocument, stranger: Stranger, asked: Asked
) -> tuple[Truth, Mapping[str, Value]]:
    """Whether the document, made of the statement and of Denies, allows some request, and the keys of that request."""
    policy = Policy.of("policy", document)
    resources = asked.resources if asked.resources is not None else _resources(statement, stranger)
    doubt: Unknown | None = None
    tried = 0
    for principal, action, resource in product(asked.callers, _actions(statement, document), resources):
        for context in _contexts(statement, document, asked.values):
            tried += 1
            if tried > _MOST_REQUESTS:
                limit = Unknown("evaluation-limit", f"more than {_MOST_REQUESTS} requests would have to be tried")
                return doubt or limit, {}
            given = {key: value for key, value in context.items() if value is not None}
            request = Request(principal, action, resource, asked.owner or stranger.own, given)
            allowed = decide(request, asked.layers(policy)).allowed
            if allowed is True:
                return True, context
            if isinstance(allowed, Unknown):
                doubt = doubt or allowed
    return doubt or False, {}


def _contexts(statement: Statement, document: PolicyDocument, values: Values) -> Iterator[Mapping[str, Value]]:
    """Every combination of what a stranger may present under the keys that the statement and the Denies read."""
    by_key: dict[str, list[Condition]] = {}
    for each in document.statements:
        for condition in each.conditions:
            by_key.setdefault(condition.key.lower(), []).append(condition)
            for value in condition.values.items:
                read = template(value, variables=True, wildcards=True)
                for key in read.keys:
                    by_key.setdefault(key, [])
    keys = list(by_key)
    choices = [_useful(key, statement, values(key, by_key[key])) for key in keys]
    for chosen in product(*choices):
        yield dict(zip(keys, chosen, strict=True))


def _useful(key: str, statement: Statement, values: list[Value]) -> list[Value]:
    """Without the values that the statement's own conditions on this key refuse, so that combinations stay few."""
    tests = [
        ConditionTest(condition, False)
        for condition in statement.conditions
        if condition.key.lower() == key and not any("${" in str(value) for value in condition.values.items)
    ]
    if not tests:
        return values
    anybody = principal_of("anonymous")
    kept: list[Value] = []
    for value in values:
        context = Context(Request(anybody, "any:thing", "*", None, {} if value is ABSENT else {key: value}))
        if all(test.holds(context, True) is not False for test in tests):
            kept.append(value)
    return kept


def _actions(statement: Statement, document: PolicyDocument) -> list[str]:
    """Actions that the statement is about: one that no other names, and each that another does name."""
    written = [term for each in document.statements for term in each.action.terms.items if isinstance(term, str)]
    services = dict.fromkeys(term.partition(":")[0].lower() for term in written if ":" in term)
    plain = [service for service in services if "*" not in service and "?" not in service] or ["any"]
    asked: list[str] = []
    for term in (*statement.action.terms.items, *(("*",) if statement.action.negated else ())):
        if not isinstance(term, str):
            asked.append(f"{plain[0]}:AnyAction")
        elif term.partition(":")[0] in ("*", ""):
            asked += [f"{service}:AnyAction" for service in plain]
        else:
            asked.append(term.replace("*", "AnyAction").replace("?", "x"))
    if statement.action.terms.more is not None:
        asked.append(f"{plain[0]}:AnyAction")
    asked += [term for term in written if "*" not in term and "?" not in term and ":" in term]
    return list(dict.fromkeys(asked))


def _resources(statement: Statement, stranger: Stranger) -> list[str]:
    if statement.resource is None:
        # A trust policy: the role itself.
        return [f"arn:aws:iam::{stranger.own}:role/own"]
    if statement.resource.negated or not statement.resource.terms.items:
        return [f"arn:aws:any:us-east-1:{stranger.own}:own"]
    found = []
    for term in statement.resource.terms.items:
        if term == "*":
            found.append(f"arn:aws:any:us-east-1:{stranger.own}:own")
        elif isinstance(term, str):
            found.append(term.replace("*", "own").replace("?", "x"))
    return list(dict.fromkeys(found)) or [f"arn:aws:any:us-east-1:{stranger.own}:own"]


def denied_to(statement: Statement, provider: Term, mine: PrincipalSelector, stranger: Stranger) -> Statement:
    """A Deny as it is for the provider's users; one on more than their token keeps out only some of them."""
    told = grounded(statement, stranger)
    principal = statement.principal
    if principal is not None and not principal.negated and any(item.value == provider for item in principal.items):
        told = replace(told, principal=mine)
    return told


def grounded(statement: Statement, stranger: Stranger) -> Statement:
    """The statement with names in place of what only deployment decides, where any such name leads to one answer."""
    resource = statement.resource
    if resource is not None and statement.effect != "Deny":
        terms = Terms(tuple(_stand_in(term, stranger) for term in resource.terms.items), None)
        if not terms.items and resource.terms.more is not None and not resource.negated:
            # A policy can only speak of what it is on.
            terms = Terms(("*",), None)
        resource = replace(resource, terms=terms)
    elif resource is not None:
        settled = (_settled(term, stranger) for term in resource.terms.items)
        resource = replace(resource, terms=Terms(tuple(settled), resource.terms.more))
    return replace(
        statement,
        resource=resource,
        principal=_grounded_principal(statement.principal),
        conditions=tuple(
            _grounded_condition(each if statement.effect == "Deny" else _widened(each), stranger)
            for each in statement.conditions
        ),
    )


def _grounded_principal(selector: PrincipalSelector | None) -> PrincipalSelector | None:
    """Only what may be everybody: whatever else an element names is somebody, and no stranger."""
    if selector is None:
        return None
    kept: list[PrincipalTerm] = []
    for item in selector.items:
        if item.type not in ("*", "AWS"):
            continue
        value = item.value
        if isinstance(value, Text):
            if value.equals("*") is not False and not any(is_settled(hole) for hole in value.holes):
                kept.append(item)
        elif isinstance(value, Unknown):
            if not is_settled(value):
                kept.append(item)
        elif value == "*":
            kept.append(item)
    return replace(selector, items=tuple(kept))


def _grounded_condition(condition: Condition, stranger: Stranger) -> Condition:
    operator = condition.operator
    chosen = stranger.chooses(condition.key.lower())
    # What the caller chooses meets any value; of the rest, a parameter may hold a wildcard or a policy variable.
    stand_in = _stand_in if chosen else _settled
    items: list[Term] = [stand_in(value, stranger) for value in condition.values.items]
    more = condition.values.more
    if more is not None and chosen and operator.family in ("string", "arn"):
        items.append("deployment-decides")
        more = None
    return replace(condition, values=Terms(tuple(items), more))


def _widened(condition: Condition) -> Condition:
    """An Allow is read wide: `*` and its like, where an ARN belongs and AWS documents no meaning, match all ARNs."""
    values = [value for value in condition.values.items if isinstance(value, str)]
    short = any("*" in value and value.count(":") < ARN_SEGMENTS - 1 for value in values)
    like = operator_named("StringNotLike" if condition.operator.negated else "StringLike")
    if condition.operator.family != "arn" or not short or like is None:
        return condition
    operator = replace(like, quantifier=condition.operator.quantifier, if_exists=condition.operator.if_exists)
    return replace(condition, operator=operator)


def _settled(term: Term, stranger: Stranger) -> Term:
    """With a name for what deployment alone decides, which holds neither wildcards nor variables."""
    holes = term.holes if isinstance(term, Text) else () if isinstance(term, str) else (term,)
    return _stand_in(term, stranger) if all(is_settled(hole) for hole in holes) else term


def _stand_in(term: Term, stranger: Stranger) -> str:
    if isinstance(term, str):
        return term
    if isinstance(term, Text):
        return "".join(part if isinstance(part, str) else _name_of(part, stranger) for part in term.parts)
    return _name_of(term, stranger)


def _name_of(unknown: Unknown, stranger: Stranger) -> str:
    symbol = unknown.symbol or ("",)
    if symbol[-1] == "AWS::AccountId":
        return stranger.own
    if symbol[-1] == "AWS::Partition":
        return "aws"
    if symbol[-1] == "Arn":
        return f"arn:aws:any:us-east-1:{stranger.own}:{symbol[0].rpartition('#')[2]}"
    return "".join(each if each.isalnum() else "-" for each in f"named-{'-'.join(symbol)}")
