"""Runs that meet a full disk, another run, or a cluster that does not answer."""

from __future__ import annotations

import errno
import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from scanner.base.problem import ProblemsError
from scanner.live import snapshot_run
from scanner.live.dask_cluster import Cluster
from scanner.live.snapshot_run import Request, snapshot, writing
from scanner.snapshots import shard as shards
from scanner.snapshots.folder_lock import FILE, HeldError, held
from scanner.snapshots.manifest import read_manifest
from tests.live.faulty import Server, faulty_moto

boto3 = pytest.importorskip("boto3")
HOLD = "import sys, time; from pathlib import Path; from scanner.snapshots.folder_lock import held\n"
HOLD += "with held(Path(sys.argv[1]), '2026-01-01T00:00:00Z'): print('held', flush=True); time.sleep(60)"


@contextmanager
def other_run(folder: Path) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen([sys.executable, "-c", HOLD, str(folder)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.kill()


# --- two runs into one folder


def test_a_folder_that_another_run_writes_into_says_whose_it_is_and_is_free_after_a_crash(tmp_path: Path) -> None:
    with other_run(tmp_path) as process:
        with (
            pytest.raises(HeldError, match=f"process {process.pid} on .* since 2026-01-01T00:00:00Z"),
            held(tmp_path, "n"),
        ):
            pass
        with pytest.raises(ProblemsError) as caught:
            snapshot(Request(tmp_path, "0"))
        (problem,) = caught.value.problems
        assert f"another snapshot is being taken into this folder: process {process.pid}" in problem.message
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    # What the dead process left says nothing any more.
    assert (tmp_path / FILE).exists()
    with held(tmp_path, "now"):
        assert json.loads((tmp_path / FILE).read_text("utf-8"))["process"] == os.getpid()
    assert not (tmp_path / FILE).exists()


def test_jobs_of_a_plan_share_a_folder_and_a_run_that_joins_them_does_not(tmp_path: Path) -> None:
    with writing(tmp_path, shared=True), writing(tmp_path, shared=True):
        with pytest.raises(ProblemsError) as caught, writing(tmp_path):
            pass
        assert "jobs of a plan write here" in caught.value.problems[0].message
    with writing(tmp_path), pytest.raises(ProblemsError), writing(tmp_path, shared=True):
        pass


def test_the_folder_of_a_run_that_ended_is_free(tmp_path: Path) -> None:
    for _ in range(3):
        with writing(tmp_path):
            pass
    assert [*tmp_path.iterdir()] == []


def test_a_lock_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("kept", "utf-8")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / FILE).symlink_to(precious)
    with pytest.raises(ProblemsError, match="cannot be written"), writing(folder):
        pass
    assert precious.read_text("utf-8") == "kept"


# --- a cluster that does not answer


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_cluster_is_waited_for_as_long_as_it_has_workers_and_answers() -> None:
    clock, workers = Clock(), [1]
    cluster = Cluster(Silent(), lambda: workers[0], quiet=600, empty=60, clock=clock)
    for clock.now in (59, 300, 599):
        assert cluster.gives_up(answered=False) is None
    clock.now = 590
    assert cluster.gives_up(answered=True) is None
    clock.now = 1100
    assert cluster.gives_up(answered=False) is None
    workers[0] = 0
    clock.now = 1150
    assert cluster.gives_up(answered=False) is None
    clock.now = 1161
    assert cluster.gives_up(answered=False) == "it had no worker for 60 s"
    workers[0] = 1
    clock.now = 1191
    assert cluster.gives_up(answered=False) == "nothing was answered for 600 s"


class Silent(Executor):
    """Takes work and never answers."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **named: Any) -> Future[Any]:
        return Future()


class Dying(Executor):
    """Workers answer one job and die of every other."""

    def __init__(self) -> None:
        self.asked = 0

    def submit(self, fn: Callable[..., Any], /, *args: Any, **named: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self.asked += 1
        if self.asked == 1:
            future.set_result(fn(*args, **named))
        else:
            future.set_exception(RuntimeError("a worker ended"))
        return future


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Server]:
    with faulty_moto() as made:
        monkeypatch.setenv("AWS_ENDPOINT_URL", made.url)
        monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        monkeypatch.chdir(tmp_path)
        boto3.client("sqs", region_name="us-east-1").create_queue(QueueName="plain")
        yield made


@pytest.mark.full
@pytest.mark.parametrize("executor", [Silent, Dying])
def test_what_a_cluster_leaves_is_read_here_and_it_is_said(
    server: Server, monkeypatch: pytest.MonkeyPatch, executor: type[Executor]
) -> None:
    @contextmanager
    def cluster(address: str) -> Iterator[Cluster]:
        yield Cluster(executor(), lambda: 1, quiet=1.0)

    monkeypatch.setattr(snapshot_run, "far_cluster", cluster)
    began = time.monotonic()
    taken = snapshot(Request(Path("s"), "0", ["sqs", "sns", "kms"], ["us-east-1"], scheduler="tcp://made:1"))
    assert time.monotonic() - began < 30
    assert taken.ended is None and not taken.manifest.missing
    assert len(taken.manifest.shards) == 3
    (note,) = taken.notes
    assert note.startswith(f"the cluster left {3 if executor is Silent else 2} shards unread")
    assert note.endswith("this machine read them")


# --- a full disk


@pytest.mark.full
def test_a_full_disk_ends_the_run_with_what_to_do_and_loses_nothing(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = Request(Path("s"), "0", ["kms", "sns", "sqs"], ["us-east-1"])
    write = shards.write_whole
    written = []

    def full(target: Path, raw: bytes) -> None:
        if len(written) >= 2 and target.name != "manifest.json":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written.append(target.name)
        write(target, raw)

    monkeypatch.setattr(shards, "write_whole", full)
    taken = snapshot(request)
    assert taken.ended is not None and "no space left on device" in taken.ended and "--resume" in taken.ended
    assert taken.manifest.ended is None and taken.manifest.missing
    monkeypatch.setattr(shards, "write_whole", write)
    again = snapshot(Request(request.out, "0", request.services, request.regions, resume=True))
    assert again.ended is None and not again.manifest.missing
    assert read_manifest(request.out).ended is not None


@pytest.mark.full
def test_the_command_says_it_where_the_system_lets_no_file_grow(server: Server) -> None:
    def small() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (300, 300))

    words = [sys.executable, "-B", "-m", "scanner.cli", "snapshot", "--services", "sqs,sns", "--regions", "us-east-1"]
    done = subprocess.run(
        [*words, "--out", "s"], capture_output=True, text=True, check=False, timeout=120, preexec_fn=small
    )
    assert done.returncode == 2, done.stderr
    assert "cannot be written: file too large" in done.stderr and "--resume" in done.stderr
    assert "Traceback" not in done.stderr
    done = subprocess.run([*words, "--out", "s", "--resume"], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
