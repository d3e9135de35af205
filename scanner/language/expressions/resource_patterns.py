"""Whether an element of `Resource` takes in everything of a kind: `*`, or the ARN of the kind with `*` for its name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from scanner.model.partial_text import Text
from scanner.model.unknown import Reference, Unknown

if TYPE_CHECKING:
    from scanner.language.expressions.scope import Scope

_PSEUDO = frozenset({"AWS::AccountId", "AWS::Partition", "AWS::Region"})
_HOLE = "\0"


def takes_in_all(arguments: Sequence[object], _: Scope) -> object:
    """Arguments: the element, the service as in ARNs, and the resource part up to the name, such as `channel/`.

    A region or account that is named does not narrow it, and what one deployment makes is one thing.
    """
    value, service, kind = arguments
    if isinstance(value, Reference):
        return False
    if isinstance(value, Unknown):
        return value
    if not isinstance(value, str | Text):
        return False
    shown = value if isinstance(value, str) else "".join(_shown(part) for part in value.parts)
    whole = rf"\*|arn:[^:]*:(?:\*|{re.escape(str(service))}):(?:[^:]*:[^:]*:(?:{re.escape(str(kind))})?\*.*|\*)"
    if re.fullmatch(whole, shown):
        return True
    # A hole that is filled with `*` takes in all as well.
    open_ = isinstance(value, Text) and re.fullmatch(whole, shown.replace(_HOLE, "*"))
    return value.unknown if open_ and isinstance(value, Text) else False


def _shown(part: str | Unknown) -> str:
    if isinstance(part, str):
        return part
    return "x" if isinstance(part, Reference) or (part.symbol and part.symbol[-1] in _PSEUDO) else _HOLE


__all__ = ["takes_in_all"]
