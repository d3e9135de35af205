"""What a scan may be told."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import field
from pathlib import Path

from scanner.base.cache import Cache
from scanner.base.problem import Problem
from scanner.base.record import record
from scanner.findings.gate import Threshold
from scanner.findings.report_document import Severity


@record
class SeverityHere:
    """Another severity of a rule, and why."""

    severity: Severity
    because: str


@record
class Options:
    """What a scan may be told.

    `as_of` is the day by which expiry and age are judged; None is today. `problems` are what was wrong with the options
    themselves: the report has them, and nothing is judged.
    `stage` is what is deployed to, of which `parameters` hold already where it is `staged`; else they are looked for
    beside the templates. `optional` are names among them that no template need have.
    `unnamed` are shown paths of `paths` that count as found in a folder: what is no input there is no error.
    `templates` are the project's folders of nested templates, by what their addresses begin with.
    `revision` is a commit of git whose files are read in place of those on disk, as the paths name them.
    `since` is a commit of git of the same paths, whose findings are known.
    `contents` stand in for what is in the one file of `paths`, which need not be there.
    `detached` gives addresses from each path on, also within a repository: two trees are compared so.
    `project` is the folder that tenancy and exceptions are looked for from, where that is not the scanned paths.
    `projects` are places that they are looked for from, one for each of the paths, where those are of a revision.
    `severities` are rules that weigh more or less here, by id.
    `cache` keeps results of slow work between scans; what a scan says is the same with it and without.
    `only_rules` leaves out the shipped rules, for those of `rules` are all there are.
    `rules_as_of` is a version: findings of rules that came later are notes, which never make the exit code 1.
    `rule_pages` is the address under which the pages of `rules docs --site` are published.
    `baseline` is a file of findings that are known: only others make the exit code 1.
    `partial_plan` says that plans of Terraform that are not whole are meant to be so; `source` is the folder of their
    `.tf` files, where these are not beside them; `against` is a plan whose findings are known.
    `inventory` asks for the inventory of technology assets in the report.
    `proofs_of` asks for the isolation proof alone, of the principals and stores of these names.
    """

    paths: Sequence[Path] = (Path(),)
    rules: Sequence[Path] = ()
    select: Sequence[str] = ()
    skip: Sequence[str] = ()
    frameworks: Sequence[str] = ()
    parameters: Mapping[str, object] = field(default_factory=dict)
    templates: Mapping[str, str] = field(default_factory=dict)
    strict_parameters: bool = False
    strict_defaults: bool = False
    account: str | None = None
    region: str | None = None
    exclude: Sequence[str] = ()
    fail_on: Threshold = "high"
    unknown_fails: Threshold | None = None
    as_of: datetime.date | None = None
    problems: Sequence[Problem] = ()
    proofs_of: Sequence[str] = ()
    inventory: bool = False
    stage: str | None = None
    staged: bool = False
    optional: frozenset[str] = frozenset()
    unnamed: frozenset[str] = frozenset()
    revision: str | None = None
    baseline: Path | None = None
    rules_as_of: str | None = None
    rule_pages: str | None = None
    contents: bytes | None = None
    since: str | None = None
    severities: Mapping[str, SeverityHere] = field(default_factory=dict)
    project: Path | None = None
    projects: Sequence[Path] = ()
    detached: bool = False
    cache: Cache | None = None
    only_rules: bool = False
    partial_plan: bool = False
    source: Path | None = None
    against: Path | None = None

    def starts(self, paths: Sequence[Path]) -> Sequence[Path]:
        """Where tenancy, exceptions and decisions are looked for from, when `paths` are scanned."""
        return self.projects or (paths if self.project is None else [self.project])


__all__ = ["Options", "SeverityHere"]
