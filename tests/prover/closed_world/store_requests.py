"""Requests for what is in pooled stores: items of a table, objects of a bucket, ciphertexts of a key."""

from __future__ import annotations

from collections.abc import Iterator

from tests.prover.closed_world.asking import (
    PRINCIPAL_TAG,
    Asked,
    Context,
    Try,
    contexts_of,
    instances,
    speaks,
    values_of,
    worth_trying,
)
from tests.prover.closed_world.judgement import surely_reaches
from tests.prover.closed_world.question import KEY_ARN
from tests.prover.closed_world.reference import Form, glob, reference

# "Using IAM policy conditions for fine-grained access control" (DynamoDB Developer Guide), and the PartiQL page.
_LEADING = (
    "GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem",
    "ConditionCheckItem",
    "PartiQLSelect", "PartiQLInsert", "PartiQLUpdate", "PartiQLDelete",
)  # fmt: skip
# Members of a transaction, of which no document says whether they carry their own key or all the keys.
_IN_TRANSACTIONS = ("GetItem", "PutItem", "UpdateItem", "DeleteItem", "ConditionCheckItem")
_SEVERAL = ("BatchGetItem", "BatchWriteItem", "PartiQLSelect")
_WHOLE = ("Scan", "PartiQLSelect")
# Changes of a table that leave its items as they are, hidden and whole ("Amazon DynamoDB API Reference").
_TABLE_OPEN = frozenset(
    {"CreateTable", "TagResource", "UntagResource", "UpdateContributorInsights", "UpdateTableReplicaAutoScaling"}
)
# Design 04: what opens, copies or destroys a pooled bucket.
_BUCKET_OPENS = frozenset(
    {
        "PutBucketPolicy", "DeleteBucketPolicy", "PutBucketAcl", "PutLifecycleConfiguration",
        "PutReplicationConfiguration", "PutInventoryConfiguration", "PutBucketLogging", "PutBucketNotification",
        "PutBucketVersioning", "PutEncryptionConfiguration", "CreateAccessPoint", "PutBucketPublicAccessBlock",
        "CreateBucketMetadataTableConfiguration",
    }
)  # fmt: skip
_KMS_WITH_CONTEXT = (
    "Decrypt", "ReEncryptFrom", "ReEncryptTo", "Encrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext",
    "GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext",
)  # fmt: skip
_KMS_OPENS = ("PutKeyPolicy", "DisableKey", "ScheduleKeyDeletion", "CreateGrant", "ReplicateKey")


def items(asked: Asked, caller: str, owner: str) -> Iterator[Try]:
    made, known = asked.made, reference()
    table = known.named("dynamodb", "table")
    arn = table.filled(made.fill)
    key = made.entry["key"]
    ours, theirs = (key.replace("${tenant}", each).replace("*", "1") for each in (caller, owner))
    disputed = caller != owner and glob(key.replace("${tenant}", caller)).fullmatch(theirs) is not None

    def tried(relation: str, verb: str, form: Form, resource: str, keys: list[str] | None, sure: bool) -> Iterator[Try]:
        action = known.actions[f"dynamodb:{verb}"]
        for context, certain in contexts_of(asked, action, form, caller, owner):
            if keys is not None:
                context["dynamodb:LeadingKeys"] = keys
            if verb == "PartiQLSelect":
                # "IAM security policies with PartiQL for DynamoDB": a statement without a key reads the whole table.
                context["dynamodb:FullTableScan"] = "true" if keys is None else "false"
                certain_keys = all(each.startswith(("aws:", "dynamodb:L", "dynamodb:F")) for each in context)
                yield Try(relation, action, form, resource, context, sure and certain_keys, caller, owner)
                continue
            yield Try(relation, action, form, resource, context, sure and certain, caller, owner)

    is_theirs = glob(key.replace("${tenant}", owner)).fullmatch
    values = [theirs, *(each for each in values_of(asked, "dynamodb:LeadingKeys", caller) if is_theirs(each))]
    for verb in _LEADING:
        for value in dict.fromkeys(values):
            yield from tried("item", verb, table, arn, [value], not disputed)
    for verb in _SEVERAL:
        yield from tried("items beside the own", verb, table, arn, [ours, theirs], not disputed)
    for verb in _IN_TRANSACTIONS:
        yield from tried("transaction", verb, table, arn, [ours, theirs], False)
    for verb in _WHOLE:
        yield from tried("whole table", verb, table, arn, None, True)
    for action in known.on[table]:
        if action.service != "dynamodb" or action.verb in (*_LEADING, *_WHOLE):
            continue
        if not any(speaks(each, action.name) for each in asked.statements):
            continue
        sure = action.level in ("Write", "Permissions management") and action.verb not in _TABLE_OPEN
        sure = sure and not action.verb.startswith(("Describe", "List", "Get"))
        yield from tried("table", action.verb, table, arn, None, sure)
    for form in known.below(table):
        for resource in instances(asked, form, caller, form.filled(made.fill)):
            for action in known.on.get(form, ()):
                if not any(speaks(each, action.name) for each in asked.statements):
                    continue
                sure = (form.name, action.verb) in {("backup", "DeleteBackup"), ("backup", "RestoreTableFromBackup")}
                if form.name == "stream" and action.verb == "GetRecords":
                    sure = bool(asked.allowed("dynamodb:GetShardIterator", resource, {PRINCIPAL_TAG: caller}))
                yield from tried(f"below: {form.name}", action.verb, form, resource, None, sure)


def objects(asked: Asked, caller: str, owner: str) -> Iterator[Try]:
    made, known = asked.made, reference()
    form, bucket = known.named("s3", "object"), known.named("s3", "bucket")
    bucket_arn = bucket.filled({bucket.free[0]: made.fill[form.free[0]]})
    key = made.entry.get("key", "*")
    owned = f"{bucket_arn}/{key.replace('${tenant}', owner)}"
    ours = glob(f"{bucket_arn}/{key.replace('${tenant}', caller)}") if made.kind == "s3-object" else None
    for resource in instances(asked, form, caller, owned):
        disputed = caller != owner and ours is not None and ours.fullmatch(resource) is not None
        for action in worth_trying(asked, form):
            if action.service != "s3":
                continue
            sure = not disputed and surely_reaches(action, tagged=False)
            for context, certain in contexts_of(asked, action, form, caller, owner):
                if made.kind == "s3-object-tag":
                    tag = "s3:ExistingObjectTag/TenantId"
                    context.pop(tag, None)
                    listed = action.carries(tag, form)
                    if listed:
                        context[tag] = owner
                    known_keys = all(each.startswith(("aws:", "s3:Existing")) for each in context)
                    yield Try("object", action, form, resource, context, sure and known_keys, caller, owner)
                    continue
                yield Try("object", action, form, resource, context, sure and certain, caller, owner)
    for action in known.on[bucket]:
        if not any(speaks(each, action.name) for each in asked.statements):
            continue
        sure = action.verb in _BUCKET_OPENS
        if action.verb in ("ListBucket", "ListBucketVersions") and made.kind == "s3-object":
            whole = key.replace("${tenant}", owner).rstrip("*")
            prefixes = [None, *(whole[:size] for size in range(len(whole) + 1))]
            for prefix in prefixes:
                context: Context = {PRINCIPAL_TAG: caller}
                if prefix is not None:
                    context["s3:prefix"] = prefix
                # A prefix that every tenant's keys begin with lists another's names, too.
                yield Try("listing", action, bucket, bucket_arn, context, True, caller, owner)
            continue
        for context, certain in contexts_of(asked, action, bucket, caller, owner):
            yield Try("bucket", action, bucket, bucket_arn, context, sure and certain, caller, owner)


def ciphertexts(asked: Asked, caller: str, owner: str) -> Iterator[Try]:
    known = reference()
    form = known.named("kms", "key")
    name, template = next(iter(asked.made.entry["context"].items()))
    value = template.replace("${tenant}", owner)
    for verb in _KMS_WITH_CONTEXT:
        action = known.actions[f"kms:{verb}"]
        for several, _ in contexts_of(asked, action, form, caller, owner):
            context = {each: said for each, said in several.items() if not each.startswith("kms:")}
            context[f"kms:EncryptionContext:{name}"] = value
            context["kms:EncryptionContextKeys"] = [name]
            yield Try("ciphertext", action, form, KEY_ARN, context, True, caller, owner)
    for verb in _KMS_OPENS:
        action = known.actions[f"kms:{verb}"]
        for several, _ in contexts_of(asked, action, form, caller, owner):
            context = {each: said for each, said in several.items() if not each.startswith("kms:")}
            yield Try("key", action, form, KEY_ARN, context, True, caller, owner)
