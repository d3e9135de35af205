"""Code of AppSync's resolvers and functions in JavaScript, read for where it takes a tenant's id from.

From "JavaScript resolver context object reference" and "Runtime features" (AWS AppSync Developer Guide). Nothing is
run: names stand for all that is ever assigned to them, in whichever function.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import field

from scanner.base.record import mutable, record, replace
from scanner.model.javascript_tokens import CLOSES, OPENS, Token, closings, tokens_of, unquoted
from scanner.model.request_origins import Origin, Sources, holds_against, names_tenant, of_context, sources, taken
from scanner.model.written_values import meant_by

_LONGEST = 200_000
_MOST_TOKENS = 40_000
_LONGEST_EXPRESSION = 400
_DECLARES = frozenset({"const", "let", "var"})
_ENTRIES = frozenset({"request", "response"})
_REFUSES = frozenset({"unauthorized", "error", "earlyReturn", "validate"})
_TOLD = frozenset({"unauthorized", "error", "appendError", "log"})
_ENDS = frozenset(
    {"const", "let", "var", "return", "if", "for", "else", "export", "function", "throw", "switch", "case", "default"}
)
_BINDS = frozenset(
    {"=", "==", "===", "!=", "!==", "+", "-", "*", "/", "%", "?", ":", ",", "&&", "||", "??", ".", "?.", "=>", "(", "[",
     "{", "<", ">", "<=", ">=", "!", "..."}
)  # fmt: skip
_OF_THE_CONTEXT = frozenset({"args", "arguments", "identity"})
_EACH = frozenset({"map", "flatMap", "forEach", "filter", "find", "some", "every"})
_INVOKES = re.compile(r"operation[\"']?\s{0,8}:\s{0,8}[\"'](?:Batch)?Invoke[\"']")


@record
class _Chain:
    """`ctx.args["tenantId"]`: the names from the root, and where the tokens end."""

    names: tuple[str, ...]
    text: str
    end: int


@mutable
class _Code:
    """The tokens, and what is known so far."""

    tokens: list[Token]
    ends: dict[int, int]
    roots: set[str] = field(default_factory=lambda: {"ctx", "context"})
    variables: dict[str, list[Origin]] = field(default_factory=dict)
    fields: dict[str, list[str]] = field(default_factory=dict)
    placed: dict[tuple[str, ...], list[Origin]] = field(default_factory=dict)
    quiet: set[int] = field(default_factory=set)
    found: list[Origin] = field(default_factory=list)
    compares: bool = False
    conditional: set[int] = field(default_factory=set)
    guarded: set[int] = field(default_factory=set)
    sometimes: set[tuple[str, ...]] = field(default_factory=set)

    def is_sign(self, place: int, *signs: str) -> bool:
        """Whether one of the signs stands there."""
        return place < len(self.tokens) and self.tokens[place].kind == "sign" and self.tokens[place].text in signs

    def closing(self, place: int) -> int:
        """Where the bracket at `place` is closed; one that never is holds nothing."""
        return self.ends.get(place, place)

    def chain(self, place: int) -> _Chain:
        """The names that begin at `place`."""
        start = place
        names = [self.tokens[place].text]
        place += 1
        while place < len(self.tokens):
            optional = self.is_sign(place, "?.")
            following = place + 1
            if (optional or self.is_sign(place, ".")) and following < len(self.tokens):
                if self.tokens[following].kind == "name":
                    names.append(self.tokens[following].text)
                    place = following + 1
                    continue
                if not (optional and self.is_sign(following, "[")):
                    break
                place = following
            if self.is_sign(place, "[") and place + 2 < len(self.tokens) and self.is_sign(place + 2, "]"):
                key = self.tokens[place + 1]
                names.append(unquoted(key.text) if key.kind in ("string", "number") else "?")
                place += 3
                continue
            break
        return _Chain(tuple(names), "".join(each.text for each in self.tokens[start:place]), place)

    def of(self, chain: _Chain) -> list[Origin]:
        """What a chain of names reads."""
        found = self._of(chain)
        return [replace(each, guarded=True) for each in found] if chain.end - 1 in self.guarded else found

    def _of(self, chain: _Chain) -> list[Origin]:
        part = self.part_of_context(chain)
        whole = ("ctx", *part) if part is not None else chain.names
        for end in range(len(whole), 1, -1):
            if whole[:end] in self.placed:
                held = [each.below(whole[end:], chain.text) for each in self.placed[whole[:end]]]
                # Beside what was put there under a condition stands what was there before.
                return [*held, *self._plain(chain, part)] if whole[:end] in self.sometimes else held
        return self._plain(chain, part)

    def _plain(self, chain: _Chain, part: list[str] | None) -> list[Origin]:
        if part is not None:
            return list(of_context(part, ".".join(("ctx", *part)) if chain.names[0] in self.fields else chain.text))
        names = chain.names[1:]
        return [each.below(names, chain.text) for each in self.variables.get(chain.names[0], ())]

    def origins(self, start: int, end: int) -> list[Origin]:
        """All that the tokens read, but for what only a log or an error is given."""
        return [origin for chain in self.chains(start, end) for origin in self.of(chain)]

    def chains(self, start: int, end: int) -> Iterator[_Chain]:
        """The chains of names in these tokens."""
        place = start
        while place < end:
            if self.tokens[place].kind != "name" or self.is_key(place) or self.is_sign(place - 1, ".", "?."):
                place += 1
                continue
            found = self.chain(place)
            if found.names[-1] in _TOLD and self.is_sign(found.end, "("):
                place = self.closing(found.end)
                continue
            yield found
            place = found.end

    def is_key(self, place: int) -> bool:
        """Whether the name there is the key of an object."""
        return self.is_sign(place + 1, ":") and place > 0 and self.is_sign(place - 1, "{", ",")

    def expression_end(self, place: int) -> int:
        """Where the expression at `place` ends."""
        last = min(len(self.tokens), place + _LONGEST_EXPRESSION)
        while place < last:
            token = self.tokens[place]
            if token.kind == "sign":
                if token.text in OPENS:
                    place = self.closing(place) + 1
                    continue
                if token.text in CLOSES or token.text in (";", ","):
                    return place
            before = self.tokens[place - 1]
            if token.line > before.line and token.kind != "sign" and before.text not in _BINDS:
                return place
            if token.kind == "name" and token.text in _ENDS:
                return place
            place += 1
        return place

    def bind(self, place: int, origins_of: list[Origin], below: list[str] | None) -> None:
        """Names of a pattern such as `{ tenantId, visit: { id } }` that is taken apart, of a value or of the context's
        part `below`."""
        end = self.closing(place)
        place += 1
        while place < end:
            token = self.tokens[place]
            if token.kind not in ("name", "string"):
                place += 1
                continue
            key = unquoted(token.text)
            spread = self.is_sign(place - 1, "...")
            self.quiet.add(place)
            target = place
            if self.is_sign(place + 1, ":"):
                target = place + 2
            names = [] if spread else [key]
            deeper = [each.below(names, f"{each.text}.{key}") for each in origins_of]
            part = [*below, *names] if below is not None else None
            if self.is_sign(target, "{", "["):
                self.bind(target, deeper, part)
                place = self.closing(target) + 1
                continue
            if target < end and self.tokens[target].kind == "name":
                self.quiet.add(target)
                name = self.tokens[target].text
                if part is not None:
                    self.fields[name] = part
                else:
                    self.variables.setdefault(name, []).extend(deeper)
            place = target + 1
            while place < end and not self.is_sign(place, ","):
                place = self.closing(place) + 1 if self.is_sign(place, *OPENS) else place + 1

    def part_of_context(self, chain: _Chain) -> list[str] | None:
        """The place in the context that a chain is, and no value of it yet."""
        root, names = chain.names[0], list(chain.names[1:])
        if root in self.roots:
            return names
        if root not in self.variables and root not in self.fields and names[:1] and names[0] in _OF_THE_CONTEXT:
            return names  # a function of one's own that is given the context
        return [*self.fields[root], *names] if root in self.fields else None


def read_code(text: str) -> Sources:
    """Where the code of a resolver takes the tenant's id from."""
    tokens = list(tokens_of(text[:_LONGEST], 0))
    cut = len(text) > _LONGEST or len(tokens) > _MOST_TOKENS
    tokens = tokens[:_MOST_TOKENS]
    code = _Code(tokens, closings(tokens))
    heads = list(_heads(code))
    for _, block in heads:
        code.conditional.update(block)
    _parameters(code)
    _assignments(code)
    for head, block in heads:
        read = code.origins(head.start, head.stop)
        if read and all(each.kind == "verified" for each in read):
            code.guarded.update(block)
    if code.guarded:
        # Once more, now that it is known what is read under which condition.
        code.found, code.variables, code.placed, code.sometimes = [], {}, {}, set()
        _assignments(code)
    _conditions(code)
    _uses(code)
    refuses = any(
        each.kind == "name" and each.text in _REFUSES and code.is_sign(place + 1, "(")
        for place, each in enumerate(tokens)
    )
    read = code.origins(0, len(tokens))
    invokes = _INVOKES.search(text) is not None
    return sources(code.found, read, compares=code.compares and refuses, invokes=invokes, cut=cut)


def _parameters(code: _Code) -> None:
    """The context by the names that the functions AppSync calls give it."""
    called = set(_ENTRIES)
    for place, token in enumerate(code.tokens):
        # `export { a as request }`, as bundlers write it.
        if (
            token.text == "as"
            and place > 0
            and place + 1 < len(code.tokens)
            and code.tokens[place + 1].text in _ENTRIES
        ):
            called.add(code.tokens[place - 1].text)
    for place, token in enumerate(code.tokens):
        if token.kind != "name" or token.text not in called:
            continue
        opened = place + 1
        while opened < place + 5 and not code.is_sign(opened, "("):  # `request = async (`, `request = function (`
            if code.is_sign(opened, "=", ":") or code.tokens[min(opened, len(code.tokens) - 1)].kind == "name":
                opened += 1
            else:
                break
        body = code.closing(opened) + 1
        if not code.is_sign(opened, "(") or not code.is_sign(body, "{", "=>", ":"):
            continue
        if code.is_sign(opened + 1, "{"):
            code.bind(opened + 1, [], [])
        elif opened + 1 < len(code.tokens) and code.tokens[opened + 1].kind == "name":
            code.roots.add(code.tokens[opened + 1].text)


def _heads(code: _Code) -> Iterator[tuple[range, range]]:
    """What stands in the brackets of each `if`, and what is done only where that holds."""
    for place, token in enumerate(code.tokens):
        if token.kind == "name" and token.text == "if" and code.is_sign(place + 1, "("):
            end = code.closing(place + 1)
            block = end + 1
            stop = code.closing(block) if code.is_sign(block, "{") else code.expression_end(block)
            yield range(place + 2, end), range(block, stop + 1)


def _items(code: _Code) -> None:
    """`list.map((item) => ...)`: what the items are of."""
    for place, token in enumerate(code.tokens):
        if token.text not in _EACH or not code.is_sign(place + 1, "(") or not code.is_sign(place - 1, ".", "?."):
            continue
        start = _chain_start(code, place)
        if start is None:
            continue
        origins = [each.below((), each.text) for each in code.of(_without_last(code.chain(start)))]
        opened = place + 3 if code.is_sign(place + 2, "(") else place + 2
        if code.is_sign(opened, "{"):
            code.bind(opened, origins, None)
        elif opened < len(code.tokens) and code.tokens[opened].kind == "name":
            known = code.variables.setdefault(code.tokens[opened].text, [])
            known += [each for each in origins if each not in known]


def _without_last(chain: _Chain) -> _Chain:
    return _Chain(chain.names[:-1], chain.text, chain.end)


def _assignments(code: _Code) -> None:
    """What names are given, twice, since code may use a name above where it is given something."""
    given = Counter(
        code.tokens[place - 1].text
        for place in range(1, len(code.tokens))
        if code.is_sign(place, "=") and not code.is_sign(place - 2, ".", "?.")
    )
    for again in (False, True):
        if again and not code.variables and not code.placed:
            break
        _items(code)
        for place in range(1, len(code.tokens)):
            if not code.is_sign(place, "="):
                continue
            end = code.expression_end(place + 1)
            before = code.tokens[place - 1]
            whole = code.tokens[place + 1].kind == "name" if place + 1 < len(code.tokens) else False
            chain = code.chain(place + 1) if whole else None
            part = code.part_of_context(chain) if chain is not None and chain.end == end else None
            if before.text == "}" and (opened := _opening(code, place - 1)) is not None:
                code.bind(opened, code.origins(place + 1, end), part)
                continue
            start = _chain_start(code, place - 1)
            if start is None:
                continue
            target = code.chain(start)
            if len(target.names) > 1:
                _keep(code, target, code.origins(place + 1, end), sometimes=place in code.conditional)
                code.quiet.update(range(start, place))
                continue
            code.quiet.add(start)
            if part is not None and not of_context(part, ""):
                code.fields[target.names[0]] = part
                continue
            if origins := code.origins(place + 1, end):
                known = code.variables.setdefault(target.names[0], [])
                known += [each for each in origins if each not in known]
            if code.is_sign(place + 1, "{"):
                _keys(code, target.names[0], place + 1)
            if place in code.conditional or given[target.names[0]] > 1:
                code.sometimes.update(each for each in code.placed if each[0] == target.names[0])
            if not any(code.is_sign(each, "{") for each in range(place + 1, end)):
                # What a name holds counts where the name is used.
                code.quiet.update(range(place + 1, end))


def _keys(code: _Code, name: str, place: int) -> None:
    """What stands at the keys of an object is read by `object.key`."""
    end = code.closing(place)
    place += 1
    while place < end:
        token = code.tokens[place]
        start = place + 2 if code.is_sign(place + 1, ":") else place
        stop = min(code.expression_end(start), end)
        if token.kind in ("name", "string") and not code.is_sign(place, "..."):
            code.placed[name, unquoted(token.text)] = code.origins(start, stop)
        place = max(stop, place) + 1


def _keep(code: _Code, target: _Chain, origins: list[Origin], *, sometimes: bool) -> None:
    part = code.part_of_context(target)
    code.found += taken(target.names[-1], origins)
    place = ("ctx", *part) if part is not None else target.names
    if sometimes and place not in code.placed:
        code.sometimes.add(place)
    held = code.placed.setdefault(place, [])
    held += [each for each in origins if each not in held]
    if part is None:
        known = code.variables.setdefault(target.names[0], [])
        known += [each for each in origins if each not in known]


def _conditions(code: _Code) -> None:
    for place, token in enumerate(code.tokens):
        if token.kind != "name" or token.text != "if" or not code.is_sign(place + 1, "("):
            continue
        end = code.closing(place + 1)
        equals = any(code.is_sign(each, "==", "===", "!=", "!==") for each in range(place, end))
        code.compares = code.compares or (
            equals and holds_against([code.of(each) for each in code.chains(place + 2, end)])
        )
        code.quiet.update(range(place + 1, end))


def _uses(code: _Code) -> None:
    """Where a tenant is read that stays in what the code hands on, and what stands at a key that names one."""
    tokens = code.tokens
    positions = {id(token): place for place, token in enumerate(tokens)}
    place = 0
    while place < len(tokens):
        token = tokens[place]
        if token.kind == "name" and not code.is_sign(place - 1, ".", "?.") and not code.is_key(place):
            chain = code.chain(place)
            if chain.names[-1] in _TOLD and code.is_sign(chain.end, "("):
                place = code.closing(chain.end) + 1
                continue
            if place not in code.quiet:
                code.found += [each for each in code.of(chain) if each.names_tenant]
            if place not in code.quiet and names_tenant(token.text) and _is_shorthand(code, place):
                code.found += taken(token.text, code.of(chain))
            place = chain.end
            continue
        place += 1
    meant = meant_by(" ".join(unquoted(each.text) for each in tokens if each.kind == "string"))
    for token in tokens:
        place = positions[id(token)]
        if token.kind not in ("name", "string") or not code.is_sign(place + 1, ":") or place in code.quiet:
            continue
        name = unquoted(token.text)
        name = meant.get(name, name)
        start = place + 2
        if not names_tenant(name) or (code.is_sign(start, "{") and not _is_typed(code, start)):
            continue
        code.found += taken(name, code.origins(start, code.expression_end(start)))


_OPERATORS = frozenset({"S", "N", "eq", "ne", "in", "contains", "beginsWith", "between", "value"})


def _is_typed(code: _Code, place: int) -> bool:
    return (
        code.is_sign(place + 2, ":")
        and place + 1 < len(code.tokens)
        and unquoted(code.tokens[place + 1].text) in _OPERATORS
    )


def _is_shorthand(code: _Code, place: int) -> bool:
    return code.is_sign(place - 1, "{", ",") and code.is_sign(place + 1, "}", ",")


def _chain_start(code: _Code, end: int) -> int | None:
    """Where the names begin that end at `end`."""
    place = end
    while place >= 0:
        token = code.tokens[place]
        if token.kind == "name" and not code.is_sign(place - 1, ".", "?."):
            return place
        if not (token.kind in ("name", "string", "number") or code.is_sign(place, ".", "?.", "[", "]")):
            return None
        place -= 1
    return None


def _opening(code: _Code, closing: int) -> int | None:
    return next((opened for opened, closed in code.ends.items() if closed == closing), None)


__all__ = ["read_code"]
