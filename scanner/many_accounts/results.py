"""What is kept of each account, and the index over all of them."""

from __future__ import annotations

import datetime
import gzip
import hashlib
import json
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from scanner.base.record import record
from scanner.findings.report_document import SEVERITIES
from scanner.many_accounts.job import Answer, Job, this_build
from scanner.snapshots.shard import write_whole

SCHEMA = "tenantproof-accounts/1"
INDEX = "accounts.json"
FINDINGS = "findings.jsonl.gz"
REPORTS = "reports"
NOT_JUDGED = 3
Row = Mapping[str, Any]  # as `job.judge` makes it, or as an earlier run has written it


@record
class NotJudged:
    """A snapshot without a report, and why."""

    name: str
    why: str


class Results:
    """The folder of one run. Methods raise OSError."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._reports = folder / REPORTS
        self._reports.mkdir(parents=True, exist_ok=True)
        self.rows: dict[str, Row] = {}

    def known(self, job: Job) -> bool:
        """Takes what an earlier run has written of the same snapshot, rules and arguments, if it is whole."""
        try:
            row: Row = json.loads((self._reports / f"{job.name}.row.json").read_bytes())
            files = row["files"]
            same = row["asked"] == job.digest and all(
                _digest((self._reports / name).read_bytes()) == files[name] for name in _names(job.name)
            )
        except (OSError, ValueError, KeyError, TypeError):
            return False
        if same:
            self.rows[job.name] = row
        return same

    def keep(self, job: Job, answer: Answer) -> None:
        """Writes what came back; the row last, for it says that the others are whole."""
        report, findings = _names(job.name)
        contents = {report: answer.report, findings: answer.findings}
        for name, content in contents.items():
            write_whole(self._reports / name, content)
        row = {**(answer.row or {}), "report": f"{REPORTS}/{report}"}
        row["files"] = {name: _digest(content) for name, content in contents.items()}
        write_whole(self._reports / f"{job.name}.row.json", json.dumps(row).encode())
        self.rows[job.name] = row

    def finish(
        self,
        left: Sequence[NotJudged],
        notes: Sequence[str],
        as_of: datetime.date,
        left_out: Sequence[Mapping[str, str]],
    ) -> Mapping[str, Any]:
        """Joins the findings of all, writes the index and gives it back. `left_out` are accounts of the organisation
        that the snapshots were not to read."""
        rows = [self.rows[name] for name in sorted(self.rows)]
        part = self._folder / f"{FINDINGS}.{os.getpid()}.part"
        try:
            with part.open("wb") as joined:
                # Members of gzip one after another are one stream (RFC 1952), so that none is unpacked here.
                for row in rows:
                    with (self._reports / _names(row["name"])[1]).open("rb") as file:
                        shutil.copyfileobj(file, joined)
                if not rows:
                    joined.write(gzip.compress(b"", mtime=0))
            part.replace(self._folder / FINDINGS)
        finally:
            part.unlink(missing_ok=True)
        index = {**_index(rows, left, as_of), "left_out": [*left_out], "notes": [*notes], "findings": FINDINGS}
        write_whole(self._folder / INDEX, json.dumps(index, indent=1).encode() + b"\n")
        return index


def _index(rows: Sequence[Row], left: Sequence[NotJudged], as_of: datetime.date) -> dict[str, Any]:
    rules: dict[str, list[int]] = {}
    for row in rows:
        for rule, count in row["rules"].items():
            told = rules.setdefault(rule, [0, 0])
            told[0] += 1
            told[1] += count
    most = sorted(rules.items(), key=lambda each: (-each[1][0], -each[1][1], each[0]))
    codes = [int(row["exit_code"]) for row in rows] + ([NOT_JUDGED] if left else [])
    return {
        "schema": SCHEMA,
        "tool": this_build(),
        "as_of": as_of.isoformat(),
        "exit_code": max(codes, default=2),
        "judged": len(rows),
        "resources": sum(row["resources"] for row in rows),
        "verdicts": _sums(rows, "verdicts"),
        "failed": {**dict.fromkeys(SEVERITIES, 0), **_sums(rows, "failed")},
        "unknown": {**dict.fromkeys(SEVERITIES, 0), **_sums(rows, "unknown")},
        "rules": [{"rule": rule, "snapshots": each, "findings": all_} for rule, (each, all_) in most],
        "accounts": [{key: value for key, value in row.items() if key not in ("files", "rules")} for row in rows],
        "not_judged": [{"name": each.name, "why": each.why} for each in left],
    }


def _sums(rows: Sequence[Row], key: str) -> dict[str, int]:
    sums: dict[str, int] = {}
    for row in rows:
        for name, count in row[key].items():
            sums[name] = sums.get(name, 0) + count
    return sums


def _names(name: str) -> tuple[str, str]:
    return f"{name}.json.gz", f"{name}.findings.jsonl.gz"


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


__all__ = ["FINDINGS", "INDEX", "NOT_JUDGED", "REPORTS", "NotJudged", "Results"]
