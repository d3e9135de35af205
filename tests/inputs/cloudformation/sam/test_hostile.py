"""SAM templates that the translator refuses, or that are made to harm it: told, bounded, and the rest is read."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.inputs.cloudformation.sam.expand import Expanded, expand
from scanner.inputs.cloudformation.settings import Settings
from scanner.inputs.discovery import discover
from scanner.inputs.reading import Reading, read_inputs
from scanner.text.document import Document
from scanner.text.reading import read

pytest.importorskip("samtranslator", reason="needs aws-sam-translator: pip install 'tenantproof[sam]'")

SAM = "AWS::Serverless-2016-10-31"


def function(**more: object) -> dict[str, object]:
    code = {"Runtime": "python3.12", "Handler": "app.handler", "CodeUri": "src/"}
    return {"Type": "AWS::Serverless::Function", "Properties": {**code, **more}}


def document_of(resources: object, **sections: object) -> Document:
    template = {"Transform": SAM, "Resources": resources, **sections}
    return read(json.dumps(template, indent=1).encode(), "t.json", cloudformation=True)


def expanded(resources: object, **sections: object) -> Expanded:
    return expand(document_of(resources, **sections), {}, None)


def types(made: Expanded) -> dict[str, object]:
    resources = made.body.get("Resources")
    assert isinstance(resources, dict)
    return {name: body.get("Type") for name, body in resources.items() if isinstance(body, dict)}


def line_of(document: Document, text: str) -> int:
    return next(number for number, line in enumerate(document.text.splitlines(), 1) if text in line)


# What is refused


def test_a_refused_function_is_told_at_its_place_and_the_others_are_read() -> None:
    document = document_of(
        {"Bad": function(AutoPublishAlias="in spaces"), "Good": function(), "Bucket": {"Type": "AWS::S3::Bucket"}}
    )
    made = expand(document, {}, None)
    (problem,) = made.problems
    assert problem.level == "error"
    assert problem.line == line_of(document, "in spaces")
    told = "the SAM translator refuses `Bad`: AutoPublishAlias name (`in spaces`) must contain only alphanumeric"
    assert problem.message.startswith(told) and not problem.message.endswith(".")
    assert [gap.detail for gap in made.gaps] == ["`Bad` is refused by the SAM translator"]
    assert types(made) == {
        "Bad": "AWS::Serverless::Function",
        "Good": "AWS::Lambda::Function",
        "GoodRole": "AWS::IAM::Role",
        "Bucket": "AWS::S3::Bucket",
    }


def test_a_refused_event_is_told_at_the_event() -> None:
    document = document_of({"Api": function(Events={"Fine": {"Type": "SNS", "Properties": {"Topic": "t"}}, "Odd": {}})})
    (problem,) = expand(document, {}, None).problems
    assert problem.line == line_of(document, '"Odd"')


def test_all_refusals_are_told_at_once() -> None:
    made = expanded({"One": function(Policies=5), "Two": function(Events=[]), "Three": function()})
    assert {problem.message.split("`")[1] for problem in made.problems} == {"One", "Two"}
    assert types(made)["Three"] == "AWS::Lambda::Function"


def test_what_rests_on_a_refused_resource_is_left_out_with_it() -> None:
    made = expanded(
        {
            "Rest": {"Type": "AWS::Serverless::Api", "Properties": {"StageName": "v1", "Auth": 5}},
            "Api": function(
                Events={
                    "Get": {"Type": "Api", "Properties": {"Path": "/", "Method": "get", "RestApiId": {"Ref": "Rest"}}}
                }
            ),
            "Other": function(),
        }
    )
    assert types(made)["Rest"] == "AWS::Serverless::Api"
    assert types(made)["Other"] == "AWS::Lambda::Function"
    assert made.problems


def test_faulty_globals_are_told_once_and_the_rest_is_read() -> None:
    document = document_of({"Api": function(), "B": {"Type": "AWS::S3::Bucket"}}, Globals={"Functoin": {}})
    made = expand(document, {}, None)
    (problem,) = made.problems
    assert problem.message.startswith("the SAM translator refuses `Globals`: ")
    assert problem.line == line_of(document, "Globals")
    assert types(made) == {"Api": "AWS::Serverless::Function", "B": "AWS::S3::Bucket"}
    assert [gap.cause for gap in made.gaps] == ["macro"]


def test_faulty_connectors_cost_only_the_connection() -> None:
    queue = {"Type": "AWS::SQS::Queue", "Connectors": {"C": {"Properties": {"Destination": {"Id": "Nowhere"}}}}}
    made = expanded({"Queue": queue, "Api": function()})
    (problem,) = made.problems
    assert problem.message.startswith("the SAM translator refuses the connectors of `Queue`: ")
    assert types(made)["Api"] == "AWS::Lambda::Function"


def test_an_id_that_is_taken_is_told() -> None:
    made = expanded({"Api": function(), "ApiRole": {"Type": "AWS::S3::Bucket"}})
    (problem,) = made.problems
    assert "ApiRole" in problem.message
    assert types(made) == {"Api": "AWS::Serverless::Function", "ApiRole": "AWS::S3::Bucket"}


@pytest.mark.parametrize("kind", ["Nope", "", "Function "])
def test_types_that_sam_does_not_know_stay_as_they_are(kind: str) -> None:
    made = expanded({"Odd": {"Type": f"AWS::Serverless::{kind}"}, "Api": function()})
    assert types(made)["Odd"] == f"AWS::Serverless::{kind}"
    assert types(made)["Api"] == "AWS::Lambda::Function"


@pytest.mark.parametrize("wrong", [{"Properties": 5}, {"Properties": None}, {"Condition": ["A"]}])
def test_a_resource_that_cannot_be_shown_to_sam_is_told(wrong: dict[str, object]) -> None:
    made = expanded({"Odd": {**function(), **wrong}, "Api": function()})
    (problem,) = made.problems
    assert "`Odd`" in problem.message
    assert [gap.detail for gap in made.gaps] == ["`Odd` is not expanded by SAM"]
    assert types(made)["Api"] == "AWS::Lambda::Function"


def test_other_resources_that_are_no_mappings_do_not_stop_sam() -> None:
    made = expanded({"Odd": 5, "Worse": {"Properties": 7}, "Fn::Transform": {"Name": "X"}, "Api": function()})
    assert not made.problems
    resources = made.body["Resources"]
    assert isinstance(resources, dict)
    assert resources["Odd"] == 5 and resources["Fn::Transform"] == {"Name": "X"}
    assert types(made)["Api"] == "AWS::Lambda::Function"


# A translator that fails


class _Broken:
    """A translator that fails at the functions that are called so, as a fault of its own would."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, fault: type[BaseException], name: str = "Cursed") -> None:
        from samtranslator.model.sam_resources import SamFunction

        sound = SamFunction.to_cloudformation

        def to_cloudformation(self: Any, **arguments: Any) -> Any:
            if self.logical_id.startswith(name):
                print("noise of the translator")
                print("noise of the translator", file=sys.stderr)
                raise fault("inside")
            return sound(self, **arguments)

        monkeypatch.setattr(SamFunction, "to_cloudformation", to_cloudformation)


@pytest.mark.parametrize("fault", [KeyError, TypeError, AttributeError, RecursionError, ZeroDivisionError])
def test_a_crash_of_the_translator_is_a_problem_of_the_resource_it_had_in_hand(
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    fault: type[Exception],
) -> None:
    _Broken(monkeypatch, fault)
    made = expanded({"Api": function(), "Cursed": function(), "Cursed2": function()})
    assert [problem.message.split("`")[1] for problem in made.problems] == ["Cursed", "Cursed2"]
    assert all("cannot be read by the SAM translator" in problem.message for problem in made.problems)
    assert types(made)["Api"] == "AWS::Lambda::Function"
    assert capfd.readouterr() == ("", "")
    assert not caplog.records


def test_a_crash_over_and_over_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    _Broken(monkeypatch, KeyError)
    made = expanded({f"Cursed{number}": function() for number in range(50)} | {"Bucket": {"Type": "AWS::S3::Bucket"}})
    assert made.problems[-1].message == "the SAM translator refuses the template time and again"
    assert len(made.gaps) == 50
    assert types(made)["Bucket"] == "AWS::S3::Bucket"


def test_a_crash_before_any_resource_is_traced_to_the_resource(monkeypatch: pytest.MonkeyPatch) -> None:
    from samtranslator.plugins.globals.globals_plugin import GlobalsPlugin

    sound = GlobalsPlugin.on_before_transform_template

    def crash(self: Any, template: dict[str, Any]) -> None:
        if "Cursed" in template["Resources"]:
            raise KeyError("inside")
        sound(self, template)

    monkeypatch.setattr(GlobalsPlugin, "on_before_transform_template", crash)
    made = expanded({"Api": function(), "Cursed": function(), "Other": function()})
    (problem,) = made.problems
    assert "`Cursed`" in problem.message
    assert types(made)["Api"] == types(made)["Other"] == "AWS::Lambda::Function"


def test_without_the_package_the_rest_is_read_and_the_way_out_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "samtranslator"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "samtranslator", None)
    document = document_of({"Api": function(), "Bucket": {"Type": "AWS::S3::Bucket"}})
    (tmp_path / "t.json").write_text(document.text, "utf-8")
    reading: Reading = read_inputs(discover([tmp_path / "t.json"], cwd=tmp_path), Settings())
    (problem,) = reading.problems
    assert problem.level == "error"
    assert str(problem) == "t.json:2:2: `aws-sam-translator` is not installed: pip install 'tenantproof[sam]'"
    assert reading.inventory.at("t.json#Bucket") is not None
    assert [gap.unknown.detail for gap in reading.gaps] == ["`Api` is not expanded by SAM"]


def test_no_session_is_made_and_no_client(monkeypatch: pytest.MonkeyPatch) -> None:
    import boto3

    def refuse(*_: object, **__: object) -> None:
        pytest.fail("the translator asked for AWS")

    for name in ("Session", "client", "resource"):
        monkeypatch.setattr(boto3, name, refuse)
    monkeypatch.setattr(boto3.session.Session, "__init__", refuse)
    location = {"ApplicationId": "arn:aws:serverlessrepo:us-east-1:1:applications/x", "SemanticVersion": "1.0.0"}
    made = expanded(
        {
            "Api": function(
                Policies=["ReadOnlyAccess", "NoSuchPolicy"],
                AutoPublishAlias="live",
                DeploymentPreference={"Type": "AllAtOnce"},
                Events={"Get": {"Type": "Api", "Properties": {"Path": "/", "Method": "get"}}},
            ),
            "Bought": {"Type": "AWS::Serverless::Application", "Properties": {"Location": location}},
        }
    )
    assert not made.problems
    assert types(made)["Bought"] == "AWS::CloudFormation::Stack"


# What is large


def test_the_document_is_never_changed() -> None:
    document = document_of(
        {"Api": function(Events={"Get": {"Type": "Api", "Properties": {"Path": "/", "Method": "get"}}})},
        Globals={"Function": {"Tracing": "Active"}},
        Outputs={"Url": {"Value": {"Ref": "ServerlessRestApi.Stage"}}},
    )
    before = json.dumps(document.data)
    made = expand(document, {}, "eu-west-1")
    assert json.dumps(document.data) == before
    assert made.body["Outputs"] == {"Url": {"Value": {"Ref": "ServerlessRestApiProdStage"}}}


def test_aliases_are_not_shared_between_functions() -> None:
    text = f"""
Transform: {SAM}
Resources:
  One: {{Type: AWS::Serverless::Function, Properties: &p {{Runtime: r, Handler: h, CodeUri: src/, Tags: {{a: b}}}}}}
  Two: {{Type: AWS::Serverless::Function, Properties: *p}}
"""
    made = expand(read(text.encode(), "t.yaml", cloudformation=True), {}, None)
    resources = made.body["Resources"]
    assert isinstance(resources, dict)
    one, two = resources["One"]["Properties"], resources["Two"]["Properties"]
    assert one.pop("Role") != two.pop("Role")
    assert one == two


def test_a_bomb_of_aliases_is_not_handed_on() -> None:
    lines = ["x0: &x0 [1, 2, 3, 4, 5, 6, 7, 8]"]
    lines += [f"x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 8)}]" for n in range(1, 6)]
    text = "\n".join([f"Transform: {SAM}", "SECTION:", *("  " + line for line in lines), "Resources:"])
    text += "\n  Api: {Type: AWS::Serverless::Function, Properties: {Runtime: r, Handler: h, CodeUri: s}}\n"
    start = time.perf_counter()
    mapped, noted = (
        expand(read(text.replace("SECTION", section).encode(), "t.yaml", cloudformation=True), {}, None)
        for section in ("Mappings", "Metadata")
    )
    assert time.perf_counter() - start < 10
    (problem,) = mapped.problems
    assert problem.message == "SAM is not run on the template: it has more than 100,000 values"
    assert problem.line == 1
    assert types(noted)["Api"] == "AWS::Lambda::Function" and not noted.problems


def test_more_events_than_a_stack_can_hold_are_not_tried() -> None:
    # The translator takes minutes for these, for it copies the whole API at each.
    events = {f"E{n}": {"Type": "Api", "Properties": {"Path": f"/{n}", "Method": "get"}} for n in range(2000)}
    start = time.perf_counter()
    made = expanded({"Api": function(Events=events), "Bucket": {"Type": "AWS::S3::Bucket"}})
    assert time.perf_counter() - start < 5
    (problem,) = made.problems
    assert problem.message == "SAM is not run on the template: its 2,000 events of APIs would take too long"
    assert types(made)["Bucket"] == "AWS::S3::Bucket"


def test_many_resources_beside_a_function_cost_little() -> None:
    buckets = {f"B{n}": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": f"b{n}"}} for n in range(5000)}
    start = time.perf_counter()
    made = expanded({"Api": function(), **buckets})
    assert time.perf_counter() - start < 10
    assert len(types(made)) == 5002 and not made.problems


def test_what_is_nested_to_the_limit_is_read_or_told() -> None:
    deep: object = "end"
    for _ in range(190):
        deep = {"a": deep}
    for resources in (
        {"Api": function(Environment=deep), "Other": function()},
        {"Odd": {"Type": "A::B::C", "Properties": deep}, "Other": function()},
    ):
        assert types(expanded(resources))["Other"] == "AWS::Lambda::Function"


_JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 300)
    | st.sampled_from(["", "x", "Active", "arn:aws:s3:::b", "a.b", "${A}"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["Ref", "Fn::If", "Fn::Sub", "Fn::GetAtt", "Type", "Properties", "Statement", "Auth", "a", "Path"]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)
_NAMES = """
    Auth AutoPublishAlias CodeUri Cors DeadLetterQueue Definition DefinitionBody DeploymentPreference Domain Environment
    EventInvokeConfig Events FunctionUrlConfig Layers Location PackageType Policies PrimaryKey Role Source StageName
    Tags Tracing VpcConfig
"""
_PROPERTIES = st.dictionaries(st.sampled_from(_NAMES.split()), _JUNK, max_size=3)
_KINDS = st.sampled_from(
    [
        "Function",
        "Api",
        "HttpApi",
        "StateMachine",
        "SimpleTable",
        "LayerVersion",
        "Application",
        "Connector",
        "GraphQLApi",
    ]
)


@given(_KINDS, _PROPERTIES, st.booleans())
@pytest.mark.full
def test_whatever_stands_in_a_resource_never_costs_the_one_beside_it(
    kind: str, properties: dict[str, object], whole: bool
) -> None:
    body = {"Type": f"AWS::Serverless::{kind}", "Properties": properties}
    if whole and kind == "Function":
        body = function(**properties)
    made = expanded({"Odd": body, "Api": function()})
    assert types(made)["Api"] == "AWS::Lambda::Function"
    if types(made).get("Odd", "").startswith("AWS::Serverless::"):  # type: ignore[union-attr]  # types are strings here
        assert made.problems and made.gaps
