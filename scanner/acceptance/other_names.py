"""What others call the rules, for files in which people name rules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class OtherNames(Protocol):
    """As `AliasIndex` knows them."""

    def only(self, name: str) -> str | None:
        """The one rule that the name stands for; None where there is none, or the two are not the same."""

    def rules(self, name: str) -> Sequence[str]:
        """The ids of all rules that are known by the name."""


__all__ = ["OtherNames"]
