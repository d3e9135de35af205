"""The closed-world oracle: its own parts, and a sample of its questions. `make fuzz` asks many more."""

from __future__ import annotations

import random

import pytest

from tests.case_names import case_name
from tests.prover.closed_world.attainable import why_not
from tests.prover.closed_world.entries import question
from tests.prover.closed_world.meeting import form_tokens, meet, tokens
from tests.prover.closed_world.question import KINDS, PATTERNS, Question
from tests.prover.closed_world.reference import reference
from tests.prover.closed_world.requests import answer
from tests.prover.closed_world.resource_types import types
from tests.prover.closed_world.run import run
from tests.prover.closed_world.tally import faults, table

pytestmark = pytest.mark.full

SEED = 20261130
NUMBER = 200
TAG = "${aws:PrincipalTag/TenantId}"
QUEUE = "arn:aws:sqs:us-east-1:111122223333:"


def asked(*statements: dict[str, object], fill: str = "t-${tenant}") -> Question:
    form = reference().named("sqs", "queue")
    entry = {"kind": "arn", "arn": form.filled({form.free[0]: fill})}
    documents = {"identity": [{"Version": "2012-10-17", "Statement": list(statements)}]}
    return Question("arn", entry, "[a-z]{4,12}", documents, form, {form.free[0]: fill})


@pytest.mark.parametrize(
    ("action", "resource", "condition", "relation"),
    [
        ("sqs:ReceiveMessage", "*", None, "itself"),
        ("sqs:*", f"{QUEUE}t-*", None, "itself"),
        ("sqs:*", f"{QUEUE}t-{TAG}*", None, "itself"),
        ("sqs:*", "*", {"StringNotEquals": {"aws:PrincipalTag/TenantId": "globex"}}, "itself"),
        ("sqs:*", f"{QUEUE}t-{TAG}", None, None),
        ("sqs:GetQueueUrl", "*", None, None),
        ("sns:Publish", "*", None, None),
        ("sqs:*", "*", {"StringEquals": {"aws:PrincipalTag/TenantId": "nobody"}}, None),
    ],
)
def test_trying_finds_what_reaches_and_only_that(
    action: str, resource: str, condition: object, relation: str | None
) -> None:
    statement = {"Effect": "Allow", "Action": action, "Resource": resource}
    if condition:
        statement["Condition"] = condition
    found = answer(asked(statement), random.Random(1))
    assert (found.leak.relation if found.leak else None) == relation


def test_a_deny_and_what_both_tenants_own_are_no_leaks() -> None:
    allow = {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}
    deny = {"Effect": "Deny", "Action": "sqs:*", "NotResource": f"{QUEUE}t-{TAG}"}
    assert answer(asked(allow, deny), random.Random(1)).leak is None
    # `t-acme*` is also what acmeco calls its own.
    own = {"Effect": "Allow", "Action": "sqs:*", "Resource": f"{QUEUE}t-{TAG}*"}
    found = answer(asked(own, fill="t-${tenant}*"), random.Random(1))
    assert found.leak is None and found.open is not None


def test_actions_are_found_by_the_arn_and_not_by_the_prefix() -> None:
    known = reference()
    assert {each.service for each in known.same(known.named("rds", "cluster"))} == {"rds", "rds-data"}
    assert any(each.name == "stream" for each in known.below(known.named("dynamodb", "table")))
    assert {each.name for each in known.above(known.named("s3", "object"))} == {"bucket"}
    assert types()["AWS::Location::PlaceIndex"].form.namespace == "geo"
    assert len(types()) > 900


def test_patterns_meet_in_a_text_that_all_of_them_match() -> None:
    form = reference().named("sqs", "queue")
    assert meet(form_tokens(form), tokens(f"{QUEUE}*-acme"), tokens(f"{QUEUE}t-*")) == f"{QUEUE}t-acme"
    assert meet(form_tokens(form), tokens(f"{QUEUE}t-acme"), tokens(f"{QUEUE}t-globex")) is None
    # A star takes no slash where the form has a name.
    assert meet(form_tokens(form), tokens(f"{QUEUE}*"), tokens(f"{QUEUE}a/b")) is None


@pytest.mark.parametrize(
    ("action", "resource", "context", "refused"),
    [
        ("sqs:SendMessage", f"{QUEUE}t-acme", {}, None),
        ("sqs:SendMessage", QUEUE, {}, "no ARN"),
        ("sqs:SendMessage", "arn:aws:sqs:::q", {}, "no ARN"),
        ("sqs:SendMessage", "arn:aws:sns:us-east-1:111122223333:q", {}, "no ARN"),
        ("sqs:SendMessage", f"{QUEUE}a.b", {}, "no QueueName"),
        ("dynamodb:GetItem", "arn:aws:dynamodb:us-east-1:111122223333:table/j::table/j-orders", {}, "no ARN"),
        ("sqs:SendMessage", f"{QUEUE}t", {"dynamodb:Select": "COUNT"}, "has no key"),
        ("sqs:SendMessage", f"{QUEUE}t", {"aws:SecureTransport": "tRuE"}, "`true` or `false`"),
        ("sqs:ListQueues", f"{QUEUE}t", {}, "no resource"),
        ("sqs:ListQueues", "*", {}, None),
        (
            "secretsmanager:GetSecretValue",
            "arn:aws:secretsmanager:us-east-1:111122223333:secret:a-x1a2b3",
            {"aws:ResourceTag/T": "a", "secretsmanager:ResourceTag/t": "b"},
            "two values",
        ),
    ],
    ids=case_name,
)
def test_requests_that_aws_never_gets(action: str, resource: str, context: dict[str, object], refused: str) -> None:
    said = why_not(action, resource, context)
    assert (said is None) if refused is None else (said is not None and refused in said)


def test_every_kind_of_entry_is_asked_about_and_pairs_are_tenants() -> None:
    rng = random.Random(SEED)
    met = {question(rng).group for _ in range(400)}
    assert met == {*KINDS, "arn + policy", "tagged + policy", "silo + policy"} - {"carried"}
    assert all(caller != owner for pairs in PATTERNS.values() for caller, owner in pairs)


@pytest.mark.full
def test_nothing_that_is_allowed_is_isolated() -> None:
    """A sample of what `make fuzz` asks, over all kinds of entries."""
    tally = run(NUMBER, SEED)
    print("\n".join((*table(tally, SEED), *faults(tally, 1))))
    assert tally.crashes == []
    assert [each.told() for each in tally.unsound] == []
    assert len(tally.slow) < NUMBER / 20
    # Both ends are met often enough for the test to mean something, and few questions stay open.
    assert tally.leak_share > 0.3
    assert tally.open_share < 0.1
