#!/usr/bin/env bash
# python-jsonpath 2.2.2: `<` and `>` in filters. RFC 9535 (2.3.5.2.2) compares numbers with numbers and strings with strings;
# everything else is false, and the library says that it follows the RFC. One would expect no boolean among the answers.
# Seen: `true` counts as 1 and `false` as 0 where an order is asked, though not where equality is (`?@ == 1` finds 1 alone).
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/v"
"$folder/v/bin/pip" install -q --disable-pip-version-check python-jsonpath==2.2.2
"$folder/v/bin/python" - <<'P'
import json, sys
import jsonpath

said = []
for query in ["$[?@ == 1]", "$[?@ > 0]", "$[?@ < 1]"]:
    said.append(json.dumps(jsonpath.findall(query, [True, False, 1, 0, "1"])))
    print(f"python-jsonpath 2.2.2: {query:12} of [true, false, 1, 0, \"1\"]: {said[-1]}")
sys.exit(said != ["[1]", "[true, 1]", "[false, 0]"])
P
