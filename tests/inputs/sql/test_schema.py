"""PostgreSQL files: what they leave behind when they are run, and no more than that."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from scanner.cli.main import main
from scanner.inputs.sql.schema import GRANT, ROLE, TABLE, SqlFile, schema_of
from scanner.inputs.sql.statements import statements_in
from scanner.model.resource import Resource
from scanner.model.unknown import OpenList, Unknown
from scanner.model.world import World

pytest.importorskip("pgparse")

VISITS = "CREATE TABLE visits (id uuid PRIMARY KEY, tenant_id text NOT NULL);"


def run(*texts: str) -> tuple[dict[tuple[str, str], Mapping[str, Any]], list[str]]:
    """Properties by type and name, and what was missed."""
    files = [SqlFile(f"db/{number:03}.sql", dedent(text)) for number, text in enumerate(texts, 1)]
    resources, missed = schema_of(files)
    found: dict[tuple[str, str], Mapping[str, Any]] = {}
    for each in resources:
        properties = each.fields["Properties"]
        assert isinstance(properties, Mapping)
        found[each.type, each.logical_id] = properties
    return found, [each.unknown.detail for each in missed]


def table(*texts: str, name: str = "public.visits") -> Mapping[str, Any]:
    return run(*texts)[0][TABLE, name]


def test_row_security_is_off_until_it_is_enabled_and_forced() -> None:
    assert table(VISITS)["RowSecurityEnabled"] is False
    enabled = table(VISITS, "ALTER TABLE visits ENABLE ROW LEVEL SECURITY;")
    assert (enabled["RowSecurityEnabled"], enabled["RowSecurityForced"]) == (True, False)
    both = "ALTER TABLE ONLY public.visits ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY, OWNER TO admin;"
    forced = table(VISITS, both)
    assert (forced["RowSecurityEnabled"], forced["RowSecurityForced"], forced["Owner"]) == (True, True, "admin")
    off = table(VISITS, both, "alter table if exists visits no force row level security, disable row level security;")
    assert (off["RowSecurityEnabled"], off["RowSecurityForced"]) == (False, False)
    assert forced["Columns"] == ["id", "tenant_id"]


def test_policies_are_made_altered_and_dropped() -> None:
    made = """
        CREATE POLICY own ON visits AS RESTRICTIVE FOR SELECT TO app, "Reader"
          USING (tenant_id = current_setting('app.tenant', true)) WITH CHECK ( (a) AND b );
        CREATE POLICY everything ON visits;
    """
    first, second = table(VISITS, made)["Policies"]
    assert first == {
        "Name": "own",
        "Command": "SELECT",
        "Permissive": False,
        "Roles": ["app", "Reader"],
        "Using": "tenant_id = current_setting('app.tenant', true)",
        "WithCheck": "(a) AND b",
    }
    assert second == {"Name": "everything", "Command": "ALL", "Permissive": True, "Roles": ["public"]}
    changed = "ALTER POLICY own ON visits USING (false); DROP POLICY IF EXISTS everything ON visits;"
    (only,) = table(VISITS, made, changed)["Policies"]
    assert (only["Using"], only["WithCheck"], only["Command"]) == ("false", "(a) AND b", "SELECT")


def test_names_are_those_of_their_schema_and_case() -> None:
    found, _ = run(
        """
        SET search_path TO clinic, public;
        CREATE TABLE Visits (id int);
        CREATE TABLE "Visits" (id int);
        CREATE TABLE public.visits (id int);
        ALTER TABLE Visits ENABLE ROW LEVEL SECURITY;
        """
    )
    on = {name: each["RowSecurityEnabled"] for (_, name), each in found.items()}
    assert on == {"clinic.visits": True, "clinic.Visits": False, "public.visits": False}


def test_tables_are_renamed_moved_dropped_and_parted() -> None:
    found, _ = run(
        VISITS,
        """
        ALTER TABLE visits ENABLE ROW LEVEL SECURITY;
        CREATE TABLE visits_2026 PARTITION OF visits FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
        ALTER TABLE visits RENAME TO stays;
        ALTER TABLE stays SET SCHEMA clinic;
        CREATE TEMP TABLE passing (id int);
        CREATE TABLE old (id int); DROP TABLE IF EXISTS old CASCADE;
        """,
    )
    assert set(found) == {(TABLE, "clinic.stays"), (TABLE, "public.visits_2026")}
    assert found[TABLE, "clinic.stays"]["RowSecurityEnabled"] is True
    assert found[TABLE, "public.visits_2026"]["PartitionOf"] == "clinic.stays"
    assert found[TABLE, "public.visits_2026"]["RowSecurityEnabled"] is False


def test_roles_and_grants_are_those_that_are_left() -> None:
    found, missed = run(
        VISITS,
        """
        CREATE ROLE reader NOLOGIN;
        CREATE USER app WITH LOGIN ENCRYPTED PASSWORD 'hunter22' CONNECTION LIMIT -1 IN ROLE reader;
        CREATE ROLE boss SUPERUSER BYPASSRLS; ALTER ROLE boss NOSUPERUSER;
        ALTER ROLE app SET search_path = clinic;
        GRANT SELECT (id), INSERT ON TABLE visits TO app, reader WITH GRANT OPTION;
        GRANT ALL PRIVILEGES ON ALL TABLES IN SCHEMA public TO boss;
        GRANT reader TO boss; GRANT USAGE ON SCHEMA public TO app;
        REVOKE INSERT ON visits FROM reader;
        """,
    )
    assert not missed
    roles = {name: each for (kind, name), each in found.items() if kind == ROLE}
    assert {name: (each["BypassRls"], each["Superuser"], each["MemberOf"]) for name, each in roles.items()} == {
        "reader": (False, False, []),
        "app": (False, False, ["reader"]),
        "boss": (True, False, ["reader"]),
    }
    grants = {
        (each["Object"], *each["Privileges"], *each["Grantees"]) for (kind, _), each in found.items() if kind == GRANT
    }
    assert grants == {
        ("public.visits", "SELECT", "INSERT", "app"),
        ("public.visits", "SELECT", "reader"),
        ("ALL TABLES IN SCHEMA public", "ALL", "boss"),
    }


def test_what_other_files_make_is_not_known() -> None:
    found, _ = run("ALTER TABLE visits ENABLE ROW LEVEL SECURITY; ALTER ROLE app BYPASSRLS;")
    visits = found[TABLE, "public.visits"]
    assert visits["RowSecurityEnabled"] is True
    assert isinstance(visits["RowSecurityForced"], Unknown)
    assert isinstance(visits["Policies"], OpenList)
    assert found[ROLE, "app"]["BypassRls"] is True
    assert isinstance(found[ROLE, "app"]["Superuser"], Unknown)


@pytest.mark.parametrize(
    "statement",
    [
        "DO $$ BEGIN EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name_of_it()); END $$;",
        "ALTER TABLE ALL IN TABLESPACE fast OWNER TO app;",
        "CREATE POLICY own ON visits FOR EVERYTHING;",
        "ALTER TABLE visits ENABLE ROW LEVEL SECURITY 'oops",
    ],
)
def test_a_statement_that_is_not_understood_leaves_open_what_it_may_say(statement: str) -> None:
    found, missed = run(VISITS, statement)
    assert len(missed) == 1
    assert "db/002.sql" in missed[0]
    visits = found[TABLE, "public.visits"]
    assert isinstance(visits["RowSecurityEnabled"], Unknown)
    assert isinstance(visits["Policies"], OpenList)


def test_what_has_nothing_to_do_with_rows_is_passed_over() -> None:
    found, missed = run(
        VISITS,
        r"""
        \connect clinic
        CREATE EXTENSION pgcrypto; CREATE INDEX i ON visits (tenant_id); VACUUM; BEGIN; COMMIT;
        CREATE OR REPLACE FUNCTION f() RETURNS trigger AS $body$ BEGIN; DROP TABLE visits; END $body$ LANGUAGE plpgsql;
        INSERT INTO visits VALUES ('DROP TABLE visits;', E'it\'s; ENABLE ROW LEVEL SECURITY');
        COPY visits (id, tenant_id) FROM stdin;
        1	'; ALTER TABLE visits DISABLE ROW LEVEL SECURITY;
        \.
        -- ALTER TABLE visits ENABLE ROW LEVEL SECURITY;
        /* ALTER TABLE visits ENABLE ROW LEVEL SECURITY; */
        """.replace("        ", ""),
    )
    assert set(found) == {(TABLE, "public.visits")}
    assert found[TABLE, "public.visits"]["RowSecurityEnabled"] is False
    assert not [each for each in missed if "COPY" in each or "INDEX" in each]


def test_places_are_those_of_the_statement_and_passwords_are_not_shown() -> None:
    text = "\n\n" + VISITS + "\nCREATE ROLE app\n  PASSWORD 'hunter22';\n"
    resources, _ = schema_of([SqlFile("db/a.sql", text)])
    by_type: dict[str, Resource] = {each.type: each for each in resources}
    place = by_type[TABLE].source.locate(by_type[TABLE], ("Properties", "Owner"), World())
    assert (place.path, place.line, place.column) == ("db/a.sql", 3, 1)
    role = by_type[ROLE]
    place = role.source.locate(role, (), World())
    assert (place.line, place.end_line) == (4, 5)
    shown = role.source.lines(4, 5)
    assert not any("hunter22" in line and not role.source.hides(line) for line in shown)


@pytest.mark.parametrize(
    ("text", "tables", "missed"),
    [
        # Nothing that begins with a parenthesis makes or changes a table.
        ("(" * 50_000, 0, 0),
        # No name has so many parts (PostgreSQL's grammar: at most three).
        ("CREATE TABLE " + "a." * 20_000 + "b ();", 0, 1),
        ("$$" * 9_999, 0, 1),
        ("'" * 9_999, 0, 1),
    ],
)
def test_hostile_text_ends_soon_and_what_is_not_read_is_told(text: str, tables: int, missed: int) -> None:
    found, told = schema_of([SqlFile("a.sql", text)])
    assert (len(found), len(told)) == (tables, missed)


def test_a_long_file_takes_time_in_proportion() -> None:
    assert len(list(statements_in(VISITS * 3_000))) == 3_000


def test_files_are_read_for_a_declared_tenancy_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "app.yaml").write_text("Resources: {B: {Type: 'AWS::S3::Bucket'}}", "utf-8")
    (tmp_path / "db.sql").write_text(VISITS, "utf-8")
    (tmp_path / "notes.sql").write_text("SELECT 1;", "utf-8")

    def scanned() -> dict[str, Any]:
        import json

        main(["scan", ".", "--quiet", "--format", "json"])
        result: dict[str, Any] = json.loads(capsys.readouterr().out)
        return result

    assert [each["kind"] for each in scanned()["inputs"]] == ["cloudformation", "ignored"]
    (tmp_path / "tenancy.yaml").write_text("version: 1\ntenant_id: {tags: [TenantId]}\n", "utf-8")
    report = scanned()
    assert [each["kind"] for each in report["inputs"]] == ["cloudformation", "sql", "ignored"]
    assert report["summary"]["resources"] == 2
    assert not report["errors"]


def test_a_file_of_many_tables_is_cut_into_lines_and_freed_of_passwords_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from scanner.inputs.sql import source

    seen: list[str] = []
    plain = source.without_passwords
    monkeypatch.setattr(source, "without_passwords", lambda text: seen.append(text) or plain(text))
    text = "".join(f"CREATE TABLE t{number}(id int, tenant_id text);\n" for number in range(200))
    resources, _ = schema_of([SqlFile("db/a.sql", text)])
    assert [each.source.lines(3, 3) for each in resources] == [["CREATE TABLE t2(id int, tenant_id text);"]] * 200
    assert len(seen) <= 1
