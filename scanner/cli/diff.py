"""`tenantproof diff`: what is new, fixed and unchanged, what new access a change grants, and what has drifted."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

from scanner.acceptance.baseline import SCHEMA as BASELINE
from scanner.acceptance.baseline import read_baseline, read_findings
from scanner.base.problem import Problem, ProblemsError
from scanner.base.record import record
from scanner.base.terminal import printable
from scanner.cli.diff_text import Difference
from scanner.findings.comparison import Before, compare, known_of, paths_read
from scanner.findings.gate import Threshold, reaches
from scanner.findings.report_document import ROWS, SCHEMA, FindingDocument, ReportDocument

if TYPE_CHECKING:
    from scanner.options import Options

_HEAD = 4096
_OBJECTS = 64 * 1024
_REPORTS = (SCHEMA.encode(), ROWS.encode(), BASELINE.encode())


@record
class Side:
    """What one of the two names: a JSON report or baseline, a snapshot, or templates, also of a revision of git."""

    named: str
    kind: Literal["report", "snapshot", "templates", "database"]
    path: Path
    revision: str | None = None


def run(options: argparse.Namespace) -> int:
    """1 where a finding at or above `--fail-on` is new, or a tenant newly reaches another. Raises ProblemsError."""
    old, new = _side(options.old), _side(options.new)
    if "database" in (old.kind, new.kind):
        return _of_databases(old, new, options)
    if old.kind == new.kind == "report":
        fail_on: Threshold = options.fail_on or "high"
        report = cast("ReportDocument", read_findings(new.path, (SCHEMA,)))
        difference = _whole(lambda: _findings(read_baseline(old.path), report, fail_on), new)
    elif {old.kind, new.kind} == {"templates", "snapshot"}:
        difference = _drifted(old, new, options)
    else:
        difference = _changed(old, new, options)
    sys.stdout.write(difference.json() if options.format == "json" else difference.text())
    return difference.exit_code


def _of_databases(old: Side, new: Side, options: argparse.Namespace) -> int:
    """Migrations and the server that they were run in, in either order; or what a server had before and has now."""
    from scanner.cli.database_diff import tell_difference

    other = next((each for each in (old, new) if each.kind not in ("database", "templates") or each.revision), None)
    if other is not None:
        message = "is compared with a live database's catalogue, and is no folder of SQL"
        raise ProblemsError([Problem(other.named, message, kind="config")])
    one, server = (new, old) if old.kind == "database" and new.kind == "templates" else (old, new)
    return tell_difference(one.path, server.path, options.format)


def _side(named: str) -> Side:
    """`REV:PATH` is a path of a revision, as git has it, where no file has that name."""
    path = Path(named)
    if path.exists():
        from scanner.cli.database_diff import is_live

        if is_live(path):
            return Side(named, "database", path)
    revision, colon, inside = named.partition(":")
    if colon and revision and not path.exists():
        return Side(named, "templates", Path(inside or "."), revision)
    if path.is_dir():
        from scanner.inputs.kinds import kind_of_folder
        from scanner.snapshots.manifest import FILE

        manifest = path / FILE
        if manifest.is_file() and kind_of_folder(_head(manifest), marked=False) == "snapshot":
            return Side(named, "snapshot", path)
        return Side(named, "snapshot" if any(map(_is_printed, sorted(path.iterdir()))) else "templates", path)
    if path.exists() and not path.is_file():
        raise ProblemsError([Problem(named, "is not a regular file", kind="config")])
    # What is not there is told by whoever reads it.
    report = path.suffix.lower() == ".json" and (not path.exists() or any(each in _head(path) for each in _REPORTS))
    return Side(named, "report" if report else "snapshot" if _is_printed(path) else "templates", path)


def _is_printed(path: Path) -> bool:
    """Whether the file is a list that a cluster has printed: its objects have an id."""
    from scanner.inputs.kinds import is_dump

    if path.suffix.lower() != ".json" or not path.is_file():
        return False
    with path.open("rb") as file:
        head = file.read(_OBJECTS)
    return is_dump(head) and b'"uid"' in head


def _is_plan(side: Side) -> bool:
    from scanner.inputs.kinds import is_terraform

    return side.kind == "templates" and side.revision is None and side.path.is_file() and is_terraform(_head(side.path))


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_HEAD)


def _findings(before: Before, report: ReportDocument, fail_on: Threshold) -> Difference:
    now = [known_of(finding) for finding in report["findings"]]
    found = compare(
        before.findings,
        now,
        read=paths_read(report) | (before.paths - {str(each.get("path")) for each in report["inputs"]}),
        rules=report["rules"],
    )
    pairs = zip(report["findings"], found.states, strict=True)
    new = [finding for finding, state in pairs if state == "new"]
    return Difference(new, found, fail_on, stops=any(_stops(finding, fail_on) for finding in new))


def _stops(finding: FindingDocument, fail_on: Threshold) -> bool:
    """As for a scan: of what a framework made only the worst counts. A proved leak counts whatever the threshold."""
    proof = finding.get("proof")
    if finding["verdict"] == "FAIL" and proof is not None and proof["verdict"] == "LEAK":
        return True
    threshold = fail_on
    if finding["resource"]["origin"] == "framework" and threshold != "never":
        threshold = "critical"
    return finding["verdict"] == "FAIL" and reaches(finding["severity"], threshold)


def _whole(made: object, side: Side) -> Difference:
    try:
        return made()  # type: ignore[operator,no-any-return]  # a lambda without arguments
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        message = f"is not a whole report: {type(error).__name__} at {error}"
        raise ProblemsError([Problem(side.path.as_posix(), message, kind="config")]) from None


def _changed(old: Side, new: Side, options: argparse.Namespace) -> Difference:
    """Two trees, or two snapshots; beside a report, the findings alone."""
    from scanner.changes.new_access import new_access

    both = "report" not in (old.kind, new.kind)
    after = _options(new, options, detached=both)
    fail_on = options.fail_on or (after.fail_on if after is not None else "high")
    report = cast("ReportDocument", read_findings(new.path, (SCHEMA,))) if after is None else _scanned(after)
    earlier = _options(old, options, detached=both)
    if earlier is not None and after is not None and _is_plan(old) and _is_plan(new):
        # One plan and the next have names of their own, and the same resources.
        after = replace(after, detached=False)
        report = _scanned(after)
        earlier = replace(earlier, paths=after.paths, contents=old.path.read_bytes(), detached=False)
    if earlier is None:
        before = read_baseline(old.path)
    else:
        was = _scanned(earlier)
        read = frozenset(str(each["path"]) for each in was["inputs"] if "path" in each)
        before = Before([known_of(each) for each in was["findings"]], read)
    difference = _whole(lambda: _findings(before, report, fail_on), new)
    if earlier is None or after is None:
        return difference
    return replace(difference, access=new_access(earlier, after))


def _drifted(old: Side, new: Side, options: argparse.Namespace) -> Difference:
    """Templates beside the account they were deployed to, in either order."""
    from scanner.changes.drift import drift, pair
    from scanner.scanning import read

    template, account = (old, new) if old.kind == "templates" else (new, old)
    one, other = _options(template, options, detached=False), _options(account, options, detached=False)
    assert one is not None  # noqa: S101  # neither is a report
    assert other is not None  # noqa: S101  # as above
    (written, _), (deployed, _) = read(one), read(other)
    pairs = pair(written, deployed)
    written_report, live_report = _scanned(one), _scanned(other)
    found = drift(pairs, written_report["findings"], live_report["findings"])
    fail_on: Threshold = options.fail_on or one.fail_on
    worse = [each for each in found if each.account == "FAIL"]
    nothing = compare((), (), read=(), rules=())
    return Difference(
        [],
        nothing,
        fail_on,
        stops=any(reaches(each.severity, fail_on) for each in worse),
        drift=found,
        paired=(
            len(pairs),
            len(written.resources),
            len({each.address for each in pairs.values()}),
            len(deployed.resources),
        ),
    )


def _options(side: Side, options: argparse.Namespace, *, detached: bool) -> Options | None:
    """What is scanned of the side; None for a report."""
    if side.kind == "report":
        return None
    from scanner.cli.configuration import judging

    given = argparse.Namespace(**{**vars(options), "paths": [side.path]})
    return replace(judging(given), baseline=None, revision=side.revision, detached=detached)


def _scanned(options: Options) -> ReportDocument:
    """Raises ProblemsError where something was not read: what is not seen cannot be called fixed, or the same."""
    from scanner.scanning import scan

    result = scan(options=options)
    problems = [
        Problem(each["path"], each["message"], each["line"], each["column"], each["hint"])
        for each in result.report["errors"]
        if each["level"] == "error"
    ]
    if problems:
        raise ProblemsError(problems)
    for crash in result.crashes:
        print(printable(crash), file=sys.stderr)
    return result.report


__all__ = ["run"]
