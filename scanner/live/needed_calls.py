"""The tables without the calls whose answers nobody asks for.

A property that is left out so is unknown to whoever asks for it after all, and a type is told of as not listed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from scanner.live.collector_table import Collector, Detail, Part, Service, words
from scanner.model.needs import Needs


def narrowed(service: Service, needs: Needs) -> Service:
    """The service with what is needed, and with all that is told in the same answers."""
    return replace(service, collectors=tuple(_collector(each, needs) for each in service.collectors))


def _collector(collector: Collector, needs: Needs) -> Collector:
    if collector.summary:
        # What all of them say of the account rests on any of their properties.
        return collector
    left: list[Part] = []
    part = _part(collector.part, needs, left)
    also = tuple(_part(each, needs, left) for each in collector.also)
    return replace(collector, part=part, also=also, unasked=tuple(dict.fromkeys(_types(left))))


def _part(part: Part, needs: Needs, left: list[Part]) -> Part:
    """The part with the details that something needed rests on; children that are not needed are left out."""
    names = frozenset(part.details)
    inside: list[list[Part]] = [[] for _ in part.children]
    children = [_part(child, needs, inside[index]) for index, child in enumerate(part.children)]
    wanted = [_is_wanted(child, needs) for child in part.children]
    shapes = [part.id, part.arn, part.region, part.keep]
    used = _words(each for each in shapes if each is not None)
    for key, shape in part.properties.items():
        if needs.wants(part.type, key):
            used |= words(shape)
    for child, is_wanted in zip(children, wanted, strict=True):
        if is_wanted:
            used |= _used(child)
    needed = _closure(part.details, used & names)
    kept: list[Part] = []
    for index, child in enumerate(children):
        if wanted[index] or (not child.details and _used(child) & names <= needed):
            kept.append(child)
            left.extend(inside[index])
        else:
            left.append(part.children[index])
    return replace(
        part,
        details={key: _detail(part.details[key], names - needed) for key in part.details if key in needed},
        properties={key: shape for key, shape in part.properties.items() if words(shape) & names <= needed},
        children=tuple(kept),
    )


def _detail(detail: Detail, without: frozenset[str]) -> Detail:
    if detail.needless is not None and words(detail.needless) & without:
        # What would make it needless is not asked for, and takes a call itself.
        return replace(detail, needless=None)
    return detail


def _closure(details: Mapping[str, Detail], needed: frozenset[str]) -> frozenset[str]:
    """With the details that the calls of others rest on."""
    while True:
        used = _words(each for key in needed for each in _inputs(details[key]))
        more = needed | (used & details.keys())
        if more == needed:
            return needed
        needed = more


def _inputs(detail: Detail) -> Iterator[str]:
    yield from detail.arguments.values()
    if detail.when is not None:
        yield detail.when


def _used(part: Part) -> frozenset[str]:
    """Every name in the part and below it: more than it rests on, never fewer."""
    texts = [part.each, part.id, *(each for each in (part.arn, part.region, part.keep) if each is not None)]
    for detail in part.details.values():
        texts.extend(_inputs(detail))
    found = _words(texts).union(*(words(shape) for shape in part.properties.values()))
    return found.union(*(_used(child) for child in part.children))


def _words(texts: Iterable[str]) -> frozenset[str]:
    return frozenset().union(*(words(text) for text in texts))


def _is_wanted(part: Part, needs: Needs) -> bool:
    return needs.wants_type(part.type, part.properties.keys()) or any(
        _is_wanted(child, needs) for child in part.children
    )


def _types(parts: Iterable[Part]) -> Iterator[str]:
    for part in parts:
        yield part.type
        yield from _types(part.children)
