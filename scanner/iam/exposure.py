"""Whom a resource policy lets in: everybody, or somebody of another account.

What restricts a grant to everybody is taken from "Blocking public access to your Amazon S3 storage" (the meaning of
"public"), "Block public access for Lambda", "Blocking public access to file systems" and "Default key policies" of KMS.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from scanner.base.record import record, replace
from scanner.iam.coverage import any_covers, lowered
from scanner.iam.policy_document import Condition, PolicyDocument, PrincipalTerm, Selector, Statement
from scanner.iam.terms import ARN_SEGMENTS, Term, Terms, is_settled
from scanner.iam.variables import template
from scanner.model.partial_text import Text
from scanner.model.truth import Truth, conj, disj, negate
from scanner.model.unknown import Reference, Unknown

_ACCOUNT = re.compile(r"\A\d{12}\Z")
_COLONS_BEFORE_ACCOUNT = 4
# By IP version: S3 counts wider ranges than these as everybody.
_WIDEST = {4: 8, 6: 32}
_ROOT = ":root"
_CLOUDFRONT = "iam::cloudfront:user/CloudFront Origin Access Identity "
_UNIQUE_ID = re.compile(r"\AA[A-Z]{3}[A-Z0-9]{12,}\Z")

# How a value of each key must look to narrow "everybody" to somebody.
_PLAIN_KEYS = frozenset(
    {
        "aws:principalaccount",
        "aws:principalorgid",
        "aws:principalservicename",
        "aws:sourceaccount",
        "aws:sourceorgid",
        "aws:sourceowner",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "aws:userid",
        "aws:vpceaccount",
        "aws:vpceorgid",
        "kms:calleraccount",
        "s3:dataaccesspointaccount",
        "s3:x-amz-server-side-encryption-aws-kms-key-id",
    }
)
_PATH_KEYS = frozenset({"aws:principalorgpaths", "aws:sourceorgpaths", "aws:vpceorgpaths"})
_ARN_KEYS = frozenset({"aws:principalarn", "aws:sourcearn", "s3:dataaccesspointarn"})
_EXACT_VALUES = {
    "aws:principalisawsservice": "true",
    "elasticfilesystem:accessedviamounttarget": "true",
    "lambda:functionurlauthtype": "aws_iam",
}
_ACCOUNT_KEYS = frozenset(
    {
        "aws:principalaccount",
        "aws:sourceaccount",
        "aws:sourceowner",
        "aws:vpceaccount",
        "kms:calleraccount",
        "s3:dataaccesspointaccount",
    }
)
_ORGANISATION_KEYS = frozenset({"aws:principalorgid", "aws:sourceorgid", "aws:vpceorgid"})
_NETWORK_KEYS = frozenset({"aws:sourcevpc", "aws:sourcevpce"})


@record
class Insiders:
    """The accounts and organisations that count as one's own; members may be unknown, with their symbols."""

    accounts: tuple[Term, ...] = ()
    organisations: tuple[Term, ...] = ()


def public(document: PolicyDocument) -> Truth:
    """Whether some Allow is open to everybody and no condition or Deny narrows it to fixed values."""
    return _some_grant(document, _to_everybody, _narrows_to_somebody)


def outside(document: PolicyDocument, insiders: Insiders, agreed: frozenset[str] = frozenset()) -> Truth:
    """Whether some Allow reaches a principal that is not of `insiders`.

    `agreed` are condition keys, in lower case, whose value an outsider must know to come in: demanding one is narrow.
    """

    def grants(statement: Statement) -> Truth:
        if statement.principal is None:
            return False
        if statement.principal.negated:
            return True
        found = disj(_foreign(item, insiders) for item in statement.principal.items)
        return statement.principal.more if found is False and statement.principal.more else found

    def narrows(condition: Condition) -> Truth:
        if condition.key.lower() in agreed and _positive(condition) and "*" not in condition.values.items:
            return True
        return _narrows_to_insiders(condition, insiders)

    return _some_grant(document, grants, narrows)


def _some_grant(
    document: PolicyDocument, grants: Callable[[Statement], Truth], narrows: Callable[[Condition], Truth]
) -> Truth:
    found = disj(
        conj(
            (
                statement.effect if isinstance(statement.effect, Unknown) else statement.effect == "Allow",
                grants(statement),
                negate(_narrowed(statement, narrows)),
                negate(_denied_to_others(document, statement, narrows)),
            )
        )
        for statement in document.statements
    )
    if found is False and document.more is not None:
        return document.more
    if found is True and document.more is not None:
        # A statement nobody has read may be a Deny.
        return document.more
    return found


def _to_everybody(statement: Statement) -> Truth:
    principal = statement.principal
    if principal is None:
        return False
    if principal.negated:
        return True
    found = disj(is_everybody(item) for item in principal.items)
    return principal.more if found is False and principal.more is not None else found


def is_everybody(item: PrincipalTerm) -> Truth:
    """Whether the principal is `*`; that of a Service is no wildcard."""
    if item.type not in ("*", "AWS"):
        return False
    value = item.value
    if isinstance(value, str):
        return value == "*"
    # The id or ARN of a resource is never a `*` and never empty.
    if isinstance(value, Text):
        possible = value.equals("*") is not False and not any(is_settled(hole) for hole in value.holes)
        return value.unknown if possible else False
    return False if is_settled(value) else value


def is_whole_account(item: PrincipalTerm) -> Truth:
    """Whether the principal is an account as such: "AWS JSON policy elements: Principal", account principals."""
    if item.type != "AWS":
        return False
    value = item.value
    if isinstance(value, str):
        return value.endswith(_ROOT) or _ACCOUNT.match(value) is not None
    if isinstance(value, Text):
        if value.suffix.endswith(_ROOT):
            return True
        # What deployment names is no root; any other end may still be written so.
        possible = _ROOT.endswith(value.suffix) and not is_settled(value.holes[-1])
        return value.unknown if possible else False
    if is_settled(value):
        # The account that it is deployed to, by `Ref` of the pseudo parameter; anything else that is settled is an ARN.
        return value.symbol is not None and "AWS::AccountId" in value.symbol
    return value


def _narrowed(statement: Statement, narrows: Callable[[Condition], Truth]) -> Truth:
    found = disj(narrows(condition) for condition in statement.conditions)
    return statement.conditions_more if found is False and statement.conditions_more is not None else found


def _denied_to_others(document: PolicyDocument, allow: Statement, narrows: Callable[[Condition], Truth]) -> Truth:
    """Whether a Deny takes from all others what `allow` gives: unconditional, or under the negation of what narrows."""
    return disj(_denies_others(statement, allow, narrows) for statement in document.statements)


def _denies_others(deny: Statement, allow: Statement, narrows: Callable[[Condition], Truth]) -> Truth:
    if deny.effect == "Allow" or deny is allow:
        return False
    if deny.action.negated or (deny.resource is not None and deny.resource.negated):
        return False
    principal = deny.principal
    if principal is None or principal.negated:
        return False
    everybody = disj(is_everybody(item) for item in principal.items)
    if everybody is False:
        everybody = principal.more or False
    conditions = [
        disj((_is_negation_of(condition, narrows), _spares_services(condition))) for condition in deny.conditions
    ]
    return conj(
        (
            everybody,
            _covers_all(deny.action.terms, allow.action, actions=True),
            deny.resource is None or _covers_all(deny.resource.terms, allow.resource, actions=False),
            *conditions,
            deny.conditions_more or True,
            deny.effect if isinstance(deny.effect, Unknown) else True,
        )
    )


def _covers_all(wide: Terms, narrow: Selector | None, *, actions: bool) -> Truth:
    """Whether every pattern of `narrow` is covered by one of `wide`."""
    if "*" in wide.items:
        return True
    if narrow is None or narrow.negated:
        return wide.more or False
    shown = Terms(tuple(lowered(term) if actions else term for term in wide.items), wide.more)
    patterns = [template(term, variables=False, wildcards=True) for term in shown.items]
    covered = (
        any_covers(patterns, shown, lowered(term) if actions else term, some_request=False)
        for term in narrow.terms.items
    )
    return conj((*covered, narrow.terms.more or True))


def _is_negation_of(condition: Condition, narrows: Callable[[Condition], Truth]) -> Truth:
    """`StringNotEquals` and its like: the Deny spares only those whom the positive operator would let in."""
    operator = condition.operator
    if not operator.negated or operator.quantifier == "any":
        return False
    return narrows(replace(condition, operator=replace(operator, negated=False, quantifier="one", if_exists=False)))


def _spares_services(condition: Condition) -> bool:
    key = condition.key.lower()
    return (
        key in ("aws:principalisawsservice", "aws:viaawsservice")
        and condition.operator.family == "bool"
        and condition.values.items == ("false",)
    )


def _positive(condition: Condition) -> bool:
    operator = condition.operator
    # Without the key `IfExists` and `ForAllValues` hold for everybody.
    holds_without = operator.negated or operator.if_exists or operator.quantifier == "all"
    return not holds_without and operator.family != "null"


def _narrows_to_somebody(condition: Condition) -> Truth:
    key = condition.key.lower()
    if not _positive(condition):
        return False
    if key in _EXACT_VALUES:
        return _all_values(condition, lambda value: value.lower() == _EXACT_VALUES[key])
    if key in ("aws:sourceip", "aws:vpcsourceip") and condition.operator.family == "ip":
        return _all_values(condition, _is_narrow_network)
    exact = condition.operator.comparison != "like"
    if key in _PLAIN_KEYS:
        return _all_values(condition, lambda value: _is_fixed(value, exact))
    if key in _PATH_KEYS:
        return _all_values(condition, lambda value: _is_fixed(value.partition("/")[0], exact))
    if key in _ARN_KEYS:
        return _all_values(condition, lambda value: _is_fixed(value, exact) or _names_an_owner(value))
    return False


def _all_values(condition: Condition, holds: Callable[[str], bool]) -> Truth:
    def judged(value: Term) -> Truth:
        if isinstance(value, str):
            return holds(value)
        if isinstance(value, Text):
            # What only deployment decides holds neither wildcards nor variables: any such name will do in its place.
            sample = "".join(part if isinstance(part, str) else "1" * 12 for part in value.parts)
            settled = all(is_settled(part) for part in value.holes)
            return (holds(sample) if settled else value.unknown) if "${" not in sample else False
        return True if is_settled(value) and condition.operator.family != "ip" else value

    if not condition.values.items and condition.values.more is None:
        return False
    return conj((*map(judged, condition.values.items), condition.values.more or True))


def _is_fixed(value: str, exact: bool) -> bool:
    if "${" in value:
        return False
    return bool(value) and (exact or not ("*" in value or "?" in value))


def _names_an_owner(arn: str) -> bool:
    """An ARN pattern that pins the account, or the whole name where the service's ARNs carry no account."""
    parts = arn.split(":", 5)
    if len(parts) < ARN_SEGMENTS:
        return False
    account, resource = parts[4], parts[5]
    if account:
        return _is_fixed(account, False)
    return parts[2] == "s3" and _is_fixed(resource.partition("/")[0], False)


def _is_narrow_network(value: str) -> bool:
    from ipaddress import ip_network  # 3 ms, and few policies name addresses

    try:
        network = ip_network(value, strict=False)
    except ValueError:
        return False
    return network.is_private or network.prefixlen >= _WIDEST[network.version]


def _foreign(item: PrincipalTerm, insiders: Insiders) -> Truth:
    if item.type in ("Service", "Federated"):
        return False
    value = item.value
    if isinstance(value, Reference) or _is_own_identity(value):
        return False
    if item.type == "CanonicalUser":
        return Unknown("undeclared", "the policy names a canonical user id, and which account that is cannot be told")
    if value == "*":
        return True
    if isinstance(value, Unknown) and not is_settled(value):
        return value
    inside = is_inside(account_of(value), insiders.accounts)
    if inside is False and insiders.organisations:
        return Unknown("undeclared", f"whether `{value}` belongs to the organisation is not known")
    return negate(inside)


def _is_own_identity(value: Term) -> bool:
    """Whether it is an origin access identity of the scanned set, whose ARN has no account.

    "Restrict access to an Amazon S3 origin", the section on origin access identities.
    """
    if not isinstance(value, Text) or not isinstance(value.parts[-1], Reference):
        return False
    return str(value.parts[-2]).endswith(f":{_CLOUDFRONT}") if len(value.parts) > 1 else False


def account_of(value: Term) -> Term:
    """The account of a principal: itself, or the fifth segment of the ARN."""
    if isinstance(value, str):
        if _ACCOUNT.match(value):
            return value
        parts = value.split(":", 5)
        if len(parts) == ARN_SEGMENTS and _ACCOUNT.match(parts[4]):
            return parts[4]
        kind = "unique id" if _UNIQUE_ID.match(value) else "principal"
        return Unknown("undeclared", f"which account the {kind} `{value}` belongs to cannot be told")
    return _account_in(value) if isinstance(value, Text) else value


def _account_in(arn: Text) -> Term:
    colons = 0
    account: list[str | Unknown] = []
    for part in arn.parts:
        if isinstance(part, Unknown):
            if colons == 0 and isinstance(part, Reference):
                # The ARN of a resource of the scanned set, with something behind it.
                return part
            if colons == _COLONS_BEFORE_ACCOUNT:
                account.append(part)
            elif colons < _COLONS_BEFORE_ACCOUNT and not is_settled(part):
                return part
            continue
        for index, piece in enumerate(part.split(":")):
            colons += 1 if index else 0
            if colons == _COLONS_BEFORE_ACCOUNT and piece:
                account.append(piece)
    return account[0] if len(account) == 1 else arn.unknown


def is_inside(account: Term, own: tuple[Term, ...]) -> Truth:
    """Whether the account is one of one's own; Unknown where none is declared. What a resource of the set refers to is
    one's own."""
    if isinstance(account, Reference):
        return True
    found = disj(_same(account, other) for other in own)
    if found is False and not own:
        return Unknown("undeclared", "which accounts are one's own is not declared")
    return found


def _same(left: Term, right: Term) -> Truth:
    if isinstance(left, str) and isinstance(right, str):
        return left == right
    if left == right and isinstance(left, Unknown) and left.symbol is not None:
        return True
    return _unknown(left if not isinstance(left, str) else right)


def _unknown(term: Term) -> Unknown:
    if isinstance(term, Unknown):
        return term
    return term.unknown if isinstance(term, Text) else Unknown("deploy-time", f"`{term}` is known only at deployment")


def _narrows_to_insiders(condition: Condition, insiders: Insiders) -> Truth:
    key = condition.key.lower()
    if not _positive(condition):
        return False
    values = condition.values
    if not values.items and values.more is None:
        return False
    rest: Truth = values.more or True
    if key in _ACCOUNT_KEYS:
        return conj((*(is_inside(value, insiders.accounts) for value in values.items), rest))
    if key in _ORGANISATION_KEYS:
        if not insiders.organisations:
            return Unknown("undeclared", "which organisation is one's own is not declared")
        found = (disj(_same(value, own) for own in insiders.organisations) for value in values.items)
        return conj((*found, rest))
    if key in _PATH_KEYS:
        if not insiders.organisations:
            return Unknown("undeclared", "which organisation is one's own is not declared")
        heads = (value.partition("/")[0] if isinstance(value, str) else value for value in values.items)
        return conj((*(disj(_same(head, own) for own in insiders.organisations) for head in heads), rest))
    if key in _ARN_KEYS:
        return conj((*(_arn_is_inside(value, insiders) for value in values.items), rest))
    if key in _NETWORK_KEYS:
        return Unknown("undeclared", f"whose network `{condition.key}` names cannot be told")
    return _narrows_to_somebody(condition) if key == "aws:principalisawsservice" else False


def _arn_is_inside(value: Term, insiders: Insiders) -> Truth:
    if isinstance(value, str) and not _names_an_owner(value):
        return False
    return is_inside(account_of(value), insiders.accounts)
