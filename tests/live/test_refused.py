"""Every call of every collector, refused once: what is known stays as it is, and the rest is unknown with the cause."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest

from scanner.live.collector import Where, collect
from scanner.live.collector_table import Call, Part, Service
from scanner.live.services import SERVICES
from scanner.snapshots.lines import Failed, Line, Listed, Seen
from scanner.snapshots.redaction import Redaction
from tests.live.sampling import Sampled

HERE = Where("111122223333", "us-east-1")
CAUSES = {"AccessDeniedException": "access-denied", "InternalFailure": "not-collected"}


def _calls(service: Service) -> dict[str, Call]:
    found: list[Call] = []
    waiting: list[Part] = []
    for collector in service.collectors:
        found.append(collector.listing)
        waiting += [collector.part, *collector.also]
    while waiting:
        part = waiting.pop()
        found += part.details.values()
        waiting += part.children
    return {f"{call.service or service.name}.{call.operation}": call for call in found}


def _lines(service: Service, refuse: str = "", code: str = "") -> list[Line]:
    return [*collect(service, Sampled(service, _calls(service), refuse, code), HERE, Redaction(b"key"))]


def _seen(lines: list[Line]) -> Iterator[tuple[tuple[str, str, frozenset[str]], Seen]]:
    for line in lines:
        if isinstance(line, Seen):
            # Several calls tell of the account, each its own properties.
            yield (line.type, line.id, frozenset(line.properties) if line.part else frozenset()), line


def _differences(whole: object, part: object, unknown: set[tuple[object, ...]], path: tuple[object, ...]) -> list[str]:
    if path in unknown or whole == part:
        return []
    if isinstance(whole, Mapping) and isinstance(part, Mapping):
        return [
            each
            for key in whole.keys() | part.keys()
            for each in _differences(whole.get(key), part.get(key), unknown, (*path, key))
        ]
    return [f"{path}: {whole!r} became {part!r}"]


CASES = [(service, call, code) for service in SERVICES for call in sorted(_calls(service)) for code in CAUSES]


@pytest.mark.parametrize("service", SERVICES, ids=lambda each: each.name)
def test_answers_of_every_field_become_resources_without_a_doubt(service: Service) -> None:
    lines = _lines(service)
    assert not [line for line in lines if isinstance(line, Failed)]
    for _, seen in _seen(lines):
        assert not seen.unknown, (seen.type, seen.unknown)
        assert seen.doubt is None
    types = {seen.type for _, seen in _seen(lines)}
    assert types, "nothing was made of the answers"


@pytest.mark.parametrize(("service", "call", "code"), CASES, ids=[f"{c}-{code}" for _, c, code in CASES])
def test_a_refused_call_makes_unknown_and_changes_nothing_that_is_known(service: Service, call: str, code: str) -> None:
    whole, part = _lines(service), _lines(service, call, code)
    failed = [line for line in part if isinstance(line, Failed)]
    assert failed and {line.why.cause for line in failed} == {CAUSES[code]}
    unread = {line.type for line in part if isinstance(line, Listed) and line.unread is not None}
    doubtful = {seen.type for _, seen in _seen(part) if seen.doubt is not None}
    left = dict(_seen(part))
    lost: set[str] = set()
    for key, before in _seen(whole):
        now = left.get(key)
        if now is None:
            assert before.type in unread | doubtful, f"{key} is gone, and nothing says that it may be there"
            continue
        assert now.region in (before.region, None)
        lost |= {before.type} if now.region != before.region else set()
        for path, why in now.unknown:
            assert why.cause == CAUSES[code], path
        assert not _differences(before.properties, now.properties, {path for path, _ in now.unknown}, ())
    blind = unread | doubtful | lost | {seen.type for _, seen in _seen(part) if seen.unknown}
    assert blind, "the refusal left no trace"
