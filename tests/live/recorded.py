"""Real answers of AWS, recorded by others, at the collectors' seam.

They are no part of the project: `SHARED/corpus/recorded-answers.zip` has a folder for each recording, and a file for
each call with what botocore made of the answer.
"""

from __future__ import annotations

import datetime
import json
import re
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from scanner.live.aws_calls import Answer, RefusedError
from scanner.live.collector_table import Call, Service
from scanner.live.services import SERVICES

_NAME = re.compile(r"([^/]+)/([A-Za-z0-9.-]+)\.([A-Za-z0-9]+)_(\d+)\.json")
Key = tuple[str, str]
"""The first part of a service's address, and the operation in boto3's spelling."""


@cache
def prefix_of(service: str) -> str:
    session: Any = import_module("botocore.session").get_session()
    return str(session.get_service_model(service).endpoint_prefix)


def key_of(service: Service, call: Call) -> Key:
    return prefix_of(call.service or service.name.removesuffix("-cloudfront")), call.operation


class Recording:
    """A caller that answers as AWS once did. What was not recorded is refused, and `missing` says so."""

    def __init__(self) -> None:
        self.answers: dict[Key, list[tuple[int, Mapping[str, Any]]]] = defaultdict(list)
        self.missing: set[Key] = set()
        self._asked: Counter[Key] = Counter()

    def call(self, service: str, operation: str, /, **arguments: object) -> Answer:
        del arguments
        key = (prefix_of(service), operation)
        if key not in self.answers:
            self.missing.add(key)
            raise RefusedError("NotRecorded")
        answers = sorted(self.answers[key], key=lambda each: each[0])
        _, document = answers[self._asked[key] % len(answers)]
        self._asked[key] += 1
        data: dict[str, Any] = document.get("data", {})
        if document.get("status_code", 200) >= 300:
            error = data.get("Error", {})
            raise RefusedError(str(error.get("Code", document["status_code"])), str(error.get("Message", "")))
        return data


def recordings(path: Path) -> Iterator[tuple[str, Recording]]:
    """By their names. A file that is no JSON is left out."""
    xform: Any = import_module("botocore").xform_name
    found: dict[str, Recording] = defaultdict(Recording)
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            match = _NAME.fullmatch(name)
            if match is None:
                continue
            try:
                document = json.loads(archive.read(name), object_hook=_value)
            except ValueError:
                continue
            folder, service, operation, number = match.groups()
            found[folder].answers[service, xform(operation)].append((int(number), document))
    yield from sorted(found.items())


def _value(value: dict[str, Any]) -> Any:
    kind = value.get("__class__")
    if kind == "datetime":
        names = ("year", "month", "day", "hour", "minute", "second", "microsecond")
        return datetime.datetime(**{name: value[name] for name in names if name in value}, tzinfo=datetime.UTC)
    return str(value.get("value", "")) if kind is not None else value


def calls() -> Iterator[tuple[str, Key]]:
    """Every call of every collector, with the name of its service."""
    for service in SERVICES:
        for collector in service.collectors:
            yield service.name, key_of(service, collector.listing)
            waiting = [collector.part, *collector.also]
            while waiting:
                part = waiting.pop()
                yield from ((service.name, key_of(service, detail)) for detail in part.details.values())
                waiting.extend(part.children)
