"""A text that is taken out keeps the one thing that a rule asks of it: what was found in it."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from scanner.language.library import load_library
from scanner.language.rule import Example
from scanner.model.secrets import kind_of, without_secrets
from scanner.rule_testing.examples import judge_example
from tests.case_names import case_name

KEY = "AKIA" + "Z7Q3M5N2K6R4T6W2"
ASSIGNED = "export DB_PASSWORD=not-very-secret"
HARMLESS = "yum install -y httpd"


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def user_data(value: Any) -> dict[str, Any]:
    return {"Server": {"Type": "AWS::EC2::Instance", "Properties": {"UserData": value}}}


def variable(name: str, value: str) -> dict[str, Any]:
    return {"Run": {"Type": "AWS::Lambda::Function", "Properties": {"Environment": {"Variables": {name: value}}}}}


def verdict(resources: dict[str, Any]) -> str:
    library = load_library()
    rule = next(each for each in library.rules if each.id == "no-plaintext-secrets")
    body: dict[str, Any] = {"Resources": resources}
    (finding,) = judge_example(rule, Example("it", "fail", body, ()), body, library)
    return finding.verdict


def without(resources: dict[str, Any]) -> dict[str, Any]:
    return {
        name: {**body, "Properties": without_secrets(body["Type"], body["Properties"])[0]}
        for name, body in resources.items()
    }


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (user_data(ASSIGNED), "FAIL"),
        (user_data(encoded(ASSIGNED)), "FAIL"),
        (user_data({"Fn::Base64": ASSIGNED}), "FAIL"),
        (user_data({"Fn::Base64": {"Fn::Sub": f"echo ${{AWS::Region}}\n{ASSIGNED}"}}), "FAIL"),
        (user_data({"Fn::Base64": {"Fn::Join": ["\n", [HARMLESS, {"Ref": "AWS::Region"}, ASSIGNED]]}}), "FAIL"),
        (user_data({"Fn::Base64": f"aws configure set aws_access_key_id {KEY}"}), "FAIL"),
        (user_data({"Fn::Base64": HARMLESS}), "PASS"),
        (user_data(encoded(HARMLESS)), "PASS"),
        (user_data("bm90IFVURi04Ov8="), "PASS"),
        (variable("DB_PASSWORD", "not-very-secret"), "FAIL"),
        (variable("KEY_ID", KEY), "FAIL"),
        (variable("TABLE", "visits"), "PASS"),
        (variable("DB_PASSWORD", "<<Enter your password>>"), "PASS"),
        (variable("DB_PASSWORD", "<your-password>"), "PASS"),
        (variable("DB_PASSWORD", "a<b>c"), "FAIL"),
        (variable("DB_PASSWORD", "{{resolve:secretsmanager:records}}"), "PASS"),
    ],
    ids=case_name,
)
@pytest.mark.full
def test_the_verdict_is_the_same_on_what_is_shown(resources: dict[str, Any], expected: str) -> None:
    assert verdict(resources) == expected
    assert verdict(without(resources)) == expected


@pytest.mark.full
def test_the_kind_is_what_a_detector_finds() -> None:
    assert kind_of(ASSIGNED) == "assigned secret"
    assert kind_of(encoded(f"x {KEY} y")) == "aws access key"
    assert kind_of(HARMLESS) == kind_of("A" * 40_000) == "plain text"
