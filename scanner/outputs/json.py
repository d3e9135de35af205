"""The report as JSON: the contract that every other output is rendered from.

One finding, rule, control or input a line, so that two reports can be compared line by line. Only ASCII is written, so
no name in it can speak to a terminal.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from scanner.findings.report_document import FindingDocument, ReportDocument
from scanner.outputs.shared.json_line import finite

if TYPE_CHECKING:
    from scanner.outputs.shared.render_options import RenderOptions

# `from __future__ import annotations` leaves these as text, in the order in which the contract lists them.
_KEYS = tuple(ReportDocument.__annotations__)
_FINDING_KEYS = tuple(FindingDocument.__annotations__)
_AT_ONCE = 200
# How many keys a finding has that says no more than its verdict.
_MET, _NOT_APPLICABLE = 6, 7
_quoted = json.encoder.encode_basestring_ascii


def render(report: ReportDocument, _options: RenderOptions) -> Iterator[str]:
    """In pieces, so that a report of any size is written without a second copy of it."""
    return pieces(report, _KEYS)


def pieces(report: ReportDocument, keys: Sequence[str]) -> Iterator[str]:
    """A report with its keys in this order, then those that are not named."""
    document = _ordered(report, keys)
    document["findings"] = _Findings(report["findings"])
    before = "{\n"
    for key, value in document.items():
        yield f"{before}{_line(key)}: "
        yield from _entry(value)
        before = ",\n"
    yield "\n}\n"


class _Findings:
    """So many that a list of them, or a text of them all, would be most of what a scan takes of memory."""

    def __init__(self, findings: Sequence[FindingDocument]) -> None:
        self._findings = findings
        self._orders: dict[tuple[str, ...], bool] = {}
        self._resources: dict[int, str] = {}
        self._heads: dict[tuple[str, ...], str] = {}
        self._texts: dict[str, str] = {}

    def lines(self) -> Iterator[str]:
        for finding in self._findings:
            # Nine of ten have these keys and no others, and many have the same rule, resource and message.
            size = len(finding)
            if size == _NOT_APPLICABLE and "message" in finding and finding["verdict"] == "NOT_APPLICABLE":
                yield f'{self._head(finding)}, "message": {self._text(finding["message"])}}}'
            elif size == _MET and finding["verdict"] == "PASS":
                yield self._head(finding) + "}"
            else:
                keys = tuple(finding)
                if keys not in self._orders:
                    self._orders[keys] = keys == tuple(key for key in _FINDING_KEYS if key in finding)
                yield _line(finding if self._orders[keys] else _ordered(finding, _FINDING_KEYS))

    def _head(self, finding: FindingDocument) -> str:
        """As far as the resource; as `_line` has it."""
        resource = finding["resource"]
        told = self._resources.get(id(resource))
        if told is None:
            told = self._resources[id(resource)] = _line(resource)
        by = (finding["rule"], finding["severity"], finding["layer"], finding["verdict"])
        head = self._heads.get(by)
        if head is None:
            rest = {key: finding[key] for key in ("rule", "severity", "layer", "verdict")}
            head = self._heads[by] = _line(rest)[1:-1]
        return f'{{"id": {_quoted(finding["id"])}, {head}, "resource": {told}'

    def _text(self, message: str) -> str:
        text = self._texts.get(message)
        if text is None:
            text = self._texts[message] = _quoted(message)
        return text


def _ordered(mapping: Mapping[str, object], keys: Sequence[str]) -> dict[str, object]:
    """The same entries, those of the contract first and in its order."""
    ordered = {key: mapping[key] for key in keys if key in mapping}
    return ordered if len(ordered) == len(mapping) else {**ordered, **mapping}


def _entry(value: object) -> Iterator[str]:
    """What a key of the whole report holds; a list or table of objects has one a line."""
    if isinstance(value, _Findings):
        yield from _lines("[", value.lines(), "]")
    elif isinstance(value, list) and any(isinstance(each, dict) for each in value):
        yield from _lines("[", map(_line, value), "]")
    elif isinstance(value, dict) and value and all(isinstance(each, dict) for each in value.values()):
        yield from _lines("{", (f"{_line(key)}: {_line(each)}" for key, each in value.items()), "}")
    else:
        yield _line(value)


def _lines(opening: str, lines: Iterator[str], closing: str) -> Iterator[str]:
    first = next(lines, None)
    if first is None:
        yield opening + closing
        return
    yield f"{opening}\n{first}"
    while piece := list(islice(lines, _AT_ONCE)):
        yield ",\n" + ",\n".join(piece)
    yield f"\n{closing}"


def _line(value: object) -> str:
    try:
        return _encode(value)
    except ValueError:
        # YAML has `.inf` and `.nan`, for which JSON has no numbers. This is found rarely, as looking is slow.
        return _encode(finite(value))


def plain(value: object) -> object:
    """What a tenancy holds besides JSON's own types. Raises TypeError."""
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"a report cannot hold {type(value).__name__}")


def _encoder() -> Callable[[object], str]:
    """As `JSONEncoder.encode`, which makes its part in C anew for each line: half the time of a short one."""
    encoder = json.JSONEncoder(separators=(", ", ": "), allow_nan=False, default=plain)
    make = getattr(json.encoder, "c_make_encoder", None)  # not in every Python
    if make is None:
        return encoder.encode
    chunks: Callable[[object, int], Iterable[str]] = make(
        None, plain, _quoted, None, encoder.key_separator, encoder.item_separator, False, False, False
    )
    return lambda value: "".join(chunks(value, 0))


_encode = _encoder()
