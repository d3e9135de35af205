"""What leads from one role to another: handing a role over, changing what runs as one, changing who a principal is.

`role_passing.json` has every action that hands a role to a service, compiled from AWS's SDK and the "Service
Authorization Reference" (`scripts/compile_role_passing.py`). `escalation_rows.json` is written by hand: which of them
surely start something as that role, and which writes are harmless. What neither says is *not modelled*.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from scanner.iam.action_rows import action_rows
from scanner.iam.catalogue import catalogue
from scanner.shipped_data import data_file

_WRITING = ("Write", "Permissions management", "Tagging")
_SUFFIX = ".amazonaws.com"
IAM = "iam"


class EscalationRows:
    """All rows, decoded once."""

    def __init__(self, rows: bytes, passing: bytes) -> None:
        read: dict[str, Any] = json.loads(rows)
        self._launches: dict[str, tuple[str, list[str]]] = read["launches"]
        self._prefixes: dict[str, list[str]] = read["prefixes"]
        self._beside: list[str] = read["beside"]
        self._http: dict[str, list[str]] = read["http"]
        self._passing: dict[str, list[str]] = json.loads(passing)["operations"]
        self._elsewhere: dict[str, list[str]] = read["elsewhere"]
        self.compute: frozenset[str] = frozenset(read["compute"])
        """Prefixes of services whose resources run code, or make calls, as a role that they have."""
        self._use = tuple[str, ...](read["use"])
        self._kept = {f"{prefix}:{name}" for prefix, names in read["kept"].items() for name in names}
        self._iam = {f"{IAM}:{name}" for name in read["iam"]}
        self._identity: list[str] = read["identity"]
        self._identity_more: list[str] = read["identity_more"]
        self._identity_kept = {f"{prefix}:{name}" for prefix, names in read["identity_kept"].items() for name in names}
        self.changes: frozenset[str] = frozenset(read["changes"])
        """Actions after which what exists does what the caller says, as the role that it has."""
        self._perhaps = frozenset[str](read["perhaps"])
        self.commands: tuple[str, ...] = tuple(read["commands"])
        """Actions that run the caller's code elsewhere, as a role that no file tells."""
        self._people: tuple[str, ...] | None = None

    def launching(self, service: str) -> tuple[str, ...]:
        """Actions by which a role handed to the service (`lambda.amazonaws.com`) surely works for the caller."""
        return tuple(self._launches.get(service, ("", []))[1])

    def handing_over(self, service: str) -> tuple[str, ...]:
        """All other actions that may hand a role to the service: what it then does with it is not modelled.

        Of a service that no row and no prefix is known for these are all there are.
        """
        prefixes = self._prefixes_of(service)
        listed = {**self._passing, **self._http}
        chosen = [prefix for prefix in prefixes if prefix in listed] or (list(listed) if not prefixes else [])
        names = [f"{prefix}:{name}" for prefix in chosen for name in listed[prefix]]
        names += [each for each in self._beside if each.partition(":")[0] in chosen or IAM in prefixes]
        sure = frozenset(self.launching(service))
        return tuple(name for name in dict.fromkeys(names) if name not in sure)

    def _prefixes_of(self, service: str) -> list[str]:
        labels = service.removesuffix(".cn").removesuffix(_SUFFIX).split(".")
        for label in labels:
            if label in self._prefixes:
                return self._prefixes[label]
        return [label for label in labels if label in self._passing or label in self._http]

    def changing(self, actions: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Of the actions on something that runs as a role, those that surely change what it runs and those that may."""
        sure, open_ones = [], []
        for name in actions:
            if name in self.changes:
                sure.append(name)
            elif name in self._perhaps or self._may_change(name):
                open_ones.append(name)
        return tuple(sure), tuple(open_ones)

    def _may_change(self, name: str) -> bool:
        known = catalogue().action(name)
        if known is None or known.access_level not in ("Write", "Permissions management") or name in self._kept:
            return False
        return not name.partition(":")[2].startswith(self._use)

    def elsewhere(self, type_name: str) -> tuple[str, ...]:
        """Actions on other resources that change what one of the type is asked to do."""
        return tuple(self._elsewhere.get(type_name, ()))

    def on_principals(self) -> tuple[str, ...]:
        """Every action that changes who a principal of IAM is, what it may do, or who may become it."""
        return tuple(name for name in _writing(IAM) if name not in self._iam and name != f"{IAM}:PassRole")

    def on_people(self) -> tuple[str, ...]:
        """Every action that may change who somebody who signs in is, and so their tenant."""
        if self._people is None:
            self._people = self._found_on_people()
        return self._people

    def _found_on_people(self) -> tuple[str, ...]:
        writes = [name for prefix in self._identity for name in _writing(prefix) if name not in self._identity_kept]
        return (*(name for name in writes if action_rows().judged(name).reason != "not-iam"), *self._identity_more)


def _writing(prefix: str) -> tuple[str, ...]:
    return tuple(each.name for each in catalogue().matching(f"{prefix}:*") if each.access_level in _WRITING)


@lru_cache(maxsize=1)
def escalation_rows() -> EscalationRows:
    """The shipped rows, read once."""
    return EscalationRows(data_file("escalation_rows.json").read_bytes(), data_file("role_passing.json").read_bytes())
