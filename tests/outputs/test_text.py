from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from scanner.cli.main import main
from scanner.findings.report_document import FindingDocument, ReportDocument, Verdict
from scanner.outputs import render
from scanner.outputs.shared.render_options import RenderOptions
from tests.outputs.sample import HOSTILE, finding, resource, rule, sample_report, waiting

GOLDEN = Path(__file__).resolve().parents[1] / "golden"


def text(report: ReportDocument, **options: object) -> str:
    rendered = render("text", report, RenderOptions(**options))  # type: ignore[arg-type]  # names and types as there
    assert isinstance(rendered, str)
    return rendered


def report_of(findings: list[FindingDocument], exit_code: int = 0) -> ReportDocument:
    """The sample with other findings and nothing else that a reader would have to be told of."""
    report = sample_report()
    verdicts: dict[Verdict, int] = {"PASS": 0, "FAIL": 0, "UNKNOWN": 0, "NOT_APPLICABLE": 0, "SUPPRESSED": 0}
    for each in findings:
        verdicts[each["verdict"]] += 1
    report["findings"] = findings
    report["summary"]["verdicts"] = verdicts
    report["rules"] = {id_: rule("A title", "high") for id_ in {each["rule"] for each in findings}}
    report |= {"proofs": [], "coverage": [], "errors": [], "exit_code": exit_code}
    return report


def failing(count: int, rule_id: str = "dynamodb-kms") -> list[FindingDocument]:
    return [finding(rule_id, "high", "FAIL", resource(f"Table{n}"), n) for n in range(1, count + 1)]


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("report.txt", {}),
        ("report-verbose.txt", {"all": True, "verbose": True}),
        ("report-colour.txt", {"colour": True}),
    ],
)
def test_the_text_is_the_one_that_was_read_and_approved(name: str, options: dict[str, bool]) -> None:
    rendered = text(sample_report(), **options)
    path = GOLDEN / name
    if os.environ.get("TENANTPROOF_WRITE_GOLDEN"):
        path.write_text(rendered, "utf-8")
    assert rendered == path.read_text("utf-8")


def test_nothing_hostile_reaches_the_terminal() -> None:
    for colour in (False, True):
        rendered = text(sample_report(), colour=colour, all=True, verbose=True)
        for role in ("0", "1", "2", "31", "1;31", "32", "33", "36"):
            rendered = rendered.replace(f"\x1b[{role}m", "") if colour else rendered
        assert {each for each in rendered if not each.isprintable()} == {"\n"}


def test_the_caret_stands_under_the_column_also_after_wide_and_escaped_characters() -> None:
    one = failing(1)
    one[0]["evidence"][0].update({"line": 1, "snippet": ["  患者\x1b: here"]})
    one[0]["location"] = {"path": "t.yaml", "line": 1, "column": 7}
    lines = text(report_of(one)).splitlines()
    (at,) = (number for number, line in enumerate(lines) if line.endswith("^"))
    assert lines[at - 1] == r"  1 |   患者\x1b: here"
    # Two columns for each of the two wide characters, four for the escape.
    assert lines[at].index("^") == len("  1 | ") + 2 + 4 + 4 + 1


def test_of_a_megabyte_on_one_line_only_the_part_around_the_column_is_shown() -> None:
    one = failing(1)
    one[0]["evidence"][0].update({"line": 1, "snippet": ["{" + "x" * 700_000 + "HERE" + "y" * 300_000]})
    one[0]["location"] = {"path": "t.json", "line": 1, "column": 700_002}
    rendered = text(report_of(one), width=80)
    source, caret = (line for line in rendered.splitlines() if " | " in line)
    assert len(source) <= 80
    assert source[caret.index("^") :].startswith("HERE")


def test_the_source_line_is_that_of_the_place_also_where_other_evidence_comes_first() -> None:
    one = failing(1)
    one[0]["evidence"] = [
        {"path": "A", "value": 1, "line": 3, "snippet": ["first: 1"]},
        {"path": "A", "value": 2, "line": 9, "snippet": ["  second: 2"]},
    ]
    one[0]["location"] = {"path": "t.yaml", "line": 9, "column": 3}
    rendered = text(report_of(one))
    assert "  9 |   second: 2\n    |   ^\n" in rendered
    assert "first: 1" not in rendered


def test_what_was_not_seen_for_one_reason_is_one_line() -> None:
    report = report_of([])
    report["coverage"] = [
        {"what": f"what M makes of {n}.yaml", "cause": "macro", "detail": "`M` is run at deployment", "rules": []}
        for n in range(40)
    ]
    assert "  what M makes of 0.yaml and 39 more like it: `M` is run at deployment\n" in text(report)
    assert "what M makes of 39.yaml" in text(report, all=True)


def test_three_resources_are_told_singly_and_four_as_one_group() -> None:
    assert text(report_of(failing(3))).count("fix: ") == 3
    grouped = text(report_of(failing(4)))
    assert grouped.count("fix: ") == 1
    assert "Table1 and 3 more places" in grouped
    assert all(f"infra/app.yaml:{n}:3 Table{n}" in grouped for n in (2, 3, 4))


def test_twenty_groups_are_shown_and_the_others_are_counted() -> None:
    many = [each for n in range(23) for each in failing(1, f"rule-{n:02}")]
    short = text(report_of(many))
    assert short.count("fix: ") == 20
    assert "and 3 more groups with 3 findings; --all shows them" in short
    assert text(report_of(many), all=True).count("fix: ") == 23


def test_worse_findings_come_first_and_then_files_and_lines() -> None:
    findings = [
        finding("b-rule", "low", "FAIL", resource("L"), 1),
        finding("a-rule", "high", "FAIL", resource("H2"), 9),
        finding("c-rule", "high", "FAIL", resource("H1"), 2),
        finding("d-rule", "critical", "FAIL", resource("C"), 99),
    ]
    titles = [line for line in text(report_of(findings)).splitlines() if line.startswith("infra/")]
    assert [line.split()[-1] for line in titles] == ["C", "H1", "H2", "L"]


def test_verdicts_that_wait_for_one_parameter_are_one_line_with_the_option_to_pass() -> None:
    detail = "parameter `Env` has no value"
    unknown = [
        waiting(f"rule-{r:02}", resource(f"R{n}"), 10 * r + n, "parameter", detail) for r in range(14) for n in range(3)
    ]
    rendered = text(report_of(unknown))
    assert "14 rules on 3 resources wait for parameter `Env`; pass --parameters Env=..." in rendered
    assert rendered.splitlines()[-1] == "next: scan again with --parameters Env=... to decide 42 more verdicts"


def test_a_hostile_parameter_name_is_never_put_into_a_command() -> None:
    detail = "parameter `x; rm -rf /` has no value"
    rendered = text(report_of([waiting("dynamodb-kms", resource("R"), 1, "parameter", detail)]))
    assert "--parameters" not in rendered
    assert detail in rendered


def test_an_unknown_that_counts_for_the_exit_code_says_so() -> None:
    report = report_of([waiting("dynamodb-kms", resource("R"), 1, "macro", "`AWS::Include` is run at deployment")], 1)
    report["options"]["unknown_fails"] = "high"
    assert "(high, counts for the exit code)" in text(report)
    assert "exit code 1: 1 unknown at or above high" in text(report)
    runtime = report_of([waiting("dynamodb-kms", resource("R"), 1, "runtime-policy", "a session policy is passed")])
    runtime["options"]["unknown_fails"] = "low"
    assert "counts for the exit code" not in text(runtime)


def test_what_a_framework_made_is_one_line_unless_it_is_critical() -> None:
    made = failing(2)
    made[1]["severity"] = "critical"
    for each in made:
        each["resource"]["origin"] = "framework"
    rendered = text(report_of(made))
    assert "critical dynamodb-kms Table2" in rendered
    assert "high dynamodb-kms Table1" not in rendered
    assert "1 finding of 1 resource that a framework made" in rendered
    assert "high dynamodb-kms Table1" in text(report_of(made), all=True)


def test_every_accepted_deviation_stays_in_sight() -> None:
    rendered = text(sample_report())
    assert "owned by platform@clinic.example" in rendered
    assert "until 2027-03-31" in rendered


@pytest.mark.parametrize(
    ("exit_code", "fail_on", "words"),
    [
        (1, "high", "exit code 1: 2 findings at or above high"),
        (0, "critical", "exit code 0: no finding at or above critical (of 2)"),
        (0, "never", "exit code 0: findings never count (--fail-on never)"),
        (130, "high", "exit code 130: interrupted"),
    ],
)
def test_the_reason_of_the_exit_code_is_told(exit_code: int, fail_on: str, words: str) -> None:
    report = report_of(failing(2), exit_code)
    report["options"]["fail_on"] = fail_on
    assert words in text(report)


def test_a_file_that_could_not_be_read_is_in_the_last_lines() -> None:
    rendered = text(sample_report(), width=300)
    assert "; 1 input could not be read\n" in rendered
    assert "exit code 2: 1 input could not be read; besides, 2 findings would make it 1" in rendered


def test_nothing_to_scan_and_rules_that_do_not_load_are_told_apart() -> None:
    empty = report_of([], 2)
    empty["inputs"] = []
    assert "exit code 2: there was nothing to scan" in text(empty)
    broken = report_of([], 2)
    broken["errors"] = [
        {"level": "error", "kind": "rule", "path": "r.yaml", "line": 1, "column": 1, "message": "m", "hint": None}
    ]
    assert "exit code 2: the rules could not be read, so nothing was judged" in text(broken)


def test_a_command_that_this_version_lacks_is_never_recommended() -> None:
    assert "init" not in text(sample_report(), commands=frozenset({"scan"}))
    assert "`tenantproof init` starts one" in text(sample_report(), width=300, commands=frozenset({"scan", "init"}))


def test_a_leak_is_told_as_a_request_with_who_allows_it() -> None:
    rendered = text(sample_report())
    assert "a session of tenant `t` can make this request on data of tenant `t-`:" in rendered
    assert 'dynamodb:LeadingKeys = ["t-#1"]' in rendered
    assert "PatientApiRole/items, Statement[1], line 41" in rendered


def test_where_only_the_application_isolates_no_tenant_is_said_to_reach_anything() -> None:
    report = sample_report()
    leak = report["findings"][0]
    assert leak["proof"] is not None
    leak["proof"]["reach"] = "application-only"
    rendered = text(report, width=300)
    assert "a session of tenant" not in rendered
    assert "isolation rests on application code alone; this does not show that a tenant can" in rendered


def test_sentences_keep_to_the_width() -> None:
    report = report_of(failing(5))
    lines = text(report, width=60).splitlines()
    # Places stay whole, as editors open them from a terminal.
    assert max(len(line) for line in lines if "infra/app.yaml" not in line) <= 60


def test_a_finding_without_a_file_is_named_by_its_address() -> None:
    one = failing(1)
    one[0]["location"] = None
    one[0]["evidence"] = []
    one[0]["resource"].update({"address": f"arn:aws:s3:::{HOSTILE}", "logical_id": None})
    assert "arn:aws:s3:::<script>" in text(report_of(one))


def test_paths_are_from_where_one_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """So that an editor's terminal opens them; a report in JSON names them from the repository's root."""
    (tmp_path / ".git").mkdir()
    for folder in ("infra/app", "other"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "infra" / "app" / "t.yaml").write_text("Resources:\n  B: {Type: AWS::S3::Bucket}\n", "utf-8")
    for stand, named, wanted in (
        ("infra/app", "t.yaml", "t.yaml:2"),
        ("infra", "app", "app/t.yaml:2"),
        ("other", "../infra", "../infra/app/t.yaml:2"),
        (".", "infra", "infra/app/t.yaml:2"),
    ):
        monkeypatch.chdir(tmp_path / stand)
        main(
            [
                "scan",
                named,
                "--select",
                "s3-versioning",
                "--fail-on",
                "low",
                "--format",
                "text",
                "--format",
                "json=r.json",
            ]
        )
        lines = capsys.readouterr().out.splitlines()
        assert any(line.startswith(wanted) for line in lines), (stand, lines)
        assert json.loads(Path("r.json").read_text("utf-8"))["findings"][0]["location"]["path"] == "infra/app/t.yaml"
        Path("r.json").unlink()


def test_paths_are_from_where_one_stands_also_outside_of_a_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for folder in ("infra/app", "other"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "infra" / "app" / "t.yaml").write_text("Resources:\n  B: {Type: AWS::S3::Bucket}\n", "utf-8")
    (tmp_path / "infra" / "tenancy.yaml").write_text("version: 1\n", "utf-8")
    for stand, named, wanted in (
        ("infra/app", "t.yaml", "t.yaml:2"),
        (".", "infra", "infra/app/t.yaml:2"),
        (".", "infra/app/t.yaml", "infra/app/t.yaml:2"),
        ("other", "../infra", "../infra/app/t.yaml:2"),
    ):
        monkeypatch.chdir(tmp_path / stand)
        main(["scan", named, "--select", "s3-versioning", "--fail-on", "low"])
        lines = capsys.readouterr().out.splitlines()
        assert any(line.startswith(wanted) for line in lines), (stand, named, lines)


def test_places_of_several_folders_are_from_where_one_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each folder has its own root: a place named from it alone could be opened from nowhere else."""
    bucket = "Resources:\n  B: {Type: AWS::S3::Bucket}\n"
    for file in ("one/a.yaml", "two/b.yaml", "two/same.yaml", "one/same.yaml", "repository/deep/c.yaml"):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text(bucket, "utf-8")
    (tmp_path / "repository" / ".git").mkdir()
    for stand, named, wanted in (
        (".", ("one", "two"), {"one/a.yaml", "two/b.yaml", "one/same.yaml", "two/same.yaml"}),
        ("one", ("../two", "../one"), {"a.yaml", "../two/b.yaml"}),
        (".", ("one/a.yaml", "two/b.yaml"), {"one/a.yaml", "two/b.yaml"}),
        (".", ("two/b.yaml", "repository"), {"two/b.yaml", "repository/deep/c.yaml"}),
        ("two", ("../repository/deep", "../one"), {"../repository/deep/c.yaml", "../one/a.yaml"}),
    ):
        monkeypatch.chdir(tmp_path / stand)
        main(["scan", *named, "--select", "s3-versioning", "--fail-on", "low", "--all", "--verbose"])
        out = capsys.readouterr().out
        shown = {word.partition(":")[0] for word in out.split() if ".yaml:2" in word}
        assert wanted <= shown, (stand, named, out)


def test_errors_name_files_from_where_one_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "infra").mkdir()
    (tmp_path / "infra" / "t.yaml").write_text("Resources:\n  B: {Type: AWS::S3::Bucket\n", "utf-8")
    (tmp_path / "infra" / "tenancy.yaml").write_text("version: 1\n", "utf-8")
    monkeypatch.chdir(tmp_path)
    assert main(["scan", "infra"]) == 2
    assert "error: infra/t.yaml:3:1: not well-formed YAML" in capsys.readouterr().err
    (tmp_path / "infra" / "tenancy.yaml").write_text("version: 1\ntenant_idd: {}\n", "utf-8")
    assert main(["scan", "infra", "--quiet"]) == 2
    assert "error: infra/tenancy.yaml:2:1: unknown key `tenant_idd`" in capsys.readouterr().err
