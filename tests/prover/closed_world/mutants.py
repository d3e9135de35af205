"""Situations with one value changed: another principal, operator, value, resource, or prefix of an action."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any

from tests.prover.closed_world.question import ROLE, TAG
from tests.prover.closed_world.reference import ACCOUNT

Path = tuple[str | int, ...]
_PRINCIPALS: tuple[Any, ...] = (
    "*",
    {"AWS": "*"},
    {"AWS": ROLE},
    {"AWS": [ROLE]},
    {"AWS": ACCOUNT},
    {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
    {"AWS": f"arn:aws:iam::{ACCOUNT}:role/other"},
    {"Service": "events.amazonaws.com"},
)
_OPERATORS = (
    "StringEquals", "StringLike", "StringNotEquals", "StringNotLike", "StringEqualsIfExists", "StringLikeIfExists",
    "StringEqualsIgnoreCase", "ForAllValues:StringEquals", "ForAllValues:StringLike", "ForAnyValue:StringEquals",
    "ForAnyValue:StringLike",
)  # fmt: skip
# Where roles take on policies: changes of who may take a role are another theorem's.
_TRUST = "AssumeRolePolicyDocument"


def mutants(template: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each with a word on what was changed."""
    for path, statement in _statements(template, ()):
        for what, changed in _changes(statement):
            made = copy.deepcopy(dict(template))
            node: Any = made
            for key in path[:-1]:
                node = node[key]
            node[path[-1]] = changed
            yield f"{'.'.join(map(str, path[1:]))}: {what}", made


def _statements(value: Any, path: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    if isinstance(value, dict):
        if value.get("Effect") in ("Allow", "Deny") and ("Action" in value or "NotAction" in value):
            yield path, value
            return
        for key, each in value.items():
            if key != _TRUST:
                yield from _statements(each, (*path, key))
    elif isinstance(value, list):
        for at, each in enumerate(value):
            yield from _statements(each, (*path, at))


def _changes(statement: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    yield "effect", {**statement, "Effect": "Deny" if statement["Effect"] == "Allow" else "Allow"}
    for key, other in (("Action", "NotAction"), ("Resource", "NotResource")):
        for name, opposite in ((key, other), (other, key)):
            if name in statement:
                turned = {each: value for each, value in statement.items() if each != name}
                yield opposite, {**turned, opposite: statement[name]}
                change = _actions if key == "Action" else _resources
                for what, value in change(statement[name]):
                    yield f"{name} {what}", {**statement, name: value}
    if "Principal" in statement:
        for principal in _PRINCIPALS:
            if principal != statement["Principal"]:
                yield f"Principal {principal}", {**statement, "Principal": principal}
    if "Condition" in statement:
        yield "no condition", {key: value for key, value in statement.items() if key != "Condition"}
        for what, value in _conditions(statement["Condition"]):
            yield f"Condition {what}", {**statement, "Condition": value}


def _each(value: Any) -> Iterator[tuple[str, Any]]:
    """Every text of a value with what would put another in its place."""
    several = value if isinstance(value, list) else [value]
    for at, text in enumerate(several):
        if isinstance(text, str):
            yield text, lambda new, at=at: [*several[:at], new, *several[at + 1 :]]


def _actions(value: Any) -> Iterator[tuple[str, Any]]:
    for text, put in _each(value):
        prefix, colon, verb = text.partition(":")
        if colon:
            for new in (
                f"{prefix}:*",
                f"{prefix}:{verb[:3]}*",
                "*",
                f"{prefix}x:{verb}",
                f"{prefix.upper()}:{verb.lower()}",
            ):
                if new != text:
                    yield new, put(new)


def _resources(value: Any) -> Iterator[tuple[str, Any]]:
    for text, put in _each(value):
        for new in (
            "*",
            text.replace(TAG, "*"),
            text.replace(TAG, f"{TAG}*"),
            text.replace(TAG, "globex"),
            text.replace(TAG, "${aws:PrincipalTag/Other}"),
            f"{text}-sibling",
            f"{text}/*",
            ":".join(text.split(":")[:3]) if text.startswith("arn:") else text,
        ):
            if new != text:
                yield new, put(new)


def _conditions(block: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for operator, keys in block.items():
        rest = {each: value for each, value in block.items() if each != operator}
        if operator.rpartition(":")[2].startswith("String"):
            for other in _OPERATORS:
                if other not in block:
                    yield other, {**rest, other: keys}
        for key, value in keys.items():
            if operator == "Null":
                turned = "false" if str(value).lower() == "true" else "true"
                yield f"Null {key} {turned}", {**rest, operator: {**keys, key: turned}}
                continue
            for text, put in _each(value):
                for new in ("*", "globex", f"{text}*", f"{text}x", text.replace(TAG, "globex")):
                    if new != text:
                        yield f"{key} {new}", {**rest, operator: {**keys, key: put(new)}}
            yield (
                f"{key} or globex",
                {
                    **rest,
                    operator: {**keys, key: [*(value if isinstance(value, list) else [value]), "globex"]},
                },
            )
            other = key.rpartition("/")[0] + "/Other" if "/" in key else f"{key}x"
            yield f"{key} -> {other}", {**rest, operator: {**{k: v for k, v in keys.items() if k != key}, other: value}}
