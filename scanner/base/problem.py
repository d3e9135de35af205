"""What is wrong with something a person wrote, and where."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from scanner.base.error import TenantproofError
from scanner.base.record import record

Kind = Literal["input", "rule", "tenancy", "exceptions", "config", "scanner"]
Level = Literal["error", "warning"]
Code = Literal["nothing-to-scan", "not-in-revision"]
"""What the program itself asks about a problem: never its sentence, which may be reworded."""


@record
class Problem:
    """One line of `errors` in the report; `line` and `column` count from 1."""

    path: str
    message: str
    line: int | None = None
    column: int | None = None
    hint: str | None = None
    kind: Kind = "input"
    level: Level = "error"
    code: Code | None = None

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.path, self.line, self.column) if part is not None)
        return f"{place}: {self.message}" + (f", {self.hint}" if self.hint else "")


class ProblemsError(TenantproofError):
    """Everything wrong with what was read, all at once."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """A hint naming the nearest of `known`, or None where nothing is near."""
    # difflib costs 4 ms of import and is needed only once something is wrong.
    from difflib import get_close_matches

    by_case = {name.lower(): name for name in known}
    near = get_close_matches(word.lower(), by_case, n=1, cutoff=0.6)
    return f"did you mean `{by_case[near[0]]}`?" if near else None
