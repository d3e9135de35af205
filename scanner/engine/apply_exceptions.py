"""Accepted findings applied to findings: what they cover stays visible, what is wrong with them is a finding."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

from scanner.acceptance.exceptions_file import (
    AcceptedDeviation,
    MalformedException,
    exceptions_beside,
    load_exceptions,
    templates_allowed,
)
from scanner.acceptance.file_names import EXCEPTIONS
from scanner.acceptance.other_names import OtherNames
from scanner.base.problem import Problem, ProblemsError
from scanner.base.record import record
from scanner.engine.builtin_rules import EXCEPTION_CURRENT, EXCEPTION_USED, EXCEPTION_WELL_FORMED, file_finding
from scanner.findings.finding import Finding
from scanner.findings.report_document import ResourceDocument, Severity
from scanner.inputs.cloudformation.template import Template
from scanner.text.document import Document
from scanner.text.project_file import find_project_file, read_project_file


@record
class Exceptions:
    """Every entry of exceptions.yaml and of the templates' own metadata.

    `templates` says that those of templates count.
    """

    accepted: tuple[AcceptedDeviation, ...] = ()
    malformed: tuple[MalformedException, ...] = ()
    templates: bool = False


def exceptions_near(
    paths: Sequence[Path], as_of: date, severities: Mapping[str, Severity], names: OtherNames | None = None
) -> Exceptions:
    """The exceptions.yaml of what is to be scanned. Raises ProblemsError where one cannot be read."""
    accepted: list[AcceptedDeviation] = []
    malformed: list[MalformedException] = []
    problems: list[Problem] = []
    templates = False
    for path in dict.fromkeys(found for each in paths if (found := find_project_file(each, EXCEPTIONS)) is not None):
        try:
            document = read_project_file(path, "exceptions")
            good, bad = load_exceptions(document, as_of, severities, names)
        except ProblemsError as error:
            problems += error.problems
            continue
        accepted += good
        malformed += bad
        templates = templates or templates_allowed(document)
    if problems:
        raise ProblemsError(problems)
    return Exceptions(tuple(accepted), tuple(malformed), templates)


def not_counted(beside: Exceptions) -> Iterator[Problem]:
    """A warning for each template whose exceptions do not count, because the project does not allow any there."""
    places = [*(each.location for each in beside.accepted), *(each.location for each in beside.malformed)]
    for path in dict.fromkeys(each.path for each in places):
        here = [each for each in places if each.path == path]
        entries = f"{len(here)} exceptions stand" if len(here) > 1 else "an exception stands"
        message = f"{entries} in this template and {'count' if len(here) > 1 else 'counts'} for nothing"
        hint = "exceptions.yaml has to say `- templates: allowed`, or hold them itself"
        yield Problem(path, message, here[0].line, here[0].column, hint, "exceptions", "warning")


def exceptions_in(
    templates: Iterable[Template],
    as_of: date,
    severities: Mapping[str, Severity],
    names: OtherNames | None = None,
) -> Exceptions:
    """Those that stand in templates under a resource's `Metadata: {tenantproof: {exceptions: …}}`."""
    accepted: list[AcceptedDeviation] = []
    malformed: list[MalformedException] = []
    for template in templates:
        for logical_id, body in template.stack.bodies.items():
            keys = ("Resources", logical_id, "Metadata", "tenantproof", "exceptions")
            if _stands(template.document, body):
                address = template.stack.address + logical_id
                good, bad = exceptions_beside(template.document, keys, address, as_of, severities, names)
                accepted += good
                malformed += bad
    return Exceptions(tuple(accepted), tuple(malformed))


def apply_exceptions(
    findings: Sequence[Finding],
    exceptions: Exceptions,
    scanned: Collection[str],
    enabled: Collection[str],
    as_of: date,
    is_claimed: Callable[[AcceptedDeviation, ResourceDocument], bool] = lambda _entry, _resource: False,
) -> list[Finding]:
    """The findings with those covered SUPPRESSED, and a finding for each entry that is out of date, broken or unused.

    `scanned` are the paths that were read, `enabled` the rules of this run: an entry is unused only where it could have
    been used. `is_claimed` says of a resource whether a change has given it the name that the entry means another by.
    """
    by_rule: dict[str, list[AcceptedDeviation]] = {}
    for entry in exceptions.accepted:
        by_rule.setdefault(entry.rule, []).append(entry)
    used: set[int] = set()
    for finding in findings if by_rule else ():
        if finding.verdict not in ("FAIL", "UNKNOWN"):
            continue
        for entry in by_rule.get(finding.rule, ()):
            resource = finding.resource
            identity = finding.id
            if not entry.matches(
                finding.rule, resource["address"], resource["construct_path"], resource["arn"], identity
            ):
                continue
            used.add(id(entry))
            if is_claimed(entry, resource):
                continue
            if not entry.expired(as_of) and not entry.lacks_approval(finding.severity):
                finding.exception = entry.document(finding.verdict)
                finding.verdict = "SUPPRESSED"
                break
    return [*findings, *_about(exceptions, findings, used, scanned, enabled, as_of)]


def _about(
    exceptions: Exceptions,
    findings: Iterable[Finding],
    used: Collection[int],
    scanned: Collection[str],
    enabled: Collection[str],
    as_of: date,
) -> Iterator[Finding]:
    for entry in exceptions.accepted:
        place = entry.location
        what = f"the exception of `{entry.resource}` to `{entry.rule}`"
        clause = f"{entry.rule} {entry.resource} {entry.finding or ''}"
        if entry.expired(as_of):
            message = f"{what} ended on {entry.until.isoformat()}; what it hid is back (owner: {entry.owner})"
            yield file_finding(EXCEPTION_CURRENT, place.path, message, place, clause)
        elif id(entry) not in used and entry.rule in enabled and any(map(entry.speaks_of, scanned)):
            near = _address(entry, findings)
            hint = f"; did you mean `{near}`?" if near is not None else ""
            yield file_finding(EXCEPTION_USED, place.path, f"{what} covers nothing{hint}", place, clause)
    for broken in exceptions.malformed:
        place = broken.location
        message = f"exception {broken.number} hides nothing: {'; '.join(broken.complaints)}"
        clause = f"{broken.number} {' '.join(broken.complaints)}"
        yield file_finding(EXCEPTION_WELL_FORMED, place.path, message, place, clause)


def _address(entry: AcceptedDeviation, findings: Iterable[Finding]) -> str | None:
    """What the entry calls by its logical id alone, which may be one of many stacks."""
    named = (
        each.resource["address"]
        for each in findings
        if each.rule == entry.rule
        and each.verdict in ("FAIL", "UNKNOWN")
        and each.resource["logical_id"] == entry.resource
    )
    return next(named, None)


def _stands(document: Document, body: Mapping[str, object]) -> bool:
    """Whether the resource's own metadata, as written in this document, has exceptions."""
    metadata = body.get("Metadata")
    ours = metadata.get("tenantproof") if isinstance(metadata, dict) else None
    return isinstance(ours, dict) and "exceptions" in ours and isinstance(document.data, dict)
