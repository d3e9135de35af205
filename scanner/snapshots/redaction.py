"""Secrets in what AWS tells, replaced before anything is written."""

from __future__ import annotations

from collections.abc import Mapping

from scanner.model.secrets import without_secrets
from scanner.snapshots.lines import Path


class Redaction:
    """Takes out what the one module of secrets calls one. The key is for whoever compares secrets, and stays here."""

    __slots__ = ("_key",)

    def __init__(self, key: bytes) -> None:
        self._key = key

    def redact(self, properties: Mapping[str, object], type_name: str = "") -> tuple[dict[str, object], list[Path]]:
        """The properties without secrets, and where whole values were."""
        safe: dict[str, object] = {}
        places: list[Path] = []
        for key, value in properties.items():
            # Which properties are write-only does not matter: an API that tells one does not take it for a secret.
            safe[key], found = without_secrets(type_name, value, (key,))
            places += found
        return safe, places
