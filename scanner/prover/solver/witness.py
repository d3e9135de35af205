"""Concrete tenants and a concrete request for a way that the search left open."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field

from scanner.base.record import mutable, record
from scanner.iam.arn_syntax import REGIONS, is_region, partition_of
from scanner.iam.instants import first_request, instant, number
from scanner.iam.terms import ARN_SEGMENTS
from scanner.model.partial_text import text_of
from scanner.model.unknown import Unknown
from scanner.prover.solver.alphabet import FIRST_HOLE, MOST_HOLES
from scanner.prover.solver.encoding import RESOURCE
from scanner.prover.solver.id_automaton import IdForm, IdLanguage
from scanner.prover.solver.pattern import Among, Pattern, Tenant, Wild, literal
from scanner.prover.solver.product import Dimension, Work, decide, varies
from scanner.prover.solver.question import Given, Holes, Session, Shape, Unsure
from scanner.prover.solver.search import Branch

# A name with a colon is the last to be told: whether wildcards cross one is not documented.
_PLAIN_NAME = Pattern(
    ("a", "r", "n", ":", *4 * (Wild.SEGMENT_STAR, ":"), Among(":", inverted=True, many=True, holes=True))
)
_REQUESTED = "aws:requestedregion"
MOST_PAIRS = 100
_MOST_BANK = 24
_MOST_REMEMBERED = 20_000


@record
class Request:
    """`resource` and the context's values may have holes still."""

    caller: str
    owner: str
    resource: object
    context: Mapping[str, object]


@mutable
class Witnesses:
    """Finds requests. `examples` are ids that readers know, tried first.

    `constant` is the caller where it is fixed, and `only_owner` the owner; then the language is that of all others.
    `same` remembers the values of dimensions in which no tenant stands, for as long as the language is this one.
    """

    language: IdLanguage
    owners: IdForm
    callers: IdForm
    examples: Sequence[str]
    constant: str | None
    work: Work
    only_owner: str | None = None
    same: dict[object, tuple[Dimension, str | None]] = field(default_factory=dict)

    def requests(
        self,
        branch: Branch,
        session: Session,
        shape: Shape,
        extra: Mapping[str, str],
        spelled: Callable[[str], str],
        holes: Holes,
    ) -> Iterator[Request]:
        """Requests that meet every dimension of the branch, for different pairs of tenants."""
        dimensions = self._needed(branch, session, shape)
        if any(self._of_everybody(each) is None for each in dimensions.values() if not varies(each)):
            return
        for caller, owner in self._pairs(branch, dimensions):
            values = self._somewhere(shape, dimensions, caller, owner)
            if values is None:
                continue
            context = self._context(branch, session, shape, values, extra, spelled, holes, caller)
            for opaque in _opaque_values(branch):
                whole = {**context, **{spelled(_key(name)): value for name, value in opaque.items()}}
                yield Request(caller, owner, _with_holes(values[RESOURCE], holes), whole)

    def _somewhere(
        self, shape: Shape, dimensions: Mapping[str, Dimension], caller: str, owner: str
    ) -> dict[str, str] | None:
        """Values whose regions are whole and the same, where there are such: a pattern may cut a region's name."""
        found: dict[str, str] | None = None
        for usual in (*shape.usual, _PLAIN_NAME):
            found = self._values(_narrowed(dimensions, usual), caller, owner)
            if found is not None and _is_in_one_region(found):
                return found
        found = self._values(dimensions, caller, owner) or found
        if found is None or _is_in_one_region(found):
            return found
        for region in REGIONS:
            there = self._values(_in_region(dimensions, region), caller, owner)
            if there is not None:
                return there
        return found

    def _needed(self, branch: Branch, session: Session, shape: Shape) -> dict[str, Dimension]:
        needed = dict(branch.dimensions)
        needed.setdefault(RESOURCE, Dimension(shape.resource, False, (shape.form,) if shape.form is not None else ()))
        for keys in (session.keys, shape.keys):
            for key, value in keys.items():
                if isinstance(value, Given):
                    needed.setdefault(key, Dimension(value.pattern, value.closed))
        return needed

    def _pairs(self, branch: Branch, dimensions: Mapping[str, Dimension]) -> Iterator[tuple[str, str]]:
        seen: set[tuple[str, str]] = set()
        for caller, owner in itertools.islice(self._candidates(branch, dimensions), MOST_PAIRS * 4):
            if (caller, owner) in seen or caller == owner:
                continue
            seen.add((caller, owner))
            if len(seen) > MOST_PAIRS:
                return
            owns = owner == self.only_owner or self.owners.is_id(owner)
            if owns and (caller == self.constant or self.callers.is_id(caller)):
                yield caller, owner

    def _candidates(self, branch: Branch, dimensions: Mapping[str, Dimension]) -> Iterator[tuple[str, str]]:
        known = list(dict.fromkeys((*self.examples, *itertools.islice(self.language.words(), 4))))
        if self.only_owner is not None:
            found = [answer.caller for answer in branch.answers.values() if answer.caller]
            for caller in [self.constant] if self.constant is not None else [*known, *found]:
                yield caller, self.only_owner
            return
        callers = [self.constant] if self.constant is not None else known
        for caller in callers[:3]:
            yield from ((caller, owner) for owner in known[: 3 if self.constant is None else None])
        hints = [(answer.caller, answer.owner) for answer in branch.answers.values()]
        for mine, theirs in hints:
            if mine and theirs:
                yield (self.constant or mine), theirs
        for mine, theirs in hints:
            if mine or theirs:
                yield from ((self.constant or mine or each, theirs or each) for each in known[:4])
        bases = [*known[:2], *(one for pair in hints for one in pair if one)][:5]
        for word in bases:
            for other in bases:
                for longer in (word + other[:1], word + other, word + "-" + other, word + "1"):
                    yield self.constant or word, longer
                    yield self.constant or longer, word
        if any(pattern.fold for dimension in dimensions.values() for pattern in dimension.matching):
            for word in bases:
                yield from ((self.constant or word, other) for other in (word.swapcase(), word.upper(), word.title()))
        letters = [
            each
            for dimension in dimensions.values()
            for pattern in (*dimension.matching, dimension.own, *dimension.avoiding)
            if pattern.varies
            for each in pattern.literals()
        ]
        alphabet = list(dict.fromkeys([*letters, *(word[:1] for word in known)]))[-5:]
        bank = ["".join(letters) for length in (1, 2, 3) for letters in itertools.product(alphabet, repeat=length)]
        ids = [word for word in bank if self.owners.is_id(word)][:_MOST_BANK]
        for caller in ids if self.constant is None else [self.constant]:
            yield from ((caller, owner) for owner in ids)

    def _values(self, dimensions: Mapping[str, Dimension], caller: str, owner: str) -> dict[str, str] | None:
        values: dict[str, str] = {}
        for name, dimension in dimensions.items():
            value = self._value(dimension.bound(caller, owner)) if varies(dimension) else self._of_everybody(dimension)
            if value is None:
                return None
            values[name] = value
        return values

    def _of_everybody(self, dimension: Dimension) -> str | None:
        """The value of a dimension in which no tenant stands: the same for every pair and branch, so asked for once."""
        # What is remembered keeps the patterns, so that no other gets one's identity.
        name = (id(dimension.own), dimension.closed, *map(id, dimension.matching), None, *map(id, dimension.avoiding))
        known = self.same.get(name)
        if known is None:
            known = dimension, self._value(dimension.bound("", ""))
            if known[1] is not None or self.work.states <= self.work.most:
                if len(self.same) > _MOST_REMEMBERED:
                    self.same.clear()
                self.same[name] = known
        return known[1]

    def _value(self, bound: Dimension) -> str | None:
        answer = decide(bound, self.language, self.work)
        return answer.value if answer.outcome == "OPEN" else None

    def _context(  # noqa: PLR0913  # all that a request is made of
        self,
        branch: Branch,
        session: Session,
        shape: Shape,
        values: Mapping[str, str],
        extra: Mapping[str, str],
        spelled: Callable[[str], str],
        holes: Holes,
        caller: str,
    ) -> dict[str, object]:
        context: dict[str, object] = {}
        for keys in (session.keys, shape.keys):
            for key, value in keys.items():
                if isinstance(value, Unsure):
                    context[spelled(key)] = value.why
                if not isinstance(value, Given):
                    continue
                one = _with_holes(values[key], holes)
                if not value.many:
                    context[spelled(key)] = one
                    continue
                others = [
                    _with_holes(values.get(name, _own_value(value, caller)), holes)
                    for name in (f"{key}#{number}" for number in range(value.extras))
                ]
                context[spelled(key)] = [one, *others]
        several: dict[str, list[object]] = {}
        for name, key in extra.items():
            if name in values and key not in shape.keys and key not in session.keys and branch.presence.get(key):
                several.setdefault(key, []).append(_with_holes(values[name], holes))
        for key, present in branch.presence.items():
            if present and not isinstance(session.value(key), Unsure):
                found = several.get(key, [])
                context[spelled(key)] = found[0] if len(found) == 1 else found or "x"
        return context


def _narrowed(dimensions: Mapping[str, Dimension], usual: Pattern) -> dict[str, Dimension]:
    resource = dimensions[RESOURCE]
    own, closed, matching, avoiding = resource.own, resource.closed, resource.matching, resource.avoiding
    return {**dimensions, RESOURCE: Dimension(own, closed, (*matching, usual), avoiding)}


def _in_region(dimensions: Mapping[str, Dimension], region: str) -> dict[str, Dimension]:
    there = Pattern((*f"arn:{partition_of(region)}:", Wild.SEGMENT_STAR, ":", *region, ":", Wild.STAR))
    found = _narrowed(dimensions, there)
    asked = found.get(_REQUESTED)
    if asked is not None:
        matching = (*asked.matching, literal(region))
        found[_REQUESTED] = Dimension(asked.own, asked.closed, matching, asked.avoiding)
    return found


def _is_in_one_region(values: Mapping[str, str]) -> bool:
    """Whether the request names a region that there can be, and none beside it; what names none is anywhere."""
    segments = values[RESOURCE].split(":", ARN_SEGMENTS - 1)
    region = segments[3] if len(segments) == ARN_SEGMENTS else ""
    asked = values.get(_REQUESTED)
    named = [*([region] if region else []), *([asked] if asked is not None else [])]
    return all(map(is_region, named)) and len(set(named)) <= 1


def _key(name: str) -> str:
    return name.partition("#")[0]


def _own_value(value: Given, caller: str) -> str:
    """What the caller would rather name: its own."""
    return "".join(
        token if isinstance(token, str) else caller if isinstance(token, Tenant) else ""
        for token in value.pattern.tokens
    )


_HOLES = frozenset(chr(FIRST_HOLE + number) for number in range(MOST_HOLES))
_UNNAMED = Unknown("deploy-time", "a value that only deployment gives")


def _with_holes(value: str, holes: Holes) -> object:
    parts: list[str | Unknown] = []
    for character in value:
        unknown = holes.unknown(character)
        if unknown is None and character in _HOLES:
            unknown = _UNNAMED  # the hole of another question, whose name this one does not know
        parts.append(character if unknown is None else unknown)
    return text_of(parts)


def _opaque_values(branch: Branch) -> Iterator[dict[str, str]]:
    """Values for keys whose tests are no patterns: near those that the policies compare with."""
    wanted: dict[str, list[str]] = {}
    for name, operator, values in branch.opaque:
        near = wanted.setdefault(name, [])
        if operator.endswith(" any"):
            near.extend((*_from_now_on(operator), "0", "x"))
        for value in values:
            near.extend(_near(operator, value))
    if not wanted:
        yield {}
        return
    names = list(wanted)
    for choice in itertools.islice(itertools.product(*(dict.fromkeys(wanted[name]) for name in names)), 64):
        yield dict(zip(names, choice, strict=True))


def _near(operator: str, value: str) -> Iterator[str]:
    family = operator.partition(" ")[0]
    yield value.partition("/")[0]
    if family == "numeric":
        found = number(value)
        if found is None:
            return
        yield f"{found - 1:f}"
        yield f"{found + 1:f}"
        yield from _from_now_on(operator)
    elif family == "date":
        found = instant(value)
        for seconds in () if found is None else (found - 1, found + 1):
            yield f"{seconds:f}"
        yield from _from_now_on(operator)
        yield "2000-01-01T00:00:00Z"
    elif family == "ip":
        yield "198.51.100.7"
        yield "2001:db8::7"
    else:
        yield "AA=="


def _from_now_on(operator: str) -> Iterator[str]:
    """Times at which requests can still be made, where the operator compares such."""
    if operator.startswith("date "):
        yield f"{first_request():%Y-%m-%dT%H:%M:%SZ}"
        yield "2100-01-01T00:00:00Z"
    elif operator.startswith("numeric "):
        yield f"{first_request().timestamp():.0f}"
