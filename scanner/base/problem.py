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


MOST_OF_A_FILE, MOST = 1_000, 10_000
"""Problems that a report lists: nobody reads more, and a generated file may have one on each of a million lines."""


def listed(problems: Iterable[Problem], of_a_file: int = MOST_OF_A_FILE, most: int = MOST) -> list[Problem]:
    """Those that are listed, in their order, and how many are not, file by file."""
    kept: list[Problem] = []
    seen: dict[str, int] = {}
    left: dict[str, list[int]] = {}
    for each in problems:
        seen[each.path] = seen.get(each.path, 0) + 1
        # What stops the scan as a whole is never left out.
        if each.code is None and (seen[each.path] > of_a_file or len(kept) >= most):
            counts = left.setdefault(each.path, [0, 0])
            counts[each.level == "error"] += 1
        else:
            kept.append(each)
    told = list(left.items())
    for path, (warnings, errors) in told[:of_a_file]:
        kept.append(_not_listed(path, warnings, errors, ""))
    if rest := told[of_a_file:]:
        errors, warnings = (sum(counts[at] for _, counts in rest) for at in (1, 0))
        kept.append(_not_listed("tenantproof", warnings, errors, f" of {len(rest):,} further files"))
    return kept


def _not_listed(path: str, warnings: int, errors: int, where: str) -> Problem:
    counts = [
        f"{count:,} more {what if count == 1 else what + 's'}"
        for count, what in ((errors, "error"), (warnings, "warning"))
        if count
    ]
    message = f"{' and '.join(counts)}{where} {'is' if errors + warnings == 1 else 'are'} not listed"
    return Problem(path, message, level="error" if errors else "warning")


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """A hint naming the nearest of `known`, or None where nothing is near."""
    # difflib costs 4 ms of import and is needed only once something is wrong.
    from difflib import get_close_matches

    by_case = {name.lower(): name for name in known}
    near = get_close_matches(word.lower(), by_case, n=1, cutoff=0.6)
    return f"did you mean `{by_case[near[0]]}`?" if near else None
