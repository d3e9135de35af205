"""The requests of one tenant that reach another's data, tried one by one against the evaluator."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from scanner.iam.evaluator import decide
from scanner.iam.policies import Policy, PolicySet
from scanner.iam.principals import principal_of
from scanner.iam.request import Request
from tests.prover.closed_world.judgement import surely_reaches
from tests.prover.closed_world.meeting import Tokens, form_tokens, meet, tokens
from tests.prover.closed_world.question import (
    KEY_ARN,
    PATTERNS,
    SESSION,
    TAG,
    Question,
)
from tests.prover.closed_world.reference import ACCOUNT, Action, Form, Target, glob, reference

Context = dict[str, Any]
_MOST_CONTEXTS = 48
_PRINCIPAL_TAG = "aws:PrincipalTag/TenantId"
# "Using IAM policy conditions for fine-grained access control" (DynamoDB Developer Guide), and the PartiQL page.
_LEADING = (
    "GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem",
    "PartiQLSelect", "PartiQLInsert", "PartiQLUpdate", "PartiQLDelete",
)  # fmt: skip
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


@dataclass
class Try:
    """A request to try. `sure` says that AWS gives or takes another tenant's data when it is allowed."""

    relation: str
    action: Action
    form: Form | None
    resource: str
    context: Context
    sure: bool
    caller: str
    owner: str

    def told(self) -> dict[str, Any]:
        return {
            "relation": self.relation,
            "action": self.action.name,
            "resource": self.resource,
            "context": self.context,
            "caller": self.caller,
            "owner": self.owner,
        }


@dataclass
class Answer:
    """`leak` is a request that is allowed and surely reaches; `open` one that is allowed and may reach."""

    leak: Try | None = None
    open: Try | None = None
    undecided: bool = False
    tried: int = 0
    reaches_own: bool = False


@dataclass
class _Asked:
    made: Question
    rng: random.Random
    identity: tuple[Policy, ...] = ()
    boundary: tuple[Policy, ...] | None = None
    session: tuple[Policy, ...] | None = None
    on: dict[str, Policy] = field(default_factory=dict)
    statements: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        documents = self.made.documents
        self.identity = tuple(Policy.of(f"p{at}", each) for at, each in enumerate(documents["identity"]))
        if "boundary" in documents:
            self.boundary = tuple(Policy.of("boundary", each) for each in documents["boundary"])
        self.on = {arn: Policy.of("resource", each) for arn, each in self.made.policies_on.items()}
        self.statements = [each for several in documents.values() for one in several for each in one["Statement"]]
        self.statements += [each for one in self.made.policies_on.values() for each in one["Statement"]]

    def policies(self, resource: str) -> PolicySet:
        within = (
            each for arn, each in self.on.items() if resource == arn or resource.startswith((f"{arn}/", f"{arn}:"))
        )
        policy = next(within, None)
        trust = policy if ":role/" in resource else None
        return PolicySet(self.identity, self.boundary, self.session, None if trust else policy, trust)

    def allowed(self, action: str, resource: str, context: Context) -> bool | None:
        request = Request(principal_of(SESSION), action, resource, ACCOUNT, context)
        said = decide(request, self.policies(resource)).allowed
        return said if isinstance(said, bool) else None


def answer(made: Question, rng: random.Random) -> Answer:
    """What trying says. A leak that it finds is one; that it finds none says so of what it tried."""
    asked = _Asked(made, rng)
    found = Answer()
    pairs = [(made.tenant, made.owner)] if made.tenant else list(PATTERNS[made.ids])
    for caller, owner in pairs:
        for tried in _tries(asked, caller, owner):
            found.tried += 1
            said = asked.allowed(tried.action.name, tried.resource, tried.context)
            if said is None:
                found.undecided = True
            elif said and tried.sure and _is_complete(asked, tried):
                found.leak = tried
                return found
            elif said:
                found.open = found.open or tried
    return found


def _is_complete(asked: _Asked, tried: Try) -> bool:
    """Whether the other resources that the action cannot do without can be allowed, too."""
    others = [
        target
        for target in tried.action.targets
        if target.required and (tried.form is None or target.form.skeleton != tried.form.skeleton)
    ]
    if any(target.required and tried.form == target.form for target in tried.action.targets) and not others:
        return True
    names = {target.form.name for target in tried.action.targets if tried.form == target.form}
    for other in others:
        if other.form.name in names:
            continue  # another spelling of the same
        if not any(
            asked.allowed(tried.action.name, each, {_PRINCIPAL_TAG: tried.caller})
            for each in _instances(asked, other.form, tried.caller, other.form.filled({}))
        ):
            return False
    return True


# Resources


def _instances(asked: _Asked, form: Form, caller: str, owned: str) -> Iterator[str]:
    """ARNs of the form that the owner's pattern and a policy's pattern both match; and one that only the first does."""
    shape, own = form_tokens(form), tokens(owned)
    seen: set[str] = set()
    patterns: list[Tokens] = [tokens(each) for arn in asked.on for each in (arn, f"{arn}/*", f"{arn}:*")]
    patterns.append(tokens("*"))
    patterns += [
        tokens(_completed(each.replace(TAG, caller)).split("${")[0])
        for statement in asked.statements
        for each in _listed(statement.get("Resource", statement.get("NotResource", [])))
    ]
    for pattern in dict.fromkeys(patterns):
        met = meet(shape, own, pattern)
        if met is not None and met not in seen and form.regex.fullmatch(met):
            seen.add(met)
            yield met


def _completed(arn: str) -> str:
    parts = arn.split(":")
    return arn if arn == "*" or len(parts) > 5 or parts[0] != "arn" else ":".join([*parts, *["*"] * (6 - len(parts))])


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


# Tries


def _tries(asked: _Asked, caller: str, owner: str) -> Iterator[Try]:
    made = asked.made
    match made.kind:
        case "dynamodb-item":
            yield from _items(asked, caller, owner)
        case "s3-object" | "s3-object-tag":
            yield from _objects(asked, caller, owner)
        case "kms-context":
            yield from _ciphertexts(asked, caller, owner)
        case _:
            yield from _resources(asked, caller, owner)


def _resources(asked: _Asked, caller: str, owner: str) -> Iterator[Try]:
    made, known = asked.made, reference()
    assert made.form is not None
    fill = {at: each.replace("${tenant}", owner) for at, each in made.fill.items()}
    mine = {at: each.replace("${tenant}", caller) for at, each in made.fill.items()}
    near: list[tuple[str, Form]] = [("itself", each) for each in known.same(made.form)]
    near += [("below", each) for each in known.below(made.form)]
    for relation, form in near:
        ours = None if made.kind in ("tagged", "silo") else glob(form.filled(mine))
        for resource in _instances(asked, form, caller, form.filled(fill)):
            if made.carrier and made.tagged and owner != made.owner and any(each in resource for each in asked.on):
                continue  # its tag says whose it is
            # What the layout gives to both tenants is not another's.
            disputed = ours is not None and ours.fullmatch(resource) is not None
            for action in _worth_trying(asked, form):
                if not _wanted(made, action):
                    continue
                sure = not disputed and surely_reaches(action, tagged=made.tagged)
                how = _how(relation, form, action)
                for context, certain in _contexts(asked, action, form, caller, owner):
                    yield Try(how, action, form, resource, context, sure and certain, caller, owner)
    if made.kind == "path":
        yield from _above_parameters(asked, fill, caller, owner)


def _how(relation: str, form: Form, action: Action) -> str:
    return relation if action.service == form.namespace else f"{relation}, foreign prefix"


def _above_parameters(asked: _Asked, fill: Mapping[int, str], caller: str, owner: str) -> Iterator[Try]:
    """GetParametersByPath gives what lies below the path ("Restricting access to parameters using IAM policies")."""
    form = reference().named("ssm", "parameter")
    action = reference().actions["ssm:GetParametersByPath"]
    steps = fill[form.free[0]].removesuffix("/*").split("/")
    for length in range(1, len(steps) + 1):
        resource = form.filled({form.free[0]: "/".join(steps[:length])})
        for context, certain in _contexts(asked, action, form, caller, owner):
            yield Try("above", action, form, resource, context, certain, caller, owner)


def _wanted(made: Question, action: Action) -> bool:
    return not made.actions or any(glob(each.lower()).fullmatch(action.name.lower()) for each in made.actions)


def _worth_trying(asked: _Asked, form: Form) -> Iterable[Action]:
    """Of actions that the same statements speak of, that carry the same keys and weigh the same, one."""
    groups: dict[tuple[object, ...], list[Action]] = {}
    read = sorted(_keys_read(asked))
    for action in reference().on.get(form, ()):
        spoken = tuple(at for at, each in enumerate(asked.statements) if _speaks(each, action.name))
        if not any(asked.statements[at]["Effect"] == "Allow" for at in spoken):
            continue
        carried = tuple(action.carries(key, form) for key in read)
        others = frozenset(target.form.skeleton for target in action.targets if target.required)
        sure = surely_reaches(action, tagged=asked.made.tagged)
        # Every service's actions are told apart, for a prefix is what the prover may forget.
        groups.setdefault((spoken, carried, others, sure, action.service, action.level), []).append(action)
    chosen = [asked.rng.choice(several) for several in groups.values()]
    return sorted(chosen, key=lambda each: not surely_reaches(each, tagged=asked.made.tagged))


def _speaks(statement: Mapping[str, Any], name: str) -> bool:
    listed = [glob(each.lower()) for each in _listed(statement.get("Action", statement.get("NotAction", [])))]
    found = any(each.fullmatch(name.lower()) for each in listed)
    return found if "Action" in statement else not found


def _keys_read(asked: _Asked) -> set[str]:
    return {key for each in asked.statements for block in each.get("Condition", {}).values() for key in block}


# Context keys


def _values(asked: _Asked, key: str, caller: str) -> list[str]:
    found = [
        value.replace(TAG, caller).replace("*", "x")
        for each in asked.statements
        for block in each.get("Condition", {}).values()
        for name, listed in block.items()
        if name == key
        for value in _listed(listed)
        if isinstance(value, str)
    ]
    return list(dict.fromkeys(found))


def _contexts(
    asked: _Asked, action: Action, form: Form | None, caller: str, owner: str
) -> Iterator[tuple[Context, bool]]:
    """The keys that such a request may have; False where it is not known whether AWS would have it so."""
    made = asked.made
    options: list[list[tuple[str, Any, bool]]] = []
    for key in sorted(_keys_read(asked)):
        lower = key.lower()
        if lower.startswith(("aws:principal", "dynamodb:leadingkeys")):
            continue
        if "resourcetag/" in lower or lower.startswith(("rds:db-tag/", "rds:cluster-tag/")):
            options.append(_resource_tag(made, key, action, form, caller, owner))
        elif lower.startswith("aws:"):
            values = _network(key, _values(asked, key, caller))
            options.append([(key, None, True), *((key, each, True) for each in values)])
        elif not action.carries(key, form):
            options.append([(key, None, True)])
        else:
            options.append([(key, None, False), *((key, each, False) for each in _values(asked, key, caller))])
    for chosen in itertools.islice(itertools.product(*options), _MOST_CONTEXTS):
        context: Context = {_PRINCIPAL_TAG: caller}
        context |= {key: value for key, value, _ in chosen if value is not None}
        yield context, all(sure for _, _, sure in chosen)


def _network(key: str, values: list[str]) -> list[str]:
    lower = key.lower()
    if lower == "aws:sourceip":
        return ["10.1.2.3"]
    return values or ["x"]


def _resource_tag(
    made: Question, key: str, action: Action, form: Form | None, caller: str, owner: str
) -> list[tuple[str, Any, bool]]:
    listed = action.carries(key, form)
    if made.kind in ("tagged", "silo"):
        at_hand = [(key, owner, listed)]
        # AWS's list is known to lag behind what services do; without the line both are tried, and neither is sure.
        return at_hand if listed else [(key, None, False), *at_hand]
    return [(key, None, False), (key, caller, False), (key, owner, False)]


# Stores


def _items(asked: _Asked, caller: str, owner: str) -> Iterator[Try]:
    made, known = asked.made, reference()
    table = known.named("dynamodb", "table")
    arn = table.filled({table.free[0]: "Patients"})
    key = made.entry["key"]
    ours, theirs = (key.replace("${tenant}", each).replace("*", "1") for each in (caller, owner))
    disputed = glob(key.replace("${tenant}", caller)).fullmatch(theirs) is not None

    def tried(relation: str, verb: str, form: Form, resource: str, keys: list[str] | None, sure: bool) -> Iterator[Try]:
        action = known.actions[f"dynamodb:{verb}"]
        for context, certain in _contexts(asked, action, form, caller, owner):
            if keys is not None:
                context["dynamodb:LeadingKeys"] = keys
            yield Try(relation, action, form, resource, context, sure and certain, caller, owner)

    is_theirs = glob(key.replace("${tenant}", owner)).fullmatch
    values = [theirs, *(each for each in _values(asked, "dynamodb:LeadingKeys", caller) if is_theirs(each))]
    for verb in _LEADING:
        for value in dict.fromkeys(values):
            yield from tried("item", verb, table, arn, [value], not disputed)
    for verb in _SEVERAL:
        yield from tried("items beside the own", verb, table, arn, [ours, theirs], not disputed)
    for verb in _WHOLE:
        yield from tried("whole table", verb, table, arn, None, True)
    for action in known.on[table]:
        if action.service != "dynamodb" or action.verb in (*_LEADING, *_WHOLE):
            continue
        if not any(_speaks(each, action.name) for each in asked.statements):
            continue
        sure = action.level in ("Write", "Permissions management") and action.verb not in _TABLE_OPEN
        sure = sure and not action.verb.startswith(("Describe", "List", "Get"))
        yield from tried("table", action.verb, table, arn, None, sure)
    for form in known.below(table):
        for resource in _instances(asked, form, caller, form.filled({form.free[0]: "Patients"})):
            for action in known.on.get(form, ()):
                if not any(_speaks(each, action.name) for each in asked.statements):
                    continue
                sure = (form.name, action.verb) in {("backup", "DeleteBackup"), ("backup", "RestoreTableFromBackup")}
                if form.name == "stream" and action.verb == "GetRecords":
                    sure = bool(asked.allowed("dynamodb:GetShardIterator", resource, {_PRINCIPAL_TAG: caller}))
                yield from tried(f"below: {form.name}", action.verb, form, resource, None, sure)


def _objects(asked: _Asked, caller: str, owner: str) -> Iterator[Try]:
    made, known = asked.made, reference()
    form, bucket = known.named("s3", "object"), known.named("s3", "bucket")
    bucket_arn = "arn:aws:s3:::clinic-data"
    key = made.entry.get("key", "*")
    owned = f"{bucket_arn}/{key.replace('${tenant}', owner)}"
    ours = glob(f"{bucket_arn}/{key.replace('${tenant}', caller)}") if made.kind == "s3-object" else None
    for resource in _instances(asked, form, caller, owned):
        disputed = ours is not None and ours.fullmatch(resource) is not None
        for action in _worth_trying(asked, form):
            if action.service != "s3":
                continue
            sure = not disputed and surely_reaches(action, tagged=False)
            for context, certain in _contexts(asked, action, form, caller, owner):
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
        if not any(_speaks(each, action.name) for each in asked.statements):
            continue
        sure = action.verb in _BUCKET_OPENS
        if action.verb in ("ListBucket", "ListBucketVersions") and made.kind == "s3-object":
            whole = key.replace("${tenant}", owner).rstrip("*")
            prefixes = [None, *(whole[:size] for size in range(len(whole) + 1))]
            for prefix in prefixes:
                context: Context = {_PRINCIPAL_TAG: caller}
                if prefix is not None:
                    context["s3:prefix"] = prefix
                # A prefix that every tenant's keys begin with lists another's names, too.
                yield Try("listing", action, bucket, bucket_arn, context, True, caller, owner)
            continue
        for context, certain in _contexts(asked, action, bucket, caller, owner):
            yield Try("bucket", action, bucket, bucket_arn, context, sure and certain, caller, owner)


def _ciphertexts(asked: _Asked, caller: str, owner: str) -> Iterator[Try]:
    known = reference()
    form = known.named("kms", "key")
    value = asked.made.entry["context"]["tenant"].replace("${tenant}", owner)
    for verb in _KMS_WITH_CONTEXT:
        action = known.actions[f"kms:{verb}"]
        for several, _ in _contexts(asked, action, form, caller, owner):
            context = {each: said for each, said in several.items() if not each.startswith("kms:")}
            context["kms:EncryptionContext:tenant"] = value
            context["kms:EncryptionContextKeys"] = ["tenant"]
            yield Try("ciphertext", action, form, KEY_ARN, context, True, caller, owner)
    for verb in _KMS_OPENS:
        action = known.actions[f"kms:{verb}"]
        for several, _ in _contexts(asked, action, form, caller, owner):
            context = {each: said for each, said in several.items() if not each.startswith("kms:")}
            yield Try("key", action, form, KEY_ARN, context, True, caller, owner)


__all__ = ["Answer", "Target", "Try", "answer"]
