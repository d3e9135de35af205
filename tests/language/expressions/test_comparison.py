"""A definite answer holds for every completion of what is unknown; with nothing unknown it is plain JMESPath's."""

from __future__ import annotations

import copy
from typing import Any

import jmespath
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.language.expressions.comparison import truth
from scanner.language.expressions.expression import compile_expression
from scanner.language.expressions.scope import Scope
from scanner.model.deferred import settle_all
from scanner.model.unknown import Unknown, first_unknown
from scanner.model.world import World

KEYS = ("a", "b", "c")
LEAVES: list[Any] = [None, "x", "y", "xx", "", 1, 2, True, False, [], {}, ["x"], [{"b": "x"}], {"b": "x"}]
SYMBOLS = ("P", "Q")
ATOMS = (
    "a", "b", "a.b", "a[0]", "a[-1].b", "a[*].b", "a[].b", "a[].b[]", "a[].b[].c", "a.*", "a.* | [0]", "a[0:1]",
    "a[?b=='x']", "a[?b=='x'].c", "a[?b=='x'].c | [0]", "a[?b=='x' && c=='y']", "a[?b!='x']", "a[?starts_with(b,'x')]",
    "a[?contains(b,'x')]", "to_array(a)[?@=='x']", "length(a)", "length(a[?b=='x'])", "contains(a[].b, 'x')",
    "contains(a, 'x')", "contains(b, a)", "starts_with(a,'x')", "ends_with(a,'x')", "not_null(a,b)", "keys(a)",
    "values(a)", "type(a)", "sort(a)", "join(',', a)", "to_string(a)", "to_number(a)", "max(a)", "reverse(a)",
    "{x:a,y:b}", "[a,b]", "a[?b=='x'] | [0].c", "lower(a)", "parsed(a)",
)  # fmt: skip


def expressions() -> st.SearchStrategy[str]:
    def combine(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        two = st.tuples(inner, inner)
        return st.one_of(
            two.map(lambda pair: f"({pair[0]}) && ({pair[1]})"),
            two.map(lambda pair: f"({pair[0]}) || ({pair[1]})"),
            two.map(lambda pair: f"({pair[0]}) == ({pair[1]})"),
            two.map(lambda pair: f"({pair[0]}) != ({pair[1]})"),
            inner.map(lambda each: f"!({each})"),
            inner.map(lambda each: f"({each}) == 'x'"),
            two.map(lambda pair: f"[{pair[0]}, {pair[1]}][?@ == 'x']"),
            two.map(lambda pair: f"length(not_null({pair[0]}, {pair[1]})) > length(c)"),
        )

    return st.recursive(st.sampled_from(ATOMS), combine, max_leaves=4)


def data() -> st.SearchStrategy[Any]:
    return st.recursive(
        st.sampled_from(LEAVES).map(copy.deepcopy),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=3),
        max_leaves=8,
    )


@st.composite
def partly_known(draw: st.DrawFn) -> Any:
    """A document with some sub-values replaced by unknowns; equal symbols are equal values."""

    def holed(value: Any, depth: int) -> Any:
        if depth and draw(st.integers(0, 4)) == 0:
            symbol = draw(st.sampled_from(SYMBOLS))
            return Unknown("parameter", f"{symbol} has no value", (symbol,))
        if isinstance(value, dict):
            return {key: holed(child, depth + 1) for key, child in value.items()}
        if isinstance(value, list):
            return [holed(child, depth + 1) for child in value]
        return value

    return holed({"a": draw(data()), "b": draw(data()), "c": draw(st.sampled_from(LEAVES[:7]))}, 0)


def completed(value: Any, by: dict[str, Any]) -> Any:
    if isinstance(value, Unknown):
        assert value.symbol is not None
        return copy.deepcopy(by[value.symbol[0]])
    if isinstance(value, dict):
        return {key: completed(child, by) for key, child in value.items()}
    if isinstance(value, list):
        return [completed(child, by) for child in value]
    return value


def search(text: str, value: object) -> object:
    world = World()
    scope = Scope(world, None, None, None, None, {})  # type: ignore[arg-type]  # these expressions ask for none of it
    return settle_all(compile_expression(text).evaluate(value, scope), world)


def same(one: object, other: object) -> bool:
    return repr(one) == repr(other)


@settings(max_examples=400, deadline=None)
@given(
    expressions(),
    partly_known(),
    st.lists(st.tuples(st.sampled_from(LEAVES), st.sampled_from(LEAVES)), min_size=25, max_size=25),
)
@pytest.mark.full
def test_a_definite_answer_holds_in_every_completion(
    text: str, document: Any, completions: list[tuple[Any, Any]]
) -> None:
    answer = search(text, document)
    holds = truth(answer)
    definite = first_unknown(answer) is None
    if isinstance(holds, Unknown) and not definite:
        return
    for one, two in completions:
        outcome = search(text, completed(document, {"P": one, "Q": two}))
        if definite:
            assert same(outcome, answer), (text, document, one, two)
        if not isinstance(holds, Unknown):
            assert truth(outcome) is holds, (text, document, one, two)


@settings(max_examples=500, deadline=None)
@given(expressions(), data(), data())
@pytest.mark.full
def test_without_unknowns_it_is_plain_jmespath(text: str, one: Any, two: Any) -> None:
    document = {"a": one, "b": two, "c": "x"}
    try:
        wanted = jmespath.search(text, document)
    except jmespath.exceptions.JMESPathError:
        # Where the stock library stops at a wrong type, a rule goes on with null: see the next test.
        return
    except TypeError:
        return  # the stock `sort` on unlike items
    if "lower" in text:
        return
    assert same(search(text, document), wanted), (text, document)


@pytest.mark.parametrize("text", ["length(a)", "sort(a)", "starts_with(a, 'x')", "join(',', a)", "keys(a)", "max(a)"])
def test_a_function_of_the_wrong_type_holds_of_nothing_and_never_crashes(text: str) -> None:
    assert search(text, {"a": 5}) in (None, False)


def test_equal_symbols_are_equal_values() -> None:
    vpc = Unknown("parameter", "parameter `Vpc` has no value", ("Vpc",))
    assert search("a == b", {"a": vpc, "b": vpc}) is True
    assert isinstance(search("a == b", {"a": vpc, "b": Unknown("parameter", "other", ("Other",))}), Unknown)


def test_what_is_derived_from_a_symbol_is_another_value() -> None:
    vpc = Unknown("parameter", "parameter `Vpc` has no value", ("Vpc",))
    assert isinstance(search("to_string(a) == lower(a)", {"a": vpc}), Unknown)


def test_the_greatest_of_strings_is_one_of_them() -> None:
    assert search("max(a)", {"a": ["x", "y"]}) == "y"
    assert search("min(a)", {"a": ["x", "y"]}) == "x"
    assert search("max(a)", {"a": ["x", 1]}) is None


@pytest.mark.parametrize(("one", "other"), [(1, True), ([1], [True]), ({"a": 0}, {"a": False}), ([[0]], [[False]])])
def test_a_flag_is_no_number_however_deep(one: object, other: object) -> None:
    """In the stock library it is one inside lists and mappings: findings/jmespath_a_boolean_inside_a_list.sh."""
    assert search("a == b", {"a": one, "b": other}) is False
    assert search("contains(a, b)", {"a": [one], "b": other}) is False


@pytest.mark.parametrize("text", ["1_000", " 12 ", "nan", "inf", "1e999"])
def test_a_number_is_one_of_json(text: str) -> None:
    """The stock library takes what Python takes: findings/jmespath_numbers_that_json_does_not_have.sh."""
    assert search("to_number(a)", {"a": text}) is None
    assert search("to_number(a) >= b", {"a": text, "b": 7}) is None


@pytest.mark.parametrize("sign", ["<", "<=", ">", ">=", "==", "!="])
@pytest.mark.parametrize(("one", "other"), [(6, 7), (7, 7), (8, 7), (7.5, 7), (-1, 0)])
def test_every_comparison_of_jmespath_is_one_here(sign: str, one: float, other: float) -> None:
    """`<=` and `>=` ended as a fault of the scanner: the syntax tree calls them otherwise than Python."""
    document = {"a": one, "b": other}
    assert search(f"a {sign} b", document) is jmespath.search(f"a {sign} b", document)
