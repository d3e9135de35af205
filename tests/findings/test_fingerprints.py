"""Whatever is edited without changing the meaning keeps every fingerprint; whatever changes a cause changes its own."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanner import Options, scan
from tests.conftest import ROOT

CLINIC = ROOT / "examples" / "virtual-clinic"
TENANCY = (CLINIC / "tenancy.yaml").read_bytes()
# Of each kind: a flag that is missing, a value in a list, an open rule, a policy, a leak with a counterexample.
TEMPLATE: dict[str, Any] = {
    "Parameters": {"Env": {"Type": "String", "AllowedValues": ["dev", "prod"]}},
    "Conditions": {"IsProd": {"Fn::Equals": [{"Ref": "Env"}, "prod"]}},
    "Resources": {
        "Exports": {"Type": "AWS::S3::Bucket"},
        "Office": {
            "Type": "AWS::EC2::SecurityGroup",
            "Properties": {
                "GroupDescription": "office",
                "SecurityGroupIngress": [
                    {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "10.0.0.0/8"},
                    {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIp": "0.0.0.0/0"},
                ],
            },
        },
        "Base": {
            "Type": "AWS::RDS::DBInstance",
            "Properties": {"Engine": "postgres", "StorageEncrypted": {"Fn::If": ["IsProd", True, False]}},
        },
        "Worker": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "AssumeRolePolicyDocument": {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Principal": {"Service": "lambda.amazonaws.com"},
                            "Action": "sts:AssumeRole",
                        }
                    ],
                },
                "Policies": [
                    {
                        "PolicyName": "work",
                        "PolicyDocument": {
                            "Version": "2012-10-17",
                            "Statement": [
                                {"Effect": "Allow", "Action": ["logs:PutLogEvents"], "Resource": "*"},
                                {"Effect": "Allow", "Action": ["dynamodb:*", "s3:*"], "Resource": "*"},
                            ],
                        },
                    }
                ],
            },
        },
    },
}
Document = dict[str, Any]
Edit = Callable[[Document, random.Random], Document]


def shuffled(document: Document, chance: random.Random) -> Document:
    """Keys in another order, everywhere: in a mapping it means nothing."""

    def again(node: Any) -> Any:
        if isinstance(node, dict):
            keys = list(node)
            chance.shuffle(keys)
            return {key: again(node[key]) for key in keys}
        return [again(each) for each in node] if isinstance(node, list) else node

    made: Document = again(document)
    return made


def reordered(document: Document, chance: random.Random) -> Document:
    """Statements, rules and actions in another order: in these lists it means nothing either."""
    resources = document["Resources"]
    lists = [
        resources["Office"]["Properties"]["SecurityGroupIngress"],
        resources["Worker"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"],
    ]
    for each in lists:
        chance.shuffle(each)
    return document


def described(document: Document, _: random.Random) -> Document:
    return {"AWSTemplateFormatVersion": "2010-09-09", "Description": "moved by some lines", **document}


def joined(document: Document, chance: random.Random) -> Document:
    """Another resource that has nothing to do with the others, under any name and in any place."""
    name = f"Unrelated{chance.randrange(1_000)}"
    resources = list(document["Resources"].items())
    resources.insert(chance.randrange(len(resources) + 1), (name, {"Type": "AWS::CloudFormation::WaitConditionHandle"}))
    return {**document, "Resources": dict(resources)}


HARMLESS: dict[str, Edit] = {"shuffled": shuffled, "reordered": reordered, "described": described, "joined": joined}


def as_json(document: Document, chance: random.Random) -> str:
    return json.dumps(document, indent=chance.choice([None, 1, 2, 4]))


def as_yaml(document: Document, chance: random.Random) -> str:
    text = yaml.safe_dump(document, sort_keys=False, indent=chance.choice([2, 4]), width=chance.choice([40, 120]))
    lines = []
    for line in text.splitlines():
        if chance.random() < 0.1:
            lines.append("# a remark" if chance.random() < 0.5 else "")
        lines.append(line)
    # A remark within a text that goes on over several lines would be part of it.
    commented = "\n".join(lines) + "\n"
    return commented if yaml.safe_load(commented) == document else text


def fingerprints(folder: Path, text: str) -> dict[str, tuple[str, str]]:
    """By id, the rule and the resource; of all that is open."""
    (folder / "app.yaml").write_text(text, "utf-8")
    report = scan(folder, options=Options(project=folder)).report
    assert not [each for each in report["errors"] if each["level"] == "error"], report["errors"]
    return {
        each["id"]: (each["rule"], each["resource"]["address"].partition("#")[2])
        for each in report["findings"]
        if each["verdict"] in ("FAIL", "UNKNOWN")
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("clinic")
    (made / "tenancy.yaml").write_bytes(TENANCY)
    return made


@pytest.fixture(scope="module")
def before(folder: Path) -> dict[str, tuple[str, str]]:
    found = fingerprints(folder, json.dumps(TEMPLATE))
    assert {rule for rule, _ in found.values()} >= {"s3-tls-only", "sg-no-open-ssh", "rds-encrypted"}
    return found


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    edits=st.lists(st.sampled_from(sorted(HARMLESS)), max_size=4, unique=True),
    write=st.sampled_from([as_json, as_yaml]),
    seed=st.integers(0, 2**32),
)
@pytest.mark.full
def test_what_does_not_change_the_meaning_changes_no_fingerprint(
    folder: Path,
    before: dict[str, tuple[str, str]],
    edits: list[str],
    write: Callable[[Document, random.Random], str],
    seed: int,
) -> None:
    chance = random.Random(seed)
    document: Document = json.loads(json.dumps(TEMPLATE))
    for name in edits:
        document = HARMLESS[name](document, chance)
    after = fingerprints(folder, write(document, chance))
    others = {id_: of for id_, of in after.items() if not of[1].startswith("Unrelated")}
    assert others == before


def _opened(resources: Document) -> None:
    del resources["Office"]["Properties"]["SecurityGroupIngress"][1]["CidrIp"]
    resources["Office"]["Properties"]["SecurityGroupIngress"][1]["CidrIpv6"] = "::/0"


def _public(resources: Document) -> None:
    resources["Base"]["Properties"]["PubliclyAccessible"] = True


def _more_allowed(resources: Document) -> None:
    statement = resources["Worker"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"][1]
    statement["Action"] = ["dynamodb:*", "s3:*", "kms:*"]


@pytest.mark.parametrize(
    ("rule", "resource", "change"),
    [
        ("sg-no-open-ssh", "Office", _opened),
        ("rds-not-public", "Base", _public),
        ("iam-no-service-wildcard", "Worker", _more_allowed),
    ],
)
def test_another_cause_is_another_fingerprint_and_no_other_changes(
    folder: Path, before: dict[str, tuple[str, str]], rule: str, resource: str, change: Callable[[Document], None]
) -> None:
    document = json.loads(json.dumps(TEMPLATE))
    change(document["Resources"])
    after = fingerprints(folder, json.dumps(document))
    old = {id_ for id_, of in before.items() if of == (rule, resource)}
    new = {id_ for id_, of in after.items() if of == (rule, resource)}
    assert old and new and not old & new
    untouched = {id_: of for id_, of in before.items() if of[1] != resource}
    assert untouched.items() <= after.items()


def test_the_same_name_in_another_file_inherits_nothing(tmp_path: Path) -> None:
    for name in ("a", "b"):
        folder = tmp_path / name / "infra"
        folder.mkdir(parents=True)
        (folder / "app.yaml").write_text(json.dumps(TEMPLATE), "utf-8")
    report = scan(tmp_path).report
    ids = [each["id"] for each in report["findings"] if each["verdict"] == "FAIL"]
    assert len(ids) == len(set(ids)) > 10


def test_a_renamed_neighbour_is_a_new_finding_and_moves_no_other(
    folder: Path, before: dict[str, tuple[str, str]]
) -> None:
    text = re.sub(r"\bExports\b", "Outbox", json.dumps(TEMPLATE))
    after = fingerprints(folder, text)
    assert {resource for _, (_, resource) in after.items() ^ before.items()} == {"Exports", "Outbox"}
