#!/usr/bin/env bash
# univers 32.0.1: NpmVersionRange.from_native() of versions that are not written out. npm (semver 7.8.6) takes a missing number
# for any number: `>1` begins at 2.0.0, `<=1.2` and `=1.2` hold 1.2.9, and `^0` goes up to 1.0.0. One would expect the vers
# range to hold the same versions. Seen: the missing number is 0, so `>1` holds 1.5.0, `=1.2` is 1.2.0 alone, and `^0` ends
# before 0.0.1. `~1.2`, `1.x` and whole versions are right.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/v"
"$folder/v/bin/pip" install -q --disable-pip-version-check univers==32.0.1 2>/dev/null
cd "$folder"
npm install --silent --no-audit --no-fund semver@7.8.6 >/dev/null
cat >ask.js <<'P'
const { satisfies } = require("semver");
console.log(JSON.stringify(JSON.parse(process.argv[2]).map(([range, version]) => satisfies(version, range))));
P
"$folder/v/bin/python" - <<'P'
import json, subprocess, sys
from univers.version_range import NpmVersionRange
from univers.versions import SemverVersion

asked = [(">1", "1.5.0"), (">1.2", "1.2.9"), ("<=1.2", "1.2.9"), ("=1.2", "1.2.9"), ("^0", "0.2.0"), ("^0.0", "0.0.1"), ("~1.2", "1.2.9"), ("^1.2.3", "1.9.0"), (">1.2.0", "1.2.9")]
semver = json.loads(subprocess.run(["node", "ask.js", json.dumps(asked)], capture_output=True, text=True, check=True).stdout)
univers = []
for (text, version), other in zip(asked, semver):
    written = NpmVersionRange.from_native(text)
    univers.append(SemverVersion(version) in written)
    print(f"univers 32.0.1: {text} is {written}, {version} in it: {univers[-1]} | semver 7.8.6: {other}")
expected = [True, True, False, False, False, False, True, True, True], [False, False, True, True, True, True, True, True, True]
sys.exit((univers, semver) != expected)
P
