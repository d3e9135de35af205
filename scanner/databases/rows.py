"""Rows of several tenants for the tables of a throwaway database: as many different ones as show what a policy lets by.

Types, checks and keys hold for them; triggers and foreign keys are switched off while they are put in.
"""

from __future__ import annotations

import itertools
import json
import random
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from scanner.base.record import mutable, record
from scanner.databases.batches import taken
from scanner.databases.building import literal, quoted

OWN, OTHER = "tenant-a", "tenant-b"
_AS_UUID = {OWN: "aaaaaaaa-0000-4000-8000-00000000000a", OTHER: "bbbbbbbb-0000-4000-8000-00000000000b"}
_AS_NUMBER = {OWN: "41001", OTHER: "41002"}
_NUMBERS = ("smallint", "integer", "bigint", "numeric")
_MOST_ROWS = 48

_COLUMNS = """
SELECT a.attname, format_type(a.atttypid, NULL), a.attnotnull, a.attgenerated <> '' OR a.attidentity = 'a',
  (SELECT array_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = a.atttypid),
  format_type((SELECT nullif(t.typbasetype, 0) FROM pg_type t WHERE t.oid = a.atttypid), NULL)
FROM pg_attribute a WHERE a.attrelid = :name ::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
"""


@record
class Column:
    """A column as the server has it; `type` is without length, of a domain the type that it rests on."""

    name: str
    type: str
    required: bool
    made: bool
    labels: tuple[str, ...]


@mutable
class Filled:
    """A table with rows of `own` and of other tenants. `column` holds the row's tenant."""

    key: str
    name: str
    column: Column
    columns: list[Column]
    own: str
    candidates: list[dict[str, str | None]]
    partitioned: bool = False


def tenant_values(kind: str) -> tuple[str, str]:
    """The ids of the two tenants as text for a column of this type."""
    given = _AS_UUID if kind == "uuid" else _AS_NUMBER if kind in _NUMBERS else {OWN: OWN, OTHER: OTHER}
    return given[OWN], given[OTHER]


def fill(admin: Any, key: str, column: str, said: Mapping[str, Sequence[str]], seed: int = 0) -> Filled | None:
    """Puts rows into a table; None where it has no such column or takes no row of another tenant.

    `said` are the constants of the schema by kind (`number`, `text`), which conditions may compare columns with.
    """
    name = ".".join(quoted(each) for each in key.split(".", 1))
    columns = [
        Column(str(each[0]), str(each[5] or each[1]), bool(each[2]), bool(each[3]), tuple(each[4] or ()))
        for each in admin.run(_COLUMNS, name=name)
    ]
    tenant = next((each for each in columns if each.name == column), None)
    if tenant is None:
        return None
    own, other = tenant_values(tenant.type)
    ((kind,),) = admin.run("SELECT relkind FROM pg_class WHERE oid = :name ::regclass", name=name)
    filled = Filled(key, name, tenant, columns, own, [], str(kind) == "p")
    others = [other, *(each for each in _constants(tenant, said) if each != own)][:4]
    rows = list(_rows(columns, tenant, [own, *others], said, seed))
    put = {*taken(admin, [_insert(filled, row) for row in rows])}
    # What is refused as it is, as a key that is taken, may do with values of its own.
    more = [_unique(columns, tenant, row, at) for at, row in enumerate(rows) if at not in put]
    filled.candidates += [row for at, row in enumerate(rows) if at in put]
    filled.candidates += [more[at] for at in taken(admin, [_insert(filled, row) for row in more])]
    return filled if any(row[column] != own for row in filled.candidates) else None


def _insert(filled: Filled, row: Mapping[str, str | None]) -> str:
    names = [each for each in row if row[each] is not None]
    columns = ", ".join(quoted(each) for each in names)
    kinds = {each.name: each.type for each in filled.columns}
    values = ", ".join(f"{literal(row[each])}::{kinds[each]}" for each in names)
    return f"INSERT INTO {filled.name} ({columns}) VALUES ({values})"  # noqa: S608  # quoted


def _rows(
    columns: Sequence[Column], tenant: Column, tenants: Sequence[str], said: Mapping[str, Sequence[str]], seed: int
) -> Iterator[dict[str, str | None]]:
    others = [each for each in columns if each is not tenant and not each.made]
    choices = [_choices(each, said) for each in others]
    for values in _few(choices, random.Random(seed)):  # noqa: S311  # repeatable on purpose
        for each in tenants:
            yield {tenant.name: each, **dict(zip([one.name for one in others], values, strict=True))}
    if others:
        for number, each in enumerate(tenants):
            row = {
                tenant.name: each,
                **{one.name: (choice or [None])[0] for one, choice in zip(others, choices, strict=True)},
            }
            yield _unique(columns, tenant, row, 900 + number)


def _unique(
    columns: Sequence[Column], tenant: Column, row: dict[str, str | None], number: int
) -> dict[str, str | None]:
    """The row with values of its own, for keys that allow each value once."""
    found = dict(row)
    for each in columns:
        if each is tenant or each.name not in row:
            continue
        if each.type in _NUMBERS:
            found[each.name] = str(5000 + number)
        elif each.type == "uuid":
            found[each.name] = str(uuid.UUID(int=5000 + number))
        elif each.type in ("text", "character varying", "citext"):
            found[each.name] = f"{row[each.name] or 'x'}-{number}"
    return found


def _few(choices: Sequence[Sequence[str | None]], chance: random.Random) -> Iterator[tuple[str | None, ...]]:
    total = 1
    for each in choices:
        total *= max(1, len(each))
    if total <= _MOST_ROWS:
        yield from itertools.product(*choices)
        return
    for at in range(max(len(each) for each in choices)):
        yield tuple(each[at % len(each)] for each in choices)
    for _ in range(_MOST_ROWS):
        yield tuple(chance.choice(each) for each in choices)


def _constants(column: Column, said: Mapping[str, Sequence[str]]) -> list[str]:
    if column.type in _NUMBERS:
        return list(said.get("number", ()))
    # No tenant's id is empty.
    return [each for each in said.get("text", ()) if each] if column.type in ("text", "character varying") else []


def _choices(column: Column, said: Mapping[str, Sequence[str]]) -> list[str | None]:
    found: list[str | None]
    if column.labels:
        found = [*column.labels]
    elif column.type in _NUMBERS:
        near = [str(int(float(each)) + more) for each in said.get("number", ()) for more in (0, 1, -1)]
        found = [*dict.fromkeys(["1", "0", "-1", "100000", *near])]
    elif column.type == "boolean":
        found = ["true", "false"]
    elif column.type == "uuid":
        found = [*_AS_UUID.values()]
    elif column.type in ("json", "jsonb"):
        found = [json.dumps({"tenant_id": OTHER}), "{}"]
    elif column.type.startswith(("timestamp", "date")):
        found = ["2001-01-01", "2101-01-01"]
    elif column.type.endswith("[]"):
        found = ["{}"]
    elif column.type in ("text", "character varying", "character", "citext", "name"):
        found = ["x", *said.get("text", ()), OWN, OTHER, ""]
    elif column.type in ("real", "double precision", "money"):
        found = ["1", "0"]
    elif column.type == "bytea":
        found = ["\\x00"]
    elif column.type == "interval":
        found = ["1 day"]
    elif column.type in ("inet", "cidr"):
        found = ["10.0.0.1"]
    else:
        return [None]
    return found if column.required else [*found, None]


__all__ = ["OTHER", "OWN", "Column", "Filled", "fill", "literal", "tenant_values"]
