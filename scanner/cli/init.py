"""`tenantproof init`: the tenancy that the files show, as a tenancy.yaml to be read and corrected."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from scanner.base.problem import Problem, Problems
from scanner.base.repository import repository_root
from scanner.base.terminal import printable
from scanner.cli.parameters import settings_of
from scanner.inputs.discovery import discover
from scanner.inputs.reading import read_inputs
from scanner.inputs.session_policies import read_session_policies
from scanner.outputs.shared.vocabulary import count
from scanner.tenancy.inference.brokered_roles import fit_session_policies
from scanner.tenancy.inference.infer import Inferred, conclude, propose
from scanner.tenancy.inference.yaml_writer import write_tenancy
from scanner.tenancy.loading import NAMES, find_tenancy

_HEADING = (
    "What this project calls a tenant, and whose data is what, as `tenantproof init` read it off the files.",
    "Above each line stands why. What begins with `# -` is a guess: take the mark away where it is right.",
)
_SKIPPED = frozenset({"node_modules", "venv", "cdk.out", "__pycache__", "dist", "build"})
_HOLE = re.compile(rb"\$\{tenant\}|\{\{\s*tenant\s*\}\}|\{tenant\}|\{0\}")
_LARGEST_POLICY = 64 * 1024  # far more than STS takes as a session policy
_MOST_FILES = 50_000
_MOST_POLICIES = 50


def run(options: argparse.Namespace) -> int:
    """0 once the file is written or shown, 2 where it would overwrite another. Raises Problems."""
    start: Path = options.path or Path()
    if not start.exists():
        raise Problems([Problem(start.as_posix(), "does not exist")])
    target = _target(start, given=options.path is not None)
    if not options.stdout and not options.force and os.path.lexists(target):
        raise Problems([Problem(target.name, "is there already", hint="--force replaces it, --stdout only shows")])
    reading = read_inputs(discover([start], cwd=Path.cwd()), settings_of(options))
    for problem in reading.problems:
        print(printable(f"{problem.level}: {problem}"), file=sys.stderr)
    if not reading.inputs:
        raise Problems([Problem(start.as_posix(), "nothing to read a tenancy off: no template was found")])
    names = [os.path.relpath(path, target.parent).replace(os.sep, "/") for path in _policies(target.parent)]
    templates, _ = read_session_policies(target.parent, dict.fromkeys(names, ()))
    sessions, guards = fit_session_policies(templates, reading.inventory)
    inferred = conclude((*propose(reading.inventory, guards), *sessions))
    text = write_tenancy(inferred.proposals, _HEADING)
    if options.stdout:
        sys.stdout.write(text)
    else:
        _write(target, text)
        print(f"wrote {target.name}: {_said(inferred)}")
    for line in _next(inferred, target):
        print(line, file=sys.stderr if options.stdout else sys.stdout)
    return 2 if any(problem.level == "error" for problem in reading.problems) else 0


def _target(start: Path, *, given: bool) -> Path:
    """The file that a scan of the path finds already; else one in the folder that was named, or in the repository."""
    found = find_tenancy(start)
    if found is not None:
        return found
    folder = start if start.is_dir() else start.parent
    return (folder if given else repository_root(folder) or folder) / NAMES[0]


def _write(target: Path, text: str) -> None:
    """Beside the file first, so that an interrupted write leaves the old one whole; through no link."""
    beside = target.with_name(f".{target.name}.new")
    try:
        beside.unlink(missing_ok=True)
        with beside.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
        beside.replace(target)
    except OSError as error:
        message = f"cannot be written: {(error.strerror or str(error)).lower()}"
        raise Problems([Problem(target.name, message)]) from None


def _policies(root: Path) -> Iterator[Path]:
    """JSON files that are policies with a hole for the tenant."""
    looked = found = 0
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(
            name for name in folders if name not in _SKIPPED and not name.startswith((".", "asset.", "cdk.out"))
        )
        for name in sorted(files):
            looked += 1
            if looked > _MOST_FILES or found >= _MOST_POLICIES:
                return
            path = Path(folder, name)
            if name.lower().endswith(".json") and _is_policy(path):
                found += 1
                yield path


def _is_policy(path: Path) -> bool:
    try:
        if path.is_symlink() or not path.is_file() or path.stat().st_size > _LARGEST_POLICY:
            return False
        raw = path.read_bytes()
        path.as_posix().encode()
    except (OSError, UnicodeEncodeError):
        return False
    return b'"Statement"' in raw and b'"Resources"' not in raw and _HOLE.search(raw) is not None


def _said(inferred: Inferred) -> str:
    sure = len(inferred.proposals) - len(inferred.weak)
    return f"{count(sure, 'line')} with strong evidence, {len(inferred.weak)} proposed as comments"


def _next(inferred: Inferred, target: Path) -> Iterator[str]:
    raw = inferred.tenancy.raw
    if inferred.tenancy.source is None:
        yield "nothing says for sure that these files serve several tenants, so nothing is declared yet"
        yield f"next: describe your tenants in {target.name}; until then `tenantproof scan` proves no isolation"
        return
    if not raw.get("owned"):
        yield "no store of tenants' data was found: declare them under `owned`, or there is nothing to prove"
    if not raw.get("sessions"):
        yield "no role was found whose sessions act for a tenant: declare them under `sessions`, if there are any"
    yield "next: read it, set `tenant_id.pattern` to what your ids look like, then run `tenantproof scan`"
