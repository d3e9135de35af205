"""Every rule, relation and framework that a scan judges by."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from scanner.findings.frameworks import Framework, load_framework
from scanner.language.grammar import RELATIONS
from scanner.language.loading import load_rule
from scanner.language.relations import Lives, Relation, Relations
from scanner.language.rule import Rule
from scanner.resources import rules_dir
from scanner.text.complaint import check
from scanner.text.document import Document
from scanner.text.problem import Problem, Problems
from scanner.text.reading import read

_NOT_RULES = frozenset(("relations.yaml", "uncited.yaml"))


@dataclass(frozen=True, slots=True)
class Library:
    """`digest` is over the names and bytes of all files, so that two reports can be told to rest on the same rules."""

    rules: tuple[Rule, ...] = ()
    relations: Mapping[str, Relation] = field(default_factory=dict)
    frameworks: tuple[Framework, ...] = ()
    digest: str = ""

    def new_relations(self) -> Relations:
        return Relations(self.relations)


def load_library(more: Sequence[Path] = (), *, shipped: bool = True, examples: bool = True) -> Library:
    """The shipped rules and those of the user's folders. Raises Problems with all that is wrong in any file.

    Without `examples` those of the shipped rules are not read: they are most of a file, tested with each release, and a
    scan has no use for them.
    """
    own = tuple(path for _, path in _files(more))
    files = list(_files([*([rules_dir()] if shipped else []), *more]))
    problems: list[Problem] = []
    documents: list[tuple[Document, str, bytes]] = []
    for shown, path in files:
        try:
            raw = path.read_bytes()
            text = raw if examples or path in own else _without_examples(raw)
            documents.append((read(text, shown, cloudformation=True), shown, raw))
        except Problems as error:
            problems += [_of_rule(problem) for problem in error.problems]
        except OSError as error:
            problems.append(Problem(shown, f"cannot be read: {(error.strerror or '').lower()}", kind="rule"))
    for folder in more:
        if not folder.is_dir():
            problems.append(Problem(folder.as_posix(), "is not a folder", kind="rule"))
    relations: dict[str, Relation] = {}
    for document, shown, _ in documents:
        if shown.endswith("relations.yaml"):
            relations.update(_relations(document, problems))
    rules: dict[str, Rule] = {}
    frameworks: dict[str, Framework] = {}
    for document, shown, _ in documents:
        parts = shown.split("/")
        if parts[-1] in _NOT_RULES:
            continue
        try:
            if "frameworks" in parts[:-1]:
                framework = load_framework(document)
                frameworks[framework.id] = framework
                continue
            rule = load_rule(document, parts[-2] if len(parts) > 1 else "own", frozenset(relations))
        except Problems as error:
            problems += error.problems
            continue
        if rule.id in rules:
            problems.append(
                Problem(shown, f"rule `{rule.id}` is declared twice", 1, 1, f"also in {rules[rule.id].path}", "rule")
            )
        rules[rule.id] = rule
    if problems:
        raise Problems(problems)
    digest = hashlib.sha256()
    for _, shown, raw in sorted(documents, key=lambda each: each[1]):
        digest.update(f"{shown}\0{len(raw)}\0".encode() + raw)
    return Library(
        tuple(rules[name] for name in sorted(rules)),
        relations,
        tuple(frameworks[name] for name in sorted(frameworks)),
        "sha256:" + digest.hexdigest(),
    )


def _without_examples(raw: bytes) -> bytes:
    """The file with its examples left out, which stand last in every shipped rule."""
    head, mark, _ = raw.partition(b"\nexamples:\n")
    return head + b"\nexamples: {}\n" if mark else raw


def load_rule_file(path: Path, relations: Mapping[str, Relation]) -> Rule:
    """One rule file by itself. Raises Problems."""
    shown = "/".join(path.parts[-2:])
    return load_rule(read(path.read_bytes(), shown, cloudformation=True), path.parent.name, frozenset(relations))


def _files(folders: Sequence[Path]) -> Iterator[tuple[str, Path]]:
    """Each file with the name it is shown by: below `rules/`, or below the user's own folder."""
    for folder in folders:
        if not folder.is_dir():
            continue
        for path in sorted(folder.rglob("*.y*ml")):
            if path.suffix in (".yaml", ".yml") and path.is_file():
                yield f"{folder.name}/{path.relative_to(folder).as_posix()}", path


def _relations(document: Document, problems: list[Problem]) -> Iterator[tuple[str, Relation]]:
    wrong = check(RELATIONS, document, kind="rule")
    problems += wrong
    if wrong:
        return
    for name, body in cast("dict[str, dict[str, object]]", document.data).items():
        sources = tuple(
            (kind, tuple(path.split("."))) for kind, _, path in (each.partition(".") for each in _listed(body["from"]))
        )
        yield name, Relation(name, sources, tuple(_listed(body["to"])), cast("Lives", body.get("lives", "beside")))


def _listed(value: object) -> list[str]:
    return cast("list[str]", value if isinstance(value, list) else [value])


def _of_rule(problem: Problem) -> Problem:
    return Problem(problem.path, problem.message, problem.line, problem.column, problem.hint, "rule", problem.level)
