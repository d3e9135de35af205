"""Whether one request is allowed ("Authorization Overview", "Using RBAC Authorization"): `kubectl auth can-i`.

It shares nothing with `reach`, whose answers it checks, but the roles and bindings as data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from scanner.base.record import record
from scanner.kubernetes.rbac import Binding, Role, Rule
from scanner.model.unknown import Unknown

MASTERS = "system:masters"
AUTHENTICATED = "system:authenticated"
UNAUTHENTICATED = "system:unauthenticated"
_ACCOUNT = "system:serviceaccount:"


@record
class Request:
    """What the API server asks its authorizers; `namespace` is empty for what is in none, `name` where none is given.

    With a `path` it is a request for something that is no resource, and only `verb` counts besides.
    """

    user: str | None
    groups: frozenset[str]
    verb: str
    group: str = ""
    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""
    path: str | None = None


@record
class Decision:
    """`allowed` is unknown where only what is not known would allow it; `by` is the binding that allows."""

    allowed: bool | Unknown
    by: Binding | None = None
    role: Role | None = None
    rule: Rule | None = None


def account_user(namespace: str, name: str) -> str:
    """The user name of a service account ("ServiceAccount authentication")."""
    return f"{_ACCOUNT}{namespace}:{name}"


def account_groups(namespace: str) -> frozenset[str]:
    """The groups that every service account of a namespace is in."""
    return frozenset({"system:serviceaccounts", f"system:serviceaccounts:{namespace}", AUTHENTICATED})


def decide(request: Request, bindings: Iterable[Binding], role_of: Callable[[Binding], Role]) -> Decision:
    """Whether some binding allows the request. RBAC has no rule that denies."""
    if MASTERS in request.groups:
        return Decision(allowed=True)
    doubt: Unknown | None = None
    for binding in bindings:
        if binding.namespace is not None and (binding.namespace != request.namespace or request.path is not None):
            continue
        bound = _is_bound(request, binding)
        if bound is False:
            continue
        role = role_of(binding)
        for rule in role.rules:
            if _matches(rule, request, clusterwide=binding.namespace is None):
                if bound is True:
                    return Decision(True, binding, role, rule)
                doubt = doubt or bound
            elif rule.doubt is not None:
                doubt = doubt or rule.doubt
        doubt = doubt or role.doubt
    return Decision(doubt if doubt is not None else False)


def _is_bound(request: Request, binding: Binding) -> bool | Unknown:
    doubt = binding.doubt
    for subject in binding.subjects:
        if isinstance(subject.name, Unknown):
            doubt = doubt or subject.name
        elif subject.kind == "User":
            if subject.name == request.user:
                return True
        elif subject.kind == "Group":
            if subject.name in request.groups:
                return True
        elif subject.kind == "ServiceAccount":
            if isinstance(subject.namespace, Unknown):
                doubt = doubt or subject.namespace
            elif subject.namespace and request.user == f"{_ACCOUNT}{subject.namespace}:{subject.name}":
                return True
    return doubt if doubt is not None else False


def _matches(rule: Rule, request: Request, *, clusterwide: bool) -> bool:
    if not ({"*", request.verb} & rule.verbs):
        return False
    if request.path is not None:
        return clusterwide and any(_is_path(pattern, request.path) for pattern in rule.urls)
    if not ({"*", request.group} & rule.groups):
        return False
    wanted = {"*", request.resource}
    if request.subresource:
        wanted = {"*", f"{request.resource}/{request.subresource}", f"*/{request.subresource}"}
    if not (wanted & rule.resources):
        return False
    return not rule.named or (request.name != "" and request.name in rule.names)


def _is_path(pattern: str, path: str) -> bool:
    if pattern == "*":
        return True
    return path.startswith(pattern[:-1]) if pattern.endswith("*") else path == pattern


__all__ = [
    "AUTHENTICATED",
    "MASTERS",
    "UNAUTHENTICATED",
    "Decision",
    "Request",
    "account_groups",
    "account_user",
    "decide",
]
