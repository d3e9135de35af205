"""A command's process ends at once, and nothing that was written or registered is lost by that."""

from __future__ import annotations

import gc
import subprocess
import sys

import pytest

from scanner.base import process_end
from scanner.base.process_end import collect_late

BEGIN = "from scanner.base.process_end import expect_leave, keep, leave\nexpect_leave()\n"


def ended(code: str, **more: object) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([sys.executable, "-c", BEGIN + code], capture_output=True, check=False, timeout=60)


def test_what_was_printed_is_out_and_the_code_is_kept() -> None:
    done = ended("import sys; print('x' * 100_000); print('told', file=sys.stderr); leave(3)")
    assert (done.returncode, len(done.stdout), done.stderr) == (3, 100_001, b"told\n")


def test_what_is_registered_for_the_end_runs_once() -> None:
    done = ended("import atexit; atexit.register(print, 'end'); leave(0)")
    assert (done.returncode, done.stdout) == (0, b"end\n")


def test_what_is_kept_is_not_freed() -> None:
    freed = "class A:\n    def __del__(self): print('freed', flush=True)\n"
    assert ended(f"{freed}keep(A())\nleave(0)").stdout == b""
    assert ended(f"{freed}A()\nleave(0)").stdout == b"freed\n"


def test_another_thread_is_waited_for() -> None:
    thread = "import threading, time\nthreading.Thread(target=lambda: (time.sleep(0.2), print('done'))).start()\n"
    done = ended(f"{thread}leave(1)")
    assert (done.returncode, done.stdout) == (1, b"done\n")


@pytest.mark.parametrize("code", [0, 1, 2])
def test_a_closed_output_does_not_hide_the_code(code: int) -> None:
    done = ended(f"import sys; sys.stdout.close(); leave({code})")
    assert (done.returncode, done.stdout, done.stderr) == (code, b"", b"")


def test_elsewhere_nothing_is_kept() -> None:
    process_end.keep(object())
    assert process_end._kept is None  # else each test would hold what it has read


def test_a_process_that_goes_on_collects_garbage_as_before() -> None:
    """Tests, and programs that call a command as a function, would keep the garbage of every scan."""
    before = gc.get_threshold()
    collect_late()
    assert gc.get_threshold() == before
