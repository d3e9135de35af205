"""`prove --try-database`: leaks are run, and what contradicts what is said is an error of ours."""

from __future__ import annotations

import contextlib
import importlib.util
import os
from pathlib import Path

import pytest

from scanner.cli.main import main
from scanner.databases import trying
from scanner.databases.building import build, cleared, prepare
from scanner.databases.server import installed, started
from scanner.inputs.sql.declared import Declared
from scanner.inputs.sql.source import SqlFile
from tests.databases.neighbours import BASE, OWN

pytestmark = pytest.mark.full


@pytest.fixture(autouse=True)
def _server() -> None:
    if not installed() or importlib.util.find_spec("pg8000") is None:
        if os.environ.get("TENANTPROOF_REQUIRE_ALL"):
            pytest.fail("apt-get install postgresql")
        pytest.skip("PostgreSQL: apt-get install postgresql, or pip install 'tenantproof[postgres-try]'")


def tried(folder: Path, sql: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    (folder / "tenancy.yaml").write_text("version: 1\nmodel: pool\n", "utf-8")
    (folder / "a.sql").write_text(sql, "utf-8")
    code = main(["prove", str(folder), "--try-database", "--no-cache"])
    return code, capsys.readouterr().err


def test_a_leak_is_executed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sql = f"{BASE} CREATE POLICY own ON charts USING ({OWN}); CREATE POLICY p ON charts FOR SELECT USING (id < 9);"
    code, told = tried(tmp_path, sql, capsys)
    assert code == 0
    assert "app: LEAK, executed: `SELECT * FROM public.charts` reached rows of another tenant: `app` can read" in told
    assert "scanner error" not in told


def test_a_sound_schema_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, told = tried(tmp_path, f"{BASE} CREATE POLICY own ON charts USING ({OWN});", capsys)
    assert code == 0
    assert "no statement of the application's roles reached rows of another tenant" in told


def test_what_was_not_decided_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, told = tried(tmp_path, f"{BASE} CREATE POLICY own ON charts USING (length(tenant_id) > 0);", capsys)
    assert code == 0
    assert "LEAK, shown by the run where nothing was decided" in told


def test_a_contradiction_is_a_scanner_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trying, "ways_to", lambda access, key: ())
    code, told = tried(tmp_path, f"{BASE} CREATE POLICY own ON charts USING (true);", capsys)
    assert code == 3
    assert "scanner error: the run contradicts what is said" in told


HOSTILE = [
    "COPY (SELECT 1) TO PROGRAM 'touch {mark}';",
    "CREATE TABLE t(x text); COPY t FROM PROGRAM 'touch {mark}';",
    "DO $$ BEGIN EXECUTE 'COPY (SELECT 1) TO PROGRAM ''touch {mark}'''; END $$;",
    "CREATE ROLE evil SUPERUSER LOGIN; SET ROLE evil; DO $$ BEGIN EXECUTE"
    " 'COPY (SELECT 1) TO PROGRAM ''touch {mark}'''; END $$;",
    "CREATE ROLE evil LOGIN; GRANT pg_execute_server_program TO evil; SET ROLE evil;"
    " DO $$ BEGIN EXECUTE 'COPY (SELECT 1) TO PROGRAM ''touch {mark}'''; END $$;",
    "CREATE ROLE evil LOGIN IN ROLE postgres; SET ROLE evil; SET ROLE postgres;"
    " DO $$ BEGIN EXECUTE 'COPY (SELECT 1) TO PROGRAM ''touch {mark}'''; END $$;",
    "CREATE ROLE evil LOGIN CREATEROLE; SET ROLE evil; GRANT pg_execute_server_program TO evil;"
    " DO $$ BEGIN EXECUTE 'COPY (SELECT 1) TO PROGRAM ''touch {mark}'''; END $$;",
    "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS"
    " $$ BEGIN EXECUTE 'COPY (SELECT 1) TO PROGRAM ''touch {mark}'''; END $$;"
    " ALTER FUNCTION f() OWNER TO postgres; SELECT f();",
    "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS"
    " $$ BEGIN EXECUTE 'COPY (SELECT 1) TO PROGRAM ''touch {mark}'''; END $$;"
    " ALTER FUNCTION f() OWNER TO CURRENT_USER; SELECT f();",
    "RESET SESSION AUTHORIZATION; DO $$ BEGIN EXECUTE 'COPY (SELECT 1) TO PROGRAM ''touch {mark}'''; END $$;",
    "CREATE EXTENSION plpython3u;",
    "ALTER SYSTEM SET archive_command = 'touch {mark}';",
]


@pytest.mark.parametrize("version", [15, 16])
def test_no_file_runs_a_program_of_its_own(tmp_path: Path, version: int) -> None:
    if version not in installed():
        pytest.skip(f"no PostgreSQL {version}")
    tmp_path.chmod(0o777)
    mark = tmp_path / "ran"
    with started(version) as server:
        prepare(server)
        for each in HOSTILE:
            cleared(server, build(server, [SqlFile("a.sql", each.format(mark=mark))]))
            assert not mark.exists(), each


_FUNCTION = (
    "CREATE FUNCTION {name}({given}) RETURNS {gives} LANGUAGE plpgsql {more} AS $f$ BEGIN"
    " IF (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user) THEN"
    " EXECUTE 'COPY (SELECT 1) TO PROGRAM ''touch {mark}'''; END IF; RETURN {value}; END $f$;"
)
_TABLE = (
    "CREATE ROLE app LOGIN; CREATE TABLE charts(id int, tenant_id {kind}, body text {more});"
    "ALTER TABLE charts ENABLE ROW LEVEL SECURITY; GRANT ALL ON charts TO app;"
    "CREATE POLICY p ON charts USING (tenant_id::text = current_setting('app.tenant', true));"
)


def _makes(
    mark: Path, name: str = "evil", given: str = "", gives: str = "text", value: str = "''", more: str = ""
) -> str:
    return _FUNCTION.format(name=name, given=given, gives=gives, value=value, more=more, mark=mark)


def _rows_that_call(mark: Path) -> dict[str, str]:
    """Schemas whose own functions are called where rows are put in or looked at."""
    plain = _TABLE.format(kind="text", more="")
    fixed = _makes(mark, given="x text", more="IMMUTABLE")
    tests = _makes(mark, given="x text", gives="boolean", value="true")
    return {
        "default": _makes(mark) + _TABLE.format(kind="text", more="DEFAULT evil()"),
        "check": tests + _TABLE.format(kind="text", more=", CHECK (evil(body))"),
        "generated": fixed + _TABLE.format(kind="text", more=", g text GENERATED ALWAYS AS (evil(body)) STORED"),
        "index": f"{fixed}{plain} CREATE INDEX ON charts (evil(body));",
        "trigger": _makes(mark, gives="trigger", value="NEW")
        + f"{plain} CREATE TRIGGER t BEFORE INSERT OR DELETE ON charts FOR EACH ROW EXECUTE FUNCTION evil();"
        "ALTER TABLE charts ENABLE ALWAYS TRIGGER t;",
        "rule": _makes(mark) + f"{plain} CREATE TABLE o(x text);"
        "CREATE RULE r AS ON INSERT TO charts DO ALSO INSERT INTO o VALUES (evil());"
        "ALTER TABLE charts ENABLE ALWAYS RULE r;",
        "cast": "CREATE TYPE k AS ENUM ('tenant-a', 'tenant-b');"
        + _makes(mark, given="x k", value="'tenant-b'")
        + "CREATE CAST (k AS text) WITH FUNCTION evil(k);"
        + _TABLE.format(kind="k", more=""),
        "domain": f"{tests} CREATE DOMAIN d AS text CHECK (evil(VALUE));" + _TABLE.format(kind="text", more=", e d"),
        "names of the server's": _makes(mark, "public.format", "x text, y name, z name", value="'x'")
        + _makes(mark, "public.quote_ident", "x name", value="'x'")
        + plain,
        "view": f"{_makes(mark)}{plain} CREATE VIEW v AS SELECT evil() FROM charts;"
        "CREATE MATERIALIZED VIEW m AS SELECT evil() FROM charts; GRANT SELECT ON v TO app;",
    }


def test_what_rows_call_runs_as_no_superuser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tmp_path.chmod(0o777)
    mark = tmp_path / "ran"
    with started() as server:
        monkeypatch.setattr(trying, "started", lambda _: contextlib.nullcontext(server))
        monkeypatch.setattr(trying, "prepare", lambda _: None)
        prepare(server)
        for what, sql in _rows_that_call(mark).items():
            trial = trying.try_database("db", [SqlFile("a.sql", sql)], Declared(), None)
            assert not mark.exists(), what
            assert not trial.skipped, what


def test_nothing_is_left_of_the_server() -> None:
    folders: list[Path] = []

    def interrupted() -> None:
        with started() as server:
            folders.append(server.folder)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert not folders[0].exists()
