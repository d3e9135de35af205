"""Every message of a FAIL says which setting brought it about: by the rule's author, or by the engine."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

import pytest

from scanner.language.library import Library, load_library
from scanner.language.rule import Rule
from scanner.rule_testing.examples import judge_example

SEED = 29
SAMPLE = 60
# A property or a path of it, a type of resource that is missing, a label, a statement or a place of the tenancy.
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
