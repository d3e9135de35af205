#!/usr/bin/env bash
# automata-lib 9.2.0: NFA.from_regex() with a quantifier that allows no repetition. `a{0}` stands for the empty word alone,
# and one would expect an automaton that accepts nothing else, as Python's own fullmatch() does. Seen: the automaton accepts
# `a` too, so `a{0}` is `a?`; inside a longer expression likewise (`b(ac){0}` accepts `bac`). `a{1}` and `a{0,2}` are right.
# What is proved of names with such an automaton (that two patterns share none, that one is empty) is about another language.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/v"
"$folder/v/bin/pip" install -q --disable-pip-version-check automata-lib==9.2.0
"$folder/v/bin/python" - <<'P'
import itertools, re, sys
from automata.fa.nfa import NFA

words = ["".join(each) for length in range(4) for each in itertools.product("abc", repeat=length)]
differ = {}
for pattern in ["a{0}", "a{0,0}", "b(ac){0}", "a{1}", "a{0,2}"]:
    automaton = NFA.from_regex(pattern, input_symbols={"a", "b", "c"})
    differ[pattern] = [word for word in words if automaton.accepts_input(word) != bool(re.fullmatch(pattern, word))]
    print(f"automata-lib 9.2.0: {pattern:9} words on which it and re.fullmatch() differ: {differ[pattern]}")
sys.exit(list(differ.values()) != [["a"], ["a"], ["bac"], [], []])
P
