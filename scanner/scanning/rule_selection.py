"""Which rules a scan judges by."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase

from scanner.base.problem import Problem, did_you_mean
from scanner.controls.frameworks import citations_of
from scanner.engine.builtin_rules import BUILTIN
from scanner.findings.report_document import Severity
from scanner.language.alias_index import AliasIndex
from scanner.language.library import Library, further_frameworks
from scanner.language.rule import Rule
from scanner.options import Options


def severities_of(library: Library) -> dict[str, Severity]:
    """Of every rule there is, also those that this run leaves out: an exception to one of them is no mistake."""
    severities = {rule.id: rule.severity for rule in library.rules}
    return severities | {builtin.id: builtin.severity for builtin in BUILTIN}


def selected(library: Library, options: Options, problems: list[Problem]) -> list[Rule]:
    """The rules to judge by; a pattern that names none is an error, for it would be a silent hole in the gate.

    `--select` takes the names that others have for a rule, too. `--skip` takes one only where it stands for one rule:
    else more might be left out than its writer knows.
    """
    cited = citations_of(library.frameworks)
    index = AliasIndex(library.rules)

    def named(rule: Rule, patterns: Sequence[str]) -> bool:
        names = [rule.id, rule.layer, *(each["framework"] for each in cited.get(rule.id, ()))]
        return any(fnmatchcase(name, pattern) for name in names for pattern in patterns)

    problems += _unnamed(library, options, index)
    ids = {rule.id for rule in library.rules}
    for rule_id in options.severities if library.rules else ():
        if rule_id not in ids:
            message = f"`{rule_id}` names no rule"
            problems.append(Problem("severities", message, hint=did_you_mean(rule_id, ids), kind="config"))
    wanted = [*options.select, *options.frameworks]
    wanted += [rule for pattern in options.select for rule in index.rules(pattern)]
    skipped = [*options.skip, *(rule for pattern in options.skip if (rule := index.only(pattern)) is not None)]
    here = options.severities
    return [
        replace(rule, severity=here[rule.id].severity) if rule.id in here else rule
        for rule in library.rules
        if (named(rule, wanted) if wanted else rule.tier != "legacy") and not named(rule, skipped)
    ]


def _unnamed(library: Library, options: Options, index: AliasIndex) -> Iterator[Problem]:
    """A problem for each pattern that names no rule, layer or framework."""
    asked = (("--select", options.select), ("--skip", options.skip), ("--framework", options.frameworks))
    if not library.rules or not any(patterns for _, patterns in asked):
        return
    known = {name for rule in library.rules for name in (rule.id, rule.layer)}
    known |= {each.id for each in library.frameworks} | {each.id for each in BUILTIN} | further_frameworks().keys()
    for option, patterns in asked:
        for pattern in patterns:
            if any(fnmatchcase(name, pattern) for name in known):
                continue
            if option == "--select" and index.rules(pattern):
                continue
            if option == "--skip" and index.only(pattern) is not None:
                continue
            message = f"`{pattern}` names no rule, layer or framework"
            several = f"name one at a time: `{option} A {option} B`" if "," in pattern else None
            hint = several or index.hint(pattern) or did_you_mean(pattern, known)
            if hint is None and option == "--framework":
                listed = sorted({each.id for each in library.frameworks} | further_frameworks().keys())
                hint = f"frameworks are {', '.join(f'`{each}`' for each in listed)}"
            yield Problem(option, message, hint=hint, kind="config")


__all__ = ["selected", "severities_of"]
