"""Regular expressions that cannot run away."""

from __future__ import annotations

import re

_LONGEST = 500


def pattern_complaint(pattern: str) -> str | None:
    """Why rules may not use the pattern, or None. Nested repeats are refused: they take exponential time."""
    if len(pattern) > _LONGEST:
        return f"a pattern has at most {_LONGEST} characters"
    try:
        re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        return f"not a regular expression: {error}"
    # The parser of `re` is the only one that agrees with `re`; it is private only in name.
    from re import _parser as parser  # type: ignore[attr-defined]  # typeshed does not list it

    return "a repeat inside a repeat may take forever" if _nested(parser.parse(pattern), False) else None


def _nested(tree: object, inside: bool) -> bool:
    if isinstance(tree, tuple):
        name = str(tree[0]) if tree else ""
        if name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            low, high, body = tree[1]
            unbounded = int(high) > max(int(low), 1) and int(high) > 20  # noqa: PLR2004  # a short repeat costs little
            if unbounded and inside:
                return True
            return _nested(body, inside or unbounded)
        return any(_nested(part, inside) for part in tree)
    if isinstance(tree, list) or hasattr(tree, "data"):
        return any(_nested(part, inside) for part in (tree if isinstance(tree, list) else tree.data))
    return False
