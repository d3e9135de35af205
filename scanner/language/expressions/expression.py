"""JMESPath over partly known data, compiled to closures.

The stock library parses; what it parses is turned into Python closures that answer in three values. An answer is
definite only if every completion of the unknowns agrees.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from scanner.base.record import record
from scanner.language.expressions.comparison import equal, ordered, truth
from scanner.language.expressions.function import Function
from scanner.language.expressions.functions import FUNCTIONS
from scanner.language.expressions.scope import Scope
from scanner.model.deferred import (
    LEAVES,
    OPEN,
    Deferred,
    MaybeMap,
    OpenMap,
    holds_maybe,
    settle,
    settle_all,
    settle_entries,
    widened,
    widened_map,
)
from scanner.model.partial_text import Text
from scanner.model.unknown import MaybeList, OpenList, Unknown

Evaluate = Callable[[object, Scope], object]
Node = dict[str, Any]  # jmespath's own syntax tree, which it gives no types for
_PIECE = re.compile(r"'(?:\\.|[^'\\])*'|`(?:\\.|[^`\\])*`|\"(?:\\.|[^\"\\])*\"|\$(\w+)")
_KEYWORDS = frozenset(("null", "true", "false"))
_DEEPEST = 40


class ExpressionError(ValueError):
    """An expression that rules may not use; `offset` counts characters from its start."""

    def __init__(self, message: str, offset: int, hint: str | None = None) -> None:
        self.offset = offset
        self.hint = hint
        super().__init__(message)


@record
class Expression:
    """`path` is the longest plain path the expression begins with, for pointing at evidence."""

    text: str
    evaluate: Evaluate
    tree: Node
    path: tuple[str | int, ...]
    names: frozenset[str]
    functions: frozenset[str]


@lru_cache(maxsize=4096)
def compile_expression(text: str) -> Expression:
    """Raises ExpressionError."""
    from jmespath import exceptions, parser

    spelled = _PIECE.sub(lambda match: f"var('{match[1]}')" if match[1] else match[0], text)
    for match in _PIECE.finditer(text):
        if match[0].startswith("`"):
            raise ExpressionError(
                "backtick literals are not part of rules", match.start(), "compare with `is:` instead"
            )
    try:
        tree: Node = dict(parser.Parser().parse(spelled).parsed)
    except exceptions.ParseError as error:
        raise ExpressionError(_reason(error), _written(text, getattr(error, "lex_position", 0))) from None
    except exceptions.EmptyExpressionError:
        raise ExpressionError("an expression is empty", 0) from None
    except (exceptions.LexerError, RecursionError, ValueError) as error:
        raise ExpressionError(_reason(error), _written(text, getattr(error, "lexer_position", 0))) from None
    names: set[str] = set()
    functions: set[str] = set()
    _check(tree, text, names, functions, 0)
    return Expression(text, _compile(tree), tree, _path(tree), frozenset(names), frozenset(functions))


def _reason(error: Exception) -> str:
    reason = str(error).split("\n")[0].split(": Parse error at column")[0].rstrip(".:")
    return "not a JMESPath expression: " + (reason[:1].lower() + reason[1:])


def _written(text: str, offset: int) -> int:
    """Where in `text` the character at `offset` of its spelling with `var('…')` stands."""
    shift = 0
    for match in _PIECE.finditer(text):
        if match[1] and match.start() + shift < offset:
            shift += len("var('')") - 1
    return max(0, min(len(text), offset - shift))


def _check(node: Node, text: str, names: set[str], functions: set[str], depth: int) -> None:
    kind, children = node["type"], node["children"]
    if depth > _DEEPEST:
        raise ExpressionError(f"an expression is nested deeper than {_DEEPEST} levels", 0)
    if kind not in _COMPILERS and kind != "key_val_pair":
        raise ExpressionError(f"`{kind}` is not part of the rule language", 0)
    if kind == "field" and node["value"] in _KEYWORDS:
        raise ExpressionError(
            f"`{node['value']}` is a field name in JMESPath, not a literal",
            max(0, text.find(node["value"])),
            "compare with `is:` instead",
        )
    if kind == "literal" and not isinstance(node["value"], str):
        raise ExpressionError("literals other than strings are not part of rules", 0, "compare with `is:` instead")
    # `!a.b` parses as `(!a).b`, which is never what its writer meant.
    if kind in ("subexpression", "index_expression") and children and children[0]["type"] == "not_expression":
        raise ExpressionError("`!` binds tighter than `.` in JMESPath", max(0, text.find("!")), "write `!(a.b)`")
    if kind == "function_expression":
        name = node["value"]
        if name == "var":
            names.add(children[0]["value"])
            return
        function = FUNCTIONS.get(name)
        if function is None:
            from scanner.base.problem import did_you_mean

            raise ExpressionError(
                f"`{name}` is not a function of the rule language",
                max(0, text.find(name)),
                did_you_mean(name, FUNCTIONS),
            )
        least, most = function.arity
        if not least <= len(children) <= most:
            wanted = str(least) if least == most else f"{least} to {most}"
            raise ExpressionError(f"`{name}` takes {wanted} arguments, not {len(children)}", max(0, text.find(name)))
        if function.check is not None:
            literals = [child["value"] if child["type"] == "literal" else None for child in children]
            if (complaint := function.check(literals)) is not None:
                raise ExpressionError(complaint, max(0, text.find(name)))
        functions.add(name)
    for child in children:
        if isinstance(child, dict):
            _check(child, text, names, functions, depth + 1)


def _path(node: Node) -> tuple[str | int, ...]:
    kind, children = node["type"], node["children"]
    if kind in ("field", "index"):
        return (node["value"],)
    if kind in ("subexpression", "index_expression"):
        path: tuple[str | int, ...] = ()
        for child in children:
            more = _path(child)
            path += more
            if child["type"] not in ("field", "index", "subexpression", "index_expression"):
                break
        return path
    if kind in ("projection", "flatten", "filter_projection", "value_projection", "pipe", "comparator"):
        return _path(children[0])
    if kind in ("or_expression", "and_expression", "not_expression"):
        return _path(children[0])
    if kind == "function_expression" and node["value"] == "tag":
        return ("Properties", "Tags")
    if kind == "function_expression" and node["value"] not in ("var", "related", "naming", "undecided", "resource"):
        return next((path for child in children if (path := _path(child))), ())
    return ()


def _compile(node: Node) -> Evaluate:
    return _COMPILERS[node["type"]](node)


def _within(value: Unknown | Text, key: object) -> Unknown:
    """What a text that is not known holds where a rule looks for a mapping or list.

    CloudFormation refuses a text there, or reads the JSON in it: either way nothing of what it holds is known.
    """
    return value.unknown.plain() if isinstance(value, Text) else value.child(key)


def _whole(value: Unknown | Text) -> Unknown:
    return value.unknown.plain() if isinstance(value, Text) else value.plain()


def _field(node: Node) -> Evaluate:
    key = node["value"]

    def evaluate(value: object, scope: Scope) -> object:
        if type(value) is dict:
            child = value.get(key)
        elif isinstance(value, Unknown | Text):
            return _within(value, key)
        elif isinstance(value, OpenMap):
            child = value[key] if key in value else value.unknown.plain()
        else:
            return None
        return settle(child, scope.world) if type(child) is Deferred else child

    return evaluate


def _chain(node: Node) -> Evaluate:
    steps = [_compile(child) for child in node["children"]]
    if len(steps) == 2:  # noqa: PLR2004  # the common case, without a loop
        first, second = steps
        return lambda value, scope: second(first(value, scope), scope)

    def evaluate(value: object, scope: Scope) -> object:
        for step in steps:
            value = step(value, scope)
        return value

    return evaluate


def _index(node: Node) -> Evaluate:
    index = node["value"]

    def evaluate(value: object, _: Scope) -> object:
        if type(value) is list:
            return value[index] if -len(value) <= index < len(value) else None
        if isinstance(value, OpenList):
            return value.unknown.plain()
        return _within(value, index) if isinstance(value, Unknown | Text) else None

    return evaluate


def _slice(node: Node) -> Evaluate:
    cut = slice(*node["children"])

    def evaluate(value: object, _: Scope) -> object:
        if type(value) is list:
            return value[cut]
        if isinstance(value, OpenList):
            return OpenList([], value.unknown.plain())
        return _whole(value) if isinstance(value, Unknown | Text) else None

    return evaluate


# As jmespath's syntax tree calls them.
_ORDERS = {"lt": operator.lt, "lte": operator.le, "gt": operator.gt, "gte": operator.ge}


def _comparator(node: Node) -> Evaluate:
    left, right = (_compile(child) for child in node["children"])
    name = node["value"]
    if name in ("eq", "ne"):
        wanted = name == "eq"

        def compare(value: object, scope: Scope) -> object:
            same = equal(settle_all(left(value, scope), scope.world), settle_all(right(value, scope), scope.world))
            return same.plain() if isinstance(same, Unknown) else same is wanted

        return compare
    test = _ORDERS[name]

    def order(value: object, scope: Scope) -> object:
        one, two = left(value, scope), right(value, scope)
        if isinstance(one, str | bool) or isinstance(two, str | bool):
            return None
        sign = ordered(one, two)
        return sign if sign is None or isinstance(sign, Unknown) else test(sign, 0)

    return order


def _or(node: Node) -> Evaluate:
    left, right = (_compile(child) for child in node["children"])

    def evaluate(value: object, scope: Scope) -> object:
        one = left(value, scope)
        holds = truth(one)
        if holds is True:
            return one
        two = right(value, scope)
        if holds is False:
            return two
        return Unknown(holds.cause, holds.detail, truthy=True if truth(two) is True else None)

    return evaluate


def _and(node: Node) -> Evaluate:
    left, right = (_compile(child) for child in node["children"])

    def evaluate(value: object, scope: Scope) -> object:
        one = left(value, scope)
        holds = truth(one)
        if holds is False:
            return one
        two = right(value, scope)
        if holds is True:
            return two
        return Unknown(holds.cause, holds.detail, truthy=False if truth(two) is False else None)

    return evaluate


def _not(node: Node) -> Evaluate:
    inner = _compile(node["children"][0])

    def evaluate(value: object, scope: Scope) -> object:
        holds = truth(inner(value, scope))
        return holds.plain() if isinstance(holds, Unknown) else not holds

    return evaluate


def _projected(items: object, keep: Evaluate | None, then: Evaluate, scope: Scope) -> object:
    """JMESPath's projection: what is null is dropped, and what may be is a maybe."""
    if isinstance(items, Unknown | Text):
        return _whole(items)
    if not isinstance(items, list):
        return None
    if scope.world.spreads:
        items = widened(items, scope.world)
    found: list[object] = []
    known = items if isinstance(items, MaybeList) else None
    maybe = items.unknown if isinstance(items, OpenList) and known is None else None
    for item in items:
        kept = True if keep is None else truth(keep(item, scope))
        if kept is False:
            continue
        result = then(item, scope)
        if isinstance(kept, Unknown):
            # An item that may be dropped changes nothing if what it gives is dropped anyway.
            if result is not None:
                maybe = maybe or kept
        elif isinstance(result, Unknown) and not result.present:
            maybe = maybe or result
        elif result is not None:
            found.append(result)
    if known is None:
        return found if maybe is None else OpenList(found, maybe.plain())
    more: list[object] = []
    for item in known.maybe:
        kept = True if keep is None else truth(keep(item, scope))
        result = None if kept is False else then(item, scope)
        if result is not None:
            more.append(result)
    return MaybeList.of(found, more, known.unknown) if maybe is None else OpenList(found, maybe.plain())


def _projection(node: Node) -> Evaluate:
    base, then = (_compile(child) for child in node["children"])
    return lambda value, scope: _projected(base(value, scope), None, then, scope)


def _filter_projection(node: Node) -> Evaluate:
    base, then, keep = (_compile(child) for child in node["children"])
    return lambda value, scope: _projected(base(value, scope), keep, then, scope)


def _value_projection(node: Node) -> Evaluate:
    base, then = (_compile(child) for child in node["children"])

    def evaluate(value: object, scope: Scope) -> object:
        mapping = base(value, scope)
        if isinstance(mapping, dict):
            mapping = widened_map(mapping, scope.world) if scope.world.spreads else mapping
            entries = list(settle_entries(mapping, scope.world).values())
            if isinstance(mapping, MaybeMap):
                mapping = MaybeList(
                    entries, (each for values in mapping.maybe.values() for each in values), mapping.unknown
                )
            else:
                mapping = OpenList(entries, mapping.unknown) if isinstance(mapping, OpenMap) else entries
        elif not isinstance(mapping, Unknown | Text):
            return None
        return _projected(mapping, None, then, scope)

    return evaluate


def _flatten(node: Node) -> Evaluate:
    base = _compile(node["children"][0])

    def evaluate(value: object, scope: Scope) -> object:
        items = base(value, scope)
        if isinstance(items, Unknown | Text):
            return _whole(items)
        if not isinstance(items, list):
            return None
        if scope.world.spreads:
            items = widened(items, scope.world)
        flat: list[object] = []
        more: list[object] = []
        for item in items.maybe if isinstance(items, MaybeList) else ():
            if isinstance(item, list):
                more += [*item, *(item.maybe if isinstance(item, MaybeList) else ())]
                if isinstance(item, OpenList) and not isinstance(item, MaybeList):
                    more.append(item.unknown)
            else:
                more.append(item)
        maybe = items.unknown if isinstance(items, OpenList) and not isinstance(items, MaybeList) else None
        for item in items:
            if isinstance(item, list):
                flat.extend(item)
                if isinstance(item, MaybeList):
                    more += item.maybe
                elif isinstance(item, OpenList):
                    maybe = maybe or item.unknown
            elif isinstance(item, Unknown) and not item.present:
                maybe = maybe or item
            else:
                flat.append(item)
        if more and maybe is None:
            return MaybeList(flat, more, OPEN)
        return flat if maybe is None else OpenList(flat, maybe.plain())

    return evaluate


def _multi_select_dict(node: Node) -> Evaluate:
    pairs = [(child["value"], _compile(child["children"][0])) for child in node["children"]]

    def evaluate(value: object, scope: Scope) -> object:
        if value is None:
            return None
        if isinstance(value, Unknown) and not value.present:
            return value.plain()
        return {key: inner(value, scope) for key, inner in pairs}

    return evaluate


def _multi_select_list(node: Node) -> Evaluate:
    inners = [_compile(child) for child in node["children"]]

    def evaluate(value: object, scope: Scope) -> object:
        if value is None:
            return None
        if isinstance(value, Unknown) and not value.present:
            return value.plain()
        return [inner(value, scope) for inner in inners]

    return evaluate


def _function(node: Node) -> Evaluate:
    name = node["value"]
    if name == "var":
        key = node["children"][0]["value"]
        return lambda _, scope: scope.names.get(key)
    function: Function = FUNCTIONS[name]
    arguments = [_compile(child) for child in node["children"]]
    call = function.call
    if not function.spreads:
        return _narrow(function, arguments)
    if function.lazy:
        return lambda value, scope: call([argument(value, scope) for argument in arguments], scope)

    def evaluate(value: object, scope: Scope) -> object:
        return call([settle_all(argument(value, scope), scope.world) for argument in arguments], scope)

    return evaluate


def _narrow(function: Function, arguments: list[Evaluate]) -> Evaluate:
    """The call, with lists of what surely is there: few functions know of others."""
    call, lazy = function.call, function.lazy

    def ask(value: object, scope: Scope) -> object:
        given = [argument(value, scope) for argument in arguments]
        if not function.lazy:
            given = [settle_all(each, scope.world) for each in given]
        if scope.world.wide and any(map(holds_maybe, given)):
            return OPEN
        return function.call(given, scope)

    def evaluate(value: object, scope: Scope) -> object:
        world = scope.world
        if not world.wide:
            # As `ask`, without what only wide worlds have.
            plainly = [argument(value, scope) for argument in arguments]
            if not lazy:
                plainly = [each if each.__class__ in LEAVES else settle_all(each, world) for each in plainly]
            return call(plainly, scope)
        if not holds_maybe(value):
            return scope.world.narrowly(lambda: ask(value, scope))
        # What may be there or not need not be what the function asks for.
        given = [argument(value, scope) for argument in arguments]
        if not function.lazy:
            given = [settle_all(each, scope.world) for each in given]
        if function.reads:
            given = [_only(each, function.reads) for each in given]
        return OPEN if any(map(holds_maybe, given)) else scope.world.narrowly(lambda: function.call(given, scope))

    return evaluate


def _only(value: object, names: frozenset[str]) -> object:
    """The mapping with these entries alone; whatever is not just a mapping stays as it is."""
    return {name: value[name] for name in value if name in names} if type(value) is dict else value


def _literal(node: Node) -> Evaluate:
    literal = node["value"]
    return lambda _value, _scope: literal


def _identity(_: Node) -> Evaluate:
    return lambda value, _scope: value


_COMPILERS: dict[str, Callable[[Node], Evaluate]] = {
    "and_expression": _and,
    "comparator": _comparator,
    "current": _identity,
    "field": _field,
    "filter_projection": _filter_projection,
    "flatten": _flatten,
    "function_expression": _function,
    "identity": _identity,
    "index": _index,
    "index_expression": _chain,
    "literal": _literal,
    "multi_select_dict": _multi_select_dict,
    "multi_select_list": _multi_select_list,
    "not_expression": _not,
    "or_expression": _or,
    "pipe": _chain,
    "projection": _projection,
    "slice": _slice,
    "subexpression": _chain,
    "value_projection": _value_projection,
}
