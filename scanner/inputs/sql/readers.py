"""Which views and functions read which tables, found once: with thousands of each, asking all of all takes minutes."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping

from scanner.base.record import record
from scanner.inputs.sql.catalogue import Catalogue
from scanner.inputs.sql.leakproof import is_loud, tells
from scanner.inputs.sql.parsing import Node, NotUnderstoodError, parsed

_WORD = re.compile(r"\w+")
# Functions that run a text, or read the table that they are given the name of (documentation, "XML Functions", "Text
# Search Functions", dblink), and EXECUTE of PL/pgSQL.
_DYNAMIC = re.compile(
    r"execute|(?:query|cursor|table|schema|database)_to_xml\w*|ts_stat|ts_rewrite|dblink\w*|connectby|crosstab\w*"
    r"|spi\w*|plpy|plv8"
)


@record
class Readers:
    """`views` and `functions` are names by the table that they read; `reached` are roles that hold some privilege.

    `indirect` are functions that read a table through a view or another function. A function whose body builds its
    statements, or is not understood, is in `any_table`. `viewed` are roles that may read some view, `called` those that
    may call a SECURITY DEFINER function which reads some table.
    """

    named: Mapping[str, tuple[str, ...]]
    views: Mapping[str, tuple[str, ...]]
    functions: Mapping[str, tuple[str, ...]]
    indirect: Mapping[str, tuple[str, ...]]
    any_table: tuple[str, ...]
    reached: frozenset[str]
    viewed: frozenset[str]
    called: frozenset[str]
    leakproof: tuple[str, ...]
    """Functions that are marked LEAKPROOF and may tell what they are given."""
    naming: Mapping[str, tuple[str, ...]]
    """All functions by the relations that they name, themselves or in what they call."""
    telling: frozenset[str]
    """Functions that write down or tell what they are given, themselves or by what they call."""

    @classmethod
    def of(cls, catalogue: Catalogue) -> Readers:
        """Reads every view's query and every SECURITY DEFINER function's body once."""
        named: dict[str, list[str]] = defaultdict(list)
        for key in (*catalogue.tables, *catalogue.views):
            named[key.partition(".")[2]].append(key)
        names = {name: tuple(keys) for name, keys in named.items()}
        views: dict[str, list[str]] = defaultdict(list)
        for name, view in catalogue.views.items():
            read = relations_of(view.query, names)
            through = {each for one in read & {*catalogue.views} for each in _behind(catalogue, one, names)}
            for key in read | through:
                views[key].append(name)
        functions: dict[str, list[str]] = defaultdict(list)
        indirect: dict[str, list[str]] = defaultdict(list)
        anywhere: list[str] = []
        direct, called = _bodies(catalogue, names)
        naming: dict[str, list[str]] = defaultdict(list)
        for name in catalogue.functions if catalogue.attached else ():
            for key in {key for each in _closure(name, called) for key in direct[each] or ()}:
                naming[key].append(name)
        loud = {name for name, several in catalogue.functions.items() if any(tells(held.function) for held in several)}
        for name, several in catalogue.functions.items():
            if not any(held.function.definer for held in several):
                continue
            reached = _closure(name, called)
            if any(direct[each] is None for each in reached):
                anywhere.append(name)
            own = direct[name] or frozenset()
            more = {key for each in reached for key in direct[each] or ()}
            more |= {each for one in more & {*catalogue.views} for each in _behind(catalogue, one, names)}
            for key in own:
                functions[key].append(name)
            for key in more - own:
                indirect[key].append(name)
        granted = catalogue.privileges.granted
        return cls(
            names,
            {key: tuple(found) for key, found in views.items()},
            {key: tuple(found) for key, found in functions.items()},
            {key: tuple(found) for key, found in indirect.items()},
            tuple(anywhere),
            frozenset(role for held in granted.values() for role, given in held.items() if given),
            frozenset(role for name in catalogue.views for role, given in granted.get(name, {}).items() if given),
            frozenset(
                role
                for name in {
                    *anywhere,
                    *(each for found in (*functions.values(), *indirect.values()) for each in found),
                }
                if any(held.function.definer and held.function.called for held in catalogue.functions[name])
                for role in catalogue.privileges.callable.get(name, ())
            ),
            tuple(
                name for name, several in catalogue.functions.items() if any(is_loud(held.function) for held in several)
            ),
            {key: tuple(found) for key, found in naming.items()},
            frozenset(name for name in catalogue.functions if loud and loud & _closure(name, called)),
        )


def relations_of(query: Node, named: Mapping[str, tuple[str, ...]]) -> set[str]:
    """The tables and views that a query names, anywhere in it."""
    found: set[str] = set()
    waiting: list[object] = [query]
    while waiting:
        each = waiting.pop()
        if isinstance(each, list):
            waiting += each
        elif isinstance(each, dict):
            body = each.get("RangeVar")
            # The table that a statement changes stands there without its kind.
            for one in (body, each.get("relation")):
                if isinstance(one, dict) and "relname" in one:
                    keys = named.get(str(one["relname"]), ())
                    schema = one.get("schemaname")
                    found |= {key for key in keys if not schema or key.startswith(f"{schema}.")}
            waiting += each.values()
    return found


def _behind(catalogue: Catalogue, view: str, named: Mapping[str, tuple[str, ...]]) -> set[str]:
    found: set[str] = set()
    waiting = [view]
    while waiting:
        for each in relations_of(catalogue.views[waiting.pop()].query, named) - found:
            found.add(each)
            if each in catalogue.views:
                waiting.append(each)
    return found


def _bodies(
    catalogue: Catalogue, named: Mapping[str, tuple[str, ...]]
) -> tuple[dict[str, frozenset[str] | None], dict[str, set[str]]]:
    """What each function reads itself, None where that may be any table, and which functions it may call."""
    bare: dict[str, list[str]] = defaultdict(list)
    for key in catalogue.functions:
        bare[key.partition(".")[2]].append(key)
    direct: dict[str, frozenset[str] | None] = {}
    called: dict[str, set[str]] = {}
    for name, several in catalogue.functions.items():
        read: set[str] = set()
        words: set[str] = set()
        anything = False
        for held in several:
            body = held.function.body
            language = held.function.language
            found = _read_in(body, language, named)
            # What a compiled function reads is not to be seen; most read nothing, and have their caller's rights.
            found = None if language in ("c", "internal") and held.function.definer else found
            anything = anything or found is None
            read.update(found or ())
            words |= {word.lower() for word in _WORD.findall(body if isinstance(body, str) else str(body))}
        direct[name] = None if anything else frozenset(read)
        called[name] = {key for word in words for key in bare.get(word, ())}
    return direct, called


def _closure(name: str, called: Mapping[str, set[str]]) -> set[str]:
    found, waiting = {name}, [name]
    while waiting:
        more = called[waiting.pop()] - found
        found |= more
        waiting += more
    return found


def _read_in(body: Node | str, language: str, named: Mapping[str, tuple[str, ...]]) -> Iterable[str] | None:
    """The relations that a body names; None where it may be any."""
    if not isinstance(body, str):
        return None if _runs_text(str(body)) else relations_of(body, named)
    if _runs_text(body):
        return None
    if language == "sql":
        try:
            return {key for node in parsed(body) for key in relations_of(node, named)}
        except NotUnderstoodError:
            return None
    words = {word.lower() for word in _WORD.findall(body)}
    return {key for name, keys in named.items() if name.lower() in words for key in keys}


def _runs_text(body: str) -> bool:
    return any(_DYNAMIC.fullmatch(word) for word in {word.lower() for word in _WORD.findall(body)})


__all__ = ["Readers", "relations_of"]
