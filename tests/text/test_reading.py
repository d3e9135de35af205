from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.base.problem import Problem, ProblemsError
from scanner.text.reading import MAX_BYTES, decode, read


def refusal(raw: bytes, path: str = "t.yaml") -> Problem:
    with pytest.raises(ProblemsError) as caught:
        read(raw, path, cloudformation=True)
    (problem,) = caught.value.problems
    return problem


@pytest.mark.parametrize(
    "raw",
    [
        "é: 1".encode(),
        codecs.BOM_UTF8 + "é: 1".encode(),
        codecs.BOM_UTF16_LE + "é: 1".encode("utf-16-le"),
        codecs.BOM_UTF16_BE + "é: 1".encode("utf-16-be"),
    ],
)
def test_text_is_utf_8_or_says_that_it_is_utf_16(raw: bytes) -> None:
    document = read(raw, "t.yaml", cloudformation=True)
    assert document.data == {"é": 1}
    assert document.value_place(("é",)).column == 4


def test_a_nul_byte_is_refused_with_its_place() -> None:
    problem = refusal(b"a: 1\nbc: \0\n")
    assert (problem.line, problem.column) == (2, 5)
    assert "NUL" in problem.message


def test_text_that_is_not_utf_8_is_refused_with_its_place() -> None:
    problem = refusal("é: 1\nö: ".encode() + b"\xe9t\xe9\n")
    assert (problem.line, problem.column) == (2, 4)
    assert "0xe9" in problem.message
    assert "UTF-8" in problem.message


def test_broken_utf_16_is_refused() -> None:
    assert "UTF-16" in refusal(codecs.BOM_UTF16_LE + b"a\0b").message


def test_a_file_that_is_too_large_is_refused_with_its_size() -> None:
    problem = refusal(b" " * (50 * 1000 * 1000))
    assert "50.0 MB" in problem.message
    assert "1 MB" in problem.message


def test_the_largest_file_that_is_read_is_read() -> None:
    assert decode(b" " * MAX_BYTES, "t.yaml")


def test_json_is_read_as_json_whatever_the_file_is_called() -> None:
    for path in ("t.json", "t.template", "t.yaml"):
        assert read(b'\n {"a": {"b": "2012-10-17"}}', path, cloudformation=True).data == {"a": {"b": "2012-10-17"}}


def test_flow_yaml_begins_like_json_and_is_none() -> None:
    assert read(b"{a: !Ref B}", "t.yaml", cloudformation=True).data == {"a": {"Ref": "B"}}
    assert read(b"[a, b]", "t.yaml", cloudformation=True).data == ["a", "b"]


def test_of_two_complaints_the_telling_one_is_made() -> None:
    assert "JSON" in refusal(b'{"a": 1', "t.template").message
    assert "JSON" in refusal(b"{a: 1", "t.json").message
    assert "YAML" in refusal(b"{a: 1", "t.template").message
    assert "200 levels" in refusal(b"[" * 1_000_000, "t.template").message


def test_a_trailing_comma_is_no_json() -> None:
    problem = refusal(b'{"a": 1,\n}', "t.json")
    assert (problem.line, problem.column) == (1, 8)


@given(st.binary())
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    try:
        document = read(raw, "t", cloudformation=True)
    except ProblemsError as refused:
        assert refused.problems  # noqa: PT017  # either outcome is right; what must not come is another exception
    else:
        assert document.text == decode(raw, "t")
