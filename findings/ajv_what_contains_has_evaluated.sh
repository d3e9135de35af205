#!/usr/bin/env bash
# ajv 8.20.0 (npm): what `contains` and `if` evaluate. JSON Schema 2020-12 has `contains` evaluate the items that match it
# (core, 10.3.1.3), so that unevaluatedItems is for the others (11.2); and what `if` evaluates counts where it holds, whether
# or not there is a `then` (10.2.2.1). One would expect [1, 3] to fail {contains: {const: 1}, unevaluatedItems: false}, and
# {"a": 1} to pass an `if` that names `a`, with unevaluatedProperties: false. Seen: both the other way; an `if` with no branch,
# or with `then: true`, evaluates nothing. jsonschema 4.26.0 says what the specification says.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/v"
"$folder/v/bin/pip" install -q --disable-pip-version-check jsonschema==4.26.0 2>/dev/null
cd "$folder"
npm install --silent --no-audit --no-fund ajv@8.20.0 >/dev/null
cat >ask.js <<'P'
const Ajv = require("ajv/dist/2020");
console.log(JSON.stringify(JSON.parse(process.argv[2]).map(([schema, value]) => new Ajv({ strict: false }).validate(schema, value))));
P
"$folder/v/bin/python" - <<'P'
import json, subprocess, sys
from jsonschema import Draft202012Validator

one = {"contains": {"const": 1}, "unevaluatedItems": False}
flag = {"properties": {"a": {"const": 1}}, "required": ["a"]}
asked = [
    [one, [1, 3]],
    [{"contains": {"const": 1}, "unevaluatedItems": {"type": "string"}}, [1, 3]],
    [{"if": flag, "unevaluatedProperties": False}, {"a": 1}],
    [{"if": flag, "then": True, "unevaluatedProperties": False}, {"a": 1}],
    [one, [1, 1]],
    [{"allOf": [flag], "unevaluatedProperties": False}, {"a": 1}],
]
ajv = json.loads(subprocess.run(["node", "ask.js", json.dumps(asked)], capture_output=True, text=True, check=True).stdout)
other = [Draft202012Validator(schema).is_valid(value) for schema, value in asked]
for (schema, value), first, second in zip(asked, ajv, other):
    print(f"ajv 8.20.0: {json.dumps(value)} by {json.dumps(schema)}: {first} | jsonschema 4.26.0: {second}")
sys.exit((ajv, other) != ([True, True, False, False, True, True], [False, False, True, True, True, True]))
P
