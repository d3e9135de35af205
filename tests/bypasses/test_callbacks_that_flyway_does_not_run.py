"""`beforeClean.sql` beside Flyway's migrations was taken as run: row-level security that only it enables passed.

Seen with Flyway 9.22.3 on PostgreSQL 15: `migrate` runs `afterMigrate.sql` and its like, not the callbacks of clean,
undo, baseline, repair and info, nor those of errors.
"""

from __future__ import annotations

from pathlib import PurePath

import pytest

from scanner.inputs.sql.migrations import ordered


@pytest.mark.parametrize("name", ["beforeClean", "afterUndo__x", "beforeRepair", "afterBaseline__b", "afterInfo__i"])
def test_a_callback_of_another_command_is_left_out(name: str) -> None:
    assert ordered([PurePath(f"db/{each}.sql") for each in ("V1__a", name)]).files == (0,)


@pytest.mark.parametrize("name", ["afterMigrateError", "afterEachMigrateError__x", "afterValidateError"])
def test_a_callback_of_a_failure_is_left_out(name: str) -> None:
    assert ordered([PurePath(f"db/{each}.sql") for each in (name, "V1__a")]).files == (1,)


@pytest.mark.parametrize("name", ["afterMigrate", "afterMigrate__grants", "afterEachMigrate", "afterVersioned__x"])
def test_a_callback_of_migrate_is_run(name: str) -> None:
    assert ordered([PurePath(f"db/{each}.sql") for each in (name, "V1__a")]).files == (1, 0)
