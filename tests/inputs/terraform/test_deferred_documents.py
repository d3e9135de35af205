"""Policy documents that Terraform puts together when it applies the plan: what the plan leaves open of them is in the
`.tf` beside it, and counts as far as it is a name of something in the plan.

`terraform show -json` leaves a document's `json` unknown where anything in it is, and each unknown item of its lists
null in `values` and true in `after_unknown` ("JSON Output Format").
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from scanner.inputs.cloudformation.settings import Settings
from scanner.inputs.terraform.reader import PlanFile, read_plans
from scanner.model.deferred import settle_all
from scanner.model.unknown import Unknown
from scanner.model.world import World
from tests.inputs.terraform.plans import Refers, plan, resource, write
from tests.inputs.terraform.test_newer_releases import verdicts

TOPIC = resource("aws_sns_topic.visits", {"name": "visits"}, unknown=("arn", "id"))
QUEUE = resource("aws_sqs_queue.visits", {"name": "visits"}, unknown=("arn", "id", "url"))
NONE: dict[str, Any] = dict.fromkeys(("sid", "effect", "not_actions", "not_resources"))
NO_BLOCKS: dict[str, Any] = {"condition": [], "principals": [], "not_principals": []}


def document(*statements: tuple[Mapping[str, Any], Mapping[str, Any]], references: tuple[str, ...]) -> dict[str, Any]:
    """A data source that is read at apply; of each statement what is known, and what is not."""
    made = resource("data.aws_iam_policy_document.d", {}, unknown=("json", "id"), mode="data", actions=["read"])
    change = made["change"]
    change["after"]["version"] = None
    change["after"]["statement"] = [{**NONE, **NO_BLOCKS, **known} for known, _ in statements]
    change["after_unknown"]["statement"] = [dict(unknown) for _, unknown in statements]
    made["_expressions"]["statement"] = [
        {
            **{name: _written(value) for name, value in known.items() if name not in unknown and value},
            **{name: {"references": [*references]} for name in unknown},
        }
        for known, unknown in statements
    ]
    return made


def _written(value: Any) -> Any:
    """The expression of an argument, and for blocks those of each."""
    if isinstance(value, list) and value and all(isinstance(each, dict) for each in value):
        return [{key: _written(child) for key, child in each.items()} for each in value]
    return {"constant_value": value}


POLICY = resource(
    "aws_sns_topic_policy.p",
    {"arn": Refers("aws_sns_topic.visits.arn"), "policy": Refers("data.aws_iam_policy_document.d.json")},
)
OPEN: tuple[dict[str, Any], dict[str, Any]] = (
    {"actions": ["sns:Publish"], "resources": [None], "principals": [{"type": "*", "identifiers": ["*"]}]},
    {"resources": [True]},
)


def text(*statements: str, policy: str = "data.aws_iam_policy_document.d.json") -> str:
    blocks = "".join(f"  statement {{\n{each}\n  }}\n" for each in statements)
    return (
        'resource "aws_sns_topic" "visits" {\n  name = "visits"\n}\n'
        'resource "aws_sqs_queue" "visits" {\n  name = "visits"\n}\n'
        f'data "aws_iam_policy_document" "d" {{\n{blocks}}}\n'
        f'resource "aws_sns_topic_policy" "p" {{\n  arn = aws_sns_topic.visits.arn\n  policy = {policy}\n}}\n'
    )


def read(folder: Path, content: dict[str, Any], written: str | None) -> Any:
    """The statements of the topic's policy."""
    if written is not None:
        (folder / "main.tf").write_text(written, "utf-8")
    path = write(folder, content)
    found = read_plans([PlanFile(path, "plan.json", path.read_bytes())], Settings(account="111122223333"))
    assert not found.problems
    (policy,) = [each for each in found.resources if each.type == "AWS::SNS::TopicPolicy"]
    properties: Any = settle_all(policy.fields["Properties"], World())
    return properties["PolicyDocument"]


TO_TOPIC = '    actions = ["sns:Publish"]\n    resources = [aws_sns_topic.visits.arn]'
ANYBODY = '\n    principals {\n      type = "*"\n      identifiers = ["*"]\n    }'


def test_a_resource_that_the_plan_leaves_open_is_named_by_the_text(tmp_path: Path) -> None:
    content = plan(
        TOPIC, QUEUE, document(OPEN, references=("aws_sns_topic.visits.arn", "aws_sns_topic.visits")), POLICY
    )
    (statement,) = read(tmp_path, content, None)["Statement"]
    assert [type(each) for each in statement["Resource"]] == [Unknown]
    (statement,) = read(tmp_path, content, text(TO_TOPIC + ANYBODY))["Statement"]
    assert statement["Resource"] == ["arn:aws:sns:eu-west-1:111122223333:visits"]
    assert statement["Principal"] == "*"


def test_each_statement_is_told_by_its_own_block(tmp_path: Path) -> None:
    """Statements keep the order in which they are written, so the first names the topic and the second the queue."""
    one = ({"actions": ["sns:Publish"], "resources": [None]}, {"resources": [True]})
    other = ({"actions": ["sqs:SendMessage"], "resources": [None]}, {"resources": [True]})
    references = (
        "aws_sns_topic.visits.arn",
        "aws_sns_topic.visits",
        "aws_sqs_queue.visits.arn",
        "aws_sqs_queue.visits",
    )
    made = document(one, other, references=references)
    for index, own in enumerate((references[:2], references[2:])):
        made["_expressions"]["statement"][index]["resources"] = {"references": [*own]}
    to_queue = '    actions = ["sqs:SendMessage"]\n    resources = [aws_sqs_queue.visits.arn]'
    first, second = read(tmp_path, plan(TOPIC, QUEUE, made, POLICY), text(TO_TOPIC, to_queue))["Statement"]
    assert first["Resource"] == ["arn:aws:sns:eu-west-1:111122223333:visits"]
    assert second["Resource"] == ["arn:aws:sqs:eu-west-1:111122223333:visits"]


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param("    resources = concat([aws_sns_topic.visits.arn], var.more)", id="a function"),
        pytest.param('    resources = var.wide ? ["*"] : [aws_sns_topic.visits.arn]', id="a condition"),
        pytest.param("    resources = [for each in [aws_sns_topic.visits] : each.arn]", id="a loop"),
        pytest.param("    resources = [aws_sqs_queue.visits.arn]", id="what the plan does not say it refers to"),
    ],
)
def test_what_the_text_does_not_only_name_stays_open(tmp_path: Path, statement: str) -> None:
    content = plan(
        TOPIC, QUEUE, document(OPEN, references=("aws_sns_topic.visits.arn", "aws_sns_topic.visits")), POLICY
    )
    (told,) = read(tmp_path, content, text('    actions = ["sns:Publish"]\n' + statement + ANYBODY))["Statement"]
    assert [type(each) for each in told["Resource"]] == [Unknown]


def test_a_statement_that_a_dynamic_block_makes_stays_open(tmp_path: Path) -> None:
    written = (
        text(TO_TOPIC + ANYBODY)
        .replace("  statement {\n", '  dynamic "statement" {\n    for_each = var.all\n    content {\n', 1)
        .replace("\n  }\n}\n", "\n  }\n  }\n}\n", 1)
    )
    content = plan(
        TOPIC, QUEUE, document(OPEN, references=("aws_sns_topic.visits.arn", "aws_sns_topic.visits")), POLICY
    )
    (told,) = read(tmp_path, content, written)["Statement"]
    assert [type(each) for each in told["Resource"]] == [Unknown]


def test_a_document_that_the_policy_changes_on_its_way_is_not_known(tmp_path: Path) -> None:
    content = plan(
        TOPIC, QUEUE, document(OPEN, references=("aws_sns_topic.visits.arn", "aws_sns_topic.visits")), POLICY
    )
    changed = 'replace(data.aws_iam_policy_document.d.json, "sns", "sqs")'
    assert isinstance(read(tmp_path, content, text(TO_TOPIC + ANYBODY, policy=changed)), Unknown)


@pytest.mark.parametrize(
    ("principals", "written", "expected"),
    [
        ({"type": "*", "identifiers": ["*"]}, ANYBODY, "FAIL"),
        (
            {"type": "AWS", "identifiers": [None]},
            '\n    principals {\n      type = "AWS"\n      identifiers = [aws_iam_role.r.arn]\n    }',
            "PASS",
        ),
    ],
    ids=["anybody", "a role of the plan"],
)
def test_who_it_lets_in_is_judged(tmp_path: Path, principals: dict[str, Any], written: str, expected: str) -> None:
    role = resource("aws_iam_role.r", {"name": "r", "assume_role_policy": "{}"}, unknown=("arn", "id"))
    known = {"actions": ["sns:Publish"], "resources": [None], "principals": [principals]}
    unknown: dict[str, Any] = {"resources": [True]}
    if None in principals["identifiers"]:
        unknown["principals"] = [{"identifiers": [True]}]
    made = document((known, unknown), references=("aws_sns_topic.visits.arn", "aws_sns_topic.visits"))
    if "principals" in unknown:
        identifiers = {"references": ["aws_iam_role.r.arn", "aws_iam_role.r"]}
        made["_expressions"]["statement"][0]["principals"] = [
            {"type": {"constant_value": "AWS"}, "identifiers": identifiers}
        ]
    (tmp_path / "main.tf").write_text(
        text(TO_TOPIC + written) + 'resource "aws_iam_role" "r" {\n  name = "r"\n  assume_role_policy = "{}"\n}\n',
        "utf-8",
    )
    path = write(tmp_path, plan(TOPIC, QUEUE, role, made, POLICY))
    found = verdicts(path, "data-policy-not-public")
    assert found["aws_sns_topic_policy.p"] == expected
