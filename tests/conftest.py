"""What all tests share: no network, no real credentials, and honest skips."""

from __future__ import annotations

import ipaddress
import os
import shutil
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
_INSTALL = {"chromium": "apt-get install chromium", "node": "apt-get install nodejs", "git": "apt-get install git"}


@pytest.fixture(autouse=True)
def _no_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials that open nothing, and no report that depends on the clock or the terminal."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "testing")
    for name in ("AWS_PROFILE", "NO_COLOR", "FORCE_COLOR", "SOURCE_DATE_EPOCH"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuses every connection that would leave this machine."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> None:
        host = address[0] if isinstance(address, tuple) else None
        if host is not None and not _is_loopback(str(host)):
            raise AssertionError(f"a test tried to connect to {host}")
        connect(self, address)  # type: ignore[arg-type]  # handed on as it came

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture
def requires() -> Callable[[str], str]:
    """`requires("chromium")` gives the program's path, or skips with what to install; in CI such a skip is a failure."""

    def find(program: str) -> str:
        path = shutil.which(program)
        if path is None:
            reason = f"needs {program}: {_INSTALL[program]}"
            if os.environ.get("TENANTPROOF_REQUIRE_ALL"):
                pytest.fail(reason)
            pytest.skip(reason)
        return path

    return find


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


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
