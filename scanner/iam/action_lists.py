"""Whether the actions that a statement lists take in an action, as `Action` and `NotAction` name them."""

from __future__ import annotations

from functools import lru_cache

from scanner.iam.coverage import covers, lowered
from scanner.iam.variables import template
from scanner.model.partial_text import Text
from scanner.model.truth import Truth
from scanner.model.unknown import MaybeList, OpenList, Unknown

_WILDCARDS = frozenset("*?")


def takes_in_action(patterns: object, action: str) -> Truth:
    """Whatever the case, and with `*` and `?` as IAM has them; what is no list takes in nothing."""
    if isinstance(patterns, Unknown | Text):
        return patterns.plain() if isinstance(patterns, Unknown) else patterns.unknown.plain()
    if not isinstance(patterns, list):
        return False
    asked = action.lower()
    open_: Unknown | None = None
    for pattern in patterns:
        found = _takes_in(pattern, asked)
        if found is True:
            return True
        if found is not False and open_ is None:
            open_ = found
    if open_ is None and isinstance(patterns, OpenList):
        # Of those that are there in some worlds only it is known which they are.
        possible = not isinstance(patterns, MaybeList) or any(
            _takes_in(pattern, asked) is not False for pattern in patterns.maybe
        )
        open_ = patterns.unknown if possible else None
    return False if open_ is None else open_.plain()


def _takes_in(pattern: object, asked: str) -> Truth:
    if isinstance(pattern, str):
        return _is_taken_in(pattern, asked)
    if isinstance(pattern, Text):
        return covers(template(lowered(pattern), variables=False, wildcards=True), asked, some_request=True)
    return pattern if isinstance(pattern, Unknown) else False


@lru_cache(maxsize=16_384)
def _is_taken_in(pattern: str, asked: str) -> bool:
    known = pattern.lower()
    if _WILDCARDS.isdisjoint(known):
        return known == asked
    return template(known, variables=False, wildcards=True).glob.matches(asked)


__all__ = ["takes_in_action"]
