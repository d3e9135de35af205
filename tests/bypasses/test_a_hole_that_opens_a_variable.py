"""A value that is not known may end in `${`: what follows up to a lone brace is then a variable's name, not text.

Found by a property test under a newer Hypothesis: `${Prefix}lTag/t, 'k'}` was taken for an object `...lTag/t, 'k'}`, so
a grant of `b/k` (the variable's default) was said not to be there.
"""

from __future__ import annotations

import pytest

from scanner.iam.policy_questions import allows
from scanner.model.partial_text import Text
from scanner.model.unknown import Unknown

HOLE = Unknown("parameter", "parameter `Prefix` has no value")


def _document(*parts: str | Unknown) -> dict[str, object]:
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": Text(parts), "Principal": "*"}
    return {"Version": "2012-10-17", "Statement": [statement]}


@pytest.mark.parametrize(
    "parts",
    [
        (HOLE, "lTag/t, 'k'}"),
        ("arn:aws:s3:::b/", HOLE, "aws:PrincipalTag/t, 'k'}"),
        ("arn:aws:s3:::b/", HOLE, "}"),
    ],
    ids=["before the path", "a whole name", "only the brace"],
)
def test_a_lone_brace_after_a_hole_decides_nothing(parts: tuple[str | Unknown, ...]) -> None:
    assert isinstance(allows(_document(*parts), "s3:GetObject", "arn:aws:s3:::b/k"), Unknown)


@pytest.mark.parametrize(
    "parts",
    [("arn:aws:s3:::b/", HOLE, "/x"), ("arn:aws:s3:::b/", HOLE, "/${aws:username}/x")],
    ids=["plain text", "a variable of its own"],
)
def test_text_after_a_hole_still_tells_other_objects_apart(parts: tuple[str | Unknown, ...]) -> None:
    assert allows(_document(*parts), "s3:GetObject", "arn:aws:s3:::b/k") is False
