"""Every rule, relation and framework that a scan judges by."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import cast

from scanner.base.problem import Problem, ProblemsError
from scanner.base.record import record
from scanner.controls.frameworks import Framework, load_framework
from scanner.language.compiled_library import read_compiled
from scanner.language.expressions.relations import Lives, Relation, Relations
from scanner.language.grammar import RELATIONS
from scanner.language.loading import load_rule
from scanner.language.rule import Rule
from scanner.shipped_data import is_checkout, rules_dir
from scanner.text.complaint import check
from scanner.text.document import Document
from scanner.text.reading import read

Read = tuple[Document, str, bytes | None]
"""A file, the name it is shown by, and its bytes; None for one that was found valid when the package was built."""

FURTHER = "frameworks/further/"
"""Below the rules: frameworks that are read only where somebody asks for them, for they are many times the others."""
_NOT_RULES = frozenset(("published.yaml", "relations.yaml", "uncited.yaml", "value_mutants.yaml"))


@record
class Library:
    """`digest` is over the names and bytes of all files, so that two reports can be told to rest on the same rules."""

    rules: tuple[Rule, ...] = ()
    relations: Mapping[str, Relation] = field(default_factory=dict)
    frameworks: tuple[Framework, ...] = ()
    digest: str = ""

    def new_relations(self) -> Relations:
        """Of one inventory: what is found once is remembered in it."""
        return Relations(self.relations)


def further_frameworks() -> dict[str, Path]:
    """The shipped frameworks that are not read unless they are asked for, by their ids."""
    folder = rules_dir() / FURTHER
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))} if folder.is_dir() else {}


def load_library(
    more: Sequence[Path] = (), *, shipped: bool = True, examples: bool = True, frameworks: Sequence[str] = ()
) -> Library:
    """The shipped rules and those of the user's folders. Raises ProblemsError with all that is wrong in any file.

    Without `examples` those of the shipped rules are not read: they are most of a file, tested with each release, and a
    scan has no use for them. Nor are the frameworks below `FURTHER`, but for those that match one of `frameworks`.
    """
    problems: list[Problem] = []
    documents: list[Read] = []
    compiled = None
    asked: list[Read] = []
    if shipped and not examples:
        documents, compiled = _shipped()
        asked = _asked(frameworks, problems)
        documents += asked
    elif shipped:
        documents, problems = documents_of([rules_dir()], examples=examples)
    own, wrong = documents_of(more, examples=True)
    documents += own
    problems += wrong
    for folder in more:
        if not folder.is_dir():
            problems.append(Problem(folder.as_posix(), "is not a folder", kind="rule"))
    relations: dict[str, Relation] = {}
    for document, shown, raw in documents:
        if shown.endswith("relations.yaml"):
            relations.update(_relations(document, problems, valid=raw is None))
    rules: dict[str, Rule] = {}
    cited: dict[str, Framework] = {}
    for document, shown, raw in documents:
        parts = shown.split("/")
        if parts[-1] in _NOT_RULES:
            continue
        try:
            if "frameworks" in parts[:-1]:
                framework = load_framework(document, valid=raw is None)
                cited[framework.id] = framework
                continue
            layer = parts[-2] if len(parts) > 1 else "own"
            rule = load_rule(document, layer, frozenset(relations), valid=raw is None)
        except ProblemsError as error:
            problems += error.problems
            continue
        if rule.id in rules:
            problems.append(
                Problem(shown, f"rule `{rule.id}` is declared twice", 1, 1, f"also in {rules[rule.id].path}", "rule")
            )
        rules[rule.id] = rule
    if problems:
        raise ProblemsError(problems)
    if compiled is not None and not own and not asked:
        digest = compiled
    else:
        # Of the further frameworks those that were asked for count: the digest is of what was read.
        mine = {shown for _, shown, _ in own}
        files = {
            **({} if compiled is None else _raw([rules_dir()])),
            **{shown: (rules_dir().parent / shown).read_bytes() for _, shown, _ in asked},
            **{
                shown: raw for _, shown, raw in documents if raw is not None and (FURTHER not in shown or shown in mine)
            },
        }
        digest = _digest(files)
    return Library(
        tuple(rules[name] for name in sorted(rules)),
        relations,
        tuple(cited[name] for name in sorted(cited)),
        digest,
    )


def _asked(patterns: Sequence[str], problems: list[Problem]) -> list[Read]:
    """The further frameworks that match one of the patterns."""
    found: list[Read] = []
    for name, path in further_frameworks().items() if patterns else ():
        if any(fnmatchcase(name, pattern) for pattern in patterns):
            shown = f"{rules_dir().name}/{FURTHER}{path.name}"
            try:
                found.append((read(path.read_bytes(), shown, cloudformation=True), shown, None))
            except ProblemsError as error:
                problems += [_of_rule(problem) for problem in error.problems]
    return found


def documents_of(folders: Sequence[Path], *, examples: bool) -> tuple[list[Read], list[Problem]]:
    """Every file of the folders that can be read, and what is wrong with the others."""
    documents: list[Read] = []
    problems: list[Problem] = []
    for shown, path in _files(folders):
        if not examples and FURTHER in shown:
            continue
        try:
            raw = path.read_bytes()
            text = raw if examples else _without_examples(raw)
            documents.append((read(text, shown, cloudformation=True), shown, raw))
        except ProblemsError as error:
            problems += [_of_rule(problem) for problem in error.problems]
        except OSError as error:
            problems.append(Problem(shown, f"cannot be read: {(error.strerror or '').lower()}", kind="rule"))
    return documents, problems


def _shipped() -> tuple[list[Read], str | None]:
    """The shipped files without examples, compiled where that is of the same bytes; then with their digest."""
    compiled = read_compiled()
    if compiled is not None and (not is_checkout() or compiled.digest == _digest(_raw([rules_dir()]))):
        return [(document, document.path, None) for document in compiled.documents], compiled.digest
    documents, problems = documents_of([rules_dir()], examples=False)
    if problems:
        raise ProblemsError(problems)
    return documents, None


def _raw(folders: Sequence[Path]) -> dict[str, bytes]:
    return {shown: path.read_bytes() for shown, path in _files(folders) if FURTHER not in shown}


def _digest(files: Mapping[str, bytes]) -> str:
    digest = hashlib.sha256()
    for shown in sorted(files):
        digest.update(f"{shown}\0{len(files[shown])}\0".encode() + files[shown])
    return "sha256:" + digest.hexdigest()


def _without_examples(raw: bytes) -> bytes:
    """The file with its examples left out, which stand last in every shipped rule."""
    head, mark, _ = raw.partition(b"\nexamples:\n")
    return head + b"\nexamples: {}\n" if mark else raw


def load_rule_file(path: Path, relations: Mapping[str, Relation]) -> Rule:
    """One rule file by itself. Raises ProblemsError."""
    shown = "/".join(path.parts[-2:])
    return load_rule(read(path.read_bytes(), shown, cloudformation=True), path.parent.name, frozenset(relations))


def _files(folders: Sequence[Path]) -> Iterator[tuple[str, Path]]:
    """Each file with the name it is shown by: below `rules/`, or below the user's own folder."""
    for folder in folders:
        above = os.fspath(folder)
        # Not by Path.rglob, which takes six times as long and is asked at the start of every command.
        found = [
            ((os.path.join(place, name)[len(above) :].lstrip(os.sep)).replace(os.sep, "/"), os.path.join(place, name))  # noqa: PTH118  # as above
            for place, _, names in os.walk(above)
            for name in names
            if name.endswith((".yaml", ".yml"))
        ]
        for below, path in sorted(found, key=lambda each: each[0].split("/")):
            if os.path.isfile(path):  # noqa: PTH113  # as above
                yield f"{folder.name}/{below}", Path(path)


def _relations(document: Document, problems: list[Problem], *, valid: bool) -> Iterator[tuple[str, Relation]]:
    wrong = [] if valid else check(RELATIONS, document, kind="rule")
    problems += wrong
    if wrong:
        return
    for name, body in cast("dict[str, dict[str, object]]", document.data).items():
        sources = tuple(
            (kind, tuple(path.split("."))) for kind, _, path in (each.partition(".") for each in _listed(body["from"]))
        )
        lives = cast("Lives", body.get("lives", "beside"))
        admits, made = (cast("str | None", body.get(key)) for key in ("admits", "made_by_aws"))
        yield name, Relation(name, sources, tuple(_listed(body["to"])), lives, admits, made)


def _listed(value: object) -> list[str]:
    return cast("list[str]", value if isinstance(value, list) else [value])


def _of_rule(problem: Problem) -> Problem:
    return Problem(problem.path, problem.message, problem.line, problem.column, problem.hint, "rule", problem.level)
