"""Functions that may tell what they are given: by what they write or say, or because they are declared LEAKPROOF.

PostgreSQL documentation, "Row Security Policies" and "Rules and Privileges": conditions of whoever asks are looked at
after the policies, but for functions and operators that are marked leakproof, which may be called on rows that the
policies leave out. A message or an error that such a function makes then tells of these rows. What stands within a
condition of a policy is called in the order of its cost (CREATE FUNCTION, COST), so also on rows that another part of
the condition would have left out.
"""

from __future__ import annotations

import re

from scanner.inputs.sql.binding import bodies_in
from scanner.inputs.sql.nodes import string_of, type_of
from scanner.inputs.sql.parsing import Node
from scanner.inputs.sql.said import Function
from scanner.inputs.sql.values import operator, returned

_QUIET = frozenset(["current_setting", "lower", "upper", "btrim"])  # of texts; none of them fails for one
_COMPARES = frozenset(["=", "<>", "<", ">", "<=", ">="])
_TEXTS = ("text", "varchar", "bpchar", "name")


# What writes, or says something but the error that ends the statement.
_TELLS = re.compile(
    r"\b(?:raise\s+(?:debug|log|info|notice|warning)|insert|update|delete|merge|copy|notify|pg_notify|set_config|execute"
    r"|dblink\w*|pg_logical_emit_message|lo_put|lo_from_bytea|(?:insert|update|delete|merge)stmt)\b",
    re.IGNORECASE,
)
_COMMENTS = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)


def tells(function: Function) -> bool:
    """Whether a function that is given something may write it down, or tell it to whoever asks."""
    if not function.arguments or not function.called or function.language in ("c", "internal"):
        return False
    if isinstance(function.body, str) and function.language not in ("sql", "plpgsql"):
        return True
    body = function.body if isinstance(function.body, str) else str(function.body)
    return _TELLS.search(_COMMENTS.sub(" ", body)) is not None


def is_loud(function: Function) -> bool:
    """Whether a LEAKPROOF function may tell what it is given, by a message or an error."""
    if not function.leakproof or not function.arguments:
        return False
    body = returned(function)
    return body is None or not _is_quiet(body)


def _is_quiet(body: Node) -> bool:
    calls = {string_of(each["funcname"][-1]) for each in bodies_in(body, "FuncCall")}
    operators = {operator(each) for each in bodies_in(body, "A_Expr")}
    casts = {type_of(each["typeName"]) for each in bodies_in(body, "TypeCast") if _takes(each)}
    return calls <= _QUIET and operators <= _COMPARES and casts <= {*_TEXTS}


def _takes(cast: Node) -> bool:
    """Whether something that is given is cast: what is no number is named in the error."""
    return "ColumnRef" in str(cast) or "ParamRef" in str(cast)


__all__ = ["is_loud", "tells"]
