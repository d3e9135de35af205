"""Which files of a project speak for a scan beside its inputs: who sends a scan elsewhere sends these with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from scanner.acceptance.file_names import DECISIONS, EXCEPTIONS
from scanner.tenancy.loading import NAMES as TENANCY
from scanner.tenancy.tenancy import Session
from scanner.text.project_file import find_project_file


def project_file(starts: Sequence[Path], names: Sequence[str]) -> Path | None:
    """The file of one of the names that holds for the paths."""
    return next((found for each in starts if (found := find_project_file(each, names)) is not None), None)


def project_files(starts: Sequence[Path], sessions: Sequence[Session]) -> Iterator[Path]:
    """Tenancy, exceptions and decisions, and the session policies of the tenancy, whose `sessions` these are."""
    tenancy = project_file(starts, TENANCY)
    yield from filter(None, (tenancy, *(project_file(starts, names) for names in (EXCEPTIONS, DECISIONS))))
    if tenancy is not None:
        policies = (session.session_policy for session in sessions)
        yield from (tenancy.parent / policy for policy in policies if policy is not None)


__all__ = ["project_file", "project_files"]
