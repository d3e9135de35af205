"""Messages with `{{ JMESPath }}` in them."""

from __future__ import annotations

import hashlib
import json
import re
from functools import lru_cache

from scanner.base.record import record
from scanner.language.expressions.expression import Expression, compile_expression
from scanner.language.expressions.scope import Scope
from scanner.model.deferred import Deferred, settle_all
from scanner.model.partial_text import Text
from scanner.model.unknown import OpenList, Reference, Unknown

_HOLE = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
MOST_SHOWN = 200
_JSON = frozenset((str, int, float, bool))
_ALIKE = frozenset((str, int, bool))
"""Whose equal values of one class are written alike: `0.0` and `-0.0` are not."""


@record
class Message:
    """Literals and expressions in turn."""

    text: str
    pieces: tuple[str | Expression, ...]

    @classmethod
    def parse(cls, text: str) -> Message:
        """Raises ExpressionError, with the offset counted in the whole message."""
        from scanner.language.expressions.expression import ExpressionError

        pieces: list[str | Expression] = []
        end = 0
        for match in _HOLE.finditer(text, 0, text.rfind("}}") + 2):
            pieces.append(text[end : match.start()])
            inner = match[1].strip()
            try:
                pieces.append(compile_expression(inner))
            except ExpressionError as error:
                offset = match.start(1) + match[1].find(inner) + error.offset
                raise ExpressionError(str(error), offset, error.hint) from None
            end = match.end()
        pieces.append(text[end:])
        return cls(text, tuple(piece for piece in pieces if piece != ""))

    def render(self, item: object, scope: Scope) -> str:
        """The message with its expressions evaluated on `item`; values are shown redacted. Raises UndecidedError."""
        return "".join(
            piece if isinstance(piece, str) else shown(settle_all(_value(piece, item, scope), scope.world))
            for piece in self.pieces
        )


def _value(expression: Expression, item: object, scope: Scope) -> object:
    value = expression.evaluate(item, scope)
    if value is None and item is not scope.resource.fields:
        # Inside each/some/none the resource's own names stay readable.
        return expression.evaluate(scope.resource.fields, scope)
    return value


def shown(value: object) -> str:
    """A value as a message has it: JSON, strings bare, control characters escaped, at most 200 characters."""
    if isinstance(value, str):
        text = value
    elif isinstance(value, Text):
        text = str(value)
    elif isinstance(value, Reference):
        text = str(Text((value,)))
    elif isinstance(value, Unknown):
        # Messages have what they show between backticks, which those of the reason would end.
        text = f"<unknown: {value.detail.replace('`', '')}>"
    else:
        text = json.dumps(plain(value), ensure_ascii=False)
    text = "".join(character if character.isprintable() else _escaped(character) for character in text)
    return text if len(text) <= MOST_SHOWN else text[: MOST_SHOWN - 1] + "…"


def plain(value: object) -> object:
    """A value as JSON can hold it: holes and unknowns as text."""
    if value is None or value.__class__ in _JSON:
        return value
    if isinstance(value, Text):
        return str(value)
    if isinstance(value, Unknown):
        return f"<unknown: {value.detail}>"
    if isinstance(value, Deferred):
        return "<rests on a choice of the template>"
    if isinstance(value, dict):
        return {str(key): plain(child) for key, child in value.items()}
    if isinstance(value, list):
        items = [plain(child) for child in value]
        return [*items, f"<unknown: {value.unknown.detail}>"] if isinstance(value, OpenList) else items
    return value if isinstance(value, str | int | float | bool) or value is None else str(value)


def redacted(value: object) -> str:
    """What stands for a value that must not be shown; equal values have equal stand-ins."""
    few = value is None or value.__class__ in _ALIKE
    return _redacted_scalar(value) if few else _redacted_text(plain(value))


@lru_cache(maxsize=4_096, typed=True)
def _redacted_scalar(value: object) -> str:
    """Most values are few: `true`, a name, nothing."""
    return _redacted_text(value)


_sorted_json = json.JSONEncoder(sort_keys=True, ensure_ascii=False).encode


def _redacted_text(value: object) -> str:
    text = _sorted_json(value)
    return f"<redacted {hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}>"


def _escaped(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"  # noqa: PLR2004  # widths
