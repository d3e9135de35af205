"""The list of mutants of values that rightly move no verdict, each with a reason of the closed list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from scanner.rule_testing.value_mutants import REASONS, ValueMutant
from scanner.shipped_data import rules_dir
from scanner.text.reading import read

FILE = "value_mutants.yaml"
MOST_PERCENT = 8
"""Of all mutants of values, the share that may stay."""


@lru_cache(maxsize=1)
def staying() -> Mapping[str, Mapping[str, str]]:
    """By rule, the reason of each place that stays."""
    listed = _listed().get("staying")
    found: dict[str, dict[str, str]] = {}
    for rule, reasons in listed.items() if isinstance(listed, dict) else ():
        for reason, places in reasons.items():
            found.setdefault(str(rule), {}).update(dict.fromkeys(map(str, places), str(reason)))
    return found


def total() -> int:
    """How many mutants there were when the list was written."""
    number = _listed().get("mutants")
    return number if isinstance(number, int) else 0


def counted() -> Iterator[str]:
    """What `rules count` says of them."""
    reasons = Counter(reason for places in staying().values() for reason in places.values())
    number, whole = sum(reasons.values()), total()
    share = 100 * number / whole if whole else 0.0
    yield f"values      {whole:,} mutants of values, of which {number} stay by a listed reason ({share:.1f} %)"
    for reason, told in REASONS.items():
        yield f"            {reasons[reason]:>4} {reason}: {told}"


def complaints(rule: str, mutants: Iterable[ValueMutant]) -> Iterator[str]:
    """Mutants of a rule that stay without a reason, reasons that are none, and entries that nothing stands behind."""
    known = dict(staying().get(rule, {}))
    for mutant in mutants:
        reason = known.pop(mutant.place, None)
        if mutant.moved and reason is not None:
            yield f"{rule}: `{mutant.place}` is listed as staying ({reason}), and it moves"
        elif not mutant.moved and reason is None:
            yield f"{mutant}, and {FILE} has no reason for it"
        elif reason is not None and reason not in REASONS:
            yield f"{rule}: `{mutant.place}` has the reason `{reason}`, which is none of {', '.join(REASONS)}"
    for place in known:
        yield f"{rule}: {FILE} lists `{place}`, and there is no such mutant"


def _listed() -> Mapping[str, object]:
    path = rules_dir() / FILE
    data = read(path.read_bytes(), f"rules/{FILE}", cloudformation=False).data if path.is_file() else None
    return data if isinstance(data, dict) else {}


__all__ = ["FILE", "MOST_PERCENT", "complaints", "counted", "staying", "total"]
