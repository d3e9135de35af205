"""The first line of a live database's catalogue, by which its server's version is known."""

from __future__ import annotations

MARK = "-- tenantproof: the catalogue of a live PostgreSQL "
_MOST = 99


def live_version(text: str) -> int | None:
    """The major version of the server whose catalogue this is; None where the text is none."""
    if not text.startswith(MARK):
        return None
    digits = text[len(MARK) : len(MARK) + 3].partition("\n")[0].strip()
    return int(digits) if digits.isdecimal() and int(digits) <= _MOST else None


__all__ = ["MARK", "live_version"]
