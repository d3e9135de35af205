"""The rules as compiled with the package: the same verdicts, and never in the place of a rule that has changed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scanner import scan
from scanner.language import compiled_library, library
from scanner.language.compile_library import compile_rules
from scanner.language.expressions.expression import compile_expression
from scanner.language.expressions.scope import Scope
from scanner.language.library import Library, load_library
from scanner.model.world import World
from tests.conftest import ROOT

CLINIC = ROOT / "examples" / "virtual-clinic" / "leaky"


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of a build, made here."""
    path = tmp_path / "rules.json"
    monkeypatch.setattr(compiled_library, "data_file", lambda _: path)
    return compile_rules(path)


def read_as_written(monkeypatch: pytest.MonkeyPatch) -> Library:
    with monkeypatch.context() as patch:
        patch.setattr(library, "read_compiled", lambda: None)
        return load_library(examples=False)


@pytest.mark.full
def test_every_rule_is_the_one_that_is_written(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    quick, slow = load_library(examples=False), read_as_written(monkeypatch)
    assert quick.rules[0].document.text == "", "it was compiled"
    assert (quick.digest, quick.relations, quick.frameworks) == (slow.digest, slow.relations, slow.frameworks)
    plain = ("id", "title", "severity", "tier", "layer", "why", "kind", "types", "otherwise", "params", "fix", "path")
    for rule, other in zip(quick.rules, slow.rules, strict=True):
        for name in (*plain, "references", "subsumes", "theorems"):
            assert getattr(rule, name) == getattr(other, name), f"{rule.id}: {name}"
        assert (rule.where and rule.where.text) == (other.where and other.where.text)


def test_every_verdict_is_the_same(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    quick = scan(CLINIC).report
    with monkeypatch.context() as patch:
        patch.setattr(library, "read_compiled", lambda: None)
        slow = scan(CLINIC).report
    for report in (quick, slow):
        report["generated_at"] = ""
        report["run"] = {}
    assert quick == slow


@pytest.mark.full
def test_rules_of_one_s_own_go_with_the_compiled_ones(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "own"
    folder.mkdir()
    text = (ROOT / "rules" / "logging" / "s3-access-logs.yaml").read_text("utf-8")
    (folder / "our-logs.yaml").write_text(text.replace("id: s3-access-logs", "id: our-logs"), "utf-8")
    quick = load_library([folder], examples=False)
    with monkeypatch.context() as patch:
        patch.setattr(library, "read_compiled", lambda: None)
        slow = load_library([folder], examples=False)
    assert quick.digest == slow.digest
    assert [rule.id for rule in quick.rules] == [rule.id for rule in slow.rules]


@pytest.mark.parametrize("edit", ["digest", "form", "files"])
@pytest.mark.full
def test_a_file_that_is_not_of_these_rules_does_not_count(edit: str, data: Path) -> None:
    content = json.loads(data.read_text("utf-8"))
    content[edit] = None if edit == "files" else "other"
    data.write_text(json.dumps(content), "utf-8")
    assert load_library(examples=False).rules[0].document.text


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"\xff", b'{"form": 1}'])
@pytest.mark.full
def test_a_file_that_cannot_be_read_does_not_count(content: bytes, data: Path) -> None:
    data.write_bytes(content)
    assert load_library(examples=False).rules[0].document.text


def test_a_condition_of_a_compiled_rule_is_compiled_when_it_is_first_asked(data: Path) -> None:
    """A scan of one template asks few of them: to compile them all was an eighth of its time."""
    compile_expression.cache_clear()
    rules = load_library(examples=False).rules
    assert rules[0].document.text == "", "it was compiled"
    before = compile_expression.cache_info().misses
    conditions = [each.where for each in rules if each.where is not None]
    assert before < len(conditions) / 4
    scope = Scope(World(), None, None, None, None, {})  # type: ignore[arg-type]  # a path asks for none of it
    plain = next(each for each in conditions if "(" not in each.text)
    plain.evaluate({}, scope)
    plain.evaluate({}, scope)
    assert compile_expression.cache_info().misses == before + 1
