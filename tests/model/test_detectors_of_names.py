"""Detectors that are not asked of names, ARNs and actions find nothing in them."""

from __future__ import annotations

import random

from scanner.model.secret_detectors import _PARTS, detected, found_in

MARKS = tuple(dict.fromkeys(mark for part in _PARTS for mark in (*part.marks, *part.words)))
SIGNS = ("", ":", "/", ".", "-", "_", "*", "--", "://", "=", " ", '"', "@", ",")
FILLS = ("a", "A1b2C3d4E5f6G7h8", "hunter22", "ABCDEFGHIJKLMNOP", "0" * 20, "eyJhbGciOi", "Zm9vYmFy" * 4, "x" * 40)


def test_nothing_is_missed() -> None:
    chosen = random.Random(7)
    hits = 0
    for _ in range(30_000):
        kinds = SIGNS[:9] if chosen.random() < 0.7 else SIGNS
        text = "".join(
            part
            for _ in range(chosen.randint(1, 4))
            for part in (chosen.choice((*MARKS, *FILLS)), chosen.choice(kinds))
        )
        if len(text) < 7 or "\n" in text:
            continue
        asked = list(detected(text))
        hits += bool(asked)
        assert asked == list(found_in(text, 0)), text
    assert hits > 500
