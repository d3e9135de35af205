from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jmespath.parser import Parser

from scanner.base.extras import MissingExtraError
from scanner.language.paths import PathCheck, check_path, check_types, column_of
from scanner.language.schemas import Position, schema_of
from scanner.language.value_schemas import Shape, item_shape, list_of, resource_shape

pytest.importorskip("cfnlint", reason="cfn-lint is not installed: pip install 'tenantproof[rules]'")

BUCKET, POLICY, KEY = "AWS::S3::Bucket", "AWS::S3::BucketPolicy", "AWS::KMS::Key"
INSTANCE, CLUSTER, WEB_ACL = "AWS::RDS::DBInstance", "AWS::RDS::DBCluster", "AWS::WAFv2::WebACL"


def _check(
    text: str, *types: str, on: Shape | None = None, listed: bool = False, relations: dict[str, Shape] | None = None
) -> PathCheck:
    return check_path(Parser().parse(text).parsed, types, on=on, listed=listed, relations=relations)


def _told(text: str, *types: str, on: Shape | None = None, listed: bool = False) -> list[str]:
    return [str(problem) for problem in _check(text, *types, on=on, listed=listed).problems]


def test_a_misspelt_property_is_told_with_the_nearest_one() -> None:
    assert _told("Properties.StorageEncrypteed", INSTANCE) == [
        "AWS::RDS::DBInstance has no property `StorageEncrypteed`, did you mean `StorageEncrypted`?"
    ]


def test_a_misspelt_field_of_the_resource_is_told() -> None:
    assert _told("Propertis.Engine", INSTANCE) == ["a resource has no field `Propertis`, did you mean `Properties`?"]


@pytest.mark.parametrize(
    ("text", "type_name"),
    [
        ("Properties.StorageEncrypted", INSTANCE),
        (
            "Properties.BucketEncryption.ServerSideEncryptionConfiguration[].ServerSideEncryptionByDefault.SSEAlgorithm",
            BUCKET,
        ),
        ("Properties.LifecycleConfiguration.Rules[?Status == 'Enabled'].Transitions[].TransitionInDays | [0]", BUCKET),
        ("Properties.LifecycleConfiguration.Rules[*].Transitions[*].TransitionInDays[]", BUCKET),
        ("Properties.Tags[1:3].Key", BUCKET),
        ("Properties.Tags[-1].Value", BUCKET),
        ("Properties.Tags[].{name: Key, value: Value}", BUCKET),
        ("Properties.[BucketName, Tags[].Key]", BUCKET),
        ("!(Properties.BucketEncryption) && Type == 'AWS::S3::Bucket'", BUCKET),
        ("[Id, Account, Region, Stack, Tenant, DeletionPolicy, UpdateReplacePolicy, Metadata, Condition]", BUCKET),
        ("Tags.DataClass", BUCKET),
        ("Metadata.tenantproof.exceptions[].rule", BUCKET),
        ("Properties.*.Rules", BUCKET),
        ("Properties.Environment.Variables.ANY_NAME", "AWS::Lambda::Function"),
        ("values(Properties.Environment.Variables)[].x", "AWS::Lambda::Function"),
        ("to_array(Properties.BucketName)[0]", BUCKET),
        ("reverse(sort(Properties.Tags))[0].Key", BUCKET),
        ("statements(Properties.PolicyDocument)[].Anything", POLICY),
        ("not_null(Properties.BucketName, Id)", BUCKET),
        ("resource().Properties.BucketName", BUCKET),
        ("Properties.Rules[].Statement" + ".NotStatement.Statement" * 5 + ".ByteMatchStatement.SearchString", WEB_ACL),
    ],
)
def test_a_path_that_exists_has_no_problem(text: str, type_name: str) -> None:
    assert _told(text, type_name) == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Properties.Tags[?Kay == 'a'].Value", "Kay"),
        ("Properties.Tags[?Key == 'a'].Valu", "Valu"),
        ("Properties.Tags[?!(Key == 'a' && contains(Valu, 'x'))]", "Valu"),
        ("length(Properties.Nope)", "Nope"),
        ("Properties.{a: BucketName, b: Nope}", "Nope"),
        ("Properties.[BucketName, Nope]", "Nope"),
        ("Id == Properties.Nope", "Nope"),
        ("!Properties || Nope", "Nope"),
        ("Properties | Nope", "Nope"),
        ("Properties.*.Nope", "Nope"),
        ("Properties.Tags[0].Nope", "Nope"),
        ("Properties.Tags[:2].Nope", "Nope"),
        ("Properties.Tags[*].Nope", "Nope"),
        ("not_null(Properties.Tags, Properties.Tags)[].Nope", "Nope"),
        ("to_array(Properties.BucketEncryption)[].Nope", "Nope"),
        ("reverse(Properties.Tags)[].Nope", "Nope"),
        ("values(Properties)[].Nope", "Nope"),
        ("Properties.Tags[?resource().Properties.Nope]", "Nope"),
        ("@.Properties.Nope", "Nope"),
        ('Properties."Bucket-Name"', "Bucket-Name"),
    ],
)
def test_a_field_that_does_not_exist_is_found_wherever_it_stands(text: str, name: str) -> None:
    problems = _check(text, BUCKET).problems
    assert [problem.name for problem in problems] == [name]


def test_a_mistake_is_told_once_and_the_rest_is_still_checked() -> None:
    assert [
        problem.name for problem in _check("Properties.Nope.Deeper[].Still == Properties.Wrong", BUCKET).problems
    ] == [
        "Nope",
        "Wrong",
    ]


def test_the_owner_of_a_nested_property_is_named_by_its_path() -> None:
    assert _told("Properties.LifecycleConfiguration.Rules[].Transitions[].StorageClas", BUCKET) == [
        "`LifecycleConfiguration.Rules[].Transitions[]` of AWS::S3::Bucket has no property `StorageClas`, "
        "did you mean `StorageClass`?"
    ]


def test_a_property_of_one_type_is_enough_where_a_rule_names_several() -> None:
    assert _told("Properties.PubliclyAccessible", INSTANCE, CLUSTER) == []
    assert _told("Properties.DBSystemId", CLUSTER, INSTANCE) == []
    assert _told("Properties.Nope", INSTANCE, CLUSTER) == [
        "AWS::RDS::DBInstance and AWS::RDS::DBCluster have no property `Nope`"
    ]


def test_many_types_are_counted_not_listed() -> None:
    assert _told("Properties.Nope", INSTANCE, CLUSTER, BUCKET, KEY, POLICY) == [
        "AWS::RDS::DBInstance, AWS::RDS::DBCluster, AWS::S3::Bucket and 2 more have no property `Nope`"
    ]


def test_a_list_used_as_an_object_is_told_how_to_write_it() -> None:
    assert _told("Properties.Tags.Key", BUCKET) == [
        "`Tags` of AWS::S3::Bucket is a list, it has no property `Key`, write `Tags[].Key`"
    ]


def test_an_object_or_a_string_used_as_a_list_is_told() -> None:
    assert _told("Properties.BucketEncryption[0]", BUCKET) == [
        "`BucketEncryption` of AWS::S3::Bucket is an object, not a list"
    ]
    assert _told("Properties.BucketName[].Key", BUCKET) == ["`BucketName` of AWS::S3::Bucket is a string, not a list"]
    assert _told("Properties.BucketName.Key", BUCKET) == [
        "`BucketName` of AWS::S3::Bucket is a string, it has no property `Key`"
    ]
    assert _told("Properties.Tags.*", BUCKET) == ["`Tags` of AWS::S3::Bucket is a list, not an object"]


def test_policy_documents_are_open() -> None:
    assert _told("Properties.PolicyDocument.Statement[].Condition.Bool.x", POLICY) == []
    assert _told("Properties.KeyPolicy.Statement[?Effect == 'Allow'].Principal.AWS", KEY) == []
    assert _told("Properties.PolicyDocumnt.Statement", POLICY) != []


@pytest.mark.parametrize(
    "type_name", ["AWS::::Account", "AWS::Serverless::Function", "Custom::Thing", "Acme::Db::Table"]
)
def test_types_without_a_schema_are_open_below_properties_only(type_name: str) -> None:
    assert check_types([type_name]) == []
    assert _told("Properties.Whatever[].Else", type_name) == []
    assert _told("Propertys.Whatever", type_name) != []


def test_a_glob_stands_for_every_type_that_matches() -> None:
    assert _told("Properties.StorageEncrypted", "AWS::RDS::*") == []
    assert _told("Properties.StorageEncripted", "AWS::RDS::*") != []
    assert _told("Properties.Anything", "AWS::*") == []


def test_a_name_that_is_no_type_is_told_with_the_nearest_one() -> None:
    assert [*map(str, check_types([INSTANCE, "AWS::RDS::DBInstanc", "AWS::RDS::*"]))] == [
        "`AWS::RDS::DBInstanc` is not a resource type, did you mean `AWS::RDS::DBInstance`?"
    ]
    assert [*map(str, check_types(["aws::rds::dbinstance"]))] == [
        "`aws::rds::dbinstance` is not a resource type, did you mean `AWS::RDS::DBInstance`?"
    ]
    assert [*map(str, check_types(["AWS::RSD::*", "Bucket"]))] == [
        "`AWS::RSD::*` matches no resource type",
        "`Bucket` is not a resource type",
    ]


def test_paths_on_the_items_of_each_are_followed_from_the_list() -> None:
    rules = _check("Properties.LifecycleConfiguration.Rules", BUCKET, listed=True)
    assert rules.problems == ()
    item = item_shape(rules.shape)
    assert _told("Transitions[].StorageClass", BUCKET, on=item) == []
    assert _told("Transitions[].StorageClas", BUCKET, on=item) == [
        "`LifecycleConfiguration.Rules[].Transitions[]` of AWS::S3::Bucket has no property `StorageClas`, "
        "did you mean `StorageClass`?"
    ]
    assert _told("resource().Properties.BucketName", BUCKET, on=item) == []


def test_each_over_what_is_no_list_is_told_and_its_items_are_open() -> None:
    check = _check("Properties.BucketEncryption", BUCKET, listed=True)
    assert [*map(str, check.problems)] == ["`BucketEncryption` of AWS::S3::Bucket is an object, not a list"]
    assert _told("Anything.At.All", BUCKET, on=item_shape(check.shape)) == []


def test_each_over_a_projection_has_the_projected_values_as_items() -> None:
    pairs = item_shape(_check("Properties.LifecycleConfiguration.Rules[].Transitions[]", BUCKET).shape)
    assert _told("TransitionInDays", BUCKET, on=pairs) == []
    assert _told("Transitions", BUCKET, on=pairs) != []


def test_names_and_relations_have_the_shapes_that_the_caller_gives() -> None:
    item = item_shape(_check("Properties.Tags", BUCKET).shape)
    tree = Parser().parse("var('tag').Kee == var('days').x").parsed
    assert [problem.name for problem in check_path(tree, [BUCKET], env={"tag": item}).problems] == ["Kee"]
    policies = {"bucket-policy": list_of(resource_shape([POLICY]))}
    assert _check("related('bucket-policy')[].Properties.Bucket", BUCKET, relations=policies).problems == ()
    wrong = _check("related('bucket-policy')[].Properties.Buckett", BUCKET, relations=policies).problems
    assert [*map(str, wrong)] == ["AWS::S3::BucketPolicy has no property `Buckett`, did you mean `Bucket`?"]


def test_a_list_of_resources_is_not_a_resource() -> None:
    policies = {"bucket-policy": list_of(resource_shape([POLICY]))}
    told = _check("related('bucket-policy').Properties", BUCKET, relations=policies).problems
    assert [problem.hint for problem in told] == ["write `[].Properties`"]


def test_a_list_and_its_item_with_the_same_path_are_two_shapes() -> None:
    both = _check("Properties.Tags[].Value || Properties.Tags[0].Value", BUCKET).shape
    assert both.types == {"array", "string"}


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("Properties.Nope", 11),
        ("Properties.Tags[?Nope == 'Nope']", 17),
        ("'Nope' == Properties.Nope", 21),
        ("Properties.{Nope: BucketName, b: Nope}", 33),
        ('Properties.Tags[].Key | [?@ == "Nope"]', 31),
        ("Tags.Nope == Properties.Nope", 24),
        ("Properties.Tags[?Tags.Nope].Nope", 28),
    ],
)
def test_the_column_of_a_problem_is_where_the_field_stands(text: str, column: int) -> None:
    [problem] = [each for each in _check(text, BUCKET).problems if each.name == "Nope"]
    assert column_of(text, problem.name, problem.occurrence) == column


def test_names_given_with_a_dollar_and_functions_are_not_fields() -> None:
    assert column_of("$tag.x == tag('a') && tag", "tag", 0) == 22
    assert column_of('a."b c"', "b c", 0) == 2


def test_without_cfn_lint_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cfnlint.schema", None)
    with pytest.raises(
        MissingExtraError, match=r"`cfn-lint` is not installed: pip install 'tenantproof\[rules\]'"
    ) as told:
        schema_of(BUCKET)
    assert told.value.extra == "rules"


_SAMPLED = (
    BUCKET,
    INSTANCE,
    WEB_ACL,
    "AWS::Lambda::Function",
    "AWS::ECS::TaskDefinition",
    "AWS::CloudFront::Distribution",
)


def _walk(position: Position, depth: int) -> Iterator[str]:
    """Every path of the schema, as a rule would write it."""
    items = position.items()
    if items is not None and items.schemas:
        yield from (f"[]{rest}" for rest in _walk(items, depth))
        return
    yield ""
    if depth:
        for name in position.names():
            child = position.named(name)
            assert child is not None
            yield from (f'."{name}"{rest}' for rest in _walk(child, depth - 1))


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_every_path_of_a_schema_is_accepted_and_none_with_a_strange_name_added(data: st.DataObject) -> None:
    type_name = data.draw(st.sampled_from(_SAMPLED))
    schema = schema_of(type_name)
    assert schema is not None
    path = data.draw(st.sampled_from(list(_walk(Position.at([schema], schema), 4))))
    assert _told(f"Properties{path}", type_name) == []
    position = Position.at([schema], schema)
    names = [part.strip('".') for part in path.replace("[]", "").split('."') if part]
    for name in names[:-1]:
        position = position.named(name) or position
        while (items := position.items()) is not None and items.schemas:
            position = items
    if names:
        before = path[: path.rindex('."')]
        strange = _told(f'Properties{before}."no such name"', type_name)
        assert bool(strange) == (position.any_key() is None)
