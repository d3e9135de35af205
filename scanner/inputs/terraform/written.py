"""Where the resources of a plan are written: the `.tf` files beside it, if they are there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.inputs.terraform.attributes import View
from scanner.inputs.terraform.configuration import ConfigModule
from scanner.inputs.terraform.instances import Instance
from scanner.model.location import Location
from scanner.model.resource import Resource
from scanner.model.unknown import Unknown
from scanner.model.world import World

if TYPE_CHECKING:
    from scanner.inputs.terraform.mapping import Context
    from scanner.inputs.terraform.references import References


class PlanSource:
    """The places of one plan's resources."""

    def __init__(self, path: Path, shown: str, root: ConfigModule | None, instances: Sequence[Instance]) -> None:
        self._shown = shown
        del path, root, instances

    def locate(self, resource: Resource, keys: Sequence[str | int], world: World) -> Location:
        del resource, keys, world
        return Location(self._shown)

    def lines(self, first: int, last: int) -> list[str]:
        del first, last
        return []

    def hides(self, value: object) -> bool:
        del value
        return False

    def is_dynamic(self, instance: Instance, block: str) -> bool | None:
        """Whether the text makes a block of the name by `dynamic`; None where there is no text."""
        del instance, block
        return None

    def symbol(self, view: View, name: str, unknown: Unknown, context: Context, references: References) -> object:
        """What a bare reference in the text stands for; None where the text does not show one."""
        del view, name, unknown, context, references
        return None
