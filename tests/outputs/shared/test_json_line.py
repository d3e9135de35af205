from __future__ import annotations

import datetime
import json
import math

import pytest

from scanner.outputs.shared.json_line import json_line
from tests.outputs.reading import faults, rendered
from tests.outputs.sample import sample_report


def refuse(constant: str) -> None:
    raise AssertionError(f"{constant} is no JSON")


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ({"a": [math.inf, -math.inf, (1.5,)]}, {"a": ["inf", "-inf", [1.5]]}),
        ([math.nan], ["nan"]),
        ("\ud800", "\\ud800"),
        ("\udfff\ud800", "\\udfff\\ud800"),
        ("\\\ud800", "\\\\ud800"),
        ("\\ud800", "\\ud800"),
        ("\U0001f9ea", "\U0001f9ea"),
        ({"\ud800": "\U0001f9ea\udc00"}, {"\\ud800": "\U0001f9ea\\udc00"}),
        (datetime.date(2026, 11, 22), "2026-11-22"),
    ],
)
def test_what_is_no_json_is_read_back_as_text(value: object, read: object) -> None:
    text = json_line(value)
    assert text.isascii() and "\n" not in text
    assert json.loads(text, parse_constant=refuse) == read


def test_an_endless_number_in_a_template_leaves_an_event_whole() -> None:
    report = sample_report()
    report["findings"][0]["evidence"][0]["value"] = {"Size": math.inf, "Rate": math.nan}
    report["findings"] = report["findings"][:1]
    event = json.loads(rendered("ocsf", report, account="111122223333"), parse_constant=refuse)
    assert event["evidences"][0]["data"]["value"] == {"Size": "inf", "Rate": "nan"}
    assert faults(event, "ocsf-1.5.0-compliance_finding.json") == []
