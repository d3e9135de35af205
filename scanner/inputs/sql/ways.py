"""Ways to rows of other tenants, and what is not decided of them."""

from __future__ import annotations

from scanner.base.record import record


@record
class Leak:
    """What a role can do to rows of other tenants, the statement that does it, and why it can."""

    role: str
    command: str
    statement: str
    because: str


@record
class Open:
    """What is not decided, as a sentence."""

    why: str


__all__ = ["Leak", "Open"]
