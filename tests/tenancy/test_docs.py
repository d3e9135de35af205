"""What the pages on tenancy and proof say is what the program reads and counts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scanner.tenancy.loading import load_tenancy
from scanner.text.reading import read

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs" / "tenancy.md").read_text("utf-8"), re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_of_the_page_loads(example: str) -> None:
    tenancy = load_tenancy(read(example.encode(), "tenancy.yaml", cloudformation=False))
    assert tenancy.owned
    assert tenancy.notes == ()


def test_silo_pool_and_bridge_are_shown() -> None:
    models = {load_tenancy(read(each.encode(), "t.yaml", cloudformation=False)).model for each in EXAMPLES}
    assert {"pool", "silo", "bridge"} <= models


def test_the_reasons_of_the_proof_are_those_of_now() -> None:
    from scripts.write_proof_doc import TARGET, text

    # The counts are of the day on which the page was written: its first line names it.
    uncounted = re.compile(r"\d+(?:,\d+)*")
    written, now = (uncounted.sub("", each) for each in (TARGET.read_text("utf-8"), text()))
    assert written == now, "run python scripts/write_proof_doc.py"
