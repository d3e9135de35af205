"""Rows of the prover's data are spoilt one at a time: the oracle must report each."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from scanner.iam import action_rows, resource_policies
from scanner.iam.action_rows import ActionRow, ActionRows
from scanner.iam.resource_arns import ResourceArns
from scanner.prover.system import closed_world, data_requests, owned_resources
from tests.prover.closed_world.carried import carried
from tests.prover.closed_world.judgement import surely_reaches
from tests.prover.closed_world.prover import Said, ask
from tests.prover.closed_world.question import TAG, Question
from tests.prover.closed_world.reference import Action, Form, reference
from tests.prover.closed_world.requests import answer

SEED = 20261130
SERVICES = ("sqs", "sns", "kinesis", "lambda", "states", "healthlake", "es", "ecr", "events", "backup")
POLICIES = ("AWS::SQS::Queue", "AWS::SNS::Topic", "AWS::S3::Bucket", "AWS::SecretsManager::Secret")


@contextmanager
def forgotten() -> Iterator[None]:
    """Without what was remembered of the rows, before and after."""

    def clear() -> None:
        for module in (closed_world, data_requests, owned_resources, action_rows):
            for each in vars(module).values():
                if hasattr(each, "cache_clear") and each is not action_rows.action_rows:
                    each.cache_clear()

    clear()
    try:
        yield
    finally:
        clear()


def alone(form: Form, action: Action, other: Action) -> Question:
    """One action on everything, beside another on the own resource."""
    fill = {at: "t-${tenant}" if at == form.free[0] else "*" for at in form.free}
    entry = {"kind": "arn", "arn": form.filled(fill)}
    own = form.filled({at: each.replace("${tenant}", TAG) for at, each in fill.items()})
    statements = [
        {"Effect": "Allow", "Action": action.name, "Resource": "*"},
        {"Effect": "Allow", "Action": other.name, "Resource": own},
    ]
    documents: dict[str, list[dict[str, Any]]] = {"identity": [{"Version": "2012-10-17", "Statement": statements}]}
    return Question("arn", entry, "[a-z]{4,12}", documents, form, fill)


def is_reported(made: Question, said: Said) -> bool:
    return answer(made, random.Random(SEED)).leak is not None and said.verdict in ("ISOLATED", "SILENT")


def rows() -> list[tuple[Form, Action, Action]]:
    rng = random.Random(SEED)
    drawn = []
    for service in SERVICES:
        forms = [each for each in reference().by_namespace[service] if len(each.free) == 1 and each in reference().on]
        sure = [
            (
                form,
                [
                    each
                    for each in reference().on[form]
                    if surely_reaches(each, tagged=False) and each.service == service
                ],
            )
            for form in forms
        ]
        form, actions = rng.choice([each for each in sure if len(each[1]) > 2])
        action, other = rng.sample(actions, 2)
        drawn.append((form, action, other))
    return drawn


@pytest.mark.full
def test_an_action_that_a_row_wrongly_calls_harmless_is_reported(tmp_path: Path) -> None:
    missed = []
    for form, action, other in rows():
        made = alone(form, action, other)
        with forgotten():
            assert not is_reported(made, ask(made, tmp_path)), action.name
        true = ActionRows.judged

        def spoilt(self: ActionRows, name: str, true: Any = true, spoiled: str = action.name) -> ActionRow:
            found: ActionRow = true(self, name)
            return ActionRow(name, "harmless", "metadata", "", "") if name.lower() == spoiled.lower() else found

        with forgotten(), patch.object(ActionRows, "judged", spoilt):
            if not is_reported(made, ask(made, tmp_path)):
                missed.append(action.name)
    assert missed == []


@pytest.mark.full
@pytest.mark.parametrize("type_name", POLICIES)
def test_a_kind_of_resource_policy_that_is_not_read_is_reported(type_name: str, tmp_path: Path) -> None:
    inline = {key: value for key, value in resource_policies.INLINE.items() if key != type_name}
    beside = {key: value for key, value in resource_policies.BESIDE.items() if key != type_name}
    for number in range(200):
        made = carried(random.Random(f"{SEED}-{number}"), "[a-z]{4,12}", None)
        if made.carrier is None or made.carrier.type != type_name:
            continue
        if answer(made, random.Random(SEED)).leak is None:
            continue
        with (
            patch.dict(resource_policies.INLINE, inline, clear=True),
            patch.dict(resource_policies.BESIDE, beside, clear=True),
        ):
            if is_reported(made, ask(made, tmp_path)):
                return
    raise AssertionError(f"nothing reported that policies of {type_name} are not read")


@pytest.mark.full
def test_a_type_without_a_form_is_never_isolated(tmp_path: Path) -> None:
    """Here a row that is taken out cannot matter: an entry for which there are no actions is not proved."""
    form = reference().named("sqs", "queue")
    made = Question(
        "tagged", {"kind": "tagged", "types": ["AWS::SQS::Queue"], "tag": "TenantId"}, "[a-z]{4,12}", {}, form
    )
    made.documents = {
        "identity": [{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}]}]
    }
    with forgotten(), patch.object(ResourceArns, "of_type", lambda self, name: ()):
        assert ask(made, tmp_path).verdict in ("NOT_PROVEN", "REACHES_NOTHING")
