"""Regular expressions that cannot run away."""

from __future__ import annotations

import re

_LONGEST = 500
_MOST_REPEATS = 8


def pattern_complaint(pattern: str) -> str | None:
    """Why rules may not use the pattern, or None. Repeats that can share a text in many ways are refused."""
    if len(pattern) > _LONGEST:
        return f"a pattern has at most {_LONGEST} characters"
    try:
        re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        return f"not a regular expression: {error}"
    # The parser of `re` is the only one that agrees with `re`; it is private only in name.
    from re import _parser as parser  # type: ignore[attr-defined]  # typeshed does not list it

    tree = parser.parse(pattern)
    if _nested(tree, False):
        return "a repeat inside a repeat may take forever, and so may alternatives that begin alike in one"
    if _repeats(tree) > _MOST_REPEATS:
        return f"more than {_MOST_REPEATS} repeats without a bound may take forever"
    return None


def _repeats(tree: object) -> int:
    """How many repeats have no bound, or a large one."""
    if isinstance(tree, tuple):
        name = str(tree[0]) if tree else ""
        own = name in ("MAX_REPEAT", "MIN_REPEAT") and int(tree[1][1]) > 20  # noqa: PLR2004  # a short repeat costs little
        return own + sum(map(_repeats, tree))
    if isinstance(tree, list) or hasattr(tree, "data"):
        return sum(map(_repeats, tree if isinstance(tree, list) else tree.data))
    return 0


def _nested(tree: object, inside: bool) -> bool:
    if isinstance(tree, tuple):
        name = str(tree[0]) if tree else ""
        if name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            _, high, body = tree[1]
            again = int(high) > 1
            if again and inside:
                return True
            return _nested(body, inside or again)
        if name == "BRANCH" and inside:
            # Two of the ways may begin alike, and then each repeat tries both.
            return len({_first(each) for each in tree[1][1]}) < len(tree[1][1])
        return any(_nested(part, inside) for part in tree)
    if isinstance(tree, list) or hasattr(tree, "data"):
        return any(_nested(part, inside) for part in (tree if isinstance(tree, list) else tree.data))
    return False


def _first(tree: object) -> object:
    """The literal that an alternative begins with; None for all that begin otherwise."""
    first = next(iter(tree), None) if hasattr(tree, "__iter__") else None
    return first[1] if isinstance(first, tuple) and str(first[0]) == "LITERAL" else None
