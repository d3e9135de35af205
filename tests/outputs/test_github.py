from __future__ import annotations

import re

import pytest

from scanner.findings.report_document import ReportDocument
from scanner.outputs import github
from scanner.outputs.shared.render_options import RenderOptions
from tests.outputs.hostile import hostile_report
from tests.outputs.reading import rendered
from tests.outputs.sample import finding, resource, sample_report

Command = tuple[str, dict[str, str], str]
_COMMAND = re.compile(r"::(?P<kind>[a-z-]+) (?P<properties>[^:\n]*)::(?P<message>[^\n]*)")


def commands(report: ReportDocument) -> list[Command]:
    """As the runner reads a log: line by line, the properties to the next `::`, then unescaped."""
    found = []
    for line in rendered("github", report).split("\n"):
        if line.lstrip().startswith("::"):
            command = _COMMAND.fullmatch(line)
            assert command is not None, line
            pairs = dict(pair.split("=", 1) for pair in command["properties"].split(","))
            properties = {name: plain(value, ("%2C", ","), ("%3A", ":")) for name, value in pairs.items()}
            found.append((command["kind"], properties, plain(command["message"])))
    return found


def plain(text: str, *more: tuple[str, str]) -> str:
    for escape, character in (*more, ("%0A", "\n"), ("%0D", "\r"), ("%25", "%")):
        text = text.replace(escape, character)
    return text


def test_a_finding_is_an_annotation_where_a_person_would_change_something() -> None:
    kind, properties, message = commands(sample_report())[1]
    assert kind == "error"
    assert properties == {
        "file": "lib/api.ts",
        "line": "12",
        "col": "3",
        "title": "critical: Items stay with their tenant: PatientApiRole",
    }
    first, second = message.split("\n")
    assert first.startswith("PatientApiRole lets a session of one tenant") and second.startswith("Fix: Condition")


def test_each_kind_comes_worst_first_and_no_more_often_than_github_shows() -> None:
    report = sample_report()
    report["findings"] = [finding("dynamodb-kms", "high", "FAIL", resource(f"T{n}"), n) for n in range(1, 30)]
    report["findings"].append(finding("dynamodb-kms", "critical", "FAIL", resource("Worst"), 99))
    report["errors"] = []
    found = commands(report)
    assert len(found) == 10 and found[0][1]["title"].endswith("Worst")
    assert "and 20 more errors that GitHub would not show here\n" in rendered("github", report)


def test_what_nobody_here_made_or_what_stops_nothing_is_no_annotation() -> None:
    told = rendered("github", sample_report())
    assert "CustomResourceHandler" not in told and "unknown: " not in told


def test_what_is_not_determined_and_stops_the_merge_is_a_warning() -> None:
    report: ReportDocument = {**sample_report(), "options": {"fail_on": "high", "unknown_fails": "high"}}
    report["findings"] = [each for each in report["findings"] if each["verdict"] == "UNKNOWN"]
    found = [each for each in commands(report) if each[0] == "warning"]
    assert len(found) == 5 and all(message.startswith("unknown: ") for _, _, message in found)


def test_the_last_line_says_why_the_step_fails() -> None:
    last = rendered("github", sample_report()).splitlines()[-1]
    assert last == "tenantproof: exit code 2: 1 input could not be read; besides, 2 findings would make it 1"


def test_no_name_becomes_a_command_or_leaves_its_own() -> None:
    report = hostile_report(700)
    text = rendered("github", report)
    found = commands(report)
    assert {kind for kind, _, _ in found} == {"error", "warning", "notice"}
    assert all(set(properties) <= {"file", "line", "endLine", "col", "title"} for _, properties, _ in found)
    assert sum(line.lstrip().startswith("::") for line in re.split(r"[\n\r]", text)) == len(found) == 30
    plain_lines = [line for line in text.splitlines() if not line.startswith("::")]
    assert all(line.startswith(("and ", "tenantproof: ")) and "##[" not in line for line in plain_lines)
    assert {each for each in text if not each.isprintable()} == {"\n"}


@pytest.mark.parametrize("name", ["a,line=1::b", "a%0Ab", "100%", "a:b,c", "x\n::error::y"])
def test_a_name_is_read_back_as_it_was(name: str) -> None:
    report = sample_report()
    report["findings"][0]["source"] = {"path": name, "line": 1, "column": None}
    path = commands(report)[1][1]["file"]
    assert path == name.replace("\n", "\\x0a")


def test_the_summary_stays_within_what_a_step_may_write() -> None:
    report = hostile_report()
    assert 300_000 < len(github.summary(report, RenderOptions()).encode()) <= 1_000_000
    assert len(github.summary(report, RenderOptions(), taken=900_000).encode()) <= 100_000
    assert github.summary(report, RenderOptions(), taken=1_048_000) == ""
