"""Random questions about resources that have a policy of their own."""

from __future__ import annotations

import random
from typing import Any

from tests.prover.closed_world.carriers import CARRIERS, Carrier, statement_on
from tests.prover.closed_world.judgement import surely_reaches
from tests.prover.closed_world.question import PATTERNS, TAG, Question, document
from tests.prover.closed_world.reference import ACCOUNT, reference
from tests.prover.closed_world.statements import with_policies


def carried(rng: random.Random, ids: str, service: str | None) -> Question:
    """A resource of one tenant that has a policy of its own, under an entry by ARN or tag or as a silo."""
    fitting = [each for each in CARRIERS if each.form.namespace == service] or CARRIERS
    carrier = rng.choice(fitting)
    caller, owner = rng.choice(PATTERNS[ids])
    kinds = ["arn", "tagged", "silo"] if carrier.names else ["tagged", "silo"]
    if carrier.service == "execute-api" or carrier.type == "AWS::IAM::Role":
        kinds = ["arn"] if carrier.names else ["tagged"]
    kind = rng.choice(kinds)
    name, form = f"t-{owner}", carrier.form
    made = Question(kind, {}, ids, {}, form, dict.fromkeys(form.free, "*"), carrier=carrier, owner=owner)
    arn = carrier.arn(name)
    if kind == "arn":
        made.fill[form.free[0]] = "t-${tenant}" + ("-*" if carrier.rest else "")
        made.entry = {"kind": "arn", "arn": form.filled(made.fill)}
    elif kind == "tagged":
        made.entry = {"kind": "tagged", "types": [carrier.type], "tag": "TenantId"}
    else:
        made.tenant = caller
        made.fill = {form.free[0]: arn.rpartition(":" if "/" not in arn else "/")[2]}
    properties: dict[str, Any] = {**dict(carrier.properties), **({carrier.names: name} if carrier.names else {})}
    properties[carrier.tags] = {"TenantId": owner} if carrier.map_tags else [{"Key": "TenantId", "Value": owner}]
    made.resources["Theirs"] = {"Type": carrier.type, "Properties": properties}
    _put_policy(rng, made, carrier, arn)
    with_policies(rng, made)
    if rng.random() < 0.7:
        made.documents = {"identity": [document([_own_only(rng, made, carrier)])]}
    return made


def _put_policy(rng: random.Random, made: Question, carrier: Carrier, arn: str) -> None:
    actions = [
        each.name
        for form in reference().same(carrier.form)
        for each in reference().on.get(form, ())
        if surely_reaches(each, tagged=False) and each.service in (carrier.service, "sts")
    ]
    if carrier.type == "AWS::IAM::Role":
        actions = ["sts:AssumeRole"]
    chosen = rng.sample(actions, min(len(actions), rng.choice([1, 1, 2])))
    statements = [statement_on(rng, chosen, arn, made.owner) for _ in range(rng.choice([1, 1, 2]))]
    by_permission = "permission" in carrier.attach.__name__
    for each in statements:
        if by_permission:
            # What AddPermission can say.
            each["Effect"], each["Action"], each["Resource"] = "Allow", chosen[0], arn
            each.pop("Condition", None)
            if isinstance(each["Principal"], dict) and isinstance(each["Principal"].get("AWS"), list):
                each["Principal"] = {"AWS": each["Principal"]["AWS"][0]}
        if carrier.type == "AWS::IAM::Role":
            each["Action"] = "sts:AssumeRole"
            each.pop("Resource")
    if not carrier.names or carrier.rest:
        made.by_reference[arn] = carrier.own if carrier.own is not None else {"Fn::GetAtt": ["Theirs", "Arn"]}
        if carrier.own == "":
            for each in statements:
                each["Resource"] = "*"
    if carrier.type == "AWS::KMS::Key" and rng.random() < 0.5:
        root = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
        statements.append({"Effect": "Allow", "Principal": root, "Action": "kms:*", "Resource": "*"})
    policy = document(statements)
    made.policies_on[arn] = policy
    carrier.attach(made.resources, arn, policy)


def _own_only(rng: random.Random, made: Question, carrier: Carrier) -> dict[str, Any]:
    """A statement that reaches nothing but the caller's own."""
    services = sorted(
        {each.service for form in reference().same(carrier.form) for each in reference().on.get(form, ())}
    )
    statement: dict[str, Any] = {"Effect": "Allow", "Action": [f"{each}:*" for each in services], "Resource": "*"}
    if made.kind == "arn":
        statement["Resource"] = made.pattern.replace("${tenant}", TAG)
    elif made.kind == "silo" and carrier.names:
        statement["Resource"] = carrier.arn(f"t-{made.tenant}")
    else:
        own = made.tenant or TAG
        statement["Condition"] = {"StringEquals": {"aws:ResourceTag/TenantId": own}}
        statement["Action"] = [
            each.name
            for form in reference().same(carrier.form)
            for each in reference().on.get(form, ())
            if each.carries("aws:ResourceTag/TenantId", form)
        ][:6] or [f"{carrier.service}:Describe*"]
    return statement
