"""Whether a VPC endpoint's policy lets a stranger's principal reach a stranger's resource.

"Control access to VPC endpoints using endpoint policies": the way out for data, by credentials that the thief brings.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from scanner.base.record import replace
from scanner.iam.policies import Policy, PolicySet
from scanner.iam.policy_document import Condition, PrincipalSelector, PrincipalTerm, Statement, parse_document
from scanner.iam.principals import principal_of
from scanner.iam.stranger import Stranger, Value
from scanner.iam.stranger_requests import EVERYTHING, Asked, grounded, let_in
from scanner.iam.terms import ARN_SEGMENTS, is_settled
from scanner.model.partial_text import Text
from scanner.model.unknown import OpenList, Unknown

# What a key says of the owner is what the other says of the caller.
_OF_OWNER = {
    "aws:resourceaccount": "aws:principalaccount",
    "s3:resourceaccount": "aws:principalaccount",
    "s3:dataaccesspointaccount": "aws:principalaccount",
    "aws:resourceorgid": "aws:principalorgid",
    "aws:resourceorgpaths": "aws:principalorgpaths",
}


def open_endpoint_statements(document: object) -> list[object] | Unknown:
    """The Allow statements that let it, as `{Source, Sid}`. The list is open where a statement cannot be decided."""
    if document is None:
        return []
    parsed = parse_document(document)
    stranger = Stranger.to("\n".join(str(statement) for statement in parsed.statements))
    settled = [_with_everybody(grounded(each, stranger)) for each in parsed.statements]
    found: list[object] = []
    doubt = parsed.more
    for original, statement in zip(parsed.statements, settled, strict=True):
        if statement.effect == "Deny":
            continue
        others = tuple(each for each in settled if each is not statement and each.effect != "Allow")
        alone = replace(parsed, statements=(statement, *others), more=None, defects=())
        resources = tuple(_resources(statement, stranger))
        asked = Asked(
            (principal_of(stranger.arn),), _Outside(stranger).values, resources, _of_endpoint, stranger.account
        )
        opened, _ = let_in(statement, alone, stranger, asked)
        unread = _unread(original)
        if isinstance(opened, Unknown):
            doubt = doubt or opened
        elif opened and unread is not None:
            doubt = doubt or unread
        elif opened and parsed.more is None:
            found.append({"Source": statement.source, "Sid": statement.sid})
    return found if doubt is None else OpenList(found, doubt.plain())


def _unread(statement: Statement) -> Unknown | None:
    """Why it may name other resources than it seems to."""
    terms = statement.resource.terms if statement.resource is not None else None
    if terms is None:
        return statement.conditions_more
    holes = (hole for term in terms.items if not isinstance(term, str) for hole in _holes(term))
    return terms.more or next((hole for hole in holes if not is_settled(hole)), None)


def _holes(term: Text | Unknown) -> tuple[Unknown, ...]:
    return term.holes if isinstance(term, Text) else (term,)


def _with_everybody(statement: Statement) -> Statement:
    """An endpoint policy without a principal is about everybody."""
    if statement.principal is not None:
        return statement
    return replace(statement, principal=PrincipalSelector((PrincipalTerm("*", "*"),)))


def _of_endpoint(policy: Policy) -> PolicySet:
    return PolicySet(identity=(EVERYTHING,), endpoint=(policy,))


class _Outside:
    """What a request carries of which the resource, too, is a stranger's."""

    def __init__(self, stranger: Stranger) -> None:
        self._stranger = stranger

    def values(self, key: str, conditions: Sequence[Condition]) -> list[Value]:
        # The resource is as much a stranger's as its caller, and neither need be in an organisation.
        about_caller = _OF_OWNER.get(key)
        if about_caller is not None:
            return self._stranger.values(about_caller, conditions)
        return self._stranger.values(key, conditions)


def _resources(statement: Statement, stranger: Stranger) -> Iterator[str]:
    """Resources of a stranger's that the statement may be about: it names neither their account nor their name."""
    selector = statement.resource
    anything = f"arn:aws:any:us-east-1:{stranger.account}:stranger"
    if selector is None or selector.negated or selector.terms.more is not None or not selector.terms.items:
        yield anything
        return
    for term in selector.terms.items:
        segments = str(term).split(":", ARN_SEGMENTS - 1)
        if len(segments) < ARN_SEGMENTS:
            if "*" in str(term):
                yield anything
            continue
        account, named = segments[4], segments[5]
        kind, slash, name = named.partition("/")
        own_name = kind if segments[2] == "s3" or not slash else name
        if set(account) <= {"*"} and set(own_name) <= {"*"}:
            filled = [segment.replace("*", "stranger") or segment for segment in segments[:4]]
            yield ":".join((*filled, stranger.account if account else "", named.replace("*", "stranger")))
