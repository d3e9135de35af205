"""What a catalogue holds of each relation, role and function."""

from __future__ import annotations

from dataclasses import field

from scanner.base.record import mutable, record
from scanner.inputs.sql.parsing import Node
from scanner.inputs.sql.said import Check, Function, Membership, Policy, Rule, Trigger
from scanner.inputs.sql.source import Place


@record
class ForeignKey:
    """`others` are the columns of the table `to` that it names; `deletes` and `updates` as in `said.Foreign`.

    One that does not hold is not true of every row, or names columns that are not known.
    """

    columns: tuple[str, ...]
    to: str
    others: tuple[str, ...]
    name: str
    holds: bool = True
    deletes: str = "a"
    updates: str = "a"


@mutable
class Table:
    """`owner` is None for whoever runs the file. `parents` are tables through which its rows are read, too."""

    place: Place
    created: bool
    columns: dict[str, str] = field(default_factory=dict)
    parents: list[str] = field(default_factory=list)
    owner: str | None = None
    enabled: bool | None = None
    forced: bool | None = None
    policies: dict[str, Policy] = field(default_factory=dict)
    partition: bool = False
    primary: tuple[str, ...] = ()
    foreign: list[ForeignKey] = field(default_factory=list)
    unnamed: set[str] = field(default_factory=set)
    """Names of foreign keys that nobody wrote, as PostgreSQL makes them where they are not taken."""


@mutable
class Held:
    """A role. `says` are options such as BYPASSRLS."""

    place: Place
    created: bool
    says: set[str] = field(default_factory=set)
    memberships: dict[str, Membership] = field(default_factory=dict)
    given: dict[str, dict[str | None, Membership]] = field(default_factory=dict)
    """The same by who gave them: each may take back its own only (documentation of GRANT)."""

    def inherits(self, membership: Membership) -> bool:
        """Whether it has the role's privileges without taking it on."""
        return "NOINHERIT" not in self.says if membership.inherits is None else membership.inherits


@mutable
class SchemaHeld:
    """A schema; `owner` is None for whoever runs the file."""

    owner: str | None
    created: bool


@mutable
class Granted:
    """A GRANT as it was written, without what was taken back since."""

    place: Place
    on: str
    privileges: list[str]
    to: list[str]


@mutable
class ViewHeld:
    """A view; `owner` is None for whoever runs the files."""

    place: Place
    query: Node
    invoker: bool
    stored: bool
    owner: str | None
    barrier: bool = False
    check: Check = "none"


@mutable
class FunctionHeld:
    """A function; `owner` is None for whoever runs the files."""

    place: Place
    function: Function
    owner: str | None


@mutable
class Attached:
    """What acts beside the commands that come for a relation."""

    rules: dict[str, Rule] = field(default_factory=dict)
    triggers: dict[str, Trigger] = field(default_factory=dict)
    off: set[tuple[str, str]] = field(default_factory=set)
    """What is switched off: `rule` or `trigger`, and the name."""

    def acting(self) -> tuple[list[Rule], list[Trigger]]:
        """What is not switched off."""
        rules = [each for name, each in self.rules.items() if ("rule", name) not in self.off]
        return rules, [each for name, each in self.triggers.items() if ("trigger", name) not in self.off]


__all__ = ["Attached", "ForeignKey", "FunctionHeld", "Granted", "Held", "SchemaHeld", "Table", "ViewHeld"]
