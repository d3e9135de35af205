"""One request as JSON in, the decision and its reasons as JSON out: what `tenantproof simulate` speaks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from scanner.base.problem import Problem, ProblemsError, did_you_mean
from scanner.iam.conditions import value_defect
from scanner.iam.evaluator import Decision, decide
from scanner.iam.policies import Grant, Policy, PolicySet
from scanner.iam.policy_document import PolicyDocument, Statement
from scanner.iam.principals import Principal, principal_of
from scanner.iam.request import Request
from scanner.iam.terms import Path, json_type

_INPUT = (
    "request",
    "identity",
    "boundary",
    "session",
    "resource_policy",
    "trust",
    "scps",
    "rcps",
    "endpoint",
    "grants",
    "public_access_block",
)
_REQUEST = ("principal", "action", "resource", "resource_account", "context")
_GRANT = (
    "Name",
    "GrantId",
    "KeyId",
    "CreationDate",
    "GranteePrincipal",
    "RetiringPrincipal",
    "IssuingAccount",
    "Operations",
    "Constraints",
)
_CONSTRAINTS = ("EncryptionContextEquals", "EncryptionContextSubset")
_BLOCKS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
_ACTION = re.compile(r"\A[a-z0-9-]+:[A-Za-z0-9]+\Z", re.IGNORECASE | re.ASCII)
_ACCOUNT = re.compile(r"\A\d{12}\Z", re.ASCII)

Attachment = Literal["identity", "resource_policy", "trust", "endpoint", "rcps"]


def simulate(question: Mapping[str, object], source: str = "request") -> dict[str, object]:
    """Decide one request. Raises ProblemsError with everything wrong in the question; `source` names it in them."""
    return answer(decide(*read_question(question, source)))


def read_question(question: Mapping[str, object], source: str) -> tuple[Request, PolicySet]:
    """The request and the policies that a question spells out. Raises ProblemsError as `simulate` does."""
    reader = _Reader(source)
    request, policies = reader.question(question)
    if reader.problems or request is None:
        raise ProblemsError(reader.problems)
    return request, policies


def answer(decision: Decision) -> dict[str, object]:
    """A decision as JSON."""
    return {
        "decision": decision.decision,
        "decisive": [
            {"layer": one.layer, "policy": one.policy, "statement": one.statement, "why": one.why}
            for one in decision.decisive
        ],
        "ignored_context_keys": list(decision.ignored_context_keys),
        "missing_context_keys": list(decision.missing_context_keys),
    }


class _Reader:
    def __init__(self, source: str) -> None:
        self._source = source
        self.problems: list[Problem] = []

    def question(self, question: Mapping[str, object]) -> tuple[Request | None, PolicySet]:
        self._keys(question, _INPUT, ())
        request = self._request(question.get("request"))
        policies = PolicySet(
            identity=self._documents(question, "identity") or (),
            boundary=self._documents(question, "boundary"),
            session=self._documents(question, "session"),
            resource=self._document(question, "resource_policy", "resource_policy"),
            trust=self._document(question, "trust", "trust"),
            scps=self._levels(question, "scps", "identity"),
            rcps=self._levels(question, "rcps", "rcps"),
            endpoint=self._documents(question, "endpoint", "endpoint"),
            grants=self._grants(question.get("grants")),
            restrict_public=self._restriction(question.get("public_access_block")),
        )
        return request, policies

    def _problem(self, path: Path, message: str, hint: str | None = None) -> None:
        place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).removeprefix(".")
        self.problems.append(Problem(self._source, f"{place}: {message}" if place else message, hint=hint))

    def _keys(self, mapping: Mapping[str, object], known: tuple[str, ...], path: Path) -> None:
        for key in mapping:
            if key not in known:
                self._problem(path, f"unknown key `{key}`", did_you_mean(str(key), known))

    def _mapping(self, value: object, path: Path) -> Mapping[str, object] | None:
        if isinstance(value, Mapping):
            return value
        self._problem(path, f"expected an object, not {json_type(value)}")
        return None

    def _request(self, value: object) -> Request | None:
        if value is None:
            self._problem((), "the question has no `request`")
            return None
        fields = self._mapping(value, ("request",))
        if fields is None:
            return None
        self._keys(fields, _REQUEST, ("request",))
        principal = self._principal(fields)
        action = fields.get("action")
        if not isinstance(action, str) or not _ACTION.match(action):
            shown = f"`{action}`" if isinstance(action, str) else json_type(action)
            self._problem(("request", "action"), f"expected one action such as `s3:GetObject`, not {shown}")
            action = ""
        resource = fields.get("resource")
        if not isinstance(resource, str) or not resource:
            shown = "an empty string" if resource == "" else json_type(resource)
            self._problem(("request", "resource"), f"expected an ARN or `*`, not {shown}")
            resource = ""
        account = fields.get("resource_account")
        if account is not None and not (isinstance(account, str) and _ACCOUNT.match(account)):
            self._problem(("request", "resource_account"), "expected a string of 12 digits")
            account = None
        context = self._context(fields.get("context"))
        if principal is None:
            return None
        return Request(principal, action, resource, account if isinstance(account, str) else None, context)

    def _principal(self, fields: Mapping[str, object]) -> Principal | None:
        if "principal" not in fields:
            self._problem(("request",), "the request has no `principal`")
            return None
        try:
            return principal_of(fields["principal"])
        except ValueError as error:
            self._problem(("request", "principal"), str(error))
            return None

    def _context(self, value: object) -> Mapping[str, object]:
        if value is None:
            return {}
        context = self._mapping(value, ("request", "context"))
        if context is None:
            return {}
        for key, values in context.items():
            for one in values if isinstance(values, list) else [values]:
                if not isinstance(one, str | bool | int | float):
                    message = f"expected a string, number or boolean or a list of them, not {json_type(one)}"
                    hint = "leave out a key that the request does not carry" if one is None else None
                    self._problem(("request", "context", key), message, hint)
                    break
        return context

    def _documents(
        self, question: Mapping[str, object], key: str, attachment: Attachment = "identity"
    ) -> tuple[Policy, ...] | None:
        value = question.get(key)
        if value is None:
            return None
        return self._listed(value, (key,), attachment)

    def _document(self, question: Mapping[str, object], key: str, attachment: Attachment) -> Policy | None:
        value = question.get(key)
        return None if value is None else self._policy(value, (key,), attachment)

    def _levels(
        self, question: Mapping[str, object], key: str, attachment: Attachment
    ) -> tuple[tuple[Policy, ...], ...]:
        value = question.get(key)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(level, list) for level in value):
            self._problem((key,), "expected a list with one list of documents for each level of the organisation")
            return ()
        return tuple(self._listed(level, (key, index), attachment) for index, level in enumerate(value))

    def _listed(self, value: object, path: Path, attachment: Attachment) -> tuple[Policy, ...]:
        if not isinstance(value, list):
            return (self._policy(value, (*path, 0), attachment),)
        return tuple(self._policy(item, (*path, index), attachment) for index, item in enumerate(value))

    def _policy(self, value: object, path: Path, attachment: Attachment) -> Policy:
        name = "".join(f"[{part}]" if isinstance(part, int) else str(part) for part in path)
        policy = Policy.of(name, value)
        for defect in policy.document.defects:
            self._problem((*path, *defect.path), defect.message, defect.hint)
        if not policy.document.defects:
            self._check(policy.document, path, attachment)
        return policy

    def _check(self, document: PolicyDocument, path: Path, attachment: Attachment) -> None:
        for statement in document.statements:
            place = (*path, *statement.path)
            complaint = _misplaced(statement, attachment)
            if complaint is not None:
                self._problem(place, complaint)
            for condition in statement.conditions:
                wrong = value_defect(condition.operator, condition.values.items)
                if wrong is not None:
                    self._problem((*path, *condition.path), wrong)

    def _grants(self, value: object) -> tuple[Grant, ...]:
        if value is None:
            return ()
        if not isinstance(value, list):
            self._problem(("grants",), f"expected a list, not {json_type(value)}")
            return ()
        grants: list[Grant] = []
        for index, item in enumerate(value):
            path: Path = ("grants", index)
            fields = self._mapping(item, path)
            if fields is None:
                continue
            self._keys(fields, _GRANT, path)
            grantee, operations = fields.get("GranteePrincipal"), fields.get("Operations")
            if not isinstance(grantee, str):
                self._problem((*path, "GranteePrincipal"), "expected a string")
            if not isinstance(operations, list) or not all(isinstance(name, str) for name in operations):
                self._problem((*path, "Operations"), "expected a list of operations such as `Decrypt`")
                operations = []
            constraints = self._constraints(fields.get("Constraints"), (*path, "Constraints"))
            names = tuple(name for name in operations if isinstance(name, str))
            grants.append(Grant(f"grants[{index}]", str(grantee), names, *constraints))
        return tuple(grants)

    def _constraints(self, value: object, path: Path) -> tuple[Mapping[str, str] | None, Mapping[str, str] | None]:
        if value is None:
            return None, None
        fields = self._mapping(value, path)
        if fields is None:
            return None, None
        self._keys(fields, _CONSTRAINTS, path)
        found: list[Mapping[str, str] | None] = []
        for key in _CONSTRAINTS:
            pairs = fields.get(key)
            if pairs is None:
                found.append(None)
                continue
            if not isinstance(pairs, Mapping) or not all(isinstance(text, str) for text in pairs.values()):
                self._problem((*path, key), "expected an object of strings")
                pairs = {}
            found.append({str(name): str(text) for name, text in pairs.items()})
        return found[0], found[1]

    def _restriction(self, value: object) -> bool:
        if value is None:
            return False
        fields = self._mapping(value, ("public_access_block",))
        if fields is None:
            return False
        self._keys(fields, _BLOCKS, ("public_access_block",))
        for key, setting in fields.items():
            if not isinstance(setting, bool):
                self._problem(("public_access_block", key), f"expected `true` or `false`, not {json_type(setting)}")
        return fields.get("RestrictPublicBuckets") is True


def _misplaced(statement: Statement, attachment: Attachment) -> str | None:
    """What a policy of this kind may not hold or lack: "Identity-based policies and resource-based policies"."""
    if attachment == "identity":
        if statement.principal is not None:
            return "only a policy of a resource names principals"
    elif statement.principal is None:
        return "a policy of a resource needs `Principal` or `NotPrincipal`"
    if attachment == "trust" and statement.resource is not None:
        return "a trust policy has no `Resource`, it is the role's own"
    if attachment in ("identity", "rcps", "endpoint") and statement.resource is None:
        return "the statement has neither `Resource` nor `NotResource`"
    return None
