"""What rules may ask of a policy document. Each answer is three-valued: a value, or the Unknown that decides it.

Every function takes the document as it was resolved: a mapping, its JSON text, an Unknown, or None where there is no
policy. A part that IAM would refuse counts as unknown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

from scanner.base.record import replace
from scanner.iam.coverage import any_covers, lowered, none_overlaps
from scanner.iam.exposure import Insiders, is_everybody, is_whole_account, outside, public
from scanner.iam.policy_document import (
    Condition,
    PolicyDocument,
    PrincipalSelector,
    PrincipalTerm,
    Selector,
    Statement,
    parse_document,
)
from scanner.iam.terms import ARN_SEGMENTS, Term, Terms, is_settled
from scanner.iam.variables import Template, resource_template, template, variables_of
from scanner.model.number_text import number_of
from scanner.model.partial_text import Text, text_of
from scanner.model.truth import Truth, conj, disj, negate
from scanner.model.unknown import OpenList, Unknown, first_unknown

# Older versions count as no TLS.
_OLDEST_TLS, _NEWEST_OLD_TLS = 1.2, 1.1
# "Security best practices for Amazon S3", "... Amazon SQS", "... Amazon SNS": what a policy must refuse without TLS.
# Where a service's policies take no `service:*`, the actions that carry data.
_TLS_ACTIONS: dict[str, tuple[str, ...]] = {"s3": ("s3:*",), "sqs": ("sqs:*",), "sns": ("sns:publish",)}
# Requests that read or change data; a Deny on these is what keeps it inside.
_DATA_ACTIONS: dict[str, tuple[str, ...]] = {
    "s3": ("s3:GetObject", "s3:PutObject", "s3:ListBucket"),
    "dynamodb": ("dynamodb:GetItem", "dynamodb:Query", "dynamodb:Scan", "dynamodb:PutItem", "dynamodb:UpdateItem"),
}
# What works on the bucket itself; all else of S3's works on its objects.
_ON_BUCKET = ("s3:*", "s3:ListBucket")
_NETWORKS = frozenset({"aws:sourcevpc", "aws:sourcevpce"})
_SPARED = frozenset({"aws:principalarn", "aws:calledvia", "aws:principalservicename"})
# What a third party is told by the role's owner.
_AGREED = frozenset({"sts:externalid"})


def statements(document: object) -> list[object] | Unknown:
    """The statements with a list for every element; an element that is not there is an empty list.

    Principals are `{type, value}`, conditions `{operator, key, values}`. Open lists stand where more may follow.
    """
    parsed = _parsed(document)
    if parsed is None:
        return []
    if parsed.more is not None and not parsed.statements:
        return parsed.more
    listed: list[object] = [_listed_once(statement) for statement in parsed.statements]
    return listed if parsed.more is None else OpenList(listed, parsed.more)


def allows(document: object, action: object, resource: object, unconditional: bool = False) -> bool | Unknown:
    """Whether one statement allows all of `action` on all of `resource`, and no unconditional Deny takes it away.

    Both may hold wildcards, and then the statement must cover everything they stand for. Conditions and policy
    variables are met by some request: with `unconditional`, statements that have any do not count.
    """
    parsed = _parsed(document)
    if parsed is None:
        return False
    if not isinstance(action, str | Text | Unknown):
        return first_unknown(action) or False
    if not isinstance(resource, str | Text | Unknown):
        return first_unknown(resource) or False
    return _allows(parsed, action, resource, unconditional)


def is_admin(document: object) -> bool | Unknown:
    """Whether the document allows every action on every resource, or all but some that leave `iam:*` open: by
    `NotAction`, or by `NotResource` beside all actions."""
    parsed = _parsed(document)
    if parsed is None:
        return False
    parsed = _of_all_resources(parsed)
    everything = _allows(parsed, "*:*", "*", False)
    if everything is True:
        return True
    all_but = disj(
        _allowing(statement, "iam:*", _all_of_iam(statement), parsed, unconditional=False)
        for statement in parsed.statements
        if statement.action.negated or _spares_resources(statement)
    )
    if all_but is False:
        return everything
    return disj((everything, conj((all_but, negate(_denied(parsed, "*:*", "*"))))))


def _spares_resources(statement: Statement) -> bool:
    """Whether it is about all actions, on all but the resources that it names."""
    selector = statement.resource
    return selector is not None and selector.negated and _action_covered(statement, "*:*") is True


def _all_of_iam(statement: Statement) -> str:
    negated = statement.resource is not None and statement.resource.negated
    return "arn:aws:iam::*:*" if negated else "*"


def _of_all_resources(parsed: PolicyDocument) -> PolicyDocument:
    """The document with `*` wherever an ARN stands for everything: `arn:*`, `arn:aws:*`, `arn:aws:*:*:*:*`.

    That of one account counts as well: who does everything in it gives itself the rest.
    """
    return replace(parsed, statements=tuple(map(_with_all_resources, parsed.statements)))


def _with_all_resources(statement: Statement) -> Statement:
    selector = statement.resource
    if selector is None or selector.negated or statement.effect == "Deny":
        return statement
    items = tuple("*" if _is_everything(term) else term for term in selector.terms.items)
    return replace(statement, resource=replace(selector, terms=Terms(items, selector.terms.more)))


def _is_everything(term: Term) -> bool:
    """Whether wildcards fill all segments of an ARN but its partition and account, which deployment may give."""
    if isinstance(term, Unknown):
        return False
    parts = term.parts if isinstance(term, Text) else (term,)
    if not all(isinstance(part, str) or is_settled(part) for part in parts):
        return False
    segments = "".join(part if isinstance(part, str) else "named" for part in parts).split(":", ARN_SEGMENTS - 1)
    if segments[0] not in ("arn", "*") and set(segments[0]) != {"*"}:
        return False
    if len(segments) == ARN_SEGMENTS:
        # arn, partition, service, region, account, resource
        return all(set(segments[index]) == {"*"} for index in (2, 3, 5))
    return set(segments[-1]) == {"*"} and all(set(each) == {"*"} for each in segments[2:])


def denies_without_tls(document: object, service: str = "s3") -> bool | Unknown:
    """Whether every request without TLS is refused: by all principals, for all actions, on the bucket and its objects.

    A Deny counts only if nothing but the missing TLS decides it; one action, one principal or a further condition make
    it weaker than that. `s3:TlsVersion` alone is unknown: no AWS document says that plain HTTP carries it.
    """
    parsed = _parsed(document)
    if parsed is None:
        return False
    fires = {statement.index: _fires_without_tls(statement) for statement in parsed.statements}
    return _refused(parsed, fires, _TLS_ACTIONS.get(service, (f"{service}:*",)), service)


def denies_outside_network(document: object, service: str = "s3") -> bool | Unknown:
    """Whether requests for data are refused unless they come through a VPC or endpoint that the document names.

    "Controlling access from VPC endpoints with bucket policies". Beside the network, a Deny may spare principals by
    their ARN and calls that AWS services make; anything else makes it weaker than that.
    """
    parsed = _parsed(document)
    if parsed is None:
        return False
    fires = {statement.index: _fires_outside_network(statement) for statement in parsed.statements}
    return _refused(parsed, fires, _DATA_ACTIONS.get(service, (f"{service}:*",)), service)


def _refused(
    parsed: PolicyDocument, fires: Mapping[int, Truth], actions: tuple[str, ...], service: str
) -> bool | Unknown:
    """Whether statements that fire cover all that the document is about: of S3 the bucket and its objects.

    Several may do so together: one refuses listing the bucket, another one reading its objects.
    """
    candidates = [one for one in parsed.statements if fires[one.index] is not False]
    if service != "s3":
        found = conj(
            disj(conj((fires[one.index], _action_covered(one, action), _names_something(one))) for one in candidates)
            for action in actions
        )
        return found if found is True or parsed.more is None else parsed.more
    buckets = {bucket for one in candidates for bucket in _buckets(one)}
    found = disj(
        conj(
            disj(
                conj((fires[one.index], _action_covered(one, action), _resource_covered(one, asked, parsed, False)))
                for one in candidates
            )
            for action, asked in _parts_of_bucket(bucket, actions)
        )
        for bucket in sorted(buckets, key=str)
    )
    return found if found is True or parsed.more is None else parsed.more


def _parts_of_bucket(bucket: Term, actions: tuple[str, ...]) -> Iterator[tuple[str, Term]]:
    """Each action with the ARNs that it works on."""
    for action in actions:
        if action in _ON_BUCKET:
            yield action, bucket
        if action != "s3:ListBucket":
            yield action, _append(bucket, "/*")


def denies(document: object, action: str, resource: str = "*") -> bool | Unknown:
    """Whether a Deny without conditions takes the action on the resource from everybody."""
    parsed = _parsed(document)
    if parsed is None:
        return False
    found = _denied(parsed, action, resource)
    return parsed.more if found is False and parsed.more is not None else found


def grants_public(document: object, *actions: object) -> bool | Unknown:
    """Whether an Allow is open to everybody in AWS' meaning: no fixed account, network, organisation or ARN.

    With `actions`, which may hold wildcards, only for a statement that takes in some of one of them.
    """
    parsed = _parsed(document)
    if parsed is None:
        return False
    if not actions:
        return public(parsed)
    # Denies stay in: one may narrow what another statement gives.
    found = disj(
        conj((_action_touched(one, action), public(replace(parsed, statements=_alone(parsed, one), more=None))))
        for one in parsed.statements
        if one.effect != "Deny"
        for action in actions
        if isinstance(action, str)
    )
    return parsed.more if found is False and parsed.more is not None else found


def _alone(document: PolicyDocument, kept: Statement) -> tuple[Statement, ...]:
    return tuple(one for one in document.statements if one is kept or one.effect == "Deny")


def _action_touched(statement: Statement, action: str) -> Truth:
    """Whether the statement's actions and those that `action` stands for have any in common."""
    terms = statement.action.terms
    patterns = [template(lowered(term), variables=False, wildcards=True) for term in terms.items]
    if statement.action.negated:
        return negate(any_covers(patterns, terms, lowered(action), some_request=True))
    return negate(none_overlaps(patterns, terms, lowered(action)))


def grants_outside(document: object, account: object = None, organisation: object = None) -> bool | Unknown:
    """Whether an Allow reaches a principal outside the account or accounts and, if given, the organisation.

    Services and federated providers are not outside. Each may be one value or a list, known or not; a foreign account
    is unknown where an organisation is given, as it may be a member.
    """
    parsed = _parsed(document)
    if parsed is None:
        return False
    return outside(parsed, Insiders(_members(account), _members(organisation)))


def admits_service(document: object, service: str) -> bool | Unknown:
    """Whether some Allow names the service principal, or everybody; what else narrows it does not count."""
    parsed = _parsed(document)
    if parsed is None:
        return False
    found = disj(conj((negate(_is(one, "Deny")), _names_service(one, service))) for one in parsed.statements)
    return parsed.more if found is False and parsed.more is not None else found


def _names_service(statement: Statement, service: str) -> Truth:
    principal = statement.principal
    if principal is None:
        return False
    if principal.negated:
        return True

    def named(item: PrincipalTerm) -> Truth:
        if item.type != "Service":
            return is_everybody(item)
        return item.value == service if isinstance(item.value, str) else first_unknown(item.value) or False

    found = disj(named(item) for item in principal.items)
    return principal.more if found is False and principal.more is not None else found


def admits_strangers(document: object, account: object = None) -> bool | Unknown:
    """Whether a trust policy lets somebody outside the account assume the role without an external id.

    "How to use an external ID when granting access to your AWS resources to a third party".
    """
    parsed = _parsed(document)
    if parsed is None:
        return False
    own = Unknown("deploy-time", "which account it is deployed to is not known") if account is None else account
    return outside(parsed, Insiders(_members(own)), _AGREED)


def whole_accounts(document: object) -> list[object] | Unknown:
    """The principals of Allow statements that stand for all of an account, by its id or its root's ARN.

    A condition on `aws:PrincipalArn` names the caller, so what has one is left out, and so is what a Deny beside it
    leaves to callers of a name.
    """
    parsed = _parsed(document)
    if parsed is None:
        return []
    found: list[object] = []
    unknown = parsed.more
    for statement in parsed.statements:
        if statement.effect == "Deny" or statement.principal is None or statement.principal.negated:
            continue
        named = disj((*map(_names_caller, statement.conditions), _is_left_to_named(statement, parsed)))
        if named is True:
            continue
        doubt = statement.conditions_more or _is(statement, "Allow")
        doubt = named if isinstance(named, Unknown) else doubt
        unknown = unknown or statement.principal.more
        for item in statement.principal.items:
            whole = is_whole_account(item)
            if whole is True and not isinstance(doubt, Unknown):
                found.append(item.value)
            elif whole is not False:
                unknown = unknown or (whole if isinstance(whole, Unknown) else first_unknown(doubt))
    return found if unknown is None else OpenList(found, unknown)


def _names_caller(condition: Condition) -> Truth:
    """Whether only callers of a name are let in: demanded of each, and not by a wildcard for all of them."""
    operator = condition.operator
    return not operator.negated and not operator.if_exists and operator.quantifier != "all" and _is_of_names(condition)


def _is_left_to_named(allowing: Statement, parsed: PolicyDocument) -> Truth:
    """Whether a Deny of everybody refuses all that the statement allows to callers without a name of its list."""
    found = disj(conj(_refusing_others(each, allowing, parsed)) for each in parsed.statements)
    return parsed.more if found is False and parsed.more is not None else found


def _refusing_others(denying: Statement, allowing: Statement, parsed: PolicyDocument) -> Iterator[Truth]:
    """What must hold, the cheapest first."""
    yield _is(denying, "Deny")
    # One condition more would spare whoever does not meet it.
    yield len(denying.conditions) == 1 or (not denying.conditions and denying.conditions_more) or False
    yield from map(_refuses_others, denying.conditions)
    yield denying.conditions_more or True
    yield denying.principal is not None and _everybody(denying)
    yield from (_action_covered(denying, action) for action in _all_terms(allowing.action))
    if allowing.resource is not None:
        yield from (_resource_covered(denying, each, parsed, False) for each in _all_terms(allowing.resource))


def _all_terms(selector: Selector) -> Iterator[Term]:
    """All that the selector takes in, rather too much."""
    if selector.negated:
        yield "*"
        return
    yield from selector.terms.items
    if selector.terms.more is not None:
        yield selector.terms.more


def _refuses_others(condition: Condition) -> Truth:
    return condition.operator.negated and condition.operator.quantifier == "one" and _is_of_names(condition)


def _is_of_names(condition: Condition) -> Truth:
    if condition.key.lower() != "aws:principalarn" or condition.operator.family not in ("arn", "string"):
        return False
    found = conj(_is_a_name(value) for value in condition.values.items)
    return found if found is False or condition.values.more is None else condition.values.more


def _is_a_name(value: Term) -> Truth:
    """Whether an ARN ends in a name and not in a wildcard for every one; what deployment names is no wildcard."""
    last = value if isinstance(value, str | Unknown) else value.parts[-1]
    if isinstance(last, str):
        return not set(last.rpartition(":")[2].rpartition("/")[2]) <= {"*", "?"}
    return is_settled(last) or last


def _members(value: object) -> tuple[Term, ...]:
    if value is None:
        return ()
    if isinstance(value, list):
        members = tuple(item for item in value if isinstance(item, str | Text | Unknown))
        return (*members, value.unknown) if isinstance(value, OpenList) else members
    return (value,) if isinstance(value, str | Text | Unknown) else (str(value),)


@lru_cache(maxsize=256)
def _parsed_text(text: str) -> PolicyDocument:
    return parse_document(text)


def _parsed(document: object) -> PolicyDocument | None:
    if document is None:
        return None
    return _parsed_text(document) if isinstance(document, str) else parse_document(document)


def _listed_once(statement: Statement) -> dict[str, object]:
    known = _answers_of(statement)
    found = known.get(None)  # no action and no resource is that
    if not isinstance(found, dict):
        found = known[None] = _listed(statement)
    return found


# By statement, what was asked of it before: rules ask the same of the same one after the other.
_answers: dict[int, tuple[Statement, dict[object, object]]] = {}
_MOST_ANSWERED = 512


def _answers_of(statement: Statement) -> dict[object, object]:
    known = _answers.get(id(statement))
    if known is None:
        if len(_answers) >= _MOST_ANSWERED:
            _answers.clear()
        known = _answers[id(statement)] = statement, {}
    return known[1]


def _listed(statement: Statement) -> dict[str, object]:
    action, resource, principal = statement.action, statement.resource, statement.principal
    conditions: list[object] = [
        {"operator": str(one.operator), "key": one.key, "values": _values(one.values)} for one in statement.conditions
    ]
    if statement.conditions_more is not None:
        conditions = OpenList(conditions, statement.conditions_more)
    return {
        "Sid": statement.sid,
        "Effect": statement.effect,
        "Actions": _selected(action, False),
        "NotActions": _selected(action, True),
        "Resources": _selected(resource, False),
        "NotResources": _selected(resource, True),
        "Principals": _principals(principal, False),
        "NotPrincipals": _principals(principal, True),
        "Conditions": conditions,
        "Source": statement.source,
    }


def _selected(selector: Selector | None, negated: bool) -> list[object]:
    if selector is None:
        return []
    if selector.negated is negated:
        return _values(selector.terms)
    # An element nobody could read may have been the other one.
    unread = not selector.terms.items and selector.terms.more is not None
    return OpenList((), selector.terms.more) if unread and selector.terms.more is not None else []


def _values(terms: Terms) -> list[object]:
    return list(terms.items) if terms.more is None else OpenList(terms.items, terms.more)


def _principals(selector: PrincipalSelector | None, negated: bool) -> list[object]:
    if selector is None or selector.negated is not negated:
        return []
    items: list[object] = [{"type": item.type, "value": item.value} for item in selector.items]
    return items if selector.more is None else OpenList(items, selector.more)


def _allows(document: PolicyDocument, action: Term, resource: Term, unconditional: bool) -> Truth:
    allowed = disj(
        _allowing(statement, action, resource, document, unconditional=unconditional)
        for statement in document.statements
        if statement.effect != "Deny"
    )
    if document.more is not None:
        return document.more
    return allowed if allowed is False else conj((allowed, negate(_denied(document, action, resource))))


def _allowing(
    statement: Statement, action: Term, resource: Term, document: PolicyDocument, *, unconditional: bool
) -> Truth:
    """The cheapest is asked first: most statements are out of the question by their effect or action."""
    effect = _is(statement, "Allow")
    if effect is False or (acts := _action_covered(statement, action)) is False:
        return False
    found = [effect, acts, _resource_covered(statement, resource, document, not unconditional)]
    if unconditional and found[-1] is not False:
        found.append(_unconditional(statement))
    return conj(found)


def _denied(document: PolicyDocument, action: Term, resource: Term) -> Truth:
    return disj(conj(_denying(statement, action, resource, document)) for statement in document.statements)


def _denying(statement: Statement, action: Term, resource: Term, document: PolicyDocument) -> Iterator[Truth]:
    yield _is(statement, "Deny")
    yield _unconditional(statement)
    yield _action_covered(statement, action)
    yield _resource_covered(statement, resource, document, False)
    yield _everybody(statement)


def _is(statement: Statement, effect: str) -> Truth:
    return statement.effect if isinstance(statement.effect, Unknown) else statement.effect == effect


def _unconditional(statement: Statement) -> Truth:
    return False if statement.conditions else (statement.conditions_more or True)


def _everybody(statement: Statement) -> Truth:
    principal = statement.principal
    if principal is None:
        return True
    if principal.negated:
        return False
    found = disj(is_everybody(item) for item in principal.items)
    return principal.more if found is False and principal.more is not None else found


def _action_covered(statement: Statement, action: Term) -> Truth:
    if not isinstance(action, str):
        return _covers_action(statement, action)
    known = _answers_of(statement)
    found = known.get(action)
    if found is None:
        found = known[action] = _covers_action(statement, action)
    return found  # type: ignore[return-value]  # as is kept under an action


def _covers_action(statement: Statement, action: Term) -> Truth:
    terms = statement.action.terms
    patterns = [template(lowered(term), variables=False, wildcards=True) for term in terms.items]
    asked = lowered(action)
    if not statement.action.negated:
        return any_covers(patterns, terms, asked, some_request=True)
    return none_overlaps(patterns, terms, asked)


def _resource_covered(statement: Statement, resource: Term, document: PolicyDocument, some_request: bool) -> Truth:
    if statement.resource is None:
        return True
    if not isinstance(resource, str):
        return _covers_resource(statement.resource, resource, document, some_request)
    known = _answers_of(statement)
    key = (resource, some_request, document.version)
    found = known.get(key)
    if found is None:
        found = known[key] = _covers_resource(statement.resource, resource, document, some_request)
    return found  # type: ignore[return-value]  # as is kept under a resource


def _covers_resource(selector: Selector, resource: Term, document: PolicyDocument, some_request: bool) -> Truth:
    terms = selector.terms
    patterns = _resource_patterns(terms, document)
    if not selector.negated:
        return any_covers(patterns, terms, resource, some_request=some_request)
    return none_overlaps(patterns, terms, resource)


def _resource_patterns(terms: Terms, document: PolicyDocument) -> list[Template]:
    return [resource_template(term, variables=variables_of(document.version)) for term in terms.items]


def _fires_without_tls(statement: Statement) -> Truth:
    asked = [_without_tls(condition) for condition in statement.conditions]
    if _is(statement, "Deny") is False:
        return False
    return conj(
        (
            _is(statement, "Deny"),
            _everybody(statement),
            *asked,
            statement.conditions_more or True,
            bool(asked) or (statement.conditions_more or False),
        )
    )


def _fires_outside_network(statement: Statement) -> Truth:
    networks = [_outside_network(one) for one in statement.conditions if one.key.lower() in _NETWORKS]
    others = [_spares_somebody(one) for one in statement.conditions if one.key.lower() not in _NETWORKS]
    return conj(
        (
            _is(statement, "Deny"),
            _everybody(statement),
            *networks,
            *others,
            statement.conditions_more or True,
            bool(networks) or (statement.conditions_more or False),
        )
    )


def _outside_network(condition: Condition) -> Truth:
    """Whether the condition holds for every request from elsewhere, also for one that carries no such key."""
    if not condition.operator.negated or condition.operator.quantifier == "any":
        return False
    # A wildcard takes every network for the right one; the id of one that deployment names is no wildcard.
    named = conj(_is_one_network(value) for value in condition.values.items)
    return named if named is False or condition.values.more is None else condition.values.more


def _is_one_network(value: Term) -> Truth:
    if isinstance(value, str):
        return value != "" and "*" not in value
    holes = value.holes if isinstance(value, Text) else (value,)
    return next((hole for hole in holes if not is_settled(hole)), True)


def _spares_somebody(condition: Condition) -> Truth:
    key = condition.key.lower()
    if key in ("aws:principalisawsservice", "aws:viaawsservice"):
        found = disj(value if isinstance(value, Unknown) else _is_false(value) for value in condition.values.items)
        return condition.values.more if found is False and condition.values.more is not None else found
    return key in _SPARED and condition.operator.negated and condition.operator.quantifier != "any"


def _without_tls(condition: Condition) -> Truth:
    """Whether the condition holds for every request without TLS."""
    key, operator, values = condition.key.lower(), condition.operator, condition.values
    if operator.negated or operator.quantifier == "any":
        return False
    if key == "aws:securetransport":
        if operator.name not in ("Bool", "StringEquals", "StringEqualsIgnoreCase", "StringLike"):
            return False
        found = disj(value if isinstance(value, Unknown) else _is_false(value) for value in values.items)
        return values.more if found is False and values.more is not None else found
    if key == "s3:tlsversion" and operator.name in ("NumericLessThan", "NumericLessThanEquals"):
        found = disj(_is_modern(value, operator.comparison == "less") for value in values.items)
        if found is not False and not operator.if_exists and operator.quantifier == "one":
            return Unknown("undeclared", "no AWS document says whether plain HTTP carries `s3:TlsVersion`")
        return values.more if found is False and values.more is not None else found
    return False


def _is_false(value: str | Text) -> Truth:
    return value.unknown if isinstance(value, Text) else value.lower() == "false"


def _is_modern(value: Term, below: bool) -> Truth:
    """Whether a bound refuses everything older than TLS 1.2."""
    if not isinstance(value, str):
        return value.unknown if isinstance(value, Text) else value
    bound = number_of(value)
    if bound is None:
        return False
    return bound >= _OLDEST_TLS if below else bound >= _NEWEST_OLD_TLS


def _names_something(statement: Statement) -> Truth:
    selector = statement.resource
    if selector is None:
        return True
    if selector.negated:
        return False
    return True if selector.terms.items else (selector.terms.more or False)


def _buckets(statement: Statement) -> set[Term]:
    """The bucket ARNs that a statement may speak of: a bucket policy can only name its own bucket.

    Where it names everything, any bucket stands for it.
    """
    selector = statement.resource
    if selector is None or selector.negated:
        return set()
    found: set[Term] = set()
    for term in selector.terms.items:
        if isinstance(term, str):
            head = term.partition("/")[0]
            found.add("arn:aws:s3:::any" if "*" in head else head)
        else:
            found.add(_before_slash(term))
    if selector.terms.more is not None:
        found.add("arn:aws:s3:::any")
    return found


def _before_slash(term: Text | Unknown) -> Term:
    if isinstance(term, Unknown):
        return term
    parts: list[str | Unknown] = []
    for part in term.parts:
        if isinstance(part, str) and "/" in part:
            parts.append(part.partition("/")[0])
            break
        parts.append(part)
    return text_of(parts)


def _append(term: Term, suffix: str) -> Term:
    return text_of((term, suffix))
