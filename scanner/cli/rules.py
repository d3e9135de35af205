"""`tenantproof rules`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from scanner.base.problem import Problem, ProblemsError, did_you_mean
from scanner.base.terminal import printable
from scanner.findings.report_document import CitationDocument
from scanner.language.alias import Alias
from scanner.language.alias_index import AliasIndex
from scanner.language.library import Library, further_frameworks, load_library
from scanner.language.rule import Rule
from scanner.shipped_data import rules_dir


def run(options: argparse.Namespace) -> int:
    """The exit code of the action chosen. Raises ProblemsError for rules that cannot be read and ids that are none."""
    if options.action == "schema":
        return _schema(options.name)
    if options.action == "new":
        from scanner.cli.rule_docs import write_rule

        return write_rule(options.id, options.layer, options.type, options.dir)
    library = load_library(options.rules)
    rules = _named(library, options.ids)
    if options.action == "oscal":
        return _oscal(rules, library, options.out)
    if options.action == "docs":
        from scanner.cli.rule_docs import write_docs

        return write_docs(rules, library, options.out, as_site=options.site)
    if options.action == "list":
        return _list(rules)
    if options.action == "show":
        return _files(rules) if options.yaml else _show(rules, library)
    if options.action == "count":
        from scanner.cli.rule_counts import print_counts

        return print_counts(rules, library)
    return _check(rules, library) if options.action == "check" else _test(rules, library, options.rules)


def _named(library: Library, patterns: Sequence[str]) -> list[Rule]:
    """Raises ProblemsError for a pattern that names no rule."""
    index = AliasIndex(library.rules)
    patterns = [each for pattern in patterns for each in (index.rules(pattern) or (pattern,))]
    for pattern in patterns:
        if not any(fnmatchcase(rule.id, pattern) for rule in library.rules):
            hint = did_you_mean(pattern, [rule.id for rule in library.rules])
            raise ProblemsError([Problem("rules", f"`{pattern}` is not a rule", hint=hint, kind="rule")])
    return [rule for rule in library.rules if not patterns or any(fnmatchcase(rule.id, p) for p in patterns)]


def _list(rules: Sequence[Rule]) -> int:
    width = max((len(rule.id) for rule in rules), default=0)
    for rule in sorted(rules, key=lambda each: (each.layer, each.id)):
        print(printable(f"{rule.layer:<14} {rule.id:<{width}}  {rule.severity:<8}  {rule.title}"))
    return 0


def _show(rules: Sequence[Rule], library: Library) -> int:
    from scanner.cli.rule_docs import told
    from scanner.controls.frameworks import citations_of

    cited = citations_of(library.frameworks)
    for index, rule in enumerate(rules):
        if index:
            print()
        where = f" where `{rule.where.text}`" if rule.where else ""
        lines = [
            f"{rule.id} ({rule.severity}, {rule.layer}, {rule.tier})",
            rule.title,
            "",
            f"why    {rule.why}",
            f"on     {', '.join(rule.types) or 'any type'}{where}",
            f"fix    {rule.fix}",
            *(f"cli    {command}" for command in rule.cli),
            *(f"see    {reference}" for reference in rule.references),
            *(f"alias  {each.full}{_basis(each)}" for each in rule.aliases),
            *_cited(cited.get(rule.id, [])),
            *(f"param  {param.name}: {told(param)}" for param in rule.params),
            "",
            *(f"{example.kind + ':':<16}{example.name}" for example in rule.examples),
        ]
        print("\n".join(printable(line) for line in lines))
    return 0


def _basis(alias: Alias) -> str:
    """What the other asks beside the rule, where it is not the same."""
    return {"same": "", "narrower": " (asks less)", "wider": " (asks more)"}[alias.basis]


def _cited(citations: Sequence[CitationDocument]) -> list[str]:
    """One line for each control, and one for all controls of a framework that is read only where it is asked for."""
    further = further_frameworks()
    lines = [
        f"cited  {each['framework']} {each['id']} (basis: {each['basis']})"
        for each in citations
        if each["framework"] not in further
    ]
    by_framework: dict[str, list[str]] = {}
    for each in citations:
        if each["framework"] in further:
            by_framework.setdefault(each["framework"], []).append(each["id"])
    return lines + [f"cited  {framework} {', '.join(ids)}" for framework, ids in by_framework.items()]


def _files(rules: Sequence[Rule]) -> int:
    """The files of the rules, as YAML documents one after the other."""
    for index, rule in enumerate(rules):
        if index:
            print("---")
        # The compiled library of an installation keeps no texts; the files are beside it.
        text = rule.document.text or (rules_dir() / rule.layer / f"{rule.id}.yaml").read_text("utf-8")
        print(printable(text.rstrip("\n"), keep="\n"))
    return 0


def _check(rules: Sequence[Rule], library: Library) -> int:
    from scanner.language.checking import check_paths

    problems = [problem for rule in rules for problem in check_paths(rule, library.relations)]
    problems += _unmapped(rules, library)
    for problem in problems:
        print(printable(str(problem)))
    print(f"{_count(len(rules), 'rule')} checked, {_count(len(problems), 'problem')}")
    return 2 if problems else 0


def _unmapped(rules: Sequence[Rule], library: Library) -> list[Problem]:
    """Types that a shipped rule names, and of which nobody has said how Terraform has them."""
    from scanner.inputs.terraform.unmapped import without_answer
    from scanner.language.needs import needs_of
    from scanner.shipped_data import rules_dir

    shipped = [rule for rule in rules if (rules_dir() / rule.layer / f"{rule.id}.yaml").is_file()]
    if not shipped:
        return []
    hint = "add it to scanner/inputs/terraform/types, or to unmapped.py with why it is not"
    return [
        Problem("rules", f"`{name}` is asked for, and no resource type of Terraform becomes it", hint=hint)
        for name in without_answer(needs_of(shipped, library.relations).types)
    ]


def _test(rules: Sequence[Rule], library: Library, own: Sequence[Path]) -> int:
    from scanner.cli.rule_tests import test_rules

    # Rules of one's own have no list of changed values that may stay.
    shipped = frozenset(rule.id for rule in (load_library(()) if own else library).rules)
    return test_rules(rules, library, shipped)


def _oscal(rules: Sequence[Rule], library: Library, folder: Path) -> int:
    """Raises ProblemsError."""
    from scanner._version import __version__
    from scanner.cli.rendering import save
    from scanner.controls.frameworks import citations_of
    from scanner.outputs.oscal.catalogue import documents
    from scanner.reporting import clock, documented

    cited = citations_of(library.frameworks)
    told = {rule.id: documented(rule, cited) for rule in rules}
    modified = clock().strftime("%Y-%m-%dT%H:%M:%SZ")
    for name, document in documents(library.frameworks, told, modified, __version__):
        text = json.dumps(document, indent=1, ensure_ascii=False) + "\n"
        save([text.encode("utf-8", "backslashreplace")], folder / name)
        print(printable((folder / name).as_posix()))
    return 0


def _schema(name: str) -> int:
    from scanner.shipped_data import schema_dir

    path = schema_dir() / f"{name}.schema.json"
    if not path.is_file():
        known = sorted(each.name.removesuffix(".schema.json") for each in schema_dir().glob("*.schema.json"))
        raise ProblemsError([Problem("rules schema", f"`{name}` has no schema", hint=f"known are {', '.join(known)}")])
    sys.stdout.write(path.read_text("utf-8"))
    return 0


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
