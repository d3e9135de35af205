"""How the provider `awscc` calls CloudFormation's types and properties.

The provider is generated from CloudFormation's schemas; what it makes of a name is `internal/naming` of
hashicorp/terraform-provider-awscc. It cannot be reverted: `KMSKeyId` and `KmsKeyId` are both `kms_key_id`. So
`scanner/_data/cloud_control.json` has the names that a type has, written by `scripts/compile_cloud_control.py`.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Literal

from scanner.base.record import record
from scanner.shipped_data import data_file

_ONE_WORD = ("CloudFormation", "CloudFront", "CloudWatch", "FSx")


@record
class Entry:
    """What one attribute is in CloudFormation.

    `kind` is `json` where the attribute is JSON text of a value, and `keys` where its keys are the user's own. `below`
    are the attributes inside whose names say more than `capitalized` gives.
    """

    name: str
    kind: Literal["", "json", "keys"] = ""
    below: Mapping[str, Entry] | None = None


@record
class CloudControlType:
    """`entries` are all attributes of the type."""

    cloudformation: str
    entries: Mapping[str, Entry]


def attribute_name(property_name: str) -> str:
    """The attribute that a property becomes."""
    for each in _ONE_WORD:
        property_name = property_name.replace(each, each.capitalize())
    text = property_name.replace("CNAMEs", "Cnames")
    made: list[str] = []
    for index, letter in enumerate(text):
        following = text[index + 1 : index + 2]
        if not letter.isalnum():
            made.append("_")
        elif letter.isupper():
            # The last capital before a small letter begins a word.
            made.append("_" if following.islower() and text[index - 1 : index].isupper() else "")
            made.append(letter.lower())
        else:
            ends = following.isupper() or (following.isdigit() if letter.islower() else following.islower())
            made += [letter, "_" if ends else ""]
    return "".join(made)


def type_name(cloudformation: str) -> str | None:
    """The resource type of the provider; None for what is no type of three parts."""
    parts = cloudformation.split("::")
    if len(parts) != 3 or not all(parts):  # noqa: PLR2004  # organisation, service and resource
        return None
    return f"{parts[0].lower()}cc_{parts[1].lower()}_{attribute_name(parts[2])}"


def capitalized(attribute: str) -> str:
    """The property where no entry says it."""
    return "".join(word[:1].upper() + word[1:] for word in attribute.split("_"))


@cache
def cloud_control_type(name: str) -> CloudControlType | None:
    """By the provider's name, such as `awscc_s3_bucket`; None for a type that no rule reads."""
    lines = _lines()
    key = f'"{name}":'.encode()
    place = bisect_left(lines, key)
    if place >= len(lines) or not lines[place].startswith(key):
        return None
    cloudformation, entries = json.loads(lines[place][len(key) :].rstrip(b","))
    return CloudControlType(cloudformation, dict(_entries(entries)))


@cache
def cloud_control_names() -> Mapping[str, str]:
    """The provider's name of each CloudFormation type that it is read for."""
    found: dict[str, str] = {}
    for line in _lines():
        name, rest = line.split(b":", 1)
        found[rest.split(b'"', 2)[1].decode()] = name.strip(b'"').decode()
    return found


def _entries(listed: Mapping[str, object]) -> Iterator[tuple[str, Entry]]:
    for attribute, said in listed.items():
        name, *rest = said if isinstance(said, list) else [said]
        below = next((each for each in rest if isinstance(each, dict)), None)
        kind: Literal["", "json", "keys"] = "json" if "j" in rest else "keys" if "k" in rest else ""
        yield (
            attribute,
            Entry(str(name) or capitalized(attribute), kind, dict(_entries(below)) if below is not None else None),
        )


@cache
def _lines() -> list[bytes]:
    # The first line opens the document, the last closes it.
    return data_file("cloud_control.json").read_bytes().split(b"\n")[1:-2]


__all__ = [
    "CloudControlType",
    "Entry",
    "attribute_name",
    "capitalized",
    "cloud_control_names",
    "cloud_control_type",
    "type_name",
]
