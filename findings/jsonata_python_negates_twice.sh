#!/usr/bin/env bash
# jsonata-python 0.7.1: the operators `?:` and `??`. Each gives its left side, or the right one where the left is false or
# missing; jsonata 2.2.2, whose language it carries over, says -5 for `-5 ?: 99`. Seen: 5, and `[1, 2, 3][-1] ?: 42` is 2
# in place of 3. The left side is prepared twice, and a negative literal is turned about each time: the sign is lost
# without an error. `-n ?: 1`, where n is a field, and a literal on the right are right.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/v"
"$folder/v/bin/pip" install -q --disable-pip-version-check jsonata-python==0.7.1
cd "$folder"
npm install --silent --no-audit --no-fund jsonata@2.2.2 >/dev/null
cat >ask.js <<'P'
const jsonata = require("jsonata");
jsonata(process.argv[2]).evaluate({ n: 5 }).then((value) => console.log(JSON.stringify(value)));
P
"$folder/v/bin/python" - <<'P'
import json, subprocess, sys
from jsonata import Jsonata

pairs = []
for text in ["-5 ?: 99", "-5 ?? 99", "[1, 2, 3][-1] ?: 42", "(1 - -2) ?: 7", "-n ?: 1", "0 ?: -5", "-5"]:
    reference = json.loads(subprocess.run(["node", "ask.js", text], capture_output=True, text=True, check=True).stdout)
    pairs.append((Jsonata(text).evaluate({"n": 5}), reference))
    print(f"{text:20} jsonata-python 0.7.1: {pairs[-1][0]}, jsonata 2.2.2: {pairs[-1][1]}")
sys.exit(pairs != [(5, -5), (5, -5), (2, 3), (-1, 3), (-5, -5), (-5, -5), (-5, -5)])
P
