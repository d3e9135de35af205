"""Schemas that stand close to each other: a base, a sound policy or none, and what is said of the role `app` then."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from scanner.base.record import record
from tests.databases.agreement import Said

OWN = "tenant_id = current_setting('app.tenant', true)"
BASE = """
CREATE ROLE migrator LOGIN; CREATE ROLE app LOGIN;
CREATE TABLE charts(id int, tenant_id text, body text, public boolean, author text);
ALTER TABLE charts OWNER TO migrator;
ALTER TABLE charts ENABLE ROW LEVEL SECURITY;
ALTER TABLE charts FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE, DELETE ON charts TO app;
"""
_SOUND = f"CREATE POLICY own ON charts USING ({OWN});"
# What no run shows: there is no logical replication, no membership that reaches files is given, no table is dropped,
# and nobody who may administer a membership gives it to himself. Foreign keys are taken away before rows are removed,
# who gave a membership is always a superuser, what needs a superuser is not made, and nothing is
# analyzed.
_NOT_SHOWN = (
    "REPLICATION",
    "pg_read_server_files",
    "ADMIN TRUE",
    "SCHEMA public OWNER",
    "SET app.",
    "SET role",
    "rds_iam",
    "LEAKPROOF",
    "pg_read_file",
    "pg_read_binary_file",
    "lo_import",
    "ON DELETE",
    "ON UPDATE",
    "GRANTED BY",
    "UPDATE pg_",
    "EXPLAIN",
    "PREPARE",
    "TRIGGER t BEFORE",
    "VALUES (off",
    "DEFAULT off",
    "ROLE r; GRANT pg_read_all_data",
)
_OPTIONS = ("WITH SET", "WITH INHERIT", "app NOINHERIT", "SET OPTION FOR", "INHERIT OPTION FOR")


@record
class Neighbour:
    """`more` is what differs; `sql` is all of it."""

    said: Said
    more: str
    sql: str

    @property
    def is_shown(self) -> bool:
        """Whether a run shows what is said."""
        return not any(word in self.more for word in _NOT_SHOWN)

    def holds_in(self, version: int) -> bool:
        """Memberships have INHERIT and SET options from PostgreSQL 16 on."""
        return version >= 16 or not any(word in self.more for word in _OPTIONS)


def neighbours() -> list[Neighbour]:
    """All of the file beside this one."""
    found = []
    for line in Path(__file__).with_name("neighbours.txt").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            said, beside, more = line.split(" | ", 2)
            found.append(Neighbour(cast(Said, said), more, BASE + (_SOUND if beside == "sound" else "") + more))
    return found
