"""What a resource's own policy lets in that it did not let in before: statement by statement, pattern by pattern.

A grant is new unless a statement of before surely gave it: to the same principal or to all, on at least these actions
and resources, under no more conditions. A Deny that is gone, or that says less, is told as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from scanner.base.record import record
from scanner.iam.coverage import covers, lowered
from scanner.iam.policies import Policy
from scanner.iam.policy_document import PolicyDocument, PrincipalSelector, PrincipalTerm, Selector, Statement
from scanner.iam.terms import Term
from scanner.iam.variables import Template, template
from scanner.model.unknown import Unknown

_NO_ONE = PrincipalSelector(())


@record
class Opening:
    """`principal`, `actions` and `resources` are as the policy spells them; `statement` counts from 0 in its policy."""

    how: Literal["allowed", "no longer denied"]
    principal: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    statement: int
    doubt: Unknown | None = None


def opened(before: Policy | Unknown | None, after: Policy | Unknown | None) -> Iterator[Opening]:
    """The openings between two policies of one resource; an Unknown one is an opening in doubt."""
    if isinstance(after, Unknown) or isinstance(before, Unknown):
        unknown = after if isinstance(after, Unknown) else before
        if before != after and isinstance(unknown, Unknown):
            yield Opening("allowed", "", (), (), 0, unknown.plain())
        return
    old = before.document if before is not None else PolicyDocument("2012-10-17", ())
    new = after.document if after is not None else PolicyDocument("2012-10-17", ())
    if old == new:
        return
    if new.more is not None and new.more != old.more:
        yield Opening("allowed", "", (), (), 0, new.more.plain())
    for statement in new.statements:
        if statement.effect == "Allow":
            yield from _granted(statement, old)
    for statement in old.statements:
        kept = any(each.effect == "Deny" and _says_at_least(each, statement) for each in new.statements)
        # A Deny of nobody whom the policy lets in takes nothing away when it goes.
        if statement.effect == "Deny" and not kept and any(each.effect == "Allow" for each in new.statements):
            yield Opening(
                "no longer denied",
                _principals(statement),
                _spelled(statement.action),
                _spelled(statement.resource),
                statement.index,
            )


def _granted(statement: Statement, old: PolicyDocument) -> Iterator[Opening]:
    selector = statement.principal or _NO_ONE
    if selector.negated:
        if not any(each.effect == "Allow" and _says_at_least(each, statement) for each in old.statements):
            yield Opening(
                "allowed",
                _principals(statement),
                _spelled(statement.action),
                _spelled(statement.resource),
                statement.index,
                selector.more,
            )
        return
    for item in selector.items:
        actions = [
            term
            for term in statement.action.terms.items
            if not any(_grants(each, item, term, statement) for each in old.statements)
        ]
        if actions:
            unknown = item.value if isinstance(item.value, Unknown) else statement.conditions_more
            spelled = tuple(map(str, actions))
            yield Opening(
                "allowed",
                _principal(item),
                tuple(f"not {each}" for each in spelled) if statement.action.negated else spelled,
                _spelled(statement.resource),
                statement.index,
                unknown.plain() if unknown is not None else None,
            )
    if selector.more is not None and not any(
        each.principal is not None and each.principal.more == selector.more for each in old.statements
    ):
        yield Opening(
            "allowed", "", _spelled(statement.action), _spelled(statement.resource), statement.index, selector.more
        )


def _grants(old: Statement, principal: PrincipalTerm, action: Term, new: Statement) -> bool:
    """Whether the older statement surely gave this principal this action, wherever and whenever the newer does."""
    if old.effect != "Allow" or not _under_no_more(old, new) or not _on_at_least(old, new):
        return False
    if old.principal is None or old.principal.negated or not _names(old.principal, principal):
        return False
    if new.action.negated or old.action.negated:
        return old.action == new.action
    question = lowered(action)
    return any(covers(_read(lowered(each)), question, some_request=False) is True for each in old.action.terms.items)


def _says_at_least(one: Statement, other: Statement) -> bool:
    """Whether a statement says all that another of its effect says."""
    return (
        one.principal == other.principal
        and _under_no_more(one, other)
        and _on_at_least(one, other)
        and (
            one.action == other.action
            or (
                not one.action.negated
                and not other.action.negated
                and all(
                    any(
                        covers(_read(lowered(mine)), lowered(theirs), some_request=False) is True
                        for mine in one.action.terms.items
                    )
                    for theirs in other.action.terms.items
                )
            )
        )
    )


def _under_no_more(one: Statement, other: Statement) -> bool:
    """Whether each condition of a statement is one of the other's too."""
    if one.conditions_more is not None:
        return one.conditions_more == other.conditions_more and one.conditions == other.conditions
    theirs = {(each.operator, each.key.lower(), each.values) for each in other.conditions}
    return all((each.operator, each.key.lower(), each.values) in theirs for each in one.conditions)


def _on_at_least(one: Statement, other: Statement) -> bool:
    if one.resource == other.resource or one.resource is None:
        return True
    if other.resource is None or one.resource.negated or other.resource.negated:
        return False
    patterns = [_read(each) for each in one.resource.terms.items]
    return other.resource.terms.more is None and all(
        any(covers(pattern, each, some_request=False) is True for pattern in patterns)
        for each in other.resource.terms.items
    )


def _names(selector: PrincipalSelector, principal: PrincipalTerm) -> bool:
    return any(
        each == principal
        or each.type == "*"
        or (each.type == "AWS" and each.value == "*" and principal.type in ("AWS", "*"))
        for each in selector.items
    )


def _principal(item: PrincipalTerm) -> str:
    return "everybody" if "*" in (item.type, item.value) else str(item.value)


def _principals(statement: Statement) -> str:
    selector = statement.principal or _NO_ONE
    names = ", ".join(map(_principal, selector.items))
    return f"all but {names}" if selector.negated else names


def _spelled(selector: Selector | None) -> tuple[str, ...]:
    if selector is None:
        return ()
    return tuple(f"not {each}" if selector.negated else str(each) for each in selector.terms.items)


def _read(term: Term) -> Template:
    return template(term, variables=True, wildcards=True)


__all__ = ["Opening", "opened"]
