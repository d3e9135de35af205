"""Functions that are declared LEAKPROOF and may tell what they are given.

PostgreSQL documentation, "Row Security Policies" and "Rules and Privileges": conditions of whoever asks are looked at
after the policies, but for functions and operators that are marked leakproof, which may be called on rows that the
policies leave out. A message or an error that such a function makes then tells of these rows.
"""

from __future__ import annotations

from scanner.inputs.sql.binding import bodies_in
from scanner.inputs.sql.nodes import string_of, type_of
from scanner.inputs.sql.parsing import Node
from scanner.inputs.sql.said import Function
from scanner.inputs.sql.values import operator, returned

_QUIET = frozenset(["current_setting", "lower", "upper", "btrim"])  # of texts; none of them fails for one
_COMPARES = frozenset(["=", "<>", "<", ">", "<=", ">="])
_TEXTS = ("text", "varchar", "bpchar", "name")


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


__all__ = ["is_loud"]
