"""What a cluster was told and the files do not say."""

from __future__ import annotations

from scanner.base.record import record
from scanner.model.unknown import Unknown


@record
class Unread:
    """Objects, or principals, that a cluster has and the files do not tell."""

    what: str
    unknown: Unknown


__all__ = ["Unread"]
