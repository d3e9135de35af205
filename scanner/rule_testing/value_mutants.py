"""Rules' passing examples with one value changed: a rule that reads what a value says must notice.

A value counts where the rule looks at it at all: where the verdict is open if it is unknown, and for what is emptied,
another without it. The changes are a closed table,
of what people write by mistake and what looks like a bound and is none. Where a verdict rightly stays, the rule's line
in `rules/value_mutants.yaml` says why, by one of five reasons.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, get_args

from scanner.base.record import record
from scanner.language.library import Library
from scanner.language.rule import Example, Rule
from scanner.rule_testing.examples import HOLE, judge_example, paths_of

Change = Literal[
    "principal *",
    "principal {AWS: *}",
    "principal account root",
    "principal foreign account",
    "operator IfExists",
    "operator ForAllValues",
    "operator negated",
    "value *",
    "value another's",
    "value flipped",
    "empty text",
    "empty list",
    "empty map",
    "sibling's Ref",
]
Reason = Literal["another-holds", "still-right", "not-asked", "aws-refuses", "judged-elsewhere"]
REASONS: Mapping[Reason, str] = {
    "another-holds": "another value of the example keeps it right by itself",
    "still-right": "the changed value is right as well",
    "not-asked": "the rule asks that there is such a thing, and not which",
    "aws-refuses": "AWS takes no such value, so nobody has it",
    "judged-elsewhere": "another rule judges this",
}
assert set(REASONS) == set(get_args(Reason))  # noqa: S101  # one list, written twice for the checker
_EMPTY = ("empty text", "empty list", "empty map")
FOREIGN = "999988887777"
_ACCOUNT = re.compile(r"\b\d{12}\b")
_NEGATED = {
    "StringEquals": "StringNotEquals",
    "StringLike": "StringNotLike",
    "StringEqualsIgnoreCase": "StringNotEqualsIgnoreCase",
    "ArnEquals": "ArnNotEquals",
    "ArnLike": "ArnNotLike",
    "IpAddress": "NotIpAddress",
}
# The operators under which a `*` means everything; under others it is a character.
_LIKE = {"StringEquals": "StringLike", "StringLike": "StringLike", "ArnEquals": "ArnLike", "ArnLike": "ArnLike"}
# A word of AWS's own, such as `ENABLED` or `TLSv1.2_2021`; people's names begin with a small letter.
_WORD = re.compile(r"[A-Z][A-Za-z0-9_.-]{2,60}")
_SIBLING = "AnotherOne"
_SIBLINGS = {_SIBLING: {"Type": "AWS::CloudFormation::WaitConditionHandle"}}
Path = tuple[str | int, ...]


@record
class ValueMutant:
    """`verdict` is what the rule says of the changed example; `moved` whether that is another one than before."""

    rule: str
    example: str
    path: str
    change: Change
    verdict: str
    moved: bool

    @property
    def place(self) -> str:
        """As the list of reasons names it."""
        return f"{self.example} | {self.path} | {self.change}"

    def __str__(self) -> str:
        return f"{self.rule}: example `{self.example}` stays {self.verdict} with {self.change} at `{self.path}`"


def check_values(rule: Rule, library: Library) -> Iterator[ValueMutant]:
    """Each change of a value that the rule looks at, in its passing examples."""
    for example in rule.examples:
        if example.kind != "pass":
            continue
        resources = example.body.get("Resources")
        for logical_id, resource in resources.items() if isinstance(resources, dict) else ():
            properties = resource.get("Properties") if isinstance(resource, dict) else None
            for below in paths_of(properties):
                path: Path = ("Resources", logical_id, "Properties", *below)
                changes = list(_changes(path, _at(example.body, path), _statement(example.body, path)))
                emptied = [each for each in changes if each[0] in _EMPTY]
                others = [each for each in changes if each[0] not in _EMPTY]
                if others and (about := _decides(rule, example, path, library)):
                    yield from _mutants(rule, example, path, others, about, library)
                if emptied and (about := _is_needed(rule, example, path, library)):
                    yield from _mutants(rule, example, path, emptied, about, library)


def _mutants(
    rule: Rule,
    example: Example,
    path: Path,
    changes: Sequence[tuple[Change, object]],
    about: frozenset[str],
    library: Library,
) -> Iterator[ValueMutant]:
    """`about` are the resources whose verdict rests on the value: each of theirs must move."""
    for change, value in changes:
        verdicts = _verdicts(rule, example, _with(example.body, path, value, change), library)
        staying = [name for name in sorted(about) if verdicts.get(name) == "PASS"]
        shown = ".".join(map(str, path[1:]))
        verdict = "PASS" if staying else next((each for each in verdicts.values() if each != "PASS"), "gone")
        yield ValueMutant(rule.id, example.name, shown, change, verdict, not staying)


def _decides(rule: Rule, example: Example, path: Path, library: Library) -> frozenset[str]:
    return _not_passing(_verdicts(rule, example, _with(example.body, path, HOLE, "empty map"), library))


def _is_needed(rule: Rule, example: Example, path: Path, library: Library) -> frozenset[str]:
    """The resources whose verdict is another without it: then something empty in its place must do the same."""
    copy: Any = json.loads(json.dumps(example.body, default=str))
    del _at(copy, path[:-1])[path[-1]]  # type: ignore[attr-defined]  # a mapping or list, by its path
    return _not_passing(_verdicts(rule, example, copy, library))


def _not_passing(verdicts: Mapping[str, str]) -> frozenset[str]:
    return frozenset(name for name, verdict in verdicts.items() if verdict != "PASS")


def _verdicts(rule: Rule, example: Example, body: Mapping[str, object], library: Library) -> dict[str, str]:
    """Of each resource; one that is no template any more is one that AWS refuses."""
    return {
        str(finding.resource["logical_id"]): finding.verdict for finding in judge_example(rule, example, body, library)
    }


def _changes(path: Path, value: object, statement: Mapping[str, object] | None) -> Iterator[tuple[Change, object]]:
    name = path[-1]
    if statement is not None and name == "Principal" and statement.get("Effect") != "Deny":
        if value != "*":
            yield "principal *", "*"
        if value != {"AWS": "*"}:
            yield "principal {AWS: *}", {"AWS": "*"}
        yield "principal account root", {"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}}
        yield "principal foreign account", {"AWS": f"arn:aws:iam::{FOREIGN}:root"}
        return
    if statement is not None and len(path) > 1 and path[-2] == "Condition" and isinstance(value, dict):
        yield from _operators(str(name), value, allow=statement.get("Effect") != "Deny")
        return
    if statement is not None and "Condition" in path and not isinstance(value, dict):
        if isinstance(value, str) and _ACCOUNT.search(value):
            yield "value another's", _ACCOUNT.sub(FOREIGN, value)
        return
    if statement is not None or name in ("Statement", "PolicyDocument") or "Statement" in path:
        # What a policy grants or refuses is changed above; one that says nothing grants nothing.
        return
    if isinstance(value, bool):
        yield "value flipped", not value
    elif isinstance(value, str):
        if value.lower() in ("true", "false"):
            yield "value flipped", "false" if value.lower() == "true" else "true"
        elif value:
            yield "empty text", ""
            if _WORD.fullmatch(value) and "Tags" not in path:
                yield "value another's", "SomethingElse"
    elif isinstance(value, list) and value:
        yield "empty list", []
    elif isinstance(value, dict) and value:
        if _is_reference(value):
            yield "sibling's Ref", {"Ref": _SIBLING}
        elif not any(str(key).startswith("Fn::") for key in value):
            yield "empty map", {}


def _operators(name: str, value: Mapping[str, object], *, allow: bool) -> Iterator[tuple[Change, object]]:
    """Of a Deny, what holds without the key refuses more, so that only the negation makes it weaker."""
    plain = name.rpartition(":")[2]
    if allow and not plain.endswith("IfExists") and plain != "Null":
        yield "operator IfExists", (f"{name}IfExists", value)
    if allow and ":" not in name and plain != "Null":
        yield "operator ForAllValues", (f"ForAllValues:{name}", value)
    if allow and plain in _LIKE and all(isinstance(each, str) for each in value.values()):
        yield "value *", (name.replace(plain, _LIKE[plain]), dict.fromkeys(value, "*"))
    if plain in _NEGATED:
        yield "operator negated", (name.replace(plain, _NEGATED[plain]), value)


def _is_reference(value: Mapping[str, object]) -> bool:
    return len(value) == 1 and (("Ref" in value and not str(value["Ref"]).startswith("AWS::")) or "Fn::GetAtt" in value)


def _at(body: Any, path: Path) -> object:  # Any: JSON by its keys
    for key in path:
        body = body[key]
    return body


def _statement(body: Any, path: Path) -> Mapping[str, object] | None:
    """The policy statement that the path is in."""
    found: Mapping[str, object] | None = None
    for key in path:
        if isinstance(body, dict) and "Effect" in body and ("Action" in body or "NotAction" in body):
            found = body
        body = body[key]
    return found


def _with(body: Mapping[str, object], path: Path, value: object, change: Change) -> Mapping[str, object]:
    copy: Any = json.loads(json.dumps(body, default=str))
    node = copy
    for key in path[:-1]:
        node = node[key]
    if isinstance(value, tuple):
        # The new name of the operator, and what stands under it.
        del node[path[-1]]
        node[value[0]] = value[1]
    else:
        node[path[-1]] = value
    if change == "sibling's Ref":
        copy["Resources"] = {**copy["Resources"], **_SIBLINGS}
    return copy  # type: ignore[no-any-return]  # JSON of a mapping


__all__ = ["FOREIGN", "REASONS", "Change", "Reason", "ValueMutant", "check_values"]
