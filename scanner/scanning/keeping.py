"""Where reports and findings of earlier scans are kept, if they may be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.findings.comparison import Before
from scanner.inputs.discovery import Discovery
from scanner.model.data_age import past
from scanner.options import Options
from scanner.reporting import clock, decided
from scanner.scanning.project import settings_of
from scanner.tenancy.tenancy import Tenancy

if TYPE_CHECKING:
    from scanner.incremental.cached_scan import Shelving
    from scanner.incremental.report_cache import Recall

_WORTH_KEEPING = 20  # templates; fewer are judged about as fast as they are looked up file by file


def recall_of(
    chosen: Options, discovery: Discovery, before: Before | None, tenancy: Tenancy, asked: Sequence[object]
) -> Recall | None:
    """Where such a report may be kept; None where it rests on more than the files found and what was `asked`."""
    if chosen.cache is None or before is not None or _rests_on_more(chosen, discovery) or tenancy.sessions:
        return None
    if decided(chosen) is not None:
        return None
    from scanner.incremental.report_cache import Recall

    return Recall(chosen.cache, discovery, [*asked, replace(chosen, cache=None, rules=(), project=None, projects=())])


def shelving_of(chosen: Options, discovery: Discovery, tenancy: Tenancy, asked: Sequence[object]) -> Shelving | None:
    """Where findings may be kept file by file; None where they rest on more than the files and what was `asked`."""
    if chosen.cache is None or _rests_on_more(chosen, discovery) or chosen.proofs_of or chosen.inventory:
        return None
    if any(session.session_policy is not None for session in tenancy.sessions):
        return None
    if sum(each.kind == "template" for each in discovery.found) < _WORTH_KEEPING:
        return None
    from scanner.incremental.cached_scan import Shelving

    # What stops a merge, and what is new, is asked of findings that are the same for all that; so nearly are they
    # on another day, of which a rescan takes care.
    told = replace(chosen, cache=None, rules=(), project=None, projects=(), baseline=None, since=None, as_of=None)
    told = replace(told, fail_on="high", unknown_fails=None)
    aged = [each.name for each in past(chosen.as_of or clock().date())]
    sql = settings_of(chosen, tenancy).sql
    return Shelving.of(chosen.cache, discovery, [str(Path.cwd()), *asked, aged, told], sql=sql)


def _rests_on_more(chosen: Options, discovery: Discovery) -> bool:
    """Whether files count that were not found on the paths, such as the `.tf` files beside a plan."""
    if any(each.kind == "terraform" for each in discovery.found):
        return True
    return bool(chosen.revision or chosen.stage or chosen.contents is not None or chosen.problems)


__all__ = ["recall_of", "shelving_of"]
