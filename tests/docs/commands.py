"""Commands of a page of the docs, as they are run by its test.

A comment before a block says what is to be done with it: `file: PATH` writes the block there; `exit: 1` names the exit
codes that the commands of the block may end with (0 without it); `not run: WHY` leaves it out; `aws` runs it against a
stand-in for AWS; `setup: COMMAND` is run before it; `in: FOLDER` changes the folder; `replace in FILE: OLD -> NEW`
edits a file. Lines of a `console` block that begin with `$ ` are commands; each other line must be in what they print,
but `...`. `{in 90 days}` is a day.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
_PART = re.compile(r"<!-- (?P<comment>.*?) -->|^```(?P<kind>\w*)\n(?P<body>.*?)^```", re.DOTALL | re.MULTILINE)


@dataclass
class Step:
    """A block with what is said of it."""

    kind: str
    body: str
    file: str = ""
    codes: tuple[int, ...] = (0,)
    not_run: str = ""
    aws: bool = False
    setup: list[str] = field(default_factory=list)

    def commands(self) -> Iterator[tuple[str, list[str]]]:
        """Each command with the lines that it must print."""
        command, lines = "", list[str]()
        for line in self.body.splitlines():
            if line.startswith("$ "):
                if command:
                    yield command, lines
                command, lines = line[2:], []
            elif line.strip() and line.strip() != "...":
                lines.append(line)
        if command:
            yield command, lines


def steps(page: Path) -> Iterator[Step | tuple[str, str]]:
    """The blocks in order, and what stands alone: `("in", FOLDER)`, `("replace", WHAT)`."""
    step = Step("", "")
    soon = (datetime.datetime.now(datetime.UTC).date() + datetime.timedelta(days=90)).isoformat()
    for part in _PART.finditer(page.read_text("utf-8")):
        comment = part["comment"]
        if comment is None:
            step.kind, step.body = part["kind"], part["body"].replace("{in 90 days}", soon)
            yield step
            step = Step("", "")
            continue
        key, _, value = comment.partition(": ")
        if key == "file":
            step.file = value
        elif key == "exit":
            step.codes = tuple(int(code) for code in value.split(","))
        elif key == "not run":
            step.not_run = value
        elif key == "aws":
            step.aws = True
        elif key == "setup":
            step.setup.append(value)
        elif key == "in":
            yield "in", value
        elif key.startswith("replace in "):
            yield "replace", f"{key.removeprefix('replace in ')}: {value}"
