"""What AWS itself says of the counterexamples of a report, on standard error."""

from __future__ import annotations

import sys
from typing import Any

from scanner._version import __version__
from scanner.base.problem import Problem, ProblemsError
from scanner.base.terminal import printable
from scanner.findings.report_document import ReportDocument

_WORDS = {"agrees": "AWS allows it, too", "disagrees": "AWS does not allow it", "cannot-say": "AWS cannot say"}


def tell_confirmed(
    report: ReportDocument, profile: str | None = None, role: str | None = None, external_id: str | None = None
) -> None:
    """Asks IAM's simulator with the credentials that the account is read with.

    Raises ProblemsError and MissingExtraError.
    """
    from scanner.live.aws_calls import CredentialsEndedError
    from scanner.live.clients import WHERE, AwsCaller, Clients
    from scanner.live.iam_simulator import confirm

    clients = Clients(profile, __version__)
    region = clients.home or "us-east-1"
    credentials = clients.assumed(role, external_id, region) if role is not None else clients.own
    findings: list[Any] = list(report["findings"])
    asked = 0
    try:
        for each in confirm(findings, AwsCaller(clients, credentials, "", region)):
            asked += 1
            said = _WORDS[each.opinion] + (f" (`{each.decision}`)" if each.decision else "")
            lost = f"; keys that it cannot carry: {', '.join(each.not_carried)}" if each.not_carried else ""
            why = f"; {each.why}" if each.why else ""
            print(printable(f"{each.principal}: `{each.action}`: {said}{lost}{why}"), file=sys.stderr)
    except CredentialsEndedError as error:
        raise ProblemsError([Problem(WHERE, str(error), kind="config")]) from None
    if not asked:
        print("no counterexample is of a role of a live account, so AWS was not asked", file=sys.stderr)
