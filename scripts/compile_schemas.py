"""Write `schema/*.schema.json` from the code that checks the same files, so that editors and the loader agree.

`python scripts/compile_schemas.py` writes them all; a test compares what is committed with what this gives.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from scanner.acceptance.decisions import DECISIONS  # noqa: E402  # likewise
from scanner.acceptance.exceptions_file import EXCEPTIONS  # noqa: E402  # likewise
from scanner.config.schema import CONFIG  # noqa: E402  # only now can the checkout be imported
from scanner.controls.frameworks import FRAMEWORK  # noqa: E402  # likewise
from scanner.findings.report_rows import RowsDocument  # noqa: E402  # likewise
from scanner.language.grammar import RELATIONS, RULE  # noqa: E402  # likewise
from scanner.tenancy.schema import TENANCY  # noqa: E402  # likewise
from scanner.text.json_schema import to_json_schema  # noqa: E402  # likewise
from scripts.report_schema import inventory_schema, report_schema  # noqa: E402  # likewise

TARGET = ROOT / "schema"

Schema = dict[str, object]


def tenancy() -> Schema:
    return to_json_schema(TENANCY, identity("tenancy"), "tenancy.yaml: what a project calls a tenant")


def exceptions() -> Schema:
    return to_json_schema(EXCEPTIONS, identity("exceptions"), "exceptions.yaml: accepted findings")


def decisions() -> Schema:
    return to_json_schema(DECISIONS, identity("decisions"), "decisions.yaml: what was decided of addressable entries")


def rule() -> Schema:
    return to_json_schema(RULE, identity("rule"), "a rule: its claim, reason, check, fix and examples")


def relations() -> Schema:
    return to_json_schema(RELATIONS, identity("relations"), "relations.yaml: what names what")


def framework() -> Schema:
    return to_json_schema(FRAMEWORK, identity("framework"), "a framework: which rule evidences which control")


def config() -> Schema:
    return to_json_schema(CONFIG, identity("config"), "tenantproof.yaml: how a project is scanned")


def report() -> Schema:
    return report_schema(identity("report"))


def report_in_rows() -> Schema:
    return report_schema(identity("report-rows"), "the JSON report in rows (`--format json=compact`)", RowsDocument)


def inventory() -> Schema:
    return inventory_schema(identity("inventory"))


def identity(name: str) -> str:
    """A schema's `$id`: a name, since nothing is to be fetched."""
    return f"urn:tenantproof:schema:{name}"


SCHEMAS: dict[str, Callable[[], Schema]] = {
    "config": config,
    "decisions": decisions,
    "exceptions": exceptions,
    "framework": framework,
    "inventory": inventory,
    "relations": relations,
    "report": report,
    "report-rows": report_in_rows,
    "rule": rule,
    "tenancy": tenancy,
}


def render(name: str) -> str:
    return json.dumps(SCHEMAS[name](), indent=2, ensure_ascii=False) + "\n"


def main() -> None:
    TARGET.mkdir(exist_ok=True)
    for name in SCHEMAS:
        (TARGET / f"{name}.schema.json").write_text(render(name), "utf-8")


if __name__ == "__main__":
    main()
