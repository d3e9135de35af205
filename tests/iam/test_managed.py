from __future__ import annotations

import time
from zipfile import ZipFile

import pytest

from scanner.iam.managed import managed_policies_release, managed_policy, managed_policy_names
from scanner.shipped_data import data_file


def test_administrator_access_allows_everything() -> None:
    policy = managed_policy("arn:aws:iam::aws:policy/AdministratorAccess")
    assert policy is not None
    assert policy.name == "AdministratorAccess"
    assert policy.document["Statement"] == [{"Effect": "Allow", "Action": "*", "Resource": "*"}]
    assert policy.version == "v1"
    assert policy.same_partition


@pytest.mark.parametrize(
    "name",
    ["service-role/AWSLambdaBasicExecutionRole", "job-function/ViewOnlyAccess", "AmazonS3ReadOnlyAccess"],
)
def test_a_path_is_part_of_the_name(name: str) -> None:
    policy = managed_policy(f"arn:aws:iam::aws:policy/{name}")
    assert policy is not None
    assert policy.arn == f"arn:aws:iam::aws:policy/{name}"
    assert policy.name == name.rpartition("/")[2]
    assert policy.document["Statement"]


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:iam::aws:policy/AWSLambdaBasicExecutionRole",
        "arn:aws:iam::aws:policy/service-role/AdministratorAccess",
        "arn:aws:iam::aws:policy/NoSuchPolicy",
        "arn:aws:iam::aws:policy/administratoraccess",
        "arn:aws:iam::aws:policy/../AdministratorAccess",
        "arn:aws:iam::aws:policy/AdministratorAccess\n",
        "arn:aws:iam::111122223333:policy/AdministratorAccess",
        "arn:aws-iso:iam::aws:policy/AdministratorAccess",
        "AdministratorAccess",
        "",
    ],
)
def test_what_is_not_a_known_policy_is_unknown(arn: str) -> None:
    assert managed_policy(arn) is None


@pytest.mark.parametrize("partition", ["aws-cn", "aws-us-gov"])
def test_other_partitions_are_read_from_the_commercial_one_and_say_so(partition: str) -> None:
    policy = managed_policy(f"arn:{partition}:iam::aws:policy/AdministratorAccess")
    assert policy is not None
    assert policy.arn.startswith(f"arn:{partition}:")
    assert not policy.same_partition


def test_the_release_is_named_with_every_policy() -> None:
    release, newest = managed_policies_release()
    policy = managed_policy("arn:aws:iam::aws:policy/ReadOnlyAccess")
    assert policy is not None
    assert release.startswith("moto ")
    assert policy.release == release
    assert "2015-01-01" < policy.updated <= newest


def test_every_policy_can_be_read_and_has_statements() -> None:
    names = managed_policy_names()
    assert len(names) > 1_500
    assert list(names) == sorted(set(names))
    for name in names:
        policy = managed_policy(f"arn:aws:iam::aws:policy/{name}")
        assert policy is not None
        assert policy.document["Statement"], name
        assert policy.version.startswith("v"), name


def test_a_caller_cannot_change_what_the_next_one_reads() -> None:
    arn = "arn:aws:iam::aws:policy/AdministratorAccess"
    first, second = managed_policy(arn), managed_policy(arn)
    assert first is not None
    assert second is not None
    statements = first.document["Statement"]
    assert isinstance(statements, list)
    statements.clear()
    assert second.document["Statement"]


def test_the_notice_names_the_licence_of_every_source() -> None:
    notice = data_file("NOTICE").read_text(encoding="utf-8")
    for needed in (
        "Copyright (c) 2024 Cloud Copilot",
        "Copyright 2019 Salesforce.com",
        "Copyright 2012 Steve Pulec",
        "Apache License",
        "actions.jsonl",
        "managed_policies.zip",
    ):
        assert needed in notice
    with ZipFile(data_file("managed_policies.zip")) as archive:
        assert b"Apache-2.0" in archive.comment


def test_reading_one_policy_is_fast() -> None:
    start = time.process_time()
    assert managed_policy("arn:aws:iam::aws:policy/PowerUserAccess") is not None
    assert time.process_time() - start < 0.3
