"""Progress of long runs: on a terminal, from two seconds on, gone at the end; never in a log."""

from __future__ import annotations

import io
import sys

import pytest

from scanner.base import progress as module
from scanner.base.progress import progress, step
from scanner.cli.main import main


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    shown = Terminal()
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    return shown


def seconds(monkeypatch: pytest.MonkeyPatch, *times: float) -> None:
    given = iter(times)
    monkeypatch.setattr(module.time, "monotonic", lambda: next(given))


def test_a_long_run_tells_how_far_it_is_and_leaves_nothing(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", terminal)  # here: between a fixture and its test pytest sets its own
    seconds(monkeypatch, 0, 1, 3, 3.1, 4)
    with progress():
        for done in (1, 2, 3, 4):
            step("resources judged", done, 8)
    assert terminal.getvalue().count("resources judged") == 2  # not before two seconds, nor twice within a fifth
    assert "resources judged: 4 of 8, 50%, 4 s" in terminal.getvalue()
    assert terminal.getvalue().endswith("\r\x1b[K")
    step("resources judged", 1, 2)  # outside of a run nothing is told


@pytest.mark.parametrize("why", ["ci", "quiet", "dumb", "pipe"])
def test_nothing_is_told_where_nobody_looks_on(terminal: Terminal, monkeypatch: pytest.MonkeyPatch, why: str) -> None:
    if why == "ci":
        monkeypatch.setenv("CI", "true")
    if why == "dumb":
        monkeypatch.setenv("TERM", "dumb")
    if why == "pipe":
        monkeypatch.setattr(Terminal, "isatty", lambda self: False)
    monkeypatch.setattr(sys, "stderr", terminal)
    seconds(monkeypatch, *range(0, 90, 3))
    with progress(quiet=why == "quiet"):
        step("files read", 1, 2)
    assert terminal.getvalue() == ""


def test_a_scan_on_a_terminal_tells_it(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr(module, "_AFTER", 0.0)
    monkeypatch.setattr(module, "_EVERY", 0.0)
    assert main(["scan", "examples/virtual-clinic/sound", "--no-cache"]) == 0
    assert "files read: " in terminal.getvalue()
    assert "resources judged: " in terminal.getvalue()
    assert "\x1b[K" not in capsys.readouterr().out
