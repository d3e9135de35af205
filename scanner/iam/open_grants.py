"""Whether a stranger gets in by a resource's own policy or a role's trust policy, as the evaluator decides it.

A statement is narrowed where no request of a stranger (`scanner.iam.stranger`) is allowed by it: nobody outside the
organisation, account, network or endpoint that its conditions and the document's Denies name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from scanner.base.record import record, replace
from scanner.iam.policy_document import PolicyDocument, Selector, Statement, parse_document
from scanner.iam.principals import Principal, principal_of
from scanner.iam.stranger import Stranger, Value
from scanner.iam.stranger_requests import Asked, grounded, let_in
from scanner.iam.terms import Term, Terms, is_settled
from scanner.model.partial_text import hole_name
from scanner.model.truth import Truth
from scanner.model.unknown import OpenList, Unknown

_EVERYTHING = Selector(Terms(("*",)))


@record
class Admission:
    """`request` are the condition keys with which a stranger is let in, where some are needed."""

    statement: Statement
    opened: Truth
    request: Mapping[str, Value]


def open_statements(document: object) -> list[object] | Unknown:
    """The Allow statements that let a stranger in, as `{Source, Sid, Principal, Actions, Despite}`.

    `Despite` are the condition keys that do not narrow it. The list is open where a statement cannot be decided.
    """
    if document is None:
        return []
    parsed = parse_document(document)
    found: list[object] = []
    doubt = parsed.more
    for admission in admissions(parsed):
        if isinstance(admission.opened, Unknown):
            doubt = doubt or admission.opened
        elif admission.opened and parsed.more is None:
            found.append(_told(admission))
    return found if doubt is None else OpenList(found, doubt.plain())


def admissions(parsed: PolicyDocument) -> Iterator[Admission]:
    """For each statement that is no Deny, whether it lets a stranger in."""
    words = "\n".join(str(statement) for statement in parsed.statements)
    stranger = Stranger.to(words)
    settled = tuple(grounded(each, stranger) for each in parsed.statements)
    for original, statement in zip(parsed.statements, settled, strict=True):
        if statement.effect == "Deny" or statement.principal is None:
            continue
        if not statement.principal.negated and not statement.principal.items and statement.principal.more is None:
            # It names services, providers or principals of accounts, all of them somebody.
            yield Admission(original, False, {})
            continue
        others = tuple(each for each in settled if each is not statement and each.effect != "Allow")
        # A statement whose effect is unknown is asked as an Allow and counts as a Deny for the others.
        alone = replace(parsed, statements=(statement, *others), more=None, defects=())
        asked = Asked(_callers(stranger), stranger.values)
        opened, request = let_in(statement, alone, stranger, asked)
        doubt = _doubt_of_resource(original)
        if opened is True and others and doubt is not None:
            # It may be about just what the Denies refuse.
            refused = tuple(replace(each, resource=None if each.resource is None else _EVERYTHING) for each in others)
            if let_in(statement, replace(alone, statements=(statement, *refused)), stranger, asked)[0] is not True:
                opened = doubt
        yield Admission(original, opened, request)


def _doubt_of_resource(statement: Statement) -> Unknown | None:
    """Why it is not known what the statement is about, if that is not what deployment alone names."""
    if statement.resource is None:
        return None
    terms = statement.resource.terms
    return terms.more or next(
        (each for each in terms.items if isinstance(each, Unknown) and not is_settled(each)), None
    )


def _callers(stranger: Stranger) -> tuple[Principal, ...]:
    return principal_of(stranger.arn), principal_of("anonymous")


def _told(admission: Admission) -> dict[str, object]:
    statement = admission.statement
    selector = statement.principal
    shown = "NotPrincipal" if selector is not None and selector.negated else "*"
    terms: Sequence[Term] = statement.action.terms.items
    actions: list[object] = ["*"] if statement.action.negated else [_shown(term) for term in terms]
    despite: list[object] = list(dict.fromkeys(condition.key for condition in statement.conditions))
    return {
        "Source": statement.source,
        "Sid": statement.sid,
        "Principal": shown,
        "Actions": actions,
        "Despite": despite,
    }


def _shown(term: Term) -> str:
    return hole_name(term) if isinstance(term, Unknown) else str(term)
