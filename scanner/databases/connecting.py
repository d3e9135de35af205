"""A connection to a database that runs elsewhere, by an address as libpq takes it, whose certificate is verified.

PostgreSQL documentation, "Connection URIs", "SSL Support" (sslmode, sslrootcert), "The Password File". The password may
stand in PGPASSWORD, in a password file or in the address; it is never printed and never stored.
"""

from __future__ import annotations

import contextlib
import os
import re
import socket
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from scanner.base.problem import Problem, ProblemsError, did_you_mean
from scanner.base.record import record
from scanner.databases.server import driver

OPTION = "--database"
_SCHEMES = ("postgresql", "postgres")
_PORT = 5432
_SECONDS = 20
_VERIFIED = ("verify-full", "verify-ca")
_KNOWN = ("sslmode", "sslrootcert", "sslcert", "sslkey", "host", "port", "user", "dbname", "connect_timeout")
_HERE = frozenset(["localhost", "127.0.0.1", "::1"])


@record
class Address:
    """`host` is a folder of a socket where it begins with a slash. `shown` has no password."""

    host: str
    port: int
    user: str
    database: str
    password: str | None
    sslmode: str
    files: Mapping[str, str]

    @property
    def is_socket(self) -> bool:
        """Whether no network is between."""
        return self.host.startswith("/")

    @property
    def shown(self) -> str:
        """Where it leads, for a person."""
        return f"{self.host}:{self.port}/{self.database}"


def address_of(text: str, environment: Mapping[str, str]) -> Address:
    """Raises ProblemsError, whose sentences never hold the address: a password may stand in it."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise _refused("is no address of a database that can be read") from None
    if parts.scheme not in _SCHEMES:
        raise _refused("is no address of a PostgreSQL database", "postgresql://USER@HOST:5432/DATABASE")
    asked = dict(parse_qsl(parts.query))
    for name in asked:
        if name not in _KNOWN:
            raise _refused(f"`{name}` is not understood", did_you_mean(name, _KNOWN))
    host = asked.get("host") or unquote(parts.hostname or "") or environment.get("PGHOST", "")
    user = asked.get("user") or unquote(parts.username or "") or environment.get("PGUSER", "")
    database = asked.get("dbname") or unquote(parts.path.lstrip("/")) or environment.get("PGDATABASE", "") or user
    if not host or not user:
        raise _refused("names no " + ("host" if not host else "user"), "postgresql://USER@HOST:5432/DATABASE")
    number = asked.get("port") or port or environment.get("PGPORT") or _PORT
    if not str(number).isdecimal():
        raise _refused("the port is no number")
    mode = asked.get("sslmode") or environment.get("PGSSLMODE", "verify-full")
    near = host.startswith("/") or host in _HERE
    if mode not in _VERIFIED and not (mode == "disable" and near):
        hint = "sslmode=verify-full, with sslrootcert=FILE for an authority of your own"
        raise _refused(f"sslmode `{mode}` does not verify who answers", hint)
    files = {
        key: value
        for key in ("sslrootcert", "sslcert", "sslkey")
        if (value := asked.get(key) or _told(key, environment))
    }
    password = unquote(parts.password) if parts.password else environment.get("PGPASSWORD")
    address = Address(host, int(number), user, database, password, mode, files)
    if password is not None:
        return address
    return Address(host, int(number), user, database, _filed(address, environment), mode, files)


def connect(address: Address) -> Any:  # the driver ships no types
    """A session of this user. Raises ProblemsError and MissingExtraError."""
    native = driver()
    given: dict[str, Any] = {"database": address.database, "password": address.password, "timeout": _SECONDS}
    if address.is_socket:
        given |= {"unix_sock": f"{address.host}/.s.PGSQL.{address.port}", "ssl_context": False}
    else:
        given |= {"host": address.host, "port": address.port, "ssl_context": _context(address)}
    try:
        return native.Connection(address.user, application_name="tenantproof", **given)
    except ssl.SSLCertVerificationError as error:
        told = f"the certificate of {address.shown} is not trusted: {error.verify_message}"
        raise _refused(told, "sslrootcert=FILE names the authority, of RDS its bundle") from None
    except (native.InterfaceError, native.DatabaseError, OSError, socket.gaierror) as error:
        raise _refused(f"{address.shown} cannot be reached: {_without(said(error), address)}") from None


def said(error: Exception) -> str:
    """The server's message, in one line."""
    first = error.args[0] if error.args else error
    text = str(first.get("M", first) if isinstance(first, dict) else first)
    return re.sub(r"\s+", " ", text).strip()[:300]


def _without(text: str, address: Address) -> str:
    return text.replace(address.password, "<redacted password>") if address.password else text


def _context(address: Address) -> ssl.SSLContext | bool:
    if address.sslmode == "disable":
        return False
    try:
        context = ssl.create_default_context(cafile=address.files.get("sslrootcert"))
        context.check_hostname = address.sslmode == "verify-full"
        if "sslcert" in address.files:
            context.load_cert_chain(address.files["sslcert"], address.files.get("sslkey"))
    except (OSError, ssl.SSLError) as error:
        raise _refused(f"a file of certificates cannot be read: {error.strerror or error}") from None
    return context


def _told(key: str, environment: Mapping[str, str]) -> str | None:
    return environment.get(f"PG{key.upper()}")


def _filed(address: Address, environment: Mapping[str, str]) -> str | None:
    """The password of the first line of the password file that fits; others may not read the file."""
    path = Path(environment.get("PGPASSFILE") or Path(environment.get("HOME", "/")) / ".pgpass")
    with contextlib.suppress(OSError, UnicodeError):
        if os.name == "posix" and path.stat().st_mode & 0o077:
            return None
        wanted = ("localhost" if address.is_socket else address.host, str(address.port), address.database, address.user)
        for line in path.read_text("utf-8").splitlines():
            fields = [re.sub(r"\\(.)", r"\1", each) for each in re.split(r"(?<!\\):", line)]
            if len(fields) == len(wanted) + 1 and all(
                one in ("*", other) for one, other in zip(fields, wanted, strict=False)
            ):
                return fields[-1]
    return None


def _refused(message: str, hint: str | None = None) -> ProblemsError:
    return ProblemsError([Problem(OPTION, message, hint=hint, kind="config")])


__all__ = ["Address", "address_of", "connect", "said"]
