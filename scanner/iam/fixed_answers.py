"""Requests that AWS answers alike whatever the policies say: a table of reasons, each with its document."""

from __future__ import annotations

import re
from typing import Literal

from scanner.base.record import record
from scanner.iam.terms import Term


@record
class FixedAnswer:
    """`actions` are in lower case, and `resource` a regular expression for the whole ARN; None means any."""

    actions: frozenset[str]
    resource: re.Pattern[str] | None
    decision: Literal["ALLOWED", "IMPLICIT_DENY"]
    why: str
    document: str


def _row(
    actions: str, resource: str | None, decision: Literal["ALLOWED", "IMPLICIT_DENY"], why: str, document: str
) -> FixedAnswer:
    pattern = re.compile(resource, re.DOTALL) if resource is not None else None
    return FixedAnswer(frozenset(actions.lower().split()), pattern, decision, why, document)


_ROLE_CHANGES = (
    "iam:AttachRolePolicy iam:DetachRolePolicy iam:PutRolePolicy iam:DeleteRolePolicy iam:UpdateAssumeRolePolicy "
    "iam:PutRolePermissionsBoundary iam:DeleteRolePermissionsBoundary iam:DeleteRole"
)
FIXED_ANSWERS = (
    _row(
        "sts:GetCallerIdentity",
        None,
        "ALLOWED",
        "the call needs no permission, and no policy can deny it",
        "GetCallerIdentity (AWS STS API Reference)",
    ),
    _row(
        "iam:CreatePolicyVersion iam:DeletePolicy iam:DeletePolicyVersion iam:SetDefaultPolicyVersion iam:TagPolicy "
        "iam:UntagPolicy",
        r"arn:[^:]+:iam::aws:policy/.*",
        "IMPLICIT_DENY",
        "nobody but AWS changes a policy that AWS manages",
        "Managed policies and inline policies (IAM User Guide)",
    ),
    _row(
        _ROLE_CHANGES,
        r"arn:[^:]+:iam::\d{12}:role/aws-service-role/.*",
        "IMPLICIT_DENY",
        "only its service changes a service-linked role",
        "Create a service-linked role (IAM User Guide)",
    ),
    _row(
        _ROLE_CHANGES,
        r"arn:[^:]+:iam::\d{12}:role/aws-reserved/.*",
        "IMPLICIT_DENY",
        "only IAM Identity Center changes the roles that it reserves",
        "Referencing permission sets in resource policies, Amazon EKS, and AWS KMS (IAM Identity Center User Guide)",
    ),
    _row(
        "kms:CreateAlias kms:UpdateAlias kms:DeleteAlias",
        r"arn:[^:]+:kms:[^:]+:\d{12}:alias/aws/.*",
        "IMPLICIT_DENY",
        "aliases that begin with `alias/aws/` are reserved for AWS managed keys",
        "CreateAlias (AWS KMS API Reference)",
    ),
)
_BY_ACTION: dict[str, list[FixedAnswer]] = {}
for _answer in FIXED_ANSWERS:
    for _action in _answer.actions:
        _BY_ACTION.setdefault(_action, []).append(_answer)


def fixed_answer(action: str, resource: Term) -> FixedAnswer | None:
    """The answer that no policy changes; None where policies decide. `action` is in lower case."""
    for answer in _BY_ACTION.get(action, ()):
        if answer.resource is None or (isinstance(resource, str) and answer.resource.fullmatch(resource)):
            return answer
    return None
