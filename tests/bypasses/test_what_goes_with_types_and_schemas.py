"""Restrictive policies that were gone with a type, sequence, table or aggregate that they named were taken to hold.

Seen in PostgreSQL 15 and 16: DROP … CASCADE takes along the policies whose conditions depend on what is dropped
(documentation, "Dependency Tracking"). Also a cast of one's own between PostgreSQL's types, which a condition means
that names the type only (CREATE CAST).
"""

from __future__ import annotations

import pytest

from scanner.inputs.sql.declared import Declared
from tests.databases.agreement import said_of
from tests.databases.neighbours import BASE, OWN

pytest.importorskip("pgparse")
EVERY = f"{BASE} CREATE POLICY p ON charts USING (true);"
NARROW = f"CREATE POLICY r ON charts AS RESTRICTIVE USING ({OWN} AND"
SAME = "CREATE FUNCTION same(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT $1 = $2';"
TO_UUID = "CREATE FUNCTION tou(text) RETURNS uuid LANGUAGE sql AS $$ SELECT gen_random_uuid() $$;"


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        (f"CREATE SCHEMA x; CREATE DOMAIN x.tid AS text; {NARROW} body::x.tid = body); DROP SCHEMA x CASCADE;", "open"),
        (
            "CREATE SCHEMA x; SET search_path = x, public; CREATE DOMAIN tid AS text;"
            f" {NARROW} body::tid = body); DROP SCHEMA x CASCADE;",
            "open",
        ),
        (f"CREATE SCHEMA x; CREATE DOMAIN x.tid AS text; {NARROW} body = body); DROP SCHEMA x CASCADE;", "apart"),
        (
            f"CREATE SCHEMA x; CREATE SEQUENCE x.n; {NARROW} 'x.n'::regclass IS NOT NULL); DROP SCHEMA x CASCADE;",
            "open",
        ),
        (f"CREATE TABLE m(t text); {NARROW} NULL::m IS NULL); DROP TABLE m CASCADE;", "open"),
        (f"CREATE TABLE m(t text); {NARROW} NULL::m IS NULL); DROP TABLE IF EXISTS other CASCADE;", "apart"),
        (f"CREATE VIEW m AS SELECT 1 AS t; {NARROW} NULL::m IS NULL); DROP VIEW m CASCADE;", "open"),
        (f"CREATE SEQUENCE n; {NARROW} 'n'::regclass IS NOT NULL); DROP SEQUENCE n CASCADE;", "open"),
        (f"CREATE SEQUENCE n; {NARROW} 'public.n'::regclass IS NOT NULL); DROP SEQUENCE n CASCADE;", "open"),
        (
            "CREATE FUNCTION sf(s int, x int) RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE AGGREGATE ag(int)"
            f" (sfunc = sf, stype = int); {NARROW} (SELECT ag(1)) = 1); DROP FUNCTION sf(int, int) CASCADE;",
            "open",
        ),
        (
            f"{SAME} CREATE OPERATOR === (leftarg = text, rightarg = text, function = same);"
            f" {NARROW} body === body); DROP FUNCTION same(text, text) CASCADE;",
            "open",
        ),
        (f"CREATE TYPE k AS ENUM ('a'); {NARROW} 'a'::k = 'a'); DROP TYPE k CASCADE;", "open"),
    ],
)
def test_what_may_be_gone_is_not_relied_on(more: str, expected: str) -> None:
    assert said_of(EVERY + more, "app", Declared())[0] == expected


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        (f"{TO_UUID} CREATE CAST (text AS uuid) WITH FUNCTION tou(text);", "open"),
        ("CREATE TYPE k AS ENUM ('a'); CREATE CAST (varchar AS k) WITH INOUT AS IMPLICIT;", "apart"),
    ],
)
def test_a_cast_means_what_is_made_of_it(more: str, expected: str) -> None:
    own = f"CREATE POLICY own ON charts USING ({OWN.replace('=', '::uuid =')}::uuid);"
    assert said_of(BASE + more + own, "app", Declared())[0] == expected
