"""A schema for each tenant: what keeps it apart is USAGE, privileges, owners and memberships, not policies.

Each of these was run in PostgreSQL 15 and 16 by tests/databases/test_agreement.py.
"""

from __future__ import annotations

import pytest

from scanner.inputs.sql.declared import Declared
from tests.databases.silos import SCHEMAS, SILOS, said_of_silo

pytest.importorskip("pgparse")


@pytest.mark.parametrize(("more", "expected", "declared"), [(each.sql, each.expected, each.declared) for each in SILOS])
def test_what_is_in_a_tenants_schema_is_reached_by_its_own_roles_only(
    more: str, expected: str, declared: Declared
) -> None:
    assert said_of_silo(SCHEMAS + more, declared) == expected
