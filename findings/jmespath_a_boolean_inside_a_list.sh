#!/usr/bin/env bash
# jmespath 1.1.0: equality. The specification tells types apart, and so does the library where it compares two values:
# `1` is not `true`. One would expect the same inside lists and mappings, and of contains(). There 1 equals true and 0
# equals false, for Python's own equality decides: contains([0], false) holds, so a query for a flag finds a count.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/v"
"$folder/v/bin/pip" install -q --disable-pip-version-check jmespath==1.1.0
"$folder/v/bin/python" - <<'P'
import sys
import jmespath

asked = ["`1` == `true`", "`[1]` == `[true]`", '`{"a": 0}` == `{"a": false}`', "contains(`[0]`, `false`)", "[?@ == `true`]"]
said = [jmespath.search(each, [1]) for each in asked]
for expression, answer in zip(asked, said):
    print(f"jmespath {jmespath.__version__}: {expression:32} {answer}")
sys.exit(said != [False, True, True, True, []])
P
