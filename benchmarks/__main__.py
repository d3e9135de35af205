"""`python -m benchmarks`: whole cold processes on the sets of `corpora`, as a table and as JSON.

Absolute times say more of the machine than of the program, so each is also given as a ratio to a floor measured in the
same run: a process that only parses the same bytes.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.corpora import build

ROOT = Path(__file__).resolve().parent.parent
# Parses every file of a folder with the fastest readers there are, and does nothing else.
FLOOR = """
import json, os, sys
from yaml._yaml import CParser
import yaml.events
for folder, _, names in os.walk(sys.argv[1]):
    for name in names:
        text = open(os.path.join(folder, name), encoding="utf-8").read()
        if text.lstrip()[:1] == "{":
            json.loads(text)
        else:
            parser = CParser(text)
            while parser.check_event():
                parser.get_event()
"""
PEERS = {
    "checkov": ["checkov", "--framework", "cloudformation", "--compact", "--quiet", "-d"],
    "cfn-lint": ["cfn-lint", "--format", "json"],
}


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds of wall time and mebibytes of the largest process; medians over the runs."""

    seconds: float
    mebibytes: float


def measure(command: Sequence[str], runs: int) -> Timing:
    times, peaks = [], []
    for _ in range(runs):
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT)
        _, _, usage = os.wait4(process.pid, 0)
        times.append(time.perf_counter() - start)
        peaks.append(usage.ru_maxrss / 1024)
    return Timing(statistics.median(times), statistics.median(peaks))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--corpus", type=Path, help="a folder of templates to take the sets from")
    parser.add_argument("--json", type=Path, help="also write the figures here")
    parser.add_argument("--peers", action="store_true", help="other scanners too, where they are installed")
    options = parser.parse_args()
    tenantproof = [sys.executable, "-m", "scanner.cli", "scan", "--format", "json"]
    figures: dict[str, dict[str, float]] = {}
    version = measure([sys.executable, "-m", "scanner.cli", "--version"], options.runs)
    print(f"{'--version':<22}{version.seconds:8.3f} s {version.mebibytes:7.0f} MiB")
    with tempfile.TemporaryDirectory() as temporary:
        for name, folder in build(Path(temporary), options.corpus).items():
            floor = measure([sys.executable, "-c", FLOOR, str(folder)], options.runs)
            ours = measure([*tenantproof, str(folder)], options.runs)
            figures[name] = {
                "seconds": ours.seconds,
                "mebibytes": ours.mebibytes,
                "floor_seconds": floor.seconds,
                "ratio_to_floor": ours.seconds / floor.seconds,
            }
            ratio = ours.seconds / floor.seconds
            line = f"{name:<22}{ours.seconds:8.3f} s {ours.mebibytes:7.0f} MiB {ratio:6.1f} x parsing"
            for peer, command in PEERS.items() if options.peers else ():
                if shutil.which(command[0]):
                    files = [str(folder)] if peer == "checkov" else [str(folder / "**" / "*.*")]
                    theirs = measure([*command, *files], 1)
                    figures[name][peer] = theirs.seconds
                    line += f"   {peer} {theirs.seconds:.1f} s = {theirs.seconds / ours.seconds:.0f} x"
            print(line)
    if options.json:
        machine = {"cores": os.cpu_count()}
        document = {"machine": machine, "python": sys.version.split()[0], "sets": figures}
        options.json.write_text(json.dumps(document, indent=1) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
