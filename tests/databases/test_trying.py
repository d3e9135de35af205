"""`prove --try-database`: leaks are run, and what contradicts what is said is an error of ours."""

from __future__ import annotations

import contextlib
import importlib.util
import os
from pathlib import Path

import pytest

from scanner.cli.main import main
from scanner.databases import trying
from scanner.databases.building import Built, build, closing, prepare
from scanner.databases.server import installed, started
from scanner.inputs.sql.declared import Declared
from scanner.inputs.sql.source import SqlFile
from tests.databases.clearing import cleared
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
    "CREATE ROLE evil LOGIN; ALTER FUNCTION pg_catalog.lo_export(oid, text) OWNER TO evil; SET ROLE evil;"
    " SELECT lo_from_bytea(4242, 'x'); SELECT lo_export(4242, '{mark}');",
    "CREATE ROLE evil LOGIN; ALTER LANGUAGE c OWNER TO evil; SET ROLE evil; CREATE FUNCTION run(text) RETURNS int"
    " LANGUAGE c AS '/lib/x86_64-linux-gnu/libc.so.6', 'system'; SELECT run('touch {mark}');",
    "CREATE FUNCTION f() RETURNS event_trigger LANGUAGE plpgsql AS"
    " $$ BEGIN EXECUTE 'COPY (SELECT 1) TO PROGRAM ''touch {mark}'''; END $$;"
    " CREATE EVENT TRIGGER e ON ddl_command_start EXECUTE FUNCTION f();",
    "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS"
    " $$ BEGIN EXECUTE 'COPY (SELECT 1) TO PROGRAM ''touch {mark}'''; END $$;"
    " REASSIGN OWNED BY CURRENT_USER TO postgres; SELECT f();",
]
# `LEAKED` is told where what stands before it was not refused.
_LEAKED = "DO $$ BEGIN {} RAISE 'LEAKED'; END $$;"
READING = [
    _LEAKED.format("PERFORM lo_import('{secret}');"),
    _LEAKED.format("PERFORM pg_read_file('{secret}');"),
    _LEAKED.format("PERFORM pg_ls_dir('/');"),
    "CREATE TABLE t(x text);" + _LEAKED.format("EXECUTE 'COPY t FROM ''{secret}''';"),
    "CREATE ROLE evil LOGIN; ALTER FUNCTION pg_catalog.lo_import(text) OWNER TO evil; SET ROLE evil;"
    + _LEAKED.format("PERFORM lo_import('{secret}');"),
    "CREATE ROLE evil LOGIN; ALTER FUNCTION pg_catalog.pg_read_file(text) OWNER TO evil; SET ROLE evil;"
    + _LEAKED.format("PERFORM pg_read_file('pg_hba.conf');"),
    "CREATE ROLE evil LOGIN; ALTER DATABASE template1 OWNER TO evil; SET ROLE evil;"
    + _LEAKED.format("EXECUTE 'ALTER DATABASE template1 SET search_path = x';"),
    "CREATE ROLE evil LOGIN; CREATE EXTENSION citext; ALTER FUNCTION citext_eq(citext, citext) OWNER TO evil;"
    " SET ROLE evil;" + _LEAKED.format("ALTER FUNCTION citext_eq(citext, citext) SECURITY DEFINER;"),
    _LEAKED.format("CREATE EXTENSION file_fdw;"),
    _LEAKED.format("CREATE EXTENSION dblink;"),
    _LEAKED.format("EXECUTE 'CREATE SUBSCRIPTION s CONNECTION ''user=postgres'' PUBLICATION p';"),
]


@pytest.mark.parametrize("version", [15, 16])
def test_no_file_runs_a_program_of_its_own(tmp_path: Path, version: int) -> None:
    if version not in installed():
        pytest.skip(f"no PostgreSQL {version}")
    tmp_path.chmod(0o777)
    mark, secret = tmp_path / "ran", tmp_path / "secret"
    secret.write_text("x", "utf-8")
    with started(version) as server:
        prepare(server)
        for each in (*HOSTILE, *READING, *_names_of_the_servers(mark)):
            built = build(
                server, [SqlFile("a.sql", each.replace("{mark}", str(mark)).replace("{secret}", str(secret)))]
            )
            cleared(server, built)
            assert not mark.exists(), each
            assert not any("LEAKED" in skipped.why for skipped in built.skipped), each


_NO_CREATE = 15  # from this version on, PUBLIC may not create in the schema `public`


def test_an_owner_is_changed_where_it_may_create_nothing() -> None:
    """PostgreSQL asks that of the new owner, as the files' own role changes it; what it is lent is taken back."""
    sql = (
        "CREATE ROLE app LOGIN; CREATE ROLE other LOGIN; CREATE TABLE charts(id int); ALTER TABLE charts OWNER TO app;"
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'; ALTER FUNCTION f() OWNER TO app;"
        "CREATE SCHEMA s; ALTER SCHEMA s OWNER TO app; CREATE VIEW s.v AS SELECT 1; ALTER VIEW s.v OWNER TO other;"
    )
    asked = (
        "SELECT pg_get_userbyid(relowner) FROM pg_class WHERE relname IN ('charts', 'v')"
        " UNION ALL SELECT pg_get_userbyid(proowner) FROM pg_proc WHERE proname = 'f'"
        " UNION ALL SELECT pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = 's'"
    )
    may = (
        "SELECT has_schema_privilege('app', 'public', 'CREATE'), has_schema_privilege('other', 's', 'CREATE'),"
        " has_database_privilege('app', current_database(), 'CREATE'), has_schema_privilege('app', 's', 'CREATE')"
    )
    with started() as server:
        prepare(server)
        built = build(server, [SqlFile("a.sql", sql)])
        assert not built.skipped
        with closing(server.connect("postgres", built.database)) as admin:
            assert sorted(name for (name,) in admin.run(asked)) == ["app", "app", "app", "other"]
            assert admin.run(may) == [[server.version < _NO_CREATE, False, False, True]]


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


def _names_of_the_servers(mark: Path) -> list[str]:
    """Names that a superuser's own statements use, in a path that finds the files' before the server's."""
    path = "ALTER DATABASE tenantproof_try SET search_path = public, pg_catalog;"
    compares = _makes(mark, "public.evil", "x name, y text", "boolean", "true")
    return [
        _makes(mark, "public.pg_backend_pid", gives="int", value="1") + path,
        _makes(mark, "public.pg_terminate_backend", "x int", "boolean", "true") + path,
        _makes(mark, "public.quote_ident", "x name", value="'x'") + path,
        _makes(mark, "public.evil", gives="int", value="1")
        + "CREATE VIEW public.pg_stat_activity AS SELECT evil() AS pid, 'a'::name AS datname;"
        + path,
        compares + "CREATE OPERATOR public.!~~ (LEFTARG = name, RIGHTARG = text, FUNCTION = public.evil);" + path,
        compares + "CREATE OPERATOR public.<> (LEFTARG = name, RIGHTARG = text, FUNCTION = public.evil);" + path,
        "CREATE ROLE evil LOGIN; ALTER SCHEMA pg_catalog OWNER TO evil; SET ROLE evil;"
        + _makes(mark, "pg_catalog.quote_ident", "x name", value="'x'"),
    ]


def test_what_rows_call_runs_as_no_superuser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tmp_path.chmod(0o777)
    mark = tmp_path / "ran"
    made: list[Built] = []
    with started() as server:
        monkeypatch.setattr(trying, "build", lambda *given: made.append(build(*given)) or made[-1])
        monkeypatch.setattr(trying, "started", lambda _: contextlib.nullcontext(server))
        monkeypatch.setattr(trying, "prepare", lambda _: None)
        prepare(server)
        for what, sql in _rows_that_call(mark).items():
            trial = trying.try_database("db", [SqlFile("a.sql", sql)], Declared(), None)
            cleared(server, made[-1])
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
