"""Whether a command line is one that the AWS CLI takes, by the service models of botocore.

How the CLI names services, operations and options, and its shorthand for structures, is told by the "AWS CLI User
Guide" ("Command structure", "Using shorthand syntax"). Values are checked for their type and for closed lists of
values, not for lengths and patterns: words in capitals stand for what the reader fills in.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from functools import cache
from typing import Any

import botocore.session
from botocore import xform_name

# Commands that have another name than the service's model.
_SERVICES = {"s3api": "s3", "configservice": "config", "deploy": "codedeploy"}
# Options that the CLI adds or names anew ("AWS CLI Command Reference") -> the parameters that they fill.
_OPTIONS = {
    ("ec2", "run-instances", "count"): ("MinCount", "MaxCount"),
    ("ec2", "replace-network-acl-entry", "ingress"): ("Egress",),
    ("lambda", "create-function", "zip-file"): ("Code",),
    ("sns", "subscribe", "notification-endpoint"): ("Endpoint",),
    ("configservice", "put-configuration-recorder", "recording-group"): ("ConfigurationRecorder",),
}
_FILE = re.compile(r"fileb?://\S+")
_WORD = re.compile(r"[A-Z][A-Z0-9_]*")


@cache
def _session() -> botocore.session.Session:
    return botocore.session.Session()


@cache
def _operations(service: str) -> dict[str, Any]:
    """Operations of a service by their names on the command line."""
    model = _session().get_service_model(service)
    return {xform_name(name, "-"): model.operation_model(name) for name in model.operation_names}


def faults(command: str) -> Iterator[str]:
    """What the AWS CLI would refuse."""
    first, service, name, *words = shlex.split(command)
    if first != "aws":
        yield f"`{first}` is no AWS CLI"
        return
    try:
        operations = _operations(_SERVICES.get(service, service))
    except Exception as error:  # noqa: BLE001  # whatever botocore says of a service that is none
        yield f"no service `{service}`: {error}"
        return
    if name not in operations:
        yield f"{service} has no command `{name}`"
        return
    shape = operations[name].input_shape
    members = dict(shape.members) if shape is not None else {}
    options = {xform_name(member, "-"): member for member in members}
    given: set[str] = set()
    for option, values in _options(words):
        if option == "cli-input-json":
            if not _FILE.fullmatch(values[0]):
                yield from _typed(json.loads(values[0]), shape, "input")
            given |= set(shape.required_members)
            continue
        negated = option.removeprefix("no-")
        if made := _OPTIONS.get((service, name, option)):
            given |= set(made)
        elif option in options:
            given.add(options[option])
            yield from _value(values, members[options[option]], f"--{option}")
        elif negated != option and negated in options and _is_flag(members[options[negated]]) and not values:
            given.add(options[negated])
        else:
            yield f"{service} {name} has no option `--{option}`"
    required = shape.required_members if shape is not None else []
    for member in required:
        # The CLI makes tokens that only tell one request from its repetition.
        if member not in given and not members[member].metadata.get("idempotencyToken"):
            yield f"{service} {name} wants `--{xform_name(member, '-')}`"


def _options(words: list[str]) -> Iterator[tuple[str, list[str]]]:
    option, values = "", []
    for word in words:
        if word.startswith("--"):
            if option:
                yield option, values
            option, values = word[2:], []
        else:
            values.append(word)
    if option:
        yield option, values


def _is_flag(shape: Any) -> bool:
    """A boolean, or EC2's structure of one boolean, which the CLI offers as a flag too."""
    if shape.type_name == "boolean":
        return True
    return bool(
        shape.type_name == "structure"
        and list(shape.members) == ["Value"]
        and shape.members["Value"].type_name == "boolean"
    )


def _value(values: list[str], shape: Any, where: str) -> Iterator[str]:
    if _is_flag(shape):
        if values:
            yield f"{where} is a flag and takes no value"
        return
    if not values:
        yield f"{where} has no value"
        return
    if _FILE.fullmatch(values[0]):
        return
    if shape.type_name == "list":
        if values[0].startswith(("[", "{")):
            read = json.loads(values[0])
            yield from _typed(read if isinstance(read, list) else [read], shape, where)
        elif shape.member.type_name in ("structure", "map"):
            yield from _typed([_shorthand(each) for each in values], shape, where)
        else:
            yield from _typed([part for each in values for part in each.split(",")], shape, where)
        return
    if len(values) > 1 and shape.type_name != "map":
        yield f"{where} takes one value"
    if shape.type_name in ("structure", "map"):
        one = values[0]
        yield from _typed(json.loads(one) if one.startswith("{") else _shorthand(one), shape, where)
    else:
        yield from _typed(values[0], shape, where)


def _typed(value: Any, shape: Any, where: str) -> Iterator[str]:
    kind = shape.type_name
    if kind == "structure":
        if not isinstance(value, dict):
            yield f"{where} is no structure: {value!r}"
            return
        if shape.metadata.get("document") or getattr(shape, "is_document_type", False):
            return
        for key, each in value.items():
            if key not in shape.members:
                yield f"{where} has no `{key}`, but {', '.join(shape.members)}"
            else:
                yield from _typed(each, shape.members[key], f"{where}.{key}")
        for key in shape.required_members:
            if key not in value:
                yield f"{where} wants `{key}`"
        if getattr(shape, "is_tagged_union", False) and len(value) != 1:
            yield f"{where} takes one of {', '.join(shape.members)}"
    elif kind == "map":
        if not isinstance(value, dict):
            yield f"{where} is no map: {value!r}"
            return
        for key, each in value.items():
            yield from _typed(key, shape.key, f"{where} (key)")
            yield from _typed(each, shape.value, f"{where}.{key}")
    elif kind == "list":
        for each in value if isinstance(value, list) else [value]:
            yield from _typed(each, shape.member, f"{where}[]")
    elif kind == "boolean":
        if value not in (True, False, "true", "false"):
            yield f"{where} is no boolean: {value!r}"
    elif kind in ("integer", "long", "float", "double"):
        if not re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", str(value)):
            yield f"{where} is no number: {value!r}"
    elif kind == "string":
        if not isinstance(value, str):
            yield f"{where} is no text: {value!r}"
        elif shape.enum and value not in shape.enum and not (value.endswith("REGION") and _WORD.fullmatch(value)):
            yield f"{where} is `{value}`, not one of {', '.join(shape.enum)}"


def _shorthand(text: str) -> dict[str, Any]:
    value, rest = _pairs(text, 0, "")
    if rest != len(text):
        raise ValueError(f"not shorthand from column {rest}: {text}")
    return value


def _pairs(text: str, at: int, close: str) -> tuple[dict[str, Any], int]:
    """`k=v,k=v` up to `close` or the end; a value without a key goes on with the list that the last key began."""
    found: dict[str, Any] = {}
    key = ""
    while at < len(text) and text[at] != close:
        sign = re.compile(r"[^=,\[\]{}]+=").match(text, at)
        if sign:
            key = sign[0][:-1]
            value, at = _one(text, sign.end(), close)
            found[key] = value
        else:
            value, at = _one(text, at, close)
            before = found[key]
            found[key] = [*before, value] if isinstance(before, list) else [before, value]
        if at < len(text) and text[at] == ",":
            at += 1
    return found, at


def _one(text: str, at: int, close: str) -> tuple[Any, int]:
    if text.startswith("{", at):
        value, at = _pairs(text, at + 1, "}")
        return value, at + 1
    if text.startswith("[", at):
        several: list[Any] = []
        at += 1
        while text[at] != "]":
            each, at = _one(text, at, "]")
            several.append(each)
            if text[at] == ",":
                at += 1
        return several, at + 1
    end = at
    while end < len(text) and text[end] != "," and not (close and text[end] == close):
        end += 1
    return text[at:end], end
