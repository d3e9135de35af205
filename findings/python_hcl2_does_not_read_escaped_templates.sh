#!/usr/bin/env bash
# python-hcl2 8.1.4: `$${` and `%%{` in a string. HCL's specification makes each an escape: the two characters `${` or `%{`
# and nothing of a template, so no closing brace has to follow. One would expect `"100%%{"` to be read, as Terraform does.
# Seen: the parser takes the escape for the beginning of a pair and raises where the brace does not come.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/v"
"$folder/v/bin/pip" install -q --disable-pip-version-check python-hcl2==8.1.4
"$folder/v/bin/python" - <<'P'
import sys
import hcl2

said = []
for text in ['"$${tenant}"', '"%%{tenant}"', '"from $${ on"', '"from %%{ on"']:
    try:
        said.append(f"read as {hcl2.loads(f'a = {text}' + chr(10))['a']}")
    except Exception as error:
        said.append(f"raised {type(error).__name__}")
    print(f"python-hcl2 8.1.4: {text:15} {said[-1]}")
sys.exit([each.split()[0] for each in said] != ["read", "read", "raised", "raised"])
P
