"""What is said of a schema and what sessions reach in a real server, for one application's role."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from scanner.base.record import record
from scanner.databases.building import FILLER, Skipped, build, closing
from scanner.databases.constants import constants_of
from scanner.databases.reaching import Database, Reached, Session, reached
from scanner.databases.rows import fill, tenant_values
from scanner.databases.server import Server, driver
from scanner.inputs.sql.declared import Declared
from scanner.inputs.sql.schema import ROLE, TABLE, Schema, SqlFile
from scanner.model.unknown import OpenList
from tests.databases.clearing import cleared
from tests.databases.one_transaction import Rolled

Said = Literal["apart", "open", "leak"]
_TABLES = """
SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema' ORDER BY 1
"""


@record
class Compared:
    """What is said of a role's reach, and what it reached."""

    said: Said
    why: tuple[str, ...]
    reached: tuple[Reached, ...]
    skipped: tuple[Skipped, ...]

    @property
    def agrees(self) -> bool:
        """Whether the one does not contradict the other."""
        return self.said == "open" or (self.said == "leak") == bool(self.reached)


def said_of(sql: str, role: str, declared: Declared) -> tuple[Said, tuple[str, ...]]:
    """By the tables' leaks for the role, and its own ways around."""
    schema = Schema(None)
    schema.run(SqlFile("db/a.sql", sql))
    return _said_by(schema, role, declared)


def _said_by(schema: Schema, role: str, declared: Declared) -> tuple[Said, tuple[str, ...]]:
    leaks: list[str] = []
    opened: list[str] = [each.what for each in schema.missed]
    for each in schema.resources(declared):
        held = each.fields["Properties"]
        assert isinstance(held, dict)
        listed = held.get("Leaks", ()) if each.type == TABLE else held.get("Bypasses", ())
        if each.type == TABLE or (each.type == ROLE and each.logical_id == role):
            leaks += [one["Because"] for one in listed if each.type == ROLE or one["Role"] == role]
            # Whether the role is who nothing names is another question.
            opened += [
                one["Because"] for one in listed if each.type == TABLE and one["Role"] == "an application's role"
            ]
            if isinstance(listed, OpenList):
                opened.append(listed.unknown.detail)
            if each.type == ROLE:
                leaks += [key for key in ("BypassRls", "Superuser") if held[key] is True]
        if each.type == TABLE and held["Owner"] == role:  # who may switch off what is forced
            leaks.append(f"{role} owns {each.logical_id}")
        bare = each.type == TABLE and not held.get("RowSecurityEnabled") and not held.get("ReachedThrough")
        if bare and "tenant_id" in held.get("Columns", ("tenant_id",)) and not held.get("Tenant"):
            grants = schema.access(declared).catalogue.privileges.on(role, each.logical_id)
            leaks += [f"no row security on {each.logical_id}"] if grants else []
    return ("leak" if leaks else "open" if opened else "apart"), tuple(leaks or opened)


def compared(
    server: Server | Rolled,
    sql: str,
    role: str = "app",
    declared: Declared | None = None,
) -> Compared:
    """Builds, fills, asks, and takes away."""
    declared = declared or Declared()
    schema = Schema(None)
    schema.run(SqlFile("db/a.sql", sql))
    access = schema.access(declared)
    files = [SqlFile("db/a.sql", sql)]
    built = build(server, files)
    try:
        with closing(server.connect(FILLER, built.database)) as admin:
            said = constants_of(files)
            tables = []
            for (key,) in admin.run(_TABLES):
                column = access.identity.column_of(key) or declared.column or "tenant_id"
                filled = fill(admin, key, column, said)
                if filled is not None:
                    tables.append(filled)
        own = tables[0].own if tables else tenant_values("text")[0]
        session = Session(role, access.identity.setting or "app.tenant", own)
        found = reached(Database(server, built.database, tables), [session])
    finally:
        if isinstance(server, Server):
            cleared(server, built)
    verdict, why = _said_by(schema, role, declared)
    return Compared(verdict, why, tuple(found), tuple(built.skipped))


def reached_in_silo(server: Server, sql: str, roles: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """Statements by which a role reaches rows in the schema of a tenant that is not its own, and what was not run.

    A role that is no tenant's own stands for any tenant, and may reach one schema only.
    """
    built = build(server, [SqlFile("db/a.sql", sql)])
    found: list[str] = []
    try:
        with closing(server.connect("postgres", built.database)) as admin:
            for schema in ("t_a", "t_b"):
                admin.run(f"INSERT INTO {schema}.charts(id, body) SELECT 1, 'of {schema}'")
                tables = [
                    each for (each,) in admin.run(f"SELECT tablename FROM pg_tables WHERE schemaname = '{schema}'")
                ]
                for table in [each for each in tables if each != "charts"]:
                    admin.run(f"INSERT INTO {schema}.{table} SELECT 1, 'of {schema}'")
        for role in [each for each in roles if each in built.roles]:
            reached_by = {schema: list(_silo_reads(server, built.database, role, schema)) for schema in ("t_a", "t_b")}
            if role == "app":
                found += reached_by["t_a"] if reached_by["t_b"] else []
            else:
                found += reached_by["t_b" if role == "t_a" else "t_a"]
    finally:
        cleared(server, built)
    return found, [each.why for each in built.skipped]


def _silo_reads(server: Server, database: str, role: str, schema: str) -> Iterator[str]:
    errors = driver()
    with closing(server.connect("postgres", database)) as admin:
        relations = [each for (each,) in admin.run(f"SELECT tablename FROM pg_tables WHERE schemaname = '{schema}'")]
        views = admin.run(
            "SELECT schemaname || '.' || viewname FROM pg_views WHERE schemaname !~ '^(pg_|information)'"
            " UNION ALL SELECT schemaname || '.' || matviewname FROM pg_matviews"
        )
        functions = admin.run("SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace")
        for (name,) in admin.run("SELECT schemaname || '.' || matviewname FROM pg_matviews"):
            admin.run(f"REFRESH MATERIALIZED VIEW {name}")
    statements = []
    for table in relations:
        full = f"{schema}.{table}"
        statements += [
            (f"SELECT 'of {schema}' FROM {full}", True),
            (f"INSERT INTO {full} VALUES (2, 'x')", True),
            (f"DELETE FROM {full}", True),
            (f"TRUNCATE {full}", False),
            (f"DROP TABLE {full} CASCADE", False),
        ]
    statements += [(f"SELECT body FROM {name}", True) for (name,) in views]
    statements += [(f"SELECT public.{name}()", True) for (name,) in functions]
    with closing(server.connect(role, database)) as connection:
        others = [None] + [
            each
            for (each,) in connection.run(
                "SELECT rolname FROM pg_roles WHERE pg_has_role(current_user, oid, 'MEMBER') AND rolname !~ '^pg_'"
            )
        ]
        for path in ("public", schema):
            for by in others:
                for statement, counts in statements:
                    try:
                        connection.run("BEGIN")
                        connection.run(f"SET LOCAL search_path = {path}")
                        if by is not None:
                            connection.run(f"SET LOCAL ROLE {by}")
                        rows = connection.run(statement) or []
                        shown = any(f"of {schema}" in str(row) for row in rows) or (rows and "f()" in statement)
                        changed = "SELECT" not in statement and (not counts or connection.row_count)
                        if shown or changed:
                            yield f"{by or role}: {statement}"
                    except errors.DatabaseError:
                        continue
                    finally:
                        connection.run("ROLLBACK")
