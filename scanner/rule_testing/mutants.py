"""Rules with a part of them deleted: an example must notice, or nobody would if the part were lost."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from typing import Any

from scanner.base.record import record
from scanner.language.library import Library
from scanner.language.loading import load_rule
from scanner.language.rule import Rule
from scanner.rule_testing.examples import VERDICT, judge_example
from scanner.text.document import Document, NoPlaces

_LISTS = ("assert", "all", "any", "not")


@record
class Mutant:
    """`deleted` is the path of what is gone, as in `assert[1].all[0]`; `noticed` whether an example turned."""

    rule: str
    deleted: str
    noticed: bool

    def __str__(self) -> str:
        return f"{self.rule}: no example notices that `{self.deleted}` is gone"


def check_mutants(rule: Rule, library: Library) -> Iterator[Mutant]:
    """Each deletion of an assertion, of a `where` or of an exception from one, and whether it was noticed."""
    if not rule.examples:
        return
    for path, data in _without_one(rule.document.data):
        document = Document(path=rule.document.path, data=data, text="", spans=NoPlaces())
        mutant = load_rule(document, rule.layer, frozenset(library.relations), valid=True)
        yield Mutant(rule.id, path, _is_noticed(mutant, rule, library))


def _is_noticed(mutant: Rule, rule: Rule, library: Library) -> bool:
    for example in rule.examples:
        wanted = VERDICT[example.kind]
        findings = judge_example(mutant, example, example.body, library)
        if any(finding.verdict != wanted for finding in findings):
            return True
        expected = example.body.get("expect")
        if isinstance(expected, str) and not any(expected in finding.message for finding in findings):
            return True
    return False


def _without_one(data: object) -> Iterator[tuple[str, Mapping[str, object]]]:
    """The rule with one part deleted, for each part. Parts that aliases of YAML share are parts of their own."""
    assert isinstance(data, dict)  # noqa: S101  # a rule that was loaded
    plain: Any = json.loads(json.dumps({key: value for key, value in data.items() if key != "examples"}, default=str))
    if "where" in plain["applies_to"]:
        without = copy.deepcopy(plain)
        del without["applies_to"]["where"]
        yield "applies_to.where", without
    for place in _places(plain):
        without = copy.deepcopy(plain)
        node: Any = without
        for key in place[:-1]:
            node = node[key]
        if isinstance(place[-1], int):
            del node[place[-1]]
        else:
            node[place[-1]] = []  # one that stands alone, where a list may
        yield _spelled(place), without


def _places(node: object, at: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if not isinstance(node, dict):
        return
    for key in _LISTS:
        below = node.get(key)
        if isinstance(below, dict):
            yield (*at, key)
            yield from _places(below, (*at, key))
        for number, each in enumerate(below if isinstance(below, list) else ()):
            yield (*at, key, number)
            yield from _places(each, (*at, key, number))


def _spelled(place: tuple[str | int, ...]) -> str:
    return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in place).lstrip(".")


__all__ = ["Mutant", "check_mutants"]
