"""One random question: a tenancy, a role with its policies, and what else is in the template."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.prover.closed_world.carriers import CARRIERS, Carrier, statement_on
from tests.prover.closed_world.judgement import surely_reaches
from tests.prover.closed_world.reference import ACCOUNT, REGION, Action, Form, reference
from tests.prover.closed_world.resource_types import Type, schema_of, types

TAG = "${aws:PrincipalTag/TenantId}"
KEY_ARN = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/0d1b4a3e-1111-2222-3333-444455556666"
BROKER = f"arn:aws:iam::{ACCOUNT}:role/token-vending"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/AppRole"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/AppRole/session"
KINDS = ("arn", "tagged", "dynamodb-item", "s3-object", "s3-object-tag", "kms-context", "path", "silo", "carried")
# Patterns of tenant ids, each with pairs of a caller and an owner.
PATTERNS: dict[str, tuple[tuple[str, str], ...]] = {
    "[a-z]{4,12}": (("acme", "globex"), ("acme", "acmeco"), ("globex", "coglobex")),
    "[a-z0-9-]{1,36}": (("acme", "globex"), ("acme", "acme-x"), ("x", "x-acme"), ("x", "acme-x")),
    "t[0-9]{3}": (("t001", "t002"),),
    "uuid": (("1b4e28ba-2fa1-11d2-883f-0016d3cca427", "6fa459ea-ee8a-3ca4-894e-db77e160355e"),),
}
# The spelling that a service has of the tag of a resource; each service's list of condition keys.
_SPELLINGS = {
    "secretsmanager": "secretsmanager:ResourceTag/", "ec2": "ec2:ResourceTag/", "ecs": "ecs:ResourceTag/",
    "ssm": "ssm:resourceTag/", "eks": "eks:ResourceTag/", "rds": "rds:db-tag/", "iam": "iam:ResourceTag/",
    "cloudformation": "aws:ResourceTag/", "elasticloadbalancing": "elasticloadbalancing:ResourceTag/",
}  # fmt: skip
_SERVICES_FIRST = (
    "sqs", "sns", "dynamodb", "lambda", "secretsmanager", "ssm", "kinesis", "logs", "states", "rds", "healthlake",
    "medical-imaging", "es", "aoss", "cognito-idp", "redshift", "redshift-serverless", "timestream", "mq", "kafka",
    "s3express", "s3tables", "s3vectors", "bedrock", "bedrock-agentcore", "apigateway", "appsync", "elasticfilesystem",
    "fsx", "iot", "geo", "profile", "connect", "chime", "cassandra", "dsql", "memorydb", "elasticache", "events",
    "ecr", "backup", "batch", "ecs", "ec2", "iam", "firehose", "glue", "athena", "eks", "neptune-db", "kms",
    "cloudfront",
)  # fmt: skip


@dataclass
class Question:
    """`form` and `pattern` are the entry's ARN, where it has one; `tag` is the owner's tag, where that is what counts.

    `documents` are by layer. `resources` are what the template has beside the role; `policies_on` the policy on each
    ARN.
    """

    kind: str
    entry: dict[str, Any]
    ids: str
    documents: dict[str, list[dict[str, Any]]]
    form: Form | None = None
    fill: dict[int, str] = field(default_factory=dict)
    type: Type | None = None
    actions: tuple[str, ...] = ()
    resources: dict[str, Any] = field(default_factory=dict)
    policies_on: dict[str, dict[str, Any]] = field(default_factory=dict)
    by_reference: dict[str, Any] = field(default_factory=dict)
    tenant: str | None = None
    owner: str = ""
    carrier: Carrier | None = None

    @property
    def pattern(self) -> str:
        assert self.form is not None
        return self.form.filled(self.fill)

    @property
    def group(self) -> str:
        """What it is counted under."""
        return f"{self.kind} + policy" if self.carrier else self.kind

    @property
    def tagged(self) -> bool:
        return self.kind == "tagged"


def question(rng: random.Random, kind: str | None = None, service: str | None = None) -> Question:
    kind = kind or rng.choices(KINDS, (30, 20, 11, 9, 4, 4, 5, 6, 16))[0]
    ids = rng.choice(list(PATTERNS))
    made = _MAKERS[kind](rng, ids, service)
    if made.tenant is None and rng.random() < 0.08:
        wide = [_statement(rng, made, "Allow") for _ in range(2)]
        made.documents["boundary"] = [_document(wide)]
    return made


def _document(statements: list[dict[str, Any]], version: str = "2012-10-17") -> dict[str, Any]:
    return {"Version": version, "Statement": statements}


def _policies(rng: random.Random, made: Question) -> Question:
    statements = [_statement(rng, made, "Allow") for _ in range(rng.choice([1, 1, 1, 2, 3]))]
    if rng.random() < 0.2:
        statements.append(_statement(rng, made, "Deny"))
    made.documents = {"identity": [_document(statements)]}
    return made


# Entries


def _arn(rng: random.Random, ids: str, service: str | None) -> Question:
    form = _some_form(rng, service)
    fill = _owner_fill(rng, form)
    entry: dict[str, Any] = {"kind": "arn", "arn": form.filled(fill)}
    made = Question("arn", entry, ids, {}, form, fill)
    if rng.random() < 0.25:
        names = sorted({action.service for action in _about(made)})
        chosen = rng.choice(names)
        made.actions = (f"{chosen}:*",)
        entry["actions"] = list(made.actions)
    return _policies(rng, made)


def _some_form(rng: random.Random, service: str | None) -> Form:
    known = reference()
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
    return _policies(rng, Question("tagged", entry, ids, {}, type_.form, dict.fromkeys(type_.form.free, "*"), type_))


def _path(rng: random.Random, ids: str, service: str | None) -> Question:
    """Entries that own what lies under a path."""
    form = reference().named("ssm", "parameter")
    head = rng.choice(["tenants/", "app/prod/", ""])
    fill = {form.free[0]: f"{head}${{tenant}}/*"}
    return _policies(rng, Question("path", {"kind": "arn", "arn": form.filled(fill)}, ids, {}, form, fill))


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
    return _policies(rng, made)


def _objects(rng: random.Random, ids: str, service: str | None) -> Question:
    key = rng.choice(["${tenant}/*", "tenant-${tenant}/*", "app/${tenant}/*", "${tenant}-*"])
    entry = {"kind": "s3-object", "bucket": "clinic-data", "key": key}
    form = reference().named("s3", "object")
    made = Question("s3-object", entry, ids, {}, form, {form.free[0]: "clinic-data", form.free[1]: key})
    return _policies(rng, _with_bucket(rng, made))


def _tagged_objects(rng: random.Random, ids: str, service: str | None) -> Question:
    entry = {"kind": "s3-object-tag", "bucket": "clinic-data", "tag": "TenantId"}
    form = reference().named("s3", "object")
    made = Question("s3-object-tag", entry, ids, {}, form, {form.free[0]: "clinic-data", form.free[1]: "*"})
    return _policies(rng, _with_bucket(rng, made))


def _with_bucket(rng: random.Random, made: Question) -> Question:
    if rng.random() < 0.6:
        made.resources["Data"] = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "clinic-data"}}
    return made


def _contexts(rng: random.Random, ids: str, service: str | None) -> Question:
    entry = {"kind": "kms-context", "key": "alias/phi", "context": {"tenant": rng.choice(["${tenant}", "t-${tenant}"])}}
    form = reference().named("kms", "key")
    made = Question("kms-context", entry, ids, {}, form, {form.free[0]: KEY_ARN.rpartition("/")[2]})
    policy = _document(
        [{"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "kms:*", "Resource": "*"}]
    )
    made.resources["Key"] = {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": policy}}
    made.resources["Alias"] = {
        "Type": "AWS::KMS::Alias",
        "Properties": {"AliasName": "alias/phi", "TargetKeyId": {"Ref": "Key"}},
    }
    made.policies_on[KEY_ARN] = policy
    made.by_reference[KEY_ARN] = {"Fn::GetAtt": ["Key", "Arn"]}
    return _policies(rng, made)


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
    return _policies(rng, made)


def _carried(rng: random.Random, ids: str, service: str | None) -> Question:
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
    _policies(rng, made)
    if rng.random() < 0.7:
        made.documents = {"identity": [_document([_own_only(rng, made, carrier)])]}
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
    if not carrier.names:
        made.by_reference[arn] = carrier.own if carrier.own is not None else {"Fn::GetAtt": ["Theirs", "Arn"]}
        if carrier.own == "":
            for each in statements:
                each["Resource"] = "*"
    if carrier.type == "AWS::KMS::Key" and rng.random() < 0.5:
        root = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
        statements.append({"Effect": "Allow", "Principal": root, "Action": "kms:*", "Resource": "*"})
    document = _document(statements)
    made.policies_on[arn] = document
    carrier.attach(made.resources, arn, document)


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
    "carried": _carried,
}


# Statements


def _about(made: Question) -> list[Action]:
    """The actions on the entry, on what is in it, and on what it is in."""
    known = reference()
    assert made.form is not None
    forms = [*known.same(made.form), *known.below(made.form), *known.above(made.form)]
    return [action for form in forms for action in known.on.get(form, ())]


def _statement(rng: random.Random, made: Question, effect: str) -> dict[str, Any]:
    known = reference()
    about = _about(made)
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
    own = {at: made.fill[at].replace("${tenant}", TAG) for at in form.free if at in made.fill}
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
