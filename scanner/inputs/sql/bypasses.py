"""Why a role that the application uses is not bound by policies, whatever these say."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.inputs.sql.access import Access
from scanner.inputs.sql.ways import Open

_OWN_ROLES_ONLY = 16
# Predefined roles whose members read or write the files of the server (documentation, "Predefined Roles").
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
        if (held is None or not held.created) and not above.startswith("pg_"):
            yield Open(f"the SQL that makes the role `{above}`, which `{role}` is a member of, was not read")


def _published(access: Access) -> str:
    for name, tables in access.catalogue.publications.items():
        return f"the publication `{name}`" + ("" if tables is None else f" ({', '.join(tables)})")
    return "a publication"


__all__ = ["bypasses_of"]
