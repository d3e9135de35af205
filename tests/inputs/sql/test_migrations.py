"""Migrations run in the order of numbers, and only in the part that does and does not undo."""

from __future__ import annotations

from pathlib import PurePath

import pytest

from scanner.inputs.sql.migrations import folder_of, ordered, run_part


@pytest.mark.parametrize(
    ("tool", "names", "expected"),
    [
        ("Flyway", ["V10__b.sql", "V9__a.sql", "R__views.sql", "U9__a.sql"], "V9__a V10__b R__views"),
        ("Flyway", ["V1.10__d.sql", "V1.2__c.sql", "V1_1__b.sql"], "V1_1__b V1.2__c V1.10__d"),
        ("Flyway", ["V1__a.sql", "B2__base.sql", "V2__b.sql", "V3__c.sql"], "B2__base V3__c"),
        (
            "Flyway",
            ["afterMigrateError.sql", "V1__a.sql", "beforeClean__x.sql", "afterMigrate__grants.sql", "afterInfo.sql"],
            "V1__a afterMigrate__grants",
        ),
        ("golang-migrate", ["2_b.up.sql", "10_c.up.sql", "10_c.down.sql", "2_b.down.sql"], "2_b.up 10_c.up"),
        (
            "db-migrate",
            ["20210101-a-up.sql", "20210101-a-down.sql", "20210102-b-up.sql"],
            "20210101-a-up 20210102-b-up",
        ),
        (
            "Postgrator",
            ["001.do.a.sql", "001.undo.a.sql", "010.do.b.sql", "002.do.c.sql"],
            "001.do.a 002.do.c 010.do.b",
        ),
        ("yoyo", ["0001.a.sql", "0001.a.rollback.sql", "0002.b.sql"], "0001.a 0002.b"),
        (None, ["a-up.sql", "b.sql"], "a-up b"),
        (None, ["10_b.sql", "9_a.sql", "schema.sql"], "9_a 10_b schema"),
        (None, ["20260102_b.sql", "20251231_a.sql"], "20251231_a 20260102_b"),
        (None, ["b.sql", "a.sql"], "a b"),
    ],
)
def test_order(tool: str | None, names: list[str], expected: str) -> None:
    found = ordered([PurePath("db") / name for name in names])
    assert found.tool == tool
    assert " ".join(names[at].removesuffix(".sql") for at in found.files) == expected


def test_a_folder_for_each_migration_is_one_database() -> None:
    paths = [PurePath(f"prisma/migrations/{name}/migration.sql") for name in ("10_b", "9_a")]
    assert {folder_of(path) for path in paths} == {PurePath("prisma/migrations")}
    assert ordered(paths).files == (1, 0)
    halves = [PurePath("m/1_a/down.sql"), PurePath("m/1_a/up.sql")]
    assert {folder_of(path) for path in halves} == {PurePath("m")}
    assert ordered(halves).files == (1,)


@pytest.mark.parametrize(
    ("up", "down", "tool"),
    [
        ("-- +goose Up", "-- +goose Down", "goose"),
        ("-- +migrate Up", "-- +migrate Down", "sql-migrate"),
        ("-- migrate:up", "-- migrate:down", "dbmate"),
        ("-- Up Migration", "-- Down Migration", "node-pg-migrate"),
        ("# --- !Ups", "# --- !Downs", "Play evolutions"),
        ("-- !Ups", "-- !Downs", "Play evolutions"),
        ("-- rambler up", "-- rambler down", "rambler"),
        ("-- ==== UP ====", "-- ==== DOWN ====", "shmig"),
        ("", "---- create above / drop below ----", "tern"),
    ],
)
def test_the_part_that_undoes_is_not_run(up: str, down: str, tool: str) -> None:
    text = f"{up}\nCREATE TABLE a ();\n{down}\nDROP TABLE a;\n"
    kept, found = run_part(text)
    assert found == tool
    assert len(kept) == len(text)
    assert "CREATE TABLE a ();" in kept
    assert "DROP" not in kept
    assert run_part("CREATE TABLE a ();") == ("CREATE TABLE a ();", None)


def test_a_mark_of_what_is_undone_alone_undoes_nothing() -> None:
    text = "CREATE TABLE a ();\n-- Down Migration\nDROP TABLE a;\n"
    assert run_part(text)[0] == text
    assert run_part("CREATE TABLE a ();\n-- the down migration drops it\n")[1] is None


def test_scripts_that_revert_and_verify_are_not_run() -> None:
    paths = [PurePath(f"db/{name}/charts.sql") for name in ("deploy", "revert", "verify")]
    assert {folder_of(path) for path in paths} == {PurePath("db/deploy")}
    assert ordered(paths).tool == "sqitch"
    assert ordered(paths).files == (0,)
    assert ordered(paths[1:]).files == (0, 1)
