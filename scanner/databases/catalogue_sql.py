"""A live database's catalogue as the SQL that would make it, which `scan`, `prove` and `diff` read like any files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from typing import Any

from scanner.base.record import mutable
from scanner.databases import catalogue_queries as ask
from scanner.databases.building import quoted
from scanner.databases.rows import literal
from scanner.inputs.sql.live_mark import MARK
from scanner.model.secrets import scrubbed

_OWN_OPTIONS = 160000  # memberships have INHERIT and SET options from 16 on
_COMMANDS = {"*": "ALL", "r": "SELECT", "a": "INSERT", "w": "UPDATE", "d": "DELETE"}
_KINDS = {"r": "TABLES", "f": "FUNCTIONS", "n": "SCHEMAS"}
_MAKES = {"r": "TABLE", "p": "TABLE", "f": "FOREIGN TABLE", "v": "VIEW", "m": "MATERIALIZED VIEW"}
_TAKEN = frozenset(["security_invoker", "security_barrier", "check_option"])


@mutable
class Told:
    """`sql` is the whole text; the counts are for a person."""

    sql: str
    version: int
    database: str
    tables: int
    policies: int
    roles: int
    functions: int


@mutable
class _Relation:
    oid: int
    name: str
    kind: str
    owner: str
    secured: bool
    forced: bool
    acl: Sequence[str] | None
    options: Sequence[str]
    query: str | None
    bound: str | None
    key: str | None
    parents: Sequence[int]
    columns: list[tuple[str, str, bool, bool]] = field(default_factory=list)


def told_by(connection: Any, taken: str) -> Told:
    """The catalogue of the database that the connection is to, of one moment; `taken` is when, for a person.

    Reads `pg_catalog` alone, in a transaction that is read-only. Raises the driver's errors.
    """
    for each in ask.OPENING:
        connection.run(each)
    ((number, version, database, owner),) = connection.run(ask.SERVER)
    relations = {each.oid: each for each in map(_relation, connection.run(ask.RELATIONS))}
    column_acls: list[tuple[_Relation, Sequence[str]]] = []
    for oid, name, kind, required, local, acl in connection.run(ask.COLUMNS):
        if oid in relations:
            relations[oid].columns.append((name, kind, bool(required), bool(local)))
            if acl:
                column_acls.append((relations[oid], [f"{each} ({name})" for each in acl]))
    policies = [each for each in connection.run(ask.POLICIES) if each[0] in relations]
    roles = connection.run(ask.ROLES)
    functions = connection.run(ask.FUNCTIONS)
    parts = [
        [
            f"{MARK}{number // 10000}",
            f"-- PostgreSQL {version}, {_line(database)}, {taken}: no rows of tables were read",
        ],
        (f"CREATE EXTENSION IF NOT EXISTS {name}" for name, _ in connection.run(ask.EXTENSIONS)),
        (_role(each) for each in roles),
        _members(connection, number),
        _schemas(connection),
        (_type(*each) for each in connection.run(ask.TYPES)),
        (_table(each, relations) for each in _in_order(relations)),
        (
            f"ALTER TABLE ONLY {relations[oid].name} ADD CONSTRAINT {name} {definition}"
            for oid, name, definition, kind in connection.run(ask.CONSTRAINTS)
            if oid in relations
        ),
        ["SET check_function_bodies = false"],
        (text for each in functions for text in _function(*each)),
        (text for name, *acl in connection.run(ask.GRANTED_FILES) for text in _granted(f"FUNCTION {name}", *acl)),
        (_view(each) for each in relations.values() if each.query is not None),
        (text for (text,) in connection.run(ask.RULES)),
        (text for (text,) in connection.run(ask.TRIGGERS)),
        (text for each in relations.values() for text in _kept(each)),
        (text for each, acl in column_acls for text in _granted_columns(each, acl)),
        (_policy(relations[each[0]].name, each[1:]) for each in policies),
        (_operator(*each) for each in connection.run(ask.OPERATORS)),
        (_publication(*each) for each in connection.run(ask.PUBLICATIONS)),
        _servers(connection),
        (text for each in connection.run(ask.DEFAULTS) for text in _default(*each)),
        [f"ALTER DATABASE {quoted(database)} OWNER TO {quoted(owner)}"],
    ]
    connection.run("ROLLBACK")
    head, *rest = parts
    sql = "\n".join(head) + "\n\n" + "".join(f"{_ended(scrubbed(text))}\n" for part in rest for text in part)
    tables = sum(each.query is None for each in relations.values())
    return Told(sql, number // 10000, database, tables, len(policies), len(roles), len(functions))


def _ended(text: str) -> str:
    return text.rstrip().rstrip(";") + ";"


def _line(text: str) -> str:
    """A name within a comment: what could end it is left out."""
    return " ".join(text.split())[:63]


def _relation(row: Sequence[Any]) -> _Relation:
    oid, name, kind, owner, secured, forced, acl, options, query, bound, key, parents = row
    flags = bool(secured), bool(forced)
    return _Relation(oid, name, kind, owner, *flags, acl, options or (), query, bound, key, parents or ())


def _in_order(relations: Mapping[int, _Relation]) -> list[_Relation]:
    """Tables, those that others inherit from first."""

    def depth(each: _Relation, left: int = 40) -> int:
        above = [relations[oid] for oid in each.parents if oid in relations]
        return 1 + max((depth(one, left - 1) for one in above), default=0) if left else 0

    return sorted((each for each in relations.values() if each.query is None), key=lambda each: (depth(each), each.oid))


def _role(row: Sequence[Any]) -> str:
    name, *flags = row
    words = ("SUPERUSER", "INHERIT", "CREATEROLE", "LOGIN", "REPLICATION", "BYPASSRLS")
    told = " ".join(word if on else f"NO{word}" for word, on in zip(words, flags, strict=True))
    return f"CREATE ROLE {quoted(name)} {told}"


def _members(connection: Any, number: int) -> Iterator[str]:
    has_options = number >= _OWN_OPTIONS
    for role, member, admin, *options in connection.run(
        ask.MEMBERS.format(options=ask.MEMBER_OPTIONS if has_options else "")
    ):
        said = dict(zip(("INHERIT", "SET"), options, strict=True)) if options else {}
        words = [f"{key} {'TRUE' if on else 'FALSE'}" for key, on in said.items()]
        words += ["ADMIN TRUE" if options else "ADMIN OPTION"] if admin else []
        yield f"GRANT {quoted(role)} TO {quoted(member)}" + (f" WITH {', '.join(words)}" if words else "")


def _schemas(connection: Any) -> Iterator[str]:
    for name, owner, acl in connection.run(ask.SCHEMAS):
        schema = quoted(name)
        if name == "public":
            yield f"ALTER SCHEMA public OWNER TO {quoted(owner)}"
            yield "REVOKE ALL ON SCHEMA public FROM PUBLIC"
        else:
            yield f"CREATE SCHEMA {schema} AUTHORIZATION {quoted(owner)}"
        yield from _granted(f"SCHEMA {schema}", owner, acl)


def _granted(on: str, owner: str, acl: Sequence[str] | None) -> Iterator[str]:
    """What others than the owner have."""
    given: dict[str, list[str]] = {}
    for each in acl or ():
        grantee, _, word = each.rpartition(" ")
        if grantee not in (owner, quoted(owner)):
            given.setdefault(grantee, []).append(word)
    for grantee, words in given.items():
        yield f"GRANT {', '.join(words)} ON {on} TO {grantee}"


def _granted_columns(relation: _Relation, acl: Sequence[str]) -> Iterator[str]:
    for each in acl:
        head, _, column = each.rpartition(" (")
        grantee, _, word = head.rpartition(" ")
        if grantee not in (relation.owner, quoted(relation.owner)):
            yield f"GRANT {word} ({column} ON {relation.name} TO {grantee}"


def _type(name: str, kind: str, base: str | None, labels: Sequence[str] | None) -> str:
    if kind == "d":
        return f"CREATE DOMAIN {name} AS {base}"
    return f"CREATE TYPE {name} AS ENUM ({', '.join(literal(each) for each in labels or ())})"


def _table(relation: _Relation, relations: Mapping[int, _Relation]) -> str:
    above = [relations[oid].name for oid in relation.parents if oid in relations]
    make = f"CREATE {_MAKES[relation.kind]} {relation.name}"
    if relation.bound is not None and above:
        made = f"{make} PARTITION OF {above[0]} {relation.bound}"
    else:
        columns = [
            f"{name} {kind}{' NOT NULL' if required else ''}"
            for name, kind, required, local in relation.columns
            if local
        ]
        made = f"{make} ({', '.join(columns)})" + (f" INHERITS ({', '.join(above)})" if above else "")
    if relation.kind == "f":
        return f"{made} SERVER foreign_server"
    return made + (f" PARTITION BY {relation.key}" if relation.key is not None else "")


def _view(relation: _Relation) -> str:
    options = [each for each in relation.options if each.partition("=")[0] in _TAKEN]
    kept = f" WITH ({', '.join(options)})" if options and relation.kind == "v" else ""
    names = ", ".join(name for name, *_ in relation.columns)
    return f"CREATE {_MAKES[relation.kind]} {relation.name} ({names}){kept} AS {(relation.query or '').rstrip('; ')}"


def _kept(relation: _Relation) -> Iterator[str]:
    kind = _MAKES[relation.kind]
    yield f"ALTER {kind} {relation.name} OWNER TO {quoted(relation.owner)}"
    if relation.secured:
        yield f"ALTER TABLE {relation.name} ENABLE ROW LEVEL SECURITY"
    if relation.forced:
        yield f"ALTER TABLE {relation.name} FORCE ROW LEVEL SECURITY"
    yield from _granted(f"TABLE {relation.name}", relation.owner, relation.acl)


def _function(signature: str, definition: str, owner: str, acl: Sequence[str] | None, kind: str) -> Iterator[str]:
    what = f"{'PROCEDURE' if kind == 'p' else 'FUNCTION'} {signature}"
    yield definition
    yield f"ALTER {what} OWNER TO {quoted(owner)}"
    if acl is not None:
        if not any(each.startswith("PUBLIC ") for each in acl):
            yield f"REVOKE ALL ON {what} FROM PUBLIC"
        yield from _granted(what, owner, acl)


def _policy(table: str, row: Sequence[Any]) -> str:
    name, permissive, command, roles, using, check = row
    made = (
        f"CREATE POLICY {name} ON {table} AS {'PERMISSIVE' if permissive else 'RESTRICTIVE'} FOR {_COMMANDS[command]}"
    )
    made += f" TO {', '.join(roles or ('PUBLIC',))}"
    return made + (f" USING ({using})" if using else "") + (f" WITH CHECK ({check})" if check else "")


def _operator(name: str, function: str, left: str | None, right: str) -> str:
    arguments = [f"FUNCTION = {function}", *([f"LEFTARG = {left}"] if left else []), f"RIGHTARG = {right}"]
    return f"CREATE OPERATOR {name} ({', '.join(arguments)})"


def _publication(name: str, everything: bool, tables: Sequence[str] | None) -> str:
    made = f"CREATE PUBLICATION {name}"
    return f"{made} FOR ALL TABLES" if everything else made + (f" FOR TABLE {', '.join(tables)}" if tables else "")


def _servers(connection: Any) -> Iterator[str]:
    for name, wrapper, owner, acl in connection.run(ask.SERVERS):
        yield f"CREATE SERVER {name} FOREIGN DATA WRAPPER {wrapper}"
        yield from _granted(f"FOREIGN SERVER {name}", owner, acl)
    for role, server in connection.run(ask.MAPPINGS):
        yield f"CREATE USER MAPPING FOR {role} SERVER {server}"


def _default(role: str, schema: str | None, kind: str, acl: Sequence[str] | None, owner: str) -> Iterator[str]:
    head = f"ALTER DEFAULT PRIVILEGES FOR ROLE {role}" + (f" IN SCHEMA {schema}" if schema else "")
    if kind == "f" and schema is None and not any(each.startswith("PUBLIC ") for each in acl or ()):
        yield f"{head} REVOKE ALL ON FUNCTIONS FROM PUBLIC"
    for each in _granted(_KINDS[kind], owner, acl):
        yield f"{head} {each}"


__all__ = ["Told", "told_by"]
