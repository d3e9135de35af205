"""`make refresh`: what a file says fact by fact, what changed between two of them, and the dates that follow."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from scanner.model.data_age import data_dates
from scripts.refresh import DATA, RENEWED, changes, facts, head, renewed


@pytest.mark.parametrize("name", RENEWED)
def test_every_renewed_file_is_read_fact_by_fact(name: str) -> None:
    assert len(facts(DATA / name)) > 100
    assert any(each.file == name for each in data_dates().values())


def test_what_came_went_and_is_said_otherwise_is_told(tmp_path: Path) -> None:
    old, new = tmp_path / "old.json", tmp_path / "new.json"
    old.write_text(json.dumps({"types": {"AWS::A::B": {"a": ["Id"]}, "AWS::A::C": {}}}), "utf-8")
    new.write_text(json.dumps({"types": {"AWS::A::B": {"a": ["Arn"]}, "AWS::A::D": {}}}), "utf-8")
    told = changes(facts(old), facts(new))
    assert told == ["  1 new: AWS::A::D", "  1 gone: AWS::A::C", "  1 changed: AWS::A::B"]
    assert changes(facts(new), facts(new)) == []
    assert changes({}, {f"x{number:02}": "" for number in range(25)})[0].endswith(" and 5 more")


def test_an_action_that_takes_another_key_or_resource_is_told(tmp_path: Path) -> None:
    def line(level: str) -> str:
        return "{}\n" + json.dumps(["s", [["k", "String"]], [["t", "arn:x", []]], [["Get", level, [0], [[0, 1, []]]]]])

    old, new = tmp_path / "old.jsonl", tmp_path / "new.jsonl"
    old.write_text(line("Read"), "utf-8")
    new.write_text(line("Write"), "utf-8")
    assert changes(facts(old), facts(new)) == ["  1 changed: s:Get"]


def test_dates_follow_the_files_and_a_file_without_a_date_the_day_it_changed() -> None:
    dates = json.loads((DATA / "data_dates.json").read_bytes())
    assert renewed(dates, set(), date(2030, 1, 1)) == dates
    after = renewed(dates, {"types.json"}, date(2030, 1, 1))
    assert after["types"]["date"] == "2030-01-01"
    assert after["actions"]["date"] == head(DATA / "actions.jsonl")[0]
    assert after["eligible-services"] == dates["eligible-services"]
