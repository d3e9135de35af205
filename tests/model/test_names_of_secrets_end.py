"""What is remembered of names, so that they are not looked at again, has an end: names may be the user's own."""

from __future__ import annotations

from scanner.model import secrets


def test_names_without_end_are_forgotten() -> None:
    for number in range(30):
        node = {f"Name{number}x{each}": {"Password": "hunter22", "Inner": {"Key": 1}} for each in range(1_500)}
        places = list(secrets.secret_places(f"Custom::Type{number}", node, ("Properties",)))
        assert len(places) == 1_500, "each is found, whatever was forgotten"
    kept = 0
    waiting = list(secrets._steps.values())
    while waiting:
        below = waiting.pop()
        kept += len(below)
        waiting += [each.below for each in below.values()]
    assert kept < 40_000
