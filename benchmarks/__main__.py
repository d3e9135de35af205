"""`python -m benchmarks`: whole cold processes on the sets of `corpora`, as a table and as JSON.

Absolute times say more of the machine than of the program, so each is also given as a ratio to two others of the same
run: a process that only parses the same bytes, and `floor`, which also asks 250 small rules and writes JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.corpora import build

ROOT = Path(__file__).resolve().parent.parent
SCAN = [sys.executable, "-m", "scanner.cli", "scan", "--quiet", "--format", "json"]
TEXT = [sys.executable, "-m", "scanner.cli", "scan", "--quiet"]
# Parses every file of a folder with the fastest readers there are, and does nothing else.
PARSING = """
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
ACCOUNT = (
    "import sys, pathlib; from benchmarks.account import snapshot_of; snapshot_of(pathlib.Path(sys.argv[1]), 10_000)"
)
COMPILE = "from scanner.language.compile_library import compile_rules; compile_rules()"
# What these find is another thing, so only the time is compared.
PEERS = ("cfn-guard", "cfn-lint", "checkov")


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds of wall time and of CPU, and mebibytes of the largest process; medians over the runs."""

    seconds: float
    cpu: float
    mebibytes: float


def measure(command: Sequence[str], runs: int, environment: Mapping[str, str] | None = None) -> Timing:
    times, used, peaks = [], [], []
    for _ in range(runs):
        start = time.perf_counter()
        process = subprocess.Popen(
            command,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=ROOT,
            env={**os.environ, **(environment or {})},
        )
        _, _, usage = os.wait4(process.pid, 0)
        times.append(time.perf_counter() - start)
        used.append(usage.ru_utime + usage.ru_stime)
        peaks.append(usage.ru_maxrss / 1024)
    return Timing(statistics.median(times), statistics.median(used), statistics.median(peaks))


def peer(name: str, folder: Path, guard: Path | None) -> list[str] | None:
    """The command by which the other scanner reads the folder; None where it is not installed."""
    if name == "cfn-guard":
        if guard is None:
            return None
        machine = "aarch64" if platform.machine() in ("arm64", "aarch64") else "x86_64"
        program = next((guard / "bin").glob(f"ubuntu/{machine}/*cfn-guard*"), None)
        rules = guard / "rules" / "control-tower" / "cfn-guard"
        return (
            None if program is None else [str(program), "validate", "-r", str(rules), "-d", str(folder), "-S", "none"]
        )
    program = shutil.which(name)
    if program is None:
        return None
    if name == "checkov":
        return [program, "--framework", "cloudformation", "--compact", "--quiet", "-d", str(folder)]
    files = sorted(str(each) for each in folder.rglob("*") if each.is_file())
    return [program, "--format", "json", "--", *files]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--corpus", type=Path, help="a folder of templates to take the sets from")
    parser.add_argument("--json", type=Path, help="also write the figures here")
    parser.add_argument("--peers", action="store_true", help="other scanners too, where they are installed")
    parser.add_argument(
        "--cfn-guard",
        type=Path,
        metavar="DIR",
        help="the unpacked npm package @cdklabs/cdk-validator-cfnguard, for --peers",
    )
    parser.add_argument("--growth", action="store_true", help="the exponents of growth, too")
    parser.add_argument("--against", metavar="COMMIT", help="the same on a commit of this repository, in turn, alone")
    parser.add_argument("--only", metavar="TEXT", help="with --against: the sets whose name has this in it")
    options = parser.parse_args()
    if options.against is not None:
        from benchmarks.against import compare

        _written(options.json, compare(options.against, options.runs, options.corpus, options.only))
        return 0
    # As the build does, and an edit of a rule undoes. In a process of its own, as memory is counted from this one on.
    subprocess.run([sys.executable, "-c", COMPILE], cwd=ROOT, check=True)
    # As pip does; Python itself does not where the environment tells it to write no byte code.
    subprocess.run([sys.executable, "-m", "compileall", "-q", "scanner", "benchmarks"], cwd=ROOT, check=True)
    figures: dict[str, dict[str, float]] = {}
    version = measure([sys.executable, "-m", "scanner.cli", "--version"], options.runs)
    figures["--version"] = {"seconds": version.seconds, "mebibytes": version.mebibytes}
    print(f"{'--version':<26}{version.seconds:8.3f} s {version.mebibytes:7.0f} MiB")
    with tempfile.TemporaryDirectory() as temporary:
        private = Path(temporary)
        sets = build(private, options.corpus)
        for name, folder in sets.items():
            parsing = measure([sys.executable, "-c", PARSING, str(folder)], options.runs)
            floor = measure([sys.executable, "-m", "benchmarks.floor", str(folder)], options.runs)
            ours = measure([*SCAN, "--no-cache", str(folder)], options.runs)
            figures[name] = {
                "seconds": ours.seconds,
                "cpu_seconds": ours.cpu,
                "mebibytes": ours.mebibytes,
                "parsing_seconds": parsing.seconds,
                "ratio_to_parsing": ours.seconds / parsing.seconds,
                "floor_seconds": floor.seconds,
                "ratio_to_floor": ours.seconds / floor.seconds,
            }
            line = (
                f"{name:<26}{ours.seconds:8.3f} s {ours.mebibytes:7.0f} MiB"
                f"{ours.seconds / parsing.seconds:7.1f} x parsing{ours.seconds / floor.seconds:6.1f} x floor"
            )
            for other in PEERS if options.peers else ():
                command = peer(other, folder, options.cfn_guard)
                if command is not None:
                    theirs = measure(command, 1)
                    figures[name] |= {other: theirs.seconds, f"{other} ratio": theirs.seconds / ours.seconds}
                    line += f"   {other} {theirs.seconds:.1f} s = {theirs.seconds / ours.seconds:.1f} x"
            print(line, flush=True)
        _warm(list(sets.values())[-1], private, figures, options.runs)
        account = private / "account"
        subprocess.run([sys.executable, "-c", ACCOUNT, str(account)], cwd=ROOT, check=True)
        _told("account, 10,000 resources", measure([*SCAN, "--no-cache", str(account)], options.runs), figures)
        if options.growth:
            from benchmarks.growth import exponents

            grown = exponents(private, lambda words: measure([*SCAN, "--no-cache", *words], 3).cpu)
            figures["growth"] = grown
            print("growth: " + ", ".join(f"{name} {power:.2f}" for name, power in grown.items()))
    _written(options.json, figures)
    return 0


def _written(path: Path | None, figures: Mapping[str, object]) -> None:
    if path is not None:
        machine = {"cores": os.cpu_count(), "machine": platform.machine(), "system": platform.system()}
        document = {"machine": machine, "python": sys.version.split()[0], "sets": figures}
        path.write_text(json.dumps(document, indent=1) + "\n", "utf-8")


def _warm(folder: Path, private: Path, figures: dict[str, dict[str, float]], runs: int) -> None:
    """The same set with what an earlier scan has kept: unchanged, and with one file changed, each run another one."""
    kept = {"TENANTPROOF_CACHE_DIR": str(private / "cache")}
    _told("the last, kept", measure([*SCAN, str(folder)], 1, kept), figures)
    files = [each for each in sorted(folder.rglob("*")) if each.suffix in (".yaml", ".yml")]
    for name, command in (("", SCAN), (", text", TEXT)):
        _told(f"again{name}", measure([*command, str(folder)], runs, kept), figures)
        timings = []
        for number in range(runs):
            file = files[len(files) * number // runs]
            content = file.read_text("utf-8")
            file.write_text(content.replace("\nResources:", "\n# changed\nResources:"), "utf-8")
            timings.append(measure([*command, str(folder)], 1, kept))
            file.write_text(content, "utf-8")
        _told(f"one file changed{name}", sorted(timings, key=lambda each: each.seconds)[len(timings) // 2], figures)


def _told(name: str, timing: Timing, figures: dict[str, dict[str, float]]) -> None:
    figures[name] = {"seconds": timing.seconds, "cpu_seconds": timing.cpu, "mebibytes": timing.mebibytes}
    print(f"{name:<26}{timing.seconds:8.3f} s {timing.mebibytes:7.0f} MiB", flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
