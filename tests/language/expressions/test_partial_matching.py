"""What literals of a text decide about a pattern holds for every filling of its holes."""

from __future__ import annotations

import random
import re

import pytest

from scanner.language.expressions.partial_matching import found_in_parts
from scanner.model.unknown import Unknown
from scanner.shipped_data import rules_dir
from tests.language.judged import judged_template

HOLE = object()


def pseudo(name: str) -> Unknown:
    return Unknown("deploy-time", "later", ("pseudo", "stack", f"AWS::{name}"))


FILLED = {
    pseudo("Partition"): ("aws", "aws-cn", "aws-us-gov", "aws-iso-b"),
    pseudo("Region"): ("eu-west-1", "us-east-1", "ap-southeast-7"),
    pseudo("AccountId"): ("111122223333", "000000000000"),
    pseudo("URLSuffix"): ("amazonaws.com", "amazonaws.com.cn"),
    pseudo("StackName"): ("visits", "A", "prod-http-7"),
}


@pytest.mark.parametrize(
    ("pattern", "parts", "found"),
    [
        ("(?i)^http://", ["http://", HOLE], True),
        ("(?i)^http://", ["HTTPS://", HOLE], False),
        ("(?i)^http://", ["http", HOLE], None),
        ("(?i)^http://", [HOLE, "http://"], None),
        ("^($|[^h]|h[^t]|http[^:])", ["arn:aws:apigateway:", HOLE, ":lambda:path"], True),
        ("^($|[^h]|h[^t]|http[^:])", ["http:", HOLE], False),
        ("^($|[^h]|h[^t]|http[^:])", ["http", HOLE], None),
        ("password$", [HOLE, "_password"], True),
        ("password$", ["password", HOLE], None),
        ("^[a-z]+$", ["ab", HOLE, "c"], None),
        ("^[a-z]+$", ["a-", HOLE], False),
        ("a.c", [HOLE, "abc", HOLE], True),
        (r"\bcat\b", ["a cat", HOLE], None),
        (r"\bcat\b", ["a cat ", HOLE], None),
        ("(a|b){2,3}x", [HOLE, "abx", HOLE], True),
        ("^(a|b){2,3}x", ["abc", HOLE], False),
        ("^a(?=b)", ["ab", HOLE], None),
        ("(?m)^a", ["b", HOLE], None),
        ("^", [HOLE], True),
        ("^a$", ["a\n", HOLE], None),
        ("^arn:[^:]*:iot:[^:]*:", ["arn:", pseudo("Partition"), ":iot:", pseudo("Region"), ":1:client/*"], True),
        ("^arn:[^:]*:iot:[^:]*:", ["arn:", HOLE, ":iot:", pseudo("Region"), ":1:client/*"], None),
        ("^arn:aws:iot:", ["arn:", pseudo("Partition"), ":iot:"], None),
        ("^arn:AWS:iot:", ["arn:", pseudo("Partition"), ":iot:"], False),
        ("^arn:aws[a-z-]*:iot:", ["arn:aws", pseudo("Partition"), ":iot:"], True),
        ("^arn:aws[a-z]{0,3}:iot:", ["arn:aws", pseudo("Partition"), ":iot:"], None),
        ("[*]", ["arn:", pseudo("Partition"), ":sqs:", pseudo("AccountId"), ":jobs"], False),
        ("[*]", ["arn:", pseudo("Partition"), ":sqs:", pseudo("NotificationARNs"), ":jobs"], None),
        ("[0-9]{12}$", ["a", pseudo("AccountId")], None),
        ("[0-9]+$", ["a", pseudo("AccountId")], True),
        (r"^\d*$", [pseudo("AccountId"), pseudo("AccountId")], True),
        ("^prod", [pseudo("StackName"), "-visits"], None),
        ("^http:", [pseudo("StackName"), "-visits"], False),
        ("(?i)^HTTPS?:", [pseudo("StackId")], None),
        ("tenant.*input", ["tenant ", pseudo("Region"), " input", HOLE], True),
        ("tenant.*output", ["tenant ", pseudo("AccountId"), " input"], False),
        ("a(bc)*d", ["a", pseudo("Region"), "d"], None),
    ],
)
def test_the_literals_decide(pattern: str, parts: list[object], found: bool | None) -> None:
    assert found_in_parts(parts, re.compile(pattern)) is found


def _patterns() -> list[str]:
    """Those of the shipped rules, as `matches: x` and `matches(value, 'x')`."""
    found: set[str] = set()
    for path in sorted(rules_dir().glob("*/*.yaml")):
        text = path.read_text("utf-8")
        found |= set(re.findall(r"matches: \"?(\S+?)\"?$", text, re.MULTILINE))
        found |= set(re.findall(r"matches\([^']*'([^']+)'\)", text))
    return sorted(found)


@pytest.mark.full
def test_every_filling_agrees() -> None:
    chance = random.Random(23)
    decided = {True: 0, False: 0}
    patterns = _patterns()
    assert len(patterns) > 70
    for text in patterns:
        try:
            pattern = re.compile(text.replace("\\\\", "\\"))
        except re.error:
            continue
        letters = [*re.sub(r"[^A-Za-z0-9:/.@*-]", "", text), *"hx:/.0 \n"]
        pieces = [*letters, *re.findall(r"[A-Za-z0-9:/.-]{3,}", text), "https://", "http://", "arn:aws:s3:::"]
        for _ in range(60):
            parts: list[object] = []
            for _ in range(chance.randint(1, 4)):
                hole = chance.choice((HOLE, *FILLED))
                parts += ["".join(chance.choices(pieces, k=chance.randint(1, 3))), hole]
            parts = parts[chance.randint(0, 1) : len(parts) - chance.randint(0, 1)]
            found = found_in_parts(parts, pattern)
            if found is None:
                continue
            decided[found] += 1
            for _ in range(12):
                filled = "".join(
                    each
                    if isinstance(each, str)
                    else chance.choice(FILLED[each])
                    if isinstance(each, Unknown)
                    else "".join(chance.choices(pieces, k=chance.randint(0, 3)))
                    for each in parts
                )
                assert (pattern.search(filled) is not None) is found, (text, parts, filled)
    assert min(decided.values()) > 50


INTEGRATION = "Type: AWS::ApiGateway::Method, Properties: {HttpMethod: ANY, Integration: {Type: HTTP, Uri: "
AMPLIFY = "Type: AWS::Amplify::App, Properties: {Name: a, CustomRules: [{Source: a, Target: "


@pytest.mark.parametrize(
    ("rule", "resource", "verdict"),
    [
        ("api-integration-https", INTEGRATION + "!Sub 'http://${L.DNSName}/visits'}}", "FAIL"),
        ("api-integration-https", INTEGRATION + "!Sub 'https://${L.DNSName}/visits'}}", "PASS"),
        ("api-integration-https", INTEGRATION + "!Sub '${N}://${L.DNSName}/visits'}}", "UNKNOWN"),
        ("amplify-target-https", AMPLIFY + "!Join ['', ['http://', !GetAtt L.DNSName]]}]}", "FAIL"),
        ("amplify-target-https", AMPLIFY + "!Sub 'https://${L.DNSName}/<*>'}]}", "PASS"),
        ("amplify-target-https", AMPLIFY + "!Ref N}]}", "UNKNOWN"),
    ],
)
def test_rules_judge_what_is_known_of_an_address(rule: str, resource: str, verdict: str) -> None:
    text = f"""
Parameters: {{N: {{Type: String}}}}
Resources:
  L: {{Type: AWS::ElasticLoadBalancingV2::LoadBalancer}}
  It: {{{resource}}}
"""
    assert judged_template(rule, text)["It"] == verdict
