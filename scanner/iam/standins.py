"""Stand-ins for the names that only deployment gives, so that a concrete request can be asked about a template."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import field

from scanner.base.record import mutable
from scanner.model.partial_text import Part, Text, text_of
from scanner.model.unknown import OpenList, Reference, Unknown

Ground = Callable[[object], object]
_OTHER = re.compile(r"[^A-Za-z0-9]+")


def as_it_is(value: object) -> object:
    """The ground of whoever wants names of the deployment to stay unknown."""
    return value


@mutable
class Grounding:
    """Gives every resource without a name of its own one that begins with its logical id.

    Only ids are stood in for: parameters, imports and the like stay unknown. `used` are the stand-ins that were needed.
    `places` are values of pseudo parameters, by their names; those that are not given stay unknown.
    """

    used: dict[str, str] = field(default_factory=dict)
    places: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, value: object) -> object:
        """The value with stand-ins inside it; what holds none is handed back as it is."""
        if isinstance(value, Reference):
            return self._name(value)
        if isinstance(value, Unknown):
            return self._place(value)
        if isinstance(value, Text):
            return text_of([self._part(part) for part in value.parts])
        if isinstance(value, dict):
            return {key: self(child) for key, child in value.items()}
        if isinstance(value, list):
            items = [self(child) for child in value]
            return OpenList(items, value.unknown) if isinstance(value, OpenList) else items
        return value

    def _part(self, part: Part) -> Part:
        if isinstance(part, Reference):
            return self._name(part)
        return self._place(part) if isinstance(part, Unknown) else part

    def _place(self, value: Unknown) -> str | Unknown:
        if self.places and value.symbol is not None and value.symbol[0] == "pseudo":
            return self.places.get(value.symbol[-1], value)
        return value

    def _name(self, reference: Reference) -> str | Unknown:
        if reference.attribute != "Ref":
            return reference
        logical_id = reference.resource.partition("#")[2].rpartition("/")[2]
        if not logical_id.isalnum():
            # Addresses of Terraform may hold any text as a key; two resources have two names all the same.
            digest = hashlib.sha256(reference.resource.encode("utf-8", "surrogatepass")).hexdigest()[:12]
            logical_id = f"{_OTHER.sub('-', logical_id)}-{digest}"
        name = f"{logical_id}-standin"
        self.used[reference.resource] = name
        return name
