"""`tenantproof rules test`: every rule's examples, with holes, with parts of the rule deleted, with values changed."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Iterator, Sequence

from scanner.base.record import record
from scanner.base.terminal import printable
from scanner.language.library import Library
from scanner.language.rule import Rule

# Below it, starting a second process costs more than it saves.
_WORTH_TWO = 8
_MOST_PROCESSES = 2


@record
class Tested:
    """What was seen of one rule; `mishaps` are what is not as expected, in words."""

    rule: str
    mishaps: tuple[str, ...]
    examples: int
    holes: int
    mutants: int
    values: int


def test_rules(rules: Sequence[Rule], library: Library, shipped: frozenset[str]) -> int:
    """Prints what is not as expected, and the counts. Progress goes to standard error where somebody looks on."""
    done: list[Tested] = []
    shown = sys.stderr.isatty()
    for tested in _each(rules, library, shipped):
        done.append(tested)
        for mishap in tested.mishaps:
            print(printable(mishap))
        if shown:
            sys.stderr.write(f"\r{len(done):,} of {len(rules):,} rules tested")
            sys.stderr.flush()
    if shown:
        sys.stderr.write("\r\033[K")
    mishaps = sum(len(each.mishaps) for each in done)
    counted = ", ".join(
        _count(number, noun)
        for number, noun in (
            (len(done), "rule"),
            (sum(each.examples for each in done), "example"),
            (sum(each.holes for each in done), "hole"),
            (sum(each.mutants for each in done), "mutant"),
            (sum(each.values for each in done), "changed value"),
        )
    )
    print(f"{counted}: " + (f"{mishaps} not as expected" if mishaps else "all as expected"))
    return 1 if mishaps else 0


def test_rule(rule: Rule, library: Library, *, listed: bool) -> Tested:
    """All tests of one rule. With `listed`, a changed value that moves nothing needs its reason in the list."""
    from scanner.rule_testing.examples import check_examples, check_holes
    from scanner.rule_testing.mutants import check_mutants
    from scanner.rule_testing.staying import complaints
    from scanner.rule_testing.value_mutants import check_values

    mishaps = [str(each) for each in check_examples(rule, library)]
    holes = list(check_holes(rule, library))
    mishaps += [str(each) for each in holes if each is not None]
    mutants = list(check_mutants(rule, library))
    mishaps += [str(each) for each in mutants if not each.noticed]
    values = list(check_values(rule, library))
    if listed:
        mishaps += complaints(rule.id, values)
    return Tested(rule.id, tuple(mishaps), len(rule.examples), len(holes), len(mutants), len(values))


def _each(rules: Sequence[Rule], library: Library, shipped: frozenset[str]) -> Iterator[Tested]:
    """In the order of the rules. Rules cannot be sent to another process, so it is forked with them."""
    processes = min(_MOST_PROCESSES, os.cpu_count() or 1)
    if len(rules) < _WORTH_TWO or processes == 1 or "fork" not in multiprocessing.get_all_start_methods():
        for rule in rules:
            yield test_rule(rule, library, listed=rule.id in shipped)
        return
    _HERE.update(rules=rules, library=library, shipped=shipped)
    with multiprocessing.get_context("fork").Pool(processes) as pool:
        yield from pool.imap(_numbered, range(len(rules)))


_HERE: dict[str, object] = {}


def _numbered(number: int) -> Tested:
    rules, library, shipped = _HERE["rules"], _HERE["library"], _HERE["shipped"]
    assert isinstance(rules, Sequence)  # noqa: S101  # what was put there before the fork
    assert isinstance(library, Library)  # noqa: S101  # likewise
    assert isinstance(shipped, frozenset)  # noqa: S101  # likewise
    rule = rules[number]
    return test_rule(rule, library, listed=rule.id in shipped)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


__all__ = ["Tested", "test_rule", "test_rules"]
