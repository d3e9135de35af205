"""Patterns with `*`, as our files use them to name many things."""

from __future__ import annotations


def glob_matches(pattern: str, text: str) -> bool:
    """Whether the pattern matches all of the text. `*` is any run of characters, also none; all else is itself.

    Linear in the text for each literal, whatever the pattern: both may come from strangers.
    """
    first, *rest = pattern.split("*")
    if not rest:
        return text == pattern
    last = rest.pop()
    if not (text.startswith(first) and text.endswith(last) and len(text) >= len(first) + len(last)):
        return False
    start, end = len(first), len(text) - len(last)
    for literal in rest:
        found = text.find(literal, start, end)
        if found < 0:
            return False
        start = found + len(literal)
    return True
