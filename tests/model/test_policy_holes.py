"""Which holes of a session policy are the tenant's, by the usual and by declared spellings."""

from __future__ import annotations

import pytest

from scanner.model.policy_holes import filled
from scanner.model.unknown import unknowns


@pytest.mark.parametrize(
    ("text", "declared", "made"),
    [
        ("TENANT#{{tenant}}", (), "TENANT#${tenant}"),
        ("TENANT#${tenant}", (), "TENANT#${tenant}"),
        ("TENANT#{tenant_id}", ("{tenant_id}",), "TENANT#${tenant}"),
        ("TENANT%{tenant_id}", ("{tenant_id}",), "TENANT%${tenant}"),
        ("TENANT#{0}", ("{0}",), "TENANT#${tenant}"),
        ("TENANT#{tenant_id}", ("#{tenant_id}",), "TENANT${tenant}"),
        ("TENANT#%s", ("%s",), "TENANT#${tenant}"),
        ("TENANT#<TENANT>", ("<TENANT>",), "TENANT#${tenant}"),
        # Of a hole that another sign makes a different one, nobody said what is there.
        ("TENANT#{tenant}", (), None),
        ("TENANT#${tenant_id}", ("{tenant_id}",), None),
        ("TENANT#{{tenant_id}}", ("{tenant_id}",), None),
    ],
)
def test_the_tenants_hole_behind_a_delimiter(text: str, declared: tuple[str, ...], made: str | None) -> None:
    read = filled({"Statement": [{"Resource": text}]}, "p.json", declared)
    assert isinstance(read.document, dict)
    (statement,) = read.document["Statement"]
    assert read.tenants is (made is not None)
    if made is not None:
        assert statement["Resource"] == made
    else:
        assert len(list(unknowns(statement["Resource"]))) == 1


def test_either_reading_of_a_sign_before_a_hole_is_proposed() -> None:
    read = filled({"Statement": [{"Resource": "TENANT#{tenant}"}]}, "p.json")
    (why,) = unknowns(read.document)
    assert (
        'declare `hole: "#{tenant}"`' in why.detail and '`hole: "{tenant}"`, where `#` belongs to the key' in why.detail
    )
