"""Accepted deviations: findings that somebody has answered for until a day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from scanner.acceptance.other_names import OtherNames
from scanner.base.approval import approved_by_another
from scanner.base.glob import glob_matches
from scanner.base.problem import Problem, ProblemsError, did_you_mean
from scanner.base.record import record
from scanner.findings.report_document import ExceptionDocument, Severity, Verdict
from scanner.model.location import Location
from scanner.text.complaint import complaints
from scanner.text.document import Document, Keys
from scanner.text.shape import Date, Exactly, Items, Key, OneOf, Record, Text

LEAST_REASON = 20
"""Characters that a reason has at least: `see ticket` is none."""

APPROVED: frozenset[Severity] = frozenset({"critical", "high"})
"""Severities at which a second person must have agreed."""


def _reason_complaint(text: str) -> str | None:
    return None if len(text.strip()) >= LEAST_REASON else f"needs at least {LEAST_REASON} characters of reason"


def _entry(*, resource_required: bool) -> Record:
    return Record(
        {
            "rule": Key(Text(), "The rule's id.", required=True),
            "resource": Key(
                Text(), "A resource by its address, construct path or ARN, with `*`.", required=resource_required
            ),
            "finding": Key(
                Text(pattern="[0-9a-f]{6,16}", meaning="the first 6 to 16 characters of a finding's id"),
                "Pins one finding: a changed one is not covered.",
            ),
            "because": Key(Text(complain=_reason_complaint), "Why it is accepted.", required=True),
            "owner": Key(Text(), "Who answers for it.", required=True),
            "approved_by": Key(Text(), "Who agreed; required for high and critical, and not the owner."),
            "ticket": Key(Text(), "Where it was discussed."),
            "compensating": Key(Text(), "What is done instead."),
            "until": Key(Date(), "The last day on which it holds, at most a year ahead.", required=True),
        },
        doc="One accepted finding.",
    )


ENTRY = _entry(resource_required=True)
TEMPLATES = Record(
    {
        "templates": Key(
            Exactly("allowed"), "Exceptions in templates, under a resource's Metadata, count.", required=True
        )
    },
    doc="A setting of the project, beside its exceptions.",
)
EXCEPTIONS = Items(OneOf((ENTRY, TEMPLATES)))
_BESIDE_RESOURCE = _entry(resource_required=False)


@record
class AcceptedDeviation:
    """`resource` is a pattern with `*`; `finding` the beginning of an id; `until` the last day in force.

    `beside` says that it stands beside the resource in a template: then `resource` is that one's address, whatever
    signs it has.
    """

    rule: str
    resource: str
    because: str
    owner: str
    until: date
    location: Location
    finding: str | None = None
    approved_by: str | None = None
    ticket: str | None = None
    compensating: str | None = None
    beside: bool = False

    def matches(self, rule: str, address: str, construct_path: str | None, arn: str | None, finding_id: str) -> bool:
        """Whether the finding is meant; that it may be hidden is for `expired` and `lacks_approval` to say."""
        if rule != self.rule or not finding_id.startswith(self.finding or ""):
            return False
        if self.beside:
            return address == self.resource
        return any(name is not None and glob_matches(self.resource, name) for name in (address, construct_path, arn))

    def expired(self, as_of: date) -> bool:
        """Whether its last day is over."""
        return as_of > self.until

    def lacks_approval(self, severity: Severity) -> bool:
        """Whether a finding this severe needs a second person's word that is not there."""
        return severity in APPROVED and self.approved_by is None

    def speaks_of(self, path: str) -> bool:
        """Whether resources of the file may be meant. A construct path or ARN may be any file's."""
        file, hash_sign, _ = self.resource.partition("#")
        return not hash_sign or glob_matches(file, path)

    def document(self, hides: Verdict) -> ExceptionDocument:
        """As reports have it; `hides` is the verdict that the finding would have."""
        place = self.location
        return {
            "owner": self.owner,
            "because": self.because,
            "until": self.until.isoformat(),
            "approved_by": self.approved_by,
            "ticket": self.ticket,
            "compensating": self.compensating,
            "hides": hides,
            "source": {
                "path": place.path,
                "line": place.line,
                "column": place.column,
                "end_line": place.end_line,
            },
        }


@record
class MalformedException:
    """An entry that hides nothing. `number` counts entries of its list from 1; `complaints` are sentences' bodies."""

    number: int
    complaints: tuple[str, ...]
    location: Location


def templates_allowed(document: Document) -> bool:
    """Whether the file says `templates: allowed`: that exceptions count which stand in templates."""
    data = document.data
    items = [data] if isinstance(data, dict) else data if isinstance(data, list) else []
    return any(isinstance(each, dict) and each.get("templates") == "allowed" for each in items)


def _is_setting(item: object) -> bool:
    return isinstance(item, dict) and set(item) == {"templates"}


Entries = tuple[tuple[AcceptedDeviation, ...], tuple[MalformedException, ...]]


def load_exceptions(
    document: Document, as_of: date, severities: Mapping[str, Severity], names: OtherNames | None = None
) -> Entries:
    """The entries of exceptions.yaml, and those that are none. Raises `ProblemsError` where it is not a list.

    `severities` holds every rule there is: an exception to another rule is malformed. An entry that is
    written by another's name of one rule is that rule's.
    """
    if document.data is None:
        return (), ()
    if isinstance(document.data, dict) and "templates" in document.data and not set(document.data) - _SECTIONS:
        return _of_sections(document, document.data, as_of, severities, names)
    if not isinstance(document.data, list):
        place = document.place(())
        message = "must be a list of exceptions, each beginning with `- rule:`"
        raise ProblemsError([Problem(document.path, message, place.line, place.column, kind="exceptions")])
    return _sorted_out(document, (), _by_id(document.data, severities, names), as_of, severities, None, names)


_SECTIONS = frozenset({"templates", "exceptions"})


def _of_sections(
    document: Document,
    data: Mapping[str, object],
    as_of: date,
    severities: Mapping[str, Severity],
    names: OtherNames | None,
) -> Entries:
    """`{templates: allowed, exceptions: [...]}`, the same as a list with `- templates: allowed` in it."""
    listed = data.get("exceptions")
    items = listed if isinstance(listed, list) else []
    good, bad = _sorted_out(document, ("exceptions",), _by_id(items, severities, names), as_of, severities, None, names)
    wrong = [] if listed is None or isinstance(listed, list) else ["`exceptions` must be a list"]
    wrong += [each.message for each in complaints(TEMPLATES, {"templates": data["templates"]}, ("exception",))]
    return good, (*bad, *(MalformedException(0, (each,), _location(document, ("templates",))) for each in wrong))


def exceptions_beside(
    document: Document,
    keys: Keys,
    address: str,
    as_of: date,
    severities: Mapping[str, Severity],
    names: OtherNames | None = None,
) -> Entries:
    """The same from a template, where they stand under `Metadata: {tenantproof: {exceptions: ...}}` of a resource.

    `keys` lead to the list; `address` is the resource's, and the only one that such an entry can mean.
    """
    raw: object = document.data
    for key in keys:
        raw = raw[key]  # type: ignore[index]  # the caller has found the list there
    if not isinstance(raw, list):
        location = _location(document, keys)
        return (), (MalformedException(1, ("`tenantproof.exceptions` must be a list",), location),)
    return _sorted_out(document, tuple(keys), _by_id(raw, severities, names), as_of, severities, address, names)


def _by_id(items: list[object], severities: Mapping[str, Severity], names: OtherNames | None) -> list[object]:
    """The entries with the rule's id where another name of it stands."""

    def named(item: object) -> object:
        rule = item.get("rule") if isinstance(item, dict) else None
        if not isinstance(rule, str) or rule in severities:
            return item
        known = names.only(rule) if names is not None else None
        return {**item, "rule": known} if known is not None and isinstance(item, dict) else item

    return [named(item) for item in items]


def _sorted_out(  # noqa: PLR0913  # a list, where it stands, and what it is held against
    document: Document,
    keys: tuple[str | int, ...],
    items: list[object],
    as_of: date,
    severities: Mapping[str, Severity],
    address: str | None,
    names: OtherNames | None,
) -> Entries:
    good: list[AcceptedDeviation] = []
    bad: list[MalformedException] = []
    for index, item in enumerate(items):
        at = (*keys, index)
        wrong = list(_twice(document, at))
        setting = address is None and _is_setting(item)
        shape = TEMPLATES if setting else ENTRY if address is None else _BESIDE_RESOURCE
        wrong += [
            f"{complaint.message}, {complaint.hint}" if complaint.hint else complaint.message
            for complaint in complaints(shape, item, ("exception",))
        ]
        raw: Any = item  # the shape has just been checked
        if setting and not wrong:
            continue
        if not wrong:
            wrong += _objections(raw, as_of, severities, address, names)
        if wrong:
            bad.append(MalformedException(index + 1, tuple(wrong), _location(document, at)))
        else:
            good.append(_accepted(raw, address, _location(document, at)))
    return tuple(good), tuple(bad)


def _accepted(raw: Any, address: str | None, location: Location) -> AcceptedDeviation:  # Any: a checked entry
    return AcceptedDeviation(
        raw["rule"],
        raw["resource"] if address is None else address,
        raw["because"].strip(),
        raw["owner"],
        date.fromisoformat(raw["until"]),
        location,
        finding=raw.get("finding"),
        approved_by=raw.get("approved_by"),
        ticket=raw.get("ticket"),
        compensating=raw.get("compensating"),
        beside=address is not None,
    )


def _twice(document: Document, keys: tuple[str | int, ...]) -> Iterator[str]:
    for duplicate in document.duplicates:
        if duplicate.keys[: len(keys)] == keys:
            yield f"`{duplicate.keys[-1]}` stands twice"


def _objections(
    raw: Any, as_of: date, severities: Mapping[str, Severity], address: str | None, names: OtherNames | None
) -> Iterator[str]:
    """What no single value shows to be wrong. Any: a checked entry."""
    rule = raw["rule"]
    severity = severities.get(rule)
    if severity is None:
        several = names.rules(rule) if names is not None else ()
        hint = (
            f"but others call so what is here asked by {', '.join(several[:5])}"
            if several
            else did_you_mean(rule[:60], severities)
        )
        yield f"there is no rule `{rule[:60]}`" + (f", {hint}" if hint else "")
    if address is not None and raw.get("resource", address) != address:
        yield "an exception beside a resource can mean only that resource: leave `resource` out"
    latest = _year_after(as_of)
    if date.fromisoformat(raw["until"]) > latest:
        yield f"`until` is more than a year ahead; the latest day is {latest.isoformat()}"
    approved_by = raw.get("approved_by")
    if approved_by is not None and not approved_by_another(approved_by, [raw["owner"]]):
        yield "`approved_by` is the owner; somebody else has to approve"
    elif approved_by is None and severity in APPROVED:
        yield f"`approved_by` is missing: `{rule}` is {severity}, so somebody besides the owner has to approve"


def _year_after(day: date) -> date:
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        # The 29th of February, or the last year that a date can have.
        return day.replace(year=day.year + 1, day=28) if day.year < date.max.year else date.max


def _location(document: Document, keys: Keys) -> Location:
    place = document.place(keys)
    return Location(document.path, place.line, place.column, place.end_line)
