"""The framework of one's own as docs/frameworks.md has it, run by the command that stands there."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml

from scanner.cli.main import main

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "frameworks.md").read_text("utf-8")
KINDS = ("direct", "supporting", "none")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The example as a reader writes it, with a template beside it."""
    monkeypatch.chdir(tmp_path)
    (example,) = re.findall(r"```yaml\n# (\S+)\n(.*?)```", TEXT, re.DOTALL)
    place = tmp_path / example[0]
    place.parent.mkdir(parents=True)
    place.write_text(example[1], "utf-8")
    (tmp_path / "infra").mkdir()
    table = {"Type": "AWS::DynamoDB::Table", "Properties": {"BillingMode": "PAY_PER_REQUEST"}}
    (tmp_path / "infra" / "app.json").write_text(json.dumps({"Resources": {"Visits": table}}), "utf-8")
    return tmp_path


def command() -> list[str]:
    (words,) = re.findall(r"`tenantproof (scan infra/ --rules company-rules[^`]*)`", TEXT.replace("\n", " "))
    return [*words.split(), "--no-cache", "--quiet"]


def test_the_documented_framework_adds_its_matrix(folder: Path) -> None:
    main([*command(), "--format", "json=report.json"])
    report = json.loads((folder / "report.json").read_text("utf-8"))
    mine = {each["id"]: each for each in report["controls"] if each["framework"] == "clinic-policy"}
    assert [*mine] == ["4.1", "4.2"]
    assert mine["4.1"]["status"] == "DEVIATIONS"
    assert mine["4.2"]["ask"] == "the list of key holders"
    assert {each["rule"] for each in report["findings"] if each["verdict"] == "FAIL"} == {"dynamodb-kms"}


@pytest.mark.full
def test_several_frameworks_are_in_every_format(folder: Path) -> None:
    targets = [f"--format={name}=report.{name}" for name in ("html", "xlsx", "pdf", "oscal", "csv")]
    main([*command(), "--framework", "soc-2", "--framework", "hipaa-nprm-2025", *targets])
    page = (folder / "report.html").read_text("utf-8")
    for framework in ("clinic-policy", "soc-2", "hipaa-nprm-2025"):
        assert f'id="control-{framework}-' in page
        assert framework in (folder / "report.oscal").read_text("utf-8")
    assert (folder / "report.pdf").read_bytes().startswith(b"%PDF")
    assert (folder / "report.xlsx").stat().st_size > 10_000


def test_the_tables_of_the_page_count_what_the_frameworks_say() -> None:
    further = {each.stem: each.read_text("utf-8") for each in (ROOT / "rules/frameworks/further").glob("*.yaml")}
    told, compared = dict[str, list[int]](), dict[str, list[int]]()
    for name, text in further.items():
        cited = re.findall(r"^      - (?:\{rule: )?([a-z0-9-]+)", text, re.MULTILINE)
        kinds = [len(re.findall(rf"^    evidence: {kind}$", text, re.MULTILINE)) for kind in KINDS]
        told[name] = [sum(kinds), *kinds, len({*cited})]
        both = len(re.findall(r"basis: \"?published by Prowler", text))
        compared[name] = [both, len(cited) - both]
    rows = re.findall(r"^\| `([\w-]+)` \| (.*) \|$", TEXT, re.MULTILINE)
    counts = {name: [int(each) for each in cells.split(" | ")[1:]] for name, cells in rows if cells.count(" | ") == 5}
    assert counts == told
    published = {
        name: [int(each) for each in cells.split(" | ")][:2] for name, cells in rows if cells.count(" | ") == 2
    }
    assert published == {name: compared[name] for name in published}
    assert len(published) == 4


def test_what_only_prowler_cites_is_listed_and_counted() -> None:
    page = (ROOT / "docs" / "frameworks-published.md").read_text("utf-8")
    listed = dict[str, set[tuple[str, str]]]()
    for name, text in re.findall(r"^## `([\w-]+)`$(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL):
        rows = re.findall(r"^\| (\S+) \| (`.*) \|$", text, re.MULTILINE)
        listed[name] = {(control, rule) for control, rules in rows for rule in re.findall(r"`([^`]+)`", rules)}
        further = yaml.safe_load((ROOT / f"rules/frameworks/further/{name}.yaml").read_text("utf-8"))
        cited = {(each["id"], rule["rule"]) for each in further["controls"] for rule in each.get("rules", ())}
        assert {control for control, _ in listed[name]} <= {each["id"] for each in further["controls"]}
        assert not listed[name] & cited, name
    rows = re.findall(r"^\| `([\w-]+)` \| \d+ \| \d+ \| (\d+) \|$", TEXT, re.MULTILINE)
    assert {name: int(count) for name, count in rows} == {name: len(listed.get(name, ())) for name, _ in rows}
