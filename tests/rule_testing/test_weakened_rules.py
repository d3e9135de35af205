"""Rules that read less than they should are noticed: thirty of them, drawn by seed, with one comparison made weaker."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from typing import Any

import pytest

from scanner.language.library import Library, load_library
from scanner.language.loading import load_rule
from scanner.language.rule import Rule
from scanner.rule_testing.examples import VERDICT, judge_example
from scanner.rule_testing.staying import MOST_PERCENT, staying, total
from scanner.rule_testing.value_mutants import REASONS, check_values
from scanner.text.document import Document, Keys, Span

SEED = 22
DRAWN = 30
FOUND = 28
WEAKER = ("is", "in", "matches", "starts_with", "ends_with", "contains", "at_least", "at_most")


class _Nowhere:
    def find(self, keys: Keys) -> Span:
        del keys
        return Span(0, 0, 0)


@pytest.fixture(scope="module")
def library() -> Library:
    return load_library()


def _comparisons(node: Any, at: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if isinstance(node, dict):
        if "that" in node and any(name in node for name in WEAKER):
            yield at
        for key, child in node.items():
            yield from _comparisons(child, (*at, key))
    elif isinstance(node, list):
        for place, child in enumerate(node):
            yield from _comparisons(child, (*at, place))


def _weakened(rule: Rule, chosen: random.Random, library: Library) -> tuple[Rule, str] | None:
    """The rule with a comparison that only asks whether there is a value."""
    data: Any = json.loads(json.dumps({**_data(rule), "examples": {}}, default=str))
    places = list(_comparisons(data["assert"], ("assert",)))
    if not places:
        return None
    place = chosen.choice(places)
    node: Any = data
    for key in place:
        node = node[key]
    before = dict(node)
    for name in WEAKER:
        node.pop(name, None)
    node["exists"] = True
    document = Document(path=rule.document.path, data=data, text="", spans=_Nowhere())
    return load_rule(document, rule.layer, frozenset(library.relations), valid=True), f"{place}: {before}"


def _data(rule: Rule) -> dict[str, Any]:
    assert isinstance(rule.document.data, dict)
    return copy.copy(rule.document.data)


def _is_noticed(weak: Rule, rule: Rule, library: Library) -> bool:
    for example in rule.examples:
        verdicts = {finding.verdict for finding in judge_example(weak, example, example.body, library)}
        if verdicts != {VERDICT[example.kind]}:
            return True
    known = staying().get(rule.id, {})
    weakened = Rule(**{**{name: getattr(weak, name) for name in weak.__slots__}, "examples": rule.examples})
    return any(not mutant.moved and mutant.place not in known for mutant in check_values(weakened, library))


def test_rules_that_read_less_are_found(library: Library) -> None:
    chosen = random.Random(SEED)
    missed: list[str] = []
    drawn = 0
    for rule in chosen.sample(list(library.rules), len(library.rules)):
        weak = _weakened(rule, chosen, library)
        if weak is None:
            continue
        drawn += 1
        if not _is_noticed(weak[0], rule, library):
            missed.append(f"{rule.id} {weak[1]}")
        if drawn == DRAWN:
            break
    assert drawn == DRAWN
    assert DRAWN - len(missed) >= FOUND, missed


@pytest.mark.full
def test_the_number_of_mutants_in_the_list_is_that_of_the_rules(library: Library) -> None:
    made = sum(1 for rule in library.rules for _ in check_values(rule, library))
    assert total() == made, "run `python scripts/write_value_mutants.py`"


def test_few_values_stay_and_each_says_why() -> None:
    reasons = [reason for places in staying().values() for reason in places.values()]
    assert set(reasons) <= set(REASONS)
    assert 100 * len(reasons) <= MOST_PERCENT * total()
