"""A broken rule file: every problem at once, each at its place, with what was probably meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.base.problem import ProblemsError
from scanner.language.library import load_library

GOOD = """\
id: own-rule
title: The property is as it must be
severity: high
why: It must.
applies_to: {types: [AWS::DynamoDB::Table]}
assert:
  - that: Properties.TableName
fix: Set it.
references: [https://docs.aws.amazon.com/]
examples:
  pass:
    one: {Resources: {R: {Type: AWS::DynamoDB::Table, Properties: {TableName: x}}}}
"""


def complaints(tmp_path: Path, text: str, name: str = "own-rule") -> list[str]:
    folder = tmp_path / "rules" / "storage"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.yaml").write_text(text, "utf-8")
    with pytest.raises(ProblemsError) as caught:
        load_library([tmp_path / "rules"], shipped=False)
    assert {problem.kind for problem in caught.value.problems} == {"rule"}
    return [str(problem) for problem in caught.value.problems]


def test_a_good_rule_loads(tmp_path: Path) -> None:
    folder = tmp_path / "rules" / "storage"
    folder.mkdir(parents=True)
    (folder / "own-rule.yaml").write_text(GOOD, "utf-8")
    library = load_library([tmp_path / "rules"], shipped=False)
    (rule,) = library.rules
    assert (rule.id, rule.layer, rule.tier) == ("own-rule", "storage", "core")
    assert library.digest.startswith("sha256:")


def test_all_problems_of_a_file_are_told_at_once(tmp_path: Path) -> None:
    text = GOOD.replace("severity: high", "severity: hihg").replace("fix:", "fixx:").replace("that:", "thta:")
    found = complaints(tmp_path, text)
    assert any(":3:11: " in each and "did you mean `high`?" in each for each in found), found
    assert any("unknown key `fixx`" in each and "did you mean `fix`?" in each for each in found), found
    assert any("unknown key `thta`" in each and "did you mean `that`?" in each for each in found), found
    assert any("lacks `fix`" in each for each in found), found


def test_problems_of_several_files_are_told_together(tmp_path: Path) -> None:
    folder = tmp_path / "rules" / "storage"
    folder.mkdir(parents=True)
    (folder / "other-rule.yaml").write_text("id: [", "utf-8")
    found = complaints(tmp_path, GOOD.replace("title:", "titel:"))
    assert any("other-rule.yaml" in each for each in found)
    assert any("own-rule.yaml" in each for each in found)


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("Properties.[", "not a JMESPath expression"),
        ("'!Properties.TableName'", "`!` binds tighter than `.` in JMESPath, write `!(a.b)`"),
        (
            "Properties.TableName == null",
            "`null` is a field name in JMESPath, not a literal, compare with `is:` instead",
        ),
        ("'Properties.A == `true`'", "backtick literals are not part of rules"),
        ("lenght(Properties.Tags)", "`lenght` is not a function of the rule language, did you mean `length`?"),
        ("length(Properties, Tags)", "`length` takes 1 arguments, not 2"),
        ("Properties.TableName == $name", "`$name` is not a parameter of the rule"),
        ("related('bucket-polcy')", "`bucket-polcy` is not a declared relation"),
        ("matches(Properties.TableName, '(a+)+$')", "a repeat inside a repeat may take forever"),
        ("sort_by(Properties.Tags, &Key)", "`sort_by` is not a function of the rule language"),
    ],
)
def test_an_expression_that_cannot_work_is_refused_with_a_hint(tmp_path: Path, expression: str, said: str) -> None:
    (complaint,) = complaints(tmp_path, GOOD.replace("that: Properties.TableName", f"that: {expression}"))
    assert said in complaint, complaint
    assert ":7:" in complaint, complaint


def test_the_column_is_where_in_the_expression_it_went_wrong(tmp_path: Path) -> None:
    (complaint,) = complaints(
        tmp_path, GOOD.replace("that: Properties.TableName", "that: Properties.Tags && lenght(Id)")
    )
    assert "own-rule.yaml:7:30: " in complaint


@pytest.mark.parametrize(
    ("asserted", "said"),
    [
        ("{that: Id, is: a, in: [b]}", "`that` takes one comparison, not `is` and `in`"),
        ("{that: Id, each: Properties.Tags}", "has both `that` and `each`"),
        ("{message: nothing}", "needs one of"),
        ("{each: Properties.Tags}", "`each` needs `assert`"),
        ("{all: [{that: Id}], is: 1}", "`is` does not go with `all`"),
        ("{that: Id, matches: '(a*)*'}", "a repeat inside a repeat may take forever"),
        ("{that: Id, matches: '['}", "not a regular expression"),
        ("{that: Id, at_least: $days}", "`$days` is not a parameter of the rule"),
        ("{that: Id, message: '{{ Id. }}'}", "not a JMESPath expression"),
        ("{prove: cannot-cross}", "did you mean `cannot-cross-tenant`?"),
    ],
)
def test_an_assertion_has_exactly_one_verb_and_what_goes_with_it(tmp_path: Path, asserted: str, said: str) -> None:
    found = complaints(tmp_path, GOOD.replace("- that: Properties.TableName", f"- {asserted}"))
    assert any(said in each for each in found), found


def test_a_rule_is_named_as_its_file(tmp_path: Path) -> None:
    (complaint,) = complaints(tmp_path, GOOD, "another-name")
    assert "`id` is `own-rule` but the file is named `another-name`" in complaint


def test_a_folder_that_is_none_is_told(tmp_path: Path) -> None:
    with pytest.raises(ProblemsError, match="is not a folder"):
        load_library([tmp_path / "nowhere"], shipped=False)


def test_two_rules_of_one_name_are_told(tmp_path: Path) -> None:
    for layer in ("storage", "network"):
        folder = tmp_path / "rules" / layer
        folder.mkdir(parents=True)
        (folder / "own-rule.yaml").write_text(GOOD, "utf-8")
    with pytest.raises(ProblemsError, match="rule `own-rule` is declared twice"):
        load_library([tmp_path / "rules"], shipped=False)


def test_a_title_of_more_than_90_characters_is_too_long(tmp_path: Path) -> None:
    (complaint,) = complaints(tmp_path, GOOD.replace("The property is as it must be", "x" * 91))
    assert "more than 90 characters" in complaint
