"""One snapshot with its project's files, and its scan in a process of its own on whichever machine it is sent to."""

from __future__ import annotations

import gzip
import hashlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import cast

from scanner._version import __version__
from scanner.base.record import record
from scanner.findings.report_document import SEVERITIES
from scanner.findings.report_rows import RowsDocument
from scanner.shipped_data import build

_REPORT = "report.json"
_SAID = "said.txt"
_MOST_SAID = 2_000
_MOST_ERRORS = 20
# What a scan ends with that has written its report; anything else is no answer.
_ENDS = (0, 1, 2, 3)
_TOLD = ("FAIL", "UNKNOWN")


@record
class Job:
    """`files` are those of the snapshot and of the project by their paths below the project's folder, where `path` is
    the snapshot's. `arguments` are those of `scan` that say how to judge. `account` is the one of several that it is
    of: what is found on what the organisation has is then told of the account that this was read in alone."""

    name: str
    path: str
    files: Mapping[str, bytes]
    arguments: Sequence[str]
    account: str | None = None

    @property
    def digest(self) -> str:
        """Over all that its report rests on: the same digest means the same report but for its times."""
        digest = hashlib.sha256(json.dumps([this_build(), self.path, self.account, *self.arguments]).encode())
        for path in sorted(self.files):
            digest.update(f"{path}\0{len(self.files[path])}\0".encode() + self.files[path])
        return f"sha256:{digest.hexdigest()}"


@record
class Answer:
    """`report` and `findings` are compressed: the compact JSON report, and a line of JSON for each finding that failed
    or is not known. `row` sums them up for the index. `ended` is why there is none of these."""

    build: str
    report: bytes = b""
    findings: bytes = b""
    row: Mapping[str, object] | None = None
    ended: str | None = None


def this_build() -> str:
    """The version and the commit or digest of what runs here: two that differ may judge differently."""
    return f"{__version__} {build()}"


def judge(job: Job) -> Answer:
    """Runs on a worker. Whatever goes wrong there is the answer's `ended`, never an exception."""
    started = time.monotonic()
    try:
        with tempfile.TemporaryDirectory(prefix="tenantproof-") as folder:
            place = Path(folder).resolve()
            _unpack(job.files, place)
            code, said = _scan(job, place)
            path = place / _REPORT
            if code not in _ENDS or not path.is_file():
                return Answer(this_build(), ended=_why(code, said))
            return _answer(job, path.read_bytes(), code, time.monotonic() - started)
    except (OSError, ValueError, KeyError, TypeError) as error:
        return Answer(this_build(), ended=f"{type(error).__name__}: {error}"[:_MOST_SAID])


def _unpack(files: Mapping[str, bytes], place: Path) -> None:
    """Raises ValueError for a path that leads elsewhere, and OSError."""
    for path, content in files.items():
        parts = PurePosixPath(path).parts
        if not parts or path.startswith("/") or ".." in parts or "\0" in path:
            raise ValueError(f"`{path}` is no path below a folder")
        target = place.joinpath(*parts)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def _scan(job: Job, place: Path) -> tuple[int, str]:
    """The exit code, negative for a signal as `subprocess` has it, and what was printed on standard error."""
    # Without -P a file of the snapshot could stand in for one of Python's own modules.
    command = [sys.executable, "-P", "-m", "scanner.cli", "scan", *job.arguments, "--no-cache", "--quiet"]
    command += ["--format", f"json=compact={_REPORT}", "--", job.path]
    with (place / _SAID).open("wb") as said:
        ended = subprocess.run(command, cwd=place, stdin=subprocess.DEVNULL, stdout=said, stderr=said, check=False)  # noqa: S603  # our own program
    return ended.returncode, (place / _SAID).read_bytes()[:_MOST_SAID].decode("utf-8", "replace")


def _why(code: int, said: str) -> str:
    if code < 0:
        return f"its process was ended by signal {-code}: memory may have run out"
    return f"its process ended with exit code {code}: {' '.join(said.split()) or 'nothing was said'}"


def _answer(job: Job, raw: bytes, code: int, seconds: float) -> Answer:
    report = cast("RowsDocument", json.loads(raw))
    lines: list[bytes] = []
    failed = dict.fromkeys(SEVERITIES, 0)
    unknown = dict.fromkeys(SEVERITIES, 0)
    rules: dict[str, int] = {}
    verdicts: dict[str, int] = dict(report["summary"]["verdicts"].items())
    others = _of_others(report, job.account)
    errors = [each for each in report["errors"] if each["level"] == "error"]
    for row in report.get("not_applicable", ()):
        verdicts["NOT_APPLICABLE"] -= sum(address in others for address in row["resources"]) if others else 0
    for each in report["findings"]:
        if each["resource"]["address"] in others:
            verdicts[each["verdict"]] -= 1
            continue
        if each["verdict"] not in _TOLD:
            continue
        counts = failed if each["verdict"] == "FAIL" else unknown
        counts[each["severity"]] += 1
        if each["verdict"] == "FAIL":
            rules[each["rule"]] = rules.get(each["rule"], 0) + 1
        lines.append(json.dumps({"snapshot": job.name, **each}, separators=(",", ":")).encode() + b"\n")
    told = {
        "name": job.name,
        "path": job.path,
        "accounts": report["scope"]["accounts"],
        "regions": report["scope"]["regions"],
        "asked": job.digest,
        "exit_code": code,
        "resources": _resources(report, job.account),
        "verdicts": verdicts,
        "failed": failed,
        "unknown": unknown,
        "isolation": _counted(report["summary"].get("isolation")),
        "rules": dict(sorted(rules.items())),
        "errors": len(errors),
        "first_errors": errors[:_MOST_ERRORS],
        "seconds": round(seconds, 2),
    }
    # Without the time of day: the same content is the same bytes.
    return Answer(this_build(), gzip.compress(raw, 6, mtime=0), gzip.compress(b"".join(lines), 6, mtime=0), told)


def _resources(report: RowsDocument, account: str | None) -> int:
    """How many were read; of one account those in it."""
    if account is None:
        return report["summary"]["resources"]
    types = report["population"]["types"] if "population" in report else ()
    return sum(each["accounts"].get(account, 0) for each in types)


def _of_others(report: RowsDocument, account: str | None) -> set[str]:
    """Addresses of what is in other accounts than the one that is asked about."""
    if account is None:
        return set()
    seen = (*(each["resource"] for each in report["findings"]), *report.get("resources", {}).values())
    return {each["address"] for each in seen if each["account"] not in (None, account)}


def _counted(isolation: Mapping[str, object] | None) -> dict[str, object] | None:
    """What is told of proofs, with lists as their lengths: an index names no stores."""
    if isolation is None:
        return None
    return {key: len(told) if isinstance(told, list) else told for key, told in isolation.items()}


__all__ = ["Answer", "Job", "judge", "this_build"]
