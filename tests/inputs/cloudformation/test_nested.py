"""Stacks inside stacks: one file once, with the parameters of its parent and outputs that flow back."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from scanner.inputs.cloudformation.settings import Settings
from scanner.inputs.discovery import discover
from scanner.inputs.reading import Reading, read_inputs
from scanner.model.deferred import settle_all
from scanner.model.unknown import Reference, Unknown
from scanner.model.world import explore

NEST = "Type: AWS::CloudFormation::Stack, Properties: "
QUEUE = "Resources: {Q: {Type: AWS::SQS::Queue, Properties: {QueueName: orders}}}"


def read(folder: Path, *names: str, **settings: object) -> Reading:
    paths = [folder / name for name in names] or [folder]
    return read_inputs(discover(paths, cwd=folder), Settings(**settings))  # type: ignore[arg-type]  # names are those of Settings


def write(folder: Path, **templates: str) -> None:
    for name, text in templates.items():
        (folder / f"{name}.yaml").write_text(dedent(text), "utf-8")


def addresses(reading: Reading) -> list[str]:
    return [each.address for each in reading.inventory.resources]


def errors(reading: Reading) -> list[str]:
    return [f"{each.path}: {each.message}" for each in reading.problems]


def worlds(reading: Reading, address: str, name: str) -> dict[str, object]:
    """A property of a resource by what the world is called."""
    resource = reading.inventory.at(address)
    assert resource is not None, addresses(reading)
    properties = resource.fields["Properties"]
    assert isinstance(properties, dict)
    return {
        " ".join(f"{key}={value}" for key, value in leaf.world.labels.items()): leaf.result
        for leaf in explore(lambda world: settle_all(properties[name], world))
    }


def existence(reading: Reading, address: str) -> dict[str, bool]:
    resource = reading.inventory.at(address)
    assert resource is not None, addresses(reading)
    return {
        " ".join(f"{key}={value}" for key, value in leaf.world.labels.items()): leaf.result
        for leaf in explore(resource.exists)
    }


CHILD = """
Parameters:
  Env: {Type: String, Default: dev}
Conditions:
  IsProd: !Equals [!Ref Env, prod]
Resources:
  T: {Type: AWS::SNS::Topic, Properties: {DisplayName: !Sub '${Env}-topic', Protected: !If [IsProd, yes, no]}}
  OnlyProd: {Type: AWS::SQS::Queue, Condition: IsProd}
"""


def parent(parameters: str, more: str = "") -> str:
    return f"""
{more}
Resources:
  N:
    Type: AWS::CloudFormation::Stack
    Properties: {{TemplateURL: child.yaml, Parameters: {parameters}}}
"""


def test_a_nested_stack_gets_the_values_of_its_parent_and_not_its_own_defaults(tmp_path: Path) -> None:
    write(tmp_path, child=CHILD, parent=parent("{Env: prod}"))
    reading = read(tmp_path)
    assert errors(reading) == []
    assert worlds(reading, "parent.yaml#N/T", "DisplayName") == {"": "prod-topic"}
    assert existence(reading, "parent.yaml#N/OnlyProd") == {"": True}


def test_parameters_that_the_parent_does_not_give_are_at_their_default(tmp_path: Path) -> None:
    write(tmp_path, child=CHILD, parent=parent("{}"))
    reading = read(tmp_path)
    assert worlds(reading, "parent.yaml#N/T", "DisplayName") == {"": "dev-topic"}
    assert existence(reading, "parent.yaml#N/OnlyProd") == {"": False}


def test_parameters_of_the_command_line_are_the_outer_stacks(tmp_path: Path) -> None:
    write(tmp_path, child=CHILD, parent=parent("{Env: !Ref Outer}", "Parameters: {Outer: {Type: String}}"))
    reading = read(tmp_path, parameters={"Outer": "prod", "Env": "test"})
    assert worlds(reading, "parent.yaml#N/T", "DisplayName") == {"": "prod-topic"}


CHOICE = "Parameters: {Outer: {Type: String, AllowedValues: [dev, prod]}}"


def test_a_choice_of_the_parent_stays_one_choice_in_the_nested_stack(tmp_path: Path) -> None:
    write(tmp_path, child=CHILD, parent=parent("{Env: !Ref Outer}", CHOICE))
    reading = read(tmp_path)
    assert worlds(reading, "parent.yaml#N/T", "DisplayName") == {"Outer=dev": "dev-topic", "Outer=prod": "prod-topic"}
    topic = reading.inventory.at("parent.yaml#N/T")
    only = reading.inventory.at("parent.yaml#N/OnlyProd")
    assert topic is not None and only is not None
    # In no world does the one see `dev` and the other `prod`.
    leaves = explore(lambda world: (settle_all(topic.fields["Properties"], world), only.exists(world)))
    assert sorted((str(leaf.result[0]["DisplayName"]), leaf.result[1]) for leaf in leaves) == [  # type: ignore[index]  # properties are a mapping
        ("dev-topic", False),
        ("prod-topic", True),
    ]


def test_a_condition_of_the_parent_decides_what_is_handed_down(tmp_path: Path) -> None:
    head = CHOICE + "\nConditions: {Live: !Equals [!Ref Outer, prod]}"
    write(tmp_path, child=CHILD, parent=parent("{Env: !If [Live, prod, test]}", head))
    assert worlds(read(tmp_path), "parent.yaml#N/T", "DisplayName") == {
        "Live=True": "prod-topic",
        "Live=False": "test-topic",
    }
    reading = read(tmp_path, parameters={"Outer": "prod"})
    assert worlds(reading, "parent.yaml#N/T", "DisplayName") == {"": "prod-topic"}


def test_parameters_may_be_chosen_as_a_whole(tmp_path: Path) -> None:
    head = CHOICE + "\nConditions: {Live: !Equals [!Ref Outer, prod]}"
    write(tmp_path, child=CHILD, parent=parent("!If [Live, {Env: prod}, {Env: test}]", head))
    assert set(worlds(read(tmp_path), "parent.yaml#N/T", "DisplayName").values()) == {"prod-topic", "test-topic"}


def test_what_the_parent_does_not_know_is_unknown_and_a_branch_of_the_nested_stack(tmp_path: Path) -> None:
    write(tmp_path, child=CHILD, parent=parent("{Env: !Ref Outer}", "Parameters: {Outer: {Type: String}}"))
    reading = read(tmp_path)
    (name,) = worlds(reading, "parent.yaml#N/T", "DisplayName").values()
    assert str(name) == "${Outer}-topic"
    assert set(existence(reading, "parent.yaml#N/OnlyProd").values()) == {True, False}


def test_resources_exist_only_where_the_stack_around_them_does(tmp_path: Path) -> None:
    head = CHOICE + "\nConditions: {Live: !Equals [!Ref Outer, prod]}"
    text = parent("{Env: prod}", head).replace(
        "Type: AWS::CloudFormation::Stack", "Type: AWS::CloudFormation::Stack\n    Condition: Live"
    )
    write(tmp_path, child=CHILD, parent=text)
    reading = read(tmp_path)
    assert existence(reading, "parent.yaml#N/T") == {"Live=True": True, "Live=False": False}
    assert existence(read(tmp_path, parameters={"Outer": "dev"}), "parent.yaml#N/T") == {"": False}


def test_outputs_flow_back_and_on_to_a_stack_beside(tmp_path: Path) -> None:
    write(
        tmp_path,
        make="""
            Resources: {Q: {Type: AWS::SQS::Queue, Properties: {QueueName: orders}}, B: {Type: AWS::S3::Bucket}}
            Outputs: {Name: {Value: !GetAtt Q.QueueName}, Bucket: {Value: !Ref B}}
            """,
        take="""
            Parameters: {Name: {Type: String}}
            Resources: {T: {Type: AWS::SNS::Topic, Properties: {DisplayName: !Ref Name}}}
            """,
        parent=f"""
            Resources:
              First: {{{NEST} {{TemplateURL: take.yaml, Parameters: {{Name: !GetAtt Make.Outputs.Name}}}}}}
              Make: {{{NEST} {{TemplateURL: ./make.yaml}}}}
              Last: {{{NEST} {{TemplateURL: take.yaml, Parameters: {{Name: !GetAtt [Make, Outputs.Name]}}}}}}
              T:
                Type: AWS::SNS::Topic
                Properties:
                  DisplayName: !Sub 'x-${{Make.Outputs.Name}}'
                  KmsMasterKeyId: !GetAtt Make.Outputs.Bucket
            """,
    )
    reading = read(tmp_path)
    assert errors(reading) == []
    # Whether the stack is read before or after the one that it is handed to.
    for name in ("First", "Last"):
        assert worlds(reading, f"parent.yaml#{name}/T", "DisplayName") == {"": "orders"}
    assert worlds(reading, "parent.yaml#T", "DisplayName") == {"": "x-orders"}
    (bucket,) = worlds(reading, "parent.yaml#T", "KmsMasterKeyId").values()
    assert isinstance(bucket, Reference) and bucket.resource == "parent.yaml#Make/B"


def test_an_output_that_is_not_made_is_unknown(tmp_path: Path) -> None:
    write(
        tmp_path,
        child="""
            Parameters: {Env: {Type: String}}
            Conditions: {IsProd: !Equals [!Ref Env, prod]}
            Resources: {Q: {Type: AWS::SQS::Queue}}
            Outputs: {Name: {Value: orders, Condition: IsProd}}
            """,
        parent=parent("{Env: !Ref Outer}", CHOICE)
        + """
  T: {Type: AWS::SNS::Topic, Properties: {DisplayName: !GetAtt N.Outputs.Name, KmsMasterKeyId: !GetAtt N.Outputs.No}}
""",
    )
    reading = read(tmp_path)
    found = worlds(reading, "parent.yaml#T", "DisplayName")
    assert "orders" in found.values()
    (other,) = [each for each in found.values() if each != "orders"]
    assert isinstance(other, Unknown) and other.cause == "invalid-template"
    assert other.detail == "nested stack `N` has output `Name` only if `IsProd`"
    for value in worlds(reading, "parent.yaml#T", "KmsMasterKeyId").values():
        assert isinstance(value, Unknown) and value.detail == "nested stack `N` has no output `No`"


def test_outputs_that_rest_on_themselves_end(tmp_path: Path) -> None:
    write(
        tmp_path,
        child="""
            Parameters: {P: {Type: String}, Other: {Type: String, Default: x}}
            Resources: {T: {Type: AWS::SNS::Topic, Properties: {DisplayName: !Ref P, KmsMasterKeyId: !Ref Other}}}
            Outputs: {O: {Value: !Ref P}}
            """,
        parent=parent("{P: !GetAtt N.Outputs.O, Other: y}"),
    )
    reading = read(tmp_path)
    (value,) = worlds(reading, "parent.yaml#N/T", "DisplayName").values()
    assert isinstance(value, Unknown) and value.cause == "invalid-template" and "rests on itself" in value.detail
    assert worlds(reading, "parent.yaml#N/T", "KmsMasterKeyId") == {"": "y"}


def test_a_file_that_is_nested_is_not_a_stack_of_its_own_as_well(tmp_path: Path) -> None:
    write(
        tmp_path,
        a="Resources: {B: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: b.yaml}}}",
        b="Resources: {C: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: c.yaml}}}",
        c=QUEUE,
    )
    for paths in ((), ("a.yaml", "b.yaml", "c.yaml"), ("c.yaml", "b.yaml", "a.yaml"), ("a.yaml",)):
        reading = read(tmp_path, *paths)
        assert sorted(addresses(reading)) == ["a.yaml#B", "a.yaml#B/C", "a.yaml#B/C/Q"]
        assert sorted(each.path for each in reading.inputs) == ["a.yaml", "b.yaml", "c.yaml"]
    assert addresses(read(tmp_path, "c.yaml")) == ["c.yaml#Q"]


def test_a_file_that_a_parameter_leads_to_is_not_a_stack_of_its_own_either(tmp_path: Path) -> None:
    write(
        tmp_path,
        a="Resources: {B: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: b.yaml, Parameters: {F: c}}}}",
        b="""
            Parameters: {F: {Type: String}}
            Resources: {C: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: !Sub '${F}.yaml'}}}
            """,
        c=QUEUE,
    )
    assert sorted(addresses(read(tmp_path))) == ["a.yaml#B", "a.yaml#B/C", "a.yaml#B/C/Q"]


def test_files_that_nest_each_other_are_read_once_each_and_told(tmp_path: Path) -> None:
    write(
        tmp_path,
        a=f"Resources: {{B: {{{NEST} {{TemplateURL: b.yaml}}}}, Q: {{Type: AWS::SQS::Queue}}}}",
        b=f"Resources: {{A: {{{NEST} {{TemplateURL: a.yaml}}}}, Q: {{Type: AWS::SQS::Queue}}}}",
        me=f"Resources: {{Me: {{{NEST} {{TemplateURL: me.yaml}}}}}}",
    )
    reading = read(tmp_path)
    assert sorted(addresses(reading)) == ["a.yaml#B", "a.yaml#B/A", "a.yaml#B/Q", "a.yaml#Q", "me.yaml#Me"]
    assert errors(reading) == [
        "b.yaml: the template of nested stack `A` is one of those it is nested in",
        "me.yaml: the template of nested stack `Me` is one of those it is nested in",
    ]


def test_a_chain_of_stacks_has_an_end(tmp_path: Path) -> None:
    for level in range(40):
        body = f"{{TemplateURL: s{level + 1}.yaml}}"
        write(tmp_path, **{f"s{level}": f"Resources: {{N: {{Type: AWS::CloudFormation::Stack, Properties: {body}}}}}"})
    write(tmp_path, s40=QUEUE)
    reading = read(tmp_path, "s0.yaml")
    assert addresses(reading)[-1] == "s0.yaml#" + "N/" * 20 + "N"
    assert errors(reading) == ["s20.yaml: the template of nested stack `N` is nested deeper than 20 levels"]


def test_paths_are_relative_to_the_template_that_names_them(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "app" / "parts").mkdir(parents=True)
    (tmp_path / "shared").mkdir()
    write(tmp_path / "shared", net=QUEUE)
    write(
        tmp_path / "app" / "parts",
        part="Resources: {N: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: ../../shared/net.yaml}}}",
    )
    write(
        tmp_path / "app",
        main="Resources: {P: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: parts/part.yaml}}}",
    )
    reading = read(tmp_path / "app", "main.yaml")
    assert errors(reading) == []
    assert addresses(reading) == ["app/main.yaml#P", "app/main.yaml#P/N", "app/main.yaml#P/N/Q"]
    assert [each.path for each in reading.inputs] == ["app/main.yaml", "app/parts/part.yaml", "shared/net.yaml"]


@pytest.mark.parametrize("url", ["../outside.yaml", "link.yaml", "folder/outside.yaml"])
def test_a_template_url_never_leads_out_of_the_project(tmp_path: Path, url: str) -> None:
    write(tmp_path, outside=QUEUE)
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / ".git").mkdir()
    (inside / "link.yaml").symlink_to(tmp_path / "outside.yaml")
    (inside / "folder").symlink_to(tmp_path)
    write(inside, t=f"Resources: {{N: {{Type: AWS::CloudFormation::Stack, Properties: {{TemplateURL: {url}}}}}}}")
    reading = read(inside, "t.yaml")
    assert addresses(reading) == ["t.yaml#N"]
    assert errors(reading) == ["t.yaml: the template of nested stack `N` leads out of the project"]


@pytest.mark.parametrize(
    ("url", "cause"),
    [
        ("https://s3.amazonaws.com/bucket/t.yaml", "missing-file"),
        ("s3://bucket/t.yaml", "missing-file"),
        ("/etc/t.yaml", "missing-file"),
        ("!Sub 'https://${AWS::Region}.example.com/t.yaml'", "missing-file"),
        ("!Ref Where", "missing-file"),
        ("!If [Known, a.yaml, b.yaml]", "missing-file"),
        ("{Not: a url}", "invalid-template"),
    ],
)
def test_a_template_that_is_not_among_the_files_is_a_gap(tmp_path: Path, url: str, cause: str) -> None:
    write(
        tmp_path,
        t=f"""
            Parameters: {{Where: {{Type: String}}, C: {{Type: String, AllowedValues: [x, y]}}}}
            Conditions: {{Known: !Equals [!Ref C, x]}}
            Resources:
              N: {{{NEST} {{TemplateURL: {url}}}}}
              T: {{Type: AWS::SNS::Topic, Properties: {{DisplayName: !GetAtt N.Outputs.X}}}}
            """,
    )
    reading = read(tmp_path)
    assert errors(reading) == []
    (gap,) = reading.gaps
    assert (gap.path, gap.unknown.cause) == ("t.yaml", cause)
    assert gap.what == "the resources of nested stack `N` of t.yaml"
    (value,) = worlds(reading, "t.yaml#T", "DisplayName").values()
    assert isinstance(value, Unknown) and value.cause == "missing-file"


@pytest.mark.parametrize(
    ("handed", "said"),
    [
        ("{Size: big}", None),
        ("{Size: huge}", "t.yaml: parameter `Size` of nested stack `N`: `huge` is not one of its AllowedValues"),
        ("{Sise: big}", "t.yaml: the template of nested stack `N` has no parameter `Sise`"),
        ("{Days: 3}", "t.yaml: parameter `Days` of nested stack `N`: `3` is less than its MinValue, 30"),
        ("{Days: !Ref Days}", None),
        ("{Days: !Ref Free}", None),
        ("{Size: !Ref 'AWS::NoValue'}", None),
        ("{Size: !If [Live, huge, big]}", None),
        ("!If [Live, {Sise: big}, {}]", None),
    ],
)
def test_what_a_nested_template_does_not_take_is_told_where_it_is_handed_down(
    tmp_path: Path, handed: str, said: str | None
) -> None:
    (tmp_path / "t.yaml").write_text(
        "Parameters: {Free: {Type: String}, Days: {Type: Number, Default: 90}}\n"
        "Conditions: {Live: !Equals [!Ref Free, live]}\n"
        f"Resources: {{N: {{{NEST}{{TemplateURL: c.yaml, Parameters: {handed}}}}}}}\n",
        "utf-8",
    )
    (tmp_path / "c.yaml").write_text(
        "Parameters: {Size: {Type: String, AllowedValues: [small, big], Default: small}, "
        "Days: {Type: Number, MinValue: 30, Default: 30}}\n"
        "Resources: {Q: {Type: AWS::SQS::Queue, Properties: {QueueName: !Ref Size}}}\n",
        "utf-8",
    )
    found = errors(read(tmp_path))
    assert found == ([said] if said is not None else [])


def test_a_parameter_that_is_handed_no_value_is_at_its_default(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text(
        "Parameters: {Free: {Type: String}}\nConditions: {Live: !Equals [!Ref Free, live]}\n"
        f"Resources: {{N: {{{NEST}{{TemplateURL: c.yaml, "
        "Parameters: {Name: !If [Live, a, !Ref 'AWS::NoValue']}}}}\n",
        "utf-8",
    )
    (tmp_path / "c.yaml").write_text(
        "Parameters: {Name: {Type: String, Default: b}}\n"
        "Resources: {Q: {Type: AWS::SQS::Queue, Properties: {QueueName: !Ref Name}}}\n",
        "utf-8",
    )
    found = worlds(read(tmp_path), "t.yaml#N/Q", "QueueName")
    assert sorted(map(str, found.values())) == ["a", "b"], found


@pytest.mark.parametrize(
    ("kind", "properties"),
    [
        ("AWS::CloudFormation::StackSet", "TemplateBody: 'Resources: {}', StackSetName: s"),
        ("AWS::CloudFormation::StackSet", "TemplateURL: 'https://b.example/t.yaml', StackSetName: s"),
        ("AWS::ServiceCatalog::CloudFormationProduct", "Name: n"),
    ],
)
def test_templates_that_are_deployed_elsewhere_are_gaps(tmp_path: Path, kind: str, properties: str) -> None:
    (tmp_path / "t.yaml").write_text(f"Resources: {{N: {{Type: {kind}, Properties: {{{properties}}}}}}}\n", "utf-8")
    (gap,) = read(tmp_path).gaps
    assert (gap.unknown.cause, "`N`" in gap.what) == ("missing-file", True)
