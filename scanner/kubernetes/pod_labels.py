"""Labels that a pod may have, as far as selectors tell them apart."""

from __future__ import annotations

from itertools import product
from math import prod

from scanner.kubernetes.fields import as_text, at, items_of, labels_of, texts_of
from scanner.model.unknown import Unknown

_MOST_WORN = 2_000
_FRESH = "x-of-no-selector"


def wearable(selectors: list[object]) -> list[dict[str, str]] | None:
    """Labels of a pod, one of each kind that the selectors tell apart; None where they are too many.

    A selector tells no more than whether a key is there and which of the values it names it has.
    """
    values: dict[str, set[str]] = {}
    for selector in selectors:
        wanted, _ = labels_of(selector, "matchLabels")
        for key, value in wanted.items():
            values.setdefault(key, set()).add(value)
        for each in items_of(at(selector, "matchExpressions")):
            key_text = as_text(at(each, "key"))
            if isinstance(key_text, str):
                values.setdefault(key_text, set()).update(texts_of(at(each, "values"))[0])
    choices = [[None, _FRESH, *sorted(found)] for _, found in sorted(values.items())]
    if prod(map(len, choices)) > _MOST_WORN:
        return None
    keys = sorted(values)
    return [
        {key: value for key, value in zip(keys, chosen, strict=True) if value is not None}
        for chosen in product(*choices)
    ]


def is_empty(selector: object) -> bool:
    """Whether it means every pod."""
    return (
        not at(selector, "matchLabels") and not at(selector, "matchExpressions") and not isinstance(selector, Unknown)
    )
