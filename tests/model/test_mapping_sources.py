"""Where request templates and resolvers' code take a tenant's id from: the request, verified claims, or neither."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import yaml

from scanner.model.request_origins import Sources
from scanner.model.resolver_code import read_code
from scanner.model.velocity import read_template

READERS = {"template": read_template, "code": read_code}
CASES = [
    (kind, expected, text)
    for kind, told in yaml.safe_load(Path(__file__).with_name("mapping_sources.yaml").read_text("utf-8")).items()
    for expected, texts in told.items()
    for text in texts
]
LONG = ("$util.qr(", "#if($a", "{", '"tenant": "', "#set($t = $t.x)", "if (a", "a = ", "`${", "a.b['c'] = {d: ")


def said(found: Sources) -> str:
    if not found.sent:
        return "not sent"
    return "undecided" if found.compares or found.hands_over else "sent"


@pytest.mark.parametrize(("kind", "expected", "text"), CASES)
def test_what_is_told_of_a_mapping(kind: str, expected: str, text: str) -> None:
    assert said(READERS[kind](text)) == expected


def test_all_that_may_be_told_is_asked() -> None:
    assert {(kind, expected) for kind, expected, _ in CASES} == {
        (kind, expected) for kind in READERS for expected in ("sent", "not sent", "undecided")
    }


@pytest.mark.parametrize("kind", list(READERS))
@pytest.mark.parametrize("text", LONG)
def test_long_texts_are_read_in_time(kind: str, text: str) -> None:
    started = time.process_time()
    assert said(READERS[kind](text * 4000)) == "not sent"
    assert time.process_time() - started < 20


@pytest.mark.parametrize("kind", list(READERS))
def test_what_is_too_long_to_be_read_is_no_pass(kind: str) -> None:
    assert READERS[kind](" " * 200_001 + "$ctx.args.tenantId").cut
    assert not READERS[kind]("$ctx.args.id").cut
