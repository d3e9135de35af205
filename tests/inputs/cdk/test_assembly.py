"""CDK assemblies: every stack once, with all that the assembly says of it, and nothing that lies outside."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from scanner.inputs.cloudformation.settings import Settings
from scanner.inputs.discovery import discover
from scanner.inputs.reading import Reading, read_inputs
from scanner.model.deferred import settle_all
from scanner.model.resource import Resource
from scanner.model.unknown import Unknown, unknowns
from scanner.model.world import World
from scanner.scanning import scan
from tests.case_names import case_name

Json = dict[str, object]
QUEUE: Json = {"Q": {"Type": "AWS::SQS::Queue", "Properties": {}}}
DIGEST = "0123456789abcdef" * 4


class Assembly:
    """Builds one folder of an assembly; `write` makes its manifest."""

    def __init__(self, folder: Path, version: object = "55.0.0") -> None:
        self.folder = folder
        self.artifacts: Json = {}
        self.version = version
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "cdk.out").write_text("{}")

    def template(self, name: str, resources: Mapping[str, object], **sections: object) -> None:
        (self.folder / name).write_text(json.dumps({"Resources": resources, **sections}))

    def stack(
        self,
        name: str,
        resources: Mapping[str, object] | None = QUEUE,
        *,
        environment: str = "aws://111111111111/eu-west-1",
        metadata: object = None,
        display: str | None = None,
        sections: Mapping[str, object] | None = None,
        **properties: object,
    ) -> None:
        if resources is not None:
            self.template(f"{name}.template.json", resources, **(sections or {}))
        body: Json = {
            "type": "aws:cloudformation:stack",
            "environment": environment,
            "properties": {"templateFile": f"{name}.template.json", **properties},
        }
        if metadata is not None:
            body["metadata"] = metadata
        if display is not None:
            body["displayName"] = display
        self.artifacts[name] = body

    def nested(self, name: str, **properties: object) -> Assembly:
        directory = f"assembly-{name}"
        self.artifacts[directory] = {
            "type": "cdk:cloud-assembly",
            "properties": {"directoryName": directory, **properties},
        }
        return Assembly(self.folder / directory)

    def assets(self, files: Mapping[str, str]) -> None:
        content = {each: {"source": {"path": path, "packaging": "file"}} for each, path in files.items()}
        (self.folder / "S.assets.json").write_text(json.dumps({"version": "55.0.0", "files": content}))
        self.artifacts["S.assets"] = {"type": "cdk:asset-manifest", "properties": {"file": "S.assets.json"}}

    def tree(self, root: Json) -> None:
        (self.folder / "tree.json").write_text(json.dumps({"version": "tree-0.1", "tree": root}))
        self.artifacts["Tree"] = {"type": "cdk:tree", "properties": {"file": "tree.json"}}

    def write(self) -> Path:
        (self.folder / "manifest.json").write_text(json.dumps({"version": self.version, "artifacts": self.artifacts}))
        return self.folder


@pytest.fixture
def assembly(tmp_path: Path) -> Assembly:
    return Assembly(tmp_path / "cdk.out")


def read(folder: Path, **settings: object) -> Reading:
    return read_inputs(discover([folder], cwd=folder), Settings(**settings))  # type: ignore[arg-type]  # names are those of Settings


def errors(reading: Reading) -> list[str]:
    return [f"{each.path}: {each.message}" for each in reading.problems if each.level == "error"]


def addresses(reading: Reading) -> list[str]:
    return [each.address for each in reading.inventory.resources]


def one(reading: Reading, address: str) -> Resource:
    found = reading.inventory.at(address)
    assert found is not None, addresses(reading)
    return found


def tags(resource: Resource) -> object:
    return settle_all(resource.fields["Tags"], World())


def nest(url: object = None, asset: str | None = None, parameters: Mapping[str, object] | None = None) -> Json:
    properties: Json = {"TemplateURL": url}
    if parameters is not None:
        properties["Parameters"] = parameters
    body: Json = {"Type": "AWS::CloudFormation::Stack", "Properties": properties}
    if asset is not None:
        body["Metadata"] = {"aws:asset:path": asset, "aws:asset:property": "TemplateURL"}
    return body


def by_digest(digest: str) -> Json:
    return {"Fn::Join": ["", ["https://s3.", {"Ref": "AWS::URLSuffix"}, f"/bucket/{digest}.json"]]}


# What is in the assembly


def test_every_resource_of_a_real_assembly_is_found_once(corpus: Path) -> None:
    """Two stages, and stacks nested two deep: counted here from the raw files, without the reader."""
    folder = corpus / "cdk-multi-assembly" / "cdk.out"
    written: Counter[str] = Counter()
    for file in folder.rglob("*.template.json"):
        for logical_id, body in json.loads(file.read_text())["Resources"].items():
            written[f"{body['Type']} {logical_id}"] += 1
    reading = read(folder)
    assert Counter(f"{each.type} {each.logical_id}" for each in reading.inventory.resources) == written
    assert len(set(addresses(reading))) == written.total() > 150
    assert reading.problems == [] and reading.gaps == []


def test_a_resource_of_a_real_assembly_knows_where_it_is_from(corpus: Path) -> None:
    reading = read(corpus / "cdk-multi-assembly" / "cdk.out", tenant_tags=("TenantId",))
    environments = {"Dev": ("111111111111", "us-east-1"), "Prod": ("222222222222", "eu-west-1"), None: (None, None)}
    stacks: set[str | None] = set()
    deepest = 0
    for each in reading.inventory.resources:
        assert (each.account, each.region) == environments[each.stage], each
        assert each.construct_path is not None and each.written_at is not None, each
        path, line = each.written_at.path, each.written_at.line
        assert path == "app/app.ts" and line is not None and 15 <= line <= 71
        stacks.add(each.stack)
        stack = (each.stack or "").replace("-", "/", 1) if each.stage else each.stack
        assert each.construct_path.startswith(f"{stack}/"), each
        deepest = max(deepest, each.address.partition("#")[2].count("/"))
        own = tags(each)
        if "Tenant-" in (each.stack or "") and isinstance(own, dict) and own:
            assert own["TenantId"] == (each.stack or "").partition("-Tenant-")[2], each
    tenants = ("Tenant-acme", "Tenant-acme-west", "Tenant-globex", "Pool")
    assert stacks == {f"{stage}-{name}" for stage in ("Dev", "Prod") for name in tenants} | {"EnvAgnosticPool"}
    assert deepest == 2
    queue = next(each for each in reading.inventory.resources if each.type == "AWS::SQS::Queue")
    assert tags(queue) == {"TenantId": "acme"}


def test_exports_of_a_real_assembly_are_met_in_the_same_stage(corpus: Path) -> None:
    reading = read(corpus / "cdk-multi-assembly" / "cdk.out")
    imported = 0
    for each in reading.inventory.resources:
        if each.type == "AWS::IAM::Policy" and "Nested" in each.address:
            text = str(settle_all(each.fields["Properties"], World()))
            assert "Documents7E5B2978" in text and "/tenants/" in text
            assert f"assembly-{each.stage}/" in text
            imported += 1
        assert not any(unknown.cause == "import" for unknown in unknowns(settle_all(each.fields, World())))
    assert imported == 6


@pytest.mark.full
def test_findings_of_a_real_assembly_have_relative_paths_and_the_line_of_the_program(corpus: Path) -> None:
    report = scan(corpus / "cdk-multi-assembly" / "cdk.out").report
    failed = [each for each in report["findings"] if each["verdict"] == "FAIL"]
    assert failed
    for finding in failed:
        location, source = finding["location"], finding["source"]
        assert location["path"].startswith("cdk.out/") and (location["line"] or 0) >= 1
        assert source is not None and source["path"] == "app/app.ts" and source["line"] is not None
    assert not [each for each in report["inputs"] if str(each.get("path")).startswith("/")]


def test_stacks_of_all_depths_are_read_with_their_stage(assembly: Assembly) -> None:
    assembly.stack("App", stackName="app")
    dev = assembly.nested("Dev", displayName="Dev")
    dev.stack("DevPool", stackName="dev-pool")
    inner = dev.nested("DevInner", displayName="Dev/Inner")
    inner.stack("DevInnerPool")
    unnamed = assembly.nested("Prod")
    unnamed.stack("ProdPool", display="Prod/Pool")
    for each in (assembly, dev, inner, unnamed):
        each.write()
    reading = read(assembly.folder)
    assert errors(reading) == []
    assert [(each.address, each.stack, each.stage) for each in reading.inventory.resources] == [
        ("cdk.out/App#Q", "app", None),
        ("cdk.out/assembly-Dev/DevPool#Q", "dev-pool", "Dev"),
        ("cdk.out/assembly-Dev/assembly-DevInner/DevInnerPool#Q", "DevInnerPool", "Dev/Inner"),
        ("cdk.out/assembly-Prod/ProdPool#Q", "Prod/Pool", "Prod"),
    ]


@pytest.mark.parametrize("version", ["36.0.0", "41.0.0", "55.0.0", "55.9.1", 55])
def test_known_schema_versions_are_read(assembly: Assembly, version: object) -> None:
    assembly.version = version
    assembly.stack("S")
    reading = read(assembly.write())
    assert addresses(reading) == ["cdk.out/S#Q"] and reading.problems == []


def test_a_newer_schema_version_is_read_with_a_warning(assembly: Assembly) -> None:
    assembly.version = "72.0.0"
    assembly.stack("S")
    reading = read(assembly.write())
    assert addresses(reading) == ["cdk.out/S#Q"]
    (problem,) = reading.problems
    assert (problem.level, problem.path) == ("warning", "cdk.out/manifest.json")
    assert problem.message == "the assembly has schema version `72.0.0`, newer than any known here"


@pytest.mark.parametrize("version", ["35.9.9", "1", "new", "", None, [], "9" * 5000, "²"])
def test_older_and_senseless_schema_versions_are_refused(assembly: Assembly, version: object) -> None:
    assembly.version = version
    assembly.stack("S")
    reading = read(assembly.write())
    assert addresses(reading) == []
    (error,) = errors(reading)
    assert error.startswith("cdk.out/manifest.json: the assembly has schema version `")


@pytest.mark.parametrize(
    ("environment", "account", "region"),
    [
        ("aws://111111111111/eu-west-1", "111111111111", "eu-west-1"),
        ("aws://unknown-account/unknown-region", None, None),
        ("aws://111111111111/unknown-region", "111111111111", None),
        ("aws://unknown-account/us-gov-west-1", None, "us-gov-west-1"),
        ("aws://../..", None, None),
        (7, None, None),
    ],
)
def test_what_the_environment_does_not_say_is_not_made_up(
    assembly: Assembly, environment: str, account: str | None, region: str | None
) -> None:
    assembly.stack("S", {"Q": {"Type": "AWS::SQS::Queue"}}, environment=environment)
    resource = one(read(assembly.write()), "cdk.out/S#Q")
    assert (resource.account, resource.region) == (account, region)


def test_account_and_region_of_the_command_line_fill_in_what_the_environment_leaves_open(assembly: Assembly) -> None:
    assembly.stack("Open", environment="aws://unknown-account/unknown-region")
    assembly.stack("Set")
    reading = read(assembly.write(), account="222222222222", region="us-east-1")
    assert (one(reading, "cdk.out/Open#Q").account, one(reading, "cdk.out/Open#Q").region) == (
        "222222222222",
        "us-east-1",
    )
    assert (one(reading, "cdk.out/Set#Q").account, one(reading, "cdk.out/Set#Q").region) == (
        "111111111111",
        "eu-west-1",
    )


def test_stack_tags_hold_where_a_resource_does_not_set_the_key_itself(assembly: Assembly) -> None:
    own = {"Type": "AWS::SQS::Queue", "Properties": {"Tags": [{"Key": "TenantId", "Value": "own"}]}}
    inner = {"Inner": nest(asset="n.nested.template.json")}
    assembly.template("n.nested.template.json", QUEUE)
    untaggable = {"Type": "AWS::SQS::QueuePolicy", "Properties": {}}
    assembly.stack("S", {**QUEUE, "Own": own, "Policy": untaggable, **inner}, tags={"TenantId": "acme", "Team": "a"})
    reading = read(assembly.write())
    assert tags(one(reading, "cdk.out/S#Q")) == {"TenantId": "acme", "Team": "a"}
    assert tags(one(reading, "cdk.out/S#Own")) == {"TenantId": "own", "Team": "a"}
    assert tags(one(reading, "cdk.out/S#Inner/Q")) == {"TenantId": "acme", "Team": "a"}
    assert not tags(one(reading, "cdk.out/S#Policy"))


def test_parameters_of_an_artifact_are_given_and_the_command_line_has_the_last_word(assembly: Assembly) -> None:
    declared = {"A": {"Type": "String"}, "B": {"Type": "String", "Default": "default"}}
    topic = {"T": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Fn::Sub": "${A}-${B}"}}}}
    assembly.stack("S", topic, sections={"Parameters": declared}, parameters={"A": "a", "B": "b"})
    folder = assembly.write()
    value = settle_all(one(read(folder), "cdk.out/S#T").fields["Properties"], World())
    assert value == {"DisplayName": "a-b"}
    value = settle_all(one(read(folder, parameters={"B": "said"}), "cdk.out/S#T").fields["Properties"], World())
    assert value == {"DisplayName": "a-said"}


# Nested stacks


def test_nested_stacks_are_found_by_asset_path_and_by_digest(assembly: Assembly) -> None:
    assembly.template("one.nested.template.json", QUEUE)
    assembly.template("two.nested.template.json", {"Inner": nest(by_digest("f" * 64)), **QUEUE})
    assembly.template("three.nested.template.json", QUEUE)
    assembly.assets({DIGEST: "two.nested.template.json", "f" * 64: "three.nested.template.json"})
    assembly.stack("S", {"One": nest(by_digest("a" * 64), "one.nested.template.json"), "Two": nest(by_digest(DIGEST))})
    reading = read(assembly.write())
    assert errors(reading) == [] and reading.gaps == []
    assert addresses(reading) == [
        "cdk.out/S#One",
        "cdk.out/S#Two",
        "cdk.out/S#One/Q",
        "cdk.out/S#Two/Inner",
        "cdk.out/S#Two/Q",
        "cdk.out/S#Two/Inner/Q",
    ]
    inner = one(reading, "cdk.out/S#Two/Inner/Q")
    assert (inner.stack, inner.account, inner.region) == ("S", "111111111111", "eu-west-1")
    assert inner.source.locate(inner, (), World()).path == "cdk.out/three.nested.template.json"


def test_one_template_nested_twice_is_two_stacks_with_their_own_parameters(assembly: Assembly) -> None:
    topic = {"T": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Ref": "Tenant"}}}}
    assembly.template("n.nested.template.json", topic, Parameters={"Tenant": {"Type": "String"}})
    assembly.stack(
        "S",
        {
            name: nest(asset="n.nested.template.json", parameters={"Tenant": name.lower()})
            for name in ("Acme", "Globex")
        },
    )
    reading = read(assembly.write())
    for name in ("Acme", "Globex"):
        properties = settle_all(one(reading, f"cdk.out/S#{name}/T").fields["Properties"], World())
        assert properties == {"DisplayName": name.lower()}
    # Read once, though it stands for two stacks.
    assert [each.path for each in reading.inputs].count("cdk.out/n.nested.template.json") == 1


def test_logical_ids_repeat_over_stacks_without_harm(assembly: Assembly) -> None:
    for name in ("A", "B"):
        topic = {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Ref": "Q"}}}
        queue = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": f"queue-{name}"}}
        assembly.stack(name, {"Q": queue, "T": topic})
    reading = read(assembly.write())
    names = [settle_all(one(reading, f"cdk.out/{name}#T").fields["Properties"], World()) for name in ("A", "B")]
    assert len(addresses(reading)) == 4 and names[0] != names[1]


def test_an_asset_without_a_file_is_an_error_and_the_rest_is_read(assembly: Assembly) -> None:
    assembly.assets({DIGEST: "gone.nested.template.json"})
    assembly.stack("S", {**QUEUE, "Gone": nest(by_digest(DIGEST)), "Unlisted": nest(by_digest("b" * 64))})
    reading = read(assembly.write())
    assert addresses(reading) == ["cdk.out/S#Q", "cdk.out/S#Gone", "cdk.out/S#Unlisted"]
    assert errors(reading) == [
        "cdk.out/S.template.json: the template of nested stack `Gone` is not there: `gone.nested.template.json`",
        f"cdk.out/S.template.json: asset `{'b' * 64}` of nested stack `Unlisted` has no file in the assembly",
    ]


def test_stacks_that_nest_each_other_end(assembly: Assembly) -> None:
    assembly.template("a.nested.template.json", {"B": nest(asset="b.nested.template.json"), **QUEUE})
    assembly.template("b.nested.template.json", {"A": nest(asset="a.nested.template.json"), **QUEUE})
    assembly.stack("S", {"A": nest(asset="a.nested.template.json"), "Me": nest(asset="S.template.json")})
    reading = read(assembly.write())
    assert [each for each in addresses(reading) if each.endswith("Q")] == ["cdk.out/S#A/Q", "cdk.out/S#A/B/Q"]
    assert sorted(errors(reading)) == [
        "cdk.out/S.template.json: the template of nested stack `Me` is one of those it is nested in",
        "cdk.out/b.nested.template.json: the template of nested stack `A` is one of those it is nested in",
    ]


@pytest.mark.full
def test_stacks_that_double_at_each_level_are_read_up_to_a_bound(assembly: Assembly) -> None:
    for level in range(19):
        child = f"{level + 1}.nested.template.json"
        assembly.template(f"{level}.nested.template.json", {"L": nest(asset=child), "R": nest(asset=child)})
    assembly.template("19.nested.template.json", QUEUE)
    assembly.stack("S", {"N": nest(asset="0.nested.template.json"), **QUEUE})
    started = time.process_time()
    reading = read(assembly.write())
    assert time.process_time() - started < 20
    assert {each.rpartition(": ")[2] for each in errors(reading)} == {
        "there are more than 2,500 nested stacks; the rest is not read"
    }
    assert "cdk.out/S#Q" in addresses(reading)


# Constructs


def metadata(
    logical_id: str, frames: object, *assigned: tuple[str, object], path: str = "/S/Q/Resource"
) -> dict[str, object]:
    return {
        path: [
            {"type": "aws:cdk:creationStack", "data": frames},
            {"type": "aws:cdk:logicalId", "data": logical_id},
            *(
                {"type": "aws:cdk:propertyAssignment", "data": {"propertyName": name, "stackTrace": trace}}
                for name, trace in assigned
            ),
        ]
    }


def source_of(assembly: Assembly, written: object, keys: Sequence[str | int] = ()) -> object:
    assembly.stack("S", metadata=written)
    found = one(read(assembly.write()), "cdk.out/S#Q").program_line(tuple(keys))
    return None if found is None else (found.path, found.line, found.column)


@pytest.mark.parametrize(
    ("frames", "place"),
    [
        (["new S (/app/lib/s.ts:7:5)"], ("lib/s.ts", 7, 5)),
        ("new S (/app/lib/s.ts:7:5)\nlater (/app/lib/t.ts:9:1)", ("lib/s.ts", 7, 5)),
        (["x (/a/node_modules/y/z.js:1:1)", "at /app/lib/s.ts:7:5"], ("lib/s.ts", 7, 5)),
        (["Object.f (file:///app/lib/s.mts:7:5)"], ("lib/s.mts", 7, 5)),
        (["new S (C:\\work\\lib\\s.ts:7:5)"], ("lib/s.ts", 7, 5)),
        (["x (node:internal/main:1:2)", "...node internals, tsx..."], None),
        ([None, 3, {}], None),
        (7, None),
        (["a:1:1" * 100_000], None),
        ([f"x (/app/s.ts:{'9' * 4000}:1)"], None),
    ],
    ids=case_name,
)
def test_the_first_frame_that_is_the_users_is_the_source(assembly: Assembly, frames: object, place: object) -> None:
    assert source_of(assembly, metadata("Q", frames)) == place


def test_what_cdk_makes_late_has_the_line_of_the_construct_around_it(assembly: Assembly) -> None:
    role = metadata("Role", ["new S (/app/lib/s.ts:7:5)"], path="/S/Role/Resource")
    policy = metadata("Q", ["...aws-cdk-lib..."], path="/S/Role/DefaultPolicy/Resource")
    assert source_of(assembly, {**role, **policy}) == ("lib/s.ts", 7, 5)


def test_a_source_file_is_named_from_the_root_of_the_repository(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "infra" / "lib").mkdir(parents=True)
    (tmp_path / "infra" / "lib" / "s.ts").write_text("")
    assembly = Assembly(tmp_path / "infra" / "cdk.out")
    assembly.stack("S", metadata=metadata("Q", ["new S (/builds/team/infra/lib/s.ts:7:5)"]))
    reading = read(assembly.write())
    (resource,) = reading.inventory.resources
    assert resource.written_at is not None and resource.written_at.path == "infra/lib/s.ts"


def test_a_property_has_the_line_that_assigned_it_last(assembly: Assembly) -> None:
    written = metadata(
        "Q",
        ["new S (/app/lib/s.ts:7:5)"],
        ("QueueName", ["S.rename (/app/lib/s.ts:20:3)"]),
        ("QueueName", ["S.rename (/app/lib/s.ts:30:3)"]),
        ("KmsMasterKeyId", ["inside (/app/node_modules/aws-cdk-lib/x.js:1:1)"]),
    )
    assert source_of(assembly, written, ["Properties", "QueueName"]) == ("lib/s.ts", 30, 3)
    assert source_of(assembly, written, ["Properties", "KmsMasterKeyId"]) == ("lib/s.ts", 7, 5)
    assert source_of(assembly, written) == ("lib/s.ts", 7, 5)


def test_a_finding_points_at_the_line_that_assigned_the_failing_property(assembly: Assembly) -> None:
    bucket = {
        "B": {
            "Type": "AWS::S3::Bucket",
            "Properties": {
                "PublicAccessBlockConfiguration": {
                    "BlockPublicAcls": False,
                    "BlockPublicPolicy": False,
                    "IgnorePublicAcls": False,
                    "RestrictPublicBuckets": False,
                }
            },
        }
    }
    written = metadata(
        "B", ["new S (/app/lib/s.ts:7:5)"], ("PublicAccessBlockConfiguration", ["S.open (/app/lib/s.ts:42:3)"])
    )
    assembly.stack("S", bucket, metadata=written)
    report = scan(assembly.write()).report
    failed = [each for each in report["findings"] if each["verdict"] == "FAIL"]
    lines = {
        each["source"]["line"]
        for each in failed
        if any(seen["path"].startswith("Properties.PublicAccessBlock") for seen in each["evidence"])
        and each["source"] is not None
    }
    others = {each["source"]["line"] for each in failed if each["source"] is not None} - lines
    assert lines == {42} and others <= {7}


def tree_node(path: str, kind: str, *children: Json, logical_id: str | None = None) -> Json:
    name = path.rpartition("/")[2]
    node: Json = {"id": name, "path": path, "constructInfo": {"fqn": kind, "version": "2"}}
    node["children"] = {str(each["id"]): each for each in children}
    if logical_id is not None:
        node["attributes"] = {"aws:cdk:cloudformation:logicalId": logical_id}
    return node


def test_construct_paths_come_from_the_tree_where_metadata_is_absent(assembly: Assembly) -> None:
    stack, nested = "aws-cdk-lib.Stack", "aws-cdk-lib.NestedStack"
    inner = tree_node("Dev/S/N", nested, tree_node("Dev/S/N/Q", "x.CfnQueue", logical_id="Q"))
    resource = tree_node("Dev/S/N.NestedStack/N.NestedStackResource", "x.CfnStack", logical_id="Nested")
    holder = tree_node("Dev/S/N.NestedStack", "x.Construct", resource)
    queue = tree_node("Dev/S/Jobs/Resource", "x.CfnQueue", logical_id="Q")
    other = tree_node("Dev/Other", stack, tree_node("Dev/Other/Wrong", "x.CfnQueue", logical_id="Q"))
    assembly.tree(tree_node("", "aws-cdk-lib.App", tree_node("Dev/S", stack, queue, inner, holder), other))
    dev = assembly.nested("Dev", displayName="Dev")
    dev.template("n.nested.template.json", QUEUE)
    dev.stack("DevS", {**QUEUE, "Nested": nest(asset="n.nested.template.json")}, display="Dev/S")
    dev.write()
    reading = read(assembly.write())
    paths = {each.address.rpartition("/")[2]: each.construct_path for each in reading.inventory.resources}
    assert paths == {
        "DevS#Q": "Dev/S/Jobs/Resource",
        "DevS#Nested": "Dev/S/N.NestedStack/N.NestedStackResource",
        "Q": "Dev/S/N/Q",
    }


def test_metadata_of_a_template_names_constructs_and_those_of_the_framework(assembly: Assembly) -> None:
    theirs = {"Type": "AWS::IAM::Role", "Metadata": {"aws:cdk:path": "S/LogRetention" + "a" * 32 + "/ServiceRole"}}
    mine = {"Type": "AWS::IAM::Role", "Metadata": {"aws:cdk:path": "S/Mine/Resource"}}
    assembly.stack("S", {"Theirs": theirs, "Mine": mine})
    reading = read(assembly.write())
    found = {each.logical_id: (each.origin, each.construct_path) for each in reading.inventory.resources}
    assert found["Theirs"][0] == "framework"
    assert found["Mine"] == ("user", "S/Mine/Resource")


HOSTILE = "S/\x1b[2J\x1b]0;owned\x07<script>alert(1)</script>\u202e/Resource"


def test_hostile_construct_paths_and_source_files_do_no_harm_in_any_report(assembly: Assembly, tmp_path: Path) -> None:
    from scanner.cli.main import main

    frame = "x (/app/\x1b[31m<img/src=x>.ts:1:1)"
    assembly.stack("S", {"B": {"Type": "AWS::S3::Bucket"}}, metadata=metadata("B", [frame], path="/" + HOSTILE))
    folder = assembly.write()
    (resource,) = read(folder).inventory.resources
    assert resource.construct_path == HOSTILE and resource.written_at is not None
    outputs = {name: tmp_path / f"report.{name}" for name in ("text", "html", "json", "sarif")}
    formats = [part for name, path in outputs.items() for part in ("--format", f"{name}={path}")]
    assert main(["scan", str(folder), *formats]) in (0, 1)
    for name, path in outputs.items():
        text = path.read_text("utf-8")
        assert "\x1b" not in text and "\x07" not in text, name
        if name == "html":
            assert "<script>alert(1)" not in text and "<img/src" not in text


# Bad input


@pytest.mark.parametrize(
    ("content", "error"),
    [
        ('{"version": "55.0.0", "artifacts": {"S"', "cdk.out/manifest.json: is not JSON: expecting ':' delimiter"),
        ("", "cdk.out/manifest.json: is not JSON: expecting value"),
        ("[]", "cdk.out/manifest.json: is not a JSON object"),
        ('{"version": "55.0.0", "artifacts": []}', "cdk.out/manifest.json: `artifacts` is not a mapping"),
        ('{"version": "55.0.0", "artifacts": {"S": 1}}', "cdk.out/manifest.json: artifact `S` is not a mapping"),
        ('{"version": "55.0.0", "artifacts": ' + '{"a":' * 100_000, "cdk.out/manifest.json: is nested too deep"),
        (
            '{"version": "55.0.0", "artifacts": {"S": {"type": "aws:cloudformation:stack"}}}',
            "cdk.out/manifest.json: a file name is missing, or is not a string",
        ),
        ('{"version": "55.0.0", "x": "' + "a" * 17_000_000 + '"}', "cdk.out/manifest.json: is larger than 16 MiB"),
    ],
    ids=["truncated", "empty", "list", "artifacts", "artifact", "deep", "no-template", "huge"],
)
def test_a_broken_manifest_is_an_error_with_its_place_and_ends_with_exit_code_2(
    assembly: Assembly, content: str, error: str
) -> None:
    (assembly.folder / "manifest.json").write_text(content)
    result = scan(assembly.folder)
    assert result.exit_code == 2 and not result.crashes
    assert [f"{each['path']}: {each['message']}" for each in result.report["errors"] if each["level"] == "error"][
        :1
    ] == [error]


def test_a_broken_part_is_told_and_the_rest_is_judged(assembly: Assembly) -> None:
    assembly.stack("Good", {"B": {"Type": "AWS::S3::Bucket"}})
    assembly.stack("Gone", None)
    assembly.stack("Cut", None)
    (assembly.folder / "Cut.template.json").write_text('{"Resources": {')
    broken = assembly.nested("Broken")
    (broken.folder / "manifest.json").write_text("{")
    assembly.nested("Absent").folder.joinpath("cdk.out").unlink()
    result = scan(assembly.write())
    assert result.exit_code == 2 and not result.crashes
    told = {each["path"] for each in result.report["errors"] if each["level"] == "error"}
    assert told == {
        "cdk.out/Gone.template.json",
        "cdk.out/Cut.template.json",
        "cdk.out/assembly-Broken/manifest.json",
        "cdk.out/assembly-Absent/manifest.json",
    }
    assert {each["resource"]["address"] for each in result.report["findings"]} == {"cdk.out/Good#B"}


@pytest.mark.parametrize(
    "name", ["../secret.json", "a/../../secret.json", "{absolute}", "link.json", "folder/secret.json"]
)
@pytest.mark.parametrize("field", ["template", "metadata", "assets", "nested", "tree", "directory"])
def test_a_manifest_that_points_outside_is_refused(tmp_path: Path, name: str, field: str) -> None:
    secret = tmp_path / "secret.json"
    secret.write_text(json.dumps({"Resources": {"Secret": {"Type": "AWS::SQS::Queue"}}, "version": "55.0.0"}))
    assembly = Assembly(tmp_path / "cdk.out")
    (assembly.folder / "a").mkdir()
    if "link" in name or "folder" in name:
        # Within a repository what such links lead to is read, whatever a manifest says: it lies beside that.
        (assembly.folder / "link.json").symlink_to(secret)
        (assembly.folder / "folder").symlink_to(tmp_path)
    else:
        (tmp_path / ".git").mkdir()  # inside a repository, which is wider than the assembly
    name = name.format(absolute=secret)
    assembly.stack("S", {**QUEUE, "N": nest(by_digest(DIGEST))} if field == "assets" else QUEUE)
    stack = assembly.artifacts["S"]
    assert isinstance(stack, dict)
    if field == "template":
        stack["properties"]["templateFile"] = name
    elif field == "metadata":
        stack["additionalMetadataFile"] = name
    elif field == "assets":
        assembly.assets({DIGEST: name})
    elif field == "nested":
        assembly.stack("S", {**QUEUE, "N": nest(asset=name)})
    elif field == "tree":
        assembly.artifacts["Tree"] = {"type": "cdk:tree", "properties": {"file": name}}
    else:
        where = name.removesuffix("/secret.json").removesuffix("secret.json") if "link" not in name else "folder"
        properties = {"directoryName": where or ".."}
        assembly.artifacts["Out"] = {"type": "cdk:cloud-assembly", "properties": properties}
        (tmp_path / "manifest.json").write_text(json.dumps({"version": "55.0.0", "artifacts": {}}))
    reading = read(assembly.write())
    assert not any("Secret" in each for each in addresses(reading))
    assert any("leads out of" in each for each in errors(reading)), errors(reading)
    if field != "template":
        assert "cdk.out/S#Q" in addresses(reading)


def test_assemblies_that_nest_each_other_end(assembly: Assembly) -> None:
    assembly.stack("S")
    assembly.artifacts["Again"] = {"type": "cdk:cloud-assembly", "properties": {"directoryName": "."}}
    reading = read(assembly.write())
    assert addresses(reading) == ["cdk.out/S#Q"]
    assert errors(reading) == ["cdk.out/manifest.json: the assembly `Again` is one of those it is nested in"]


def test_names_that_no_file_can_have_are_errors(assembly: Assembly) -> None:
    assembly.stack("S", {**QUEUE, "Nul": nest(asset="a\0b.json"), "Long": nest(asset="x" * 5000)})
    reading = read(assembly.write())
    assert "cdk.out/S#Q" in addresses(reading)
    assert len(errors(reading)) == 2 and all("has a name that no file can have" in each for each in errors(reading))


def test_metadata_of_any_shape_is_survived(assembly: Assembly) -> None:
    shapes: list[object] = [
        [],
        7,
        {"/S/Q": 7},
        {"/S/Q": [7, None, {"type": ["x"]}]},
        {"": [{"type": "aws:cdk:logicalId"}]},
    ]
    for index, shape in enumerate(shapes):
        assembly.stack(f"S{index}", metadata=shape)
    (assembly.folder / "bad.metadata.json").write_text("[")
    assembly.stack("S")
    stack = assembly.artifacts["S"]
    assert isinstance(stack, dict)
    stack["additionalMetadataFile"] = "bad.metadata.json"
    reading = read(assembly.write())
    assert len(addresses(reading)) == len(shapes) + 1
    assert [each.partition(": is not JSON")[0] for each in errors(reading)] == ["cdk.out/bad.metadata.json"]


def seconds_for(assembly: Assembly, size: int) -> float:
    resources = {
        f"Q{number}": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Fn::Sub": "${AWS::StackName}-q"}}}
        for number in range(size)
    }
    written = {
        path: entry
        for number in range(size)
        for path, entry in metadata(f"Q{number}", ["new S (/app/lib/s.ts:7:5)"], path=f"/S/Q{number}/Resource").items()
    }
    assembly.stack("S", resources, metadata=written)
    folder = assembly.write()
    started = time.process_time()
    reading = read(folder)
    spent = time.process_time() - started
    assert len(reading.inventory.resources) == size
    assert reading.problems == []
    return spent


def test_a_stack_of_5_000_resources_is_read_in_time_that_grows_with_its_size(assembly: Assembly) -> None:
    seconds_for(assembly, 100)
    small = seconds_for(assembly, 1_000)
    large = seconds_for(assembly, 5_000)
    # Below a second the machine decides more than the size does.
    assert large < 1 or (large < 15 and large < 5 * small * 3)


def test_a_value_that_only_deployment_decides_stays_unknown_in_an_assembly(assembly: Assembly) -> None:
    topic = {"T": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Ref": "BootstrapVersion"}}}}
    parameter = {"BootstrapVersion": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/cdk/version"}}
    assembly.stack("S", topic, sections={"Parameters": parameter})
    value = settle_all(one(read(assembly.write()), "cdk.out/S#T").fields["Properties"], World())
    assert isinstance(value, dict) and isinstance(value["DisplayName"], Unknown)
    assert value["DisplayName"].cause == "dynamic-reference"
