"""Plans with the verdicts that they must have; each `expect.md` says which, and why."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from scanner import scan

CASES = Path(__file__).parent / "cases"
_ROW = re.compile(r"^\| ([^|]+?) \| ([^|]+?) \| ([^|]+?) \|$", re.MULTILINE)
_VERDICT = re.compile(r"\b(PASS|FAIL|UNKNOWN|NOT_APPLICABLE)\b")


def expected(path: Path) -> list[tuple[str, str, frozenset[str]]]:
    """Address, rule and the verdicts that are right. What stands in brackets or after `never` is not one of them."""
    text = path.read_text("utf-8")
    rows = []
    only = re.search(r"\| rule ([a-z0-9-]+) \|", text)
    for address, second, third in _ROW.findall(text):
        if address == "address" or set(address) <= {"-", " "}:
            continue
        rule, said = (only[1], third) if only else (second, third)
        said = re.split(r"never|not PASS", said)
        allowed = _VERDICT.findall(re.sub(r"\(with [^)]*\)", "", said[0]))
        if "not PASS" in third:
            allowed = ["UNKNOWN"]
        if "no finding" in third:
            allowed += ["NONE"]
        if third.startswith("no PASS"):
            allowed = ["FAIL", "UNKNOWN"]
        rows.append((address, rule, frozenset(allowed)))
    return rows


@pytest.mark.parametrize("plan", sorted(CASES.glob("*.json")), ids=lambda path: path.stem)
def test_every_row_of_a_case_has_its_verdict(plan: Path, tmp_path: Path) -> None:
    copy = tmp_path / "plan.json"
    copy.write_bytes(plan.read_bytes())
    report = scan(copy).report
    got = {
        (each["resource"]["address"].partition("#")[2], each["rule"]): each["verdict"] for each in report["findings"]
    }
    rows = expected(plan.parent / f"{plan.stem}.expect.md")
    assert rows
    wrong = {
        (address, rule): (got.get((address, rule), "NONE"), sorted(allowed))
        for address, rule, allowed in rows
        if got.get((address, rule), "NONE") not in allowed
    }
    assert not wrong


def test_no_case_is_read_with_an_error() -> None:
    for plan in CASES.glob("*.json"):
        errors = [each for each in scan(plan).report["errors"] if each["level"] == "error"]
        assert not errors, json.dumps(errors)


def with_text(plan: Path, folder: Path) -> Path:
    """The plan with its source beside it; what is a module stands behind `# module m:` in it."""
    text = (plan.parent / f"{plan.stem}.tf.txt").read_text("utf-8")
    module = re.findall(r"^# module m: ?(.*)$", text, re.MULTILINE)
    (folder / "main.tf").write_text(text, "utf-8")
    if module:
        (folder / "m").mkdir()
        (folder / "m" / "main.tf").write_text("\n".join(module), "utf-8")
    copy = folder / "plan.json"
    copy.write_bytes(plan.read_bytes())
    return copy


def verdicts(plan: Path) -> dict[tuple[str, str], str]:
    found = scan(plan).report["findings"]
    return {(each["resource"]["address"].partition("#")[2], each["rule"]): each["verdict"] for each in found}


@pytest.mark.parametrize(
    "plan",
    sorted(path for path in CASES.glob("*.json") if (CASES / f"{path.stem}.tf.txt").exists()),
    ids=lambda path: path.stem,
)
def test_with_the_text_beside_it_no_verdict_turns_into_its_opposite(plan: Path, tmp_path: Path) -> None:
    (tmp_path / "alone").mkdir()
    alone = tmp_path / "alone" / "plan.json"
    alone.write_bytes(plan.read_bytes())
    (tmp_path / "both").mkdir()
    without, both = verdicts(alone), verdicts(with_text(plan, tmp_path / "both"))
    turned = {key: (was, both.get(key)) for key, was in without.items() if {was, both.get(key)} == {"PASS", "FAIL"}}
    assert not turned
    # A group whose text shows no rule of its own has none; its rules are judged where they are, as in a template.
    rows = [row for row in expected(plan.parent / f"{plan.stem}.expect.md") if row[0] != "aws_security_group.parts"]
    opposite = {"PASS": "FAIL", "FAIL": "PASS"}
    wrong = {
        (address, rule): both.get((address, rule))
        for address, rule, allowed in rows
        if "NONE" not in allowed
        and opposite.get(both.get((address, rule), "")) in allowed
        and both[address, rule] not in allowed
    }
    assert not wrong


def test_a_bare_reference_in_the_text_is_a_symbol_and_a_condition_is_not(tmp_path: Path) -> None:
    got = verdicts(with_text(CASES / "one-reference-many-meanings.json", tmp_path))
    assert got["aws_sns_topic.direct", "sns-kms"] == "PASS"
    assert got["aws_sns_topic.template", "sns-kms"] in ("PASS", "UNKNOWN")
    assert got["aws_sns_topic.condition", "sns-kms"] == "UNKNOWN"
    assert got["aws_sns_topic.maybe_null", "sns-kms"] == "UNKNOWN"
    assert got["aws_sns_topic.none", "sns-kms"] == "FAIL"


def test_findings_point_at_the_argument_in_the_text(tmp_path: Path) -> None:
    plan = with_text(CASES / "key-known-after-apply.json", tmp_path)
    found = {
        each["rule"]: each
        for each in scan(plan).report["findings"]
        if each["resource"]["logical_id"] == "aws_dynamodb_table.t"
    }
    location = found["dynamodb-pitr"]["location"]
    assert found["dynamodb-pitr"]["verdict"] == "FAIL"
    assert (location["path"], location["line"]) == (
        "main.tf",
        next(
            number
            for number, line in enumerate((tmp_path / "main.tf").read_text().splitlines(), 1)
            if "aws_dynamodb_table" in line
        ),
    )
