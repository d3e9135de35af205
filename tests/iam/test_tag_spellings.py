from __future__ import annotations

import pytest

from scanner.iam.tag_spellings import is_container, is_of_another_kind


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ("arn:${Partition}:s3:::${BucketName}", True),
        ("arn:${Partition}:s3:::${BucketName}/${ObjectName}", True),
        ("arn:${Partition}:s3:${Region}:${Account}:access-grants/default/grant/${Token}", False),
        ("arn:${Partition}:s3express:${Region}:${Account}:bucket/${BucketName}", True),
        ("arn:${Partition}:s3express:${Region}:${Account}:accesspoint/${AccessPointName}", False),
        ("arn:${Partition}:s3tables:${Region}:${Account}:bucket/${TableBucketName}/table/${TableID}", True),
        ("arn:${Partition}:sqs:${Region}:${Account}:${QueueName}", False),
    ],
)
def test_the_key_of_a_container_is_that_of_what_is_in_it(form: str, said: bool) -> None:
    assert is_container(form) is said


@pytest.mark.parametrize(
    ("key", "action", "resource", "said"),
    [
        ("rds:db-tag/t", "rds:deletedbinstance", "arn:*:rds:*:111122223333:db:*", False),
        ("rds:db-tag/t", "rds:deletedbcluster", "arn:*:rds:*:111122223333:cluster:*", True),
        ("rds:cluster-pg-tag/t", "rds:modifydbcluster", "arn:aws:rds:us-east-1:111122223333:cluster-pg:x", False),
        ("rds:db-tag/t", "rds:deletedbinstance", "*", False),
        ("rds:req-tag/t", "rds:createdbinstance", "arn:*:rds:*:111122223333:db:*", False),
        ("aws:resourcetag/t", "rds:deletedbcluster", "arn:*:rds:*:111122223333:cluster:*", False),
        ("secretsmanager:resourcetag/t", "secretsmanager:getsecretvalue", "arn:*", False),
    ],
)
def test_a_key_for_the_tags_of_one_type_is_none_of_another(key: str, action: str, resource: str, said: bool) -> None:
    assert is_of_another_kind(key, action, resource) is said
