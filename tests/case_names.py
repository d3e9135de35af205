"""Names of parametrized cases for values that pytest only numbers, such as `changes0`."""

from __future__ import annotations

from scanner.model.partial_text import Text
from scanner.model.unknown import Unknown

_MOST = 110
# What nearly every policy begins with tells no case from another.
_USUAL = ("Version", "2012-10-17")


def case_name(value: object) -> str | None:
    """A mapping, list or long text on one short line, the same in every process; None for what pytest names itself."""
    if isinstance(value, str) and len(value) <= _MOST:
        return None
    if not isinstance(value, str | dict | list | tuple | set | frozenset | Text | Unknown):
        return None
    line = _line(value)
    return line if len(line) <= _MOST else f"{line[: _MOST - 3]}..."


def _line(value: object) -> str:
    if isinstance(value, dict):
        told = {key: child for key, child in value.items() if (key, child) != _USUAL}
        return ", ".join(f"{key}: {_inner(child)}" for key, child in told.items()) or "{}"
    if isinstance(value, set | frozenset):
        return ", ".join(sorted(map(str, value))) or "{}"
    if isinstance(value, list | tuple):
        return ", ".join(map(_inner, value)) or "[]"
    if isinstance(value, str | int | float | Text | None):
        return str(value)
    return "(unknown)" if isinstance(value, Unknown) else f"({type(value).__name__})"


def _inner(value: object) -> str:
    if isinstance(value, dict) and value:
        return f"{{{_line(value)}}}"
    return f"[{_line(value)}]" if isinstance(value, list | tuple) and value else _line(value)
