"""A function of a policy is not its body put in its place: it may be STRICT, have settings, or run as its owner.

Each was said to be apart. What a run in PostgreSQL 15 shows of the STRICT ones and those that run as their owner stands
in tests/databases/neighbours.txt; a setting of its own is one that only a superuser may give a function.
"""

from __future__ import annotations

import pytest

from scanner.inputs.sql.declared import Declared
from tests.databases.agreement import said_of
from tests.databases.neighbours import BASE

_MINE = "CREATE FUNCTION mine() RETURNS text LANGUAGE sql STABLE {} AS $$ SELECT {} $$;"
_SETTING = "current_setting('app.tenant', true)"


@pytest.mark.parametrize(
    ("made", "condition", "expected"),
    [
        (_MINE.format("", _SETTING), "tenant_id = mine()", "apart"),
        (_MINE.format("SET app.tenant = 'tenant-b'", _SETTING), "tenant_id = mine()", "open"),
        (_MINE.format("SET search_path = ''", _SETTING), "tenant_id = mine()", "apart"),
        (
            _MINE.format("", _SETTING) + "ALTER FUNCTION mine() SET app.tenant = 'tenant-b';",
            "tenant_id = mine()",
            "open",
        ),
        (_MINE.format("", _SETTING) + "ALTER FUNCTION mine() STRICT;", "tenant_id = mine()", "apart"),
        (_MINE.format("SECURITY DEFINER", _SETTING), "tenant_id = mine()", "apart"),
        (_MINE.format("SECURITY DEFINER", "current_user::text"), "mine() = 'migrator'", "open"),
        (_MINE.format("SECURITY DEFINER", "user::text"), "mine() = 'migrator'", "open"),
        (_MINE.format("SECURITY DEFINER", "session_user::text"), "mine() = 'app'", "leak"),
        (
            _MINE.format("", "current_user::text") + _MINE.replace("mine", "who").format("SECURITY DEFINER", "mine()"),
            "who() = 'migrator'",
            "open",
        ),
        (
            "CREATE FUNCTION never(t int) RETURNS boolean LANGUAGE sql STRICT AS $$ SELECT false $$;",
            f"tenant_id = {_SETTING} OR never(NULL) IS NULL",
            "leak",
        ),
        (
            "CREATE FUNCTION never(t int) RETURNS boolean LANGUAGE sql AS $$ SELECT false $$;",
            f"tenant_id = {_SETTING} OR never(NULL) IS NULL",
            "apart",
        ),
        (
            "CREATE FUNCTION never(t int) RETURNS boolean LANGUAGE sql AS $$ SELECT false $$;"
            "ALTER FUNCTION never(int) RETURNS NULL ON NULL INPUT;",
            f"tenant_id = {_SETTING} OR never(NULL) IS NULL",
            "leak",
        ),
        (
            "CREATE FUNCTION known(t text) RETURNS boolean LANGUAGE sql STRICT AS $$ SELECT t IS NULL $$;",
            f"tenant_id = {_SETTING} OR known(body)",
            "open",
        ),
    ],
)
def test_a_body_in_place_of_its_function(made: str, condition: str, expected: str) -> None:
    sql = f"{BASE} {made} CREATE POLICY own ON charts USING ({condition});"
    assert said_of(sql, "app", Declared())[0] == expected
