"""A real Dask scheduler and worker, and the worker killed in the middle: the run ends whole, and says who read what.

`python -m tests.live.killed_worker` takes some two minutes, of which the run waits one for another worker. No part of
the suite: what it shows is held there with stand-ins (`test_robust_runs.py`).
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from scanner.snapshots.manifest import read_manifest
from tests.live.faulty import Answer, faulty_moto

REGIONS = "us-east-1,us-east-2,us-west-1,us-west-2,eu-west-1,eu-west-2,eu-central-1,ca-central-1"
READ = ["--regions", REGIONS, "--services", "sqs,sns,dynamodb,logs,kms,events"]
KILLED_AFTER = 5
_LONGEST = 400


@contextmanager
def _started(module: str, *words: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", f"distributed.cli.{module}", *words]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def _address(scheduler: subprocess.Popen[str]) -> str:
    if scheduler.stderr is None:
        raise RuntimeError("no pipe")
    for line in scheduler.stderr:
        found = re.search(r"tcp://127\.0\.0\.1:\d+", line)
        if found:
            return found[0]
    raise RuntimeError("no scheduler")


def _snapshot(out: Path, *words: str) -> subprocess.Popen[str]:
    program = "import sys; from scanner.cli.main import main; sys.exit(main())"
    command = [sys.executable, "-c", program, "snapshot", *READ, "--out", str(out), *words]
    return subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _shards(folder: Path) -> int:
    return sum(1 for _ in folder.glob("*/*/*.gz"))


def main() -> int:
    """0 where the killed worker cost nothing but time."""

    def slow(env: dict[str, Any], body: bytes) -> Answer | None:
        del env, body
        time.sleep(0.3)
        return None

    with faulty_moto() as server, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ.update(AWS_ENDPOINT_URL=server.url, AWS_DEFAULT_REGION="us-east-1", AWS_EC2_METADATA_DISABLED="true")
        os.environ.update(AWS_ACCESS_KEY_ID="AKIAIOSFODNN7EXAMPLE", AWS_SECRET_ACCESS_KEY="x")
        import boto3

        for region in REGIONS.split(","):
            for number in range(5):
                boto3.client("sqs", region_name=region).create_queue(QueueName=f"q{number}")
        server.fault = slow
        with (
            _started("dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard") as scheduler,
            _started("dask_worker", address := _address(scheduler), "--nthreads", "2", "--no-nanny") as worker,
        ):
            began = time.monotonic()
            run = _snapshot(folder / "far", "--scheduler", address)
            while _shards(folder / "far") < KILLED_AFTER and run.poll() is None:
                time.sleep(0.2)
            read = _shards(folder / "far")
            os.kill(worker.pid, signal.SIGKILL)
            _, said = run.communicate(timeout=_LONGEST)
            seconds = time.monotonic() - began
        server.fault = lambda env, body: None
        near = _snapshot(folder / "near")
        near.communicate(timeout=_LONGEST)
        one, other = read_manifest(folder / "far"), read_manifest(folder / "near")
        same = [(each.key, each.resources) for each in one.shards] == [
            (each.key, each.resources) for each in other.shards
        ]
        note = next((line for line in said.splitlines() if "the cluster left" in line), "")
        found = {"exit": run.returncode, "killed_after": read, "shards": len(one.shards), "same": same}
        print(json.dumps({**found, "missing": len(one.missing), "seconds": round(seconds, 1), "note": note}))
        return not (run.returncode == near.returncode == 0 and same and not one.missing and note)


if __name__ == "__main__":
    sys.exit(main())
