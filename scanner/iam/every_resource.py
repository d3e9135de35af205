"""Policies that reach all resources of a kind: every key, every table, every secret."""

from __future__ import annotations

import re
from collections.abc import Iterator

from scanner.base.record import record, replace
from scanner.iam.policy_document import Condition, PolicyDocument, Statement, parse_document
from scanner.iam.policy_questions import allows
from scanner.iam.terms import ARN_SEGMENTS, Term
from scanner.model.partial_text import Text
from scanner.model.truth import Truth, disj
from scanner.model.unknown import OpenList, Unknown


@record
class Every:
    """All resources of a kind: `ends` are the sixth segments of ARNs that name them all, `unnamed` one that no policy
    names and that stands for what `NotResource` leaves."""

    what: str
    actions: tuple[str, ...]
    service: str
    ends: tuple[str, ...]
    unnamed: str


_KEYS = Every(
    "key", ("kms:Decrypt", "kms:ReEncryptFrom"), "kms", ("*", "key/*"), "arn:aws:kms:us-east-1:000000000000:key/0"
)
# What reads records and credentials, each by the "Service Authorization Reference".
_RECORDS = (
    Every("object of Amazon S3", ("s3:GetObject",), "s3", ("*", "*/*"), "arn:aws:s3:::0/0"),
    Every(
        "table of DynamoDB",
        ("dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query", "dynamodb:Scan", "dynamodb:PartiQLSelect"),
        "dynamodb",
        ("*", "table/*"),
        "arn:aws:dynamodb:us-east-1:000000000000:table/0",
    ),
    Every(
        "secret of Secrets Manager",
        ("secretsmanager:GetSecretValue",),
        "secretsmanager",
        ("*", "secret:*"),
        "arn:aws:secretsmanager:us-east-1:000000000000:secret:0",
    ),
    Every(
        "parameter of Systems Manager",
        ("ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath"),
        "ssm",
        ("*", "parameter/*", "parameter*"),
        "arn:aws:ssm:us-east-1:000000000000:parameter/0",
    ),
    Every(
        "cluster with the RDS Data API",
        ("rds-data:ExecuteStatement", "rds-data:BatchExecuteStatement"),
        "rds",
        ("*", "cluster:*"),
        "arn:aws:rds:us-east-1:000000000000:cluster:0",
    ),
    Every(
        "data store of HealthLake",
        ("healthlake:ReadResource", "healthlake:SearchWithGet", "healthlake:SearchWithPost"),
        "healthlake",
        ("*", "datastore/*", "datastore/fhir/*"),
        "arn:aws:healthlake:us-east-1:000000000000:datastore/fhir/0",
    ),
    Every(
        "image set of HealthImaging",
        ("medical-imaging:GetImageSet", "medical-imaging:GetImageFrame"),
        "medical-imaging",
        ("*", "datastore/*"),
        "arn:aws:medical-imaging:us-east-1:000000000000:datastore/0/imageset/0",
    ),
)
# What a condition on these leaves is some of the resources; keys of one service and of all.
_SOME = re.compile(
    r"aws:resourcetag/.+|s3:existingobjecttag/.+|s3:buckettag/.+|dynamodb:leadingkeys|secretsmanager:resourcetag/.+"
    r"|secretsmanager:secretid|secretsmanager:resource/.+|ssm:resourcetag/.+|s3:dataaccesspoint(arn|account)"
)


def decrypts_every_key(document: object) -> bool | Unknown:
    """Whether the document allows decrypting with all KMS keys there are, or with all of one region or account."""
    parsed = _read(document)
    return disj(found for _, found in _on_every(parsed, _KEYS)) if parsed is not None else False


def reads_of_every_store(document: object) -> list[object] | Unknown:
    """The actions by which the document reads all records or credentials of a kind, as `{Action, What}`.

    All of one region or account are all. A condition on tags or leading keys leaves some; one on the caller, the
    network or the time leaves all. The list is open where it cannot be told.
    """
    parsed = _read(document)
    if parsed is None:
        return []
    surely, perhaps = (
        tuple(one for one in parsed.statements if one.effect == "Deny" or counts(_leaves_some(one)))
        for counts in (_is_false, _is_not_true)
    )
    sure, doubt = _rows(parsed, surely)
    # Mostly no condition is in doubt, and then it would be asked twice.
    most, further = _rows(parsed, perhaps) if len(perhaps) != len(surely) else (sure, doubt)
    doubt = doubt or further
    if len(most) > len(sure):
        doubt = doubt or next(each for each in map(_leaves_some, parsed.statements) if isinstance(each, Unknown))
    return sure if doubt is None else OpenList(sure, doubt.plain())


def _is_false(truth: Truth) -> bool:
    return truth is False


def _is_not_true(truth: Truth) -> bool:
    return truth is not True


def _rows(parsed: PolicyDocument, kept: tuple[Statement, ...]) -> tuple[list[object], Unknown | None]:
    parsed = replace(parsed, statements=kept)
    rows: list[object] = []
    doubt: Unknown | None = None
    for every in _RECORDS:
        for action, found in _on_every(parsed, every):
            if found is True:
                rows.append({"Action": action, "What": every.what})
                break
            doubt = doubt or (found if isinstance(found, Unknown) else None)
    return rows, doubt


def _leaves_some(statement: Statement) -> Truth:
    """Whether a condition of the statement is met by some of the resources only."""
    found = disj(map(_names_some, statement.conditions))
    return statement.conditions_more if found is False and statement.conditions_more is not None else found


def _names_some(condition: Condition) -> Truth:
    operator, key = condition.operator, condition.key.lower()
    demanded = not operator.negated and not operator.if_exists and operator.family in ("string", "arn")
    # An empty set meets `ForAllValues`; for leading keys AWS's own examples have no other.
    demanded = demanded and (operator.quantifier != "all" or key == "dynamodb:leadingkeys")
    if not demanded or not _SOME.fullmatch(key):
        return False
    if operator.comparison != "like":
        return True
    values = condition.values
    if any(isinstance(value, str) and not value.strip("*?") for value in values.items):
        return False
    return values.more or next((value for value in values.items if isinstance(value, Unknown)), True)


def _on_every(parsed: PolicyDocument, every: Every) -> Iterator[tuple[str, Truth]]:
    """Each action with whether the document allows it on all resources of the kind."""
    asked: list[Term] = [f"arn:aws:{every.service}:*:*:{every.ends[-1]}"]
    for statement in parsed.statements:
        if statement.resource is None or statement.effect == "Deny":
            continue
        # What `NotResource` leaves out is all but what it names.
        asked += (
            [every.unnamed]
            if statement.resource.negated
            else [term for term in statement.resource.terms.items if _is_every(term, every)]
        )
    for action in every.actions:
        yield action, disj(allows(parsed, action, resource) for resource in dict.fromkeys(asked))


def _is_every(term: Term, every: Every) -> bool:
    parts = term.parts if isinstance(term, Text) else (term,)
    segments = "".join(part if isinstance(part, str) else "named" for part in parts).split(":", ARN_SEGMENTS - 1)
    return len(segments) == ARN_SEGMENTS and segments[2] == every.service and segments[5] in every.ends


def _read(document: object) -> PolicyDocument | None:
    return None if document is None else parse_document(document)
