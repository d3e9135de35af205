#!/usr/bin/env bash
# jsonata-python 0.7.1: $replace() with a function. The function is given what $match() gives for one match: the text, its
# index and the groups of the expression, so that groups[0] is the first pair of brackets, as jsonata 2.2.2 has it. Seen: in
# $replace() the whole match stands first and the groups one place later, though $match() of the same package is right. A
# mask or conversion that takes groups[0] works on the wrong part, without an error where that is a text as well.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/v"
"$folder/v/bin/pip" install -q --disable-pip-version-check jsonata-python==0.7.1
cd "$folder"
npm install --silent --no-audit --no-fund jsonata@2.2.2 >/dev/null
cat >ask.js <<'P'
const jsonata = require("jsonata");
jsonata(process.argv[2]).evaluate({}).then((value) => console.log(JSON.stringify(value)));
P
"$folder/v/bin/python" - <<'P'
import json, subprocess, sys
from jsonata import Jsonata

pairs = []
for text in [
    '$replace("id=42;", /id=([0-9]+)/, function($m) { $m.groups[0] })',
    '$replace("a-b", /([a-z])-([a-z])/, function($m) { $m.groups[1] & "-" & $m.groups[0] })',
    '$replace("id=42;", /id=([0-9]+)/, function($m) { $m.match })',
    '$replace("id=42;", /id=([0-9]+)/, "$1")',
    '$match("id=42;", /id=([0-9]+)/).groups[0]',
]:
    reference = json.loads(subprocess.run(["node", "ask.js", text], capture_output=True, text=True, check=True).stdout)
    pairs.append((Jsonata(text).evaluate({}), reference))
    print(f"{text}: jsonata-python 0.7.1 {pairs[-1][0]!r}, jsonata 2.2.2 {pairs[-1][1]!r}")
sys.exit(pairs != [("id=42;", "42;"), ("a-a-b", "b-a"), ("id=42;", "id=42;"), ("42;", "42;"), ("42", "42")])
P
