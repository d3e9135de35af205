"""Whether a condition can hold for a row of another tenant.

A condition is evaluated for a row of tenant b in a session of tenant a. What is not fixed by that is free (a column
with any value) or open (a term that is not understood). Whether it can be true, and whether it can be false, is never;
surely, for some values of these columns; or perhaps, because of a term. A NULL is neither true nor false, and policies
take it as false (PostgreSQL documentation, "Row Security Policies" and "Logical Operators").
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from scanner.base.record import record
from scanner.inputs.sql.cans import ALWAYS, NEVER, Can, Never, Perhaps, Surely, both, either
from scanner.inputs.sql.parsing import Node
from scanner.inputs.sql.values import Asked, Value, alone, is_lost, operator, shown, value_of

_TRUE, _FALSE = ("t", "true", "y", "yes", "on", "1"), ("f", "false", "n", "no", "off", "0")
# The last four are LIKE, ILIKE and their opposites as the server writes them.
_LIKE, _MATCHES = ("AEXPR_LIKE", "AEXPR_ILIKE"), ("~", "~*", "!~", "!~*", "~~", "~~*", "!~~", "!~~*")
_ORDER = ("<", ">", "<=", ">=")


@record
class Outcome:
    """What can be of a condition; a NULL is neither. Where it `raises`, the statement ends with an error instead."""

    true: Can
    false: Can
    raises: bool = False


_NEITHER = Outcome(NEVER, NEVER)
_RAISES = Outcome(NEVER, NEVER, raises=True)
_HOLDS, _FAILS = Outcome(ALWAYS, NEVER), Outcome(NEVER, ALWAYS)


def holds(node: Node, asked: Asked) -> Outcome:
    """What a condition can be for a row of another tenant."""
    if asked.sets and _sets(node, asked):
        return _open("what set_config changes while rows are looked at")
    try:
        return _Reader(asked).of(node)
    except RecursionError:
        return _open("a condition of great depth")


def _sets(node: object, asked: Asked) -> bool:
    """Whether it calls `set_config`, itself or in the body of a function."""
    waiting = [node]
    while waiting:
        each = waiting.pop()
        if isinstance(each, list):
            waiting += each
        elif isinstance(each, dict):
            called = each.get("FuncCall", {}).get("funcname", ()) if isinstance(each.get("FuncCall"), dict) else ()
            name = ".".join(one["String"].get("sval", "") for one in [*called][-2:])
            held = asked.functions.get(name)
            if name.endswith("set_config") or (held is not None and "set_config" in str(held.body)):
                return True
            waiting += each.values()
    return False


def _open(term: str) -> Outcome:
    return Outcome(Perhaps(term), Perhaps(term))


def _free(*columns: str) -> Outcome:
    some = Surely(frozenset(columns))
    return Outcome(some, some)


@record
class _Reader:
    asked: Asked

    def of(self, node: Node) -> Outcome:
        (kind, body), *_ = node.items()
        match kind:
            case "BoolExpr":
                return self._joined(body)
            case "NullTest":
                return self._null_test(body)
            case "BooleanTest":
                return self._boolean_test(body, node)
            case "A_Expr":
                return self._compared(body, node)
            case "CoalesceExpr":
                return self._coalesced([self.of(each) for each in body["args"]], node)
            case "CaseExpr":
                return self._cases(body, node)
            case "SubLink":
                return self._selected(body, node)
        return self._plain(node)

    def _joined(self, body: Node) -> Outcome:
        args = _with_between(body["args"]) if body["boolop"] == "AND_EXPR" else body["args"]
        parts = [self.of(each) for each in args]
        trues, falses = [each.true for each in parts], [each.false for each in parts]
        match body["boolop"]:
            case "AND_EXPR":
                return Outcome(both(trues), either(falses))
            case "OR_EXPR":
                return Outcome(either(trues), both(falses))
        return Outcome(falses[0], trues[0], parts[0].raises)

    def _selected(self, body: Node, node: Node) -> Outcome:
        """A sub-select that reads no table is its condition, or its only expression."""
        select = body.get("subselect", {}).get("SelectStmt", {})
        kind, only = body.get("subLinkType"), alone(body)
        beside = {"fromClause", "withClause", "havingClause", "limitCount", "limitOffset", "larg", "groupClause"}
        made = "FuncCall" in str(select.get("targetList", ""))  # an aggregate gives a row of no rows
        if kind == "EXISTS_SUBLINK" and not made and not beside & select.keys():
            found = self.of(select["whereClause"]) if "whereClause" in select else _HOLDS
            # It is true or false, and never NULL.
            return Outcome(found.true, _open(shown(node)).false if isinstance(found.true, Surely) else ALWAYS)
        if kind == "ANY_SUBLINK" and only is not None and "operName" not in body:
            return self._compare("=", value_of(body["testexpr"], self.asked), value_of(only, self.asked), node)
        can = self.asked.beside.selected(body, self.asked) if self.asked.beside is not None else None
        if can is not None:
            # Where no row is found it is false, whichever the row.
            return Outcome(can, ALWAYS if isinstance(can, Never) else _open(shown(node)).false)
        return self._plain(node)

    def _plain(self, node: Node) -> Outcome:
        value = value_of(node, self.asked)
        if value.kind == "node" and value.node is not None and value.node is not node:
            return self.of(value.node)  # a function whose body is an expression, or a SELECT without FROM
        return _truth(value, node)

    def _null_test(self, body: Node) -> Outcome:
        negated = body.get("nulltesttype") == "IS_NOT_NULL"
        if _is_condition(body["arg"]):
            kind = "IS_NOT_UNKNOWN" if negated else "IS_UNKNOWN"
            return self._boolean_test({"arg": body["arg"], "booltesttype": kind}, {"NullTest": body})
        value = value_of(body["arg"], self.asked)
        if value.kind == "error":
            return _RAISES
        if value.kind == "null":
            return _FAILS if negated else _HOLDS
        if value.kind in ("const", "role", "tenant", "session"):
            return _HOLDS if negated else _FAILS
        return _free(value.text) if value.kind == "column" else _open(shown({"NullTest": body}))

    def _boolean_test(self, body: Node, node: Node) -> Outcome:
        found, kind = self.of(body["arg"]), body.get("booltesttype", "IS_TRUE")
        if found.raises:
            return _RAISES
        wanted, other = (found.true, found.false) if kind.endswith("TRUE") else (found.false, found.true)
        if kind.endswith("UNKNOWN"):
            if found == _NEITHER:
                return _FAILS if "_NOT_" in kind else _HOLDS
            if found in (_HOLDS, _FAILS):
                return _HOLDS if "_NOT_" in kind else _FAILS
            value = value_of(body["arg"], self.asked)
            return _free(value.text) if value.kind == "column" else _open(shown(node))
        # What it is not: the opposite, or NULL.
        otherwise: Can = ALWAYS if isinstance(wanted, Never) else other
        if isinstance(otherwise, Never):
            otherwise = Perhaps(shown(node))
        return Outcome(otherwise, wanted) if "_NOT_" in kind else Outcome(wanted, otherwise)

    def _coalesced(self, parts: Sequence[Outcome], node: Node) -> Outcome:
        def first(cans: Sequence[Can]) -> Can:
            if all(isinstance(each, Never) for each in cans):
                return NEVER
            for can, part in zip(cans, parts, strict=True):
                if isinstance(can, Surely):
                    return can
                if part.raises or part in (_HOLDS, _FAILS):  # it ends here, or is no NULL
                    return NEVER
                if part != _NEITHER:
                    break
            return Perhaps(shown(node))

        trues, falses = first([each.true for each in parts]), first([each.false for each in parts])
        return Outcome(trues, falses, parts[0].raises)

    def _cases(self, body: Node, node: Node) -> Outcome:
        branches = [each["CaseWhen"] for each in body.get("args", [])]
        if "arg" in body:
            equal = {"kind": "AEXPR_OP", "name": [{"String": {"sval": "="}}], "lexpr": body["arg"]}
            branches = [{**each, "expr": {"A_Expr": {**equal, "rexpr": each["expr"]}}} for each in branches]
        if branches and self.of(branches[0]["expr"]).raises:
            return _RAISES
        found = [(self.of(each["expr"]).true, self.of(each["result"])) for each in branches]
        if "defresult" in body:
            found.append((ALWAYS, self.of(body["defresult"])))
        found = [(when, result) for when, result in found if not isinstance(when, Never)]

        def can(pick: Literal["true", "false"]) -> Can:
            results = [(when, result.true if pick == "true" else result.false) for when, result in found]
            if all(isinstance(result, Never) for _, result in results):
                return NEVER
            first = both(results[0])
            return first if isinstance(first, Surely) else Perhaps(shown(node))

        return Outcome(can("true"), can("false"))

    def _compared(self, body: Node, node: Node) -> Outcome:
        kind, op = body["kind"], operator(body)
        if op in self.asked.operators:
            return _open(shown(node))  # which of two operators of this name is meant rests on types
        left, right = body.get("lexpr", {}), body.get("rexpr", {})
        tested = _boolean_test_of(kind, op, left, right)
        if tested is not None:
            found = self.of(tested)
            return Outcome(found.false, found.true, found.raises) if kind == "AEXPR_OP" and op == "<>" else found
        if kind in ("AEXPR_OP", "AEXPR_DISTINCT", "AEXPR_NOT_DISTINCT") and left:
            one, other = self._pair(value_of(left, self.asked), value_of(right, self.asked))
            if kind != "AEXPR_OP" and "error" not in (one.kind, other.kind) and "null" in (one.kind, other.kind):
                # IS NOT DISTINCT FROM NULL is IS NULL, of a condition too, and never a NULL itself.
                found = self._null_test({"arg": right if one.kind == "null" else left, "nulltesttype": "IS_NULL"})
                return found if kind == "AEXPR_NOT_DISTINCT" else Outcome(found.false, found.true, found.raises)
            kinds = {one.kind, other.kind}
            if self.asked.case == "empty" and kinds == {"column", "const"} and not (one.text and other.text):
                return _open(shown(node))  # what a column that is not the tenant's has when it is empty
            as_uuid = "uuid" in (one.text, other.text) and (one.number or other.number)
            if kinds == {"tenant", "session"} and "" not in (one.text, other.text) and self._is_text() and not as_uuid:
                return _open(shown(node))  # '1' and '01' are two ids, and one number
            if kind == "AEXPR_OP":
                return self._compare(op, one, other, node)
            if "error" in (one.kind, other.kind):
                return _RAISES
            return self._compare("=" if kind == "AEXPR_NOT_DISTINCT" else "<>", one, other, node)
        listed = self._listed(kind, right)
        if listed is not None and op in ("=", "<>"):
            one = value_of(left, self.asked)
            parts = [self._compare("=", *self._pair(one, value_of(each, self.asked)), node) for each in listed]
            found = Outcome(either(each.true for each in parts), both(each.false for each in parts))
            if kind == "AEXPR_OP_ANY" and op == "<>":
                return _open(shown(node))
            return found if op == "=" else Outcome(found.false, found.true)
        if kind == "AEXPR_OP_ALL" and op == "<>" and (listed := self._listed("AEXPR_OP_ANY", right)) is not None:
            return self._compared({**body, "kind": "AEXPR_IN", "rexpr": {"List": {"items": listed}}}, node)
        if kind in _LIKE or (kind == "AEXPR_OP" and op in _MATCHES) or kind == "AEXPR_BETWEEN":
            return self._matched(kind, left, right, node)
        return self._plain(node)

    def _matched(self, kind: str, left: Node, right: Node, node: Node) -> Outcome:
        """A column against constants: some value of it does, and some does not."""
        values = [value_of(left, self.asked)]
        values += [value_of(each, self.asked) for each in right.get("List", {}).get("items", [right])]
        if any(is_lost(each) for each in values):
            return _RAISES if any(each.kind == "error" for each in values) else _NEITHER
        if values[0].kind not in ("column", "tenant") or any(each.kind != "const" for each in values[1:]):
            return _open(shown(node))
        if kind == "AEXPR_BETWEEN":
            low, high = values[1:]
            if low.number != high.number or not (
                low.text < high.text if not low.number else _less(low.text, high.text)
            ):
                return _open(shown(node))
        elif values[1].text == "":
            return _open(shown(node))
        return _free(values[0].text)

    def _compare(self, op: str, one: Value, other: Value, node: Node) -> Outcome:
        if is_lost(one) or is_lost(other):
            return _RAISES if "error" in (one.kind, other.kind) else _NEITHER
        if op not in ("=", "<>", *_ORDER):
            return _open(shown(node))
        if self.asked.own and {one.kind, other.kind} == {"tenant", "session"}:
            equal = _open(shown(node)) if op in _ORDER else _HOLDS
        else:
            equal = _equal(one, other, node, ordered=op in _ORDER)
        return Outcome(equal.false, equal.true) if op == "<>" else equal

    def _pair(self, one: Value, other: Value) -> tuple[Value, Value]:
        """Where each tenant has a role of its own, the session's role stands for its tenant."""
        if self.asked.own_role and {one.kind, other.kind} == {"tenant", "role"}:
            return (Value("session"), other) if one.kind == "role" else (one, Value("session"))
        return one, other

    def _is_text(self) -> bool:
        return self.asked.types.get(self.asked.column or "", "") in ("text", "varchar", "bpchar", "citext", "name")

    def _listed(self, kind: str, right: Node) -> list[Node] | None:
        if kind == "AEXPR_IN":
            found: list[Node] = right.get("List", {}).get("items", [])
            return found
        if kind == "AEXPR_OP_ANY":
            array = right["TypeCast"]["arg"] if "TypeCast" in right else right
            if "A_ArrayExpr" in array:
                return list(array["A_ArrayExpr"].get("elements", []))
            made = array.get("SubLink", {})
            only = alone(made) if made.get("subLinkType") == "ARRAY_SUBLINK" else None
            return [only] if only is not None else None
        return None


_CONDITIONS = {"BoolExpr", "NullTest", "BooleanTest"}
_TESTS = {
    "AEXPR_IN",
    "AEXPR_LIKE",
    "AEXPR_ILIKE",
    "AEXPR_BETWEEN",
    "AEXPR_NOT_BETWEEN",
    "AEXPR_DISTINCT",
    "AEXPR_NOT_DISTINCT",
    "AEXPR_OP_ANY",
    "AEXPR_OP_ALL",
}


def _is_condition(node: Node) -> bool:
    (kind, body), *_ = node.items()
    if kind == "A_Expr":
        return body["kind"] in _TESTS or (body["kind"] == "AEXPR_OP" and operator(body) in ("=", "<>", *_ORDER))
    return kind in _CONDITIONS


def _boolean_test_of(kind: str, op: str, left: Node, right: Node) -> Node | None:
    """The test that a comparison of a condition with a constant truth value is; None for other comparisons."""
    for one, other in ((left, right), (right, left)):
        constant = one
        while "TypeCast" in constant:
            constant = constant["TypeCast"]["arg"]
        held = constant.get("A_Const", {})
        if "boolval" not in held or not other or not _is_condition(other):
            continue
        truth = bool(held["boolval"].get("boolval"))
        if kind in ("AEXPR_DISTINCT", "AEXPR_NOT_DISTINCT"):
            negated = "NOT_" if kind == "AEXPR_DISTINCT" else ""
            return {"BooleanTest": {"arg": other, "booltesttype": f"IS_{negated}{str(truth).upper()}"}}
        if kind == "AEXPR_OP" and op in ("=", "<>"):
            return other if truth else {"BoolExpr": {"boolop": "NOT_EXPR", "args": [other]}}
    return None


def _with_between(args: Sequence[Node]) -> list[Node]:
    """`x >= a AND x <= b`, which the server makes of BETWEEN, is that again."""
    taken: list[Node] = []
    for each in args:
        one, other = (taken[-1] if taken else {}).get("A_Expr", {}), each.get("A_Expr", {})
        plain = one.get("kind") == other.get("kind") == "AEXPR_OP" and "ColumnRef" in one.get("lexpr", {})
        if plain and (operator(one), operator(other)) == (">=", "<=") and shown(one["lexpr"]) == shown(other["lexpr"]):
            both_ends = {"List": {"items": [one.get("rexpr", {}), other.get("rexpr", {})]}}
            name = [{"String": {"sval": "BETWEEN"}}]
            taken[-1] = {"A_Expr": {"kind": "AEXPR_BETWEEN", "name": name, "lexpr": one["lexpr"], "rexpr": both_ends}}
        else:
            taken.append(each)
    return taken


def _less(one: str, other: str) -> bool:
    try:
        return float(one) < float(other)
    except ValueError:
        return False


def _truth(value: Value, node: Node) -> Outcome:
    """The value taken as a boolean."""
    if is_lost(value):
        return _RAISES if value.kind == "error" else _NEITHER
    if value.kind == "const":
        word = str(value.text).strip().lower()
        return _HOLDS if word in _TRUE else _FAILS if word in _FALSE else _open(shown(node))
    return _free(value.text) if value.kind == "column" else _open(value.text or shown(node))


def _equal(one: Value, other: Value, node: Node, *, ordered: bool) -> Outcome:
    """Whether the two are equal, or, if `ordered`, whether the one comes before the other."""
    kinds = {one.kind, other.kind}
    if kinds <= {"const", "role"}:
        if ordered:
            return _open(shown(node))
        if one.text == other.text:
            return _HOLDS
        exact = one.number == other.number and "." not in (one.text + other.text if one.number else "")
        return _FAILS if exact else _open(shown(node))
    empty = Value("const", "") in (one, other)
    if kinds == {"tenant", "session"}:
        return _free(*(each.text for each in (one, other) if each.kind == "tenant")) if ordered else _FAILS
    if len(kinds) == 1 and kinds <= {"tenant", "session", "column"} and one == other:
        if ordered:
            return _open(shown(node))
        # A column equals itself unless it is NULL.
        return _HOLDS if kinds != {"column"} else Outcome(Surely(frozenset([one.text])), NEVER)
    if empty and kinds & {"tenant", "session"} and not ordered:
        return _FAILS  # no tenant's id is empty
    if kinds <= {"tenant", "const"}:
        return _free(*(each.text for each in (one, other) if each.kind == "tenant"))
    if kinds == {"tenant", "role"}:
        return _open("whether each tenant logs in as a role of its own, which is not declared")
    if kinds <= {"column", "const", "tenant"}:
        return _free(*(each.text for each in (one, other) if each.kind == "column"))
    for each in (one, other):
        if each.kind in ("open", "setting"):
            return _open(each.text)
    return _open(shown(node))


__all__ = ["ALWAYS", "NEVER", "Can", "Never", "Outcome", "Perhaps", "Surely", "both", "either", "holds"]
