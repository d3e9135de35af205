"""The engine's half of a message: the setting, the value found and what is required, and never a secret."""

from __future__ import annotations

from functools import cache

import pytest

from scanner.engine.finding_builder import Describer
from scanner.engine.found_values import FoundValue, with_found_values
from scanner.engine.judging import Judge
from scanner.findings.finding import Finding
from scanner.inputs.cloudformation.exports import Exports
from scanner.inputs.cloudformation.settings import Settings
from scanner.inputs.cloudformation.template import open_template
from scanner.inputs.reading import nested_output
from scanner.language.library import Library, load_library
from scanner.language.loading import load_rule
from scanner.model.resource import Inventory
from scanner.tenancy.tenancy import NO_TENANCY
from scanner.text.reading import read
from tests.engine.conftest import RULE


@cache
def library() -> Library:
    return load_library()


def judged(template: str, asserted: str, types: str = "[AWS::DynamoDB::Table]") -> Finding:
    """What one rule says of the only resource of a template."""
    text = RULE.format(types=types, where="", asserted=f"  {asserted}")
    rule = load_rule(read(text.encode(), "own-rule.yaml", cloudformation=True), "own", frozenset())
    opened = open_template(
        read(template.encode(), "t.yaml", cloudformation=True), Settings({}), Exports().read, nested_output
    )
    inventory = Inventory()
    inventory.add(opened.resources())
    (resource,) = inventory.resources
    return Judge(inventory, library().new_relations(), NO_TENANCY, Describer({})).judge(rule, resource, {})


def of_table(properties: str) -> str:
    return f"Resources: {{T: {{Type: AWS::DynamoDB::Table, Properties: {properties}}}}}"


@pytest.mark.parametrize(
    ("asserted", "properties", "half"),
    [
        ("that: Properties.A, is: true", "{A: false}", "`A` is `false`; `true` is required"),
        ("that: Properties.A, is: true", "{}", "`A` is not set; `true` is required"),
        ("that: Properties.A, is_not: true", "{A: true}", "`A` is `true`; `false` is required"),
        ("that: Properties.A, is_not: x", "{A: x}", "`A` is `x`; a value other than `x` is required"),
        ("that: Properties.A, in: [a, b, c]", "{A: x}", "`A` is `x`; `a`, `b` or `c` is required"),
        ("that: Properties.A, not_in: [a, b]", "{A: a}", "`A` is `a`; a value other than `a` or `b` is required"),
        ("that: Properties.A, contains: x", "{A: [y]}", '`A` is `["y"]`; `x` is required in it'),
        ("that: Properties.A, at_least: 365", "{A: 7}", "`A` is `7`; at least 365 is required"),
        ("that: Properties.A, at_most: 1", "{A: 7}", "`A` is `7`; at most 1 is allowed"),
        ("that: Properties.A, starts_with: arn", "{A: x}", "`A` is `x`; a value that begins with `arn` is required"),
        ("that: Properties.A, matches: '^x+$'", "{A: y}", "`A` is `y`; a value that matches `^x+$` is required"),
        ("that: Properties.A.B, exists: true", "{A: {B: ''}}", "`A.B` is empty; it is required"),
        ("that: Properties.A, exists: false", "{A: y}", "`A` is `y`; it must be left out"),
        ("that: Properties.A", "{A: false}", "`A` is `false`; it is required"),
        (
            "that: Properties.A, is: ACTIVE, aws_default: {value: INACTIVE, because: it is}",
            "{}",
            "`A` is not set, and AWS takes `INACTIVE`; `ACTIVE` is required",
        ),
        ("not: {that: Properties.A, is: x}", "{A: x}", "`A` is `x`"),
        ("none: Properties.A, assert: [{that: '@', is: x}]", "{A: [y, x]}", "`A` has `x`"),
        ("each: Properties.A, assert: [{that: '@', is: x}]", "{A: [x, y]}", "`A` has `y`; `x` is required"),
        (
            "each: Properties.A, assert: [{that: K, is: x}]",
            "{A: [{K: x}, {K: y}]}",
            "`A[1].K` is `y`; `x` is required",
        ),
    ],
)
def test_the_engine_says_what_it_found(asserted: str, properties: str, half: str) -> None:
    finding = judged(of_table(properties), f"- {{{asserted}, message: 'records may be lost'}}")
    assert (finding.verdict, finding.message) == ("FAIL", f"records may be lost: {half}")


def test_a_place_without_a_value_stands_in_brackets() -> None:
    asked = "- {none: 'Properties.A[?K]', message: 'an entry is wrong'}"
    assert judged(of_table("{A: [{K: 1}]}"), asked).message == "an entry is wrong (`A[0]`)"


def test_alternatives_of_one_property_are_told_together() -> None:
    asked = "- {any: [{that: Properties.A.B, is: 1}, {that: Properties.A.C, is: 2}, {that: Properties.D, is: 3}]}"
    message = judged(of_table("{}"), asked).message
    assert message.endswith(": `A.B` is not set; `1` is required, or `A.C` is not set; `2` is required")


@pytest.mark.parametrize(
    ("asserted", "properties", "half"),
    [
        ("exists: true", "{}", "neither `A.B` nor `A.C` is set; one of them is required"),
        ("is: true", "{}", "neither `A.B` nor `A.C` is set; `true` is required of one of them"),
        (
            "is: true",
            "{A: {B: false}}",
            "`A.B` is `false`; `true` is required, or `A.C` is not set; `true` is required",
        ),
    ],
)
def test_alternatives_that_are_both_missing_are_one_sentence(asserted: str, properties: str, half: str) -> None:
    asked = (
        f"- {{any: [{{that: Properties.A.B, {asserted}}}, {{that: Properties.A.C, {asserted}}}], message: 'it leaks'}}"
    )
    assert judged(of_table(properties), asked).message == f"it leaks: {half}"


def test_what_another_type_of_the_rule_would_set_is_no_advice() -> None:
    template = "Resources: {S: {Type: AWS::ApiGateway::Stage, Properties: {RestApiId: r, DeploymentId: d}}}"
    asked = (
        "- {any: [{that: Properties.DefaultRouteSettings.LoggingLevel, is: ERROR}, {that: Properties.TracingEnabled, "
        "is: true}], message: 'it logs nothing'}"
    )
    message = judged(template, asked, "[AWS::ApiGateway::Stage, AWS::ApiGatewayV2::Stage]").message
    assert message == "it logs nothing: `TracingEnabled` is not set; `true` is required"


@pytest.mark.parametrize(
    ("key", "half"),
    [
        ("", ": `SSESpecification.KMSMasterKeyId` is not set; a customer managed key is required"),
        (
            "KMSMasterKeyId: alias/aws/dynamodb",
            ": `SSESpecification.KMSMasterKeyId` is `alias/aws/dynamodb`; a customer managed key is required",
        ),
        ("KMSMasterKeyId: ''", ": `SSESpecification.KMSMasterKeyId` is empty; a customer managed key is required"),
    ],
)
def test_which_key_was_found_where_a_customers_is_required(key: str, half: str) -> None:
    asked = "- {that: customer_key(Properties.SSESpecification.KMSMasterKeyId), message: 'AWS holds the key'}"
    assert judged(of_table(f"{{SSESpecification: {{{key}}}}}"), asked).message == f"AWS holds the key{half}"


@pytest.mark.parametrize(
    ("key", "shown"),
    [("", None), ("KmsMasterKeyId: alias/aws/sns", "alias/aws/sns"), ("KmsMasterKeyId: ''", "")],
)
def test_evidence_shows_the_key_and_not_the_answer(key: str, shown: str | None) -> None:
    template = f"Resources: {{It: {{Type: AWS::SNS::Topic, Properties: {{{key}}}}}}}"
    asked = "- {that: customer_key(Properties.KmsMasterKeyId), message: 'AWS holds the key'}"
    found = judged(template, asked, "[AWS::SNS::Topic]")
    assert [(each.path, each.value) for each in found.evidence] == [("Properties.KmsMasterKeyId", shown)]


def test_of_a_document_only_the_place_is_told() -> None:
    asked = "- {that: customer_key(parsed(Properties.Policy).KmsARN), message: 'AWS holds the key'}"
    message = judged(of_table("""{Policy: '{"Rules": [], "AWSOwnedKey": true}'}"""), asked).message
    assert message == "AWS holds the key (`Policy`)"


def test_of_many_parameters_two_are_named() -> None:
    names = ("P", "Q", "R", "S")
    parameters = "".join(f"{name}: {{Type: String, Default: x}}, " for name in names)
    refs = ", ".join(f"{name}: !Ref {name}" for name in names)
    template = f"Parameters: {{{parameters}}}\n{of_table(f'{{{refs}, A: false}}')}"
    parts = "[{that: Properties.P, is: y}, {that: Properties.Q, is: y}, {that: Properties.R, is: y}], message: m}"
    two = "with parameter `P` at its default `x` and parameter `Q` at its default `x`"
    assert judged(template, f"- {{any: {parts}").message.endswith(f", {two} and 1 more parameter")
    # One that is wrong is enough, whatever the others are.
    assert judged(template, f"- {{all: {parts}").message.endswith("required, with parameter `P` at its default `x`")


def test_whom_a_rule_is_about_is_no_advice() -> None:
    asked = "- {any: [{that: Properties.Kind, is_not: pool}, {that: Properties.A, is: true}], message: 'it leaks'}"
    message = judged(of_table("{Kind: pool}"), asked).message
    assert message == "it leaks: `A` is not set; `true` is required"


def test_what_the_author_names_is_not_told_twice() -> None:
    asked = "- {that: Properties.A.B, is: true, message: '`B` is off'}"
    assert judged(of_table("{A: {B: false}}"), asked).message == "`B` is off"


def test_a_secret_is_not_shown() -> None:
    template = "Resources: {D: {Type: AWS::RDS::DBInstance, Properties: {MasterUserPassword: hunter2hunter2}}}"
    asked = "- {that: Properties.MasterUserPassword, exists: false, message: 'it stands there'}"
    message = judged(template, asked, "[AWS::RDS::DBInstance]").message
    assert "hunter2" not in message
    assert message == "it stands there: `MasterUserPassword` is `<redacted plain text>`; it must be left out"


def test_a_long_value_is_cut_and_a_backtick_closes_nothing() -> None:
    (found,) = [FoundValue("Properties.A", "`" + "x" * 500, "`y` is required")]
    message = with_found_values("wrong", [found])
    assert message.count("`") == 6
    assert len(message) < 160


def test_the_message_is_no_part_of_what_a_finding_is_known_by() -> None:
    template = of_table("{A: false}")
    bare = judged(template, "- {that: Properties.A, is: true}")
    worded = judged(template, "- {that: Properties.A, is: true, message: 'records may be lost'}")
    assert bare.message != worded.message
    assert (bare.id, bare.fingerprint) == (worded.id, worded.fingerprint)
