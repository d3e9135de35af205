"""AWS's list of HIPAA-eligible services, as it is shipped."""

from __future__ import annotations

import datetime
import json

import pytest

from scanner.language.expressions.hipaa_eligible import TOOL, as_of, service_of
from scanner.model.types import type_names
from scanner.shipped_data import data_file


@pytest.mark.parametrize(
    ("type_name", "service"),
    [
        ("AWS::S3::Bucket", "Amazon Simple Storage Service"),
        ("AWS::RDS::DBCluster", "Amazon Relational Database Service"),
        ("AWS::HealthLake::FHIRDatastore", "AWS HealthLake"),
        ("AWS::Pipes::Pipe", "Amazon EventBridge"),
        ("AWS::IAM::Role", TOOL),
        ("AWS::::Account", TOOL),
        ("AWS::AppRunner::Service", None),
        ("AWS::S3Anything::Bucket", None),
        ("Custom::Thing", None),
    ],
)
def test_a_type_is_of_its_service(type_name: str, service: str | None) -> None:
    assert service_of(type_name) == service


def test_the_list_has_a_day_and_a_source_and_names_no_type_twice() -> None:
    assert datetime.date.fromisoformat(as_of()) >= datetime.date(2025, 6, 17)
    document = json.loads(data_file("hipaa_eligible.json").read_bytes())
    assert document["source"]
    named = [prefix for part in ("listed", "tools") for prefixes in document[part].values() for prefix in prefixes]
    assert len(named) == len(set(named))
    known = {"::".join(name.split("::")[:2]) for name in type_names()}
    assert set(named) <= known, "CloudFormation knows no such types"
