"""What others call the rules, for files in which people name rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field

from scanner.base.record import record


@record
class OtherNames:
    """All in lower case. `one` leads to the rule that a name stands for, `near` to the rules of all other names."""

    one: Mapping[str, str] = field(default_factory=dict)
    near: Mapping[str, Sequence[str]] = field(default_factory=dict)


NONE = OtherNames()

__all__ = ["NONE", "OtherNames"]
