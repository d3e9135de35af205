"""A snapshot and Prowler beside one another, each against the same throttling account, one after the other in turn.

`python -m benchmarks.beside_prowler PROWLER --limits 100,20`, where PROWLER is the command of an installation of its
own, as it shares no dependency with this one. Both read S3, SQS, SNS and DynamoDB in two regions. Told are the seconds
from the first call to the last, which leaves out what Prowler takes to start and to write reports, and of the snapshot
also those of the whole process.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.throttling_server import ASKED, REGIONS

_PORT = 47_300
_LONGEST = 900


def run(command: list[str], limit: float, many: int) -> dict[str, Any]:
    """What the server and the clock say of one run."""
    url = f"http://127.0.0.1:{_PORT}"
    server = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.throttling_server", "--limit", str(limit), "--many", str(many)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    if server.stdin is None or server.stdout is None:
        raise RuntimeError("no pipes")
    server.stdout.readline()
    environment = {**os.environ, "AWS_ENDPOINT_URL": url, "AWS_DEFAULT_REGION": REGIONS[0], "AWS_ACCESS_KEY_ID": "x"}
    environment |= {"AWS_SECRET_ACCESS_KEY": "x", "AWS_EC2_METADATA_DISABLED": "true"}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        done = subprocess.run(
            [each.format(folder=folder) for each in command],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=_LONGEST,
            check=False,
        )
        whole = time.monotonic() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    told, _ = server.communicate("")
    found: dict[str, Any] = json.loads(told.strip().splitlines()[-1])
    last = (done.stdout + done.stderr).strip().splitlines()[-1:]
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {**found, "whole": round(whole, 1), "cpu": round(cpu, 1), "exit": done.returncode, "last": last}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("prowler", type=Path)
    parser.add_argument("--limits", default="100")
    parser.add_argument("--many", type=int, default=100)
    options = parser.parse_args()
    program = Path(sys.executable).with_name("tenantproof")
    ours = [
        str(program),
        "snapshot",
        "--regions",
        ",".join(REGIONS),
        "--services",
        ",".join(ASKED),
        "--out",
        "{folder}/s",
    ]
    prowler = [
        str(options.prowler),
        "aws",
        "--service",
        *ASKED,
        "--region",
        *REGIONS,
        "-M",
        "json-ocsf",
        "-o",
        "{folder}",
    ]
    for limit in map(float, options.limits.split(",")):
        for name, command in (("tenantproof", ours), ("prowler", prowler)):
            print(json.dumps({"who": name, **run(command, limit, options.many)}), flush=True)


if __name__ == "__main__":
    main()
