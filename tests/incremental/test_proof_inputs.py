"""What `proof_facts` leaves out of a template, no proof and no inferred tenancy rests on."""

from __future__ import annotations

import ast
import copy
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from scanner.engine.finding_builder import Describer
from scanner.engine.judge_all import bind
from scanner.engine.judging import Judge
from scanner.iam.account_policies import WIDE
from scanner.iam.resource_policies import BESIDE, INLINE
from scanner.incremental.proof_inputs import NAMED, WHOLE, _of_resource, proof_facts, types_read_whole
from scanner.inputs.cloudformation.exports import Exports
from scanner.inputs.cloudformation.settings import Settings
from scanner.inputs.cloudformation.template import Template, open_template
from scanner.inputs.reading import nested_output
from scanner.language.library import Library, load_library
from scanner.language.rule import Rule
from scanner.model.resource import Inventory
from scanner.model.types import type_facts
from scanner.tenancy.inference.infer import infer
from scanner.tenancy.loading import load_tenancy
from scanner.tenancy.tenancy import Tenancy
from scanner.text.document import Document, Keys, Span
from tests.conftest import ROOT

TYPE = re.compile(r"[A-Za-z]+::[A-Za-z0-9]*::[A-Za-z0-9:]*")
# Beginnings of ARNs' types: names alone are held against them (`scanner/tenancy/ownership.py`).
NAMESPACES = ROOT / "scanner" / "tenancy" / "ownership.py"
PLACES = ROOT / "scanner" / "iam" / "policy_places.py"
COVERAGE = ROOT / "scanner" / "tenancy" / "coverage.py"
READS = ROOT / "scanner" / "iam" / "read_actions.py"
MADE_NAMES = ROOT / "scanner" / "iam" / "made_names.py"


class _Nowhere:
    def find(self, keys: Keys) -> Span:
        del keys
        return Span(0, 0, 0)


def _document(path: str, data: object) -> Document:
    return Document(path=path, data=data, text="", spans=_Nowhere())


def _opened(body: dict[str, Any], tenancy: Tenancy) -> tuple[Template, Inventory]:
    exports = Exports()
    settings = Settings({}, account=tenancy.account, region=tenancy.region)
    template = open_template(_document("t.json", body), settings, exports.read, nested_output)
    exports.add([template.stack])
    inventory = Inventory()
    inventory.add(template.resources())
    return template, inventory


LIBRARY: Library = load_library((), examples=True)
PROVING = [rule for rule in LIBRARY.rules if rule.theorems]


# --- against the sources


def _types_named() -> Iterator[tuple[str, str]]:
    for package in ("prover", "tenancy", "iam"):
        for path in sorted((ROOT / "scanner" / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and TYPE.fullmatch(node.value):
                    yield node.value, path.name


def test_every_type_that_proofs_name_is_read_as_a_whole_or_by_name_or_for_its_policy() -> None:
    with_policy = {*INLINE} | {each.type for several in BESIDE.values() for each in several}
    with_policy |= {each.type for each in WIDE.values()}
    for name, file in _types_named():
        if file == NAMESPACES.name and name.endswith("::"):
            continue
        if file in (COVERAGE.name, PLACES.name, READS.name, MADE_NAMES.name):
            continue  # told anew by every scan; what rules ask, and no proof; what ids of a type look like
        assert name.startswith(WHOLE) or name in NAMED or name in with_policy, f"{file} speaks of {name}"


def test_policies_stand_in_properties_that_say_so() -> None:
    """A property with `olic` in its name makes all of the resource count."""
    for keys in INLINE.values():
        assert "olic" in keys[0] or keys[0] == "AccessPolicies"
    for several in BESIDE.values():
        assert all("olic" in each.document for each in several)


def test_only_rules_that_do_nothing_but_prove_let_a_part_of_their_resource_count() -> None:
    assert all(name.startswith(WHOLE) for name in types_read_whole(PROVING))
    (first, *_) = PROVING
    asking = replace(
        first, document=_document("r", {"assert": [{"prove": "x"}, {"check": "Properties.A"}]}), types=("AWS::X::Y",)
    )
    assert types_read_whole([asking]) == {"AWS::X::Y"}


def test_what_a_policy_refers_to_counts_by_its_name() -> None:
    """Though nobody reads a delivery stream by itself, its name stands in the policy that names it."""

    def facts(name: str, *, referred: bool) -> str:
        resource = {"Fn::GetAtt": ["Delivery", "Arn"]} if referred else "*"
        document = {"Statement": [{"Effect": "Allow", "Action": "firehose:*", "Resource": resource}]}
        named = {"DeliveryStreamName": name}
        body = {
            "Resources": {
                "Delivery": {"Type": "AWS::KinesisFirehose::DeliveryStream", "Properties": named},
                "Policy": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": document}},
            }
        }
        return proof_facts([_opened(body, Tenancy())[0]], ())

    assert facts("one", referred=True) != facts("two", referred=True)
    assert facts("one", referred=False) == facts("two", referred=False)


BUCKET, MACHINE, TASK = "AWS::S3::Bucket", "AWS::StepFunctions::StateMachine", "AWS::ECS::TaskDefinition"
ACL = {"AccessControl": "PublicRead"}


@pytest.mark.parametrize(
    ("kind", "before", "after"),
    [
        (BUCKET, {}, ACL),
        (BUCKET, {"AccessControl": "Private"}, ACL),
        (BUCKET, {}, {"AclGrants": [{"Group": "AllUsers", "Permission": "READ"}]}),
        (BUCKET, ACL, {**ACL, "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}}),
        (BUCKET, ACL, {**ACL, "PublicAccessBlockConfiguration": {"IgnorePublicAcls": True}}),
        (BUCKET, {}, {"BucketName": "records"}),
        ("AWS::::Account", {}, {"PublicAccessBlockConfiguration": {"IgnorePublicAcls": True}}),
        ("AWS::SecretsManager::Secret", {}, {"ReplicaRegions": [{"Region": "eu-west-1"}]}),
        ("AWS::Cassandra::Keyspace", {}, {"ReplicationSpecification": {"RegionList": ["eu-west-1", "us-east-1"]}}),
        ("AWS::DynamoDB::GlobalTable", {}, {"Replicas": [{"Region": "eu-west-1"}]}),
        ("AWS::KMS::Key", {}, {"MultiRegion": True}),
        ("AWS::KMS::ReplicaKey", {"PrimaryKeyArn": "a"}, {"PrimaryKeyArn": "b"}),
        ("AWS::S3::AccessGrant", {}, {"AccessGrantsLocationConfiguration": {"S3SubPrefix": "*"}}),
        ("AWS::S3::AccessGrantsLocation", {}, {"LocationScope": "s3://records/*"}),
        ("AWS::S3::AccessPoint", {}, {"Bucket": "records"}),
        ("AWS::S3ObjectLambda::AccessPoint", {}, {"Name": "masked"}),
        ("AWS::RDS::DBCluster", {}, {"Tags": [{"Key": "TenantId", "Value": "acme"}]}),
        ("AWS::Neptune::DBCluster", {}, {"DBClusterIdentifier": "acme"}),
        ("AWS::Lambda::Function", {"Role": "a"}, {"Role": "b"}),
        (MACHINE, {"RoleArn": "a"}, {"RoleArn": "b"}),
        (MACHINE, {"RoleArn": "a"}, {"RoleArn": {"Fn::If": ["C", "a", "b"]}}),
        (TASK, {}, {"TaskRoleArn": "a"}),
        (TASK, {"ExecutionRoleArn": "a"}, {"ExecutionRoleArn": "b"}),
        ("AWS::CodeBuild::Project", {"ServiceRole": "a"}, {"ServiceRole": "b"}),
        ("AWS::Events::Rule", {"Targets": [{"RoleArn": "a"}]}, {"Targets": [{"RoleArn": "b"}]}),
    ],
)
def test_what_proofs_read_of_a_resource_counts_though_nothing_refers_to_it(
    kind: str, before: dict[str, Any], after: dict[str, Any]
) -> None:
    assert _facts_of(kind, before) != _facts_of(kind, after)


def test_what_a_machine_does_is_not_read() -> None:
    assert _facts_of(MACHINE, {"RoleArn": "a"}) == _facts_of(MACHINE, {"RoleArn": "a", "DefinitionString": "{}"})


def _facts_of(kind: str, properties: dict[str, Any]) -> str:
    return proof_facts([_opened({"Resources": {"It": {"Type": kind, "Properties": properties}}}, Tenancy())[0]], ())


# --- against proofs


def _examples() -> list[tuple[Rule, dict[str, Any]]]:
    return [
        (rule, dict(each.body))
        for rule in LIBRARY.rules
        for each in rule.examples
        if "tenancy" in each.body and "Transform" not in each.body
    ]


def _edits(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The template with one property of a resource, or one inside it, taken away or given another value."""
    for name, resource in body["Resources"].items():
        properties = resource.get("Properties")
        if not isinstance(properties, dict):
            continue
        for key in properties:
            for value in (None, "another", {"Fn::If": ["C", "a", "b"]}):
                edited = copy.deepcopy(body)
                if value is None:
                    del edited["Resources"][name]["Properties"][key]
                else:
                    edited["Resources"][name]["Properties"][key] = value
                yield edited
        facts = type_facts(resource["Type"])
        for key in [each for each in facts.values if each not in properties][:12] if facts is not None else ():
            edited = copy.deepcopy(body)
            edited["Resources"][name]["Properties"][key] = {"Status": "Enabled"}
            yield edited
    added = copy.deepcopy(body)
    added["Resources"]["Unheard"] = {"Type": "AWS::EC2::Instance", "Properties": {"ImageId": "ami-1"}}
    yield added


def _proved(template: Template, inventory: Inventory, tenancy: Tenancy) -> list[object]:
    del template
    judge = Judge(inventory, LIBRARY.new_relations(), tenancy.over(inventory), Describer({}))
    bound = [bind(rule, judge.tenancy) for rule in PROVING]
    found = []
    for resource in inventory.resources:
        for each in bound:
            if each.rule.names(resource.type):
                told = judge.judge(each.rule, resource, each.names)
                found.append((told.rule, resource.address, told.verdict, told.message, told.proof, told.assumptions))
    return found


@pytest.mark.parametrize("part", range(4))
@pytest.mark.full
def test_what_is_left_out_turns_no_proof(part: int) -> None:
    tried = 0
    for rule, example in _examples()[part::4]:
        tenancy = load_tenancy(_document("tenancy.yaml", example["tenancy"]))
        body = {key: value for key, value in example.items() if key in ("Resources", "Parameters", "Conditions")}
        body.setdefault("Parameters", {"P": {"Type": "String"}})
        body.setdefault("Conditions", {"C": {"Fn::Equals": [{"Ref": "P"}, "x"]}})
        template, inventory = _opened(body, tenancy)
        facts, proved = proof_facts([template], ()), None
        for edited in _edits(body):
            other, changed = _opened(edited, tenancy)
            if proof_facts([other], ()) != facts:
                continue
            if proved is None:
                proved = _proved(template, inventory, tenancy)
            tried += 1
            known = {(name, address) for name, address, *_ in proved}  # type: ignore[misc]  # tuples, as made above
            now = [each for each in _proved(other, changed, tenancy) if each[:2] in known]  # type: ignore[index]  # as above
            assert now == proved, (rule.id, edited)
    assert tried > 100


@pytest.mark.full
def test_what_is_left_out_infers_no_other_tenancy() -> None:
    tried = 0
    for rule in LIBRARY.rules[::3]:
        for example in rule.examples:
            if "Transform" in example.body:
                continue
            body = {key: value for key, value in example.body.items() if key in ("Resources", "Parameters")}
            template, inventory = _opened(body, Tenancy())
            facts, inferred = proof_facts([template], ()), infer(inventory)
            for edited in _edits(body):
                other, changed = _opened(edited, Tenancy())
                if proof_facts([other], ()) != facts:
                    continue
                tried += 1
                now = infer(changed)
                assert now.tenancy.digest == inferred.tenancy.digest, (rule.id, example.name)
                assert [each.value for each in now.proposals] == [each.value for each in inferred.proposals]
    assert tried > 500


@pytest.mark.parametrize(
    ("kind", "properties", "changed"),
    [
        ("AWS::CodeBuild::Project", {"Name": "lakeside"}, {"Name": "northgate"}),
        ("AWS::Events::Rule", {"Name": "r", "EventBusName": "lakeside"}, {"EventBusName": "northgate"}),
        ("AWS::Glue::Schema", {"Name": "s", "Registry": {"Name": "lakeside"}}, {"Registry": {"Name": "northgate"}}),
        ("AWS::ECS::Service", {"ServiceName": "s", "Cluster": "lakeside"}, {"ServiceName": "northgate"}),
        ("AWS::ApiGateway::GatewayResponse", {"RestApiId": "a"}, {"RestApiId": "b"}),
        ("AWS::WAFv2::RuleGroup", {"Name": "g", "Scope": "REGIONAL"}, {"Scope": "CLOUDFRONT"}),
    ],
)
def test_whatever_an_arn_is_made_of_counts(
    kind: str, properties: dict[str, object], changed: dict[str, object]
) -> None:
    """A name by another property than the type is known by was left out, and the proof of before would be kept."""
    before = _of_resource({"Type": kind, "Properties": properties}, frozenset())
    assert before != _of_resource({"Type": kind, "Properties": properties | changed}, frozenset())
    assert before == _of_resource({"Type": kind, "Properties": properties | {"Comment": "x"}}, frozenset())
