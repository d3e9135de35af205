"""What goes wrong inside the scanner itself: kept for `--debug`, told in a sentence, and one thing lost by it."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import TypeVar

from scanner.base.problem import Problem, ProblemsError

T = TypeVar("T")
_LONGEST = 200


class Net:
    """`crashes` are tracebacks; `problems` say what was lost, each once."""

    def __init__(self) -> None:
        self.crashes: list[str] = []
        self.problems: list[Problem] = []

    def run(self, what: str, make: Callable[[], T], instead: T) -> T:
        """What is made, or `instead` where the scanner fails on it; `what` is the file or part that it is of.

        Problems, which say what is wrong with an input, pass: whoever reads the input tells them.
        """
        try:
            return make()
        except ProblemsError:
            raise
        except Exception as error:  # noqa: BLE001  # one bad file or finding never takes the scan with it
            self.crashes.append(f"{what}: {''.join(traceback.format_exception(error))}")
            said = f"{type(error).__name__}: {error}"
            said = "".join(each if each.isprintable() else " " for each in said)[:_LONGEST]
            self.problems.append(Problem(what, f"the scanner failed on it: {said}", hint="run again with --debug"))
            return instead


__all__ = ["Net"]
