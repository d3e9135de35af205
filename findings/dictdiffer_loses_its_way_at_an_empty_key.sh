#!/usr/bin/env bash
# dictdiffer 0.10.0: diff() and patch() of mappings in which a key is the empty text, as JSON allows. One would expect
# patch(diff(a, b), a) to be b. Seen: the path of a list below such a key is written as the empty path, which is the whole
# document, so the change is made there: {"": []} to {"": [1]} gives {"": [], 0: 1}, without an error. A mapping below the
# key, or a change of its value, is patched rightly.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/v"
"$folder/v/bin/pip" install -q --disable-pip-version-check dictdiffer==0.10.0
"$folder/v/bin/python" - <<'P'
import copy, sys
import dictdiffer

made = []
for one, other in [({"": []}, {"": [1]}), ({"k": []}, {"k": [1]}), ({"": 1}, {"": 2}), ({"": {"a": 1}}, {"": {"a": 2}})]:
    steps = list(dictdiffer.diff(one, other))
    patched = dictdiffer.patch(steps, copy.deepcopy(one))
    made.append(patched == other)
    print(f"dictdiffer 0.10.0: {one} to {other}: {steps} gives {patched}")
sys.exit(made != [False, True, True, True])
P
