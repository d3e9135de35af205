"""A role may give itself what it may administer: through a role whose rights it has, or because it made it; it passed.

Seen in PostgreSQL 16: who inherits from a role with ADMIN OPTION grants as that role does, and who makes a role with
CREATEROLE has ADMIN OPTION on it (documentation of CREATE ROLE and GRANT).
"""

from __future__ import annotations

import pytest

from scanner.inputs.sql.declared import Declared
from tests.databases.agreement import said_of
from tests.databases.neighbours import BASE, OWN

pytest.importorskip("pgparse")
STRONG = "CREATE ROLE b BYPASSRLS; GRANT SELECT ON charts TO b;"


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        (f"{STRONG} CREATE ROLE h; GRANT b TO h WITH ADMIN TRUE, SET FALSE; GRANT h TO app WITH SET FALSE;", "leak"),
        (
            f"{STRONG} CREATE ROLE h; GRANT b TO h WITH ADMIN TRUE, INHERIT FALSE; GRANT h TO app WITH INHERIT FALSE,"
            " SET FALSE;",
            "apart",
        ),
        (f"{STRONG} CREATE ROLE h; GRANT b TO h WITH SET FALSE, INHERIT FALSE; GRANT h TO app;", "apart"),
        (
            f"{STRONG} CREATE ROLE i; CREATE ROLE h; GRANT b TO h WITH ADMIN TRUE, SET FALSE;"
            " GRANT h TO i WITH SET FALSE; GRANT i TO app WITH SET FALSE;",
            "leak",
        ),
        (
            "ALTER ROLE app CREATEROLE; SET ROLE app; CREATE ROLE b; RESET ROLE; ALTER ROLE b BYPASSRLS;"
            " GRANT SELECT ON charts TO b;",
            "leak",
        ),
        (
            "CREATE ROLE boss CREATEROLE; GRANT boss TO app; SET ROLE boss; CREATE ROLE b; RESET ROLE;"
            " ALTER ROLE b BYPASSRLS; GRANT SELECT ON charts TO b;",
            "leak",
        ),
        (
            "CREATE ROLE boss CREATEROLE; SET ROLE boss; CREATE ROLE b; RESET ROLE; ALTER ROLE b BYPASSRLS;"
            " GRANT SELECT ON charts TO b;",
            "apart",
        ),
    ],
)
def test_who_may_give_it_to_himself_has_it(more: str, expected: str) -> None:
    sql = f"{BASE} CREATE POLICY own ON charts USING ({OWN}); {more}"
    assert said_of(sql, "app", Declared())[0] == expected
