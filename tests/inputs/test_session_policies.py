"""Session policies in files of their own: their holes, their places, and what is not read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scanner.base.problem import Problem
from scanner.inputs.session_policies import TYPE, read_session_policies
from scanner.model.resource import Resource
from scanner.model.unknown import Unknown, first_unknown
from scanner.model.world import World

POLICY = """\
{
  "Version": "2012-10-17",
  "Statement": [
    {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/HOLE/*"}
  ]
}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    (root / ".git").mkdir(parents=True)
    (root / "infra").mkdir()
    return root


def read(
    project: Path, name: str, text: str | None = None, holes: tuple[str, ...] = ()
) -> tuple[Resource, list[Problem]]:
    if text is not None:
        (project / "infra" / name).write_text(text, "utf-8")
    (resource,), problems = read_session_policies(project / "infra", {name: holes})
    return resource, problems


def policy(resource: Resource) -> dict[str, object]:
    properties = resource.fields["Properties"]
    assert isinstance(properties, dict)
    document = properties["PolicyDocument"]
    assert isinstance(document, dict)
    return document


@pytest.mark.parametrize("hole", ["${tenant}", "{{tenant}}", "{{ tenant }}", "{tenant}", "{0}"])
def test_every_kind_of_hole_is_one_in_the_model(project: Path, hole: str) -> None:
    resource, problems = read(project, "p.json", POLICY.replace("HOLE", hole))
    assert problems == []
    assert resource.type == TYPE
    assert policy(resource) == json.loads(POLICY.replace("HOLE", "${tenant}"))


@pytest.mark.parametrize(
    "hole",
    [
        "{{table}}", "{{ table }}", "{table}", "{table!r}", "%s", "%v", "%(table)s", "%1$s", "${table}", "$table",
        "<TABLE>", "<table-name>", "{1}", "{}", "#{table}", "%{table}", "<%= table %>", "[[table]]", "$(TABLE)",
        "__TABLE__", "@TABLE@", "%TABLE%", "{tenant_id}", "${tenantId}", "{{tenant_id}}", "${AWS::AccountId}",
    ],
)  # fmt: skip
def test_a_hole_that_is_not_the_tenants_is_unknown_and_named(project: Path, hole: str) -> None:
    resource, problems = read(project, "p.json", POLICY.replace("HOLE", f"{{{{tenant}}}}/{hole}"))
    assert problems == []
    unknown = first_unknown(policy(resource))
    assert unknown is not None and unknown.cause == "runtime-policy"
    assert f"`p.json` has the hole `{hole}`" in unknown.detail
    assert ("declare `hole:" in unknown.detail) is ("tenant" in hole)


@pytest.mark.parametrize(
    ("declared", "written"),
    [
        ("{tenant_id}", "{tenant_id}"), ("{{tenantId}}", "{{ tenantId }}"), ("{{ tenantId }}", "{{tenantId}}"),
        ("%s", "%s"), ("$tenant", "$tenant"), ("{1}", "{1}"), ("<TENANT>", "<TENANT>"), ("%s", "%s_files"),
        ("TENANT", "TENANT"),
    ],
)  # fmt: skip
def test_a_declared_spelling_is_the_tenants_hole_and_the_usual_ones_no_more(
    project: Path, declared: str, written: str
) -> None:
    resource, problems = read(project, "p.json", POLICY.replace("HOLE", written), (declared,))
    assert problems == []
    rest = written.removeprefix("%s") if written.startswith("%s_") else ""
    assert policy(resource) == json.loads(POLICY.replace("HOLE", "${tenant}" + rest))
    other, _ = read(project, "q.json", POLICY.replace("HOLE", "{{tenant}}" + written), (declared,))
    unknown = first_unknown(policy(other))
    assert unknown is not None and "{{tenant}}" in unknown.detail


@pytest.mark.parametrize(
    "text", ["${aws:PrincipalTag/tenant}", "${aws:username, 'any'}", "${*}x${$}", "a_$folder$", "50%off", "a<b", "{"]
)
def test_what_is_no_hole_stays_text(project: Path, text: str) -> None:
    resource, _ = read(project, "p.json", POLICY.replace("HOLE", f"{{tenant}}/{text}"))
    assert policy(resource) == json.loads(POLICY.replace("HOLE", f"${{tenant}}/{text}"))


def test_holes_of_an_identifier_of_a_statement_grant_nothing(project: Path) -> None:
    text = POLICY.replace("HOLE", "{tenant}").replace('"Effect"', '"Sid": "Of{{stage}}", "Effect"')
    assert first_unknown(policy(read(project, "p.json", text)[0])) is None


def test_a_hole_in_a_condition_key_leaves_the_conditions_open(project: Path) -> None:
    condition = '"Condition": {"StringEquals": {"dynamodb:{{key}}": "{tenant}"}}, "Effect"'
    resource, _ = read(project, "p.json", POLICY.replace("HOLE", "*").replace('"Effect"', condition))
    unknown = first_unknown(policy(resource)["Statement"][0]["Condition"]["StringEquals"].unknown)  # type: ignore[index]
    assert unknown is not None and "{{key}}" in unknown.detail


def test_variables_of_the_policy_language_stay(project: Path) -> None:
    text = "${aws:PrincipalTag/tenant}"
    resource, _ = read(project, "p.json", POLICY.replace("HOLE", text))
    assert policy(resource) == json.loads(POLICY.replace("HOLE", text))


def test_a_value_is_found_where_its_file_has_it(project: Path) -> None:
    resource, _ = read(project, "p.json", POLICY)
    place = resource.source.locate(resource, ("Properties", "PolicyDocument", "Statement", 0, "Resource"), World())
    assert (place.path, place.line) == ("infra/p.json", 4)


@pytest.mark.parametrize(
    ("name", "statement", "column"),
    [
        ("p.json", '{"Resource": ${tenant}}', 16),
        ("p.json", '{"Resource": {{tenant}}}', 16),
        ("p.json", '{"Resource": {tenant}}', 16),
        ("p.json", '{"Resource": ["a\\"{0}", {0}]}', 27),
        ("p.yaml", "Resource: {tenant}", 3),
        ("p.yaml", "Resource: {0}", 3),
    ],
)
def test_a_hole_outside_a_string_is_an_error_with_its_place(
    project: Path, name: str, statement: str, column: int
) -> None:
    text = f'{{\n "S":{statement}}}' if name == "p.json" else f"Statement:\n  {statement}"
    expected = column + 3 if name == "p.json" else column
    resource, problems = read(project, name, text)
    assert [str(problem) for problem in problems] == [
        f"infra/{name}:2:{expected}: a hole for the tenant stands outside a string"
    ]
    assert problems[0].kind == "tenancy"
    unknown = resource.fields["Properties"]
    assert isinstance(unknown, dict)
    assert isinstance(unknown["PolicyDocument"], Unknown)


def test_a_hole_bare_in_yaml_is_a_string(project: Path) -> None:
    resource, problems = read(project, "p.yaml", "Version: '2012-10-17'\nStatement:\n- Resource: a/${tenant}\n")
    assert (problems, policy(resource)["Statement"]) == ([], [{"Resource": "a/${tenant}"}])


def test_a_file_beside_the_folder_but_in_the_project_is_read(project: Path) -> None:
    (project / "policies").mkdir()
    (project / "policies" / "p.json").write_text(POLICY, "utf-8")
    resource, problems = read(project, "../policies/p.json")
    assert (problems, policy(resource)["Version"]) == ([], "2012-10-17")
    assert resource.address == "policies/p.json#session-policy"


@pytest.mark.parametrize("name", ["../../outside.json", "ABSOLUTE", "link.json", "linked/outside.json"])
def test_a_file_outside_the_project_is_not_read(project: Path, name: str) -> None:
    outside = project.parent / "outside.json"
    outside.write_text(POLICY, "utf-8")
    (project / "infra" / "link.json").symlink_to(outside)
    (project / "infra" / "linked").symlink_to(project.parent)
    name = str(outside) if name == "ABSOLUTE" else name
    resource, problems = read(project, name)
    assert [problem.message for problem in problems] == ["leads out of the project and is not read"]
    properties = resource.fields["Properties"]
    assert isinstance(properties, dict)
    assert properties["PolicyDocument"].cause == "missing-file"


@pytest.mark.parametrize("name", ["gone.json", "folder", "a\0b", "broken.json"])
def test_a_file_that_cannot_be_read_is_a_problem_of_the_tenancy(project: Path, name: str) -> None:
    (project / "infra" / "folder").mkdir()
    (project / "infra" / "broken.json").write_text('{"a": ', "utf-8")
    resource, problems = read(project, name)
    assert {problem.kind for problem in problems} == {"tenancy"}
    properties = resource.fields["Properties"]
    assert isinstance(properties, dict)
    assert properties["PolicyDocument"].cause == "missing-file"


def test_without_a_repository_the_folder_is_the_project(tmp_path: Path) -> None:
    (tmp_path / "infra").mkdir()
    (tmp_path / "p.json").write_text(POLICY, "utf-8")
    _, problems = read_session_policies(tmp_path / "infra", {"../p.json": ()})
    assert [problem.message for problem in problems] == ["leads out of the project and is not read"]
