"""Where a resource of a plan is: its own `region` since provider 6, its provider's, and what of these is not known."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from scanner.inputs.cloudformation.settings import Settings
from scanner.inputs.terraform.reader import PlanFile, read_plans
from tests.inputs.terraform.plans import AWS, Refers, plan, resource

QUEUE = {"name": "visits"}
HERE = ("111122223333", "us-east-1")
ROLE = {"role_arn": {"constant_value": "arn:aws:iam::444455556666:role/deploy"}}
Place = tuple[str | None, str | None]


def places(content: dict[str, Any]) -> dict[str, Place]:
    """Account and region of each resource; the scan itself is told of one account and one region."""
    file = PlanFile(Path("plan.json"), "plan.json", json.dumps(content).encode())
    found = read_plans([file], Settings(account=HERE[0], region=HERE[1])).resources
    return {each.logical_id: (each.account, each.region) for each in found}


def with_providers(content: dict[str, Any], **keys: str) -> dict[str, Any]:
    for each in content["configuration"]["root_module"]["resources"]:
        each["provider_config_key"] = keys.get(each["name"], "aws")
    return content


def config(alias: str | None = None, **expressions: Any) -> dict[str, Any]:
    return {"name": "aws", "full_name": AWS, **({"alias": alias} if alias else {}), "expressions": expressions}


def test_the_region_of_a_resource_beats_that_of_its_provider() -> None:
    """ "Enhanced Region Support" of the provider's version 6: every regional resource has the argument."""
    own = resource("aws_sqs_queue.own", {**QUEUE, "region": "eu-central-1"})
    other = resource("aws_sqs_queue.other", {**QUEUE, "region": "eu-west-1"})
    found = places(plan(own, other))
    assert found == {"aws_sqs_queue.own": (HERE[0], "eu-central-1"), "aws_sqs_queue.other": (HERE[0], "eu-west-1")}


def test_a_region_that_is_known_after_apply_is_not_the_providers() -> None:
    """Nor is it taken for that of another resource whose region is not known either: the two have the same name."""
    first, second = (
        resource(f"aws_sqs_queue.{name}", {**QUEUE, "region": Refers(f"terraform_data.{name}.output")})
        for name in ("first", "second")
    )
    assert set(places(plan(first, second)).values()) == {(HERE[0], None)}


def test_a_region_that_the_provider_computes_is_the_providers() -> None:
    """Buckets had the attribute before: unknown while they are planned, and written nowhere."""
    assert places(plan(resource("aws_s3_bucket.b", {"bucket": "b"}, unknown=("region",))))["aws_s3_bucket.b"][1] == (
        "eu-west-1"
    )


@pytest.mark.parametrize(
    ("expressions", "expected"),
    [
        ({"region": {"constant_value": "eu-west-1"}, "assume_role": [ROLE]}, ("444455556666", "eu-west-1")),
        ({"region": {"references": ["local.region"]}}, (HERE[0], None)),
        ({"region": {"constant_value": "eu-west-1"}, "profile": {"constant_value": "dr"}}, (None, "eu-west-1")),
        (
            {"region": {"constant_value": "eu-west-1"}, "assume_role": [{"role_arn": {"references": ["local.role"]}}]},
            (None, "eu-west-1"),
        ),
        ({"region": {"references": ["each.value"]}}, (HERE[0], None)),
        ({"region": {"constant_value": "eu-west-1"}}, (HERE[0], "eu-west-1")),
        ({}, HERE),
    ],
    ids=["role", "region", "profile", "role of a local", "for_each", "region alone", "nothing"],
)
def test_what_is_given_holds_of_another_configuration_only_where_it_may(
    expressions: dict[str, Any], expected: Place
) -> None:
    content = with_providers(
        plan(resource("aws_sqs_queue.main", QUEUE), resource("aws_sqs_queue.far", QUEUE), region=None), far="aws.far"
    )
    content["configuration"]["provider_config"] = {"aws": config(), "aws.far": config("far", **expressions)}
    assert places(content) == {"aws_sqs_queue.main": HERE, "aws_sqs_queue.far": expected}


def test_the_given_region_is_that_of_the_only_configuration_whose_own_is_not_told() -> None:
    content = plan(resource("aws_sqs_queue.q", QUEUE), region=None)
    content["configuration"]["provider_config"]["aws"]["expressions"] = {"region": {"references": ["local.region"]}}
    assert places(content)["aws_sqs_queue.q"] == HERE


def test_configurations_by_for_each_are_listed_once_and_are_several() -> None:
    """OpenTofu since 1.9: `provider "aws" { alias = "by_region", for_each = ... }` and `provider = aws.by_region[...]`.

    Of one name in two regions neither is taken for the other.
    """
    queues = [resource(f'aws_sqs_queue.q["{each}"]', QUEUE) for each in ("eu", "us")]
    content = with_providers(plan(*queues, region=None), q="aws.by_region")
    content["configuration"]["provider_config"] = {
        "aws.by_region": config("by_region", region={"references": ["each.value"]})
    }
    file = PlanFile(Path("plan.json"), "plan.json", json.dumps(content).encode())
    found = read_plans([file], Settings(account=HERE[0], region=HERE[1])).resources
    assert [(each.account, each.region) for each in found] == [(HERE[0], None)] * 2
    assert (
        len({str(each.fields["Region"]) for each in found}) == 2
        or found[0].fields["Region"] != found[1].fields["Region"]
    )
