"""Arguments that no table reads are in the plan: a secret in one is found, and without one nothing is left open."""

from __future__ import annotations

import pytest

from scanner.inputs.terraform.instances import Instance
from scanner.inputs.terraform.unread import unread_secrets
from scanner.model.unknown import OpenList


def instance(after: dict[str, object], unknown: dict[str, object] | None = None) -> Instance:
    return Instance("x", (), "managed", "aws_instance", "it", None, "aws", after, unknown or {}, new=True)


@pytest.mark.parametrize(
    ("after", "places"),
    [
        ({"a_password": "correct-horse"}, ["a_password"]),
        ({"block": [{"auth_token": "correct-horse"}]}, ["block.auth_token"]),
        ({"variable": [{"name": "DB_PASSWORD", "value": "correct-horse"}]}, ["variable.value"]),
        ({"note": "AKIAIOSFODNN7EXAMPLQ"}, ["note"]),
        ({"a_password": "{{resolve:secretsmanager:charts}}"}, []),
        ({"a_password": ""}, []),
        ({"a_password": None}, []),
        ({"note": "plain words"}, []),
        ({"tags_all": {"password": "correct-horse"}}, []),
        ({"user_data": "echo"}, []),  # a table reads it, and the rule judges it there
    ],
)
def test_what_no_table_reads_is_looked_through(after: dict[str, object], places: list[str]) -> None:
    found = unread_secrets(instance(after))
    assert [each["Place"] for each in found if isinstance(each, dict)] == places
    assert not isinstance(found, OpenList)


def test_an_unread_secret_that_is_not_known_is_open() -> None:
    assert isinstance(unread_secrets(instance({}, {"a_password": True})), OpenList)
    assert not isinstance(unread_secrets(instance({}, {"a_size": True})), OpenList)
