"""`x IS NOT DISTINCT FROM NULL` was taken as neither true nor false: a policy of it let every row by and passed.

Seen in PostgreSQL 15 and 16. It is `x IS NULL`, also where `x` is a condition or the NULL is a setting that was never
set (documentation, "Comparison Functions and Operators").
"""

from __future__ import annotations

import pytest

from scanner.inputs.sql.declared import Declared
from tests.databases.agreement import said_of
from tests.databases.neighbours import BASE, OWN

pytest.importorskip("pgparse")


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("author IS NOT DISTINCT FROM NULL", "leak"),
        ("NULL IS NOT DISTINCT FROM author", "leak"),
        ("author IS DISTINCT FROM NULL", "leak"),
        (f"({OWN}) IS NOT DISTINCT FROM NULL", "leak"),
        (f"author IS NOT DISTINCT FROM {OWN.partition('= ')[2]}", "leak"),
        ("nullif(author, body) IS NOT DISTINCT FROM NULL", "open"),
        ("'x' IS DISTINCT FROM NULL", "leak"),
        ("'x' IS NOT DISTINCT FROM NULL", "apart"),
        ("tenant_id IS NOT DISTINCT FROM NULL", "apart"),
        ("tenant_id IS DISTINCT FROM NULL", "leak"),
        (f"{OWN.replace('=', 'IS NOT DISTINCT FROM')}", "apart"),
        (f"({OWN}) IS DISTINCT FROM NULL AND {OWN}", "apart"),
    ],
)
def test_a_null_is_asked_for(condition: str, expected: str) -> None:
    assert said_of(f"{BASE} CREATE POLICY own ON charts USING ({condition});", "app", Declared())[0] == expected
