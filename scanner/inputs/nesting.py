"""Stacks inside stacks: which file a nested stack's template is, and what it is handed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from scanner.inputs.stack import Stack
from scanner.model.deferred import Deferred, settle, settle_all
from scanner.model.text import Text
from scanner.model.unknown import Unknown
from scanner.model.world import Undecided, World

NESTED = "AWS::CloudFormation::Stack"
_DIGEST = re.compile(r"[0-9a-f]{64}")


def nested_stacks(stack: Stack) -> list[str]:
    """The logical ids of the stacks that it nests."""
    return [logical_id for logical_id, body in stack.bodies.items() if body.get("Type") == NESTED]


def template_of(
    stack: Stack, logical_id: str, folder: Path, assets: Mapping[str, Path]
) -> tuple[Path | None, str | None]:
    """The file of a nested stack's template, if it is a local one, and the asset's digest that has no file, if so.

    `aws:asset:path` of its metadata counts first, then the asset's digest in the URL, then a URL that is a relative
    path, as `aws cloudformation package` takes it.
    """
    body = stack.bodies[logical_id]
    metadata = body.get("Metadata")
    written = metadata.get("aws:asset:path") if isinstance(metadata, dict) else None
    if isinstance(written, str):
        return folder / written, None
    properties = body.get("Properties")
    if not isinstance(properties, dict):
        return None, None
    try:
        url = settle_all(stack.resolver.resolve(properties.get("TemplateURL")), World())
    except Undecided:
        return None, None
    text = str(url) if isinstance(url, str | Text) else ""
    digests = _DIGEST.findall(text)
    if digests and assets:
        path = assets.get(digests[-1])
        return path, None if path is not None else digests[-1]
    if isinstance(url, str) and url and "://" not in url and not url.startswith("/"):
        return folder / url, None
    return None, None


def handed_down(stack: Stack, logical_id: str) -> dict[str, object]:
    """What the stack around gives a nested one as parameters, to be asked for in a world."""
    properties = stack.bodies[logical_id].get("Properties")
    resolved = stack.resolver.resolve(properties) if isinstance(properties, dict) else None

    def given(name: str) -> object:
        def decide(world: World) -> object:
            parameters = _parameters(resolved, world)
            if isinstance(parameters, Unknown):
                return parameters
            return settle_all(parameters.get(name), world) if isinstance(parameters, dict) else None

        return Deferred(decide)

    written = properties.get("Parameters") if isinstance(properties, dict) else None
    return {name: given(name) for name in written} if isinstance(written, dict) else {}


def _parameters(resolved: object, world: World) -> object:
    properties = settle(resolved, world)
    return settle(properties.get("Parameters"), world) if isinstance(properties, dict) else properties
