"""Equality of partly known strings."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.model.partial_text import Part, Text, text_of
from scanner.model.unknown import Reference, Unknown
from tests.case_names import case_name

REGION = Unknown("deploy-time", "known only at deployment", ("AWS::Region",))
APP = Unknown("parameter", "parameter `App` has no value", ("App",))
NAMELESS = Unknown("macro", "made at deployment")
ONE = Reference("deploy-time", "made at deployment", ("t.yaml#One", "Ref"), resource="t.yaml#One")
TWO = Reference("deploy-time", "made at deployment", ("t.yaml#Two", "Ref"), resource="t.yaml#Two")


@pytest.mark.parametrize(
    ("left", "right", "said"),
    [
        ((APP, "-logs-", REGION), (APP, "-logs-", REGION), True),
        ((APP, "-logs-", REGION), (APP, "-", REGION), False),
        ((APP, "-logs"), (APP, "-files"), False),
        (("a-", APP), ("b-", APP), False),
        (("role/", ONE), ("role/", TWO), False),
        (("role/", ONE), ("role/", ONE), True),
        (("role/", ONE), ("role/", APP), None),
        (("a", APP, "b"), ("a", REGION, "b"), None),
        (("a", APP, REGION), ("a", APP), None),
        (("a", APP, "b", REGION), ("a", APP), False),
        (("a", NAMELESS), ("a", NAMELESS), None),
        ((APP, "-", REGION), (REGION, "-", APP), None),
        ((APP, "-logs-", REGION), ("arn:", REGION, ":s3:::", APP, "-", REGION), False),
        ((APP, "-", APP), ("arn:", APP, "-", REGION), None),
    ],
    ids=case_name,
)
def test_equality(left: tuple[Part, ...], right: tuple[Part, ...], said: bool | None) -> None:
    assert Text(left).equals(Text(right)) is said
    assert Text(right).equals(Text(left)) is said


PARTS = st.lists(st.sampled_from(["a", "b", "ab", APP, REGION, NAMELESS]), max_size=5)


@given(
    PARTS,
    PARTS,
    st.text("ab", max_size=2),
    st.text("ab", max_size=2),
    st.text("ab", max_size=2),
    st.text("ab", max_size=2),
)
@pytest.mark.full
def test_no_filling_contradicts(left: list[Part], right: list[Part], app: str, region: str, one: str, two: str) -> None:
    texts = text_of(left), text_of(right)
    if not (isinstance(texts[0], Text) and isinstance(texts[1], Text)):
        return
    said = texts[0].equals(texts[1])

    def filled(parts: list[Part], nameless: str) -> str:
        values = {"App": app, "AWS::Region": region}
        return "".join(
            part if isinstance(part, str) else values[part.symbol[-1]] if part.symbol else nameless for part in parts
        )

    assert said is None or said == (filled(left, one) == filled(right, two))
