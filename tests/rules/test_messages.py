"""Every message of a FAIL says which setting brought it about: by the rule's author, or by the engine."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

import pytest

from scanner.language.library import Library, load_library
from scanner.language.rule import Rule
from scanner.model.secrets import scrubbed
from scanner.rule_testing.examples import judge_example

SEED = 29
SAMPLE = 60
# A property or a path of it, a type of resource that is missing, a label, a statement or a place of the tenancy.
_EXPRESSION = re.compile(r"\{\{.*?\}\}")
_NAMED = re.compile(r"`[^`\s][^`]*`")


def _without_a_path(rule: Rule, library: Library) -> Iterator[str]:
    for example in rule.examples:
        if example.kind != "fail":
            continue
        for finding in judge_example(rule, example, example.body, library):
            if finding.verdict == "FAIL" and not _NAMED.search(finding.message):
                yield f"{rule.id}, example `{example.name}`: {finding.message}"


def test_failures_of_a_sample_of_rules_name_a_path() -> None:
    library = load_library()
    drawn = random.Random(SEED).sample(library.rules, SAMPLE)
    assert [said for rule in drawn for said in _without_a_path(rule, library)] == []


@pytest.mark.full
def test_failures_of_all_rules_name_a_path() -> None:
    library = load_library()
    assert [said for rule in library.rules for said in _without_a_path(rule, library)] == []


def test_the_words_of_a_message_are_not_taken_for_a_secret() -> None:
    """`without a password: neither ...` was masked as one that is assigned."""
    texts = {f"{rule.id}: {text}": text for rule in load_library().rules for text in _texts(rule.document.data)}
    assert len(texts) > 700, "the messages are not read"
    assert [
        said for said, text in texts.items() if scrubbed(_EXPRESSION.sub("x", text)) != _EXPRESSION.sub("x", text)
    ] == []


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for key, each in value.items():
            if key in ("message", "why", "fix") and isinstance(each, str):
                yield each
            elif key != "examples":
                yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
