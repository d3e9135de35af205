"""Prowler's mutelists: checks by account, region and resource ("Mutelisting", documentation of Prowler).

A resource is a pattern there that is looked for anywhere in a finding's resource. Only one that can be nothing but an
ARN or a whole name becomes an exception: whatever means more would be widened in silence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import cast

from scanner.inputs.other_suppressions.suppression import Suppression
from scanner.text.document import Document

_ARN = re.compile(r"arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:[0-9]*:[A-Za-z0-9_+=,.@/:-]+\Z")
_NAME = re.compile(r"[A-Za-z0-9_.-]+\Z")
_ALL = ("*", ".*")


def is_mutelist(data: object) -> bool:
    """Whether the YAML is one; Prowler 3 called it an allowlist."""
    return isinstance(data, Mapping) and any(isinstance(data.get(key), Mapping) for key in ("Mutelist", "Allowlist"))


def of_mutelist(document: Document) -> Iterator[Suppression]:
    """One for each account, check and resource."""
    data = cast("Mapping[str, Mapping[str, object]]", document.data)
    top = next(key for key in ("Mutelist", "Allowlist") if isinstance(data.get(key), Mapping))
    accounts = data[top].get("Accounts")
    for account, body in accounts.items() if isinstance(accounts, Mapping) else ():
        checks = body.get("Checks") if isinstance(body, Mapping) else None
        for check, entry in checks.items() if isinstance(checks, Mapping) else ():
            line = document.place((top, "Accounts", account, "Checks", check)).line
            reason = entry.get("Description") if isinstance(entry, Mapping) else None
            said = reason.strip() if isinstance(reason, str) else ""
            for resource, refused in _resources(str(account), entry):
                yield Suppression("prowler", str(check), resource, said, document.path, line, refused)


def _resources(account: str, entry: object) -> Iterator[tuple[str, str]]:
    if not isinstance(entry, Mapping):
        yield "", "it is of no known form"
        return
    narrowing = [key for key in ("Tags", "Exceptions") if entry.get(key)]
    if narrowing:
        yield "", f"it is narrowed by `{narrowing[0]}`, which an exception cannot be"
        return
    regions = [str(each) for each in _listed(entry.get("Regions"))]
    everywhere = not regions or any(each in _ALL for each in regions)
    for each in _listed(entry.get("Resources")):
        pattern = str(each).removeprefix("^").removesuffix("$")
        if pattern in _ALL:
            yield "", "it means every resource; leave the rule out by `skip` in the configuration, or name resources"
        elif _ARN.match(pattern):
            of = pattern.split(":")
            if account != "*" and of[4] and of[4] != account:
                yield "", f"`{pattern}` is not of account {account}"
            elif not everywhere and of[3] and of[3] not in regions:
                yield "", f"`{pattern}` is in none of its regions"
            else:
                yield pattern, ""
        elif _NAME.match(pattern) and account == "*" and everywhere:
            # Prowler finds the name anywhere in an ARN; here it is the whole of the last part.
            yield f"arn:*:{pattern}", ""
        elif _NAME.match(pattern):
            yield "", f"`{pattern}` is a name of one account or region; write the ARN"
        else:
            yield "", f"`{pattern}` is a pattern; write the ARN of each resource"


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else []
