"""The findings that a project has decided to live with for now, in a file of their own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from scanner.base.problem import Problem, ProblemsError
from scanner.findings.comparison import COMPARED, Before, Known, known_of, sketches
from scanner.findings.report_document import ROWS, SEVERITIES, VERDICTS, ReportDocument
from scanner.findings.report_document import SCHEMA as REPORT

SCHEMA = "tenantproof-baseline/1"
MAX_BYTES = 256 * 1024 * 1024


def baseline_text(report: ReportDocument) -> str:
    """The report's open findings, one a line and sorted, so that a change of the file reads well in a review."""
    known = sorted(
        (known_of(each) for each in report["findings"] if each["verdict"] in COMPARED),
        key=lambda each: (each.address, each.rule, each.id),
    )
    lines = ",\n".join(
        json.dumps(
            {
                "id": e.id,
                "rule": e.rule,
                "severity": e.severity,
                "verdict": e.verdict,
                "address": e.address,
                "fingerprint": e.fingerprint,
            },
            ensure_ascii=True,
        )
        for e in known
    )
    # What is in each file, so that a file can be told again under another name.
    files = ",\n".join(
        f"{json.dumps(path)}: {json.dumps(sorted(s))}" for path, s in sorted(sketches(report["findings"]).items())
    )
    return f'{{\n"schema": "{SCHEMA}",\n"findings": [{_apart(lines)}],\n"files": {{{_apart(files)}}}\n}}\n'


def _apart(lines: str) -> str:
    return f"\n{lines}\n" if lines else ""


def read_baseline(path: Path) -> Before:
    """The findings of a baseline, or of a whole JSON report, and what was in the files. Raises `ProblemsError`."""
    data = read_findings(path, (SCHEMA, REPORT))
    found = []
    for number, each in enumerate(data["findings"], 1):
        known = _known(each)
        if known is None:
            message = f"finding {number} is not one of a baseline"
            hint = "write the file again with --write-baseline"
            raise ProblemsError([Problem(path.as_posix(), message, hint=hint, kind="config")])
        found.append(known)
    if data["schema"] == REPORT:
        whole = [each for each in data["findings"] if isinstance(each["resource"].get("type"), str)]
        return Before(found, files=sketches(whole))
    files = data.get("files")
    listed = files.items() if isinstance(files, dict) else ()
    return Before(
        found,
        files={
            str(name): frozenset(each for each in several if isinstance(each, str))
            for name, several in listed
            if isinstance(several, list)
        },
    )


def read_findings(path: Path, schemas: tuple[str, ...]) -> dict[str, Any]:
    """A JSON document that has a list of findings and is of one of the schemas. Raises `ProblemsError`.

    Any: the door where JSON comes in.
    """
    shown = path.as_posix()
    try:
        if path.exists() and not path.is_file():
            raise ProblemsError([Problem(shown, "is not a regular file", kind="config")])
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
        if len(raw) > MAX_BYTES:
            raise ProblemsError([Problem(shown, f"is larger than {MAX_BYTES >> 20} MiB", kind="config")])
        data = json.loads(raw)
    except OSError as error:
        message = f"cannot be read: {(error.strerror or str(error)).lower()}"
        raise ProblemsError([Problem(shown, message, kind="config")]) from None
    except (ValueError, RecursionError):
        raise ProblemsError([Problem(shown, "is not a JSON document", kind="config")]) from None
    if isinstance(data, dict) and data.get("schema") == ROWS and REPORT in schemas:
        from scanner.findings.report_rows import in_findings  # a plain scan reads no report

        try:
            data = dict(in_findings(data))
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            what = f"is not a whole report: {type(error).__name__} at {error}"
            raise ProblemsError([Problem(shown, what, kind="config")]) from None
    if not isinstance(data, dict) or data.get("schema") not in schemas or not isinstance(data.get("findings"), list):
        wanted = " or ".join(f"`{schema}`" for schema in schemas)
        raise ProblemsError([Problem(shown, f"is not a document of the form {wanted}", kind="config")])
    return data


def _known(raw: Any) -> Known | None:  # Any: one entry of a file that may hold whatever JSON can
    if not isinstance(raw, dict):
        return None
    resource = raw.get("resource")
    address = resource.get("address") if isinstance(resource, dict) else raw.get("address")
    texts = (raw.get("id"), raw.get("rule"), address)
    if not all(isinstance(text, str) for text in texts):
        return None
    if raw.get("severity") not in SEVERITIES or raw.get("verdict") not in VERDICTS:
        return None
    fingerprint = raw.get("fingerprint", "")
    if not isinstance(fingerprint, str):
        return None
    return Known(raw["id"], raw["rule"], raw["severity"], raw["verdict"], str(address), fingerprint)


__all__ = ["MAX_BYTES", "SCHEMA", "baseline_text", "read_baseline", "read_findings"]
