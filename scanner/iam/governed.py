"""What a resource's own policy governs, where a part of the resource has a policy of its own, and where Denies count.

"Resource-based policies for DynamoDB" (Amazon DynamoDB Developer Guide): a table's policy is one for its indexes too, a
stream has its own. "Sharing your data stream with another account" (Amazon Kinesis Data Streams Developer Guide): the
same of a consumer. In a template such a policy says `*`, for its resource has no ARN yet.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from scanner.base.record import replace
from scanner.iam.policy_document import PolicyDocument, Selector, Statement
from scanner.iam.terms import Term, Terms
from scanner.model.partial_text import Text, text_of
from scanner.model.unknown import Unknown

_TABLE = ("", "/index/*")
ENDINGS: Mapping[str, tuple[str, ...]] = {
    "AWS::DynamoDB::Table": _TABLE,
    "AWS::DynamoDB::GlobalTable": _TABLE,
    "AWS::Kinesis::Stream": ("",),
}
"""By type what follows the resource's ARN in all that its policy is for; of other types it is for all that is below."""
ALLOWS_ONLY = frozenset({"AWS::Logs::LogGroup", "AWS::ECR::RegistryPolicy"})
"""Types whose policies refuse nothing to a role: "PutResourcePolicy" (Amazon CloudWatch Logs API Reference) enforces
them for services only, and which actions a registry's policy is for is a setting ("Private registry permissions in
Amazon ECR")."""

FOR_SERVICES = Unknown(
    "undeclared",
    "AWS enforces the policy of a log group for its own services only; take the statement for other principals out",
)
"""What an Allow for a role in a log group's policy is worth.

"PutResourcePolicy" (Amazon CloudWatch Logs API Reference): the policy applies to service principals, and for users,
roles and other accounts it is not enforced; across accounts logs go by destinations, which have policies of
their own. That is one sentence of one page, and no other document speaks of it: such an Allow is neither counted on
nor taken for nothing, and a Deny is never relied on.
"""
DOUBTFUL: Mapping[str, Unknown] = {"AWS::Logs::LogGroup": FOR_SERVICES}
"""By type why what its own policy allows to a role may not count."""


def doubtful(document: PolicyDocument, why: Unknown) -> PolicyDocument:
    """The document with an effect that is not known."""
    return replace(document, statements=tuple(replace(each, effect=why) for each in document.statements))


def confined(document: PolicyDocument, arn: object, endings: tuple[str, ...]) -> PolicyDocument:
    """The document for the resource with this ARN and what ends so only; of a Deny rather too little stays."""
    if not isinstance(arn, str | Text | Unknown):
        return document
    statements = [_confined(each, arn, endings) for each in document.statements]
    return replace(document, statements=tuple(each for each in statements if each is not None))


def allowing_only(document: PolicyDocument) -> PolicyDocument:
    """The document without what it denies."""
    return replace(document, statements=tuple(each for each in document.statements if each.effect != "Deny"))


# "Creating a resource policy for an API": API Gateway writes the beginning out when it takes the policy.
_SHORT, _WHOLE = "execute-api:/", "arn:*:execute-api:*:*:*/"


def written_out(document: PolicyDocument) -> PolicyDocument:
    """The document on a REST API with its short resources (`execute-api:/prod/GET/*`) as the ARNs they stand for."""
    return replace(document, statements=tuple(map(_written_out, document.statements)))


def _written_out(statement: Statement) -> Statement:
    selector = statement.resource
    if selector is None:
        return statement
    items = tuple(map(_long, selector.terms.items))
    return replace(statement, resource=replace(selector, terms=Terms(items, selector.terms.more)))


def _long(term: Term) -> Term:
    first = term.parts[0] if isinstance(term, Text) else term
    if not isinstance(first, str) or not first.startswith(_SHORT):
        return term
    rest = term.parts[1:] if isinstance(term, Text) else ()
    return text_of((_WHOLE + first.removeprefix(_SHORT), *rest))


def _confined(statement: Statement, arn: Term, endings: tuple[str, ...]) -> Statement | None:
    selector = statement.resource
    if selector is None:
        return statement
    everything = tuple(_with(arn, ending) for ending in endings)
    if not selector.negated:
        items = tuple(dict.fromkeys(each for term in selector.terms.items for each in _kept(term, arn, endings)))
        if not items and selector.terms.more is None:
            return None
        return replace(statement, resource=Selector(Terms(items, selector.terms.more), negated=False))
    spared = [_covers(term, arn) for term in selector.terms.items]
    if statement.effect == "Deny" and (selector.terms.more is not None or any(each is not False for each in spared)):
        return None
    if any(each is True for each in spared):
        return None
    return replace(statement, resource=Selector(Terms(everything), negated=False))


def _kept(term: Term, arn: Term, endings: tuple[str, ...]) -> Iterator[Term]:
    """What of one `Resource` is governed."""
    if isinstance(term, str) and set(term) == {"*"}:
        yield from (_with(arn, ending) for ending in endings)
        return
    if not isinstance(term, str) or not isinstance(arn, str):
        yield term
        return
    covers = _covers(term, arn) is True
    for ending in endings:
        fixed = ending.removesuffix("*")
        if covers and (not ending or term.endswith("*")):
            yield arn + ending
        elif fixed and fixed in term:
            yield term


def _covers(term: Term, arn: Term) -> bool | None:
    if not isinstance(term, str) or not isinstance(arn, str):
        return True if isinstance(term, str) and set(term) == {"*"} else None
    return re.fullmatch("".join({"*": ".*", "?": "."}.get(each, re.escape(each)) for each in term), arn) is not None


def _with(arn: Term, ending: str) -> Term:
    if not ending:
        return arn
    if isinstance(arn, str):
        return arn + ending
    whole = text_of((*(arn.parts if isinstance(arn, Text) else (arn,)), ending))
    return whole if isinstance(whole, str | Text) else arn
