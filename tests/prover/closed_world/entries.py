"""Random questions over all kinds of entries."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from tests.prover.closed_world.carried import carried
from tests.prover.closed_world.question import KEY_ARN, KINDS, PATTERNS, Question, actions_about, document
from tests.prover.closed_world.reference import ACCOUNT, Form, reference
from tests.prover.closed_world.resource_types import Type, schema_of, types
from tests.prover.closed_world.statements import random_statement, with_policies

_SERVICES_FIRST = (
    "sqs", "sns", "dynamodb", "lambda", "secretsmanager", "ssm", "kinesis", "logs", "states", "rds", "healthlake",
    "medical-imaging", "es", "aoss", "cognito-idp", "redshift", "redshift-serverless", "timestream", "mq", "kafka",
    "s3express", "s3tables", "s3vectors", "bedrock", "bedrock-agentcore", "apigateway", "appsync", "elasticfilesystem",
    "fsx", "iot", "geo", "profile", "connect", "chime", "cassandra", "dsql", "memorydb", "elasticache", "events",
    "ecr", "backup", "batch", "ecs", "ec2", "iam", "firehose", "glue", "athena", "eks", "neptune-db", "kms",
    "cloudfront",
)  # fmt: skip


def question(rng: random.Random, kind: str | None = None, service: str | None = None) -> Question:
    kind = kind or rng.choices(KINDS, (30, 20, 11, 9, 4, 4, 5, 6, 16))[0]
    ids = rng.choice(list(PATTERNS))
    made = _MAKERS[kind](rng, ids, service)
    if made.tenant is None and rng.random() < 0.08:
        wide = [random_statement(rng, made, "Allow") for _ in range(2)]
        made.documents["boundary"] = [document(wide)]
    return made


def _arn(rng: random.Random, ids: str, service: str | None) -> Question:
    form = _some_form(rng, service)
    fill = _owner_fill(rng, form)
    entry: dict[str, Any] = {"kind": "arn", "arn": form.filled(fill)}
    made = Question("arn", entry, ids, {}, form, fill)
    if rng.random() < 0.25:
        names = sorted({action.service for action in actions_about(made)})
        chosen = rng.choice(names)
        made.actions = (f"{chosen}:*",)
        entry["actions"] = list(made.actions)
    return with_policies(rng, made)


def _some_form(rng: random.Random, service: str | None) -> Form:
    known = reference()
    if service is None and rng.random() < 0.2:
        return rng.choice(known.foreign)
    wanted = service or (rng.choice(_SERVICES_FIRST) if rng.random() < 0.7 else None)
    for _ in range(50):
        form = rng.choice(known.by_namespace.get(wanted or "", known.forms))
        if form.free and form in known.on and form.namespace.isascii() and "$" not in form.namespace:
            return form
        if not any(each.free and each in known.on for each in known.by_namespace.get(wanted or "", ())):
            wanted = None
    return known.named("sqs", "queue")


def _owner_fill(rng: random.Random, form: Form) -> dict[int, str]:
    free = form.free
    named = [at for at in free if form.variables[at].endswith("Name")] or list(free)
    mine = rng.choice(named)
    shapes = ["${tenant}", "${tenant}-x", "t-${tenant}", "t-${tenant}", "x-${tenant}-y", "${tenant}-*"]
    if form.is_path(mine):
        shapes += ["${tenant}/*", "x/${tenant}/*"]
    fill = {at: "*" if rng.random() < 0.8 else "main" for at in free}
    fill[mine] = rng.choice(shapes)
    if form.namespace == "secretsmanager" and not fill[mine].endswith("*"):
        fill[mine] += "-??????"  # what AWS adds to a secret's name
    for at, name in enumerate(form.variables):
        if name.lower() in ("region", "account") and rng.random() < 0.15:
            fill[at] = "*"
    return fill


def _tagged(rng: random.Random, ids: str, service: str | None) -> Question:
    usable = [each for each in types().values() if each.tags and each.form in reference().on]
    if service or rng.random() < 0.7:
        wanted = service or rng.choice(_SERVICES_FIRST)
        usable = [each for each in usable if each.form.namespace == wanted] or usable
    type_ = rng.choice(usable)
    entry = {"kind": "tagged", "types": [type_.name], "tag": "TenantId"}
    return with_policies(
        rng, Question("tagged", entry, ids, {}, type_.form, dict.fromkeys(type_.form.free, "*"), type_)
    )


def _path(rng: random.Random, ids: str, service: str | None) -> Question:
    """Entries that own what lies under a path."""
    form = reference().named("ssm", "parameter")
    head = rng.choice(["tenants/", "app/prod/", ""])
    fill = {form.free[0]: f"{head}${{tenant}}/*"}
    return with_policies(rng, Question("path", {"kind": "arn", "arn": form.filled(fill)}, ids, {}, form, fill))


def _items(rng: random.Random, ids: str, service: str | None) -> Question:
    key = rng.choice(["TENANT#${tenant}", "TENANT#${tenant}#*", "${tenant}", "${tenant}#*", "T-${tenant}-*"])
    entry = {"kind": "dynamodb-item", "table": "Patients", "key": key}
    form = reference().named("dynamodb", "table")
    made = Question("dynamodb-item", entry, ids, {}, form, {form.free[0]: "Patients"})
    if rng.random() < 0.7:
        properties: dict[str, Any] = {
            "TableName": "Patients",
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        }
        if rng.random() < 0.3:
            properties["StreamSpecification"] = {"StreamViewType": "NEW_AND_OLD_IMAGES"}
        made.resources["Patients"] = {"Type": "AWS::DynamoDB::Table", "Properties": properties}
    return with_policies(rng, made)


def _objects(rng: random.Random, ids: str, service: str | None) -> Question:
    key = rng.choice(["${tenant}/*", "tenant-${tenant}/*", "app/${tenant}/*", "${tenant}-*"])
    entry = {"kind": "s3-object", "bucket": "clinic-data", "key": key}
    form = reference().named("s3", "object")
    made = Question("s3-object", entry, ids, {}, form, {form.free[0]: "clinic-data", form.free[1]: key})
    return with_policies(rng, _with_bucket(rng, made))


def _tagged_objects(rng: random.Random, ids: str, service: str | None) -> Question:
    entry = {"kind": "s3-object-tag", "bucket": "clinic-data", "tag": "TenantId"}
    form = reference().named("s3", "object")
    made = Question("s3-object-tag", entry, ids, {}, form, {form.free[0]: "clinic-data", form.free[1]: "*"})
    return with_policies(rng, _with_bucket(rng, made))


def _with_bucket(rng: random.Random, made: Question) -> Question:
    if rng.random() < 0.6:
        made.resources["Data"] = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "clinic-data"}}
    return made


def _contexts(rng: random.Random, ids: str, service: str | None) -> Question:
    entry = {"kind": "kms-context", "key": "alias/phi", "context": {"tenant": rng.choice(["${tenant}", "t-${tenant}"])}}
    form = reference().named("kms", "key")
    made = Question("kms-context", entry, ids, {}, form, {form.free[0]: KEY_ARN.rpartition("/")[2]})
    policy = document(
        [{"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "kms:*", "Resource": "*"}]
    )
    made.resources["Key"] = {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": policy}}
    made.resources["Alias"] = {
        "Type": "AWS::KMS::Alias",
        "Properties": {"AliasName": "alias/phi", "TargetKeyId": {"Ref": "Key"}},
    }
    made.policies_on[KEY_ARN] = policy
    made.by_reference[KEY_ARN] = {"Fn::GetAtt": ["Key", "Arn"]}
    return with_policies(rng, made)


def _silo(rng: random.Random, ids: str, service: str | None) -> Question:
    """A role of one tenant, and resources of another that carry its tag, known by name."""
    caller, owner = rng.choice(PATTERNS[ids])
    usable = [
        each
        for each in types().values()
        if each.tags
        and each.named_by
        and each.form in reference().on
        and len(each.form.free) == 1
        and not each.name.startswith("AWS::IAM")
        and not each.name.startswith("AWS::KMS")
    ]
    if service or rng.random() < 0.7:
        wanted = service or rng.choice(_SERVICES_FIRST)
        usable = [each for each in usable if each.form.namespace == wanted] or usable
    type_ = rng.choice(usable)
    name = rng.choice([owner, f"t-{owner}", f"{owner}-x", "records"])
    if not len(name) >= 3:
        name = f"t-{name}-x"
    made = Question("silo", {}, ids, {}, type_.form, {type_.form.free[0]: name}, type_, tenant=caller)
    made.owner = owner
    tags: Any = [{"Key": "TenantId", "Value": owner}]
    if _tags_are_a_map(type_):
        tags = {"TenantId": owner}
    assert type_.named_by is not None and type_.tags is not None
    made.resources["Theirs"] = {"Type": type_.name, "Properties": {type_.named_by: name, type_.tags: tags}}
    return with_policies(rng, made)


def _tags_are_a_map(type_: Type) -> bool:
    schema = schema_of(type_.name)
    said = schema["properties"].get(type_.tags, {})
    for _ in range(3):
        if "$ref" in said:
            said = schema.get("definitions", {}).get(said["$ref"].rpartition("/")[2], {})
    kind = said.get("type")
    return kind == "object" or (isinstance(kind, list) and "object" in kind)


_MAKERS: dict[str, Callable[[random.Random, str, str | None], Question]] = {
    "arn": _arn,
    "tagged": _tagged,
    "path": _path,
    "dynamodb-item": _items,
    "s3-object": _objects,
    "s3-object-tag": _tagged_objects,
    "kms-context": _contexts,
    "silo": _silo,
    "carried": carried,
}
