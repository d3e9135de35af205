"""A throwaway server for one schema after another: what the files of one made is taken away before the next."""

from __future__ import annotations

import contextlib

from scanner.databases.building import FILLER, RUNNER, Built, closing, quoted
from scanner.databases.server import Server, driver


def cleared(server: Server, built: Built) -> None:
    """Takes away what the files made: objects, privileges and roles."""
    errors = driver()
    with closing(server.connect("postgres", built.database)) as admin:
        admin.run(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND datname IS NOT NULL"
        )
        for name in (*built.roles, FILLER, RUNNER):
            with contextlib.suppress(errors.DatabaseError):
                admin.run(f"DROP OWNED BY {quoted(name)} CASCADE")
        for name in built.roles:
            with contextlib.suppress(errors.DatabaseError):
                admin.run(f"DROP ROLE IF EXISTS {quoted(name)}")
        for (schema,) in admin.run(_SCHEMAS):
            admin.run(f"DROP SCHEMA {schema} CASCADE")
        admin.run("CREATE SCHEMA public AUTHORIZATION pg_database_owner")
        admin.run(f"GRANT {'USAGE' if built.version >= _NO_CREATE else 'ALL'} ON SCHEMA public TO PUBLIC")


_SCHEMAS = """
SELECT quote_ident(nspname) FROM pg_namespace WHERE nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema'
"""
_NO_CREATE = 15  # from this version on, PUBLIC may not create in the schema `public`
