#!/usr/bin/env bash
# interegular 0.3.3: isdisjoint() of two automata. One would expect true where no word is in both, so wherever the automaton of
# `f & g` is empty. Seen: where one expression names a letter that the other has under `.` or `[^...]` alone, the two are
# told to be disjoint, though `&` of the same automata accepts a word: `[^,]+` and `acme`, `.*` and `b`. Automata that were
# built over one alphabet, as compare_patterns() builds them, are compared rightly.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/v"
"$folder/v/bin/pip" install -q --disable-pip-version-check interegular==0.3.3
"$folder/v/bin/python" - <<'P'
import re, sys
from interegular import compare_patterns, parse_pattern

said = []
for one, other, word in [
    ("[^,]+", "acme", "acme"),
    ("tenant-[^a].*", "tenant-b1", "tenant-b1"),
    (".*", "b", "b"),
    ("a|b", "b|c", "b"),
    ("[a-z]+", "acme", "acme"),
    ("b", "c", None),
]:
    patterns = parse_pattern(one), parse_pattern(other)
    f, g = (each.to_fsm() for each in patterns)
    assert word is None or (re.fullmatch(one, word) and re.fullmatch(other, word))
    said.append((f.isdisjoint(g), (f & g).empty(), not list(compare_patterns(*patterns))))
    print(f"interegular 0.3.3: {one} and {other}: isdisjoint {said[-1][0]}, f & g empty {said[-1][1]}, over one alphabet {said[-1][2]}")
sys.exit(said != [(True, False, False)] * 3 + [(False, False, False)] * 2 + [(True, True, True)])
P
