"""What all tests share: no network, no real credentials, and honest skips."""

from __future__ import annotations

import ipaddress
import os
import shutil
import socket
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

# Records are frozen for the type checker only, for speed; here setting a field of one fails. Commands that tests start
# run as users run them.
os.environ["TENANTPROOF_FREEZE"] = "1"
import scanner.base.record  # noqa: F401  # reads it once

del os.environ["TENANTPROOF_FREEZE"]

# A landing must not depend on luck: the examples are the same each time. To look for new ones, run
# `HYPOTHESIS_PROFILE=search pytest`, and keep what it finds as a test of its own.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.register_profile("search", deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The seconds of each folder, over all processes: each part of the project has a budget (CONTRIBUTING.md)."""
    seconds: Counter[str] = Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport):
                path = report.nodeid.split("::", 1)[0].split("/")
                seconds["/".join(path[: 2 if len(path) > 2 else 1])] += report.duration
    rows = [f"{folder} {spent:.0f}" for folder, spent in seconds.most_common() if spent >= 1]
    terminalreporter.write_line(f"seconds by folder: {', '.join(rows)}")


Requires = Callable[[str], str]
"""Takes the name of a program that a test needs and gives the path of its executable."""

# Program -> the names that its executable may have, and what a person does who has none of them.
_PROGRAMS = {
    "chromium": (("chromium", "chromium-browser", "google-chrome"), "apt-get install chromium"),
    "git": (("git",), "apt-get install git"),
    "node": (("node", "nodejs"), "apt-get install nodejs"),
}


@pytest.fixture(scope="session", autouse=True)
def _no_aws() -> Iterator[None]:
    """Credentials that open nothing, and no report that depends on the clock or the terminal."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            patch.delenv(name)
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
            patch.setenv(name, "testing")
        for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
            patch.setenv(name, os.devnull)
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        for name in ("NO_COLOR", "FORCE_COLOR", "SOURCE_DATE_EPOCH", "COLUMNS"):
            patch.delenv(name, raising=False)
        # What one test leaves there is not what another one finds.
        patch.setenv("TENANTPROOF_CACHE_DIR", os.devnull)
        yield


@pytest.fixture(scope="session", autouse=True)
def _no_network() -> Iterator[None]:
    """Refuses every connection that would leave this machine, and every look-up of a name.

    `pytest.fail` raises no Exception, so code that makes the best of a network error cannot hide it.
    """
    connect, connect_ex = socket.socket.connect, socket.socket.connect_ex
    sendto, getaddrinfo = socket.socket.sendto, socket.getaddrinfo

    def guarded_connect(self: socket.socket, address: Any) -> None:  # an address is what its family says it is
        _refuse_others(self.family, address)
        connect(self, address)

    def guarded_connect_ex(self: socket.socket, address: Any) -> int:
        _refuse_others(self.family, address)
        return connect_ex(self, address)

    def guarded_sendto(self: socket.socket, data: bytes, *rest: Any) -> int:
        _refuse_others(self.family, rest[-1])
        return sendto(self, data, *rest)

    def guarded_getaddrinfo(host: Any, *rest: Any, **options: Any) -> Any:
        # S3's control plane is asked at the account's own name of the endpoint: `111122223333.127.0.0.1`.
        if isinstance(host, str) and host.endswith(".127.0.0.1"):
            host = "127.0.0.1"
        if host and not _is_loopback(host):
            _refuse(host)
        return getaddrinfo(host, *rest, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded_connect)
        patch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
        patch.setattr(socket.socket, "sendto", guarded_sendto)
        patch.setattr(socket, "getaddrinfo", guarded_getaddrinfo)
        yield


@pytest.fixture
def requires(request: pytest.FixtureRequest) -> Requires:
    """`requires("chromium")` skips the test where Chromium is missing; in CI, which installs it, that is a failure."""

    def executable(program: str) -> str:
        names, install = _PROGRAMS[program]
        for name in names:
            found = shutil.which(name)
            if found:
                return found
        missing = f"{request.node.name} needs {program}: {install}"
        if os.environ.get("TENANTPROOF_REQUIRE_ALL"):
            pytest.fail(missing, pytrace=False)
        pytest.skip(missing)

    return executable


@pytest.fixture(scope="session")
def corpus() -> Path:
    """Other people's templates, which are not part of this repository."""
    folder = SHARED / "corpus"
    if not folder.is_dir():
        pytest.skip("needs the corpus of real templates beside the checkout")
    return folder


@pytest.fixture(scope="session")
def cases() -> Path:
    """Acceptance cases, which are kept beside the repository."""
    folder = SHARED / "cases"
    if not folder.is_dir():
        pytest.skip("needs the acceptance cases beside the checkout")
    return folder


def _refuse_others(family: int, address: Any) -> None:
    if family in (socket.AF_INET, socket.AF_INET6) and not _is_loopback(address[0]):
        _refuse(address[0])


def _refuse(host: object) -> None:
    pytest.fail(f"this test spoke to the network: {host!r}")


def _is_loopback(host: str | bytes) -> bool:
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
    if name in ("", "localhost"):
        return True
    try:
        return ipaddress.ip_address(name.partition("%")[0]).is_loopback
    except ValueError:
        return False
