"""What references of a template stand for, as far as their form tells it."""

from __future__ import annotations

from dataclasses import field

from scanner.base.record import mutable
from scanner.iam.made_arns import is_arn, made_arn
from scanner.iam.made_names import could_be_made
from scanner.iam.part_arns import LABELS, part_arn
from scanner.model.partial_text import Part, Text
from scanner.model.resource import Inventory
from scanner.model.unknown import Reference
from scanner.prover.system.owned_resources import MADE_IDS


@mutable
class References:
    """Knows the inventory and nothing that knows it, so that what keeps it keeps no memory of proofs alive."""

    inventory: Inventory
    _arns: dict[tuple[str, str], Part | Text] = field(default_factory=dict)

    def arn(self, said: Reference) -> Part | Text:
        """The ARN that a reference stands for, or the reference where its form does not tell it."""
        key = (said.resource, said.attribute)
        if key not in self._arns:
            resource = self.inventory.at(said.resource)
            arn = None if resource is None else part_arn(said, resource, self.arn)
            if arn is None and resource is not None and is_arn(said, resource):
                arn = made_arn(resource)
            self._arns[key] = said if arn is None else arn
        return self._arns[key]

    def is_made(self, reference: Reference) -> bool:
        """Whether it is a name that AWS makes: the id of a custom resource may be any text."""
        resource = self.inventory.at(reference.resource)
        if resource is None or not resource.type.startswith("AWS::"):
            return False
        if is_arn(reference, resource) and isinstance(self.arn(reference), Reference):
            return False  # an ARN whose form does not tell it, so not what a name is
        return reference.attribute in ("Ref", MADE_IDS.get(resource.type), LABELS.get(resource.type))

    def could_be(self, reference: Reference, text: str) -> bool:
        """Whether a name that AWS makes may be this one, which a policy has in letters."""
        resource = self.inventory.at(reference.resource)
        return resource is not None and could_be_made(resource, reference.attribute, text)
