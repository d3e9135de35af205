from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import ModuleType

import pytest

from scanner.model.types import TagProperty, TypeTable, type_facts, type_names
from scanner.shipped_data import data_file
from tests.case_names import case_name

ROOT = Path(__file__).resolve().parents[2]


def _table() -> dict[str, object]:
    table: dict[str, object] = json.loads(data_file("types.json").read_bytes())
    return table


def _compiler() -> ModuleType:
    spec = importlib.util.spec_from_file_location("compile_types", ROOT / "scripts" / "compile_types.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _require_cfn_lint(wanted: object = None) -> None:
    try:
        installed = version("cfn-lint")
    except PackageNotFoundError:
        pytest.skip("cfn-lint is not installed: pip install 'tenantproof[rules]'")
    if wanted is not None and installed != wanted:
        pytest.skip(f"the table is made from cfn-lint {wanted}, {installed} is installed")


@pytest.mark.full
def test_the_committed_table_is_what_the_compiler_makes_of_its_cfn_lint() -> None:
    _require_cfn_lint(_table()["cfn_lint"])
    assert data_file("types.json").read_text(encoding="ascii") == _compiler().compile_table()


def test_reading_one_line_gives_what_the_whole_document_says_for_every_type() -> None:
    types = _table()["types"]
    assert isinstance(types, dict)
    assert list(type_names()) == list(types)
    for name, fields in types.items():
        facts = type_facts(name)
        assert facts is not None, name
        assert facts.identifier == tuple(fields.get("i", ()))
        assert facts.write_only == tuple(fields.get("w", ()))
        assert facts.attributes == tuple(fields.get("a", ()))
        assert bool(facts.values) == bool(fields.get("v"))


def test_lines_are_in_the_order_of_bytes_so_that_a_search_finds_every_one() -> None:
    lines = data_file("types.json").read_bytes().split(b"\n")[1:-2]
    assert lines == sorted(lines)
    # A name that begins another name is the case that an order by names alone would get wrong.
    assert type_facts("AWS::S3::Bucket") != type_facts("AWS::S3::BucketPolicy")
    assert type_facts("AWS::EC2::VPC") is not None


def test_booleans_numbers_and_mappings_are_known_through_lists_and_objects() -> None:
    bucket = type_facts("AWS::S3::Bucket")
    assert bucket is not None
    assert bucket.values["ObjectLockEnabled"] == "b"
    assert bucket.values["BucketEncryption"] == {
        "ServerSideEncryptionConfiguration": {
            "BlockedEncryptionTypes": "m",
            "BucketKeyEnabled": "b",
            "ServerSideEncryptionByDefault": "m",
        }
    }
    assert "BucketName" not in bucket.values


def test_a_recursive_type_is_known_at_every_depth() -> None:
    facts = type_facts("AWS::WAFv2::WebACL")
    assert facts is not None
    place: object = facts.values
    for step in ("Rules", "Statement", *("NotStatement", "Statement") * 20, "RateBasedStatement", "Limit"):
        assert isinstance(place, dict)
        place = place[step]
    assert place == "n"


def test_facts_of_a_recursive_type_can_be_shown_and_compared() -> None:
    facts = type_facts("AWS::WAFv2::WebACL")
    assert "AWS::WAFv2::WebACL" in repr(facts)
    assert facts == TypeTable(data_file("types.json").read_bytes()).facts("AWS::WAFv2::WebACL")


def test_what_may_be_a_string_too_is_left_as_it_is_written() -> None:
    method = type_facts("AWS::ApiGateway::Method")
    assert method is not None
    # `true` and `'true'` both stand for a boolean there, any other string for itself.
    assert method.values["RequestParameters"] == "m"


def test_a_mapping_that_may_be_written_as_a_text_says_so() -> None:
    policy, table = type_facts("AWS::S3::BucketPolicy"), type_facts("AWS::DynamoDB::Table")
    assert policy is not None and table is not None
    assert "PolicyDocument" not in policy.values
    schema = {
        "typeName": "AWS::Test::Loose",
        "properties": {
            "Loose": {"type": ["object", "string"], "properties": {"On": {"type": "boolean"}}},
            "Only": {"type": "object", "properties": {"Name": {"type": "string"}}},
            "Listed": {"type": "array", "items": {"type": "object", "properties": {"Name": {"type": "string"}}}},
            "Text": {"type": ["object", "string"]},
        },
        "additionalProperties": False,
    }
    _require_cfn_lint()
    assert _compiler().compile_type(schema) == {"v": {"Listed": "m", "Loose": {"On": "b", "|": ""}, "Only": "m"}}


@pytest.mark.parametrize(
    ("type_name", "tag"),
    [
        ("AWS::S3::Bucket", TagProperty("Tags", "list")),
        ("AWS::Cognito::UserPool", TagProperty("UserPoolTags", "map")),
        ("AWS::EFS::FileSystem", TagProperty("FileSystemTags", "list")),
        ("AWS::DAX::Cluster", TagProperty("Tags", "map")),
        ("AWS::EC2::LaunchTemplate", TagProperty("TagSpecifications", "specifications")),
        ("AWS::Budgets::Budget", TagProperty("ResourceTags", "list")),
        # These tags are a filter, a payload, or given to other resources.
        ("AWS::Inspector::ResourceGroup", None),
        ("AWS::ECR::RepositoryCreationTemplate", None),
        ("AWS::S3::BucketPolicy", None),
    ],
    ids=case_name,
)
def test_each_type_knows_its_own_tag_property(type_name: str, tag: TagProperty | None) -> None:
    facts = type_facts(type_name)
    assert facts is not None
    assert facts.tag == tag


def test_write_only_paths_mark_the_items_of_lists_and_name_no_child_of_another() -> None:
    listener = type_facts("AWS::ElasticLoadBalancingV2::Listener")
    database = type_facts("AWS::RDS::DBInstance")
    function = type_facts("AWS::Lambda::Function")
    assert listener is not None and database is not None and function is not None
    assert "DefaultActions.*.AuthenticateOidcConfig.ClientSecret" in listener.write_only
    assert "MasterUserPassword" in database.write_only
    assert "SnapStart" in function.write_only
    assert "SnapStart.ApplyOn" not in function.write_only


def test_attributes_are_read_only_and_identifiers_may_not_be() -> None:
    queue = type_facts("AWS::SQS::Queue")
    bucket = type_facts("AWS::S3::Bucket")
    assert queue is not None and bucket is not None
    assert queue.identifier == ("QueueUrl",)
    assert "QueueUrl" in queue.attributes
    assert bucket.identifier == ("BucketName",)
    assert "BucketName" not in bucket.attributes
    assert all("*" not in name.split(".") for name in bucket.attributes)


def test_types_of_other_regions_are_known() -> None:
    assert type_facts("AWS::DeviceFarm::Project") is not None


@pytest.mark.parametrize(
    "name",
    [
        "",
        "AWS::S3",
        "AWS::S3::Bucke",
        "Custom::Thing",
        "AWS::Serverless::Function",
        'AWS::S3::Bucket":{"v"',
        '"',
        "\ud800",
        "AWS::S3::Bucket\n",
        "Bucket\u00e9",
        "cfn_lint",
        "z" * 100_000,
    ],
)
def test_a_name_that_is_no_type_has_no_facts(name: str) -> None:
    assert type_facts(name) is None


def test_a_scan_reads_the_table_without_cfn_lint() -> None:
    probe = "import sys; from scanner.model.types import type_facts; type_facts('AWS::S3::Bucket'); print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", probe], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout.split()
    assert "scanner.model.types" in loaded
    assert not {"cfnlint", "boto3", "jmespath", "yaml"} & {*loaded}


def test_the_compiler_keeps_a_definition_that_contains_itself() -> None:
    _require_cfn_lint()
    schema = {
        "typeName": "AWS::Test::Tree",
        "properties": {"Top": {"$ref": "#/definitions/Node"}, "Name": {"type": "string"}},
        "definitions": {
            "Node": {
                "type": "object",
                "properties": {
                    "Children": {"type": "array", "items": {"$ref": "#/definitions/Node"}},
                    "Depth": {"type": "integer"},
                },
            }
        },
        "additionalProperties": False,
    }
    assert _compiler().compile_type(schema) == {"v": {"Top": 0}, "d": [{"Children": 0, "Depth": "n"}]}


def test_the_compiler_joins_branches_and_leaves_out_what_they_contradict() -> None:
    _require_cfn_lint()
    schema = {
        "typeName": "AWS::Test::Branches",
        "properties": {
            "Either": {
                "oneOf": [
                    {"properties": {"A": {"type": "boolean"}, "B": {"type": "boolean"}}},
                    {"properties": {"B": {"type": "string"}, "C": {"type": ["number", "null"]}}},
                ]
            },
            "Map": {"type": "object", "patternProperties": {".*": {"type": "array", "items": {"type": "integer"}}}},
            "Loose": {"type": ["integer", "string"]},
            "Tags": {"type": "object"},
        },
        "additionalProperties": False,
    }
    assert _compiler().compile_type(schema) == {
        "v": {"Either": {"A": "b", "C": "n"}, "Map": {"*": "n"}, "Tags": "m"},
        "t": ["Tags", "map"],
    }
