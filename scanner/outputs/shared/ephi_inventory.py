"""The ePHI inventory and the access review: which declared stores hold tenants' data, and who can reach it.

`inventory(report)` gives both, computed from the tenancy's declarations, the verdicts on each store and the isolation
proof turned round. Nothing in it is judged again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Literal

from scanner.base.record import record
from scanner.controls.wording import resource_name
from scanner.findings.report_document import FindingDocument, ReportDocument, ResourceDocument

Standing = Literal["person", "support", "session", "role"]
"""A `person` is a user or a role that people sign in to, `support` is in `trusted`, a `session` acts for one tenant."""
_STANDINGS: tuple[Standing, ...] = ("person", "support", "role", "session")
_WORST = ("LEAK", "NOT_PROVEN", "ISOLATED")
# Roles that IAM Identity Center makes ("AWS IAM Identity Center User Guide", permission sets) are people's.
_PEOPLE = ("*AWSReservedSSO_*", "*OrganizationAccountAccessRole*")
_PREFIXES = {
    "dynamodb-item": ("AWS::DynamoDB::",),
    "s3-object": ("AWS::S3::Bucket",),
    "s3-object-tag": ("AWS::S3::Bucket",),
    "kms-context": ("AWS::KMS::",),
}
_NAMES = ("table", "bucket", "key", "arn", "types", "from")
# What an inventory says of a store, by the entries of the Security Rule that the rules cite.
_PROTECTIONS = (
    ("encryption and key", ("164.312(a)(2)(iv)",)),
    ("backup", ("164.308(a)(7)(ii)(A)", "164.308(a)(7)(ii)(B)")),
    ("integrity and retention", ("164.312(c)(1)", "164.316(b)(2)(i)")),
    ("transmission", ("164.312(e)(1)", "164.312(e)(2)(ii)")),
    ("access recorded", ("164.312(b)",)),
)
_VERDICTS = {"FAIL": "finding", "UNKNOWN": "unknown", "SUPPRESSED": "accepted", "PASS": "passed"}


@record
class Protection:
    """`words` is the worst verdict in print, or `no rule of this run speaks of it`; `rules` are those that said so."""

    what: str
    words: str
    rules: tuple[str, ...]


@record
class Reach:
    """What the proof says of one principal over one kind of data. `finding` tells all of it.

    `vacuous` is a proof that holds because the principal is given nothing there: it does not reach the data at all.
    """

    principal: str
    name: str
    type: str
    account: str | None
    standing: Standing
    over: str
    theorem: str
    verdict: str
    reach: str | None
    vacuous: bool
    assumptions: int
    finding: str
    because: str | None = None


@record
class Store:
    """One declared store as it was found; `address` is None for one that nothing read declares.

    `layout` says where the tenant's id stands in it. `reached_by` are the principals that the proof says may reach data
    of this kind, people and support roles first, and of those the worst first; their reach is over the kind of data.
    """

    name: str
    kind: str
    sensitive: tuple[str, ...]
    model: str
    layout: str
    address: str | None
    type: str | None
    account: str | None
    region: str | None
    protections: tuple[Protection, ...]
    reached_by: tuple[Reach, ...]

    @property
    def holds_ephi(self) -> bool:
        """Whether the tenancy declares it as sensitive with `phi`; nothing is guessed from names."""
        return "phi" in self.sensitive


@record
class Inventory:
    """`stores` of ePHI first; `review` has every principal that the proof asked about, once per kind of data."""

    stores: tuple[Store, ...]
    review: tuple[Reach, ...]


def inventory(report: ReportDocument) -> Inventory:
    """Empty where there is no tenancy: then nothing says what is ePHI."""
    value = report["tenancy"].get("value")
    declared = value if isinstance(value, Mapping) else {}
    review = tuple(sorted(_reaches(report, declared), key=_worst_person_first))
    by_address: dict[str, list[FindingDocument]] = {}
    for finding in report["findings"]:
        by_address.setdefault(finding["resource"]["address"], []).append(finding)
    cited = {id_: frozenset(each["id"] for each in rule["controls"]) for id_, rule in report["rules"].items()}
    stores = [
        store
        for entry in _entries(declared.get("owned"))
        for store in _stores(entry, str(declared.get("model", "pool")), by_address, cited, review)
    ]
    return Inventory(tuple(sorted(stores, key=lambda each: not each.holds_ephi)), review)


def _entries(value: object) -> list[Mapping[str, object]]:
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def _reaches(report: ReportDocument, declared: Mapping[str, object]) -> Iterator[Reach]:
    """The worst that the proof says of each principal and kind of data."""
    findings = {finding["id"]: finding for finding in report["findings"]}
    sessions = [str(name) for entry in _entries(declared.get("sessions")) for name in _strings(entry.get("roles"))]
    trusted = _entries(declared.get("trusted"))
    worst: dict[tuple[str, str], Reach] = {}
    for proved in report["proofs"]:
        finding = findings.get(str(proved.get("finding")))
        proof = finding.get("proof") if finding else None
        if finding is None or proof is None or not proof["over"] or proof["theorem"] == "layout-unambiguous":
            continue
        resource = finding["resource"]
        trust = next((each for each in trusted if _called(resource, [str(each.get("role"))])), None)
        reach = Reach(
            principal=resource["address"],
            name=resource_name(finding),
            type=resource["type"],
            account=resource["account"],
            standing=_standing(resource, trust is not None, sessions),
            over=proof["over"],
            theorem=proof["theorem"],
            verdict=proof["verdict"],
            reach=proof["reach"],
            vacuous=proof["vacuous"],
            assumptions=len(proof["assumptions"]),
            finding=finding["id"],
            because=str(trust["because"]) if trust and trust.get("because") else None,
        )
        key = (reach.principal, reach.over)
        if key not in worst or _badness(reach) < _badness(worst[key]):
            worst[key] = reach
    yield from worst.values()


def _strings(value: object) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else []


def _standing(resource: ResourceDocument, trusted: bool, sessions: Sequence[str]) -> Standing:
    if resource["type"] == "AWS::IAM::User" or _called(resource, _PEOPLE):
        return "person"
    if trusted:
        return "support"
    return "session" if _called(resource, sessions) else "role"


def _called(resource: ResourceDocument, patterns: Iterable[str]) -> bool:
    """By logical id, name or ARN, with `*`, as the tenancy names principals."""
    arn = resource["arn"]
    names = [
        name for name in (resource["logical_id"], resource["address"], arn, arn and re.split("[:/]", arn)[-1]) if name
    ]
    return any(fnmatchcase(name, pattern) for name in names for pattern in patterns)


def _badness(reach: Reach) -> tuple[int, bool]:
    return (_WORST.index(reach.verdict) if reach.verdict in _WORST else 0, reach.vacuous)


def _worst_person_first(reach: Reach) -> tuple[int, tuple[int, bool], str, str]:
    return (_STANDINGS.index(reach.standing), _badness(reach), reach.principal, reach.over)


def _stores(
    entry: Mapping[str, object],
    model: str,
    by_address: Mapping[str, Sequence[FindingDocument]],
    cited: Mapping[str, frozenset[str]],
    review: Sequence[Reach],
) -> Iterator[Store]:
    kind = str(entry.get("kind", ""))
    field = next((each for each in _NAMES if each in entry and not (each == "key" and kind != "kms-context")), "")
    named = entry.get(field, "")
    name = ", ".join(map(str, named)) if isinstance(named, list) else str(named)
    absent = Store(
        name=name,
        kind=kind,
        sensitive=tuple(_strings(entry.get("sensitive"))),
        model=str(entry.get("model", model)),
        layout=_layout(entry, kind),
        address=None,
        type=None,
        account=None,
        region=None,
        protections=(),
        reached_by=tuple(each for each in review if each.over == kind and not each.vacuous),
    )
    found = [
        (address, findings)
        for address, findings in sorted(by_address.items())
        if _is_store(findings[0]["resource"], kind, named)
    ]
    if not found:
        yield absent
    for address, findings in found:
        resource = findings[0]["resource"]
        yield replace(
            absent,
            # An entry that names a type, a tag or a pattern is of many stores: each is called by its own name.
            name=resource_name(findings[0]) if kind not in _PREFIXES or "*" in name else name,
            address=address,
            type=resource["type"],
            account=resource["account"],
            region=resource["region"],
            protections=tuple(_protections(findings, cited)),
        )


def _layout(entry: Mapping[str, object], kind: str) -> str:
    if kind == "kms-context":
        context = entry.get("context")
        return ", ".join(f"{key}={value}" for key, value in context.items()) if isinstance(context, Mapping) else ""
    for key in ("key", "tag", "arn", "from"):
        if key in entry:
            return f"{key} {entry[key]}"
    return ""


def _is_store(resource: ResourceDocument, kind: str, named: object) -> bool:
    if kind == "tagged":
        return resource["type"] in _strings(named)
    prefixes = _PREFIXES.get(kind)
    if prefixes is None:
        pattern = str(named).replace("${tenant}", "*")
        return kind == "arn" and resource["arn"] is not None and fnmatchcase(resource["arn"], pattern)
    return resource["type"].startswith(prefixes) and _called(resource, [str(named)])


def _protections(findings: Sequence[FindingDocument], cited: Mapping[str, frozenset[str]]) -> Iterator[Protection]:
    for what, controls in _PROTECTIONS:
        mine = [
            finding
            for finding in findings
            if finding["verdict"] in _VERDICTS and not cited.get(finding["rule"], frozenset()).isdisjoint(controls)
        ]
        worst = next((each for each in _VERDICTS if any(finding["verdict"] == each for finding in mine)), None)
        if worst is None:
            yield Protection(what, "no rule of this run speaks of it", ())
        else:
            rules = tuple(sorted({finding["rule"] for finding in mine if finding["verdict"] == worst}))
            yield Protection(what, _VERDICTS[worst], rules)
