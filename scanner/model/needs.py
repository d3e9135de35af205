"""What whoever judges an account will ask of it: what nobody asks for need not be read."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import field
from fnmatch import fnmatchcase

from scanner.base.record import record


@record
class Needs:
    """`of` are the names of properties by types or by patterns of types; of those in `whole` it is every property.

    `types` are asked for even where nothing is asked of them, as it counts that there are some. `always` are names that
    are read of every type that has them.
    """

    of: Mapping[str, frozenset[str]] = field(default_factory=dict)
    whole: frozenset[str] = frozenset()
    types: frozenset[str] = frozenset()
    always: frozenset[str] = frozenset()

    def wants(self, type_name: str, name: str) -> bool:
        """Whether the property is asked for."""
        return name in self.always or self._is_asked(type_name, (name,))

    def wants_type(self, type_name: str, names: Collection[str]) -> bool:
        """Whether it is asked for whether there are resources of the type, or for one of these properties of them."""
        return type_name in self.types or self._is_asked(type_name, names)

    def _is_asked(self, type_name: str, names: Iterable[str]) -> bool:
        if any(fnmatchcase(type_name, pattern) for pattern in self.whole):
            return True
        wanted = frozenset(names)
        return any(
            not asked.isdisjoint(wanted) and fnmatchcase(type_name, pattern) for pattern, asked in self.of.items()
        )
