"""An account's AWS Security Hub: the one place that this program writes to, and only when it is told to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol, cast

from scanner.base.extras import MissingExtraError
from scanner.base.problem import Problem, ProblemsError

if TYPE_CHECKING:
    from collections.abc import Callable

Asff = dict[str, object]
WHERE = "Security Hub"
MOST_PAGE = 100


class Client(Protocol):
    """What is used of boto3's client for `securityhub`."""

    def get_findings(self, **arguments: object) -> Mapping[str, Any]:  # an answer is what AWS documents
        """`GetFindings` of the AWS Security Hub API: at most 100 findings, and `NextToken` where there are more."""

    def batch_import_findings(self, **arguments: object) -> Mapping[str, Any]:  # likewise
        """`BatchImportFindings`: at most 100 findings, and `FailedFindings` for those that were refused."""


class SecurityHub:
    """The hub of one account in one region. Every method raises ProblemsError in the words of AWS."""

    def __init__(self, client: Client, account: str, region: str) -> None:
        self.account = account
        self.region = region
        self._client = client

    def active(self, product_arn: str, prefix: str) -> Iterator[Asff]:
        """The findings that are not archived and whose ids begin with `prefix`."""
        filters = {
            "ProductArn": [{"Value": product_arn, "Comparison": "EQUALS"}],
            "Id": [{"Value": prefix, "Comparison": "PREFIX"}],
            "RecordState": [{"Value": "ACTIVE", "Comparison": "EQUALS"}],
        }
        token: dict[str, object] = {}
        while True:
            answer = _called(self._client.get_findings, Filters=filters, MaxResults=MOST_PAGE, **token)
            yield from cast("list[Asff]", answer.get("Findings", []))
            if not answer.get("NextToken"):
                return
            token = {"NextToken": answer["NextToken"]}

    def put(self, findings: Sequence[Asff]) -> list[tuple[str, str]]:
        """Adds or replaces at most 100 findings; gives the ids of those that were refused, each with the reason."""
        answer = _called(self._client.batch_import_findings, Findings=list(findings))
        return [
            (str(each.get("Id")), f"{each.get('ErrorCode')}: {each.get('ErrorMessage')}")
            for each in answer.get("FailedFindings") or []
        ]


def security_hub(profile: str | None, region: str | None) -> SecurityHub:
    """The hub of whoever the credentials belong to. Raises ProblemsError, and MissingExtraError without boto3."""
    try:
        boto3 = import_module("boto3")
    except ImportError:
        raise MissingExtraError("live") from None
    errors = import_module("botocore.exceptions")
    try:
        session = boto3.Session(profile_name=profile, region_name=region)
        if session.region_name is None:
            hint = "pass --region"
            raise ProblemsError([Problem(WHERE, "no region is configured", hint=hint, kind="config")])
        identity = _called(session.client("sts").get_caller_identity)
        client = session.client("securityhub")
    except errors.BotoCoreError as error:
        raise _problems(error) from None
    return SecurityHub(client, str(identity["Account"]), session.region_name)


def _called(operation: Callable[..., Any], **arguments: object) -> Mapping[str, Any]:  # boto3 has no types
    errors = import_module("botocore.exceptions")
    try:
        return cast("Mapping[str, Any]", operation(**arguments))
    except (errors.BotoCoreError, errors.ClientError) as error:
        raise _problems(error) from None


def _problems(error: Exception) -> ProblemsError:
    return ProblemsError([Problem(WHERE, f"cannot be reached: {error}", kind="config")])
