"""Asking AWS: the one seam between collectors and the network."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from scanner.base.error import TenantproofError
from scanner.live.answers import NO_ANSWER
from scanner.snapshots.lines import Why

Answer = Mapping[str, Any]
"""What an operation answers, as AWS documents it."""


class Caller(Protocol):
    """Asks as one account in one region. Raises RefusedError, CredentialsEndedError or StoppedError."""

    def call(self, service: str, operation: str, /, **arguments: object) -> Answer:
        """The answer to one request: `service` and `operation` by boto3's names, such as `s3` and `list_buckets`."""


ENDLESS = "EndlessPaging"
"""The code of a list whose pages do not come to an end, or end before it says that it is whole."""


PAGE_TOKENS = frozenset({"InvalidToken"})
"""Codes that say of credentials that they are none, and in other services the same of a page's token."""


class RefusedError(TenantproofError):
    """AWS answered with an error. `code` is AWS's.

    `later` says that earlier pages of the same list were answered: then it never means that there is none.
    """

    def __init__(self, code: str, message: str = "", *, later: bool = False) -> None:
        self.code = code
        self.later = later
        self.text = message
        super().__init__(f"{code}: {message}" if message else code)

    def is_one_of(self, errors: Iterable[str]) -> bool:
        """Whether it is one of the errors: a code, or `Code: a piece of the message`."""
        for error in errors:
            code, _, piece = error.partition(": ")
            if code == self.code and piece in str(self):
                return True
        return False

    def why(self, action: str, on: str) -> Why:
        """What stands in the snapshot for what was asked: `access-denied` where AWS says so, `not-collected` for any
        other error.

        `action` is the IAM action; `on` the resource, empty where the call is for none.
        """
        about = f" on {on}" if on else ""
        if is_denied(self.code):
            return Why("access-denied", f"`{action}`{about} was denied to the credentials of the snapshot")
        if self.code == ENDLESS:
            return Why("not-collected", f"`{action}`{about} was not read to its end: {str(self).partition(': ')[2]}")
        if self.code == NO_ANSWER:
            said = str(self).removeprefix(f"{NO_ANSWER}: ")
            return Why("not-collected", f"`{action}`{about} got no answer of AWS: {said}")
        return Why("not-collected", f"`{action}`{about} failed with `{self.code}`")


def told(answer: Mapping[str, Any], *path: str) -> Any:  # what AWS documents to stand there
    """What stands at the path of an answer. Raises RefusedError where nothing does, as of what is no answer."""
    value: Any = answer
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    if value is None:
        raise RefusedError(NO_ANSWER, f"`{'.'.join(path)}` is missing")
    return value


class CredentialsEndedError(TenantproofError):
    """The credentials are not, or no longer, good for anything; nothing was read with them. `code` is AWS's, if any."""

    def __init__(self, message: str, code: str = "") -> None:
        self.code = code
        super().__init__(message)


class SignedOutError(CredentialsEndedError):
    """Those are that assume the roles of all accounts: nothing more can be read of any."""


class StoppedError(TenantproofError):
    """The run is being ended; what is not finished is left for the next one."""


# "Common errors" of the services' API references; S3 and EC2 have words of their own.
_DENIED = frozenset(
    {
        "403",
        "AccessDenied",
        "AccessDeniedException",
        "AccessDeniedFault",
        "AllAccessDisabled",
        "AuthorizationError",
        "AuthorizationErrorException",
        "Forbidden",
        "ForbiddenException",
        "InsufficientPrivilegesException",
        "NotAuthorized",
        "NotAuthorizedException",
        "OperationNotPermittedException",
        "UnauthorizedAccess",
        "UnauthorizedException",
        "UnauthorizedOperation",
    }
)
_ENDED = frozenset(
    {
        "AuthFailure",
        "ExpiredToken",
        "ExpiredTokenException",
        "IncompleteSignature",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "InvalidToken",
        "MissingAuthenticationToken",
        "RequestExpired",
        "RequestTimeTooSkewed",
        "SignatureDoesNotMatch",
        "TokenRefreshRequired",
        "UnrecognizedClientException",
    }
)
_SKEWED = frozenset({"InvalidSignatureException", "RequestExpired", "RequestTimeTooSkewed", "SignatureDoesNotMatch"})
_THROTTLED = frozenset(
    {
        "BandwidthLimitExceeded",
        "EC2ThrottledException",
        "LimitExceededException",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionInProgressException",
    }
)


def is_denied(code: str) -> bool:
    """Whether an error code says that the credentials may not: services spell it in several ways."""
    return code in _DENIED or code.endswith(("AccessDenied", "AccessDeniedException"))


def is_throttled(code: str) -> bool:
    """Whether an error code says to ask again more slowly."""
    return code in _THROTTLED


def credentials_ended(code: str) -> CredentialsEndedError | None:
    """What is to be raised for the code, where it is about who asks and not about what is asked."""
    if code not in _ENDED:
        return None
    # A region that is not switched on knows nobody, either ("Managing AWS Regions").
    hint = "is the clock of this machine right?" if code in _SKEWED else "sign in again and pass --resume"
    return CredentialsEndedError(
        f"AWS does not take the credentials (any more, or not in this region): `{code}`; {hint}", code
    )
