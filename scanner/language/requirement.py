"""What an assertion asks of a value, in words: the end of a sentence such as "`Status` is `off`; `on` is required"."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from scanner.base.record import record
from scanner.language.expressions.expression import Expression
from scanner.language.expressions.scope import Scope
from scanner.language.message import shown

_PARAMETER = re.compile(r"\$(\w+)")
MOST_LISTED = 6
MOST_PATTERN = 40
REQUIRED = "it is required"
_PLAIN = ("field", "subexpression", "index", "index_expression")


@record
class Requirement:
    """`words` are empty where nothing can be said that the rule's message does not say.

    Of alternatives, one that is a `precondition` says whom the rule is about: to change it is no advice.
    """

    words: Callable[[Scope], str]
    precondition: bool = False


def requirement(comparison: str, literal: object) -> Requirement:
    """Of a value that is compared; `literal` may name a parameter of the rule, whose value counts then."""
    parameter = match[1] if isinstance(literal, str) and (match := _PARAMETER.fullmatch(literal)) else None
    say = _WORDS[comparison]
    precondition = comparison in ("is_not", "not_in", "matches") or (comparison == "exists" and literal is False)
    if parameter is None:
        return Requirement(lambda _: say(literal), precondition)
    return Requirement(lambda scope: say(scope.names.get(parameter)), precondition)


def requirement_of_truth(expression: Expression) -> Requirement:
    """Of a value that need only be true; of a calculated one nothing can be said that the rule's message does not."""
    words = REQUIRED if is_plain(expression) else "a customer managed key is required" if is_key(expression) else ""
    return Requirement(lambda _: words)


def is_plain(expression: Expression) -> bool:
    """Whether it is a path and nothing else."""
    return expression.tree["type"] in _PLAIN and not expression.functions and not expression.names


def is_key(expression: Expression) -> bool:
    """Whether it asks if the value at a path is a customer managed key."""
    tree = expression.tree
    return (
        tree["type"] == "function_expression"
        and tree["value"] == "customer_key"
        and all(child["type"] in _PLAIN for child in tree["children"])
    )


def _matches(literal: object) -> str:
    # A long pattern says less to a reader than the rule's own message.
    return f"a value that matches {_value(literal)} is required" if len(str(literal)) <= MOST_PATTERN else ""


def _value(literal: object) -> str:
    text = literal if isinstance(literal, str) else json.dumps(literal, ensure_ascii=False, default=str)
    return f"`{shown(text)}`"


def _one_of(literal: object) -> str:
    items = literal if isinstance(literal, list) else [literal]
    named = [_value(each) for each in items[:MOST_LISTED]]
    if len(items) > MOST_LISTED:
        return f"{', '.join(named)} or another of {len(items)} values"
    return f"{', '.join(named[:-1])} or {named[-1]}" if len(named) > 1 else "".join(named)


def _is(literal: object) -> str:
    return "it must be left out" if literal is None else f"{_value(literal)} is required"


def _is_not(literal: object) -> str:
    if isinstance(literal, bool):
        return f"{_value(not literal)} is required"
    return REQUIRED if literal is None else f"a value other than {_value(literal)} is required"


_WORDS: dict[str, Callable[[object], str]] = {
    "is": _is,
    "is_not": _is_not,
    "in": lambda literal: f"{_one_of(literal)} is required" if literal else "no value is accepted",
    "not_in": lambda literal: f"a value other than {_one_of(literal)} is required" if literal else "",
    "contains": lambda literal: f"{_value(literal)} is required in it",
    "matches": _matches,
    "starts_with": lambda literal: f"a value that begins with {_value(literal)} is required",
    "ends_with": lambda literal: f"a value that ends with {_value(literal)} is required",
    "at_least": lambda literal: f"at least {shown(literal)} is required",
    "at_most": lambda literal: f"at most {shown(literal)} is allowed",
    "exists": lambda literal: REQUIRED if literal else "it must be left out",
}
