from __future__ import annotations

import pytest

from scanner.iam.replicas import in_region
from scanner.model.partial_text import Text, text_of
from scanner.model.unknown import Unknown

NAME, REGION = Unknown("parameter", "a name"), Unknown("parameter", "a region")


@pytest.mark.parametrize(
    ("arn", "region", "there"),
    [
        ("arn:aws:dynamodb:us-east-1:1:table/x", "eu-west-1", "arn:aws:dynamodb:eu-west-1:1:table/x"),
        ("arn:aws:secretsmanager:a:1:secret:t-x:y", "b", "arn:aws:secretsmanager:b:1:secret:t-x:y"),
        (("arn:aws:dynamodb:us-east-1:1:table/", NAME), "b", ("arn:aws:dynamodb:b:1:table/", NAME)),
        (("arn:aws:dynamodb:", REGION, ":1:table/", NAME), "b", ("arn:aws:dynamodb:b:1:table/", NAME)),
        (("arn:aws:dynamodb:us-", REGION, ":1:x"), "b", "arn:aws:dynamodb:b:1:x"),
        ("arn:aws:dynamodb:a:1:x", REGION, ("arn:aws:dynamodb:", REGION, ":1:x")),
        # What does not tell its region, and what is no region, leave the ARN as it is.
        ((NAME, "x"), "b", (NAME, "x")),
        ("*", "b", "*"),
        ("arn:aws:dynamodb:a:1:x", None, "arn:aws:dynamodb:a:1:x"),
    ],
)  # fmt: skip
def test_an_arn_in_another_region(arn: object, region: object, there: object) -> None:
    def built(value: object) -> str | Text:
        made = text_of(value) if isinstance(value, tuple) else value
        assert isinstance(made, str | Text)
        return made

    assert in_region(built(arn), region) == built(there)
