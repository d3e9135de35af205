"""The documents of AWS-managed policies, readable offline.

They ship as `managed_policies.zip`, compiled by `scripts/compile_managed_policies.py` from a moto release; one is
unpacked at a time. AWS changes these policies without notice, so whoever rests a verdict on one says which release and
version was read. A name that is not here is unknown: it may exist.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, TypedDict

from scanner.base.record import record
from scanner.shipped_data import data_file

if TYPE_CHECKING:
    from zipfile import ZipFile

_ARN = re.compile(r"arn:(?P<partition>aws|aws-cn|aws-us-gov):iam::aws:policy/(?P<name>[\w+=,.@/-]+)", re.ASCII)

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


@record
class ManagedPolicy:
    """`document` is the default version's; `updated` the day AWS made that version, `release` where it was read from.

    `same_partition` is false for an ARN of another partition than `aws`: the document read is the commercial one,
    and the one in force there may differ.
    """

    arn: str
    name: str
    document: Mapping[str, Json]
    version: str
    updated: str
    release: str
    same_partition: bool


class _Entry(TypedDict):
    version: str
    updated: str
    document: dict[str, Json]


class _About(TypedDict):
    release: str
    date: str


def managed_policy(arn: str) -> ManagedPolicy | None:
    """The policy of this ARN; None if the ARN is not an AWS-managed policy's or its name is not known.

    The path is part of the name, as with IAM: `policy/AWSLambdaBasicExecutionRole` without its `service-role/` is no
    policy. The document is a new object at each call.
    """
    matched = _ARN.fullmatch(arn)
    if matched is None or matched["name"] not in _known_names():
        return None
    entry: _Entry = json.loads(_archive().read(matched["name"]))
    return ManagedPolicy(
        arn=arn,
        name=matched["name"].rpartition("/")[2],
        document=entry["document"],
        version=entry["version"],
        updated=entry["updated"],
        release=_about()["release"],
        same_partition=matched["partition"] == "aws",
    )


def managed_policy_names() -> tuple[str, ...]:
    """Every known policy with its path, `service-role/AWSLambdaBasicExecutionRole`, sorted."""
    return tuple(sorted(_known_names()))


def managed_policies_release() -> tuple[str, str]:
    """Which release the documents are from (`moto X.Y.Z`), and the day of the newest of them."""
    about = _about()
    return about["release"], about["date"]


@lru_cache(maxsize=1)
def _archive() -> ZipFile:
    from io import BytesIO
    from zipfile import ZipFile  # only scans with an AWS-managed policy need it

    # Held in memory: forked workers would share an open file's position.
    return ZipFile(BytesIO(data_file("managed_policies.zip").read_bytes()))


@lru_cache(maxsize=1)
def _known_names() -> frozenset[str]:
    return frozenset(_archive().namelist())


@lru_cache(maxsize=1)
def _about() -> _About:
    about: _About = json.loads(_archive().comment)
    return about
