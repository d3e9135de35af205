"""How many resources there are, by type and by where they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import field

from scanner.base.record import mutable
from scanner.model.resource import Resource

Place = tuple[str | None, str | None]


@mutable
class Census:
    """By type, the number of resources of each account and region."""

    types: dict[str, Counter[Place]] = field(default_factory=dict)

    @classmethod
    def of(cls, resources: Iterable[Resource]) -> Census:
        """Counted from the resources themselves."""
        census = cls()
        for each in resources:
            census.count(each.type, (each.account, each.region))
        return census

    def count(self, type_name: str, place: Place, number: int = 1) -> None:
        """Adds `number` resources of the type at the place: account and region, either None where it is not known."""
        places = self.types.get(type_name)
        if places is None:
            places = self.types[type_name] = Counter()
        places[place] += number

    @property
    def size(self) -> int:
        """The number of all resources."""
        return sum(places.total() for places in self.types.values())

    @property
    def accounts(self) -> list[str]:
        """Account ids, sorted, each once; resources whose account is not known add none."""
        return sorted({account for places in self.types.values() for account, _ in places if account})

    @property
    def regions(self) -> list[str]:
        """Regions, sorted, each once; resources whose region is not known add none."""
        return sorted({region for places in self.types.values() for _, region in places if region})


__all__ = ["Census", "Place"]
