"""What was seen in templates that speaks of tenants, and what it would be in tenancy.yaml."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from scanner.base.record import record
from scanner.model.resource import Keys, Resource
from scanner.model.world import World

Section = Literal[
    "pattern",
    "tags",
    "claims",
    "shared_values",
    "examples",
    "sessions",
    "owned",
    "principals",
    "database",
    "routes",
    "seen",
]


@record
class Evidence:
    """`what` is a sentence. Only what is `strong` may make anybody be accused."""

    what: str
    path: str
    line: int | None
    strong: bool

    @classmethod
    def told(cls, document: Mapping[str, object]) -> Evidence:
        """What `document` told."""
        line = document["line"]
        strong = document["strength"] == "strong"
        return cls(str(document["what"]), str(document["path"]), line if isinstance(line, int) else None, strong)

    @property
    def place(self) -> str:
        """`path:line`, or the path alone."""
        return self.path if self.line is None else f"{self.path}:{self.line}"

    def document(self) -> dict[str, object]:
        """As reports have it."""
        strength = "strong" if self.strong else "weak"
        return {"what": self.what, "path": self.path, "line": self.line, "strength": strength}


@record
class Proposal:
    """A value for a list of tenancy.yaml, and why. One that is not `strong` is for a person to decide."""

    section: Section
    value: str | Mapping[str, object]
    evidence: tuple[Evidence, ...]

    @property
    def strong(self) -> bool:
        """Whether any of its evidence is."""
        return any(each.strong for each in self.evidence)


def seen(what: str, resource: Resource, keys: Keys, world: World, *, strong: bool) -> Evidence:
    """Evidence at the place where `keys` of the resource's fields are written."""
    place = resource.source.locate(resource, keys, world)
    return Evidence(what, place.path, place.line, strong)


def weaker(evidence: Iterable[Evidence], because: str = "") -> tuple[Evidence, ...]:
    """The same, no longer enough to accuse by."""
    return tuple(Evidence(each.what + because, each.path, each.line, strong=False) for each in evidence)
