"""Every collector over what AWS really answered, as far as others have recorded it. Skips where they are absent."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest

from scanner.live.collector import Where, collect
from scanner.live.services import SERVICES
from scanner.snapshots.lines import Failed, Line, Seen
from scanner.snapshots.redaction import Redaction
from scripts import write_unrecorded_fields
from scripts.write_recorded_calls import MARKS, TARGET, table
from tests.conftest import SHARED
from tests.live.recorded import Recording, key_of, recordings

pytestmark = pytest.mark.full

RECORDED = SHARED / "corpus" / "recorded-answers.zip"
# Recordings that were made by hand, and answer what AWS does not.
BY_HAND = {("AWS::EC2::VPCEndpoint", "PolicyDocument")}
# These asked for the resources of an API without the methods, of which AWS then tells no more than the names.
ASKED_OTHERWISE = ("AWS::ApiGateway::Method",)


def _lines(recording: Recording) -> Iterator[Line]:
    """What becomes of each list that was recorded."""
    for service in SERVICES:
        for collector in service.collectors:
            if key_of(service, collector.listing) in recording.answers:
                alone = replace(service, collectors=(collector,))
                yield from collect(alone, recording, Where("644160558196", "us-east-1"), Redaction(b"k" * 32))


def test_what_aws_answered_is_understood(monkeypatch: pytest.MonkeyPatch) -> None:
    # A report that was not ready when it was recorded is asked for for two minutes.
    monkeypatch.setattr(time, "sleep", lambda _: None)
    if not RECORDED.exists():
        pytest.skip(f"{RECORDED} is absent")
    types: Counter[str] = Counter()
    wrong: list[str] = []
    for name, recording in recordings(RECORDED):
        for line in _lines(recording):
            if isinstance(line, Seen):
                types[line.type] += 1
                wrong += [
                    f"{name}: {line.type} {path}: {why.detail}"
                    for path, why in line.unknown
                    if why.cause == "scanner-error" and (line.type, path[0]) not in BY_HAND
                ]
            elif isinstance(line, Failed) and line.why.cause == "scanner-error" and line.types != ASKED_OTHERWISE:
                wrong.append(f"{name}: {line.call} on {line.on}: {line.why.detail}")
    assert not wrong, "\n".join(wrong)
    assert sum(types.values()) > 2_500
    assert len(types) > 120


def test_the_table_of_recorded_calls_is_up_to_date() -> None:
    if not RECORDED.exists():
        pytest.skip(f"{RECORDED} is absent")
    _, _, rest = TARGET.read_text("utf-8").partition(MARKS[0])
    assert rest.partition(MARKS[1])[0] == table(RECORDED), "run python scripts/write_recorded_calls.py RECORDED"


def test_the_table_of_fields_that_no_recording_has_is_up_to_date() -> None:
    if not RECORDED.exists():
        pytest.skip(f"{RECORDED} is absent")
    marks = write_unrecorded_fields.MARKS
    _, _, rest = TARGET.read_text("utf-8").partition(marks[0])
    told = rest.partition(marks[1])[0]
    assert told == write_unrecorded_fields.table(RECORDED), "run python scripts/write_unrecorded_fields.py RECORDED"
    assert "NOT EXPLAINED" not in told, "say why in scripts/write_unrecorded_fields.py, or read it"


def test_no_recording_lacks_what_a_shape_requires() -> None:
    if not RECORDED.exists():
        pytest.skip(f"{RECORDED} is absent")
    assert write_unrecorded_fields.contradicted(write_unrecorded_fields.recorded(RECORDED)) == []
