"""Findings of an earlier scan, packed so that a hundred thousand of them are read back in a tenth of a second.

Nine findings of ten say that a rule is met or does not apply: of those nothing is kept but numbers into tables of
rules, resources and messages. The others are kept as documents, without what those tables hold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, cast

from scanner.findings.finding import Finding
from scanner.findings.report_document import ExceptionDocument, FindingDocument, ResourceDocument, Severity, Verdict
from scanner.model.unknown import Cause, Unknown

_RESOURCE = tuple(ResourceDocument.__annotations__)
_ID = 16
_QUIET = ("PASS", "NOT_APPLICABLE")
_IN_TABLES = frozenset({"rule", "severity", "layer", "resource", "fix", "controls"})


class KeptFinding(Finding):
    """A finding as it was told: it has what a roll-up, a gate or an exception asks, and its document."""

    __slots__ = ("_document", "_id")

    def __init__(self, document: FindingDocument) -> None:
        unknown = document.get("unknown")
        super().__init__(
            document["rule"],
            document["severity"],
            document["layer"],
            document["verdict"],
            document["resource"],
            document.get("message", ""),
        )
        self.assumptions = tuple(document.get("assumptions", ()))
        self.unknown = Unknown(cast("Cause", unknown["cause"]), unknown["detail"]) if unknown else None
        self.proof = document.get("proof")
        self.exception = document.get("exception")
        self._id = document["id"]
        self._document = document

    @property
    def id(self) -> str:
        """As it was told; it is not worked out again."""
        return self._id

    def places(self) -> set[str]:
        """The files that it points at."""
        found = self._document
        places = [found.get("location"), found.get("source")]
        example = found.get("counterexample") or {}
        listed = example.get("allowed_by")
        return {
            str(each["path"])
            for each in (*places, *(listed if isinstance(listed, list) else ()))
            if each is not None and each["path"] is not None
        }

    def document(self) -> FindingDocument:
        """As it was told, with the exception that was put over it since."""
        if self.verdict != self._document["verdict"]:
            # An exception was put over it since.
            self._document = {**self._document, "verdict": self.verdict, "exception": self.exception}
        return self._document


def pack(findings: Iterable[FindingDocument]) -> dict[str, object]:
    """As JSON can hold it. Raises TypeError and ValueError for what JSON cannot."""
    rules, resources, texts, lists = _Table(), _Table(), _Table(), _Table()
    quiet: tuple[list[int], ...] = ([], [], [], [])
    for_rule, for_resource, for_message, for_assumptions = (each.append for each in quiet)
    ids: list[str] = []
    proofs: dict[str, object] = {}
    loud: list[object] = []
    seen: dict[int, int] = {}  # most findings on a resource share its document
    for each in findings:
        document = each["resource"]
        resource = seen.get(id(document))
        if resource is None:
            row = tuple(document[key] for key in _RESOURCE)  # type: ignore[literal-required]  # its own keys
            resource = seen[id(document)] = resources.of(row)
        rule = rules.of((each["rule"], each["severity"], each["layer"]))
        if each["verdict"] in _QUIET and len(each["id"]) == _ID:
            if each.get("proof") is not None:
                proofs[str(len(ids))] = each["proof"]
            for_rule(rule)
            for_resource(resource)
            for_message(texts.of(each["message"]) if each["verdict"] == "NOT_APPLICABLE" else -1)
            for_assumptions(lists.of(tuple(each["assumptions"])) if each.get("assumptions") else -1)
            ids.append(each["id"])
            continue
        rest = {key: value for key, value in each.items() if key not in _IN_TABLES}
        loud.append([rule, resource, texts.of(each["fix"]), lists.of(tuple(each["controls"])), rest])
    return {
        "rules": rules.rows,
        "resources": resources.rows,
        "texts": texts.rows,
        "lists": lists.rows,
        "quiet": quiet,
        "ids": "".join(ids),
        "proofs": proofs,
        "loud": loud,
    }


def unpack(packed: Any, wanted: Callable[[str], bool]) -> Iterator[KeptFinding]:  # Any: as JSON comes in
    """The findings on resources at the addresses that are `wanted`. Raises what a malformed pack makes it raise."""
    rules: list[tuple[str, Severity, str]] = [tuple(each) for each in packed["rules"]]
    resources = [cast("ResourceDocument", dict(zip(_RESOURCE, each, strict=True))) for each in packed["resources"]]
    kept = [wanted(each["address"]) for each in resources]
    texts: list[str] = packed["texts"]
    lists: list[list[str]] = packed["lists"]
    yield from _quiet(packed, rules, resources, kept)
    for rule, resource, fix, controls, rest in packed["loud"]:
        if kept[resource]:
            name, severity, layer = rules[rule]
            document = {"id": rest["id"], "rule": name, "severity": severity, "layer": layer}
            document |= {"verdict": rest["verdict"], "resource": resources[resource], **rest}
            document |= {"fix": texts[fix], "controls": lists[controls]}
            for last in ("exception", "fingerprint"):
                if last in rest:
                    document[last] = document.pop(last)
            yield KeptFinding(cast("FindingDocument", document))


def _quiet(
    packed: Any,  # as JSON comes in
    rules: list[tuple[str, Severity, str]],
    resources: list[ResourceDocument],
    kept: list[bool],
) -> Iterator[KeptFinding]:
    texts, lists, ids, proofs = (packed[key] for key in ("texts", "lists", "ids", "proofs"))
    make = KeptFinding.__new__
    none: tuple[str, ...] = ()
    no_exception: ExceptionDocument | None = None
    verdicts: tuple[Verdict, Verdict] = ("NOT_APPLICABLE", "PASS")
    for number, rule, resource, message, assumed in zip(range(len(ids)), *packed["quiet"], strict=False):
        if not kept[resource]:
            continue
        # By hand, for there are many: as `__init__` sets them, and no more than a quiet finding is asked for.
        each = make(KeptFinding)
        each.rule, each.severity, each.layer = rules[rule]
        each.verdict = verdict = verdicts[message < 0]
        each.resource = resources[resource]
        each.proof = proofs.get(str(number)) if proofs else None
        each.exception = no_exception
        each.unknown = None
        each.assumptions = tuple(lists[assumed]) if assumed >= 0 else none
        each._id = identity = ids[number * _ID : number * _ID + _ID]  # noqa: SLF001  # its own class's
        document: FindingDocument = {
            "id": identity,
            "rule": each.rule,
            "severity": each.severity,
            "layer": each.layer,
            "verdict": verdict,
            "resource": each.resource,
        }
        each.message = ""
        if message >= 0:
            document["message"] = each.message = texts[message]
        if assumed >= 0:
            document["assumptions"] = lists[assumed]
        if each.proof is not None:
            document["proof"] = each.proof
        each._document = document  # noqa: SLF001  # as above
        yield each


class _Table:
    """Values that stand in many findings, each once."""

    def __init__(self) -> None:
        self.rows: list[object] = []
        self._numbers: dict[object, int] = {}

    def of(self, value: object) -> int:
        number = self._numbers.get(value)
        if number is None:
            number = self._numbers[value] = len(self.rows)
            self.rows.append(value)
        return number


__all__ = ["KeptFinding", "pack", "unpack"]
