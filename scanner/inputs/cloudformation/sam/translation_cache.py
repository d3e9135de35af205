"""What the SAM translator said before of the very same template, so that it need not be loaded to say it again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from scanner.base.cache import Cache
from scanner.inputs.cloudformation.sam.translator import Refusal, RefusedError, translate

_KIND = "sam"


def recalled(
    template: dict[str, object], parameters: Mapping[str, object], region: str | None, cache: Cache | None
) -> dict[str, object]:
    """As `translate`, which changes the template and raises RefusedError and MissingExtraError."""
    key = _key(template, parameters, region) if cache is not None else None
    if cache is None or key is None:
        return translate(template, parameters, region)
    known = _known(cache.read(_KIND, key))
    if known is not None:
        return known
    try:
        made = translate(template, parameters, region)
    except RefusedError as refused:
        _keep(
            cache, key, {"refused": [{**asdict(each), "resources": list(each.resources)} for each in refused.refusals]}
        )
        raise
    _keep(cache, key, {"made": made})
    return made


def _key(template: dict[str, object], parameters: Mapping[str, object], region: str | None) -> bytes | None:
    """All that the translation depends on, in its order; None for what JSON cannot tell apart."""
    version = _version()
    if version is None:
        return None
    try:
        return _dumped([version, template, dict(parameters), region])
    except (TypeError, ValueError, RecursionError):
        return None


def _known(content: bytes | None) -> dict[str, object] | None:
    """Raises RefusedError where the translator did. What does not look like an entry is none."""
    if content is None:
        return None
    try:
        entry: Any = json.loads(content)  # Any: as JSON comes in
        made = entry.get("made")
        refusals = tuple(
            Refusal(tuple(each["resources"]), each["message"], each["property_path"], each["globals"])
            for each in entry.get("refused", ())
        )
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    if refusals:
        raise RefusedError(refusals)
    return made if isinstance(made, dict) else None


def _keep(cache: Cache, key: bytes, entry: dict[str, object]) -> None:
    try:
        content = _dumped(entry)
        if json.loads(content) == entry:
            cache.write(_KIND, key, content)
    except (TypeError, ValueError, RecursionError):
        return


def _dumped(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode("ascii")


@lru_cache(maxsize=1)
def _version() -> str | None:
    """The text of the file in which the translator says its version; it is not loaded for that."""
    try:
        spec = find_spec("samtranslator")
        return Path(spec.origin).read_text("utf-8") if spec is not None and spec.origin is not None else None
    except (OSError, ValueError, ImportError):
        return None


__all__ = ["recalled"]
