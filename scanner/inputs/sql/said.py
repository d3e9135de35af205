"""What a statement of PostgreSQL says of who may see which rows."""

from __future__ import annotations

from typing import Literal

from scanner.base.record import record
from scanner.inputs.sql.parsing import Node

Check = Literal["none", "local", "cascaded"]
"""Whether a new row must be one that the view shows: by its own condition, or also by those of views beneath."""


@record
class Name:
    """`schema` is empty where none is said."""

    name: str
    schema: str = ""


@record
class Foreign:
    """A foreign key; `to` is empty where it is the primary key of `table`.

    `deletes` and `updates` are PostgreSQL's letters for what becomes of its rows when the row that they name is removed
    or gets another key: `c` CASCADE, `n` SET NULL, `d` SET DEFAULT, others for nothing.
    """

    columns: tuple[str, ...]
    table: Name
    to: tuple[str, ...] = ()
    name: str = ""
    deletes: str = "a"
    updates: str = "a"
    holds: bool = True
    """Whether it is true of every row, as one that was added NOT VALID is not."""


@record
class CreateTable:
    """`columns` are names with their types, such as `text`; `like` are tables whose columns it takes.

    `parents` are tables that it inherits from or is a partition of: its rows are read through them, too.
    """

    table: Name
    columns: tuple[tuple[str, str], ...] = ()
    parents: tuple[Name, ...] = ()
    kept: bool = True
    """False for `IF NOT EXISTS`, which may find another table there."""
    owner: str | None = None
    like: tuple[Name, ...] = ()
    partition: bool = False
    foreign: tuple[Foreign, ...] = ()
    primary: tuple[str, ...] = ()


@record
class CreateSchema:
    """`owner` is None for whoever runs the file; where `new` is False, an owner is given to one that is there."""

    schema: str
    owner: str | None = None
    new: bool = True


@record
class DropTable:
    """Tables or views that are dropped, whether or not with `IF EXISTS`; `cascade` takes along what uses them."""

    tables: tuple[Name, ...]
    cascade: bool = False


@record
class DropSchema:
    """A schema that is dropped with all that it holds."""

    schema: str


@record
class AlterTable:
    """`enabled` and `forced` are None where nothing is said of them. Views and sequences are altered this way, too."""

    table: Name
    enabled: bool | None = None
    forced: bool | None = None
    owner: str | None = None
    renamed: str | None = None
    moved: str | None = None
    columns: tuple[tuple[str, str], ...] = ()
    renamed_column: tuple[str, str] | None = None
    invoker: bool | None = None
    barrier: bool | None = None
    checks: Check | None = None
    """WITH CHECK OPTION of a view from now on."""
    attached: tuple[Name, ...] = ()
    """Tables whose rows are read through this one from now on."""
    inherits: tuple[Name, ...] = ()
    detached: tuple[Name, ...] = ()
    """Partitions whose rows are no longer read through this one."""
    disinherits: tuple[Name, ...] = ()
    """Tables that this one no longer inherits from."""
    foreign: tuple[Foreign, ...] = ()
    primary: tuple[str, ...] = ()
    dropped_constraint: str | None = None
    dropped_column: str | None = None
    cascade: bool = False
    """Whether the column or constraint takes along what uses it; without CASCADE nothing may."""


@record
class Policy:
    """One of `CREATE POLICY`, or what `ALTER POLICY` changes of it, where None is left as it is.

    `using` and `check` are as they are written, `condition` and `check_condition` their parse trees.
    """

    table: Name
    name: str
    new: bool
    command: str | None = None
    permissive: bool | None = None
    roles: tuple[str, ...] | None = None
    using: str | None = None
    check: str | None = None
    renamed: str | None = None
    condition: Node | None = None
    check_condition: Node | None = None


@record
class DropPolicy:
    """`name` is unique within the table only."""

    table: Name
    name: str


@record
class Role:
    """`says` are the options that it names, such as BYPASSRLS and NOSUPERUSER."""

    name: str
    new: bool
    says: frozenset[str] = frozenset()
    members_of: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()


@record
class DropRole:
    """Roles that are dropped, and with them their memberships."""

    names: tuple[str, ...]


@record
class Membership:
    """What a member has of a role, from PostgreSQL 16 on said by each GRANT (documentation of GRANT on roles).

    `inherits` is None where the member's own attribute decides: as it was when the role was granted, from 16 on, and as
    it is before that.
    """

    inherits: bool | None = None
    settable: bool = True
    admin: bool = False
    said: frozenset[str] = frozenset()
    """The options that the statement names: what it does not name stays as it was."""


@record
class Grant:
    """`on` are tables, functions or schemas, or `ALL TABLES IN SCHEMA x`; empty where roles are granted.

    A privilege on a column is such as `SELECT of id`. `taken` is a REVOKE, `membership` how a role that is granted can
    be used; `of` is `tables`, `functions`, `schemas` or `servers`, and begins with `default ` where it holds for what
    is made later: in `schema`, and by the role `by`, where these are said.
    """

    privileges: tuple[str, ...]
    on: tuple[Name | str, ...]
    to: tuple[str, ...]
    taken: bool = False
    membership: Membership = Membership()
    of: str = "tables"
    schema: str | None = None
    by: str | None = None
    grantor: str | None = None
    """Who gives or takes it; None for whoever the statement runs as."""
    cascade: bool = False
    """Whether what those gave on from whom it is taken goes with it."""


@record
class View:
    """`stored` is a materialized view, which keeps the rows that its owner saw.

    `barrier` keeps functions of whoever asks from rows that the view leaves out, `check` is WITH CHECK OPTION.
    """

    name: Name
    query: Node
    invoker: bool
    stored: bool
    barrier: bool = False
    check: Check = "none"


@record
class Function:
    """`body` is a parse tree or text; `called` says that a role may call it, as no trigger function can be."""

    name: Name
    language: str
    definer: bool
    body: Node | str
    called: bool
    arguments: int
    parameters: tuple[str, ...] = ()
    search_path: tuple[str, ...] | None = None
    types: tuple[str, ...] = ()
    """Of what it is given: one name may have several functions."""
    strict: bool = False
    """Whether it gives NULL where it is given one."""
    sets: bool = False
    """Whether it has a setting of its own other than its search_path."""
    leakproof: bool = False
    """Whether conditions of whoever asks may call it on rows before policies leave them out."""
    returns: str = ""
    """The type of what it gives, such as `text`; empty for a procedure and for a table."""


@record
class Rule:
    """What else, or instead, is done with the relation's owner's rights when a command comes for it."""

    relation: Name
    name: str
    command: str
    actions: tuple[Node, ...]


@record
class Trigger:
    """A function that is called when rows of a relation are changed."""

    relation: Name
    name: str
    function: Name


@record
class Detached:
    """A rule or trigger of this name that is dropped, switched off or on again; all triggers where it has no name."""

    relation: Name
    kind: Literal["rule", "trigger"]
    name: str | None = None
    state: Literal["dropped", "off", "on"] = "dropped"


@record
class DropPublication:
    """A publication that is dropped."""

    name: str


@record
class Publication:
    """Tables whose changes are sent to whoever subscribes; None for all tables."""

    name: str
    tables: tuple[Name, ...] | None


@record
class Operator:
    """An operator that is defined, such as `=`, and the functions that it calls."""

    sign: str
    functions: tuple[Name, ...] = ()


@record
class Made:
    """A type, sequence, collation or the like, of which only the name is kept."""

    name: Name


@record
class AlterFunction:
    """The function of a name with these types of arguments, every one where `types` is None."""

    name: Name
    types: tuple[str, ...] | None = None
    owner: str | None = None
    definer: bool | None = None
    dropped: bool = False
    search_path: tuple[str, ...] | None = None
    renamed: str | None = None
    moved: str | None = None
    strict: bool | None = None
    sets: bool | None = None
    cascade: bool = False
    leakproof: bool | None = None


@record
class Aggregate:
    """An aggregate, whose owner is asked whether it may call its functions (CREATE AGGREGATE), not who calls it."""

    name: Name
    functions: tuple[Name, ...]
    arguments: int


@record
class UserMapping:
    """As whom a role, or `public`, is let into a foreign server."""

    role: str
    server: str


@record
class DatabaseOwner:
    """Who owns the database that the file is run in."""

    role: str


@record
class SearchPath:
    """The first schema of a `SET search_path`, where what is made without a schema is from then on.

    What is there already is looked for in it and in the `others`. `local` where that ends with the transaction.
    """

    schema: str
    local: bool = False
    others: tuple[str, ...] = ()


@record
class RunAs:
    """Whose rights hold from here on; None for those of whoever runs the file. `local` as in SearchPath."""

    role: str | None
    local: bool = False


@record
class Calls:
    """Functions that a statement may call, by their names without schemas: what they change, it changes.

    `relations` are words that may be views that call functions, or tables whose triggers do.
    """

    functions: frozenset[str]
    relations: frozenset[str] = frozenset()


@record
class Unread:
    """A statement that may matter, and that was not understood; `of_roles` where it speaks of these."""

    beginning: str
    of_roles: bool


Said = (
    CreateTable
    | CreateSchema
    | Rule
    | Trigger
    | Publication
    | Detached
    | DropPublication
    | Operator
    | Made
    | DropTable
    | DropSchema
    | AlterTable
    | Policy
    | DropPolicy
    | Role
    | DropRole
    | Grant
    | View
    | Function
    | AlterFunction
    | Aggregate
    | Calls
    | SearchPath
    | RunAs
    | UserMapping
    | DatabaseOwner
    | Unread
)


@record
class Statement:
    """What is said between two offsets of the text."""

    said: Said
    start: int
    end: int


__all__ = [
    "Aggregate",
    "AlterFunction",
    "AlterTable",
    "Calls",
    "CreateSchema",
    "CreateTable",
    "DatabaseOwner",
    "Detached",
    "DropPolicy",
    "DropPublication",
    "DropRole",
    "DropSchema",
    "DropTable",
    "Foreign",
    "Function",
    "Grant",
    "Made",
    "Membership",
    "Name",
    "Operator",
    "Policy",
    "Publication",
    "Role",
    "Rule",
    "RunAs",
    "Said",
    "SearchPath",
    "Statement",
    "Trigger",
    "Unread",
    "UserMapping",
    "View",
]
