"""`tenantproof scan ... | head` under `set -o pipefail` ended with 0, though the gate was red."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path


def test_a_reader_that_goes_away_makes_no_red_gate_green(tmp_path: Path) -> None:
    buckets = {f"Bucket{number}": {"Type": "AWS::S3::Bucket"} for number in range(40)}
    (tmp_path / "app.json").write_text(json.dumps({"Resources": buckets}), "utf-8")
    command = [
        str(Path(sys.executable).with_name("tenantproof")),
        "scan",
        "app.json",
        "--fail-on",
        "low",
        "--format",
        "json",
    ]
    process = subprocess.Popen([*command, "--format", "csv=rows.csv"], cwd=tmp_path, stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.close()
    assert process.wait(60) == 1
    assert (tmp_path / "rows.csv").read_text("utf-8-sig").count("Bucket")
