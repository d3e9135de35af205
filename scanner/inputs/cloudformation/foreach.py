"""`Fn::ForEach`, unrolled before anything else looks at a template.

After "Fn::ForEach" in the AWS CloudFormation User Guide: `Fn::ForEach::Name: [Identifier, Collection, {Key: Value}]`
puts the mapping in its third place beside its own key, once for each value of the collection. `${Identifier}` stands
for the value, `&{Identifier}` for its letters and digits.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from scanner.base.error import TenantproofError
from scanner.base.problem import Problem
from scanner.base.record import record
from scanner.inputs.cloudformation.parameters import scalar
from scanner.model.unknown import OpenList, Unknown, first_unknown
from scanner.text.document import Document, Keys, Place

LOOP = "Fn::ForEach::"
MOST_KEYS = 5_000
"""Keys that the loops of one template make. CloudFormation takes 500 resources ("AWS CloudFormation quotas")."""
MOST_VALUES = 100_000
MOST_CHARACTERS = 20_000_000

Evaluate = Callable[[object], tuple[object, tuple[str, ...]]]
"""The value of a collection, and the assumptions that it rests on."""
Path = tuple[str | int, ...]

_HOLE = re.compile(r"([$&])\{([A-Za-z0-9]+)\}")
_ANY_HOLE = re.compile(r"\$\{(?!!)")
# What stands in these is a name or a text with holes already.
_NAMES = frozenset({"Ref", "Fn::GetAtt", "Fn::Sub", "DependsOn", "Condition"})


@record
class Unrolled:
    """`assumed` are what the resources of a loop rest on, by logical id.

    Where a collection is not known its loop's body stands once, as it is written; `holes` are what its identifiers
    stand for, and `gaps` say what is not seen.
    """

    document: Document
    problems: tuple[Problem, ...]
    gaps: tuple[Unknown, ...]
    assumed: Mapping[str, tuple[str, ...]]
    holes: Mapping[str, Unknown]


class _Rewritten(Document):
    """The document with its loops unrolled; places are those of the text as written."""

    __slots__ = ("_moved", "_raw")

    def __init__(self, raw: Document, data: object, moved: Mapping[Path, Path]) -> None:
        # Nothing is positioned anew, so there is nothing for the constructor around this one to do.
        self.path, self.text, self.notes, self.duplicates = raw.path, raw.text, raw.notes, raw.duplicates
        self.data = data
        self._raw = raw
        self._moved = moved

    def place(self, keys: Keys) -> Place:
        return self._raw.place(self._written(keys))

    def value_place(self, keys: Keys) -> Place:
        return self._raw.value_place(self._written(keys))

    def source(self) -> Document:
        return self._raw.source()

    def lines(self, first: int, last: int) -> list[str]:
        return self._raw.lines(first, last)

    def _written(self, keys: Keys) -> Path:
        written: Path = ()
        for end, key in enumerate(keys, 1):
            written = self._moved.get(tuple(keys[:end])) or (*written, key)
        return written


def unroll(document: Document, evaluate: Evaluate) -> Unrolled:
    """The template in a document without its loops. A loop that makes too much is a problem, and stands once."""
    unrolling = _Unrolling(document, evaluate)
    data = unrolling.copy(document.data, _Bound({}, {}, ()), (), ())
    return Unrolled(
        _Rewritten(document, data, unrolling.moved),
        tuple(dict.fromkeys(unrolling.problems)),
        tuple(dict.fromkeys(unrolling.gaps)),
        unrolling.assumed,
        unrolling.holes,
    )


def first_loop(document: Document) -> Place | None:
    """Where the first loop stands, if there is one."""
    waiting: list[tuple[Path, object]] = [((), document.data)]
    while waiting:
        path, node = waiting.pop()
        children = list(node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ())
        for key, child in reversed(children):
            if isinstance(key, str) and key.startswith(LOOP):
                return document.place((*path, key))
            waiting.append(((*path, key), child))
    return None


@record
class _Bound:
    """The identifiers of the loops around: with their values, or why there is none."""

    values: Mapping[str, str]
    unknown: Mapping[str, Unknown]
    notes: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.values or self.unknown)

    def to(self, name: str, value: str, notes: tuple[str, ...]) -> _Bound:
        unknown = {key: why for key, why in self.unknown.items() if key != name}
        return _Bound({**self.values, name: value}, unknown, (*self.notes, *notes))

    def without(self, name: str, why: Unknown) -> _Bound:
        values = {key: value for key, value in self.values.items() if key != name}
        return _Bound(values, {**self.unknown, name: why}, self.notes)


class _TooMuchError(TenantproofError):
    pass


class _Unrolling:
    def __init__(self, document: Document, evaluate: Evaluate) -> None:
        self.moved: dict[Path, Path] = {}
        self.problems: list[Problem] = []
        self.gaps: list[Unknown] = []
        self.assumed: dict[str, tuple[str, ...]] = {}
        self.holes: dict[str, Unknown] = {}
        self._document = document
        self._evaluate = evaluate
        self._spent = (0, 0, 0)  # keys, values, characters
        self._depth = 0
        self._folding = False

    def copy(self, node: object, bound: _Bound, raw: Path, new: Path, *, name: bool = False) -> object:
        """The node with loops unrolled and identifiers put in. `name`: it is used as a name, or by `Fn::Sub`."""
        if bound:
            self._spend(values=1)
        if isinstance(node, str):
            return self._value(node, bound, name=name) if bound else node
        if isinstance(node, list):
            # Of `Fn::Sub` with its names and of `Fn::If` only the first item is a name.
            first = bool(raw) and raw[-1] in ("Fn::Sub", "Fn::If")
            return [
                self.copy(item, bound, (*raw, index), (*new, index), name=index == 0 if first else name)
                for index, item in enumerate(node)
            ]
        if not isinstance(node, dict):
            return node
        if len(node) == 1 and isinstance(referred := node.get("Ref"), str) and referred in bound.values:
            return bound.values[referred]
        entries: dict[str, object] = {}
        for key, child in node.items():
            if key.startswith(LOOP):
                self._loop(entries, key, child, bound, raw, new)
                continue
            renamed = self._name(key, bound) if bound else key
            if renamed != key:
                self.moved[*new, renamed] = (*raw, key)
            entries[renamed] = self.copy(child, bound, (*raw, key), (*new, renamed), name=key in _NAMES)
        return entries

    def _loop(
        self, entries: dict[str, object], key: str, argument: object, bound: _Bound, raw: Path, new: Path
    ) -> None:
        at = (*raw, key)
        if not (
            isinstance(argument, list)
            and len(argument) == 3  # noqa: PLR2004  # ForEach takes three
            and isinstance(argument[0], str)
            and isinstance(argument[2], dict)
        ):
            self._complain(at, f"`{key}` takes an identifier, a collection and a mapping")
            self.gaps.append(Unknown("invalid-template", f"`{key}` cannot be unrolled", subject=key))
            return
        identifier, body = argument[0], argument[2]
        values, notes = self._values(key, self.copy(argument[1], bound, (*at, 1), (*new, key, 1)), at)
        before = self._spent
        made: dict[str, object] = {}
        try:
            self._depth += 1
            if isinstance(values, Unknown):
                self._once(made, body, bound.without(identifier, values), at, new)
            else:
                for value in values:
                    self._put(made, body, bound.to(identifier, value, notes), at, new)
        except _TooMuchError:
            if self._depth > 1 or self._folding:
                raise
            self._spent, made = before, {}
            why = f"the loops of a template make more than {MOST_KEYS:,} keys or {MOST_VALUES:,} values"
            self._complain(at, f"`{key}` makes too much: {why}")
            self._folding = True
            try:
                unknown = Unknown("evaluation-limit", f"`{key}` makes too much to be unrolled", subject=key)
                self._once(made, body, bound.without(identifier, unknown), at, new)
            except _TooMuchError:
                made = {}
            finally:
                self._folding = False
        finally:
            self._depth -= 1
        for name in entries.keys() & made.keys():
            self._complain(at, f"`{key}` makes `{name}`, which is there already")
        entries.update(made)

    def _once(self, made: dict[str, object], body: Mapping[str, object], bound: _Bound, at: Path, new: Path) -> None:
        for name, why in bound.unknown.items():
            self.holes.setdefault(name, Unknown(why.cause, why.detail, None, None, True))
            self.gaps.append(why)
        self._put(made, body, bound, at, new)

    def _put(self, made: dict[str, object], body: Mapping[str, object], bound: _Bound, at: Path, new: Path) -> None:
        """One round of a loop."""
        for key, child in body.items():
            if key.startswith(LOOP):
                self._loop(made, key, child, bound, (*at, 2), new)
                continue
            self._spend(keys=1)
            name = self._name(key, bound)
            if name in made:
                self._complain((*at, 2, key), f"`{at[-1]}` makes `{name}` twice")
            self.moved[*new, name] = (*at, 2, key)
            if new[:1] == ("Resources",) and bound.notes:
                # A loop inside a resource is an assumption of the whole of it.
                owner = str((*new, name)[1])
                self.assumed[owner] = tuple(dict.fromkeys((*self.assumed.get(owner, ()), *bound.notes)))
            made[name] = self.copy(child, bound, (*at, 2, key), (*new, name), name=key in _NAMES)

    def _values(self, key: str, collection: object, at: Path) -> tuple[list[str] | Unknown, tuple[str, ...]]:
        if self._folding:
            return Unknown("evaluation-limit", f"`{key}` makes too much to be unrolled", subject=key), ()
        found, notes = self._evaluate(collection)
        unknown = first_unknown(found)
        if unknown is not None or isinstance(found, OpenList):
            why = unknown or Unknown("parameter", "the list is not known")
            return Unknown(why.cause, f"`{key}` runs over a list that is not known: {why.detail}", subject=key), ()
        if not isinstance(found, list) or not all(isinstance(each, str | int | float) for each in found):
            self._complain((*at, 1), f"`{key}` runs over what is no list of strings")
            return Unknown("invalid-template", f"`{key}` runs over what is no list of strings", subject=key), ()
        return [scalar(each) for each in found], notes

    def _name(self, text: str, bound: _Bound) -> str:
        """A text with the identifiers put in; those without a value stay as they are."""
        holes = [match for match in _HOLE.finditer(text) if match[2] in bound.values]
        self._spend(characters=len(text) + sum(len(bound.values[match[2]]) for match in holes))

        def put(match: re.Match[str]) -> str:
            sign, name = match.groups()
            if name in bound.unknown:
                return f"${{{name}}}"
            value = bound.values.get(name)
            if value is None:
                return match[0]
            return value if sign == "$" else "".join(filter(str.isalnum, value))

        return _HOLE.sub(put, text)

    def _value(self, text: str, bound: _Bound, *, name: bool) -> object:
        put_in = self._name(text, bound)
        if name or not any(match[2] in bound.unknown for match in _HOLE.finditer(text)):
            return put_in
        # The holes that are left are the loop's own; any other in a plain text is text.
        escaped = _ANY_HOLE.sub("${!", put_in)
        for identifier in bound.unknown:
            escaped = escaped.replace(f"${{!{identifier}}}", f"${{{identifier}}}")
        return {"Fn::Sub": escaped}

    def _spend(self, keys: int = 0, values: int = 0, characters: int = 0) -> None:
        spent = (self._spent[0] + keys, self._spent[1] + values, self._spent[2] + characters)
        if spent[0] > MOST_KEYS or spent[1] > MOST_VALUES or spent[2] > MOST_CHARACTERS:
            raise _TooMuchError
        self._spent = spent

    def _complain(self, keys: Path, message: str) -> None:
        place = self._document.place(keys)
        self.problems.append(Problem(self._document.path, message, place.line, place.column))
