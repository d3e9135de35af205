"""What holds for every policy, whatever it says."""

from __future__ import annotations

import copy
from typing import Any  # policies here are JSON as it comes in

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from scanner.iam import policy_questions
from scanner.iam.evaluator import Decision, decide
from scanner.iam.policies import Policy, PolicySet
from scanner.iam.principals import principal_of
from scanner.iam.request import Request
from scanner.model.deferred import OpenMap
from scanner.model.partial_text import text_of
from scanner.model.unknown import OpenList, Unknown

ROLE = "arn:aws:iam::111122223333:role/app"
SESSION = "arn:aws:sts::111122223333:assumed-role/app/s"
USER = "arn:aws:iam::111122223333:user/u"
FOREIGN = "arn:aws:iam::999922223333:role/app"
UNKNOWN = Unknown("parameter", "parameter `P` has no value")

actions = st.sampled_from(["s3:GetObject", "s3:PutObject", "s3:Get*", "s3:*", "*", "sqs:SendMessage", "s3:?etObject"])
resources = st.sampled_from(
    [
        "*",
        "arn:aws:s3:::b/k",
        "arn:aws:s3:::b/*",
        "arn:aws:s3:::b/${aws:PrincipalTag/t}/*",
        "arn:aws:s3:::b/${aws:PrincipalTag/t, 'k'}",
        "arn:aws:s3:::*/k",
        "arn:aws:s3:::c",
    ]
)
values = st.sampled_from(["a", "b", "a*", "*", "${aws:PrincipalTag/t}", "10", "true", "false", "arn:aws:s3:::b"])
keys = st.sampled_from(["aws:PrincipalTag/t", "dynamodb:LeadingKeys", "s3:prefix"])
operators = st.sampled_from(
    [
        "StringEquals",
        "StringNotEquals",
        "StringLike",
        "StringNotLike",
        "StringEqualsIgnoreCase",
        "StringEqualsIfExists",
        "StringNotLikeIfExists",
        "ForAllValues:StringEquals",
        "ForAllValues:StringNotLike",
        "ForAnyValue:StringLike",
        "ForAnyValue:StringNotEquals",
        "NumericLessThan",
        "Bool",
        "Null",
        "ArnLike",
        "ArnNotLike",
    ]
)
one_or_many = lambda item: item | st.lists(item, min_size=1, max_size=3, unique=True)  # noqa: E731  # reads as a type
conditions = st.dictionaries(operators, st.dictionaries(keys, one_or_many(values), min_size=1, max_size=2), max_size=2)
principals = st.sampled_from(
    [
        "*",
        {"AWS": "*"},
        {"AWS": "111122223333"},
        {"AWS": ROLE},
        {"AWS": [SESSION, FOREIGN]},
        {"AWS": USER},
        {"Service": "sns.amazonaws.com"},
    ]
)


@st.composite
def statements(draw: st.DrawFn, resource: bool = False, effect: str | None = None) -> dict[str, Any]:
    made: dict[str, Any] = {"Effect": effect or draw(st.sampled_from(["Allow", "Allow", "Deny"]))}
    made[draw(st.sampled_from(["Action", "Action", "Action", "NotAction"]))] = draw(one_or_many(actions))
    made[draw(st.sampled_from(["Resource", "Resource", "Resource", "NotResource"]))] = draw(one_or_many(resources))
    if resource:
        made[draw(st.sampled_from(["Principal", "Principal", "Principal", "NotPrincipal"]))] = draw(principals)
    if draw(st.booleans()):
        made["Condition"] = draw(conditions)
    return made


def documents(resource: bool = False) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {
            "Version": st.sampled_from(["2012-10-17", "2012-10-17", "2008-10-17"]),
            "Statement": st.lists(statements(resource), min_size=1, max_size=3),
        }
    )


layers = st.fixed_dictionaries(
    {
        "identity": st.lists(documents(), max_size=2),
        "boundary": st.none() | st.lists(documents(), max_size=1),
        "session": st.none() | st.lists(documents(), max_size=1),
        "resource": st.none() | documents(resource=True),
        "scps": st.lists(st.lists(documents(), max_size=2), max_size=1),
    }
)
values_given = st.sampled_from(["a", "b", "", "*", "10", "A", "arn:aws:s3:::b"])
requests = st.fixed_dictionaries(
    {
        "principal": st.sampled_from([ROLE, SESSION, USER, FOREIGN, "*", "sns.amazonaws.com", "111122223333"]),
        "action": st.sampled_from(["s3:GetObject", "s3:PutObject", "sqs:SendMessage"]),
        "resource": st.sampled_from(["arn:aws:s3:::b/k", "arn:aws:s3:::b/a/x", "arn:aws:s3:::c"]),
        "account": st.sampled_from([None, "111122223333"]),
        "context": st.dictionaries(keys, values_given | st.lists(values_given, max_size=3), max_size=3),
    }
)


def answer(asked: dict[str, Any], policies: dict[str, Any]) -> Decision:
    def named(name: str, found: list[Any] | None) -> tuple[Policy, ...] | None:
        return None if found is None else tuple(Policy.of(f"{name}[{i}]", one) for i, one in enumerate(found))

    request = Request(
        principal_of(asked["principal"]), asked["action"], asked["resource"], asked["account"], asked["context"]
    )
    resource = policies["resource"]
    return decide(
        request,
        PolicySet(
            identity=named("identity", policies["identity"]) or (),
            boundary=named("boundary", policies["boundary"]),
            session=named("session", policies["session"]),
            resource=None if resource is None else Policy.of("resource", resource),
            scps=tuple(named("scps", level) or () for level in policies["scps"]),
        ),
    )


def all_documents(policies: dict[str, Any]) -> list[dict[str, Any]]:
    found = [*policies["identity"], *(policies["boundary"] or []), *(policies["session"] or [])]
    found.extend(document for level in policies["scps"] for document in level)
    return found + ([policies["resource"]] if policies["resource"] else [])


@given(requests, layers, st.randoms(use_true_random=False))
@settings(max_examples=200, deadline=None)
@pytest.mark.full
def test_order_never_matters(asked: dict[str, Any], policies: dict[str, Any], random: Any) -> None:
    before = answer(asked, policies).decision
    shuffled = copy.deepcopy(policies)
    for document in all_documents(shuffled):
        random.shuffle(document["Statement"])
    random.shuffle(shuffled["identity"])
    assert answer(asked, shuffled).decision == before


@given(requests, layers, statements(resource=True, effect="Deny"), st.data())
@settings(max_examples=200, deadline=None)
@pytest.mark.full
def test_adding_a_deny_never_allows(
    asked: dict[str, Any], policies: dict[str, Any], deny: dict[str, Any], data: st.DataObject
) -> None:
    found = all_documents(policies)
    assume(found)
    before = answer(asked, policies)
    changed = copy.deepcopy(policies)
    all_documents(changed)[data.draw(st.integers(0, len(found) - 1))]["Statement"].append(deny)
    after = answer(asked, changed)
    if before.allowed is False:
        assert after.allowed is False
    if before.decision == "EXPLICIT_DENY":
        assert after.decision == "EXPLICIT_DENY"


@given(requests, layers, statements(resource=True, effect="Allow"), st.data())
@settings(max_examples=200, deadline=None)
@pytest.mark.full
def test_adding_an_allow_never_denies(
    asked: dict[str, Any], policies: dict[str, Any], allow: dict[str, Any], data: st.DataObject
) -> None:
    found = all_documents(policies)
    assume(found)
    before = answer(asked, policies)
    changed = copy.deepcopy(policies)
    all_documents(changed)[data.draw(st.integers(0, len(found) - 1))]["Statement"].append(allow)
    after = answer(asked, changed)
    if before.allowed is True:
        assert after.allowed is True
    assert (before.decision == "EXPLICIT_DENY") == (after.decision == "EXPLICIT_DENY")


@given(requests, layers)
@settings(max_examples=200, deadline=None)
@pytest.mark.full
def test_splitting_a_statement_by_action_and_resource_changes_nothing(
    asked: dict[str, Any], policies: dict[str, Any]
) -> None:
    split = copy.deepcopy(policies)
    for document in all_documents(split):
        pieces: list[dict[str, Any]] = []
        for statement in document["Statement"]:
            for action in listed(statement.get("Action")):
                for resource in listed(statement.get("Resource")):
                    piece = dict(statement)
                    if action is not None:
                        piece["Action"] = action
                    if resource is not None:
                        piece["Resource"] = resource
                    pieces.append(piece)
        document["Statement"] = pieces
    assert answer(asked, split).decision == answer(asked, policies).decision


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def holes(value: Any) -> list[tuple[Any, Any]]:
    """Every place in the value: the container and the key or index."""
    places: list[tuple[Any, Any]] = []
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in entries:
        places.append((value, key))
        places.extend(holes(child))
    return places


@given(requests, layers, st.data())
@settings(max_examples=1000, deadline=None)
@pytest.mark.full
def test_an_unknown_in_any_place_gives_the_known_answer_or_unknown(
    asked: dict[str, Any], policies: dict[str, Any], data: st.DataObject
) -> None:
    known = answer(asked, policies)
    asked, policies = copy.deepcopy(asked), copy.deepcopy(policies)
    places = [place for document in all_documents(policies) for place in holes(document)]
    places += [*holes(asked["context"]), (asked, "resource")]
    for _ in range(data.draw(st.integers(1, 2))):
        spoil(places, data)
    after = answer(asked, policies)
    assert after.decision in (known.decision, "UNKNOWN")
    assert isinstance(after.allowed, Unknown) or after.allowed == known.allowed
    if after.decision == "UNKNOWN":
        assert after.decisive


def spoil(places: list[tuple[Any, Any]], data: st.DataObject) -> None:
    """Put something unknown in one of the places."""
    container, key = data.draw(st.sampled_from(places))
    value = container[key]
    kinds = ["whole"]
    if isinstance(value, str) and value:
        kinds.append("text")
    if isinstance(value, list):
        kinds.append("open list")
    kind = data.draw(st.sampled_from(kinds))
    if kind == "text":
        start = data.draw(st.integers(0, len(value) - 1))
        end = data.draw(st.integers(start, len(value)))
        container[key] = text_of([value[:start], UNKNOWN, value[end:]])
    elif kind == "open list":
        kept = [item for item in value if data.draw(st.booleans())]
        container[key] = OpenList(kept, UNKNOWN)
    else:
        container[key] = UNKNOWN


@given(documents(resource=True), st.data())
@settings(max_examples=1000, deadline=None)
@pytest.mark.full
def test_an_unknown_in_any_place_never_flips_what_rules_see(document: dict[str, Any], data: st.DataObject) -> None:
    def seen(value: Any) -> list[Any]:
        return [
            policy_questions.denies_without_tls(value),
            policy_questions.grants_public(value),
            policy_questions.grants_outside(value, "111122223333"),
            policy_questions.grants_outside(value, "111122223333", "o-1"),
            policy_questions.is_admin(value),
            policy_questions.allows(value, "s3:GetObject", "arn:aws:s3:::b/k"),
            policy_questions.allows(value, "s3:Get*", "*", unconditional=True),
        ]

    document = copy.deepcopy(document)
    for statement in document["Statement"]:
        if data.draw(st.booleans()):
            statement["Condition"] = {
                data.draw(st.sampled_from(["Bool", "StringEquals", "StringLike", "StringNotEquals", "ArnLike"])): {
                    data.draw(
                        st.sampled_from(["aws:SecureTransport", "aws:PrincipalOrgID", "aws:SourceArn"])
                    ): data.draw(st.sampled_from(["false", "o-1", "arn:aws:s3:::b", ["o-1", "*"]]))
                }
            }
    known = seen(document)
    for _ in range(data.draw(st.integers(1, 2))):
        spoil(holes(document), data)
    for before, after in zip(known, seen(document), strict=True):
        assert isinstance(after, Unknown) or after == before


@given(requests, layers, st.data())
@settings(max_examples=200, deadline=None)
@pytest.mark.full
def test_an_open_mapping_gives_the_known_answer_or_unknown(
    asked: dict[str, Any], policies: dict[str, Any], data: st.DataObject
) -> None:
    known = answer(asked, policies)
    asked, policies = copy.deepcopy(asked), copy.deepcopy(policies)
    found = all_documents(policies)
    if found and data.draw(st.booleans()):
        document = data.draw(st.sampled_from(found))
        index = data.draw(st.integers(0, len(document["Statement"]) - 1))
        statement = document["Statement"][index]
        kept = {key: value for key, value in statement.items() if data.draw(st.booleans())}
        document["Statement"][index] = OpenMap(kept, UNKNOWN)
    else:
        kept = {key: value for key, value in asked["context"].items() if data.draw(st.booleans())}
        asked["context"] = OpenMap(kept, UNKNOWN)
    assert answer(asked, policies).decision in (known.decision, "UNKNOWN")


@given(requests, layers)
@settings(max_examples=200, deadline=None)
@pytest.mark.full
def test_every_decision_names_what_decided(asked: dict[str, Any], policies: dict[str, Any]) -> None:
    found = answer(asked, policies)
    assert found.decisive
    assert found.decision in ("ALLOWED", "IMPLICIT_DENY", "EXPLICIT_DENY", "UNKNOWN")
    missing = {key.lower() for key in found.missing_context_keys}
    assert not missing & {key.lower() for key in asked["context"]}
