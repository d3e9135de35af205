"""Values that were given for parameters, held against what the template says they may be."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from scanner.base.problem import did_you_mean
from scanner.inputs.cloudformation.parameters import scalar
from scanner.inputs.secret_spans import is_hidden
from scanner.model.number_text import number_of

_LISTS = ("CommaDelimitedList", "List<")
_LONGEST = 4096
"""Characters of a parameter's value at most ("AWS CloudFormation quotas")."""
# A pattern is the template's, and must not take longer than it is worth: no repeat of a group, and few repeats.
_GROUP_REPEAT = re.compile(r"\)[*+?{]")
_MOST_REPEATS = 4
_MOST_TRIED = 200
# What ids of AWS's own types begin with ("Supported AWS-specific parameter types").
_BEGINS = {
    "AWS::EC2::Image::Id": "ami-",
    "AWS::EC2::Instance::Id": "i-",
    "AWS::EC2::SecurityGroup::Id": "sg-",
    "AWS::EC2::Subnet::Id": "subnet-",
    "AWS::EC2::Volume::Id": "vol-",
    "AWS::EC2::VPC::Id": "vpc-",
}


def complaint(name: str, parameter: Mapping[str, object], value: object) -> tuple[str, str | None] | None:
    """Why CloudFormation refuses the value, and a hint; None where it takes it, or where that is not known before."""
    kind = scalar(parameter.get("Type") or "String")
    if kind.startswith("AWS::SSM::Parameter::") or not isinstance(value, str | int | float | bool | list):
        return None
    if isinstance(value, list) and not all(isinstance(item, str | int | float | bool) for item in value):
        return None
    text = ",".join(map(scalar, value)) if isinstance(value, list) else scalar(value)
    items = [item.strip() for item in text.split(",")] if kind.startswith(_LISTS) else [text]
    hidden = is_hidden(name, parameter)
    for item in items:
        for said, hint in _objections(parameter, kind, item):
            shown = "the value" if hidden else f"`{item[:60]}`"
            return f"{shown} {said}", None if hidden else hint
    return None


def _objections(parameter: Mapping[str, object], kind: str, item: str) -> Iterator[tuple[str, str | None]]:
    if len(item) > _LONGEST:
        yield f"has more than {_LONGEST} characters", None
        return
    allowed = parameter.get("AllowedValues")
    if isinstance(allowed, list) and allowed:
        values = [scalar(each) for each in allowed]
        if item not in values:
            hint = did_you_mean(item, values) or f"they are {', '.join(f'`{each}`' for each in values[:10])}"
            yield "is not one of its AllowedValues", hint
    begins = _BEGINS.get(kind.removeprefix("List<").removesuffix(">"))
    if begins is not None and not item.startswith(begins):
        yield f"does not begin with `{begins}`, and its Type is {kind}", None
    if kind in ("Number", "List<Number>"):
        number = _number(item)
        if number is None:
            yield f"is no number, and its Type is {kind}", None
            return
        for key, wrong in (("MinValue", "is less than"), ("MaxValue", "is more than")):
            bound = _number(parameter.get(key))
            if bound is not None and (number < bound if key == "MinValue" else number > bound):
                yield f"{wrong} its {key}, {scalar(parameter.get(key))}", None
        return
    for key, wrong in (("MinLength", "is shorter than"), ("MaxLength", "is longer than")) if kind == "String" else ():
        bound = _number(parameter.get(key))
        if bound is not None and (len(item) < bound if key == "MinLength" else len(item) > bound):
            yield f"{wrong} its {key}, {scalar(parameter.get(key))}", None
    # Of a list each value must match.
    pattern = parameter.get("AllowedPattern") if kind in ("String", "CommaDelimitedList") else None
    if isinstance(pattern, str) and _matches(pattern, item) is False:
        yield f"does not match its AllowedPattern, `{pattern[:80]}`", None


def _number(value: object) -> float | None:
    return number_of(scalar(value)) if value is not None and not isinstance(value, bool) else None


def _matches(pattern: str, item: str) -> bool | None:
    """Whether the whole value matches; None where that is not tried."""
    repeats = sum(pattern.count(mark) for mark in "*+{")
    if _GROUP_REPEAT.search(pattern) or repeats > _MOST_REPEATS or len(item) > _MOST_TRIED:
        return None
    try:
        return re.fullmatch(pattern, item) is not None
    except (re.error, RecursionError, OverflowError):
        # Java's expressions, which CloudFormation takes, are not all Python's.
        return None


__all__ = ["complaint"]
