"""Request templates in the Velocity Template Language, read for where they take a tenant's id from.

From the "Velocity User Guide" (references, `#set`, comments) and "Resolver mapping template programming guide" (AWS
AppSync Developer Guide). Nothing is evaluated: variables carry what they may hold, along every branch.
"""

from __future__ import annotations

import re
from dataclasses import field

from scanner.base.record import mutable, record, replace
from scanner.model.request_origins import (
    Origin,
    Sources,
    holds_against,
    in_path,
    names_tenant,
    of_context,
    sources,
    taken,
)
from scanner.model.written_values import CLOSE, OPEN, written

_LONGEST = 200_000
_DEEPEST = 20
_NAME = re.compile(r"[A-Za-z_][\w-]*")
_FIELD = re.compile(r"\.([A-Za-z_][\w-]*)")
_REFERENCE = re.compile(r"\$!?(?=\{?[A-Za-z_])")
_DIRECTIVE = re.compile(r"#\{?(set|if|elseif|else|foreach|end|return|stop|break|macro)\b\}?")
_IN = re.compile(r"\s*\$!?\{?([A-Za-z_][\w-]*)\}?\s+in\s+")
_LITERAL = re.compile(r"\s*(?:\"([^\"$]*)\"|'([^']*)')\s*\Z")
_CONTEXT = frozenset({"ctx", "context"})
_UTIL = frozenset({"util", "utils"})
# What ends in a log or in an answer that refuses the request is not where the request goes.
_REFUSES = frozenset({"unauthorized", "error", "validate"})
_TOLD = _REFUSES | {"appendError", "log"}
_ASKS = frozenset(
    {"isNull", "isNullOrEmpty", "isNullOrBlank", "matches", "typeOf", "isString", "isNumber", "isBoolean"}
)
_COMPARES = frozenset({"equals", "equalsIgnoreCase"})
_EQUALS = re.compile(r"[!=]=|\.equals(?:IgnoreCase)?\s*\(|\b(?:eq|ne)\b|!")
_INVOKES = re.compile(r"[\"']operation[\"']\s{0,8}:\s{0,8}[\"'](?:Batch)?Invoke[\"']")
_READS = frozenset({"parseJson", "base64Decode", "urlDecode", "toJson"})
_QUIET = frozenset({"qr", "quiet"})
_PUTS = frozenset({"put", "add", "set"})


@record
class _Reference:
    """`$a.b("c")[0]`: its root, the names below it, what it is given, and the text."""

    root: str
    names: tuple[str, ...]
    given: tuple[tuple[str, str], ...]
    text: str


@mutable
class _Template:
    """What was found so far."""

    variables: dict[str, tuple[Origin, ...]] = field(default_factory=dict)
    placed: dict[tuple[str, ...], tuple[Origin, ...]] = field(default_factory=dict)
    sometimes: dict[tuple[str, ...], bool] = field(default_factory=dict)
    marks: list[tuple[Origin, ...]] = field(default_factory=list)
    asked: list[tuple[Origin, ...]] = field(default_factory=list)
    flat: list[str] = field(default_factory=list)
    found: list[Origin] = field(default_factory=list)
    read: list[Origin] = field(default_factory=list)
    guards: list[bool] = field(default_factory=list)
    compares: bool = False
    refuses: bool = False

    def run(self, text: str, level: int = 0) -> None:
        """Reads a text from its beginning; of directives, what they hold."""
        place = 0
        while place < len(text):
            char = text[place]
            if char == "#":
                place = self._hash(text, place, level)
            elif char == "$" and (_REFERENCE.match(text, place)):
                reference, place = _reference(text, place)
                self._mark(reference, level)
            elif char == "\\" and text[place + 1 : place + 2] in ("$", "#") and not _is_quoted_twice(text, place):
                self.flat.append(" ")
                place += 2
            else:
                self.flat.append(char)
                place += 1

    def _hash(self, text: str, place: int, level: int) -> int:
        if text.startswith("##", place):
            end = text.find("\n", place)
            return len(text) if end < 0 else end
        if text.startswith("#*", place):
            end = text.find("*#", place)
            return len(text) if end < 0 else end + 2
        directive = _DIRECTIVE.match(text, place)
        if directive is None:
            self.flat.append("#")
            return place + 1
        name, place = directive[1], directive.end()
        if name == "end":
            self.guards = self.guards[:-1]
        elif name in ("if", "foreach", "macro"):
            self.guards.append(False)
        opened = re.compile(r"[ \t]*\(").match(text, place)
        if opened is None or name in ("else", "end", "stop", "break", "macro"):
            self.refuses = self.refuses or name == "return"
            return place
        end = _closing(text, opened.end() - 1)
        inner = text[opened.end() : end]
        if level < _DEEPEST:
            self._directive(name, inner, level + 1)
        return end + 1

    def _directive(self, name: str, inner: str, level: int) -> None:
        if name == "set":
            self._set(inner, level)
        elif name in ("if", "elseif"):
            start = len(self.marks)
            self._origins(inner, level)
            self.compares = self.compares or (
                _EQUALS.search(inner) is not None and holds_against(self.asked[start : len(self.marks)])
            )
            read = [each for mark in self.asked[start : len(self.marks)] for each in mark]
            if self.guards and read:
                self.guards[-1] = self.guards[-1] or all(each.kind == "verified" for each in read)
        elif name == "foreach" and (each_of := _IN.match(inner)):
            self._assign(each_of[1], self._origins(inner[each_of.end() :], level))
        elif name == "return":
            self.refuses = True
            self.run(inner, level)

    def _set(self, inner: str, level: int) -> None:
        start = len(inner) - len(inner.lstrip())
        if not _REFERENCE.match(inner, start):
            return
        target, place = _reference(inner, start)
        equals = inner.find("=", place)
        if equals < 0:
            return
        value = inner[equals + 1 :]
        flat = len(self.flat)
        whole = self._whole(value, level)
        if not target.names:
            self._assign(target.root, whole)
            if value.lstrip().startswith("{"):
                # What stands at the keys of a map is read by `$map.key`.
                for name, numbers in written("".join(self.flat[flat:])):
                    self.placed[target.root, name] = tuple(each for number in numbers for each in self.marks[number])
            return
        self._keep(target.root, target.names, whole)

    def _whole(self, value: str, level: int) -> tuple[Origin, ...]:
        """All that an expression reads; keys of maps in it are looked at, and it is no output itself."""
        before = len(self.found)
        self.flat.append("\n")
        start = len(self.marks)
        self.run(value, level)
        self.flat.append("\n")
        if not value.lstrip().startswith(("{", "[")):
            # What a variable holds counts where the variable stands.
            del self.found[before:]
        return tuple(origin for mark in self.marks[start:] for origin in mark)

    def _origins(self, value: str, level: int) -> tuple[Origin, ...]:
        """All that an expression reads, and nothing is kept of it."""
        kept, found, start = self.flat, len(self.found), len(self.marks)
        self.flat = []
        self.run(value, level)
        self.flat = kept
        del self.found[found:]
        origins = tuple(origin for mark in self.marks[start:] for origin in mark)
        for number in range(start, len(self.marks)):
            self.marks[number] = ()
        return origins

    def _assign(self, name: str, origins: tuple[Origin, ...]) -> None:
        if self.guards:
            self.sometimes |= {place: True for place in self.placed if place[0] == name}
        self.placed = {place: held for place, held in self.placed.items() if self.guards or place[0] != name}
        self.variables[name] = (*self.variables.get(name, ()), *origins) if self.guards else origins

    def _keep(self, root: str, names: tuple[str, ...], origins: tuple[Origin, ...]) -> None:
        """A value at a place that outlives the template's variables, or in a map."""
        self.found += taken(names[-1], origins)
        place = (_root(root), *names)
        self.placed[place] = (*self.placed.get(place, ()), *origins) if self.guards else origins
        self.sometimes[place] = bool(self.guards) and self.sometimes.get(place, True)
        if root not in _CONTEXT:
            self.variables[root] = (*self.variables.get(root, ()), *origins)

    def _mark(self, reference: _Reference, level: int, *, output: bool = True) -> None:
        origins = self._of(reference, level)
        if any(self.guards):
            origins = tuple(replace(each, guarded=True) for each in origins)
        self.read += origins
        if not output:
            self.marks.append(())
            self.asked.append(origins)
            return
        self.found += [each for each in origins if each.names_tenant]
        self.flat.append(f"{OPEN}{len(self.marks)}{CLOSE}")
        self.marks.append(origins)
        self.asked.append(origins)

    def _of(self, reference: _Reference, level: int) -> tuple[Origin, ...]:
        names, text = reference.names, reference.text
        if level >= _DEEPEST:
            return ()
        if reference.root in _UTIL or reference.root == "extensions":
            return self._of_utility(reference, level)
        for name, given in reference.given:
            if name in _PUTS and "," in given:
                key, _, value = given.partition(",")
                literal = _LITERAL.match(key)
                place = (literal[1] or literal[2] or "?") if literal else "?"
                self._keep(reference.root, (*names[: names.index(name)], place), self._whole(value, level + 1))
                return ()
        compared = any(name in _COMPARES for name, _ in reference.given)
        inner = tuple(
            origin for _, given in reference.given if "$" in given for origin in self._origins(given, level + 1)
        )
        if compared:
            # Both sides were looked at; the answer is neither of them.
            until = next(place for place, name in enumerate(names) if name in _COMPARES)
            self._mark(_Reference(reference.root, names[:until], (), text), level + 1, output=False)
            return ()
        whole = (_root(reference.root), *(name for name in names if name != "get"))
        for end in range(len(whole), 1, -1):
            if whole[:end] in self.placed:
                held = tuple(each.below(whole[end:], text) for each in self.placed[whole[:end]])
                # Beside what was put there under a condition stands what was there before.
                return (
                    (*held, *inner) if not self.sometimes.get(whole[:end]) else (*held, *inner, *self._plain(reference))
                )
        return (*self._plain(reference), *inner)

    def _plain(self, reference: _Reference) -> tuple[Origin, ...]:
        names, text = reference.names, reference.text
        if reference.root in _CONTEXT:
            return of_context(names, text)
        if reference.root == "input" and "input" not in self.variables:
            return (Origin("sent", names, text),)
        return tuple(each.below(names, text) for each in self.variables.get(reference.root, ()))

    def _of_utility(self, reference: _Reference, level: int) -> tuple[Origin, ...]:
        if any(name in _REFUSES for name in reference.names):
            self.refuses = True
        quiet = any(name in _QUIET for name in reference.names)
        if any(name in _TOLD for name in reference.names):
            return ()
        found: list[Origin] = []
        for name, given in reference.given:
            if name in _ASKS:
                self._origins(given, level + 1)
            elif quiet:
                self.run(given, level + 1)
            else:
                below = reference.names[reference.names.index(name) + 1 :] if name in _READS else ()
                found += [each.below(below, reference.text) for each in self._whole(given, level + 1)]
        return tuple(found)


def read_template(text: str) -> Sources:
    """Where a template takes the tenant's id from."""
    template = _Template()
    template.run(text[:_LONGEST])
    for name, numbers in written("".join(template.flat)):
        origins = [origin for number in numbers for origin in template.marks[number]]
        template.found += taken(name, origins) if names_tenant(name) else ()
    return sources(
        template.found,
        template.read,
        compares=template.compares and template.refuses,
        invokes=_INVOKES.search(text) is not None,
        cut=len(text) > _LONGEST,
    )


def _root(name: str) -> str:
    return "ctx" if name in _CONTEXT else name


def _is_quoted_twice(text: str, place: int) -> bool:
    return place > 0 and text[place - 1] == "\\"


def _reference(text: str, place: int) -> tuple[_Reference, int]:
    """The reference at `place`, and where it ends."""
    start = place
    place += 1
    if text[place : place + 1] == "!":
        place += 1
    formal = text[place : place + 1] == "{"
    place += formal
    root = _NAME.match(text, place)
    if root is None:
        return _Reference("", (), (), text[start:place]), place
    place = root.end()
    names: list[str] = []
    given: list[tuple[str, str]] = []
    while place < len(text):
        below = _FIELD.match(text, place)
        if below:
            names.append(below[1])
            place = below.end()
        elif text[place] == "(" and names:
            end = _closing(text, place)
            inner = text[place + 1 : end]
            given.append((names[-1], inner))
            names += _literal_names(inner)
            place = end + 1
        elif text[place] == "[":
            end = _closing(text, place)
            inner = text[place + 1 : end]
            given.append(("[]", inner))
            names += _literal_names(inner)
            place = end + 1
        else:
            break
    if formal and (end := text.find("}", place)) >= 0:
        if text[place : place + 1] == "|":
            given.append(("|", text[place + 1 : end]))
        place = end + 1
    return _Reference(root[0], tuple(names), tuple(given), text[start:place]), place


def _literal_names(given: str) -> list[str]:
    literal = _LITERAL.match(given)
    return in_path(literal[1] or literal[2] or "") if literal else []


def _closing(text: str, place: int) -> int:
    """Where the bracket at `place` is closed; the end of the text where it never is."""
    pairs = {"(": ")", "[": "]", "{": "}"}
    wanted: list[str] = []
    quote = ""
    while place < len(text):
        char = text[place]
        if quote:
            if char == "$" and quote == '"' and _REFERENCE.match(text, place) and len(wanted) < _DEEPEST:
                # References in a string may hold quotes of their own.
                place = _reference(text, place)[1] - 1
            elif char == "\\":
                place += 1
            elif char == quote:
                quote = ""
        elif char in "\"'":
            quote = char
        elif char in pairs:
            wanted.append(pairs[char])
        elif wanted and char == wanted[-1]:
            wanted.pop()
            if not wanted:
                return place
        place += 1
    return len(text)


__all__ = ["read_template"]
