"""Scans that are compared with an earlier state: of the repository, or of a plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from scanner.base.problem import Problem, ProblemsError
from scanner.findings.comparison import Before, known_of, paths_read
from scanner.findings.finding import Finding
from scanner.incremental.revision_cache import Base, BaseRecall
from scanner.inputs.kinds import is_terraform
from scanner.language.library import load_library
from scanner.options import Options
from scanner.reporting import Scan, clock
from scanner.scanning.change import Change, renames
from scanner.scanning.project import discovered
from scanner.scanning.single import Files, scan_once, scan_revision

_WAY_OUT = "compare with a baseline of that revision instead: --write-baseline there, --baseline here"


def scan_since(chosen: Options, since: str, brought: Sequence[Finding]) -> Scan:
    """Scans the revision too; what stands in the way of a comparison stops, for else all would be called new."""
    problems: list[Problem] = []
    if any(each.kind == "terraform" for each in discovered(chosen, chosen.paths).found):
        why = "plans of Terraform hold secrets and are in no revision"
        problems.append(Problem("--since", why, hint="compare with an earlier plan: --against OLD.json", kind="config"))
        return scan_once(replace(chosen, since=None, problems=(*chosen.problems, *problems)), Files(()))
    base = _base(chosen, since)
    for each in base.errors:
        if each["level"] != "error" or each.get("code") == "nothing-to-scan":
            continue
        missing = each.get("code") == "not-in-revision"
        stops = missing or each["kind"] != "input"
        hint = _WAY_OUT if missing else each["hint"]
        place = "" if each["path"] == "--git" else f"{each['path']}: "
        message = f"{place}{each['message']}" + ("" if missing or stops else f" in revision `{since}`")
        problems.append(Problem("--since", message, hint=hint, kind="config", level="error" if stops else "warning"))
    if chosen.baseline is not None:
        problems.append(Problem("--since", "goes without --baseline", hint="keep one of the two", kind="config"))
    chosen = replace(chosen, problems=(*chosen.problems, *problems))
    before = Before(base.known, base.paths, renames(chosen, since))
    result = scan_once(chosen, Files(chosen.paths), before, Change(base, since, brought))
    made = [each["path"] for each in result.report["inputs"] if each["kind"] == "cdk-assembly"]
    for path in made:
        if path not in base.paths:
            problem = Problem("--since", f"{path}: is not in revision `{since}`", hint=_WAY_OUT, kind="config")
            return scan_once(replace(chosen, problems=(*chosen.problems, problem)), Files(chosen.paths))
    return result


def scan_against(chosen: Options, against: Path) -> Scan:
    """Scans an earlier plan as if it were this one: plans are in no revision that one could compare with."""
    problems: list[Problem] = []
    if chosen.baseline is not None or chosen.since is not None or chosen.revision is not None:
        problems.append(Problem("--against", "goes with none of --baseline, --since and --git", kind="config"))
    if len(chosen.paths) != 1 or not chosen.paths[0].is_file():
        problems.append(Problem("--against", "compares one plan with another: name one file", kind="config"))
    raw = b""
    try:
        raw = against.read_bytes()
    except OSError as error:
        said = (error.strerror or str(error)).lower()
        problems.append(Problem("--against", f"{against.as_posix()} cannot be read: {said}", kind="config"))
    if raw and not is_terraform(raw):
        problems.append(Problem("--against", f"{against.as_posix()} is no plan of Terraform as JSON", kind="config"))
    if problems:
        return scan_once(replace(chosen, against=None, problems=(*chosen.problems, *problems)), Files(()))
    earlier = replace(chosen, against=None, contents=raw, cache=None)
    base = scan_once(earlier, Files(earlier.paths))
    unread = [
        Problem("--against", each["message"], each["line"], each["column"], each["hint"], kind="config")
        for each in base.report["errors"]
        if each["level"] == "error"
    ]
    chosen = replace(chosen, against=None, since=against.name, problems=(*chosen.problems, *unread))
    known = Before([known_of(each) for each in base.report["findings"]], paths_read(base.report))
    return scan_once(chosen, Files(chosen.paths), known)


def _base(chosen: Options, since: str) -> Base:
    """What the revision holds, judged as the files are."""
    asked = replace(chosen, since=None, baseline=None, contents=None, revision=since, problems=(), projects=())
    recall = _recall_of_base(asked, since)
    if recall is not None and (base := recall.base()) is not None:
        return base
    scanned = scan_revision(asked, since)
    base = Base.of(scanned.report)
    if recall is not None and not scanned.crashes:
        recall.keep(base)
    return base


def _recall_of_base(asked: Options, since: str) -> BaseRecall | None:
    """None where the findings rest on more than the commit and what was asked, such as files that are found on disk."""
    if asked.cache is None or asked.project is not None or (asked.stage is not None and not asked.staged):
        return None
    from scanner.inputs.revision import named

    try:
        commit = named(since, asked.paths, cwd=Path.cwd())
        library = load_library(asked.rules, shipped=not asked.only_rules, examples=False)
    except ProblemsError:
        return None
    as_of = asked.as_of or clock().date()
    told = replace(asked, cache=None, revision=None, paths=(), rules=(), as_of=as_of)
    return BaseRecall(asked.cache, (*commit, library.digest, told))


__all__ = ["scan_against", "scan_since"]
