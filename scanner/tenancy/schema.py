"""The form of `tenancy.yaml`: what checks it, and what its JSON Schema is made from."""

from __future__ import annotations

import re

from scanner.model.policy_holes import complain_of
from scanner.tenancy.identifiers import ANY_TAG_VALUE, HOLE, NAMED_FORMS, form_of
from scanner.tenancy.pattern import NotRegularError
from scanner.tenancy.routes import route_complaint
from scanner.text.shape import (
    Date,
    Exactly,
    Items,
    Key,
    Number,
    OneOf,
    Record,
    Table,
    Text,
    Variants,
)

ARN_SEGMENTS = 6
_HOLES = re.compile(r"\$\{[^}]*\}?")


def _pattern_complaint(pattern: str) -> str | None:
    if pattern == ANY_TAG_VALUE or pattern in NAMED_FORMS:
        return None
    try:
        form_of(pattern)
    except NotRegularError as problem:
        return str(problem)
    return None


def _hole_complaint(template: str) -> str | None:
    for hole in _HOLES.findall(template):
        if hole != HOLE:
            return f"holds `{hole[:40]}`; the only hole here is `{HOLE}`"
    if HOLE not in template:
        return f"lacks `{HOLE}`, the place of the owner's id"
    return None


def _context_complaint(value: str) -> str | None:
    return _hole_complaint(value) if "${" in value else None


def _name_complaint(name: str) -> str | None:
    if "${" in name or "*" in name:
        return f"must name one store; names that hold the owner's id are `kind: arn` with `{HOLE}` in the ARN"
    return None


def _arn_complaint(arn: str) -> str | None:
    segments = arn.split(":", ARN_SEGMENTS - 1)
    if len(segments) < ARN_SEGMENTS or segments[0] != "arn" or not segments[2] or not segments[5]:
        return "must be a whole ARN with six parts, such as `arn:*:dynamodb:*:*:table/${tenant}-orders`"
    if "*" in segments[2] or "$" in segments[2]:
        return "must name its service; `*` stands for a partition, region, account or a part of the name"
    return _hole_complaint(arn)


def _path_complaint(path: str) -> str | None:
    if path.startswith(("/", "~")) or "\\" in path or re.match(r"[A-Za-z]:", path):
        return "must be a path relative to this file, with `/` between its parts"
    return None


_TEXT = Text()
_TEXTS = Items(_TEXT)
_ACCOUNT = Text(pattern="[0-9]{12}", meaning="an account id of 12 digits")
_ORGANIZATION = Text(pattern="o-[a-z0-9]{10,32}", meaning="the id of an organization, such as `o-a1b2c3d4e5`")
_REGION = Text(pattern="[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}", meaning="a region such as `us-east-1`")
_REGIONS = Items(_REGION, least=1)
_CONDITION_KEY = Text(pattern=r"[^\s:]+:.*\S", meaning="a condition key such as `aws:PrincipalTag/TenantId`")
_OWNED_KEY = Text(complain=_hole_complaint)
_NAME = Text(complain=_name_complaint)
_TYPE = Text(pattern="[A-Za-z0-9]+(::[A-Za-z0-9]+)+", meaning="a resource type such as `AWS::DynamoDB::Table`")
_TRAITS = {
    "model": Key(Text(choices=("pool", "silo")), "How this store separates tenants, where it differs from `model`."),
    "sensitive": Key(
        Items(Text(choices=("pii", "phi", "financial", "sud"))),
        "What the data is; `sud` are records of substance use disorder treatment (42 CFR Part 2).",
    ),
}
_ANSWERABLE = {
    "because": Key(_TEXT, "Why this is sound; printed in every report.", required=True),
    "owner": Key(_TEXT, "Who answers for it."),
    "until": Key(Date(), "The last day on which it holds."),
}


_ONLY = Key(Exactly("resource"), "`resource`: what lies below (objects, streams, tables, versions) is not owned.")


def _owned(doc: str, **keys: Key) -> Record:
    return Record({**keys, **_TRAITS}, doc=doc)


_OWNED = Variants(
    "kind",
    {
        "dynamodb-item": _owned(
            "Items of a pooled table.",
            table=Key(_NAME, "The table's name or logical id.", required=True),
            key=Key(_OWNED_KEY, "Partition keys of one tenant, with `${tenant}` and `*`.", required=True),
            indexes=Key(Table(_OWNED_KEY), "The same for the partition key of each index, by its name."),
        ),
        "s3-object": _owned(
            "Objects of a pooled bucket, by their key.",
            bucket=Key(_NAME, "The bucket's name or logical id.", required=True),
            key=Key(_OWNED_KEY, "Object keys of one tenant, with `${tenant}` and `*`.", required=True),
        ),
        "s3-object-tag": _owned(
            "Objects of a pooled bucket, by their own tag.",
            bucket=Key(_NAME, "The bucket's name or logical id.", required=True),
            tag=Key(_TEXT, "The object tag that holds the owner's id.", required=True),
        ),
        "arn": _owned(
            "Resources whose ARN holds the owner's id.",
            arn=Key(Text(complain=_arn_complaint), "A whole ARN, with `${tenant}` and `*`.", required=True),
            actions=Key(
                Items(Text(pattern=r"[A-Za-z0-9-]+:[A-Za-z0-9*?]+", meaning="an action such as `dynamodb:*`"), least=1),
                "Actions that reach the data; all where none are given.",
            ),
            only=_ONLY,
        ),
        "kms-context": _owned(
            "Ciphertexts of a shared key, by their encryption context.",
            key=Key(_NAME, "The key's alias (`alias/phi`), id or logical id.", required=True),
            context=Key(
                Table(Text(complain=_context_complaint), least=1),
                "The encryption context of one tenant; some value holds `${tenant}`.",
                required=True,
            ),
        ),
        "tagged": _owned(
            "Resources whose own tag names the owner.",
            types=Key(Items(_TYPE, least=1), "Resource types.", required=True),
            tag=Key(_TEXT, "The tag key.", required=True),
            only=_ONLY,
        ),
        "account": _owned(
            "Whole accounts, one or more for each tenant.",
            **{
                "from": Key(
                    OneOf(
                        (
                            Text(pattern="account-tag:.+|ou", meaning="`ou`, `account-tag:` and a tag key"),
                            Table(_TEXT, least=1, key=_ACCOUNT),
                        )
                    ),
                    "Where the owner stands: `account-tag:KEY`, `ou`, or a mapping of account ids to tenant ids.",
                    required=True,
                )
            },
        ),
    },
)

_SESSION = Record(
    {
        "name": Key(_TEXT, "What reports call these sessions."),
        "roles": Key(Items(_TEXT, least=1), "Roles by logical id, name or ARN, with `*`.", required=True),
        "tenant_key": Key(Items(_CONDITION_KEY, least=1, or_one=True), "The condition key that holds the tenant's id."),
        "present": Key(
            Text(choices=("always", "maybe")),
            "Whether every session carries it; `maybe`, the default, also asks for sessions without.",
        ),
        "constants": Key(
            Table(OneOf((_TEXT, Items(_TEXT))), key=_CONDITION_KEY), "Other keys that each such session has."
        ),
        "session_policy": Key(Text(complain=_path_complaint), "The policy that a broker passes, as a JSON file."),
        "hole": Key(
            Text(complain=complain_of), "How the tenant's id is written in that file, such as `{tenant_id}` or `%s`."
        ),
        "binders": Key(_TEXTS, "Principals trusted to choose the tenant, by name or ARN, with `*`."),
    },
    at_least_one=("tenant_key", "session_policy"),
)

TENANCY = Record(
    {
        "version": Key(Exactly(1), "The version of this form.", required=True),
        "tenant_id": Key(
            Record(
                {
                    "pattern": Key(
                        Text(complain=_pattern_complaint),
                        "A regular expression that all ids match in full, or `uuid`, `numeric`, `any-tag-value`.",
                    ),
                    "tags": Key(_TEXTS, "Tag keys that name the owner; the first is the one asked for."),
                    "claims": Key(_TEXTS, "Token claims that carry the tenant's id."),
                    "from_issuer": Key(_TEXTS, "Issuers, one for each tenant, where each has a pool of its own."),
                    "shared_values": Key(_TEXTS, "Values that stand for everybody."),
                    "examples": Key(_TEXTS, "Ids that make counterexamples readable."),
                }
            ),
            "What a tenant's id looks like and where it is carried.",
        ),
        "sessions": Key(Items(_SESSION), "Who acts for a tenant, and where its identity is carried."),
        "owned": Key(Items(_OWNED), "Whose data is what."),
        "principals": Key(
            Items(
                Record(
                    {
                        "role": Key(
                            Text(complain=_context_complaint),
                            "Roles by logical id, name or ARN, with `${tenant}` and `*`.",
                        ),
                        "stack": Key(Text(complain=_context_complaint), "Stacks by name, with `${tenant}` and `*`."),
                        "tenant": Key(_TEXT, "The id of the tenant that they belong to, where no name holds it."),
                        "because": Key(_TEXT, "How it is known."),
                    },
                    at_least_one=("role", "stack"),
                )
            ),
            "Roles that belong to one tenant each and carry no tag that says so.",
        ),
        "database": Key(
            Items(
                Record(
                    {
                        "name": Key(_TEXT, "The folder of its migrations; without it, all databases are meant."),
                        "setting": Key(
                            _TEXT, "What holds the session's tenant, such as `app.tenant`, for `current_setting`."
                        ),
                        "role": Key(
                            Text(complain=_context_complaint),
                            "The role that the application uses, or with `${tenant}` the role of each tenant.",
                        ),
                        "column": Key(_TEXT, "The column that holds a row's tenant."),
                        "schema": Key(Text(complain=_hole_complaint), "The schema of each tenant, with `${tenant}`."),
                        "version": Key(Number(least=9, most=99), "The major version of PostgreSQL."),
                        "resource": Key(
                            _TEXT, "The RDS instance or Aurora cluster that it runs in, by logical id, name or ARN."
                        ),
                    },
                    at_least_one=("setting", "role", "column", "schema"),
                )
            ),
            "How PostgreSQL databases know a session's tenant.",
        ),
        "cluster": Key(
            Items(
                Record(
                    {
                        "namespace": Key(
                            Text(complain=_hole_complaint), "The namespaces of each tenant, with `${tenant}` and `*`."
                        ),
                        "user": Key(Text(complain=_hole_complaint), "Users of one tenant each, by name."),
                        "group": Key(Text(complain=_hole_complaint), "Groups of one tenant each, by name."),
                        "because": Key(_TEXT, "How it is known."),
                    },
                    at_least_one=("namespace", "user", "group"),
                )
            ),
            "Whose the namespaces, users and groups of Kubernetes clusters are that no label says it of.",
        ),
        "shared": Key(
            Items(Record({"resource": Key(_TEXT, "What everybody may use.", required=True), **_ANSWERABLE})),
            "What belongs to no tenant.",
        ),
        "trusted": Key(
            Items(
                Record(
                    {
                        "role": Key(_TEXT, "Roles by logical id, name or ARN, with `*`.", required=True),
                        **_ANSWERABLE,
                        "approved_by": Key(_TEXT, "Who agreed; not the owner."),
                    }
                )
            ),
            "Principals that may reach every tenant's data.",
        ),
        "routes": Key(
            Record({"public": Key(Items(Text(complain=route_complaint)), "Such as `POST /auth/*`.")}),
            "Routes that need no caller's identity.",
        ),
        "model": Key(Text(choices=("pool", "silo", "bridge")), "How stores separate tenants where they do not say."),
        "tenants": Key(
            Table(Record({"regions": Key(_REGIONS, "Where this tenant's data may be.")})), "Tenants known by name."
        ),
        "residency": Key(Record({"regions": Key(_REGIONS, "Where tenant data may be.", required=True)}), "Residency."),
        "compute": Key(
            Items(
                Record(
                    {
                        "function": Key(_TEXT, "Functions by name or logical id, with `*`.", required=True),
                        "isolation": Key(Text(choices=("per-tenant", "pooled", "silo")), required=True),
                    }
                )
            ),
            "How functions are shared between tenants.",
        ),
        "network": Key(
            Record(
                {
                    "private": Key(_TEXTS, "Stores to be reached through endpoints only."),
                    "endpoints": Key(_TEXTS, "Services to be called through endpoints."),
                }
            ),
            "What must stay off the internet.",
        ),
        "retention": Key(
            Record(
                {
                    "audit_log_days": Key(Number(least=1, most=36500), "Days that audit logs are kept."),
                    "backup_days": Key(Number(least=1, most=36500), "Days that backups are kept."),
                }
            ),
            "How long things are kept.",
        ),
        "cost_tags": Key(_TEXTS, "Tag keys that costs are allocated by."),
        "attestations": Key(
            Items(
                Record(
                    {
                        "control": Key(_TEXT, "The control's id.", required=True),
                        "statement": Key(_TEXT, "What is attested.", required=True),
                        "owner": Key(_TEXT, "Who attests it.", required=True),
                        "date": Key(Date(), "When.", required=True),
                        "valid_days": Key(Number(least=1, most=3660), "Days it holds from then.", required=True),
                    }
                )
            ),
            "Statements about controls that infrastructure cannot show.",
        ),
        "engagement": Key(
            Record(
                {
                    "entity": Key(_TEXT, "Who is audited."),
                    "role": Key(Text(choices=("covered-entity", "business-associate"))),
                    "system": Key(_TEXT, "The system that is audited."),
                    "period": Key(_TEXT, "The period audited."),
                    "accounts_in": Key(
                        Items(Record({"id": Key(_ACCOUNT, required=True), "owner": Key(_TEXT, "Who answers for it.")})),
                        "Accounts in scope.",
                    ),
                    "accounts_out": Key(
                        Items(
                            Record(
                                {
                                    "id": Key(_ACCOUNT, required=True),
                                    "because": Key(_TEXT, "Why it is out of scope.", required=True),
                                    "owner": Key(_TEXT, "Who answers for it."),
                                }
                            )
                        ),
                        "Accounts left out.",
                    ),
                    "organizations": Key(
                        Items(_ORGANIZATION), "Organizations (AWS Organizations) whose accounts count as one's own."
                    ),
                }
            ),
            "The audit this belongs to.",
        ),
        "account": Key(_ACCOUNT, "The account that templates are deployed to."),
        "region": Key(_REGION, "The region that templates are deployed to."),
    },
    doc="What this project calls a tenant, and whose data is what.",
)
