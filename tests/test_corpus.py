"""Other people's templates: none crashes, none hangs, and what is unknown is truly not in the files."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path

import pytest

from scanner.inputs.discovery import discover
from scanner.inputs.reading import read_inputs
from scanner.inputs.settings import Settings
from scanner.model.deferred import settle_all
from scanner.model.unknown import unknowns
from scanner.model.world import TooManyWorlds, Undecided, World
from scanner.scanning import scan


def test_the_whole_corpus_is_scanned_in_one_run(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    start = time.process_time()
    result = scan(corpus)
    seconds = time.process_time() - start
    report = result.report
    assert not result.crashes
    assert report["exit_code"] != 3
    causes = Counter(
        (each.get("unknown") or {}).get("cause") for each in report["findings"] if each["verdict"] == "UNKNOWN"
    )
    assert "scanner-error" not in causes
    assert report["summary"]["resources"] > 2500
    assert seconds < 60
    with capsys.disabled():
        print(
            f"\ncorpus: {len(report['inputs'])} inputs, {report['summary']['resources']:,} resources, {seconds:.1f} s"
        )
        print(f"  verdicts {report['summary']['verdicts']}")
        print(f"  unknown by cause {dict(causes.most_common())}")
        print(f"  errors {len(report['errors'])}, gaps {len(report['coverage'])}")


def test_unknown_values_of_the_corpus_by_cause(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    reading = read_inputs(discover([corpus], cwd=Path.cwd()), Settings())
    values: Counter[str] = Counter()
    branching = 0
    for resource in reading.inventory.resources:
        try:
            properties = settle_all(resource.fields.get("Properties"), World())
        except (Undecided, TooManyWorlds):
            branching += 1
            continue
        values.update(unknown.cause for unknown in unknowns(properties))
    assert set(values) <= {
        "deploy-time",
        "parameter",
        "import",
        "dynamic-reference",
        "macro",
        "invalid-template",
        "missing-file",
    }
    with capsys.disabled():
        print(f"\ncorpus: unknown values by cause {dict(values.most_common())}; {branching} resources branch")
