"""A counterexample as a command of the AWS CLI, for a reader who wants to try it."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Mapping

_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
# Services whose commands have another name than the prefix of their actions ("AWS CLI Command Reference").
_COMMANDS = {
    "s3": "s3api",
    "states": "stepfunctions",
    "es": "opensearch",
    "elasticfilesystem": "efs",
    "monitoring": "cloudwatch",
}


def aws_command(counterexample: Mapping[str, object]) -> str:
    """One line for a shell, every value quoted. Where the condition keys come from is left to the reader."""
    action = str(counterexample.get("action", ""))
    service, _, name = action.partition(":")
    arn = str(counterexample.get("resource", ""))
    context = counterexample.get("context")
    keys = {str(key).lower(): value for key, value in context.items()} if isinstance(context, Mapping) else {}
    make = _MAKERS.get(service, _plain)
    options = make(name, arn, keys)
    words = ["aws", _COMMANDS.get(service, service), _WORD.sub("-", _OPERATIONS.get(action, name)).lower(), *options]
    return " ".join(shlex.quote(word) for word in words)


# Actions that authorise calls of another name.
_OPERATIONS = {
    "s3:ListBucket": "ListObjectsV2",
    "s3:ListBucketVersions": "ListObjectVersions",
    "s3:ListBucketMultipartUploads": "ListMultipartUploads",
    "s3:GetObjectVersion": "GetObject",
    "s3:DeleteObjectVersion": "DeleteObject",
    "dynamodb:PartiQLSelect": "ExecuteStatement",
    "dynamodb:PartiQLInsert": "ExecuteStatement",
    "dynamodb:PartiQLUpdate": "ExecuteStatement",
    "dynamodb:PartiQLDelete": "ExecuteStatement",
    "lambda:InvokeFunction": "Invoke",
    "sts:TagSession": "AssumeRole",
    "kms:ReEncryptFrom": "ReEncrypt",
    "kms:ReEncryptTo": "ReEncrypt",
}
_Keys = Mapping[str, object]


def _plain(name: str, arn: str, keys: _Keys) -> list[str]:
    del name, keys
    return [f"# on {arn}"]


def _dynamodb(name: str, arn: str, keys: _Keys) -> list[str]:
    table, *below = arn.partition(":table/")[2].split("/")
    options = ["--table-name", table or arn]
    if below[:1] == ["index"]:
        options += ["--index-name", below[1]]
    if name == "ExportTableToPointInTime":
        options = ["--table-arn", arn, "--s3-bucket", "BUCKET"]
    leading = keys.get("dynamodb:leadingkeys")
    values = [str(each) for each in leading] if isinstance(leading, list) else [str(leading)] if leading else []
    if name.startswith("PartiQL"):
        where = f" WHERE pk IN ({', '.join(map(repr, values))})" if values else ""
        # Shown to a person, run by nobody here.
        return ["--statement", f'SELECT * FROM "{table}"{where}']  # noqa: S608  # as said
    if name == "Query" and values:
        expression = json.dumps({":v": {"S": values[0]}})
        options += ["--key-condition-expression", "pk = :v", "--expression-attribute-values", expression]
    elif name in ("GetItem", "DeleteItem", "UpdateItem") and values:
        options += ["--key", json.dumps({"pk": {"S": values[0]}})]
    elif name == "PutItem" and values:
        options += ["--item", json.dumps({"pk": {"S": values[0]}})]
    elif name == "BatchGetItem" and values:
        wanted = [{"pk": {"S": value}} for value in values]
        return ["--request-items", json.dumps({table: {"Keys": wanted}})]
    return options


def _s3(name: str, arn: str, keys: _Keys) -> list[str]:
    del name
    bucket, _, key = arn.partition(":::")[2].partition("/")
    options = ["--bucket", bucket]
    if key:
        options += ["--key", key]
    prefix = keys.get("s3:prefix")
    return [*options, "--prefix", str(prefix)] if prefix is not None else options


def _kms(name: str, arn: str, keys: _Keys) -> list[str]:
    pairs = [
        f"{key.partition('kms:encryptioncontext:')[2]}={value}"
        for key, value in keys.items()
        if "encryptioncontext:" in key
    ]
    options = ["--key-id", arn]
    if name in ("Decrypt", "ReEncryptFrom"):
        options += ["--ciphertext-blob", "fileb://CIPHERTEXT"]
    return [*options, "--encryption-context", ",".join(pairs)] if pairs else options


def _named(option: str, after: str) -> Callable[[str, str, _Keys], list[str]]:
    def make(name: str, arn: str, keys: _Keys) -> list[str]:
        del name, keys
        return [option, arn.partition(after)[2] if after else arn]

    return make


def _sts(name: str, arn: str, keys: _Keys) -> list[str]:
    del name
    tags = [
        f"Key={key.partition('/')[2]},Value={value}" for key, value in keys.items() if key.startswith("aws:requesttag/")
    ]
    options = ["--role-arn", arn, "--role-session-name", "test"]
    return [*options, "--tags", *tags] if tags else options


_MAKERS: Mapping[str, Callable[[str, str, _Keys], list[str]]] = {
    "dynamodb": _dynamodb,
    "kms": _kms,
    "lambda": _named("--function-name", ":function:"),
    "s3": _s3,
    "secretsmanager": _named("--secret-id", ""),
    "sns": _named("--topic-arn", ""),
    "ssm": _named("--name", ":parameter"),
    "sts": _sts,
}
