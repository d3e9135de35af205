"""Which accounts of an organisation are read, which are left out and why, and which cannot be entered."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from scanner.base.problem import Problem, ProblemsError, did_you_mean
from scanner.base.record import record
from scanner.live.aws_calls import Caller, CredentialsEndedError, RefusedError, SignedOutError, told
from scanner.live.clients import AwsCaller, Clients, Credentials
from scanner.live.organization import ACTIVE, Member
from scanner.snapshots.lines import Why
from scanner.snapshots.manifest import Closed, LeftOut

AT_ONCE = 16
_ID = re.compile(r"[0-9]{12}\Z", re.ASCII)


@record
class Target:
    """An account that is read. `role` is None where the credentials are its own."""

    account: str
    role: str | None
    credentials: Credentials
    regions: Sequence[str]


def chosen(
    members: Sequence[Member], only: Sequence[str], excluded: Mapping[str, str]
) -> tuple[list[Member], list[LeftOut]]:
    """The accounts to read, and all others with the reason. Raises ProblemsError for accounts that nobody has."""
    known = {each.id: each for each in members}
    problems: list[Problem] = []
    for option, ids in (("--accounts", only), ("--exclude-accounts", excluded)):
        for account in ids:
            if account not in known:
                hint = did_you_mean(account, known)
                message = f"`{account}` is no account of the organization"
                problems.append(Problem(option, message, hint=hint, kind="config"))
    if problems:
        raise ProblemsError(problems)
    read: list[Member] = []
    left: list[LeftOut] = []
    for member in sorted(members, key=lambda each: each.id):
        if member.id in excluded:
            left.append(LeftOut(member.id, member.name, excluded[member.id]))
        elif only and member.id not in only:
            left.append(LeftOut(member.id, member.name, "not among the accounts that --accounts names"))
        elif member.status != ACTIVE:
            status = member.status.lower().replace("_", " ")
            left.append(LeftOut(member.id, member.name, f"the account is {status}"))
        else:
            read.append(member)
    return read, left


def exclusions(values: Sequence[str]) -> dict[str, str]:
    """`111122223333,444455556666=REASON` as the reason of each. Raises ProblemsError."""
    found: dict[str, str] = {}
    for value in values:
        ids, _, reason = value.partition("=")
        names = [each.strip() for each in ids.split(",") if each.strip()]
        wrong = next((each for each in names if not _ID.match(each)), None)
        if wrong is not None or not names:
            message = f"`{wrong if wrong is not None else value}` is no account id of 12 digits"
            raise ProblemsError([Problem("--exclude-accounts", message, kind="config")])
        if not reason.strip():
            hint = f"--exclude-accounts '{ids}=why they are left out'"
            message = "an account is left out for a reason, which the report says"
            raise ProblemsError([Problem("--exclude-accounts", message, hint=hint, kind="config")])
        found.update(dict.fromkeys(names, reason.strip()))
    return found


def switched_on(caller: Caller) -> list[str]:
    """The regions that are switched on in the account. Raises RefusedError and CredentialsEndedError."""
    found: Sequence[Mapping[str, object]] = told(caller.call("ec2", "describe_regions"), "Regions")
    return sorted(str(told(each, "RegionName")) for each in found)


class Doors:
    """Enters accounts through the role of one name that each of them has."""

    def __init__(  # noqa: PLR0913  # all that entering an account takes
        self,
        clients: Clients,
        own: Credentials,
        own_account: str,
        partition: str,
        home: str,
        role_name: str,
        external_id: str | None,
        regions: Sequence[str],
    ) -> None:
        self._clients = clients
        self._own = own
        self._own_account = own_account
        self._partition = partition
        self._home = home
        self._role_name = role_name.removeprefix("/")
        self._external_id = external_id
        self._regions = list(regions)

    def enter(self, account: str) -> Target | Closed:
        """Raises SignedOutError where the run's own credentials are not good any more."""
        role = None
        credentials = self._own
        if account != self._own_account:
            role = f"arn:{self._partition}:iam::{account}:role/{self._role_name}"
            credentials = self._clients.assumed(role, self._external_id, self._home)
        caller = AwsCaller(self._clients, credentials, account, self._home)
        action = "sts:AssumeRole"
        try:
            entered = str(told(caller.call("sts", "get_caller_identity"), "Account"))
            if entered != account:
                return Closed(account, Why("not-collected", f"{role} leads into the account {entered}"))
            action = "ec2:DescribeRegions"
            regions = self._regions or switched_on(caller)
        except SignedOutError:
            raise
        except CredentialsEndedError as error:
            if role is None:
                raise SignedOutError(str(error)) from None
            return Closed(account, Why("not-collected", str(error)))
        except RefusedError as error:
            return Closed(account, error.why(action, role or account))
        return Target(account, role, credentials, regions)

    def enter_all(self, accounts: Sequence[str]) -> Iterator[Target | Closed]:
        """In the order of the accounts. Raises SignedOutError."""
        with ThreadPoolExecutor(AT_ONCE, "accounts") as pool:
            try:
                yield from pool.map(self.enter, accounts)
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
