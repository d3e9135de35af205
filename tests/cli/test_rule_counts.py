from __future__ import annotations

import pytest

from scanner.cli.main import main
from scanner.language.library import load_library
from scanner.shipped_data import rules_dir
from scanner.text.reading import read


def test_every_published_check_has_a_rule_of_its_name() -> None:
    path = rules_dir() / "published.yaml"
    listed = read(path.read_bytes(), "rules/published.yaml", cloudformation=False).data
    assert isinstance(listed, list)
    assert len(listed) == len(set(listed)) == 180
    assert set(listed) <= {rule.id for rule in load_library(examples=False).rules}


def test_counts_are_of_the_library_at_hand(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "count"]) == 0
    out = capsys.readouterr().out
    rules = load_library(examples=False).rules
    row = next(line for line in out.splitlines() if line.startswith("all layers"))
    _, _, count, *tiers = row.split()
    assert int(count) == len(rules) == sum(map(int, tiers))
    assert "180 of 180 checks of the published HIPAA mappings" in out
    assert "HIPAA Security Rule, 45 CFR Part 164 Subpart C: 70 entries" in out


def test_counts_of_some_rules_are_of_them_only(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "count", "alarm-*", "root-mfa"]) == 0
    out = capsys.readouterr().out
    assert "7 of 180 checks" in out
    assert "2 of templates and accounts" not in out
    assert [line.split()[:2] for line in out.splitlines() if line.startswith(("access", "observability"))] == [
        ["access", "1"],
        ["observability", "6"],
    ]
