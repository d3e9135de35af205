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
        ("that: Properties.A, at_most: 1", "{A: 7}", "`A` is `7`; at most 1 is required"),
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
