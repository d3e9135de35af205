#!/usr/bin/env bash
# semantic-version 2.10.0: NpmSpec, which by the README supports the whole of npm's ranges, where a bound is a prerelease. One
# would expect `<1.0.0-rc.2` not to hold 1.0.0-rc.2 itself and `=1.2.3-rc.1` that version alone, as in semver 7.8.6, npm's own
# package. Seen: the first holds 1.0.0-rc.2 (by the order of versions it is not below itself there either), the second the
# release 1.2.3, `1.2.3 - 2.3.4-rc.1` also 2.3.4, and `<2` the prereleases of 2.0.0. `=1.2.3`, `<2.0.0` and `>=1.0.0-rc.2` are
# right.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/v"
"$folder/v/bin/pip" install -q --disable-pip-version-check semantic-version==2.10.0 2>/dev/null
cd "$folder"
npm install --silent --no-audit --no-fund semver@7.8.6 >/dev/null
cat >ask.js <<'P'
const { satisfies } = require("semver");
console.log(JSON.stringify(JSON.parse(process.argv[2]).map(([range, version]) => satisfies(version, range))));
P
"$folder/v/bin/python" - <<'P'
import json, subprocess, sys
from semantic_version import NpmSpec, Version

asked = [("<1.0.0-rc.2", "1.0.0-rc.2"), ("=1.2.3-rc.1", "1.2.3"), ("<2", "2.0.0-rc.1"), ("1.2.3 - 2.3.4-rc.1", "2.3.4"), (">=1.0.0-rc.2", "1.0.0-rc.2"), ("=1.2.3", "1.2.3"), ("<2.0.0", "2.0.0")]
semver = json.loads(subprocess.run(["node", "ask.js", json.dumps(asked)], capture_output=True, text=True, check=True).stdout)
python = [Version(version) in NpmSpec(text) for text, version in asked]
for (text, version), first, second in zip(asked, python, semver):
    print(f"semantic-version 2.10.0: {version} in {text}: {first} | semver 7.8.6: {second}")
print("semantic-version 2.10.0: by the order of versions 1.0.0-rc.2 < 1.0.0-rc.2:", Version("1.0.0-rc.2") < Version("1.0.0-rc.2"))
expected = [True, True, True, True, True, True, False], [False, False, False, False, True, True, False]
sys.exit((python, semver) != expected)
P
