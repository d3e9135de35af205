"""Many statements in one call to the server, each in a transaction of its own that is taken back.

They run in functions of PL/pgSQL with the rights of whoever calls: with hundreds of calls to a server, each waiting for
its answer, most of the time that a trial lasts is spent waiting. `state` alone runs with the rights of the role that
made it, which is no superuser: it sees the rows of every tenant.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any

from scanner.base.record import record
from scanner.databases.building import literal, quoted
from scanner.databases.server import driver

COPIES = "tenantproof_copies"
_GONE = "gone"
_MOST = 400
_MOST_LOOKED_AT = 60
# `TPROF` and `TPROG` are of a class of errors that PostgreSQL does not use (documentation, "PostgreSQL Error Codes").
_ASKED = """
CREATE FUNCTION tenantproof_copies.{name}(asked text[], setting text, said text, role text) RETURNS text[]
LANGUAGE plpgsql AS $f$
DECLARE found text[] := '{{}}'; one text; now text; before text; counted bigint;
BEGIN
  IF setting IS NOT NULL THEN PERFORM pg_catalog.set_config(setting, said, true); END IF;
  IF role IS NOT NULL THEN EXECUTE pg_catalog.format('SET LOCAL ROLE %I', role); END IF;
  {first}
  FOREACH one IN ARRAY asked LOOP
    now := NULL;
    BEGIN
      {body}
      RAISE EXCEPTION USING ERRCODE = 'TPROF';
    EXCEPTION
      WHEN SQLSTATE 'TPROF' THEN found := pg_catalog.array_append(found, now);
      WHEN OTHERS THEN found := pg_catalog.array_append(found, NULL::text);
    END;
  END LOOP;
  RAISE EXCEPTION USING ERRCODE = 'TPROG';
EXCEPTION
  WHEN SQLSTATE 'TPROG' THEN RETURN found;
  WHEN insufficient_privilege THEN RETURN NULL;
END $f$;
"""
_ANSWERS = """
      EXECUTE 'SELECT count(*)::text || pg_catalog.md5(coalesce(pg_catalog.string_agg(x::text, chr(10) ORDER BY x::text'
        ' COLLATE "C"), '''')) FROM (' || one || ') x' INTO now;
"""
_CHANGES = """
      EXECUTE one;
      GET DIAGNOSTICS counted = ROW_COUNT;
      SET CONSTRAINTS ALL IMMEDIATE;
      IF counted > 0 OR one !~ '^(INSERT|UPDATE|DELETE)' OR tenantproof_copies.is_small() THEN
        BEGIN
          now := tenantproof_copies.state();
        EXCEPTION WHEN undefined_table OR undefined_column THEN now := 'gone';
        END;
      ELSE
        now := before;
      END IF;
"""
_FUNCTIONS = (
    "CREATE SCHEMA tenantproof_copies; GRANT USAGE ON SCHEMA tenantproof_copies TO PUBLIC;"
    + _ASKED.format(name="answers", first="", body=_ANSWERS)
    + _ASKED.format(
        name="changes", first="before := tenantproof_copies.state(); found := ARRAY[before];", body=_CHANGES
    )
)
_TAKEN = """
CREATE OR REPLACE FUNCTION pg_temp.tenantproof_taken(given text[]) RETURNS int[] LANGUAGE plpgsql AS $f$
DECLARE found int[] := '{}'; number int;
BEGIN
  FOR number IN 1 .. coalesce(pg_catalog.array_length(given, 1), 0) LOOP
    BEGIN
      EXECUTE given[number];
      found := pg_catalog.array_append(found, number);
    EXCEPTION WHEN OTHERS THEN NULL;
    END;
  END LOOP;
  RETURN found;
END $f$;
"""


def installed_in(admin: Any, tables: Sequence[tuple[str, str, str]]) -> None:
    """Makes the functions. `tables` are names, their tenants' columns, and the tenant whose rows are not looked at.

    Where there are very many tables, these are looked at only after a command that says that it changed rows.
    """
    looked = [
        f"(SELECT md5(coalesce(string_agg(ctid::text || t::text, chr(10) ORDER BY ctid), '')) FROM ONLY {name} t"  # noqa: S608  # quoted
        f" WHERE {quoted(column)}::text <> {literal(own)})"
        for name, column, own in tables
    ]
    at = "LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp"
    body = f"BEGIN RETURN concat_ws(',', {', '.join(looked) or 'NULL'}); END"
    small = str(len(tables) <= _MOST_LOOKED_AT).lower()
    admin.run(
        f"{_FUNCTIONS} CREATE FUNCTION {COPIES}.state() RETURNS text {at} AS {literal(body)};"
        f"CREATE FUNCTION {COPIES}.is_small() RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT {small}'"
    )


def taken(connection: Any, statements: Sequence[str]) -> list[int]:
    """Runs each statement and keeps what those did that were not refused: their places in the list."""
    if not statements:
        return []
    connection.run(_TAKEN)
    try:
        ((found,),) = connection.run(f"SELECT pg_temp.tenantproof_taken({_array(statements)})")
    except driver().DatabaseError:
        # One of them took longer than the server lets a call take: each by itself.
        return [at for at, each in enumerate(statements) if len(statements) > 1 and taken(connection, [each])]
    return [each - 1 for each in found]


@record
class Caller:
    """Who asks: the session's connection, its setting and what is in it, and the role that it takes on first.

    `setting` is None where nothing is set.
    """

    connection: Any
    setting: str | None
    said: str
    role: str | None
    until: float
    """When nothing is asked any more, by the monotonic clock: what takes long is asked many times."""


def answers(caller: Caller, asked: Sequence[str]) -> list[str | None] | None:
    """What each query answers, as a text that is another one for another answer; None where it is refused.

    None in all where the caller may not take on its role.
    """
    found: list[str | None] = []
    for part in _parts(asked):
        said = _called(caller, "answers", part)
        if said is None:
            return None
        found += said
    return found


def changes(caller: Caller, asked: Sequence[str]) -> Iterator[list[int]]:
    """The places of the tables in which each statement changes rows; all of them where a table is gone then.

    Ends at once where the caller may not take on its role.
    """
    for part in _parts(asked):
        found = _called(caller, "changes", part)
        if found is None:
            return
        before, *rest = found
        states = str(before).split(",")
        for each in rest:
            if each == _GONE:
                yield [*range(len(states))]
            elif each is None or each == before:
                yield []
            else:
                yield [at for at, (one, other) in enumerate(zip(states, each.split(","), strict=True)) if one != other]


def _called(caller: Caller, function: str, asked: Sequence[str]) -> list[str | None] | None:
    if time.monotonic() > caller.until:
        return None
    given = ", ".join(map(literal, (caller.setting, caller.said, caller.role)))
    try:
        ((found,),) = caller.connection.run(f"SELECT {COPIES}.{function}({_array(asked)}, {given})")
    except driver().DatabaseError:
        more = 1 if function == "changes" else 0
        if len(asked) <= 1:
            return [None] * (len(asked) + more)
        # Likewise.
        alone = [_called(caller, function, [each]) or [None] * (1 + more) for each in asked]
        return [*alone[0][:more], *(each[-1] for each in alone)]
    return None if found is None else list(found)


def _parts(asked: Sequence[str]) -> Iterator[Sequence[str]]:
    for at in range(0, len(asked), _MOST):
        yield asked[at : at + _MOST]


def _array(texts: Sequence[str]) -> str:
    return f"ARRAY[{', '.join(map(literal, texts))}]::text[]"


__all__ = ["COPIES", "Caller", "answers", "changes", "installed_in", "taken"]
