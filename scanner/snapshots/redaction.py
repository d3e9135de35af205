"""Secrets in what AWS tells, replaced before anything is written."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping

from scanner.model.secrets import is_secret
from scanner.snapshots.lines import Path

DIGITS = 16
# What a variable is called is no secret, and rules ask for it.
_NAMING = frozenset({"Key", "Name", "Type"})


class Redaction:
    """Hashes under a key that lives as long as the run, so that a short secret cannot be found by trying."""

    __slots__ = ("_key",)

    def __init__(self, key: bytes) -> None:
        self._key = key

    def redact(self, properties: Mapping[str, object]) -> tuple[dict[str, object], list[Path]]:
        """The properties without secrets, and where those were. Numbers and booleans are left as they are."""
        hashed: list[Path] = []
        return {key: self._redacted(value, (key,), hashed) for key, value in properties.items()}, hashed

    def _redacted(self, value: object, path: Path, hashed: list[Path]) -> object:
        if isinstance(value, Mapping):
            return {key: self._redacted(child, (*path, key), hashed) for key, child in value.items()}
        if isinstance(value, list):
            return [self._redacted(child, (*path, place), hashed) for place, child in enumerate(value)]
        # Which properties are write-only does not matter: an API that tells one does not take it for a secret.
        if not isinstance(value, str) or path[-1] in _NAMING or not is_secret("", path, value):
            return value
        hashed.append(path)
        return hmac.new(self._key, value.encode(), hashlib.sha256).hexdigest()[:DIGITS]
