"""Two ways of writing one thing get one verdict: a template is rewritten at random and judged by the whole library."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from copy import deepcopy
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.engine.finding_builder import Describer
from scanner.engine.judge_all import bind, judge_all
from scanner.engine.judging import Judge
from scanner.inputs.cloudformation.settings import Settings
from scanner.inputs.discovery import discover
from scanner.inputs.reading import read_inputs
from scanner.language.library import Library, load_library
from scanner.tenancy.tenancy import NO_TENANCY

pytestmark = pytest.mark.full

# A template is raw data here, as YAML and JSON give it.
Template = dict[str, Any]
Verdicts = Counter[tuple[str, str, str]]


@cache
def library() -> Library:
    return load_library(())


def verdicts(files: Mapping[str, str], parameters: Mapping[str, object]) -> Verdicts:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file, text in files.items():
            (folder / file).write_text(text, "utf-8")
        found = discover([folder], cwd=folder)
        reading = read_inputs(found, Settings(parameters, account="111111111111", region="eu-west-1"))
    assert reading.problems == [], reading.problems
    describe = Describer({})
    judge = Judge(reading.inventory, library().new_relations(), NO_TENANCY, describe, False)
    findings = judge_all(judge, [bind(rule, NO_TENANCY) for rule in library().rules])
    assert describe.crashes == []
    return Counter(
        (each.rule, each.resource["logical_id"], each.verdict)
        for each in findings
        if each.resource["type"] != "AWS::CloudFormation::Stack"
    )


# Templates


def ref(name: str) -> Template:
    return {"Ref": name}


def att(name: str, attribute: str) -> Template:
    return {"Fn::GetAtt": [name, attribute]}


def join(*parts: object) -> Template:
    return {"Fn::Join": ["", list(parts)]}


switch = st.sampled_from([True, False])
NAMES = ("Key", "Bucket", "BucketPolicy", "Table", "Queue", "Role", "Grant", "Database", "Open", "Logs")


@st.composite
def templates(draw: st.DrawFn) -> Template:
    """A bucket, a table, a role, a queue and what belongs to them, safe and unsafe at random."""
    blocked = draw(switch)
    bucket: Template = {
        "PublicAccessBlockConfiguration": {
            "BlockPublicAcls": blocked,
            "BlockPublicPolicy": draw(switch),
            "IgnorePublicAcls": blocked,
            "RestrictPublicBuckets": blocked,
        },
        "VersioningConfiguration": {"Status": draw(st.sampled_from(["Enabled", "Suspended"]))},
        "BucketEncryption": {
            "ServerSideEncryptionConfiguration": [
                {
                    "ServerSideEncryptionByDefault": {
                        "SSEAlgorithm": draw(st.sampled_from(["aws:kms", "AES256"])),
                        "KMSMasterKeyID": att("Key", "Arn"),
                    }
                }
            ]
        },
    }
    if draw(switch):
        bucket["LoggingConfiguration"] = {"DestinationBucketName": ref("Logs"), "LogFilePrefix": "access/"}
    statement = {
        "Effect": draw(st.sampled_from(["Allow", "Deny"])),
        "Action": draw(st.sampled_from(["s3:*", "s3:GetObject", ["s3:GetObject", "s3:PutObject"], "*"])),
        "Resource": draw(
            st.sampled_from(["*", att("Bucket", "Arn"), [att("Bucket", "Arn"), join(att("Bucket", "Arn"), "/*")]])
        ),
    }
    secure = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [att("Bucket", "Arn"), join("arn:", ref("AWS::Partition"), ":s3:::", ref("Bucket"), "/*")],
        "Condition": {"Bool": {"aws:SecureTransport": draw(st.sampled_from(["false", "true"]))}},
    }
    public = {
        "Effect": "Allow",
        "Principal": draw(st.sampled_from(["*", {"AWS": "*"}])),
        "Action": "s3:GetObject",
        "Resource": join(att("Bucket", "Arn"), "/*"),
    }
    managed = draw(st.sampled_from(["AdministratorAccess", "ReadOnlyAccess"]))
    resources: Template = {
        "Key": {
            "Type": "AWS::KMS::Key",
            "Properties": {
                "EnableKeyRotation": draw(switch),
                "KeyPolicy": {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Principal": {"AWS": join("arn:aws:iam::", ref("AWS::AccountId"), ":root")},
                            "Action": "kms:*",
                            "Resource": "*",
                        }
                    ],
                },
            },
        },
        "Logs": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": join("logs-", ref("AWS::AccountId"))}},
        "Bucket": {"Type": "AWS::S3::Bucket", "Properties": bucket},
        "BucketPolicy": {
            "Type": "AWS::S3::BucketPolicy",
            "Properties": {
                "Bucket": ref("Bucket"),
                "PolicyDocument": {
                    "Version": "2012-10-17",
                    "Statement": [secure, public][: draw(st.integers(1, 2))],
                },
            },
        },
        "Table": {
            "Type": "AWS::DynamoDB::Table",
            "Properties": {
                "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": draw(switch)},
                "SSESpecification": {"SSEEnabled": draw(switch), "SSEType": "KMS", "KMSMasterKeyId": ref("Key")},
                "DeletionProtectionEnabled": draw(switch),
            },
        },
        "Queue": {
            "Type": "AWS::SQS::Queue",
            "Properties": {
                "KmsMasterKeyId": draw(st.sampled_from(["alias/aws/sqs", ref("Key")])),
                "SqsManagedSseEnabled": draw(switch),
            },
        },
        "Role": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "AssumeRolePolicyDocument": {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Principal": draw(st.sampled_from([{"Service": "lambda.amazonaws.com"}, {"AWS": "*"}])),
                            "Action": "sts:AssumeRole",
                        }
                    ],
                },
                "ManagedPolicyArns": [join("arn:", ref("AWS::Partition"), ":iam::aws:policy/", managed)],
            },
        },
        "Grant": {
            "Type": "AWS::IAM::Policy",
            "Properties": {
                "PolicyName": "grant",
                "Roles": [ref("Role")],
                "PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]},
            },
        },
        "Database": {
            "Type": "AWS::RDS::DBInstance",
            "DeletionPolicy": "Snapshot",
            "Properties": {
                "StorageEncrypted": draw(switch),
                "PubliclyAccessible": draw(switch),
                "BackupRetentionPeriod": draw(st.sampled_from([0, 7, 35])),
                "Engine": "postgres",
            },
        },
        "Open": {
            "Type": "AWS::EC2::SecurityGroup",
            "Properties": {
                "GroupDescription": "a group",
                "SecurityGroupIngress": [
                    {
                        "IpProtocol": "tcp",
                        "FromPort": draw(st.sampled_from([22, 443])),
                        "ToPort": 443,
                        "CidrIp": draw(st.sampled_from(["0.0.0.0/0", "10.0.0.0/8"])),
                    }
                ],
            },
        },
    }
    return {"Resources": resources}


# Rewrites


class Rewriter:
    """Rewrites values of one template at random; `given` are the parameters that it needs to be given."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.given: dict[str, object] = {}

    def rewrite(self, template: Template) -> Template:
        result: Template = {**template, "Resources": {}}
        self.sections: Template = {"Parameters": {}, "Mappings": {"M": {"top": {"unused": "x"}}}}
        for name, body in template["Resources"].items():
            new = dict(body)
            if "Properties" in body and body["Type"] != "AWS::CloudFormation::Stack":
                new["Properties"] = {key: self.value(value, False) for key, value in body["Properties"].items()}
            if self.random.random() < 0.2:
                new["Condition"] = self.random.choice(["Always", "Sure"])
            result["Resources"][name] = new
        result["Mappings"] = self.sections["Mappings"]
        result["Parameters"] = {**template.get("Parameters", {}), **self.sections["Parameters"]}
        result["Conditions"] = {
            "Always": {"Fn::Equals": ["a", "a"]},
            "Never": {"Fn::Not": [{"Condition": "Always"}]},
            "Both": {"Fn::And": [{"Condition": "Always"}, {"Fn::Equals": ["x", "x"]}]},
            "Sure": {"Fn::Or": [{"Condition": "Never"}, {"Condition": "Both"}]},
        }
        return result if result["Parameters"] else {key: each for key, each in result.items() if key != "Parameters"}

    def value(self, value: Any, policy: bool) -> Any:
        if isinstance(value, dict) and len(value) == 1 and (value.keys() & {"Ref", "Fn::GetAtt", "Fn::Join"}):
            value = as_sub(value) if "Fn::Join" in value and self.random.random() < 0.6 else value
        elif isinstance(value, dict):
            value = {key: self.value(each, policy or key.endswith("Document")) for key, each in value.items()}
        elif isinstance(value, list):
            value = [self.value(each, policy) for each in value]
        elif isinstance(value, str):
            value = self.string(value)
        elif not policy:
            # Properties that are booleans and numbers may be written as text.
            value = self.random.choice([value, value, scalar(value), self.parameter(scalar(value))])
        roll = self.random.random()
        if roll < 0.08:
            return {"Fn::If": ["Always", value, {"Ref": "AWS::NoValue"}]}
        if roll < 0.16:
            return {"Fn::If": ["Never", self.random.choice(["other", {"Ref": "AWS::NoValue"}]), value]}
        return value

    def string(self, text: str) -> Any:
        cut = self.random.randint(0, len(text))
        written = text.replace("${", "${!")
        return self.random.choice(
            [
                text,
                text,
                {"Fn::Sub": written},
                {"Fn::Sub": ["${Piece}" + text[cut:].replace("${", "${!"), {"Piece": text[:cut]}]},
                {"Fn::Join": ["", [text[:cut], text[cut:]]]},
                {"Fn::Select": [1, ["other", text]]},
                {"Fn::Select": ["0", {"Fn::Split": ["|", text + "|other"]}]},
                self.mapped(text),
                self.parameter(text),
            ]
        )

    def mapped(self, text: str) -> Template:
        key = f"k{len(self.sections['Mappings']['M']['top'])}"
        self.sections["Mappings"]["M"]["top"][key] = text
        return {"Fn::FindInMap": ["M", "top", key]}

    def parameter(self, text: str) -> Template:
        name = f"P{len(self.given)}"
        self.given[name] = text
        self.sections["Parameters"][name] = {"Type": "String", "Default": "not this"}
        return {"Ref": name}


def as_sub(joined: Template) -> Template:
    pieces = []
    for part in joined["Fn::Join"][1]:
        if isinstance(part, str):
            pieces.append(part.replace("${", "${!"))
        else:
            ((function, argument),) = part.items()
            pieces.append(f"${{{argument}}}" if function == "Ref" else f"${{{'.'.join(argument)}}}")
    return {"Fn::Sub": "".join(pieces)}


def scalar(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def shuffled(value: Any, random: Random) -> Any:
    if isinstance(value, dict):
        keys = list(value)
        random.shuffle(keys)
        return {key: shuffled(value[key], random) for key in keys}
    return [shuffled(each, random) for each in value] if isinstance(value, list) else value


def references(value: Any) -> Iterator[tuple[Template, str, str]]:
    """Each `Ref` and `GetAtt` of a resource: where it stands, whose it is and what is asked."""
    if isinstance(value, dict):
        if isinstance(value.get("Ref"), str) and not value["Ref"].startswith("AWS::"):
            yield value, value["Ref"], "Ref"
        elif isinstance(value.get("Fn::GetAtt"), list):
            yield value, value["Fn::GetAtt"][0], value["Fn::GetAtt"][1]
        else:
            for each in value.values():
                yield from references(each)
    elif isinstance(value, list):
        for each in value:
            yield from references(each)


def split(template: Template, moved: set[str]) -> tuple[Template, Template]:
    """The template with some resources in a nested stack, and that stack's template."""
    resources = deepcopy(template["Resources"])
    inner = {name: resources.pop(name) for name in list(resources) if name in moved}
    parameters: Template = {}
    outputs: Template = {}
    for node, name, attribute in list(references(inner)):
        if name in resources:
            asked = dict(node)
            node.clear()
            node["Ref"] = f"{name}{attribute}"
            parameters[f"{name}{attribute}"] = asked
    for node, name, attribute in list(references(resources)):
        if name in inner:
            outputs[f"{name}{attribute}"] = {"Value": dict(node)}
            node.clear()
            node["Fn::GetAtt"] = ["Nested", f"Outputs.{name}{attribute}"]
    resources["Nested"] = {
        "Type": "AWS::CloudFormation::Stack",
        "Properties": {"TemplateURL": "inner.template", "Parameters": parameters},
    }
    child: Template = {"Resources": inner}
    if parameters:
        child["Parameters"] = {name: {"Type": "String"} for name in parameters}
    if outputs:
        child["Outputs"] = outputs
    return {"Resources": resources}, child


class Tagged:
    def __init__(self, tag: str, value: Any) -> None:
        self.tag, self.value = tag, value


class Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


def _represent(dumper: Dumper, tagged: Tagged) -> yaml.Node:
    node = dumper.represent_data(tagged.value)
    node.tag = tagged.tag
    if isinstance(node, yaml.ScalarNode):
        node.style = "'"
    return node


Dumper.add_representer(Tagged, _represent)


def short(value: Any, random: Random) -> Any:
    """Long forms as short ones, where YAML has one and chance will have it."""
    if isinstance(value, list):
        return [short(each, random) for each in value]
    if not isinstance(value, dict):
        return value
    value = {key: short(each, random) for key, each in value.items()}
    if len(value) == 1 and random.random() < 0.7:
        ((function, argument),) = value.items()
        if function == "Fn::GetAtt" and random.random() < 0.5:
            return Tagged("!GetAtt", ".".join(argument))
        if (function == "Ref" or function.startswith("Fn::")) and not isinstance(argument, Tagged):
            return Tagged("!" + function.removeprefix("Fn::"), argument)
    return value


def text_of(template: Template, random: Random) -> str:
    way = random.randrange(3)
    template = shuffled(template, random)
    if way == 0:
        return json.dumps(template, indent=random.choice([None, 1]))
    if way == 1:
        return yaml.dump(template, Dumper=Dumper, sort_keys=False)
    return yaml.dump(
        short(template, random), Dumper=Dumper, sort_keys=False, default_flow_style=random.choice([True, False])
    )


@settings(max_examples=60, report_multiple_bugs=False)
@given(template=templates(), random=st.randoms(use_true_random=False), moved=st.sets(st.sampled_from(NAMES)))
def test_equivalent_templates_get_the_same_verdicts(template: Template, random: Random, moved: set[str]) -> None:
    expected = verdicts({"t.template": json.dumps(template)}, {})
    rewriter = Rewriter(random)
    outer, inner = split(template, moved) if moved and random.random() < 0.6 else (template, None)
    files = {"t.template": text_of(rewriter.rewrite(outer), random)}
    if inner is not None:
        # What a nested stack is given, it is given by its parent: its own values are not rewritten to parameters.
        files["inner.template"] = text_of(inner, random)
    assert verdicts(files, rewriter.given) == expected


def test_the_templates_that_are_rewritten_get_verdicts_of_every_kind() -> None:
    """A test of the test: were all verdicts the same, no rewrite could change one."""
    seen: Verdicts = Counter()

    @settings(max_examples=30, database=None)
    @given(template=templates())
    def judge(template: Template) -> None:
        seen.update(verdicts({"t.template": json.dumps(template)}, {}))

    judge()
    by_rule: dict[str, set[str]] = {}
    for rule, _, verdict in seen:
        by_rule.setdefault(rule, set()).add(verdict)
    assert sum({"PASS", "FAIL"} <= found for found in by_rule.values()) >= 8


@pytest.mark.parametrize("moved", [{"Bucket"}, {"BucketPolicy"}, {"Role", "Grant"}, {"Key"}])
def test_splitting_a_template_moves_resources_and_loses_none(moved: set[str]) -> None:
    template: Template = {
        "Resources": {
            "Key": {"Type": "AWS::KMS::Key"},
            "Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"Key": att("Key", "Arn")}},
            "BucketPolicy": {"Type": "AWS::S3::BucketPolicy", "Properties": {"Bucket": ref("Bucket")}},
            "Role": {"Type": "AWS::IAM::Role"},
            "Grant": {"Type": "AWS::IAM::Policy", "Properties": {"Roles": [ref("Role")]}},
        }
    }
    outer, inner = split(template, moved)
    assert set(inner["Resources"]) == moved
    assert set(outer["Resources"]) == set(template["Resources"]) - moved | {"Nested"}
    found = verdicts({"t.template": json.dumps(outer), "inner.template": json.dumps(inner)}, {})
    assert found == verdicts({"t.template": json.dumps(template)}, {})
