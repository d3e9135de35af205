"""Why a role that the application uses is not bound by policies, whatever these say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from scanner.inputs.sql.access import Access
from scanner.inputs.sql.ways import Open

_OWN_ROLES_ONLY = 16
_OF_DATABASE = 15  # from this version on, `public` belongs to pg_database_owner
# Functions of PostgreSQL's that read or write the files of the server; at first only superusers may call them
# (documentation, "Generic File Access Functions" and "Server-Side Functions" of large objects).
_FILES = ("pg_read_file", "pg_read_binary_file", "lo_import", "lo_export", "pg_file_write")
# Predefined roles whose members read or write the files of the server (documentation, "Predefined Roles").
# Roles of RDS that say how a member logs in, and give no rights ("IAM database authentication", "Kerberos").
_LOG_IN = ("rds_iam", "rds_ad", "rds_password")
_OF_FILES = ("pg_execute_server_program", "pg_read_server_files", "pg_write_server_files")


def bypasses_of(access: Access, role: str) -> Iterator[str | Open]:
    """Through roles that it is a member of, can make itself one of, or by replication.

    Until PostgreSQL 15, CREATEROLE may grant any role that is no superuser (release notes of 16); where no version is
    declared, 16 is taken.
    """
    catalogue, version = access.catalogue, access.declared.version
    settable, reached = catalogue.privileges.becomes(role), access.reaches(role)
    for each in settable:
        held = catalogue.roles.get(each)
        says = held.says if held is not None else set()
        if version is not None and version < _OWN_ROLES_ONLY and "CREATEROLE" in says:
            yield f"`{each}` has CREATEROLE, and in PostgreSQL {version} may grant itself any role"
        if "REPLICATION" in says:
            # "Logical Decoding": what is streamed is not subject to policies.
            if catalogue.publications:
                yield f"`{each}` has REPLICATION, and can subscribe to every row of {_published(access)}"
            else:
                yield Open(
                    f"whether the server streams its rows to `{each}`, which has REPLICATION, rests on its settings"
                )
    for key, callers in catalogue.privileges.callable.items():
        name = key.rpartition(".")[2]
        if name in _FILES and key not in catalogue.functions and {*reached, "public"} & callers:
            yield f"it may call {name}, which reaches the files of the server"
    yield from _by_schemas(access, reached)
    yield from _by_servers(access, reached)
    for above in catalogue.privileges.above(role)[1:]:
        held = catalogue.roles.get(above)
        says = held.says if held is not None else set()
        if above in settable and "SUPERUSER" in says:
            yield f"it is a member of `{above}`, which has SUPERUSER: `SET ROLE {above}`"
        elif above in settable and "BYPASSRLS" in says:
            if any(catalogue.privileges.on(above, key) for key in catalogue.tables):
                yield f"it is a member of `{above}`, which has BYPASSRLS: `SET ROLE {above}`"
            elif not catalogue.privileges.granted:
                yield Open(f"whether `{above}`, which has BYPASSRLS, is granted any table is said elsewhere")
        if above in reached:
            owned = [key for key, each in catalogue.tables.items() if each.owner == above and not access.tenant_of(key)]
            if owned:
                off = f"`ALTER TABLE {owned[0]} DISABLE ROW LEVEL SECURITY`"
                yield f"it is a member of `{above}`, which owns {owned[0]}: {off}"
            if above in _OF_FILES:
                yield f"it is a member of `{above}`, which reaches the files of the server"
        if (held is None or not held.created) and not above.startswith("pg_") and above not in _LOG_IN:
            yield Open(f"the SQL that makes the role `{above}`, which `{role}` is a member of, was not read")


def _by_schemas(access: Access, reached: Sequence[str]) -> Iterator[str]:
    """Who owns a schema may drop what others made in it (documentation of DROP TABLE)."""
    catalogue = access.catalogue
    pooled: dict[str, str] = {}
    for key, table in catalogue.tables.items():
        if table.enabled and table.owner not in reached and not access.tenant_of(key):
            pooled.setdefault(key.partition(".")[0], key)
    for schema, key in pooled.items():
        held = catalogue.schemas.get(schema)
        owner = held.owner if held is not None else None
        if owner is None and schema == "public" and (access.declared.version or _OWN_ROLES_ONLY) >= _OF_DATABASE:
            owner = "pg_database_owner"
        by_database = owner == "pg_database_owner" and catalogue.database_owner in reached
        if (owner is not None and owner in reached) or by_database:
            owns = "owns the database and so" if by_database else "owns"
            named = f"`{catalogue.database_owner if by_database else owner}`, which {owns}"
            yield f"it has the rights of {named} the schema {schema}: `DROP TABLE {key}`"


def _by_servers(access: Access, reached: Sequence[str]) -> Iterator[Open]:
    """A server that a mapping lets it into may be this one, as another role (documentation of CREATE USER MAPPING)."""
    privileges = access.catalogue.privileges
    for mapping in access.catalogue.mappings:
        if mapping.role not in (*reached, "public"):
            continue
        given = privileges.servers.get(mapping.server, {})
        if any({"USAGE", "ALL"} & given.get(each, set()) for each in (*reached, "public")):
            yield Open(f"as whom it is let into the foreign server `{mapping.server}`, and what it reaches there")


def _published(access: Access) -> str:
    for name, tables in access.catalogue.publications.items():
        return f"the publication `{name}`" + ("" if tables is None else f" ({', '.join(tables)})")
    return "a publication"


__all__ = ["bypasses_of"]
