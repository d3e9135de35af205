"""`AWS::Include` of local files: what it puts in, where that is said to be written, and what is not read."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from scanner.inputs.cloudformation import includes
from scanner.inputs.cloudformation.settings import Settings
from scanner.inputs.discovery import discover
from scanner.inputs.reading import Reading, read_inputs
from scanner.model.deferred import OpenMap, settle_all
from scanner.model.unknown import Unknown
from scanner.model.world import World, explore


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / "app").mkdir()
    return tmp_path


def read(project: Path, template: str, **parameters: object) -> Reading:
    (project / "app" / "t.yaml").write_text(dedent(template), "utf-8")
    return read_inputs(discover([project / "app"], cwd=project), Settings(parameters))


def properties(reading: Reading, logical_id: str) -> object:
    resource = reading.inventory.at(f"app/t.yaml#{logical_id}")
    assert resource is not None, [each.address for each in reading.inventory.resources]
    (leaf,) = explore(lambda world: settle_all(resource.fields["Properties"], world))
    return leaf.result


def messages(reading: Reading) -> list[str]:
    return [str(problem) for problem in reading.problems]


IN_PROPERTIES = """\
Parameters: {Name: {Type: String}}
Resources:
  T:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: orders
      Fn::Transform: {Name: AWS::Include, Parameters: {Location: LOCATION}}
"""


def test_what_is_included_in_properties_stands_beside_what_is_written_and_may_refer_to_the_template(
    project: Path,
) -> None:
    (project / "sse.yaml").write_text("SSESpecification: {SSEEnabled: true, KMSMasterKeyId: !Ref Name}\n", "utf-8")
    reading = read(project, IN_PROPERTIES.replace("LOCATION", "../sse.yaml"), Name="key")
    assert messages(reading) == []
    assert properties(reading, "T") == {
        "TableName": "orders",
        "SSESpecification": {"SSEEnabled": True, "KMSMasterKeyId": "key"},
    }
    assert [each.path for each in reading.inputs] == ["app/t.yaml", "sse.yaml"]


def test_what_is_included_is_said_to_be_written_where_the_include_is(project: Path) -> None:
    (project / "sse.yaml").write_text("# one\n# two\nSSESpecification: {SSEEnabled: true}\n", "utf-8")
    reading = read(project, IN_PROPERTIES.replace("LOCATION", "../sse.yaml"))
    resource = reading.inventory.at("app/t.yaml#T")
    assert resource is not None
    place = resource.source.locate(resource, ("Properties", "SSESpecification", "SSEEnabled"), World())
    assert (place.path, place.line) == ("app/t.yaml", 7)
    beside = resource.source.locate(resource, ("Properties", "TableName"), World())
    assert beside.line == 6


def test_an_include_alone_stands_for_what_is_in_the_file(project: Path) -> None:
    (project / "app" / "policy.json").write_text('{"Version": "2012-10-17", "Statement": []}', "utf-8")
    reading = read(
        project,
        """\
        Resources:
          P:
            Type: AWS::IAM::ManagedPolicy
            Properties:
              PolicyDocument:
                Fn::Transform: {Name: AWS::Include, Parameters: {Location: policy.json}}
        """,
    )
    assert properties(reading, "P") == {"PolicyDocument": {"Version": "2012-10-17", "Statement": []}}


@pytest.mark.parametrize(
    "transform",
    [
        "Transform: {Name: AWS::Include, Parameters: {Location: more.yaml}}",
        "Transform: [AWS::LanguageExtensions, {Name: AWS::Include, Parameters: {Location: more.yaml}}]",
        "Fn::Transform: {Name: AWS::Include, Parameters: {Location: more.yaml}}",
    ],
)
def test_sections_that_are_included_at_the_top_are_the_templates_own(project: Path, transform: str) -> None:
    more = "Parameters: {Name: {Type: String, Default: inner}}\nResources: {B: {Type: AWS::SNS::Topic}}\n"
    (project / "app" / "more.yaml").write_text(more, "utf-8")
    template = "Resources:\n  A: {Type: AWS::SNS::Topic, Properties: {TopicName: !Ref Name}}\n"
    reading = read(project, f"{transform}\n{template}")
    assert messages(reading) == []
    assert [each.address for each in reading.inventory.resources] == ["app/t.yaml#A", "app/t.yaml#B"]
    assert properties(reading, "A") == {"TopicName": "inner"}
    assert reading.gaps == []


def test_resources_may_be_included_into_their_section(project: Path) -> None:
    (project / "app" / "topics.yml").write_text("B: {Type: AWS::SNS::Topic}\nC: {Type: AWS::SNS::Topic}\n", "utf-8")
    reading = read(
        project,
        """\
        Resources:
          A: {Type: AWS::SNS::Topic}
          Fn::Transform: {Name: AWS::Include, Parameters: {Location: topics.yml}}
        """,
    )
    assert [each.logical_id for each in reading.inventory.resources] == ["A", "B", "C"]
    assert (messages(reading), reading.gaps) == ([], [])


@pytest.mark.parametrize("location", ["s3://bucket/sse.yaml", "https://bucket.s3.amazonaws.com/sse.yaml", "!Ref Name"])
def test_a_file_in_s3_is_not_read_and_what_it_may_bring_is_unknown(project: Path, location: str) -> None:
    reading = read(project, IN_PROPERTIES.replace("LOCATION", location))
    found = properties(reading, "T")
    assert isinstance(found, OpenMap)
    assert found["TableName"] == "orders"
    assert found.unknown.cause == "macro"
    assert messages(reading) == []


@pytest.mark.parametrize(
    ("location", "why"),
    [
        ("../../outside.yaml", "leads out of the project"),
        ("/etc/hostname", "leads out of the project"),
        ("link.yaml", "leads out of the project"),
        ("gone.yaml", "is not there"),
        ("folder", "is not there"),
        ("t.yaml", "is the template itself"),
        ('"a\\0b"', "has a name that no file can have"),
        ("broken.yaml", "cannot be read"),
        ("empty.yaml", "holds nothing"),
    ],
)
def test_a_file_that_may_not_be_read_is_an_error_and_leaves_a_gap(project: Path, location: str, why: str) -> None:
    (project.parent / "outside.yaml").write_text("SSESpecification: {SSEEnabled: true}\n", "utf-8")
    (project / "app" / "link.yaml").symlink_to(project.parent / "outside.yaml")
    (project / "app" / "folder").mkdir()
    (project / "app" / "empty.yaml").write_text("# nothing\n", "utf-8")
    (project / "app" / "broken.yaml").write_text("a: [", "utf-8")
    reading = read(project, IN_PROPERTIES.replace("LOCATION", location))
    (said,) = [each for each in reading.problems if each.message.startswith("the included file")]
    assert said.message.endswith(why)
    assert (said.path, said.line) == ("app/t.yaml", 7)
    found = properties(reading, "T")
    assert isinstance(found, OpenMap)
    assert "SSESpecification" not in found


def test_a_key_that_is_there_already_is_an_error_and_stays(project: Path) -> None:
    (project / "app" / "more.yaml").write_text("TableName: other\nBillingMode: PAY_PER_REQUEST\n", "utf-8")
    reading = read(project, IN_PROPERTIES.replace("LOCATION", "more.yaml"))
    assert properties(reading, "T") == {"TableName": "orders", "BillingMode": "PAY_PER_REQUEST"}
    assert messages(reading) == ["app/t.yaml:7:7: `app/more.yaml` has `TableName`, which is there already"]


def test_an_include_inside_an_included_file_is_not_followed(project: Path) -> None:
    include = "Fn::Transform: {Name: AWS::Include, Parameters: {Location: more.yaml}}\n"
    (project / "app" / "more.yaml").write_text(include + "BillingMode: PAY_PER_REQUEST\n", "utf-8")
    reading = read(project, IN_PROPERTIES.replace("LOCATION", "more.yaml"))
    found = properties(reading, "T")
    assert isinstance(found, OpenMap)
    assert isinstance(found.unknown, Unknown)
    assert found == {"TableName": "orders", "BillingMode": "PAY_PER_REQUEST"}


def test_a_template_that_includes_without_end_is_bounded(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(includes, "MOST_VALUES", 10)
    (project / "app" / "more.yaml").write_text("BillingMode: PAY_PER_REQUEST\nTags: [a, b, c, d]\n", "utf-8")
    tables = IN_PROPERTIES.replace("LOCATION", "more.yaml")
    reading = read(project, tables + tables[tables.index("  T:") :].replace("  T:", "  U:"))
    assert isinstance(properties(reading, "U"), OpenMap)
    assert not isinstance(properties(reading, "T"), OpenMap)
    assert messages(reading) == [
        "app/t.yaml:12:7: the included file `more.yaml` makes the template too large",
    ]
