"""The arguments of the provider's resource types, as one release of it has them.

They stand in `scanner/_data/terraform_provider.json`, which has one line a type, so that only those that are asked for
are decoded. Of each argument: `r` required, `o` optional, `c` optional and computed where it is left out, `x` computed.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from functools import cache

from scanner.shipped_data import data_file

Arguments = Mapping[str, object]


class ProviderTypes:
    """One file of types."""

    __slots__ = ("_lines", "about")

    def __init__(self, data: bytes) -> None:
        # The first line opens the document, the second says where it is from, the last two close it.
        lines = data.split(b"\n")
        self.about: dict[str, str] = json.loads(lines[1].removeprefix(b'"about":').rstrip(b","))
        self._lines = lines[2:-2]

    def arguments(self, name: str) -> Arguments | None:
        """By name; one with blocks or objects in it is a list of its letter and their arguments."""
        key = f'"{name}":'.encode()
        place = bisect_left(self._lines, key)
        if place >= len(self._lines) or not self._lines[place].startswith(key):
            return None
        found: Arguments = json.loads(self._lines[place][len(key) :].rstrip(b","))
        return found


def provider_types() -> ProviderTypes:
    """The shipped file."""
    return _shipped()


@cache
def is_required(name: str, path: Sequence[str]) -> bool:
    """Whether an argument must be written, wherever the blocks around it are."""
    here: object = _shipped().arguments(name)
    letter: object = None
    for step in path:
        found = here.get(step) if isinstance(here, dict) else None
        letter, here = (found[0], found[1]) if isinstance(found, list) else (found, None)
    return letter == "r"


@cache
def _shipped() -> ProviderTypes:
    return ProviderTypes(data_file("terraform_provider.json").read_bytes())
