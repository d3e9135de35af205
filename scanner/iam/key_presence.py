"""Which condition keys a request carries always, sometimes or never, line by line with the AWS document that says so.

`key_presence.json` is written by hand. A line speaks of requests signed by an IAM principal. *Always* is claimed only
where a document says so or the key is a required parameter of the call; *never* only where a document says so. What has
no line is decided by the catalogue from what the "Service Authorization Reference" lists.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Literal, TypedDict

from scanner.base.record import record
from scanner.shipped_data import data_file

Presence = Literal["always", "sometimes", "never"]

_VARIABLE = re.compile(r"\$\{[^}$]{0,600}\}")


@record
class PresenceLine:
    """`actions` are names, `service:*` or `*`; `why` is our reading, `document` and `url` are where to check it."""

    key: str
    actions: tuple[str, ...]
    presence: Presence
    why: str
    document: str
    url: str


class KeyNames:
    """Condition keys found ignoring case; `${...}` in a name stands for one or more characters of any kind."""

    __slots__ = ("_exact", "_patterns")

    def __init__(self, names: Iterable[str]) -> None:
        self._exact: dict[str, str] = {}
        self._patterns: list[tuple[re.Pattern[str], str]] = []
        for name in names:
            if "${" in name:
                # At most two variables occur in a name, so the time to match stays quadratic at worst.
                literals = (re.escape(part) for part in _VARIABLE.split(name))
                self._patterns.append((re.compile(".+".join(literals), re.IGNORECASE | re.DOTALL), name))
            self._exact[name.lower()] = name

    def find(self, key: str) -> str | None:
        """The listed name that `key` is an instance of."""
        found = self._exact.get(key.lower())
        if found is not None:
            return found
        return next((name for pattern, name in self._patterns if pattern.fullmatch(key)), None)


class KeyPresence:
    """The hand-written table."""

    __slots__ = ("_by_key", "_names", "lines", "multivalued")

    def __init__(self, lines: Iterable[PresenceLine], multivalued: Iterable[str] = ()) -> None:
        self.lines = tuple(lines)
        self.multivalued = frozenset(key.lower() for key in multivalued)
        self._names = KeyNames(line.key for line in self.lines)
        self._by_key: dict[str, dict[str, PresenceLine]] = {}
        for line in self.lines:
            actions = self._by_key.setdefault(line.key, {})
            for action in line.actions:
                if actions.setdefault(action.lower(), line) is not line:
                    raise ValueError(f"two lines on `{line.key}` for `{action}`")

    def knows(self, condition_key: str) -> bool:
        """Whether any line is about the key, in whatever case and, for keys with a variable part, whatever that is."""
        return self._names.find(condition_key) is not None

    def line(self, action: str, condition_key: str) -> PresenceLine | None:
        """The line that decides: one naming the action, else one on its service, else one on every action."""
        name = self._names.find(condition_key)
        if name is None:
            return None
        actions = self._by_key[name]
        lower = action.lower()
        service = lower.partition(":")[0]
        return actions.get(lower) or actions.get(f"{service}:*") or actions.get("*")


class _Document(TypedDict):
    title: str
    url: str


class _Line(TypedDict):
    key: str
    actions: list[str]
    presence: Presence
    why: str
    document: str


class _Table(TypedDict):
    documents: dict[str, _Document]
    multivalued: list[str]
    lines: list[_Line]


def key_presence() -> KeyPresence:
    """Read the shipped table."""
    table: _Table = json.loads(data_file("key_presence.json").read_text(encoding="utf-8"))
    documents = table["documents"]
    return KeyPresence(
        (
            PresenceLine(
                key=line["key"],
                actions=tuple(line["actions"]),
                presence=line["presence"],
                why=line["why"],
                document=documents[line["document"]]["title"],
                url=documents[line["document"]]["url"],
            )
            for line in table["lines"]
        ),
        table["multivalued"],
    )
