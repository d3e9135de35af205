"""What KMS grants allow.

From "Grants in AWS KMS", "Using grant constraints" and "AWS KMS permissions" (KMS Developer Guide).
"""

from __future__ import annotations

from scanner.iam.policies import Grant
from scanner.iam.principals import principal_of
from scanner.iam.request import Context, Request
from scanner.model.truth import Truth, conj
from scanner.model.unknown import Unknown

_CONTEXT = "kms:encryptioncontext:"
# Constraints bind the operations that carry an encryption context; these carry none.
_UNBOUND = frozenset({"describekey", "getpublickey", "retiregrant", "sign", "verify", "generatemac", "verifymac"})


def grant_allows(grant: Grant, request: Request, context: Context) -> Truth:
    """Whether the grant alone allows the operation to its grantee."""
    operation = request.action.lower().removeprefix("kms:")
    if operation not in {name.lower() for name in grant.operations}:
        return False
    try:
        grantee = principal_of(grant.grantee)
    except ValueError:
        return False
    return conj((_is_grantee(request, grantee.text), _constraints_hold(grant, operation, request, context)))


def _is_grantee(request: Request, grantee: str) -> bool:
    caller, named = request.principal, principal_of(grantee)
    if named.kind == "root":
        return caller.account == named.account and caller.has_identity_policies
    if named.kind == "role" and caller.kind in ("role", "session"):
        same = (caller.partition, caller.account, caller.name) == (named.partition, named.account, named.name)
        return same and (caller.path is None or caller.text == named.text)
    return caller.text == named.text


def _constraints_hold(grant: Grant, operation: str, request: Request, context: Context) -> Truth:
    if (grant.equals is None and grant.subset is None) or operation in _UNBOUND:
        return True
    if operation == "creategrant":
        return Unknown("undeclared", "the constraints of the new grant are not part of the request")
    given = sorted(key for key in request.context if key.lower().startswith(_CONTEXT))
    present = {key[len(_CONTEXT) :]: context.single(key.lower()) for key in given}
    answers: list[Truth] = []
    for wanted in (grant.equals, grant.subset):
        for key, value in (wanted or {}).items():
            # Encryption contexts keep letter case.
            found = present.get(key)
            answers.append(found if isinstance(found, Unknown) else found == value)
    if grant.equals is not None:
        answers.append(len(present) == len(grant.equals))
    return conj(answers)
