"""Renders a report to the form that another program's reader takes."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema

from scanner.findings.report_document import ReportDocument
from scanner.outputs import render
from scanner.outputs.shared.render_options import RenderOptions

SCHEMAS = Path(__file__).resolve().parents[1] / "schemas"
GOLDEN = Path(__file__).resolve().parents[1] / "golden"


def rendered(name: str, report: ReportDocument, **options: Any) -> str:  # whatever the options take
    content = render(name, report, RenderOptions(**options))
    assert isinstance(content, str)
    return content


def parsed(name: str, report: ReportDocument, **options: Any) -> Any:  # other people's JSON
    """JSON, in which a number is finite and a text can be encoded."""

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is no JSON")

    return json.loads(rendered(name, report, **options).encode("utf-8"), parse_constant=refuse)


def faults(document: object, schema: str) -> list[str]:
    errors = _validator(schema).iter_errors(document)
    return [f"{'/'.join(map(str, each.absolute_path))}: {each.message[:200]}" for each in errors]


@cache
def _validator(schema: str) -> Any:  # jsonschema's validators share no type
    document = json.loads((SCHEMAS / schema).read_text("utf-8"))
    return jsonschema.validators.validator_for(document)(document)
