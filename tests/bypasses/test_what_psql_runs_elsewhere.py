r"""psql's `\i` runs another file, `\if` and a second `\connect` choose what is run: each was left out."""

from __future__ import annotations

import pytest

from scanner.inputs.sql.declared import Declared
from scanner.inputs.sql.schema import TABLE, Schema, SqlFile
from scanner.model.unknown import OpenList
from tests.databases.neighbours import BASE, OWN

_SOUND = BASE + f"CREATE POLICY own ON charts USING ({OWN});\n"


@pytest.mark.parametrize(
    ("line", "others", "decided"),
    [
        ("", (), True),
        ("\\echo done", (), True),
        ("\\set ON_ERROR_STOP on", (), True),
        ("\\i policies.sql", (), False),
        ("\\ir ../shared/policies.sql", (), False),
        ("\\include 'policies.sql'", (), False),
        ("\\include_relative policies.sql", ("db/policies.sql",), True),
        ("\\i policies.sql", ("db/policies.sql",), True),
        ("\\if :production\nALTER TABLE charts NO FORCE ROW LEVEL SECURITY;\n\\endif", (), False),
        ("\\connect other", (), True),
        ("\\connect clinic\n\\c other", (), False),
        ("\\connect clinic\n\\connect clinic", (), True),
        ("\\copy charts FROM 'x.csv'", (), True),
        ("SELECT 'GRANT SELECT ON charts TO PUBLIC' \\gexec", (), False),
    ],
)
def test_it_is_left_open(line: str, others: tuple[str, ...], decided: bool) -> None:
    schema = Schema(None)
    schema.run(SqlFile("db/all.sql", _SOUND + line + "\n"))
    for each in others:
        schema.run(SqlFile(each, "SELECT 1;"))
    (table,) = [each for each in schema.resources(Declared()) if each.type == TABLE]
    properties = table.fields["Properties"]
    assert isinstance(properties, dict)
    assert list(properties["Leaks"]) == []
    assert isinstance(properties["Leaks"], OpenList) is not decided
    assert bool(schema.missed) is not decided
