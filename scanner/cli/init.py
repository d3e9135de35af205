"""`tenantproof init`: the tenancy that the files show, as a tenancy.yaml to be read and corrected."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from pathlib import Path, PurePath

from scanner.base.problem import Problem, ProblemsError
from scanner.base.repository import repository_root
from scanner.base.terminal import printable
from scanner.cli.parameters import settings_of
from scanner.inputs.discovery import Discovery, discover
from scanner.inputs.reading import read_inputs
from scanner.inputs.session_policies import read_session_policies
from scanner.model.policy_holes import declared_holes, holes_in_text
from scanner.model.tenant_words import meaning_of
from scanner.outputs.shared.vocabulary import count
from scanner.tenancy.inference.brokered_roles import fit_session_policies
from scanner.tenancy.inference.evidence import Proposal
from scanner.tenancy.inference.infer import Inferred, conclude, guesses, propose
from scanner.tenancy.inference.yaml_writer import write_tenancy
from scanner.tenancy.loading import NAMES, find_tenancy

_HEADING = (
    "What this project calls a tenant, and whose data is what, as `tenantproof init` read it off the files.",
    "Above each line stands why. What begins with `# -` is a guess: take the mark away where it is right.",
)
_SKIPPED = frozenset({"node_modules", "venv", "cdk.out", "__pycache__", "dist", "build"})
_MADE = ("asset.", "cdk.out")
_LARGEST_POLICY = 64 * 1024  # far more than STS takes as a session policy
_MOST_FILES = 50_000
_MOST_POLICIES = 50


def run(options: argparse.Namespace) -> int:
    """0 once the file is written or shown, 2 where it would overwrite another. Raises ProblemsError."""
    start: Path = options.path or Path()
    if not start.exists():
        raise ProblemsError([Problem(start.as_posix(), "does not exist")])
    target = _target(start, given=options.path is not None)
    if not options.stdout and not options.force and os.path.lexists(target):
        raise ProblemsError([Problem(target.name, "is there already", hint="--force replaces it, --stdout only shows")])
    found_files = discover([start], cwd=Path.cwd())
    reading = read_inputs(found_files, settings_of(options))
    databases = _databases(found_files)
    for problem in reading.problems:
        print(printable(f"{problem.level}: {problem}"), file=sys.stderr)
    if not reading.inputs and not databases:
        sql = sum(each.kind == "sql" for each in found_files.found)
        also = f", and nothing in {count(sql, 'file')} of SQL tells tenants apart" if sql else ""
        said = f"nothing to read a tenancy off: no template was found{also}"
        raise ProblemsError([Problem(start.as_posix(), said)])
    folders = [target.parent, *(Path(each).parent for each in reading.shown)]
    found = {
        os.path.relpath(path, target.parent).replace(os.sep, "/"): spelled
        for folder in dict.fromkeys(folders)
        for path, spelled in _policies(folder)
    }
    # What lies above the file cannot be named in it.
    names = {name: spelled for name, spelled in found.items() if not name.startswith("../")}
    templates, _ = read_session_policies(target.parent, names)
    sessions, guards = fit_session_policies(templates, reading.inventory, names)
    inferred = conclude((*propose(reading.inventory, guards), *sessions, *databases))
    proposals = (*inferred.proposals, *guesses(reading.inventory))
    text = write_tenancy(proposals, _HEADING, guessing=True)
    if options.stdout:
        sys.stdout.write(text)
    else:
        _write(target, text)
        print(f"wrote {target.name}: {_said(inferred)}")
    for line in _next(inferred, target):
        print(line, file=sys.stderr if options.stdout else sys.stdout)
    return 2 if any(problem.level == "error" for problem in reading.problems) else 0


def _databases(discovery: Discovery) -> list[Proposal]:
    """What SQL shows of tenants; where no reader of it is installed, that is said and nothing is proposed."""
    paths = [each for each in discovery.found if each.kind == "sql"]
    if not paths:
        return []
    from scanner.base.extras import MissingExtraError
    from scanner.tenancy.inference.databases import database_proposals, sql_of

    held: list[tuple[PurePath, str, bytes]] = []
    for each in paths:
        try:
            held.append((each.path, each.shown, each.path.read_bytes()))
        except OSError as error:
            print(printable(f"warning: {each.shown}: {error.strerror or error}"), file=sys.stderr)
    try:
        return list(database_proposals(sql_of(held)))
    except MissingExtraError as error:
        print(f"warning: SQL is not read: {error}", file=sys.stderr)
        return []


def _target(start: Path, *, given: bool) -> Path:
    """The file that a scan of the path finds already; else one in the folder that was named, or in the repository."""
    found = find_tenancy(start)
    if found is not None:
        return found
    folder = start if start.is_dir() else start.parent
    chosen = folder if given else repository_root(folder) or folder
    return _committed(chosen) / NAMES[0]


def _committed(folder: Path) -> Path:
    """The folder, or the nearest above it that no tool makes anew: what is written into `cdk.out` is gone tomorrow."""
    absolute = folder.absolute()
    made = [above for above in (absolute, *absolute.parents) if above.name in _SKIPPED or above.name.startswith(_MADE)]
    return made[-1].parent if made else folder


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
        raise ProblemsError([Problem(target.name, message)]) from None


def _policies(root: Path) -> Iterator[tuple[Path, tuple[str, ...]]]:
    """JSON files that are policies with a hole for the tenant, and how it is spelled where that has to be said."""
    looked = found = 0
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if name not in _SKIPPED and not name.startswith((".", *_MADE)))
        for name in sorted(files):
            looked += 1
            if looked > _MOST_FILES or found >= _MOST_POLICIES:
                return
            path = Path(folder, name)
            spelled = _spelled(path) if name.lower().endswith(".json") else None
            if spelled is not None:
                found += 1
                yield path, spelled


def _spelled(path: Path) -> tuple[str, ...] | None:
    """The spellings of the tenant's hole that are to be declared; None for what is no policy with such a hole."""
    try:
        if path.is_symlink() or not path.is_file() or path.stat().st_size > _LARGEST_POLICY:
            return None
        text = path.read_bytes().decode()
        path.as_posix().encode()
    except (OSError, UnicodeError):
        return None
    if '"Statement"' not in text or '"Resources"' in text:
        return None
    if declared_holes(()).search(text) is not None:
        return ()
    return next(((hole,) for hole in holes_in_text(text) if meaning_of(hole.strip("{}[]<>$%#@_() ")) == "tenant"), None)


def _said(inferred: Inferred) -> str:
    sure = len(inferred.proposals) - len(inferred.weak)
    return f"{count(sure, 'line')} with strong evidence, {len(inferred.weak)} proposed as comments"


def _next(inferred: Inferred, target: Path) -> Iterator[str]:
    raw = inferred.tenancy.raw
    if inferred.tenancy.source is None:
        yield "nothing says for sure that these files serve several tenants, so nothing is declared yet"
        yield f"next: describe your tenants in {target.name}; until then `tenantproof scan` proves no isolation"
        return
    if raw.get("database") and not raw.get("owned") and not raw.get("sessions"):
        return
    if not raw.get("owned"):
        yield "no store of tenants' data was found: declare them under `owned`, or there is nothing to prove"
    if not raw.get("sessions"):
        yield "no role was found whose sessions act for a tenant: declare them under `sessions`, if there are any"
    for session in raw.get("sessions") or ():  # type: ignore[attr-defined]  # a list, as it was read
        if len(several := session.get("binders", ())) > 1:
            yield f"say who of {', '.join(several)} may choose the tenant of {', '.join(session['roles'])}: `binders`"
    yield (
        "next: read it, set `tenant_id.pattern` to what your ids look like, uncomment the guesses that are right, "
        "run `tenantproof scan`, and commit the file"
    )
