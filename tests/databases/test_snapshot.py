"""`snapshot --database`: a live server's catalogue is what its files say, read without a row and over verified TLS."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from scanner.cli.main import main
from scanner.databases.building import DATABASE, FILLER, RUNNER, build, closing, prepare
from scanner.databases.catalogue_sql import told_by
from scanner.databases.server import Server, installed, started
from scanner.inputs.sql.comparing import differences
from scanner.inputs.sql.declared import Declared
from scanner.inputs.sql.schema import Schema
from scanner.inputs.sql.source import SqlFile
from tests.databases.agreement import said_of
from tests.databases.clearing import cleared
from tests.databases.neighbours import BASE, OWN, neighbours
from tests.databases.random_schemas import Maker

pytestmark = pytest.mark.full

HARNESS = (RUNNER, FILLER)  # roles of the throwaway server's own
PORT = 5432  # the driver of throwaway servers takes the socket of this one
SOUND = f"{BASE} CREATE POLICY own ON charts USING ({OWN});"


@pytest.fixture(scope="module")
def certificates() -> Iterator[Path]:
    """An authority, and the certificate of `localhost` that it signed."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl makes the certificates")
    folder = Path(tempfile.mkdtemp())  # the server's user goes through it
    folder.chmod(0o755)
    ca = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=test authority"]
    subprocess.run([*ca, "-keyout", "ca.key", "-out", "ca.pem"], cwd=folder, check=True, capture_output=True)
    made = ["openssl", "req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-addext"]
    subprocess.run(
        [*made, "subjectAltName=DNS:localhost", "-keyout", "server.key", "-out", "server.csr"],
        cwd=folder,
        check=True,
        capture_output=True,
    )
    signed = ["openssl", "x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial"]
    subprocess.run(
        [*signed, "-days", "2", "-copy_extensions", "copy", "-out", "server.pem"],
        cwd=folder,
        check=True,
        capture_output=True,
    )
    for each in ("server.key", "server.pem"):
        (folder / each).chmod(0o600)
        if os.geteuid() == 0:
            shutil.chown(folder / each, "postgres")
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def server(certificates: Path) -> Iterator[Server]:
    """A server that answers over TLS."""
    # The wheel's is built without TLS.
    debian = [version for version, folder in installed().items() if "pginstall" not in str(folder)]
    if not debian or importlib.util.find_spec("pg8000") is None:
        if os.environ.get("TENANTPROOF_REQUIRE_ALL"):
            pytest.fail("apt-get install postgresql")
        pytest.skip("PostgreSQL: apt-get install postgresql")
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", PORT)) == 0:
            pytest.skip(f"another server listens on {PORT}")
    settings = {
        "listen_addresses": "localhost",
        "ssl": "on",
        "ssl_cert_file": str(certificates / "server.pem"),
        "ssl_key_file": str(certificates / "server.key"),
    }
    with started(max(debian), settings) as found:
        prepare(found)
        yield found


def test_what_is_said_of_the_catalogue_is_what_is_said_of_the_files(server: Server) -> None:
    found = server
    contradicted, same, compared = [], 0, []
    cases = [each.sql for each in neighbours()[::4] if each.holds_in(found.version) and each.is_shown]
    cases += [Maker(27_000_000 + seed).schema() for seed in range(10)]
    for sql in cases:
        if any(word in sql for word in ("WITH INHERIT", "WITH SET", "NOINHERIT", "(tenant_id, id) =")):
            continue
        built = build(found, [SqlFile("db/a.sql", sql)])
        try:
            with closing(found.connect("app", built.database)) as connection:
                told = told_by(connection, "now")
        finally:
            cleared(found, built)
        files, live = said_of(sql, "app", Declared(version=found.version)), said_of(told.sql, "app", Declared())
        compared.append(sql)
        same += files[0] == live[0]
        # Who owns what, and what BETWEEN and the like are made of, is known of a server: some is decided there only.
        if {files[0], live[0]} == {"leak", "apart"}:
            contradicted.append((sql, files, live))
        one, other = Schema(None), Schema(None)
        one.run(SqlFile("db/a.sql", sql))
        other.run(SqlFile("live/database.sql", told.sql))
        differing = [
            each for each in differences(one.catalogue, other.catalogue) if not any(own in each.what for own in HARNESS)
        ]
        # What the call of a function changed is said to be unread.
        assert not differing or one.missed, sql
    assert not contradicted
    assert same >= 0.85 * len(compared)


def test_the_command_reads_over_verified_tls(
    server: Server, certificates: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = server
    secret = "AKIAIOSFODNN7EXAMPLE"  # of AWS's documentation
    more = (
        "CREATE TABLE bare(id int, tenant_id text); INSERT INTO bare VALUES (1, 'a row of someone');"
        "GRANT SELECT ON bare TO app;"
        f"CREATE FUNCTION k() RETURNS text LANGUAGE sql AS $$ SELECT '{secret}' $$;"
    )
    built = build(found, [SqlFile("db/a.sql", SOUND + more)])
    try:
        with closing(found.connect("postgres", built.database)) as admin:
            admin.run("CREATE ROLE auditor LOGIN")  # which may read no table at all
            admin.run("INSERT INTO public.bare VALUES (2, 'another row of someone')")
        out = tmp_path / "live"
        at = f"postgresql://auditor@localhost:{PORT}/{DATABASE}"
        ca = certificates / "ca.pem"
        assert main(["snapshot", "--database", f"{at}?sslrootcert={ca}", "--out", str(out)]) == 0
        assert "2 tables, 1 policies" in capsys.readouterr().err
        written = (out / "database.sql").read_text("utf-8")
        assert "row of someone" not in written
        assert secret not in written
        # Nobody vouches for the certificate, or it is of another name.
        assert main(["snapshot", "--database", at, "--out", str(tmp_path / "no")]) == 2
        assert "is not trusted" in capsys.readouterr().err
        other = at.replace("localhost", "127.0.0.1")
        assert main(["snapshot", "--database", f"{other}?sslrootcert={ca}", "--out", str(tmp_path / "no")]) == 2
        assert "is not trusted" in capsys.readouterr().err
        assert main(["snapshot", "--database", f"{other}?sslrootcert={ca}&sslmode=verify-ca", "--out", str(out)]) == 0
        (out / "database.sql").write_text("-- mine\n", "utf-8")
        assert main(["snapshot", "--database", f"{at}?sslrootcert={ca}", "--out", str(out)]) == 2
        (out / "database.sql").write_text(written, "utf-8")
    finally:
        cleared(found, built)
        with closing(found.connect("postgres")) as admin:
            admin.run("DROP ROLE IF EXISTS auditor")
    (out / "tenancy.yaml").write_text("version: 1\nmodel: pool\n", "utf-8")
    capsys.readouterr()
    main(["scan", str(out), "--no-cache", "--format", "json"])
    findings = json.loads(capsys.readouterr().out)["findings"]
    verdicts = {
        each["resource"]["logical_id"]: each["verdict"]
        for each in findings
        if each["rule"] == "rds-pooled-rows-protected"
    }
    assert verdicts["public.bare"] == "FAIL"
    assert verdicts["public.charts"] == "PASS"
    assert verdicts["app"] == "PASS"


def test_a_session_that_may_not_write_is_enough(server: Server) -> None:
    found = server
    built = build(found, [SqlFile("db/a.sql", SOUND)])
    try:
        with closing(found.connect("postgres", built.database)) as admin:
            admin.run("ALTER ROLE app SET default_transaction_read_only = on")
            admin.run("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM app")
        with closing(found.connect("app", built.database)) as connection:
            assert "CREATE POLICY own ON public.charts" in told_by(connection, "now").sql
    finally:
        cleared(found, built)


def test_migrations_and_the_server_are_compared(
    server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    built = build(server, [SqlFile("db/a.sql", SOUND)])
    try:
        with closing(server.connect("postgres", built.database)) as admin:
            admin.run("CREATE POLICY added ON public.charts FOR SELECT USING (true)")
            admin.run("CREATE ROLE reporting LOGIN BYPASSRLS")
            admin.run("GRANT SELECT ON public.charts TO reporting")
            admin.run("ALTER TABLE public.charts NO FORCE ROW LEVEL SECURITY")
        with closing(server.connect("app", built.database)) as connection:
            told = told_by(connection, "now")
    finally:
        with closing(server.connect("postgres", built.database)) as admin:
            admin.run("DROP OWNED BY reporting")
            admin.run("DROP ROLE reporting")
        cleared(server, built)
    live, migrations = tmp_path / "live", tmp_path / "migrations"
    for folder, text in ((live, told.sql), (migrations, f"{SOUND} CREATE TABLE notes(id int, tenant_id text);")):
        folder.mkdir()
        (folder / "database.sql").write_text(text, "utf-8")
    assert main(["diff", str(migrations), str(live)]) == 1
    first = capsys.readouterr().out
    for line in (
        "policy added of public.charts",
        "role reporting: BYPASSRLS, LOGIN",
        "SELECT on public.charts for reporting",
        "table public.charts: FORCE ROW LEVEL SECURITY: on in migrations, off in the server",
        "table public.notes",
    ):
        assert line in first
    assert main(["diff", str(live), str(migrations)]) == 1
    assert capsys.readouterr().out == first
    assert main(["diff", str(live), str(live)]) == 0
    assert capsys.readouterr().out == "no difference\n"
    assert main(["diff", str(live), str(migrations), "--format", "json"]) == 1
    told_as_json = json.loads(capsys.readouterr().out)["database"]["differences"]
    assert len([each for each in told_as_json if not any(own in each["what"] for own in HARNESS)]) == 5
