#!/usr/bin/env bash
# jmespath 1.1.0: to_number(). The specification turns a string into a number where it is one of JSON's, else into null.
# One would expect null for '1_000', ' 12 ', 'nan' and 'inf'; each becomes a number, as for Python's int() and float().
# With nan every comparison is false, also that with itself, and json.dumps writes what is no JSON.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/v"
"$folder/v/bin/pip" install -q --disable-pip-version-check jmespath==1.1.0
"$folder/v/bin/python" - <<'P'
import json, sys
import jmespath

asked = ["1_000", " 12 ", "nan", "inf", "0x10", "1,5"]
said = [jmespath.search("to_number(@)", each) for each in asked]
for text, answer in zip(asked, said):
    print(f"jmespath {jmespath.__version__}: to_number({text!r:8}) {answer}")
print("as JSON:", json.dumps(said))
same = jmespath.search("to_number(@) == to_number(@)", "nan")
print("to_number('nan') == to_number('nan'):", same)
sys.exit(said[:2] != [1000, 12] or said[2] == said[2] or said[3] != float("inf") or said[4:] != [None, None] or same)
P
