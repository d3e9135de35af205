"""Rules that ask for a customer managed key passed `alias/aws/...`: fifteen asked only that something is named.

"AWS KMS keys": aliases that begin with `alias/aws/` are of AWS managed keys. A key in the files, a key id or ARN, and
an alias of one's own are the customer's; what only deployment tells is open.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from scanner.language.library import load_library
from scanner.language.rule import Example, Rule
from scanner.rule_testing.examples import judge_example, paths_of
from scanner.snapshots.lines import Line, Listed, Seen
from tests.language.judged import judged_lines, judged_template

PROFILES = """
Parameters: {{Name: {{Type: String}}, Given: {{Type: String, Default: alias/aws/profile}}}}
Resources:
  Key: {{Type: AWS::KMS::Key}}
  Alias: {{Type: AWS::KMS::Alias, Properties: {{AliasName: alias/clinic, TargetKeyId: !Ref Key}}}}
  Topic: {{Type: AWS::SNS::Topic}}
  Parameter: {{Type: AWS::SSM::Parameter, Properties: {{Type: String, Value: x}}}}
  Made: {{Type: Custom::Key, Properties: {{ServiceToken: x}}}}
  Patients:
    Type: AWS::CustomerProfiles::Domain
    Properties: {{DomainName: p, DefaultExpirationDays: 366, DefaultEncryptionKey: {key}}}
"""
LIBRARY = load_library()
OWN = "arn:aws:kms:us-east-1:111122223333"


@pytest.mark.parametrize(
    ("key", "verdict"),
    [
        ("0d990263-018e-4e65-a703-eff731de951e", "PASS"),
        (f"'{OWN}:key/0d990263-018e-4e65-a703-eff731de951e'", "PASS"),
        (f"'{OWN}:key/mrk-1234abcd'", "PASS"),
        (f"'{OWN}:alias/clinic'", "PASS"),
        ("alias/clinic", "PASS"),
        ("alias/aws-clinic", "PASS"),
        ("!Ref Key", "PASS"),
        ("!GetAtt Key.Arn", "PASS"),
        ("!Ref Alias", "PASS"),
        ("!Sub 'arn:aws:kms:${AWS::Region}:${AWS::AccountId}:key/${Key}'", "PASS"),
        ("!Sub '${Key.Arn}'", "PASS"),
        ("!Sub 'arn:aws:kms:${AWS::Region}:${AWS::AccountId}:alias/clinic'", "PASS"),
        ("!Sub 'alias/clinic-${Name}'", "PASS"),
        ("!Sub 'alias/${AWS::StackName}-records'", "PASS"),
        ("!Join ['', ['arn:aws:kms:us-east-1:', !Ref 'AWS::AccountId', ':key/1']]", "PASS"),
        ("alias/aws/profile", "FAIL"),
        (f"'{OWN}:alias/aws/profile'", "FAIL"),
        ("!Sub 'arn:aws:kms:${AWS::Region}:${AWS::AccountId}:alias/aws/profile'", "FAIL"),
        ("!Sub 'arn:${AWS::Partition}:kms:${AWS::Region}:${AWS::AccountId}:alias/aws/${Name}'", "FAIL"),
        ("!Join ['/', [alias, aws, profile]]", "FAIL"),
        ("!Ref Given", "FAIL"),
        ("aws/profile", "FAIL"),
        ("AWS_OWNED_KMS_KEY", "FAIL"),
        ("''", "FAIL"),
        ("' '", "FAIL"),
        ("true", "FAIL"),
        ("[]", "FAIL"),
        ("{a: b}", "FAIL"),
        ("!Ref Topic", "FAIL"),
        ("!GetAtt Topic.TopicArn", "FAIL"),
        ("'arn:aws:s3:::records'", "FAIL"),
        ("!Sub 'arn:aws:s3:::${Name}'", "FAIL"),
        ("!Ref Name", "UNKNOWN"),
        ("!ImportValue key", "UNKNOWN"),
        ("!GetAtt Made.KeyArn", "UNKNOWN"),
        ("!GetAtt Parameter.Value", "UNKNOWN"),
        ("!Sub 'alias/${Name}'", "UNKNOWN"),
        ("!Sub 'alias/a${Name}'", "UNKNOWN"),
        ("!Sub '${Name}:key'", "UNKNOWN"),
        ("'{{resolve:ssm:/clinic/key}}'", "UNKNOWN"),
    ],
)
def test_what_is_named_as_a_key(key: str, verdict: str) -> None:
    text = PROFILES.format(key=key)
    assert judged_template("contact-profiles-key", text)["Patients"] == verdict


_ELSEWHERE = {("telehealth-stores-scoped", "HealthLake")}


def _own_key_rules() -> list[Rule]:
    return [rule for rule in LIBRARY.rules if "customer_key(" in json.dumps(rule.document.data["assert"])]  # type: ignore[index]  # a mapping, once loaded


def test_every_rule_that_asks_for_a_key_of_ones_own_asks_whose_it_is() -> None:
    asking = {rule.id for rule in _own_key_rules()}
    claiming = {
        rule.id
        for rule in LIBRARY.rules
        if re.search(r"customer[ -]managed (KMS )?key|key of your own", rule.title) and rule.id not in asking
    }
    assert claiming == set()
    assert len(asking) >= 31


@pytest.mark.parametrize("rule", _own_key_rules(), ids=lambda rule: rule.id)
def test_no_passing_example_still_passes_with_keys_of_aws(rule: Rule) -> None:
    tried = 0
    for example, body in _with_keys_of_aws(rule):
        tried += 1
        verdicts = {finding.verdict for finding in judge_example(rule, example, body, LIBRARY)}
        assert "FAIL" in verdicts, body
    assert tried or rule.id == "opensearch-serverless-key"


def _with_keys_of_aws(rule: Rule) -> Iterator[tuple[Example, dict[str, object]]]:
    named = re.compile(r"(?i)^(?!Admin).*(kms\w*key|kmsarn|encryptionkey|\bkeyarn|\bkeyid$)")
    for example in rule.examples:
        if example.kind != "pass":
            continue
        for logical_id, resource in example.body["Resources"].items():  # type: ignore[attr-defined]  # a mapping
            # `healthlake-customer-key` asks of HealthLake, and a policy of a collection is one text.
            if not rule.names(resource["Type"]) or (rule.id, resource["Type"].split("::")[1]) in _ELSEWHERE:
                continue
            for path in paths_of(resource.get("Properties")):
                if not path or not named.search(str(path[-1])):
                    continue
                copy = json.loads(json.dumps(example.body, default=str))
                node = copy["Resources"][logical_id]["Properties"]
                for step in path[:-1]:
                    node = node[step]
                node[path[-1]] = "alias/aws/service"
                yield example, copy


@pytest.mark.parametrize(
    ("told", "listed", "verdict"),
    [
        (f"{OWN}:key/of-ours", True, "PASS"),
        (f"{OWN}:key/of-aws", True, "FAIL"),
        (f"{OWN}:key/of-aws", False, "UNKNOWN"),
        ("arn:aws:kms:us-east-1:999988887777:key/theirs", True, "PASS"),
        ("arn:aws:kms:eu-west-1:111122223333:key/far", True, "UNKNOWN"),
        (f"{OWN}:alias/aws/redshift", True, "FAIL"),
    ],
)
def test_a_service_tells_the_arn_of_the_key_that_aws_manages(
    tmp_path: Path, told: str, listed: bool, verdict: str
) -> None:
    redshift = "AWS::Redshift::Cluster"
    lines: list[Line] = [
        Seen(redshift, "reports", None, "us-east-1", {"KmsKeyId": told, "Encrypted": True}),
        Listed(redshift),
        Seen("AWS::KMS::Key", "of-ours", f"{OWN}:key/of-ours", "us-east-1", {}),
    ]
    if listed:
        lines.append(Listed("AWS::KMS::Key"))
    assert judged_lines(tmp_path, "redshift-kms", lines, ("us-east-1",)) == {"reports": verdict}
