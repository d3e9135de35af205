"""An organisation as Organizations tells it: accounts, units, and the policies that limit them.

"AWS Organizations API Reference" and "SCP evaluation" (Organizations User Guide). The management account may ask, and
a delegated administrator.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from scanner.base.record import record
from scanner.live.aws_calls import ENDLESS, Answer, Caller, RefusedError, told
from scanner.snapshots.lines import Failed, Line, Listed, Path, Seen, Why

ORGANIZATION = "AWS::Organizations::Organization"
ACCOUNT = "AWS::Organizations::Account"
UNIT = "AWS::Organizations::OrganizationalUnit"
POLICY = "AWS::Organizations::Policy"
KINDS = ("SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY")
ACTIVE = "ACTIVE"
CALLS = (
    "describe_organization",
    "describe_policy",
    "list_accounts",
    "list_organizational_units_for_parent",
    "list_accounts_for_parent",
    "list_policies",
    "list_roots",
    "list_targets_for_policy",
)
MOST_PAGES = 10_000
# "Quotas for AWS Organizations": units are nested five deep; a hostile answer must not lead on for ever.
_DEEPEST = 16
# Told where a kind of policy is not switched on; where it is not, there are none.
_SWITCHED_OFF = ("PolicyTypeNotEnabledException", "PolicyTypeNotAvailableForOrganizationException")


@record
class Member:
    """An account of the organisation. `status` is AWS's word."""

    id: str
    name: str
    status: str


@record
class Organization:
    """`lines` are what a shard holds of it."""

    management: str
    members: Sequence[Member]
    lines: Sequence[Line]


def read_organization(caller: Caller) -> Organization:
    """Raises RefusedError where not even the accounts can be listed, CredentialsEndedError and StoppedError."""
    about: Mapping[str, Any] = told(caller.call("organizations", "describe_organization"), "Organization")
    members = [
        Member(str(told(each, "Id")), str(each.get("Name", "")), str(each.get("State") or each.get("Status", ACTIVE)))
        for each in _pages(caller, "list_accounts", "Accounts")
    ]
    reader = _Reader(caller, about, members)
    return Organization(str(about.get("MasterAccountId", "")), members, [*reader.lines()])


class _Reader:
    def __init__(self, caller: Caller, about: Mapping[str, Any], members: Sequence[Member]) -> None:
        self._caller = caller
        self._about = about
        self._members = members
        self._parents: dict[str, str] = {}
        self._units: dict[str, tuple[Mapping[str, Any], str]] = {}
        self._unread: dict[str, Why] = {}

    def lines(self) -> Iterator[Line]:
        roots = self._roots()
        arn = str(self._about.get("Arn", "")) or None
        properties: dict[str, object] = {
            "FeatureSet": self._about.get("FeatureSet"),
            "ManagementAccountId": self._about.get("MasterAccountId"),
            "RootId": roots[0] if roots else None,
        }
        unknown: list[tuple[Path, Why]] = []
        if not roots and "tree" in self._unread:
            unknown.append((("RootId",), self._unread["tree"]))
        yield Seen(ORGANIZATION, str(self._about.get("Id", "")), arn, None, properties, unknown)
        yield Listed(ORGANIZATION)
        yield from self._account_lines()
        for name, (unit, parent) in self._units.items():
            written: dict[str, object] = {"Id": name, "Name": unit.get("Name"), "ParentId": parent}
            yield Seen(UNIT, name, _optional(unit.get("Arn")), None, written)
        yield Listed(UNIT, self._unread.get("tree"))
        yield from self._policies()

    def _roots(self) -> list[str]:
        found: list[str] = []
        try:
            for root in _pages(self._caller, "list_roots", "Roots"):
                found.append(str(told(root, "Id")))
                self._below(found[-1], 0)
        except RefusedError as error:
            self._unread["tree"] = _why(error, "ListRoots")
        return found

    def _below(self, parent: str, depth: int) -> None:
        try:
            for account in _pages(self._caller, "list_accounts_for_parent", "Accounts", ParentId=parent):
                self._parents[str(told(account, "Id"))] = parent
        except RefusedError as error:
            self._unread["tree"] = _why(error, "ListAccountsForParent", parent)
        try:
            operation = "list_organizational_units_for_parent"
            units = [*_pages(self._caller, operation, "OrganizationalUnits", ParentId=parent)]
            names = [str(told(unit, "Id")) for unit in units]
        except RefusedError as error:
            self._unread["tree"] = _why(error, "ListOrganizationalUnitsForParent", parent)
            return
        for name, unit in zip(names, units, strict=True):
            if name not in self._units and depth < _DEEPEST:
                self._units[name] = (unit, parent)
                self._below(name, depth + 1)

    def _account_lines(self) -> Iterator[Line]:
        arns = str(self._about.get("Arn", ""))
        head = arns.replace(":organization/", ":account/", 1) if ":organization/" in arns else ""
        for member in self._members:
            # What people are called and where they get mail is nothing that a rule asks for.
            properties: dict[str, object] = {
                "AccountId": member.id,
                "AccountName": member.name or None,
                "Status": member.status,
                "ParentIds": [self._parents[member.id]] if member.id in self._parents else None,
            }
            doubt = self._unread.get("tree")
            unknown: list[tuple[Path, Why]] = []
            if member.id not in self._parents:
                unknown.append((("ParentIds",), doubt or Why("not-collected", "no unit of the organisation lists it")))
            yield Seen(ACCOUNT, member.id, f"{head}/{member.id}" if head else None, None, properties, unknown)
        yield Listed(ACCOUNT)

    def _policies(self) -> Iterator[Line]:
        unread: Why | None = None
        for kind in KINDS:
            try:
                found = [*_pages(self._caller, "list_policies", "Policies", Filter=kind)]
                names = [str(told(each, "Id")) for each in found]
            except RefusedError as error:
                if error.is_one_of(_SWITCHED_OFF):
                    continue
                why = _why(error, "ListPolicies", kind)
                unread = unread or why
                yield Failed("organizations:ListPolicies", kind, why, (POLICY,))
                continue
            for name, summary in zip(names, found, strict=True):
                yield from self._policy(kind, name, summary)
        for why in self._unread.values():
            yield Failed("organizations:ListOrganizationalUnitsForParent", "", why, (UNIT, ACCOUNT, POLICY))
        yield Listed(POLICY, unread)

    def _policy(self, kind: str, name: str, summary: Mapping[str, Any]) -> Iterator[Line]:
        properties: dict[str, object] = {
            "Name": summary.get("Name"),
            "Type": kind,
            "AwsManaged": bool(summary.get("AwsManaged")),
        }
        unknown: list[tuple[Path, Why]] = []
        try:
            content = self._caller.call("organizations", "describe_policy", PolicyId=name)["Policy"]["Content"]
            properties["Content"] = json.loads(content)
        except RefusedError as error:
            unknown.append((("Content",), _why(error, "DescribePolicy", name)))
            properties["Content"] = None
            yield Failed("organizations:DescribePolicy", name, unknown[-1][1], (POLICY,))
        except (KeyError, TypeError, ValueError):
            properties["Content"] = None
            unknown.append((("Content",), Why("scanner-error", f"the content of {name} is no JSON")))
        try:
            targets = _pages(self._caller, "list_targets_for_policy", "Targets", PolicyId=name)
            properties["TargetIds"] = sorted(str(told(each, "TargetId")) for each in targets)
        except RefusedError as error:
            unknown.append((("TargetIds",), _why(error, "ListTargetsForPolicy", name)))
            properties["TargetIds"] = None
            yield Failed("organizations:ListTargetsForPolicy", name, unknown[-1][1], (POLICY,))
        yield Seen(POLICY, name, _optional(summary.get("Arn")), None, properties, unknown)


def _pages(caller: Caller, operation: str, key: str, **arguments: object) -> Iterator[Mapping[str, Any]]:
    seen: set[str] = set()
    while True:
        answer: Answer = caller.call("organizations", operation, **arguments)
        yield from answer.get(key) or ()
        token = answer.get("NextToken")
        if not token:
            return
        if str(token) in seen or len(seen) >= MOST_PAGES:
            raise RefusedError(ENDLESS, f"{len(seen) + 1:,} pages were read, and each leads on to another one")
        seen.add(str(token))
        arguments["NextToken"] = token


def _why(error: RefusedError, operation: str, on: str = "") -> Why:
    return error.why(f"organizations:{operation}", on)


def _optional(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
