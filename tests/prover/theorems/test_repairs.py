"""A repair is told as proved where the same requests were asked of it as of the verdict."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.prover.situations import PATIENTS, TABLE, Situation, allow, role, verdict

READ = allow("dynamodb:GetItem", TABLE)


def fix(folder: Path, *statements: dict[str, Any]) -> str:
    found = Situation({"AppRole": role(*statements), "Patients": PATIENTS}).proofs(folder)
    assert verdict(found) == "LEAK"
    return " ".join(each["fix"] for each in found if "fix" in each)


def test_what_leaks_is_repaired(tmp_path: Path) -> None:
    assert "Proved to isolate: Statement[0]" in fix(tmp_path, READ)


@pytest.mark.parametrize("action", ["dynamodb:FetchPatients", "dynamodb:ExportEverything"])
def test_an_action_that_no_document_has_stays_open_in_the_repair_too(action: str, tmp_path: Path) -> None:
    """The verdict asks for it, and the repair did not: it was proved to isolate what the next scan left NOT PROVEN."""
    assert "Proved to isolate" not in fix(tmp_path / "a", READ, allow(action, TABLE))
    # Of another service it says nothing of the table.
    assert "Proved to isolate" in fix(tmp_path / "b", READ, allow(action.replace("dynamodb", "sqs"), "*"))
