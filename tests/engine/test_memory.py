"""What judged is gone when it is done: nothing of it keeps itself alive until garbage is looked for, which is late."""

from __future__ import annotations

import gc
from collections import Counter
from pathlib import Path

import pytest

from scanner.scanning import scan

ROOT = Path(__file__).resolve().parent.parent.parent
# What was read points at itself in many ways and is there to the end, as are the indices beside it; what is
# made while it is judged is not.
INDICES = ("Pointers", "_Named")
JUDGING = ("scanner.engine.", "scanner.findings.", "scanner.iam.", "scanner.language.", "scanner.prover.")
CHOICES = """
Parameters: {One: {Type: String}, Two: {Type: String}}
Conditions: {A: !Equals [!Ref One, x], B: !Equals [!Ref Two, x]}
Resources:
  Scans:
    Type: AWS::S3::Bucket
    Properties:
      Tags: [!If [A, {Key: a, Value: a}, !Ref AWS::NoValue], !If [B, {Key: b, Value: b}, !Ref AWS::NoValue]]
      PublicAccessBlockConfiguration: !If [A, {BlockPublicAcls: true}, !Ref AWS::NoValue]
"""


@pytest.mark.parametrize("where", ["example", "choices"])
def test_nothing_that_judges_keeps_itself_alive(where: str, tmp_path: Path) -> None:
    """Tracebacks of undecided choices kept frames with all that was judged in them: 28 MiB of 1,000 templates."""
    (tmp_path / "t.yaml").write_text(CHOICES, "utf-8")
    folder = ROOT / "examples" / "virtual-clinic" if where == "example" else tmp_path
    scan(folder)  # what is kept for good is made
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        before = len(gc.garbage)
        assert scan(folder).report["findings"]
        gc.collect()
        found = Counter(
            type(each).__name__
            for each in gc.garbage[before:]
            if type(each).__module__.startswith(JUDGING) and type(each).__name__ not in INDICES
        )
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()
    assert not found
