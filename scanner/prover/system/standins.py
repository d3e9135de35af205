"""Stand-ins for account, region and partition, where a template is not told them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import field

from scanner.base.record import mutable
from scanner.model.deferred import OpenMap
from scanner.model.partial_text import Part, Text, text_of
from scanner.model.resource import Resource
from scanner.model.unknown import OpenList, Reference, Unknown
from scanner.model.world import World

STAND_IN_ACCOUNT = "111122223333"
STAND_IN_REGION = "us-east-1"
_REGION = re.compile(r":([a-z]{2}(?:-[a-z]+)+-[0-9]):")
_ACCOUNT = re.compile(r"(?<![0-9])[0-9]{12}(?![0-9])")


@mutable
class Ground:
    """Replaces pseudo parameters, and the ids of `named` resources, by one value wherever they stand.

    A name that deployment makes equals no literal, so its stand-in only has to be one of its own. `arns` gives the ARN
    that a reference stands for, as far as its form tells it, or the reference. `literals` and `regions` are the account
    ids and regions met, `used` the pseudo parameters that had to be stood in for.
    """

    account: str = STAND_IN_ACCOUNT
    region: str = STAND_IN_REGION
    named: Mapping[str, str] = field(default_factory=dict)
    literals: set[str] = field(default_factory=set)
    regions: set[str] = field(default_factory=set)
    used: set[str] = field(default_factory=set)
    arns: Callable[[Reference], Part | Text] = lambda reference: reference

    def fresh(self, account: str | None = None, region: str | None = None) -> Ground:
        """The same, for another place or not, that has met nothing yet."""
        return Ground(account or self.account, region or self.region, self.named, arns=self.arns)

    def met(self, other: Ground) -> None:
        """Takes over what another one met."""
        self.literals |= other.literals
        self.regions |= other.regions
        self.used |= other.used

    def __call__(self, value: object) -> object:
        if isinstance(value, str):
            if "arn:" in value or value.isdigit():
                self.literals.update(_ACCOUNT.findall(value))
                self.regions.update(_REGION.findall(value))
            return value
        if isinstance(value, Unknown):
            return self._part(value)
        if isinstance(value, Text):
            for part in value.parts:
                if isinstance(part, str):
                    self(part)
            return text_of(self._parts(value.parts))
        if isinstance(value, dict):
            entries = {key: self(child) for key, child in value.items()}
            return OpenMap(entries, value.unknown) if isinstance(value, OpenMap) else entries
        if isinstance(value, list):
            items = [self(child) for child in value]
            return OpenList(items, value.unknown) if isinstance(value, OpenList) else items
        return value

    def _parts(self, parts: Iterable[Part]) -> list[Part | Text]:
        made: list[Part | Text] = []
        for part in parts:
            said = self._part(part)
            # What stands where the ARN has the name, after all else of it, is the name, whatever `Ref` gives elsewhere.
            named = isinstance(said, Text) and len(said.parts) > 1 and said.parts[0] == text_of(made)
            made.append(part if named else said)
        return made

    def own_arn(self, resource: Resource, world: World) -> object:
        """The ARN of a resource; the name in it that deployment makes is no ARN, though `Ref` may give one elsewhere.

        Raises UndecidedError.
        """
        arn = resource.names(world).arn
        if not isinstance(arn, Text):
            return self(arn)
        return text_of([part if _is_own_name(part, resource) else self._part(part) for part in arn.parts])

    def _part(self, part: Part) -> Part | Text:
        if isinstance(part, Reference):
            if part.attribute == "Ref" and part.resource in self.named:
                return self.named[part.resource]
            arn = self.arns(part)
            if isinstance(arn, str):
                return arn
            if isinstance(arn, Text):
                # Its own holes are no ARNs again.
                return text_of([self._pseudo(each) for each in arn.parts])
            return arn
        return self._pseudo(part)

    def _pseudo(self, part: Part) -> Part:
        if isinstance(part, Unknown) and part.symbol is not None and part.symbol[0] == "pseudo":
            name = part.symbol[-1]
            known = {
                "AWS::AccountId": self.account,
                "AWS::Region": self.region,
                "AWS::Partition": "aws",
                "AWS::URLSuffix": "amazonaws.com",
            }.get(name)
            if known is not None:
                self.used.add(name)
                return known
        return part


def _is_own_name(part: Part, resource: Resource) -> bool:
    return isinstance(part, Reference) and part.resource == resource.address and part.attribute == "Ref"
