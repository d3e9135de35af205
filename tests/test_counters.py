"""The work that a scan does, held against committed numbers: slower is then seen in a review, on any machine.

`TENANTPROOF_WRITE_COUNTERS=1 pytest tests/test_counters.py` writes them anew, for a change that means to do more.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.corpora import build
from scanner.language.compile_library import compile_rules

pytestmark = pytest.mark.full

ROOT = Path(__file__).resolve().parent.parent
COMMITTED = ROOT / "tests" / "counters.json"
MORE = 1.05
"""As much more is no change worth a word."""
LESS = 0.7
"""As much less is a number that holds nobody any more."""


def counts_of(folder: Path) -> dict[str, int]:
    done = subprocess.run(
        [sys.executable, str(ROOT / "tests" / "counting.py"), str(folder)],
        env={**os.environ, "PYTHONPATH": str(ROOT), "TENANTPROOF_PROCESSES": "1", "PYTHONHASHSEED": "0"},
        capture_output=True,
        text=True,
        check=True,
    )
    counts: dict[str, int] = json.loads(done.stdout)
    return counts


@pytest.fixture(scope="module")
def sets(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    compile_rules()  # as an installed program has them
    built = build(tmp_path_factory.mktemp("sets"), None)
    return {name: folder for name, folder in built.items() if "1,000" not in name}


@pytest.fixture(scope="module")
def counted(sets: dict[str, Path]) -> dict[str, dict[str, int]]:
    found = {name: counts_of(folder) for name, folder in sets.items()}
    if os.environ.get("TENANTPROOF_WRITE_COUNTERS"):
        COMMITTED.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    return found


def test_a_scan_does_no_more_than_was_agreed(counted: dict[str, dict[str, int]]) -> None:
    committed = json.loads(COMMITTED.read_text("utf-8"))
    assert counted.keys() == committed.keys()
    for name, counts in counted.items():
        for what, number in counts.items():
            agreed = committed[name][what]
            assert number <= agreed * MORE, f"{name}: {number:,} {what}, and {agreed:,} were agreed"
            assert number >= agreed * LESS, f"{name}: only {number:,} {what}: write {COMMITTED.name} anew"


def test_each_file_is_opened_and_the_work_grows_with_the_files(counted: dict[str, dict[str, int]]) -> None:
    one, hundred = counted["S1 one template"], counted["S2 100 templates"]
    assert hundred["files opened"] == 100
    for what in ("values resolved", "verdicts", "worlds"):
        assert hundred[what] <= 110 * one[what]


def test_the_version_is_told_without_loading_anything() -> None:
    """A tenth of a second is too long for an editor that asks at every start; modules are counted, for clocks vary."""
    code = "import sys; from scanner.cli.main import main; main(['--version']); print(len(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    version, modules = done.stdout.split("\n")[:2]
    assert version.startswith("tenantproof ")
    assert int(modules) < 90


def test_a_scan_is_not_much_slower_than_parsing(sets: dict[str, Path]) -> None:
    """The best of five of each, one after the other, in time of the processor: what else runs counts little."""
    from benchmarks.__main__ import PARSING, measure

    folder = str(sets["S3 500 resources"])
    scan = [sys.executable, "-m", "scanner.cli", "scan", "--quiet", "--no-cache", "--format", "json", folder]
    floor = [sys.executable, "-c", PARSING, folder]
    pairs = [(measure(scan, 1).cpu, measure(floor, 1).cpu) for _ in range(5)]
    ratio = min(each for each, _ in pairs) / min(each for _, each in pairs)
    committed = json.loads(COMMITTED.read_text("utf-8"))["S3 500 resources"].get("ratio to parsing, of 100", 0)
    if os.environ.get("TENANTPROOF_WRITE_COUNTERS"):
        data = json.loads(COMMITTED.read_text("utf-8"))
        data["S3 500 resources"]["ratio to parsing, of 100"] = round(100 * ratio)
        COMMITTED.write_text(json.dumps(data, indent=1) + "\n", "utf-8")
        return
    assert 100 * ratio <= committed * 1.35, f"{ratio:.1f} times parsing, and {committed / 100:.1f} were agreed"
