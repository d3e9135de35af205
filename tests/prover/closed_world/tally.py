"""What came of many questions, as a table and as examples of each kind of fault."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.prover.closed_world.asking import Try
from tests.prover.closed_world.prover import Said, template_of, tenancy_of
from tests.prover.closed_world.question import Question

VERDICTS = ("ISOLATED", "LEAK", "NOT_PROVEN", "REACHES_NOTHING", "SILENT")


@dataclass
class Contradiction:
    made: Question
    said: Said
    tried: Try

    def told(self) -> str:
        return f"{self.said.verdict}, but allowed: {json.dumps(self.tried.told())} {json.dumps(self.made.entry)}"

    @property
    def kind(self) -> tuple[str, ...]:
        """What it has in common with others of its kind."""
        incomplete = any(
            each.startswith("arn:") and each.count(":") < 5
            for document in self.made.documents["identity"]
            for statement in document["Statement"]
            for each in statement.get("Resource", statement.get("NotResource", []))
        )
        return (self.made.group, self.said.verdict, self.tried.relation, "incomplete ARN" if incomplete else "")


@dataclass
class Tally:
    """`decided` counts questions that trying decides, `open_ones` those of them that are not proven."""

    limit: float = 3.0
    questions: int = 0
    verdicts: Counter[tuple[str, str]] = field(default_factory=Counter)
    services: Counter[tuple[str, str]] = field(default_factory=Counter)
    decided: Counter[str] = field(default_factory=Counter)
    not_proven: Counter[str] = field(default_factory=Counter)
    causes: Counter[tuple[str, str]] = field(default_factory=Counter)
    unsound: list[Contradiction] = field(default_factory=list)
    impossible: list[tuple[Question, Said, str]] = field(default_factory=list)
    reaching: list[tuple[Question, Said]] = field(default_factory=list)
    slow: list[Question] = field(default_factory=list)
    crashes: list[str] = field(default_factory=list)
    beyond: list[tuple[Question, Said]] = field(default_factory=list)
    seconds_prover: float = 0.0
    seconds_trying: float = 0.0

    @property
    def leak_share(self) -> float:
        leaks = sum(count for (_, verdict), count in self.verdicts.items() if verdict == "LEAK")
        return leaks / max(sum(self.verdicts.values()), 1)

    @property
    def open_share(self) -> float:
        """The share of not proven where trying decides."""
        return sum(self.not_proven.values()) / max(sum(self.decided.values()), 1)


def table(tally: Tally, seed: int) -> Iterator[str]:
    total = max(sum(tally.verdicts.values()), 1)
    prover, trying = 1000 * tally.seconds_prover / total, 1000 * tally.seconds_trying / total
    yield (
        f"{tally.questions} questions, seed {seed}: {len(tally.unsound)} unsound, {len(tally.impossible)} impossible "
        f"counterexamples, {len(tally.reaching)} wrongly said to reach nothing, "
        f"{len(tally.slow)} above {tally.limit:g} s, {len(tally.crashes)} crashes; "
        f"{prover:.1f} ms the prover and {trying:.1f} ms trying"
    )
    heads = ("ISOLATED", "LEAK", "NOT PROVEN", "NOTHING", "SILENT", "decided", "open")
    yield f"{'kind':20}" + "".join(f"{each:>11}" for each in heads)
    for kind in sorted({kind for kind, _ in tally.verdicts}):
        row = [tally.verdicts[kind, each] for each in VERDICTS]
        share = 100 * tally.not_proven[kind] / max(tally.decided[kind], 1)
        yield f"{kind:20}" + "".join(f"{each:11}" for each in (*row, tally.decided[kind])) + f"{share:10.1f}%"
    yield (
        f"LEAK {100 * tally.leak_share:.0f} %; not proven {100 * tally.open_share:.1f} % of "
        f"{sum(tally.decided.values())} decided; leaks that trying did not find {len(tally.beyond)}"
    )
    for (which, cause), count in tally.causes.most_common(12):
        yield f"  {count:5} not proven ({which}): {cause}"


def by_service(tally: Tally) -> Iterator[str]:
    services: dict[str, Counter[str]] = {}
    for (service, verdict), count in tally.services.items():
        services.setdefault(service, Counter())[verdict] += count
    for service, row in sorted(services.items(), key=lambda item: -item[1].total()):
        yield f"{service:34}" + "".join(f"{row[each]:8}" for each in VERDICTS)


def faults(tally: Tally, examples: int) -> Iterator[str]:
    kinds: dict[tuple[str, ...], list[Contradiction]] = {}
    for each in tally.unsound:
        kinds.setdefault(each.kind, []).append(each)
    for kind, several in sorted(kinds.items(), key=lambda item: -len(item[1])):
        services = Counter(each.tried.action.service for each in several)
        yield f"\nunsound, {len(several)}: {kind} {services.most_common(12)}"
        several.sort(key=lambda each: len(json.dumps(template_of(each.made))))
        for each in several[:examples]:
            yield f"  {each.said.verdict}, but allowed: {json.dumps(each.tried.told())}"
            yield f"    {json.dumps(tenancy_of(each.made))}"
            yield f"    {json.dumps(template_of(each.made))}"
    refused: dict[str, list[tuple[Question, Said, str]]] = {}
    for case in tally.impossible:
        refused.setdefault(re.sub("`[^`]*`|'[^']*'|[a-z0-9-]+:[A-Za-z0-9]+", "_", case[2]), []).append(case)
    for reason, cases in sorted(refused.items(), key=lambda item: -len(item[1])):
        yield f"\nimpossible, {len(cases)}: {reason}"
        for made, _, why in cases[:examples]:
            yield f"  {why}: {json.dumps(made.entry)} {json.dumps(made.documents)}"
    for made, _ in tally.reaching[:examples]:
        yield f"\nreaches its own, but is said to reach nothing, {len(tally.reaching)}"
        yield f"  {json.dumps(made.entry)} {json.dumps(made.documents)}"
    yield from tally.crashes[: max(examples, 1)]
