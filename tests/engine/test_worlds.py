"""Choices are not unknowns: a verdict is asked in every world that its values distinguish."""

from __future__ import annotations

import time

from tests.engine.conftest import Judged

PITR = """
- that: Properties.PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled
  is: true
  message: "{{ Id }} has no way back"
"""


def table(value: str, more: str = "") -> str:
    return f"""
Resources:
  T:
    Type: AWS::DynamoDB::Table{more}
    Properties:
      PointInTimeRecoverySpecification: {{PointInTimeRecoveryEnabled: {value}}}
"""


ENV = """
Parameters:
  Env: {Type: String, AllowedValues: [dev, test, prod]}
Conditions:
  IsProd: !Equals [!Ref Env, prod]
  IsTest: !Equals [!Ref Env, test]
  NotProd: !Not [!Condition IsProd]
  Both: !And [!Condition IsProd, !Condition IsTest]
  Either: !Or [!Condition IsProd, !Condition NotProd]
"""


def test_a_default_counts_and_is_told(judged: Judged) -> None:
    parameters = "Parameters:\n  P: {Type: String, Default: 'true'}\n"
    finding = judged(parameters + table("!Ref P"), PITR)["T"]
    assert finding["verdict"] == "PASS"
    assert finding["assumptions"] == ["parameter `P` at its default `true`"]


def test_a_default_does_not_count_when_strict(judged: Judged) -> None:
    parameters = "Parameters:\n  P: {Type: String, Default: 'true', AllowedValues: ['true', 'false']}\n"
    finding = judged(parameters + table("!Ref P"), PITR, strict_parameters=True)["T"]
    assert (finding["verdict"], finding["world"]) == ("FAIL", {"P": "false"})
    assert finding["message"].startswith("T has no way back when P is false: `")


def test_a_failing_default_ends_the_message(judged: Judged) -> None:
    parameters = "Parameters:\n  P: {Type: String, Default: 'false'}\n"
    finding = judged(parameters + table("!Ref P"), PITR)["T"]
    assert finding["message"].startswith("T has no way back: `")
    assert finding["message"].endswith("`true` is required, with parameter `P` at its default `false`")


def test_a_hidden_default_is_not_shown(judged: Judged) -> None:
    parameters = "Parameters:\n  P: {Type: String, Default: 'hunter2', NoEcho: true}\n"
    finding = judged(parameters + table("!Ref P"), PITR)["T"]
    assert "hunter2" not in str(finding)


def test_a_value_less_parameter_is_unknown(judged: Judged) -> None:
    finding = judged("Parameters:\n  P: {Type: String}\n" + table("!Ref P"), PITR)["T"]
    assert finding["verdict"] == "UNKNOWN"
    assert finding["unknown"] == {"cause": "parameter", "detail": "parameter `P` has no value"}


def test_a_given_value_is_used_silently(judged: Judged) -> None:
    template = "Parameters:\n  P: {Type: String, Default: 'false'}\n" + table("!Ref P")
    finding = judged(template, PITR, parameters={"P": "true"})["T"]
    assert finding["verdict"] == "PASS"
    assert "assumptions" not in finding


def test_the_world_that_fails_is_named_by_its_condition(judged: Judged) -> None:
    finding = judged(ENV + table("!If [IsProd, true, false]"), PITR)["T"]
    assert (finding["verdict"], finding["world"]) == ("FAIL", {"IsProd": False})
    assert finding["message"].startswith("T has no way back when IsProd is false: `")


def test_no_value_takes_the_property_away(judged: Judged) -> None:
    finding = judged(ENV + table("!If [IsProd, !Ref AWS::NoValue, true]"), PITR)["T"]
    assert (finding["verdict"], finding["world"]) == ("FAIL", {"IsProd": True})


def test_the_smallest_failing_assignment_is_named(judged: Judged) -> None:
    value = "!If [IsTest, !If [IsProd, true, false], !If [IsProd, false, false]]"
    finding = judged(ENV + table(value), PITR)["T"]
    assert finding["verdict"] == "FAIL"
    assert finding["world"] == {}, "it fails in every world, so none is named"


def test_impossible_combinations_are_never_reported(judged: Judged) -> None:
    assert judged(ENV + table("!If [Both, false, true]"), PITR)["T"]["verdict"] == "PASS"
    assert judged(ENV + table("!If [Either, true, false]"), PITR)["T"]["verdict"] == "PASS"
    assert judged(ENV + table("!If [IsProd, !If [IsTest, false, true], true]"), PITR)["T"]["verdict"] == "PASS"
    assert judged(ENV + table("!If [IsProd, !If [NotProd, false, true], true]"), PITR)["T"]["verdict"] == "PASS"


def test_a_value_and_the_condition_on_it_agree(judged: Judged) -> None:
    template = """
Parameters:
  P: {Type: String}
Conditions:
  On: !Equals [!Ref P, 'true']
""" + table("!If [On, !Ref P, true]")
    assert judged(template, PITR)["T"]["verdict"] == "PASS"


def test_two_parameters_that_are_equal_have_one_value(judged: Judged) -> None:
    template = """
Parameters:
  A: {Type: String}
  B: {Type: String}
Conditions:
  Same: !Equals [!Ref A, !Ref B]
  AOn: !Equals [!Ref A, 'on']
  BOn: !Equals [!Ref B, 'on']
""" + table("!If [Same, !If [AOn, !If [BOn, true, false], true], true]")
    assert judged(template, PITR)["T"]["verdict"] == "PASS"
    different = template.replace("!If [Same, ", "!If [Same, true, ").replace(", true], true]}", ", true]]}")
    different = different.replace("!If [BOn, true, false]", "!If [BOn, false, true]")
    assert judged(different, PITR)["T"]["verdict"] == "PASS"


def test_a_resource_that_is_made_in_no_world_is_not_applicable(judged: Judged) -> None:
    finding = judged(ENV + table("false", "\n    Condition: Both"), PITR)["T"]
    assert finding["verdict"] == "NOT_APPLICABLE"


def test_a_resource_is_judged_only_where_it_is_made(judged: Judged) -> None:
    template = ENV + table("!If [IsProd, true, false]", "\n    Condition: IsProd")
    assert judged(template, PITR)["T"]["verdict"] == "PASS"
    template = ENV + table("false", "\n    Condition: IsProd")
    finding = judged(template, PITR)["T"]
    assert (finding["verdict"], finding["world"]) == ("FAIL", {})


def test_a_condition_on_an_import_is_unknown_and_both_branches_must_agree(judged: Judged) -> None:
    template = "Conditions:\n  C: !Equals [!ImportValue stage, prod]\n"
    finding = judged(template + table("!If [C, true, false]"), PITR)["T"]
    assert finding["verdict"] == "UNKNOWN"
    assert finding["unknown"] is not None and finding["unknown"]["cause"] == "import"
    assert judged(template + table("!If [C, true, 'true']"), PITR)["T"]["verdict"] == "PASS"
    assert judged(template + table("!If [C, false, !Ref AWS::NoValue]"), PITR)["T"]["verdict"] == "FAIL"


def test_a_resource_that_an_import_may_leave_out_is_no_failure(judged: Judged) -> None:
    template = "Conditions:\n  C: !Equals [!ImportValue stage, prod]\n"
    assert judged(template + table("false", "\n    Condition: C"), PITR)["T"]["verdict"] == "UNKNOWN"
    assert judged(template + table("true", "\n    Condition: C"), PITR)["T"]["verdict"] == "PASS"


def test_a_pseudo_parameter_that_a_condition_tests_is_a_choice(judged: Judged) -> None:
    template = "Conditions:\n  Home: !Equals [!Ref AWS::Region, eu-west-1]\n" + table("!If [Home, true, false]")
    assert judged(template, PITR)["T"]["world"] == {"Home": False}
    assert judged(template, PITR, region="eu-west-1")["T"]["verdict"] == "PASS"


def test_an_ssm_parameter_is_unknown_even_with_a_default(judged: Judged) -> None:
    parameters = "Parameters:\n  P: {Type: 'AWS::SSM::Parameter::Value<String>', Default: 'true'}\n"
    finding = judged(parameters + table("!Ref P"), PITR)["T"]
    assert finding["unknown"] is not None and finding["unknown"]["cause"] == "dynamic-reference"


def test_sixty_independent_conditions_take_less_than_a_second(judged: Judged) -> None:
    names = range(60)
    parameters = "Parameters:\n" + "".join(f"  P{n}: {{Type: String, AllowedValues: [a, b]}}\n" for n in names)
    conditions = "Conditions:\n" + "".join(f"  C{n}: !Equals [!Ref P{n}, a]\n" for n in names)
    resources = "Resources:\n" + "".join(
        f"  T{n}:\n    Type: AWS::DynamoDB::Table\n    Properties:\n      PointInTimeRecoverySpecification: "
        f"{{PointInTimeRecoveryEnabled: !If [C{n}, true, false]}}\n"
        for n in names
    )
    start = time.process_time()
    findings = judged(parameters + conditions + resources, PITR)
    assert time.process_time() - start < 1.0
    assert {finding["verdict"] for finding in findings.values()} == {"FAIL"}
    assert findings["T7"]["world"] == {"C7": False}


def test_more_than_64_worlds_for_one_verdict_are_not_tried(judged: Judged) -> None:
    names = range(10)
    parameters = "Parameters:\n" + "".join(f"  P{n}: {{Type: String, AllowedValues: [a, b]}}\n" for n in names)
    conditions = "Conditions:\n" + "".join(f"  C{n}: !Equals [!Ref P{n}, a]\n" for n in names)
    tags = "".join(f"        - {{Key: k{n}, Value: !If [C{n}, a, b]}}\n" for n in names)
    template = (
        parameters
        + conditions
        + "Resources:\n  T:\n    Type: AWS::DynamoDB::Table\n    Properties:\n      Tags:\n"
        + tags
    )
    finding = judged(template, "- {each: 'Properties.Tags', assert: {that: Value, in: [a, b]}}")["T"]
    assert finding["unknown"] is not None and finding["unknown"]["cause"] == "evaluation-limit"


def test_conditions_that_rest_on_each_other_are_unknown(judged: Judged) -> None:
    template = "Conditions:\n  A: !Not [!Condition B]\n  B: !Not [!Condition A]\n" + table("!If [A, true, false]")
    finding = judged(template, PITR)["T"]
    assert finding["unknown"] is not None and finding["unknown"]["cause"] == "invalid-template"


def test_a_list_item_that_a_world_leaves_out_is_not_there(judged: Judged) -> None:
    template = (
        ENV
        + """
Resources:
  T:
    Type: AWS::DynamoDB::Table
    Properties:
      Tags: [{Key: a, Value: b}, !If [IsProd, {Key: TenantId, Value: pooled}, !Ref AWS::NoValue]]
"""
    )
    finding = judged(template, "- {that: tag('TenantId'), exists: true, message: no tenant}")["T"]
    assert (finding["verdict"], finding["world"]) == ("FAIL", {"IsProd": False})
