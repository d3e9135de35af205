"""Which actions of a statement work on which of the resources that it names.

A statement allows an action on an ARN only where the action works on resources of that kind: `s3:GetObject` on a
bucket's own ARN, or `s3:ListBucket` on its objects, gives nobody anything ("IAM JSON policy elements: Resource", and
the resource types of each action in the "Service Authorization Reference"). Whatever the reference does not know counts
as working, and so does an ARN that no other kind of the service has.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache

from scanner.base.record import replace
from scanner.iam.catalogue import Action, catalogue
from scanner.iam.policy_document import PolicyDocument, Statement
from scanner.iam.resource_arns import ArnForm, may_describe, resource_arns
from scanner.iam.terms import ARN_SEGMENTS, Term, Terms
from scanner.model.partial_text import Text
from scanner.model.unknown import Reference

TypeOf = Callable[[Reference], str | None]
_ANY, _SEGMENT = "*", "${tenant}"  # as `may_describe` reads them: any run, and one without `/` and `:`
_VARIABLE = re.compile(r"\$\{[^}]*\}")


def fitting(document: PolicyDocument, type_of: TypeOf, only: tuple[str, ...] = (_ANY,)) -> PolicyDocument:
    """The document without what its Allow statements give nobody, each split where its parts differ.

    `type_of` is the CloudFormation type of the resource that a reference is to; `only` are patterns of the actions
    asked about.
    """
    kept: list[Statement] = []
    for statement in document.statements:
        kept += (statement,) if statement.effect == "Deny" else _split(statement, type_of, only)
    return document if kept == list(document.statements) else replace(document, statements=tuple(kept))


def _split(statement: Statement, type_of: TypeOf, only: tuple[str, ...]) -> Iterator[Statement]:
    action, resource = statement.action, statement.resource
    if resource is None or resource.negated or resource.terms.more is not None or action.negated:
        yield statement
        return
    by_resources: dict[tuple[Term, ...], list[Term]] = {}
    for term in action.terms.items:
        on = tuple(each for each in resource.terms.items if _fits(term, _pattern(each, type_of), only))
        by_resources.setdefault(on, []).append(term)
    more = action.terms.more
    if more is not None and resource.terms.items:
        by_resources.setdefault(resource.terms.items, [])
    for on, actions in by_resources.items():
        if on:
            rest = more if on == resource.terms.items else None
            terms = Terms(tuple(actions), rest)
            yield replace(
                statement,
                action=replace(action, terms=terms),
                resource=replace(resource, terms=Terms(on)),
            )


def _pattern(term: Term, type_of: TypeOf) -> str:
    """The ARN with wildcards in place of what is not known; `*` where nothing is."""
    parts = term.parts if isinstance(term, Text) else (term,)
    found: list[str] = []
    for index, part in enumerate(parts):
        if isinstance(part, str):
            found.append(_VARIABLE.sub(_ANY, part))
        elif index == 0:
            known = _of_reference(part, type_of) if isinstance(part, Reference) else None
            if known is None:
                return _ANY
            found.append(known)
        else:
            found.append(_SEGMENT if isinstance(part, Reference) else _ANY)
    return "".join(found)


def _of_reference(part: Reference, type_of: TypeOf) -> str | None:
    """The form that the ARN of a resource of the files has; None where the reference may be something else."""
    if part.attribute != "Arn":
        return None
    name = type_of(part)
    forms = resource_arns().of_type(name) if name is not None else ()
    if not forms:
        return None
    return "".join(
        piece if isinstance(piece, str) else (_SEGMENT if piece.alphabet == "segment" else _ANY)
        for piece in forms[0].pieces
    )


def _fits(action: Term, resource: str, only: tuple[str, ...]) -> bool:
    """Whether some action that the term stands for, and that is asked about, may work on the resource."""
    if set(resource) == {_ANY} or resource.count(":") < ARN_SEGMENTS - 1 or not isinstance(action, str):
        return True
    known = catalogue().matching(action)
    if not known:
        return True
    asked = {each.name for pattern in only for each in catalogue().matching(pattern)} if only != (_ANY,) else None
    return any(_works_on(each, resource) for each in known if asked is None or each.name in asked)


@lru_cache(maxsize=4096)
def _works_on(action: Action, resource: str) -> bool:
    forms = _forms(action)
    if not forms or any(may_describe(resource, form) for form in forms):
        return True
    segments = resource.split(":", ARN_SEGMENTS - 1)
    # A function's qualifier, a topic's subscription and the `:*` of a log group are no kinds of their own, and the
    # group is written for its streams.
    name, colon, _ = segments[-1].rpartition(":")
    shorter = ":".join((*segments[:-1], name))
    if any(may_describe(shorter, form) or may_describe(f"{resource}:*", form) for form in forms if colon):
        return True
    services, service = {form.service for form in forms}, segments[2]
    if not set(service) & {"*", "?"} and service not in services:
        # One that is called after another (`redshift-serverless`) shares actions that the reference lists once.
        return any(service.startswith(each) or each.startswith(service) for each in services)
    # A domain of OpenSearch with a path behind it is of no kind that the reference has; a table's index is.
    return not any(form.service in services for form in resource_arns().describing(resource))


def _forms(action: Action) -> tuple[ArnForm, ...]:
    """The forms of all that the action works on; none where one of its kinds is not known, or where it has none."""
    prefix = action.name.partition(":")[0]
    found: list[ArnForm] = []
    for each in action.resources:
        of_kind = _by_kind().get((prefix, each.name), ())
        if not of_kind:
            return ()
        found += of_kind
    return tuple(found)


@lru_cache(maxsize=1)
def _by_kind() -> dict[tuple[str, str], tuple[ArnForm, ...]]:
    found: dict[tuple[str, str], tuple[ArnForm, ...]] = {}
    for form in resource_arns().forms():
        for kind in form.kinds:
            found[kind] = (*found.get(kind, ()), form)
    return found
