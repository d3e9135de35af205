"""The verbs and comparisons of the rule language, on templates."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine.conftest import Judged


def with_properties(properties: str) -> str:
    table = f"Resources:\n  T:\n    Type: AWS::DynamoDB::Table\n    Properties: {properties}\n"
    return "Parameters:\n  P: {Type: String}\n" + table


@pytest.mark.parametrize(
    ("asserted", "properties", "verdict"),
    [
        ("{that: Properties.A}", "{A: x}", "PASS"),
        ("{that: Properties.A}", "{A: 'false'}", "FAIL"),
        ("{that: Properties.A}", "{A: []}", "FAIL"),
        ("{that: Properties.A}", "{A: !Ref P}", "UNKNOWN"),
        ("{that: Properties.A, is: true}", "{A: 'true'}", "PASS"),
        ("{that: Properties.A, is: 'true'}", "{A: true}", "PASS"),
        ("{that: Properties.A, is: 30}", "{A: '30'}", "PASS"),
        ("{that: Properties.A, is: true}", "{}", "FAIL"),
        ("{that: Properties.A, is: null}", "{}", "PASS"),
        ("{that: Properties.A, is_not: x}", "{}", "PASS"),
        ("{that: Properties.A, is_not: x}", "{A: !Ref P}", "UNKNOWN"),
        ("{that: Properties.A, in: [a, b]}", "{A: b}", "PASS"),
        ("{that: Properties.A, in: [a, b]}", "{}", "FAIL"),
        ("{that: Properties.A, not_in: [a, b]}", "{}", "PASS"),
        ("{that: Properties.A, not_in: [a, b]}", "{A: a}", "FAIL"),
        ("{that: Properties.A, contains: x}", "{A: [y, x]}", "PASS"),
        ("{that: Properties.A, contains: x}", "{A: [y, !Ref P]}", "UNKNOWN"),
        ("{that: Properties.A, contains: x}", "{A: axb}", "PASS"),
        ("{that: Properties.A, contains: x}", "{A: !Sub 'x${P}'}", "PASS"),
        ("{that: Properties.A, contains: x}", "{}", "FAIL"),
        ("{that: Properties.A, matches: '^x+$'}", "{A: xxx}", "PASS"),
        ("{that: Properties.A, matches: '^x+$'}", "{A: !Sub 'x${P}'}", "UNKNOWN"),
        ("{that: Properties.A, starts_with: arn}", "{A: !Sub 'arn:${P}'}", "PASS"),
        ("{that: Properties.A, starts_with: arn}", "{A: !Sub 'x${P}'}", "FAIL"),
        ("{that: Properties.A, ends_with: .fifo}", "{A: !Sub '${P}.fifo'}", "PASS"),
        ("{that: Properties.A, at_least: 30}", "{A: '30'}", "PASS"),
        ("{that: Properties.A, at_least: 30}", "{A: 29}", "FAIL"),
        ("{that: Properties.A, at_least: 30}", "{A: many}", "FAIL"),
        ("{that: Properties.A, at_most: 30}", "{}", "FAIL"),
        ("{that: Properties.A, at_most: 30}", "{A: !Ref P}", "UNKNOWN"),
        ("{that: Properties.A, exists: true}", "{A: !Ref P}", "UNKNOWN"),
        ("{that: Properties.A, exists: false}", "{A: !Ref P}", "UNKNOWN"),
        ("{that: Properties.A, exists: false}", "{}", "PASS"),
        ("{that: Properties.A, exists: true}", "{'Fn::Transform': {Name: M}}", "UNKNOWN"),
        ("{all: [{that: Properties.A}, {that: Properties.B}]}", "{A: 1x, B: !Ref P}", "UNKNOWN"),
        ("{all: [{that: Properties.A}, {that: Properties.B}]}", "{B: !Ref P}", "FAIL"),
        ("{any: [{that: Properties.A}, {that: Properties.B}]}", "{A: x, B: !Ref P}", "PASS"),
        ("{any: [{that: Properties.A}, {that: Properties.B}]}", "{B: !Ref P}", "UNKNOWN"),
        ("{any: [{that: Properties.A}, {that: Properties.B}]}", "{}", "FAIL"),
        ("{not: {that: Properties.A}}", "{A: x}", "FAIL"),
        ("{not: {that: Properties.A}}", "{A: !Ref P}", "UNKNOWN"),
        ("{not: [{that: Properties.A}, {that: Properties.B}]}", "{A: x}", "PASS"),
        ("{each: 'Properties.L', assert: {that: K, is: x}}", "{L: [{K: x}, {K: x}]}", "PASS"),
        ("{each: 'Properties.L', assert: {that: K, is: x}}", "{L: [{K: x}, {K: y}]}", "FAIL"),
        ("{each: 'Properties.L', assert: {that: K, is: x}}", "{L: [{K: !Ref P}, {K: y}]}", "FAIL"),
        ("{each: 'Properties.L', assert: {that: K, is: x}}", "{L: [{K: !Ref P}, {K: x}]}", "UNKNOWN"),
        ("{each: 'Properties.L', assert: {that: K, is: x}}", "{L: {K: x}}", "PASS"),
        ("{each: 'Properties.L', assert: {that: K, is: x}}", "{}", "PASS"),
        ("{some: 'Properties.L', assert: {that: K, is: x}}", "{L: [{K: y}, {K: x}]}", "PASS"),
        ("{some: 'Properties.L', assert: {that: K, is: x}}", "{L: [{K: y}]}", "FAIL"),
        ("{some: 'Properties.L', assert: {that: K, is: x}}", "{L: []}", "FAIL"),
        ("{some: 'Properties.L', assert: {that: K, is: x}}", "{L: [{K: !Ref P}]}", "UNKNOWN"),
        ("{none: 'Properties.L', assert: {that: K, is: x}}", "{L: [{K: y}]}", "PASS"),
        ("{none: 'Properties.L', assert: {that: K, is: x}}", "{L: [{K: !Ref P}, {K: x}]}", "FAIL"),
        ("{none: 'Properties.L', assert: {that: K, is: x}}", "{L: [{K: !Ref P}]}", "UNKNOWN"),
        ("{none: 'Properties.L', assert: {that: K, is: x}}", "{}", "PASS"),
    ],
)
def test_a_verb(judged: Judged, asserted: str, properties: str, verdict: str) -> None:
    assert judged(with_properties(properties), f"- {asserted}")["T"]["verdict"] == verdict


def test_a_theorem_is_not_asked_without_a_tenancy_or_of_what_is_no_role(judged: Judged, tmp_path: Path) -> None:
    asserted = "- {prove: cannot-cross-tenant, over: arn}"
    assert judged(with_properties("{}"), asserted)["T"]["verdict"] == "NOT_APPLICABLE"
    (tmp_path / "tenancy.yaml").write_text("version: 1\n", "utf-8")
    finding = judged(with_properties("{}"), asserted)["T"]
    assert finding["verdict"] == "NOT_APPLICABLE" and "message" in finding


def test_an_aws_default_is_told_and_is_unknown_when_strict(judged: Judged) -> None:
    asserted = "- {that: Properties.A, is: true, aws_default: {value: true, because: on since 2023}}"
    finding = judged(with_properties("{}"), asserted)["T"]
    assert (finding["verdict"], finding["assumptions"]) == ("PASS", ["AWS default: on since 2023"])
    assert judged(with_properties("{}"), asserted, strict_defaults=True)["T"]["verdict"] == "UNKNOWN"
    assert judged(with_properties("{A: false}"), asserted)["T"]["verdict"] == "FAIL"


def test_the_message_names_the_first_failing_item_and_counts_the_others(judged: Judged) -> None:
    asserted = """
    - each: Properties.L
      as: entry
      assert:
        - {that: K, is: x, message: "{{ $entry.N }} of {{ resource().Id }} is {{ K }}"}
    """
    finding = judged(with_properties("{L: [{N: a, K: x}, {N: b, K: y}, {N: c, K: z}]}"), asserted)["T"]
    assert finding["message"] == "b of T is y (and 1 more): `L[1].K` is `y`; `x` is required"
    assert [each["path"] for each in finding["evidence"]] == ["Properties.L[1].K", "Properties.L[2].K"]


def test_a_message_shows_holes_and_unknowns_as_such(judged: Judged) -> None:
    asserted = "- {that: Properties.A, is: x, message: 'it is {{ Properties.A }} and {{ Properties.B }}'}"
    finding = judged(with_properties("{A: [!Sub 'y-${AWS::Region}'], B: !Ref P}"), asserted)["T"]
    said = 'it is ["y-${AWS::Region}"] and <unknown: parameter P has no value>'
    assert finding["message"] == said + ': `A` is `["y-${AWS::Region}"]`; `x` is required'


def test_a_message_names_a_resource_that_is_known_only_at_deployment(judged: Judged) -> None:
    asked = "- {that: Properties.A, is: x, message: '{{ Properties.B }} and {{ Properties.C }} are off'}"
    template = with_properties("{A: y, B: !Ref Other, C: !GetAtt Other.Arn}") + "  Other: {Type: AWS::SSO::Instance}\n"
    assert judged(template, asked)["T"]["message"].startswith("${Other} and ${Other.Arn} are off")


def test_an_unknown_where_passes_only_if_the_assertions_surely_hold(judged: Judged) -> None:
    template = with_properties("{A: !Ref P, B: x}")
    assert judged(template, "- {that: Properties.B, is: x}", where="Properties.A == 'on'")["T"]["verdict"] == "PASS"
    assert judged(template, "- {that: Properties.B, is: y}", where="Properties.A == 'on'")["T"]["verdict"] == "UNKNOWN"


def test_a_false_where_gives_its_reason(judged: Judged) -> None:
    finding = judged(with_properties("{A: off}"), "- {that: Id}", where="Properties.A == 'on'")["T"]
    assert (finding["verdict"], finding["message"]) == ("NOT_APPLICABLE", "`Properties.A == 'on'` does not hold")


def test_evidence_points_at_the_line_and_secrets_are_redacted(judged: Judged) -> None:
    template = """
Resources:
  Db:
    Type: AWS::RDS::DBInstance
    Properties:
      Engine: postgres
      MasterUserPassword: hunter2hunter2
"""
    finding = judged(template, "- {that: Properties.MasterUserPassword, is: x}", "[AWS::RDS::DBInstance]")["Db"]
    (evidence,) = finding["evidence"]
    assert evidence["line"] == 7
    assert str(evidence["value"]).startswith("<redacted ")
    assert "hunter2" not in str(finding)


def test_numbers_and_booleans_of_the_schema_are_such_however_they_are_spelled(judged: Judged) -> None:
    properties = "{StorageEncrypted: 'yes', AllocatedStorage: '20'}"
    template = f"Resources:\n  Db: {{Type: AWS::RDS::DBInstance, Properties: {properties}}}\n"
    assert (
        judged(template, "- {that: Properties.StorageEncrypted, is: true}", "[AWS::RDS::DBInstance]")["Db"]["verdict"]
        == "PASS"
    )
    assert (
        judged(template, "- {that: Properties.AllocatedStorage, at_most: 20}", "[AWS::RDS::DBInstance]")["Db"][
            "verdict"
        ]
        == "PASS"
    )


def test_the_finding_keeps_its_id_when_lines_move_and_changes_it_with_the_cause(judged: Judged) -> None:
    asserted = "- {that: Properties.A, is: x}"
    before = judged(with_properties("{A: y}"), asserted)["T"]["id"]
    moved = judged("# a comment\n\n" + with_properties("{B: 1, A: y}"), asserted)["T"]["id"]
    other = judged(with_properties("{A: z}"), asserted)["T"]["id"]
    assert before == moved != other


def test_an_item_of_a_list_has_its_own_path(judged: Judged) -> None:
    finding = judged(with_properties("{A: [{B: 1}, {B: 2}]}"), "- {none: Properties.A}")["T"]
    assert finding["verdict"] == "FAIL"
    assert [each["path"] for each in finding["evidence"]] == ["Properties.A[0]", "Properties.A[1]"]


@pytest.mark.parametrize("lead", ["`{{ Key }}`", "Tag {{ Key }}"], ids=["backtick", "letter"])
def test_the_authors_own_message_is_shown_however_it_begins(judged: Judged, lead: str) -> None:
    asserted = f"""
        - each: Properties.Tags
          assert:
            - {{that: Value, is: clinic, message: "{lead} is {{{{ Value }}}}, not clinic"}}
          message: "outer"
    """
    found = judged("Resources: {T: {Type: AWS::DynamoDB::Table, Properties: {Tags: [{Key: a, Value: b}]}}}", asserted)
    said = lead.replace("{{ Key }}", "a") + " is b, not clinic"
    assert found["T"]["message"] == said + ": `Tags[0].Value` is `b`; `clinic` is required"


@pytest.mark.parametrize("lead", ["`A` says more", "A says more"], ids=["backtick", "letter"])
def test_of_alternatives_the_authors_message_is_shown_before_a_made_one(judged: Judged, lead: str) -> None:
    asserted = f"""
        - any:
            - {{that: Properties.B, is: 1}}
            - {{that: Properties.A, is: 1, message: "{lead}"}}
    """
    found = judged("Resources: {T: {Type: AWS::DynamoDB::Table, Properties: {A: 2, B: 2}}}", asserted)
    # What a message names already is not told twice.
    assert found["T"]["message"] == lead + ("" if "`" in lead else ": `A` is `2`; `1` is required")
