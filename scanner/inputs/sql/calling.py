"""Which functions a statement of a file calls when it is run: itself, in what it calls, in views and by triggers."""

from __future__ import annotations

import re

from scanner.inputs.sql.catalogue import Catalogue
from scanner.inputs.sql.said import Calls

_WORD = re.compile(r"\w+")


def calls_of(catalogue: Catalogue, said: Calls) -> list[str]:
    """Their keys, `schema.name`; a name that several schemas have stands for each."""
    functions = catalogue.functions
    if not functions:
        return []
    words = {*said.functions}
    for name in said.relations:
        for key in (f"{catalogue.schema}.{name}", f"public.{name}", *_named(catalogue, name)):
            view, attached = catalogue.views.get(key), catalogue.attached.get(key)
            if view is not None:
                words |= _words_of(str(view.query))
            if attached is not None:
                words |= {each.function.name for each in attached.acting()[1]}
    found: list[str] = []
    seen: set[str] = set()
    by_name: dict[str, list[str]] = {}
    for key in functions:
        by_name.setdefault(key.partition(".")[2], []).append(key)
    waiting = [*(words & by_name.keys())]
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        for key in by_name.get(name, ()):
            found.append(key)
            for held in functions[key]:
                waiting += (_words_of(str(held.function.body)) & by_name.keys()) - seen
    return found


def _named(catalogue: Catalogue, name: str) -> list[str]:
    """Views and tables with triggers of this name in other schemas."""
    end = f".{name}"
    return [key for held in (catalogue.views, catalogue.attached) for key in held if key.endswith(end)]


def _words_of(text: str) -> set[str]:
    return {*_WORD.findall(text.lower())}


__all__ = ["calls_of"]
