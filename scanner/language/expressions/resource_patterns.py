"""How much a pattern or a path takes in: all resources of a kind, or a folder and not the bucket that it is in."""

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


def below_root(arguments: Sequence[object], _: Scope) -> object:
    """Whether a path such as `/BUCKET/folder` names something below its first part; what a hole holds may do so too."""
    (value,) = arguments
    if isinstance(value, Reference):
        return False
    if isinstance(value, Unknown):
        return value
    if not isinstance(value, str | Text):
        return False
    shown = value if isinstance(value, str) else "".join(_shown(part) for part in value.parts)
    if re.search(r"[^/]/+[^/]", shown):
        return True
    return value.unknown if isinstance(value, Text) and _HOLE in shown else False


def _shown(part: str | Unknown) -> str:
    if isinstance(part, str):
        return part
    return "x" if isinstance(part, Reference) or (part.symbol and part.symbol[-1] in _PSEUDO) else _HOLE


__all__ = ["below_root", "takes_in_all"]
