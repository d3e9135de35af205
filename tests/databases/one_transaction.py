"""One schema after the other in one connection, each in a transaction that is rolled back.

What a server does for a schema that is committed and taken away again takes most of the time of a comparison.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from scanner.base.record import mutable
from scanner.databases.batches import taken
from scanner.databases.building import DATABASE, FILLER, closing, quoted
from scanner.databases.server import Server, driver

_OWN = ("RESET SESSION AUTHORIZATION", "RESET ALL")  # of a connection that is one role's
_MOST = 250
_CATALOGUE = ("pg_class", "pg_attribute", "pg_type", "pg_depend", "pg_shdepend", "pg_proc", "pg_policy", "pg_rewrite")
_OF_ROLES = ("pg_authid", "pg_auth_members", "pg_namespace", "pg_attrdef", "pg_constraint", "pg_index", "pg_inherits")


@mutable
class _Transaction:
    connection: Any
    acting: str | None = None
    number: int = 0


@mutable
class _As:
    """A connection of one role, as far as what is asked of it shows."""

    within: _Transaction
    role: str
    row_count: int = -1

    def run(self, sql: str, **given: Any) -> Any:
        """As the driver does. Raises its errors."""
        held = self.within
        if sql in _OWN:
            return None
        first = ""
        if held.acting != self.role:
            replica, path = ("replica", "pg_catalog, pg_temp") if self.role == FILLER else ("origin", '"$user", public')
            first = (
                f"RESET SESSION AUTHORIZATION; SET session_replication_role = {replica}; SET search_path = {path};"
                f"SET SESSION AUTHORIZATION {quoted(self.role)};"
            )
            held.acting = self.role
        first = f"SAVEPOINT tried; {first}"
        if given:
            held.connection.run(first)
            first = ""
        try:
            return held.connection.run(first + sql, **given)
        except driver().DatabaseError:
            held.connection.run("ROLLBACK TO SAVEPOINT tried")
            held.acting = None
            raise

    def close(self) -> None:
        """It is one of several."""


@mutable
class Rolled:
    """In place of a server: all its connections are one. `setting` was never set in it."""

    server: Server
    version: int
    setting: str
    _within: _Transaction

    def connect(self, user: str, database: str = "postgres") -> Any:
        """As this role, within the transaction."""
        assert database in ("postgres", DATABASE)
        return _As(self._within, user)


def rolled(server: Server, how_many: int) -> Iterator[Rolled]:
    """One for each schema; what the one before did is rolled back."""
    for first in range(0, how_many, _MOST):
        with closing(server.connect("postgres", DATABASE)) as connection:
            connection.run("VACUUM " + ", ".join((*_CATALOGUE, *_OF_ROLES)))
            within = _Transaction(connection)
            connection.run("BEGIN")
            taken(_As(within, FILLER), ["SELECT"])  # the schema of what is temporary, made once
            connection.run("COMMIT")
            within.acting = None
            for number in range(first, min(first + _MOST, how_many)):
                connection.run("BEGIN")
                try:
                    yield Rolled(server, server.version, f"app.tenant{number}", within)
                finally:
                    with contextlib.suppress(driver().DatabaseError):
                        connection.run("ROLLBACK")
                    within.acting = None


__all__ = ["Rolled", "rolled"]
