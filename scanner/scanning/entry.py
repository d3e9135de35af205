"""The ways into a scan: of files, of a revision, and beside an earlier state of either."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from scanner.base.problem import ProblemsError
from scanner.findings.finding import Finding
from scanner.model.resource import Inventory
from scanner.options import Options
from scanner.reporting import Scan
from scanner.scanning.project import gather
from scanner.scanning.single import Files, scan_once, scan_revision
from scanner.tenancy.tenancy import Tenancy


def scan(*paths: str | Path, options: Options | None = None, brought: Sequence[Finding] = ()) -> Scan:
    """Judges the paths. Never raises for bad input: what is wrong stands in the report's `errors`.

    `brought` are findings on the change itself, which goes with `since`.
    """
    chosen = options or Options()
    if paths:
        chosen = replace(chosen, paths=tuple(Path(path) for path in paths))
    if chosen.against is not None:
        from scanner.scanning.comparing import scan_against

        return scan_against(chosen, chosen.against)
    if chosen.since is not None and chosen.revision is None:
        from scanner.scanning.comparing import scan_since

        return scan_since(chosen, chosen.since, brought)
    if chosen.revision is not None:
        return scan_revision(chosen, chosen.revision)
    return scan_once(chosen, Files(chosen.paths))


def read(chosen: Options) -> tuple[Inventory, Tenancy]:
    """The resources of the paths, and the tenancy that holds for them; nothing is judged.

    Raises ProblemsError where one could not be read: half of an account is no account.
    """
    if chosen.revision is None:
        gathered = gather(chosen)
        problems = [*chosen.problems, *gathered.reading.problems]
    else:
        from scanner.inputs.revision import open_revision

        with open_revision(chosen.revision, chosen.paths, cwd=Path.cwd()) as revision:
            gathered = gather(replace(chosen, paths=revision.paths, revision=None))
            problems = [*chosen.problems, *revision.problems, *gathered.reading.problems]
    if broken := [each for each in problems if each.level == "error"]:
        raise ProblemsError(broken)
    return gathered.reading.inventory, gathered.tenancy


__all__ = ["read", "scan"]
