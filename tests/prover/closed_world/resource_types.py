"""Which format of ARN a CloudFormation type has: by the names in CloudFormation's schemas, as cfn-lint has them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from tests.prover.closed_world.reference import Form, reference

# Groups of type names that are not the prefix of an ARN, each read in the "Service Authorization Reference".
_GROUPS = {
    "cognito": ("cognito-idp", "cognito-identity"), "apigatewayv2": ("apigateway",), "customerprofiles": ("profile",),
    "emr": ("elasticmapreduce",), "msk": ("kafka",), "opensearchserverless": ("aoss",),
    "elasticloadbalancingv2": ("elasticloadbalancing",), "location": ("geo",), "docdb": ("rds",), "neptune": ("rds",),
    "amazonmq": ("mq",), "stepfunctions": ("states",), "efs": ("elasticfilesystem",),
    "certificatemanager": ("acm",), "directoryservice": ("ds",), "opensearchservice": ("es",),
    "elasticsearch": ("es",), "healthimaging": ("medical-imaging",), "kinesisfirehose": ("firehose",),
    "mwaa": ("airflow",), "iotevents": ("iotevents",), "pinpoint": ("mobiletargeting",), "macie": ("macie2",),
    "kinesisanalyticsv2": ("kinesisanalytics",), "timestream": ("timestream", "timestream-influxdb"),
}  # fmt: skip
_KINDS = {
    "rds:dbinstance": "db", "rds:dbcluster": "cluster", "rds:dbsubnetgroup": "subgrp", "rds:dbparametergroup": "pg",
    "efs:filesystem": "file-system", "efs:accesspoint": "access-point", "docdb:dbcluster": "cluster",
    "neptune:dbcluster": "cluster", "docdb:dbinstance": "db", "neptune:dbinstance": "db",
    "dynamodb:globaltable": "table", "msk:serverlesscluster": "cluster", "healthlake:fhirdatastore": "datastore",
    "kinesisvideo:signalingchannel": "channel", "s3express:directorybucket": "bucket",
    "kms:replicakey": "key", "ecr:publicrepository": "", "ec2:eip": "elastic-ip", "cognito:userpool": "userpool",
    "cognito:identitypool": "identitypool", "connect:instance": "instance",
}  # fmt: skip


# Keys are sorted, so it is near the end.
_NAME = re.compile(r'"typeName":\s*"([^"]+)"[^{}]*}\s*\Z')


@dataclass(frozen=True)
class Type:
    """`named_by` is the property that is the last variable of the ARN, None where AWS makes the name."""

    name: str
    form: Form
    tags: str | None
    named_by: str | None
    required: frozenset[str]


@cache
def _texts() -> dict[str, str]:
    """The text of each type's schema: there are two thousand, and few are asked for."""
    found: dict[str, str] = {}
    for path in sorted(files("cfnlint").joinpath("data/schemas/resources").iterdir(), key=str):
        if path.name.endswith(".json"):
            text = path.read_text()
            match = _NAME.search(text, max(0, len(text) - 4_000)) or _NAME.search(text)
            assert match is not None, path
            found.setdefault(match[1], text)
    return found


@cache
def schema_of(name: str) -> dict[str, Any]:
    return dict(json.loads(_texts()[name]))


@cache
def types() -> dict[str, Type]:
    """Types whose names tell which ARN is theirs; others are not asked about here."""
    found: dict[str, Type] = {}
    for name in _texts():
        form = _form_of(name)
        if form is None or len(form.free) == 0:
            continue
        schema = schema_of(name)
        tagging = schema.get("tagging", {})
        tags = tagging.get("tagProperty", "/properties/Tags") if tagging.get("taggable") else None
        identifier = [each.rpartition("/")[2] for each in schema.get("primaryIdentifier", ())]
        read_only = {each.rpartition("/")[2] for each in schema.get("readOnlyProperties", ())}
        named_by = identifier[0] if len(identifier) == 1 and identifier[0] not in read_only else None
        found[name] = Type(
            name, form, tags and tags.rpartition("/")[2], named_by, frozenset(schema.get("required", ()))
        )
    return found


def _form_of(name: str) -> Form | None:
    group, _, kind = name.lower().partition("::")[2].partition("::")
    wanted = _plain(_KINDS.get(f"{group}:{kind}", kind))
    prefixes = _GROUPS.get(group, tuple(each for each in reference().by_namespace if _plain(each) == _plain(group)))
    found = [
        form
        for form in reference().forms
        if form.service in prefixes and form.namespace == form.service and _plain(form.name) == wanted
    ]
    return found[0] if len({each.skeleton for each in found}) == 1 else None


def _plain(name: str) -> str:
    return re.sub("[^a-z0-9]", "", name.lower())
