#!/usr/bin/env bash
# python-hcl2 8.1.4: loads() and dumps() of a string in which an escaped quote stands before an interpolation, as in every
# policy that is written as JSON in a Terraform string. One would expect that what dumps() writes reads as what loads() gave.
# Seen: the quote before `${` is lost and its backslash stays, so `"{\"Resource\":\"${arn}\"}"` becomes
# `"{\"Resource\":\${arn}\"}"`. A quote before other text, or after an interpolation, is kept.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/v"
"$folder/v/bin/pip" install -q --disable-pip-version-check python-hcl2==8.1.4
"$folder/v/bin/python" - <<'P'
import sys
import hcl2

kept = []
for text in [r'"{\"Resource\":\"${arn}\"}"', r'"\"${arn}"', r'"\"arn\""', r'"${arn}\""', r'"\" ${arn}"']:
    written = hcl2.dumps(hcl2.loads(f"policy = {text}\n")).strip().removeprefix("policy = ")
    kept.append(written == text)
    print(f"python-hcl2 8.1.4: read {text:30} written {written}")
sys.exit(kept != [False, False, True, True, True])
P
