"""A schema in a throwaway server, as its files make it.

What is read is hostile, and a superuser of PostgreSQL can run programs (COPY ... TO PROGRAM). So no text of a file runs
as one: statements run as a role that bypasses row-level security and is no superuser. What only a superuser may do
(roles, and who is a member of which) is put together here from the names that a file gives.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from scanner.base.error import TenantproofError
from scanner.base.record import mutable, record
from scanner.databases.server import Server, driver
from scanner.inputs.sql.migrations import run_part
from scanner.inputs.sql.parsing import Node, NotUnderstoodError, pieces_of, read, without_data
from scanner.inputs.sql.source import SqlFile
from scanner.inputs.sql.transactions import taken_back

RUNNER = "tenantproof_runner"
FILLER = "tenantproof_filler"
"""Who puts in rows: types, checks, defaults and triggers of the files then run with its rights, so it is no superuser.

It owns what the files make through the roles that it is a member of, sees all rows, and switches triggers off.
"""
DATABASE = "tenantproof_try"

# Names that a migration gives to the superuser of its server.
_SUPERUSERS = frozenset(["postgres", "rdsadmin", "rds_superuser", "cloudsqlsuperuser", "supabase_admin"])
# Predefined roles that reach neither files nor programs (documentation, "Predefined Roles").
_PREDEFINED = frozenset(
    ["pg_read_all_data", "pg_write_all_data", "pg_monitor", "pg_read_all_settings", "pg_read_all_stats", "pg_maintain"]
)
# Trusted extensions whose scripts define types and functions only.
_EXTENSIONS = frozenset(
    ["btree_gin", "btree_gist", "citext", "fuzzystrmatch", "hstore", "intarray", "ltree", "pg_trgm"]
).union(["pgcrypto", "plpgsql", "tablefunc", "unaccent", "uuid-ossp"])
_ALL_DATA = 14
_OWN_ROLES_ONLY = 16  # before, CREATEROLE may grant itself the role that runs programs
_LEFT_OUT = frozenset(
    [
        "TransactionStmt",
        "CopyStmt",
        "InsertStmt",
        "UpdateStmt",
        "DeleteStmt",
        "MergeStmt",
        "CreatedbStmt",
        "DropdbStmt",
        "AlterDatabaseStmt",
        "CreateTableSpaceStmt",
        "AlterSystemStmt",
        "LockStmt",
        "VacuumStmt",
        "CommentStmt",
        "NotifyStmt",
        "ListenStmt",
        "CheckPointStmt",
        "LoadStmt",
        "CreateSubscriptionStmt",
    ]
)


@record
class Skipped:
    """A statement that the server refused or that is not run here."""

    place: str
    why: str


@mutable
class Built:
    """`superusers` were declared so in the files, and are roles that bypass row-level security here.

    `assumed` are roles that the files name and do not make; they are made as roles that can log in.
    """

    database: str
    version: int
    roles: list[str]
    superusers: list[str]
    assumed: list[str]
    skipped: list[Skipped]


def prepare(server: Server) -> None:
    """The database, and the role that runs files in it and owns it."""
    with closing(server.connect("postgres")) as admin:
        admin.run("SET statement_timeout = 0")  # that of the server is for what files bring
        admin.run(f"CREATE ROLE {RUNNER} LOGIN BYPASSRLS NOSUPERUSER")
        admin.run(f"CREATE ROLE {FILLER} LOGIN BYPASSRLS NOSUPERUSER IN ROLE {RUNNER}")
        # No name of the files stands for the server's: what is set for a role wins over what they set for a database.
        admin.run("ALTER ROLE postgres SET search_path = pg_catalog, pg_temp")
        # What a superuser sets for a role holds for it also where it could not set it itself (ALTER ROLE).
        admin.run(f"ALTER ROLE {FILLER} SET session_replication_role = replica")
        admin.run(f"ALTER ROLE {FILLER} SET search_path = pg_catalog, pg_temp")
        if server.version >= _ALL_DATA:
            admin.run(f"GRANT pg_read_all_data, pg_write_all_data TO {FILLER}")
        admin.run(f"CREATE DATABASE {DATABASE} OWNER {RUNNER}")
    with closing(server.connect("postgres", DATABASE)) as admin:
        admin.run(f"GRANT ALL ON SCHEMA public TO {RUNNER}")


def build(server: Server, files: Sequence[SqlFile], assumed: Sequence[str] = ()) -> Built:
    """Runs the files in the database that was prepared.

    Raises MissingExtraError.
    """
    errors = driver()
    built = Built(DATABASE, server.version, [], [], [], [])
    with (
        closing(server.connect("postgres", DATABASE)) as admin,
        closing(server.connect(RUNNER, DATABASE)) as runner,
    ):
        for name in assumed:
            admin.run(f"CREATE ROLE {quoted(name)} LOGIN")
            admin.run(f"GRANT {quoted(name)} TO {RUNNER}")
            built.roles.append(name)
            built.assumed.append(name)
        for file in files:
            runner.run("RESET SESSION AUTHORIZATION")
            runner.run("RESET ALL")
            for place, text, kind, body in _statements(file, built):
                try:
                    _take(built, admin, runner, text, kind, body)
                except RefusedError as refused:
                    built.skipped.append(Skipped(place, str(refused)))
                except errors.DatabaseError as error:
                    built.skipped.append(Skipped(place, told(error)))
                except errors.InterfaceError as error:
                    built.skipped.append(Skipped(place, f"the connection was lost: {error}"))
                    return built
    return built


def told(error: Exception) -> str:
    """The server's message."""
    said = error.args[0] if error.args else error
    return str(said.get("M", said) if isinstance(said, dict) else said)


def quoted(name: str) -> str:
    """A name as an identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: str | None) -> str:
    """A constant of SQL."""
    return "NULL" if value is None else "'" + value.replace("'", "''") + "'"


class closing:  # noqa: N801  # as in contextlib, but for what a lost connection raises
    """Closes the connection, also one that is lost."""

    def __init__(self, connection: Any) -> None:  # the driver ships no types
        self._connection = connection

    def __enter__(self) -> Any:
        return self._connection

    def __exit__(self, *_: object) -> None:
        try:
            self._connection.close()
        except (OSError, driver().InterfaceError, driver().DatabaseError):
            return


def _statements(file: SqlFile, built: Built) -> Iterator[tuple[str, str, str, Node]]:
    text = without_data(run_part(file.text)[0])
    try:
        pieces = list(pieces_of(text))
    except NotUnderstoodError as error:
        built.skipped.append(Skipped(file.path, str(error)))
        return
    gone, at = taken_back(pieces, text), 0
    while at < len(pieces):
        place = f"{file.path}:{text.count(chr(10), 0, pieces[at].start) + 1}"
        taken = 1
        try:
            nodes, taken = read(pieces, at, text)
        except NotUnderstoodError as error:
            built.skipped.append(Skipped(place, str(error)))
            nodes = []
        if len(nodes) == 1 and at not in gone:
            (kind, body), *_ = nodes[0].items()
            yield place, text[pieces[at].start : pieces[at + taken - 1].end], kind, body
        at += taken


def _take(built: Built, admin: Any, runner: Any, text: str, kind: str, body: Node) -> None:
    if kind in _LEFT_OUT:
        return
    if kind == "CreateRoleStmt":
        _create_role(built, admin, str(body["role"]), _options(body, "options"))
    elif kind == "AlterRoleStmt":
        _alter_role(built, admin, body)
    elif kind == "GrantRoleStmt":
        _grant_roles(built, admin, body)
    elif kind == "DropRoleStmt":
        for each in body.get("roles", ()):
            admin.run(f"DROP ROLE {quoted(_made(built, each))}")
    elif kind == "AlterOwnerStmt":
        _change_owner(built, admin, runner, text, [body["newowner"]], schema=body.get("objectType") == "OBJECT_SCHEMA")
    elif kind == "AlterTableStmt" and _only_owner(body):
        _change_owner(built, admin, runner, text, [each["AlterTableCmd"]["newowner"] for each in body["cmds"]])
    elif kind == "CreateExtensionStmt" and body.get("extname") not in _EXTENSIONS:
        raise RefusedError(f"the extension `{body.get('extname')}` is not made here")
    else:
        runner.run(text)


def _change_owner(
    built: Built, admin: Any, runner: Any, text: str, owners: Sequence[Node], *, schema: bool = False
) -> None:
    """Runs ALTER ... OWNER TO. A superuser could make over what is the server's own, such as `lo_export`.

    Where no superuser runs it, the new owner must be allowed to create such a thing there ("ALTER TABLE", "ALTER
    SCHEMA"): that is lent to it.
    """
    if any(_named(each) in _SUPERUSERS for each in owners):
        return
    lent: list[tuple[str, str]] = []
    for name in dict.fromkeys(_made(built, each) for each in owners):
        where = _LENT_OF_DATABASE if schema else _LENT_OF_SCHEMAS
        lent += [(str(place), quoted(name)) for (place,) in admin.run(where.format(role=literal(name)))]
    for place, name in lent:
        admin.run(f"GRANT CREATE ON {place} TO {name}")
    try:
        runner.run(text)
    finally:
        for place, name in lent:
            admin.run(f"REVOKE CREATE ON {place} FROM {name}")


_LENT_OF_SCHEMAS = """
SELECT format('SCHEMA %I', nspname) FROM pg_namespace
WHERE nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema' AND NOT has_schema_privilege({role}, oid, 'CREATE')
"""
_LENT_OF_DATABASE = """
SELECT format('DATABASE %I', current_database()) WHERE NOT has_database_privilege({role}, current_database(), 'CREATE')
"""


def _create_role(built: Built, admin: Any, name: str, options: Node) -> None:
    if name in built.assumed:
        return
    admin.run(f"CREATE ROLE {quoted(name)} {' '.join(_words(built, name, options))}")
    built.roles.append(name)
    admin.run(f"GRANT {quoted(name)} TO {RUNNER}")
    for each in _listed(options.get("addroleto")):
        _grant(built, admin, _named(each), name, "")
    for key, more in (("rolemembers", ""), ("adminmembers", "WITH ADMIN OPTION")):
        for each in _listed(options.get(key)):
            _grant(built, admin, name, _named(each), more)


def _alter_role(built: Built, admin: Any, body: Node) -> None:
    name = _made(built, body["role"])
    options = _options(body, "options")
    for each in _listed(options.get("rolemembers")):  # ALTER GROUP
        if body.get("action") == -1:
            admin.run(f"REVOKE {quoted(name)} FROM {quoted(_made(built, each))}")
        else:
            _grant(built, admin, name, _named(each), "")
    words = _words(built, name, options)
    if words:
        admin.run(f"ALTER ROLE {quoted(name)} {' '.join(words)}")


_FLAGS = {"canlogin": "LOGIN", "inherit": "INHERIT", "createdb": "CREATEDB", "bypassrls": "BYPASSRLS"}


def _words(built: Built, name: str, options: Node) -> list[str]:
    words = [word if _is_on(options[key]) else f"NO{word}" for key, word in _FLAGS.items() if key in options]
    if "createrole" in options and built.version >= _OWN_ROLES_ONLY:
        words.append("CREATEROLE" if _is_on(options["createrole"]) else "NOCREATEROLE")
    if "superuser" in options and _is_on(options["superuser"]):
        built.superusers.append(name)
        words = [word for word in words if not word.endswith("BYPASSRLS")] + ["BYPASSRLS"]
    return words


def _grant_roles(built: Built, admin: Any, body: Node) -> None:
    options = _options(body, "opt")
    for role in body.get("granted_roles", ()):
        for member in body.get("grantee_roles", ()):
            above = str(role["AccessPriv"].get("priv_name", ""))
            if body.get("is_grant", False):
                said = [f"{key.upper()} {_is_on(arg)}" for key, arg in options.items()]
                if built.version < _OWN_ROLES_ONLY:
                    said = ["ADMIN OPTION"] if "admin" in options and _is_on(options["admin"]) else []
                _grant(built, admin, above, _named(member), f"WITH {', '.join(said)}" if said else "")
            elif above in built.roles:
                which = [f"{key.upper()} OPTION FOR" for key in options]
                admin.run(f"REVOKE {' '.join(which)} {quoted(above)} FROM {quoted(_made(built, member))}")


def _grant(built: Built, admin: Any, above: str, member: str, more: str) -> None:
    if above not in built.roles and above not in _PREDEFINED:
        raise RefusedError(f"membership in `{above}` is not given here")
    if member not in built.roles:
        raise RefusedError(f"`{member}` is no role that the files make")
    admin.run(f"GRANT {quoted(above)} TO {quoted(member)} {more}")


class RefusedError(TenantproofError):
    """A statement that is not run here; the text says why."""


def _named(spec: Node) -> str:
    body = spec.get("RoleSpec", spec)
    return str(body.get("rolename", "")) if body.get("roletype") == "ROLESPEC_CSTRING" else ""


def _made(built: Built, spec: Node) -> str:
    """A role of the files. Raises RefusedError: others are the server's own."""
    name = _named(spec)
    if name not in built.roles:
        raise RefusedError(f"`{name or 'the session'}` is no role that the files make")
    return name


def _options(body: Node, key: str) -> Node:
    return {each["DefElem"]["defname"]: each["DefElem"].get("arg") for each in body.get(key, ())}


def _listed(arg: Node | None) -> list[Node]:
    return list(arg["List"].get("items", [])) if arg and "List" in arg else []


def _is_on(arg: Node | None) -> bool:
    if arg is None:
        return True
    for key, field in (("Boolean", "boolval"), ("Integer", "ival")):
        if key in arg:
            return bool(arg[key].get(field, False))
    said = arg.get("String", {}).get("sval", "")
    names = arg.get("TypeName", {}).get("names", [])
    return str(said or (names[-1]["String"].get("sval", "") if names else "")).lower() in (
        "true",
        "on",
        "yes",
        "option",
    )


def _only_owner(body: Node) -> bool:
    return all(each.get("AlterTableCmd", {}).get("subtype") == "AT_ChangeOwner" for each in body.get("cmds", []))


__all__ = [
    "FILLER",
    "RUNNER",
    "Built",
    "Skipped",
    "build",
    "closing",
    "literal",
    "prepare",
    "quoted",
    "told",
]
