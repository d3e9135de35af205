"""`tenantproof simulate`: IAM's answer to one request, or to JSON Lines of them."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from scanner.base.problem import Problem, ProblemsError
from scanner.base.terminal import printable
from scanner.cli.parameters import settings_of
from scanner.iam.inventory_simulation import ask
from scanner.iam.simulation import simulate
from scanner.inputs.discovery import discover
from scanner.inputs.reading import read_inputs
from scanner.model.resource import Inventory
from scanner.text.reading import MAX_BYTES, decode

UNREADABLE = 2


def run(options: argparse.Namespace) -> int:
    """One answer a line, in the order of the questions; one that makes no sense is told, and the rest answered."""
    shown = "standard input" if options.file == "-" else options.file
    files = [*options.template, *options.snapshot]
    if options.principal and not files:
        raise ProblemsError([Problem("--principal", "names somebody of a template", hint="give --template too")])
    inventory, code = _inventory(options) if files else (None, 0)
    for line, question in _questions(_read(options.file, shown), shown):
        place = f"{shown}:{line}"
        try:
            if isinstance(question, Problem):
                raise ProblemsError([question])
            if not isinstance(question, dict):
                raise ProblemsError([Problem(shown, "a question is a JSON object with a `request`", line, 1)])
            answer = simulate(question, place) if inventory is None else _ask(question, inventory, options, place)
        except ProblemsError as error:
            for problem in error.problems:
                print(printable(f"error: {problem}"), file=sys.stderr)
            code = UNREADABLE
            continue
        print(json.dumps(answer, ensure_ascii=True))
    return code


def _inventory(options: argparse.Namespace) -> tuple[Inventory, int]:
    """What the templates hold, and the exit code that reading them calls for."""
    reading = read_inputs(discover([*options.template, *options.snapshot], cwd=Path.cwd()), settings_of(options))
    for problem in reading.problems:
        print(printable(f"{problem.level}: {problem}"), file=sys.stderr)
    unreadable = any(problem.level == "error" for problem in reading.problems)
    return reading.inventory, UNREADABLE if unreadable else 0


def _ask(
    question: dict[str, object], inventory: Inventory, options: argparse.Namespace, place: str
) -> dict[str, object]:
    request = question.get("request")
    if options.principal and isinstance(request, dict):
        question = {**question, "request": {"principal": options.principal, **request}}
    return ask(question, inventory, place)


def _read(name: str, shown: str) -> str:
    try:
        raw = sys.stdin.buffer.read(MAX_BYTES + 1) if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise ProblemsError([Problem(shown, f"cannot be read: {(error.strerror or str(error)).lower()}")]) from None
    if len(raw) > MAX_BYTES:
        raise ProblemsError([Problem(shown, f"is larger than {MAX_BYTES // 2**20} MiB; ask in several runs")])
    return decode(raw, shown)


def _questions(text: str, shown: str) -> Iterator[tuple[int, object]]:
    """The whole text as one question, else each line as one; what is no JSON stands as the problem that it is."""
    try:
        yield 1, json.loads(text)
    except RecursionError:
        yield 1, Problem(shown, "nested too deep", 1, 1)
    except ValueError as error:
        lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
        if len(lines) < 2 or not _is_json(lines[0][1]):  # noqa: PLR2004  # one line is no list of lines
            yield 1, _not_json(error, shown, 0)
            return
        for number, line in lines:
            try:
                yield number, json.loads(line)
            except RecursionError:
                yield number, Problem(shown, "nested too deep", number, 1)
            except ValueError as wrong:
                yield number, _not_json(wrong, shown, number - 1)


def _is_json(line: str) -> bool:
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True


def _not_json(error: ValueError, shown: str, above: int) -> Problem:
    message = str(getattr(error, "msg", "not JSON"))
    line, column = getattr(error, "lineno", 1), getattr(error, "colno", 1)
    return Problem(shown, f"not JSON: {message[:1].lower()}{message[1:]}", above + line, column)
