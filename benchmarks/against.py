"""`python -m benchmarks --against COMMIT`: the same commands on this tree and on a commit of it, in turn.

The tree is measured twice, with its own rules and with those of the commit, so that new rules are told from speed. Each
figure is the median of the ratios of one run to the run beside it, for a machine that is slower for a while is so for
both.
"""

from __future__ import annotations

import os
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
# As the build does; 0.1.0 called the module otherwise.
COMPILE = """
try:
    from scanner.language.compile_library import compile_rules
except ImportError:
    from scanner.language.compiling import compile_rules
compile_rules()
"""
ROLES, TENANTS = 10_000, 1_000
# In processes of their own: the largest memory of a process counts that of the one that began it.
ACCOUNT = (
    "import pathlib, sys; from benchmarks.account import snapshot_of; snapshot_of(pathlib.Path(sys.argv[1]), 10_000)"
)
PROOF = f"""
import json, pathlib, sys
from benchmarks.prover import TENANCY, pooled, silo
folder = pathlib.Path(sys.argv[1])
folder.mkdir()
resources = {{**pooled({ROLES}), **silo({TENANTS})}}
(folder / "template.json").write_text(json.dumps({{"Resources": resources}}), "utf-8")
(folder / "tenancy.yaml").write_text(json.dumps(TENANCY), "utf-8")
"""


@dataclass(frozen=True, slots=True)
class Used:
    """Seconds of wall time and of CPU, mebibytes of the largest process, and bytes of the report."""

    wall: float
    cpu: float
    memory: float
    size: int


def compare(commit: str, runs: int, corpus: Path | None, only: str | None = None) -> dict[str, object]:
    """Prints a line for each set and form, and gives all figures back."""
    figures: dict[str, object] = {}
    with tempfile.TemporaryDirectory() as temporary:
        private = Path(temporary)
        old = private / "old"
        subprocess.run(["git", "worktree", "add", "--quiet", "--detach", str(old), commit], cwd=ROOT, check=True)
        try:
            new, as_old = _copied(private / "new", ROOT / "rules"), _copied(private / "as-old", old / "rules")
            for tree in (old, new, as_old):
                _run([sys.executable, "-c", COMPILE], tree)
                _run([sys.executable, "-m", "compileall", "-q", "scanner"], tree)
            for name, command in _sets(private, corpus).items():
                if only is None or only in name:
                    figures[name] = _compared(name, command, {"old": old, "new": new, "its rules": as_old}, runs)
        finally:
            subprocess.run(["git", "worktree", "remove", "--force", str(old)], cwd=ROOT, check=False)
    return figures


def _copied(tree: Path, rules: Path) -> Path:
    """This tree as it is, also with changes that are not committed, and these rules."""
    for name in ("scanner", "reports", "schema"):
        shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(rules, tree / "rules")
    shutil.copy(ROOT / "pyproject.toml", tree)
    return tree


def _sets(private: Path, corpus: Path | None) -> dict[str, list[str]]:
    found = {name: ["scan", str(folder)] for name, folder in build(private, corpus).items()}
    _run([sys.executable, "-c", ACCOUNT, str(private / "account")], ROOT)
    found["account of 10,000 resources"] = ["scan", str(private / "account")]
    _run([sys.executable, "-c", PROOF, str(private / "proof")], ROOT)
    found[f"proof: {ROLES:,} roles, {TENANTS:,} tenants"] = ["prove", str(private / "proof" / "template.json")]
    return found


def _compared(name: str, command: Sequence[str], trees: Mapping[str, Path], runs: int) -> dict[str, object]:
    measured: dict[str, list[Used]] = {each: [] for each in ("old", "new", "its rules", "its rules, compact")}
    for _ in range(runs):
        for each, used in measured.items():
            tree = trees[each.partition(",")[0]]
            used.append(_measure(command, tree, "json=compact" if each.endswith("compact") else "json"))
    told: dict[str, object] = {"old": _median(measured["old"])}
    line = f"{name:<34} old {statistics.median(each.wall for each in measured['old']):7.2f} s"
    for each in ("its rules", "its rules, compact", "new"):
        ratios = {
            key: statistics.median(
                getattr(ours, key) / getattr(theirs, key)
                for ours, theirs in zip(measured[each], measured["old"], strict=True)
            )
            for key in ("wall", "cpu", "memory", "size")
        }
        told[each] = {**_median(measured[each]), "ratios": ratios}
        line += f"   {each}: " + " ".join(f"{key} {ratio:.2f}" for key, ratio in ratios.items())
    print(line, flush=True)
    return told


def _median(used: Sequence[Used]) -> dict[str, float]:
    return {key: statistics.median(getattr(each, key) for each in used) for key in ("wall", "cpu", "memory", "size")}


def _measure(command: Sequence[str], tree: Path, form: str) -> Used:
    with tempfile.NamedTemporaryFile(suffix=".json") as report:
        words = [*command[:1], "--quiet", "--no-cache", "--format", f"{form}={report.name}", *command[1:]]
        start = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", "scanner.cli", *words],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=tree,
            env={**os.environ, "PYTHONPATH": str(tree)},
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        # 2 is an input that could not be read: of other people's templates some cannot, and the rest is judged.
        if process.returncode not in (0, 1, 2) or not Path(report.name).stat().st_size:
            raise SystemExit(f"{' '.join(words)} in {tree} ended with {process.returncode}")
        return Used(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, Path(report.name).stat().st_size)


def _run(command: Sequence[str], tree: Path) -> None:
    subprocess.run(command, cwd=tree, env={**os.environ, "PYTHONPATH": str(tree)}, check=True)


__all__ = ["compare"]
