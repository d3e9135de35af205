"""`python -m benchmarks.many_accounts`: snapshots of many accounts on the workers of a Dask cluster of this machine.

Prints seconds, mebibytes of the process that sends them (in which the scheduler runs, too) and of the largest process
of a worker, and whether all runs say the same; with `--kill` one worker is killed on the way.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import resource
import signal
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from benchmarks.account import snapshot_of
from scanner.cli.main import main as tenantproof


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.many_accounts", description=__doc__)
    parser.add_argument("--accounts", type=int, default=200)
    parser.add_argument("--resources", type=int, default=2_000)
    parser.add_argument("--workers", default="1,2", help="numbers of workers, one run each")
    parser.add_argument("--kill", type=float, metavar="SECONDS", help="kill one worker of the last run so late")
    options = parser.parse_args()
    numbers = [int(each) for each in options.workers.split(",")]
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "snapshots").mkdir()
        for number in range(options.accounts):
            # No two are the same, so that nothing is the same twice.
            snapshot_of(folder / "snapshots" / f"account-{number:04}", options.resources + number % 7)
        os.chdir(folder)
        said = {_judged(number, options.kill if number == numbers[-1] else None) for number in numbers}
    print(f"the runs say the same: {'yes' if len(said) == 1 else 'NO'}")
    return 0 if len(said) == 1 else 1


def _judged(workers: int, kill: float | None) -> str:
    """One run; a digest of what it says."""
    import distributed

    options: dict[str, Any] = {"n_workers": workers, "threads_per_worker": 1, "dashboard_address": None}
    with distributed.LocalCluster(**options, processes=True, silence_logs=50) as cluster:
        if kill is not None:
            first = next(iter(cluster.workers.values()))
            # Asked then: a worker may have been begun again meanwhile.
            threading.Timer(kill, lambda: os.kill(first.process.pid, signal.SIGKILL)).start()
        start = time.perf_counter()
        arguments = ["accounts", "snapshots", "--out", f"out-{workers}", "--as-of", "2026-11-30"]
        code = tenantproof([*arguments, "--scheduler", cluster.scheduler_address])
        seconds = time.perf_counter() - start
    index = json.loads(Path(f"out-{workers}", "accounts.json").read_text("utf-8"))
    for row in index["accounts"]:
        del row["seconds"]
    own, theirs = (
        resource.getrusage(whose).ru_maxrss // 1024 for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    print(
        f"{workers} workers: exit code {code}, {index['judged']} judged, {len(index['not_judged'])} not, "
        f"{seconds:.1f} s, {seconds / max(1, index['judged']):.2f} s an account, {own} MiB here, "
        f"{theirs} MiB in the largest process",
        flush=True,
    )
    index.pop("notes")
    return hashlib.sha256(json.dumps(index).encode()).hexdigest()


if __name__ == "__main__":
    raise SystemExit(main())
