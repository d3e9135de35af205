"""`scan --since`: a change is judged by what lay there before it, and what it loosens fails unless it is approved."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from scanner.cli.main import main
from scanner.findings.report_document import ReportDocument
from tests.case_names import case_name
from tests.conftest import Requires

OPEN = (
    "Resources:\n  Bad: {Type: AWS::RDS::DBInstance, Properties: {StorageEncrypted: false, PubliclyAccessible: true}}\n"
)
SOUND = "Resources:\n  Good: {Type: AWS::SNS::Topic, Properties: {KmsMasterKeyId: alias/x}}\n"
EXCEPTION = """\
- rule: rds-encrypted
  resource: "*"
  because: accepted in this test for no other reason
  owner: b@b.example
  approved_by: {by}
  until: 2027-06-30
"""
TENANCY = "version: 1\ntenant_id: {pattern: '[a-z]{3,20}', tags: [TenantId]}\n"
TRUST = "trusted: [{role: '*', because: 'deploys are reviewed by two people', owner: b@b.example, approved_by: %s}]\n"
Commit = Callable[[dict[str, str | None]], None]


@pytest.fixture
def commit(tmp_path: Path, requires: Requires, monkeypatch: pytest.MonkeyPatch) -> Commit:
    """Commits these files to a new repository, where the test is, too; None removes one."""
    program = requires("git")
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "clinic").mkdir()
    monkeypatch.chdir(tmp_path / "clinic")

    def git(*arguments: str) -> None:
        command = [program, "-c", "user.name=A", "-c", "user.email=a@b.example", *arguments]
        subprocess.run(command, check=True, capture_output=True)

    def run(files: dict[str, str | None]) -> None:
        for name, text in files.items():
            Path(name).parent.mkdir(parents=True, exist_ok=True)
            if text is None:
                Path(name).unlink()
            else:
                Path(name).write_text(text, "utf-8")
        git("add", "--all")
        git("commit", "--quiet", "--allow-empty", "--message=change")

    git("init", "--quiet", "--initial-branch=main")
    return run


def scan(capsys: pytest.CaptureFixture[str], *more: str, path: str = ".") -> tuple[int, ReportDocument]:
    code = main(["scan", path, "--since", "HEAD~1", "--no-cache", "--as-of", "2026-11-30", *more, "--format", "json"])
    return code, json.loads(capsys.readouterr().out)


def of(report: ReportDocument, rule: str) -> list[str]:
    return [each["message"] for each in report["findings"] if each["rule"] == rule and each["verdict"] == "FAIL"]


LOOSENINGS: dict[str, tuple[dict[str, str | None], dict[str, str | None]]] = {
    "every rule off": ({}, {"tenantproof.yaml": 'skip: ["*"]\n'}),
    "one rule off": ({}, {"tenantproof.yaml": "skip: [rds-encrypted]\n"}),
    "other rules only": ({}, {"tenantproof.yaml": "select: [s3-access-logs]\n"}),
    "a rule more off": ({"tenantproof.yaml": "skip: [s3-*]\n"}, {"tenantproof.yaml": "skip: [s3-*, rds-*]\n"}),
    "paths excluded": ({}, {"tenantproof.yaml": "exclude: [b.yaml]\n"}),
    "a threshold": ({"tenantproof.yaml": "fail_on: low\n"}, {"tenantproof.yaml": "fail_on: critical\n"}),
    "a severity": (
        {},
        {"tenantproof.yaml": "severities: {rds-encrypted: {severity: low, because: it is only a test of ours}}\n"},
    ),
    "the configuration goes": ({"tenantproof.yaml": "fail_on: low\n"}, {"tenantproof.yaml": None}),
    "an exception": ({}, {"exceptions.yaml": EXCEPTION.format(by="c@b.example")}),
    "a longer exception": (
        {"exceptions.yaml": EXCEPTION.format(by="c@b.example")},
        {"exceptions.yaml": EXCEPTION.format(by="c@b.example").replace("2027-06-30", "2027-11-30")},
    ),
    "a trust": ({"tenancy.yaml": TENANCY}, {"tenancy.yaml": TENANCY + TRUST % "c@b.example"}),
    "a trust with the first tenancy": ({}, {"tenancy.yaml": TENANCY + TRUST % "c@b.example"}),
    "the tenancy goes": ({"tenancy.yaml": TENANCY}, {"tenancy.yaml": None}),
    "an owned store less": (
        {"tenancy.yaml": TENANCY + "owned: [{kind: s3-object, bucket: scans, key: 't-${tenant}/*'}]\n"},
        {"tenancy.yaml": TENANCY},
    ),
    "another pattern": ({"tenancy.yaml": TENANCY}, {"tenancy.yaml": TENANCY.replace("{3,20}", "{1,2}")}),
    "rules that came later": (
        {"tenantproof.yaml": "fail_on: low\n"},
        {"tenantproof.yaml": "fail_on: low\nrules_as_of: 0.1.0\n"},
    ),
    "rules that came later, in the first configuration": ({}, {"tenantproof.yaml": "rules_as_of: 0.1.0\n"}),
    "rules of an earlier day": (
        {"tenantproof.yaml": "rules_as_of: 0.2.0\n"},
        {"tenantproof.yaml": "rules_as_of: 0.1.0\n"},
    ),
    "an address leads elsewhere": (
        {"tenantproof.yaml": 'templates: {"https://h.example/x/": c}\n'},
        {"tenantproof.yaml": 'templates: {"https://h.example/x/": d}\n'},
    ),
    "an address leads nowhere": (
        {"tenantproof.yaml": 'templates: {"https://h.example/x/": c}\n'},
        {"tenantproof.yaml": "fail_on: low\n"},
    ),
    "a longer address leads elsewhere": (
        {"tenantproof.yaml": 'templates: {"https://h.example/x/": c}\n'},
        {"tenantproof.yaml": 'templates: {"https://h.example/x/": c, "https://h.example/x/y": d}\n'},
    ),
    "a tenant's regions": (
        {"tenancy.yaml": TENANCY + "tenants: {acme: {regions: [eu-west-1]}}\n"},
        {"tenancy.yaml": TENANCY + "tenants: {acme: {regions: [eu-west-1, us-east-1]}}\n"},
    ),
    "an account and an organization of one's own": (
        {"tenancy.yaml": TENANCY},
        {
            "tenancy.yaml": TENANCY
            + "engagement: {accounts_in: [{id: '444455556666'}], organizations: [o-a1b2c3d4e5]}\n"
        },
    ),
    "a further tag": ({"tenancy.yaml": TENANCY}, {"tenancy.yaml": TENANCY.replace("[TenantId]", "[TenantId, Name]")}),
    "a role said to be a tenant's": (
        {"tenancy.yaml": TENANCY},
        {
            "tenancy.yaml": TENANCY
            + "principals: [{role: 'app-${tenant}', because: each tenant has a task of its own}]\n"
        },
    ),
    "a session whose binder is trusted": (
        {"tenancy.yaml": TENANCY},
        {
            "tenancy.yaml": TENANCY
            + "sessions: [{name: s, roles: [R], tenant_key: aws:PrincipalTag/TenantId, "
            + "binders: ['arn:aws:iam::111122223333:role/v']}]\n"
        },
    ),
    "exceptions in templates": ({}, {"exceptions.yaml": "- templates: allowed\n"}),
    "an exception beside the resource": (
        {"exceptions.yaml": "- templates: allowed\n"},
        {
            "b.yaml": OPEN.replace(
                "Type: AWS::RDS::DBInstance,",
                "Type: AWS::RDS::DBInstance, Metadata: {tenantproof: {exceptions: [{rule: rds-encrypted, because: "
                "accepted in this test for no other reason, owner: b@b.example, approved_by: c@b.example, "
                "until: 2027-06-30}]}},",
            )
        },
    ),
}


@pytest.mark.parametrize("name", LOOSENINGS)
def test_what_a_change_loosens_does_not_judge_it_and_is_told_first(
    name: str, commit: Commit, capsys: pytest.CaptureFixture[str]
) -> None:
    before, after = LOOSENINGS[name]
    commit({"a.yaml": SOUND, **before})
    commit({"b.yaml": OPEN, **after})
    code, report = scan(capsys)
    assert code == 1
    assert of(report, "gate-not-loosened")
    assert report["findings"][0]["rule"] == "gate-not-loosened"
    if "longer" not in name:
        assert of(report, "rds-encrypted"), "the rule that the change would have silenced"


@pytest.mark.parametrize(
    ("by", "flag", "code"),
    [
        ("c@b.example", True, 0),
        ("c@b.example", False, 1),
        ("a@b.example", True, 1),
        ("A@B.example ", True, 1),
        ("A", True, 1),
        ("Ann <a@b.example>", True, 1),
        ("a (Ann Example)", True, 1),
        ("a, A@b.example", True, 1),
        ("mailto:a@b.example", True, 1),
        ("a@b.example, c@b.example", True, 0),
        ("Cy Example <c@b.example>", True, 0),
    ],
)
def test_an_exception_counts_where_another_approved_it_and_the_run_allows_it(
    by: str, flag: bool, code: int, commit: Commit, capsys: pytest.CaptureFixture[str]
) -> None:
    commit({"a.yaml": SOUND})
    commit({"b.yaml": OPEN, "exceptions.yaml": EXCEPTION.format(by=f"'{by}'")})
    more = ["--select", "rds-encrypted", *(["--allow-loosening"] if flag else [])]
    got, report = scan(capsys, *more)
    assert got == code, of(report, "gate-not-loosened")
    assert any(each["message"].startswith("loosened, approved by") for each in report["errors"]) is (code == 0)


def test_a_configuration_counts_where_another_approved_it(commit: Commit, capsys: pytest.CaptureFixture[str]) -> None:
    commit({"a.yaml": SOUND})
    commit({"b.yaml": OPEN, "tenantproof.yaml": "skip: [rds-*, hipaa-*]\napproved_by: c@b.example\n"})
    assert scan(capsys)[0] == 1
    assert scan(capsys, "--allow-loosening")[0] == 0


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"tenantproof.yaml": "fail_on: critical\n"}, {"tenantproof.yaml": "fail_on: low\n"}),
        ({"tenantproof.yaml": "skip: [rds-*]\n"}, {"tenantproof.yaml": "fail_on: high\n"}),
        ({"exceptions.yaml": EXCEPTION.format(by="c@b.example")}, {"exceptions.yaml": None}),
        ({"tenancy.yaml": TENANCY + TRUST % "c@b.example"}, {"tenancy.yaml": TENANCY}),
        (
            {"tenancy.yaml": TENANCY},
            {"tenancy.yaml": TENANCY + "owned: [{kind: s3-object, bucket: b, key: '${tenant}/*'}]\n"},
        ),
        ({}, {"tenancy.yaml": TENANCY}),
        ({}, {"tenantproof.yaml": "fail_on: low\n"}),
        ({"tenantproof.yaml": "rules_as_of: 0.1.0\n"}, {"tenantproof.yaml": "rules_as_of: 0.2.0\n"}),
        ({"tenantproof.yaml": "rules_as_of: 0.1.0\n"}, {"tenantproof.yaml": "fail_on: high\n"}),
        ({}, {"tenantproof.yaml": 'templates: {"https://h.example/x/": c}\n'}),
        ({"tenancy.yaml": TENANCY}, {"tenancy.yaml": TENANCY + "tenants: {acme: {regions: [eu-west-1]}}\n"}),
    ],
    ids=case_name,
)
def test_tightening_never_fails(
    before: dict[str, str | None],
    after: dict[str, str | None],
    commit: Commit,
    capsys: pytest.CaptureFixture[str],
) -> None:
    commit({"a.yaml": SOUND, **before})
    commit(after)
    code, report = scan(capsys)
    assert of(report, "gate-not-loosened") == []
    assert code == 0


@pytest.mark.parametrize(
    "hide",
    [
        {"infra/pyvenv.cfg": "home = /usr\n"},
        {"infra/manifest.json": '{"version":"36.0.0","artifacts":{}}'},
        {"infra/manifest.json": '{"schema":"tenantproof-snapshot/1"}'},
        {"infra/b.yaml": "no: template\n"},
    ],
)
def test_a_template_that_is_still_there_is_still_read(
    hide: dict[str, str | None], commit: Commit, capsys: pytest.CaptureFixture[str]
) -> None:
    commit({"a.yaml": SOUND, "infra/b.yaml": OPEN})
    commit(hide)
    code, report = scan(capsys)
    assert code in (1, 2)
    read = {each.get("path") for each in report["inputs"]}
    assert "infra/b.yaml" in read or of(report, "inputs-not-hidden")


def test_a_template_that_is_deleted_is_a_note(commit: Commit, capsys: pytest.CaptureFixture[str]) -> None:
    commit({"a.yaml": SOUND, "b.yaml": OPEN})
    commit({"b.yaml": None})
    code, report = scan(capsys)
    assert code == 0
    assert "1 input of revision `HEAD~1` is not there any more" in [each["message"] for each in report["errors"]]


@pytest.mark.parametrize("to", ["b.yaml.txt", "node_modules/b.yaml", "asset.1/b.yaml", ".venv/b.yaml"])
def test_a_template_that_moves_to_where_nothing_is_read_is_told(
    to: str, commit: Commit, capsys: pytest.CaptureFixture[str]
) -> None:
    commit({"a.yaml": SOUND, "b.yaml": OPEN})
    commit({"b.yaml": None, to: OPEN})
    code, report = scan(capsys)
    assert code == 1
    assert of(report, "inputs-not-hidden") == [
        f"b.yaml was read in revision `HEAD~1`, is {to} now, and is read no longer"
    ]


def test_a_template_that_this_checkout_leaves_out_is_told(
    commit: Commit, capsys: pytest.CaptureFixture[str], requires: Requires
) -> None:
    commit({"a.yaml": SOUND, "infra/b.yaml": OPEN})
    commit({"a.yaml": SOUND + "# a word\n"})
    subprocess.run([requires("git"), "sparse-checkout", "set", "--no-cone", "/a.yaml"], check=True, capture_output=True)
    code, report = scan(capsys)
    said = (
        "infra/b.yaml was read in revision `HEAD~1`, is still there, though not in this checkout, and is read no longer"
    )
    assert (code, of(report, "inputs-not-hidden")) == (1, [said])


NESTING = (
    "Resources: {N: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: 'https://h.example/x/c.yaml'}}}\n"
)
MAP = 'templates: {"https://h.example/x/": %s}\n'


@pytest.mark.parametrize(
    ("before", "after", "loosened", "new"),
    [
        # The map of the base leads to what is judged, though the change leads elsewhere.
        (
            {"tenantproof.yaml": MAP % "real", "real/c.yaml": SOUND, "decoy/c.yaml": SOUND},
            {"tenantproof.yaml": MAP % "decoy", "real/c.yaml": OPEN},
            True,
            ["p.yaml#N/Bad"],
        ),
        ({}, {"tenantproof.yaml": MAP % "real", "real/c.yaml": OPEN}, False, ["p.yaml#N/Bad"]),
        ({"tenantproof.yaml": MAP % "real", "real/c.yaml": OPEN}, {"d.yaml": SOUND}, False, []),
        ({"tenantproof.yaml": MAP % "real", "real/c.yaml": OPEN}, {"tenantproof.yaml": None}, True, []),
    ],
    ids=["elsewhere", "first", "as it was", "gone"],
)
def test_nested_templates_are_those_that_the_base_leads_to(
    before: dict[str, str | None],
    after: dict[str, str | None],
    loosened: bool,
    new: list[str],
    commit: Commit,
    capsys: pytest.CaptureFixture[str],
) -> None:
    commit({"p.yaml": NESTING, **before})
    commit(after)
    _, report = scan(capsys, "--select", "rds-encrypted")
    assert bool(of(report, "gate-not-loosened")) is loosened
    found = [each for each in report["findings"] if each["rule"] == "rds-encrypted" and each.get("state") == "new"]
    assert [each["resource"]["address"] for each in found if each["verdict"] == "FAIL"] == new


def test_a_template_that_moves_to_where_it_is_read_is_not_told(
    commit: Commit, capsys: pytest.CaptureFixture[str]
) -> None:
    commit({"a.yaml": SOUND, "b.yaml": OPEN})
    commit({"b.yaml": None, "infra/c.yaml": OPEN})
    code, report = scan(capsys)
    assert (code, of(report, "inputs-not-hidden")) == (0, [])


def test_a_configured_baseline_is_of_what_the_revision_has_anyway(
    commit: Commit, capsys: pytest.CaptureFixture[str]
) -> None:
    commit({"a.yaml": SOUND, "tenantproof.yaml": "baseline: known.json\n"})
    main(["scan", "a.yaml", "--no-cache", "--quiet", "--write-baseline", "known.json"])
    commit({})
    commit({"b.yaml": OPEN})
    main(["scan", ".", "--no-cache", "--quiet", "--write-baseline", "known.json"])
    commit({"a.yaml": SOUND + "# a word\n"})
    capsys.readouterr()
    code, report = scan(capsys)
    assert code == 0, report["errors"]
    commit({"c.yaml": OPEN.replace("Bad", "Worse")})
    assert scan(capsys)[0] == 1
    assert main(["scan", ".", "--since", "HEAD~1", "--no-cache", "--baseline", "known.json"]) == 2


RULE = """\
id: own-topics
title: A topic has a name
severity: high
why: Nobody finds a topic that has no name of its own.
applies_to: {types: [AWS::SQS::Queue]}
assert:
  - {that: Properties.QueueName, exists: true, message: it has no name}
fix: Give it a name.
references: ["https://example.com"]
examples:
  pass: {named: {Resources: {Q: {Type: AWS::SQS::Queue, Properties: {QueueName: a}}}}}
  fail: {unnamed: {Resources: {Q: {Type: AWS::SQS::Queue}}}}
"""


@pytest.mark.parametrize("named", [False, True], ids=["in the configuration", "on the command line"])
@pytest.mark.parametrize("place", ["rules/own-topics.yaml", "rules/further/own-topics.yaml"])
def test_a_rule_of_the_project_that_is_weakened_does_not_judge_the_change(
    named: bool, place: str, commit: Commit, capsys: pytest.CaptureFixture[str]
) -> None:
    configured: dict[str, str | None] = {} if named else {"tenantproof.yaml": "rules: [rules]\n"}
    commit({"a.yaml": SOUND, "rules/own-topics.yaml": RULE, **configured})
    weaker = RULE.replace("exists: true", "exists: false").replace("fail:", "was:").replace("pass:", "fail:")
    commit(
        {"b.yaml": "Resources: {Q: {Type: AWS::SQS::Queue}}\n", "rules/own-topics.yaml": None}
        | {place: weaker.replace("was:", "pass:")}
    )
    code, report = scan(capsys, *(["--rules", "rules"] if named else []))
    assert code == 1
    assert of(report, "gate-not-loosened")
    assert of(report, "own-topics"), "the rule as it was"


def test_no_rule_at_all_is_exit_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "t.yaml").write_text(OPEN, "utf-8")
    assert main(["scan", str(tmp_path), "--skip", "*"]) == 2
    assert "no findings" not in capsys.readouterr().out
