"""CloudFormation types, the forms of their ARNs and the actions on them, whatever the actions' prefixes.

Compiled by `scripts/compile_resource_arns.py` into `resource_arns.json` from the "Service Authorization Reference", the
CDK's service specification and CloudFormation's own schemas; `scripts/resource_arns.yaml` has what these say wrongly.
A *form* is an ARN with holes, as the reference writes it. `rds-data:ExecuteStatement` works on clusters of `rds` and
`ssm:StartSession` on instances of `ec2`, so a form knows every catalogue prefix that has it.

Read when it is first asked for: a scan that proves nothing never loads it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Literal

from scanner.base.record import record
from scanner.iam.catalogue import Action, catalogue
from scanner.shipped_data import data_file

Alphabet = Literal["segment", "path", "colon", "any"]
Relation = Literal["path", "variables", "declared"]

_HOLE = re.compile(r"\$\{([^}]*)\}|(\*)")
_SEGMENTS = 6  # "Identify AWS resources with ARNs": arn, partition, service, region, account, resource
_WILD = "*"
_TENANT = "${tenant}"
_ID = "\0"  # stands for a tenant's id in a pattern; no ARN has this character
_RUNS = frozenset((_WILD, _ID))


@record
class Hole:
    """A variable part of a form: `segment` holds neither `/` nor `:`, `path` a `/`, `colon` a `:`, `any` both."""

    name: str
    alphabet: Alphabet


@record
class ArnForm:
    """`kinds` are pairs of a catalogue prefix and its resource type, those of the ARN's own service first.

    `only` names the actions that work on the form where they are fewer than those on the resource type. `alphabets` are
    those of its holes that hold more than a segment, None where the service is not said: then the widest of any.
    """

    arn: str
    kinds: tuple[tuple[str, str], ...]
    only: tuple[str, ...] = ()
    alphabets: tuple[tuple[str, Alphabet], ...] | None = None

    @property
    def service(self) -> str:
        """The third segment of the ARN."""
        return self.arn.split(":", 3)[2]

    @property
    def pieces(self) -> tuple[str | Hole, ...]:
        """The form as literal texts and holes, from `arn:` to its end."""
        return _pieces(self.arn, resource_arns().widest if self.alphabets is None else self.alphabets)

    @property
    def holes(self) -> tuple[str, ...]:
        """The names of the holes of the resource itself: without partition, region and account."""
        return tuple(each.name for each in self.pieces if isinstance(each, Hole) and each.name not in _PLACE)


_PLACE = frozenset(("Partition", "Region", "Account", "AccountId"))


@record
class OnForm:
    """An action on a form; `required` means that it cannot be allowed without naming such a resource."""

    action: Action
    kind: str
    required: bool


@record
class Related:
    """A form below or above another.

    `shared` pairs holes of the lower form with those of the upper one that have the same value. Without any, the lower
    ARN does not say of which resource it is a part: a tag, a relation of the files or an entry of its own has to.
    """

    form: ArnForm
    shared: tuple[tuple[str, str], ...]
    relation: Relation
    document: str | None

    @property
    def named(self) -> bool:
        """Whether the lower ARN says of which resource it is a part."""
        return bool(self.shared)


_Row = tuple[int, int, list[list[str]], Relation, str | None]


class ResourceArns:
    """All forms, decoded once. Type names are CloudFormation's; services and actions compare without case."""

    def __init__(self, text: bytes) -> None:
        read: dict[str, Any] = json.loads(text)
        self.date: str = read["date"]
        self.source: str = read["source"]
        self._forms = tuple(
            ArnForm(
                f"arn:${{Partition}}:{row[0]}",
                tuple((prefix, kind) for prefix, kind in row[1]),
                tuple(row[2]) if len(row) > 2 else (),  # noqa: PLR2004  # an optional third column
                tuple(read["alphabets"].get(row[0].partition(":")[0], {}).items()),
            )
            for row in read["forms"]
        )
        every = [pair for names in read["alphabets"].values() for pair in names.items()]
        self.widest: tuple[tuple[str, Alphabet], ...] = tuple(
            sorted((name, "any") if dict(every)[name] != wide else (name, wide) for name, wide in every)
        )
        self._types: dict[str, list[int]] = read["types"]
        self._none: dict[str, str] = read["none"]
        self._edges: tuple[dict[int, list[_Row]], dict[int, list[_Row]]] = ({}, {})
        for row in read["below"]:
            self._edges[0].setdefault(row[0], []).append(row)
            self._edges[1].setdefault(row[1], []).append(row)
        self._found: dict[tuple[int, int], tuple[Related, ...]] = {}
        self._at = {form.arn: number for number, form in enumerate(self._forms)}
        self._by_service: dict[str, list[ArnForm]] = {}
        for form in self._forms:
            self._by_service.setdefault(form.service, []).append(form)
        self._actions: dict[str, tuple[OnForm, ...]] = {}
        self._related: dict[tuple[str, int], tuple[Related, ...]] = {}

    def forms(self) -> tuple[ArnForm, ...]:
        """Every form of the catalogue and of the corrections, sorted by ARN."""
        return self._forms

    def types(self) -> tuple[str, ...]:
        """Every type of CloudFormation's schemas, with a form or without."""
        return tuple(sorted((*self._types, *self._none)))

    def of_type(self, type_name: str) -> tuple[ArnForm, ...]:
        """The forms of a type's ARN, then those of further doors to its data (`execute-api` of a REST API).

        A type that is a part of another has its parent's. None where the reference has no such resource.
        """
        return tuple(self._forms[at] for at in self._types.get(type_name, ()))

    def why_none(self, type_name: str) -> str | None:
        """Why a type has no form; None of a type that has, or that no schema knows."""
        return self._none.get(type_name)

    def types_of(self, form: ArnForm) -> tuple[str, ...]:
        """The types whose data such an ARN reaches; none for what CloudFormation does not make."""
        at = self._at[form.arn]
        return tuple(name for name, forms in self._types.items() if at in forms)

    def describing(self, pattern: str) -> tuple[ArnForm, ...]:
        """The forms that an ARN of tenancy.yaml may have: with `${tenant}`, `*` for any run and `?` for a character."""
        segments = pattern.replace(_TENANT, _WILD).split(":", 3)
        service = segments[2].lower() if len(segments) > 3 else _WILD  # noqa: PLR2004  # arn, partition, service, rest
        forms = self._forms if set(service) & {"*", "?"} else self._by_service.get(service, ())
        found = tuple(form for form in forms if may_describe(pattern, form))
        word = re.match(r"[^/:*?$]*", pattern.split(":", _SEGMENTS - 1)[-1])
        name = word[0] if word is not None else ""
        # What begins as another kind's name does is none of a kind that begins with nothing of its own.
        telling = [
            form
            for form in found
            if name and form.arn.split(":", _SEGMENTS - 1)[-1].startswith((f"{name}/", f"{name}:"))
        ]
        return tuple(form for form in found if not telling or not _is_any_name(form))

    def actions(self, form: ArnForm) -> tuple[OnForm, ...]:
        """Every action of the catalogue on such a resource, sorted by name."""
        found = self._actions.get(form.arn)
        if found is None:
            found = self._actions[form.arn] = tuple(sorted(_on(form), key=lambda each: each.action.name))
        return found

    def prefixes(self, form: ArnForm) -> tuple[str, ...]:
        """The prefixes of the actions on a form, the ARN's own service first."""
        return tuple(dict.fromkeys(prefix for prefix, _ in form.kinds))

    def below(self, form: ArnForm) -> tuple[Related, ...]:
        """What belongs to such a resource, and what belongs to that, nearest first."""
        return self._remembered(form, 0)

    def above(self, form: ArnForm) -> tuple[Related, ...]:
        """What such a resource belongs to, nearest first."""
        return self._remembered(form, 1)

    def _remembered(self, form: ArnForm, side: int) -> tuple[Related, ...]:
        found = self._related.get((form.arn, side))
        if found is None:
            found = self._related[form.arn, side] = self._reached(self._at[form.arn], side)
        return found

    def _reached(self, start: int, side: int) -> tuple[Related, ...]:
        """What is reached over the rows, remembered: the same few forms are asked about for every principal."""
        known = self._found.get((start, side))
        if known is None:
            known = self._found[start, side] = self._walk(start, side)
        return known

    def _walk(self, start: int, side: int) -> tuple[Related, ...]:
        """Breadth first over the rows; holes that are shared along the way are passed on."""
        found: dict[int, Related] = {}
        waiting: list[tuple[int, dict[str, str] | None, str | None]] = [(start, None, None)]
        for here, so_far, document in waiting:
            for row in self._edges[side].get(here, ()):
                there = row[0] if side else row[1]
                if there == start or there in found:
                    continue
                step = {pair[0]: pair[1] for pair in row[2]}
                shared = step if so_far is None else _chained(step, so_far, side)
                said = row[4] or document
                found[there] = Related(self._forms[there], tuple(shared.items()), row[3], said)
                waiting.append((there, shared, said))
        return tuple(found.values())


@lru_cache(maxsize=1)
def resource_arns() -> ResourceArns:
    """The shipped forms, read once."""
    return ResourceArns(data_file("resource_arns.json").read_bytes())


@lru_cache(maxsize=512)
def untyped(prefix: str) -> tuple[Action, ...]:
    """The actions of a catalogue prefix that no resource type narrows: a policy allows them on `*` or not at all."""
    return tuple(
        action
        for action in catalogue().matching(f"{prefix}:*")
        if not any(resource.arn.startswith("arn:") for resource in action.resources)
    )


def _is_any_name(form: ArnForm) -> bool:
    pieces = _pieces(form.arn.split(":", _SEGMENTS - 1)[-1], form.alphabets or ())
    return len(pieces) == 1 and isinstance(pieces[0], Hole) and pieces[0].alphabet == "any"


def may_describe(pattern: str, form: ArnForm) -> bool:
    """Whether some ARN of the form matches a pattern with `${tenant}`, `*` and `?`; an id has no `/` and no `:`.

    The five segments before the resource are compared one by one, as IAM does ("IAM JSON policy elements: Resource"),
    so no wildcard of theirs stands for a colon.
    """
    ours = pattern.replace(_TENANT, _ID).split(":", _SEGMENTS - 1)
    theirs = form.arn.split(":", _SEGMENTS - 1)
    if len(ours) < _SEGMENTS:
        return pattern.endswith(_WILD) and may_describe(pattern + ":*" * (_SEGMENTS - len(ours)), form)
    wide = form.alphabets or ()
    return all(_meets(mine, _pieces(other, wide)) for mine, other in zip(ours, theirs, strict=True))


def _meets(pattern: str, pieces: tuple[str | Hole, ...]) -> bool:
    """Whether a pattern and a text with holes have a common instance; a hole is one or more characters."""
    units: list[str | Hole] = []
    for piece in pieces:
        units.extend(piece if isinstance(piece, str) else (piece,))
    # States are pairs (place in pattern, place in form, whether the hole there has begun).
    waiting = [(0, 0, False)]
    met = set(waiting)
    while waiting:
        at, unit, begun = waiting.pop()
        if at == len(pattern) and unit == len(units):
            return True
        for state in _steps(pattern, units, at, unit, begun):
            if state not in met:
                met.add(state)
                waiting.append(state)
    return False


def _steps(pattern: str, units: list[str | Hole], at: int, unit: int, begun: bool) -> Iterator[tuple[int, int, bool]]:
    ours = pattern[at] if at < len(pattern) else None
    theirs = units[unit] if unit < len(units) else None
    if ours in _RUNS:
        yield at + 1, unit, begun
    if isinstance(theirs, Hole) and begun:
        yield at, unit + 1, False
    if ours is None or theirs is None:
        return
    if isinstance(theirs, Hole):
        if ours in _RUNS:
            yield at, unit, True
        elif ours == "?" or holds(theirs, ours):
            yield at + 1, unit, True
    elif ours == _WILD or (ours == _ID and theirs not in "/:"):
        yield at, unit + 1, False
    elif ours in ("?", theirs):
        yield at + 1, unit + 1, False


def holds(hole: Hole, character: str) -> bool:
    """Whether a hole's value may have the character."""
    return hole.alphabet == "any" or {"/": "path", ":": "colon"}.get(character, hole.alphabet) == hole.alphabet


def _on(form: ArnForm) -> Iterator[OnForm]:
    only = frozenset(name.lower() for name in form.only)
    for prefix, kind in form.kinds:
        for action in catalogue().matching(f"{prefix}:*"):
            if only and action.name.lower() not in only:
                continue
            for resource in action.resources:
                if resource.name == kind:
                    yield OnForm(action, kind, resource.required)
                    break


@lru_cache(maxsize=4096)
def _pieces(text: str, alphabets: tuple[tuple[str, Alphabet], ...]) -> tuple[str | Hole, ...]:
    found: list[str | Hole] = []
    wide = dict(alphabets)
    at = 0
    for match in _HOLE.finditer(text):
        if match.start() > at:
            found.append(text[at : match.start()])
        name = match[1] or _WILD
        found.append(Hole(name, "any" if name == _WILD else wide.get(name, "segment")))
        at = match.end()
    if at < len(text):
        found.append(text[at:])
    return tuple(found)


def _chained(step: Mapping[str, str], so_far: Mapping[str, str], side: int) -> dict[str, str]:
    if side:  # upwards: `so_far` is (start's hole -> here's hole), the step (here's hole -> there's hole)
        return {lower: step[upper] for lower, upper in so_far.items() if upper in step}
    return {lower: so_far[upper] for lower, upper in step.items() if upper in so_far}
