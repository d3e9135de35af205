"""Schemas that were run in PostgreSQL as the application's role; each file's first line says what was seen."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from scanner.cli.main import main

pytest.importorskip("pgparse")

FAULTS = Path(__file__).resolve().parents[4] / "shared" / "cases" / "faults" / "sql"
FILES = sorted([*FAULTS.glob("rls/*.sql"), *FAULTS.glob("mig/*/")])
if not FILES:
    pytest.skip("the labelled schemas are not beside the tree", allow_module_level=True)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_verdict_is_as_labelled(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    texts = [path] if path.is_file() else sorted(path.rglob("*.sql"))
    label = next(found for each in texts if (found := re.search(r"-- expected ([^;]+);?", each.read_text("utf-8"))))[1]
    main(["scan", str(path), "--no-cache", "--quiet", "--format", "json"])
    findings = json.loads(capsys.readouterr().out)["findings"]
    verdicts = {
        each["resource"]["logical_id"]: each["verdict"]
        for each in findings
        if each["rule"] == "rds-pooled-rows-protected"
    }
    allowed = set(re.findall(r"\b(PASS|FAIL|UNKNOWN)\b", label.partition(":")[0].partition("(")[0]))
    of_role = re.match(r"FAIL on (\w+)", label)
    if of_role is not None:
        assert verdicts[of_role[1]] == "FAIL"
    elif allowed == {"PASS"}:
        assert set(verdicts.values()) <= {"PASS", "NOT_APPLICABLE"}
    else:
        assert allowed & set(verdicts.values())
        assert verdicts.get("public.charts") in {"FAIL", "UNKNOWN", None} or "copy2" in label
