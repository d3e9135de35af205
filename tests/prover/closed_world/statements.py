"""Random statements about an entry: those that applications have, and those a hand slips into."""

from __future__ import annotations

import random
from typing import Any

from tests.prover.closed_world.judgement import surely_reaches
from tests.prover.closed_world.question import KEY_ARN, TAG, Question, actions_about, document
from tests.prover.closed_world.reference import ACCOUNT, REGION, Action, Form, reference

# The spelling that a service has of the tag of a resource; each service's list of condition keys.
_SPELLINGS = {
    "secretsmanager": "secretsmanager:ResourceTag/", "ec2": "ec2:ResourceTag/", "ecs": "ecs:ResourceTag/",
    "ssm": "ssm:resourceTag/", "eks": "eks:ResourceTag/", "rds": "rds:db-tag/", "iam": "iam:ResourceTag/",
    "cloudformation": "aws:ResourceTag/", "elasticloadbalancing": "elasticloadbalancing:ResourceTag/",
}  # fmt: skip


def with_policies(rng: random.Random, made: Question) -> Question:
    statements = [random_statement(rng, made, "Allow") for _ in range(rng.choice([1, 1, 1, 2, 3]))]
    if rng.random() < 0.2:
        statements.append(random_statement(rng, made, "Deny"))
    if rng.random() < 0.75 and (own := _own(made)) is not None:
        statements.append(own)
    made.documents = {"identity": [document(statements)]}
    return made


def _own(made: Question) -> dict[str, Any] | None:
    """A statement for the caller's own data: who reaches nothing is told that and no more."""
    allow: dict[str, Any] = {"Effect": "Allow"}
    match made.kind:
        case "dynamodb-item":
            key = made.entry["key"].replace("${tenant}", TAG)
            operator = "ForAllValues:StringLike" if "*" in key else "ForAllValues:StringEquals"
            table = "arn:aws:dynamodb:us-east-1:111122223333:table/Patients"
            allow |= {"Action": "dynamodb:GetItem", "Resource": table}
            return {**allow, "Condition": {operator: {"dynamodb:LeadingKeys": key}}}
        case "s3-object":
            return {**allow, "Action": "s3:GetObject", "Resource": made.pattern.replace("${tenant}", TAG)}
        case "s3-object-tag":
            own = {"StringEquals": {"s3:ExistingObjectTag/TenantId": TAG}}
            return {**allow, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::clinic-data/*", "Condition": own}
        case "kms-context":
            value = made.entry["context"]["tenant"].replace("${tenant}", TAG)
            own = {"StringEquals": {"kms:EncryptionContext:tenant": value}}
            return {**allow, "Action": "kms:Decrypt", "Resource": KEY_ARN, "Condition": own}
    return None


def random_statement(rng: random.Random, made: Question, effect: str) -> dict[str, Any]:
    known = reference()
    about = actions_about(made)
    sure = [each for each in about if surely_reaches(each, tagged=made.tagged)] or about
    one = rng.choice(sure if rng.random() < 0.75 else about)
    form = _form_for(rng, made, one)
    actions: list[str] = []
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        near = [each for each in known.on.get(form, ()) if each.service == one.service] if form else []
        each = rng.choice(near) if near and rng.random() < 0.5 else one
        prefix, verb = each.service, each.verb
        actions.append(
            rng.choices(
                [each.name, f"{prefix}:*", f"{prefix}:{verb[:4]}*", f"{prefix}:*{verb[-5:]}", "*"], (60, 18, 12, 6, 2)
            )[0]
        )
    if rng.random() < 0.1:
        listed = [each.name for each in known.actions.values() if each.service == one.service and not each.targets]
        actions += rng.sample(listed, min(len(listed), 2))
    statement: dict[str, Any] = {"Effect": effect, "Action": list(dict.fromkeys(actions))}
    if effect == "Allow" and rng.random() < 0.03:
        statement["NotAction"] = statement.pop("Action")
    resources = [_resource(rng, made, form) for _ in range(rng.choice([1, 1, 2]))]
    negated = rng.random() < (0.4 if effect == "Deny" else 0.04)
    statement["NotResource" if negated else "Resource"] = list(dict.fromkeys(resources))
    condition = _condition(rng, made, one, effect)
    if condition:
        statement["Condition"] = condition
    return statement


def _form_for(rng: random.Random, made: Question, action: Action) -> Form:
    assert made.form is not None
    known = reference()
    near = {*known.same(made.form), *known.below(made.form), *known.above(made.form)}
    fitting = [target.form for target in action.targets if target.form in near]
    return rng.choice(fitting or [made.form])


def _resource(rng: random.Random, made: Question, form: Form) -> str:
    assert made.form is not None
    name = rng.choice(["", "", "-x"])
    fill = form.within(made.form, made.fill)
    own = {at: fill[at].replace("${tenant}", TAG) for at in form.free if at in fill}
    if made.tenant is not None:
        own = {at: rng.choice([f"t-{made.tenant}", made.tenant, "*", value]) for at, value in own.items()}
    exact = form.filled(own)
    if made.kind == "kms-context":
        return rng.choice([KEY_ARN, KEY_ARN, "*", f"arn:aws:kms:*:{ACCOUNT}:key/*"])
    choice = rng.random()
    if choice < 0.45:
        return exact
    if choice < 0.6:
        return "*"
    if choice < 0.7:
        return form.filled({})
    if choice < 0.75:
        return exact.replace(TAG, rng.choice(["*", f"{TAG}*", f"*{TAG}", f"{TAG[:-1]}, 'acme'}}"]))
    if choice < 0.8:
        head = f"arn:aws:{form.namespace}"
        return rng.choice([head, f"{head}:{REGION}", f"{head}:*:*:*"])
    if choice < 0.85:
        return exact.replace(f":{REGION}:", ":*:").replace(f":{ACCOUNT}:", ":*:")
    if choice < 0.9:
        return f"{exact}*"
    if choice < 0.94:
        return f"{exact}/*" if ":/" not in exact else f"{exact}:*"
    above = list(reference().above(form))
    if above and choice < 0.98:
        return rng.choice(above).filled(own)
    return exact.replace(TAG, f"globex{name}")


def _condition(rng: random.Random, made: Question, action: Action, effect: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for _ in range(rng.choices([0, 1, 2], (45, 45, 10) if made.kind == "arn" else (20, 60, 20))[0]):
        operator, key, value = _test(rng, made, action)
        found.setdefault(operator, {})[key] = value
    return found


def _test(rng: random.Random, made: Question, action: Action) -> tuple[str, str, Any]:
    network = [
        ("Bool", "aws:SecureTransport", "true"),
        ("StringEquals", "aws:SourceVpce", "vpce-0a1b2c3d"),
        ("IpAddress", "aws:SourceIp", "10.0.0.0/8"),
        ("Null", "aws:PrincipalTag/TenantId", "false"),
        ("StringNotEquals", "aws:PrincipalTag/TenantId", "globex"),
        ("StringLike", "aws:PrincipalTag/TenantId", "a*"),
        ("StringEquals", "aws:PrincipalAccount", ACCOUNT),
        ("Bool", "aws:MultiFactorAuthPresent", "false"),
    ]
    key, value = _owner_test(rng, made, action)
    if key is None or rng.random() < 0.2:
        return rng.choice(network)
    operator = rng.choices(
        ["StringEquals", "StringLike", "StringEqualsIgnoreCase", "StringEqualsIfExists", "StringNotEquals",
         "ForAllValues:StringEquals", "ForAllValues:StringLike", "ForAnyValue:StringEquals", "ForAnyValue:StringLike",
         "Null"],
        (34, 12, 3, 7, 5, 14, 8, 7, 5, 5),
    )[0]  # fmt: skip
    if operator == "Null":
        return operator, key, rng.choice(["true", "false", "false"])
    if "Like" in operator and rng.random() < 0.4:
        value = rng.choice([f"{value}*", f"*{value}", f"{value}/*"])
    values = [value, value, [value], [value, "public"]]
    return operator, key, [value, "globex"] if rng.random() < 0.05 else rng.choice(values)


def _owner_test(rng: random.Random, made: Question, action: Action) -> tuple[str | None, str]:
    own = made.tenant or TAG
    match made.kind:
        case "dynamodb-item":
            key = made.entry["key"].replace("${tenant}", own)
            return "dynamodb:LeadingKeys", rng.choice([key, key, key.rstrip("*"), own])
        case "s3-object":
            key = made.entry["key"].replace("${tenant}", own)
            if "List" in action.verb or rng.random() < 0.5:
                return "s3:prefix", rng.choice([key, key.rstrip("*"), own, f"{own}/"])
            return None, ""
        case "s3-object-tag":
            return "s3:ExistingObjectTag/TenantId", own
        case "kms-context":
            return "kms:EncryptionContext:tenant", made.entry["context"]["tenant"].replace("${tenant}", own)
        case "tagged" | "silo":
            spelled = _SPELLINGS.get(action.service, "aws:ResourceTag/")
            return rng.choice(["aws:ResourceTag/TenantId", "aws:ResourceTag/TenantId", f"{spelled}TenantId"]), own
        case _:
            return None, ""
