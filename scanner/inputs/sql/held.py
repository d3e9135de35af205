"""What a catalogue holds of each relation, role and function."""

from __future__ import annotations

from dataclasses import field

from scanner.base.record import mutable
from scanner.inputs.sql.parsing import Node
from scanner.inputs.sql.said import Check, Function, Membership, Policy, Rule, Trigger
from scanner.inputs.sql.source import Place


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
    foreign: list[tuple[tuple[str, ...], str, tuple[str, ...], str]] = field(default_factory=list)
    """Foreign keys: columns, the table that they name, its columns, and the constraint's own name."""


@mutable
class Held:
    """A role. `says` are options such as BYPASSRLS."""

    place: Place
    created: bool
    says: set[str] = field(default_factory=set)
    memberships: dict[str, Membership] = field(default_factory=dict)

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


__all__ = ["Attached", "FunctionHeld", "Granted", "Held", "SchemaHeld", "Table", "ViewHeld"]
