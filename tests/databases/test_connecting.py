"""Addresses of databases: what is taken, what is refused, and that no password is ever told."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.base.problem import ProblemsError
from scanner.cli.main import main
from scanner.databases.connecting import address_of

SECRET = "hunter2secret"  # to be sought in what is printed


def refused(text: str, environment: dict[str, str] | None = None) -> str:
    with pytest.raises(ProblemsError) as caught:
        address_of(text, environment or {})
    told = "\n".join(map(str, caught.value.problems))
    assert SECRET not in told
    return told


def test_an_address_is_read_as_libpq_reads_it(tmp_path: Path) -> None:
    found = address_of(f"postgresql://me:{SECRET}@db.example.org:6543/clinic?sslrootcert=/ca.pem", {})
    assert (found.host, found.port, found.user, found.database) == ("db.example.org", 6543, "me", "clinic")
    assert found.sslmode == "verify-full"
    assert found.password == SECRET
    assert SECRET not in found.shown
    assert found.files == {"sslrootcert": "/ca.pem"}
    given = {"PGUSER": "me", "PGPASSWORD": SECRET, "PGSSLROOTCERT": "/ca.pem", "PGDATABASE": "x"}
    found = address_of("postgres://db.example.org", given)
    assert (found.user, found.password, found.database, found.port) == ("me", SECRET, "x", 5432)
    found = address_of("postgresql://me@/clinic?host=/var/run/postgresql", {})
    assert found.is_socket
    held = tmp_path / "pgpass"
    held.write_text(f"# of ours\nother:*:*:*:no\ndb:5432:*:me:a\\:{SECRET}\n", "utf-8")
    held.chmod(0o600)
    assert address_of("postgresql://me@db/clinic", {"PGPASSFILE": str(held)}).password == f"a:{SECRET}"
    held.chmod(0o644)
    assert address_of("postgresql://me@db/clinic", {"PGPASSFILE": str(held)}).password is None


def test_what_does_not_verify_the_server_is_refused() -> None:
    for mode in ("require", "prefer", "allow", "disable"):
        assert "does not verify who answers" in refused(f"postgresql://me:{SECRET}@db/x?sslmode={mode}")
    assert "does not verify" in refused(f"postgresql://me:{SECRET}@db/x", {"PGSSLMODE": "prefer"})
    assert address_of("postgresql://me@localhost/x?sslmode=disable", {}).sslmode == "disable"


def test_what_is_no_address_is_told_without_it() -> None:
    assert "is no address" in refused(f"mysql://me:{SECRET}@db/x")
    assert "is no address" in refused(f"me:{SECRET}@db")
    assert "did you mean `sslmode`" in refused(f"postgresql://me:{SECRET}@db/x?sslmod=verify-full")
    assert "names no user" in refused("postgresql://db/x")
    assert "names no host" in refused("postgresql:///x")
    assert "is no address" in refused(f"postgresql://me:{SECRET}@db:notaport/x")


def test_the_command_tells_no_password(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    pytest.importorskip("pg8000")
    at = f"postgresql://me:{SECRET}@localhost:1/x?sslmode=disable"
    assert main(["snapshot", "--database", at, "--out", str(tmp_path / "s")]) == 2
    told = "".join(capsys.readouterr())
    assert "localhost:1/x cannot be reached" in told
    assert SECRET not in told
    assert not (tmp_path / "s").exists()
    assert main(["snapshot", "--database", at, "--org"]) == 2
    assert "--org is of AWS accounts" in "".join(capsys.readouterr())
