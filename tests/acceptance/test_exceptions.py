from __future__ import annotations

import datetime
from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

import jsonschema
import pytest

from scanner.acceptance.exceptions_file import EXCEPTIONS, Entries, exceptions_beside, load_exceptions
from scanner.base.problem import ProblemsError
from scanner.findings.report_document import Severity
from scanner.options import Options
from scanner.scanning import scan
from scanner.text.json_schema import to_json_schema
from scanner.text.reading import read

TODAY = datetime.date(2026, 11, 22)
SEVERITIES: Mapping[str, Severity] = {
    "log-group-retention": "medium",
    "rds-encrypted": "high",
    "dynamodb-items-stay-with-tenant": "critical",
}
GOOD = """
- rule: log-group-retention
  resource: "*#AccessLog"
  finding: 7f3c9a
  because: Load balancer logs hold no patient data; decision of the privacy officer, 2026-10-02.
  owner: platform@clinic.example
  ticket: SEC-412
  compensating: the same lines are in the audit log
  until: 2027-03-31
"""


def load(text: str, as_of: datetime.date = TODAY) -> Entries:
    return load_exceptions(read(dedent(text).encode(), "exceptions.yaml", cloudformation=False), as_of, SEVERITIES)


def complaint(change: str, value: str | None) -> str:
    """What is said of the good entry with one key changed, or left out for None."""
    lines = [line for line in GOOD.strip().splitlines() if not line.lstrip("- ").startswith(f"{change}:")]
    if value is not None:
        lines.append(f"  {change}: {value}")
    if change == "rule":
        lines = ["- " + lines[0].strip(), *lines[1:]]
    good, bad = load("\n".join(lines))
    assert good == ()
    (malformed,) = bad
    (said,) = malformed.complaints
    assert malformed.location.path == "exceptions.yaml"
    assert malformed.location.line == 1
    return said


def test_a_good_entry_is_read_whole() -> None:
    (entry,), bad = load(GOOD)
    assert bad == ()
    assert entry.until == datetime.date(2027, 3, 31)
    assert entry.document("FAIL") == {
        "owner": "platform@clinic.example",
        "because": "Load balancer logs hold no patient data; decision of the privacy officer, 2026-10-02.",
        "until": "2027-03-31",
        "approved_by": None,
        "ticket": "SEC-412",
        "compensating": "the same lines are in the audit log",
        "hides": "FAIL",
        "source": {"path": "exceptions.yaml", "line": 2, "column": 3, "end_line": 9},
    }


@pytest.mark.parametrize(
    ("rule", "address", "construct_path", "arn", "finding", "expected"),
    [
        ("log-group-retention", "infra/app.yaml#AccessLog", None, None, "7f3c9a0011223344", True),
        ("log-group-kms", "infra/app.yaml#AccessLog", None, None, "7f3c9a0011223344", False),
        ("log-group-retention", "infra/app.yaml#AuditLog", None, None, "7f3c9a0011223344", False),
        ("log-group-retention", "infra/app.yaml#AccessLog", None, None, "aa3c9a0011223344", False),
        ("log-group-retention", "cdk.out/S.json#L9", "App/Edge#AccessLog", None, "7f3c9a0011223344", True),
        ("log-group-retention", "x", None, "arn:aws:logs:::#AccessLog", "7f3c9a0011223344", True),
    ],
)
def test_it_covers_one_rule_on_named_resources(
    rule: str, address: str, construct_path: str | None, arn: str | None, finding: str, expected: bool
) -> None:
    (entry,), _ = load(GOOD)
    assert entry.matches(rule, address, construct_path, arn, finding) is expected


def test_it_holds_through_its_last_day() -> None:
    (entry,), _ = load(GOOD)
    assert not entry.expired(datetime.date(2027, 3, 31))
    assert entry.expired(datetime.date(2027, 4, 1))


def test_it_speaks_of_files_that_its_pattern_can_name() -> None:
    (entry,), _ = load(GOOD.replace("*#AccessLog", "infra/*#AccessLog"))
    assert entry.speaks_of("infra/app.yaml")
    assert not entry.speaks_of("lib/app.yaml")
    (by_arn,), _ = load(GOOD.replace("*#AccessLog", "arn:aws:logs:*"))
    assert by_arn.speaks_of("anything.yaml")


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("rule", None, "`exception` lacks `rule`"),
        ("resource", None, "`exception` lacks `resource`"),
        ("because", None, "`exception` lacks `because`"),
        ("owner", None, "`exception` lacks `owner`"),
        ("until", None, "`exception` lacks `until`"),
        ("because", "see the ticket", "`exception.because` needs at least 20 characters of reason"),
        ("because", f"'x{' ' * 40}'", "`exception.because` needs at least 20 characters of reason"),
        ("owner", "''", "`exception.owner` is empty"),
        ("finding", "7f3", "`exception.finding` must be the first 6 to 16 characters of a finding's id, not `7f3`"),
        ("until", "soon", "`exception.until` must be a date as `YYYY-MM-DD`, not `soon`"),
        ("until", "2027-11-23", "`until` is more than a year ahead; the latest day is 2027-11-22"),
        ("rule", "log-group-retension", "there is no rule `log-group-retension`, did you mean `log-group-retention`?"),
        ("untill", "2027-01-01", "unknown key `untill` in `exception`, did you mean `until`?"),
        (
            "rule",
            "rds-encrypted",
            "`approved_by` is missing: `rds-encrypted` is high, so somebody besides the owner has to approve",
        ),
        ("approved_by", "Platform@clinic.example", "`approved_by` is the owner; somebody else has to approve"),
    ],
)
def test_an_entry_that_is_not_well_formed_says_why(key: str, value: str | None, said: str) -> None:
    assert complaint(key, value) == said


def test_the_latest_day_is_the_same_day_a_year_on() -> None:
    (entry,), bad = load(GOOD.replace("2027-03-31", "2027-11-22"))
    assert bad == ()
    assert entry.until == datetime.date(2027, 11, 22)
    leap = datetime.date(2028, 2, 29)
    assert load(GOOD.replace("2027-03-31", "2029-02-28"), leap)[1] == ()
    assert load(GOOD.replace("2027-03-31", "2029-03-01"), leap)[0] == ()
    assert load(GOOD.replace("2027-03-31", "9999-12-31"), datetime.date(9999, 6, 1))[1] == ()


def test_high_and_critical_need_a_second_person() -> None:
    text = GOOD.replace("log-group-retention", "rds-encrypted")
    (entry,), bad = load(text + "  approved_by: privacy@clinic.example\n")
    assert bad == ()
    assert not entry.lacks_approval("critical")
    # A finding may be graver than its rule.
    (medium,), _ = load(GOOD)
    assert medium.lacks_approval("high")
    assert not medium.lacks_approval("medium")


def test_a_bad_entry_does_not_take_the_good_ones_with_it() -> None:
    good, bad = load("- just a sentence\n" + GOOD.strip() + "\n- {rule: x, rule: y}\n")
    assert [entry.rule for entry in good] == ["log-group-retention"]
    assert [(each.number, each.location.line) for each in bad] == [(1, 1), (3, 10)]
    assert bad[0].complaints == ("`exception` must be a mapping, not `just a sentence`",)
    assert "`rule` stands twice" in bad[1].complaints
    assert "`exception` lacks `owner`" in bad[1].complaints


def test_an_empty_file_accepts_nothing() -> None:
    assert load("# none any more\n") == ((), ())


@pytest.mark.parametrize("text", ["exceptions: []", "rule: x", "text"])
def test_a_file_that_is_no_list_is_a_problem(text: str) -> None:
    with pytest.raises(ProblemsError) as caught:
        load(text)
    (problem,) = caught.value.problems
    assert (problem.kind, problem.line) == ("exceptions", 1)


TEMPLATE = """
Resources:
  AccessLog:
    Type: AWS::Logs::LogGroup
    Metadata:
      tenantproof:
        exceptions:
          - rule: log-group-retention
            because: Load balancer logs hold no patient data.
            owner: platform@clinic.example
            until: 2027-03-31
"""
KEYS = ("Resources", "AccessLog", "Metadata", "tenantproof", "exceptions")


def test_an_exception_beside_a_resource_covers_that_resource_only() -> None:
    document = read(TEMPLATE.encode(), "a.yaml", cloudformation=True)
    (entry,), bad = exceptions_beside(document, KEYS, "a.yaml#AccessLog", TODAY, SEVERITIES)
    assert bad == ()
    assert entry.location.line == 8
    assert entry.matches("log-group-retention", "a.yaml#AccessLog", None, None, "0" * 16)
    assert not entry.matches("log-group-retention", "a.yaml#AuditLog", None, None, "0" * 16)


def test_an_exception_beside_a_resource_may_not_reach_further() -> None:
    wide = TEMPLATE.replace("            owner:", '            resource: "*"\n            owner:')
    document = read(wide.encode(), "a.yaml", cloudformation=True)
    good, (bad,) = exceptions_beside(document, KEYS, "a.yaml#AccessLog", TODAY, SEVERITIES)
    assert good == ()
    assert "leave `resource` out" in bad.complaints[0]


def test_what_is_no_list_beside_a_resource_is_malformed() -> None:
    document = read(TEMPLATE.encode(), "a.yaml", cloudformation=True)
    good, (bad,) = exceptions_beside(document, (*KEYS, 0), "a.yaml#AccessLog", TODAY, SEVERITIES)
    assert good == ()
    assert bad.complaints == ("`tenantproof.exceptions` must be a list",)


def test_the_schema_describes_the_same_entries() -> None:
    validator = jsonschema.Draft202012Validator(to_json_schema(EXCEPTIONS, "https://example.com/e.json", "e"))
    data = read(GOOD.encode(), "exceptions.yaml", cloudformation=False).data
    assert validator.is_valid(data)
    assert isinstance(data, list)
    for key in ("rule", "resource", "because", "owner", "until"):
        assert not validator.is_valid([{name: value for name, value in data[0].items() if name != key}])
    assert not validator.is_valid([{**data[0], "reason": "x"}])


ALLOWED = ["- templates: allowed\n", "templates: allowed\n", "templates: allowed\nexceptions: []\n"]


def scanned(folder: Path, exceptions: str | None) -> tuple[str, list[str]]:
    (folder / "a.yaml").write_text(TEMPLATE.replace("log-group-retention", "log-group-kms"), "utf-8")
    if exceptions is not None:
        (folder / "exceptions.yaml").write_text(exceptions, "utf-8")
    options = Options(paths=[folder / "a.yaml"], select=["log-group-kms"], as_of=TODAY)
    report = scan(options=options).report
    (verdict,) = [each["verdict"] for each in report["findings"] if each["rule"] == "log-group-kms"]
    return verdict, [each["message"] for each in report["errors"]]


@pytest.mark.parametrize("exceptions", [None, "[]\n", *ALLOWED])
def test_exceptions_in_templates_count_only_where_the_project_allows_them(
    tmp_path: Path, exceptions: str | None
) -> None:
    verdict, told = scanned(tmp_path, exceptions)
    if exceptions in ALLOWED:
        assert (verdict, told) == ("SUPPRESSED", [])
    else:
        assert (verdict, told) == ("FAIL", ["an exception stands in this template and counts for nothing"])


@pytest.mark.parametrize("text", ["- templates: alowed\n", "templates: yes\n", "templates: allowed\nexceptions: 3\n"])
def test_another_word_than_allowed_is_told(text: str) -> None:
    good, bad = load(text)
    assert good == () and len(bad) == 1


def test_entries_stand_beside_the_setting() -> None:
    good, bad = load("- templates: allowed\n" + GOOD)
    assert (len(good), bad) == (len(load(GOOD)[0]), ())
