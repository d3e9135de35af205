"""A scan after a change to a few of many files: only the files that the change bears on are judged again.

What it says is what a scan of everything says, or it says nothing and everything is scanned. Three things make it so.
Every verdict but a proof is followed: the questions that its file asked of others are known by their keys, and a file
is judged again where a change offers, or offered, one of them. What is judged again is judged among all files that
offer what it asks: these are read too, until no question is left that a file not read would answer. And proofs, which
ask about everything, stand only while nothing has changed that they can rest on.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

from scanner.base.record import mutable, record
from scanner.engine.judge_all import NotKeptError, bind, judge_some
from scanner.engine.judging import Judge
from scanner.findings.finding import Finding
from scanner.incremental.dependency_keys import channels_of, offers, types_of
from scanner.incremental.finding_cache import BrokenError, Shelf, ShelvedFile
from scanner.incremental.packed_findings import KeptFinding
from scanner.incremental.scan_units import Unit, add_facts, census_of, units_of
from scanner.inputs.cloudformation.template import Template
from scanner.inputs.discovery import Discovery
from scanner.inputs.reading import PARAMETERS, Input, Reading, undeclared
from scanner.language.rule import Rule
from scanner.model.dependency_trace import PROOFS, TODAY, Channel, Trace, file_of, is_import
from scanner.tenancy.coverage import uncovered
from scanner.tenancy.inference.evidence import Evidence
from scanner.tenancy.inference.infer import SOURCE, inferred_again
from scanner.tenancy.tenancy import NO_TENANCY, Tenancy
from scanner.tenancy.unmet_entries import called

_MOST_CHANGED = 50
_MOST_READ = 200
_MOST_ROUNDS = 12
# Objects of a cluster are none: whose one is, who may do what to it, and in which file a user stands rest on all files.
_KINDS = frozenset({"template"})


@record
class Means:
    """How files are read and judged in this scan.

    `tenancy` is the declared one; `parameters` are names of those that some template must have.
    """

    read: Callable[[Discovery, Trace], Reading]
    judge: Callable[[Reading, Tenancy], Judge]
    rules: Sequence[Rule]
    tenancy: Tenancy
    parameters: Collection[str]
    as_of: datetime.date


@mutable
class Rescanned:
    """What a scan of everything would have; `fresh` are the findings on `again`, the templates judged now."""

    kept: list[KeptFinding]
    fresh: list[Finding]
    again: list[Template]
    reading: Reading
    tenancy: Tenancy
    evidence: tuple[Evidence, ...]


def is_shelvable(discovery: Discovery, *, sql: bool) -> bool:
    """Whether all of what was found can be told apart file by file.

    `sql` says that what is found of that is read: all files of a folder are one database then.
    """
    return {each.kind for each in discovery.found if each.kind != "sql" or sql or each.named} <= _KINDS


def shelf_of(
    reading: Reading,
    discovery: Discovery,
    digests: Mapping[str, str],
    judge: Judge,
    rules: Sequence[Rule],
    evidence: Iterable[Evidence],
) -> Shelf | None:
    """What a scan of everything leaves for the next one, but for its findings; None where it cannot be told apart.

    `digests` are of the files found, by their real paths, before they were read.
    """
    if _has_objects(reading):
        return None
    trace = reading.inventory.trace
    units = units_of(reading, discovery)
    if trace is None or units is None or any(digests[path] != digest for path, digest in reading.opened.items()):
        return None
    asked = {file: keys for file, keys in trace.asked.items() if file != PROOFS}
    if not asked.keys() <= units.keys():
        return None
    if judge.tenancy.source is not None or any(each.hints for each in units.values()):
        add_facts(units, reading, discovery, rules)
    channels = channels_of(judge.relations, reading.inventory.types) | trace.channels
    document = judge.tenancy.document
    return Shelf(
        [ShelvedFile(each.real, each.shown, each.kind, each.named, digests[each.real]) for each in discovery.found],
        units,
        _by_key(asked),
        _by_key(offers(channels, judge, reading.exports)),
        frozenset(channels),
        document.text if judge.tenancy.source == SOURCE and document is not None else None,
        [each.document() for each in evidence],
        _day(judge.tenancy),
        False,
        {},
    )


def rescan(shelf: Shelf, discovery: Discovery, digests: Mapping[str, str], means: Means) -> Rescanned | None:
    """None where everything has to be judged."""
    try:
        found = _Rescan(shelf, discovery, digests, means).run()
    except (NotKeptError, BrokenError):
        return None
    return None if _has_objects(found.reading) else found


def _has_objects(reading: Reading) -> bool:
    """Whether templates hand objects to a cluster: whose one is, and who may do what to it, rests on all files."""
    return any(kind.startswith("Kubernetes::") for kind in reading.inventory.types)


def _day(tenancy: Tenancy) -> str:
    return tenancy.as_of.isoformat() if tenancy.as_of is not None else ""


def _by_key(keys: Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for file, several in keys.items():
        for key in several:
            found.setdefault(key, []).append(file)
    return found


def _answered(trace: Trace, dirty: Collection[str]) -> Iterator[str]:
    """The keys that others must answer: all that was asked for a verdict, and all that a file imports that was read."""
    for unit, keys in trace.asked.items():
        yield from keys if unit in dirty else filter(is_import, keys)


@mutable
class _Read:
    """The units that are read, and their resources among themselves."""

    reading: Reading
    units: dict[str, Unit]
    trace: Trace
    judge: Judge


class _Rescan:
    """One attempt. Whatever it cannot be sure of raises NotKeptError."""

    def __init__(self, shelf: Shelf, discovery: Discovery, digests: Mapping[str, str], means: Means) -> None:
        self._shelf = shelf
        self._discovery = discovery
        self._digests = digests
        self._means = means
        self._changed: set[str] = set()
        self._gone: set[str] = set()
        self._new: set[str] = set()

    def run(self) -> Rescanned:
        self._compare()
        tenancy, evidence = self._tenancy()
        if not (self._changed or self._new or self._gone or self._is_later()):
            return self._whole(tenancy, evidence, set(), None, [])
        dirty, read, fresh = self._judge_until_known(tenancy)
        return self._whole(tenancy, evidence, dirty, read, fresh)

    def _compare(self) -> None:
        """Which units have changed, which are gone and which are new."""
        shelf, homes = self._shelf, self._shelf.homes()
        before = {each.shown: each for each in shelf.files}
        found = {each.shown: each for each in self._discovery.found}
        for file, now in found.items():
            old = before.get(file)
            if old is None:
                self._new.add(file)
            elif (old.real, old.kind, old.named) != (now.real, now.kind, now.named):
                raise NotKeptError
            elif old.digest != self._digests[now.real]:
                self._changed.add(homes[file])
        self._gone = {homes[file] for file in before.keys() - found.keys()}
        if any(len(shelf.units[each].files) > 1 for each in self._gone):
            raise NotKeptError
        arrived = {found[each].real for each in self._new}
        if arrived and any(not arrived.isdisjoint(each.wants) for each in shelf.units.values()):
            raise NotKeptError  # a nested stack has its template now
        if len(self._changed) + len(self._new) + len(self._gone) > _MOST_CHANGED:
            raise NotKeptError

    def _tenancy(self) -> tuple[Tenancy, tuple[Evidence, ...]]:
        """The tenancy that holds as long as `_check_facts` finds nothing."""
        if self._means.tenancy.source is not None:
            return self._means.tenancy, ()
        if self._shelf.tenancy is None:
            return NO_TENANCY, ()
        evidence = tuple(Evidence.told(each) for each in self._shelf.evidence)
        files = self._files(self._changed | self._gone)
        if any(each.path in files for each in evidence):
            raise NotKeptError  # its lines may have moved
        return inferred_again(self._shelf.tenancy), evidence

    def _is_later(self) -> bool:
        """Whether the day is another, on which only what asks for the day may differ."""
        shelf, means = self._shelf, self._means
        if shelf.as_of == means.as_of.isoformat():
            return False
        ends = [*(each.until for each in means.tenancy.trusted), *(each.until for each in means.tenancy.shared)]
        if shelf.dated or any(end is not None for end in ends):
            raise NotKeptError
        return True

    def _files(self, units: Iterable[str]) -> set[str]:
        return {file for each in units for file in self._shelf.units[each].files}

    def _judge_until_known(self, tenancy: Tenancy) -> tuple[set[str], _Read, list[Finding]]:
        """The units to be judged again, all units that bear on them, and the findings on the former."""
        shelf = self._shelf
        changed = self._changed | self._gone
        load = self._changed | self._new
        for _ in range(_MOST_ROUNDS):
            read = self._read(load, tenancy)
            self._check_facts(read)
            made = offers(shelf.channels, read.judge, read.reading.exports)
            keys = shelf.keys_offered(changed).union(*(made.get(each, ()) for each in changed | self._new))
            if self._is_later():
                keys.add(TODAY)
            # What a file imports is a part of what it holds.
            importing = shelf.asking(filter(is_import, keys)) - changed
            changed |= importing
            dirty = (changed | self._new | shelf.asking(keys)) - self._gone
            asked = shelf.keys_asked(dirty).union(filter(is_import, shelf.keys_asked(load)))
            more = (dirty | shelf.offering(asked)) - self._gone - load
            if importing or more:
                load |= importing | more
                continue
            if read.judge.tenancy.source is not None:
                read.judge.kept = self._proofs(dirty, changed, read.judge)
            bound = [bind(rule, read.judge.tenancy) for rule in self._means.rules]
            fresh = judge_some(read.judge, bound, dirty)
            self._check_channels(read.trace.channels, load)
            more = shelf.offering(_answered(read.trace, dirty)) - self._gone - load
            if not more:
                if read.judge.describe.crashes:
                    raise NotKeptError
                return dirty, read, fresh
            load |= more
        raise NotKeptError

    def _read(self, load: set[str], tenancy: Tenancy) -> _Read:
        """These units alone; each but those that changed must be the unit that it was."""
        shelf = self._shelf
        files = self._new | self._files(load - self._new)
        if len(files) > _MOST_READ:
            raise NotKeptError
        some = Discovery(tuple(each for each in self._discovery.found if each.shown in files), 0, ())
        trace = Trace()
        reading = self._means.read(some, trace)
        judge = self._means.judge(reading, tenancy)
        reading.uncovered = list(uncovered(reading.inventory, judge.tenancy))
        reading.called = list(called(reading.inventory, judge.tenancy))
        units = units_of(reading, some)
        if units is None or units.keys() != load:
            raise NotKeptError
        if any(self._digests[path] != digest for path, digest in reading.opened.items()):
            raise NotKeptError  # it was changed while it was read
        for name, unit in units.items():
            known = shelf.units.get(name)
            if unit.files != (known.files if known is not None else (name,)):
                raise NotKeptError
        return _Read(reading, units, trace, judge)

    def _check_facts(self, read: _Read) -> None:
        """Proofs, and what is inferred of tenants, stand only where nothing has changed that they may rest on."""
        shelf, units = self._shelf, read.units
        hinted = any(each.hints for each in shelf.units.values())
        others = (unit for name, unit in shelf.units.items() if name not in units and name not in self._gone)
        if hinted != any(each.hints for each in (*units.values(), *others)):
            raise NotKeptError
        if self._means.tenancy.source is None and not hinted:
            return
        add_facts(
            {name: units[name] for name in self._changed | self._new}, read.reading, self._discovery, self._means.rules
        )
        if any(units[name].facts != shelf.units[name].facts for name in self._changed):
            raise NotKeptError
        if any(units[name].facts for name in self._new) or any(shelf.units[name].facts for name in self._gone):
            raise NotKeptError

    def _check_channels(self, channels: set[Channel], load: set[str]) -> None:
        """An index that nobody asked before is known of the files that were read now, and of no others."""
        others = {each[0] for name, unit in self._shelf.units.items() if name not in load for each in unit.census}
        for channel in channels - self._shelf.channels:
            types = types_of(channel)
            if not types or others.intersection(types):
                raise NotKeptError

    def _proofs(self, dirty: set[str], changed: set[str], judge: Judge) -> dict[tuple[str, str], Finding | None]:
        """What was proved of the units to be judged again; None for what is not sure to be the same."""
        proving = {rule.id: rule for rule in self._means.rules if rule.theorems}
        subsumed = {name for rule in self._means.rules for name in rule.subsumes}
        homes = self._shelf.homes()
        moved = self._files(self._changed | self._gone)
        kept: dict[tuple[str, str], Finding | None] = {}
        for each in self._shelf.findings(dirty):
            address = each.resource["address"]
            if each.rule not in proving:
                continue
            kept[each.rule, address] = None
            silent = each.verdict == "NOT_APPLICABLE" and each.proof is None
            if each.exception is not None or (silent and each.rule in subsumed):
                # An exception has to be put over it again; or another rule may have spoken for it, so that what it
                # would say by itself is not known.
                continue
            if homes[file_of(address)] not in changed:
                if moved.isdisjoint(each.places()):
                    kept[each.rule, address] = each
            elif each.verdict in ("PASS", "NOT_APPLICABLE") and (resource := judge.inventory.at(address)) is not None:
                rule = proving[each.rule]
                same = Finding(
                    rule.id, rule.severity, rule.layer, each.verdict, judge.describe.resource(resource), each.message
                )
                same.assumptions, same.proof = each.assumptions, each.proof
                kept[each.rule, address] = same
        return kept

    def _whole(
        self,
        tenancy: Tenancy,
        evidence: tuple[Evidence, ...],
        dirty: set[str],
        read: _Read | None,
        fresh: list[Finding],
    ) -> Rescanned:
        shelf = self._shelf
        kept = shelf.findings(dirty | self._gone, others=True)
        self._check_places(kept)
        units = {name: unit for name, unit in shelf.units.items() if name not in self._gone}
        if read is not None:
            units |= {name: unit for name, unit in read.units.items() if name in dirty}
        reading = Reading(ignored=self._discovery.ignored, problems=[*self._discovery.problems])
        reading.counted = census_of(units.values())
        kinds = {file: kind for unit in units.values() for file, kind in unit.inputs.items()}
        for found in self._discovery.found:
            if (kind := kinds.get(found.shown)) is not None:
                reading.inputs.append(Input(kind, found.shown, f"sha256:{self._digests[found.real]}"))
        for unit in units.values():
            reading.problems += unit.problems
            reading.gaps += unit.gaps
            reading.uncovered += unit.uncovered
            reading.called += unit.called
            reading.ignored += unit.ignored
        declared = sorted({name for unit in units.values() for name in unit.parameters})
        reading.problems += undeclared(self._means.parameters, declared, PARAMETERS)
        again = [
            each
            for each in (read.reading.templates if read is not None else ())
            if file_of(each.stack.address) in dirty
        ]
        return Rescanned(kept, fresh, again, reading, tenancy, evidence)

    def _check_places(self, kept: Iterable[KeptFinding]) -> None:
        """A proof may point at a policy of another file, whose lines may have moved."""
        moved = self._files(self._changed | self._gone)
        if moved and any(each.proof is not None and not moved.isdisjoint(each.places()) for each in kept):
            raise NotKeptError


__all__ = ["Means", "Rescanned", "is_shelvable", "rescan", "shelf_of"]
