"""Where a resource of a `.sql` file stands."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import field
from functools import lru_cache

from scanner.base.record import mutable, record
from scanner.model.location import Location
from scanner.model.resource import Resource
from scanner.model.secrets import redaction, scrubbed
from scanner.model.world import World
from scanner.text.lines import Lines

# `PASSWORD 'text'` of a role, and options of that name of servers, mappings and connections (PostgreSQL: CREATE ROLE,
# CREATE USER MAPPING). A text in quotes has each quote twice; with E before it a backslash stands before one.
_PASSWORD = re.compile(
    r"(?i)(?<![a-z0-9])(?:password|passwd|secret|token|api_?key)\b[\"']?\s{0,40}(?:=|:=|,)?\s{0,40}(?:e|u&)?"
    r"'(?P<said>(?:[^'\\]|''|\\.)++)'",
    re.DOTALL,
)


def without_passwords(text: str) -> str:
    """SQL in which no password is told, each line where it was."""

    def hidden(found: re.Match[str]) -> str:
        begun = found.start("said") - found.start()
        kept = redaction() + "\n" * found["said"].count("\n")
        return f"{found[0][:begun]}{kept}'" if not found["said"].startswith("<redacted ") else found[0]

    return scrubbed(_PASSWORD.sub(hidden, text))


@record
class SqlFile:
    """One file that was found, decoded."""

    path: str
    """As reports show it."""
    text: str


# Once a file and not once a statement: a dump of thousands of tables is one file.
@lru_cache(maxsize=4)
def _lined(text: str) -> Lines:
    return Lines(text)


@lru_cache(maxsize=4)
def _shown(text: str) -> Lines:
    return Lines(without_passwords(text))


@mutable
class Place:
    """The statement that makes a resource, as offsets of its file's text; `secrets` are never shown."""

    file: SqlFile
    start: int
    end: int
    secrets: list[str] = field(default_factory=list)

    def locate(self, resource: Resource, keys: Sequence[str | int], world: World) -> Location:
        """Where the statement begins and ends."""
        del resource, keys, world
        lines = self.lined
        line, column = lines.at(self.start)
        return Location(self.file.path, line, column, lines.at(max(self.start, self.end - 1))[0])

    @property
    def lined(self) -> Lines:
        """The lines of the file."""
        return _lined(self.file.text)

    @property
    def told(self) -> str:
        """`path:line`."""
        return f"{self.file.path}:{self.lined.at(self.start)[0]}"

    def lines(self, first: int, last: int) -> list[str]:
        """Lines of the file, both included, without passwords: another statement may stand on the same line."""
        return _shown(self.file.text).between(first, last)

    def hides(self, value: object) -> bool:
        """Whether a value holds a secret of the statement."""
        return any(secret in str(value) for secret in self.secrets)

    def scrubbed(self, text: str) -> str:
        """The text without what looks like a secret."""
        return without_passwords(text)


__all__ = ["Place", "SqlFile", "without_passwords"]
